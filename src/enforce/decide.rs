//! A call of an approved tool and the policy in; whether it goes out, has to be confirmed first, or is denied, out.
//!
//! The policy is asked about the template that people approved, and about the path that would be sent, as it is encoded
//! and as it was said. Each may deny or ask; what all say is charged and redacted. A path as it was said may have more
//! steps than the one that is sent, so that no rule allows it is nothing against the call.

use std::collections::BTreeSet;

use super::budget::Limit;
use super::reason::{ReasonCode, Refusal};
use crate::compare::policy::{self, Decision, Outcome, Request};
use crate::model::policy::{AuditLevel, Policy, RuleType};
use crate::model::risk::RiskTier;
use crate::model::tool::{Confirmation, Tool};

/// A call, as far as the policy goes.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The toolpack: its limits are its own.
    pub toolpack_id: &'a str,
    /// The tool.
    pub tool: &'a Tool,
    /// Its tier: the higher of the declared and the computed one.
    pub tier: RiskTier,
    /// Base path and template.
    pub template: &'a str,
    /// The path that would be sent.
    pub path: &'a str,
    /// The same without its encoding.
    pub plain: &'a str,
    /// The toolset that is served.
    pub toolset: Option<&'a str>,
    /// Headers that would be sent, the credential apart.
    pub headers: &'a [(&'a str, &'a str)],
    /// Whether this call changes state, before the policy's overrides.
    pub changes_state: bool,
}

/// What a call comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// Whether a person has to be asked, and what they are told.
    pub confirm: Option<String>,
    /// Seconds that the person has at most, where a rule says it.
    pub ttl: Option<u32>,
    /// Whether it changes state, after the policy's overrides.
    pub changes_state: bool,
    /// Limits that are charged when it is sent: budgets of the policy, the tool's own, that over all tools.
    pub limits: Vec<Limit>,
    /// Fields that are taken out of the answer.
    pub redactions: BTreeSet<String>,
    /// How much is written down.
    pub audit: Option<AuditLevel>,
    /// The rules that decided.
    pub rules: Vec<String>,
}

/// Weighs a call.
///
/// # Errors
/// The policy denies it; with the rules that do.
pub fn weigh(policy: &Policy, asked: &Asked) -> Result<Weighed, (Refusal, Vec<String>)> {
    let request = |path| Request {
        tool_id: &asked.tool.id,
        method: &asked.tool.method,
        host: &asked.tool.host,
        path,
        tier: asked.tier,
        scope: asked.toolset,
        headers: asked.headers,
        state_changing: asked.changes_state,
    };
    let (of_template, of_path) = (request(asked.template), request(asked.path));
    let mut outcomes = vec![policy::decide(policy, &of_template), policy::decide(policy, &of_path)];
    if asked.plain != asked.path {
        let of_plain = policy::decide(policy, &request(asked.plain));
        outcomes.extend(Some(of_plain).filter(|o| o.decision != Decision::Deny || !o.because.is_empty()));
    }
    if let Some(denied) = outcomes.iter().find(|outcome| outcome.decision == Decision::Deny) {
        let message = match denied.because.first() {
            Some(_) => "a rule of the policy denies it",
            None => "no rule of the policy allows it",
        };
        return Err((Refusal::new(ReasonCode::Policy, message), denied.because.clone()));
    }
    let changes_state = policy::changes_state(policy, &of_template);
    let budgets = outcomes.iter().flat_map(|outcome| &outcome.budgets);
    let mut limits: Vec<Limit> = budgets
        .map(|budget| Limit::rule(asked.toolpack_id, &budget.rule, budget.per_minute, budget.per_hour))
        .collect();
    limits.sort_unstable_by(|a, b| a.scope.cmp(&b.scope));
    limits.dedup();
    limits.extend(own_limits(policy, asked));
    let mut rules: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.because.clone()).collect();
    rules.sort_unstable();
    rules.dedup();
    Ok(Weighed {
        confirm: question(policy, asked, &outcomes, changes_state),
        ttl: outcomes.iter().filter_map(|outcome| outcome.ttl).min(),
        changes_state,
        limits,
        redactions: outcomes.iter().flat_map(|outcome| outcome.redactions.clone()).collect(),
        audit: outcomes.iter().filter_map(|outcome| outcome.audit).max(),
        rules,
    })
}

