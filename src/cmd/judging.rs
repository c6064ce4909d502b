//! Toolpacks of two trees, judged: loads both sides of each, asks the diff and the gate, and hands what they
//! say to the judge.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::before::{Orphan, Side, known, left_behind};
use super::failed::Failed;
use crate::canon::time::Timestamp;
use crate::compare::keyed::Keyed;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::gate::check::{Checked, check};
use crate::gate::discovery::{Found, Paired};
use crate::gate::sides::{BaseState, HeadSide, Naming, max_age_days};
use crate::gate::subjects::Subjects;
use crate::gate::tombstones;
use crate::io::load;
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::lint;
use crate::model::finding::{Covers, Finding};
use crate::model::gate_config::{GateFile, MAX_EXEMPTION_DAYS};
use crate::model::lockfile::{AnyLockfile, Lockfile, Status};
use crate::model::phrase::Phrase;
use crate::model::report::Standing;
use crate::model::tool::Tool;
use crate::model::toolpack::{Toolpack, join};
use crate::rules::{Family, pack as pack_rules};
use crate::sign::ground::{Base, Ground, SignatureIndex};
use crate::sign::keyring::Keyring;
use crate::sign::legacy::LegacyTrust;

/// Where the reference system keeps the keys that it trusts, in a toolpack's folder.
const LEGACY_TRUST: &str = ".caskmcp/state/keys/trusted_signers.json";

/// What toolpacks are judged against.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The state under review.
    pub head: &'a Tree,
    /// The state that it is compared with; `None`: none is asked.
    pub base: Option<&'a Tree>,
    /// Whether the base has neither trust file nor lockfile.
    pub bootstrap: bool,
    /// Who may sign.
    pub keyring: &'a Keyring<'a>,
    /// The gate's configuration in force.
    pub gate: &'a GateFile,
    /// Login of the author, if known.
    pub author: Option<&'a str>,
    /// The machine's clock.
    pub now: Timestamp,
}

/// A toolpack with both sides in memory. Where nothing differs, both are one.
struct Both {
    head: Option<Side>,
    base: Option<Side>,
    untouched: bool,
}

impl Both {
    fn base(&self) -> Option<&Side> {
        if self.untouched { self.head.as_ref() } else { self.base.as_ref() }
    }
}

/// Judges toolpacks.
///
/// # Errors
/// The first file of either side that cannot be read: then nothing is judged.
pub fn judge_packs(bench: &Bench, paired: Vec<Paired>) -> Result<Vec<JudgedPack>, Failed> {
    read_ahead(bench, &paired);
    let both: Vec<Both> =
        paired.into_par_iter().map(|p| load_both(bench, p)).collect::<Result<_, Failed>>()?;
    let left_behind = Orphans::find(bench, &both)?;
    let mut index = SignatureIndex::default();
    for side in both.iter().flat_map(|b| [b.head.as_ref(), b.base.as_ref()]).flatten() {
        if let Some(lock) = side.loaded.lock.as_ref().and_then(AnyLockfile::v2) {
            index.add(lock);
        }
    }
    let names: Vec<(String, String)> = both
        .iter()
        .filter_map(|b| b.head.as_ref())
        .flat_map(|s| {
            s.loaded
                .pack
                .manifest
                .tools
                .iter()
                .map(|t| (s.loaded.pack.header.toolpack_id.clone(), t.name.clone()))
        })
        .collect();
    let mut packs: Vec<JudgedPack> = both
        .par_iter()
        .map(|b| judge_one(bench, b, &index, &names, &left_behind))
        .collect::<Result<_, _>>()?;
    across(bench, &both, &mut packs);
    let sides = both.iter().flat_map(|b| [b.head.as_ref(), b.base()]).flatten();
    let there: HashSet<&str> = sides.map(|s| s.loaded.pack.header.toolpack_id.as_str()).collect();
    let ids: BTreeSet<&String> = left_behind.head.keys().chain(left_behind.base.keys()).collect();
    let gone = ids.into_iter().filter(|id| !there.contains(id.as_str()));
    let gone = gone.map(|id| judge_left_behind(bench, id, &index, &left_behind));
    // One that is in order is no news: nobody has it any more.
    packs.extend(gone.filter(|pack| pack.changed));
    Ok(packs)
}

