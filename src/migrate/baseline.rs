//! The v1 baseline in; the surface of version 2, with what it cannot tell marked as unknown, out.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::From;
use super::ids::{Ids, Operation};
use super::notes::Notes;
use super::schema::{Defs, Home, restate as restate_schema};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::baseline::OPERATION_MEMBERS;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// What a v1 baseline can never tell (formats-v2 §15).
const UNKNOWN: [&str; 7] = ["bounds", "deprecation", "headers", "media", "request", "requiredness", "texts"];
/// Members of an endpoint that are restated, or follow from others in version 2.
const ENDPOINT: &[&str] = &[
    "stable_id",
    "signature_id",
    "tool_id",
    "tool_version",
    "method",
    "path",
    "host",
    "parameters",
    "request_content_type",
    "request_schema",
    "response_status_codes",
    "response_content_type",
    "response_schema",
    "auth_type",
    "is_first_party",
    "is_state_changing",
    "is_auth_related",
    "has_pii",
    "risk_tier",
    "observation_count",
];
const TOP: &[&str] = &[
    "version",
    "schema_version",
    "generated_at",
    "endpoint_count",
    "endpoints",
    "capture_id",
    "scope",
    "summary",
];
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
const JSON: &str = "application/json";

/// Restates a baseline.
///
/// # Errors
/// A member of a wrong type or an unknown word, with its place.
pub(super) fn restate(v1: &Toolpack, ids: &Ids, notes: &mut Notes) -> Result<Node, Fault> {
    let file = v1.path(&v1.header.baseline);
    let mut defs = Defs::default();
    let mut schemes: BTreeSet<&'static str> = BTreeSet::new();
    let mut operations = Vec::with_capacity(ids.operations.len());
    for (key, operation) in &ids.operations {
        let pointer = format!("/endpoints/{}", operation.index);
        let Some(node) = v1.baseline.raw.at(&pointer) else { continue };
        let mut read = Read { at: At::new(&file, &pointer, node), defs: &mut defs, schemes: &mut schemes };
        operations.push((key.clone(), read.operation(v1, ids, operation, notes)?));
    }
    let mut members = vec![("schema_version".to_owned(), Node::text(CURRENT))];
    if !schemes.is_empty() {
        let made = schemes.iter().map(|name| (*name, scheme(name)));
        members.push(("security_schemes".to_owned(), Node::map(made)));
    }
    members.push(("operations".to_owned(), Node::map(operations)));
    if let Some(defs) = defs.into_node() {
        members.push(("$defs".to_owned(), defs));
    }
    const V2: &[&str] = &["security_schemes", "operations", "mcp", "webmcp", "$defs"];
    members.extend(From::root(&file, &v1.baseline.raw).unknown(TOP, V2, notes));
    Ok(Node::map(members))
}

/// A way of signing in, as far as version 1 names it.
fn scheme(name: &str) -> Node {
    let text = |pairs: &[(&'static str, &'static str)]| {
        Node::map(pairs.iter().map(|(key, value)| (*key, Node::text(*value))))
    };
    match name {
        "bearer" => text(&[("type", "http"), ("scheme", "bearer")]),
        "basic" => text(&[("type", "http"), ("scheme", "basic")]),
        "cookie" => text(&[("type", "apiKey"), ("in", "cookie")]),
        "oauth2" => text(&[("type", "oauth2")]),
        _ => text(&[("type", "apiKey")]),
    }
}

struct Read<'a> {
    at: At<'a>,
    defs: &'a mut Defs,
    schemes: &'a mut BTreeSet<&'static str>,
}

