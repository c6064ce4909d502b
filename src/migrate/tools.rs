//! The v1 manifest in; the actions of version 2 out, in the order of their names.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::answer;
use super::carry::From;
use super::describe::describe;
use super::ids::{Ids, ToolId};
use super::notes::Notes;
use super::schema::{Home, restate as restate_schema};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value};
use crate::model::at::At;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

const TOP: &[&str] = &[
    "version",
    "schema_version",
    "name",
    "generated_at",
    "allowed_hosts",
    "description",
    "capture_id",
    "scope",
    "default_confirmation",
    "default_rate_limit",
];
const ACTION_V1: &[&str] = &[
    "id",
    "name",
    "tool_id",
    "signature_id",
    "description",
    "endpoint_id",
    "method",
    "path",
    "host",
    "input_schema",
    "risk_tier",
    "confirmation_required",
    "rate_limit_per_minute",
    "tags",
    "graphql_operation_name",
    "fixed_body",
    "graphql_operation_type",
    "output_schema",
    "scopes",
    "depends_on",
    "enables",
    "title",
    "base_path",
];
const ACTION_V2: &[&str] = &[
    "aliases",
    "kind",
    "inputs",
    "output",
    "graphql",
    "server",
    "tool",
    "origin",
    "effect",
    "risk_reasons",
    "risk_override",
    "security",
    "enriched",
];
/// The reference system links fields of equal name with 0.9, and `id` with `<thing>_id` with 0.6.
const SAME_NAME: i128 = 90;
const ID_OF_ANOTHER: i128 = 60;

/// Restates a manifest over the restated baseline; effect, tier and reasons are left to `judged`.
///
/// # Errors
/// A member of a wrong type, with its place.
pub(super) fn restate(v1: &Toolpack, ids: &Ids, baseline: &Node, notes: &mut Notes) -> Result<Node, Fault> {
    let file = v1.tools_path();
    let pack = Pack {
        ids,
        baseline,
        by_name: v1.manifest.tools.iter().map(|tool| (tool.name.as_str(), tool)).collect(),
        default_rate: At::new(&file, "", &v1.manifest.rest).opt_count("default_rate_limit")?,
    };
    let mut order: Vec<&Tool> = v1.manifest.tools.iter().collect();
    order.sort_by(|a, b| a.name.cmp(&b.name));
    let mut actions = Vec::with_capacity(order.len());
    for tool in order {
        let Some(id) = ids.tools.get(tool.index) else { continue };
        actions.push(Action { pack: &pack, file: &file, tool, id }.restate(notes)?);
    }
    let mut members = vec![
        ("schema_version".to_owned(), Node::text(CURRENT)),
        ("toolpack_id".to_owned(), Node::text(&v1.header.toolpack_id)),
    ];
    members.push(("actions".to_owned(), Node::new(Value::List(actions))));
    members.extend(From::root(&file, &v1.manifest.rest).unknown(TOP, &["toolpack_id", "actions"], notes));
    Ok(Node::map(members))
}

struct Pack<'a> {
    ids: &'a Ids,
    baseline: &'a Node,
    by_name: BTreeMap<&'a str, &'a Tool>,
    default_rate: Option<u64>,
}

struct Action<'a> {
    pack: &'a Pack<'a>,
    file: &'a str,
    tool: &'a Tool,
    id: &'a ToolId,
}

