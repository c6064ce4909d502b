//! Each rule of a state speaks, and stays silent where little is missing.

use serde_json::json;

use crate::lint::run;
use crate::model::testing_pack::PackText;

fn told(pack: &PackText) -> Vec<(&'static str, String)> {
    let found = run(&pack.build());
    assert!(found.iter().all(|f| f.place.line > 0 && !f.aspect.is_empty() && !f.here.is_empty()));
    found.into_iter().map(|f| (f.rule.id, f.place.pointer)).collect()
}

fn rule(name: &str, kind: &str, pattern: &str, more: serde_json::Value) -> serde_json::Value {
    let mut rule = json!({"id": name, "name": name, "type": kind, "priority": 1,
        "match": {"path_pattern": pattern}});
    rule.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    rule
}

#[test]
fn broad_patterns_that_grant_need_a_reason() {
    let with = |rule: serde_json::Value| PackText::shop().edit(|p| p.policy["rules"] = json!([rule]));
    let said = [("policy.regex-unjustified", "/rules/0/match/path_pattern".to_owned())];
    assert_eq!(told(&with(rule("all", "allow", ".*", json!({})))), said);
    for quiet in [
        rule("all", "allow", "^/v1/orders$", json!({})),
        rule("all", "deny", ".*", json!({})),
        rule("all", "allow", ".*", json!({"description": "the API has nothing else"})),
        rule("all", "allow", ".*", json!({"settings": {"justification": "the API has nothing else"}})),
    ] {
        assert!(told(&with(quiet.clone())).is_empty(), "{quiet}");
    }
    let blank = rule("all", "allow", ".*", json!({"description": "  "}));
    assert_eq!(told(&with(blank)), said);
}

#[test]
fn credentials_are_told_once_wherever_they_stand() {
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let with = |token: &str| {
        PackText::shop().edit(|p| {
            p.operation("list_products")["description"] = json!(format!("call it with {token}"));
            p.policy["description"] = json!(token);
        })
    };
    let told_of = told(&with(&token));
    assert_eq!(told_of.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["pack.secret-found"]);
    assert!(told_of[0].1.ends_with("/description"), "{told_of:?}");
    assert!(told(&with("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")).is_empty());
    // That of a tool's own text is told by the cue.
    let own = with(&token).edit(|p| p.action("list_products")["description"] = json!(token));
    assert!(told(&own).is_empty());
}

#[test]
fn a_tier_below_what_the_tool_does_is_told() {
    let lowered = PackText::shop().edit(|p| p.action("create_order")["risk_tier"] = json!("safe"));
    assert_eq!(told(&lowered).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["gate.risk-understated"]);
    assert!(told(&PackText::shop()).is_empty());
}
