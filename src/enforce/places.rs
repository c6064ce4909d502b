//! A tool and its locked operation in, where each of its arguments goes out (formats-v2 §6): by what the manifest
//! says; where it says nothing, by what the baseline says; else by name and method.

use std::collections::BTreeMap;

use super::written::{Parameter, Style};
use crate::canon::visible::visible;
use crate::canon::{Node, Value};
use crate::model::media::{essence, is_json};
use crate::model::schema::baseline::Operation;
use crate::model::tool::Tool;

/// Steps of a pointer into a body.
const MAX_STEPS: usize = 16;

/// Header names that no argument sets: what says who calls and where to, how the message is framed and passed on, and
/// what makes servers take another method or address than the approved one.
const OWN_HEADERS: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

/// Where an argument goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Fills a placeholder.
    Path(Parameter),
    /// Stands in the query.
    Query(Parameter),
    /// Is a header; its name is lower-case.
    Header(Parameter),
    /// Is a cookie.
    Cookie(Parameter),
    /// Is the body.
    Body,
    /// Is a member of the body, by the steps to it.
    Member(Vec<String>),
}

impl Place {
    /// Whether it is in the body.
    pub fn is_in_body(&self) -> bool {
        matches!(self, Place::Body | Place::Member(_))
    }

    /// What two arguments cannot both have.
    fn key(&self) -> String {
        match self {
            Place::Path(p) => format!("path.{}", p.name),
            Place::Query(p) => format!("query.{}", p.name),
            Place::Header(p) => format!("header.{}", p.name),
            Place::Cookie(p) => format!("cookie.{}", p.name),
            Place::Body => "body".to_owned(),
            Place::Member(steps) => format!("body.{}", steps.join("\0")),
        }
    }
}

/// Whether a name of a header is one that arguments never set.
pub fn is_own_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let families = ["proxy-", "sec-", "x-forwarded-"];
    OWN_HEADERS.contains(&name.as_str()) || families.iter().any(|family| name.starts_with(family))
}

/// A name of a toolpack in a message.
pub fn quoted(name: &str) -> String {
    format!("{:?}", visible(name, 80))
}

/// Whether a text may name a header or a cookie.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Names that a schema gives its arguments.
pub fn properties(schema: Option<&Node>) -> impl Iterator<Item = &str> {
    let members = schema.and_then(|s| s.get("properties")).map(Node::members).unwrap_or_default();
    members.iter().map(|(name, _)| name.as_str())
}

/// The places of a tool's arguments. `names` are all that it declares, `slots` the placeholders of its path.
///
/// # Errors
/// What is wrong with which argument, in words.
pub fn of_tool(
    tool: &Tool,
    operation: Option<&Operation>,
    names: &[&str],
    slots: &[&str],
) -> Result<BTreeMap<String, Place>, String> {
    let inputs = tool.raw.get("inputs");
    let mut places = BTreeMap::new();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let said = inputs.and_then(|inputs| inputs.get(name));
        let place = match said {
            Some(Node { value: Value::Text(said), .. }) => given(said, operation),
            Some(_) => Err("has a place that is no text"),
            None => guessed(tool, name, operation, slots),
        };
        let place = place.map_err(|why| format!("argument {} {why}", quoted(name)))?;
        if let Place::Path(parameter) = &place
            && !slots.contains(&parameter.name.as_str())
        {
            let why = "fills a placeholder that its path does not have";
            return Err(format!("argument {} {why}", quoted(name)));
        }
        if let Some(other) = taken.insert(place.key(), name) {
            return Err(format!("arguments {} and {} go to one place", quoted(other), quoted(name)));
        }
        places.insert((*name).to_owned(), place);
    }
    Ok(places)
}

