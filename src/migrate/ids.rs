//! Which id each v1 endpoint and tool has in version 2 (formats-v2 §5).
//!
//! A tool keeps its endpoint's id, so that a base of version 1 pairs with a head of version 2; one operation
//! of a GraphQL endpoint has an id of its own. Earlier lock keys become aliases.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::notes::Notes;
use crate::canon::digest::id16;
use crate::canon::{Fault, FaultKind};
use crate::model::at::At;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::sign::subject::SURFACE;

/// The ids of one toolpack.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// By index in `actions`.
    pub(super) tools: Vec<ToolId>,
    /// Of the baseline, by operation key.
    pub(super) operations: BTreeMap<String, Operation>,
    /// Index of the tool by each of its v1 keys; none where several have it.
    by_key: HashMap<String, Option<usize>>,
}

/// A tool's id.
#[derive(Debug, Clone)]
pub(super) struct ToolId {
    /// In version 2.
    pub(super) id: String,
    /// Its lock keys in version 1, sorted.
    pub(super) aliases: Vec<String>,
    /// Key of the operation that it stands on.
    pub(super) operation: Option<String>,
}

/// An operation's id.
#[derive(Debug)]
pub(super) struct Operation {
    /// Where it stands in `endpoints`.
    pub(super) index: usize,
    /// In version 2.
    pub(super) id: String,
    /// Earlier ids, sorted.
    pub(super) aliases: BTreeSet<String>,
    /// GraphQL operations that stand on it: name → index of the tool.
    pub(super) graphql: BTreeMap<String, usize>,
}

impl Ids {
    /// The v2 id of a tool that version 1 knows by one of its keys.
    pub(super) fn of_v1(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).copied().flatten().and_then(|i| self.tools.get(i)).map(|t| t.id.as_str())
    }
}

/// Gives every endpoint and tool its id.
///
/// # Errors
/// Two endpoints for one call, an endpoint without an id, two actions of one name, or an action that would
/// have the id of the surface.
pub(super) fn assign(v1: &Toolpack, notes: &mut Notes) -> Result<Ids, Fault> {
    let mut taken = Taken::default();
    let mut ids = Ids::default();
    let mut by_v1: HashMap<String, String> = HashMap::new();
    let mut by_signature: HashMap<String, String> = HashMap::new();
    let endpoints = endpoints(v1)?;
    for (key, (index, id, signature)) in endpoints {
        by_v1.entry(id.clone()).or_insert_with(|| key.clone());
        let mut aliases = BTreeSet::new();
        if let Some(signature) = signature {
            by_signature.entry(signature.clone()).or_insert_with(|| key.clone());
            aliases.insert(signature);
        }
        let id = taken.free(&id);
        aliases.remove(&id);
        ids.operations.insert(key, Operation { index, id, aliases, graphql: BTreeMap::new() });
    }

    let mut order: Vec<&Tool> = v1.manifest.tools.iter().collect();
    order.sort_by(|a, b| a.name.cmp(&b.name));
    let mut names = BTreeSet::new();
    let mut made: BTreeMap<usize, ToolId> = BTreeMap::new();
    let mut held: BTreeSet<String> = BTreeSet::new();
    for tool in order {
        if !names.insert(tool.name.as_str()) {
            return Err(at_tool(v1, tool, "name", format!("a second action with the name {:?}", tool.name)));
        }
        let endpoint = tool.identity.split('\0').next().unwrap_or_default();
        let key = by_v1.get(endpoint).or_else(|| by_signature.get(tool.id.as_str())).cloned();
        let id = id_of(tool, key.as_deref(), &mut ids.operations, &mut held, &mut taken, notes);
        if id == SURFACE {
            return Err(at_tool(v1, tool, "endpoint_id", "no tool can have the id `surface`".to_owned()));
        }
        let mut aliases: BTreeSet<String> = tool.aliases.iter().cloned().collect();
        aliases.insert(tool.id.clone());
        aliases.remove(&id);
        let on_it = key.filter(|key| {
            let operation = &ids.operations[key];
            operation.id == id || operation.graphql.values().any(|index| *index == tool.index)
        });
        if let Some(operation) = on_it.as_ref().and_then(|key| ids.operations.get_mut(key)) {
            if operation.id == id {
                // Copies of one another (formats-v2 §6).
                operation.aliases.extend(aliases);
                aliases = operation.aliases.clone();
            }
        } else {
            notes.tell(
                Phrase::say("the baseline has no operation of its own for ")
                    .and_quote(&tool.name)
                    .and_say(": it is signed without one"),
            );
        }
        made.insert(tool.index, ToolId { id, aliases: aliases.into_iter().collect(), operation: on_it });
    }
    ids.tools = made.into_values().collect();
    for tool in &v1.manifest.tools {
        let keys: BTreeSet<&String> = tool.aliases.iter().chain([&tool.id]).collect();
        for key in keys {
            let several = ids.by_key.contains_key(key);
            ids.by_key.insert(key.clone(), (!several).then_some(tool.index));
        }
    }
    Ok(ids)
}

