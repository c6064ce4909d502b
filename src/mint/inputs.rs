//! An operation in, the arguments of its tool out: where each of them goes, and one self-contained schema of them
//! all (formats-v2 §6).

use std::collections::{BTreeMap, BTreeSet};

use super::closure::Closure;
use super::operation::Operation;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value};
use crate::model::media::rank;

/// Most characters of an argument's name: what clients of models take.
const MAX_NAME: usize = 64;
/// Keywords beside which the members of a body are not all that it may have.
const CHOICES: &[&str] =
    &["oneOf", "anyOf", "allOf", "if", "not", "patternProperties", "discriminator", "$ref"];

/// The arguments of a tool.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// Argument to its place.
    pub(super) places: BTreeMap<String, String>,
    /// Their schema.
    pub(super) schema: Node,
}

/// An argument before it has its name.
struct Argument {
    place: String,
    /// `path`, `query`, `header`, `cookie` or `body`.
    kind: &'static str,
    name: String,
    schema: Node,
    required: bool,
}

/// Where parameters that are credentials stand, as `<in>.<name>`: they are filled in when a call is sent, and no
/// agent is asked for them.
pub(super) fn credentials(baseline: &Node) -> BTreeSet<String> {
    let schemes = baseline.get("security_schemes").map(Node::members).unwrap_or_default();
    let place = |scheme: &Node| {
        let text = |key: &str| scheme.get(key).and_then(Node::as_text);
        let (place, name) = (text("in")?, text("name")?);
        let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        (text("type") == Some("apiKey")).then(|| format!("{place}.{name}"))
    };
    schemes.iter().filter_map(|(_, scheme)| place(scheme)).collect()
}

/// The arguments of an HTTP operation.
///
/// # Errors
/// More definitions than a toolpack may hold.
pub(super) fn of_operation(
    operation: &Operation,
    secret: &BTreeSet<String>,
    defs: &mut Closure,
) -> Result<Inputs, Fault> {
    let mut arguments = Vec::new();
    for (key, parameter) in operation.node.get("parameters").map(Node::members).unwrap_or_default() {
        let Some((place, name)) = key.split_once('.') else { continue };
        let Some(kind) = ["path", "query", "header", "cookie"].into_iter().find(|kind| *kind == place) else {
            continue;
        };
        if secret.contains(key) || key == "header.authorization" || key == "header.cookie" {
            continue;
        }
        arguments.push(Argument {
            place: key.clone(),
            kind,
            name: name.to_owned(),
            schema: of_parameter(parameter),
            required: parameter.get("required").and_then(Node::as_bool) == Some(true),
        });
    }
    // What the path needs and nobody described is text.
    for name in operation.placeholders() {
        let place = format!("path.{name}");
        if !arguments.iter().any(|argument| argument.place == place) {
            let schema = Node::map([("type", Node::text("string"))]);
            arguments.push(Argument { place, kind: "path", name: name.to_owned(), schema, required: true });
        }
    }
    if let Some(request) = operation.node.get("request") {
        body(request, defs.all, &mut arguments);
    }
    finish(operation.key, arguments, defs)
}

/// The arguments of one operation of a GraphQL endpoint: its variables.
///
/// # Errors
/// As [`of_operation`].
pub(super) fn of_graphql(key: &str, entry: &Node, defs: &mut Closure) -> Result<Inputs, Fault> {
    let mut arguments = Vec::new();
    let variables = entry.get("variables").map(|schema| followed(schema, defs.all));
    if let Some(schema) = variables {
        let required = names_of(schema.get("required"));
        for (name, property) in schema.get("properties").map(Node::members).unwrap_or_default() {
            arguments.push(Argument {
                place: format!("body./variables/{}", pointer_step(name)),
                kind: "body",
                name: name.clone(),
                schema: property.clone(),
                required: required.contains(name.as_str()),
            });
        }
    }
    finish(key, arguments, defs)
}

