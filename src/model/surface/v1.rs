//! An endpoint of a baseline of version 1 in, the operation that it means out (formats-v2 §15): what version 1
//! could not tell is unknown, and unknown is not absent.

use std::collections::{BTreeMap, BTreeSet};

use super::locked::Locked;
use super::places::Places;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::baseline::{Baseline, Entry};
use crate::model::schema::baseline::{Facet, Operation, Parameter, Request, Response};

/// What a baseline of version 1 can never tell.
pub const UNKNOWN: [Facet; 7] = [
    Facet::Bounds,
    Facet::Deprecation,
    Facet::Headers,
    Facet::Media,
    Facet::Request,
    Facet::Requiredness,
    Facet::Texts,
];
/// The one media type that version 1 described without naming it.
const JSON: &str = "application/json";

/// A way of signing in, as far as version 1 names it; `None` for a word that it does not know.
pub fn scheme(name: &str) -> Option<Node> {
    let pairs: &[(&str, &str)] = match name {
        "bearer" => &[("type", "http"), ("scheme", "bearer")],
        "basic" => &[("type", "http"), ("scheme", "basic")],
        "cookie" => &[("type", "apiKey"), ("in", "cookie")],
        "oauth2" => &[("type", "oauth2")],
        "api_key" => &[("type", "apiKey")],
        _ => return None,
    };
    Some(Node::map(pairs.iter().map(|(key, value)| (*key, Node::text(*value)))))
}

pub(super) fn read<'a>(file: &str, baseline: &'a Baseline, entry: &'a Entry) -> Result<Locked<'a>, Fault> {
    let node = baseline.node(entry).unwrap_or(&baseline.raw);
    let at = At::new(file, &entry.pointer, node);
    let mut places = Places::new(node, &entry.pointer);
    let mut unknown = UNKNOWN.to_vec();
    let (security, schemes) = security(&at, &mut unknown)?;
    places.moved("/security", "/auth_type");
    let (parameters, body) = parameters(&at, &mut places)?;
    let content = Operation {
        stable_id: entry.id.clone(),
        aliases: entry.aliases.clone(),
        basis: None,
        scheme: None,
        base_path: None,
        server_variables: None,
        operation_id: at.opt_text("tool_id")?.map(str::to_owned),
        summary: None,
        description: None,
        tags: Vec::new(),
        deprecated: None,
        sunset: None,
        security,
        parameters,
        request: request(&at, body, &mut places)?,
        responses: responses(&at, &mut places)?,
        graphql: BTreeMap::new(),
        observed: None,
        unknown,
    };
    Ok(Locked {
        method: at.text_of("method")?.to_ascii_uppercase(),
        host: at.text_of("host")?.to_ascii_lowercase(),
        path: at.text_of("path")?.to_owned(),
        content,
        graphql: None,
        schemes,
        defs: None,
        places,
    })
}

type Alternatives = Option<Vec<BTreeMap<String, Vec<String>>>>;

/// Traffic that carried no credential is told as needing none; where nothing is said, nothing is known.
fn security(at: &At, unknown: &mut Vec<Facet>) -> Result<(Alternatives, BTreeMap<String, Node>), Fault> {
    match at.opt_text("auth_type")? {
        None | Some("unknown") => {
            unknown.push(Facet::Security);
            Ok((None, BTreeMap::new()))
        }
        Some("none") => Ok((Some(Vec::new()), BTreeMap::new())),
        Some(word) => {
            let Some(scheme) = scheme(word) else {
                return Err(at.fault_at("auth_type", format!("unknown auth_type {word:?}")));
            };
            let alternative = BTreeMap::from([(word.to_owned(), Vec::new())]);
            Ok((Some(vec![alternative]), BTreeMap::from([(word.to_owned(), scheme)])))
        }
    }
}

/// Parameters by place, and the properties of those in the body.
type Parameters = (BTreeMap<String, Parameter>, Vec<(String, Node)>);

fn parameters(at: &At, places: &mut Places) -> Result<Parameters, Fault> {
    let (mut made, mut body) = (BTreeMap::new(), Vec::new());
    let Some(list) = at.optional("parameters") else { return Ok((made, body)) };
    for (i, item) in list.items()?.into_iter().enumerate() {
        item.map()?;
        let name = item.text_of("name")?;
        let schema = match item.opt_text("type")? {
            Some(kind) => Node::map([("type", Node { line: item.node.line, ..Node::text(kind) })]),
            None => Node::map::<String>([]),
        };
        let place = match item.text_of("location")? {
            "body" => {
                body.push((name.to_owned(), schema));
                continue;
            }
            "header" => format!("header.{}", name.to_ascii_lowercase()),
            place @ ("path" | "query" | "cookie") => format!("{place}.{name}"),
            other => return Err(item.fault_at("location", format!("unknown location {other:?}"))),
        };
        places.moved(format!("/parameters/{}", pointer_step(&place)), format!("/parameters/{i}"));
        let parameter = Parameter {
            required: item.node.get("required").and_then(Node::as_bool) == Some(true),
            schema: Some(schema),
            style: None,
            explode: None,
            allow_reserved: None,
            content: None,
            deprecated: None,
            description: None,
        };
        if made.insert(place.clone(), parameter).is_some() {
            return Err(item.fault(format!("a second parameter {place:?}")));
        }
    }
    Ok((made, body))
}

