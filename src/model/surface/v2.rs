//! An entry of a baseline of version 2 in, the operation out.

use super::locked::Locked;
use super::places::Places;
use crate::canon::decode::decode;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::baseline::{Baseline, Entry};
use crate::model::schema::baseline::{Facet, GraphqlOperation, Operation, Request, Response};

pub(super) fn read<'a>(
    file: &str,
    baseline: &'a Baseline,
    entry: &'a Entry,
) -> Result<Option<Locked<'a>>, Fault> {
    let Some(below) = entry.pointer.strip_prefix("/operations/") else { return Ok(None) };
    // A GraphQL operation stands below the endpoint that carries it.
    let (step, name) = match below.split_once("/graphql/") {
        Some((step, name)) => (step, Some(unescaped(name))),
        None => (below, None),
    };
    let pointer = format!("/operations/{step}");
    // Not by its pointer: a file of ten thousand operations is not searched by key for each of them.
    let Some(node) = baseline.endpoint(entry) else { return Ok(None) };
    let mut content: Operation = decode(file, node).map_err(|fault| below_pointer(fault, &pointer))?;
    let mut places = Places::new(node, pointer.clone());
    let graphql = name.and_then(|name| Some((name.clone(), content.graphql.get(&name)?.clone())));
    if let Some((name, member)) = &graphql {
        carry(&mut content, &mut places, name, member);
    }
    let (method, host, path) = address(&At::new(file, &pointer, node), &unescaped(step), &content)?;
    let schemes = baseline.raw.get("security_schemes").map(Node::members).unwrap_or_default();
    Ok(Some(Locked {
        method,
        host,
        path,
        graphql,
        schemes: schemes.iter().cloned().collect(),
        defs: baseline.raw.get("$defs"),
        places,
        content,
    }))
}

/// The one form in which a GraphQL operation is sent and answered.
const JSON: &str = "application/json";

/// Puts the variables and the answer of a GraphQL operation where those of any call stand, so that they are
/// compared as such. What its source does not tell is unknown, not absent.
fn carry(content: &mut Operation, places: &mut Places, name: &str, member: &GraphqlOperation) {
    let step = pointer_step(name);
    let media = pointer_step(JSON);
    let mut known = |facet: Facet, is: bool| {
        content.unknown.retain(|unknown| *unknown != facet || !is);
        if !is && !content.unknown.contains(&facet) {
            content.unknown.push(facet);
        }
    };
    known(Facet::Request, member.variables.is_some());
    known(Facet::Responses, member.response.is_some());
    if let Some(variables) = &member.variables {
        let body = Node::map([
            ("type", Node::text("object")),
            ("properties", Node::map([("variables", variables.clone())])),
        ]);
        let content_of = [(JSON.to_owned(), body)].into();
        content.request = Some(Request { required: true, content: content_of, encoding: None });
        let part = format!("/request/content/{media}/properties/variables");
        places.moved(part, format!("/graphql/{step}/variables"));
    }
    if let Some(answer) = &member.response {
        let none = Response {
            description: None,
            content: Default::default(),
            headers: Default::default(),
            links: None,
            stream: None,
        };
        let success = content.responses.entry("200".to_owned()).or_insert(none);
        success.content = [(JSON.to_owned(), answer.clone())].into();
        places.moved(format!("/responses/200/content/{media}"), format!("/graphql/{step}/response"));
    }
}

/// Method, host and path from the key `<host><base path><path> <METHOD>`.
fn address(at: &At, key: &str, content: &Operation) -> Result<(String, String, String), Fault> {
    let base = content.base_path.as_deref().unwrap_or_default();
    let read = || {
        let (address, method) = key.rsplit_once(' ')?;
        let slash = address.find('/').unwrap_or(address.len());
        let (host, path) = address.split_at(slash);
        let path = path.strip_prefix(base)?;
        let whole = !host.is_empty() && !method.is_empty() && (path.is_empty() || path.starts_with('/'));
        whole.then(|| (method.to_ascii_uppercase(), host.to_ascii_lowercase(), path.to_owned()))
    };
    read().ok_or_else(|| {
        at.fault(format!("expected the key `<host>{base}<path> <METHOD>` for this operation, found {key:?}"))
    })
}

fn below_pointer(fault: Fault, pointer: &str) -> Fault {
    let inner = fault.pointer.clone();
    fault.pointer(format!("{pointer}{inner}"))
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn of(text: &str) -> Baseline {
        Baseline::read("baseline.json", node(text)).unwrap()
    }

    fn only(baseline: &Baseline, id: &str) -> Result<Option<Locked<'static>>, Fault> {
        let baseline: &'static Baseline = Box::leak(Box::new(baseline.clone()));
        super::read("baseline.json", baseline, baseline.entry(id).unwrap())
    }

    #[test]
    fn an_operation_is_read_with_its_address_and_places() {
        let baseline = of(
            "{\"schema_version\": \"2.0\", \"security_schemes\": {\"b\": {\"type\": \"http\"}}, \"operations\": {
             \"api.test:8443/v1/a/{id} GET\": {\"stable_id\": \"x\", \"base_path\": \"/v1\",
             \"parameters\": {\"query.q\":
               {\"schema\": {\"type\": \"string\"}}}, \"unknown\": [\"bounds\"]}}}",
        );
        let read = only(&baseline, "x").unwrap().unwrap();
        assert_eq!(
            (read.method.as_str(), read.host.as_str(), read.path.as_str()),
            ("GET", "api.test:8443", "/a/{id}")
        );
        assert_eq!(read.full_path(), "/v1/a/{id}");
        assert!(read.schemes.contains_key("b") && !read.writes());
        assert!(!read.knows(crate::model::schema::baseline::Facet::Bounds));
        let (pointer, line) = read.places.find("/parameters/query.q/schema");
        assert_eq!(
            (pointer.as_str(), line),
            ("/operations/api.test:8443~1v1~1a~1{id} GET/parameters/query.q/schema", 12)
        );
    }

    #[test]
    fn a_graphql_operation_brings_the_endpoint_that_carries_it() {
        let baseline = of(
            r#"{"schema_version": "2.0", "operations": {"a.test/graphql POST": {"stable_id": "e",
            "graphql": {"GetUser": {"stable_id": "g", "type": "query"}}}}, "mcp": {"s": {"tools": {"t": {"stable_id": "m", "raw": {}}}}}}"#,
        );
        let read = only(&baseline, "g").unwrap().unwrap();
        assert_eq!((read.method.as_str(), read.path.as_str()), ("POST", "/graphql"));
        assert_eq!(read.graphql.unwrap().0, "GetUser");
        assert!(only(&baseline, "m").unwrap().is_none(), "a tool of a server is no operation");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        for (key, content, pointer) in [
            ("a.test/x", r#""stable_id": "x""#, "/operations/a.test~1x"),
            ("a.test/x GET", r#""stable_id": "x", "base_path": "/v1""#, "/operations/a.test~1x GET"),
            ("a.test/x GET", r#""stable_id": "x", "parameters": []"#, "/operations/a.test~1x GET/parameters"),
            (
                "a.test/x GET",
                r#""stable_id": "x", "unknown": ["all"]"#,
                "/operations/a.test~1x GET/unknown/0",
            ),
        ] {
            let baseline =
                of(&format!(r#"{{"schema_version": "2.0", "operations": {{"{key}": {{{content}}}}}}}"#));
            let fault = only(&baseline, "x").unwrap_err();
            assert_eq!(fault.pointer, pointer, "{key} {content}");
            assert!(fault.line > 0);
        }
    }
}
