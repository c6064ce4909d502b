//! T4, T5, T18, T19: who may approve is changed, hidden, or read from the wrong place.

use cask::model::gate_config::GateFile;
use cask::model::risk::RiskTier;
use cask::model::trust::Role;

use super::forge::*;
use super::row::Attack;
use super::{NEW_TOOL, add_tool};
use Who::*;

/// Adds mallory as owner and approver.
fn with_mallory(file: &mut cask::model::trust::TrustFile) {
    file.signers.push(signer(Mallory, &[Role::Owner, Role::Approver], RiskTier::Critical));
}

/// A new tool, approved by mallory with everything it takes.
fn approved_by_mallory(w: &mut World) {
    add_tool(w);
    w.sync(PACK);
    w.approve(NEW_TOOL, &[Mallory]);
    if w.lock(PACK).surface.approvals.is_empty() {
        w.approve(SURFACE, &[Mallory]);
    }
}

/// gate.yaml on `main` that does not want to hear of reworded descriptions, signed by both owners.
fn with_gate(w: &mut World) {
    w.put_gate(
        |g| {
            g.levels.insert("tool.description-changed".into(), "off".into());
        },
        &[Alice, Carol],
    );
    w.merge();
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T4",
        name: "own-key-added",
        does: "adds oneself to the trust file, signs it and the new tool",
        code: 2,
        rules: &["sig.unknown-key", "trust.root-changed-in-pr", "trust.rotation-unsigned"],
        make: |w| {
            w.put_trust(&signed_trust(successor(&w.trust(), with_mallory), &[Mallory]));
            approved_by_mallory(w);
        },
    },
    Attack {
        threat: "T4",
        name: "own-key-under-another-name",
        does: "adds one's key to alice's",
        code: 2,
        rules: &[
            "trust.quorum-unreachable",
            "sig.unknown-key",
            "trust.root-changed-in-pr",
            "trust.rotation-unsigned",
        ],
        make: |w| {
            w.put_trust(&signed_trust(
                successor(&w.trust(), |t| t.signers[0].keys.push(Mallory.key())),
                &[Mallory],
            ));
            add_tool(w);
            w.sync(PACK);
            let said =
                w.statement(PACK, NEW_TOOL, Alice).with(|s| s.approval.key_id = Mallory.pair().key_id());
            w.put(PACK, NEW_TOOL, said.sign(&Mallory.pair()));
        },
    },
    Attack {
        threat: "T4",
        name: "rotation-with-its-first-approvals",
        does: "has the owners add a signer and uses the signer in the same pull request",
        code: 2,
        rules: &["sig.unknown-key", "trust.root-changed-in-pr"],
        make: |w| {
            w.rotate(with_mallory);
            approved_by_mallory(w);
        },
    },
    Attack {
        threat: "T4",
        name: "one-owner-of-two",
        does: "has the next trust file signed by one owner where two are asked for",
        code: 2,
        rules: &["trust.root-changed-in-pr", "trust.rotation-unsigned"],
        make: |w| w.put_trust(&signed_trust(successor(&w.trust(), with_mallory), &[Alice, Mallory])),
    },
    Attack {
        threat: "T4",
        name: "threshold-lowered-and-met",
        does: "lowers the threshold for trust files to one and signs as the one",
        code: 2,
        rules: &[
            "trust.quorum-hollow",
            "trust.root-changed-in-pr",
            "trust.rotation-unsigned",
            "trust.threshold-lowered",
        ],
        make: |w| w.put_trust(&signed_trust(successor(&w.trust(), |t| t.thresholds.trust = 1), &[Alice])),
    },
    Attack {
        threat: "T4",
        name: "trust-file-replaced",
        does: "puts a first version of one's own in place of the trust file",
        code: 2,
        rules: &[
            "trust.quorum-hollow",
            "trust.quorum-unreachable",
            "trust.root-changed-in-pr",
            "trust.rollback",
            "trust.threshold-lowered",
        ],
        make: |w| {
            let mut own = first_trust();
            own.signers = vec![signer(Mallory, &[Role::Owner, Role::Approver], RiskTier::Critical)];
            own.thresholds.trust = 1;
            w.put_trust(&signed_trust(own, &[Mallory]));
        },
    },
    Attack {
        threat: "T4",
        name: "trust-file-removed",
        does: "deletes the trust file",
        code: 2,
        rules: &["trust.rotation-unsigned"],
        make: |w| w.remove(TRUST),
    },
    Attack {
        threat: "T4",
        name: "trust-file-of-before",
        does: "brings an older version of the trust file back, signatures and all",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rollback"],
        make: |w| {
            let before = w.read(TRUST);
            w.rotate(|t| t.signers[1].max_risk = RiskTier::Low);
            w.merge();
            w.write(TRUST, before);
        },
    },
    Attack {
        threat: "T4",
        name: "revocation-taken-back",
        does: "has the owners sign a version that forgets a revocation",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rollback"],
        make: |w| w.rotate(|t| t.signers[3].keys[0].revoked = None),
    },
    Attack {
        threat: "T4",
        name: "key-dropped",
        does: "has the owners sign a version without one of the keys, whose rejects would be forgotten",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rollback"],
        make: |w| {
            w.rotate(|t| {
                t.signers.remove(3);
            })
        },
    },
    Attack {
        threat: "T4",
        name: "version-skipped",
        does: "signs a version that leaves one out",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rotation-unsigned"],
        make: |w| w.rotate(|t| t.version = 3),
    },
    Attack {
        threat: "T4",
        name: "signed-as-a-gate-file",
        does: "uses the owners' signatures for another purpose",
        code: 2,
        rules: &["trust.root-changed-in-pr", "trust.rotation-unsigned"],
        make: |w| {
            let next = successor(&w.trust(), with_mallory);
            let body = cask::canon::encode::encode(&next).without(&["signatures"]);
            let body = cask::canon::json::canonical(&body).into_bytes();
            let mut next = next;
            for who in [Alice, Carol] {
                next.signatures.push(cask::model::trust::OwnerSignature {
                    signer: who.id().into(),
                    key_id: who.pair().key_id(),
                    signature: who.pair().sign(cask::sign::envelope::Purpose::Gate, &body),
                });
            }
            w.put_trust(&next);
        },
    },
    Attack {
        threat: "T5",
        name: "gate-loosened-unsigned",
        does: "adds a gate.yaml that fails on nothing",
        code: 2,
        rules: &["trust.policy-weakened"],
        make: |w| w.put_gate(|g| g.fail_on = cask::model::gate_config::FailOn::Never, &[Mallory]),
    },
    Attack {
        threat: "T5",
        name: "gate-of-another-repository",
        does: "uses a gate.yaml that the owners signed for another repository",
        code: 2,
        rules: &["trust.policy-weakened"],
        make: |w| w.put_gate(|g| g.root = format!("sha256:{}", "0".repeat(64)), &[Alice, Carol]),
    },
    Attack {
        threat: "T5",
        name: "gate-of-before",
        does: "brings the first gate.yaml back after a stricter one",
        code: 2,
        rules: &["trust.policy-weakened"],
        make: |w| {
            with_gate(w);
            let before = w.read(GATE);
            let previous = {
                let node = cask::model::bytes::strict_yaml(GATE, before.as_bytes(), 1 << 20).expect("YAML");
                cask::model::gate_config::GateConfig::read(GATE, node).expect("a gate file").digest
            };
            w.put_gate(|g: &mut GateFile| (g.version, g.previous) = (2, Some(previous)), &[Alice, Carol]);
            w.merge();
            w.write(GATE, before);
        },
    },
    Attack {
        threat: "T5",
        name: "gate-removed",
        does: "deletes the gate.yaml that is in force",
        code: 2,
        rules: &["trust.policy-weakened"],
        make: |w| {
            with_gate(w);
            w.remove(GATE);
        },
    },
    Attack {
        threat: "T5",
        name: "level-off-hides-an-approval",
        does: "rewords an approved description where the owners do not want to hear of reworded ones",
        code: 2,
        rules: &["gate.definition-mismatch"],
        make: |w| {
            with_gate(w);
            w.action(GET_USER, |a| a["description"] = "Get one user by id. Returns: email, id, name.".into());
        },
    },
    Attack {
        threat: "T7",
        name: "one-key-under-two-ids",
        does: "has the owners sign a file in which one key belongs to two people",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.rotate(|t| {
                let mut twin = signer(Mallory, &[Role::Approver], RiskTier::Critical);
                twin.keys = vec![Alice.key()];
                t.signers.push(twin);
            })
        },
    },
    Attack {
        threat: "T7",
        name: "one-login-under-two-ids",
        does: "has the owners sign a file in which one login, in other letters, belongs to two people",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.rotate(|t| {
                let mut twin = signer(Mallory, &[Role::Approver], RiskTier::Critical);
                twin.github = Some("ALICE-gh".into());
                t.signers.push(twin);
            })
        },
    },
    Attack {
        threat: "T18",
        name: "stacked-branch-with-weaker-trust",
        does: "opens the pull request into a branch of one's own whose trust file lists one",
        code: 2,
        rules: &["sig.unknown-key"],
        make: |w| {
            w.publish_main();
            w.put_trust(&signed_trust(successor(&w.trust(), with_mallory), &[Mallory]));
            w.commit("stack");
            w.git(&["branch", "stack"]);
            w.args.base_ref = Some("stack".into());
            approved_by_mallory(w);
        },
    },
    Attack {
        threat: "T18",
        name: "base-is-ones-own-branch",
        does: "names one's own branch as the base, so that nothing is new",
        code: 2,
        rules: &["sig.unknown-key"],
        make: |w| {
            w.publish_main();
            approved_by_mallory(w);
            w.commit("mine");
            w.git(&["branch", "mine"]);
            w.args.base_ref = Some("mine".into());
        },
    },
    Attack {
        threat: "T18",
        name: "trust-branch-without-the-file",
        does: "opens it into a branch from before the trust file, which has none",
        code: 2,
        rules: &[
            "sig.unknown-key",
            "trust.not-in-force",
            "trust.root-changed-in-pr",
            "trust.rotation-unsigned",
        ],
        make: |w| {
            w.publish_main();
            w.git(&["checkout", "-q", "--orphan", "old"]);
            w.remove(TRUST);
            w.commit("old");
            w.git(&["checkout", "-q", "-B", "head"]);
            w.args.base_ref = Some("old".into());
            w.put_trust(&signed_trust(
                successor(&signed_trust(first_trust(), &[]), with_mallory),
                &[Mallory],
            ));
            approved_by_mallory(w);
        },
    },
    Attack {
        threat: "T18",
        name: "bootstrap-from-an-old-commit",
        does: "branches off before there were lockfiles and brings a trust file of one's own",
        code: 3,
        rules: &["trust.root-missing"],
        make: |w| {
            w.git(&["checkout", "-q", "--orphan", "fresh"]);
            w.git(&["rm", "-r", "-q", "--cached", "."]);
            w.git(&["commit", "-q", "--allow-empty", "-m", "nothing yet"]);
            w.git(&["branch", "early"]);
            w.remove(TRUST);
            w.commit("lockfiles, no trust file");
            w.git(&["branch", "-f", "main"]);
            w.git(&["checkout", "-q", "-f", "-B", "head", "early"]);
            w.adopt_shop();
            let mut own = first_trust();
            own.signers = vec![signer(Mallory, &[Role::Owner, Role::Approver], RiskTier::Critical)];
            own.thresholds.trust = 1;
            own.thresholds.approvals.critical = 1;
            w.put_trust(&signed_trust(own.clone(), &[Mallory]));
            w.root = read_trust(&own).digest;
            w.sync(PACK);
            for id in [CANCEL_ORDER, CREATE_ORDER, GET_ORDER, GET_USER, ISSUE_REFUND, LIST_PRODUCTS, SURFACE]
            {
                w.approve(id, &[Mallory]);
            }
        },
    },
    Attack {
        threat: "T18",
        name: "not-the-pinned-root",
        does: "is judged by a trust file that is not the pinned one",
        code: 2,
        rules: &["trust.rotation-unsigned"],
        make: |w| w.args.trust.trust_pin = Some(format!("sha256:{}", "0".repeat(64))),
    },
    Attack {
        threat: "T19",
        name: "trust-versions-merged-by-union",
        does: "merges two signed versions of the trust file as text",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rollback"],
        make: |w| {
            let first = w.trust();
            w.rotate(|t| t.signers[1].max_risk = RiskTier::Medium);
            w.merge();
            let here = w.trust();
            let there = signed_trust(
                successor(&first, |t| {
                    t.signers.push(signer(Mallory, &[Role::Approver], RiskTier::Critical));
                }),
                &[Alice, Carol],
            );
            let mut both = here.clone();
            both.signers.extend(there.signers.last().cloned());
            both.signatures.extend(there.signatures);
            w.put_trust(&both);
        },
    },
    Attack {
        threat: "T19",
        name: "trust-conflict-solved-by-hand",
        does: "solves the conflict of two versions by hand and calls it the next one",
        code: 2,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.rotation-unsigned"],
        make: |w| {
            let first = w.trust();
            w.rotate(|t| t.signers[1].max_risk = RiskTier::Medium);
            w.merge();
            let there = signed_trust(
                successor(&first, |t| t.signers.push(signer(Mallory, &[Role::Approver], RiskTier::Critical))),
                &[Alice, Carol],
            );
            let mut both = successor(&w.trust(), |t| t.signers = there.signers.clone());
            both.signatures = w.trust().signatures;
            both.signatures.extend(there.signatures);
            w.put_trust(&both);
        },
    },
    Attack {
        threat: "T19",
        name: "merged-trust-in-force",
        does: "merged two versions as text on the default branch already",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            let first = w.trust();
            w.rotate(|t| t.signers[1].max_risk = RiskTier::Medium);
            let there = signed_trust(
                successor(&first, |t| t.signers.push(signer(Mallory, &[Role::Approver], RiskTier::Critical))),
                &[Alice, Carol],
            );
            let mut both = w.trust();
            both.signers.extend(there.signers.last().cloned());
            both.signatures.extend(there.signatures);
            w.put_trust(&both);
            w.merge();
        },
    },
    Attack {
        threat: "T19",
        name: "trust-with-conflict-markers",
        does: "commits the trust file unmerged",
        code: 3,
        rules: &["lock.conflict-markers"],
        make: |w| {
            w.replace(TRUST, "version: 1", "<<<<<<< ours\nversion: 1\n=======\nversion: 2\n>>>>>>> theirs")
        },
    },
];

