//! What a side of drift names in; its surface out: a toolpack, a baseline, the description of an API, or a recording
//! of calls, in the file system or in git, told by its content and not by its name.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::described::{Described, plain};
use super::failed::Failed;
use super::heard::{Heard, Understood};
use super::progress::Progress;
use super::sources;
use crate::canon::Node;
use crate::compare::hosts;
use crate::drift::{Surface, SurfaceSource};
use crate::io::captures;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::model::baseline::{Baseline, OTHER_SERVERS};
use crate::model::bytes;
use crate::model::finding::Finding;
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::report::{Source, SourceKind};
use crate::model::surface::Locked;
use crate::model::toolpack::{HEADER, join};
use crate::observe::baseline::Known;
use crate::source;

/// One side, as it was named.
pub struct Side {
    /// Where it comes from, for the report.
    pub source: Source,
    /// The file, as the reader can open it from where the command ran.
    file: String,
    content: Content,
}

enum Content {
    Pack(Box<Loaded>),
    Baseline(Box<Baseline>),
    Described(Box<Described>),
    Recorded(Box<Understood>),
}

/// What a side names, before it is known what the other one is about.
pub enum Found {
    /// A surface as it was written down.
    Side(Box<Side>),
    /// A recording of calls.
    Heard(Box<Heard>),
}

impl Side {
    /// The toolpack with a header.
    ///
    /// # Errors
    /// A file of it that is not there or cannot be read.
    pub fn of_header(tree: &Tree, header: &str, source: Source) -> Result<Side, Failed> {
        let loaded = load::toolpack(tree, header)?;
        let file = loaded.pack.path(&loaded.pack.header.baseline);
        Ok(Side { source, file, content: Content::Pack(Box::new(loaded)) })
    }

    /// A server that was asked just now.
    pub fn of_live(described: Described) -> Side {
        let file = described.label().to_owned();
        let source = Source { kind: SourceKind::Mcp, commit: None, name: file.clone() };
        Side { source, file, content: Content::Described(Box::new(described)) }
    }

    /// What lies under a path of a project, and what it refers to there.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn of_tree(project: &Tree, path: &str, source: Source) -> Result<Found, Failed> {
        in_tree(project, path, source, (project, path))
    }

    /// What the engine compares.
    pub fn surface(&self) -> SurfaceSource<'_> {
        let (baseline, pack, origins) = match &self.content {
            Content::Pack(loaded) => (&loaded.pack.baseline, Some(&loaded.pack), None),
            Content::Baseline(baseline) => (&**baseline, None, None),
            Content::Described(read) => (&read.sourced.baseline, None, Some(&read.sourced.origins)),
            Content::Recorded(read) => (&read.baseline, None, None),
        };
        let recorded = match &self.content {
            Content::Recorded(read) => Some(&read.recording),
            _ => None,
        };
        SurfaceSource { file: &self.file, baseline, pack, origins, recorded }
    }

    /// What was not looked at, or read as something else.
    pub fn notes(&self) -> &[Phrase] {
        match &self.content {
            Content::Described(read) => &read.sourced.notes,
            Content::Recorded(read) => &read.notes,
            Content::Pack(_) | Content::Baseline(_) => &[],
        }
    }

    /// The side with what drifted from it, as the judge wants it. `compared`: how much of it was looked at.
    pub fn judged(&self, compared: usize, changes: Vec<Finding>) -> JudgedPack {
        let changed = !changes.is_empty();
        let base = JudgedPack { changed, changes, ..JudgedPack::default() };
        match &self.content {
            Content::Pack(loaded) => JudgedPack {
                id: loaded.pack.header.toolpack_id.clone(),
                name: loaded.pack.header.name.clone(),
                path: loaded.pack.dir.clone(),
                tools: loaded.pack.manifest.tools.len(),
                ..base
            },
            Content::Baseline(_) | Content::Described(_) | Content::Recorded(_) => {
                JudgedPack { name: self.source.name.clone(), path: String::new(), tools: compared, ..base }
            }
        }
    }
}

