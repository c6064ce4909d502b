//! The arguments of a tool in; the parameters and the body of the call that they fill out: what an agent sends,
//! in the shape in which operations are compared.
//!
//! An action repeats its operation's inputs. Both are compared, for whoever changes only one of them changes
//! what is called or what is sent.

use std::collections::BTreeMap;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::surface::GOES;
use crate::model::schema::baseline::{Facet, Operation, Parameter, Request};
use crate::model::surface::{Locked, Places};
use crate::model::tool::Tool;

/// The one form in which arguments are sent as a body.
const JSON: &str = "application/json";
/// An action tells nothing about these.
const UNKNOWN: [Facet; 7] = [
    Facet::Bounds,
    Facet::Deprecation,
    Facet::Headers,
    Facet::Media,
    Facet::Responses,
    Facet::Security,
    Facet::Texts,
];

/// The call that an action makes. Where it does not say where an argument goes (version 1), its operation
/// does, else the path, else the method.
pub fn call<'a>(tool: &'a Tool, locked: Option<&Locked>) -> Locked<'a> {
    let mut call = Call {
        parameters: BTreeMap::new(),
        body: None,
        required: false,
        places: Places::new(&tool.raw, tool.pointer("")),
    };
    call.places.moved("/request", "/input_schema");
    call.places.moved("/parameters", "/input_schema");
    let schema = tool.input_schema();
    let required: Vec<&str> = texts(schema.and_then(|s| s.get("required")));
    for (name, argument) in schema.and_then(|s| s.get("properties")).map(Node::members).unwrap_or_default() {
        let place = place(tool, locked, name);
        let from = format!("/input_schema/properties/{}", pointer_step(name));
        let goes = format!("/inputs/{}", pointer_step(name));
        call.put(&place, argument, required.contains(&name.as_str()), (&from, &goes));
    }
    let Call { parameters, body, required, places } = call;
    let request = body.map(|body| Request {
        required,
        content: BTreeMap::from([(JSON.to_owned(), body)]),
        encoding: None,
    });
    Locked {
        method: tool.method.clone(),
        host: tool.host.clone(),
        path: tool.path.clone(),
        content: Operation {
            stable_id: tool.id.clone(),
            aliases: Vec::new(),
            basis: None,
            scheme: None,
            base_path: Some(tool.base_path.clone()),
            server_variables: None,
            operation_id: None,
            summary: None,
            description: None,
            tags: Vec::new(),
            deprecated: None,
            sunset: None,
            security: None,
            parameters,
            request,
            responses: BTreeMap::new(),
            graphql: BTreeMap::new(),
            observed: None,
            unknown: UNKNOWN.to_vec(),
        },
        graphql: None,
        schemes: BTreeMap::new(),
        defs: schema.and_then(|s| s.get("$defs").or(s.get("definitions"))),
        places,
    }
}

/// What the action's schema says beside its properties: how arguments depend on each other, and whether more
/// may come.
pub fn beside(tool: &Tool) -> Option<Node> {
    Some(tool.input_schema()?.without(&[
        "properties",
        "required",
        "$defs",
        "definitions",
        "description",
        "title",
    ]))
}

struct Call<'a> {
    parameters: BTreeMap<String, Parameter>,
    body: Option<Node>,
    /// Whether an argument of the body must be there.
    required: bool,
    places: Places<'a>,
}

impl Call<'_> {
    fn put(&mut self, place: &str, argument: &Node, required: bool, (from, goes): (&str, &str)) {
        let Some(below) = place.strip_prefix("body") else {
            self.places.moved(format!("/parameters/{}/schema", pointer_step(place)), from);
            self.places.moved(format!("/parameters/{}", pointer_step(place)), from);
            self.places
                .moved(format!("/parameters/{}/required", pointer_step(place)), "/input_schema/required");
            let parameter = Parameter {
                required,
                schema: Some(argument.clone()),
                style: None,
                explode: None,
                allow_reserved: None,
                content: None,
                deprecated: None,
                description: argument.get("description").and_then(Node::as_text).map(str::to_owned),
            };
            self.parameters.insert(place.to_owned(), parameter);
            return;
        };
        self.required |= required;
        let mut pointer = format!("/request/content/{}", pointer_step(JSON));
        let below = below.trim_start_matches('.');
        let steps: Vec<String> = match below {
            "" => Vec::new(),
            path => path.trim_start_matches('/').split('/').map(unescaped).collect(),
        };
        for step in &steps {
            pointer.push_str("/properties/");
            pointer.push_str(&pointer_step(step));
        }
        if let Some((object, _)) = pointer.rsplit_once("/properties/") {
            self.places.moved(format!("{object}/required"), "/input_schema/required");
        }
        self.places.moved(format!("{pointer}/{GOES}"), goes);
        self.places.moved(pointer, from);
        let body = self.body.get_or_insert_with(|| Node::map::<String>([]));
        field(body, &steps, argument, required);
    }
}

/// Puts a schema where it belongs in the body. Depth is that of a pointer in a bounded file.
fn field(body: &mut Node, steps: &[String], argument: &Node, required: bool) {
    let Some((step, rest)) = steps.split_first() else {
        *body = argument.clone();
        return;
    };
    if body.get("properties").is_none() {
        body.set("type", Node::text("object"));
        body.set("properties", Node::map::<String>([]));
    }
    let Value::Map(members) = &mut body.value else { return };
    if required {
        match members.iter_mut().find(|(key, _)| key == "required") {
            Some((_, Node { value: Value::List(list), .. })) => {
                if !list.iter().any(|n| n.as_text() == Some(step)) {
                    list.push(Node::text(step));
                }
            }
            _ => members.push(("required".to_owned(), Node::texts([step]))),
        }
    }
    if let Some((_, properties)) = members.iter_mut().find(|(key, _)| key == "properties") {
        let mut inner = properties.get(step).cloned().unwrap_or_else(|| Node::map::<String>([]));
        field(&mut inner, rest, argument, required);
        properties.set(step, inner);
    }
}

/// Where an argument goes: `query.page`, `body./amount`.
fn place(tool: &Tool, locked: Option<&Locked>, name: &str) -> String {
    if let Some(place) = tool.raw.get("inputs").and_then(|i| i.get(name)?.as_text()) {
        return match place.split_once('.') {
            Some(("header", header)) => format!("header.{}", header.to_ascii_lowercase()),
            _ => place.to_owned(),
        };
    }
    let known = locked.and_then(|locked| {
        let ends = |key: &&String| key.split_once('.').is_some_and(|(_, n)| n.eq_ignore_ascii_case(name));
        locked.content.parameters.keys().find(ends).cloned()
    });
    known.unwrap_or_else(|| match () {
        () if tool.full_path().contains(&format!("{{{name}}}")) => format!("path.{name}"),
        () if matches!(tool.method.as_str(), "GET" | "HEAD" | "DELETE") => format!("query.{name}"),
        () => format!("body./{}", pointer_step(name)),
    })
}

fn texts(list: Option<&Node>) -> Vec<&str> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect()
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
