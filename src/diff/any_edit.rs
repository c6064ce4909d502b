//! What always holds: whatever is edited in a toolpack, a change that needs a signature has a finding.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::testing::everything;
use crate::model::finding::{Covers, Finding};
use crate::model::testing_pack::PackText;
use crate::model::toolpack::Toolpack;
use crate::sign::subject::{Trees, digests};

/// A toolpack with something of everything that is signed.
fn rich() -> PackText {
    PackText::shop().edit(|p| {
        p.add("get_order", "GET", "/orders/{id}");
        let action = p.action("get_order");
        action["aliases"] = json!(["old-1", "old-2"]);
        action["risk_reasons"] = json!([{"code": "effect-read", "tier": "safe", "because": "GET"}]);
        action["input_schema"] = json!({"type": "object", "required": ["id"], "additionalProperties": false,
            "properties": {"id": {"type": "integer", "minimum": 1, "maximum": 500, "enum": [1, 2]},
                "sort": {"type": "string", "enum": ["up", "down"], "default": "up", "pattern": "^[a-z]+$"}}});
        p.baseline["$defs"] = json!({"Order": {"type": "object", "properties": {"by": {"$ref": "#/$defs/Person"}}},
            "Person": {"type": "object", "properties": {"email": {"type": "string"}}}, "Loose": {"type": "string"}});
        p.operation("get_order")["responses"] =
            json!({"200": {"content": {"application/json": {"$ref": "#/$defs/Order"}}}, "404": {}});
        p.operation("get_order")["parameters"] = json!({"path.id": {"required": true, "schema": {"type": "integer"}}});
        p.operation("get_order")["observed"] = json!({"count": 3});
        p.baseline["operations"]["api.shop.example/v1/spare GET"] = json!({"stable_id": "spare", "tags": ["a"]});
        p.baseline["summary"] = json!({"sources": {"openapi": "x"}});
        p.baseline["mcp"] = json!({"files": {"launch": {"transport": "stdio", "command": "npx", "args": ["-y", "files"],
                "env": ["TOKEN"], "cwd": null}, "instructions": "Reads files.",
            "prompts": {"sum": {"stable_id": "id-sum", "raw": {"name": "sum", "description": "Sums."}}},
            "tools": {"read": {"stable_id": "id-read", "raw": {"name": "read", "description": "Reads a file.",
                "annotations": {"readOnlyHint": true}, "_meta": {"a": 1},
                "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}}}}}});
        p.tools["actions"].as_array_mut().unwrap().push(json!({"name": "read", "tool_id": "id-read", "kind": "mcp",
            "server": "files", "tool": "read", "effect": "read", "risk_tier": "high",
            "confirmation_required": "on_risk", "rate_limit_per_minute": 5}));
        p.header["sources"] = json!([{"id": "openapi", "kind": "openapi", "name": "openapi.yaml", "complete": true}]);
        p.header["runtime"] = json!({"mode": "container", "container": {"image": "shop", "env_allowlist": ["A", "B"]}});
        p.header["allowed_hosts"] = json!(["api.shop.example", "*.cdn.example", "http://b.example:81"]);
        p.policy["global_rate_limit"] = json!(100);
        p.policy["redact_patterns"] = json!(["[0-9]{16}"]);
        p.policy["state_changing_overrides"] = json!([{"method": "POST", "state_changing": true, "justification": "x"}]);
        p.policy["rules"].as_array_mut().unwrap().extend([
            json!({"id": "idle", "name": "i", "type": "deny", "match": {"hosts": ["nowhere.test"]}, "priority": 1}),
            json!({"id": "some", "name": "s", "type": "deny", "match": {"path_pattern": "^/v1/orders/[5-9]"}}),
            json!({"id": "team", "name": "t", "type": "confirm", "match": {"headers": {"x-team": "ops"}}}),
            json!({"id": "limit", "name": "l", "type": "budget", "match": {"scopes": ["operator"]},
                "settings": {"per_minute": 5, "per_hour": 50}}),
            json!({"id": "hide", "name": "h", "type": "redact", "match": {}, "settings": {"fields": ["ssn", "iban"]}}),
        ]);
    })
}

/// Pointers of every value below one.
fn places(value: &Value, pointer: &str, out: &mut Vec<String>) {
    let below = |step: &str| format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(members) => members.iter().for_each(|(k, v)| {
            out.push(below(k));
            places(v, &below(k), out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| {
            out.push(below(&i.to_string()));
            places(v, &below(&i.to_string()), out);
        }),
        _ => {}
    }
}

/// One edit at a place: another value of some kind, the value gone, one more beside it, two exchanged.
fn edit(file: &mut Value, pointer: &str, how: u8) {
    let Some((parent, step)) = pointer.rsplit_once('/') else { return };
    let step = step.replace("~1", "/").replace("~0", "~");
    let Some(parent) = file.pointer_mut(parent) else { return };
    let other = |old: &Value| match (how % 4, old) {
        (0, Value::String(s)) => json!(format!("{s}x")),
        (0, Value::Number(n)) => json!(n.as_i64().unwrap_or(0) + 1),
        (0, Value::Bool(b)) => json!(!b),
        (1, Value::String(_)) => json!("never"),
        (1, Value::Number(_)) => json!(1),
        (2, _) => json!(null),
        (3, Value::String(_)) => json!("GET"),
        _ => json!("x"),
    };
    match parent {
        Value::Object(members) => match how {
            0..=3 => {
                let old = members[&step].clone();
                members.insert(step, other(&old));
            }
            4 => drop(members.shift_remove(&step)),
            5 => drop(members.insert("x-new".to_owned(), json!(1))),
            6 => drop(members.insert("title".to_owned(), json!(null))),
            _ => {
                if let Some(old) = members.shift_remove(&step) {
                    members.insert(format!("{step}2"), old);
                }
            }
        },
        Value::Array(items) => {
            let at: usize = step.parse().unwrap_or(0);
            match how {
                0..=3 => items[at] = other(&items[at]),
                4 => drop(items.remove(at)),
                5 => items.push(items[at].clone()),
                6 => items.reverse(),
                _ => items.rotate_left(1),
            }
        }
        _ => {}
    }
}

/// The signed subjects in which two toolpacks differ. Which tools are grave is part of the surface, and told at
/// the tool.
fn differing(base: &Toolpack, head: &Toolpack) -> Option<BTreeSet<String>> {
    let (was, is) = (digests(base).ok()?, digests(head).ok()?);
    let mut out: BTreeSet<String> = BTreeSet::new();
    for id in was.tools.keys().chain(is.tools.keys()) {
        if was.tools.get(id) != is.tools.get(id) {
            out.insert(id.clone());
        }
    }
    let tree = |pack| Some(Trees::of(pack).ok()?.surface().without(&["guarded"]));
    if was.surface != is.surface && tree(base)? != tree(head)? {
        out.insert("surface".to_owned());
    }
    Some(out)
}

/// The signed subjects that findings speak of. A tool whose id changed is one with two.
fn spoken(found: &[Finding], base: &Toolpack, head: &Toolpack) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for finding in found {
        match finding.covers {
            Covers::Surface => drop(out.insert("surface".to_owned())),
            _ => drop(out.insert(finding.subject.id.clone())),
        }
    }
    let Ok(pair) = super::Pair::new(Some(base), Some(head)) else { return out };
    for keyed in pair.tools() {
        if let crate::compare::keyed::Keyed::Both(b, h) = keyed
            && out.contains(&h.id)
        {
            out.insert(b.id.clone());
        }
    }
    out
}

fn holds(base: &PackText, head: &PackText, what: &str) -> Result<(), TestCaseError> {
    let (Ok(was), Ok(is)) = (base.read(), head.read()) else { return Ok(()) };
    let Some(differing) = differing(&was, &is) else { return Ok(()) };
    // An operation that can't be read ends the run: nobody takes that for a pass.
    if super::Pair::new(Some(&was), Some(&is)).is_err() {
        return Ok(());
    }
    let found = everything(base, head);
    let spoken = spoken(&found, &was, &is);
    let silent: Vec<&String> = differing.difference(&spoken).collect();
    let ids: Vec<&str> = found.iter().map(|f| f.rule.id).collect();
    prop_assert!(silent.is_empty(), "{what}: nothing about {silent:?} among {ids:?}");
    if differing.is_empty() {
        let unjudged: Vec<_> =
            found.iter().filter(|f| crate::rules::tool::UNJUDGED.contains(&f.rule)).collect();
        prop_assert!(unjudged.is_empty(), "{what}: {unjudged:?}");
    }
    Ok(())
}

fn file(p: &mut PackText, which: usize) -> &mut Value {
    match which {
        0 => &mut p.header,
        1 => &mut p.tools,
        2 => &mut p.toolsets,
        3 => &mut p.policy,
        _ => &mut p.baseline,
    }
}

#[test]
fn an_edit_of_every_place_that_is_signed_is_told() {
    let base = rich();
    base.build();
    let mut legal = 0;
    for which in 0..5 {
        let mut all = Vec::new();
        places(file(&mut base.clone(), which), "", &mut all);
        // Each place is edited in one way, each eighth in the same; the other test tries the rest at random.
        for (n, pointer) in all.iter().enumerate() {
            let how = (n % 8) as u8;
            let head = base.clone().edit(|p| edit(file(p, which), pointer, how));
            legal += usize::from(head.read().is_ok());
            let (a, b) = if n % 2 == 0 { (&base, &head) } else { (&head, &base) };
            holds(a, b, &format!("file {which}, {pointer}, edit {how}")).unwrap();
        }
    }
    assert!(legal > 100, "{legal} edits made a toolpack that can be read");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_few_edits_are_told(
        edits in proptest::collection::vec((0usize..5, any::<proptest::sample::Index>(), 0u8..8), 1..4)
    ) {
        let base = rich();
        let mut head = base.clone();
        for (which, at, how) in edits {
            let mut all = Vec::new();
            places(file(&mut head, which), "", &mut all);
            let edited = head.clone().edit(|p| edit(file(p, which), &all[at.index(all.len())], how));
            // What can't be read is judged by nobody: the edits that stay are those that can.
            if edited.read().is_ok() {
                head = edited;
            }
        }
        holds(&base, &head, "a few edits")?;
    }
}
