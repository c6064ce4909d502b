//! Small surfaces and calls of them: what needs more than one operation, or what no description can say.

use serde_json::{Value, json};

use crate::drift::{Limits, Recording, Surface, SurfaceSource, coverage, run};
use crate::model::baseline::Baseline;
use crate::model::testing::node;

static RECORDING: Recording = Recording { leaks: std::collections::BTreeMap::new() };

fn baseline(operations: &Value) -> Baseline {
    let schemes = json!({"bearer": {"type": "http", "scheme": "bearer"}});
    let text = json!({"schema_version": "2.0", "security_schemes": schemes, "operations": operations});
    Baseline::read("baseline.json", node(&text.to_string())).unwrap()
}

/// What calls show of a surface, and how much was called.
fn told(surface: &Value, calls: &Value) -> (Vec<String>, (usize, usize)) {
    let (surface, calls) = (baseline(surface), baseline(calls));
    let source = |baseline, recorded: bool| SurfaceSource {
        file: "b",
        baseline,
        pack: None,
        origins: None,
        recorded: recorded.then_some(&RECORDING),
    };
    let old = Surface::read(source(&surface, false)).unwrap();
    let new = Surface::read(source(&calls, true)).unwrap();
    let limits = Limits::on(None);
    let found = run(&old, &new, &limits).iter().map(|f| format!("{} {}", f.rule.id, f.severity)).collect();
    let coverage = coverage(&old, &new, &limits).unwrap();
    (found, (coverage.exercised, coverage.operations))
}

fn called(id: &str, rest: Value) -> Value {
    let mut operation =
        json!({"stable_id": id, "basis": "observed", "observed": {"count": 1, "statuses": {"200": 1}}});
    for (key, value) in rest.as_object().unwrap() {
        operation[key] = value.clone();
    }
    operation
}

#[test]
fn graphql_operations_are_called_one_by_one() {
    let locked = |names: &[&str]| {
        let own: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"stable_id": name, "type": "query"})))
            .collect();
        json!({"a.test/graphql POST": {"stable_id": "e", "graphql": own}})
    };
    let calls = |names: &[&str]| {
        let own = locked(names)["a.test/graphql POST"]["graphql"].clone();
        json!({"a.test/graphql POST": called("x", json!({"graphql": own}))})
    };
    let quiet: Vec<String> = Vec::new();
    assert_eq!(told(&locked(&["A", "B"]), &calls(&["A", "B"])), (quiet.clone(), (2, 2)));
    assert_eq!(told(&locked(&["A", "B"]), &calls(&["B"])), (vec!["op.not-observed info".into()], (1, 2)));
    let (found, share) = told(&locked(&["A"]), &calls(&["A", "C"]));
    assert_eq!((found.len(), share), (1, (1, 1)));
    assert!(found[0].starts_with("obs.undocumented-endpoint"), "{found:?}");
    // Who knows the endpoint as a whole knows nothing of them.
    let whole = json!({"a.test/graphql POST": {"stable_id": "e"}});
    assert_eq!(told(&whole, &calls(&["A"])), (quiet.clone(), (1, 1)));
    assert_eq!(told(&locked(&["A"]), &json!({"a.test/x GET": called("y", json!({}))})).1, (0, 1));
}

#[test]
fn what_can_be_read_can_be_asked_for_its_head() {
    let surface = json!({"a.test/x GET": {"stable_id": "x"}});
    let calls = json!({"a.test/x GET": called("x", json!({})), "a.test/x HEAD": called("h", json!({}))});
    assert!(told(&surface, &calls).0.is_empty());
    let calls = json!({"a.test/x HEAD": called("h", json!({})), "a.test/y HEAD": called("i", json!({}))});
    assert_eq!(told(&surface, &calls).0, ["op.not-observed info", "obs.undocumented-endpoint low"]);
}

#[test]
fn of_two_operations_with_one_address_the_first_is_called() {
    let surface = json!({"a.test/x/{a} GET": {"stable_id": "x"}, "a.test/x/{b} GET": {"stable_id": "y"}});
    let calls = json!({"a.test/x/{a} GET": called("c", json!({}))});
    assert_eq!(told(&surface, &calls), (vec!["op.not-observed info".into()], (1, 2)));
}

#[test]
fn a_slash_at_the_end_and_the_split_of_a_path_make_no_other_operation() {
    let surface = json!({"a.test/v1/x/ GET": {"stable_id": "x", "base_path": "/v1"}});
    assert_eq!(told(&surface, &json!({"a.test/v1/x GET": called("c", json!({}))})), (vec![], (1, 1)));
}