/// What a person is asked, if one has to be.
///
/// High and critical tools ask whatever the rules say, and so does what changes state, unless an allow rule that
/// decided this very call says that it may go without.
fn question(policy: &Policy, asked: &Asked, outcomes: &[Outcome], changes_state: bool) -> Option<String> {
    let rules = || outcomes.iter().flat_map(|o| &o.because).filter_map(|id| policy.rule(id));
    let by_rule = rules()
        .filter(|rule| rule.kind == RuleType::Confirm)
        .map(|rule| rule.settings.message.clone().unwrap_or_else(|| "a rule of the policy asks".to_owned()))
        .next();
    let excused = outcomes.iter().all(|outcome| {
        let mut allows = outcome.because.iter().filter_map(|id| policy.rule(id));
        allows.any(|r| r.kind == RuleType::Allow && r.settings.allow_without_confirmation)
    });
    match () {
        () if by_rule.is_some() => by_rule,
        () if asked.tool.confirmation == Confirmation::Always => {
            Some("the tool asks before each call".to_owned())
        }
        () if asked.tier >= RiskTier::High => Some(format!("the risk of the tool is {}", asked.tier)),
        () if outcomes.iter().any(|o| o.confirmation) => Some("a rule of the policy asks".to_owned()),
        () if changes_state && !excused => Some("the call changes state".to_owned()),
        () => None,
    }
}

