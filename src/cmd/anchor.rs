//! Which trust file judges: found where the side under review can't reach it (trust.md §9), proven to be
//! signed by its own owners, to descend from a pin, and to be one that this machine knows.

use std::path::Path;

use crate::canon::digest::is_digest;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::cmd::roots;
use crate::io::git::Repo;
use crate::io::oid::Oid;
use crate::io::tree::Tree;
use crate::io::{fs, load};
use crate::model::gate_config::GateConfig;
use crate::model::phrase::Phrase;
use crate::model::report::{Source, SourceKind};
use crate::model::trust::Trust;
use crate::model::{bytes, limits};
use crate::rules::trust as rule;
use crate::sign::chain::{Breach, descends_from, gate_is_signed, is_successor, own_quorum};
use crate::sign::keyring::{Keyring, Proven};

pub use crate::model::gate_config::PATH as GATE;
pub use crate::model::trust::PATH as TRUST;

/// Where to look.
pub struct Sides<'a> {
    /// The repository; none outside of git.
    pub repo: Option<&'a Repo>,
    /// The default branch as it was found: its name and its files. Without one, that of `--trust-ref`, or the
    /// clone's own `refs/remotes/<remote>/HEAD`.
    pub default: Option<(String, &'a Tree)>,
    /// The base side, if there is one.
    pub base: Option<&'a Tree>,
    /// The side under review.
    pub head: &'a Tree,
    /// Whether this machine must know the root. `cask ci` compares commits as CI does; there the default
    /// branch, or the pin, is the anchor.
    pub known_roots: bool,
}

/// The trust file that judges.
#[derive(Debug)]
pub struct Anchored {
    /// The file: signed by its own quorum.
    pub trust: Trust,
    /// The gate configuration that lies beside it and is signed by its owners.
    pub gate: Option<GateConfig>,
    /// Why the gate configuration that lies beside it counts for nothing.
    pub gate_ignored: Option<Phrase>,
    /// Where it was read.
    pub source: Source,
    /// Whether the side under review can't reach it.
    pub anchored: bool,
    /// Why it does not descend from the pin that was given: the verdict is breaking.
    pub off_pin: Option<Breach>,
    /// Where the file in force is damaged, and the side under review repairs it: judged by the last sound
    /// version.
    pub repaired: bool,
}

/// Finds the trust file that judges. None if neither the default branch nor the base side has one; the
/// caller then tells a first trust file from a missing one.
///
/// Order: `--trust FILE`; `--trust-ref`; the default branch; the base side; outside of CI and without
/// either, HEAD; without git, the file beside what is judged. Only the first place that has a file counts.
///
/// # Errors
/// The file can't be read strictly, its own owners did not sign it (and the head is no valid successor of
/// the last version that they did sign), the history that a pin or a known root asks for is cut off, or
/// this machine has not seen the root and nobody can be asked.
pub fn anchor(ctx: &mut Ctx, sides: &Sides, args: &TrustArgs) -> Result<Option<Anchored>, Failed> {
    if let Some(pin) = args.pin().filter(|pin| !is_digest(pin)) {
        return Err(Failed::new("usage", "", format!("{pin:?} is no pin"))
            .hint("--trust-pin sha256: and 64 hex digits, as cask trust show prints it"));
    }
    let Some(found) = find(ctx, sides, args)? else { return Ok(None) };
    let (trust, repaired) = sound(sides, ctx.now, &found)?;
    let off = |version: &str| off_line(sides.repo, found.tip.as_ref(), &trust, version);
    let off_pin = args.pin().map(off).transpose()?.flatten();
    // A person who names a file or a pin has looked; CI has the default branch.
    if sides.known_roots && !ctx.in_ci() && args.trust.is_none() && args.pin().is_none() {
        roots::meet(ctx, &trust, args.looks_only, off)?;
    }
    let (gate, gate_ignored) = gate(&found, &trust)?;
    let Found { source, anchored, .. } = found;
    Ok(Some(Anchored { trust, gate, gate_ignored, source, anchored, off_pin, repaired }))
}

/// The trust file in force and where it stands, read strictly and not yet proven.
pub struct Found {
    /// The file.
    pub trust: Trust,
    /// The gate configuration beside it.
    pub gate: Result<Option<GateConfig>, Fault>,
    /// Where they were read.
    pub source: Source,
    /// Whether the side under review can't reach them.
    pub anchored: bool,
    /// The commit whose history is that of the file.
    pub tip: Option<Oid>,
}

