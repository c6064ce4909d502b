//! Single artifacts in, a toolpack out that has nothing else: what a command can say of files that no toolpack.yaml
//! names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::failed::Failed;
use crate::canon::Node;
use crate::io::fs;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::model::{bytes, limits};

/// The artifacts that there are.
#[derive(Debug, Clone)]
pub struct Alone {
    /// The manifest.
    pub tools: PathBuf,
    /// The policy.
    pub policy: PathBuf,
    /// The toolsets, where there are some.
    pub toolsets: Option<PathBuf>,
    /// The baseline, where there is one.
    pub baseline: Option<PathBuf>,
}

impl Alone {
    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.tools, &self.policy].into_iter().chain(&self.toolsets).chain(&self.baseline)
    }

    /// Reads them as a toolpack of the manifest's generation.
    ///
    /// # Errors
    /// One is not there or cannot be read.
    pub fn read(&self) -> Result<Loaded, Failed> {
        let (tools_name, tools) = required(&self.tools, limits::TOOLS)?;
        let (policy_name, policy) = required(&self.policy, limits::POLICY)?;
        let manifest = bytes::json(&tools_name, &tools, limits::TOOLS)?;
        let is_v2 = manifest.get("schema_version").and_then(Node::as_text) == Some("2.0");
        let (version, empty) = if is_v2 {
            ("2.0", "{\"schema_version\": \"2.0\"}")
        } else {
            ("1.0", "{\"version\": \"1.0.0\", \"schema_version\": \"1.0\", \"endpoints\": []}")
        };
        let header = format!(
            "schema_version: \"{version}\"\ntoolpack_id: tp_000000000000\nname: tools\ncreated_at: null\n\
             scope: none\nallowed_hosts: []\nsources: []\npaths:\n  tools: tools.json\n  toolsets: toolsets.yaml\n  \
             policy: policy.yaml\n  baseline: baseline.json\n  lockfile: caskmcp.lock.yaml\n"
        );
        let no_sets = format!("schema_version: \"{version}\"\ntoolsets: {{}}\n");
        let (sets_name, sets) = or(self.toolsets.as_deref(), limits::TOOLSETS, &no_sets)?;
        let (baseline_name, baseline) = or(self.baseline.as_deref(), limits::BASELINE, empty)?;
        let names = [
            ("tools.json", tools_name),
            ("policy.yaml", policy_name),
            ("toolsets.yaml", sets_name),
            ("baseline.json", baseline_name),
        ];
        let files = [
            ("toolpack.yaml", header.into_bytes()),
            ("toolsets.yaml", sets),
            ("baseline.json", baseline),
            ("tools.json", tools),
            ("policy.yaml", policy),
        ];
        let tree = Tree::memory(
            files.map(|(name, bytes)| (name.to_owned(), bytes)).into_iter().collect::<BTreeMap<_, _>>(),
        );
        load::toolpack(&tree, "toolpack.yaml").map_err(|mut fault| {
            // As it was named, not as it stands in memory.
            if let Some((_, named)) = names.iter().find(|(made, _)| fault.file == *made) {
                fault.file.clone_from(named);
            }
            fault.into()
        })
    }
}

/// What people call a file, and its bytes.
fn required(path: &Path, max: usize) -> Result<(String, Vec<u8>), Failed> {
    let name = path.display().to_string();
    let missing =
        || Failed::new("input", &name, "there is no such file").hint("--tools and --policy take files");
    let bytes = fs::read_bounded(path, max)?.ok_or_else(missing)?;
    Ok((name, bytes))
}

/// The same, or what stands in its place.
fn or(path: Option<&Path>, max: usize, instead: &str) -> Result<(String, Vec<u8>), Failed> {
    match path {
        Some(path) => required(path, max),
        None => Ok((String::new(), instead.as_bytes().to_vec())),
    }
}
