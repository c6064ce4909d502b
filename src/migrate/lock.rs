//! The lockfile of a migrated toolpack: every subject with its new digest, nothing approved by the move.

use std::collections::{BTreeMap, HashMap};

use super::ids::Ids;
use super::notes::Notes;
use crate::canon::Fault;
use crate::compare::tier;
use crate::model::lockfile::{
    AnyLockfile, Approval, LegacyLockfile, LegacyNote, Lockfile, Status, SurfaceEntry, ToolEntry,
};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::Toolpack;
use crate::sign::subject;

/// Makes the lockfile of `pack`, which was `v1`.
///
/// # Errors
/// A reference in the baseline that does not resolve.
pub(super) fn restate(
    v1: &Toolpack,
    lock: Option<&AnyLockfile>,
    base: Option<&Lockfile>,
    ids: &Ids,
    pack: &Toolpack,
    notes: &mut Notes,
) -> Result<Lockfile, Fault> {
    let digests = subject::digests(pack)?;
    let mut made = Lockfile {
        schema_version: CURRENT.to_owned(),
        toolpack_id: pack.header.toolpack_id.clone(),
        surface: SurfaceEntry {
            digest: digests.surface.clone(),
            risk_tier: tier::surface_tier(pack).0,
            status: Status::Pending,
            approvals: Vec::new(),
        },
        snapshot: None,
        tools: BTreeMap::new(),
        withdrawn: Vec::new(),
    };
    for tool in &pack.manifest.tools {
        let digest = digests.tools.get(&tool.id).cloned().expect("every tool has a digest");
        let entry = ToolEntry {
            name: tool.name.clone(),
            method: tool.method.clone(),
            host: tool.host.clone(),
            path: match tool.kind {
                ToolKind::Http => tool.full_path(),
                ToolKind::Mcp | ToolKind::WebMcp => tool.path.clone(),
            },
            risk_tier: tool.tier,
            toolsets: pack.toolsets_of(tool),
            status: Status::Pending,
            digest,
            approvals: Vec::new(),
            legacy: None,
        };
        made.tools.insert(tool.id.clone(), entry);
    }
    match lock {
        Some(AnyLockfile::V1(old)) => take_notes(&mut made, old, v1, ids, notes),
        // Artifacts of version 1 under a lockfile of version 2 are a normal state: its keys are v1 ids.
        Some(AnyLockfile::V2(old, _)) if base.is_none() => keep(&mut made, old, Some(ids)),
        _ => {}
    }
    if let Some(base) = base {
        keep(&mut made, base, None);
    }
    Ok(made)
}

/// Approvals of the reference system, beside the entries that they were about. They never count.
fn take_notes(made: &mut Lockfile, old: &LegacyLockfile, v1: &Toolpack, ids: &Ids, notes: &mut Notes) {
    let tools = &v1.manifest.tools;
    let by_key: HashMap<&str, usize> = tools.iter().map(|tool| (tool.id.as_str(), tool.index)).collect();
    // A changed parameter gives another v1 key to the same call: who approved the former one is told too.
    let by_call: HashMap<[&str; 4], usize> = tools
        .iter()
        .map(|tool| ([&*tool.name, &*tool.method, &*tool.host, &*tool.path], tool.index))
        .collect();
    for entry in &old.entries {
        let (method, host) = (entry.method.to_ascii_uppercase(), entry.host.to_ascii_lowercase());
        let index = by_key
            .get(entry.id.as_str())
            .or_else(|| by_call.get(&[&*entry.name, &*method, &*host, &*entry.path]));
        let id = index.and_then(|index| ids.tools.get(*index)).map(|tool| &tool.id);
        let Some(now) = id.and_then(|id| made.tools.get_mut(id)) else {
            notes.tell(
                Phrase::say("the lockfile's entry ")
                    .and_quote(&entry.name)
                    .and_say(" is dropped: it is of no tool of the manifest"),
            );
            continue;
        };
        if let Some(note) = &entry.approval {
            now.legacy.get_or_insert_with(|| note.clone());
        }
        if entry.status == Status::Rejected {
            let why = entry.rejection_reason.clone().unwrap_or_default();
            // The twelve fields have no place of their own for why something was refused.
            now.legacy.get_or_insert_with(|| refused(entry, &why));
            notes.tell(
                Phrase::quote(&entry.name)
                    .and_say(" was rejected and is pending now; `cask gate block` signs a refusal. the reason was ")
                    .and_quote(why),
            );
        }
    }
    if old.snapshot.is_some() {
        notes.tell(Phrase::say(
            "the lockfile's snapshot is dropped: it freezes files of version 1; `cask gate snapshot` makes one",
        ));
    }
}

fn refused(entry: &crate::model::lockfile::LegacyEntry, why: &str) -> LegacyNote {
    LegacyNote {
        id: entry.id.clone(),
        name: entry.name.clone(),
        method: entry.method.clone(),
        path: entry.path.clone(),
        host: entry.host.clone(),
        toolsets: entry.toolsets.clone(),
        approved_toolsets: Vec::new(),
        status: entry.status.word().to_owned(),
        approved_by: String::new(),
        approved_at: String::new(),
        reason: why.to_owned(),
        mode: String::new(),
        key_id: String::new(),
        signature: String::new(),
    }
}

/// Takes over what another lockfile of version 2 has: approvals, tombstones, and entries of tools that are no
/// longer there, which `gate sync` turns into tombstones. What was approved under another digest is pending
/// and keeps that digest beside the approvals: so they are told as those of an earlier state, not as forged.
fn keep(made: &mut Lockfile, old: &Lockfile, renamed: Option<&Ids>) {
    let settle = |digest: &mut String, status: &mut Status, was: (&String, Status, &[Approval])| {
        if digest == was.0 {
            *status = was.1;
        } else if !was.2.is_empty() {
            digest.clone_from(was.0);
        }
    };
    let (surface, was) = (&mut made.surface, &old.surface);
    surface.approvals.clone_from(&was.approvals);
    settle(&mut surface.digest, &mut surface.status, (&was.digest, was.status, &was.approvals));
    for (id, entry) in &old.tools {
        let id = renamed.and_then(|ids| ids.of_v1(id)).unwrap_or(id);
        match made.tools.get_mut(id) {
            Some(now) => {
                now.approvals.clone_from(&entry.approvals);
                if entry.legacy.is_some() {
                    now.legacy.clone_from(&entry.legacy);
                }
                settle(&mut now.digest, &mut now.status, (&entry.digest, entry.status, &entry.approvals));
            }
            None => {
                made.tools.insert(id.to_owned(), entry.clone());
            }
        }
    }
    made.snapshot.clone_from(&old.snapshot);
    made.withdrawn.clone_from(&old.withdrawn);
}
