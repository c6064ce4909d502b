//! T13: baseline or snapshot are edited, so that nobody sees a change.

use super::artifacts::MISMATCH;
use super::forge::*;
use super::row::Attack;
use serde_json::json;

/// Two more definitions: one that reaches itself, and one that nothing reaches.
fn with_definitions(w: &mut World) {
    w.baseline(|b| {
        b["$defs"]["Tree"] = json!({"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}});
        b["$defs"]["Loose"] = json!({"type": "string"});
        b["$defs"]["User"]["properties"]["tree"] = json!({"$ref": "#/$defs/Tree"});
    });
    w.approve_all(PACK, THEN);
    w.merge();
}

fn write_digests(w: &World) -> String {
    let tools = w.read(&format!("{PACK}/snapshot/tools.json"));
    let node = cask::model::bytes::json("tools.json", tools.as_bytes(), 1 << 20).expect("JSON");
    let digests = cask::gate::snapshot::freeze([("tools.json", &node)]);
    let node = cask::canon::encode::encode(&digests);
    w.write(&format!("{PACK}/snapshot/digests.json"), cask::canon::emit::emit_json(&node));
    cask::canon::digest::of(&node)
}

/// A snapshot of tools.json, named by the lockfile, on `main`.
fn freeze(w: &mut World) {
    w.write(&format!("{PACK}/snapshot/tools.json"), w.read(&format!("{PACK}/artifact/tools.json")));
    let digest = write_digests(w);
    w.edit_lock(|l| {
        l.snapshot = Some(cask::model::lockfile::SnapshotRef { dir: "snapshot".into(), digest });
    });
    w.merge();
    assert_eq!(w.ci().code, 0, "an untouched snapshot is in order");
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T13",
        name: "baseline-rewritten",
        does: "makes the baseline say that an operation asks for no credential, so that drift stays silent",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| {
                b["operations"]["api.shop.example/v1/orders/{order_id} GET"]["security"] = json!([])
            });
        },
    },
    Attack {
        threat: "T13",
        name: "operation-of-another-host",
        does: "renames an operation's key, where alone its host and path stand, so that drift looks elsewhere",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            let path = format!("{PACK}/artifact/baseline.json");
            w.write(
                &path,
                w.read(&path).replace("api.shop.example/v1/refunds POST", "api.evil.example/v1/refunds POST"),
            );
        },
    },
    Attack {
        threat: "T13",
        name: "definition-changed",
        does: "changes a shared definition that an approved operation refers to",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| b["$defs"]["NewRefund"]["properties"]["amount"]["maximum"] = json!(9_999_999))
        },
    },
    Attack {
        threat: "T13",
        name: "definitions-swapped-by-name",
        does: "exchanges the names of two definitions and leaves every reference as it is",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| {
                let (a, c) = (b["$defs"]["User"].clone(), b["$defs"]["Refund"].clone());
                b["$defs"]["User"] = c;
                b["$defs"]["Refund"] = a;
            })
        },
    },
    Attack {
        threat: "T13",
        name: "reference-into-another-definition",
        does: "lets an operation refer to another definition",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| {
                b["operations"]["api.shop.example/v1/users/{user_id} GET"]["responses"]["200"]["content"]["application/json"]
                    ["$ref"] = "#/$defs/Refund".into();
            })
        },
    },
    Attack {
        threat: "T13",
        name: "deep-definition-changed",
        does: "changes a definition that is reached through another one",
        code: 2,
        rules: MISMATCH,
        make: |w| w.baseline(|b| b["$defs"]["OrderItem"]["properties"]["quantity"] = json!({})),
    },
    Attack {
        threat: "T13",
        name: "recursive-definition-changed",
        does: "changes a definition that reaches itself",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            with_definitions(w);
            w.baseline(|b| b["$defs"]["Tree"]["properties"]["right"] = json!({"$ref": "#/$defs/Tree"}));
        },
    },
    Attack {
        threat: "T13",
        name: "unreferenced-definition-changed",
        does: "changes a definition that nothing refers to yet",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            with_definitions(w);
            w.baseline(|b| b["$defs"]["Loose"] = json!({"type": "object"}));
        },
    },
    Attack {
        threat: "T13",
        name: "dangling-reference",
        does: "takes a definition away that operations refer to",
        code: 3,
        rules: &[],
        make: |w| {
            w.baseline(|b| {
                b["$defs"].as_object_mut().expect("definitions").remove("User");
            })
        },
    },
    Attack {
        threat: "T13",
        name: "operation-taken-out",
        does: "takes an operation out of the baseline while its tool stays",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| {
                b["operations"]
                    .as_object_mut()
                    .expect("operations")
                    .remove("api.shop.example/v1/products GET");
            })
        },
    },
    Attack {
        threat: "T13",
        name: "operation-smuggled-in",
        does: "adds an operation without a tool, so that it never counts as undocumented",
        code: 2,
        rules: MISMATCH,
        make: |w| {
            w.baseline(|b| {
                b["operations"]["api.shop.example/v1/export POST"] =
                    json!({"stable_id": "ab", "basis": "declared"})
            })
        },
    },
    Attack {
        threat: "T13",
        name: "snapshot-edited",
        does: "edits a frozen copy that the lockfile names",
        code: 2,
        rules: &["pack.digest-mismatch"],
        make: |w| {
            freeze(w);
            w.replace(&format!("{PACK}/snapshot/tools.json"), "Get one order by id", "Get any order by id");
        },
    },
    Attack {
        threat: "T13",
        name: "snapshot-and-its-digests-edited",
        does: "edits a frozen copy and the list of digests beside it",
        code: 2,
        rules: &["lock.snapshot-missing"],
        make: |w| {
            freeze(w);
            w.replace(&format!("{PACK}/snapshot/tools.json"), "Get one order by id", "Get any order by id");
            write_digests(w);
        },
    },
];
