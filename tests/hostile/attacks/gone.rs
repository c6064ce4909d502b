//! T16, T17, exemptions and withdrawals: what was refused, withdrawn or let in for a while comes back.

use cask::canon::emit::emit_yaml;
use cask::canon::encode::encode;
use cask::model::lockfile::{Approval, Decision, Lockfile, Status};

use super::forge::*;
use super::row::Attack;
use super::{NEW_TOOL, add_tool};
use Who::*;

/// When tools are withdrawn on `main`.
pub const GONE: &str = "2026-11-25T10:00:00Z";

/// `main` without get_order, whose withdrawal bob signed.
pub fn withdrawn(w: &mut World) {
    w.git(&["tag", "before"]);
    w.withdraw(GET_ORDER, GONE, &[Bob]);
    w.merge();
}

/// get_order as a tool of a server, approved on `main`.
fn of_a_server(w: &mut World) {
    w.action(GET_ORDER, |a| {
        *a = serde_json::json!({"name": "get_order", "tool_id": GET_ORDER, "kind": "mcp", "server": "orders",
            "tool": "get_order", "effect": "read", "risk_tier": "medium", "confirmation_required": "never",
            "rate_limit_per_minute": 30});
    });
    w.baseline(|b| {
        let operations = b["operations"].as_object_mut().expect("operations");
        operations.retain(|_, operation| operation["stable_id"] != GET_ORDER);
        b["mcp"] = serde_json::json!({"orders": {"tools": {"get_order": {"stable_id": GET_ORDER, "raw": {
            "name": "get_order", "description": "Get an order.", "annotations": {"readOnlyHint": true},
            "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}}}}}}});
    });
    w.approve_all(PACK, THEN);
    w.merge();
}

/// Brings the artifacts of `before` back, and its entry of a tool.
pub fn bring_back(w: &mut World, id: &str) {
    let lock = w.lock(PACK);
    w.git(&["checkout", "-q", "before", "--", PACK]);
    let entry = w.lock(PACK).tools[id].clone();
    let mut lock: Lockfile = lock;
    lock.tools.insert(id.to_owned(), entry);
    w.put_lock(PACK, &lock);
}

/// `main` without the toolpack: its lockfile stays with a tombstone of each tool, signed by bob.
pub fn deleted(w: &mut World) {
    w.git(&["tag", "before"]);
    delete(w);
    w.merge();
}

fn delete(w: &mut World) {
    let mut lock = w.lock(PACK);
    let entries = std::mem::take(&mut lock.tools);
    lock.surface.approvals.clear();
    lock.surface.status = Status::Pending;
    lock.withdrawn = entries.iter().map(|(id, e)| w.tombstone(id, &e.digest, time(GONE), &[Bob])).collect();
    w.remove(PACK);
    w.write(&format!("{PACK}/lockfile/caskmcp.lock.yaml"), emit_yaml(&encode(&lock)));
}

/// get_user refused by carol on `main`.
fn refused(w: &mut World) {
    w.signing = time("2026-11-28T00:00:00Z");
    let no = w.statement(PACK, GET_USER, Carol).with(|s| s.approval.decision = Decision::Reject);
    w.put(PACK, GET_USER, no.sign(&Carol.pair()));
    w.merge();
    w.signing = time(LATER);
}

fn exemption(w: &World, id: &str, who: Who, end: Option<&str>) -> Approval {
    w.statement(PACK, id, who)
        .with(|s| {
            s.approval.decision = Decision::Exempt;
            s.approval.expires_at = end.map(time);
        })
        .sign(&who.pair())
}

/// list_products without approvals, exempted by both owners, on `main`.
fn exempted(w: &mut World) {
    w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
    for who in [Alice, Carol] {
        w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, who, Some("2027-02-20T00:00:00Z")));
    }
    w.merge();
}

fn into_operator(w: &World, tool: &str) {
    w.replace(
        &format!("{PACK}/artifact/toolsets.yaml"),
        "    actions:\n    - cancel_order\n",
        &format!("    actions:\n    - {tool}\n    - cancel_order\n"),
    );
}

fn into_support(w: &World, tool: &str) {
    w.replace(
        &format!("{PACK}/artifact/toolsets.yaml"),
        "support desk needs.\n    actions:\n",
        &format!("support desk needs.\n    actions:\n    - {tool}\n"),
    );
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T16",
        name: "withdrawn-tool-of-a-server-brought-back",
        does: "brings a withdrawn tool of a server back, signed anew, and leaves the surface as it was signed",
        code: 2,
        rules: &["gate.definition-mismatch", "mcpt.reappeared"],
        make: |w| {
            of_a_server(w);
            withdrawn(w);
            bring_back(w, GET_ORDER);
            w.edit_lock(|l| l.tools.get_mut(GET_ORDER).expect("entry").approvals.clear());
            w.approve(GET_ORDER, &[Alice]);
        },
    },
    Attack {
        threat: "T16",
        name: "reject-dropped",
        does: "takes a signed refusal out of the lockfile",
        code: 2,
        rules: &["gate.rejected-present", "lock.downgraded"],
        make: |w| {
            refused(w);
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(GET_USER).expect("entry");
                entry.approvals.retain(|a| a.decision != Decision::Reject);
                entry.status = Status::Approved;
            });
        },
    },
    Attack {
        threat: "T16",
        name: "reject-outvoted-by-the-past",
        does: "leaves a refusal and adds an approval from before it",
        code: 2,
        rules: &["gate.rejected-present"],
        make: |w| {
            w.signing = time(LATER);
            w.action(GET_USER, |a| a["description"] = "Get one user.".into());
            w.sync(PACK);
            let no = w.statement(PACK, GET_USER, Carol).with(|s| s.approval.decision = Decision::Reject);
            w.put(PACK, GET_USER, no.sign(&Carol.pair()));
            w.signing = time("2026-11-29T00:00:00Z");
            w.approve(GET_USER, &[Alice]);
        },
    },
    Attack {
        threat: "T16",
        name: "tombstone-dropped",
        does: "takes a fresh tombstone out of the lockfile",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            withdrawn(w);
            w.edit_lock(|l| l.withdrawn.clear());
        },
    },
    Attack {
        threat: "T16",
        name: "tombstone-backdated",
        does: "drops a tombstone that was dated years back when it was merged",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            w.withdraw(GET_ORDER, GONE, &[Bob]);
            w.edit_lock(|l| l.withdrawn[0].at = time("2020-01-01T00:00:00Z"));
            w.merge();
            w.edit_lock(|l| l.withdrawn.clear());
        },
    },
    Attack {
        threat: "T16",
        name: "tombstone-emptied",
        does: "dated a tombstone years back and takes the signed withdrawal out of it",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            w.withdraw(GET_ORDER, GONE, &[Bob]);
            w.edit_lock(|l| l.withdrawn[0].at = time("2020-01-01T00:00:00Z"));
            w.merge();
            w.edit_lock(|l| l.withdrawn[0].approvals.clear());
        },
    },
    Attack {
        threat: "T16",
        name: "tombstone-to-come",
        does: "dates a tombstone into next year, so that nobody can approve the tool",
        code: 2,
        rules: &["lock.entry-forged", "lock.tombstone-removed"],
        make: |w| {
            withdrawn(w);
            w.edit_lock(|l| l.withdrawn[0].at = time("2027-11-25T10:00:00Z"));
        },
    },
    Attack {
        threat: "T16",
        name: "left-behind-lockfile-deleted",
        does: "deletes the lockfile that a deleted toolpack left behind",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            deleted(w);
            w.remove("packs");
        },
    },
    Attack {
        threat: "T16",
        name: "left-behind-lockfile-emptied",
        does: "takes a tombstone out of the lockfile that a deleted toolpack left behind",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            deleted(w);
            let path = format!("{PACK}/lockfile/caskmcp.lock.yaml");
            let text = w.read(&path);
            w.write(
                &path,
                format!("{}withdrawn: []\n", &text[..text.find("withdrawn:").expect("tombstones")]),
            );
        },
    },
    Attack {
        threat: "T16",
        name: "toolpack-deleted-without-a-word",
        does: "deletes a toolpack with all its files",
        code: 2,
        rules: &["op.removed"],
        make: |w| w.remove(PACK),
    },
    Attack {
        threat: "T17",
        name: "policy-here-tool-there",
        does: "loosens the policy in one pull request, adds a dangerous tool in another, merges both as text",
        code: 2,
        rules: &["gate.definition-mismatch"],
        make: |w| {
            // One, signed and merged.
            w.git(&["checkout", "-q", "-b", "tool"]);
            w.git(&["checkout", "-q", "head"]);
            w.replace(&format!("{PACK}/artifact/policy.yaml"), "per_minute: 10", "per_minute: 1000");
            w.sync(PACK);
            w.approve(SURFACE, &[Alice]);
            w.merge();
            let loosened = w.lock(PACK).surface;
            // The other, signed for its own state.
            w.git(&["checkout", "-q", "tool"]);
            dangerous_tool(w);
            w.commit("tool");
            // The text of both: the artifacts merge, the surface's approvals are put together by hand.
            w.git(&["checkout", "-q", "-B", "head", "main"]);
            let ours = ["artifact/policy.yaml"];
            let policy = w.read(&format!("{PACK}/{}", ours[0]));
            w.git(&["checkout", "-q", "tool", "--", PACK]);
            w.write(&format!("{PACK}/{}", ours[0]), policy);
            w.edit_lock(|l| l.surface.approvals.extend(loosened.approvals));
        },
    },
    Attack {
        threat: "T17",
        name: "dangerous-tool-under-the-old-surface",
        does: "adds an approved tool of tier high and leaves the surface's approval as it is",
        code: 2,
        rules: &["gate.definition-mismatch"],
        make: |w| {
            let surface = w.lock(PACK).surface;
            dangerous_tool(w);
            w.edit_lock(|l| l.surface = surface);
        },
    },
    Attack {
        threat: "T8",
        name: "exemption-for-a-new-digest",
        does: "has the owners exempt a tool that is not on the base",
        code: 2,
        rules: &["gate.unapproved"],
        make: |w| {
            add_tool(w);
            w.sync(PACK);
            for who in [Alice, Carol] {
                w.put(PACK, NEW_TOOL, exemption(w, NEW_TOOL, who, Some("2027-01-20T00:00:00Z")));
            }
        },
    },
    Attack {
        threat: "T8",
        name: "exemption-over-180-days",
        does: "leans on an exemption for five years after half a year, in a toolpack that the change touches",
        code: 2,
        rules: &["gate.expired"],
        make: |w| {
            w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
            for who in [Alice, Carol] {
                w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, who, Some("2031-01-20T00:00:00Z")));
            }
            w.now = time("2027-05-30T10:00:00Z");
            // The approvals of before would be ignored beside these.
            w.edit_lock(|l| l.tools.get_mut(ISSUE_REFUND).expect("entry").approvals.clear());
            // The other tools get approvals that last.
            w.signing = time("2027-05-20T00:00:00Z");
            w.approve(ISSUE_REFUND, &[Alice, Carol]);
            w.approve(SURFACE, &[Alice]);
            w.approve(CANCEL_ORDER, &[Alice]);
        },
    },
    Attack {
        threat: "T8",
        name: "exemption-without-an-end",
        does: "exempts for ever",
        code: 2,
        rules: &["gate.expired"],
        make: |w| {
            w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
            for who in [Alice, Carol] {
                w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, who, None));
            }
        },
    },
    Attack {
        threat: "T6",
        name: "exemption-by-non-owner",
        does: "exempts by somebody who is no owner",
        code: 2,
        rules: &["gate.approver-not-allowed"],
        make: |w| {
            w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
            w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, Bob, Some("2027-01-20T00:00:00Z")));
        },
    },
    Attack {
        threat: "T7",
        name: "exemption-by-one-owner",
        does: "exempts by one owner where trust files take two",
        code: 2,
        rules: &["gate.unapproved"],
        make: |w| {
            w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
            w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, Alice, Some("2027-01-20T00:00:00Z")));
        },
    },
    Attack {
        threat: "T5",
        name: "exempted-tool-into-another-set",
        does: "puts an exempted tool into a set that nobody named",
        code: 2,
        rules: &["gate.scope-mismatch"],
        make: |w| {
            exempted(w);
            into_support(w, "list_products");
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(LIST_PRODUCTS).expect("entry");
                entry.toolsets = vec!["operator".into(), "readonly".into(), "support".into()];
            });
        },
    },
    Attack {
        threat: "T8",
        name: "deleted-toolpack-returns-behind-a-new-lockfile",
        does: "brings one tool back approved anew in another lockfile, and the others later with their old approvals",
        code: 2,
        rules: &["lock.downgraded", "tool.reappeared"],
        make: |w| {
            deleted(w);
            let stays = w.read(&format!("{PACK}/lockfile/caskmcp.lock.yaml"));
            w.git(&["checkout", "-q", "before", "--", PACK]);
            let old = w.lock(PACK);
            copy(&w.path(PACK), &w.path("packs/again"));
            w.remove(PACK);
            w.write(&format!("{PACK}/lockfile/caskmcp.lock.yaml"), stays);
            // Honest: everything but get_order, signed anew.
            w.git(&["checkout", "-q", "before", "--", PACK]);
            w.take_out(GET_ORDER);
            w.remove("packs/again");
            copy(&w.path(PACK), &w.path("packs/again"));
            w.git(&["checkout", "-q", "main", "--", PACK]);
            w.git(&["rm", "-q", "-r", "-f", "--cached", PACK]);
            w.remove(PACK);
            w.git(&["checkout", "-q", "main", "--", PACK]);
            let mut lock = w.lock("packs/again");
            lock.surface.approvals.clear();
            lock.tools.values_mut().for_each(|entry| entry.approvals.clear());
            w.put_lock("packs/again", &lock);
            w.approve_all("packs/again", LATER);
            let judged = w.judge();
            assert_eq!((judged.code, judged.trust_rules()), (1, [].into()), "{:?}", judged.rules);
            w.merge();
            // The attack: get_order as it was, with what it had.
            let lock = w.lock("packs/again");
            for file in ["artifact/tools.json", "artifact/toolsets.yaml", "artifact/baseline.json"] {
                let text = w.git(&["show", &format!("before:{PACK}/{file}")]);
                w.write(&format!("packs/again/{file}"), format!("{text}\n"));
            }
            let mut lock = lock;
            lock.tools.insert(GET_ORDER.into(), old.tools[GET_ORDER].clone());
            w.put_lock("packs/again", &lock);
        },
    },
    Attack {
        threat: "T3",
        name: "old-withdrawal-reused",
        does: "removes a tool again by the withdrawal that was signed before it came back",
        code: 2,
        rules: &["lock.downgraded", "op.removed"],
        make: |w| {
            withdrawn(w);
            bring_back(w, GET_ORDER);
            w.edit_lock(|l| l.tools.get_mut(GET_ORDER).expect("entry").approvals.clear());
            w.signing = time("2026-11-27T00:00:00Z");
            w.approve(GET_ORDER, &[Alice]);
            w.merge();
            w.take_out(GET_ORDER);
            w.sync(PACK);
        },
    },
    Attack {
        threat: "T3",
        name: "withdrawal-by-nobody",
        does: "removes a tool with a tombstone that nobody signed",
        code: 2,
        rules: &["op.removed"],
        make: |w| w.withdraw(GET_ORDER, GONE, &[]),
    },
];

