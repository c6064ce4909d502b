//! Small operations before and after: each rule speaks, and its near miss does not.

use serde_json::{Value, json};

use super::compare;
use crate::model::baseline::Baseline;
use crate::model::surface::Locked;
use crate::model::testing::node;

/// A baseline of one operation.
fn baseline(key: &str, operation: Value, schemes: Value) -> &'static Baseline {
    let mut operation = operation;
    operation["stable_id"] = json!("x");
    let text = json!({"schema_version": "2.0", "security_schemes": schemes, "operations": {key: operation}});
    Box::leak(Box::new(Baseline::read("b.json", node(&text.to_string())).unwrap()))
}

fn locked(key: &str, operation: Value, schemes: Value) -> Locked<'static> {
    let baseline = baseline(key, operation, schemes);
    crate::model::surface::read("b.json", baseline, &baseline.entries[0]).unwrap().unwrap()
}

fn ids(old: &Locked, new: &Locked) -> Vec<&'static str> {
    compare(old, new).iter().map(|c| c.rule.id).collect()
}

#[test]
fn methods_are_weighed_by_what_they_do() {
    let of = |method: &str| locked(&format!("a.test/x {method}"), json!({}), json!({}));
    for (old, new, told) in [
        ("GET", "POST", "op.method-escalated"),
        ("POST", "DELETE", "op.method-escalated"),
        ("GET", "BREW", "op.method-escalated"),
        ("PUT", "POST", "op.idempotency-lost"),
        ("POST", "PUT", "op.method-changed"),
        ("DELETE", "GET", "op.method-changed"),
    ] {
        assert_eq!(ids(&of(old), &of(new)), [told], "{old} {new}");
    }
    assert!(ids(&of("GET"), &of("get")).is_empty());
}

#[test]
fn paths_are_told_by_what_the_caller_chooses() {
    let of = |path: &str| locked(&format!("a.test{path} GET"), json!({}), json!({}));
    for (old, new, told) in [
        ("/users/me", "/users/{id}", "op.path-broadened"),
        ("/users/{id}", "/users/me", "op.path-narrowed"),
        ("/users/{id}", "/users/{user}", "op.path-param-renamed"),
        ("/users", "/people", "op.path-changed"),
    ] {
        assert!(ids(&of(old), &of(new)).contains(&told), "{old} {new}");
    }
    let split = locked("a.test/v1/x GET", json!({"base_path": "/v1"}), json!({}));
    assert!(ids(&of("/v1/x"), &split).is_empty(), "the same address, split otherwise");
}

#[test]
fn deprecation_is_told_with_its_day() {
    let of = |value: Value| locked("a.test/x GET", value, json!({}));
    let plain = of(json!({}));
    let day = |day: &str| of(json!({"deprecated": true, "sunset": day}));
    assert_eq!(ids(&plain, &day("2027-01-31")), ["op.deprecated"]);
    assert_eq!(ids(&plain, &of(json!({"deprecated": true}))), ["op.deprecated-no-sunset"]);
    assert_eq!(ids(&plain, &day("soon")), ["op.deprecated-no-sunset"]);
    assert_eq!(ids(&day("2027-01-31"), &day("2026-12-31")), ["op.sunset-moved-earlier"]);
    assert!(ids(&day("2026-12-31"), &day("2027-01-31")).is_empty(), "later is no loss");
    assert_eq!(ids(&day("2026-12-31"), &day("never")), ["op.deprecated-no-sunset"]);
    assert_eq!(ids(&day("2026-12-31"), &plain), ["op.undeprecated"]);
    let unknown = of(json!({"deprecated": true, "unknown": ["deprecation"]}));
    assert!(ids(&unknown, &plain).is_empty(), "unknown is not absent");
}

