//! The flaws of the reference system's inspect server, one test each: every one of them fails on its behaviour.

use serde_json::{Value, json};

use super::{POLICY, Shop, TOOLS};

/// Its filter knows no tier `safe`, and its summary counts six of eight.
#[test]
fn safe_tools_vanish_from_filter_and_summary() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    let safe = client.call("caskmcp_list_actions", json!({"filter_risk": "safe"})).ok();
    assert_eq!(safe["total"], 2);
    let unknown = client.call("caskmcp_list_actions", json!({"filter_risk": "unknown"})).ok();
    assert_eq!(unknown["total"], 0);
    let summary = client.call("caskmcp_risk_summary", json!({})).ok();
    let tiers = summary["by_risk_tier"].as_object().unwrap();
    let names: Vec<&str> = tiers.keys().map(String::as_str).collect();
    assert_eq!(names, ["safe", "low", "medium", "high", "critical", "unknown"]);
    let counted: u64 = tiers.values().filter_map(|tier| tier["count"].as_u64()).sum();
    assert_eq!(json!(counted), summary["total_actions"]);
    assert_eq!(tiers["safe"]["actions"], json!(["get_order", "list_products"]));
}

/// Its filter knows five methods.
#[test]
fn head_and_options_cannot_be_filtered() {
    let shop = Shop::bare();
    let mut tools: Value = serde_json::from_str(&shop.place.read(TOOLS)).unwrap();
    for (action, method) in tools["actions"].as_array_mut().unwrap().iter_mut().zip(["HEAD", "OPTIONS"]) {
        action["method"] = json!(method);
    }
    shop.place.write("lone/tools.json", tools.to_string());
    shop.place.write("lone/policy.yaml", shop.place.read(POLICY));
    let mut client = crate::mcp::Client::open(&mut shop.place.command(&["inspect", "-a", "lone"]));
    for method in ["HEAD", "OPTIONS", "head"] {
        let found = client.call("caskmcp_list_actions", json!({"filter_method": method})).ok();
        assert_eq!(found["total"], 1, "{method}");
        assert_eq!(found["actions"][0]["method"], method.to_uppercase());
    }
    let none = client.call("caskmcp_list_actions", json!({"filter_method": "QUERY"})).ok();
    assert_eq!(none["total"], 0);
}

/// Rules that ask for a scope never match there: no toolset is ever known.
#[test]
fn check_policy_knows_no_toolset() {
    let shop = Shop::bare();
    shop.edit(POLICY, "    methods: [GET]\n", "    methods: [GET]\n    scopes: [support]\n");
    let mut client = shop.inspect();
    let mut asked = |set: &str| {
        client.call("caskmcp_check_policy", json!({"action_name": "get_user", "toolset": set})).ok()
    };
    let (support, readonly) = (asked("support"), asked("readonly"));
    assert_eq!(
        (&support["policy_decision"], &support["rule_ids"]),
        (&json!("allow"), &json!(["allow_reads"]))
    );
    assert_eq!((&readonly["policy_decision"], &readonly["toolset"]), (&json!("deny"), &json!("readonly")));
    // The default is the one that would be served, and what is no toolset is no answer.
    let default = client.call("caskmcp_check_policy", json!({"action_name": "get_user"})).ok();
    assert_eq!(default["toolset"], "readonly");
    client.call("caskmcp_check_policy", json!({"action_name": "get_user", "toolset": "x"})).error();
    let mut served = shop.inspect_with(&["--toolset", "support"]);
    let said = served.call("caskmcp_check_policy", json!({"action_name": "get_user"})).ok();
    assert_eq!(said["toolset"], "support");
}

/// It looks at the policy alone: what nobody approved is "allowed".
#[test]
fn check_policy_looks_at_no_lockfile() {
    for (shop, decision, code) in [
        (Shop::bare(), "deny", "denied_not_approved"),
        (Shop::pending(), "deny", "denied_not_approved"),
        (Shop::signed(), "allow", "allowed_policy"),
    ] {
        let mut client = shop.inspect();
        let said = client.call("caskmcp_check_policy", json!({"action_name": "get_order"})).ok();
        assert_eq!((&said["decision"], &said["reason_code"]), (&json!(decision), &json!(code)), "{said:#}");
        assert_eq!(said["allowed"], decision == "allow");
        assert_eq!(
            (&said["policy_decision"], &said["matched_rule"]),
            (&json!("allow"), &json!("allow_reads"))
        );
    }
}

/// And at no signature.
#[test]
fn check_policy_looks_at_no_signature() {
    let shop = Shop::signed();
    shop.forge(|lock| lock.tools.values_mut().for_each(|entry| entry.approvals.clear()));
    let said = shop.inspect().call("caskmcp_check_policy", json!({"action_name": "get_order"})).ok();
    assert_eq!(said["reason_code"], "denied_approval_signature_required", "{said:#}");
}

/// It only ever sees the template: a rule about one path says nothing, and neither does a wrong argument.
#[test]
fn check_policy_never_sees_a_call() {
    let shop = Shop::signed();
    let text = shop.place.read(POLICY);
    let deny = "- id: no_admin\n  name: not the first one\n  type: deny\n  priority: 200\n  match:\n    paths: [/v1/users/42]\n";
    shop.place.write(POLICY, text + deny);
    shop.allow("alice", &["--all"]);
    let mut client = shop.inspect();
    let mut asked = |arguments: Value| {
        let asked = json!({"action_name": "get_user", "arguments": arguments});
        let said = client.call("caskmcp_check_policy", asked).ok();
        [said["decision"].clone(), said["reason_code"].clone(), said["rule_ids"].clone()]
    };
    let denied = json!(["no_admin"]);
    assert_eq!(asked(json!({"user_id": 42})), [json!("deny"), json!("denied_policy"), denied]);
    assert_eq!(asked(json!({"user_id": 7}))[0], "allow");
    assert_eq!(asked(json!({"user_id": "x"}))[1], "denied_param_validation");
    assert_eq!(asked(json!({"user_id": 7, "admin": true}))[1], "denied_param_validation");
}

