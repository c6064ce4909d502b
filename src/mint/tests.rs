//! Whole toolpacks from surfaces: what is seen and what is described, servers, GraphQL, and what was there before.

use super::*;
use crate::compare::tier;
use crate::model::phrase::Phrase;
use crate::model::testing::node;

fn source(kind: &str, name: &str, complete: bool, text: &str) -> Source {
    let raw = node(&format!(r#"{{"schema_version": "2.0", {text}}}"#));
    let digest = crate::canon::digest::of(&raw);
    let baseline = Baseline::read("baseline.json", raw).unwrap();
    Source { kind: kind.into(), name: name.into(), complete, digest, baseline }
}

fn options() -> Options {
    Options {
        dir: "packs/shop".into(),
        name: None,
        default_name: "shop".into(),
        toolpack_id: None,
        created_at: None,
        scope: None,
        only: None,
        hosts: Vec::new(),
        same: Vec::new(),
        runtime: None,
    }
}

fn minted(sources: Vec<Source>, previous: Option<&Toolpack>) -> Minted {
    mint(sources, previous, &options()).unwrap()
}

fn names(minted: &Minted) -> Vec<&str> {
    minted.pack.manifest.tools.iter().map(|tool| tool.name.as_str()).collect()
}

const SAID: &str = r#""operations": {
    "a.test/users/{id} GET": {"stable_id": "x1", "basis": "declared", "parameters": {"query.page": {"schema": {"type": "integer"}}}},
    "a.test/users POST": {"stable_id": "x2", "basis": "declared"}}"#;
const SEEN: &str = r#""operations": {
    "a.test/users/{id} GET": {"stable_id": "x1", "basis": "observed", "parameters": {"query.page": {"schema": {"type": "string"}}}, "observed": {"count": 12}},
    "a.test/hidden GET": {"stable_id": "x3", "basis": "observed", "observed": {"count": 1}}},
    "summary": {"flows": []}"#;

fn said() -> Source {
    source("openapi", "openapi.yaml", true, SAID)
}

fn seen() -> Source {
    source("har", "shop.har", false, SEEN)
}

#[test]
fn every_file_reads_back_and_tiers_are_those_of_the_classifier() {
    let made = minted(vec![said(), seen()], None);
    assert_eq!(names(&made), ["create_user", "get_hidden", "get_user"]);
    for tool in &made.pack.manifest.tools {
        assert_eq!(tier::of_tool(&made.pack, tool).tier, tool.tier, "{}", tool.name);
    }
    let operation = made.pack.baseline.raw.at("/operations/a.test~1users~1{id} GET").unwrap();
    assert_eq!(operation.get("basis").unwrap().as_text(), Some("both"));
    assert_eq!(operation.at("/parameters/query.page/schema/type").unwrap().as_text(), Some("integer"));
    assert!(made.notes.iter().any(|note| note.plain().contains("another type")), "{:?}", made.notes);
    let other = minted(vec![seen(), said()], None);
    assert_eq!(other.files, made.files, "the order of sources says nothing");
}

#[test]
fn what_was_not_exercised_stays_and_what_a_description_lacks_goes() {
    let both = minted(vec![said(), seen()], None).pack;
    // Traffic alone proves no absence; the description that was not read this time may have the rest.
    let traffic = source(
        "har",
        "shop.har",
        false,
        r#""operations": {"a.test/new GET": {"stable_id": "x4", "basis": "observed"}}"#,
    );
    let made = minted(vec![traffic], Some(&both));
    assert_eq!((names(&made), made.kept), (vec!["create_user", "get_hidden", "get_new", "get_user"], 3));
    // The description is complete: what it no longer has is gone, but what only traffic showed stays.
    let less = source(
        "openapi",
        "openapi.yaml",
        true,
        r#""operations": {"a.test/users POST": {"stable_id": "x2"}}"#,
    );
    let made = minted(vec![less], Some(&both));
    assert_eq!((names(&made), made.kept), (vec!["create_user", "get_hidden"], 1));
    let again = minted(vec![said(), seen()], Some(&both));
    let first = minted(vec![said(), seen()], None);
    assert_eq!(again.files, first.files);
}

