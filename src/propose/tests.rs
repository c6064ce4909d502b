//! What is told of inputs and what never is, and that the order of calls changes nothing.

use proptest::prelude::*;

use super::files::{Origin, PROPOSALS, texts};
use super::gates::{Filters, MIN_CONFIDENCE, select};
use super::*;
use crate::canon::Node;
use crate::mint::{Options, Source, mint};
use crate::model::exchange::{Body, Content, Exchange};
use crate::model::risk::RiskTier;
use crate::model::testing::node;
use crate::observe::baseline::{self, Known};
use crate::observe::inputs::inputs;
use crate::observe::part::tests::{get, part_at};

fn posted(path: &str, body: &str, status: u16) -> Exchange {
    let request = Body { media: "application/json".into(), content: Content::Json(node(body)) };
    Exchange { method: "POST".into(), request: Some(request), status: Some(status), ..get(path, "{}") }
}

fn pack(exchanges: &[Exchange]) -> (Toolpack, Told) {
    let part = part_at(exchanges, 0);
    let options = baseline::Options {
        file: "baseline.json",
        source: "har",
        known: &Known::default(),
        is_sample: false,
    };
    let baseline = baseline::baseline(&part, &options).unwrap().baseline;
    let digest = part.digest("part").unwrap();
    let source = Source { kind: "har".into(), name: "a.har".into(), complete: false, digest, baseline };
    let options = Options {
        dir: String::new(),
        name: None,
        default_name: "a".into(),
        toolpack_id: None,
        created_at: None,
        scope: None,
        only: None,
        hosts: Vec::new(),
        same: Vec::new(),
        runtime: None,
    };
    (mint(vec![source], None, &options).unwrap().pack, inputs(&part))
}

fn drafted(exchanges: &[Exchange]) -> Vec<String> {
    let (pack, told) = pack(exchanges);
    let origin = Origin { capture_id: "cap_0", scope: "all", last: None };
    texts(&draft(&pack, &told).unwrap(), origin).into_values().collect()
}