/// What the tools of several toolpacks open together, and names that two of them have, told with the toolpack whose change did it.
fn across(bench: &Bench, both: &[Both], packs: &mut [JudgedPack]) {
    if bench.base.is_none() || bench.bootstrap {
        return;
    }
    let sides: Vec<diff::sides::Sides> = both
        .iter()
        .map(|b| diff::sides::Sides {
            base: b.base().map(|side| &side.loaded.pack),
            head: b.head.as_ref().map(|side| &side.loaded.pack),
            touched: !b.untouched,
        })
        .collect();
    for (at, finding) in diff::across::run(&sides).into_iter().chain(diff::shadows::run(&sides)) {
        if let Some(pack) = packs.get_mut(at) {
            pack.changes.push(finding);
        }
    }
}

/// Has git hand over in one go what the toolpacks will be read from: of the base only what differs. Once is
/// enough: whoever reads beside the judging calls this before.
pub fn read_ahead(bench: &Bench, paired: &[Paired]) {
    let below = |dirs: &HashSet<&str>, path: &str| {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        std::iter::once("").chain(above).any(|dir| dirs.contains(dir))
    };
    let heads: HashSet<&str> = paired.iter().filter_map(|p| p.head.as_ref()).map(Found::dir).collect();
    let bases: HashSet<&str> = paired
        .iter()
        .filter(|p| !is_untouched(bench, p))
        .filter_map(|p| p.base.as_ref())
        .map(Found::dir)
        .collect();
    rayon::join(
        || bench.head.read_ahead(|path| below(&heads, path)),
        || bench.base.map(|base| base.read_ahead(|path| below(&bases, path))),
    );
}

/// Whether git names the toolpack's folder alike on both sides: then nothing of it differs.
fn is_untouched(bench: &Bench, paired: &Paired) -> bool {
    match (&paired.head, &paired.base, bench.base) {
        (Some(h), Some(b), Some(base)) if h == b => bench.head.has_same_folder(base, h.dir()),
        _ => false,
    }
}

fn load_both(bench: &Bench, paired: Paired) -> Result<Both, Failed> {
    let untouched = is_untouched(bench, &paired);
    let side = |tree: &Tree, found: &Found| {
        Side::read(tree, &found.header, if found.dir().is_empty() { "." } else { found.dir() })
    };
    let head = paired.head.as_ref().map(|f| side(bench.head, f)).transpose()?;
    let base = match (&paired.base, bench.base) {
        (Some(found), Some(tree)) if !untouched => Some(side(tree, found)?),
        _ => None,
    };
    let base = base.map(|b| b.as_base_of(head.as_ref().map(Side::generation))).transpose()?;
    Ok(Both { head, base, untouched })
}

/// What stayed behind of toolpacks, by id.
struct Orphans {
    head: BTreeMap<String, Orphan>,
    base: BTreeMap<String, Orphan>,
}

impl Orphans {
    fn find(bench: &Bench, both: &[Both]) -> Result<Orphans, Failed> {
        // Each side by its own toolpacks: a lockfile that the head takes up again was left behind on base.
        let head: HashSet<&str> =
            both.iter().filter_map(|b| b.head.as_ref()).map(|s| s.loaded.lock_path.as_str()).collect();
        let base: HashSet<&str> =
            both.iter().filter_map(Both::base).map(|s| s.loaded.lock_path.as_str()).collect();
        let base = bench.base.map(|tree| left_behind(tree, &base)).transpose()?.unwrap_or_default();
        Ok(Orphans { head: left_behind(bench.head, &head)?, base })
    }

