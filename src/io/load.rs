//! Governed files out of a tree: found, read within their limits, and put together.

use std::collections::BTreeMap;
use std::path::Path;

use super::failure::Failure;
use super::fs;
use super::tree::{EntryKind, Tree};
use crate::canon::{Fault, FaultKind, Node, digest};
use crate::model::baseline::Baseline;
use crate::model::bytes;
use crate::model::contracts::Contracts;
use crate::model::gate_config::GateConfig;
use crate::model::limits;
use crate::model::lockfile::{self, AnyLockfile, SnapshotRef};
use crate::model::policy::Policy;
use crate::model::snapshot::{DIGESTS, Digests, FrozenFile, Snapshot};
use crate::model::tool::Manifest;
use crate::model::toolpack::{BuildFile, Header, Toolpack, is_plain_path, join};
use crate::model::toolset::Toolsets;
use crate::model::trust::Trust;

/// A toolpack with its lockfile, as they lie in a tree.
pub struct Loaded {
    /// The toolpack.
    pub pack: Toolpack,
    /// Where its toolpack.yaml lies.
    pub header_path: String,
    /// Where its lockfile lies, or would be written.
    pub lock_path: String,
    /// Its lockfile, if there is one.
    pub lock: Option<AnyLockfile>,
}

/// Reads the toolpack whose toolpack.yaml lies at a path, with its lockfile.
///
/// # Errors
/// The first file that cannot be read; a missing artifact is one.
pub fn toolpack(tree: &Tree, header_path: &str) -> Result<Loaded, Fault> {
    toolpack_with(tree, header_path, |_| ()).map(|(loaded, ())| loaded)
}

/// The same, and what `make` makes of the toolpack: that begins while the lockfile is still read, which takes as long as
/// all other files together.
///
/// # Errors
/// As [`toolpack`].
pub fn toolpack_with<T: Send>(
    tree: &Tree,
    header_path: &str,
    make: impl FnOnce(&Toolpack) -> T + Send,
) -> Result<(Loaded, T), Fault> {
    toolpack_seen(tree, header_path, &mut |_, _| (), make)
}

/// The same; `seen` gets each file that it is made from, by path: these very bytes and no others.
///
/// # Errors
/// As [`toolpack`].
pub fn toolpack_seen<T: Send>(
    tree: &Tree,
    header_path: &str,
    seen: &mut dyn FnMut(&str, &[u8]),
    make: impl FnOnce(&Toolpack) -> T + Send,
) -> Result<(Loaded, T), Fault> {
    let bytes = required(tree.read(header_path, limits::SMALL)?, header_path)?;
    seen(header_path, &bytes);
    let header = read_header(header_path, &bytes)?;
    let dir = dir_of(header_path);
    let own = [
        (&header.tools, limits::TOOLS),
        (&header.toolsets, limits::TOOLSETS),
        (&header.policy, limits::POLICY),
        (&header.baseline, limits::BASELINE),
    ];
    let mut wanted: Vec<(String, usize)> = own.iter().map(|(path, max)| (join(dir, path), *max)).collect();
    wanted.extend(header.named.iter().map(|(path, _)| (join(dir, path), limits::NAMED)));
    let locks: Vec<String> = lock_candidates(&header).iter().map(|path| join(dir, path)).collect();
    wanted.extend(locks.iter().map(|path| (path.clone(), limits::LOCKFILE)));
    let mut read = tree.read_many(&wanted).into_iter();
    let mut next = || read.next().unwrap_or(Ok(None));
    let artifacts: Vec<Vec<u8>> =
        wanted.iter().take(4).map(|(path, _)| required(next()?, path)).collect::<Result<_, Fault>>()?;
    wanted.iter().zip(&artifacts).for_each(|((path, _), bytes)| seen(path, bytes));
    let (mut files, mut build_file) = (BTreeMap::new(), None);
    for (path, _) in &header.named {
        let bytes = next()?;
        if let Some(bytes) = bytes.as_ref().filter(|_| header.build_file() == Some(path)) {
            let text = String::from_utf8_lossy(bytes).into_owned();
            build_file = Some(BuildFile { path: path.clone(), text });
        }
        files.insert(path.clone(), bytes.map(|bytes| digest::sha256_hex(&bytes)));
    }
    let mut lock = None;
    for path in &locks {
        if let Some(bytes) = next()?
            && lock.is_none()
        {
            seen(path, &bytes);
            lock = Some((path.clone(), bytes));
        }
    }
    let (pack, lock) = rayon::join(
        || {
            let mut pack = assembled(dir, header, files, &wanted, &artifacts)?;
            pack.build_file = build_file;
            let made = make(&pack);
            Ok::<_, Fault>((pack, made))
        },
        || lock.map(|(path, bytes)| read_lock(&path, &bytes).map(|lock| (path, lock))).transpose(),
    );
    let (pack, made) = pack?;
    let (lock_path, lock) = match lock? {
        Some((path, lock)) => (path, Some(lock)),
        None => (locks.first().cloned().unwrap_or_else(|| join(dir, lockfile::PATH)), None),
    };
    Ok((Loaded { pack, header_path: header_path.to_owned(), lock_path, lock }, made))
}

