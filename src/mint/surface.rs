//! Baselines of several sources and of the toolpack that there was in, one out: everything that is known of what
//! tools stand on, each with the id that it has for good.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::ids::{self, Assigned, Id, Known};
use super::input::{LeftOut, Options, Source};
use super::merge::{self, Basis, Differences};
use super::operation::{Operation, operations};
use super::{schemas, union};
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::compare::tier;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::Toolpack;

/// Most differences between a description and what was seen that are told.
const SHOWN: usize = 10;

/// The surface of all sources.
pub(super) struct Surface {
    /// baseline.json, without `summary`.
    pub(super) node: Node,
    pub(super) described: usize,
    pub(super) left_out: LeftOut,
    pub(super) kept: usize,
    pub(super) notes: Vec<Phrase>,
}

/// Parts under construction.
#[derive(Default)]
struct Parts {
    operations: BTreeMap<String, Node>,
    defs: BTreeMap<String, Node>,
    schemes: BTreeMap<String, Node>,
    mcp: BTreeMap<String, Node>,
    webmcp: BTreeMap<String, Node>,
}

/// Puts the surfaces together. `sources` come in the order of their ids.
///
/// # Errors
/// A `--same` that names nothing, or two listings of one server.
pub(super) fn combine(
    sources: &[(String, Source)],
    previous: Option<&Toolpack>,
    options: &Options,
) -> Result<Surface, Fault> {
    let mut parts = Parts::default();
    let (mut left_out, mut described) = (LeftOut::default(), 0);
    let mut differences: BTreeMap<String, Differences> = BTreeMap::new();
    for (_, source) in sources {
        described += add(&mut parts, source, &options.hosts, &mut left_out, &mut differences)?;
    }
    let mut notes = told(differences);
    let same = ids::pairs(
        &options.same,
        previous,
        parts.operations.iter().filter_map(|(k, n)| Operation::of(k, n)),
    )?;
    let known = Known::of(previous.map(|pack| &pack.baseline));
    let assigned =
        ids::assign(parts.operations.iter().filter_map(|(k, n)| Operation::of(k, n)), &known, &same);
    let kept = match previous {
        Some(pack) => keep(&mut parts, pack, sources, &assigned, &mut notes)?,
        None => 0,
    };
    identify(&mut parts, &assigned, previous);
    Ok(Surface { node: made(parts), described, left_out, kept, notes })
}

/// Adds what a source describes on the hosts that were asked for; gives how much it describes.
///
/// # Errors
/// A listing of a server or a page that another source listed otherwise: which of them holds nobody can tell.
fn add(
    parts: &mut Parts,
    source: &Source,
    hosts: &[String],
    left_out: &mut LeftOut,
    differences: &mut BTreeMap<String, Differences>,
) -> Result<usize, Fault> {
    let raw = &source.baseline.raw;
    let definitions = union::definitions(&source.name, &mut parts.defs, raw.get("$defs"))?;
    let security = union::security(&mut parts.schemes, raw.get("security_schemes"));
    let mut described = 0;
    for operation in operations(raw) {
        described += 1;
        if !hosts.is_empty() && !tier::allows(hosts, operation.host) {
            *left_out.hosts.entry(operation.host.to_owned()).or_default() += 1;
            continue;
        }
        let mut node = operation.node.without(&["stable_id"]);
        union::rename(&mut node, &definitions, &security);
        let node = match parts.operations.get(operation.key) {
            Some(before) => {
                let mut told = Vec::new();
                let merged = merge::over(before, &node, &mut told);
                if merge::both_describe(before, &node) {
                    told.push(format!("described in two ways; that of {} counts", source.name));
                }
                differences.entry(operation.key.to_owned()).or_default().extend(told);
                merged
            }
            None => merge::ordered(node),
        };
        parts.operations.insert(operation.key.to_owned(), node);
    }
    for (server, entry) in raw.get("mcp").map(Node::members).unwrap_or_default() {
        described += entry.get("tools").map_or(0, |tools| tools.members().len());
        alone(&mut parts.mcp, server, entry, source)?;
    }
    for (origin, tools) in raw.get("webmcp").map(Node::members).unwrap_or_default() {
        described += tools.members().len();
        alone(&mut parts.webmcp, origin, tools, source)?;
    }
    Ok(described)
}

/// Puts in what is listed under a name, unless something else is.
fn alone(all: &mut BTreeMap<String, Node>, name: &str, listed: &Node, source: &Source) -> Result<(), Fault> {
    match all.get(name).filter(|there| *there != listed) {
        None => {
            all.insert(name.to_owned(), listed.clone());
            Ok(())
        }
        Some(_) => {
            let message = format!("another source lists {name:?} otherwise, and only one of them can hold");
            Err(Fault::new(&source.name, FaultKind::Content, message).hint(
                "say in each listing which server answered: \"server\": NAME; or mint the newer one alone",
            ))
        }
    }
}

