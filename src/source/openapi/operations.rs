//! Every path and method of a document in; operations of the baseline out, by key, each with its place.

use std::collections::BTreeMap;

use super::bodies::{Reader, media_type, says};
use super::document::{Found, Version};
use super::made::{Made, at};
use super::parts::{Files, Parts};
use super::schemas::{heavy, weight};
use super::security;
use super::servers::{self, Servers};
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::compare::identity::Ids;
use crate::model::at::At;
use crate::model::baseline::OTHER_SERVERS;
use crate::model::origin::Origin;
use crate::model::phrase::Phrase;

/// Members of a path that are operations, in the order of OpenAPI 3.2.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// What 3.2 keeps operations of other methods in.
const OTHER_METHODS: &str = "additionalOperations";
/// Other members of a path.
const OF_PATHS: [&str; 4] = ["summary", "description", "servers", "parameters"];
/// How many values an operation without any part weighs as much as.
const OPERATION: usize = 50;

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
            servers::short(&item, path)?;
            for (method, operation) in methods(&item, reader)? {
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
        // Which of the two counts is not defined (3.1, "Path Item Object").
        let words = |key: &str| matches!(key, "$ref" | "summary" | "description") || key.starts_with("x-");
        let beside = item.node.members().iter().find(|(key, _)| !words(key));
        if let (Some(_), Some((key, _))) = (item.node.get("$ref"), beside) {
            return Err(item
                .fault_at(key, format!("`{key}` stands beside the `$ref` of its path"))
                .hint("move it to what the reference leads to"));
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
        let others: usize = servers.others.iter().map(|(url, _)| 1 + heavy(url)).sum();
        let names = heavy(&key) + heavy(&full_path) + heavy(&operation.pointer);
        let weighs = OPERATION + names + others + server.variables.as_ref().map_or(0, weight);
        reader.schemas.count(operation.file, operation.node, weighs)?;
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
        made.put_some("operation_id", reader.text(operation, "operationId")?);
        for key in ["summary", "description"] {
            let own = reader.text(operation, key)?;
            made.put_some(key, if own.is_some() { own } else { reader.text(item, key)? });
        }
        let tags = texts(operation, "tags");
        made.put_some("tags", tags.map(|tags| reader.schemas.value(operation.file, &tags)).transpose()?);
        if says(operation, "deprecated")? {
            made.put_some("deprecated", operation.node.get("deprecated").cloned());
        }
        let sunset = reader.text(operation, "x-sunset")?;
        made.put_some("sunset", if sunset.is_some() { sunset } else { reader.text(operation, "sunset")? });
        match security::alternatives(operation)? {
            Some(own) => {
                if let Some(list) = operation.optional("security") {
                    parts.note("/security", &list);
                }
                made.put("security", reader.schemas.value(operation.file, &own)?);
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
        let mut ids = Ids::default();
        let finished = self.found.into_iter().map(|(key, operation)| {
            let Operation { method, host, full_path, made, origin } = operation;
            let id = ids.http(&method, &host, &full_path);
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

/// The operations of a path, by upper-case method.
fn methods<'a>(item: &At<'a>, reader: &mut Reader<'_, 'a>) -> Result<Vec<(String, At<'a>)>, Fault> {
    known(item, reader)?;
    let mut found = Vec::new();
    for method in METHODS {
        if let Some(operation) = item.optional(method) {
            found.push((method.to_ascii_uppercase(), operation));
        }
    }
    let others = item.optional(OTHER_METHODS).map(|o| reader.members(&o)).transpose()?.unwrap_or_default();
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

/// Refuses a method or another word of paths in another spelling: what it holds would not be seen.
fn known(item: &At, reader: &mut Reader) -> Result<(), Fault> {
    let words = || METHODS.iter().chain(&OF_PATHS).chain([&OTHER_METHODS, &"$ref"]);
    for (key, _) in item.node.members() {
        if key.starts_with("x-") || words().any(|word| word == key) {
            continue;
        }
        if let Some(word) = words().find(|word| word.eq_ignore_ascii_case(key.trim())) {
            return Err(item
                .fault_at(key, format!("{key:?} is no member of a path"))
                .hint(format!("write {word}")));
        }
        let told = Phrase::say("a path has a member that OpenAPI does not know, and it is not looked at: ");
        reader.notes.add(told.and_quote(key));
    }
    Ok(())
}

/// 2.0: media types of an operation, else of the document.
fn medias(reader: &mut Reader, operation: &At, key: &str) -> Result<Vec<String>, Fault> {
    if reader.document.version != Version::V2 {
        return Ok(Vec::new());
    }
    let mut list = operation.texts_of(key)?;
    if operation.node.get(key).is_none() {
        list = reader.document.at().texts_of(key)?;
    }
    let mut media: Vec<String> = list.iter().map(|m| media_type(m)).collect();
    media.sort();
    media.dedup();
    let weighs = media.iter().map(|media| 1 + heavy(media)).sum();
    reader.schemas.count(operation.file, operation.node, weighs)?;
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
