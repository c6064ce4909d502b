//! What an operation of a GraphQL endpoint is called, and the members of its body that no caller can change.

use super::names::{Named, Proposal, plain_words, propose as of_path};
use super::operation::Operation;
use crate::canon::Node;

/// What it may be called: its own name behind what it does. `searchArticles` is its own verb.
pub(super) fn propose(operation: Operation, name: &str, kind: Option<&str>) -> Proposal {
    let endpoint = of_path(&Named {
        method: operation.method,
        host: operation.host,
        path: operation.path,
        operation_id: None,
    });
    let verb = match kind {
        Some("query") => "query",
        Some("mutation") => "mutate",
        Some("subscription") => "subscribe",
        // Of what type it is, nobody knows: its name claims none.
        _ => "call",
    };
    let mut noun = plain_words(name);
    if noun.is_empty() {
        noun = vec!["operation".to_owned()];
    }
    Proposal { verb: verb.to_owned(), other_verb: None, noun, unsaid: 0, more: endpoint.more }
}

/// The pinned members of the body: which operation is run and, as far as the surface knows it, by which document.
pub(super) fn fixed_body(name: &str, entry: &Node) -> Node {
    let mut members = vec![("operationName", Node::text(name))];
    if let Some(document) = entry.get("document").filter(|node| node.as_text().is_some()) {
        members.push(("query", document.clone()));
    }
    if let Some(hash) = entry.get("persisted_sha256").filter(|node| node.as_text().is_some()) {
        let persisted = Node::map([("version", Node::int(1)), ("sha256Hash", hash.clone())]);
        members.push(("extensions", Node::map([("persistedQuery", persisted)])));
    }
    Node::map(members)
}