/// The limits that stand with the tool and above all rules.
fn own_limits(policy: &Policy, asked: &Asked) -> impl Iterator<Item = Limit> {
    let of_tool = asked.tool.rate_limit.map(|most| Limit::tool(asked.toolpack_id, &asked.tool.id, most));
    let of_all = policy.global_rate_limit.map(|most| Limit::global(asked.toolpack_id, most));
    of_tool.into_iter().chain(of_all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    fn weighed(edit: impl FnOnce(&mut PackText), name: &str, path: &str) -> Result<Weighed, ReasonCode> {
        let pack = PackText::shop().edit(edit).build();
        let tool = pack.manifest.tools.iter().find(|t| t.name == name).unwrap();
        let template = tool.full_path();
        let asked = Asked {
            toolpack_id: "tp_shop",
            tool,
            tier: tool.tier,
            template: &template,
            path,
            plain: &crate::compare::risk_words::percent_decoded(path),
            toolset: Some("operator"),
            headers: &[],
            changes_state: tool.method != "GET",
        };
        weigh(&pack.policy, &asked).map_err(|(refusal, _)| refusal.code)
    }

    fn rule(
        id: &str,
        kind: &str,
        matching: serde_json::Value,
        settings: serde_json::Value,
    ) -> serde_json::Value {
        json!({"id": id, "name": id, "type": kind, "priority": 50, "match": matching, "settings": settings})
    }

    #[test]
    fn reads_go_and_writes_ask() {
        let read = weighed(|_| {}, "list_products", "/v1/products").unwrap();
        assert_eq!((read.confirm, read.changes_state, read.rules), (None, false, vec!["allow-reads".into()]));
        let write = weighed(|_| {}, "create_order", "/v1/orders").unwrap();
        assert!(write.confirm.is_some() && write.changes_state);
        assert_eq!(write.limits.len(), 1, "the limit of the tool itself");
    }

    /// The reference system's budget rules granted by themselves, and what outranked them was never charged.
    #[test]
    fn a_budget_never_grants_and_is_charged_whatever_outranks_it() {
        let only_budget = |text: &mut PackText| {
            text.policy["rules"] = json!([rule("slow", "budget", json!({}), json!({"per_minute": 5}))]);
        };
        assert_eq!(weighed(only_budget, "list_products", "/v1/products"), Err(ReasonCode::Policy));
        let both = |text: &mut PackText| {
            let mut budget = rule("slow", "budget", json!({}), json!({"per_minute": 5}));
            budget["priority"] = json!(-5);
            text.policy["rules"].as_array_mut().unwrap().push(budget);
            text.policy["global_rate_limit"] = json!(100);
        };
        let limits = weighed(both, "list_products", "/v1/products").unwrap().limits;
        let names: Vec<&str> = limits.iter().map(|limit| limit.name.as_str()).collect();
        assert_eq!(names, ["rule slow", "the limit of the tool", "the limit over all tools"]);
    }

    /// In the reference system a lower deny was dead, and the policy only ever saw the template.
    #[test]
    fn a_deny_wins_wherever_it_stands_and_sees_the_path_that_is_sent() {
        let deny = |text: &mut PackText| {
            text.action("list_products")["path"] = json!("/products/{id}");
            text.action("list_products")["inputs"] = json!({"id": "path.id"});
            let operations = text.baseline["operations"].as_object_mut().unwrap();
            let operation = operations.remove("api.shop.example/v1/products GET").unwrap();
            operations.insert("api.shop.example/v1/products/{id} GET".to_owned(), operation);
            let mut deny = rule("no-secret", "deny", json!({"paths": ["/v1/products/secret"]}), json!({}));
            deny["priority"] = json!(-100);
            text.policy["rules"].as_array_mut().unwrap().push(deny);
        };
        assert!(weighed(deny, "list_products", "/v1/products/7").is_ok());
        assert_eq!(weighed(deny, "list_products", "/v1/products/secret"), Err(ReasonCode::Policy));
    }

    #[test]
    fn a_rule_sees_a_path_as_it_was_said_and_not_only_as_it_is_encoded() {
        let rules = |allow: &'static str| {
            move |text: &mut PackText| {
                text.policy["rules"] = json!([
                    rule("all", "allow", json!({"path_pattern": allow}), json!({})),
                    rule(
                        "admin",
                        "deny",
                        json!({"path_pattern": r"^/v1/products/admin@corp\.example$"}),
                        json!({})
                    ),
                ]);
            }
        };
        let any = rules("^/v1/products");
        assert_eq!(
            weighed(any, "list_products", "/v1/products/admin%40corp.example"),
            Err(ReasonCode::Policy)
        );
        assert!(weighed(any, "list_products", "/v1/products/other%40corp.example").is_ok());
        // What nothing allows as it was said is still the one step that is sent.
        let one_step = rules("^/v1/products(/[^/]+)?$");
        assert!(weighed(one_step, "list_products", "/v1/products/a%2Fb").is_ok());
    }

    /// In the reference system any rule of the policy that excused calls excused them all.
    #[test]
    fn only_the_rule_that_decided_excuses_from_asking() {
        let elsewhere = |text: &mut PackText| {
            let free = json!({"allow_without_confirmation": true});
            text.action("create_order")["confirmation_required"] = json!("never");
            text.policy["rules"] = json!([
                rule("free", "allow", json!({"paths": ["/elsewhere"]}), free),
                rule("all", "allow", json!({}), json!({}))
            ]);
        };
        assert!(weighed(elsewhere, "create_order", "/v1/orders").unwrap().confirm.is_some());
        let here = |text: &mut PackText| {
            text.action("create_order")["confirmation_required"] = json!("never");
            let free = json!({"allow_without_confirmation": true});
            text.policy["rules"] = json!([rule("free", "allow", json!({}), free)]);
        };
        assert_eq!(weighed(here, "create_order", "/v1/orders").unwrap().confirm, None);
    }

    #[test]
    fn the_rule_of_a_tier_says_how_long_a_person_has() {
        let with = |tier: &'static str| {
            move |text: &mut PackText| {
                text.action("create_order")["risk_tier"] = json!(tier);
                let of = |tier: &str, seconds: u32| {
                    let asks = json!({"ttl_seconds": seconds});
                    rule(tier, "confirm", json!({"risk_tiers": [tier]}), asks)
                };
                let all = rule("all", "confirm", json!({}), json!({}));
                text.policy["rules"] = json!([all, of("high", 120), of("critical", 60)]);
            }
        };
        for (tier, ttl) in [("medium", None), ("high", Some(120)), ("critical", Some(60))] {
            assert_eq!(weighed(with(tier), "create_order", "/v1/orders").unwrap().ttl, ttl, "{tier}");
        }
    }

    #[test]
    fn high_tools_ask_whatever_the_rules_say() {
        let high = |text: &mut PackText| {
            text.action("create_order")["risk_tier"] = json!("high");
            text.action("create_order")["confirmation_required"] = json!("never");
            let free = json!({"allow_without_confirmation": true});
            text.policy["rules"] = json!([rule("free", "allow", json!({}), free)]);
        };
        assert!(weighed(high, "create_order", "/v1/orders").unwrap().confirm.unwrap().contains("high"));
    }
}
