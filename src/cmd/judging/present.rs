//! A toolpack of the head: what changed, what is signed, and what is wrong with it by itself.

use std::collections::BTreeSet;

use super::bench::{Bench, Both, ground};
use super::gone::{Orphans, base_state};
use crate::cmd::before::Side;
use crate::cmd::failed::Failed;
use crate::compare::keyed::Keyed;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::gate::check::{Checked, check};
use crate::gate::sides::{BaseState, HeadSide, Naming};
use crate::gate::subjects::Subjects;
use crate::gate::tombstones;
use crate::io::load;
use crate::judge::pack::JudgedPack;
use crate::lint;
use crate::model::finding::{Covers, Finding};
use crate::model::lockfile::AnyLockfile;
use crate::model::tool::Tool;
use crate::model::toolpack::join;
use crate::rules::pack as pack_rules;
use crate::sign::ground::{Base, SignatureIndex};
use crate::sign::legacy::LegacyTrust;

/// Where the reference system keeps the keys that it trusts, in a toolpack's folder.
const LEGACY_TRUST: &str = ".caskmcp/state/keys/trusted_signers.json";

/// Judges a toolpack that the head has.
///
/// # Errors
/// A file of it that cannot be read.
pub fn judge_present(
    bench: &Bench,
    both: &Both,
    head: &Side,
    index: &SignatureIndex,
    names: &[(String, String)],
    left_behind: &Orphans,
) -> Result<JudgedPack, Failed> {
    let pack = &head.loaded.pack;
    let id = &pack.header.toolpack_id;
    let base = base_state(bench, both, id, left_behind);
    let ground_of_head = ground(bench, id, &pack.dir, base.ground(), index);
    let legacy = legacy_trust(bench, &pack.dir)?;
    let side = HeadSide {
        pack,
        subjects: &head.subjects,
        lock: head.loaded.lock.as_ref(),
        lock_path: &head.loaded.lock_path,
        touched: !both.untouched,
    };
    let frozen = load::frozen(bench.head, &head.loaded);
    let mut checked = check(&side, &base, &ground_of_head, bench.gate, &legacy, &frozen);
    let own = head.loaded.lock.as_ref().and_then(AnyLockfile::v2);
    checked.findings.extend(left_behind.problems(id, own, &ground_of_head, &pack.dir));
    let before = both.base().map(|s| &s.loaded.pack);
    let is_compared = bench.base.is_some() && !both.untouched;
    let tells = is_compared && bench.tells_changes;
    let pair = match tells {
        true => Pair::new(before, Some(pack))?,
        false => Pair::of_tools(before, Some(pack)),
    };
    let changes = match tells {
        true => {
            let others: Vec<&str> =
                names.iter().filter(|(pack, _)| pack != id).map(|(_, name)| name.as_str()).collect();
            let limits = Some(&bench.gate.limits);
            diff::run(&pair, &DiffContext { other_tool_names: &others, now: Some(bench.now), limits })
        }
        false => Vec::new(),
    };
    if is_compared {
        // What is wrong with the state itself, unless a change of that very place says so already.
        let is_told = |f: &Finding| {
            changes.iter().any(|c| {
                let rest = f.place.pointer.strip_prefix(c.place.pointer.as_str());
                c.place.file == f.place.file
                    && c.place.side == f.place.side
                    && !c.place.pointer.is_empty()
                    && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let wrong = lint::run_beside_the_gate(pack).into_iter();
        checked.findings.extend(wrong.filter(|f| f.rule == pack_rules::SECRET_FOUND || !is_told(f)));
    }
    let naming = Naming { pack, lock_path: &head.loaded.lock_path, lock: head.loaded.lock.as_ref() };
    let told = |id: &str| changes.iter().any(|f| f.covers == Covers::Withdrawal && f.subject.id == id);
    for id in checked.removals.keys().filter(|id| !told(id)) {
        let name = before.and_then(|b| b.manifest.tool(id)).map_or(id.as_str(), |t| t.name.as_str());
        checked.findings.extend(tombstones::unrecorded(id, name, &side, &base, &naming));
    }
    let known = match (both.untouched, both.base()) {
        (true, _) => None,
        (false, Some(base)) if bench.tells_changes => Some(known_on_base(bench, base, index, &legacy)),
        (false, _) => Some(BTreeSet::new()),
    };
    Ok(JudgedPack {
        id: id.clone(),
        name: pack.header.name.clone(),
        known_as: match bench.base {
            Some(_) => before.map(|base| base.header.name.clone()),
            None => Some(pack.header.name.clone()),
        },
        path: pack.dir.clone(),
        tools: pack.manifest.tools.len(),
        changed: bench.base.is_some() && !both.untouched,
        servers: pack.baseline.servers.iter().map(|(_, launch)| launch.clone()).collect(),
        hosts: pack.header.allowed_hosts.clone(),
        toolsets: pack
            .toolsets
            .toolsets
            .iter()
            .map(|(name, set)| (name.clone(), set.actions.iter().cloned().collect()))
            .collect(),
        changes,
        moved: moved(&pair, both.base().map(|side| &side.subjects), &head.subjects),
        states: checked.states,
        removals: checked.removals,
        beyond: checked.findings,
        known,
        has_base: before.is_some(),
    })
}

/// Fingerprints of what the gate says about the base's own state.
fn known_on_base(
    bench: &Bench,
    base: &Side,
    index: &SignatureIndex,
    legacy: &LegacyTrust,
) -> BTreeSet<String> {
    let pack = &base.loaded.pack;
    let ground = ground(bench, &pack.header.toolpack_id, &pack.dir, Base::NotAsked, index);
    let side = HeadSide {
        pack,
        subjects: &base.subjects,
        lock: base.loaded.lock.as_ref(),
        lock_path: &base.loaded.lock_path,
        touched: false,
    };
    let frozen = bench.base.map(|tree| load::frozen(tree, &base.loaded)).unwrap_or_default();
    let Checked { states, findings, .. } =
        check(&side, &BaseState::NotAsked, &ground, bench.gate, legacy, &frozen);
    let problems = states.into_iter().flat_map(|s| s.problems);
    let wrong = lint::run_beside_the_gate(pack);
    problems.chain(findings).chain(wrong).map(|f: Finding| f.fingerprint()).collect()
}

/// How many tools are new, gone, changed and as they were.
pub fn moved(pair: &Pair, base: Option<&Subjects>, head: &Subjects) -> (usize, usize, usize, usize) {
    let digest = |side: &Subjects, tool: &Tool| side.tools.get(&tool.id).map(|s| s.digest.clone());
    let (mut added, mut removed, mut changed, mut same) = (0, 0, 0, 0);
    for keyed in pair.tools() {
        match (keyed, base) {
            (Keyed::Added(_), _) => added += 1,
            (Keyed::Removed(_), _) => removed += 1,
            (Keyed::Both(b, h), Some(base)) if digest(base, b) == digest(head, h) => same += 1,
            (Keyed::Both(_, _), _) => changed += 1,
        }
    }
    (added, removed, changed, same)
}

/// The reference system's trusted keys of a toolpack: from the base, which the head cannot reach.
fn legacy_trust(bench: &Bench, dir: &str) -> Result<LegacyTrust, Failed> {
    let path = join(dir, LEGACY_TRUST);
    let tree = bench.base.unwrap_or(bench.head);
    match tree.read(&path, crate::model::limits::SMALL)? {
        None => Ok(LegacyTrust::default()),
        Some(bytes) => Ok(LegacyTrust::parse(&path, &String::from_utf8_lossy(&bytes))?),
    }
}