fn told(differences: BTreeMap<String, Differences>) -> Vec<Phrase> {
    let all: usize = differences.values().map(Vec::len).sum();
    let each =
        differences.into_iter().flat_map(|(key, list)| list.into_iter().map(move |d| (key.clone(), d)));
    let mut notes: Vec<Phrase> = each
        .take(SHOWN)
        .map(|(key, difference)| Phrase::quote(key).and_say(": ").and_quote(difference))
        .collect();
    if all > SHOWN {
        notes.push(Phrase::say(format!("and {} more differences between sources", all - SHOWN)));
    }
    notes
}

/// Takes over what the toolpack had and no source shows now, unless a complete source shows that it is gone; and
/// puts what is there now over what was. Gives how many operations stayed.
fn keep(
    parts: &mut Parts,
    pack: &Toolpack,
    sources: &[(String, Source)],
    assigned: &Assigned,
    notes: &mut Vec<Phrase>,
) -> Result<usize, Fault> {
    let raw = &pack.baseline.raw;
    let mut defs: BTreeMap<String, Node> = std::mem::take(&mut parts.defs);
    let moved: BTreeMap<&str, &str> =
        assigned.moved.iter().map(|(now, was)| (was.as_str(), now.as_str())).collect();
    let complete: Vec<&Source> = sources.iter().map(|(_, s)| s).filter(|s| s.complete).collect();
    let spoken: HashSet<&str> =
        complete.iter().flat_map(|s| operations(&s.baseline.raw)).map(|o| o.host).collect();
    let unread = unread(pack, sources);
    // What stays keeps its definitions under the names that they have now.
    let mut stay: Vec<(String, Node)> = Vec::new();
    let mut over: Vec<(String, Node)> = Vec::new();
    for operation in operations(raw) {
        let key = moved.get(operation.key).copied().unwrap_or(operation.key);
        let node = operation.node.without(&["stable_id", "aliases"]);
        if parts.operations.contains_key(key) {
            over.push((key.to_owned(), node));
        } else if unread || Basis::of(operation.node) == Basis::Observed || !spoken.contains(operation.host) {
            stay.push((operation.key.to_owned(), operation.node.clone()));
        }
    }
    let used_before =
        !stay.is_empty() || over.iter().any(|(key, _)| Basis::of(&parts.operations[key]) == Basis::Observed);
    let (definitions, security) = match used_before {
        true => (
            union::definitions(&pack.path(&pack.header.baseline), &mut defs, raw.get("$defs"))?,
            union::security(&mut parts.schemes, raw.get("security_schemes")),
        ),
        false => Default::default(),
    };
    let kept = stay.len();
    for (key, mut node) in over {
        union::rename(&mut node, &definitions, &security);
        if let Some(now) = parts.operations.get_mut(&key) {
            *now = merge::over(&node, now, &mut Differences::new());
            keep_graphql_ids(&node, now);
        }
    }
    for (key, mut node) in stay {
        union::rename(&mut node, &definitions, &security);
        parts.operations.insert(key, node);
    }
    parts.defs = defs;
    for (server, entry) in raw.get("mcp").map(Node::members).unwrap_or_default() {
        let now = parts.mcp.entry(server.clone()).or_insert_with(|| entry.clone());
        // What this listing says nothing of: how it is launched, what else it offers.
        for (key, member) in
            entry.members().iter().filter(|(key, _)| now.get(key).is_none()).collect::<Vec<_>>()
        {
            now.set(key, member.clone());
        }
    }
    for (origin, tools) in raw.get("webmcp").map(Node::members).unwrap_or_default() {
        parts.webmcp.entry(origin.clone()).or_insert_with(|| tools.clone());
    }
    if unread && kept > 0 {
        notes.push(Phrase::say(format!(
            "{kept} operations stay that no source of this run describes: another description was not read this time"
        )));
    }
    Ok(kept)
}

/// The operations of a GraphQL endpoint keep the ids that they had under their names.
fn keep_graphql_ids(before: &Node, now: &mut Node) {
    let Some(Node { value: Value::Map(entries), .. }) = schemas::member(now, "graphql") else { return };
    for (name, entry) in entries {
        let was = before.get("graphql").and_then(|all| all.get(name));
        let Some(id) = was.and_then(|was| was.get("stable_id")) else { continue };
        let own = entry.get("stable_id").filter(|own| *own != id).cloned();
        let aliases = was.and_then(|was| was.get("aliases")).map(Node::items).unwrap_or_default();
        let aliases: BTreeSet<String> =
            aliases.iter().chain(&own).filter_map(Node::as_text).map(str::to_owned).collect();
        entry.set("stable_id", id.clone());
        if !aliases.is_empty() {
            entry.set("aliases", Node::texts(aliases));
        }
    }
}

