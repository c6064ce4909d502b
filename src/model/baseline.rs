//! baseline.json: the surface that was locked, entry by entry.

use std::collections::HashMap;

use super::at::At;
use super::client::Launch;
use super::client::launch::kept;
use super::schema_version::{Generation, Missing, generation};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value};

/// The member of an operation that lists the addresses of its servers beside the first.
pub const OTHER_SERVERS: &str = "x-servers";
/// The member that stands where a description refers to something that is not there, with the reference.
pub const UNRESOLVED: &str = "x-unresolved";

/// Members of an operation to which version 2 gives a meaning, in the order of the format.
pub const OPERATION_MEMBERS: &[&str] = &[
    "stable_id",
    "aliases",
    "basis",
    "scheme",
    "base_path",
    "server_variables",
    "operation_id",
    "summary",
    "description",
    "tags",
    "deprecated",
    "sunset",
    "security",
    "parameters",
    "request",
    "responses",
    "graphql",
    "observed",
    "unknown",
];

/// One thing that a tool can stand on: an HTTP operation, a GraphQL operation of one, an entry of an MCP
/// server, a tool of a page.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The identity that tools name.
    pub id: String,
    /// Earlier identities.
    pub aliases: Vec<String>,
    /// Where it stands in baseline.json.
    pub pointer: String,
    /// The same as positions in maps and lists: a file of ten thousand operations is not searched by key for
    /// each of them.
    steps: Vec<usize>,
}

/// baseline.json as read.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Which generation it follows.
    pub generation: Generation,
    /// The whole file.
    pub raw: Node,
    /// Every entry, in file order.
    pub entries: Vec<Entry>,
    /// The MCP servers that it locks, by name.
    pub servers: Vec<(String, Launch)>,
    by_id: HashMap<String, usize>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// A fault with line and pointer for a wrong type or two entries with one id.
    pub fn read(file: &str, raw: Node) -> Result<Baseline, Fault> {
        let generation = generation(file, &raw, Missing::MeansV1)?;
        At::new(file, "", &raw).map()?;
        let entries = match generation {
            Generation::V1 => v1_entries(file, &raw)?,
            Generation::V2 => v2_entries(file, &raw)?,
        };
        let mut by_id = HashMap::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            if by_id.insert(entry.id.clone(), i).is_some() && generation == Generation::V2 {
                let node = raw.at(&entry.pointer).unwrap_or(&raw);
                return Err(At::new(file, &entry.pointer, node)
                    .fault(format!("a second entry with stable_id {:?}", entry.id)));
            }
        }
        let servers = match generation {
            Generation::V1 => Vec::new(),
            Generation::V2 => kept(file, &raw)?,
        };
        Ok(Baseline { generation, raw, entries, servers, by_id })
    }

    /// The entry of an identity. A v1 GraphQL identity falls back to the endpoint that carries it.
    pub fn entry(&self, identity: &str) -> Option<&Entry> {
        let direct = self.by_id.get(identity);
        let found = match self.generation {
            Generation::V2 => direct,
            Generation::V1 => {
                direct.or_else(|| self.by_id.get(identity.split('\0').next().unwrap_or_default()))
            }
        };
        found.map(|i| &self.entries[*i])
    }

    /// The node of an entry.
    pub fn node(&self, entry: &Entry) -> Option<&Node> {
        self.follow(&entry.steps)
    }

    /// The node of the endpoint that carries a GraphQL operation; that of any other operation itself.
    pub fn endpoint(&self, entry: &Entry) -> Option<&Node> {
        self.follow(entry.steps.get(..2)?)
    }

    fn follow(&self, steps: &[usize]) -> Option<&Node> {
        steps.iter().try_fold(&self.raw, |node, &step| match &node.value {
            Value::Map(members) => members.get(step).map(|(_, member)| member),
            Value::List(items) => items.get(step),
            _ => None,
        })
    }

    /// The node of an identity's entry.
    pub fn operation(&self, identity: &str) -> Option<&Node> {
        self.entry(identity).and_then(|entry| self.node(entry))
    }
}

fn position(node: &Node, key: &str) -> usize {
    node.members().iter().position(|(k, _)| k == key).unwrap_or(usize::MAX)
}

