//! What a side of drift names in; its surface out: a toolpack, a baseline, or the description of an API, in the
//! file system or in git, told by its content and not by its name.

use std::collections::BTreeSet;
use std::path::Path;

use super::described::{Described, plain};
use super::failed::Failed;
use super::sources;
use crate::drift::{Surface, SurfaceSource};
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::model::baseline::Baseline;
use crate::model::bytes;
use crate::model::finding::Finding;
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::report::{Source, SourceKind};
use crate::model::toolpack::{HEADER, join};
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

    /// What lies under a path of a project, and what it refers to there.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn of_tree(project: &Tree, path: &str, source: Source) -> Result<Side, Failed> {
        in_tree(project, path, source, (project, path))
    }

    /// What the engine compares.
    pub fn surface(&self) -> SurfaceSource<'_> {
        let (baseline, pack, origins) = match &self.content {
            Content::Pack(loaded) => (&loaded.pack.baseline, Some(&loaded.pack), None),
            Content::Baseline(baseline) => (&**baseline, None, None),
            Content::Described(read) => (&read.sourced.baseline, None, Some(&read.sourced.origins)),
        };
        SurfaceSource { file: &self.file, baseline, pack, origins }
    }

    /// What was not looked at, or read as something else.
    pub fn notes(&self) -> &[Phrase] {
        match &self.content {
            Content::Described(read) => &read.sourced.notes,
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
            Content::Baseline(_) | Content::Described(_) => {
                JudgedPack { name: self.source.name.clone(), path: String::new(), tools: compared, ..base }
            }
        }
    }
}

/// Reads both sides, one beside the other.
///
/// # Errors
/// A side that is not there or cannot be read.
pub fn both(from: &str, to: &str, cwd: &Path) -> Result<(Side, Side), Failed> {
    let (old, new) = rayon::join(|| read(from, cwd), || read(to, cwd));
    meet(old?, new?)
}

/// Two sides of one comparison: each tells the other what it leaves open.
///
/// # Errors
/// One that leaves open what the other can't tell.
pub fn meet(mut old: Side, mut new: Side) -> Result<(Side, Side), Failed> {
    host_of_the_other(&mut old, &new)?;
    host_of_the_other(&mut new, &old)?;
    Ok((old, new))
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
    let hosts: BTreeSet<&str> = surface.operations.iter().map(|o| o.host.as_str()).collect();
    let host = match hosts.len() {
        0 => return Ok(()),
        1 => hosts.into_iter().next().unwrap_or_default().to_owned(),
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
fn read(text: &str, cwd: &Path) -> Result<Side, Failed> {
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
    let path = cwd.join(text);
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
    let tree = Tree::folder(dir.to_owned());
    // What a description refers to lies in the folder that the command runs in, if the description does.
    let (root, own) = match plain(text) {
        Some(own) => (Tree::folder(cwd.to_owned()), own),
        None => (Tree::folder(dir.to_owned()), inside.to_owned()),
    };
    let mut side = in_tree(&tree, inside, source, (&root, &own))?;
    side.file = shown(text, inside, &side.file);
    Ok(side)
}

fn missing(text: &str, why: &str) -> Failed {
    Failed::new("input", text.to_owned(), why.to_owned()).hint(format!(
        "name a toolpack's folder, its toolpack.yaml, a baseline.json, a description ({}), or git:REF:PATH",
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
fn in_tree(tree: &Tree, path: &str, source: Source, project: (&Tree, &str)) -> Result<Side, Failed> {
    let pack = |header: &str, source: Source| Side::of_header(tree, header, source);
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
    if found.is_none() && !named {
        file = join(path, "baseline.json");
        found = tree.read(&file, limits::BASELINE)?;
    }
    let Some(bytes) = found else {
        let why = "there is neither a toolpack, a baseline.json nor a description";
        return Err(missing(&source.name, why));
    };
    let document = match bytes::described(&file, &bytes, limits::BASELINE) {
        // A toolpack.yaml has rules of its own, and its reader names them.
        Err(_) if is_yaml && !describes(&bytes) => return pack(&file, source),
        read => read?,
    };
    if let Some(kind) = source::find(&document) {
        let read = Described::read(kind, project, document, &bytes)?;
        return Ok(Side { source, file, content: Content::Described(Box::new(read)) });
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
    Ok(Side { source, file, content: Content::Baseline(Box::new(baseline)) })
}

/// Whether a text that cannot be read looks like a description.
fn describes(bytes: &[u8]) -> bool {
    bytes
        .split(|b| *b == b'\n')
        .take(1_000)
        .any(|line| line.starts_with(b"openapi:") || line.starts_with(b"swagger:"))
}