impl Read<'_> {
    fn operation(
        &mut self,
        v1: &Toolpack,
        ids: &Ids,
        operation: &Operation,
        notes: &mut Notes,
    ) -> Result<Node, Fault> {
        let mut unknown: BTreeSet<&str> = UNKNOWN.into();
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut put = |key: &str, node: Node| members.push((key.to_owned(), node));
        put("stable_id", Node::text(&operation.id));
        if !operation.aliases.is_empty() {
            put("aliases", Node::texts(&operation.aliases));
        }
        put("basis", Node::text("observed"));
        match self.scheme_name()? {
            Some(name) => {
                self.schemes.insert(name);
                put(
                    "security",
                    Node::new(crate::canon::Value::List(vec![Node::map([(name, Node::texts::<&str>([]))])])),
                );
            }
            // Traffic without a credential does not say that none is needed.
            None => {
                unknown.insert("security");
            }
        }
        let (parameters, body) = self.parameters(notes)?;
        if !parameters.members().is_empty() {
            put("parameters", parameters);
        }
        if let Some(request) = self.request(body)? {
            put("request", request);
        }
        let responses = self.responses()?;
        let answer = answer(&responses).map(|(_, schema)| schema.clone());
        put("responses", responses);
        if !operation.graphql.is_empty() {
            let made = operation.graphql.iter().filter_map(|(name, index)| {
                Some((name.clone(), graphql(v1.manifest.tools.get(*index)?, ids, answer.as_ref())?))
            });
            put("graphql", Node::map(made.collect::<Vec<_>>()));
        }
        if let Some(count) = self.at.opt_count("observation_count")? {
            put("observed", Node::map([("count", Node::int(count))]));
        }
        put("unknown", Node::texts(unknown));
        let from = From { file: self.at.file, pointer: self.at.pointer.to_string(), node: self.at.node };
        members.extend(from.unknown(ENDPOINT, OPERATION_MEMBERS, notes));
        Ok(Node::map(members))
    }

    fn scheme_name(&self) -> Result<Option<&'static str>, Fault> {
        const NAMES: [&str; 5] = ["bearer", "api_key", "cookie", "basic", "oauth2"];
        match self.at.opt_text("auth_type")? {
            None | Some("none" | "unknown") => Ok(None),
            Some(word) => match NAMES.into_iter().find(|name| *name == word) {
                Some(name) => Ok(Some(name)),
                None => Err(self.at.fault_at("auth_type", format!("unknown auth_type {word:?}"))),
            },
        }
    }

    /// The parameters outside the body, and the properties of those in it.
    fn parameters(&self, notes: &mut Notes) -> Result<(Node, Vec<(String, Node)>), Fault> {
        let (mut made, mut body) = (BTreeMap::new(), Vec::new());
        let Some(list) = self.at.optional("parameters") else {
            return Ok((Node::map::<String>([]), body));
        };
        for (i, node) in list.list()?.iter().enumerate() {
            let pointer = format!("{}/parameters/{i}", self.at.pointer);
            let at = At::new(self.at.file, &pointer, node);
            at.map()?;
            let name = at.text_of("name")?;
            let kind = at.opt_text("type")?;
            let schema = match kind.filter(|kind| TYPES.contains(kind)) {
                Some(kind) => Node::map([("type", Node::text(kind))]),
                None => {
                    if let Some(kind) = kind {
                        let note = Phrase::quote(at.file).and_say(" ").and_quote(&pointer);
                        notes.tell(note.and_say(" has an unknown type, taken as any: ").and_quote(kind));
                    }
                    Node::map::<String>([])
                }
            };
            let known = ["name", "location", "type", "required", "example"];
            let from = From { file: at.file, pointer: pointer.clone(), node };
            let extra = from.unknown(&known, &PARAMETER, notes);
            let place = match at.text_of("location")? {
                "body" => {
                    body.push((name.to_owned(), schema));
                    continue;
                }
                "header" => format!("header.{}", name.to_ascii_lowercase()),
                place @ ("path" | "query" | "cookie") => format!("{place}.{name}"),
                other => return Err(at.fault_at("location", format!("unknown location {other:?}"))),
            };
            let mut parameter = Vec::new();
            if node.get("required").and_then(Node::as_bool) == Some(true) {
                parameter.push(("required".to_owned(), Node::bool(true)));
            }
            parameter.push(("schema".to_owned(), schema));
            parameter.extend(extra);
            if made.contains_key(&place) {
                return Err(at.fault(format!("a second parameter {place:?}")));
            }
            made.insert(place, Node::map(parameter));
        }
        Ok((Node::map(made), body))
    }

    fn request(&mut self, body: Vec<(String, Node)>) -> Result<Option<Node>, Fault> {
        let schema = match self.schema("request_schema")? {
            Some(schema) => schema,
            None if body.is_empty() => return Ok(None),
            None => Node::map([("type", Node::text("object")), ("properties", Node::map(body))]),
        };
        let media = self.media("request_content_type")?;
        Ok(Some(Node::map([("content", Node::map([(media, schema)]))])))
    }

    /// One schema for all statuses in version 1: it is of those that can carry the answer.
    fn responses(&mut self) -> Result<Node, Fault> {
        let schema = self.schema("response_schema")?;
        let media = self.media("response_content_type")?;
        let mut statuses: BTreeSet<i64> = BTreeSet::new();
        if let Some(list) = self.at.optional("response_status_codes") {
            for status in list.items()? {
                match status.node.as_int().filter(|s| (100..1000).contains(s)) {
                    Some(code) => statuses.insert(code),
                    None => return Err(status.fault("expected a status code")),
                };
            }
        }
        let answers = |s: i64| (200..300).contains(&s) && !matches!(s, 204 | 205);
        let any = statuses.iter().any(|s| answers(*s));
        let mut made = Vec::new();
        for status in &statuses {
            let content = schema.as_ref().filter(|_| !any || answers(*status));
            let content = content.map(|schema| ("content", Node::map([(media.as_str(), schema.clone())])));
            made.push((status.to_string(), Node::map(content)));
        }
        if let (true, Some(schema)) = (made.is_empty(), schema) {
            made.push(("default".to_owned(), Node::map([("content", Node::map([(media, schema)]))])));
        }
        Ok(Node::map(made))
    }

    /// A media type without its parameters; only JSON was ever described without one.
    fn media(&self, key: &str) -> Result<String, Fault> {
        let said = self.at.opt_text(key)?.unwrap_or(JSON);
        Ok(said.split(';').next().unwrap_or(JSON).trim().to_ascii_lowercase())
    }

    fn schema(&mut self, key: &str) -> Result<Option<Node>, Fault> {
        let Some(schema) = self.at.node.get(key).filter(|n| !n.is_null()) else { return Ok(None) };
        let pointer = format!("{}/{}", self.at.pointer, pointer_step(key));
        restate_schema(self.at.file, &pointer, schema, Home::Shared(self.defs)).map(Some)
    }
}

const PARAMETER: [&str; 8] =
    ["schema", "style", "explode", "allow_reserved", "content", "deprecated", "description", "required"];

/// The place and the schema of the answer among an operation's responses.
pub(super) fn answer(responses: &Node) -> Option<(String, &Node)> {
    responses.members().iter().find_map(|(status, response)| {
        let (media, schema) = response.get("content")?.members().first()?;
        let answers = status.starts_with('2') || status == "default";
        answers.then(|| (format!("{status} {media}"), schema))
    })
}

/// The member of a GraphQL operation. Version 1 knows one answer for all operations of an endpoint.
fn graphql(tool: &Tool, ids: &Ids, answer: Option<&Node>) -> Option<Node> {
    let id = ids.tools.get(tool.index)?;
    let mut members = vec![("stable_id", Node::text(&id.id))];
    if !id.aliases.is_empty() {
        members.push(("aliases", Node::texts(&id.aliases)));
    }
    if let Some(kind) = &tool.graphql_type {
        members.push(("type", Node::text(kind)));
    }
    if let Some(answer) = answer {
        members.push(("response", answer.clone()));
    }
    Some(Node::map(members))
}