/// What is there now.
pub enum To<'a> {
    /// As it was named.
    Named(&'a str),
    /// A server, as it answered.
    Asked(Box<Described>),
}

/// Where sides are looked for, and what is asked of recordings.
pub struct Around<'a> {
    /// The folder that the command runs in.
    pub cwd: &'a Path,
    /// The folder of stored captures.
    pub captures: &'a Path,
    /// The hosts whose calls are meant; none: those of the other side.
    pub hosts: &'a [String],
    /// Who is told how far reading recordings is.
    pub progress: Option<Arc<Progress>>,
}

/// Reads both sides, one beside the other.
///
/// # Errors
/// A side that is not there or cannot be read, or hosts where there is no recording.
pub fn both(from: &str, to: To, around: &Around) -> Result<(Side, Side), Failed> {
    let new = || match to {
        To::Named(to) => read(to, around),
        To::Asked(described) => Ok(Found::Side(Box::new(Side::of_live(*described)))),
    };
    let (old, new) = rayon::join(|| read(from, around), new);
    let (old, new) = (old?, new?);
    if !around.hosts.is_empty() && matches!((&old, &new), (Found::Side(_), Found::Side(_))) {
        return Err(Failed::new("usage", "drift", "hosts are named, and no side is a recording")
            .hint("leave -a away: other sides name their hosts themselves"));
    }
    meet(old, new, around.hosts, around.progress.as_ref())
}

/// Two sides of one comparison: each tells the other what it leaves open.
///
/// # Errors
/// One that leaves open what the other can't tell.
pub fn meet(
    old: Found,
    new: Found,
    hosts: &[String],
    progress: Option<&Arc<Progress>>,
) -> Result<(Side, Side), Failed> {
    match (old, new) {
        (Found::Side(mut old), Found::Side(mut new)) => {
            host_of_the_other(&mut old, &new)?;
            host_of_the_other(&mut new, &old)?;
            Ok((*old, *new))
        }
        (Found::Side(mut old), Found::Heard(new)) => {
            let new = heard(*new, &mut old, hosts, progress)?;
            Ok((*old, new))
        }
        (Found::Heard(old), Found::Side(mut new)) => {
            let old = heard(*old, &mut new, hosts, progress)?;
            Ok((old, *new))
        }
        // Of two recordings the first says what the second is about.
        (Found::Heard(old), Found::Heard(new)) => {
            let old = old.read(hosts, progress)?;
            let about = if hosts.is_empty() { old.hosts() } else { hosts.to_vec() };
            let old = recorded(old.understood(&Known::default())?);
            let new = new.read(&about, progress)?.understood(&known(&Surface::read(old.surface())?))?;
            Ok((old, recorded(new)))
        }
    }
}

fn recorded(understood: Understood) -> Side {
    let (source, file) = (understood.source.clone(), understood.file.clone());
    Side { source, file, content: Content::Recorded(Box::new(understood)) }
}

/// A recording whose other side is written down.
fn heard(
    heard: Heard,
    other: &mut Side,
    hosts: &[String],
    progress: Option<&Arc<Progress>>,
) -> Result<Side, Failed> {
    let about = match hosts {
        [] => {
            let surface = Surface::read(other.surface())?;
            let open = matches!(&other.content, Content::Described(read) if read.sourced.hostless);
            surface
                .operations
                .iter()
                .filter(|_| !open)
                .filter_map(|o| pattern(&o.host))
                .collect::<BTreeSet<_>>()
        }
        some => some.iter().cloned().collect(),
    };
    let spoken = heard.read(&about.into_iter().collect::<Vec<_>>(), progress)?;
    about_one_of(other, &spoken.hosts().iter().map(String::as_str).collect())?;
    let surface = Surface::read(other.surface())?;
    Ok(recorded(spoken.understood(&known(&surface))?))
}

