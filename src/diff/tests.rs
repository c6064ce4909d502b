//! The diff as a whole: every rule is declared and spoken, the pairs of the reference, and what always holds.

use std::collections::BTreeSet;

use super::testing::{everything, found, reference};
use super::*;
use crate::model::testing_pack::PackText;
use crate::rules::{self, Family, Rule, auth, host, mcp, mcpt, op, policy, tool, toolset};
use proptest::prelude::*;
use serde_json::{Value, json};

type Edit = fn(&mut PackText);

/// Per rule what makes it speak: changes of the base, and of the head beyond them.
const ROWS: &[(&Rule, Edit, Edit)] = &[
    (host::CHANGED, |_| {}, |p| p.action("list_products")["host"] = json!("b.shop.example")),
    (host::REGISTRABLE_DOMAIN_CHANGED, |_| {}, |p| p.action("list_products")["host"] = json!("evil.test")),
    (host::LOOKALIKE, |_| {}, |p| p.action("list_products")["host"] = json!("api.sh0p.example")),
    (host::PRIVATE_TARGET, |_| {}, |p| p.action("list_products")["host"] = json!("127.0.0.1")),
    (host::WILDCARDED, |_| {}, |p| p.header["allowed_hosts"] = json!(["*.shop.example"])),
    (host::SCHEME_DOWNGRADED, |_| {}, |p| p.header["allowed_hosts"] = json!(["http://api.shop.example"])),
    (host::TEMPLATE_VARIABLE_ADDED, |_| {}, |p| p.action("list_products")["base_path"] = json!("/{x}")),
    (host::ADDED, |_| {}, |p| p.header["allowed_hosts"] = json!(["api.shop.example", "b.shop.example"])),
    (host::REDIRECT_POLICY_RELAXED, |_| {}, |p| p.header["runtime"]["x-allow-redirects"] = json!(true)),
    (host::BASE_PATH_CHANGED, |_| {}, |p| p.action("list_products")["base_path"] = json!("/v2")),
    (host::PORT_CHANGED, |_| {}, |p| p.action("list_products")["host"] = json!("api.shop.example:81")),
    (
        host::REMOVED,
        |p| p.header["allowed_hosts"] = json!(["api.shop.example", "b.shop.example"]),
        |p| {
            p.header["allowed_hosts"] = json!(["api.shop.example"]);
        },
    ),
    (op::ADDED_READ, |_| {}, |p| p.add("x", "GET", "/x")),
    (op::REMOVED, |_| {}, |p| p.remove("create_order")),
    (tool::DUPLICATE_NAME, |_| {}, |p| p.add("CREATE_ORDER", "GET", "/x")),
    (tool::RISK_RAISED, |_| {}, |p| p.action("list_products")["risk_tier"] = json!("high")),
    (tool::RISK_LOWERED, |_| {}, |p| p.action("create_order")["risk_tier"] = json!("low")),
    (
        tool::RISK_LOWERED_JUSTIFIED,
        |p| {
            p.action("list_products")["method"] = json!("DELETE");
            p.action("list_products")["risk_tier"] = json!("high");
        },
        |p| {
            p.action("list_products")["method"] = json!("GET");
            p.action("list_products")["risk_tier"] = json!("safe");
        },
    ),
    (
        tool::CONFIRMATION_DROPPED,
        |_| {},
        |p| {
            p.action("create_order")["confirmation_required"] = json!("on_risk");
        },
    ),
    (tool::RATE_BUDGET_REMOVED, |_| {}, |p| p.action("create_order")["rate_limit_per_minute"] = json!(null)),
    (tool::RATE_BUDGET_RAISED, |_| {}, |p| p.action("create_order")["rate_limit_per_minute"] = json!(61)),
    (tool::TOOLSET_ADDED_TO, |_| {}, |p| p.put("readonly", "create_order")),
    (
        tool::TOOLSET_REMOVED_FROM,
        |p| p.put("readonly", "create_order"),
        |p| {
            p.toolsets["toolsets"]["readonly"]["actions"] = json!(["list_products"]);
        },
    ),
    (
        tool::TEXT_UNREAD,
        |_| {},
        |p| {
            // A long name stands in the place of each text below it.
            let labels: Vec<String> = (0..1_100).map(|n| n.to_string()).collect();
            p.action("create_order")["input_schema"]["x".repeat(1 << 15)] = json!(labels);
        },
    ),
    (tool::DESCRIPTION_CHANGED, |_| {}, |p| p.action("create_order")["description"] = json!("Other words.")),
    (
        tool::DEFINITION_CHANGED,
        |_| {},
        |p| p.action("create_order")["input_schema"]["required"] = json!(["note"]),
    ),
    (tool::SURFACE_CHANGED, |_| {}, |p| p.header["runtime"]["mode"] = json!("remote")),
    (toolset::READONLY_VIOLATED, |_| {}, |p| p.put("readonly", "create_order")),
    (toolset::ADDED, |_| {}, |p| p.toolsets["toolsets"]["x"] = json!({"actions": []})),
    (
        toolset::REMOVED,
        |p| p.toolsets["toolsets"]["x"] = json!({"actions": []}),
        |p| {
            p.toolsets["toolsets"].as_object_mut().map(|sets| sets.shift_remove("x"));
        },
    ),
    (policy::DEFAULT_ALLOW, |_| {}, |p| p.policy["default_action"] = json!("allow")),
    (
        policy::RULE_REMOVED,
        |_| {},
        |p| {
            p.policy["rules"].as_array_mut().map(|rules| rules.remove(0));
        },
    ),
    (
        policy::RULE_REORDERED,
        |p| {
            p.policy["rules"][0]["match"] = json!({});
            p.policy["rules"][0]["settings"] = json!({"allow_without_confirmation": true});
        },
        |p| p.policy["rules"][0]["priority"] = json!(99),
    ),
    (policy::MATCH_BROADENED, |_| {}, |p| p.policy["rules"][1]["type"] = json!("allow")),
    (policy::METHOD_GUARD_MISSING, |_| {}, |p| p.policy["rules"][1]["type"] = json!("allow")),
];

