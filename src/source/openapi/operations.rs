//! Every path and method of a document in; operations of the baseline out, by key, each with its place.

use std::collections::{BTreeMap, HashSet};

use super::bodies::{Reader, media_type, text};
use super::document::{Found, Version};
use super::made::{Made, at};
use super::parts::{Files, Parts};
use super::security;
use super::servers::{self, Servers};
use crate::canon::digest::id16;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::compare::paths::shape;
use crate::model::at::At;
use crate::model::origin::Origin;
use crate::model::phrase::Phrase;

/// Members of a path that are operations, in the order of OpenAPI 3.2.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// What 3.2 keeps operations of other methods in.
const OTHER_METHODS: &str = "additionalOperations";

/// An operation as the baseline has it, without its id.
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) host: String,
    pub(super) full_path: String,
    pub(super) made: Made,
    pub(super) origin: Origin,
}

/// All of them.
pub(super) struct Operations<'s> {
    pub(super) servers: &'s servers::Reader<'s>,
    pub(super) files: Files,
    /// By key.
    pub(super) found: BTreeMap<String, Operation>,
    /// Whether the host of any was not the document's own word.
    pub(super) assumed: bool,
    callbacks: usize,
}

impl<'s> Operations<'s> {
    pub(super) fn new(servers: &'s servers::Reader<'s>, file: &str) -> Operations<'s> {
        Operations { servers, files: Files::new(file), found: BTreeMap::new(), assumed: false, callbacks: 0 }
    }

    /// Reads every path.
    pub(super) fn read<'a>(&mut self, reader: &mut Reader<'_, 'a>) -> Result<(), Fault> {
        let root = reader.document.at();
        let whole = self.servers.whole(reader.document, reader.notes)?;
        let default = security::alternatives(&root)?;
        for (path, item) in root.optional("paths").map(|p| p.members()).transpose()?.unwrap_or_default() {
            if path.starts_with("x-") || item.node.is_null() {
                continue;
            }
            let item = self.item(item, reader)?;
            let around = match self.servers.version {
                Version::V2 => None,
                _ => self.servers.of(&item, reader.notes)?,
            };
            for (method, operation) in methods(&item)? {
                operation.map()?;
                let servers = match self.servers.version {
                    Version::V2 => self.servers.v2(&root, &operation, reader.notes)?,
                    _ => self
                        .servers
                        .of(&operation, reader.notes)?
                        .or_else(|| around.clone())
                        .unwrap_or_else(|| whole.clone()),
                };
                self.operation((path, &item), &method, &operation, &servers, default.as_ref(), reader)?;
            }
        }
        if self.callbacks > 0 {
            let told = format!(
                "{} callbacks are calls that the server makes: they are not compared",
                self.callbacks
            );
            reader.notes.add(Phrase::say(told));
        }
        if let Some(hooks) = root.optional("webhooks") {
            let told = format!(
                "{} webhooks are calls that the server makes: they are not compared",
                hooks.node.members().len()
            );
            reader.notes.add(Phrase::say(told));
        }
        Ok(())
    }

    /// A path with its reference followed: what it holds are operations, so it must be there.
    fn item<'a>(&self, item: At<'a>, reader: &mut Reader<'_, 'a>) -> Result<At<'a>, Fault> {
        if item.node.get("$ref").is_some() && item.node.members().len() > 1 {
            reader.notes.add(Phrase::say("what stands beside the `$ref` of a path is not looked at"));
        }
        let place = item.clone();
        match reader.document.resolve(item) {
            Found::There(item) => item.map().map(|_| ()).map(|()| item.clone()),
            Found::Lost(reference) => Err(place
                .fault(format!("the operations of this path stand at {reference:?}, which is not there"))
                .hint("bundle the description into one file, or put the file into the project")),
        }
    }

    fn operation<'a>(
        &mut self,
        (path, item): (&str, &At<'a>),
        method: &str,
        operation: &At<'a>,
        servers: &Servers,
        default: Option<&Node>,
        reader: &mut Reader<'_, 'a>,
    ) -> Result<(), Fault> {
        let server = &servers.first;
        self.assumed |= server.assumed;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let full_path = format!("{}{path}", server.base_path);
        let key = format!("{}{full_path} {method}", server.host);
        if let Some(other) = self.found.get(&key) {
            return Err(operation
                .fault(format!("a second operation {key:?}"))
                .hint(format!("the first one stands at {}", other.origin.spot.pointer)));
        }
        let mut parts = Parts::of(&mut self.files, operation);
        let mut made = Made::new(operation.node.line);
        made.put("basis", Node::text("declared"));
        if !server.scheme.is_empty() {
            made.put("scheme", Node::text(server.scheme));
        }
        if !server.base_path.is_empty() {
            made.put("base_path", Node::text(server.base_path.as_str()));
        }
        made.put_some("server_variables", server.variables.clone());
        made.put_some("operation_id", text(operation, "operationId"));
        made.put_some("summary", text(operation, "summary").or_else(|| text(item, "summary")));
        made.put_some("description", text(operation, "description").or_else(|| text(item, "description")));
        made.put_some("tags", texts(operation, "tags"));
        made.put_some(
            "deprecated",
            operation.node.get("deprecated").filter(|d| d.as_bool() == Some(true)).cloned(),
        );
        made.put_some("sunset", text(operation, "x-sunset").or_else(|| text(operation, "sunset")));
        match security::alternatives(operation)? {
            Some(own) => {
                if let Some(list) = operation.optional("security") {
                    parts.note("/security", &list);
                }
                made.put("security", own);
            }
            None => {
                if let Some(default) = default {
                    let root = reader.document.at();
                    if let Some(list) = root.optional("security") {
                        parts.note("/security", &list);
                    }
                    made.put("security", reader.schemas.value(operation.file, default)?);
                }
            }
        }
        let (consumes, produces) =
            (medias(reader, operation, "consumes")?, medias(reader, operation, "produces")?);
        let declared = reader.parameters(item, operation, &consumes, &mut parts)?;
        made.put_filled("parameters", declared.parameters);
        let request = match self.servers.version {
            Version::V2 => declared.request,
            _ => reader.request(operation, &mut parts)?,
        };
        made.put_some("request", request);
        made.put_filled("responses", reader.responses(operation, &produces, &mut parts)?);
        if !servers.others.is_empty() {
            let list = servers.others.iter().map(|(url, line)| at(*line, Node::text(url))).collect();
            made.put(OTHER_SERVERS, at(servers.others[0].1, Node::new(Value::List(list))));
        }
        self.callbacks += operation.node.get("callbacks").map_or(0, |c| c.members().len());
        let origin = parts.origin();
        let host = server.host.clone();
        self.found.insert(key, Operation { method: method.to_owned(), host, full_path, made, origin });
        Ok(())
    }

    /// The operations with their ids, in the order of their keys (formats-v2 §5).
    pub(super) fn finish(self) -> Vec<(String, Node, Origin)> {
        let mut taken = HashSet::new();
        let finished = self.found.into_iter().map(|(key, operation)| {
            let Operation { method, host, full_path, made, origin } = operation;
            let shape = shape(&full_path);
            let words = ["cask.id/2", "http", method.as_str(), host.as_str(), shape.as_str()];
            let mut id = id16(&words);
            let mut n = 2u32;
            while !taken.insert(id.clone()) {
                let number = n.to_string();
                id = id16(&[&words[..], &[number.as_str()]].concat());
                n += 1;
            }
            let body = made.node();
            let mut node = Made::new(body.line);
            node.put("stable_id", Node::text(id));
            let Value::Map(members) = body.value else { return (key, node.node(), origin) };
            members.into_iter().for_each(|(name, member)| node.put(name, member));
            (key, node.node(), origin)
        });
        finished.collect()
    }
}

