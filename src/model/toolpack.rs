//! A toolpack: its header and the artifacts that the header names, in memory.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::At;
use super::baseline::Baseline;
use super::policy::Policy;
use super::runtime::{FILES, RuntimeFile};
use super::schema_version::{Generation, Missing, generation};
use super::tool::{Manifest, Tool};
use super::toolset::Toolsets;
use crate::canon::decode::decode;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::schema_version::CURRENT;

/// toolpack.yaml of generation 2: what the JSON Schema is made from. Members that begin with `x-` are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderFile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// `tp_` and 12 hex digits; approvals name it, so it never changes.
    pub toolpack_id: String,
    /// `[a-z0-9][a-z0-9-]{0,62}`.
    pub name: String,
    /// When it was made, if that was asked for.
    #[serde(default)]
    pub created_at: Option<String>,
    /// Which operations were taken in.
    #[serde(default)]
    pub scope: Option<String>,
    /// Hosts that its tools may reach, sorted.
    pub allowed_hosts: Vec<String>,
    /// What it was made from.
    #[serde(default)]
    pub sources: Vec<SourceFile>,
    /// Where its files are, relative to toolpack.yaml.
    pub paths: PathsFile,
    /// How it is run.
    #[serde(default)]
    pub runtime: Option<RuntimeFile>,
}

/// What a toolpack was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Unique in the file.
    pub id: String,
    /// har, otel, openapi, browser, webmcp, mcp-list, mcp-live or v1.
    pub kind: String,
    /// Base name of a file, host of a URL, name of a server.
    pub name: String,
    /// Whether absence there means absence.
    #[serde(default)]
    pub complete: bool,
}

/// Where the files of a toolpack are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathsFile {
    /// tools.json.
    pub tools: String,
    /// toolsets.yaml.
    pub toolsets: String,
    /// policy.yaml.
    pub policy: String,
    /// baseline.json.
    pub baseline: String,
    /// contracts.yaml.
    #[serde(default)]
    pub contracts: Option<String>,
    /// Evidence summary.
    #[serde(default)]
    pub evidence: Option<String>,
    /// The lockfile.
    pub lockfile: String,
}

/// The name of the file that makes a folder a toolpack.
pub const HEADER: &str = "toolpack.yaml";

/// toolpack.yaml as read, of either generation.
#[derive(Debug, Clone)]
pub struct Header {
    /// Which generation it follows.
    pub generation: Generation,
    /// The id that approvals name.
    pub toolpack_id: String,
    /// Its name (v1: the origin's name, else the id).
    pub name: String,
    /// Hosts that its tools may reach.
    pub allowed_hosts: Vec<String>,
    /// The four artifacts.
    pub tools: String,
    /// toolsets.yaml.
    pub toolsets: String,
    /// policy.yaml.
    pub policy: String,
    /// baseline.json.
    pub baseline: String,
    /// Where the lockfile is, best first (v1: the approved one, then the pending one).
    pub lockfiles: Vec<String>,
    /// Every other file that the header names, with the pointer that names it.
    pub named: Vec<(String, String)>,
    /// Whether something is launched: a container.
    pub launches: bool,
    /// The file as read.
    pub raw: Node,
}

impl Header {
    /// Reads a toolpack.yaml.
    ///
    /// # Errors
    /// A fault with line and pointer for a wrong type, an unknown member (v2, unless it begins with `x-`), an
    /// empty id, or a path that could leave the folder (`pack.path-escape`, [`FaultKind::Place`]).
    pub fn read(file: &str, raw: Node) -> Result<Header, Fault> {
        let generation = generation(file, &raw, Missing::IsAnError)?;
        if generation == Generation::V2 {
            decode::<HeaderFile>(file, &without_extensions(&raw))?;
        }
        let at = At::new(file, "", &raw);
        let toolpack_id = at.text_of("toolpack_id")?.to_owned();
        if toolpack_id.is_empty()
            || toolpack_id.len() > 128
            || !toolpack_id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        {
            return Err(at.fault_at("toolpack_id", "toolpack_id is 1 to 128 of A-Z a-z 0-9 . _ -"));
        }
        let name = match generation {
            Generation::V2 => at.text_of("name")?.to_owned(),
            Generation::V1 => {
                raw.at("/origin/name").and_then(Node::as_text).unwrap_or(&toolpack_id).to_owned()
            }
        };
        let allowed_hosts = at.texts_of("allowed_hosts")?;
        let nothing = Node::null();
        let paths = At::new(file, "/paths", raw.get("paths").unwrap_or(&nothing));
        paths.map()?;
        let (tools, toolsets) = (paths.text_of("tools")?.to_owned(), paths.text_of("toolsets")?.to_owned());
        let (policy, baseline) = (paths.text_of("policy")?.to_owned(), paths.text_of("baseline")?.to_owned());
        let lockfiles = match generation {
            Generation::V2 => vec![paths.text_of("lockfile")?.to_owned()],
            Generation::V1 => {
                let nothing = Node::map::<String>([]);
                let map = At::new(
                    file,
                    "/paths/lockfiles",
                    raw.at("/paths/lockfiles").filter(|n| !n.is_null()).unwrap_or(&nothing),
                );
                map.map()?;
                ["approved", "pending"]
                    .iter()
                    .filter_map(|key| map.opt_text(key).transpose())
                    .map(|r| r.map(str::to_owned))
                    .collect::<Result<_, _>>()?
            }
        };
        let container = raw.at("/runtime/container").filter(|n| !n.is_null());
        let mut header = Header {
            generation,
            toolpack_id,
            name,
            allowed_hosts,
            tools,
            toolsets,
            policy,
            baseline,
            lockfiles,
            named: Vec::new(),
            launches: container.is_some()
                || raw.at("/runtime/mode").and_then(Node::as_text) == Some("container"),
            raw,
        };
        header.named = header.named_files();
        header.check_paths(file)?;
        Ok(header)
    }