/// Lawful changes of who may approve.
pub const HONEST: &[Attack] = &[
    Attack {
        threat: "ok",
        name: "rotation",
        does: "adds an approver, signed by the owners",
        code: 1,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr"],
        make: |w| w.rotate(|t| t.signers.push(signer(Mallory, &[Role::Approver], RiskTier::Low))),
    },
    Attack {
        threat: "ok",
        name: "rotation-that-lowers-a-threshold",
        does: "lowers a threshold, signed by the owners",
        code: 1,
        rules: &["trust.quorum-unreachable", "trust.root-changed-in-pr", "trust.threshold-lowered"],
        make: |w| w.rotate(|t| t.thresholds.approvals.critical = 1),
    },
    Attack {
        threat: "ok",
        name: "gate-file",
        does: "adds a gate.yaml that the owners signed",
        code: 1,
        rules: &["trust.policy-weakened"],
        make: |w| w.put_gate(|_| {}, &[Alice, Carol]),
    },
    Attack {
        threat: "ok",
        name: "bootstrap",
        does: "adopts the gate where there was none",
        code: 1,
        rules: &["trust.bootstrap"],
        make: bootstrap,
    },
    Attack {
        threat: "ok",
        name: "bootstrap-pinned",
        does: "adopts the gate with the root that the workflow pins",
        code: 0,
        rules: &[],
        make: |w| {
            w.git(&["checkout", "-q", "--orphan", "fresh"]);
            w.git(&["rm", "-r", "-q", "--cached", "."]);
            w.git(&["add", &format!("{PACK}/artifact"), &format!("{PACK}/toolpack.yaml")]);
            w.git(&["commit", "-q", "-m", "a toolpack, no gate yet"]);
            w.git(&["branch", "-f", "main"]);
            w.args.trust.trust_pin = Some(w.root.clone());
        },
    },
    Attack {
        threat: "ok",
        name: "bootstrap-of-another-root",
        does: "adopts the gate with a root that the workflow does not pin",
        code: 2,
        rules: &["trust.bootstrap", "trust.rotation-unsigned"],
        make: |w| {
            bootstrap(w);
            w.args.trust.trust_pin = Some(format!("sha256:{}", "0".repeat(64)));
        },
    },
    Attack {
        threat: "ok",
        name: "no-trust-file",
        does: "has lockfiles and no trust file on any side",
        code: 3,
        rules: &["trust.root-missing"],
        make: |w| {
            w.remove(TRUST);
            w.git(&["checkout", "-q", "--orphan", "bare"]);
            w.merge();
        },
    },
    Attack {
        threat: "ok",
        name: "rotation-on-another-branch",
        does: "changes the trust file on a branch that is not the default one, signed",
        code: 1,
        rules: &["trust.quorum-unreachable", "trust.not-in-force", "trust.root-changed-in-pr"],
        make: |w| {
            w.publish_main();
            w.write("README.md", "release\n");
            w.commit("release");
            w.git(&["branch", "release"]);
            w.args.base_ref = Some("release".into());
            w.rotate(|t| t.signers.push(signer(Mallory, &[Role::Approver], RiskTier::Low)));
        },
    },
];

/// A repository whose `main` has nothing of the gate, and a head that adopts it.
fn bootstrap(w: &mut World) {
    w.git(&["checkout", "-q", "--orphan", "fresh"]);
    w.git(&["rm", "-r", "-q", "--cached", "."]);
    w.git(&["commit", "-q", "--allow-empty", "-m", "nothing yet"]);
    w.git(&["branch", "-f", "main"]);
}
