//! Human oversight: who approved what, each signature judged by the one verifier.

use std::collections::BTreeSet;

use super::claim::{Ask, Row, Told, count, named};
use super::input::Input;
use crate::canon::time::Timestamp;
use crate::model::compliance::claim::Evidence;
use crate::model::compliance::facts::{Gone, Oversight, Signed, Statement};
use crate::model::lockfile::{AnyLockfile, Approval, Decision, Lockfile, SURFACE, Status};
use crate::model::phrase::Phrase;
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::verify::{Refusal, Verdict, gone as subject_gone, verify, verify_withdrawal};

/// What is claimed of it.
pub const CLAIMS: &[Row] = &[
    Row {
        id: "trust-anchored",
        statement: "the trust file that judges is out of reach of whoever changes the toolpack",
        articles: &[14, 15],
        judge: trust_anchored,
    },
    Row {
        id: "surface-approved",
        statement: "policy, toolsets and hosts are approved by as many people as the trust file asks for",
        articles: &[14],
        judge: surface_approved,
    },
    Row {
        id: "tools-approved",
        statement: "every tool is approved by as many people as the trust file asks for",
        articles: &[14],
        judge: tools_approved,
    },
    Row {
        id: "signatures-verified",
        statement: "every signature in the lockfile is that of a trusted key",
        articles: &[14, 15],
        judge: signatures_verified,
    },
    Row {
        id: "reasons-given",
        statement: "every approval that counts says why",
        articles: &[13, 14],
        judge: reasons_given,
    },
];

/// Who approved what.
pub fn facts(input: &Input) -> Oversight {
    let subjects = subjects(input);
    let mut oversight = Oversight { trust: input.trust.clone(), ..Oversight::default() };
    for signed in &subjects {
        *oversight.by_status.entry(signed.status).or_default() += 1;
    }
    let counting = subjects.iter().flat_map(|signed| &signed.statements);
    let counting = counting.filter(|s| s.counts && s.decision != Decision::Reject);
    let people: BTreeSet<&str> = counting.map(|statement| statement.signer.as_str()).collect();
    oversight.approvers = people.into_iter().map(str::to_owned).collect();
    if let Some(AnyLockfile::V2(lock, _)) = input.lock {
        oversight.withdrawn = lock.withdrawn.iter().map(|gone| gone.tool_id.clone()).collect();
        oversight.gone = input.ground.map_or_else(Vec::new, |ground| gone(input, lock, ground));
    }
    oversight.subjects = subjects;
    oversight
}

/// Every subject as it stands; none without a trust file, and none of a lockfile of version 1.
fn subjects(input: &Input) -> Vec<Signed> {
    let (Some(ground), Some(AnyLockfile::V2(lock, _))) = (input.ground, input.lock) else {
        return Vec::new();
    };
    let judged = |subject: &SignedSubject, name: &str, entry: Option<(&str, &[Approval])>| {
        let (written, approvals) = entry.unzip();
        let approvals = approvals.unwrap_or_default();
        let verdict = verify(subject, written, approvals, ground);
        Signed {
            id: subject.id.clone(),
            name: name.to_owned(),
            risk: subject.tier,
            status: verdict.status,
            have: verdict.have,
            need: verdict.need,
            until: verdict.until,
            entered: written.is_some(),
            statements: statements(approvals, &verdict),
        }
    };
    let surface = judged(input.surface, "", Some((&lock.surface.digest, &lock.surface.approvals)));
    let mut tools: Vec<Signed> = input
        .pack
        .manifest
        .tools
        .iter()
        .filter_map(|tool| {
            let entry = lock.tools.get(&tool.id).map(|e| (e.digest.as_str(), e.approvals.as_slice()));
            Some(judged(input.tools.get(&tool.id)?, &tool.name, entry))
        })
        .collect();
    tools.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| (&a.name, &a.id).cmp(&(&b.name, &b.id))));
    std::iter::once(surface).chain(tools).collect()
}

fn statements(approvals: &[Approval], verdict: &Verdict) -> Vec<Statement> {
    let one = |(index, approval): (usize, &Approval)| {
        let refusal = verdict.refusals.iter().find(|refusal| refusal.index == index);
        let overruled = approval.decision == Decision::Approve && !verdict.counted.contains(&index);
        let why = match (refusal, overruled) {
            (Some(refusal), _) => Some(refusal.here.clone()),
            (None, true) => Some(Phrase::say("a refusal stands against it")),
            (None, false) => None,
        };
        statement(approval, verdict.genuine.contains(&index), refusal, why)
    };
    approvals.iter().enumerate().map(one).collect()
}

