//! A toolpack in, the OpenAPI 3.1 documents that describe its operations out: one for each host, since a document
//! can't say of one path what two hosts do there.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{Node, Value};
use crate::mint::closure::references;
use crate::mint::operation::{Operation, operations};
use crate::mint::schemas;
use crate::model::baseline::OTHER_SERVERS;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// What a status means where nobody described it.
const STATUSES: &[(&str, &str)] = &[
    ("200", "Successful response"),
    ("201", "Resource created"),
    ("202", "Accepted"),
    ("204", "No content"),
    ("400", "Bad request"),
    ("401", "Unauthorized"),
    ("403", "Forbidden"),
    ("404", "Not found"),
    ("405", "Method not allowed"),
    ("409", "Conflict"),
    ("422", "Unprocessable entity"),
    ("429", "Too many requests"),
    ("500", "Internal server error"),
    ("502", "Bad gateway"),
    ("503", "Service unavailable"),
    ("default", "Any other response"),
];
/// Methods that a path of OpenAPI 3.1 has.
const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

/// The documents by host.
pub fn documents(pack: &Toolpack) -> Vec<(String, Node)> {
    let raw = &pack.baseline.raw;
    let tools: BTreeMap<&str, &Tool> =
        pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let mut hosts: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for operation in operations(raw).filter(|operation| METHODS.contains(&operation.method)) {
        hosts.entry(operation.host).or_default().push(operation);
    }
    let made = hosts.into_iter().map(|(host, operations)| {
        let node = document(pack, host, &operations, &tools);
        (host.to_owned(), node)
    });
    made.collect()
}

/// The documents by file name; each in JSON and in YAML.
pub(super) fn make(pack: &Toolpack) -> BTreeMap<String, Node> {
    let documents = documents(pack);
    let alone = documents.len() == 1;
    let mut files = BTreeMap::new();
    for (host, node) in documents {
        let stem = if alone {
            "contract".to_owned()
        } else {
            format!("contract.{}", host.replace([':', '[', ']'], "_"))
        };
        // Fractions have no form in our YAML: then JSON says it alone.
        if !has_fraction(&node) {
            files.insert(format!("{stem}.yaml"), node.clone());
        }
        files.insert(format!("{stem}.json"), node);
    }
    files
}

/// Whether a number in it has a fraction.
pub fn has_fraction(node: &Node) -> bool {
    match &node.value {
        Value::Float(_) => true,
        Value::List(items) => items.iter().any(has_fraction),
        Value::Map(members) => members.iter().any(|(_, value)| has_fraction(value)),
        _ => false,
    }
}

fn document(pack: &Toolpack, host: &str, operations: &[Operation], tools: &BTreeMap<&str, &Tool>) -> Node {
    let raw = &pack.baseline.raw;
    let mut paths: BTreeMap<&str, BTreeMap<String, Node>> = BTreeMap::new();
    let mut used: Vec<String> = Vec::new();
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let base = base(operations);
    for operation in operations {
        let mut node = operation.node.clone();
        schemas::each(&mut node, &mut |schema| {
            references(schema, &mut |name| used.push(name.to_owned()));
            moved(schema);
        });
        let alternatives = operation.node.get("security").map(Node::items).unwrap_or_default();
        asked.extend(alternatives.iter().flat_map(|a| a.members()).map(|(name, _)| name.as_str()));
        let tool = operation.text("stable_id").and_then(|id| tools.get(id).copied());
        let made = of_operation(operation, &node, tool);
        let path = operation.full_path.strip_prefix(base).unwrap_or(operation.full_path);
        paths.entry(path).or_default().insert(operation.method.to_ascii_lowercase(), made);
    }
    let plain = operations.iter().any(|operation| operation.text("scheme") == Some("http"));
    let url = format!("{}://{host}{base}", if plain { "http" } else { "https" });
    let urls = std::iter::once(url.as_str()).chain(others(operations));
    let servers = urls.map(|url| Node::map([("url", Node::text(url))])).collect();
    let mut members = vec![
        ("openapi", Node::text("3.1.0")),
        ("info", Node::map([("title", Node::text(&pack.header.name)), ("version", Node::text("1.0.0"))])),
        ("servers", Node::new(Value::List(servers))),
        ("paths", Node::map(paths.into_iter().map(|(path, item)| (path, Node::map(item))))),
    ];
    let mut components = Vec::new();
    let schemas = definitions(raw.get("$defs"), used);
    if !schemas.is_empty() {
        components.push(("schemas", Node::map(schemas)));
    }
    let schemes: Vec<(String, Node)> = raw
        .get("security_schemes")
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .filter(|(name, _)| asked.contains(name.as_str()))
        .cloned()
        .collect();
    if !schemes.is_empty() {
        components.push(("securitySchemes", Node::map(schemes)));
    }
    if !components.is_empty() {
        members.push(("components", Node::map(components)));
    }
    Node::map(members)
}

/// The server path that all operations have, where the document can say it of all of them.
fn base<'a>(operations: &[Operation<'a>]) -> &'a str {
    let first = operations.first().map_or("", |operation| operation.base_path);
    // One with placeholders has variables that nobody knows any more; a path never is empty.
    let shared = |operation: &Operation| operation.base_path == first && operation.path.starts_with('/');
    if first.contains('{') || !operations.iter().all(shared) { "" } else { first }
}

/// Other servers that all operations have.
fn others<'a>(operations: &[Operation<'a>]) -> impl Iterator<Item = &'a str> {
    let of =
        |operation: &Operation<'a>| operation.node.get(OTHER_SERVERS).map(Node::items).unwrap_or_default();
    let first = operations.first().map(of).unwrap_or_default();
    let shared = operations.iter().all(|operation| of(operation) == first);
    first.iter().filter(move |_| shared).filter_map(Node::as_text)
}

