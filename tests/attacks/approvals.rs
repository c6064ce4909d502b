//! T3, T6, T7, T9, T11, T12, T14, T15: statements that nobody made, made by the wrong person, at the wrong
//! time, or about something else.

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
fn pending(w: &mut World) {
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
fn forged(w: &mut World, edit: impl FnOnce(&mut Statement)) {
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
    Attack {
        threat: "T11",
        name: "resealed-lockfile",
        does: "writes the new digest beside the old approvals",
        code: 2,
        rules: &["gate.definition-mismatch"],
        make: |w| {
            w.action(GET_ORDER, |a| a["description"] = "Get any order.".into());
            let digest = w.subject(PACK, GET_ORDER).digest;
            w.edit_lock(|l| l.tools.get_mut(GET_ORDER).expect("entry").digest = digest);
        },
    },
    Attack {
        threat: "T11",
        name: "lockfile-v1-forged",
        does: "puts a lockfile of the reference system in place, with approvals that it would believe",
        code: 2,
        rules: &["gate.unapproved", "sig.unknown-key"],
        make: |w| {
            let mut text = "version: \"1.0\"\nschema_version: \"1.0\"\ntools:\n".to_owned();
            let key = Alice.pair().key_id();
            let signature = format!("ed25519:{key}:{}", Alice.pair().sign(Purpose::Approval, b"x"));
            for tool in &w.loaded(PACK).pack.manifest.tools {
                let fields = [
                    ("tool_id", tool.id.as_str()),
                    ("name", &tool.name),
                    ("method", &tool.method),
                    ("path", &tool.path),
                    ("host", &tool.host),
                    ("risk_tier", "low"),
                    ("status", "approved"),
                    ("approved_by", "alice"),
                    ("approved_at", "2026-11-22T09:14:03+00:00"),
                    ("approval_alg", "ed25519"),
                    ("approval_key_id", &key),
                    ("approval_signature", &signature),
                ];
                text.push_str(&format!("  '{}':\n", tool.id));
                fields.iter().for_each(|(name, value)| text.push_str(&format!("    {name}: '{value}'\n")));
            }
            w.write(&format!("{PACK}/lockfile/caskmcp.lock.yaml"), text);
        },
    },
    Attack {
        threat: "T11",
        name: "legacy-note-believed",
        does: "adds a note of an old approval to a pending entry",
        code: 2,
        rules: &["gate.unapproved"],
        make: |w| {
            pending(w);
            w.edit_lock(|l| {
                let entry = l.tools.get_mut(NEW_TOOL).expect("entry");
                let text = |s: &str| s.to_owned();
                entry.legacy = Some(cask::model::lockfile::LegacyNote {
                    id: text(NEW_TOOL),
                    name: text("get_invoice"),
                    method: text("GET"),
                    path: text("/invoices"),
                    host: text("api.shop.example"),
                    toolsets: vec![],
                    approved_toolsets: vec![],
                    status: text("approved"),
                    approved_by: text("alice"),
                    approved_at: text("2026-11-22T09:14:03Z"),
                    reason: text("ok"),
                    mode: text("1-of-1"),
                    key_id: Alice.pair().key_id(),
                    signature: text("AAAA"),
                });
            });
        },
    },
    Attack {
        threat: "T11",
        name: "v1-signature-as-v2-statement",
        does: "has a key of the old system sign, without an envelope, the bytes of a v2 statement",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            pending(w);
            let honest = w.statement(PACK, NEW_TOOL, Alice);
            let about = cask::sign::statement::About {
                root: &honest.root,
                toolpack_id: &honest.toolpack_id,
                kind: honest.kind,
                id: &honest.id,
                digest: &honest.digest,
            };
            let body = cask::sign::statement::bytes(&about, &honest.approval);
            use ed25519_dalek::Signer;
            let bare = ed25519_dalek::SigningKey::from_bytes(&[Alice as u8; 32]).sign(&body);
            let signature = cask::sign::base64url::encode(&bare.to_bytes());
            w.put(PACK, NEW_TOOL, cask::model::lockfile::Approval { signature, ..honest.approval });
        },
    },
    Attack {
        threat: "T12",
        name: "statement-by-delimiters",
        does: "closes the JSON of a statement inside a reason, so that another subject seems to be signed",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            pending(w);
            // What alice signs about a harmless tool, with a reason that ends the statement early.
            let tail = "\",\"risk_tier\":\"safe\",\"root\":\"x\"}";
            let said = w.statement(PACK, GET_ORDER, Alice).with(|s| s.approval.reason = format!("ok{tail}"));
            let mut moved = said.sign(&Alice.pair());
            moved.reason = "ok".into();
            w.put(PACK, NEW_TOOL, moved);
        },
    },
    Attack {
        threat: "T12",
        name: "line-feed-in-a-reason",
        does: "puts a line feed into a signed reason",
        code: 3,
        rules: &[],
        make: |w| forged(w, |s| s.approval.reason = "ok\nsigner: carol".into()),
    },
    Attack {
        threat: "T12",
        name: "toolsets-joined-by-a-comma",
        does: "has one set signed whose name reads like two",
        code: 2,
        rules: &["gate.scope-mismatch"],
        make: |w| {
            add_tool(w);
            w.replace(
                &format!("{PACK}/artifact/toolsets.yaml"),
                "    description: Only reads.\n",
                "    description: Only reads.\n",
            );
            w.replace(
                &format!("{PACK}/artifact/toolsets.yaml"),
                "    actions:\n    - cancel_order\n",
                "    actions:\n    - cancel_order\n    - get_invoice\n",
            );
            w.sync(PACK);
            w.approve(SURFACE, &[Alice]);
            let said = w
                .statement(PACK, NEW_TOOL, Alice)
                .with(|s| s.approval.approved_toolsets = vec!["operator\",\"readonly".into()]);
            w.put(PACK, NEW_TOOL, said.sign(&Alice.pair()));
        },
    },
    Attack {
        threat: "T12",
        name: "look-alike-id",
        does: "gives a new tool an id that looks like an approved one, with that one's approval",
        code: 2,
        rules: &["sig.replayed"],
        make: |w| {
            let look_alike = LIST_PRODUCTS.replace('e', "\u{435}");
            pending(w);
            let path = format!("{PACK}/artifact/tools.json");
            w.write(&path, w.read(&path).replace(NEW_TOOL, &look_alike));
            let path = format!("{PACK}/artifact/baseline.json");
            w.write(&path, w.read(&path).replace(NEW_TOOL, &look_alike));
            w.sync(PACK);
            let copied = w.lock(PACK).tools[LIST_PRODUCTS].approvals[0].clone();
            w.put(PACK, &look_alike, copied);
        },
    },
    Attack {
        threat: "T12",
        name: "name-equal-in-another-spelling",
        does: "gives a tool the name of another one in full-width letters",
        code: 2,
        rules: &["gate.definition-mismatch", "tool.duplicate-name"],
        make: |w| {
            w.action(GET_USER, |a| a["name"] = "ｇet_order".into());
            let sets = format!("{PACK}/artifact/toolsets.yaml");
            w.write(&sets, w.read(&sets).replace("- get_user", "- ｇet_order"));
        },
    },
    Attack {
        threat: "T12",
        name: "name-forges-table-row",
        does: "names a tool so that its name draws an approved row into the report",
        code: 2,
        rules: &["gate.unapproved"],
        make: |w| {
            pending(w);
            let evil = "x | approved |\\n| ok";
            let path = format!("{PACK}/artifact/tools.json");
            w.write(&path, w.read(&path).replace("get_invoice", evil));
            let sets = format!("{PACK}/artifact/toolsets.yaml");
            w.write(&sets, w.read(&sets).replace("get_invoice", &format!("\"{evil}\"")));
            w.sync(PACK);
            w.commit("head");
            let text = w.shown("github-md");
            assert!(!text.lines().any(|line| line.starts_with("| ok")), "a row was forged:\n{text}");
        },
    },
    Attack {
        threat: "T14",
        name: "agent-signs-with-a-key-of-its-own",
        does: "makes a key, signs with it and names itself",
        code: 2,
        rules: &["sig.unknown-key"],
        make: |w| {
            pending(w);
            let by = w.statement(PACK, NEW_TOOL, Mallory).with(|s| s.approval.signer = "agent".into());
            w.put(PACK, NEW_TOOL, by.sign(&Mallory.pair()));
        },
    },
    Attack {
        threat: "T14",
        name: "edited-while-the-question-was-open",
        does: "changes the tool between what was shown and the signature",
        code: 2,
        rules: &["gate.definition-mismatch"],
        make: |w| {
            pending(w);
            w.approve(NEW_TOOL, &[Alice]);
            w.action(NEW_TOOL, |a| a["path"] = "/invoices/{order_id}/pay".into());
        },
    },
    Attack {
        threat: "T15",
        name: "future-dated",
        does: "dates a signature into next year, so that it stays fresh",
        code: 2,
        rules: &["sig.outside-validity"],
        make: |w| forged(w, |s| s.approval.signed_at = time("2027-11-30T10:00:00Z")),
    },
    Attack {
        threat: "T15",
        name: "stale",
        does: "keeps an approval for a month before it is merged",
        code: 2,
        rules: &["sig.stale"],
        make: |w| forged(w, |s| s.approval.signed_at = time("2026-10-31T10:00:00Z")),
    },
    Attack {
        threat: "T15",
        name: "backdated-with-a-retired-key",
        does: "dates a signature by a retired key back to when it was live",
        code: 2,
        rules: &["sig.outside-validity"],
        make: |w| {
            w.rotate(|t| t.signers[1].keys[0].not_after = Some(time("2026-11-25T00:00:00Z")));
            w.merge();
            pending(w);
            w.signing = time("2026-11-24T00:00:00Z");
            w.approve(NEW_TOOL, &[Bob]);
        },
    },
    Attack {
        threat: "T15",
        name: "expired",
        does: "leans on an approval past its own end, in a toolpack that the change touches",
        code: 2,
        rules: &["gate.expired"],
        make: |w| forged(w, |s| s.approval.expires_at = Some(time("2026-12-01T11:00:00Z"))),
    },
    Attack {
        threat: "T15",
        name: "end-moved",
        does: "moves the end of an approval in the lockfile",
        code: 2,
        rules: &["sig.invalid"],
        make: |w| {
            forged(w, |s| s.approval.expires_at = Some(time("2026-12-01T11:00:00Z")));
            w.edit_lock(|l| {
                l.tools.get_mut(NEW_TOOL).expect("entry").approvals[0].expires_at =
                    Some(time("2027-12-01T11:00:00Z"));
            });
        },
    },
    Attack {
        threat: "T15",
        name: "older-than-its-tier-allows",
        does: "leans on an approval of a critical tool from 200 days ago, in a toolpack that the change touches",
        code: 2,
        rules: &["gate.expired"],
        make: |w| {
            w.now = time("2027-06-15T00:00:00Z");
            w.replace(
                &format!("{PACK}/toolpack.yaml"),
                "created_at: null",
                "created_at: 2026-01-01T00:00:00Z",
            );
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