/// A high tool, approved for its own state.
fn dangerous_tool(w: &mut World) {
    add_tool(w);
    w.action(NEW_TOOL, |a| {
        a["name"] = "delete_invoice".into();
        a["method"] = "DELETE".into();
        a["effect"] = "delete".into();
        a["risk_tier"] = "high".into();
    });
    let path = format!("{PACK}/artifact/baseline.json");
    w.write(&path, w.read(&path).replace("invoices/{order_id} GET", "invoices/{order_id} DELETE"));
    let sets = format!("{PACK}/artifact/toolsets.yaml");
    w.write(&sets, w.read(&sets).replace("    - get_invoice\n", ""));
    into_operator(w, "delete_invoice");
    w.sync(PACK);
    w.approve(NEW_TOOL, &[Alice]);
    w.approve(SURFACE, &[Alice]);
}

/// Lawful goings.
pub const HONEST: &[Attack] = &[
    Attack {
        threat: "ok",
        name: "withdrawal",
        does: "takes a tool out, signed by an approver",
        code: 1,
        rules: &["op.removed"],
        make: |w| {
            w.now = time(NOW);
            w.withdraw(GET_ORDER, GONE, &[Bob]);
        },
    },
    Attack {
        threat: "ok",
        name: "withdrawn-tool-approved-again",
        does: "brings a withdrawn tool back and has it signed anew",
        code: 1,
        rules: &["tool.reappeared"],
        make: |w| {
            withdrawn(w);
            bring_back(w, GET_ORDER);
            w.edit_lock(|l| l.tools.get_mut(GET_ORDER).expect("entry").approvals.clear());
            w.approve(GET_ORDER, &[Alice]);
        },
    },
    Attack {
        threat: "ok",
        name: "old-tombstone-cleared",
        does: "drops a tombstone after all approvals from before it have gone stale",
        code: 0,
        rules: &[],
        make: |w| {
            withdrawn(w);
            w.now = time("2026-12-30T00:00:00Z");
            w.edit_lock(|l| l.withdrawn.clear());
        },
    },
    Attack {
        threat: "ok",
        name: "toolpack-deleted",
        does: "deletes a toolpack and leaves its lockfile with signed withdrawals",
        code: 1,
        rules: &["op.removed"],
        make: delete,
    },
    Attack {
        threat: "ok",
        name: "refusal-added",
        does: "refuses a tool that is on the base",
        code: 1,
        rules: &["gate.rejected-present"],
        make: |w| {
            let no = w.statement(PACK, GET_USER, Carol).with(|s| s.approval.decision = Decision::Reject);
            w.put(PACK, GET_USER, no.sign(&Carol.pair()));
        },
    },
    Attack {
        threat: "ok",
        name: "refusal-answered",
        does: "approves a refused tool again, later",
        code: 0,
        rules: &[],
        make: |w| {
            refused(w);
            w.approve(GET_USER, &[Alice]);
        },
    },
    Attack {
        threat: "ok",
        name: "exemption",
        does: "has the owners exempt a tool that the base has",
        code: 0,
        rules: &["gate.exempted"],
        make: |w| {
            w.edit_lock(|l| l.tools.get_mut(LIST_PRODUCTS).expect("entry").approvals.clear());
            for who in [Alice, Carol] {
                w.put(PACK, LIST_PRODUCTS, exemption(w, LIST_PRODUCTS, who, Some("2027-02-20T00:00:00Z")));
            }
        },
    },
];
