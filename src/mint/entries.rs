//! A surface in, everything that a tool can stand on out, in one order: operations, those of GraphQL endpoints, tools
//! of servers and of pages.

use super::names::{Named, Nameless, propose, settle};
use super::operation::{Operation, operations};
use crate::canon::Node;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a tool stands on.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    Http(Operation<'a>),
    /// One operation of a GraphQL endpoint, by its name.
    Graphql(Operation<'a>, &'a str),
    /// A tool of a server.
    Mcp {
        server: &'a str,
        tool: &'a str,
    },
    /// A tool of a page.
    WebMcp {
        origin: &'a str,
        tool: &'a str,
    },
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) what: What<'a>,
    /// Its own node: of a GraphQL operation that of the operation, not of the endpoint.
    pub(super) node: &'a Node,
}

impl<'a> Entry<'a> {
    fn of(what: What<'a>, node: &'a Node) -> Option<Entry<'a>> {
        let id = node.get("stable_id").and_then(Node::as_text)?;
        Some(Entry { id, what, node })
    }

    /// Earlier ids.
    pub(super) fn aliases(&self) -> Vec<&'a str> {
        let list = self.node.get("aliases").map(Node::items).unwrap_or_default();
        list.iter().filter_map(Node::as_text).collect()
    }
}

/// Everything of a surface that a tool can stand on.
pub(super) fn entries(surface: &Node) -> Vec<Entry<'_>> {
    let mut all = Vec::new();
    let mut put = |what, node| all.extend(Entry::of(what, node));
    for operation in operations(surface) {
        let graphql = operation.node.get("graphql").map(Node::members).unwrap_or_default();
        for (name, node) in graphql {
            put(What::Graphql(operation, name), node);
        }
        if graphql.is_empty() {
            put(What::Http(operation), operation.node);
        }
    }
    for (server, entry) in surface.get("mcp").map(Node::members).unwrap_or_default() {
        for (tool, node) in entry.get("tools").map(Node::members).unwrap_or_default() {
            put(What::Mcp { server, tool }, node);
        }
    }
    for (origin, tools) in surface.get("webmcp").map(Node::members).unwrap_or_default() {
        for (tool, node) in tools.members() {
            put(What::WebMcp { origin, tool }, node);
        }
    }
    all
}

/// The name of each entry: the one that its id had, else one of its own. `kept` by id.
pub(super) fn names(entries: &[Entry], kept: &HashMap<&str, &str>) -> Vec<String> {
    let mut names: Vec<Option<String>> =
        entries.iter().map(|e| kept.get(e.id).map(|n| (*n).to_owned())).collect();
    let mut taken: BTreeSet<String> = names.iter().flatten().cloned().collect();
    given(entries, &mut names, &mut taken);
    let open: Vec<usize> = (0..entries.len()).filter(|at| names[*at].is_none()).collect();
    let nameless: Vec<Nameless> = open.iter().filter_map(|at| nameless(&entries[*at])).collect();
    for (at, name) in open.into_iter().zip(settle(&nameless, taken)) {
        names[at] = Some(name);
    }
    names.into_iter().map(Option::unwrap_or_default).collect()
}

/// Tools of servers and pages bring their names; where two bring the same, each says whose it is.
fn given(entries: &[Entry], names: &mut [Option<String>], taken: &mut BTreeSet<String>) {
    let own = |entry: &Entry<'_>| match entry.what {
        What::Mcp { server, tool } => Some((server.to_owned(), tool.to_owned())),
        What::WebMcp { origin, tool } => Some((origin.to_owned(), tool.to_owned())),
        What::Http(_) | What::Graphql(..) => None,
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (_, tool) in entries.iter().filter_map(own) {
        *count.entry(tool).or_default() += 1;
    }
    for (at, entry) in entries.iter().enumerate() {
        let Some((owner, tool)) = own(entry).filter(|_| names[at].is_none()) else { continue };
        let alone = count.get(&tool) == Some(&1) && !taken.contains(&tool);
        let name = if alone { tool } else { format!("{owner}_{tool}") };
        let name = if taken.contains(&name) { format!("{name}_{}", entry.id) } else { name };
        taken.insert(name.clone());
        names[at] = Some(name);
    }
}

fn nameless(entry: &Entry) -> Option<Nameless> {
    let proposal = match entry.what {
        What::Http(operation) => propose(&Named {
            method: operation.method,
            host: operation.host,
            path: operation.path,
            operation_id: operation.text("operation_id"),
        }),
        What::Graphql(operation, name) => {
            super::graphql::propose(operation, name, entry.node.get("type").and_then(Node::as_text))
        }
        What::Mcp { .. } | What::WebMcp { .. } => return None,
    };
    Some(Nameless { id: entry.id.to_owned(), proposal })
}