/// The definitions that are reached, with their references where OpenAPI has them.
fn definitions(all: Option<&Node>, mut todo: Vec<String>) -> BTreeMap<String, Node> {
    let by_name: BTreeMap<&str, &Node> =
        all.map(Node::members).unwrap_or_default().iter().map(|(name, body)| (name.as_str(), body)).collect();
    let mut made = BTreeMap::new();
    while let Some(name) = todo.pop() {
        let Some(body) = by_name.get(name.as_str()).filter(|_| !made.contains_key(&name)) else { continue };
        references(body, &mut |name| todo.push(name.to_owned()));
        let mut body = (*body).clone();
        moved(&mut body);
        made.insert(name, body);
    }
    made
}

/// Writes references as a document of OpenAPI has them.
fn moved(schema: &mut Node) {
    schemas::point(schema, "#/components/schemas/");
}

fn of_operation(operation: &Operation, node: &Node, tool: Option<&Tool>) -> Node {
    let mut members: Vec<(&str, Node)> = Vec::new();
    if let Some(tool) = tool {
        members.push(("operationId", Node::text(&tool.name)));
        let title = tool.title.clone().unwrap_or_else(|| tool.name.clone());
        members.push(("summary", Node::text(title)));
        members.push(("description", Node::text(&tool.description)));
    }
    for key in ["tags", "deprecated", "security"] {
        if let Some(value) = node.get(key) {
            members.push((key, value.clone()));
        }
    }
    if let Some(sunset) = node.get("sunset") {
        members.push(("x-sunset", sunset.clone()));
    }
    let parameters = parameters(operation, node);
    if !parameters.is_empty() {
        members.push(("parameters", Node::new(Value::List(parameters))));
    }
    if let Some(request) = node.get("request") {
        let mut body = vec![("content", media(request.get("content")))];
        if let Some(required) = request.get("required") {
            body.push(("required", required.clone()));
        }
        members.push(("requestBody", Node::map(body)));
    }
    members.push(("responses", responses(node.get("responses"))));
    if let Some(id) = operation.text("stable_id") {
        let tier = tool.map(|tool| ("risk_tier", Node::text(tool.tier.word())));
        members.push(("x-cask", Node::map([("stable_id", Node::text(id))].into_iter().chain(tier))));
    }
    Node::map(members)
}

fn parameters(operation: &Operation, node: &Node) -> Vec<Node> {
    let known = node.get("parameters").map(Node::members).unwrap_or_default();
    let mut list = Vec::new();
    for (key, parameter) in known {
        let Some((place, name)) = key.split_once('.') else { continue };
        // A placeholder that the path has not is no parameter of it.
        let there = place != "path"
            || operation.placeholders().contains(&name)
            || operation.full_path.contains(&format!("{{{name}}}"));
        if !matches!(place, "path" | "query" | "header" | "cookie") || !there {
            continue;
        }
        let mut made = vec![("name", Node::text(name)), ("in", Node::text(place))];
        let required = place == "path" || parameter.get("required").and_then(Node::as_bool) == Some(true);
        if required {
            made.push(("required", Node::bool(true)));
        }
        for (from, to) in [
            ("description", "description"),
            ("deprecated", "deprecated"),
            ("style", "style"),
            ("explode", "explode"),
            ("allow_reserved", "allowReserved"),
        ] {
            if let Some(value) = parameter.get(from) {
                made.push((to, value.clone()));
            }
        }
        match parameter.get("content") {
            Some(content) => made.push(("content", media(Some(content)))),
            None => made.push((
                "schema",
                parameter.get("schema").cloned().unwrap_or_else(|| Node::map::<String>([])),
            )),
        }
        list.push(Node::map(made));
    }
    for name in crate::mint::operation::placeholders(operation.full_path) {
        if !known.iter().any(|(key, _)| key.strip_prefix("path.") == Some(name)) {
            list.push(Node::map([
                ("name", Node::text(name)),
                ("in", Node::text("path")),
                ("required", Node::bool(true)),
                ("schema", Node::map([("type", Node::text("string"))])),
            ]));
        }
    }
    list
}

fn media(content: Option<&Node>) -> Node {
    let content = content.map(Node::members).unwrap_or_default();
    Node::map(content.iter().map(|(media, schema)| (media.clone(), Node::map([("schema", schema.clone())]))))
}

fn responses(responses: Option<&Node>) -> Node {
    let known = responses.map(Node::members).unwrap_or_default();
    let mut made: Vec<(String, Node)> = Vec::new();
    for (status, response) in known {
        let usual = STATUSES.iter().find(|(known, _)| known == status).map(|(_, text)| (*text).to_owned());
        let said = response.get("description").and_then(Node::as_text).map(str::to_owned);
        let text = said.or(usual).unwrap_or_else(|| format!("Response with status {status}"));
        let mut members = vec![("description", Node::text(text))];
        let headers = response.get("headers").map(Node::members).unwrap_or_default();
        if !headers.is_empty() {
            let headers = headers.iter().map(|(name, header)| {
                let schema = header.get("schema").cloned().unwrap_or_else(|| Node::map::<String>([]));
                let required = header.get("required").map(|required| ("required", required.clone()));
                (name.clone(), Node::map(required.into_iter().chain([("schema", schema)])))
            });
            members.push(("headers", Node::map(headers)));
        }
        if response.get("content").is_some_and(|content| !content.members().is_empty()) {
            members.push(("content", media(response.get("content"))));
        }
        made.push((status.clone(), Node::map(members)));
    }
    if made.is_empty() {
        made.push(("default".to_owned(), Node::map([("description", Node::text("Not described"))])));
    }
    Node::map(made)
}