/// The place that a manifest gives.
fn given(said: &str, operation: Option<&Operation>) -> Result<Place, &'static str> {
    if said == "body" {
        return Ok(Place::Body);
    }
    let (kind, name) = said.split_once('.').ok_or("has no place of a request")?;
    if kind == "body" {
        let steps = name.strip_prefix('/').ok_or("has no pointer into the body")?.split('/');
        let steps: Vec<String> = steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        return if steps.len() > MAX_STEPS {
            Err("lies too deep in the body")
        } else {
            Ok(Place::Member(steps))
        };
    }
    parameter(kind, name, operation)
}

/// A place that nobody gives.
fn guessed(
    tool: &Tool,
    name: &str,
    operation: Option<&Operation>,
    slots: &[&str],
) -> Result<Place, &'static str> {
    if slots.contains(&name) {
        return parameter("path", name, operation);
    }
    let known = |kind: &str| {
        let name = if kind == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        operation.is_some_and(|o| o.parameters.contains_key(&format!("{kind}.{name}")))
    };
    if let Some(kind) = ["query", "header", "cookie"].into_iter().find(|kind| known(kind)) {
        return parameter(kind, name, operation);
    }
    match tool.method.as_str() {
        "POST" | "PUT" | "PATCH" | "QUERY" if name == "body" && takes_one_value(operation) => Ok(Place::Body),
        "POST" | "PUT" | "PATCH" | "QUERY" => Ok(Place::Member(vec![name.to_owned()])),
        _ => parameter("query", name, operation),
    }
}

/// Whether the body is no object, so that members of it cannot be arguments.
fn takes_one_value(operation: Option<&Operation>) -> bool {
    let schemas = operation.and_then(|o| o.request.as_ref()).into_iter().flat_map(|r| r.content.values());
    let mut kinds = schemas.filter_map(|schema| schema.get("type")?.as_text());
    kinds.any(|kind| kind != "object")
}