/// What a person would be asked about is told as not allowed.
#[test]
fn a_confirmable_action_is_not_allowed() {
    let shop = Shop::signed();
    let mut client = shop.inspect();
    let asked = json!({"action_name": "create_order", "toolset": "operator"});
    let said = client.call("caskmcp_check_policy", asked).ok();
    assert_eq!(
        (&said["decision"], &said["reason_code"]),
        (&json!("confirm"), &json!("confirmation_required"))
    );
    assert_eq!((&said["allowed"], &said["would_require_confirmation"]), (&json!(true), &json!(true)));
    assert_eq!(said["rule_ids"], json!(["confirm_changes"]));
    // In the toolset that is served by default it is not at all.
    let said = client.call("caskmcp_check_policy", json!({"action_name": "create_order"})).ok();
    assert_eq!(said["reason_code"], "denied_toolset_not_allowed");
}

/// Asking often enough there changes the answer to "Budget exceeded".
#[test]
fn asking_consumes_the_budget() {
    let shop = Shop::signed();
    let mut client = shop.inspect();
    let asked = json!({"action_name": "create_order", "toolset": "operator"});
    let first = client.call("caskmcp_check_policy", asked.clone()).ok();
    let limits = first["limits"].as_array().unwrap();
    let of_rule = |limit: &&Value| limit["rule"].as_str().unwrap().contains("budget_writes");
    assert_eq!(limits.iter().find(of_rule).unwrap()["per_minute"], 10, "{first:#}");
    for _ in 0..25 {
        assert_eq!(client.call("caskmcp_check_policy", asked.clone()).ok(), first);
    }
}

/// Overrides of what changes state do not count there.
#[test]
fn check_policy_knows_no_overrides() {
    let shop = Shop::bare();
    let asked = json!({"action_name": "list_products"});
    let mut client = shop.inspect();
    let before = client.call("caskmcp_check_policy", asked.clone()).ok();
    assert_eq!((&before["policy_decision"], &before["changes_state"]), (&json!("allow"), &json!(false)));
    let text = shop.place.read(POLICY);
    let more = "state_changing_overrides:\n- method: GET\n  path: /v1/products\n  state_changing: true\n  justification: it counts views\n";
    shop.place.write(POLICY, text + more);
    let after = client.call("caskmcp_check_policy", asked).ok();
    assert_eq!((&after["policy_decision"], &after["changes_state"]), (&json!("confirm"), &json!(true)));
}

/// Errors come as answers there.
#[test]
fn errors_are_no_errors() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    for name in ["caskmcp_check_policy", "caskmcp_get_approval_status", "caskmcp_get_action_details"] {
        let trouble = client.call(name, json!({"action_name": "zzz"})).error();
        assert_eq!(
            trouble,
            json!({"error": "Action not found: zzz", "reason_code": "denied_unknown_action"})
        );
        let trouble = client.call(name, json!({})).error();
        let said = trouble["error"].as_str().unwrap();
        assert!(said.starts_with("Input validation error: ") && said.contains("action_name"), "{said}");
    }
    assert_eq!(client.call("nope", json!({})).error(), json!({"error": "Unknown tool: nope"}));
    let trouble = client.call("caskmcp_list_pending_approvals", json!({})).error();
    assert_eq!(trouble["error"], "No lockfile found - run 'cask gate sync' first");
    client.call("caskmcp_list_actions", json!({"filter_risk": "grave"})).error();
    client.call("caskmcp_list_actions", json!({"filter_rsik": "high"})).error();
    client.call("cask_gate_check", json!({})).error();
}

/// Where no policy is loaded, everything "would be allowed" there.
#[test]
fn no_policy_means_allowed() {
    let shop = Shop::bare();
    shop.place.cask(&["inspect", "--tools", TOOLS]).failed();
}

/// Method, path and host of an action are only looked for at its top there: a rule about the method in `endpoint` does
/// not match, and the call seems allowed. Here such a file is refused, with the place.
#[test]
fn actions_with_an_endpoint_are_misread() {
    let shop = Shop::bare();
    let endpoint = json!({"method": "POST", "path": "/wipe", "host": "api.shop.example"});
    let mut action = json!({
        "name": "wipe", "tool_id": "t1", "endpoint": endpoint, "risk_tier": "high",
        "confirmation_required": "never", "description": "x", "input_schema": {"type": "object"}
    });
    let policy = "version: 1.0.0\nschema_version: \"1.0\"\nname: p\ndefault_action: allow\nrules: []\n";
    shop.place.write("lone/policy.yaml", policy);
    let mut refused = |says: &str| {
        let tools =
            json!({"version": "1.0.0", "schema_version": "1.0", "allowed_hosts": [], "actions": [action]});
        shop.place.write("lone/tools.json", tools.to_string());
        let told = shop.place.cask(&["inspect", "-a", "lone"]).failed();
        assert!(told.contains(says) && told.contains("lone/tools.json"), "{told}");
        action["method"] = json!("GET");
    };
    refused("`method` is missing");
    refused("given twice, here and in endpoint");
}
