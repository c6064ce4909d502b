//! Scopes against the reference's, and scope files.

use std::collections::BTreeSet;

use super::*;
use crate::mint::names::deviations::deviates_as_told;
use crate::mint::tags::domains;
use crate::model::risk::RiskTier;
use crate::model::testing::node;

fn facts<'a>(method: &'a str, path: &'a str, tags: &'a BTreeSet<String>) -> Facts<'a> {
    Facts {
        host: "api.shop.example",
        method,
        path,
        is_first_party: true,
        is_state_changing: !matches!(method, "GET" | "HEAD" | "OPTIONS"),
        is_auth_related: false,
        has_pii: false,
        risk_tier: RiskTier::Safe,
        auth_type: "bearer",
        tags,
        observation_count: 3,
    }
}

#[test]
fn presets_take_in_what_the_reference_does_but_for_its_mistakes() {
    let table = include_str!("../../../fixtures/mint/scopes.tsv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let mut tags: BTreeSet<String> = serde_json::from_str(cells[6]).unwrap();
        tags.extend(domains(cells[1], &BTreeSet::new()).iter().map(|domain| domain.name.to_owned()));
        let facts = Facts {
            is_auth_related: cells[2] == "true",
            has_pii: cells[3] == "true",
            is_first_party: cells[4] == "true",
            risk_tier: cells[5].parse().unwrap(),
            ..facts(cells[0], cells[1], &tags)
        };
        let ours = PRESETS.iter().map(|row| row.name).filter(|name| preset(name).unwrap().admits(&facts));
        let reference: Vec<String> = serde_json::from_str(cells[7]).unwrap();
        (cells[..7].join(" "), reference.join(" "), ours.collect::<Vec<_>>().join(" "))
    });
    deviates_as_told("scopes", rows);
}

fn admits(file: &str, method: &str, path: &str, tags: &[&str]) -> bool {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    read("scope.yaml", &node(file)).unwrap().admits(&facts(method, path, &tags))
}

#[test]
fn what_is_excluded_is_out_whatever_else_it_is_and_excluding_alone_takes_the_rest() {
    let both = r#"{"name": "a", "tags": {"include": ["commerce"], "exclude": ["auth"]}}"#;
    assert!(admits(both, "GET", "/x", &["commerce"]));
    assert!(!admits(both, "GET", "/x", &["commerce", "auth"]) && !admits(both, "GET", "/x", &[]));
    let alone = r#"{"name": "a", "tags": {"exclude": ["auth"]}}"#;
    assert!(admits(alone, "GET", "/x", &[]) && !admits(alone, "GET", "/x", &["auth"]));
}

#[test]
fn the_first_rule_that_matches_decides_and_every_operator_works() {
    let of = |filter: &str| format!(r#"{{"name": "a", "rules": [{{"filters": [{filter}]}}]}}"#);
    for (filter, admitted) in [
        (r#"{"field": "method", "value": "GET"}"#, true),
        (r#"{"field": "method", "operator": "not_equals", "value": "GET"}"#, false),
        (r#"{"field": "method", "operator": "in", "value": ["GET", "HEAD"]}"#, true),
        (r#"{"field": "method", "operator": "not_in", "value": ["GET", "HEAD"]}"#, false),
        (r#"{"field": "path", "operator": "contains", "value": "order"}"#, true),
        (r#"{"field": "path", "operator": "not_contains", "value": "order"}"#, false),
        (r#"{"field": "tags", "operator": "contains", "value": "commerce"}"#, true),
        (r#"{"field": "tags", "operator": "contains", "value": "comm"}"#, false),
        (r#"{"field": "path", "operator": "matches", "value": "/V1/(orders|users)"}"#, true),
        (r#"{"field": "path", "operator": "matches", "value": "orders"}"#, false),
        (r#"{"field": "observation_count", "value": 3}"#, true),
        (r#"{"field": "is_first_party", "value": false}"#, false),
    ] {
        assert_eq!(admits(&of(filter), "GET", "/v1/orders", &["commerce"]), admitted, "{filter}");
    }
    let ordered = r#"{"name": "a", "rules": [{"include": false, "filters": [{"field": "method", "value": "POST"}]}, {}]}"#;
    assert!(admits(ordered, "GET", "/x", &[]) && !admits(ordered, "POST", "/x", &[]));
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    for (file, pointer) in [
        ("[]", ""),
        (r#"{"rules": [{}]}"#, ""),
        (r#"{"name": "a b", "rules": [{}]}"#, "/name"),
        (r#"{"name": "a"}"#, ""),
        (r#"{"name": "a", "rule": []}"#, "/rule"),
        (r#"{"name": "a", "rules": [{"filter": []}]}"#, "/rules/0/filter"),
        (
            r#"{"name": "a", "rules": [{"filters": [{"field": "methd", "value": "GET"}]}]}"#,
            "/rules/0/filters/0/field",
        ),
        (r#"{"name": "a", "rules": [{"filters": [{"field": "method"}]}]}"#, "/rules/0/filters/0"),
        (
            r#"{"name": "a", "rules": [{"filters": [{"field": "method", "operator": "gt", "value": "GET"}]}]}"#,
            "/rules/0/filters/0/operator",
        ),
        (
            r#"{"name": "a", "rules": [{"filters": [{"field": "has_pii", "value": "yes"}]}]}"#,
            "/rules/0/filters/0/value",
        ),
        (
            r#"{"name": "a", "rules": [{"filters": [{"field": "tags", "value": "x"}]}]}"#,
            "/rules/0/filters/0/value",
        ),
        (
            r#"{"name": "a", "rules": [{"filters": [{"field": "path", "operator": "matches", "value": "(a)\\1"}]}]}"#,
            "/rules/0/filters/0/value",
        ),
        (r#"{"name": "a", "rules": [{}], "default_risk_tier": "grave"}"#, "/default_risk_tier"),
    ] {
        let fault = read("scope.yaml", &node(file)).unwrap_err();
        assert_eq!(fault.pointer, pointer, "{file}: {fault:?}");
    }
}
