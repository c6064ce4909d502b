//! From exchanges to a baseline that the model reads back.

use std::collections::BTreeMap;

use super::baseline::{Known, Observed, Options, baseline};
use super::part::tests::{get, part_at};
use crate::canon::emit::emit_json;
use crate::canon::json::compact;
use crate::canon::{Node, digest};
use crate::model::baseline::Baseline;
use crate::model::bytes;
use crate::model::exchange::{Body, Content, Credential, Exchange};
use crate::model::schema::baseline::BaselineFile;
use crate::model::surface;
use crate::model::testing::node;

fn of(exchanges: &[Exchange]) -> Observed {
    let made = baseline(
        &part_at(exchanges, 0),
        &Options { file: "baseline.json", source: "har", known: &Known::default(), is_sample: false },
    )
    .unwrap();
    // What is written is read back as it was made, by the readers of everybody.
    let text = emit_json(&made.baseline.raw);
    let raw = bytes::json("baseline.json", text.as_bytes(), 1 << 24).unwrap();
    crate::canon::decode::decode::<BaselineFile>("baseline.json", &raw).unwrap();
    let read = Baseline::read("baseline.json", raw).unwrap();
    assert_eq!(read.raw, made.baseline.raw);
    for entry in &read.entries {
        surface::read("baseline.json", &read, entry).unwrap().expect("an operation");
    }
    made
}

fn operation<'a>(made: &'a Observed, key: &str) -> &'a Node {
    made.baseline.raw.get("operations").and_then(|all| all.get(key)).unwrap_or_else(|| {
        panic!(
            "no {key} among {:?}",
            made.baseline.raw.get("operations").unwrap().members().iter().map(|(k, _)| k).collect::<Vec<_>>()
        )
    })
}

fn post(path: &str, sent: &str, answer: &str) -> Exchange {
    let mut one = get(path, answer);
    one.method = "POST".into();
    if !sent.is_empty() {
        one.request = Some(Body { media: "application/json".into(), content: Content::Json(node(sent)) });
    }
    one
}