impl Action<'_> {
    fn restate(&self, notes: &mut Notes) -> Result<Node, Fault> {
        let Action { tool, id, .. } = self;
        let described = describe(&tool.description);
        let (input_schema, inputs) = self.inputs(notes)?;
        let (output, schema) = self.output();
        self.compare_output(schema, notes)?;
        let tags = At::new(self.file, tool.pointer(""), &tool.raw).texts_of("tags")?;

        let mut members: Vec<(String, Node)> = Vec::new();
        let mut put = |key: &str, node: Node| members.push((key.to_owned(), node));
        put("name", Node::text(&tool.name));
        put("tool_id", Node::text(&id.id));
        put("kind", Node::text("http"));
        if let Some(title) = &tool.title {
            put("title", Node::text(title));
        }
        put("description", Node::text(described.text));
        put("method", Node::text(&tool.method));
        put("host", Node::text(&tool.host));
        if !tool.base_path.is_empty() {
            put("base_path", Node::text(&tool.base_path));
        }
        put("path", Node::text(&tool.path));
        put("inputs", inputs);
        put("input_schema", input_schema);
        put("output", output.map_or_else(Node::null, Node::text));
        if let Some(fixed) = tool.raw.get("fixed_body").filter(|n| !n.is_null()) {
            put("fixed_body", fixed.clone());
        }
        if let Some(operation) = &tool.graphql {
            let mut graphql = vec![("operation_name", Node::text(operation))];
            if let Some(kind) = &tool.graphql_type {
                graphql.push(("type", Node::text(kind)));
            }
            put("graphql", Node::map(graphql));
        }
        // Judged once the whole is there.
        put("effect", Node::text("read"));
        put("risk_tier", Node::text(tool.tier.word()));
        put("risk_reasons", Node::new(Value::List(Vec::new())));
        put("confirmation_required", Node::text(tool.confirmation.word()));
        if let Some(rate) = tool.rate_limit.or(self.pack.default_rate) {
            put("rate_limit_per_minute", Node::int(rate));
        }
        if let Some(security) = self.operation().and_then(|operation| operation.get("security")) {
            put("security", security.clone());
        }
        if !id.aliases.is_empty() {
            put("aliases", Node::texts(&id.aliases));
        }
        put("tags", Node::texts(tags));
        let depends = self.depends_on(&described.hints, notes)?;
        if !depends.is_empty() {
            put("depends_on", Node::new(Value::List(depends)));
        }
        let from = From { file: self.file, pointer: tool.pointer(""), node: &tool.raw };
        members.extend(from.unknown(ACTION_V1, ACTION_V2, notes));
        Ok(Node::map(members))
    }

    /// Its operation in the restated baseline.
    fn operation(&self) -> Option<&Node> {
        self.pack.baseline.get("operations")?.get(self.id.operation.as_deref()?)
    }

    /// The schema of the arguments and where each of them goes.
    fn inputs(&self, notes: &mut Notes) -> Result<(Node, Node), Fault> {
        let tool = self.tool;
        let schema = match tool.input_schema().filter(|n| !n.is_null()) {
            Some(schema) => restate_schema(self.file, &tool.pointer("input_schema"), schema, Home::Own)?,
            None => {
                let note =
                    Phrase::quote(&tool.name).and_say(" has no input_schema and takes no arguments now");
                notes.tell(note);
                Node::map([("type", Node::text("object")), ("properties", Node::map::<String>([]))])
            }
        };
        let empty = Node::null();
        let parameters = self.operation().and_then(|o| o.get("parameters")).unwrap_or(&empty);
        let reads = matches!(tool.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        let place = |name: &str| -> String {
            if tool.path.contains(&format!("{{{name}}}")) {
                return format!("path.{name}");
            }
            for place in ["path", "query", "header", "cookie"] {
                let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
                let key = format!("{place}.{name}");
                if parameters.get(&key).is_some() {
                    return key;
                }
            }
            // What the reference system did with the rest.
            match reads {
                true => format!("query.{name}"),
                false => format!("body./{}", pointer_step(name)),
            }
        };
        let names = schema.get("properties").map(Node::members).unwrap_or_default();
        let inputs = Node::map(names.iter().map(|(name, _)| (name.clone(), Node::text(place(name)))));
        Ok((schema, inputs))
    }

    /// The place of the answer in the operation, and its schema.
    fn output(&self) -> (Option<String>, Option<&Node>) {
        match self.operation().and_then(|o| o.get("responses")).and_then(answer) {
            Some((place, schema)) => (Some(place), Some(schema)),
            None => (None, None),
        }
    }

    /// The manifest repeats the answer's schema; a copy that says something else is told.
    fn compare_output(&self, answer: Option<&Node>, notes: &mut Notes) -> Result<(), Fault> {
        let Some(copy) = self.tool.raw.get("output_schema").filter(|n| !n.is_null()) else { return Ok(()) };
        let copy = restate_schema(self.file, &self.tool.pointer("output_schema"), copy, Home::Own)?;
        if answer != Some(&copy) {
            notes.tell(
                Phrase::say("the output_schema of ")
                    .and_quote(&self.tool.name)
                    .and_say(" is dropped: the baseline's answer counts, and it says something else"),
            );
        }
        Ok(())
    }

    /// The hints of the text, as edges between ids; in an order of their own, since the reference's changes
    /// with the neighbours.
    fn depends_on(&self, hints: &[(String, String)], notes: &mut Notes) -> Result<Vec<Node>, Fault> {
        let mut edges: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for (name, field) in hints {
            told.insert(name);
            let source = self.pack.by_name.get(name.as_str());
            let source_id = source.and_then(|source| self.pack.ids.tools.get(source.index));
            let (Some(source), Some(id)) = (source, source_id) else {
                self.lost_hint(name, notes);
                continue;
            };
            let gives = |schema: Option<&Node>| schema.is_some_and(|s| has_field(s, field));
            let confidence = match gives(source.raw.get("output_schema")) {
                true => SAME_NAME,
                false => ID_OF_ANOTHER,
            };
            edges.insert((&id.id, field), confidence);
        }
        for name in At::new(self.file, self.tool.pointer(""), &self.tool.raw).texts_of("depends_on")? {
            if !told.contains(name.as_str()) {
                self.lost_hint(&name, notes);
            }
        }
        let edge = |((tool, field), confidence): ((&str, &str), i128)| {
            Node::map([
                ("tool", Node::text(tool)),
                ("field", Node::text(field)),
                ("confidence", Node::int(confidence)),
            ])
        };
        Ok(edges.into_iter().map(edge).collect())
    }

    fn lost_hint(&self, name: &str, notes: &mut Notes) {
        notes.tell(
            Phrase::say("the hint of ")
                .and_quote(&self.tool.name)
                .and_say(" to call ")
                .and_quote(name)
                .and_say(" first is dropped: it does not say a known tool and what to take from it"),
        );
    }
}

/// Whether an answer has a field of this name at its top, or in the items of its lists.
fn has_field(schema: &Node, field: &str) -> bool {
    let direct = |schema: &Node| schema.get("properties").is_some_and(|p| p.get(field).is_some());
    let lists = schema.get("properties").map(Node::members).unwrap_or_default();
    direct(schema)
        || schema.get("items").is_some_and(direct)
        || lists.iter().any(|(_, list)| list.get("items").is_some_and(direct))
}