    /// The contracts file, if it names one. `contract_yaml` of generation 1 is a description of the API, and none.
    pub fn contracts(&self) -> Option<&str> {
        self.raw.at("/paths/contracts").and_then(Node::as_text)
    }

    /// Every file that the header names beside the artifacts and the lockfile, sorted and unique.
    fn named_files(&self) -> Vec<(String, String)> {
        let own = [&self.tools, &self.toolsets, &self.policy, &self.baseline];
        let mut named = BTreeMap::new();
        for (key, node) in self.raw.get("paths").map(Node::members).unwrap_or_default() {
            let names_digest = key.ends_with("_sha256");
            if let (Some(path), false) = (
                node.as_text(),
                matches!(key.as_str(), "tools" | "toolsets" | "policy" | "baseline" | "lockfile"),
            ) && (!names_digest || path.len() != 64)
            {
                named.entry(path.to_owned()).or_insert(format!("/paths/{}", pointer_step(key)));
            }
        }
        if let Some(container) = self.raw.at("/runtime/container").filter(|n| n.is_map()) {
            for (key, default) in FILES {
                let path = match container.get(key) {
                    // Version 1 has no other way to say nothing.
                    Some(said) if said.is_null() && self.generation == Generation::V2 => continue,
                    said => said.and_then(Node::as_text).unwrap_or(default),
                };
                named.entry(path.to_owned()).or_insert(format!("/runtime/container/{key}"));
            }
        }
        named.into_iter().filter(|(path, _)| !own.contains(&path)).collect()
    }

    /// The path of the file that an image is built by, if the header names one.
    pub fn build_file(&self) -> Option<&str> {
        let named = self.named.iter().find(|(_, pointer)| pointer == BUILD_FILE);
        named.map(|(path, _)| path.as_str())
    }

    fn check_paths(&self, file: &str) -> Result<(), Fault> {
        let own = [
            (&self.tools, "tools"),
            (&self.toolsets, "toolsets"),
            (&self.policy, "policy"),
            (&self.baseline, "baseline"),
        ];
        let own = own.into_iter().map(|(path, key)| (path, format!("/paths/{key}")));
        let named = self.named.iter().map(|(path, pointer)| (path, pointer.clone()));
        let lock = self.lockfiles.iter().map(|path| (path, "/paths".to_owned()));
        for (path, pointer) in own.chain(named).chain(lock) {
            if !is_plain_path(path) {
                let line = self.raw.at(&pointer).map_or(0, |n| n.line);
                return Err(Fault::new(
                    file,
                    FaultKind::Place,
                    format!("path {path:?} can leave the toolpack's folder"),
                )
                .line(line)
                .pointer(pointer)
                .hint("paths are segments of A-Z a-z 0-9 . _ - below toolpack.yaml, with / between them"));
            }
        }
        Ok(())
    }
}

/// A copy without the members that begin with `x-`, at any depth: they are kept and digested, and known to
/// nobody.
pub fn without_extensions(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(members) => Value::Map(
            members
                .iter()
                .filter(|(k, _)| !k.starts_with("x-"))
                .map(|(k, v)| (k.clone(), without_extensions(v)))
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(without_extensions).collect()),
        other => other.clone(),
    };
    Node { value, line: node.line }
}

/// Where a header names the file that an image is built by.
const BUILD_FILE: &str = "/runtime/container/dockerfile";