fn v1_entries(file: &str, raw: &Node) -> Result<Vec<Entry>, Fault> {
    let Some(endpoints) = At::root(file, raw).optional("endpoints") else { return Ok(Vec::new()) };
    let root = position(raw, "endpoints");
    let endpoints = endpoints.list()?;
    let mut entries = Vec::with_capacity(endpoints.len());
    for (i, endpoint) in endpoints.iter().enumerate() {
        let pointer = format!("/endpoints/{i}");
        let at = At::new(file, &pointer, endpoint);
        at.map()?;
        let Some(id) = at.opt_text("stable_id")?.or(at.opt_text("signature_id")?) else {
            return Err(at.fault("an endpoint has a stable_id or a signature_id"));
        };
        let aliases = at.opt_text("signature_id")?.map(str::to_owned).into_iter().collect();
        entries.push(Entry { id: id.to_owned(), aliases, steps: vec![root, i], pointer });
    }
    Ok(entries)
}

/// Where a map stands among its siblings, and its members.
type Placed<'a> = (usize, &'a [(String, Node)]);

fn v2_entries(file: &str, raw: &Node) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut take = |pointer: String, steps: Vec<usize>, node: &Node| -> Result<(), Fault> {
        let at = At::new(file, &pointer, node);
        at.map()?;
        let id = at.text_of("stable_id")?.to_owned();
        let aliases = at.texts_of("aliases")?;
        entries.push(Entry { id, aliases, steps, pointer });
        Ok(())
    };
    let (root, operations) = placed(file, "", raw, "operations")?;
    for (i, (key, operation)) in operations.iter().enumerate() {
        let pointer = format!("/operations/{}", pointer_step(key));
        let (at, members) = placed(file, &pointer, operation, "graphql")?;
        for (j, (name, member)) in members.iter().enumerate() {
            take(format!("{pointer}/graphql/{}", pointer_step(name)), vec![root, i, at, j], member)?;
        }
        take(pointer, vec![root, i], operation)?;
    }
    let (root, servers) = placed(file, "", raw, "mcp")?;
    for (i, (server, node)) in servers.iter().enumerate() {
        let pointer = format!("/mcp/{}", pointer_step(server));
        for kind in ["tools", "prompts", "resources", "resource_templates"] {
            let (at, members) = placed(file, &pointer, node, kind)?;
            for (j, (name, entry)) in members.iter().enumerate() {
                take(format!("{pointer}/{kind}/{}", pointer_step(name)), vec![root, i, at, j], entry)?;
            }
        }
    }
    let (root, origins) = placed(file, "", raw, "webmcp")?;
    for (i, (origin, node)) in origins.iter().enumerate() {
        let pointer = format!("/webmcp/{}", pointer_step(origin));
        for (j, (name, entry)) in At::new(file, &pointer, node).map()?.iter().enumerate() {
            take(format!("{pointer}/{}", pointer_step(name)), vec![root, i, j], entry)?;
        }
    }
    Ok(entries)
}

/// A map among the members of a map, which may lack it.
fn placed<'a>(file: &'a str, pointer: &str, node: &'a Node, key: &str) -> Result<Placed<'a>, Fault> {
    At::new(file, pointer, node).map()?;
    let Some(member) = node.get(key) else { return Ok((usize::MAX, &[])) };
    Ok((position(node, key), At::new(file, format!("{pointer}/{key}"), member).map()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    #[test]
    fn what_is_of_another_kind_is_refused_with_its_place() {
        let refused = |text: &str| {
            let node = bytes::json("b", text.as_bytes(), 1 << 20).unwrap();
            let fault = Baseline::read("b", node).unwrap_err();
            assert!(fault.line > 0, "{text}: {fault:?}");
            fault.pointer
        };
        for (text, pointer) in [
            (r#"{"endpoints": {}}"#, "/endpoints"),
            (r#"{"endpoints": [{"method": "GET"}]}"#, "/endpoints/0"),
            (r#"{"schema_version": "2.0", "operations": []}"#, "/operations"),
            (
                r#"{"schema_version": "2.0", "operations": {"a GET": {"stable_id": "a", "graphql": []}}}"#,
                "/operations/a GET/graphql",
            ),
            (r#"{"schema_version": "2.0", "mcp": {"s": []}}"#, "/mcp/s"),
            (r#"{"schema_version": "2.0", "mcp": {"s": {"tools": [{"stable_id": "a"}]}}}"#, "/mcp/s/tools"),
            (r#"{"schema_version": "2.0", "webmcp": {"o": "x"}}"#, "/webmcp/o"),
        ] {
            assert_eq!(refused(text), pointer, "{text}");
        }
    }
}