#[test]
fn a_templated_call_is_an_operation_with_what_was_seen() {
    let mut refused = get("/v1/users/9?page=x", r#"{"error": "no"}"#);
    refused.status = Some(404);
    let made = of(&[
        get("/v1/users/7?expand=orders", r#"{"id": 7, "email": "a@b.co", "age": null}"#),
        get("/v1/users/8", r#"{"id": 8, "email": "c@d.co", "age": 4.5}"#),
        refused,
    ]);
    assert_eq!(
        compact(operation(&made, "api.test/v1/users/{user_id} GET")),
        concat!(
            r#"{"stable_id": "92946d5c08d2df17", "basis": "observed", "parameters": {"#,
            r#""path.user_id": {"required": true, "schema": {"type": "integer"}}, "#,
            r#""query.expand": {"schema": {"type": "string"}}, "query.page": {"schema": {"type": "string"}}}, "#,
            r#""responses": {"200": {"content": {"application/json": {"type": "object", "properties": {"#,
            r#""age": {"type": ["number", "null"]}, "email": {"type": "string", "format": "email"}, "id": {"type": "integer"}}, "#,
            r#""required": ["age", "email", "id"]}}}, "404": {"content": {"application/json": {"type": "object", "#,
            r#""properties": {"error": {"type": "string"}}, "required": ["error"]}}}}, "#,
            r#""observed": {"count": 3, "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-01-01T00:00:00Z", "#,
            r#""statuses": {"200": 2, "404": 1}, "params": {"query.expand": 1, "query.page": 1}, "anonymous": 2, "#,
            r#""p50_ms": 15, "p95_ms": 15}, "unknown": ["bounds", "deprecation", "headers", "requiredness", "security", "texts"]}"#,
        )
    );
    assert_eq!(made.notes, []);
}

#[test]
fn what_callers_prove_is_told_with_what_came_of_it() {
    let with = |credentials: &[Credential], status: u16| {
        let mut one = get("/a", "{}");
        one.credentials = credentials.to_vec();
        one.status = Some(status);
        one
    };
    let bearer = || Credential::Scheme("bearer".into());
    let key = || Credential::Header("x-api-key".into());
    let security = |calls: &[Exchange]| {
        let made = of(calls);
        let schemes = made.baseline.raw.get("security_schemes").map(compact).unwrap_or_default();
        (operation(&made, "api.test/a GET").get("security").map(compact).unwrap_or_default(), schemes)
    };
    let http = r#""bearer": {"type": "http", "scheme": "bearer"}"#;
    assert_eq!(security(&[with(&[], 200)]), (String::new(), String::new()));
    assert_eq!(
        security(&[with(&[bearer(), Credential::Cookie], 200), with(&[], 401)]),
        (r#"[{"bearer": []}]"#.into(), format!("{{{http}}}"))
    );
    assert_eq!(security(&[with(&[bearer()], 200), with(&[], 200)]).0, r#"[{"bearer": []}, {}]"#);
    assert_eq!(
        security(&[with(&[bearer()], 200), with(&[Credential::Scheme("basic".into())], 401)]).0,
        r#"[{"bearer": []}]"#
    );
    assert_eq!(security(&[with(&[bearer(), key()], 200)]).0, r#"[{"bearer": [], "x-api-key": []}]"#);
    assert_eq!(
        security(&[with(&[Credential::Cookie], 200)]).1,
        r#"{"cookie": {"type": "apiKey", "in": "cookie"}}"#
    );
    let odd = [Credential::Header("bearer".into()), bearer()];
    assert_eq!(
        security(&[with(&odd, 200)]).0.matches("[]").count(),
        2,
        "a header may be called as a scheme is"
    );
}

#[test]
fn two_places_that_the_recorder_names_alike_are_two_parameters() {
    let mut one = get("/a/1/b/2", "");
    one.route = Some("/a/{id}/b/{id}".into());
    let made = of(&[one, get("/c/{id}/d/{id}/e/{id_2}", "")]);
    let parameters = |key: &str| {
        let all = operation(&made, key).get("parameters").unwrap().members();
        all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(parameters("api.test/a/{id}/b/{id_2} GET"), ["path.id", "path.id_2"]);
    assert_eq!(parameters("api.test/c/{id}/d/{id_3}/e/{id_2} GET"), ["path.id", "path.id_2", "path.id_3"]);
}

#[test]
fn what_is_not_kept_is_unknown_and_not_absent() {
    let unknown = |made: &Observed, key: &str| -> Vec<String> {
        let all = operation(made, key).get("unknown").unwrap().items().iter();
        all.filter_map(|n| n.as_text().map(str::to_owned)).collect()
    };
    let many = |n: usize| {
        let members: Vec<String> = (0..n).map(|i| format!("\"k{i}x\": {i}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let made = of(&[post("/big", &many(2_500), &many(3)), post("/answer", "{}", &many(2_500))]);
    assert!(unknown(&made, "api.test/big POST").contains(&"request".to_owned()));
    assert!(!unknown(&made, "api.test/big POST").contains(&"responses".to_owned()));
    assert!(unknown(&made, "api.test/answer POST").contains(&"responses".to_owned()));
    assert_eq!(made.notes.iter().filter(|note| note.plain().contains("fields of one body")).count(), 2);
    let queries: Vec<Exchange> = (0..70).map(|i| get(&format!("/q?p{i}x=1"), "{}")).collect();
    assert!(unknown(&of(&queries), "api.test/q GET").contains(&"parameters".to_owned()));
    let keys: Vec<Exchange> = (0..70)
        .map(|i| {
            let mut one = get("/k", "{}");
            one.credentials = vec![Credential::Header(format!("x-key-{i}"))];
            one
        })
        .collect();
    assert!(unknown(&of(&keys), "api.test/k GET").contains(&"security".to_owned()));
    let media: Vec<Exchange> = (0..70)
        .map(|i| {
            let mut one = post("/m", "{}", "{}");
            one.request.iter_mut().for_each(|body| body.media = format!("application/x-{i}"));
            one
        })
        .collect();
    let unknown = unknown(&of(&media), "api.test/m POST");
    assert!(["media", "request", "responses"].iter().all(|facet| unknown.iter().any(|u| u == facet)));
}

#[test]
fn names_of_people_are_no_choices() {
    let answer = |who: &str, state: &str| {
        let fields =
            ["assignee", "created_by", "customer", "contact", "owner", "reviewer", "user", "to", "patient"];
        let members: Vec<String> = fields.iter().map(|field| format!("\"{field}\": \"{who}\"")).collect();
        get("/tasks", &format!("{{{}, \"state\": \"{state}\"}}", members.join(",")))
    };
    let calls: Vec<Exchange> =
        (0..40).map(|i| if i % 2 == 0 { answer("ann", "open") } else { answer("bob", "shut") }).collect();
    let text = compact(&of(&calls).baseline.raw);
    assert!(!text.contains("\"ann\"") && !text.contains("\"bob\""), "{text}");
    assert!(text.contains(r#""enum": ["open", "shut"]"#), "{text}");
}

#[test]
fn graphql_is_told_apart_by_operation_over_all_samples() {
    let ask = |name: &str, query: &str, answer: &str| {
        let sent = format!(r#"{{"operationName": "{name}", "query": "{query}", "variables": {{"id": 3}}}}"#);
        post("/gql", &sent, answer)
    };
    let mut calls: Vec<Exchange> =
        (0..6).map(|i| ask(&format!("Get{i}x"), &format!("query Get{i}x {{ a{i} }}"), "{}")).collect();
    calls.push(ask(
        "Drop",
        "fragment F on R { ok { id } } mutation Drop($id: ID!) { drop(id: $id) { ...F } }",
        r#"{"data": {"drop": {"ok": {"id": "x"}}}}"#,
    ));
    let hash = "ab".repeat(32);
    calls.push(post(
        "/gql",
        &format!(
            r#"{{"operationName": "Kept", "extensions": {{"persistedQuery": {{"sha256Hash": "{hash}"}}}}}}"#
        ),
        "{}",
    ));
    calls.push(post(
        "/gql",
        r#"[{"operationName": "B1", "query": "{ x }"}, {"operationName": "B2", "query": "{ y }"}]"#,
        r#"[{"data": {"x": 1}}, {"data": {"y": "z"}}]"#,
    ));
    let made = of(&calls);
    let endpoint = operation(&made, "api.test/gql POST");
    let graphql = endpoint.get("graphql").unwrap();
    let names: Vec<&str> = graphql.members().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["B1", "B2", "Drop", "Get0x", "Get1x", "Get2x", "Get3x", "Get4x", "Get5x", "Kept"]);
    let drop = graphql.get("Drop").unwrap();
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_text).map(str::to_owned);
    assert_eq!(text(drop, "type").as_deref(), Some("mutation"));
    assert_eq!(compact(drop.get("selection").unwrap()), r#"["drop", "drop.ok", "drop.ok.id"]"#);
    assert_eq!(
        text(drop, "document_sha256"),
        text(drop, "document").map(|d| digest::sha256_hex(d.as_bytes()))
    );
    assert_eq!(compact(drop.at("/variables/properties").unwrap()), r#"{"id": {"type": "integer"}}"#);
    assert_eq!(
        compact(graphql.at("/B2/response/properties/data/properties").unwrap()),
        r#"{"y": {"type": "string"}}"#
    );
    let kept = graphql.get("Kept").unwrap();
    assert_eq!((text(kept, "type"), text(kept, "persisted_sha256")), (None, Some(hash)));
    assert!(endpoint.get("request").is_none(), "what is sent stands with each operation");
    assert_eq!(made.notes.len(), 1);
    assert!(made.notes[0].plain().contains("count as writing: Kept"), "{:?}", made.notes);
}

#[test]
fn calls_that_share_an_address_are_never_one_silently() {
    let rpc = |method: &str| {
        post("/rpc", &format!(r#"{{"jsonrpc": "2.0", "method": "{method}", "id": 1, "params": {{}}}}"#), "{}")
    };
    let mut grpc = post("/pkg.Service/Get", "", "");
    grpc.request = Some(Body { media: "application/grpc-web+proto".into(), content: Content::Opaque(12) });
    let made = of(&[rpc("users.get"), rpc("users.drop"), grpc, post("/g", r#"{"query": "{ a }"}"#, "{}")]);
    let told: Vec<String> = made.notes.iter().map(crate::model::phrase::Phrase::plain).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("1 GraphQL documents without a name") && told[1].contains("gRPC"));
    assert!(told[2].contains("users.drop, users.get") && told[2].contains("JSON-RPC"));
    assert_eq!(
        compact(operation(&made, "api.test/rpc POST").get("x-rpc-methods").unwrap()),
        r#"["users.drop", "users.get"]"#
    );
    let schema =
        operation(&made, "api.test/rpc POST").at("/request/content/application~1json/properties/method");
    assert_eq!(compact(schema.unwrap()), r#"{"type": "string", "enum": ["users.drop", "users.get"]}"#);
}

#[test]
fn flows_join_what_gives_a_field_and_what_takes_it() {
    let mut gone = get("/users/1", "");
    gone.method = "DELETE".into();
    gone.status = Some(204);
    let made = of(&[
        get("/users", r#"{"data": [{"id": 1, "name": "n", "status": "s"}]}"#),
        get("/users/1", r#"{"id": 1, "name": "n"}"#),
        gone,
        post("/orders", r#"{"user": {"id": 1}, "widgetId": 4}"#, r#"{"id": 9}"#),
        get("/orders/9", r#"{"id": 9}"#),
        get("/shelf", r#"{"data": {"widget_id": 4}}"#),
    ]);
    let keys: BTreeMap<&str, &str> = made
        .baseline
        .raw
        .get("operations")
        .unwrap()
        .members()
        .iter()
        .map(|(key, op)| {
            (op.get("stable_id").and_then(Node::as_text).unwrap(), key.strip_prefix("api.test").unwrap())
        })
        .collect();
    let flows: Vec<String> = made
        .baseline
        .raw
        .at("/summary/flows")
        .unwrap()
        .items()
        .iter()
        .map(|flow| {
            let text = |key: &str| flow.get(key).and_then(Node::as_text).unwrap();
            format!(
                "{} -> {} {} {}",
                keys[text("from")],
                keys[text("to")],
                text("field"),
                flow.get("confidence").and_then(Node::as_int).unwrap()
            )
        })
        .collect();
    let mut sorted = flows.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "/orders POST -> /orders/{order_id} GET order_id 85",
            "/shelf GET -> /orders POST widgetId 80",
            "/users GET -> /orders POST id 90",
            "/users GET -> /users/{user_id} DELETE user_id 90",
            "/users GET -> /users/{user_id} GET user_id 90",
        ]
    );
}

#[test]
fn enough_evidence_makes_a_parameter_required_and_a_choice() {
    let some = |n: usize| {
        (0..n)
            .map(|i| get(&format!("/list?tenant=t{}&sort={}", i % 2, ["asc", "desc"][i % 2]), "[]"))
            .collect::<Vec<_>>()
    };
    let parameters = |n| {
        let made = of(&some(n));
        let list = operation(&made, "api.test/list GET");
        (
            compact(list.get("parameters").unwrap()),
            list.get("unknown").unwrap().items().iter().any(|u| u.as_text() == Some("requiredness")),
        )
    };
    let choices = r#"{"required": true, "schema": {"type": "string", "enum": ["asc", "desc"]}}"#;
    let (many, open) = parameters(10);
    assert!(many.contains(&format!("\"query.sort\": {choices}")) && !open, "{many}");
    let (few, open) = parameters(9);
    assert!(!few.contains("required") && !few.contains("enum") && open, "{few}");
}

#[test]
fn the_source_is_one_for_all_splits() {
    let all: Vec<Exchange> = (0..9).map(|i| get(&format!("/a/{i}"), &format!("{{\"n\": {i}}}"))).collect();
    let options = Options { file: "b", source: "har", known: &Known::default(), is_sample: false };
    let whole = baseline(&part_at(&all, 0), &options).unwrap();
    let mut last = part_at(&all[4..], 4);
    last.merge("p", part_at(&all[..4], 0)).unwrap();
    assert_eq!(baseline(&last, &options).unwrap().baseline.raw, whole.baseline.raw);
    assert!(
        whole.baseline.raw.at("/summary/sources/har").and_then(Node::as_text).is_some_and(digest::is_digest)
    );
}
