//! baseline.json: the surface that was locked, entry by entry.

use std::collections::HashMap;

use super::read::At;
use super::schema_version::{Generation, Missing, generation};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};

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
        self.raw.at(&entry.pointer)
    }

    /// The node of an identity's entry.
    pub fn operation(&self, identity: &str) -> Option<&Node> {
        self.entry(identity).and_then(|entry| self.node(entry))
    }
}

fn v1_entries(file: &str, raw: &Node) -> Result<Vec<Entry>, Fault> {
    let Some(endpoints) = raw.get("endpoints") else { return Ok(Vec::new()) };
    let mut entries = Vec::with_capacity(endpoints.items().len());
    for (i, endpoint) in endpoints.items().iter().enumerate() {
        let pointer = format!("/endpoints/{i}");
        let at = At::new(file, &pointer, endpoint);
        at.map()?;
        let Some(id) = at.opt_text("stable_id")?.or(at.opt_text("signature_id")?) else { continue };
        let aliases = at.opt_text("signature_id")?.map(str::to_owned).into_iter().collect();
        entries.push(Entry { id: id.to_owned(), aliases, pointer: pointer.clone() });
    }
    Ok(entries)
}

fn v2_entries(file: &str, raw: &Node) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut take = |pointer: String, node: &Node| -> Result<(), Fault> {
        let at = At::new(file, &pointer, node);
        at.map()?;
        let id = at.text("stable_id")?.to_owned();
        let aliases = at.texts("aliases")?;
        entries.push(Entry { id, aliases, pointer: pointer.clone() });
        Ok(())
    };
    fn map<'a>(file: &str, raw: &'a Node, pointer: &str) -> Result<&'a [(String, Node)], Fault> {
        let Some(node) = raw.at(pointer) else { return Ok(&[]) };
        At::new(file, pointer, node).map()?;
        Ok(node.members())
    }
    for (key, operation) in map(file, raw, "/operations")? {
        let pointer = format!("/operations/{}", pointer_step(key));
        for (name, member) in operation.get("graphql").map(Node::members).unwrap_or_default() {
            take(format!("{pointer}/graphql/{}", pointer_step(name)), member)?;
        }
        take(pointer, operation)?;
    }
    for (server, node) in map(file, raw, "/mcp")? {
        for kind in ["tools", "prompts", "resources", "resource_templates"] {
            for (name, entry) in node.get(kind).map(Node::members).unwrap_or_default() {
                take(format!("/mcp/{}/{kind}/{}", pointer_step(server), pointer_step(name)), entry)?;
            }
        }
    }
    for (origin, node) in map(file, raw, "/webmcp")? {
        for (name, entry) in node.members() {
            take(format!("/webmcp/{}/{}", pointer_step(origin), pointer_step(name)), entry)?;
        }
    }
    Ok(entries)
}