/// The member of an operation for the servers beside the first.
pub(super) const OTHER_SERVERS: &str = "x-servers";

/// The operations of a path, by upper-case method.
fn methods<'a>(item: &At<'a>) -> Result<Vec<(String, At<'a>)>, Fault> {
    let mut found = Vec::new();
    for method in METHODS {
        if let Some(operation) = item.optional(method) {
            found.push((method.to_ascii_uppercase(), operation));
        }
    }
    let others = item.optional(OTHER_METHODS).map(|o| o.members()).transpose()?.unwrap_or_default();
    for (method, operation) in others {
        if method.is_empty() || method.contains(char::is_whitespace) {
            return Err(Fault::new(item.file, FaultKind::Content, format!("{method:?} is no method"))
                .line(operation.node.line)
                .pointer(operation.pointer.to_string()));
        }
        found.push((method.to_ascii_uppercase(), operation));
    }
    Ok(found)
}

/// 2.0: media types of an operation, else of the document.
fn medias(reader: &Reader, operation: &At, key: &str) -> Result<Vec<String>, Fault> {
    if reader.document.version != Version::V2 {
        return Ok(Vec::new());
    }
    let mut list = operation.texts_of(key)?;
    if operation.node.get(key).is_none() {
        list = reader.document.at().texts_of(key)?;
    }
    let mut media: Vec<String> = list.iter().map(|m| media_type(m)).collect();
    media.dedup();
    if media.is_empty() {
        media.push("application/json".to_owned());
    }
    Ok(media)
}

/// A list of texts, if it is one.
fn texts(holder: &At, key: &str) -> Option<Node> {
    let list = holder.node.get(key)?;
    let texts: Vec<Node> = list.items().iter().filter(|item| item.as_text().is_some()).cloned().collect();
    (!texts.is_empty()).then(|| at(list.line, Node::new(Value::List(texts))))
}
