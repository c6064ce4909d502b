//! Issues with what is to be done in, one row a distinct command out.

use std::collections::BTreeMap;

use super::action::Action;
use super::diagnose::Cause;
use super::input::Input;
use crate::canon::digest::sha256_hex;
use crate::model::repair::Patch;

/// Digits of a patch's id.
const ID: usize = 12;

/// A row before it is told: what is to be done, and by which command.
type Key = (Action, Option<Vec<String>>);

/// What can be done, in the order in which it should be.
pub(super) fn plan(input: &Input, causes: &[Cause]) -> Vec<Patch> {
    let mut rows: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for cause in causes {
        let key = (cause.action, command(cause, input));
        rows.entry(key).or_default().push(cause.issue.id.clone());
    }
    rows.into_iter().map(|(key, issues)| patch(key, issues)).collect()
}

fn patch((action, command): Key, issues: Vec<String>) -> Patch {
    let words = command.as_ref().map(|words| words.join(" ")).unwrap_or_default();
    let mut id = sha256_hex(format!("{}\0{words}", action.word()).as_bytes());
    id.truncate(ID);
    Patch {
        id: format!("patch_{id}"),
        kind: action.kind(),
        action: action.word(),
        text: action.text(),
        command,
        issues,
    }
}

/// The command about the first name that can stand in one.
fn command(cause: &Cause, input: &Input) -> Option<Vec<String>> {
    let of = |name: &str| cause.action.command(input.path, name, &input.given);
    match cause.names.is_empty() {
        true => of(""),
        false => cause.names.iter().find_map(|name| of(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kept::{Kept, KeptFinding};
    use crate::model::trail::{Broken, Chain, Refused, Trail};
    use crate::repair::input::Given;
    use crate::repair::repair;
    use crate::rules::Severity;

    fn refused(code: &str, tool: &str, count: u64) -> Refused {
        Refused { reason_code: code.to_owned(), tool_id: tool.to_owned(), count, last: "t".to_owned() }
    }

    #[test]
    fn issues_of_one_command_are_one_row_and_the_gravest_action_comes_first() {
        let trail = Trail {
            refusals: vec![
                refused("denied_not_approved", "aa11", 3),
                refused("denied_not_approved", "bb22", 1),
                refused("denied_integrity_mismatch", "aa11", 1),
                refused("denied_approval_signature_invalid", "bb22", 1),
                refused("allowed_policy", "cc33", 9),
            ],
            ..Trail::default()
        };
        let whole = repair(&Input { path: "packs/shop", trail: Some(&trail), ..Input::default() });
        let rows: Vec<(&str, usize)> = whole.plan.iter().map(|p| (p.action, p.issues.len())).collect();
        // A word of no refusal is told too.
        assert_eq!(rows, [("investigate", 2), ("gate-allow", 1), ("gate-allow", 1), ("ask", 1)]);
        assert_eq!((whole.exit_code, whole.diagnosis.issues.len()), (2, 5));
        assert_eq!(whole.diagnosis.issues[0].severity, Severity::Critical);
        assert_eq!(whole.diagnosis.by_severity[&Severity::High], 2);
    }

    #[test]
    fn a_name_that_no_shell_takes_as_it_is_stands_in_no_command() {
        for name in ["a b", "$(x)", "--yes", "a;b", "\u{202e}x"] {
            let trail = Trail { refusals: vec![refused("denied_not_approved", name, 1)], ..Trail::default() };
            let whole = repair(&Input { path: "packs/shop", trail: Some(&trail), ..Input::default() });
            assert_eq!(whole.plan[0].command, None, "{name}");
            let whole = repair(&Input { path: "packs/a b", trail: Some(&trail), ..Input::default() });
            assert_eq!(whole.plan[0].command, None, "{name}");
        }
    }

    #[test]
    fn commands_keep_what_the_person_said_or_are_none() {
        let given = Given {
            toolpack: Some("../packs/shop".to_owned()),
            root: Some("/var/state".to_owned()),
            trust: vec![("--trust", "../trust.yaml".to_owned())],
            trail: Some("logs/runtime.jsonl".to_owned()),
        };
        let told = |action: Action, given: &Given| {
            action.command("packs/shop", "get_item", given).map(|words| words.join(" "))
        };
        for (action, command) in [
            (
                Action::Judge,
                "cask gate check --toolpack ../packs/shop --trust ../trust.yaml --root /var/state",
            ),
            (Action::Look, "cask doctor --toolpack ../packs/shop --trust ../trust.yaml --root /var/state"),
            (Action::Trail, "cask audit verify logs/runtime.jsonl --root /var/state"),
            (Action::Mend, "cask lint --toolpack ../packs/shop --root /var/state"),
            (
                Action::Allow,
                "cask gate allow get_item --toolpack ../packs/shop --trust ../trust.yaml --root /var/state",
            ),
        ] {
            assert_eq!(told(action, &given).as_deref(), Some(command));
        }
        // Without the trust that was named it would judge by another: then there is no command.
        let odd = Given { trust: vec![("--trust", "my trust.yaml".to_owned())], ..given };
        assert_eq!((told(Action::Judge, &odd), told(Action::Mend, &odd).is_some()), (None, true));
    }

    #[test]
    fn a_broken_chain_is_tampering_and_credentials_are_taken_out() {
        let broken = Broken { file: "f".into(), line: 3, why: "it is not as it was written".into() };
        let chain = Chain { whole: false, last_hash: None, continues: false, broken: Some(broken) };
        let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        let trail = Trail {
            chain: Some(chain),
            refusals: vec![refused("denied_unknown_action", secret, 1)],
            ..Trail::default()
        };
        let whole = repair(&Input { trail: Some(&trail), ..Input::default() });
        assert_eq!((whole.exit_code, whole.redacted), (2, 1));
        assert!(!format!("{whole:?}").contains(secret), "{whole:?}");
    }

    #[test]
    fn a_kept_report_without_a_finding_that_failed_is_an_issue_all_the_same() {
        let kept = |exit_code, findings| Kept {
            file: "drift.json".into(),
            digest: String::new(),
            command: "drift",
            verdict: "error",
            exit_code,
            toolpacks: Vec::new(),
            findings,
        };
        let found = KeptFinding {
            rule: "no.such-rule".into(),
            severity: Severity::Critical,
            subject: "x".into(),
            message: "gone".into(),
            fingerprint: String::new(),
        };
        let codes = |kept: &[Kept]| -> Vec<String> {
            let whole = repair(&Input { kept, ..Input::default() });
            whole.diagnosis.issues.into_iter().map(|issue| issue.code).collect()
        };
        assert_eq!(codes(&[kept(3, Vec::new())]), ["verdict"]);
        assert_eq!(codes(&[kept(0, Vec::new())]), Vec::<String>::new());
        assert_eq!(codes(&[kept(2, vec![found.clone()]), kept(2, vec![found])]), ["no.such-rule"]);
    }
}