/// The schema of a parameter, with what is said of the parameter.
fn of_parameter(parameter: &Node) -> Node {
    let content = parameter.get("content").and_then(|content| content.members().first());
    let schema = parameter.get("schema").or(content.map(|(_, schema)| schema));
    let mut schema =
        schema.filter(|schema| schema.is_map()).cloned().unwrap_or_else(|| Node::map::<String>([]));
    for key in ["description", "deprecated"] {
        if let (Some(said), None) = (parameter.get(key), schema.get(key)) {
            schema.set(key, said.clone());
        }
    }
    schema
}

/// The media type that is used of several: JSON where there is some.
pub(super) fn preferred(content: &Node) -> Option<(&str, &Node)> {
    let first = content.members().iter().min_by_key(|(media, _)| rank(media));
    first.map(|(media, schema)| (media.as_str(), schema))
}

/// The body: each of its members is an argument where they are all that it may have; else it is one.
fn body(request: &Node, defs: Option<&Node>, arguments: &mut Vec<Argument>) {
    let Some((_, schema)) = request.get("content").and_then(preferred) else { return };
    let needed = request.get("required").and_then(Node::as_bool) == Some(true);
    let whole = followed(schema, defs);
    let members: Vec<&(String, Node)> = whole
        .get("properties")
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .filter(|(_, property)| property.get("readOnly").and_then(Node::as_bool) != Some(true))
        .collect();
    let is_object = match whole.get("type").map(|node| &node.value) {
        None => true,
        Some(Value::Text(kind)) => kind == "object",
        _ => false,
    };
    if !is_object || members.is_empty() || CHOICES.iter().any(|key| whole.get(key).is_some()) {
        arguments.push(Argument {
            place: "body".to_owned(),
            kind: "body",
            name: "body".to_owned(),
            schema: schema.clone(),
            required: needed,
        });
        return;
    }
    let required = names_of(whole.get("required"));
    for (name, property) in members {
        arguments.push(Argument {
            place: format!("body./{}", pointer_step(name)),
            kind: "body",
            name: name.clone(),
            schema: property.clone(),
            required: needed && required.contains(name.as_str()),
        });
    }
}

