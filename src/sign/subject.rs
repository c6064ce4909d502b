//! What is signed: one digest for each tool, and one for everything else of a toolpack.
//!
//! Every byte that changes what an agent can do, what is executed or what is judged lies in exactly one
//! subject. A new file or member is inside until the exclusions here say otherwise.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::defs::DefDigests;
use crate::canon::node::pointer_step;
use crate::canon::view::View;
use crate::canon::{Fault, Node, Value, digest};
use crate::model::baseline::Baseline;
pub use crate::model::lockfile::SURFACE;
use crate::model::risk::RiskTier;
use crate::model::schema_version::Generation;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Members that say when and from what a file was made; never what it does.
const ORIGIN: [&str; 4] = ["created_at", "generated_at", "capture_id", "artifact_id"];
/// Hints rendered when served, only where both ends exist in approved tools.
const HINTS: [&str; 1] = ["depends_on"];
/// What was seen in traffic.
const OBSERVED: [&str; 1] = ["observed"];

/// The digests of a toolpack's subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// `sha256:…` of each tool by its lockfile key.
    pub tools: BTreeMap<String, String>,
    /// `sha256:…` of the surface.
    pub surface: String,
    /// What references in the baseline bind.
    pub defs: DefDigests,
}

/// Computes the digests of every subject of a toolpack.
///
/// # Errors
/// A reference in the baseline that does not resolve.
pub fn digests(pack: &Toolpack) -> Result<Digests, Fault> {
    use rayon::prelude::*;
    let defs = resolved(pack)?;
    let trees = Trees::with(pack, &defs);
    let tool = |tool: &Tool| (tool.id.clone(), digest::of_view(&trees.tool(tool)));
    let (tools, surface) = rayon::join(
        || pack.manifest.tools.par_iter().map(tool).collect::<Vec<(String, String)>>(),
        || digest::of(&trees.surface()),
    );
    Ok(Digests { tools: tools.into_iter().collect(), surface, defs })
}

/// What the references of a toolpack's baseline bind; version 1 has none.
fn resolved(pack: &Toolpack) -> Result<DefDigests, Fault> {
    match pack.baseline.generation {
        Generation::V2 => DefDigests::of(&pack.path(&pack.header.baseline), &pack.baseline.raw),
        Generation::V1 => Ok(DefDigests::default()),
    }
}

/// What the digests of a toolpack are over, for those who say what differs between two of them.
pub struct Trees<'a> {
    pack: &'a Toolpack,
    defs: Cow<'a, DefDigests>,
}

impl<'a> Trees<'a> {
    /// Of a toolpack.
    ///
    /// # Errors
    /// A reference in the baseline that does not resolve.
    pub fn of(pack: &'a Toolpack) -> Result<Trees<'a>, Fault> {
        Ok(Trees { pack, defs: Cow::Owned(resolved(pack)?) })
    }

    /// Of a toolpack whose references were resolved already.
    pub fn with(pack: &'a Toolpack, defs: &'a DefDigests) -> Trees<'a> {
        Trees { pack, defs: Cow::Borrowed(defs) }
    }

    /// `action`, `operation` and, in generation 2, the `place` of the operation.
    pub fn tool<'t>(&'t self, tool: &'t Tool) -> View<'t> {
        tool_tree(tool, &self.pack.baseline, &self.defs)
    }

    /// `baseline`, `files`, `guarded`, `manifest`, `policy`, `server`, `toolpack` and `toolsets`.
    pub fn surface(&self) -> Node {
        surface(self.pack, &self.defs)
    }
}

fn tool_tree<'t>(tool: &'t Tool, baseline: &'t Baseline, defs: &DefDigests) -> View<'t> {
    let operation = match baseline.operation(&tool.identity) {
        None => View::made(Node::null()),
        Some(entry) if defs.is_empty() => View::without(entry, &OBSERVED),
        Some(entry) => View::made(defs.bind(&entry.without(&OBSERVED))),
    };
    let mut said = vec![("action", View::without(&tool.raw, &HINTS)), ("operation", operation)];
    // Generation 2 says host, path and method of an operation in its key alone, which is no part of the entry.
    if baseline.generation == Generation::V2 {
        let place = baseline.entry(&tool.identity).map(|entry| entry.pointer.as_str());
        said.push(("place", View::made(place.map_or_else(Node::null, Node::text))));
    }
    View::map(said)
}