#[test]
fn ids_and_names_are_kept_when_a_path_or_its_words_change() {
    let with = |key: &str| {
        source(
            "openapi",
            "a.yaml",
            true,
            &format!(r#""operations": {{"{key}": {{"stable_id": "x", "operation_id": "getUser"}}}}"#),
        )
    };
    let before = minted(vec![with("a.test/users/{id} GET")], None).pack;
    let id = before.manifest.tools[0].id.clone();
    for key in ["a.test/users/{user_id} GET", "a.test/v2/people/{id} GET", "b.test/users/{id} GET"] {
        let mut options = options();
        options.hosts = vec!["a.test".into(), "b.test".into()];
        let made = mint(vec![with(key)], Some(&before), &options).unwrap();
        let tool = &made.pack.manifest.tools[0];
        assert_eq!((tool.id.as_str(), tool.name.as_str()), (id.as_str(), "get_user"), "{key}");
        let shape_is_the_same = key == "a.test/users/{user_id} GET";
        assert_eq!(tool.aliases.is_empty(), shape_is_the_same, "{key}");
        let once_more = mint(vec![with(key)], Some(&made.pack), &options).unwrap();
        assert_eq!(once_more.files, made.files, "{key}");
    }
}

#[test]
fn a_policy_and_a_tier_of_a_person_stay() {
    let mut before = minted(vec![said()], None).pack;
    before.policy.raw.set("global_rate_limit", Node::int(7));
    let over = node(r#"{"tier": "high", "reason": "costs money", "owner": "alice"}"#);
    before.manifest.tools[0].raw.set("risk_override", over);
    let made = minted(vec![said(), seen()], Some(&before));
    assert_eq!(made.pack.policy.global_rate_limit, Some(7));
    assert!(made.notes.iter().any(|note| note.plain().contains("changed by hand")), "{:?}", made.notes);
    let create = made.pack.manifest.tools.iter().find(|tool| tool.name == "create_user").unwrap();
    assert_eq!((create.tier, create.tier_override), (RiskTier::High, Some(RiskTier::High)));
    let untouched = minted(vec![said()], None).pack;
    let made = minted(vec![said(), seen()], Some(&untouched));
    assert!(!made.notes.iter().any(|note: &Phrase| note.plain().contains("by hand")), "{:?}", made.notes);
}

#[test]
fn a_text_by_a_model_stays_while_its_operation_is_the_same_and_then_goes() {
    let mut before = minted(vec![said()], None).pack;
    for tool in &mut before.manifest.tools {
        tool.raw.set("description", Node::text("By a model."));
        tool.raw.set("enriched", Node::bool(true));
    }
    let of = |made: &Minted, name: &str| {
        let tool = made.pack.manifest.tools.iter().find(|tool| tool.name == name).unwrap();
        (tool.description == "By a model.", tool.raw.get("enriched").is_some())
    };
    let went =
        |made: &Minted| made.notes.iter().any(|note| note.plain().starts_with("a text by a model went"));
    let same = minted(vec![said()], Some(&before));
    assert_eq!(
        (of(&same, "get_user"), of(&same, "create_user"), went(&same)),
        ((true, true), (true, true), false)
    );
    let wider = SAID.replace("integer", "string");
    let made = minted(vec![source("openapi", "openapi.yaml", true, &wider)], Some(&before));
    assert_eq!(
        (of(&made, "get_user"), of(&made, "create_user"), went(&made)),
        ((false, false), (true, true), true)
    );
    let reworded =
        SAID.replace(r#""basis": "declared"}}"#, r#""basis": "declared", "description": "Makes a user."}}"#);
    let made = minted(vec![source("openapi", "openapi.yaml", true, &reworded)], Some(&before));
    assert_eq!((of(&made, "get_user"), of(&made, "create_user")), ((true, true), (false, false)));
}

use crate::model::risk::RiskTier;

#[test]
fn who_is_asked_less_often_by_hand_is_asked_again() {
    use crate::model::tool::Confirmation::{Always, Never, OnRisk};
    let before = minted(vec![said()], None).pack;
    let of = |pack: &Toolpack, name: &str| {
        pack.manifest.tools.iter().find(|tool| tool.name == name).unwrap().confirmation
    };
    assert_eq!((of(&before, "create_user"), of(&before, "get_user")), (OnRisk, Never));
    for (by_hand, create, get) in [(Never, OnRisk, Never), (Always, Always, Always)] {
        let mut changed = before.clone();
        for tool in &mut changed.manifest.tools {
            tool.confirmation = by_hand;
            tool.raw.set("confirmation_required", Node::text(by_hand.word()));
        }
        let made = minted(vec![said()], Some(&changed)).pack;
        assert_eq!((of(&made, "create_user"), of(&made, "get_user")), (create, get), "{by_hand:?}");
    }
}

#[test]
fn of_two_listings_of_one_server_none_is_lost_in_silence() {
    let listing = |name: &str, tool: &str| {
        let text = format!(
            r#""mcp": {{"server": {{"tools": {{"{tool}": {{"stable_id": "{tool}", "raw": {{"name": "{tool}"}}}}}}}}}}"#
        );
        source("mcp-list", name, true, &text)
    };
    let sources = vec![listing("a.json", "read"), listing("b.json", "wipe")];
    let refused = mint(sources, None, &options()).unwrap_err();
    assert!(refused.message.contains("\"server\" otherwise"), "{refused:?}");
    let twice = minted(vec![listing("a.json", "read"), listing("b.json", "read")], None);
    assert_eq!(names(&twice), ["read"]);
}

#[test]
fn two_descriptions_of_one_operation_that_differ_are_told() {
    let with = |name: &str, summary: &str| {
        let operation = format!(r#"{{"stable_id": "x", "summary": "{summary}"}}"#);
        source("openapi", name, true, &format!(r#""operations": {{"a.test/users GET": {operation}}}"#))
    };
    let told = |sources| -> Vec<String> { minted(sources, None).notes.iter().map(Phrase::plain).collect() };
    assert_eq!(
        told(vec![with("a.json", "One"), with("b.json", "Another")]),
        ["a.test/users GET: described in two ways; that of b.json counts"]
    );
    assert!(told(vec![with("a.json", "One"), with("b.json", "One")]).is_empty());
}

#[test]
fn an_operation_of_graphql_is_a_tool_of_its_own_with_its_document_pinned() {
    let graphql = source(
        "har",
        "shop.har",
        false,
        r#""operations": {"a.test/graphql POST": {"stable_id": "g0", "basis": "observed", "graphql": {
        "SearchItems": {"stable_id": "g1", "type": "query", "document": "query SearchItems($q: String) { items(q: $q) { id } }",
          "variables": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}},
        "DeleteAccount": {"stable_id": "g2", "type": "mutation"}}}}"#,
    );
    let made = minted(vec![graphql], None);
    assert_eq!(names(&made), ["mutate_delete_account", "query_search_items"]);
    let search = &made.pack.manifest.tools[1];
    assert_eq!(search.raw.at("/inputs/q").unwrap().as_text(), Some("body./variables/q"));
    assert_eq!(search.raw.at("/fixed_body/operationName").unwrap().as_text(), Some("SearchItems"));
    assert!(search.raw.at("/fixed_body/query").is_some());
    assert_eq!(search.effect.unwrap().word(), "read");
    let delete = &made.pack.manifest.tools[0];
    assert_eq!((delete.effect.unwrap().word(), delete.tier), ("delete", RiskTier::High));
    assert!(made.pack.policy.rules.iter().any(|rule| rule.id == "allow_queries"));
}

#[test]
fn hints_name_tools_that_are_there_and_arguments_that_they_fill() {
    let with = |confidence: u8| {
        source(
            "har",
            "shop.har",
            false,
            &format!(
                r#""operations": {{"a.test/users GET": {{"stable_id": "u", "basis": "observed"}},
            "a.test/users/{{user_id}} GET": {{"stable_id": "o", "basis": "observed"}}}},
            "summary": {{"flows": [{{"from": "FROM", "to": "TO", "field": "user_id", "confidence": {confidence}}},
            {{"from": "FROM", "to": "TO", "field": "other", "confidence": 99}}]}}"#
            ),
        )
    };
    let ids = minted(vec![with(1)], None);
    let id = |name: &str| ids.pack.manifest.tools.iter().find(|tool| tool.name == name).unwrap().id.clone();
    let (list, get) = (id("list_users"), id("get_user"));
    for (confidence, hints) in [(90, 1), (79, 0)] {
        let mut source = with(confidence);
        let text =
            crate::canon::json::compact(&source.baseline.raw).replace("FROM", &list).replace("TO", &get);
        source.baseline = Baseline::read("b", node(&text)).unwrap();
        let made = minted(vec![source], None);
        let tool = made.pack.manifest.tools.iter().find(|tool| tool.name == "get_user").unwrap();
        let told = tool.raw.get("depends_on").map(Node::items).unwrap_or_default();
        assert_eq!(told.len(), hints, "{confidence}");
    }
}

