//! Who does what next: by role, by name, as commands to paste.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::visible::is_shell_word;
use crate::model::command::Command;
use crate::model::finding::{Covers, Finding, SubjectKind};
use crate::model::lockfile::SURFACE;
use crate::model::phrase::Phrase;
use crate::model::report::{Role, Step};
use crate::model::risk::RiskTier;
use crate::model::trust::{Role as TrustRole, Trust};
use crate::model::verdict::Verdict;
use crate::rules::{gate, trust as rule};

/// The most commands that one step shows.
const MAX_COMMANDS: usize = 6;

/// The steps that lead from these findings to a pass.
pub fn steps(findings: &[Finding], trust: Option<&Trust>, base: Option<&str>) -> Vec<Step> {
    let open: Vec<&Finding> = findings.iter().filter(|f| f.suppressed.is_none()).collect();
    let mut steps = Vec::new();
    steps.extend(take_back(&open, base));
    steps.extend(beside(&open));
    steps.extend(approve(&open, trust));
    steps.extend(owners(&open, trust));
    steps.extend(confirm(&open));
    steps.extend(renew(&open));
    steps
}

/// The same for a person at a terminal: where several subjects of a toolpack wait, a review that shows them one by one
/// stands before the command that signs them all.
pub fn at_terminal(mut steps: Vec<Step>, findings: &[Finding]) -> Vec<Step> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.suppressed.is_none() && is_signed(f)) {
        waiting.entry(&finding.subject.path).or_default().insert(shell_name(finding));
    }
    for step in steps.iter_mut().filter(|step| step.role == Role::Approver) {
        for pack in waiting.iter().filter(|(_, names)| names.len() > 1).map(|(pack, _)| *pack) {
            let status = Command::say("cask gate status").toolpack(pack);
            if let Some(place) = step.commands.iter().position(|command| *command == status) {
                step.commands.insert(place + 1, Command::say("cask gate review").toolpack(pack));
            }
        }
    }
    steps
}

/// Whether an approver of its toolpack is to sign it.
fn is_signed(finding: &Finding) -> bool {
    finding.approval.waits() && !finding.subject.toolpack.is_empty() && finding.covers != Covers::Owners
}

/// The author takes back what only others may change.
fn take_back(open: &[&Finding], base: Option<&str>) -> Option<Step> {
    let files: BTreeSet<&str> = open
        .iter()
        .filter(|f| f.covers == Covers::Owners && f.approval.waits())
        .map(|f| f.place.file.as_str())
        .collect();
    if files.is_empty() {
        return None;
    }
    let base = base?;
    let checkout = Command::say(format!("git checkout {base} --"));
    Some(Step {
        role: Role::Author,
        who: Vec::new(),
        text: Phrase::say(format!(
            "take {} out, or let the owners sign",
            if files.len() == 1 { "the file" } else { "the files" }
        )),
        commands: vec![files.into_iter().fold(checkout, |command, file| command.and_path(file))],
    })
}

/// What belongs to no toolpack is signed by nobody: it is taken back, locked, or accepted by the owners. One step
/// for each kind, since they differ in what can be done.
fn beside(open: &[&Finding]) -> Vec<Step> {
    let kinds = [
        (SubjectKind::Workflow, "take the change of the workflow or hook back"),
        (
            SubjectKind::Client,
            "take it back; or lock the server in a toolpack, or let the owners accept it for a while under \
             suppressions in gate.yaml",
        ),
    ];
    let step = |(kind, text): (SubjectKind, &'static str)| {
        let first = open.iter().find(|f| f.subject.kind == kind && f.weighs != Verdict::Pass && !f.known)?;
        Some(Step {
            role: Role::Author,
            who: Vec::new(),
            text: Phrase::say(text),
            commands: vec![Command::say(format!("cask explain {}", first.rule.id))],
        })
    };
    kinds.into_iter().filter_map(step).collect()
}

fn approve(open: &[&Finding], trust: Option<&Trust>) -> Option<Step> {
    let waiting: Vec<&&Finding> = open.iter().filter(|f| is_signed(f)).collect();
    if waiting.is_empty() {
        return None;
    }
    let highest = waiting.iter().filter_map(|f| f.risk).max().unwrap_or(RiskTier::Medium);
    let who = trust.map(|t| {
        let able = t.file.signers.iter().filter(|s| {
            s.roles.contains(&TrustRole::Approver)
                && s.max_risk >= highest
                && waiting.iter().any(|f| s.may_judge(&f.subject.path))
        });
        able.map(|s| s.id.clone()).collect::<Vec<_>>()
    });
    let packs: BTreeSet<&str> = waiting.iter().map(|f| f.subject.path.as_str()).collect();
    let mut commands = Vec::new();
    for pack in packs.into_iter().take(MAX_COMMANDS / 2) {
        let say = |words: &str| Command::say(format!("cask gate {words}")).toolpack(pack);
        let of_pack = |f: &&&&Finding| f.subject.path == pack;
        let gone: BTreeSet<&str> = waiting
            .iter()
            .filter(of_pack)
            .filter(|f| f.covers == Covers::Withdrawal)
            .map(|f| shell_name(f))
            .collect();
        let named: BTreeSet<&str> = waiting
            .iter()
            .filter(of_pack)
            .filter(|f| f.covers != Covers::Withdrawal)
            .map(|f| shell_name(f))
            .collect();
        commands.push(say("status"));
        match named.len() {
            0 => {}
            1..=8 => {
                commands.push(say(&format!("allow {}", named.into_iter().collect::<Vec<_>>().join(" "))));
            }
            _ => commands.push(say("allow <tool>")),
        }
        if !gone.is_empty() && gone.len() <= 8 {
            commands.push(say(&format!("withdraw {}", gone.into_iter().collect::<Vec<_>>().join(" "))));
        }
    }
    Some(Step {
        role: Role::Approver,
        who: who.unwrap_or_default(),
        text: Phrase::say("look at each change, then sign or refuse it"),
        commands,
    })
}