fn calls() -> Vec<Exchange> {
    let mut all = Vec::new();
    for n in 0..3 {
        all.push(get(&format!("/users/{}?page={n}&sort=asc", 40 + n), r#"{"name": "x", "id": 7}"#));
        all.push(posted("/orders", r#"{"state": "open", "count": 3}"#, 201));
        all.push(posted("/graphql", r#"{"operationName": "Me", "query": "query Me { me { id } }"}"#, 200));
        all.push(posted("/graphql", r#"{"operationName": "Pay", "query": "mutation Pay($kind: String) { pay(kind: $kind) }", "variables": {"kind": "card"}}"#, 200));
        all.push(posted("/broken", r#"{"a": "b"}"#, 500));
    }
    all
}

#[test]
fn a_graphql_endpoint_is_one_family_and_each_operation_a_candidate() {
    let (pack, told) = pack(&calls());
    let drafted = draft(&pack, &told).unwrap();
    let family = drafted.families.iter().find(|family| family.is_graphql).unwrap();
    let names: Vec<_> = family.operations().filter_map(|member| member.tool.graphql.as_deref()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let of = |name: &str| drafted.proposals.iter().find(|p| p.tool.graphql.as_deref() == Some(name)).unwrap();
    assert!(
        of("Me").rationale[0].contains("GraphQL query")
            && of("Pay").rationale[0].contains("GraphQL mutation")
    );
    assert!(of("Pay").tier > of("Me").tier, "who pays is asked");
    assert_eq!(of("Pay").parameters[0].observed, [Node::text("card")]);
    assert_eq!(of("Pay").parameters[0].default, None);
    let broken = drafted.families.iter().find(|family| family.path == "/broken").unwrap();
    assert_eq!((broken.answered, broken.confidence), (0, 10));
}

#[test]
fn an_operation_that_may_change_state_is_looked_at_first() {
    let hash = "ab".repeat(32);
    let mut calls = Vec::new();
    for n in 0..6 {
        let sent = |name: &str, more: &str| {
            posted(
                "/graphql",
                &format!(r#"{{"operationName": "{name}", "variables": {{"n": {n}}}, {more}}}"#),
                200,
            )
        };
        let persisted =
            format!(r#""extensions": {{"persistedQuery": {{"version": 1, "sha256Hash": "{hash}"}}}}"#);
        calls.push(sent("Label", &persisted));
        calls.push(sent("Rename", r#""query": "mutation Rename($n: Int) { rename(n: $n) { n } }""#));
        calls.push(sent("Browse", r#""query": "query Browse($n: Int) { browse(n: $n) { n } }""#));
    }
    let (pack, told) = pack(&calls);
    let drafted = draft(&pack, &told).unwrap();
    let rows: Vec<(&str, bool, bool)> = drafted
        .proposals
        .iter()
        .map(|one| (one.tool.name.as_str(), one.confidence >= MIN_CONFIDENCE, one.requires_review))
        .collect();
    let is = [("call_label", true, true), ("mutate_rename", true, true), ("query_browse", true, false)];
    assert_eq!(rows, is, "of no known type is what may change state");
}

#[test]
fn every_gate_says_why() {
    let (pack, told) = pack(&calls());
    let drafted = draft(&pack, &told).unwrap();
    let filters = Filters {
        only: Default::default(),
        min_confidence: MIN_CONFIDENCE,
        max_risk: RiskTier::Safe,
        include_review_required: false,
        reviewed: Default::default(),
    };
    let selection = select(&drafted.proposals, &filters).unwrap();
    assert_eq!(selection.selected.len() + selection.excluded.len(), drafted.proposals.len());
    let of = |path: &str| selection.excluded.iter().find(|one| one.proposal.path == path).unwrap();
    assert_eq!(of("/broken").reasons, ["confidence<0.75", "risk>safe", "requires-review"]);
    let id = of("/broken").proposal.id.clone();
    let looked = Filters { reviewed: [id.clone()].into(), only: [id].into(), ..filters.clone() };
    let selection = select(&drafted.proposals, &looked).unwrap();
    let one = selection.excluded.iter().find(|one| one.proposal.path == "/broken").unwrap();
    assert_eq!(one.reasons, ["confidence<0.75", "risk>safe"], "a look lifts its own gate alone");
    assert!(selection.excluded.iter().any(|one| one.reasons.contains(&"not-selected".to_owned())));
    let unknown = Filters { only: ["tp_x".to_owned()].into(), ..filters };
    assert_eq!(select(&drafted.proposals, &unknown).unwrap_err(), ["tp_x"]);
}

#[test]
fn a_text_is_told_where_three_calls_worked_with_it_and_it_is_nobodys() {
    let observed = |calls: &[(&str, u16)]| {
        let calls: Vec<Exchange> =
            calls.iter().map(|(body, status)| posted("/orders", body, *status)).collect();
        let (pack, told) = pack(&calls);
        draft(&pack, &told).unwrap().proposals[0].parameters[0].observed.clone()
    };
    let open = (r#"{"state": "open"}"#, 201);
    assert_eq!(observed(&[open; 3]), [Node::text("open")]);
    assert_eq!(observed(&[open; 2]), []);
    assert_eq!(observed(&[open, open, (open.0, 500)]), [], "one of them failed");
    assert_eq!(observed(&[(r#"{"state": "Open"}"#, 201); 3]), []);
    for name in ["religion", "voucher", "home_city", "accounts", "zip", "password_hint", "nationality"] {
        let body = format!(r#"{{"{name}": "open"}}"#);
        assert_eq!(observed(&[(body.as_str(), 201); 3]), [], "{name}");
    }
}

#[test]
fn two_candidates_of_one_id_are_none() {
    let (mut pack, told) = pack(&calls());
    let twice = pack.manifest.tools.iter().find(|tool| tool.graphql.is_some()).unwrap().clone();
    pack.manifest.tools.push(twice);
    assert_eq!(draft(&pack, &told).unwrap_err().file, PROPOSALS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_calls_changes_nothing(mixed in Just(calls()).prop_shuffle()) {
        prop_assert_eq!(drafted(&mixed), drafted(&calls()));
    }
}