/// That each speaks, and only where it should, is shown by the cases (tests/judging/cases.rs).
#[test]
fn every_rule_of_the_diff_is_declared_by_a_check() {
    use Family::{Auth, Host, Mcp, Mcpp, Mcpr, Mcpt, Op, Par, Policy, Req, Res, Text, Tool, Toolset, Val};
    let here = [Auth, Host, Mcp, Mcpp, Mcpr, Mcpt, Op, Par, Policy, Req, Res, Text, Tool, Toolset, Val];
    // A name of another toolpack is told across them. A withdrawn tool that is back is known by its tombstone, which lies in the lockfile; only a description has a
    // credential that its operations take over; a pattern is told of a state; clients belong to no toolpack; calls
    // are recorded, not proposed.
    let elsewhere = [
        tool::SHADOWS_OTHER,
        tool::REAPPEARED,
        mcpt::REAPPEARED,
        auth::GLOBAL_DEFAULT_CHANGED,
        policy::REGEX_UNJUSTIFIED,
        mcp::AUTO_APPROVE_WIDENED,
        mcp::DENY_REMOVED,
        mcp::LAUNCH_CASK_WEAKENED,
        mcp::CLIENT_SETTING_CHANGED,
        op::NOT_OBSERVED,
        auth::OBSERVED_ANONYMOUS_SUCCESS,
        auth::OBSERVED_STATUS_CHANGED,
    ];
    for rule in rules::all().filter(|r| here.contains(&r.family) && !elsewhere.contains(r)) {
        assert!(CHECKS.iter().any(|c| c.can_emit(rule)), "{} is declared by no check", rule.id);
    }
}

