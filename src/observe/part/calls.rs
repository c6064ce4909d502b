//! A request in, the calls that a body of it makes by a name of its own (GraphQL, JSON-RPC) out: the address does not
//! tell them apart.

use super::known::{NAME, is_hash};
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node, Value};
use crate::compare::graphql_document;
use crate::model::exchange::{Body, Content, Exchange};

/// What a request says in its body.
#[derive(Debug, Clone, PartialEq)]
pub enum Spoken {
    /// Nothing that its address does not say.
    Plain,
    /// GraphQL: each operation that it asks for.
    Graphql(Vec<Operation>),
    /// JSON-RPC: each method that it calls.
    Rpc(Vec<String>),
}

/// An operation that is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Operation {
    /// Its name; none if nothing says it.
    pub name: Option<String>,
    /// The document.
    pub document: Option<String>,
    /// The hash that stands for the document.
    pub persisted: Option<String>,
    /// The variables.
    pub variables: Option<Node>,
}

/// Members of a request that speaks GraphQL.
pub const MEMBERS: [&str; 4] = ["query", "operationName", "variables", "extensions"];
/// Most operations of one request that are looked at.
const BATCH: usize = 1_000;

/// What a request says.
pub fn spoken(exchange: &Exchange) -> Spoken {
    if let Some(Body { content: Content::Json(json), media }) = &exchange.request {
        let list = match &json.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(json),
        };
        let list = &list[..list.len().min(BATCH)];
        let methods: Vec<&str> = list.iter().filter_map(method).collect();
        if !methods.is_empty() {
            return Spoken::Rpc(methods.into_iter().map(str::to_owned).collect());
        }
        let operations: Vec<Operation> = list.iter().filter_map(of_json).collect();
        if !list.is_empty() && operations.len() == list.len() {
            return Spoken::Graphql(operations);
        }
        if media == "application/graphql" {
            return Spoken::Plain;
        }
    }
    if let Some(Body { content: Content::Text(text), media }) = &exchange.request
        && media == "application/graphql"
    {
        return Spoken::Graphql(vec![of_text(text, None)]);
    }
    let operation = of_query(&exchange.query);
    operation.map_or(Spoken::Plain, |operation| Spoken::Graphql(vec![operation]))
}

fn method(call: &Node) -> Option<&str> {
    let said = call.get("jsonrpc")?.as_text()? == "2.0";
    call.get("method")?.as_text().filter(|name| said && name.len() <= NAME)
}

fn of_json(call: &Node) -> Option<Operation> {
    let text = |key: &str| call.get(key).and_then(Node::as_text);
    let persisted = call.at("/extensions/persistedQuery/sha256Hash").and_then(Node::as_text);
    let mut found = told(text("query"), text("operationName"), persisted)?;
    found.variables = call.get("variables").filter(|v| v.is_map()).cloned();
    Some(found)
}

fn of_query(query: &[(String, String)]) -> Option<Operation> {
    let text = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let json = |key: &str| read_json(key, text(key)?.as_bytes(), &Limits::new(1 << 16)).ok();
    let extensions = json("extensions");
    let persisted =
        extensions.as_ref().and_then(|e| e.at("/persistedQuery/sha256Hash")).and_then(Node::as_text);
    let mut found = told(text("query"), text("operationName"), persisted)?;
    found.variables = json("variables").filter(Node::is_map);
    Some(found)
}

/// A search has a `query` too: only a document, or a name beside it, makes it GraphQL.
fn told(query: Option<&str>, name: Option<&str>, persisted: Option<&str>) -> Option<Operation> {
    let name = name.map(str::trim).filter(|name| is_name(name));
    let persisted = persisted.map(str::to_ascii_lowercase).filter(|hash| is_hash(hash));
    let mut found = match query.filter(|query| begins(query)) {
        Some(query) => of_text(query, name),
        None => Operation { name: name.map(str::to_owned), ..Operation::default() },
    };
    found.persisted = persisted;
    let is = found.document.is_some() && (found.name.is_some() || found.persisted.is_some())
        || found.document.as_deref().is_some_and(|text| graphql_document::read(text, None).is_some())
        || found.persisted.is_some();
    is.then_some(found)
}

fn of_text(text: &str, name: Option<&str>) -> Operation {
    let own = || graphql_document::read(text, None).map(|document| document.name().to_owned());
    let name = name.map(str::to_owned).or_else(|| own().filter(|name| is_name(name)));
    Operation { name, document: Some(text.to_owned()), ..Operation::default() }
}

fn begins(query: &str) -> bool {
    let text = query.trim_start();
    ["{", "query", "mutation", "subscription", "fragment", "#"].iter().any(|word| text.starts_with(word))
}

/// A hash, or what a server takes for one.
/// A name of GraphQL.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.len() <= NAME
        && name.chars().all(fits)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn said(text: &str) -> Vec<(Option<String>, bool, bool)> {
        match of_json(&node(text)) {
            None => Vec::new(),
            Some(o) => vec![(o.name, o.document.is_some(), o.persisted.is_some())],
        }
    }

    #[test]
    fn graphql_is_told_from_a_search() {
        let named = |name: &str, document, persisted| vec![(Some(name.to_owned()), document, persisted)];
        assert_eq!(said(r#"{"operationName": "A", "query": "query A { a }"}"#), named("A", true, false));
        assert_eq!(said(r#"{"query": "mutation B { b }", "variables": {}}"#), named("B", true, false));
        assert_eq!(said(r#"{"query": "{ a }"}"#), [(None, true, false)]);
        let hash = "a".repeat(64);
        let persisted = format!(
            r#"{{"operationName": "C", "extensions": {{"persistedQuery": {{"version": 1, "sha256Hash": "{hash}"}}}}}}"#
        );
        assert_eq!(said(&persisted), named("C", false, true));
        for search in [
            r#"{"query": "red shoes"}"#,
            r#"{"query": "mutation testing"}"#,
            r#"{"query": "query", "operationName": 1}"#,
            r#"{"operationName": "A"}"#,
            r#"{}"#,
        ] {
            assert_eq!(said(search), [], "{search}");
        }
    }

    #[test]
    fn methods_of_json_rpc_are_told() {
        assert_eq!(method(&node(r#"{"jsonrpc": "2.0", "method": "a.b", "id": 1}"#)), Some("a.b"));
        assert_eq!(method(&node(r#"{"method": "a.b"}"#)), None);
    }
}