fn request(at: &At, body: Vec<(String, Node)>, places: &mut Places) -> Result<Option<Request>, Fault> {
    let media = media(at, "request_content_type")?;
    let schema = match at.optional("request_schema") {
        Some(schema) => {
            let from = format!("/request/content/{}", pointer_step(&media));
            places.moved(from, "/request_schema");
            schema.node.clone()
        }
        None if body.is_empty() => return Ok(None),
        None => Node::map([("type", Node::text("object")), ("properties", Node::map(body))]),
    };
    places.moved("/request", "/request_schema");
    Ok(Some(Request { required: false, content: BTreeMap::from([(media, schema)]), encoding: None }))
}

/// One schema for all statuses in version 1: it is of those that can carry the answer.
fn responses(at: &At, places: &mut Places) -> Result<BTreeMap<String, Response>, Fault> {
    let schema = at.optional("response_schema").map(|schema| schema.node);
    let media = media(at, "response_content_type")?;
    let mut statuses: BTreeSet<i64> = BTreeSet::new();
    for item in
        at.optional("response_status_codes").map(|list| list.items()).transpose()?.into_iter().flatten()
    {
        match item.node.as_int().filter(|s| (100..1000).contains(s)) {
            Some(status) => statuses.insert(status),
            None => return Err(item.fault("expected a status code")),
        };
    }
    let answers = |s: i64| (200..300).contains(&s) && !matches!(s, 204 | 205);
    let any = statuses.iter().any(|s| answers(*s));
    let mut made = BTreeMap::new();
    let mut put = |status: String, schema: Option<&Node>| {
        places.moved(format!("/responses/{status}"), "/response_status_codes");
        places.moved(format!("/responses/{status}/content"), "/response_content_type");
        let from = format!("/responses/{status}/content/{}", pointer_step(&media));
        places.moved(from, "/response_schema");
        let content = schema.map(|schema| (media.clone(), schema.clone())).into_iter().collect();
        let response =
            Response { description: None, content, headers: BTreeMap::new(), links: None, stream: None };
        made.insert(status, response);
    };
    for status in &statuses {
        put(status.to_string(), schema.filter(|_| !any || answers(*status)));
    }
    if statuses.is_empty() && schema.is_some() {
        put("default".to_owned(), schema);
    }
    Ok(made)
}

/// A media type without its parameters.
fn media(at: &At, key: &str) -> Result<String, Fault> {
    let said = at.opt_text(key)?.unwrap_or(JSON);
    Ok(said.split(';').next().unwrap_or(JSON).trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn read_one(endpoint: &str) -> Result<Locked<'static>, Fault> {
        let text = format!(
            r#"{{"endpoints": [{{"stable_id": "x", "method": "get", "path": "/a/{{id}}", "host": "API.test", {endpoint}}}]}}"#
        );
        let baseline: &'static Baseline = Box::leak(Box::new(Baseline::read("b.json", node(&text)).unwrap()));
        super::read("b.json", baseline, &baseline.entries[0])
    }

    #[test]
    fn an_endpoint_means_an_operation_with_what_it_cannot_tell() {
        let read = read_one(
            r#""auth_type": "bearer", "response_status_codes": [200, 404], "response_schema": {"type": "object"},
            "parameters": [{"name": "id", "location": "path", "type": "string", "required": true},
                {"name": "X-A", "location": "header"}, {"name": "note", "location": "body", "type": "string"}]"#,
        )
        .unwrap();
        assert_eq!((read.method.as_str(), read.host.as_str()), ("GET", "api.test"));
        assert_eq!(read.content.parameters.keys().collect::<Vec<_>>(), ["header.x-a", "path.id"]);
        assert!(read.content.parameters["path.id"].required);
        assert!(read.content.request.is_some_and(|r| r.content[JSON].at("/properties/note").is_some()));
        assert_eq!(read.content.responses["200"].content.len(), 1);
        assert!(read.content.responses["404"].content.is_empty(), "the schema is the answer's");
        assert_eq!(read.content.security.as_ref().map(Vec::len), Some(1));
        assert!(read.schemes["bearer"].get("scheme").is_some());
        assert_eq!(read.places.find("/parameters/header.x-a/schema").0, "/endpoints/0/parameters/1");
        assert_eq!(
            read.places.find("/responses/200/content/application~1json/type").0,
            "/endpoints/0/response_schema/type"
        );
    }

    #[test]
    fn silence_about_credentials_is_not_their_absence() {
        let knows = |text: &str| read_one(text).unwrap().content.unknown.contains(&Facet::Security);
        assert!(knows(r#""auth_type": null"#) && knows(r#""auth_type": "unknown""#));
        assert!(!knows(r#""auth_type": "none""#));
        assert_eq!(read_one(r#""auth_type": "none""#).unwrap().content.security, Some(Vec::new()));
    }

    #[test]
    fn wrong_kinds_are_refused() {
        for (text, pointer) in [
            (r#""auth_type": "magic""#, "/endpoints/0/auth_type"),
            (r#""parameters": {}"#, "/endpoints/0/parameters"),
            (r#""parameters": [{"name": "a", "location": "sky"}]"#, "/endpoints/0/parameters/0/location"),
            (r#""response_status_codes": [20000]"#, "/endpoints/0/response_status_codes/0"),
            (r#""response_status_codes": 200"#, "/endpoints/0/response_status_codes"),
        ] {
            assert_eq!(read_one(text).unwrap_err().pointer, pointer, "{text}");
        }
    }
}