fn schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer"},
        "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "basic": {"type": "http", "scheme": "basic"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "key_too": {"type": "apiKey", "in": "header", "name": "x-key"},
        "other_key": {"type": "apiKey", "in": "header", "name": "X-Other"},
        "url_key": {"type": "apiKey", "in": "query", "name": "X-Key"},
        "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.test/token"}}},
        "moved": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://evil.test/token"}}},
        "code": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://id.test/a", "tokenUrl": "https://id.test/token"}}},
        "code_moved": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://evil.test/a", "tokenUrl": "https://id.test/token"}}},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.test/c"},
        "oidc_moved": {"type": "openIdConnect", "openIdConnectUrl": "https://evil.test/c"},
    })
}

#[test]
fn credentials_are_compared_by_what_they_are() {
    let of = |security: Value| locked("a.test/x GET", json!({"security": security}), schemes());
    for (old, new, told) in [
        (json!([{"bearer": []}]), json!([]), &["auth.removed"][..]),
        (json!([{"bearer": []}]), json!([{"bearer": []}, {}]), &["auth.removed"]),
        (json!([]), json!([{"bearer": []}]), &["auth.added"]),
        (json!([{"bearer": []}]), json!([{"bearer": []}, {"basic": []}]), &["auth.alternative-added"]),
        (json!([{"bearer": []}, {"basic": []}]), json!([{"bearer": []}]), &["auth.alternative-removed"]),
        (json!([{"oauth": []}]), json!([{"key": []}]), &["auth.scheme-changed"]),
        (json!([{"bearer": []}]), json!([{"basic": []}]), &["auth.scheme-weakened"]),
        (json!([{"jwt": []}]), json!([{"bearer": []}]), &["auth.scheme-weakened"]),
        (json!([{"key": []}]), json!([{"url_key": []}]), &["auth.key-location-changed"]),
        (json!([{"key": []}]), json!([{"other_key": []}]), &["auth.header-name-changed"]),
        (json!([{"key": []}]), json!([{"key_too": []}]), &[]),
        (json!([{"oauth": []}]), json!([{"moved": []}]), &["auth.token-url-changed"]),
        (json!([{"code": []}]), json!([{"code_moved": []}]), &["auth.authorize-url-changed"]),
        (json!([{"oidc": []}]), json!([{"oidc_moved": []}]), &["auth.issuer-changed"]),
        (
            json!([{"oauth": ["a:read"]}]),
            json!([{"oauth": ["a:read", "b:read"]}]),
            &["auth.scope-required-added"],
        ),
        (
            json!([{"oauth": ["a:read", "b:read"]}]),
            json!([{"oauth": ["a:read"]}]),
            &["auth.scope-required-removed"],
        ),
        (json!([{"oauth": ["a:read"]}]), json!([{"oauth": ["a:*"]}]), &["auth.scope-broadened"]),
        (json!([{"oauth": ["a:read"]}]), json!([{"oauth": ["a:write"]}]), &["auth.scope-broadened"]),
        (json!([{"oauth": ["a:read"]}]), json!([{"oauth": ["a:read", "admin"]}]), &["auth.scope-broadened"]),
        (json!([{"oauth": ["a", "b"]}]), json!([{"oauth": ["b", "a"]}]), &[]),
    ] {
        assert_eq!(ids(&of(old.clone()), &of(new.clone())), told, "{old} {new}");
    }
    let unknown = locked("a.test/x GET", json!({"unknown": ["security"]}), schemes());
    assert!(
        ids(&unknown, &of(json!([]))).is_empty() && ids(&of(json!([{"bearer": []}])), &unknown).is_empty()
    );
}