    /// What is wrong with what stayed behind of a toolpack; `also` are the tombstones of the lockfile that it
    /// has in the head.
    fn problems(&self, id: &str, also: Option<&Lockfile>, ground: &Ground, dir: &str) -> Vec<Finding> {
        let (before, after) = (self.base.get(id), self.head.get(id));
        let all = |of: Option<&Lockfile>| of.map(|l| l.withdrawn.clone()).unwrap_or_default();
        let mut stay = all(after.map(|o| &o.lock));
        // Those of the head's own lockfile are told with it.
        let forged = tombstones::left_behind(&[], &stay, ground, dir, after.map_or("", |o| &o.path));
        stay.extend(all(also));
        let path = before.or(after).map_or("", |o| &o.path);
        let gone = tombstones::left_behind(&all(before.map(|o| &o.lock)), &stay, ground, dir, path);
        gone.into_iter().filter(|f| f.rule == crate::rules::lock::TOMBSTONE_REMOVED).chain(forged).collect()
    }
}

/// A toolpack that neither side has any more, of which tombstones stayed behind.
fn judge_left_behind(bench: &Bench, id: &str, index: &SignatureIndex, left_behind: &Orphans) -> JudgedPack {
    let of = |side: &BTreeMap<String, Orphan>| side.get(id).map(|o| o.path.clone());
    let path = of(&left_behind.head).or_else(|| of(&left_behind.base)).unwrap_or_default();
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
    let base = left_behind.base.get(id);
    let state = known(None, base);
    let ground = ground(bench, id, &dir, state.ground(), index);
    let beyond = left_behind.problems(id, None, &ground, &dir);
    JudgedPack {
        id: id.to_owned(),
        name: id.to_owned(),
        known_as: None,
        changed: !beyond.is_empty(),
        path: dir,
        beyond,
        known: Some(HashSet::new()),
        has_base: base.is_some(),
        ..JudgedPack::default()
    }
}

fn judge_one(
    bench: &Bench,
    both: &Both,
    index: &SignatureIndex,
    names: &[(String, String)],
    left_behind: &Orphans,
) -> Result<JudgedPack, Failed> {
    match &both.head {
        Some(head) => judge_present(bench, both, head, index, names, left_behind),
        None => judge_gone(bench, both, index, left_behind),
    }
}

fn ground<'a>(
    bench: &'a Bench,
    id: &'a str,
    dir: &'a str,
    base: Base<'a>,
    index: &'a SignatureIndex,
) -> Ground<'a> {
    let exemptions = &bench.gate.exemptions;
    Ground {
        keyring: bench.keyring,
        toolpack_id: id,
        toolpack_dir: dir,
        now: bench.now,
        author: bench.author,
        base,
        max_age_days: max_age_days(&bench.keyring.trust.file.rules, bench.gate),
        max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        elsewhere: index,
    }
}

fn base_state<'a>(bench: &Bench, both: &'a Both, id: &str, left_behind: &'a Orphans) -> BaseState<'a> {
    match (bench.base, bench.bootstrap) {
        (None, _) => BaseState::NotAsked,
        (Some(_), true) => BaseState::Bootstrap,
        (Some(_), false) => known(both.base(), left_behind.base.get(id)),
    }
}

