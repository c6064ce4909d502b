//! What is known of one call in, its entry of the baseline out.

use std::collections::{BTreeMap, BTreeSet};

use super::auth::Schemes;
use super::graphql;
use super::observed::observed;
use super::part::{Shape, Sketch};
use super::schema::{REQUIRED, parameters, sample, schema};
use super::templates::Template;
use crate::canon::Node;
use crate::compare::identity::Ids;
use crate::model::phrase::Phrase;

/// A call of the surface.
pub struct Observed<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its host.
    pub host: &'a str,
    /// Its path.
    pub path: String,
    /// Its placeholders.
    pub template: &'a Template,
    /// What is known.
    pub sketch: Sketch,
    /// Whether it is to be compared, and not to be kept: then the values that were seen are told too.
    pub is_sample: bool,
}

/// Statuses that never have a body.
const BODILESS: [u16; 3] = [204, 205, 304];
/// What no traffic tells.
const NEVER: [&str; 4] = ["bounds", "deprecation", "headers", "texts"];

impl Observed<'_> {
    /// Its key in the baseline.
    pub fn key(&self) -> String {
        format!("{}{} {}", self.host, self.path, self.method)
    }

    /// Its entry, and what has to be said about it.
    pub fn entry(&self, id: &str, ids: &mut Ids, schemes: &mut Schemes, notes: &mut Vec<Phrase>) -> Node {
        let sketch = &self.sketch;
        let mut unknown: BTreeSet<&str> = NEVER.into();
        let mut made = vec![("stable_id", Node::text(id)), ("basis", Node::text("observed"))];
        if sketch.http > 0 && sketch.http == sketch.n {
            made.push(("scheme", Node::text("http")));
        }
        let needed = schemes.needed(sketch);
        match needed.security {
            Some(security) => made.push(("security", security)),
            None => {
                unknown.insert("security");
            }
        }
        if sketch.n < REQUIRED {
            unknown.insert("requiredness");
        }
        unknown.extend(self.cut());
        let parameters = parameters(self.template, sketch);
        if !parameters.is_empty() {
            made.push(("parameters", Node::map(parameters)));
        }
        match self.request() {
            Some(request) => made.push(("request", request)),
            None if matches!(self.method, "POST" | "PUT" | "PATCH") => {
                unknown.insert("request");
            }
            None => {}
        }
        let (responses, told) = self.responses();
        if !told {
            unknown.extend(["media", "responses"]);
        }
        made.push(("responses", responses));
        let (operations, unread) = graphql::operations(sketch, self.host, &self.path, ids);
        if !operations.is_empty() {
            made.push(("graphql", Node::map(operations)));
        }
        made.push(("observed", observed(sketch, needed.anonymous)));
        made.push(("unknown", Node::texts(unknown)));
        let methods: Vec<&str> = sketch.rpc.sorted().into_iter().map(|(method, _)| method).collect();
        if !methods.is_empty() {
            made.push(("x-rpc-methods", Node::texts(methods)));
        }
        self.tell(&unread, notes);
        Node::map(made)
    }

    /// What there was more of than is kept: what is missing of it was seen, or may have been.
    fn cut(&self) -> BTreeSet<&'static str> {
        let mut cut = BTreeSet::new();
        let sketch = &self.sketch;
        if sketch.params.more {
            cut.insert("parameters");
        }
        if sketch.auth.more {
            cut.insert("security");
        }
        if sketch.bodies.more {
            cut.extend(["media", "request", "responses"]);
        }
        for (key, _) in sketch.bodies.sorted().into_iter().filter(|(_, body)| body.shape.is_cut()) {
            cut.insert(if key.starts_with("request ") { "request" } else { "responses" });
        }
        cut
    }

    fn request(&self) -> Option<Node> {
        let content = self.content("request");
        if content.is_empty() {
            return None;
        }
        let bodies = self.bodies("request").map(|(_, body)| body.n).fold(0, u64::saturating_add);
        let content: Vec<(String, Node)> =
            content.into_iter().map(|(media, schema)| (media, self.pinned(schema))).collect();
        let mut made = Vec::new();
        if bodies >= self.sketch.n && self.sketch.n >= REQUIRED {
            made.push(("required", Node::bool(true)));
        }
        made.push(("content", Node::map(content)));
        Some(Node::map(made))
    }

    /// A body of JSON-RPC may call what was called, and nothing else that the address may have.
    fn pinned(&self, mut schema: Node) -> Node {
        let methods = self.sketch.rpc.sorted();
        let calls = |node: &Node| node.get("method").is_some();
        if methods.is_empty() || self.sketch.rpc.more {
            return schema;
        }
        if let Some(mut properties) = schema.get("properties").filter(|node| calls(node)).cloned() {
            let names = Node::texts(methods.into_iter().map(|(method, _)| method));
            properties.set("method", Node::map([("type", Node::text("string")), ("enum", names)]));
            schema.set("properties", properties);
        }
        schema
    }

    /// The answers by status, and whether any had a body that was recorded, or none could have had one.
    fn responses(&self) -> (Node, bool) {
        let mut by_class: BTreeMap<u16, Vec<(String, Node)>> = BTreeMap::new();
        for class in 1..10 {
            by_class.insert(class, self.content(&format!("{class}xx")));
        }
        let had = by_class.values().any(|content| !content.is_empty());
        let could =
            self.method != "HEAD" && self.sketch.status.keys().any(|status| !BODILESS.contains(status));
        let made = self.sketch.status.keys().map(|status| {
            let content =
                by_class.get(&(status / 100)).filter(|c| !c.is_empty() && !BODILESS.contains(status));
            let mut members = Vec::new();
            if let Some(content) = content {
                members.push(("content", Node::map(content.clone())));
                let stream = |(media, _): &(String, Node)| {
                    media == "text/event-stream" || media == "application/x-ndjson"
                };
                if content.iter().any(stream) {
                    members.push(("stream", Node::bool(true)));
                }
            }
            (status.to_string(), Node::map(members))
        });
        (Node::map(made.collect::<Vec<_>>()), had || !could || !self.sketch.graphql.is_empty())
    }

    fn bodies<'s>(&'s self, direction: &'s str) -> impl Iterator<Item = (&'s str, &'s super::part::Body)> {
        let all = self.sketch.bodies.sorted().into_iter();
        all.filter_map(move |(key, body)| Some((key.strip_prefix(direction)?.strip_prefix(' ')?, body)))
    }

    fn content(&self, direction: &str) -> Vec<(String, Node)> {
        let of = |media: &str, body: &super::part::Body| match () {
            () if body.shape.is_empty() && media.starts_with("text/") => {
                Node::map([("type", Node::text("string"))])
            }
            () if body.shape.is_empty() => Node::map::<&str>([]),
            () if self.is_sample => sample(&body.shape, body.n),
            () => schema(&body.shape, body.n),
        };
        self.bodies(direction).map(|(media, body)| (media.to_owned(), of(media, body))).collect()
    }

    fn tell(&self, unread: &[String], notes: &mut Vec<Phrase>) {
        let sketch = &self.sketch;
        let at = || Phrase::quote(self.key());
        let media = sketch.bodies.sorted();
        if media.iter().any(|(key, _)| ["grpc", "connect+"].iter().any(|word| key.contains(word))) {
            notes.push(at().and_say(" speaks gRPC: its messages are binary and are not described"));
        }
        let methods: Vec<&str> = sketch.rpc.sorted().into_iter().map(|(method, _)| method).collect();
        if !methods.is_empty() {
            let more = if sketch.rpc.more { " and more" } else { "" };
            let told = at().and_say(" speaks JSON-RPC: one address for the methods ");
            notes.push(told.and(Phrase::list(methods)).and_say(format!("{more}; they are not told apart")));
        }
        if sketch.unnamed > 0 {
            let told =
                format!(" got {} GraphQL documents without a name: they are one operation", sketch.unnamed);
            notes.push(at().and_say(told));
        }
        if !unread.is_empty() {
            let told =
                at().and_say(": the type of these GraphQL operations is not known, they count as writing: ");
            notes.push(told.and(Phrase::list(unread)));
        }
        let bodies = sketch.bodies.sorted().into_iter().map(|(_, body)| &body.shape);
        let spoken =
            sketch.graphql.sorted().into_iter().flat_map(|(_, call)| [&call.variables, &call.answer]);
        for (set, what) in [
            (sketch.params.more, "parameters"),
            (sketch.bodies.more, "media types"),
            (bodies.chain(spoken).any(Shape::is_cut), "fields of one body"),
            (sketch.graphql.more, "GraphQL operations"),
            (sketch.auth.more, "ways to prove who calls"),
        ] {
            if set {
                notes.push(at().and_say(format!(" has more {what} than are kept")));
            }
        }
    }
}
