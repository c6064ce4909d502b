//! T8: an older or withdrawn state comes back with its old approvals.

use super::NEW_TOOL;
use super::forge::*;
use super::gone::{GONE, bring_back, deleted, withdrawn};
use super::row::Attack;
use Who::*;

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T8",
        name: "withdrawn-tool-returns",
        does: "brings a withdrawn tool back with its old approval",
        code: 2,
        rules: &["lock.downgraded", "tool.reappeared"],
        make: |w| {
            withdrawn(w);
            bring_back(w, GET_ORDER);
        },
    },
    Attack {
        threat: "T8",
        name: "approval-of-older-version-replayed",
        does: "brings an older version of a tool back with its old approval, three days after the newer one",
        code: 2,
        rules: &["lock.downgraded"],
        make: |w| {
            w.git(&["tag", "before"]);
            w.action(GET_USER, |a| a["input_schema"]["properties"]["user_id"]["maximum"] = 1000.into());
            w.sync(PACK);
            w.signing = time(GONE);
            w.approve(GET_USER, &[Bob]);
            w.merge();
            w.git(&["checkout", "-q", "before", "--", PACK]);
        },
    },
    Attack {
        threat: "T8",
        name: "older-approval-kept-for-later",
        does: "leaves the old approval beside those of the new version, has that merged, and brings the old version back",
        code: 2,
        rules: &["lock.downgraded"],
        make: |w| {
            w.git(&["tag", "before"]);
            let old = w.lock(PACK).tools[GET_USER].approvals[0].clone();
            w.action(GET_USER, |a| a["input_schema"]["properties"]["user_id"]["maximum"] = 1000.into());
            w.sync(PACK);
            w.signing = time(GONE);
            w.approve(GET_USER, &[Bob]);
            w.edit_lock(|l| l.tools.get_mut(GET_USER).expect("entry").approvals.insert(0, old));
            let judged = w.judge();
            assert_eq!(judged.trust_rules(), ["sig.ignored"].into(), "beside a quorum it is only told");
            w.merge();
            w.git(&["checkout", "-q", "before", "--", &format!("{PACK}/artifact")]);
            let digest = w.subject(PACK, GET_USER).digest;
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(GET_USER).expect("entry");
                entry.digest = digest;
                entry.approvals.remove(1);
            });
        },
    },
    Attack {
        threat: "T8",
        name: "older-state-by-a-crossed-history",
        does: "crosses histories so that an own commit, in which a withdrawn tool is still there, is a merge base",
        code: 2,
        rules: &["lock.downgraded", "lock.tombstone-removed", "tool.reappeared"],
        make: |w| {
            // A branch that changes something else and will be merged …
            w.write("README.md", "mine\n");
            w.commit("mine");
            w.git(&["branch", "mine"]);
            // … while main withdraws the tool …
            w.git(&["checkout", "-q", "-B", "work", "main"]);
            w.withdraw(GET_ORDER, GONE, &[Bob]);
            w.commit("withdrawn");
            w.git(&["branch", "-f", "main"]);
            w.git(&["tag", "withdrawn"]);
            w.git(&["merge", "-q", "--no-ff", "-m", "mine", "mine"]);
            w.git(&["branch", "-f", "main"]);
            // … and a head that has both parents too, and the tool as it was.
            w.git(&["checkout", "-q", "-B", "head", "mine"]);
            w.git(&["merge", "-q", "-s", "ours", "-m", "crossed", "withdrawn"]);
        },
    },
    Attack {
        threat: "T8",
        name: "older-policy-replayed",
        does: "brings a looser policy back with the old approval of the surface",
        code: 2,
        rules: &["lock.downgraded"],
        make: |w| {
            w.git(&["tag", "before"]);
            w.replace(&format!("{PACK}/artifact/policy.yaml"), "per_minute: 10", "per_minute: 2");
            w.sync(PACK);
            w.signing = time(GONE);
            w.approve(SURFACE, &[Alice]);
            w.merge();
            w.git(&["checkout", "-q", "before", "--", PACK]);
        },
    },
    Attack {
        threat: "T8",
        name: "narrowed-scope-replayed",
        does: "puts a tool back into a set that it was taken out of, with the approval from before",
        code: 2,
        rules: &["gate.scope-mismatch"],
        make: |w| {
            w.git(&["tag", "before"]);
            let sets = format!("{PACK}/artifact/toolsets.yaml");
            // Out of operator, where it stood alphabetically after get_order.
            w.replace(
                &sets,
                "    - get_order\n    - get_user\n    - list_products\n  readonly",
                "    - get_order\n    - list_products\n  readonly",
            );
            w.edit_lock(|l| l.tools.get_mut(GET_USER).expect("entry").approvals.clear());
            w.sync(PACK);
            w.signing = time(GONE);
            w.approve(GET_USER, &[Bob]);
            w.merge();
            w.git(&["checkout", "-q", "before", "--", PACK]);
        },
    },
    Attack {
        threat: "T8",
        name: "deleted-toolpack-returns",
        does: "brings a deleted toolpack back as it was, with its old approvals",
        code: 2,
        rules: &["lock.downgraded", "lock.tombstone-removed", "tool.reappeared"],
        make: |w| {
            deleted(w);
            w.git(&["checkout", "-q", "before", "--", PACK]);
        },
    },
    Attack {
        threat: "T8",
        name: "deleted-toolpack-returns-elsewhere",
        does: "brings a deleted toolpack back in another folder",
        code: 2,
        rules: &["lock.downgraded", "tool.reappeared"],
        make: |w| {
            deleted(w);
            let stays = w.read(&format!("{PACK}/lockfile/caskmcp.lock.yaml"));
            w.git(&["checkout", "-q", "before", "--", PACK]);
            copy(&w.path(PACK), &w.path("packs/again"));
            w.remove(PACK);
            w.write(&format!("{PACK}/lockfile/caskmcp.lock.yaml"), stays);
        },
    },
    Attack {
        threat: "T8",
        name: "deleted-toolpack-shadowed",
        does: "merged a second, empty lockfile of the deleted toolpack before it brings the toolpack back",
        code: 2,
        rules: &["lock.downgraded", "lock.tombstone-removed", "tool.reappeared"],
        make: |w| {
            deleted(w);
            let path = format!("{PACK}/lockfile/caskmcp.lock.yaml");
            let stays = w.read(&path);
            let empty = &stays[..stays.find("withdrawn:").expect("tombstones")];
            w.write("zzz/caskmcp.lock.yaml", format!("{empty}withdrawn: []\n"));
            w.merge();
            w.git(&["checkout", "-q", "before", "--", PACK]);
        },
    },
    Attack {
        threat: "T8",
        name: "id-swapped-by-alias",
        does: "gave a tool a new id, approved, and brings the old id back with its old approval",
        code: 2,
        rules: &["lock.tombstone-removed"],
        make: |w| {
            // The exchange itself is what must not pass without a tombstone: nothing would tell of the old id.
            let path = |file: &str| format!("{PACK}/artifact/{file}");
            for file in ["tools.json", "baseline.json"] {
                w.write(&path(file), w.read(&path(file)).replace(GET_ORDER, NEW_TOOL));
            }
            w.action(NEW_TOOL, |a| a["aliases"] = serde_json::json!([GET_ORDER]));
            w.sync(PACK);
            w.approve(NEW_TOOL, &[Alice]);
            if w.lock(PACK).tools[ISSUE_REFUND].approvals.is_empty() {
                w.approve(ISSUE_REFUND, &[Alice, Carol]);
            }
        },
    },
];
