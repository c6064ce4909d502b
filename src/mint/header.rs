//! What a toolpack is called, made from and may reach in, toolpack.yaml out (formats-v2 §3).

use std::collections::{BTreeMap, BTreeSet};

use super::actions::Action;
use super::container;
use super::input::Source;
use crate::canon::digest::sha256_hex;
use crate::canon::time::Timestamp;
use crate::canon::{Node, Value};
use crate::model::lockfile;
use crate::model::risk::ToolKind;
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::Header;

/// Where the artifacts of a new toolpack lie: tools, toolsets, policy, baseline.
pub(super) const PATHS: [&str; 4] =
    ["artifact/tools.json", "artifact/toolsets.yaml", "artifact/policy.yaml", "artifact/baseline.json"];

/// What toolpack.yaml says.
#[derive(Debug, Clone)]
pub(super) struct Said<'a> {
    pub(super) toolpack_id: &'a str,
    pub(super) name: &'a str,
    pub(super) created_at: Option<Timestamp>,
    pub(super) scope: &'a str,
    pub(super) hosts: &'a BTreeSet<String>,
    pub(super) sources: &'a [(String, Source)],
    /// How it is run; as before, else on the machine itself, where nothing is asked for.
    pub(super) runtime: Option<Node>,
}

/// The id of a new toolpack: of its name and its hosts.
pub(super) fn toolpack_id(name: &str, hosts: &BTreeSet<String>) -> String {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let mut hex = sha256_hex(format!("cask.toolpack/2\0{name}\0{}", hosts.join(",")).as_bytes());
    hex.truncate(12);
    format!("tp_{hex}")
}

/// Hosts that the tools reach, as an allow list has them.
pub(super) fn hosts<'a>(
    actions: impl Iterator<Item = &'a Action>,
    plain: &BTreeSet<String>,
) -> BTreeSet<String> {
    let hosts = actions.filter(|action| action.tool.kind == ToolKind::Http).map(|action| &action.tool.host);
    hosts.map(|host| if plain.contains(host) { format!("http://{host}") } else { host.clone() }).collect()
}

/// Each source with the id that toolpack.yaml has for it: the one that it had, else its kind, numbered where
/// several are of one kind. In the order of their ids.
pub(super) fn with_ids(mut sources: Vec<Source>, before: Option<&Header>) -> Vec<(String, Source)> {
    sources.sort_by(|a, b| (&a.kind, &a.name, &a.digest).cmp(&(&b.kind, &b.name, &b.digest)));
    let known: Vec<(String, String, String)> = before.map(listed).unwrap_or_default();
    let mut taken: BTreeSet<String> = known.iter().map(|(id, ..)| id.clone()).collect();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut with = Vec::with_capacity(sources.len());
    for source in sources {
        let same = known
            .iter()
            .find(|(id, kind, name)| *kind == source.kind && *name == source.name && !used.contains(id));
        let id = match same {
            Some((id, ..)) => id.clone(),
            None => {
                let numbered =
                    std::iter::once(source.kind.clone()).chain((2..).map(|n| format!("{}-{n}", source.kind)));
                numbered.into_iter().find(|id| !taken.contains(id)).unwrap_or_else(|| source.kind.clone())
            }
        };
        taken.insert(id.clone());
        used.insert(id.clone());
        with.push((id, source));
    }
    with.sort_by(|(a, _), (b, _)| a.cmp(b));
    with
}

/// Id, kind and name of the sources that a header lists.
fn listed(header: &Header) -> Vec<(String, String, String)> {
    let sources = header.raw.get("sources").map(Node::items).unwrap_or_default();
    let text = |source: &Node, key: &str| source.get(key).and_then(Node::as_text).map(str::to_owned);
    sources.iter().filter_map(|s| Some((text(s, "id")?, text(s, "kind")?, text(s, "name")?))).collect()
}

/// toolpack.yaml. What there was keeps its paths, its runtime and what a person added.
pub(super) fn make(said: &Said, before: Option<&Header>) -> Node {
    let mut sources: BTreeMap<String, Node> = BTreeMap::new();
    let earlier = before.and_then(|header| header.raw.get("sources")).map(Node::items).unwrap_or_default();
    for source in earlier {
        if let Some(id) = source.get("id").and_then(Node::as_text) {
            sources.insert(id.to_owned(), source.clone());
        }
    }
    for (id, source) in said.sources {
        let made = Node::map([
            ("id", Node::text(id)),
            ("kind", Node::text(&source.kind)),
            ("name", Node::text(&source.name)),
            ("complete", Node::bool(source.complete)),
        ]);
        sources.insert(id.clone(), made);
    }
    let created = said.created_at.map_or_else(Node::null, |at| Node::text(at.to_string()));
    let mut made = Node::map([
        ("schema_version", Node::text(CURRENT)),
        ("toolpack_id", Node::text(said.toolpack_id)),
        ("name", Node::text(said.name)),
        ("created_at", created),
        ("scope", Node::text(said.scope)),
        ("allowed_hosts", Node::texts(said.hosts.iter().cloned())),
        ("sources", Node::new(Value::List(sources.into_values().collect()))),
        ("paths", paths()),
        ("runtime", said.runtime.clone().unwrap_or_else(container::local)),
    ]);
    if let Some(header) = before {
        for (key, value) in header.raw.members() {
            let kept = key == "paths" || key.starts_with("x-");
            let told = match key.as_str() {
                "created_at" => said.created_at.is_none(),
                "runtime" => said.runtime.is_none(),
                _ => false,
            };
            if kept || told {
                made.set(key, value.clone());
            }
        }
    }
    made
}

fn paths() -> Node {
    let [tools, toolsets, policy, baseline] = PATHS;
    Node::map([
        ("tools", Node::text(tools)),
        ("toolsets", Node::text(toolsets)),
        ("policy", Node::text(policy)),
        ("baseline", Node::text(baseline)),
        ("contracts", Node::null()),
        ("evidence", Node::null()),
        ("lockfile", Node::text(lockfile::PATH)),
    ])
}