/// The toolpack of four artifacts, of which the paths come first among those `wanted`: tools, toolsets, policy, baseline.
fn assembled(
    dir: &str,
    header: Header,
    files: BTreeMap<String, Option<String>>,
    wanted: &[(String, usize)],
    artifacts: &[Vec<u8>],
) -> Result<Toolpack, Fault> {
    let at = |index: usize| (wanted[index].0.as_str(), artifacts[index].as_slice());
    let (tools, sets, policy, baseline) = (at(0), at(1), at(2), at(3));
    let json = |(path, content): (&str, &[u8]), max| bytes::json(path, content, max);
    let yaml = |(path, content): (&str, &[u8]), max| bytes::yaml(path, content, max);
    let ((manifest, baseline), (toolsets, policy)) = rayon::join(
        || {
            rayon::join(
                || Manifest::read(tools.0, json(tools, limits::TOOLS)?).map_err(bytes::shown(tools.1)),
                || {
                    Baseline::read(baseline.0, json(baseline, limits::BASELINE)?)
                        .map_err(bytes::shown(baseline.1))
                },
            )
        },
        || {
            let toolsets =
                || Toolsets::read(sets.0, &yaml(sets, limits::TOOLSETS)?).map_err(bytes::shown(sets.1));
            let policy =
                || Policy::read(policy.0, &yaml(policy, limits::POLICY)?).map_err(bytes::shown(policy.1));
            (toolsets(), policy())
        },
    );
    // What is told first where several files are wrong.
    let (toolsets, policy) = (toolsets?, policy?);
    Toolpack::assemble(dir, header, manifest?, toolsets, policy, baseline?, files)
        .map_err(bytes::shown(sets.1))
}

/// Reads the contracts that a toolpack names; `None` if it names none.
///
/// # Errors
/// The file is missing, or is no contracts file.
pub fn contracts(tree: &Tree, pack: &Toolpack) -> Result<Option<Contracts>, Fault> {
    let Some(named) = pack.header.contracts() else { return Ok(None) };
    let path = pack.path(named);
    let bytes = required(tree.read(&path, limits::CONTRACTS)?, &path)?;
    let node = match path.ends_with(".json") {
        true => bytes::json(&path, &bytes, limits::CONTRACTS)?,
        false => bytes::yaml(&path, &bytes, limits::CONTRACTS)?,
    };
    Contracts::read(&path, &node).map_err(bytes::shown(&bytes)).map(Some)
}

/// Reads a toolpack.yaml alone.
///
/// # Errors
/// It is missing or cannot be read.
pub fn header(tree: &Tree, path: &str) -> Result<Header, Fault> {
    read_header(path, &required(tree.read(path, limits::SMALL)?, path)?)
}

