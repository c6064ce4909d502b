//! baseline.json: the surface that was locked, entry by entry.

use std::collections::HashMap;

use super::at::At;
use super::schema_version::{Generation, Missing, generation};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value};

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
        Ok(Baseline { generation, raw, entries, by_id })
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
        entry.steps.iter().try_fold(&self.raw, |node, &step| match &node.value {
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
    let Some(endpoints) = raw.get("endpoints") else { return Ok(Vec::new()) };
    let root = position(raw, "endpoints");
    let mut entries = Vec::with_capacity(endpoints.items().len());
    for (i, endpoint) in endpoints.items().iter().enumerate() {
        let pointer = format!("/endpoints/{i}");
        let at = At::new(file, &pointer, endpoint);
        at.map()?;
        let Some(id) = at.opt_text("stable_id")?.or(at.opt_text("signature_id")?) else { continue };
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
    fn map<'a>(file: &str, raw: &'a Node, key: &str) -> Result<Placed<'a>, Fault> {
        let Some(node) = raw.get(key) else { return Ok((usize::MAX, &[])) };
        At::new(file, format!("/{key}"), node).map()?;
        Ok((position(raw, key), node.members()))
    }
    let (root, operations) = map(file, raw, "operations")?;
    for (i, (key, operation)) in operations.iter().enumerate() {
        let pointer = format!("/operations/{}", pointer_step(key));
        if let Some(members) = operation.get("graphql") {
            let at = position(operation, "graphql");
            for (j, (name, member)) in members.members().iter().enumerate() {
                take(format!("{pointer}/graphql/{}", pointer_step(name)), vec![root, i, at, j], member)?;
            }
        }
        take(pointer, vec![root, i], operation)?;
    }
    let (root, servers) = map(file, raw, "mcp")?;
    for (i, (server, node)) in servers.iter().enumerate() {
        for kind in ["tools", "prompts", "resources", "resource_templates"] {
            let at = position(node, kind);
            for (j, (name, entry)) in node.get(kind).map(Node::members).unwrap_or_default().iter().enumerate()
            {
                let pointer = format!("/mcp/{}/{kind}/{}", pointer_step(server), pointer_step(name));
                take(pointer, vec![root, i, at, j], entry)?;
            }
        }
    }
    let (root, origins) = map(file, raw, "webmcp")?;
    for (i, (origin, node)) in origins.iter().enumerate() {
        for (j, (name, entry)) in node.members().iter().enumerate() {
            take(
                format!("/webmcp/{}/{}", pointer_step(origin), pointer_step(name)),
                vec![root, i, j],
                entry,
            )?;
        }
    }
    Ok(entries)
}