/// The pattern of the hosts that a name stands for, which may begin with a placeholder.
pub fn pattern(host: &str) -> Option<String> {
    match host.split_once('.') {
        Some((first, rest)) if first.contains('{') => (!rest.contains('{')).then(|| format!("*.{rest}")),
        _ => (!host.contains('{')).then(|| host.to_owned()),
    }
}

/// The paths of a surface, for whoever has to tell what calls are calls of.
fn known(surface: &Surface) -> Known {
    let mut known = Known::default();
    for operation in &surface.operations {
        known.add(&operation.host, &operation.method, &operation.full_path());
        others(operation).iter().for_each(|host| known.also(host, &operation.host));
    }
    known
}

/// Other hosts on which an operation can be called under the same path.
fn others(operation: &Locked) -> Vec<String> {
    let base = operation.content.base_path.as_deref().unwrap_or_default();
    let list = operation.places.node().get(OTHER_SERVERS).map(Node::items).unwrap_or_default();
    let host = |url: &Node| {
        let (_, rest) = url.as_text()?.split_once("://")?;
        let slash = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(slash);
        (path.trim_end_matches('/') == base).then(|| hosts::parse(host).ok().map(|spec| spec.to_string()))?
    };
    list.iter().filter_map(host).collect()
}

/// A description may name no host: then it is about the one that the other side is on. Where that has several,
/// nobody knows which.
fn host_of_the_other(side: &mut Side, other: &Side) -> Result<(), Failed> {
    let Content::Described(read) = &mut side.content else { return Ok(()) };
    let also = matches!(&other.content, Content::Described(other) if other.sourced.hostless);
    if !read.sourced.hostless || also {
        return Ok(());
    }
    let surface = Surface::read(other.surface())?;
    about_one_of(side, &surface.operations.iter().map(|o| o.host.as_str()).collect())
}

/// A description that names no host is about the only one there is.
fn about_one_of(side: &mut Side, hosts: &BTreeSet<&str>) -> Result<(), Failed> {
    let Content::Described(read) = &mut side.content else { return Ok(()) };
    if !read.sourced.hostless {
        return Ok(());
    }
    let host = match hosts.len() {
        0 => return Ok(()),
        1 => hosts.first().copied().unwrap_or_default().to_owned(),
        n => {
            return Err(Failed::new(
                "input",
                side.file.clone(),
                format!("it names no host, and the other side has {n} of them"),
            )
            .hint("add the server that it is about to `servers` (2.0: `host`)"));
        }
    };
    read.about(&host)
}

/// Reads what a side names.
fn read(text: &str, around: &Around) -> Result<Found, Failed> {
    let cwd = around.cwd;
    if let Some(rest) = text.strip_prefix("git:") {
        let (name, path) = rest.split_once(':').ok_or_else(|| {
            Failed::new("usage", text.to_owned(), "a side in git is git:REF:PATH")
                .hint("--from git:origin/main:toolpacks/shop")
        })?;
        let repo = Repo::discover(cwd)?
            .ok_or_else(|| Failed::new("git", text.to_owned(), "this is not a git repository"))?;
        let commit = repo.resolve(name)?;
        let tree = Tree::git(&repo, &commit);
        let path = path.trim_end_matches('/');
        return in_tree(&tree, path, sources::commit(name, &commit), (&tree, path));
    }
    // The id of a stored capture, where no file is called so.
    let stored = captures::by_id(around.captures, text).filter(|_| !cwd.join(text).exists());
    let path = stored.unwrap_or_else(|| cwd.join(text));
    if !path.exists() {
        return Err(missing(text, "there is no such file or folder"));
    }
    let (dir, inside) = match path.is_dir() {
        true => (path.as_path(), ""),
        false => (
            path.parent().unwrap_or(Path::new("")),
            path.file_name().and_then(|n| n.to_str()).ok_or_else(|| missing(text, "its name is no text"))?,
        ),
    };
    let kind = if inside.is_empty() { SourceKind::Folder } else { SourceKind::File };
    let source = Source { kind, commit: None, name: text.to_owned() };
    if let Some(heard) = Heard::at(&path, &source)? {
        return Ok(Found::Heard(Box::new(heard)));
    }
    let tree = Tree::folder(dir.to_owned());
    // What a description refers to lies in the folder that the command runs in, if the description does.
    let (root, own) = match plain(text) {
        Some(own) => (Tree::folder(cwd.to_owned()), own),
        None => (Tree::folder(dir.to_owned()), inside.to_owned()),
    };
    let mut found = in_tree(&tree, inside, source, (&root, &own))?;
    if let Found::Side(side) = &mut found {
        side.file = shown(text, inside, &side.file);
    }
    Ok(found)
}