/// Whether the toolpack was made from a complete source that is not read now: then what is not described may
/// stand in that one.
fn unread(pack: &Toolpack, sources: &[(String, Source)]) -> bool {
    let before = pack.header.raw.get("sources").map(Node::items).unwrap_or_default();
    before.iter().any(|source| {
        let id = source.get("id").and_then(Node::as_text);
        source.get("complete").and_then(Node::as_bool) == Some(true)
            && !sources.iter().any(|(given, _)| Some(given.as_str()) == id)
    })
}

/// Writes the ids into the operations; those that stayed have theirs.
fn identify(parts: &mut Parts, assigned: &Assigned, previous: Option<&Toolpack>) {
    let mut taken: HashSet<String> = assigned.ids.values().map(|id| id.id.clone()).collect();
    taken.extend(previous.into_iter().flat_map(|pack| &pack.baseline.entries).map(|entry| entry.id.clone()));
    for (key, node) in &mut parts.operations {
        if let Some(Id { id, aliases }) = assigned.ids.get(key) {
            node.set("stable_id", Node::text(id));
            let mut aliases = aliases.clone();
            let own = node.get("aliases").map(Node::items).unwrap_or_default();
            aliases.extend(own.iter().filter_map(Node::as_text).map(str::to_owned));
            *node = match aliases.is_empty() {
                true => node.without(&["aliases"]),
                false => {
                    node.set("aliases", Node::texts(aliases));
                    node.clone()
                }
            };
        }
        let taken_over = std::mem::replace(node, Node::null());
        *node = merge::ordered(taken_over);
    }
}

/// baseline.json in the order of its members.
fn made(parts: Parts) -> Node {
    let mut operations: Vec<(String, Node)> = parts.operations.into_iter().collect();
    let defs = union::used(parts.defs, &mut operations);
    let mut members = vec![("schema_version".to_owned(), Node::text(CURRENT))];
    let mut put = |key: &str, map: BTreeMap<String, Node>| {
        if !map.is_empty() {
            members.push((key.to_owned(), Node::map(map)));
        }
    };
    put("security_schemes", named(parts.schemes, &operations));
    members.push(("operations".to_owned(), Node::map(operations)));
    let mut put = |key: &str, map: BTreeMap<String, Node>| {
        if !map.is_empty() {
            members.push((key.to_owned(), Node::map(map)));
        }
    };
    put("mcp", parts.mcp);
    put("webmcp", parts.webmcp);
    put("$defs", defs);
    Node::map(members)
}

/// The ways to sign in that an operation asks for.
fn named(schemes: BTreeMap<String, Node>, operations: &[(String, Node)]) -> BTreeMap<String, Node> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    for (_, operation) in operations {
        let alternatives = operation.get("security").map(Node::items).unwrap_or_default();
        asked.extend(alternatives.iter().flat_map(|a| a.members()).map(|(name, _)| name.as_str()));
    }
    schemes.into_iter().filter(|(name, _)| asked.contains(name.as_str())).collect()
}

/// A surface without the operations and entries that a scope leaves out, and what only they used.
pub(super) fn without(node: Node, out: &HashSet<String>) -> Node {
    if out.is_empty() {
        return node;
    }
    let map = |key: &str| -> BTreeMap<String, Node> {
        node.get(key).map(Node::members).unwrap_or_default().iter().cloned().collect()
    };
    let left =
        |entry: &Node| entry.get("stable_id").and_then(Node::as_text).is_some_and(|id| out.contains(id));
    let mut parts = Parts {
        operations: map("operations"),
        defs: map("$defs"),
        schemes: map("security_schemes"),
        mcp: map("mcp"),
        webmcp: map("webmcp"),
    };
    parts.operations.retain(|_, operation| {
        let Some(graphql) = operation.get("graphql").filter(|graphql| !graphql.members().is_empty()) else {
            return !left(operation);
        };
        let stay = graphql.members().iter().filter(|(_, entry)| !left(entry)).cloned().collect::<Vec<_>>();
        let stays = !stay.is_empty();
        operation.set("graphql", Node::map(stay));
        stays
    });
    for entry in parts.mcp.values_mut() {
        if let Some(tools) = entry.get("tools") {
            let stay: Vec<(String, Node)> =
                tools.members().iter().filter(|(_, t)| !left(t)).cloned().collect();
            entry.set("tools", Node::map(stay));
        }
    }
    for tools in parts.webmcp.values_mut() {
        let stay: Vec<(String, Node)> = tools.members().iter().filter(|(_, t)| !left(t)).cloned().collect();
        *tools = Node::map(stay);
    }
    made(parts)
}

/// Hosts that are reached without encryption: those of operations that say so.
pub(super) fn plain_hosts(surface: &Node) -> BTreeSet<String> {
    operations(surface).filter(|o| o.text("scheme") == Some("http")).map(|o| o.host.to_owned()).collect()
}
