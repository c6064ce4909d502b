//! Whole tools and hostile arguments, up to the address that is sent.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::enforce::fingerprint::fingerprint;
use crate::enforce::request::target;
use crate::model::baseline::Baseline;
use crate::model::policy::Policy;
use crate::model::testing::node;
use crate::model::testing_pack::PackText;
use crate::model::tool::Manifest;
use crate::model::toolpack::Header;
use crate::model::toolset::Toolsets;

const ID: &str = "id-list_products";

/// A tool of version 2, by what is said of its action and its operation.
fn v2(action: Value, operation: Value) -> Result<Prepared, Refusal> {
    let pack = PackText::shop()
        .edit(|p| {
            for (key, value) in action.as_object().unwrap() {
                p.action("list_products")[key] = value.clone();
            }
            for (key, value) in operation.as_object().unwrap() {
                p.operation("list_products")[key] = value.clone();
            }
        })
        .build();
    Prepared::of(&pack, pack.manifest.tool(ID).unwrap())
}

/// A tool of version 1.
fn v1(action: Value, endpoint: Value) -> Result<Prepared, Refusal> {
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let common = json!({"method": "GET", "path": "/api/users/{id}", "host": "api.example.com"});
    let tool = json!({"name": "t", "tool_id": "s", "signature_id": "s", "endpoint_id": "e", "risk_tier": "low",
        "confirmation_required": "never", "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}}});
    let action = with(with(tool, common.clone()), action);
    let same = json!({"method": action["method"], "path": action["path"]});
    let endpoint = with(with(with(common, json!({"stable_id": "e"})), same), endpoint);
    let tree = |value: Value| node(&value.to_string());
    let header = json!({"schema_version": "1.0", "toolpack_id": "tp_a", "allowed_hosts": ["api.example.com"],
        "paths": {"tools": "a", "toolsets": "b", "policy": "c", "baseline": "d"}});
    let pack = Toolpack::assemble(
        "p",
        Header::read("toolpack.yaml", tree(header)).unwrap(),
        Manifest::read("a", tree(json!({"schema_version": "1.0", "actions": [action]}))).unwrap(),
        Toolsets::read("b", &tree(json!({"schema_version": "1.0", "toolsets": {}}))).unwrap(),
        Policy::read("c", &tree(json!({"name": "p", "default_action": "deny"}))).unwrap(),
        Baseline::read("d", tree(json!({"schema_version": "1.0", "endpoints": [endpoint]}))).unwrap(),
        BTreeMap::new(),
    )
    .unwrap();
    Prepared::of(&pack, &pack.manifest.tools[0])
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// `METHOD path?query | header: value | type | body` of a call.
fn sent(tool: &Prepared, given: Value) -> Result<String, Refusal> {
    let request = tool.request(&tool.arguments(&map(given))?)?;
    let mut out =
        format!("{} {}", request.method, target("https://h", &request)?.strip_prefix("https://h").unwrap());
    for (name, value) in &request.headers {
        out.push_str(&format!(" | {name}: {value}"));
    }
    if let Some(body) = request.body {
        out.push_str(&format!(" | {} | {}", body.content_type, String::from_utf8(body.bytes).unwrap()));
    }
    Ok(out)
}

fn refused(tool: &Prepared, given: Value) -> String {
    let refusal = sent(tool, given.clone()).expect_err(&given.to_string());
    assert_eq!(refusal.code, ReasonCode::ParamValidation, "{refusal}");
    refusal.message
}

#[test]
fn every_place_of_the_manifest_is_used() {
    let tool = v2(
        json!({"method": "PATCH", "path": "/a/{id}/b", "inputs": {"id": "path.id", "q": "query.filter[x]", "h": "header.X-Run",
            "c": "cookie.theme", "d": "cookie.lang", "name": "body./name", "deep": "body./a/b~1c"},
            "input_schema": {"type": "object", "properties": {"id": {}, "q": {}, "h": {}, "c": {}, "d": {}, "name": {}, "deep": {}},
            "required": ["id"], "additionalProperties": false}}),
        json!({"request": {"content": {"application/merge-patch+json": {}}}}),
    )
    .unwrap();
    assert_eq!(tool.origin(), "https://api.shop.example");
    assert_eq!(
        sent(&tool, json!({"id": "x y", "q": ["1", 2], "h": "run 1", "c": "a b", "d": "de", "name": null, "deep": [1.5]})).unwrap(),
        "PATCH /v1/a/x%20y/b?filter%5Bx%5D=1&filter%5Bx%5D=2 | x-run: run 1 | cookie: theme=a%20b; lang=de \
         | application/merge-patch+json | {\"a\":{\"b/c\":[1.5]},\"name\":null}"
    );
    assert_eq!(sent(&tool, json!({"id": 3})).unwrap(), "PATCH /v1/a/3/b");
    for id in [json!(["a"]), json!({"a": 1}), json!(null), json!(""), json!("..")] {
        refused(&tool, json!({"id": id}));
    }
    assert!(refused(&tool, json!({"id": 1, "h": "a\r\nx: y"})).contains("argument \"h\""));
    assert_eq!(refused(&tool, json!({"id": 1, "more": "s3cret"})), "argument more is not declared");
}

/// A value that nobody was to see stood in the path that the person was shown.
#[test]
fn a_path_is_shown_with_stars_for_what_people_are_not_shown() {
    let tool = v2(
        json!({"path": "/a/{mail}/b-{id}{kind}", "inputs": {"email": "path.mail", "id": "path.id", "kind": "path.kind"},
            "input_schema": {"type": "object", "properties": {"email": {}, "id": {}, "kind": {"default": "x"}}}}),
        json!({"parameters": {"path.id": {"style": "matrix"}}}),
    )
    .unwrap();
    let arguments = tool.arguments(&map(json!({"email": "ann@shop.example", "id": "1/2"}))).unwrap();
    let path = |shown: &[&str]| tool.shown_path(&arguments, |name| shown.contains(&name));
    assert_eq!(path(&["email", "id"]), "/v1/a/ann%40shop.example/b-;id=1%2F2x");
    assert_eq!(
        path(&["email", "id"]),
        tool.request(&arguments).unwrap().path,
        "what is shown whole is what is sent"
    );
    assert_eq!(path(&["id"]), "/v1/a/*/b-;id=1%2F2x");
    assert_eq!(path(&[]), "/v1/a/*/b-;id=*x");
}

#[test]
fn styles_of_the_baseline_are_used() {
    let tool = v2(
        json!({"path": "/a/{m}{l}", "inputs": {"m": "path.m", "l": "path.l", "p": "query.p", "d": "query.d", "f": "query.f",
            "o": "query.o", "j": "query.j", "h": "header.h"},
            "input_schema": {"type": "object", "properties": {"m": {}, "l": {}, "p": {}, "d": {}, "f": {}, "o": {}, "j": {}, "h": {}}}}),
        json!({"parameters": {"path.m": {"style": "matrix"}, "path.l": {"style": "label"},
            "query.p": {"style": "pipeDelimited"}, "query.d": {"style": "deepObject", "explode": true},
            "query.f": {"style": "form", "explode": false}, "query.o": {"style": "form"},
            "query.j": {"content": {"application/json": {}}}, "header.h": {"style": "simple", "explode": true}}}),
    )
    .unwrap();
    let all = json!({"m": "1", "l": "2", "p": [1, 2], "d": {"k": "v"}, "f": ["a", "b"], "o": {"x": 1}, "j": {"a": "b"}, "h": {"k": 1}});
    assert_eq!(
        sent(&tool, all).unwrap(),
        "GET /v1/a/;m=1.2?d%5Bk%5D=v&f=a,b&j=%7B%22a%22%3A%22b%22%7D&x=1&p=1%7C2 | h: k=1"
    );
    let other = json!({"m": "1", "l": "2", "o": {"p": "smuggled"}});
    assert!(
        refused(&tool, other).contains("another parameter"),
        "members of an object are no other parameters"
    );
    assert!(v2(json!({}), json!({"parameters": {"query.note": {"style": "wavy"}}})).is_err());
}

#[test]
fn bodies_of_other_kinds_go_as_one_argument() {
    let whole = |method: &str, media: &str| {
        let content = json!({"request": {"required": true, "content": {media: {}}}});
        v2(
            json!({"method": method, "path": "/a", "inputs": {"body": "body"},
                "input_schema": {"type": "object", "properties": {"body": {}}}}),
            content,
        )
    };
    let json = whole("POST", "application/json").unwrap();
    assert_eq!(sent(&json, json!({"body": [1, "a"]})).unwrap(), "POST /v1/a | application/json | [1,\"a\"]");
    assert_eq!(sent(&json, json!({})).unwrap(), "POST /v1/a | application/json | {}");
    assert_eq!(sent(&json, json!({"body": null})).unwrap(), "POST /v1/a | application/json | null");
    let form = whole("POST", "application/x-www-form-urlencoded").unwrap();
    assert!(sent(&form, json!({"body": {"a": "b c"}})).unwrap().ends_with("| a=b%20c"));
    refused(&form, json!({"body": "x"}));
    let delete = whole("DELETE", "application/json").unwrap();
    assert_eq!(
        sent(&delete, json!({"body": {"a": 1}})).unwrap(),
        "DELETE /v1/a | application/json | {\"a\":1}"
    );
    let refusal = whole("POST", "application/xml").unwrap_err();
    assert_eq!(refusal.code, ReasonCode::ParamValidation);
    assert_eq!(
        refusal.message,
        "tool \"list_products\": its body is \"application/xml\", which is not written here"
    );
}

#[test]
fn leftovers_go_where_the_method_has_room() {
    for (method, expected) in [
        ("GET", "GET /api/users/u?page=2&tags=a&tags=b&on=true"),
        ("DELETE", "DELETE /api/users/u?page=2&tags=a&tags=b&on=true"),
        (
            "POST",
            "POST /api/users/u | application/json | {\"none\":null,\"on\":true,\"page\":2,\"tags\":[\"a\",\"b\"]}",
        ),
    ] {
        let schema =
            json!({"type": "object", "properties": {"id": {}, "page": {}, "tags": {}, "on": {}, "none": {}}});
        let tool = v1(json!({"method": method, "input_schema": schema}), json!({})).unwrap();
        let made =
            sent(&tool, json!({"id": "u", "page": 2, "tags": ["a", "b"], "on": true, "none": null})).unwrap();
        let sorted = |text: &str| {
            let mut parts: Vec<String> = text.split(['?', '&']).map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(sorted(&made), sorted(expected));
    }
    let array = json!({"request_schema": {"type": "array"}});
    let tool = v1(
        json!({"method": "POST", "input_schema": {"properties": {"id": {}, "body": {"type": "array"}}}}),
        array,
    );
    assert_eq!(
        sent(&tool.unwrap(), json!({"id": "u", "body": [1]})).unwrap(),
        "POST /api/users/u | application/json | [1]"
    );
}

#[test]
fn a_tool_of_version_1_goes_by_its_baseline() {
    let schema = json!({"type": "object", "properties": {"id": {"type": "string"}, "X-Run": {}, "note": {}}});
    let said = json!({"parameters": [{"name": "X-Run", "location": "header"}, {"name": "note", "location": "query"},
        {"name": "id", "location": "path"}], "request_content_type": "application/x-www-form-urlencoded"});
    let tool = v1(json!({"method": "POST", "input_schema": schema}), said).unwrap();
    assert_eq!(
        sent(&tool, json!({"id": "u", "X-Run": 1, "note": "n"})).unwrap(),
        "POST /api/users/u?note=n | x-run: 1"
    );
    assert_eq!(refused(&tool, json!({"id": "u", "undeclared": true})), "argument undeclared is not declared");
    assert!(refused(&tool, json!({"note": "n"})).contains("{id}"));
}

#[test]
fn what_is_fixed_of_graphql_is_sent_and_nothing_else() {
    let fixed = json!({"operationName": "Find", "query": "query Find { a }"});
    let action = |method: &str| {
        json!({"method": method, "base_path": "", "path": "/graphql", "fixed_body": fixed, "graphql": {"operation_name": "Find", "type": "query"},
            "inputs": {"query": "body./variables/query", "first": "body./variables/first"},
            "input_schema": {"type": "object", "properties": {"query": {"type": "string"}, "first": {"type": "integer"}},
            "additionalProperties": false}})
    };
    let post = v2(action("POST"), json!({})).unwrap();
    assert_eq!(
        sent(&post, json!({"query": "shoes"})).unwrap(),
        "POST /graphql | application/json | {\"variables\":{\"query\":\"shoes\"},\"operationName\":\"Find\",\"query\":\"query Find { a }\"}"
    );
    assert_eq!(refused(&post, json!({"operationName": "DropAll"})), "argument operationName is fixed");
    let get = v2(action("GET"), json!({})).unwrap();
    assert_eq!(
        sent(&get, json!({"first": 1})).unwrap(),
        "GET /graphql?variables=%7B%22first%22%3A1%7D&operationName=Find&query=query%20Find%20%7B%20a%20%7D"
    );
    // An argument whose place is what is fixed.
    let mut setting = action("POST");
    setting["inputs"]["first"] = "body./operationName".into();
    let setting = v2(setting, json!({})).unwrap();
    assert_eq!(refused(&setting, json!({"first": 1})), "arguments would set what is fixed");

    let v1 = v1(
        json!({"method": "POST", "path": "/graphql", "fixed_body": fixed, "graphql_operation_name": "Find",
            "input_schema": {"type": "object", "properties": {"operationName": {"enum": ["Find"], "default": "Find"},
            "variables": {"type": "object"}}, "required": ["operationName"]}}),
        json!({}),
    )
    .unwrap();
    assert_eq!(
        sent(&v1, json!({"variables": {"a": 1}})).unwrap(),
        "POST /graphql | application/json | {\"variables\":{\"a\":1},\"operationName\":\"Find\",\"query\":\"query Find { a }\"}"
    );
}

#[test]
fn the_build_of_a_next_js_site_is_an_argument_or_a_default() {
    let with = |default: Value| {
        let schema = json!({"type": "object", "properties": {"build_id": default}});
        v1(json!({"path": "/_next/data/{build_id}/en/a.json", "input_schema": schema}), json!({})).unwrap()
    };
    let tool = with(json!({"type": "string", "default": "b1"}));
    assert_eq!(sent(&tool, json!({})).unwrap(), "GET /_next/data/b1/en/a.json");
    assert_eq!(sent(&tool, json!({"build_id": "b2"})).unwrap(), "GET /_next/data/b2/en/a.json");
    for none in [json!({"type": "string"}), json!({"type": "string", "default": " "})] {
        assert!(refused(&with(none), json!({})).contains("{build_id} in the path has no value"));
    }
}

#[test]
fn variables_of_a_server_are_its_defaults_and_no_arguments() {
    let server = |host: &str| {
        let variables = json!({"region": {"default": "eu"}, "version": {"default": "v2"}});
        v2(
            json!({"host": host, "base_path": "/{version}", "path": "/a", "inputs": {}, "input_schema": {"type": "object"}}),
            json!({"server_variables": variables, "scheme": "http"}),
        )
    };
    // The key of the operation has another address, which is not what is looked at here.
    let pack = |host: &str| server(host);
    let tool = pack("{region}.shop.example").unwrap();
    assert_eq!(tool.origin(), "http://eu.shop.example");
    assert_eq!(sent(&tool, json!({})).unwrap(), "GET /v2/a");
    assert!(pack("{other}.shop.example").unwrap_err().message.contains("variable without a default"));
}

#[test]
fn tools_that_cannot_be_called_rightly_are_not_prepared() {
    for (action, code, why) in [
        (json!({"method": "TRACE"}), ReasonCode::MethodNotAllowed, "method"),
        (json!({"method": "CONNECT"}), ReasonCode::MethodNotAllowed, "method"),
        (json!({"path": "/a/../b"}), ReasonCode::ParamValidation, "dots"),
        (json!({"path": "/a?x=1"}), ReasonCode::ParamValidation, "query"),
        (
            json!({"inputs": {"note": "header.Authorization"}}),
            ReasonCode::ParamValidation,
            "no argument sets",
        ),
        (json!({"inputs": {"note": "path.gone"}}), ReasonCode::ParamValidation, "does not have"),
        (json!({"input_schema": {"$ref": "https://x.test"}}), ReasonCode::ParamValidation, "schema"),
        (json!({"fixed_body": [1]}), ReasonCode::ParamValidation, "no object"),
        (json!({"inputs": {"confirmation_token_id": "query.x"}}), ReasonCode::ParamValidation, "token"),
    ] {
        let refusal = v2(action.clone(), json!({})).expect_err(&action.to_string());
        assert_eq!(refusal.code, code, "{action}");
        assert!(
            refusal.message.starts_with("tool \"list_products\": ") && refusal.message.contains(why),
            "{refusal}"
        );
    }
}

#[test]
fn a_path_of_the_base_stays_in_front() {
    let tool = v1(json!({}), json!({})).unwrap();
    let request = tool.request(&tool.arguments(&map(json!({"id": "u"}))).unwrap()).unwrap();
    for (base, whole) in [
        ("https://h", "https://h/api/users/u"),
        ("http://127.0.0.1:18099/prefix", "http://127.0.0.1:18099/prefix/api/users/u"),
        ("http://[::1]:80/p/q/", "http://[::1]:80/p/q/api/users/u"),
    ] {
        assert_eq!(target(base, &request).unwrap(), whole);
    }
    for base in [
        "file:///etc",
        "ftp://h",
        "h",
        "https://",
        "https://u:p@h",
        "https://h/?q",
        "https://h#f",
        "https://h\\x",
        "https://h/a/../b",
        "https://h/%2e%2E",
    ] {
        assert!(target(base, &request).is_err(), "{base}");
    }
}

/// A tool with an argument of every kind.
static ALL: LazyLock<Prepared> = LazyLock::new(|| {
    v2(
        json!({"method": "POST", "path": "/users/{id}/x", "inputs": {"id": "path.id", "q": "query.q", "h": "header.x-h",
            "c": "cookie.c", "b": "body./b"},
            "input_schema": {"type": "object", "properties": {"id": {"type": "string"}, "q": {}, "h": {}, "c": {}, "b": {}}}}),
        json!({}),
    )
    .unwrap()
});

static SHOP: LazyLock<Toolpack> = LazyLock::new(|| PackText::shop().build());

fn any_argument() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "../../echo/outside",
            "x?admin=1",
            "x#cut",
            "a\r\nHost: evil",
            "%2e%2e",
            "{other}",
            "",
            "&q=2",
            ";c=2",
            "\u{0}",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![text.prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(Value::Null)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_arguments_reach_another_address_header_or_member(
        id in any::<String>(), values in prop::collection::vec(any_argument(), 4), undeclared in "[a-z]{2,6}",
    ) {
        let tool = &*ALL;
        let mut given: Map<String, Value> =
            ["q", "h", "c", "b"].into_iter().zip(values).map(|(n, v)| (n.to_owned(), v)).collect();
        given.insert("id".to_owned(), id.into());
        if let Ok(arguments) = tool.arguments(&given) && let Ok(request) = tool.request(&arguments) {
            prop_assert!(tool.is_own_path(&request.path));
            prop_assert_eq!(request.path.split('/').count(), 5);
            let query = request.query.clone().unwrap_or_default();
            prop_assert!(query.split('&').filter(|pair| !pair.is_empty()).all(|pair| pair.starts_with("q=")));
            prop_assert!(!query.contains(['#', '?', ' ']));
            let address = target("https://api.shop.example", &request).unwrap();
            let parsed = url_of(&address);
            prop_assert_eq!(parsed, ("api.shop.example", request.path.as_str(), query.as_str()));
            for (name, value) in &request.headers {
                prop_assert!(["x-h", "cookie"].contains(&name.as_str()));
                prop_assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)));
                prop_assert!(name != "cookie" || value.starts_with("c=") && !value.contains(';'));
            }
            if let Some(body) = &request.body {
                let body: Value = serde_json::from_slice(&body.bytes).unwrap();
                prop_assert_eq!(body, json!({"b": given["b"]}));
            }
        }
        given.insert(undeclared, json!(1));
        prop_assert!(tool.arguments(&given).is_err());
    }

    #[test]
    fn a_confirmation_is_for_these_very_arguments(a in any_argument(), b in any_argument()) {
        let tool = SHOP.manifest.tool(ID).unwrap();
        let of = |value: &Value| fingerprint(tool, &map(json!({"note": value})));
        prop_assert!(a == b || of(&a) != of(&b));
    }
}

/// Host, path and query of an address.
fn url_of(address: &str) -> (&str, &str, &str) {
    let rest = address.strip_prefix("https://").unwrap();
    let (host, rest) = rest.split_at(rest.find('/').unwrap());
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (host, path, query)
}
