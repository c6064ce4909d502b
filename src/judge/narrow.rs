//! `toolset` of gate.yaml: a weighed report in, the same without what passes and is about other tools. A verdict is
//! never narrowed, nor what lies on the trust axis or waits for a signature.

use std::collections::{HashMap, HashSet};

use super::attach::is_trust;
use super::pack::JudgedPack;
use crate::model::finding::{Covers, Finding, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::report::Verdict;
use crate::rules::tool;

/// The members of a toolset, by the folder of each toolpack that has it.
pub struct Narrow {
    toolset: String,
    members: HashMap<String, HashSet<String>>,
}

impl Narrow {
    /// The toolset in the toolpacks that are judged.
    pub fn to(toolset: &str, packs: &[JudgedPack]) -> Narrow {
        let set = |pack: &JudgedPack| {
            let (_, tools) = pack.toolsets.iter().find(|(name, _)| name == toolset)?;
            Some((pack.path.clone(), tools.iter().cloned().collect()))
        };
        Narrow { toolset: toolset.to_owned(), members: packs.iter().filter_map(set).collect() }
    }

    /// Takes out what is about other tools, and says how much that was.
    pub fn apply(&self, findings: &mut Vec<Finding>) -> Phrase {
        let narrowed = Phrase::say("gate.yaml narrows this to the toolset ").and_quote(&self.toolset);
        if self.members.is_empty() {
            return narrowed.and_say(", which no toolpack has: nothing is left out");
        }
        let before = findings.len();
        findings.retain(|finding| !self.leaves_out(finding));
        narrowed.and_say(match before - findings.len() {
            1 => ": 1 finding that passes is left out".to_owned(),
            n => format!(": {n} findings that pass are left out"),
        })
    }

    fn leaves_out(&self, finding: &Finding) -> bool {
        let is_other = |set: &HashSet<String>| !set.contains(&finding.subject.name);
        finding.weighs == Verdict::Pass
            && finding.subject.kind == SubjectKind::Tool
            && self.members.get(&finding.subject.path).is_some_and(is_other)
            && !finding.approval.waits()
            && !is_trust(finding)
            // What went may have been in it.
            && finding.covers != Covers::Withdrawal
            && finding.rule != tool::TOOLSET_REMOVED_FROM
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{ApprovalState, Place, Side, Subject};
    use crate::rules::{Rule, gate, text};

    fn finding(rule: &'static Rule, name: &str) -> Finding {
        let subject = Subject {
            path: "packs/shop".into(),
            toolpack: "tp_shop".into(),
            kind: SubjectKind::Tool,
            id: name.into(),
            name: name.into(),
        };
        let place = Place { file: "f".into(), line: 1, pointer: String::new(), side: Side::Head };
        Finding::new(rule, subject, place)
    }

    #[test]
    fn what_passes_and_is_about_other_tools_is_left_out_and_nothing_else() {
        let pack = JudgedPack {
            path: "packs/shop".into(),
            toolsets: vec![("readonly".into(), vec!["list".into()])],
            ..JudgedPack::default()
        };
        let mut fails = finding(text::SECRET_LITERAL, "fails");
        fails.weighs = Verdict::Review;
        let mut waits = finding(text::SECRET_LITERAL, "waits");
        waits.approval.state = ApprovalState::Missing;
        let mut elsewhere = finding(text::SECRET_LITERAL, "elsewhere");
        elsewhere.subject.path = "packs/other".into();
        let mut set = finding(text::SECRET_LITERAL, "set");
        set.subject.kind = SubjectKind::Toolset;
        let all = vec![
            finding(text::SECRET_LITERAL, "list"),
            finding(text::SECRET_LITERAL, "other"),
            finding(gate::EXPIRING, "trust"),
            finding(text::SECRET_LITERAL, "went").covered_by(Covers::Withdrawal),
            finding(tool::TOOLSET_REMOVED_FROM, "left"),
            fails,
            waits,
            elsewhere,
            set,
        ];
        let narrowed = |toolset: &str| {
            let mut findings = all.clone();
            let note = Narrow::to(toolset, std::slice::from_ref(&pack)).apply(&mut findings).plain();
            (findings.iter().map(|f| f.subject.name.clone()).collect::<Vec<_>>(), note)
        };
        let (left, note) = narrowed("readonly");
        assert_eq!(left, ["list", "trust", "went", "left", "fails", "waits", "elsewhere", "set"]);
        assert!(note.ends_with("1 finding that passes is left out"), "{note}");
        let (left, note) = narrowed("read-only");
        assert_eq!(left.len(), all.len());
        assert!(note.contains("which no toolpack has"), "{note}");
    }
}