impl Found {
    fn in_tree(tree: &Tree, name: String, anchored: bool) -> Result<Option<Found>, Failed> {
        let Some(trust) = read_trust(tree)? else { return Ok(None) };
        let commit = tree.commit().cloned();
        let kind = match commit {
            Some(_) if tree.is_remote() => SourceKind::Server,
            Some(_) => SourceKind::Git,
            None => SourceKind::Folder,
        };
        Ok(Some(Found {
            trust,
            gate: load::gate_config(tree, GATE),
            source: Source { kind, commit: commit.as_ref().map(Oid::to_string), name },
            anchored,
            tip: commit,
        }))
    }
}

/// The trust file in force and where it stands, unproven: for commands that edit or show it.
///
/// # Errors
/// It can't be read strictly, or a ref is not here.
pub fn find(ctx: &Ctx, sides: &Sides, args: &TrustArgs) -> Result<Option<Found>, Failed> {
    if let Some(path) = &args.trust {
        return named(ctx, sides, path).map(Some);
    }
    let mut looked_at_default = false;
    if let Some((name, tree)) = &sides.default {
        looked_at_default = true;
        if let Some(found) = Found::in_tree(tree, name.clone(), true)? {
            return Ok(Some(found));
        }
    } else if let Some(repo) = sides.repo
        && let Some((name, tip)) = default_tip(repo, args)?
    {
        looked_at_default = true;
        if let Some(found) = Found::in_tree(&Tree::git(repo, &tip), name, true)? {
            return Ok(Some(found));
        }
    }
    if let Some(base) = sides.base {
        return Found::in_tree(base, base.describe(), true);
    }
    match sides.repo {
        Some(_) if looked_at_default => Ok(None),
        Some(repo) => match repo.head()? {
            Some(head) => Found::in_tree(&Tree::git(repo, &head), "HEAD".to_owned(), false),
            None => Ok(None),
        },
        None => Found::in_tree(sides.head, sides.head.describe(), false),
    }
}

/// The commit whose trust file is in force for everybody, and what people call it.
fn default_tip(repo: &Repo, args: &TrustArgs) -> Result<Option<(String, Oid)>, Failed> {
    if let Some(name) = &args.trust_ref {
        return Ok(Some((name.clone(), repo.resolve(name)?)));
    }
    Ok(repo.default_branch()?.map(|branch| {
        let name = branch.refname.strip_prefix("refs/remotes/").unwrap_or(&branch.refname).to_owned();
        (name, branch.tip)
    }))
}

/// A trust file that a person named.
fn named(ctx: &Ctx, sides: &Sides, path: &Path) -> Result<Found, Failed> {
    let name = path.display().to_string();
    let full = ctx.cwd.join(path);
    let read = fs::read_bounded(&full, limits::SMALL)?;
    let content = read.ok_or_else(|| {
        Failed::new("trust", &name, "there is no such file")
            .hint("--trust takes the path of a trust file; without it, the default branch's judges")
    })?;
    let trust = Trust::read(&name, bytes::strict_yaml(&name, &content, limits::SMALL)?)
        .map_err(bytes::shown(&content))?;
    let inside =
        sides.repo.is_some_and(|repo| full.canonicalize().map_or(true, |full| full.starts_with(repo.root())));
    let source = Source { kind: SourceKind::File, commit: None, name };
    Ok(Found { trust, gate: Ok(None), source, anchored: !inside, tip: None })
}

/// There are toolpacks or lockfiles and nothing to judge their signatures with.
pub fn no_trust(place: &str, first: bool) -> Failed {
    let failed = Failed::new("trust", "the approvals", "there is no trust file to judge them with")
        .why(format!("{TRUST} is neither on {place} nor in this change"))
        .rule(rule::ROOT_MISSING);
    let failed = if first {
        failed
    } else {
        failed
            .why("the base has lockfiles, so the trust file of this change cannot be believed without a pin")
    };
    failed
        .hint("cask init, and commit what it writes")
        .hint("or name the version that you know: --trust-pin sha256:…")
}

/// The trust file of a tree.
///
/// # Errors
/// There is one and it can't be read strictly: `trust.unreadable`.
pub fn read_trust(tree: &Tree) -> Result<Option<Trust>, Failed> {
    load::trust(tree, TRUST).map_err(unreadable)
}

fn unreadable(fault: Fault) -> Failed {
    let conflict = fault.kind == FaultKind::Conflict;
    let failed = Failed::from(fault);
    if conflict { failed } else { failed.rule(rule::UNREADABLE) }
}

/// Why a file is not in order, as a failure to judge.
pub fn broken(breach: &Breach) -> Failed {
    Failed::new("trust", TRUST, breach.1.plain()).rule(breach.0)
}

/// The trust that was found, if it is the one that is pinned: by another nothing is signed, and nobody is known.
///
/// # Errors
/// It is another.
pub fn pinned(found: Anchored) -> Result<Trust, Failed> {
    match &found.off_pin {
        Some(breach) => Err(broken(breach).hint("--trust-pin names another trust than the one in force")),
        None => Ok(found.trust),
    }
}