fn missing(text: &str, why: &str) -> Failed {
    Failed::new("input", text.to_owned(), why.to_owned()).hint(format!(
        "name a toolpack's folder, its toolpack.yaml, a baseline.json, a description ({}), a recording (HAR, \
         OTLP/JSON, stored capture) or git:REF:PATH",
        source::labels()
    ))
}

/// A file of a side, as the reader can open it from where the command ran.
fn shown(text: &str, inside: &str, file: &str) -> String {
    let folder = text.trim_end_matches('/').strip_suffix(inside).unwrap_or(text).trim_end_matches('/');
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// A toolpack's folder, its header, or a file of a kind that its content tells. `project`: where a description
/// finds the files that it refers to, and its own path there.
fn in_tree(tree: &Tree, path: &str, source: Source, project: (&Tree, &str)) -> Result<Found, Failed> {
    let of = |side: Side| Found::Side(Box::new(side));
    let pack = |header: &str, source: Source| Side::of_header(tree, header, source).map(of);
    let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    let named = is_yaml || path.ends_with(".json");
    if !named {
        let header = join(path, HEADER);
        if tree.read(&header, limits::SMALL)?.is_some() {
            return pack(&header, source);
        }
    }
    let mut file = path.to_owned();
    let mut found = match named {
        true => tree.read(path, limits::BASELINE)?,
        // A folder, or a file of another name.
        false => tree.read(path, limits::BASELINE).ok().flatten().filter(|_| !path.is_empty()),
    };
    for inside in ["baseline.json", captures::EXCHANGES] {
        if found.is_none() && !named {
            file = join(path, inside);
            found = tree.read(&file, limits::BASELINE)?;
        }
    }
    let Some(bytes) = found else {
        let why = "there is neither a toolpack, a baseline.json nor a description";
        return Err(missing(&source.name, why));
    };
    if let Some(heard) = Heard::of_bytes(&bytes, &source, &file)? {
        return Ok(Found::Heard(Box::new(heard)));
    }
    let document = match bytes::described(&file, &bytes, limits::BASELINE) {
        // A toolpack.yaml has rules of its own, and its reader names them.
        Err(_) if is_yaml && !describes(&bytes) => return pack(&file, source),
        read => read?,
    };
    if let Some(kind) = source::find(&document) {
        let read = Described::read(kind, project, document, &bytes)?;
        return Ok(of(Side { source, file, content: Content::Described(Box::new(read)) }));
    }
    if is_yaml {
        return pack(&file, source);
    }
    // Read once more where only others' readers forgive how it begins.
    let raw = match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => document,
        _ => bytes::json(&file, &bytes, limits::BASELINE)?,
    };
    let baseline = Baseline::read(&file, raw).map_err(bytes::shown(&bytes))?;
    Ok(of(Side { source, file, content: Content::Baseline(Box::new(baseline)) }))
}

/// Whether a text that cannot be read looks like a description.
fn describes(bytes: &[u8]) -> bool {
    bytes
        .split(|b| *b == b'\n')
        .take(1_000)
        .any(|line| line.starts_with(b"openapi:") || line.starts_with(b"swagger:"))
}