fn statement(
    approval: &Approval,
    verified: bool,
    refusal: Option<&Refusal>,
    why: Option<Phrase>,
) -> Statement {
    Statement {
        signer: approval.signer.clone(),
        key_id: approval.key_id.clone(),
        decision: approval.decision,
        signed_at: approval.signed_at,
        expires_at: approval.expires_at,
        reason: approval.reason.clone(),
        verified,
        counts: why.is_none(),
        refused_by: refusal.map(|refusal| refusal.rule.id),
        why,
    }
}

/// What was signed about tools that are not here, each statement judged over the digest that the lockfile writes.
fn gone(input: &Input, lock: &Lockfile, ground: &Ground) -> Vec<Gone> {
    let judged = |id: &str, name: &str, digest: &str, at: Option<Timestamp>, approvals: &[Approval]| Gone {
        id: id.to_owned(),
        name: name.to_owned(),
        digest: digest.to_owned(),
        withdrawn_at: at,
        statements: approvals.iter().map(|one| about_gone((id, digest), at.is_some(), one, ground)).collect(),
    };
    let entries = lock.tools.iter().filter(|(id, _)| !input.tools.contains_key(id.as_str()));
    let entries = entries.map(|(id, own)| judged(id, &own.name, &own.digest, None, &own.approvals));
    let withdrawn = lock.withdrawn.iter();
    let withdrawn = withdrawn.map(|own| judged(&own.tool_id, "", &own.digest, Some(own.at), &own.approvals));
    entries.chain(withdrawn).collect()
}

/// One statement about a tool that is not here: nothing counts of it but that the tool was withdrawn.
fn about_gone(tool: (&str, &str), is_withdrawn: bool, approval: &Approval, ground: &Ground) -> Statement {
    let ((id, digest), own) = (tool, std::slice::from_ref(approval));
    let verdict = verify(&subject_gone(id, digest), None, own, ground);
    let verified = !verdict.genuine.is_empty();
    let says = |text: &'static str| Some(Phrase::say(text));
    let (refusal, why) = match approval.decision {
        Decision::Withdraw => {
            match verify_withdrawal(id, digest, own, ground).err().and_then(|all| all.into_iter().next()) {
                Some(refusal) => (Some(refusal.clone()), Some(refusal.here)),
                None if is_withdrawn => (None, None),
                None => (None, says("the entry is not that of a tool that was withdrawn")),
            }
        }
        _ => match verdict.refusals.into_iter().next() {
            Some(refusal) => (Some(refusal.clone()), Some(refusal.here)),
            None if is_withdrawn => (None, says("the tool was withdrawn")),
            None => (None, says("the manifest has no such tool")),
        },
    };
    statement(approval, verified, refusal.as_ref(), why)
}

/// What keeps the lockfile from being judged, if anything does.
fn unjudged(ask: &Ask) -> Option<Told> {
    match (ask.input.lock, &ask.oversight.trust) {
        (None, _) => {
            let path = Phrase::quote(ask.input.lock_path);
            Some(Told::no(
                Phrase::say("there is no lockfile at ").and(path).and_say(": nobody approved anything"),
            ))
        }
        (Some(AnyLockfile::V1(_)), _) => {
            let why = "approvals of version 1 do not cover what a tool does, so none of them counts";
            Some(Told::no(why).by(ask.lock("entries of version 1")))
        }
        (Some(_), None) => Some(Told::unknown("there is no trust file to judge signatures by")),
        (Some(_), Some(_)) => None,
    }
}

fn trust_file(ask: &Ask) -> Option<Evidence> {
    let trust = ask.oversight.trust.as_ref()?;
    let what = Phrase::say(format!("version {}, read from ", trust.version)).and_quote(&trust.source);
    let what = trust.commit.iter().fold(what, |what, commit| what.and_say(" at ").and_quote(commit));
    Some(Evidence { file: crate::model::trust::PATH.to_owned(), what, digest: Some(trust.digest.clone()) })
}

fn trust_anchored(ask: &Ask) -> Told {
    let Some((trust, evidence)) = ask.oversight.trust.as_ref().zip(trust_file(ask)) else {
        return Told::no("there is no trust file: nobody can have approved anything");
    };
    let told = match trust.anchored {
        true => Told::unless(false, Phrase::say("it is read from ").and_quote(&trust.source)),
        false => Told::no(
            Phrase::say("it is read from ")
                .and_quote(&trust.source)
                .and_say(", where whoever changes the toolpack can change it too"),
        ),
    };
    told.by(evidence)
}