#[test]
fn bodies_are_told_by_whether_they_are_there_and_in_which_form() {
    let of = |request: Value| locked("a.test/x POST", json!({"request": request}), json!({}));
    let none = locked("a.test/x POST", json!({}), json!({}));
    let body = |required: bool, media: &[&str]| {
        let content: serde_json::Map<_, _> =
            media.iter().map(|m| ((*m).to_owned(), json!({"type": "object"}))).collect();
        of(json!({"required": required, "content": content}))
    };
    let json_body = |required| body(required, &["application/json"]);
    for (old, new, told) in [
        (&none, &json_body(true), "req.body-required-added"),
        (&none, &json_body(false), "req.body-optional-added"),
        (&json_body(true), &none, "req.body-removed"),
        (&json_body(false), &json_body(true), "req.body-became-required"),
        (&json_body(true), &json_body(false), "req.body-became-optional"),
        (&json_body(true), &body(true, &["application/json", "text/csv"]), "req.media-added"),
        (&body(true, &["application/json", "text/csv"]), &json_body(true), "req.media-removed"),
        (
            &json_body(true),
            &body(true, &["application/json", "multipart/form-data"]),
            "op.content-effect-changed",
        ),
    ] {
        assert_eq!(ids(old, new), [told]);
    }
    let xml = compare(&json_body(true), &body(true, &["application/json", "application/xml"]));
    assert_eq!(xml[0].severity, Some(crate::rules::Severity::High));
}

#[test]
fn answers_are_told_by_status_form_header_and_schema() {
    let of = |responses: Value| locked("a.test/x GET", json!({"responses": responses}), json!({}));
    let ok = json!({"content": {"application/json": {"type": "object"}}});
    for (old, new, told) in [
        (json!({"200": ok}), json!({"201": ok}), "res.status-success-changed"),
        (json!({"200": ok, "201": ok}), json!({"200": ok}), "res.status-success-removed"),
        (json!({"200": ok}), json!({"200": ok, "202": ok}), "res.status-success-added"),
        (json!({"200": ok}), json!({"200": ok, "404": {}}), "res.status-error-added"),
        (json!({"200": ok, "404": {}}), json!({"200": ok}), "res.status-error-removed"),
        (
            json!({"200": ok}),
            json!({"200": {"content": {"text/csv": {"type": "object"}}}}),
            "res.media-changed",
        ),
        (
            json!({"200": {"content": {"application/json": {"type": "object"}, "text/csv": {"type": "string"}}}}),
            json!({"200": ok}),
            "res.media-removed",
        ),
        (
            json!({"200": ok}),
            json!({"200": {"content": {"application/zip": {"type": "object"}}}}),
            "op.content-effect-changed",
        ),
        (
            json!({"200": {"content": ok["content"], "headers": {"etag": {}}}}),
            json!({"200": ok}),
            "res.header-required-removed",
        ),
        (
            json!({"200": ok}),
            json!({"200": {"content": ok["content"], "stream": true}}),
            "res.stream-enabled",
        ),
        (json!({"200": ok}), json!({"200": {"content": {"application/json": {}}}}), "res.schema-lost"),
    ] {
        assert_eq!(ids(&of(old.clone()), &of(new.clone())), [told], "{old} {new}");
    }
    assert!(ids(&of(json!({"200": ok})), &of(json!({"200": ok}))).is_empty());
}

#[test]
fn how_a_parameter_is_written_is_compared_with_what_silence_means() {
    let of =
        |parameter: Value| locked("a.test/x GET", json!({"parameters": {"query.q": parameter}}), json!({}));
    let plain = of(json!({"schema": {"type": "array"}}));
    assert!(
        ids(&plain, &of(json!({"schema": {"type": "array"}, "style": "form", "explode": true}))).is_empty()
    );
    for other in
        [json!({"style": "pipeDelimited"}), json!({"explode": false}), json!({"allow_reserved": true})]
    {
        let mut other = other;
        other["schema"] = json!({"type": "array"});
        assert_eq!(ids(&plain, &of(other)), ["par.style-changed"]);
    }
}

#[test]
fn no_operation_differs_from_itself() {
    let all = locked(
        "a.test/v1/x/{id} POST",
        json!({"base_path": "/v1", "deprecated": true, "sunset": "2027-01-01", "security": [{"oauth": ["a"]}],
            "parameters": {"path.id": {"required": true, "schema": {"type": "string"}}},
            "request": {"required": true, "content": {"application/json": {"type": "object"}}},
            "responses": {"200": {"content": {"application/json": {"type": "object"}}, "headers": {"etag": {}}}}}),
        schemes(),
    );
    assert!(compare(&all, &all).is_empty());
}
