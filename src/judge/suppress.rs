//! gate.yaml applied: other levels, and findings that are accepted for a while. Never on the trust axis.

use std::collections::BTreeMap;

use globset::Glob;

use super::attach::is_trust;
use crate::canon::time::Timestamp;
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind, Suppressed};
use crate::model::gate_config::PATH;
use crate::model::gate_config::{GateFile, MAX_SUPPRESSION_DAYS, Suppression, suppression_end};
use crate::model::phrase::Phrase;
use crate::rules::{self, Axis, Rule, Severity, sup};

/// What gate.yaml is applied by.
pub struct Ground<'a> {
    /// gate.yaml in force.
    pub gate: &'a GateFile,
    /// The names under which the base knows the toolpacks, by folder. Id and folder are the change's own word too,
    /// but another one is told as such, on the trust axis.
    pub names: BTreeMap<&'a str, &'a str>,
    /// Whether all toolpacks of the repository were judged: only then can a suppression be idle.
    pub is_whole: bool,
    /// The machine's clock.
    pub now: Timestamp,
}

/// Applies levels and suppressions in place; returns what is to be said about the suppressions themselves.
pub fn apply(findings: &mut Vec<Finding>, ground: &Ground) -> Vec<Finding> {
    let gate = ground.gate;
    findings.retain_mut(|f| match gate.levels.get(f.rule.id).filter(|_| !is_trust(f)) {
        None => true,
        // What is not signed is told, however little anybody wants to hear of such changes.
        Some(word) if word == "off" => f.approval.waits(),
        Some(word) => {
            f.severity = Severity::of(word).unwrap_or(f.severity);
            true
        }
    });
    let mut said = Vec::new();
    for (i, suppression) in gate.suppressions.iter().enumerate() {
        match usable(suppression, ground.now) {
            Err((rule, here)) => said.push(about(i, suppression, rule, here)),
            Ok(matcher) => {
                let mut used = false;
                for finding in
                    findings.iter_mut().filter(|f| !is_trust(f) && matcher.covers(f, &ground.names))
                {
                    used = true;
                    // Nobody's silence replaces a signature: what waits for one stays in sight.
                    if finding.approval.waits() {
                        continue;
                    }
                    finding.suppressed = Some(Suppressed {
                        reason: suppression.reason.clone(),
                        owner: suppression.owner.clone(),
                        expires: suppression.expires.clone(),
                    });
                }
                if !used && ground.is_whole {
                    said.push(about(
                        i,
                        suppression,
                        sup::UNUSED,
                        Phrase::say("nothing in this change matches it"),
                    ));
                }
            }
        }
    }
    said
}

struct Matcher<'a> {
    suppression: &'a Suppression,
    toolpack: Option<globset::GlobMatcher>,
    tool: Option<globset::GlobMatcher>,
}

impl Matcher<'_> {
    fn covers(&self, finding: &Finding, names: &BTreeMap<&str, &str>) -> bool {
        let path = finding.subject.path.as_str();
        let folder = path.rsplit('/').next().unwrap_or_default();
        let called = [Some(folder), Some(finding.subject.toolpack.as_str()), names.get(path).copied()];
        finding.rule.id == self.suppression.rule
            && self.toolpack.as_ref().is_none_or(|g| called.iter().flatten().any(|name| g.is_match(name)))
            && self.tool.as_ref().is_none_or(|g| g.is_match(&finding.subject.name))
            && self.suppression.pointer.as_ref().is_none_or(|p| *p == finding.place.pointer)
    }
}

