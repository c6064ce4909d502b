//! A diagnosis and its plan for a terminal: what is wrong, gravest first, then what to do.

use crate::model::repair::{Issue, Repair};
use crate::report::escape::terminal::Mark;
use crate::report::screen::Screen;
use crate::report::style::Style;
use crate::report::words::{count, number};
use crate::rules::Severity;

/// Most issues that are shown one by one.
const ISSUES: usize = 50;
/// Most rows of the plan that are shown.
const PATCHES: usize = 30;
/// Where text begins behind its mark, and beneath it.
const TEXT: usize = 2;
const BENEATH: usize = 4;

/// The page.
pub fn render(repair: &Repair, style: &Style) -> String {
    let mut page = Screen::new(style);
    let issues = &repair.diagnosis.issues;
    let title = match (issues.len(), repair.exit_code) {
        (0, _) => "nothing is wrong".to_owned(),
        (n, 2) => format!("{}, and a signature or digest does not hold", count(n, "issue")),
        (n, _) => count(n, "issue"),
    };
    let name = page.paint.text(&repair.toolpack.name, 100);
    page.line(&page.paint.bold(&format!("repair of {name}: {title}")));
    page.gap();
    for issue in issues.iter().take(ISSUES) {
        told(&mut page, issue);
    }
    if issues.len() > ISSUES {
        let text = format!("{} more in --format json", number(issues.len() - ISSUES));
        page.hung("", 0, TEXT, &text, str::to_owned);
    }
    if !repair.plan.is_empty() {
        page.gap();
        page.line(&page.paint.bold("What can be done; nothing was"));
        for (n, patch) in repair.plan.iter().take(PATCHES).enumerate() {
            let about =
                format!("{} ({}): {}", patch.kind.words(), count(patch.issues.len(), "issue"), patch.text);
            page.hung(&format!("{}.", n + 1), 0, BENEATH, &about, str::to_owned);
            if let Some(command) = &patch.command {
                page.command("", BENEATH, &command.join(" "));
            }
        }
        if repair.plan.len() > PATCHES {
            let text = format!("{} more in --format json", number(repair.plan.len() - PATCHES));
            page.hung("", 0, BENEATH, &text, str::to_owned);
        }
    }
    page.gap();
    let list = |texts: &[String]| texts.iter().map(|t| page_text(style, t)).collect::<Vec<_>>().join("; ");
    let (seen, unseen) = (list(&repair.diagnosis.looked_at), list(&repair.diagnosis.not_looked_at));
    page.labelled("looked at", &seen);
    if !unseen.is_empty() {
        page.labelled("not looked at", &unseen);
    }
    page.done()
}

fn page_text(style: &Style, text: &str) -> String {
    style.paint().text(text, 300)
}

fn told(page: &mut Screen, issue: &Issue) {
    let mark = match issue.severity {
        Severity::Critical | Severity::High => Mark::Bad,
        Severity::Medium => Mark::Warn,
        Severity::Low | Severity::Info => Mark::Note,
    };
    let mark = page.paint.mark(mark);
    let times =
        if issue.count > 1 { format!(", {} times", number(issue.count as usize)) } else { String::new() };
    let subject = match issue.subject.as_str() {
        "" => String::new(),
        subject => format!("  {}", page.paint.text(subject, 100)),
    };
    let code = page.paint.text(&issue.code, 100);
    let head = format!("{} {}{subject}  {code}{times}", issue.severity.word(), issue.source.word());
    let paint = page.paint;
    page.hung(mark, 0, TEXT, &head, |line| paint.signals(line));
    let what = paint.text(&issue.what, 400);
    page.hung("", 0, BENEATH, &what, |line| paint.signals(line));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::compliance::Pack;
    use crate::model::repair::{Diagnosis, Kind, Patch};
    use crate::report::repair::{FORMATS, script::script};

    fn planned(rows: usize, ids: usize) -> Repair {
        let patch = |n: usize| Patch {
            id: format!("patch_{n}"),
            kind: Kind::ApprovalNeeded,
            action: "gate-allow",
            text: "sign it",
            command: Some(["cask", "gate", "allow", &format!("tool_{n:05}")].map(str::to_owned).to_vec()),
            issues: (0..ids).map(|id| format!("issue_{id:05}")).collect(),
        };
        Repair {
            schema: "cask.repair/1",
            tool_version: "0",
            toolpack: Pack { id: "tp_1".into(), name: "shop".into(), path: "packs/shop".into() },
            exit_code: 1,
            diagnosis: Diagnosis { by_severity: BTreeMap::new(), ..Diagnosis::default() },
            plan: (0..rows).map(patch).collect(),
            redacted: 0,
        }
    }

    #[test]
    fn a_plan_of_thousands_is_cut_and_counted_and_json_has_all_of_it() {
        let whole = planned(5_000, 1);
        let style = Style { color: false, unicode: true, width: 80, risk_icons: false };
        for format in FORMATS {
            let text = (format.render)(&whole, &style);
            let shown = text.matches("cask gate allow tool_").count();
            match format.id {
                "json" => assert!(text.contains("tool_04999")),
                "terminal" => {
                    assert_eq!(shown, PATCHES);
                    assert!(text.contains("4,970 more in --format json"), "{text}");
                }
                _ => {
                    assert!(0 < shown && shown < 5_000 && text.len() < 1 << 20, "{} {shown}", format.id);
                    assert!(text.contains(" more are in the JSON report"), "{}", format.id);
                }
            }
        }
        assert!(!render(&planned(PATCHES, 1), &style).contains("more in --format json"));
        // Every command is in the script; issues of one are counted.
        let text = script(&planned(40, 5_000));
        assert_eq!(text.matches("cask gate allow tool_").count(), 40);
        assert!(text.contains(" and 4994 more, in repair.json") && text.len() < 1 << 14, "{}", text.len());
    }
}