fn dir_of(header_path: &str) -> &str {
    header_path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Every path that [`toolpack`] looks at for a toolpack.yaml of this content, whether there is something or not.
pub fn looked_at(header_path: &str, header: &Header) -> Vec<String> {
    let own = [&header.tools, &header.toolsets, &header.policy, &header.baseline];
    let named = header.named.iter().map(|(path, _)| path);
    let locks = lock_candidates(header);
    let below = own.into_iter().chain(named).chain(&locks).map(|path| join(dir_of(header_path), path));
    std::iter::once(header_path.to_owned()).chain(below).collect()
}

/// Where the lockfile of a toolpack lies, or would be written: as [`toolpack`] tells, without its artifacts.
///
/// # Errors
/// A toolpack.yaml or lockfile that cannot be read.
pub fn lock_path(tree: &Tree, header_path: &str) -> Result<String, Fault> {
    let header = header(tree, header_path)?;
    let dir = dir_of(header_path);
    let candidates: Vec<String> = lock_candidates(&header).iter().map(|path| join(dir, path)).collect();
    for path in &candidates {
        if tree.read(path, limits::LOCKFILE)?.is_some() {
            return Ok(path.clone());
        }
    }
    Ok(candidates.into_iter().next().unwrap_or_else(|| join(dir, lockfile::PATH)))
}

/// Where a header's lockfile may be, best first. A `.pending.yaml` that does not exist means its sibling
/// without `.pending`.
pub(super) fn lock_candidates(header: &Header) -> Vec<String> {
    let mut candidates = Vec::new();
    for path in &header.lockfiles {
        candidates.push(path.clone());
        candidates.push(path.replace(".pending.yaml", ".yaml"));
    }
    candidates.push(lockfile::PATH.to_owned());
    let mut seen = std::collections::HashSet::new();
    candidates.retain(|path| seen.insert(path.clone()));
    candidates
}

/// Reads a lockfile at a path, if there is one.
///
/// # Errors
/// A file that cannot be read.
pub fn lockfile(tree: &Tree, path: &str) -> Result<Option<AnyLockfile>, Fault> {
    tree.read(path, limits::LOCKFILE)?.map(|bytes| read_lock(path, &bytes)).transpose()
}

/// Reads a lockfile that a person named, if there is one.
///
/// # Errors
/// A file that cannot be read.
pub fn lockfile_at(name: &str, path: &Path) -> Result<Option<AnyLockfile>, Fault> {
    fs::read_bounded(path, limits::LOCKFILE)?.map(|bytes| read_lock(name, &bytes)).transpose()
}

fn read_lock(path: &str, bytes: &[u8]) -> Result<AnyLockfile, Fault> {
    AnyLockfile::read(path, bytes::yaml(path, bytes, limits::LOCKFILE)?).map_err(bytes::shown(bytes))
}

/// Reads the bytes of a toolpack.yaml.
///
/// # Errors
/// What [`Header::read`] refuses, with the lines in question.
pub fn read_header(path: &str, bytes: &[u8]) -> Result<Header, Fault> {
    Header::read(path, bytes::yaml(path, bytes, limits::SMALL)?).map_err(bytes::shown(bytes))
}

/// Reads a trust file at a path, if there is one.
///
/// # Errors
/// A file that cannot be read strictly (`trust.unreadable`).
pub fn trust(tree: &Tree, path: &str) -> Result<Option<Trust>, Fault> {
    tree.read(path, limits::SMALL)?
        .map(|bytes| {
            Trust::read(path, bytes::strict_yaml(path, &bytes, limits::SMALL)?).map_err(bytes::shown(&bytes))
        })
        .transpose()
}

/// Reads a gate.yaml at a path, if there is one.
///
/// # Errors
/// A file that cannot be read strictly.
pub fn gate_config(tree: &Tree, path: &str) -> Result<Option<GateConfig>, Fault> {
    tree.read(path, limits::SMALL)?
        .map(|bytes| {
            GateConfig::read(path, bytes::strict_yaml(path, &bytes, limits::SMALL)?)
                .map_err(bytes::shown(&bytes))
        })
        .transpose()
}

/// Every toolpack.yaml or .yml of a tree (any case, any folder), sorted.
///
/// # Errors
/// A tree that cannot be listed.
pub fn headers(tree: &Tree) -> Result<Vec<String>, Failure> {
    let is_header = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.eq_ignore_ascii_case("toolpack.yaml") || name.eq_ignore_ascii_case("toolpack.yml")
    };
    Ok(tree
        .list()?
        .iter()
        .filter(|e| e.kind != EntryKind::Submodule && is_header(&e.path))
        .map(|e| e.path.clone())
        .collect())
}

/// Every lockfile of a tree, sorted.
///
/// # Errors
/// A tree that cannot be listed.
pub fn lockfiles(tree: &Tree) -> Result<Vec<String>, Failure> {
    let is_lock = |path: &str| path.rsplit('/').next() == Some(lockfile::NAME);
    Ok(tree.list()?.iter().filter(|e| is_lock(&e.path)).map(|e| e.path.clone()).collect())
}

pub(super) fn required(bytes: Option<Vec<u8>>, path: &str) -> Result<Vec<u8>, Fault> {
    bytes.ok_or_else(|| {
        Fault::new(path, FaultKind::Missing, "the file is missing")
            .hint("restore it, or correct the path in toolpack.yaml")
    })
}

/// Reads the snapshot that a toolpack's lockfile names. What is wrong with it is for the gate to say.
pub fn frozen(tree: &Tree, loaded: &Loaded) -> Snapshot {
    match loaded.lock.as_ref().and_then(snapshot_of) {
        None => Snapshot::None,
        Some(named) => read_frozen(tree, &loaded.pack.dir, named).unwrap_or_else(Snapshot::Missing),
    }
}

/// Every path that [`frozen`] looks at for the lockfile of a toolpack.yaml, whether there is something or not.
///
/// # Errors
/// A lockfile that cannot be read.
pub fn frozen_at(tree: &Tree, header_path: &str, header: &Header) -> Result<Vec<String>, Fault> {
    let dir = dir_of(header_path);
    let locks = lock_candidates(header).into_iter().map(|path| lockfile(tree, &join(dir, &path)));
    let lock = locks.filter_map(Result::transpose).next().transpose()?;
    let Some(named) = lock.as_ref().and_then(snapshot_of).filter(|named| is_plain_path(&named.dir)) else {
        return Ok(Vec::new());
    };
    let folder = join(dir, &named.dir);
    let Ok((path, _, digests)) = digests_in(tree, &folder) else { return Ok(Vec::new()) };
    let files = digests.files.keys().filter(|name| is_plain_path(name)).map(|name| join(&folder, name));
    Ok(std::iter::once(path).chain(files).collect())
}

