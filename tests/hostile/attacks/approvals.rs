//! T3, T6, T7, T9: statements that nobody made, made by the wrong person, or about something else.

use cask::canon::Node;
use cask::canon::encode::encode;
use cask::model::lockfile::{Decision, Status};
use cask::model::risk::RiskTier;
use cask::model::trust::Role;
use cask::sign::envelope::Purpose;

use super::forge::*;
use super::row::Attack;
use super::{NEW_TOOL, add_tool};
use Who::*;

/// A new tool in the manifest, with an honest pending entry, and the surface signed.
pub fn pending(w: &mut World) {
    add_tool(w);
    w.sync(PACK);
    if w.lock(PACK).surface.approvals.is_empty() {
        w.approve(SURFACE, &[Alice]);
    }
}

/// A critical tool with a new text and an honest pending entry.
fn pending_critical(w: &mut World) {
    w.action(ISSUE_REFUND, |a| a["description"] = "Pay money back. Returns: amount, refund_id.".into());
    w.sync(PACK);
}

/// A high tool likewise.
fn pending_high(w: &mut World) {
    w.action(CANCEL_ORDER, |a| a["description"] = "Cancel an order. It can't be taken back.".into());
    w.sync(PACK);
}

/// Alice's statement about the new tool, with something forged before it is signed.
pub fn forged(w: &mut World, edit: impl FnOnce(&mut Statement)) {
    pending(w);
    let approval = w.statement(PACK, NEW_TOOL, Alice).with(edit).sign(&Alice.pair());
    w.put(PACK, NEW_TOOL, approval);
}

