//! Which toolpacks each side has, by the globs of gate.yaml, and what is wrong with where files lie: trees in, pairs to
//! judge and findings about the repository out.

use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::failed::Failed;
use crate::gate::discovery::{self, Found, Paired};
use crate::io::load;
use crate::io::tree::{EntryKind, Tree};
use crate::model::finding::Finding;
use crate::model::gate_config::GateFile;
use crate::model::limits;

/// The globs of gate.yaml.
pub struct Globs {
    include: GlobSet,
    exclude: GlobSet,
}

impl Globs {
    /// Those of a gate.yaml.
    ///
    /// # Errors
    /// One that is no glob.
    pub fn of(gate: &GateFile) -> Result<Globs, Failed> {
        let set = |globs: &[String]| {
            let mut builder = GlobSetBuilder::new();
            for glob in globs {
                builder.add(Glob::new(glob)?);
            }
            builder.build()
        };
        let both = set(&gate.toolpacks.include)
            .and_then(|include| Ok(Globs { include, exclude: set(&gate.toolpacks.exclude)? }));
        both.map_err(|e| Failed::new("input", GATE, format!("toolpacks: {e}")))
    }

    /// Whether a toolpack.yaml is one of those that are judged.
    pub fn has(&self, path: &str) -> bool {
        self.include.is_match(path) && !self.exclude.is_match(path)
    }
}

/// The toolpacks of one side, with their ids. Of what the other side has alike its answer is taken.
///
/// # Errors
/// A toolpack.yaml that cannot be read.
pub fn found_in(
    tree: &Tree,
    headers: &[String],
    globs: &Globs,
    other: Option<(&Tree, &[Found])>,
) -> Result<Vec<Found>, Failed> {
    let known = |header: &str| {
        let (_, found) = other.filter(|(other, _)| tree.has_same_file(other, header))?;
        // Sorted, as the headers are.
        let at = found.binary_search_by(|found| found.header.as_str().cmp(header)).ok()?;
        Some(found[at].clone())
    };
    let asked: Vec<(&String, Option<Found>)> =
        headers.iter().filter(|h| globs.has(h)).map(|h| (h, known(h))).collect();
    let open = asked.iter().filter(|(_, known)| known.is_none());
    let wanted: Vec<(String, usize)> = open.map(|(h, _)| ((*h).clone(), limits::SMALL)).collect();
    let read: Vec<Found> = wanted
        .par_iter()
        .zip(tree.read_many(&wanted))
        .map(|((path, _), bytes)| {
            let told = |fault| Failed::from(fault).about(discovery::dir_of(path));
            let bytes = bytes.map_err(told)?.unwrap_or_default();
            let header = load::read_header(path, &bytes).map_err(told)?;
            Ok(Found { header: path.clone(), id: header.toolpack_id })
        })
        .collect::<Result<_, Failed>>()?;
    let mut found: Vec<Found> = asked.into_iter().filter_map(|(_, known)| known).chain(read).collect();
    found.sort_by(|a, b| a.header.cmp(&b.header));
    Ok(found)
}

/// What is wrong with where toolpacks and trust files lie.
///
/// # Errors
/// A side that cannot be listed.
pub fn about_repository(
    head: &Tree,
    base: &Tree,
    headers: &[String],
    globs: &Globs,
    paired: &[Paired],
) -> Result<Vec<Finding>, Failed> {
    let entries = head.list()?;
    let tracked: Vec<(String, bool)> = entries
        .iter()
        .map(|e| (e.path.clone(), matches!(e.kind, EntryKind::Symlink | EntryKind::Submodule)))
        .collect();
    let mut findings = discovery::problems(paired, &tracked);
    for header in headers.iter().filter(|h| !globs.has(h)) {
        let dir = discovery::dir_of(header);
        // At the root there is no folder of its own to compare: any change may be one of it.
        let same =
            if dir.is_empty() { head.list()? == base.list()? } else { head.has_same_folder(base, dir) };
        if !same {
            findings.push(discovery::outside_globs(header));
        }
    }
    let nested = |path: &str| {
        [TRUST, GATE].iter().any(|own| path.strip_suffix(own).is_some_and(|dir| dir.ends_with('/')))
    };
    findings.extend(entries.iter().filter(|e| nested(&e.path)).map(|e| discovery::nested_trust(&e.path)));
    Ok(findings)
}
