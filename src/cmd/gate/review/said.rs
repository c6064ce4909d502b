//! Who signed what about a subject before: the statements of the lockfile and of the base, as words.

use crate::judge::hide;
use crate::model::lockfile::{Approval, Decision, Lockfile, SURFACE};
use crate::model::phrase::Phrase;
use crate::sign::verify::Verdict;

/// Who signed what about it, the newest first: in the lockfile here, and on the base.
pub(super) fn said(id: &str, lock: &Lockfile, verdict: &Verdict, base: &[Approval]) -> Vec<Phrase> {
    let here = match id {
        SURFACE => lock.surface.approvals.as_slice(),
        _ => lock.tools.get(id).map_or(&[][..], |entry| &entry.approvals),
    };
    let standing = |i: usize| match (verdict.counted.contains(&i), verdict.genuine.contains(&i)) {
        (true, _) => Standing::Counts,
        (false, true) => Standing::Holds,
        (false, false) => Standing::Open,
    };
    let mut all: Vec<(&Approval, Standing)> =
        here.iter().enumerate().map(|(i, a)| (a, standing(i))).collect();
    all.extend(base.iter().filter(|a| !here.contains(a)).map(|a| (a, Standing::Open)));
    all.sort_by_key(|(a, _)| std::cmp::Reverse(a.signed_at));
    all.into_iter().map(|(approval, standing)| statement(approval, standing)).collect()
}

/// How a statement stands: only what a signature over this state bears out is told as somebody's word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It counts.
    Counts,
    /// Its signature holds over this state.
    Holds,
    /// Over this state no signature of it holds: it is of another state, or forged.
    Open,
}

fn statement(approval: &Approval, standing: Standing) -> Phrase {
    let done = match approval.decision {
        Decision::Approve if standing == Standing::Counts => "approved this state",
        Decision::Approve => "approved",
        Decision::Reject => "refused",
        Decision::Withdraw => "withdrew",
        Decision::Exempt => "exempted",
    };
    let rest = match (approval.decision, standing) {
        (_, Standing::Counts) => "",
        (Decision::Approve, Standing::Holds) => ", which does not count for this state",
        (_, Standing::Holds) => "",
        (_, Standing::Open) => ", says the lockfile: no signature of it holds over this state",
    };
    let end = approval.expires_at.map_or_else(String::new, |end| format!(", until {}", end.date()));
    let words = format!(" {done} on {}{end}{rest}", approval.signed_at.date());
    let said = Phrase::quote(&approval.signer).and_say(words);
    match approval.reason.is_empty() {
        true => said,
        false => said.and_say(": ").and_quote(hide::of_text(approval.reason.clone())),
    }
}
