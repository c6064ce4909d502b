//! Is everything here approved, and do the signatures hold: the judgement of one toolpack and its lockfile.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::entry::{EntryJudge, Written};
use super::sides::{BaseState, HeadSide, Naming};
use super::snapshot;
use super::{legacy, tombstones};
use crate::canon::text::fold;
use crate::model::finding::{Approval as Standing, ApprovalState, Covers, Finding, Place, Side, SubjectKind};
use crate::model::gate_config::GateFile;
use crate::model::lockfile::{AnyLockfile, Approval, Decision, Lockfile, Status, ToolEntry};
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::snapshot::Snapshot;
use crate::model::subject_state::SubjectState;
use crate::rules::{gate, pack as pack_rule, tool as tool_rule};
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::legacy::LegacyTrust;
use crate::sign::subject::SURFACE;
use crate::sign::verify::verify;

/// What the gate says about a toolpack.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Every subject: the surface first, then the tools in the manifest's order.
    pub states: Vec<SubjectState>,
    /// How each removal stands, by tool id.
    pub removals: BTreeMap<String, Standing>,
    /// What is wrong beyond single subjects.
    pub findings: Vec<Finding>,
}

/// Judges a toolpack of the head.
pub fn check(
    head: &HeadSide,
    base: &BaseState,
    ground: &Ground,
    config: &GateFile,
    legacy_trust: &LegacyTrust,
    frozen: &Snapshot,
) -> Checked {
    let naming = Naming { pack: head.pack, lock_path: head.lock_path, lock: head.lock };
    let mut findings = duplicate_names(head, &naming);
    let states = match head.lock {
        Some(AnyLockfile::V1(lock)) => legacy::judge(head, lock, legacy_trust, ground, &naming),
        Some(AnyLockfile::V2(lock, _)) => judge_all(head, Some(lock), ground, config, &naming),
        None => judge_all(head, None, ground, config, &naming),
    };
    if let Some(AnyLockfile::V2(lock, _)) = head.lock {
        findings.extend(wrong_toolpack(head, lock, &naming));
        findings.extend(entries_without_tool(head, base, lock, &naming));
        findings.extend(bulk(head, lock, ground, config, &naming));
    }
    findings.extend(snapshot::problems(head.lock, frozen, &naming));
    findings.extend(moved(head, base, ground, &naming));
    findings.extend(tombstones::check(head, base, ground, &naming));
    Checked { states, removals: tombstones::removals(head, base, ground), findings }
}

fn judge_all(
    head: &HeadSide,
    lock: Option<&Lockfile>,
    ground: &Ground,
    config: &GateFile,
    naming: &Naming,
) -> Vec<SubjectState> {
    let judge =
        EntryJudge { naming: *naming, ground, gate: config, subjects: head.subjects, touched: head.touched };
    let written = lock.map(|l| Written {
        digest: &l.surface.digest,
        status: l.surface.status,
        tier: l.surface.risk_tier,
        approvals: &l.surface.approvals,
    });
    let entries: HashMap<&str, &ToolEntry> =
        lock.map(|l| l.tools.iter().map(|(id, e)| (id.as_str(), e)).collect()).unwrap_or_default();
    let surface = judge.surface(&head.subjects.surface, written);
    let tools: Vec<SubjectState> = head
        .pack
        .manifest
        .tools
        .par_iter()
        .filter_map(|tool| {
            let signed = settled(tool.tier, head.subjects.tools.get(&tool.id)?, ground);
            Some(judge.tool(tool, &signed, entries.get(tool.id.as_str()).copied()))
        })
        .collect();
    std::iter::once(surface).chain(tools).collect()
}

/// Where base approved this very content, the declared tier stands: a new classifier must not end approvals.
pub(super) fn settled(declared: RiskTier, signed: &SignedSubject, ground: &Ground) -> SignedSubject {
    let base = ground.base_of(&signed.id);
    if declared >= signed.tier || base.digest.as_deref() != Some(&signed.digest) {
        return signed.clone();
    }
    let there = SignedSubject { tier: declared, toolsets: base.toolsets.clone(), ..signed.clone() };
    let approved = verify(&there, base.written, base.approvals, ground).status == Status::Approved;
    SignedSubject { tier: if approved { declared } else { signed.tier }, ..signed.clone() }
}

