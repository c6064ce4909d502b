//! A tree and the path of a toolpack.yaml in, the files that it names out: those that are judged and served, and no
//! others. What is packed and what is verified are asked for by the same function.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::bundle::left_out;
use crate::bundle::manifest::Files;
use crate::canon::{Node, Value};
use crate::cmd::before::Side;
use crate::cmd::failed::Failed;
use crate::cmd::judging::InHand;
use crate::compare::secrets::secrets;
use crate::gate::subjects::Subjects;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::lint;
use crate::model::lockfile::AnyLockfile;
use crate::model::snapshot::{DIGESTS, Digests};
use crate::model::toolpack::{is_plain_path, join};
use crate::model::{bytes, limits};
use crate::rules::pack as rule;
use crate::sign::genuine::Genuine;

/// A toolpack and its files.
pub struct Contents {
    /// The toolpack as it was read.
    pub side: Arc<Side>,
    /// Its files by their paths in the tree.
    pub files: Files,
    /// Its signatures that were found to hold, whoever judges it.
    genuine: Genuine,
}

impl Contents {
    /// The files of the toolpack whose toolpack.yaml lies at a path. Each is read once: what is understood of it is what
    /// is packed.
    ///
    /// # Errors
    /// One that is missing, can't be read, or that no bundle carries.
    pub fn of(tree: &Tree, header: &str) -> Result<Contents, Failed> {
        let all = load::looked_at(header, &load::header(tree, header)?);
        let mut files = read(tree, all)?;
        let (loaded, subjects) = load::toolpack_with(&Tree::memory(files.clone()), header, Subjects::of)?;
        let side = Side { loaded, subjects: subjects? };
        let (loaded, pack) = (&side.loaded, &side.loaded.pack);
        if let Some((path, _)) = pack.files.iter().find(|(_, hash)| hash.is_none()) {
            return Err(Failed::new(
                "input",
                pack.path(path),
                "the toolpack names this file, and it is missing",
            )
            .hint("restore it, or take its name out of toolpack.yaml"));
        }
        // Of the places where a lockfile may lie, one counts.
        let own = &pack.header;
        let named = own.named.iter().map(|(path, _)| path);
        let named = named.chain([&own.tools, &own.toolsets, &own.policy, &own.baseline]);
        let mut counts: BTreeSet<String> = named.map(|path| pack.path(path)).collect();
        counts.extend([header.to_owned(), loaded.lock_path.clone()]);
        files.retain(|path, _| counts.contains(path));
        files.extend(snapshot(tree, loaded)?);
        for path in files.keys() {
            fits(&pack.dir, path)?;
        }
        Ok(Contents { side: Arc::new(side), files, genuine: Genuine::default() })
    }

    /// What was read, for those who judge it.
    pub fn in_hand(&self) -> InHand<'_> {
        InHand { side: &self.side, files: &self.files, genuine: &self.genuine }
    }

    /// Refuses to hand over a credential.
    ///
    /// # Errors
    /// The first file that holds one.
    pub fn refuse_secrets(&self) -> Result<(), Failed> {
        let refused = |path: &str, kind: &str| {
            Failed::new("input", path, format!("it holds what looks like a credential: {kind}"))
                .why("who gets the bundle can use it")
                .rule(rule::SECRET_FOUND)
                .hint("revoke it, take it out, and have the toolpack approved anew")
                .hint("cask lint")
        };
        // As bytes, whatever the file is; then as readers read it, whatever escapes are in it.
        let of_file = |(path, content): (&String, &Vec<u8>)| {
            Some((path.clone(), secrets(&String::from_utf8_lossy(content)).first()?.kind))
        };
        if let Some((path, kind)) = self.files.par_iter().find_map_first(of_file) {
            return Err(refused(&path, kind));
        }
        let pack = &self.side.loaded.pack;
        if let Some(found) = lint::credentials(pack).first() {
            return Err(refused(&found.place.file, &found.message().plain()));
        }
        match pack.manifest.tools.par_iter().find_map_first(|tool| credential(&tool.raw)) {
            Some(kind) => Err(refused(&pack.tools_path(), kind)),
            None => Ok(()),
        }
    }
}

/// The files that are there, of these.
fn read(tree: &Tree, paths: Vec<String>) -> Result<Files, Failed> {
    let wanted: Vec<(String, usize)> = paths.into_iter().map(|path| (path, limits::BASELINE)).collect();
    let mut files = Files::new();
    for ((path, _), content) in wanted.iter().zip(tree.read_many(&wanted)) {
        if let Some(content) = content? {
            files.insert(path.clone(), content);
        }
    }
    Ok(files)
}

/// The files of the snapshot that the lockfile names.
fn snapshot(tree: &Tree, loaded: &Loaded) -> Result<Files, Failed> {
    let Some(AnyLockfile::V2(lock, _)) = &loaded.lock else { return Ok(Files::new()) };
    let Some(named) = &lock.snapshot else { return Ok(Files::new()) };
    if !is_plain_path(&named.dir) {
        return Err(Failed::new(
            "input",
            &loaded.lock_path,
            "its snapshot could lie outside of the toolpack",
        )
        .rule(rule::PATH_ESCAPE)
        .hint("cask gate snapshot"));
    }
    let folder = loaded.pack.path(&named.dir);
    let path = join(&folder, DIGESTS);
    let missing = |path: &str| {
        Failed::new("input", path, "the lockfile names this snapshot, and a file of it is missing")
            .hint("cask gate snapshot")
    };
    let content = tree.read(&path, limits::SMALL)?.ok_or_else(|| missing(&path))?;
    let digests = Digests::read(&path, &bytes::json(&path, &content, limits::SMALL)?)?;
    let copies: Vec<String> = digests.files.keys().map(|name| join(&folder, name)).collect();
    let mut files = read(tree, copies.clone())?;
    if let Some(copy) = copies.iter().find(|copy| !files.contains_key(*copy)) {
        return Err(missing(copy));
    }
    files.insert(path, content);
    Ok(files)
}

/// Whether a bundle can carry a file of a toolpack in this folder.
fn fits(dir: &str, path: &str) -> Result<(), Failed> {
    if !is_plain_path(path) {
        return Err(Failed::new("input", path, "not every machine can unpack a file of this name")
            .hint("A-Z a-z 0-9 . _ - with / between them, from the root of the repository on"));
    }
    if path.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(Failed::new("input", path, "git would take it for its own when it is unpacked")
            .hint("keep the toolpack in a folder of the work tree"));
    }
    let inside = path.strip_prefix(dir).map_or(path, |rest| rest.trim_start_matches('/'));
    match left_out::why(inside) {
        None => Ok(()),
        Some(what) => {
            Err(Failed::new("input", path, format!("the toolpack names it, and no bundle carries {what}"))
                .hint("let toolpack.yaml name another file, and have it approved anew"))
        }
    }
}

/// A credential in a text or name below a value. No recursion: a tree is as deep as its file let it be.
fn credential(root: &Node) -> Option<&'static str> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let found = |text: &str| secrets(text).first().map(|found| found.kind);
        match &node.value {
            Value::Text(text) => {
                if let Some(kind) = found(text) {
                    return Some(kind);
                }
            }
            Value::List(items) => open.extend(items),
            Value::Map(members) => {
                if let Some(kind) = members.iter().find_map(|(key, _)| found(key)) {
                    return Some(kind);
                }
                open.extend(members.iter().map(|(_, value)| value));
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }
    None
}