fn snapshot_of(lock: &AnyLockfile) -> Option<&SnapshotRef> {
    match lock {
        AnyLockfile::V2(lock, _) => lock.snapshot.as_ref(),
        AnyLockfile::V1(lock) => lock.snapshot.as_ref(),
    }
}

/// What a snapshot says that it is made of, and where it says so.
fn digests_in(tree: &Tree, folder: &str) -> Result<(String, Node, Digests), String> {
    // Generation 1 puts digests.json beside the folder of the copies.
    let above = folder.rsplit_once('/').map(|(up, _)| join(up, DIGESTS));
    let read = |path: &str| tree.read(path, limits::SMALL).map_err(|fault| fault.to_string());
    let mut found = None;
    for path in std::iter::once(join(folder, DIGESTS)).chain(above) {
        if let Some(bytes) = read(&path)? {
            found = Some((path, bytes));
            break;
        }
    }
    let Some((path, bytes)) = found else { return Err(format!("{DIGESTS} is not there")) };
    let node = bytes::json(&path, &bytes, limits::SMALL).map_err(|fault| fault.to_string())?;
    let digests = Digests::read(&path, &node).map_err(|fault| fault.to_string())?;
    Ok((path, node, digests))
}

fn read_frozen(tree: &Tree, dir: &str, named: &SnapshotRef) -> Result<Snapshot, String> {
    if !is_plain_path(&named.dir) {
        return Err(format!("the folder {:?} could leave the toolpack", named.dir));
    }
    let folder = join(dir, &named.dir);
    let (_, node, digests) = digests_in(tree, &folder)?;
    let mut files = BTreeMap::new();
    for name in digests.files.keys().filter(|name| is_plain_path(name)) {
        let path = join(&folder, name);
        let Some(bytes) = tree.read(&path, limits::BASELINE).map_err(|fault| fault.to_string())? else {
            continue;
        };
        let node = if name.ends_with(".json") {
            bytes::json(&path, &bytes, limits::BASELINE)
        } else {
            bytes::yaml(&path, &bytes, limits::TOOLSETS)
        };
        files.insert(name.clone(), FrozenFile::of(&node.map_err(|fault| fault.to_string())?));
    }
    Ok(Snapshot::Found { digests, digest: digest::of(&node), files })
}

/// The id of the toolpack whose toolpack.yaml lies at a path.
///
/// # Errors
/// A file that is missing or cannot be read.
pub fn toolpack_id(tree: &Tree, header_path: &str) -> Result<String, Fault> {
    Ok(header(tree, header_path)?.toolpack_id)
}

/// The artifacts of a snapshot's folder, under the header of the toolpack that they are a snapshot of.
///
/// # Errors
/// A file of the snapshot that cannot be read.
pub fn from_snapshot(tree: &Tree, of: &Loaded, folder: &str) -> Result<Option<Loaded>, Fault> {
    let base_name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let header = &of.pack.header;
    let path = |file: &str| if folder.is_empty() { base_name(file) } else { join(folder, &base_name(file)) };
    let (tools, sets, policy, baseline) =
        (path(&header.tools), path(&header.toolsets), path(&header.policy), path(&header.baseline));
    let Some(bytes) = tree.read(&tools, limits::TOOLS)? else { return Ok(None) };
    let manifest = Manifest::read(&tools, bytes::json(&tools, &bytes, limits::TOOLS)?)?;
    let read = |path: &str, max| required(tree.read(path, max)?, path);
    let toolsets =
        Toolsets::read(&sets, &bytes::yaml(&sets, &read(&sets, limits::TOOLSETS)?, limits::TOOLSETS)?)?;
    let rules =
        Policy::read(&policy, &bytes::yaml(&policy, &read(&policy, limits::POLICY)?, limits::POLICY)?)?;
    let surface = Baseline::read(
        &baseline,
        bytes::json(&baseline, &read(&baseline, limits::BASELINE)?, limits::BASELINE)?,
    )?;
    let pack = Toolpack::assemble(
        &of.pack.dir,
        header.clone(),
        manifest,
        toolsets,
        rules,
        surface,
        of.pack.files.clone(),
    )?;
    Ok(Some(Loaded {
        pack,
        header_path: of.header_path.clone(),
        lock_path: of.lock_path.clone(),
        lock: None,
    }))
}
