//! Trees of version 2 in, the texts of a toolpack's files and the toolpack that they are read back as out.
//!
//! Digests are taken from what was read back, so that they are those of the files and of nothing else.

use std::collections::BTreeMap;

use super::baseline::Baseline;
use super::policy::Policy;
use super::tool::Manifest;
use super::toolpack::{HEADER, Header, Toolpack, join};
use super::toolset::Toolsets;
use super::{bytes, limits};
use crate::canon::emit::{emit_json, emit_yaml_with};
use crate::canon::{Fault, FaultKind, Node};

/// The trees of a toolpack's files.
#[derive(Debug, Clone, Copy)]
pub struct Trees<'a> {
    /// toolpack.yaml.
    pub header: &'a Node,
    /// tools.json.
    pub tools: &'a Node,
    /// toolsets.yaml.
    pub toolsets: &'a Node,
    /// policy.yaml.
    pub policy: &'a Node,
    /// baseline.json.
    pub baseline: &'a Node,
}

/// The texts of header, manifest, groups, policy and baseline, by the paths under which the header names them:
/// those of tools, toolsets, policy and baseline.
pub fn texts(paths: [&str; 4], trees: Trees) -> BTreeMap<String, String> {
    let [tools, toolsets, policy, baseline] = paths;
    let (manifest, surface) = rayon::join(|| emit_json(trees.tools), || emit_json(trees.baseline));
    // Lists that grow by a line are written so that two additions merge.
    BTreeMap::from([
        (HEADER.to_owned(), emit_yaml_with(trees.header, &|at| at == "/allowed_hosts")),
        (tools.to_owned(), manifest),
        (toolsets.to_owned(), emit_yaml_with(trees.toolsets, &|at| at.ends_with("/actions"))),
        (policy.to_owned(), emit_yaml_with(trees.policy, &|at| at.starts_with("/redact_"))),
        (baseline.to_owned(), surface),
    ])
}

/// Reads the texts as everybody else will, as those of a toolpack in the folder `dir`. `named` has the digests of
/// the other files that the header may name.
///
/// # Errors
/// What version 2 refuses; the line is that of the file that would be written.
pub fn read_back(
    dir: &str,
    files: &BTreeMap<String, String>,
    named: &BTreeMap<String, Option<String>>,
) -> Result<Toolpack, Fault> {
    let file = |path: &str| -> Result<(String, &[u8]), Fault> {
        let full = join(dir, path);
        match files.get(path) {
            Some(text) => Ok((full, text.as_bytes())),
            None => Err(Fault::new(&full, FaultKind::Missing, "the file was not made")),
        }
    };
    let (name, text) = file(HEADER)?;
    let header = Header::read(&name, bytes::yaml(&name, text, limits::SMALL)?)?;
    let manifest = || {
        let (name, text) = file(&header.tools)?;
        Manifest::read(&name, bytes::json(&name, text, limits::TOOLS)?)
    };
    let baseline = || {
        let (name, text) = file(&header.baseline)?;
        Baseline::read(&name, bytes::json(&name, text, limits::BASELINE)?)
    };
    let (manifest, baseline) = rayon::join(manifest, baseline);
    let (name, text) = file(&header.toolsets)?;
    let toolsets = Toolsets::read(&name, &bytes::yaml(&name, text, limits::TOOLSETS)?)?;
    let (name, text) = file(&header.policy)?;
    let policy = Policy::read(&name, &bytes::yaml(&name, text, limits::POLICY)?)?;
    let others = header.named.iter();
    let others = others.map(|(path, _)| (path.clone(), named.get(path).cloned().flatten())).collect();
    Toolpack::assemble(dir, header, manifest?, toolsets, policy, baseline?, others)
}