#[test]
fn every_finding_can_be_shown_and_found_again() {
    for (rule, base, head) in ROWS {
        let base = PackText::shop().edit(base);
        let all = everything(&base, &base.clone().edit(head));
        for f in &all {
            assert!(f.place.line > 0 && f.place.file.starts_with("packs/shop/"), "{} {:?}", rule.id, f.place);
            assert!(!f.aspect.is_empty() && !f.change.is_empty() && !f.here.is_empty(), "{}", rule.id);
            assert!(f.message().plain().chars().count() < 120);
            assert!(f.covers != crate::model::finding::Covers::Nothing, "{} waits for nobody", f.rule.id);
        }
        let prints: BTreeSet<String> = all.iter().map(|f| f.fingerprint()).collect();
        assert_eq!(prints.len(), all.len(), "two findings of {} are one", rule.id);
    }
}

/// Rule ids and subjects, without the rewording that the reference system's hints cause.
fn told(base: &str, head: &str) -> Vec<String> {
    let (base, head) = (reference(base), reference(head));
    let found = run(&Pair::new(Some(&base), Some(&head)).unwrap(), &DiffContext::default());
    let hints = ["text.own-tool-reference", "text.urgency-marker", "tool.description-changed"];
    // The reference writes other ids, dates and hints at every compilation; the pairs are about what else changed.
    let told = found.iter().filter(|f| !hints.contains(&f.rule.id) && !tool::UNJUDGED.contains(&f.rule));
    told.map(|f| format!("{} {} {}", f.severity, f.rule.id, f.subject.name)).collect()
}

#[test]
fn the_pairs_of_the_reference_are_told_as_people_would() {
    let expected: [(&str, &[&str]); 12] = [
        ("01-unchanged", &[]),
        ("02-additive-tool", &["medium op.added-read get_product"]),
        ("03-new-write-tool", &["critical op.added-privileged create_refund"]),
        ("04-removed-tool", &["high op.removed get_order"]),
        (
            "05-risk-escalation",
            &[
                "high tool.risk-raised create_order",
                "high req.field-required-added create_order",
                "medium tool.toolset-added-to create_order",
                "medium policy.match-broadened policy.yaml",
            ],
        ),
        (
            "09-host-expansion",
            &[
                "medium op.added-read get_export",
                "high host.added data.partner.example",
                "high policy.match-broadened policy.yaml",
            ],
        ),
        (
            "10-policy-loosened",
            &["high policy.match-broadened policy.yaml", "high policy.match-broadened policy.yaml"],
        ),
        (
            "11-policy-toplevel-loosened",
            &[
                "critical policy.default-allow policy.yaml",
                "high policy.match-broadened policy.yaml",
                "high policy.match-broadened policy.yaml",
                "high policy.match-broadened policy.yaml",
            ],
        ),
        ("14-self-approved-pr", &["critical op.added-destructive delete_user"]),
        (
            "17-stale-digest",
            &[
                "critical tool.confirmation-dropped create_user",
                "high tool.rate-budget-raised create_user",
                "critical text.imperative-to-model create_user",
                "critical text.override create_user",
            ],
        ),
        (
            "18-repointed-tool",
            &[
                "high op.path-changed get_users",
                "critical host.registrable-domain-changed get_users",
                "critical auth.cross-host-credential get_users",
            ],
        ),
        (
            "21-toolset-widened",
            &["high tool.toolset-added-to create_user", "critical toolset.readonly-violated create_user"],
        ),
    ];
    for (head, rules) in expected {
        assert_eq!(told("base", head), rules, "{head}");
    }
}

#[test]
fn nothing_differs_from_itself() {
    for name in ["base", "demo", "05-risk-escalation", "11-policy-toplevel-loosened", "21-toolset-widened"] {
        let pack = reference(name);
        let found = run(&Pair::new(Some(&pack), Some(&pack)).unwrap(), &DiffContext::default());
        assert!(found.is_empty(), "{name}");
    }
}

#[test]
fn a_scheme_that_became_another_is_told_at_each_tool_that_asks_for_it() {
    let head = PackText::shop().edit(|p| p.baseline["security_schemes"]["bearer"]["scheme"] = json!("basic"));
    let found = everything(&PackText::shop(), &head);
    let told: Vec<&str> =
        found.iter().filter(|f| f.rule.family == Family::Auth).map(|f| f.subject.name.as_str()).collect();
    assert_eq!(told, ["create_order", "list_products"]);
}