/// A parameter by kind and name, written as its operation says.
fn parameter(kind: &str, name: &str, operation: Option<&Operation>) -> Result<Place, &'static str> {
    let name = if kind == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
    let said = operation.and_then(|o| o.parameters.get(&format!("{kind}.{name}")));
    let usual = if matches!(kind, "query" | "cookie") { Style::Form } else { Style::Simple };
    let style = match said.and_then(|p| p.style.as_deref()) {
        Some(word) => Some(
            Style::of(word)
                .filter(|style| style.is_for(kind))
                .ok_or("has a style that is not written here")?,
        ),
        None => None,
    };
    let media = said.and_then(|p| p.content.as_ref()).and_then(|content| content.keys().next());
    let json = match media.map(|media| essence(media)) {
        None => false,
        Some(media) if is_json(&media) => true,
        Some(media) if media == "text/plain" => false,
        Some(_) => return Err("has a media type that is not written here"),
    };
    let parameter = Parameter {
        style: style.unwrap_or(usual),
        explode: said.and_then(|p| p.explode).unwrap_or(style.unwrap_or(usual) == Style::Form),
        reserved: said.and_then(|p| p.allow_reserved) == Some(true),
        json,
        // Without a word about its style, an object is one value and not several parameters.
        opened: style.is_some() || said.is_some_and(|p| p.explode.is_some()),
        name,
    };
    match kind {
        "path" => Ok(Place::Path(parameter)),
        "query" if parameter.name.is_empty() => Err("has no name in the query"),
        "query" => Ok(Place::Query(parameter)),
        "header" if is_own_header(&parameter.name) => Err("would set a header that no argument sets"),
        "header" if is_token(&parameter.name) => Ok(Place::Header(parameter)),
        "cookie" if is_token(&parameter.name) => Ok(Place::Cookie(parameter)),
        "header" | "cookie" => Err("has a name that is none for a header or cookie"),
        _ => Err("has no place of a request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;

    fn places(
        method: &str,
        inputs: &str,
        parameters: serde_json::Value,
        names: &[&str],
        slots: &[&str],
    ) -> Result<BTreeMap<String, Place>, String> {
        let pack = PackText::shop()
            .edit(|p| {
                let action = p.action("list_products");
                action["inputs"] = serde_json::from_str(inputs).unwrap();
                action["method"] = method.into();
                p.operation("list_products")["parameters"] = parameters.clone();
            })
            .build();
        let tool = pack.manifest.tool("id-list_products").unwrap();
        let entry = pack.baseline.entry(&tool.identity).unwrap();
        let locked = crate::model::surface::read("b", &pack.baseline, entry).unwrap().unwrap();
        of_tool(tool, Some(&locked.content), names, slots)
    }

    #[test]
    fn what_the_manifest_says_comes_first_then_the_baseline_then_the_method() {
        let none = serde_json::json!({});
        let kind = |method: &str, inputs: &str, name: &str, slots: &[&str]| {
            places(method, inputs, none.clone(), &[name], slots).unwrap().remove(name).unwrap().key()
        };
        for (method, inputs, name, slots, key) in [
            ("GET", r#"{"a": "query.b.c"}"#, "a", &[][..], "query.b.c"),
            ("GET", r#"{"a": "header.X-A"}"#, "a", &[], "header.x-a"),
            ("GET", r#"{"a": "body"}"#, "a", &[], "body"),
            ("GET", r#"{"a": "body./b/c~1d"}"#, "a", &[], "body.b\0c/d"),
            ("GET", r#"{"a": "path.id"}"#, "a", &["id"], "path.id"),
            ("GET", "{}", "id", &["id"], "path.id"),
            ("GET", "{}", "a", &[], "query.a"),
            ("DELETE", "{}", "a", &[], "query.a"),
            ("POST", "{}", "a", &[], "body.a"),
            ("POST", "{}", "body", &[], "body.body"),
        ] {
            assert_eq!(kind(method, inputs, name, slots), key, "{method} {inputs} {name}");
        }
        let said = serde_json::json!({"query.a": {}, "header.x-b": {}});
        let made = places("POST", "{}", said, &["a", "X-B"], &[]).unwrap();
        assert_eq!(made.values().map(Place::key).collect::<Vec<_>>(), ["header.x-b", "query.a"]);
    }

    #[test]
    fn places_that_no_argument_has_are_refused_with_its_name() {
        let none = serde_json::json!({});
        for (inputs, why) in [
            (r#"{"a": "header.Authorization"}"#, "no argument sets"),
            (r#"{"a": "header.Host"}"#, "no argument sets"),
            (r#"{"a": "header.Sec-Fetch-Site"}"#, "no argument sets"),
            (r#"{"a": "header.X-HTTP-Method-Override"}"#, "no argument sets"),
            (r#"{"a": "header.a b"}"#, "a name that is none"),
            (r#"{"a": "header."}"#, "a name that is none"),
            (r#"{"a": "cookie.a=b"}"#, "a name that is none"),
            (r#"{"a": "query."}"#, "no name"),
            (r#"{"a": "sky.a"}"#, "no place"),
            (r#"{"a": "path.id"}"#, "does not have"),
            (r#"{"a": "body.x"}"#, "no pointer"),
            (r#"{"a": 3}"#, "no text"),
        ] {
            let refused = places("GET", inputs, none.clone(), &["a"], &[]).unwrap_err();
            assert!(refused.starts_with("argument \"a\" ") && refused.contains(why), "{inputs}: {refused}");
        }
        let both = r#"{"a": "header.X-A", "b": "header.x-a"}"#;
        assert!(places("GET", both, none, &["a", "b"], &[]).unwrap_err().contains("one place"));
        for said in [
            serde_json::json!({"query.a": {"style": "matrix"}}),
            serde_json::json!({"query.a": {"style": "wavy"}}),
            serde_json::json!({"query.a": {"content": {"application/xml": {}}}}),
        ] {
            let refused = places("GET", "{}", said, &["a"], &[]).unwrap_err();
            assert!(refused.contains("not written here"), "{refused}");
        }
    }
}
