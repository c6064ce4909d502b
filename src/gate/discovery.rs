//! Which toolpacks a change has, and what is wrong with where they lie: judged from paths and ids alone.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::canon::text::fold;
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::rules::pack as rule;

/// A toolpack of one side, as its toolpack.yaml tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path of its toolpack.yaml.
    pub header: String,
    /// Its id.
    pub id: String,
}

impl Found {
    /// Its folder.
    pub fn dir(&self) -> &str {
        dir_of(&self.header)
    }
}

/// The folder of a path; empty at the root.
pub fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// A toolpack of the head with the one that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paired {
    /// The head's; `None` where it is gone.
    pub head: Option<Found>,
    /// The base's; `None` where it is new.
    pub base: Option<Found>,
}

/// Pairs the toolpacks of both sides: by id, then (an id that changed in place) by path.
pub fn pair(base: &[Found], head: &[Found]) -> Vec<Paired> {
    let mut rest: Vec<&Found> = base.iter().collect();
    let mut take =
        |wanted: &dyn Fn(&Found) -> bool| rest.iter().position(|b| wanted(b)).map(|i| rest.remove(i).clone());
    let mut paired: Vec<Paired> = Vec::new();
    // Same id in the same place first, so that a copy elsewhere does not take the original's base.
    let mut open = Vec::new();
    for h in head {
        match take(&|b| b.id == h.id && b.header == h.header) {
            Some(b) => paired.push(Paired { head: Some(h.clone()), base: Some(b) }),
            None => open.push(h),
        }
    }
    for h in open {
        let b = take(&|b| b.id == h.id).or_else(|| take(&|b| b.header == h.header));
        paired.push(Paired { head: Some(h.clone()), base: b });
    }
    paired.extend(rest.into_iter().map(|b| Paired { head: None, base: Some(b.clone()) }));
    paired.sort_by(|a, b| header(a).cmp(header(b)));
    paired
}

fn header(paired: &Paired) -> &str {
    paired.head.as_ref().or(paired.base.as_ref()).map_or("", |f| f.header.as_str())
}

/// What is wrong with where toolpacks lie and what they are called.
pub fn problems(paired: &[Paired], tracked: &[(String, bool)]) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(duplicate_ids(paired));
    found.extend(paired.iter().filter_map(renamed));
    found.extend(collisions(paired, tracked));
    found
}

fn at(file: &str, pointer: &str) -> Place {
    Place { file: file.to_owned(), line: 1, pointer: pointer.to_owned(), side: Side::Head }
}

fn subject(found: &Found) -> Subject {
    let name = found.dir().rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or("toolpack");
    Subject {
        path: found.dir().to_owned(),
        toolpack: found.id.clone(),
        kind: SubjectKind::Toolpack,
        id: found.id.clone(),
        name: name.to_owned(),
    }
}

fn duplicate_ids(paired: &[Paired]) -> Vec<Finding> {
    let mut by_id: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    for found in paired.iter().filter_map(|p| p.head.as_ref()) {
        by_id.entry(found.id.to_ascii_lowercase()).or_default().push(found);
    }
    by_id
        .values()
        .filter(|same| same.len() > 1)
        .flat_map(|same| {
            same.iter().map(|found| {
                let others = same.iter().filter(|o| o.header != found.header).map(|o| o.header.as_str());
                let here = Phrase::say("the id ")
                    .and_quote(&found.id)
                    .and_say(" is also that of ")
                    .and(Phrase::list(others));
                Finding::new(rule::DUPLICATE_ID, subject(found), at(&found.header, "/toolpack_id"))
                    .says("toolpack", here.clone())
                    .here(here)
            })
        })
        .collect()
}

fn renamed(paired: &Paired) -> Option<Finding> {
    let (head, base) = (paired.head.as_ref()?, paired.base.as_ref()?);
    if head.id != base.id {
        let here = Phrase::say("it was ").and_quote(&base.id).and_say(" and is ").and_quote(&head.id);
        return Some(
            Finding::new(rule::ID_CHANGED, subject(head), at(&head.header, "/toolpack_id"))
                .says("toolpack", here.clone())
                .here(here),
        );
    }
    None
}

/// Paths below toolpacks and the state folder that are one where case or Unicode forms are folded, and links
/// among them.
fn collisions(paired: &[Paired], tracked: &[(String, bool)]) -> Vec<Finding> {
    let dirs: Vec<&Found> = paired.iter().filter_map(|p| p.head.as_ref()).collect();
    let one = |path: &str| match path.is_ascii() {
        true => path.to_ascii_lowercase(),
        false => fold(&path.nfc().collect::<String>()),
    };
    // Folders are compared as paths are: what a checkout without case puts into a toolpack's folder is in it.
    let folders: Vec<String> = dirs.iter().map(|f| one(f.dir())).collect();
    let inside = |path: &str| {
        let below = |dir: &str, path: &str| {
            path.strip_prefix(dir).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        let within = |dir: &str| dir.is_empty() || below(dir, path) || below(path, dir);
        folders.iter().position(|dir| within(dir)).map(|i| &dirs[i])
    };
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found = Vec::new();
    for (path, is_link) in tracked {
        let key = one(path);
        let state = key.starts_with(".caskmcp/");
        let Some(pack) = inside(&key).or_else(|| dirs.first().filter(|_| state)) else { continue };
        if *is_link {
            let here = Phrase::quote(path).and_say(" is a link or a submodule, not a file");
            found.push(
                Finding::new(rule::PATH_ESCAPE, subject(pack), at(path, ""))
                    .says("file", here.clone())
                    .here(here),
            );
            continue;
        }
        if let Some(other) = seen.insert(key, path)
            && other != path
        {
            let here = Phrase::quote(path)
                .and_say(" and ")
                .and_quote(other)
                .and_say(" are one file where case is folded");
            found.push(
                Finding::new(rule::PATH_COLLISION, subject(pack), at(path, ""))
                    .says("file", here.clone())
                    .here(here),
            );
        }
    }
    found
}

/// A tracked toolpack that the globs leave out although the head changes it.
pub fn outside_globs(header: &str) -> Finding {
    let found = Found { header: header.to_owned(), id: String::new() };
    let here = Phrase::quote(header).and_say(" is outside the globs of gate.yaml and is not judged");
    Finding::new(rule::OUTSIDE_GLOB, subject(&found), at(header, ""))
        .says("toolpack", here.clone())
        .here(here)
}

/// A trust file or gate.yaml below the root: it is never read, and somebody may believe that it is.
pub fn nested_trust(path: &str) -> Finding {
    let found = Found { header: path.to_owned(), id: String::new() };
    let here = Phrase::quote(path).and_say(" is not the repository's trust file and is never read");
    Finding::new(rule::PATH_ESCAPE, subject(&found), at(path, "")).says("file", here.clone()).here(here)
}