/// A second toolpack with another id, fully approved, on `main`.
pub fn second_pack(w: &mut World) {
    copy(&w.path(PACK), &w.path("packs/other"));
    for file in ["toolpack.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml"] {
        let path = format!("packs/other/{file}");
        w.write(&path, w.read(&path).replace("tp_1d915b164824", "tp_00000000000b"));
    }
    let mut lock = w.lock("packs/other");
    lock.surface.approvals.clear();
    lock.tools.values_mut().for_each(|entry| entry.approvals.clear());
    w.put_lock("packs/other", &lock);
    w.approve_all("packs/other", THEN);
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T3",
        name: "status-by-hand",
        does: "writes status: approved and no approval",
        code: 2,
        rules: &["sig.missing"],
        make: |w| {
            pending(w);
            w.edit_lock(|l| l.tools.get_mut(NEW_TOOL).expect("entry").status = Status::Approved);
        },
    },
    Attack {
        threat: "T3",
        name: "signature-of-other-tool",
        does: "copies the approval of another tool under the new one",
        code: 2,
        rules: &["sig.replayed"],
        make: |w| {
            pending(w);
            let copied = w.lock(PACK).tools[GET_ORDER].approvals[0].clone();
            w.put(PACK, NEW_TOOL, copied);
        },
    },
    Attack {
        threat: "T3",
        name: "signature-of-the-surface",
        does: "copies the approval of the surface under a tool",
        code: 2,
        rules: &["sig.replayed"],
        make: |w| {
            pending(w);
            let copied = w.lock(PACK).surface.approvals[0].clone();
            w.put(PACK, NEW_TOOL, copied);
        },
    },
    Attack {
        threat: "T3",
        name: "approval-copied",
        does: "adds a toolpack with the approvals of another, whose tools are the same",
        code: 2,
        rules: &["sig.replayed"],
        make: |w| {
            copy(&w.path(PACK), &w.path("packs/other"));
            for file in ["toolpack.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml"] {
                let path = format!("packs/other/{file}");
                w.write(&path, w.read(&path).replace("tp_1d915b164824", "tp_00000000000b"));
            }
        },
    },
    Attack {
        threat: "T3",
        name: "approval-of-other-repository",
        does: "uses an approval of the same tool in a repository with another trust root",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| forged(w, |s| s.root = format!("sha256:{}", "0".repeat(64))),
    },
    Attack {
        threat: "T3",
        name: "approval-of-other-toolpack",
        does: "uses an approval that names another toolpack",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| forged(w, |s| s.toolpack_id = "tp_00000000000b".into()),
    },
    Attack {
        threat: "T3",
        name: "signature-absent",
        does: "leaves the signature empty",
        code: 2,
        rules: &["sig.malformed"],
        make: |w| {
            pending(w);
            let unsigned = w.statement(PACK, NEW_TOOL, Alice).approval;
            w.put(PACK, NEW_TOOL, unsigned);
        },
    },
    Attack {
        threat: "T3",
        name: "signature-for-another-purpose",
        does: "uses a signature that was made for a trust file",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| forged(w, |s| s.purpose = Purpose::Trust),
    },
    Attack {
        threat: "T3",
        name: "reject-read-as-approve",
        does: "turns a signed refusal into an approval by one word",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            pending(w);
            let refused = w.statement(PACK, NEW_TOOL, Alice).with(|s| s.approval.decision = Decision::Reject);
            let mut refused = refused.sign(&Alice.pair());
            refused.decision = Decision::Approve;
            w.put(PACK, NEW_TOOL, refused);
        },
    },
    Attack {
        threat: "T3",
        name: "forged-beside-a-quorum",
        does: "adds a forged approval of somebody else beside a full quorum",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            let mut more = w.lock(PACK).tools[GET_ORDER].approvals[0].clone();
            more.signer = "carol".into();
            more.key_id = Carol.pair().key_id();
            w.put(PACK, GET_ORDER, more);
        },
    },
    Attack {
        threat: "T3",
        name: "entry-shows-another-host",
        does: "lets the approved entry show readers another host and path",
        code: 2,
        rules: &["lock.entry-forged"],
        make: |w| {
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(ISSUE_REFUND).expect("entry");
                entry.path = "/v1/products".into();
            })
        },
    },
    Attack {
        threat: "T3",
        name: "entry-shows-another-host-under-another-digest",
        does: "does the same and writes another digest, so that the entry seems to be of an older state",
        code: 2,
        rules: &["lock.entry-forged"],
        make: |w| {
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(ISSUE_REFUND).expect("entry");
                entry.path = "/v1/products".into();
                entry.digest = format!("sha256:{}", "0".repeat(64));
            })
        },
    },
    Attack {
        threat: "T3",
        name: "digest-of-the-surface-forged",
        does: "writes another digest beside the genuine approvals of the surface",
        code: 2,
        rules: &["lock.entry-forged"],
        make: |w| w.edit_lock(|l| l.surface.digest = format!("sha256:{}", "0".repeat(64))),
    },
    Attack {
        threat: "T3",
        name: "lockfile-of-other-toolpack",
        does: "changes the id that the lockfile belongs to",
        code: 2,
        rules: &["lock.entry-forged"],
        make: |w| w.edit_lock(|l| l.toolpack_id = "tp_00000000000b".into()),
    },
    Attack {
        threat: "T6",
        name: "key-revoked",
        does: "signs with a key that is revoked",
        code: 2,
        rules: &["sig.revoked-key"],
        make: |w| {
            pending(w);
            w.approve(NEW_TOOL, &[Eve]);
        },
    },
    Attack {
        threat: "T6",
        name: "key-revoked-after-merge",
        does: "leans on an approval whose key was revoked since, in a toolpack that the change touches",
        code: 2,
        rules: &["gate.quorum-not-met", "sig.revoked-key"],
        make: |w| {
            w.rotate(|t| {
                t.signers[0].keys.push(Alice2.key());
                t.signers[0].keys[0].revoked = Some(cask::model::trust::Revocation {
                    at: time("2026-11-29T00:00:00Z"),
                    reason: "stolen".into(),
                });
            });
            w.merge();
            w.replace(
                &format!("{PACK}/toolpack.yaml"),
                "created_at: null",
                "created_at: 2026-01-01T00:00:00Z",
            );
        },
    },
    Attack {
        threat: "T6",
        name: "key-unknown",
        does: "signs as somebody who is in no trust file",
        code: 2,
        rules: &["sig.unknown-key"],
        make: |w| {
            pending(w);
            w.approve(NEW_TOOL, &[Mallory]);
        },
    },
    Attack {
        threat: "T6",
        name: "key-unknown-under-a-known-name",
        does: "signs as alice with a key of one's own",
        code: 2,
        rules: &["sig.unknown-key"],
        make: |w| {
            pending(w);
            let by = w.statement(PACK, NEW_TOOL, Alice).with(|s| s.approval.key_id = Mallory.pair().key_id());
            w.put(PACK, NEW_TOOL, by.sign(&Mallory.pair()));
        },
    },
    Attack {
        threat: "T6",
        name: "key-id-of-alice-key-of-mallory",
        does: "names alice's key and signs with another",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            pending(w);
            let by = w.statement(PACK, NEW_TOOL, Alice);
            w.put(PACK, NEW_TOOL, by.sign(&Mallory.pair()));
        },
    },
    Attack {
        threat: "T6",
        name: "key-of-the-wrong-person",
        does: "signs as alice with bob's key",
        code: 2,
        rules: &["sig.wrong-signer"],
        make: |w| {
            pending(w);
            let by = w.statement(PACK, NEW_TOOL, Alice).with(|s| s.approval.key_id = Bob.pair().key_id());
            w.put(PACK, NEW_TOOL, by.sign(&Bob.pair()));
        },
    },
    Attack {
        threat: "T6",
        name: "key-above-max-risk",
        does: "lets somebody approve a critical tool who may approve up to high",
        code: 2,
        rules: &["gate.approver-not-allowed", "gate.quorum-not-met"],
        make: |w| {
            pending_critical(w);
            w.approve(ISSUE_REFUND, &[Alice, Bob]);
        },
    },
    Attack {
        threat: "T6",
        name: "tier-understated-in-the-statement",
        does: "signs a critical tool as if it were safe",
        code: 2,
        rules: &["gate.risk-understated"],
        make: |w| {
            pending_critical(w);
            for who in [Alice, Carol] {
                let said =
                    w.statement(PACK, ISSUE_REFUND, who).with(|s| s.approval.risk_tier = RiskTier::Safe);
                w.put(PACK, ISSUE_REFUND, said.sign(&who.pair()));
            }
        },
    },
    Attack {
        threat: "T6",
        name: "owner-not-approver",
        does: "lets an owner approve who is no approver",
        code: 2,
        rules: &["gate.approver-not-allowed"],
        make: |w| {
            w.rotate(|t| {
                let mut owner = signer(Mallory, &[Role::Owner], RiskTier::Critical);
                owner.id = "mallory".into();
                t.signers.push(owner);
            });
            w.merge();
            pending(w);
            w.approve(NEW_TOOL, &[Mallory]);
        },
    },
    Attack {
        threat: "T6",
        name: "out-of-toolpacks-glob",
        does: "lets somebody approve who may judge other folders only",
        code: 2,
        rules: &["gate.approver-not-allowed"],
        make: |w| {
            w.rotate(|t| t.signers[1].toolpacks = Some(vec!["packs/other/**".into()]));
            w.merge();
            pending(w);
            w.approve(NEW_TOOL, &[Bob]);
        },
    },
    Attack {
        threat: "T7",
        name: "one-person-two-keys",
        does: "signs a critical tool twice, by two keys of one person",
        code: 2,
        rules: &["gate.quorum-not-met", "gate.same-principal-twice"],
        make: |w| {
            w.rotate(|t| t.signers[0].keys.push(Alice2.key()));
            w.merge();
            pending_critical(w);
            w.approve(ISSUE_REFUND, &[Alice, Alice2]);
        },
    },
    Attack {
        threat: "T7",
        name: "one-key-two-times",
        does: "signs a critical tool twice with one key",
        code: 2,
        rules: &["gate.quorum-not-met", "gate.same-principal-twice"],
        make: |w| {
            pending_critical(w);
            w.approve(ISSUE_REFUND, &[Alice]);
            w.signing = time("2026-11-30T11:00:00Z");
            w.approve(ISSUE_REFUND, &[Alice]);
        },
    },
    Attack {
        threat: "T7",
        name: "quorum-of-one",
        does: "has a critical tool signed by one of two",
        code: 2,
        rules: &["gate.quorum-not-met"],
        make: |w| {
            pending_critical(w);
            w.approve(ISSUE_REFUND, &[Alice]);
        },
    },
    Attack {
        threat: "T9",
        name: "author-approves-own",
        does: "approves one's own change of a high tool",
        code: 2,
        rules: &["gate.author-approved"],
        make: |w| {
            w.args.author = Some("alice-gh".into());
            pending_high(w);
            w.approve(CANCEL_ORDER, &[Alice]);
        },
    },
    Attack {
        threat: "T9",
        name: "login-in-other-case",
        does: "opens the pull request as Alice-GH and approves it as alice",
        code: 2,
        rules: &["gate.author-approved", "gate.quorum-not-met"],
        make: |w| {
            w.args.author = Some("Alice-GH".into());
            pending_critical(w);
            w.approve(ISSUE_REFUND, &[Alice, Carol]);
        },
    },
    Attack {
        threat: "T9",
        name: "signer-without-login",
        does: "approves by a signer of whom no login is known",
        code: 2,
        rules: &["gate.author-approved"],
        make: |w| {
            w.rotate(|t| t.signers[1].github = None);
            w.merge();
            w.args.author = Some("somebody".into());
            pending_high(w);
            w.approve(CANCEL_ORDER, &[Bob]);
        },
    },
];

/// Statements that may stand as they are.
pub const HONEST: &[Attack] = &[
    Attack {
        threat: "ok",
        name: "expired-in-an-untouched-toolpack",
        does: "changes something else while an approval has run out",
        code: 1,
        rules: &["gate.expired"],
        make: |w| {
            w.now = time("2027-06-15T00:00:00Z");
            w.write("README.md", "unrelated\n");
        },
    },
    Attack {
        threat: "ok",
        name: "retired-key-of-a-merged-approval",
        does: "changes something else after a key was retired",
        code: 0,
        rules: &[],
        make: |w| {
            w.rotate(|t| {
                t.signers[0].keys.push(Alice2.key());
                t.signers[0].keys[0].not_after = Some(time("2026-11-30T12:00:00Z"));
            });
            w.merge();
            w.write("README.md", "unrelated\n");
        },
    },
    Attack {
        threat: "ok",
        name: "two-toolpacks",
        does: "adds a second toolpack, approved",
        code: 1,
        rules: &[],
        make: second_pack_again,
    },
];

fn second_pack_again(w: &mut World) {
    w.signing = time(LATER);
    second_pack(w);
    let node: Node = encode(&w.lock("packs/other"));
    assert!(node.get("tools").is_some());
}
