//! A subject and what the lockfile says of it in; whether it may be used now, or why not, out. Asks the one verifier.

use std::collections::BTreeSet;

use super::reason::{ReasonCode, Refusal};
use crate::model::lockfile::{Approval, Status, SurfaceEntry, ToolEntry};
use crate::rules::Family;
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::verify::{Verdict, verify};

/// By whom a tool is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The keys whose signatures count, sorted.
    pub keys: BTreeSet<String>,
    /// Whether owners let it in unseen, for a while.
    pub exempted: bool,
}

/// Whether the surface stands: while it does not, nothing of the toolpack is served.
///
/// # Errors
/// Why it does not.
pub fn of_surface(subject: &SignedSubject, entry: &SurfaceEntry, ground: &Ground) -> Result<(), Refusal> {
    let verdict = verify(subject, Some(&entry.digest), &entry.approvals, ground);
    if verdict.status.serves() {
        return Ok(());
    }
    let written = Written { digest: &entry.digest, status: entry.status, approvals: &entry.approvals };
    Err(refusal("what surrounds the tools (policy, toolsets, hosts)", subject, written, &verdict))
}

/// Whether a tool may be used, in a toolset where one is served.
///
/// # Errors
/// Why it may not: no entry, another state than the approved one, the wrong set, too few signatures that hold.
pub fn of_tool(
    subject: &SignedSubject,
    entry: Option<&ToolEntry>,
    toolset: Option<&str>,
    ground: &Ground,
) -> Result<Admitted, Refusal> {
    let Some(entry) = entry else {
        return Err(Refusal::new(ReasonCode::NotApproved, "the tool has no entry in the lockfile"));
    };
    let written = Written { digest: &entry.digest, status: entry.status, approvals: &entry.approvals };
    if let Some(set) = toolset
        && !subject.toolsets.iter().any(|own| own == set)
    {
        return Err(Refusal::new(
            ReasonCode::ToolsetNotAllowed,
            "the tool is not in the toolset that is served",
        ));
    }
    let verdict = verify(subject, Some(&entry.digest), &entry.approvals, ground);
    let signed = verdict.status == Status::Exempted || verdict.have >= verdict.need;
    // Where a quorum holds, each set stands or falls by itself.
    let signed = signed && verdict.rejection.is_none();
    match toolset {
        Some(set) if signed && !verdict.toolsets.contains(set) => Err(Refusal::new(
            ReasonCode::ToolsetNotApproved,
            "nobody approved the tool for the toolset that is served",
        )),
        Some(_) if signed => Ok(admitted(&verdict)),
        None if verdict.status.serves() => Ok(admitted(&verdict)),
        _ => Err(refusal("the tool", subject, written, &verdict)),
    }
}

fn admitted(verdict: &Verdict) -> Admitted {
    Admitted {
        keys: verdict.signers.values().flatten().cloned().collect(),
        exempted: verdict.status == Status::Exempted,
    }
}

/// What the lockfile wrote beside a subject.
struct Written<'a> {
    digest: &'a str,
    status: Status,
    approvals: &'a [Approval],
}

/// The gravest thing first: another content, a signature that does not hold, none at all, too few.
fn refusal(what: &str, subject: &SignedSubject, written: Written, verdict: &Verdict) -> Refusal {
    if written.digest != subject.digest {
        return Refusal::new(
            ReasonCode::IntegrityMismatch,
            format!("{what} changed since the lockfile was written"),
        );
    }
    if verdict.status == Status::Rejected || verdict.rejection.is_some() {
        return Refusal::new(ReasonCode::NotApproved, format!("{what} was refused by a signer"));
    }
    // An approval that only ended held once; one that does not hold never did.
    let broken = verdict.refusals.iter().any(|refusal| refusal.rule.family == Family::Sig && !refusal.ended);
    if broken && verdict.counted.is_empty() {
        return Refusal::new(
            ReasonCode::ApprovalSignatureInvalid,
            format!("no signature holds over {what} as it is now"),
        );
    }
    if written.approvals.is_empty() && written.status.serves() {
        return Refusal::new(
            ReasonCode::ApprovalSignatureRequired,
            format!("the lockfile calls {what} {}, and nobody signed that", written.status),
        );
    }
    let state = match verdict.refusals.is_empty() {
        false if verdict.have == 0 => "and its approvals do not count any more".to_owned(),
        _ => format!("{} of {} people have signed", verdict.have, verdict.need),
    };
    Refusal::new(ReasonCode::NotApproved, format!("{what} is not approved: {state}"))
}