fn usable(suppression: &Suppression, now: Timestamp) -> Result<Matcher<'_>, (&'static Rule, Phrase)> {
    let malformed = |here: Phrase| Err((sup::MALFORMED, here));
    let Some(rule) = rules::find(&suppression.rule) else {
        return malformed(Phrase::say("no rule has the id ").and_quote(&suppression.rule));
    };
    if rule.is_on(Axis::Trust) {
        return malformed(Phrase::say("rules of the trust axis cannot be suppressed"));
    }
    let Some(end) = suppression_end(&suppression.expires) else {
        return malformed(Phrase::say("expires is not a day of the form YYYY-MM-DD"));
    };
    if end > now.plus_days(i64::from(MAX_SUPPRESSION_DAYS) + 1) {
        return malformed(Phrase::say(format!("it ends more than {MAX_SUPPRESSION_DAYS} days ahead")));
    }
    if end < now {
        return Err((sup::EXPIRED, Phrase::say(format!("it ended on {}", end.date()))));
    }
    if suppression.reason.trim().is_empty() {
        return Err((sup::NO_REASON, Phrase::say("it gives no reason")));
    }
    let glob = |text: &Option<String>| {
        text.as_deref().map(Glob::new).transpose().map(|g| g.map(|g| g.compile_matcher()))
    };
    match (glob(&suppression.toolpack), glob(&suppression.tool)) {
        (Ok(toolpack), Ok(tool)) => Ok(Matcher { suppression, toolpack, tool }),
        _ => malformed(Phrase::say("toolpack or tool is not a glob")),
    }
}