fn surface_approved(ask: &Ask) -> Told {
    if let Some(told) = unjudged(ask) {
        return told;
    }
    let Some(surface) = ask.oversight.subjects.iter().find(|s| s.id == SURFACE) else {
        return Told::unknown("it was not judged");
    };
    let why = match surface.status {
        Status::Exempted => "it is let in by an owner, unseen".to_owned(),
        status => format!("it is {status}: {} of {} have signed", surface.have, surface.need),
    };
    Told::unless(surface.status != Status::Approved, Phrase::say(why)).by(ask.lock("the entry `surface`"))
}

fn tools_approved(ask: &Ask) -> Told {
    if let Some(told) = unjudged(ask) {
        return told;
    }
    let tools: Vec<&Signed> = ask.oversight.subjects.iter().filter(|s| s.id != SURFACE).collect();
    if tools.is_empty() {
        return Told::unknown("the toolpack has no tool");
    }
    let not: Vec<&Signed> = tools.iter().copied().filter(|s| s.status != Status::Approved).collect();
    let exempted = not.iter().filter(|s| s.status == Status::Exempted).count();
    let why = match (not.is_empty(), exempted) {
        (true, _) => Phrase::say(format!("all {} are", tools.len())),
        (false, 0) => Phrase::say(format!("{} of {} are not: ", not.len(), tools.len()))
            .and(named(not.iter().map(|s| s.name.as_str()))),
        (false, n) => Phrase::say(format!(
            "{} of {} are not ({n} let in by an owner, unseen): ",
            not.len(),
            tools.len()
        ))
        .and(named(not.iter().map(|s| s.name.as_str()))),
    };
    Told::unless(!not.is_empty(), why).by(ask.lock("the entries under `tools`"))
}

fn signatures_verified(ask: &Ask) -> Told {
    if let Some(told) = unjudged(ask) {
        return told;
    }
    let here = ask.oversight.subjects.iter();
    let here = here.map(|s| (if s.id == SURFACE { SURFACE } else { s.name.as_str() }, &s.statements));
    // A tombstone knows no name.
    let gone = ask.oversight.gone.iter();
    let gone = gone.map(|g| (if g.name.is_empty() { g.id.as_str() } else { g.name.as_str() }, &g.statements));
    let all: Vec<(&str, &Statement)> =
        here.chain(gone).flat_map(|(name, all)| all.iter().map(move |one| (name, one))).collect();
    let total = all.len();
    if total == 0 {
        return Told::unknown("there is no signature");
    }
    let not: Vec<(&str, &Statement)> = all.into_iter().filter(|(_, one)| !one.verified).collect();
    let why = match not.first() {
        None => Phrase::say(format!("{} looked at, each holds", count(total, "signature"))),
        Some((name, one)) => {
            let here = one.why.clone().unwrap_or_default();
            Phrase::say(format!("{} of {total} do not hold; of ", not.len()))
                .and_quote(*name)
                .and_say(": ")
                .and(here)
        }
    };
    let told = Told::unless(!not.is_empty(), why).by(ask.lock("every `signature`"));
    trust_file(ask).into_iter().fold(told, Told::by)
}

fn reasons_given(ask: &Ask) -> Told {
    if let Some(told) = unjudged(ask) {
        return told;
    }
    let counting = ask.oversight.subjects.iter().flat_map(|s| s.statements.iter().map(move |one| (s, one)));
    let counting: Vec<(&Signed, &Statement)> =
        counting.filter(|(_, one)| one.counts && one.decision == Decision::Approve).collect();
    if counting.is_empty() {
        return Told::unknown("no approval counts");
    }
    let silent: Vec<&str> = counting
        .iter()
        .filter(|(_, one)| one.reason.trim().is_empty())
        .map(|(signed, _)| if signed.id == SURFACE { SURFACE } else { signed.name.as_str() })
        .collect();
    let why = match silent.is_empty() {
        true => Phrase::say(format!("{} with a reason", count(counting.len(), "approval"))),
        false => Phrase::say(format!("{} of {} say nothing: of ", silent.len(), counting.len()))
            .and(named(silent.iter().copied())),
    };
    Told::unless(!silent.is_empty(), why).by(ask.lock("every `reason`"))
}