fn owners(open: &[&Finding], trust: Option<&Trust>) -> Option<Step> {
    let unsigned: Vec<&&Finding> =
        open.iter().filter(|f| f.covers == Covers::Owners && f.approval.waits()).collect();
    if unsigned.is_empty() {
        return None;
    }
    let who = trust.map(|t| {
        t.file.signers.iter().filter(|s| s.roles.contains(&TrustRole::Owner)).map(|s| s.id.clone()).collect()
    });
    let gate_too = unsigned.iter().any(|f| f.subject.kind == SubjectKind::GateConfig);
    let trust_too = unsigned.iter().any(|f| f.subject.kind == SubjectKind::Trust);
    let mut commands = Vec::new();
    if trust_too {
        commands.push(Command::say("cask trust check"));
        commands.push(Command::say("cask trust sign"));
    }
    if gate_too {
        commands.push(Command::say("cask trust sign --gate"));
    }
    Some(Step {
        role: Role::Owner,
        who: who.unwrap_or_default(),
        text: Phrase::say("if it is meant, check the fingerprints with the people they belong to, then sign"),
        commands,
    })
}

fn confirm(open: &[&Finding]) -> Option<Step> {
    open.iter().find(|f| f.rule == rule::BOOTSTRAP)?;
    Some(Step {
        role: Role::Reviewer,
        who: Vec::new(),
        text: Phrase::say(
            "let the owners read their keys to you, in a call or in person; each prints it with",
        ),
        commands: vec![Command::say("cask key show")],
    })
}

fn renew(open: &[&Finding]) -> Option<Step> {
    let ending: Vec<&&Finding> = open.iter().filter(|f| f.rule == gate::EXPIRING).collect();
    let first = ending.first()?;
    let names: BTreeSet<&str> =
        ending.iter().filter(|f| f.subject.path == first.subject.path).map(|f| shell_name(f)).collect();
    Some(Step {
        role: Role::Approver,
        who: first.approval.signers.clone(),
        text: Phrase::say("renew what ends soon; this change need not wait for it"),
        commands: vec![
            Command::say(format!(
                "cask gate allow {}",
                names.into_iter().take(8).collect::<Vec<_>>().join(" ")
            ))
            .toolpack(&first.subject.path)
            .and_say("--expires 180d"),
        ],
    })
}

/// A foreign name stands in a command only if no shell gives any of it a meaning; else the id, else a blank.
fn shell_name(finding: &Finding) -> &str {
    let subject = &finding.subject;
    if subject.kind == SubjectKind::Surface || finding.covers == Covers::Surface {
        return SURFACE;
    }
    [&subject.name, &subject.id].into_iter().find(|n| is_shell_word(n)).map_or("<tool>", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{ApprovalState, Place, Side, Subject};
    use crate::rules::{mcp, trust};

    #[test]
    fn at_a_terminal_several_that_wait_are_reviewed() {
        let waiting = |path: &str, name: &str| {
            let subject = Subject {
                path: path.to_owned(),
                toolpack: "tp_1".to_owned(),
                kind: SubjectKind::Tool,
                id: name.to_owned(),
                name: name.to_owned(),
            };
            let place = Place { file: "f".into(), line: 1, pointer: String::new(), side: Side::Head };
            let mut finding = Finding::new(gate::UNAPPROVED, subject, place);
            finding.approval.state = ApprovalState::Missing;
            finding
        };
        let findings = [waiting("a", "x"), waiting("a", "y"), waiting("b", "z")];
        let commands = |steps: Vec<Step>| {
            steps
                .into_iter()
                .flat_map(|step| step.commands)
                .map(|command| command.at_root())
                .collect::<Vec<_>>()
        };
        let anywhere = steps(&findings, None, None);
        assert!(commands(anywhere.clone()).iter().all(|command| !command.contains("review")));
        assert_eq!(
            commands(at_terminal(anywhere, &findings)),
            [
                "cask gate status --toolpack a",
                "cask gate review --toolpack a",
                "cask gate allow x y --toolpack a",
                "cask gate status --toolpack b",
                "cask gate allow z --toolpack b",
            ]
        );
    }

    #[test]
    fn what_is_beside_toolpacks_has_a_step_for_each_kind() {
        let of = |kind, rule| {
            let subject = Subject {
                path: String::new(),
                toolpack: String::new(),
                kind,
                id: "x".into(),
                name: "x".into(),
            };
            let place = Place { file: "f".into(), line: 1, pointer: String::new(), side: Side::Head };
            let mut finding = Finding::new(rule, subject, place);
            finding.weighs = Verdict::Breaking;
            finding
        };
        let client = of(SubjectKind::Client, mcp::LAUNCH_SHELL);
        let workflow = of(SubjectKind::Workflow, trust::GATE_REMOVED);
        for both in [[&client, &workflow], [&workflow, &client]] {
            let commands: Vec<_> = beside(&both)
                .into_iter()
                .flat_map(|step| step.commands)
                .map(|command| command.at_root())
                .collect();
            assert_eq!(
                commands,
                [trust::GATE_REMOVED, mcp::LAUNCH_SHELL].map(|r| format!("cask explain {}", r.id))
            );
        }
        assert!(beside(&[]).is_empty());
    }
}
