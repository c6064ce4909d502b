//! One finding as a comment on the line where it stands: what changed, what that means, what to do.

use super::inline::{command, say};
use crate::model::finding::Finding;
use crate::report::escape::markdown::code;
use crate::report::line;

/// Most pieces of evidence.
const WHY: usize = 4;

/// The comment, as Markdown; ends in a line feed.
pub fn remark(finding: &Finding) -> String {
    let rule = finding.rule;
    let name = match finding.subject.name.as_str() {
        "" => finding.subject.kind.word().to_owned(),
        name => code(name, 80),
    };
    let aspect = match &*finding.aspect {
        "" => String::new(),
        aspect => format!("{aspect} "),
    };
    let mut lines = vec![
        format!("**{}** ({}) · `{}`", rule.title, finding.severity.word(), rule.id),
        format!("{name}: {aspect}{}", say(&finding.change)),
    ];
    let evidence = std::iter::once(&finding.here).chain(finding.why.iter().take(WHY)).map(say);
    let said: Vec<String> =
        evidence.filter(|text| !text.is_empty()).map(|text| format!("- {text}")).collect();
    if !said.is_empty() {
        lines.push(said.join("\n"));
    }
    lines.push(format!("**Next**: {}", next(finding)));
    lines.join("\n\n") + "\n"
}

/// What to do: a command stands as one.
fn next(finding: &Finding) -> String {
    match line::next(finding) {
        next if next == finding.rule.fix => next,
        next => command(&next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{Place, Side, Subject, SubjectKind};
    use crate::model::phrase::Phrase;
    use crate::rules;

    #[test]
    fn what_a_stranger_wrote_is_shown_and_does_nothing() {
        let subject = Subject {
            path: "toolpacks/shop".to_owned(),
            toolpack: "shop".to_owned(),
            kind: SubjectKind::Tool,
            id: "x".to_owned(),
            name: "`|@org/team<!-- cask:report".to_owned(),
        };
        let place = Place { file: "t.json".to_owned(), line: 3, pointer: String::new(), side: Side::Head };
        let rule = rules::find("tool.removed").unwrap();
        let finding = Finding::new(rule, subject, place).says("host", Phrase::quote("</details>\n\n# @me"));
        let said = remark(&finding);
        assert!(!said.contains("@") && !said.contains("<!--") && !said.contains("</details>"), "{said}");
        assert!(said.contains(rule.id) && said.ends_with('\n'), "{said}");
    }
}