fn about(index: usize, suppression: &Suppression, rule: &'static Rule, here: Phrase) -> Finding {
    let subject = Subject {
        path: String::new(),
        toolpack: String::new(),
        kind: SubjectKind::GateConfig,
        id: format!("suppressions/{index}"),
        name: suppression.rule.clone(),
    };
    let pointer = format!("/suppressions/{index}");
    let place = Place { file: PATH.to_owned(), line: suppression.line.max(1), pointer, side: Side::Base };
    Finding::new(rule, subject, place).says("suppression", here.clone()).here(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{Approval, ApprovalState};
    use crate::rules::{gate, par, tool};

    const NOW: &str = "2027-01-01T12:00:00Z";

    fn finding(rule: &'static Rule, pack: &str, name: &str) -> Finding {
        let subject = Subject {
            path: format!("packs/{pack}"),
            toolpack: format!("tp_{pack}"),
            kind: SubjectKind::Tool,
            id: name.into(),
            name: name.into(),
        };
        let place = Place { file: "f".into(), line: 1, pointer: format!("/{name}"), side: Side::Head };
        Finding::new(rule, subject, place)
    }

    fn waiting(mut finding: Finding) -> Finding {
        finding.approval = Approval { state: ApprovalState::Missing, need: 1, ..Approval::not_needed() };
        finding
    }

    fn accept(rule: &str, expires: &str) -> Suppression {
        Suppression {
            rule: rule.into(),
            toolpack: None,
            tool: None,
            pointer: None,
            reason: "known".into(),
            owner: "alice".into(),
            expires: expires.into(),
            line: 0,
        }
    }

    /// Applies a gate.yaml; rule, name, severity and whether it is suppressed, then what is said of suppressions.
    fn applied(gate: &GateFile, mut findings: Vec<Finding>) -> (Vec<String>, Vec<&'static str>) {
        let names = BTreeMap::from([("packs/a", "Shop"), ("packs/b", "Desk")]);
        let now = NOW.parse().expect("a time");
        let ground = Ground { gate, names, is_whole: true, now };
        let said = apply(&mut findings, &ground);
        let told = findings.iter().map(|f| {
            let quiet = if f.suppressed.is_some() { " quiet" } else { "" };
            format!("{} {}{quiet}", f.subject.name, f.severity)
        });
        (told.collect(), said.iter().map(|f| f.rule.id).collect())
    }

    #[test]
    fn a_level_raises_lowers_and_takes_away_but_never_on_the_trust_axis() {
        let gate = |word: &str| GateFile {
            levels: [par::REMOVED.id, gate::EXPIRING.id].map(|id| (id.to_owned(), word.to_owned())).into(),
            ..GateFile::default()
        };
        let found = || {
            vec![
                finding(par::REMOVED, "a", "one"),
                waiting(finding(par::REMOVED, "a", "open")),
                finding(gate::EXPIRING, "a", "trust"),
                finding(tool::DESCRIPTION_CHANGED, "a", "other"),
            ]
        };
        assert_eq!(
            applied(&gate("critical"), found()).0,
            ["one critical", "open critical", "trust low", "other low"]
        );
        assert_eq!(applied(&gate("info"), found()).0, ["one info", "open info", "trust low", "other low"]);
        // What nobody has signed is told at its own weight.
        assert_eq!(applied(&gate("off"), found()).0, ["open medium", "trust low", "other low"]);
    }

    #[test]
    fn a_suppression_covers_what_it_names_and_nothing_that_waits() {
        let found = || {
            vec![
                finding(par::REMOVED, "a", "list_x"),
                finding(par::REMOVED, "a", "get_x"),
                finding(par::REMOVED, "b", "list_y"),
                finding(tool::DESCRIPTION_CHANGED, "a", "list_z"),
                waiting(finding(par::REMOVED, "a", "list_w")),
            ]
        };
        let quiet = |change: &dyn Fn(&mut Suppression)| {
            let mut one = accept(par::REMOVED.id, "2027-01-31");
            change(&mut one);
            let (told, said) = applied(&GateFile { suppressions: vec![one], ..GateFile::default() }, found());
            let quiet: Vec<String> = told
                .iter()
                .filter_map(|line| line.strip_suffix(" quiet"))
                .map(|l| l.split(' ').next().unwrap_or_default().to_owned())
                .collect();
            (quiet.join(" "), said.join(" "))
        };
        let told = |names: &str, said: &str| (names.to_owned(), said.to_owned());
        assert_eq!(quiet(&|_| {}), told("list_x get_x list_y", ""));
        for name in ["a", "Shop", "tp_a", "[as]*"] {
            assert_eq!(quiet(&|s| s.toolpack = Some(name.into())), told("list_x get_x", ""), "{name}");
        }
        assert_eq!(quiet(&|s| s.tool = Some("list_*".into())), told("list_x list_y", ""));
        assert_eq!(quiet(&|s| s.tool = Some("list_w".into())), told("", ""));
        assert_eq!(quiet(&|s| s.pointer = Some("/get_x".into())), told("get_x", ""));
        assert_eq!(quiet(&|s| s.pointer = Some("/get".into())), told("", "sup.unused"));
        assert_eq!(quiet(&|s| s.tool = Some("[".into())), told("", "sup.malformed"));
        assert_eq!(quiet(&|s| s.rule = "no.such".into()), told("", "sup.malformed"));
        assert_eq!(quiet(&|s| s.rule = gate::EXPIRING.id.into()), told("", "sup.malformed"));
        assert_eq!(quiet(&|s| s.reason = " ".into()), told("", "sup.no-reason"));
        // The last day counts to its end; one day more than may be is none.
        assert_eq!(quiet(&|s| s.expires = "2027-01-01".into()), told("list_x get_x list_y", ""));
        assert_eq!(quiet(&|s| s.expires = "2026-12-31".into()), told("", "sup.expired"));
        assert_eq!(quiet(&|s| s.expires = "2027-06-30".into()), told("list_x get_x list_y", ""));
        assert_eq!(quiet(&|s| s.expires = "2027-07-02".into()), told("", "sup.malformed"));
        assert_eq!(quiet(&|s| s.expires = "tomorrow".into()), told("", "sup.malformed"));
    }

    #[test]
    fn what_cannot_be_judged_is_on_the_trust_axis_where_no_level_reaches() {
        for rule in rules::all().filter(|rule| rule.level == rules::Level::Unjudged) {
            assert!(rule.is_on(Axis::Trust), "{}", rule.id);
        }
    }
}
