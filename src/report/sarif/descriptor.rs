//! Rows of the catalogue as rules of SARIF, and the two rules that only this format needs: it has no other
//! place for what could not be judged and for what is too much.

use super::shape::{Configuration, Descriptor, Help, Level, Tagged, Text};
use crate::report::words::capital;
use crate::rules::{Family, Rule, Severity, page};

/// Where the program and its pages are.
pub const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// A rule of this format alone.
pub struct Own {
    /// Its id.
    pub id: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
}

/// Nothing was judged.
pub const NOT_JUDGED: Own = Own {
    id: "cask.not-judged",
    title: "nothing was judged",
    why: "The run could not look at what it was to judge, so no finding means nothing here. Alerts of earlier runs that \
          are closed by this run were not looked at again.",
    fix: "do what the message names, then run again",
};

/// There are more findings than an upload may hold.
pub const MORE: Own = Own {
    id: "cask.more-findings",
    title: "there are more findings",
    why: "Code scanning keeps 5,000 results of a run. The gravest are here; the JSON report has them all.",
    fix: "read the JSON report, or split the change",
};

/// How loud what is so grave is, where nothing is known of approvals.
fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

/// The number by which GitHub names a severity; it has none for what is only told.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("3.0"),
        Severity::Info => None,
    }
}

/// A row of the catalogue. Its severity is the gravest that was found: GitHub knows one for a rule.
pub fn of_rule(rule: &'static Rule, found: Severity, version: &str) -> Descriptor {
    let mut tags = vec!["security", "ai-agents"];
    tags.extend(rule.axes.iter().map(|axis| axis.word()));
    let anchor: String = rule.id.chars().filter(|c| *c != '.').collect();
    Descriptor {
        help_uri: format!("{HOME}/blob/v{version}/docs/rules.md#{anchor}"),
        properties: Tagged {
            tags,
            // Words are cues; everything else is compared value by value.
            precision: if rule.family == Family::Text { "medium" } else { "very-high" },
            security_severity: score(found),
        },
        ..described(rule.id, rule.title, &page::why(rule), rule.fix, level(found))
    }
}

/// One of this format's own.
pub fn of_own(own: &Own, level: Level) -> Descriptor {
    described(own.id, own.title, own.why, own.fix, level)
}

fn described(id: &'static str, title: &str, why: &str, fix: &str, level: Level) -> Descriptor {
    let title = capital(title);
    Descriptor {
        id,
        name: id.split(['.', '-']).map(capital).collect(),
        short_description: Text { text: format!("{title}.") },
        full_description: Text { text: why.to_owned() },
        help: Help {
            text: format!("{title}. {why} What to do: {fix}."),
            markdown: format!("**{title}.** {why}\n\n**What to do**: {fix}."),
        },
        help_uri: HOME.to_owned(),
        default_configuration: Configuration { level },
        properties: Tagged { tags: vec!["security"], precision: "very-high", security_severity: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::all;

    #[test]
    fn every_row_becomes_a_rule_within_the_limits_of_github() {
        for rule in all() {
            let made = of_rule(rule, Severity::High, "1.2.3");
            assert!(made.name.chars().all(|c| c.is_ascii_alphanumeric()), "{}", made.name);
            assert!(made.properties.tags.len() <= 10 && made.properties.tags.contains(&"security"));
            assert!(made.short_description.text.len() <= 255 && made.full_description.text.len() <= 1_024);
            assert!(made.help_uri.ends_with(&rule.id.replace('.', "")), "{}", made.help_uri);
            // Outside of code there is nothing that Markdown would make more of.
            let said: String = made.help.markdown.split('`').step_by(2).collect();
            assert!(!said.contains(['<', '[']), "{said}");
        }
        let name = |id| described(id, "t", "w", "f", Level::Note).name;
        assert_eq!(name("host.registrable-domain-changed"), "HostRegistrableDomainChanged");
    }
}