fn judge_present(
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
    let others: Vec<String> =
        names.iter().filter(|(pack, _)| pack != id).map(|(_, name)| name.clone()).collect();
    let is_compared = bench.base.is_some() && !both.untouched;
    let pair = match is_compared {
        true => Pair::new(before, Some(pack))?,
        false => Pair::of_tools(before, Some(pack)),
    };
    let changes = match is_compared {
        true => diff::run(
            &pair,
            &DiffContext {
                other_tool_names: &others,
                now: Some(bench.now),
                limits: Some(&bench.gate.limits),
            },
        ),
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
        checked.findings.extend(hygiene(pack).filter(|f| f.rule == pack_rules::SECRET_FOUND || !is_told(f)));
    }
    let naming = Naming { pack, lock_path: &head.loaded.lock_path, lock: head.loaded.lock.as_ref() };
    let told = |id: &str| changes.iter().any(|f| f.covers == Covers::Withdrawal && f.subject.id == id);
    for id in checked.removals.keys().filter(|id| !told(id)) {
        let name = before.and_then(|b| b.manifest.tool(id)).map_or(id.as_str(), |t| t.name.as_str());
        checked.findings.extend(tombstones::unrecorded(id, name, &side, &base, &naming));
    }
    let known = match (both.untouched, both.base()) {
        (true, _) => None,
        (false, Some(base)) => Some(known_on_base(bench, base, index, &legacy)),
        (false, None) => Some(HashSet::new()),
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

/// A toolpack that the head no longer has: every tool of it goes, each with a signed withdrawal in the
/// lockfile that stays behind.
fn judge_gone(
    bench: &Bench,
    both: &Both,
    index: &SignatureIndex,
    left_behind: &Orphans,
) -> Result<JudgedPack, Failed> {
    let Some(base) = both.base() else { return Ok(JudgedPack::default()) };
    let pack = &base.loaded.pack;
    let id = &pack.header.toolpack_id;
    let state = base_state(bench, both, id, left_behind);
    let ground = ground(bench, id, &pack.dir, state.ground(), index);
    let stayed = left_behind.head.get(id);
    let lock = stayed.map(|orphan| &orphan.lock);
    let path = stayed.map_or(base.loaded.lock_path.as_str(), |orphan| orphan.path.as_str());
    let removals: BTreeMap<_, _> = base
        .subjects
        .tools
        .iter()
        .map(|(tool, subject)| {
            (tool.clone(), tombstones::removal(tool, &subject.digest, lock, &ground, path))
        })
        .collect();
    let before = base.loaded.lock.as_ref().and_then(AnyLockfile::v2);
    let (before, after) = (before.map(|l| &l.withdrawn[..]), lock.map(|l| &l.withdrawn[..]));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let beyond = tombstones::left_behind(before, after, &ground, &pack.dir, path);
    let pair = Pair::new(Some(pack), None)?;
    Ok(JudgedPack {
        id: id.clone(),
        name: pack.header.name.clone(),
        known_as: Some(pack.header.name.clone()),
        path: pack.dir.clone(),
        changed: true,
        changes: diff::run(
            &pair,
            &DiffContext { other_tool_names: &[], now: Some(bench.now), limits: Some(&bench.gate.limits) },
        ),
        moved: (0, pack.manifest.tools.len(), 0, 0),
        removals,
        beyond,
        known: Some(HashSet::new()),
        has_base: true,
        ..JudgedPack::default()
    })
}

/// Fingerprints of what the gate says about the base's own state.
fn known_on_base(
    bench: &Bench,
    base: &Side,
    index: &SignatureIndex,
    legacy: &LegacyTrust,
) -> HashSet<String> {
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
    problems.chain(findings).chain(hygiene(pack)).map(|f: Finding| f.fingerprint()).collect()
}

/// What is wrong with a toolpack by itself, what the gate says of its tools apart.
fn hygiene(pack: &Toolpack) -> impl Iterator<Item = Finding> {
    lint::run(pack).into_iter().filter(|f| f.rule.family != Family::Gate)
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

/// Every tool of toolpacks that cannot be judged, so that a run without trust still shows what there is.
///
/// # Errors
/// A file that cannot be read.
pub fn list_unjudged(tree: &Tree, found: &[Found]) -> Result<Vec<Standing>, Failed> {
    let mut standings = Vec::new();
    for found in found {
        let loaded = load::toolpack(tree, &found.header)?;
        let subjects = Subjects::of(&loaded.pack)?;
        let naming = Naming { pack: &loaded.pack, lock_path: &loaded.lock_path, lock: loaded.lock.as_ref() };
        standings.extend(loaded.pack.manifest.tools.iter().map(|tool| Standing {
            subject: naming.tool(&tool.id, &tool.name),
            tier: subjects.tools.get(&tool.id).map_or(tool.tier, |s| s.tier),
            status: Status::Pending,
            have: 0,
            need: 0,
            signers: Vec::new(),
            until: None,
            note: Phrase::say("not judged: no trust file"),
            target: format!("{} {}{}", tool.method, tool.host, tool.full_path()),
        }));
    }
    Ok(standings)
}