/// A toolpack in memory.
#[derive(Debug, Clone)]
pub struct Toolpack {
    /// Its folder, repository-relative, `/`-separated; empty at the root.
    pub dir: String,
    /// toolpack.yaml.
    pub header: Header,
    /// tools.json.
    pub manifest: Manifest,
    /// toolsets.yaml.
    pub toolsets: Toolsets,
    /// policy.yaml.
    pub policy: Policy,
    /// baseline.json.
    pub baseline: Baseline,
    /// SHA-256 (hex) of each other file that the header names; `None` where it does not exist.
    pub files: BTreeMap<String, Option<String>>,
    /// The text of that file among them which an image is built by, if there is one.
    pub build_file: Option<BuildFile>,
}

/// A file that an image is built by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFile {
    /// Its path, as the header names it.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl Toolpack {
    /// Puts a toolpack together and fills in what MCP tools take from the locked server entry.
    ///
    /// # Errors
    /// If a toolset names an action that the manifest lacks.
    pub fn assemble(
        dir: &str,
        header: Header,
        mut manifest: Manifest,
        toolsets: Toolsets,
        policy: Policy,
        baseline: Baseline,
        files: BTreeMap<String, Option<String>>,
    ) -> Result<Toolpack, Fault> {
        for tool in &mut manifest.tools {
            if tool.kind != super::risk::ToolKind::Http
                && let Some(raw) = baseline.operation(&tool.identity).and_then(|entry| entry.get("raw"))
            {
                tool.description =
                    raw.get("description").and_then(Node::as_text).unwrap_or_default().to_owned();
                tool.title = raw.get("title").and_then(Node::as_text).map(str::to_owned);
            }
        }
        let dir = dir.to_owned();
        let pack = Toolpack { dir, header, manifest, toolsets, policy, baseline, files, build_file: None };
        pack.check_members()?;
        Ok(pack)
    }

    fn check_members(&self) -> Result<(), Fault> {
        let names: std::collections::HashSet<&str> =
            self.manifest.tools.iter().map(|t| t.name.as_str()).collect();
        for (set, toolset) in &self.toolsets.toolsets {
            for (i, action) in toolset.actions.iter().enumerate() {
                if !names.contains(action.as_str()) {
                    let pointer = format!("/toolsets/{}/actions/{i}", pointer_step(set));
                    let line = self.toolsets.raw.at(&pointer).map_or(0, |n| n.line);
                    return Err(Fault::new(
                        &self.path(&self.header.toolsets),
                        FaultKind::Content,
                        format!("toolset {set:?} names {action:?}, which is no action of tools.json"),
                    )
                    .line(line)
                    .pointer(pointer)
                    .hint("take the name out of the set, or put the tool back"));
                }
            }
        }
        Ok(())
    }

    /// The repository-relative path of one of its files.
    pub fn path(&self, file: &str) -> String {
        join(&self.dir, file)
    }

    /// tools.json, repository-relative.
    pub fn tools_path(&self) -> String {
        self.path(&self.header.tools)
    }

    /// The toolsets that a tool is in, sorted.
    pub fn toolsets_of(&self, tool: &Tool) -> Vec<String> {
        self.toolsets.of(&tool.name).map(str::to_owned).collect()
    }
}

/// A path below a folder; the folder may be the root (empty).
pub fn join(dir: &str, file: &str) -> String {
    if dir.is_empty() { file.to_owned() } else { format!("{dir}/{file}") }
}

/// Whether a path in an artifact is one that every machine reads alike: `/`-separated segments of
/// `[A-Za-z0-9._-]`, no `..`, no `.`, no empty segment, no final dot.
pub fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|segment| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && !segment.ends_with('.')
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    #[test]
    fn lockfiles_of_another_kind_than_a_map_are_refused_with_their_place() {
        let header = |lockfiles: &str| {
            let text = format!(
                "schema_version: '1.0'\ntoolpack_id: tp_a\nallowed_hosts: [a.test]\npaths:\n  tools: a\n  toolsets: b\n  policy: c\n  baseline: d\n  lockfiles: {lockfiles}\n"
            );
            Header::read(HEADER, bytes::yaml(HEADER, text.as_bytes(), 1 << 20).unwrap())
        };
        assert_eq!(header("{approved: lock.yaml}").unwrap().lockfiles, ["lock.yaml"]);
        assert!(header("null").unwrap().lockfiles.is_empty());
        for other in ["lock.yaml", "[lock.yaml]"] {
            let fault = header(other).unwrap_err();
            assert_eq!((fault.line, fault.pointer.as_str()), (9, "/paths/lockfiles"), "{other}");
        }
    }
}
