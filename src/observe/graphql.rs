//! What is known of the GraphQL operations of an endpoint in, the member `graphql` of its entry out.
//!
//! What an operation does is read from its documents. Where none can be read it is not guessed from its name: a
//! tool whose type is not known counts as one that writes.

use super::part::{Call, Sketch};
use super::schema::schema;
use crate::canon::Node;
use crate::compare::graphql_document::{Document, Kind, read};
use crate::compare::identity::Ids;

/// The operations by name, and the names of those whose type is not known.
pub fn operations(
    sketch: &Sketch,
    host: &str,
    path: &str,
    ids: &mut Ids,
) -> (Vec<(String, Node)>, Vec<String>) {
    let mut unread = Vec::new();
    let made = sketch.graphql.sorted().into_iter().map(|(name, call)| {
        let node = operation(name, call, ids.graphql(host, path, name));
        if node.get("type").is_none() {
            unread.push(name.to_owned());
        }
        (name.to_owned(), node)
    });
    (made.collect(), unread)
}

fn operation(name: &str, call: &Call, id: String) -> Node {
    let documents = call.documents.sorted();
    let read: Vec<Option<Document>> =
        documents.iter().map(|(_, document)| read(document.text.as_deref()?, Some(name))).collect();
    // A hash may stand for a document that nobody sent.
    let sent = |hash: &str| call.documents.get(hash).is_some();
    let hidden = call.persisted.more || call.persisted.sorted().iter().any(|(hash, _)| !sent(hash));
    let whole = !call.documents.more && !hidden && !read.is_empty() && read.iter().all(Option::is_some);
    let mut made = vec![("stable_id", Node::text(id))];
    let kind: Option<Kind> = read.iter().flatten().map(|document| document.kind).max();
    // One that reads and one that nobody can read may be one that writes.
    if let Some(kind) = kind.filter(|kind| whole || *kind == Kind::Mutation) {
        made.push(("type", Node::text(kind.word())));
    }
    if let ([(digest, document)], false) = (documents.as_slice(), call.documents.more) {
        made.push(("document_sha256", Node::text(*digest)));
        made.extend(document.text.as_ref().map(|text| ("document", Node::text(text))));
    }
    if let ([(hash, _)], false) = (call.persisted.sorted().as_slice(), call.persisted.more) {
        made.push(("persisted_sha256", Node::text(*hash)));
    }
    if !call.variables.is_empty() {
        made.push(("variables", schema(&call.variables, call.n)));
    }
    if whole {
        let mut fields: Vec<String> = read.iter().flatten().flat_map(Document::selection).collect();
        fields.sort();
        fields.dedup();
        made.push(("selection", Node::texts(fields)));
    }
    if !call.answer.is_empty() {
        made.push(("response", schema(&call.answer, call.n)));
    }
    Node::map(made)
}