fn id_of(
    tool: &Tool,
    key: Option<&str>,
    operations: &mut BTreeMap<String, Operation>,
    held: &mut BTreeSet<String>,
    taken: &mut Taken,
    notes: &mut Notes,
) -> String {
    let operation = key.and_then(|key| operations.get_mut(key));
    if let Some(name) = &tool.graphql {
        let id = taken.free(&id16(&["cask.id/2", "graphql", &tool.host, &tool.shape(), name]));
        if let Some(operation) = operation {
            operation.graphql.entry(name.clone()).or_insert(tool.index);
        }
        return id;
    }
    match operation {
        Some(operation) if held.insert(operation.id.clone()) => operation.id.clone(),
        Some(operation) => {
            let id = taken.free(&operation.id);
            notes.tell(
                Phrase::quote(&tool.name)
                    .and_say(" shares its endpoint with another tool and gets an id of its own, ")
                    .and_quote(&id),
            );
            id
        }
        None => taken.free(&tool.identity),
    }
}

/// Ids in use, and the number that the next one made of an id begins with.
#[derive(Default)]
struct Taken(HashMap<String, u32>);

impl Taken {
    /// The id itself, or the first that is made of it and `2`, `3`, … and not in use.
    fn free(&mut self, id: &str) -> String {
        let Some(next) = self.0.get(id) else {
            self.0.insert(id.to_owned(), 2);
            return id.to_owned();
        };
        let mut n = *next;
        let free = loop {
            let made = id16(&[id, &n.to_string()]);
            n += 1;
            if !self.0.contains_key(&made) {
                break made;
            }
        };
        self.0.insert(free.clone(), 2);
        self.0.insert(id.to_owned(), n);
        free
    }
}

type Found = (usize, String, Option<String>);

/// The endpoints of the baseline by operation key: index, id and signature.
fn endpoints(v1: &Toolpack) -> Result<BTreeMap<String, Found>, Fault> {
    let file = v1.path(&v1.header.baseline);
    let mut found = BTreeMap::new();
    let Some(list) = v1.baseline.raw.get("endpoints") else { return Ok(found) };
    if !matches!(list.value, crate::canon::Value::List(_)) {
        return Err(At::new(&file, "/endpoints", list).fault("endpoints must be a list"));
    }
    for (index, endpoint) in list.items().iter().enumerate() {
        let pointer = format!("/endpoints/{index}");
        let at = At::new(&file, &pointer, endpoint);
        at.map()?;
        let signature = at.opt_text("signature_id")?.filter(|id| !id.is_empty());
        let Some(id) = at.opt_text("stable_id")?.filter(|id| !id.is_empty()).or(signature) else {
            return Err(at.fault("the endpoint has neither stable_id nor signature_id"));
        };
        let method = at.text_of("method")?.to_ascii_uppercase();
        let key = format!("{}{} {method}", at.text_of("host")?.to_ascii_lowercase(), at.text_of("path")?);
        let ids = (index, id.to_owned(), signature.map(str::to_owned));
        if found.insert(key.clone(), ids).is_some() {
            return Err(at
                .fault(format!("a second endpoint for {key:?}"))
                .hint("version 2 has one operation for each call: leave the one that is meant"));
        }
    }
    Ok(found)
}

fn at_tool(v1: &Toolpack, tool: &Tool, member: &str, message: String) -> Fault {
    Fault::new(&v1.tools_path(), FaultKind::Content, message)
        .line(tool.line(member))
        .pointer(tool.pointer(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_id_gets_the_next_number() {
        let mut taken = Taken::default();
        assert_eq!(taken.free("a"), "a");
        assert_eq!(taken.free("a"), id16(&["a", "2"]));
        assert_eq!(taken.free("a"), id16(&["a", "3"]));
        assert_eq!(taken.free("b"), "b");
    }
}
