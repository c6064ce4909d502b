//! Trees of version 2 in, the texts to write and the toolpack that they are read back as out.
//!
//! Digests are taken from what was read back, so that they are those of the files and of nothing else.

use std::collections::BTreeMap;

use crate::canon::emit::{emit_json, emit_yaml_with};
use crate::canon::{Fault, FaultKind, Node};
use crate::model::baseline::Baseline;
use crate::model::policy::Policy;
use crate::model::tool::Manifest;
use crate::model::toolpack::{HEADER, Header, Toolpack};
use crate::model::toolset::Toolsets;
use crate::model::{bytes, limits};

/// The texts of header, manifest, groups, policy and baseline, by path.
pub(super) fn texts(v1: &Toolpack, trees: [&Node; 5]) -> BTreeMap<String, String> {
    let [header, tools, groups, policy, baseline] = trees;
    // Lists that grow by a line are written so that two additions merge.
    let hosts = emit_yaml_with(header, &|at| at == "/allowed_hosts");
    let groups = emit_yaml_with(groups, &|at| at.ends_with("/actions"));
    let policy = emit_yaml_with(policy, &|at| at.starts_with("/redact_"));
    BTreeMap::from([
        (HEADER.to_owned(), hosts),
        (v1.header.tools.clone(), emit_json(tools)),
        (v1.header.toolsets.clone(), groups),
        (v1.header.policy.clone(), policy),
        (v1.header.baseline.clone(), emit_json(baseline)),
    ])
}

/// Reads the texts as everybody else will.
///
/// # Errors
/// What version 2 refuses; the line is that of the file that would have been written.
pub(super) fn read_back(v1: &Toolpack, files: &BTreeMap<String, String>) -> Result<Toolpack, Fault> {
    let file = |path: &str| -> Result<(String, &[u8]), Fault> {
        let full = v1.path(path);
        match files.get(path) {
            Some(text) => Ok((full, text.as_bytes())),
            None => Err(Fault::new(&full, FaultKind::Missing, "the file was not made")),
        }
    };
    let (name, text) = file(HEADER)?;
    let header = Header::read(&name, bytes::yaml(&name, text, limits::SMALL)?).map_err(in_v2)?;
    let (name, text) = file(&header.tools)?;
    let manifest = Manifest::read(&name, bytes::json(&name, text, limits::TOOLS)?).map_err(in_v2)?;
    let (name, text) = file(&header.toolsets)?;
    let toolsets = Toolsets::read(&name, &bytes::yaml(&name, text, limits::TOOLSETS)?).map_err(in_v2)?;
    let (name, text) = file(&header.policy)?;
    let policy = Policy::read(&name, &bytes::yaml(&name, text, limits::POLICY)?).map_err(in_v2)?;
    let (name, text) = file(&header.baseline)?;
    let baseline = Baseline::read(&name, bytes::json(&name, text, limits::BASELINE)?).map_err(in_v2)?;
    let named = header.named.iter();
    let named = named.map(|(path, _)| (path.clone(), v1.files.get(path).cloned().flatten())).collect();
    Toolpack::assemble(&v1.dir, header, manifest, toolsets, policy, baseline, named).map_err(in_v2)
}

fn in_v2(mut fault: Fault) -> Fault {
    fault.message = format!("version 2 cannot hold this: {}", fault.message);
    // The line is of a file that nobody has.
    fault.line = 0;
    fault
}