#[test]
fn reads_pass_changes_are_confirmed_and_administration_is_denied() {
    use crate::compare::policy::{Decision, Request, decide, method_guard_missing};
    let made = minted(
        vec![source(
            "openapi",
            "a.yaml",
            true,
            r#""operations": {"a.test/items GET": {"stable_id": "1"}, "a.test/items POST": {"stable_id": "2"},
            "a.test/users/{id} GET": {"stable_id": "3", "responses": {"200": {"content": {"application/json": {"properties": {"email": {}}}}}}},
            "a.test/userless GET": {"stable_id": "4"}, "a.test/admin/jobs GET": {"stable_id": "5"},
            "a.test/keys GET": {"stable_id": "6", "responses": {"200": {"content": {"application/json": {"properties": {"secret": {}}}}}}}},
            "mcp": {"files": {"tools": {"read_file": {"stable_id": "7", "raw": {"name": "read_file", "annotations": {"readOnlyHint": true}}},
              "wipe": {"stable_id": "8", "raw": {"name": "wipe"}}}}}"#,
        )],
        None,
    );
    let requests: Vec<(&str, Request)> = made
        .pack
        .manifest
        .tools
        .iter()
        .map(|tool| {
            let request = Request {
                tool_id: &tool.id,
                method: &tool.method,
                host: &tool.host,
                path: &tool.path,
                tier: tool.tier,
                scope: Some("operator"),
                headers: &[],
                state_changing: tool.effect.unwrap().changes_state(),
            };
            (tool.name.as_str(), request)
        })
        .collect();
    assert_eq!(method_guard_missing(&made.pack.policy, &requests), Vec::<&str>::new());
    for (name, decision, confirmed) in [
        ("list_items", Decision::Allow, false),
        ("create_item", Decision::Allow, true),
        ("get_user", Decision::Allow, true),
        ("get_userless", Decision::Allow, false),
        ("list_admin_jobs", Decision::Deny, false),
        ("list_keys", Decision::Allow, true),
        ("read_file", Decision::Allow, false),
        ("wipe", Decision::Allow, true),
    ] {
        let (_, request) =
            requests.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}"));
        let outcome = decide(&made.pack.policy, request);
        assert_eq!((outcome.decision, outcome.confirmation), (decision, confirmed), "{name}: {outcome:?}");
    }
}

#[test]
fn what_was_not_chosen_is_counted_where_nothing_is_left() {
    let none = Options { only: Some(BTreeSet::from(["of another capture".to_owned()])), ..options() };
    let fault = mint(vec![said()], None, &none).unwrap_err();
    let is = "all 2 operations that are described were left out: 2 that the candidates chosen do not name";
    assert_eq!(fault.message, is);
    assert!(fault.hint.unwrap().contains("cask propose from-capture"));
    let other = Options { hosts: vec!["b.test".to_owned()], ..none };
    assert!(!mint(vec![said()], None, &other).unwrap_err().message.contains("chosen"));
}