/// A schema, or the definition that it refers to and nothing else.
pub(super) fn followed<'a>(schema: &'a Node, defs: Option<&'a Node>) -> &'a Node {
    const MAX_STEPS: usize = 20;
    let mut at = schema;
    for _ in 0..MAX_STEPS {
        let target = at.get("$ref").and_then(Node::as_text).and_then(|text| text.strip_prefix("#/$defs/"));
        match target.and_then(|name| defs?.get(name)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn names_of(list: Option<&Node>) -> BTreeSet<&str> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect()
}

/// Names the arguments and puts their schemas together.
fn finish(key: &str, arguments: Vec<Argument>, defs: &mut Closure) -> Result<Inputs, Fault> {
    let named = named(arguments);
    let mut properties: BTreeMap<String, Node> = BTreeMap::new();
    let mut required = BTreeSet::new();
    let mut places = BTreeMap::new();
    for (name, argument) in named {
        if argument.required {
            required.insert(name.clone());
        }
        places.insert(name.clone(), argument.place);
        properties.insert(name, argument.schema);
    }
    let reached = defs.reach(key, properties.values())?;
    let mut members =
        vec![("type".to_owned(), Node::text("object")), ("properties".to_owned(), Node::map(properties))];
    if !required.is_empty() {
        members.push(("required".to_owned(), Node::texts(required)));
    }
    members.push(("additionalProperties".to_owned(), Node::bool(false)));
    if !reached.members().is_empty() {
        members.push(("$defs".to_owned(), reached));
    }
    Ok(Inputs { places, schema: Node::map(members) })
}

/// Each argument with a name that clients take and no other argument has. A name that several places use goes to
/// the path; the others say where they stand.
fn named(arguments: Vec<Argument>) -> Vec<(String, Argument)> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for argument in &arguments {
        *count.entry(plain(&argument.name)).or_default() += 1;
    }
    let shared = |argument: &Argument| argument.kind != "path" && count[&plain(&argument.name)] > 1;
    let (first, rest): (Vec<Argument>, Vec<Argument>) = arguments.into_iter().partition(|a| !shared(a));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut named = Vec::new();
    for argument in first.into_iter().chain(rest) {
        let mut base = plain(&argument.name);
        if shared(&argument) {
            base = plain(&format!("{}_{base}", argument.kind));
        }
        let numbered = std::iter::once(base.clone()).chain((2..).map(|n| {
            let tail = format!("_{n}");
            let mut name = base.clone();
            name.truncate(MAX_NAME - tail.len());
            name + &tail
        }));
        let name = numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or(base);
        taken.insert(name.clone());
        named.push((name, argument));
    }
    named
}

/// A name with what clients of models do not take replaced.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let mut plain: String = name.chars().take(MAX_NAME).map(kept).collect();
    // `filter[name]`: what stands at the end says nothing.
    if !name.ends_with('_') {
        plain.truncate(plain.trim_end_matches('_').len());
    }
    if plain.is_empty() { "value".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn inputs(text: &str) -> Inputs {
        let baseline = node(text);
        let (key, entry) = &baseline.get("operations").unwrap().members()[0];
        let operation = Operation::of(key, entry).unwrap();
        let mut defs = Closure::new("baseline.json", baseline.get("$defs"));
        of_operation(&operation, &credentials(&baseline), &mut defs).unwrap()
    }

    fn places(inputs: &Inputs) -> String {
        inputs.places.iter().map(|(name, place)| format!("{name}={place}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_that_stands_in_several_places_says_where_it_stands() {
        let made = inputs(
            r#"{"operations": {"a.test/users/{id} PUT": {"parameters": {
            "path.id": {"required": true, "schema": {"type": "integer"}}, "query.id": {}, "query.name": {},
            "header.x-trace": {"description": "Which run"}},
            "request": {"required": true, "content": {"application/json": {"type": "object",
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "a/b": {}}, "required": ["name"]}}}}}}"#,
        );
        assert_eq!(
            places(&made),
            "a_b=body./a~1b body_id=body./id body_name=body./name id=path.id query_id=query.id query_name=query.name x-trace=header.x-trace"
        );
        assert_eq!(made.schema.get("required").unwrap(), &Node::texts(["body_name", "id"]));
        assert_eq!(made.schema.at("/properties/x-trace/description").unwrap().as_text(), Some("Which run"));
        assert_eq!(made.schema.get("additionalProperties").unwrap().as_bool(), Some(false));
    }

    #[test]
    fn a_body_that_is_no_plain_object_is_one_argument() {
        for (schema, expected) in [
            (r#"{"type": "array", "items": {"type": "integer"}}"#, "body=body"),
            (r#"{"type": "object", "oneOf": [{}], "properties": {"a": {}}}"#, "body=body"),
            (r#"{"type": "object"}"#, "body=body"),
            (r##"{"$ref": "#/$defs/Order"}"##, "note=body./note"),
        ] {
            let made = inputs(&format!(
                r#"{{"operations": {{"a.test/orders POST": {{"request": {{"content": {{"application/json": {schema}}}}}}}}},
                "$defs": {{"Order": {{"type": "object", "properties": {{"note": {{"type": "string"}}, "id": {{"readOnly": true}}}},
                "required": ["note", "id"]}}}}}}"#
            ));
            assert_eq!(places(&made), expected, "{schema}");
            assert!(made.schema.get("required").is_none(), "the body may be left out");
        }
    }

    #[test]
    fn credentials_are_no_arguments_and_names_are_what_clients_take() {
        let made = inputs(
            r#"{"security_schemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "operations": {"a.test/x/{open} GET": {"parameters": {"header.x-key": {}, "header.authorization": {},
            "query.filter[name]": {}, "query.filter_name": {}}}}}"#,
        );
        assert_eq!(
            places(&made),
            "open=path.open query_filter_name=query.filter[name] query_filter_name_2=query.filter_name"
        );
    }

    #[test]
    fn definitions_come_along_with_what_they_reach() {
        let made = inputs(
            r##"{"operations": {"a.test/x POST": {"request": {"content": {"application/json": {"type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}}}}}}},
            "$defs": {"A": {"properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"items": {"$ref": "#/$defs/A"}}, "C": {}}}"##,
        );
        let names: Vec<&str> =
            made.schema.get("$defs").unwrap().members().iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
    }
}