fn surface(pack: &Toolpack, defs: &DefDigests) -> Node {
    let mut guarded: Vec<&str> = pack
        .manifest
        .tools
        .iter()
        .filter(|tool| tool.tier >= RiskTier::High)
        .map(|tool| tool.id.as_str())
        .collect();
    guarded.sort_unstable();
    let files = pack
        .files
        .iter()
        .map(|(path, hash)| (path.clone(), hash.as_ref().map_or_else(Node::null, Node::text)));
    let used: HashSet<&str> = pack
        .manifest
        .tools
        .iter()
        .filter_map(|tool| pack.baseline.entry(&tool.identity))
        .map(|e| e.pointer.as_str())
        .collect();
    Node::map([
        ("baseline", baseline_rest(&pack.baseline, &used, defs)),
        ("files", Node::map(files)),
        ("guarded", Node::texts(guarded)),
        ("manifest", pack.manifest.rest.without(&ORIGIN)),
        ("policy", pack.policy.raw.clone()),
        ("server", server(&pack.baseline, &used, defs)),
        ("toolpack", pack.header.raw.without(&ORIGIN)),
        ("toolsets", toolsets_rest(&pack.toolsets.raw)),
    ])
}

/// toolsets.yaml without who is in a set: membership is signed with each tool.
fn toolsets_rest(raw: &Node) -> Node {
    let mut rest = raw.without(&ORIGIN);
    if let Some(sets) = raw.get("toolsets") {
        rest.set(
            "toolsets",
            Node::map(sets.members().iter().map(|(name, set)| (name.clone(), set.without(&["actions"])))),
        );
    }
    rest
}

/// Members of baseline.json that are signed elsewhere or nowhere.
const NOT_SURFACE: [&str; 3] = ["mcp", "summary", "$defs"];

/// The baseline without the entries of tools, the server, what was observed and dates. Definitions count
/// where they are referenced; one that nothing references counts here, so that none is unsigned.
fn baseline_rest(baseline: &Baseline, used: &HashSet<&str>, defs: &DefDigests) -> Node {
    let kept = baseline.raw.members().iter().filter(|(key, _)| {
        let key = key.as_str();
        !NOT_SURFACE.contains(&key) && !ORIGIN.contains(&key)
    });
    let mut rest = Node::map(kept.map(|(key, member)| {
        let pruned = prune(member, &format!("/{}", pointer_step(key)), 1, used);
        (key.clone(), defs.bind(&pruned))
    }));
    if let Some(all) = baseline.raw.get("$defs") {
        let mut reached: HashSet<&str> = HashSet::new();
        let outside = baseline.raw.members().iter().filter(|(key, _)| key != "$defs" && key != "summary");
        let mut queue: Vec<&str> = outside.flat_map(|(_, member)| defs.used_by(member)).collect();
        while let Some(name) = queue.pop() {
            if reached.insert(name)
                && let Some(body) = all.get(name)
            {
                queue.extend(defs.used_by(body));
            }
        }
        let loose = all.members().iter().filter(|(name, _)| !reached.contains(name.as_str())).cloned();
        rest.set("$defs", Node::map(loose));
    }
    rest
}

/// The MCP servers without the entries of tools, or null.
fn server(baseline: &Baseline, used: &HashSet<&str>, defs: &DefDigests) -> Node {
    match baseline.raw.get("mcp") {
        None => Node::null(),
        Some(mcp) => defs.bind(&prune(mcp, "/mcp", 1, used)),
    }
}

/// A copy without the nodes at the given pointers, and without what was observed on an entry. Entries stand
/// at most four steps deep; below that all is kept.
fn prune(node: &Node, pointer: &str, depth: usize, used: &HashSet<&str>) -> Node {
    if depth >= 4 {
        return node.clone();
    }
    let below = |step: &str, member: &Node| -> Option<Node> {
        let at = format!("{pointer}/{step}");
        (!used.contains(at.as_str())).then(|| prune(member, &at, depth + 1, used))
    };
    // The entries of /operations and /endpoints are the maps one step below.
    let is_entry = depth == 2 && (pointer.starts_with("/operations/") || pointer.starts_with("/endpoints/"));
    let value = match &node.value {
        Value::Map(members) => Value::Map(
            members
                .iter()
                .filter(|(key, _)| !(is_entry && OBSERVED.contains(&key.as_str())))
                .filter_map(|(key, member)| Some((key.clone(), below(&pointer_step(key), member)?)))
                .collect(),
        ),
        Value::List(items) => Value::List(
            items.iter().enumerate().filter_map(|(i, item)| below(&i.to_string(), item)).collect(),
        ),
        other => other.clone(),
    };
    Node { value, line: node.line }
}