#[test]
fn statuses_and_media_types_may_be_promised_by_range() {
    let body = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
    let surface = |responses: Value| json!({"a.test/x GET": {"stable_id": "x", "responses": responses}});
    let calls = |status: &str, media: &str, schema: Value| {
        let content = json!({media: schema});
        json!({"a.test/x GET": called("c", json!({"responses": {status: {"content": content}}}))})
    };
    let (fits, other) = (body.clone(), json!({"type": "string"}));
    for promised in [
        json!({"200": {"content": {"application/json; charset=utf-8": body}}}),
        json!({"2XX": {"content": {"application/*": body}}}),
        json!({"default": {"content": {"*/*": body}}}),
        json!({"200": {"content": {"application/vnd.api+json": body}}}),
    ] {
        assert!(
            told(&surface(promised.clone()), &calls("200", "application/json", fits.clone())).0.is_empty(),
            "{promised}"
        );
        assert_eq!(
            told(&surface(promised.clone()), &calls("200", "application/json", other.clone())).0,
            ["obs.schema-violation high"],
            "{promised}"
        );
    }
    // One of two statuses, and nobody knows which.
    let two = json!({"200": {"content": {"application/json": body}}, "201": {"content": {"application/json": {"type": "string"}}}});
    let mut both = calls("200", "application/json", other.clone());
    both["a.test/x GET"]["responses"]["201"] = both["a.test/x GET"]["responses"]["200"].clone();
    assert!(told(&surface(two), &both).0.is_empty());
    let failures = json!({"201": {"content": {"application/json": body}}, "default": {"content": {"application/json": {}}}});
    assert_eq!(
        told(&surface(failures), &calls("200", "application/json", fits.clone())).0,
        ["res.status-success-added medium"]
    );
    let page = calls("200", "text/html", fits.clone());
    let promised = surface(json!({"200": {"content": {"application/json": body}}}));
    assert_eq!(told(&promised, &page).0, ["obs.schema-violation high"], "data under another name");
    assert_eq!(
        told(&promised, &calls("200", "text/html", json!({"type": "string"}))),
        (vec!["obs.challenge-page info".into()], (0, 1))
    );
    let silent = json!({"200": {"description": "ok"}});
    assert!(
        told(&surface(silent), &calls("200", "text/csv", other)).0.is_empty(),
        "nothing is said of a body"
    );
}

#[test]
fn what_was_cut_off_lacks_nothing() {
    let body = json!({"type": "object", "required": ["a"]});
    let surface = json!({"a.test/x GET": {"stable_id": "x", "responses": {"200": {"content": {"application/json": body}}}}});
    let calls = |unknown: Value| {
        let responses = json!({"200": {"content": {"application/json": {"type": "object"}}}});
        json!({"a.test/x GET": called("c", json!({"responses": responses, "unknown": unknown}))})
    };
    assert_eq!(told(&surface, &calls(json!([]))).0, ["obs.schema-violation high"]);
    assert!(told(&surface, &calls(json!(["responses"]))).0.is_empty());
}

#[test]
fn a_call_without_a_credential_counts_where_others_carry_one() {
    let bearer = json!([{"bearer": []}]);
    let surface = |security: Value| json!({"a.test/x GET": {"stable_id": "x", "security": security}, "a.test/y GET": {"stable_id": "y", "security": bearer}});
    let calls = |statuses: Value, other: Value| {
        let anonymous = json!({"count": 2, "anonymous": 1, "statuses": statuses});
        json!({
            "a.test/x GET": called("x", json!({"observed": anonymous, "unknown": ["security"]})),
            "a.test/y GET": called("y", json!({"security": other})),
        })
    };
    let told =
        |security: Value, statuses: Value, other: Value| told(&surface(security), &calls(statuses, other)).0;
    let (ok, none) = (json!({"200": 2}), json!([]));
    assert_eq!(
        told(bearer.clone(), ok.clone(), bearer.clone()),
        ["auth.observed-anonymous-success critical"]
    );
    assert!(told(bearer.clone(), ok.clone(), none.clone()).is_empty(), "an export without credentials");
    assert!(told(bearer.clone(), json!({"200": 1, "302": 1}), bearer.clone()).is_empty(), "sent to sign in");
    assert!(told(none, ok.clone(), bearer.clone()).is_empty(), "none is asked for");
    assert!(told(json!([{"bearer": []}, {}]), ok, bearer.clone()).is_empty(), "none is one way");
}

#[test]
fn what_an_operation_that_is_gone_gave_is_missed_by_those_that_take_it() {
    let surface = |flows: Value| {
        let operations = json!({"a.test/x GET": {"stable_id": "x"}, "a.test/z GET": {"stable_id": "z"}, "a.test/y POST": {"stable_id": "y"}});
        let text = json!({"schema_version": "2.0", "operations": operations, "summary": {"flows": flows}});
        Baseline::read("baseline.json", node(&text.to_string())).unwrap()
    };
    let flow = |from: &str, confidence: u32| json!({"from": from, "to": "y", "field": "x_id", "confidence": confidence});
    let told = |flows: Value, calls: Option<Value>| {
        let (surface, other) = (
            surface(flows),
            baseline(&calls.clone().unwrap_or_else(
                || json!({"a.test/z GET": {"stable_id": "z"}, "a.test/y POST": {"stable_id": "y"}}),
            )),
        );
        let source = |baseline, recorded: bool| SurfaceSource {
            file: "b",
            baseline,
            pack: None,
            origins: None,
            recorded: recorded.then_some(&RECORDING),
        };
        let (old, new) = (
            Surface::read(source(&surface, false)).unwrap(),
            Surface::read(source(&other, calls.is_some())).unwrap(),
        );
        let found = run(&old, &new, &Limits::on(None));
        found.iter().map(|f| format!("{} {}", f.rule.id, f.severity)).collect::<Vec<_>>()
    };
    let (gone, broken) = ("op.removed high", "flow.dependency-broken medium");
    assert_eq!(told(json!([flow("x", 90)]), None), [gone, broken]);
    assert_eq!(told(json!([flow("x", 60)]), None), [gone], "agents are not told of it");
    assert_eq!(told(json!([flow("x", 90), flow("z", 90)]), None), [gone], "another one gives it");
    let calls = |statuses: Value| {
        let observed = json!({"count": 1, "statuses": statuses});
        json!({"a.test/x GET": called("x", json!({"observed": observed})), "a.test/z GET": called("z", json!({})), "a.test/y POST": called("y", json!({}))})
    };
    assert_eq!(told(json!([flow("x", 90)]), Some(calls(json!({"404": 1})))), ["obs.gone high", broken]);
    assert!(told(json!([flow("x", 90)]), Some(calls(json!({"200": 1, "404": 1})))).is_empty());
}