#[test]
fn a_toolpack_that_is_gone_loses_every_tool_and_says_nothing_else() {
    let pack = reference("demo");
    let found = run(&Pair::new(Some(&pack), None).unwrap(), &DiffContext::default());
    assert_eq!(found.len(), pack.manifest.tools.len());
    assert!(found.iter().all(|f| f.rule == op::REMOVED));
}

#[test]
fn a_new_toolpack_is_told_whole() {
    let pack = reference("demo");
    let found = run(&Pair::new(None, Some(&pack)).unwrap(), &DiffContext::default());
    let of = |rule: &Rule| found.iter().filter(|f| f.rule == rule).count();
    let added = [op::ADDED_READ, op::ADDED_WRITE, op::ADDED_DESTRUCTIVE, op::ADDED_PRIVILEGED];
    assert_eq!(added.map(of).iter().sum::<usize>(), pack.manifest.tools.len());
    assert_eq!(of(toolset::ADDED), pack.toolsets.toolsets.len());
    assert_eq!(of(host::ADDED), pack.header.allowed_hosts.len());
}

/// Members in another order, the same at every call for one seed.
fn shuffled(value: &Value, seed: &mut u64) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for i in (1..members.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                members.swap(i, (*seed >> 33) as usize % (i + 1));
            }
            Value::Object(members.into_iter().map(|(k, v)| (k.clone(), shuffled(v, seed))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|v| shuffled(v, seed)).collect()),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_members_is_no_change(mut seed in any::<u64>()) {
        let base = PackText::shop();
        let head = base.clone().edit(|p| {
            for file in [&mut p.header, &mut p.tools, &mut p.toolsets, &mut p.policy, &mut p.baseline] {
                *file = shuffled(file, &mut seed);
            }
        });
        prop_assert!(everything(&base, &head).is_empty());
    }

    #[test]
    fn what_is_added_one_way_is_removed_the_other(base in 0u8..64, head in 0u8..64, hosts in 0u8..8) {
        let with = |bits: u8, hosts: u8| PackText::shop().edit(|p| {
            for (n, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
                if bits & (1 << n) != 0 {
                    p.add(name, if n % 2 == 0 { "GET" } else { "POST" }, &format!("/{name}"));
                }
            }
            let all = ["p.test", "q.test", "r.test"];
            let listed = all.iter().enumerate().filter(|(n, _)| hosts & (1 << n) != 0).map(|(_, h)| *h);
            p.header["allowed_hosts"] = std::iter::once("api.shop.example").chain(listed).collect();
        });
        let (a, b) = (with(base, hosts), with(head, hosts ^ 5));
        let names = |rules: &[&Rule], x: &PackText, y: &PackText| -> BTreeSet<String> {
            found(x, y).into_iter().filter(|f| rules.contains(&f.rule)).map(|f| f.subject.name).collect()
        };
        let added = [op::ADDED_READ, op::ADDED_WRITE];
        prop_assert_eq!(names(&added, &a, &b), names(&[op::REMOVED], &b, &a));
        prop_assert_eq!(names(&[host::ADDED], &a, &b), names(&[host::REMOVED], &b, &a));
        let expected: BTreeSet<String> = (0..6u8).filter(|n| head & !base & (1 << n) != 0)
            .map(|n| char::from(b'a' + n).to_string()).collect();
        prop_assert_eq!(names(&added, &a, &b), expected);
    }

    #[test]
    fn any_text_and_any_host_are_told_without_panic(text in ".{0,60}", host in "[a-z0-9.:*{}\\[\\]/-]{0,30}") {
        let head = PackText::shop().edit(|p| {
            p.action("create_order")["description"] = json!(text);
            p.action("create_order")["host"] = json!(host);
            p.header["allowed_hosts"] = json!([host]);
        });
        found(&PackText::shop(), &head);
        found(&head, &PackText::shop());
    }
}
