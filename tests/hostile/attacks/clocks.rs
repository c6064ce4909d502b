//! T14, T15: an agent that approves, and games with time.

use super::NEW_TOOL;
use super::approvals::{forged, pending};
use super::forge::*;
use super::row::Attack;
use Who::*;

pub const ATTACKS: &[Attack] = &[
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