/// A toolpack in another folder than on base. Who may judge it can depend on the folder, so the surface needs
/// approvals that are not on base, by people who may judge both places.
fn moved(head: &HeadSide, base: &BaseState, ground: &Ground, naming: &Naming) -> Option<Finding> {
    let before = &base.side()?.pack.dir;
    if *before == head.pack.dir {
        return None;
    }
    let lock = head.lock.and_then(AnyLockfile::v2);
    let known = ground.base_of(SURFACE).approvals;
    let new: Vec<Approval> = lock
        .map(|l| l.surface.approvals.iter().filter(|a| !known.contains(a)).cloned().collect())
        .unwrap_or_default();
    let in_folder = |dir: &str| {
        let there = Ground {
            toolpack_dir: dir,
            base: ground.base.clone(),
            max_age_days: ground.max_age_days.clone(),
            ..*ground
        };
        verify(&head.subjects.surface, lock.map(|l| l.surface.digest.as_str()), &new, &there)
    };
    let (here, there) = (in_folder(&head.pack.dir), in_folder(before));
    let is_signed = here.status == Status::Approved && there.status == Status::Approved;
    let mut finding = Finding::new(
        pack_rule::MOVED,
        naming.subject(SubjectKind::Toolpack, &head.pack.header.toolpack_id, &head.pack.header.name),
        naming.in_header(),
    )
    .says("toolpack", Phrase::say("moved from ").and_quote(before))
    .here(Phrase::say("it was in ").and_quote(before).and_say("; its surface needs approvals made since"))
    .covered_by(Covers::Surface);
    finding.approval = Standing {
        state: if is_signed { ApprovalState::Acknowledged } else { ApprovalState::Missing },
        have: here.have.min(there.have),
        need: here.need,
        signers: here.signers.into_keys().collect(),
        reasons: Vec::new(),
    };
    Some(finding)
}

/// Names that are one to a reader: equal after compatibility and case folding.
fn duplicate_names(head: &HeadSide, naming: &Naming) -> Vec<Finding> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found = Vec::new();
    for tool in &head.pack.manifest.tools {
        if let Some(other) = seen.insert(fold(&tool.name), &tool.name) {
            let here = Phrase::quote(&tool.name)
                .and_say(" and ")
                .and_quote(other)
                .and_say(" are one name to a reader");
            found.push(
                Finding::new(
                    tool_rule::DUPLICATE_NAME,
                    naming.tool(&tool.id, &tool.name),
                    naming.in_manifest(tool, "name"),
                )
                .risk(tool.tier)
                .says("name", here.clone())
                .here(here),
            );
        }
    }
    found
}

/// A lockfile that names another toolpack approves nothing here.
fn wrong_toolpack(head: &HeadSide, lock: &Lockfile, naming: &Naming) -> Vec<Finding> {
    if lock.toolpack_id == head.pack.header.toolpack_id {
        return Vec::new();
    }
    let here = Phrase::say("the lockfile is of toolpack ").and_quote(&lock.toolpack_id);
    let place =
        Place { file: head.lock_path.to_owned(), line: 1, pointer: "/toolpack_id".into(), side: Side::Head };
    let subject = naming.subject(SubjectKind::Lockfile, "lockfile", head.lock_path);
    vec![
        Finding::new(crate::rules::lock::ENTRY_FORGED, subject, place)
            .says("toolpack_id", here.clone())
            .here(here),
    ]
}

/// Entries of tools that neither the head nor the base has: leftovers that claim approvals of nothing.
fn entries_without_tool(head: &HeadSide, base: &BaseState, lock: &Lockfile, naming: &Naming) -> Vec<Finding> {
    let on_base = |id: &str| base.side().is_some_and(|s| s.subjects.tools.contains_key(id));
    lock.tools
        .iter()
        .filter(|(id, _)| !head.subjects.tools.contains_key(*id) && !on_base(id))
        .map(|(id, entry)| {
            let here = Phrase::say("the lockfile has an entry for it and tools.json has not");
            Finding::new(tool_rule::REMOVED, naming.tool(id, &entry.name), naming.in_lock(id, ""))
                .risk(entry.risk_tier)
                .says("lockfile entry", here.clone())
                .here(here)
        })
        .collect()
}

/// One act that approved more dangerous tools than anyone can have looked at.
fn bulk(
    head: &HeadSide,
    lock: &Lockfile,
    ground: &Ground,
    config: &GateFile,
    naming: &Naming,
) -> Vec<Finding> {
    let mut acts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (id, entry) in &lock.tools {
        let dangerous = head.subjects.tools.get(id).is_some_and(|s| s.tier >= RiskTier::High);
        let base = ground.base_of(id);
        for approval in entry
            .approvals
            .iter()
            .filter(|a| dangerous && a.decision == Decision::Approve && !base.approvals.contains(a))
        {
            *acts.entry((approval.signer.clone(), approval.signed_at.to_string())).or_default() += 1;
        }
    }
    acts.into_iter()
        .filter(|(_, count)| *count > config.approvals.bulk_max as usize)
        .map(|((signer, at), count)| {
            let here = Phrase::quote(signer)
                .and_say(format!(" approved {count} high and critical tools in one act at {at}"));
            let place = Place {
                file: head.lock_path.to_owned(),
                line: 1,
                pointer: "/tools".into(),
                side: Side::Head,
            };
            let subject = naming.subject(SubjectKind::Lockfile, "lockfile", head.lock_path);
            Finding::new(gate::BULK_APPROVAL, subject, place).says("approvals", here.clone()).here(here)
        })
        .collect()
}