/// The file that judges: the one that was found, or the last sound one before it where the head repairs it.
fn sound(sides: &Sides, now: Timestamp, found: &Found) -> Result<(Trust, bool), Failed> {
    let breach = match own_quorum(&keyring(&found.trust)?) {
        Ok(()) => return Ok((found.trust.clone(), false)),
        Err(breach) => breach,
    };
    // Whoever made it so, nothing can be judged by it.
    let failed = broken(&breach)
        .rule(rule::UNREADABLE)
        .looked("in", &found.source.name)
        .hint("restore the last version that its owners signed, or merge a valid successor of it");
    let (Some(repo), Some(tip)) = (sides.repo, &found.tip) else { return Err(failed) };
    let (versions, _) = history(repo, tip)?;
    let Some(last) = versions.into_iter().find(is_sound) else { return Err(failed) };
    let Some(head) = read_trust(sides.head)? else { return Err(failed) };
    match is_successor(&keyring(&last)?, &keyring(&head)?, now) {
        Ok(()) => Ok((last, true)),
        Err(_) => Err(failed),
    }
}

/// Whether a version is signed by its own owners.
pub fn is_sound(trust: &Trust) -> bool {
    keyring(trust).is_ok_and(|keyring| own_quorum(&keyring).is_ok())
}

/// The keys of a trust file.
///
/// # Errors
/// A key that can't be used: `trust.unreadable`.
pub fn keyring(trust: &Trust) -> Result<Keyring<'_>, Failed> {
    Keyring::of(TRUST, trust).map_err(unreadable)
}

/// A trust file beside its keys.
///
/// # Errors
/// Those of [`keyring`].
pub fn proven(trust: Trust) -> Result<Proven, Failed> {
    Proven::of(TRUST, trust).map_err(unreadable)
}

/// Every version that a branch had, newest first, along first parents; and whether that is all of them.
/// A file that is none is left out: no step leads over it by itself. One that can't be looked at is not:
/// it may be the one that revoked a key.
///
/// # Errors
/// Git failed, or a version is not in this clone.
pub fn history(repo: &Repo, tip: &Oid) -> Result<(Vec<Trust>, bool), Failed> {
    let history = repo.first_parent_history(tip, TRUST)?;
    let mut versions = Vec::new();
    for commit in &history.commits {
        match load::trust(&Tree::git(repo, commit), TRUST) {
            Ok(version) => versions.extend(version),
            Err(fault) if fault.kind == FaultKind::Io => return Err(unreadable(fault)),
            Err(_) => {}
        }
    }
    Ok((versions, history.complete))
}

/// Why a trust file does not descend from a version, by the history of its branch. None if it does.
///
/// # Errors
/// The history is cut off before that version, or there is none to look at.
pub fn off_line(
    repo: Option<&Repo>,
    tip: Option<&Oid>,
    trust: &Trust,
    ancestor: &str,
) -> Result<Option<Breach>, Failed> {
    if trust.digest == ancestor {
        return Ok(None);
    }
    let (Some(repo), Some(tip)) = (repo, tip) else {
        return Err(Failed::new("trust", TRUST, "its history is not here")
            .looked("looked for", ancestor)
            .why("only git's history shows that it descends from another version"));
    };
    let (versions, complete) = history(repo, tip)?;
    let mut line: Vec<Keyring> = Vec::new();
    for version in std::iter::once(trust).chain(&versions) {
        // What its owners did not sign never was in force.
        if let Ok(keyring) = Keyring::of(TRUST, version)
            && own_quorum(&keyring).is_ok()
        {
            line.push(keyring);
        }
    }
    match descends_from(ancestor, &line) {
        Ok(()) => Ok(None),
        Err(_) if !complete && line.iter().all(|keyring| keyring.trust.digest != ancestor) => {
            Err(Failed::new("trust", TRUST, "its history is cut off")
                .looked("looked for", ancestor)
                .looked("in", "the clone (shallow, or too long a history)")
                .hint("actions/checkout with  fetch-depth: 0")
                .hint("git fetch --unshallow"))
        }
        Err(breach) => Ok(Some(breach)),
    }
}

/// The gate configuration beside a trust file, or why it counts for nothing.
fn gate(found: &Found, trust: &Trust) -> Result<(Option<GateConfig>, Option<Phrase>), Failed> {
    let Some(config) = found.gate.clone()? else { return Ok((None, None)) };
    match gate_is_signed(&config, &keyring(trust)?) {
        Ok(()) => Ok((Some(config), None)),
        Err(why) => Ok((None, Some(why))),
    }
}
