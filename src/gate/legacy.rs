//! A lockfile of the reference system: each entry's signature is verified by that system's own rules and
//! told. None counts, since none covers what a tool does.

use super::entry::understated;
use super::sides::{HeadSide, Naming};
use crate::model::finding::{Finding, Place, Side};
use crate::model::lockfile::{LegacyEntry as Read, LegacyLockfile, Status};
use crate::model::phrase::Phrase;
use crate::model::report::Standing;
use crate::model::subject_state::SubjectState;
use crate::model::tool::Tool;
use crate::rules::{Rule, gate, sig};
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::legacy::{LegacyEntry, LegacyTrust, LegacyVerdict, verify};

/// Judges every subject of a toolpack whose lockfile is of generation 1.
pub fn judge(
    head: &HeadSide,
    lock: &LegacyLockfile,
    trust: &LegacyTrust,
    ground: &Ground,
    naming: &Naming,
) -> Vec<SubjectState> {
    let mut states = vec![surface(head, ground, naming)];
    for tool in &head.pack.manifest.tools {
        let Some(signed) = head.subjects.tools.get(&tool.id) else { continue };
        let entry = lock.entries.iter().find(|e| e.id == tool.id);
        let mut state = one(tool, signed, entry, trust, ground, naming);
        if head.subjects.is_understated(tool) {
            state.problems.push(understated(tool, signed, head.subjects, naming));
        }
        states.push(state);
    }
    states
}

fn need(signed: &SignedSubject, ground: &Ground) -> u32 {
    u32::from(*ground.keyring.trust.file.thresholds.approvals.of(signed.tier))
}

fn surface(head: &HeadSide, ground: &Ground, naming: &Naming) -> SubjectState {
    let signed = &head.subjects.surface;
    let here = Phrase::say("a lockfile of the old format has no approval of the surface");
    let problem = Finding::new(gate::UNAPPROVED, naming.surface(), naming.in_header())
        .says("approval", here.clone())
        .here(here);
    SubjectState {
        standing: Standing {
            subject: naming.surface(),
            tier: signed.tier,
            status: Status::Pending,
            have: 0,
            need: need(signed, ground),
            signers: Vec::new(),
            until: None,
            note: Phrase::say("old format"),
            target: "policy, toolsets, hosts, baseline".into(),
        },
        problems: vec![problem],
        genuine: 0,
        refused: 0,
    }
}

fn one(
    tool: &Tool,
    signed: &SignedSubject,
    entry: Option<&Read>,
    trust: &LegacyTrust,
    ground: &Ground,
    naming: &Naming,
) -> SubjectState {
    let subject = naming.tool(&tool.id, &tool.name);
    let place = match entry {
        None => naming.in_manifest(tool, "name"),
        Some(e) => Place {
            file: naming.lock_path.to_owned(),
            line: e.line,
            pointer: format!("/tools/{}", e.id),
            side: Side::Head,
        },
    };
    let at = |rule: &'static Rule, here: Phrase| {
        Finding::new(rule, subject.clone(), place.clone())
            .risk(signed.tier)
            .says("approval", here.clone())
            .here(here)
    };
    let mut problems = Vec::new();
    let mut status = Status::Pending;
    match entry {
        None => problems.push(at(gate::UNAPPROVED, Phrase::say("the lockfile has no entry for it"))),
        Some(entry) if entry.status == Status::Rejected => {
            status = Status::Rejected;
            let here = Phrase::say("refused: ").and_quote(entry.rejection_reason.clone().unwrap_or_default());
            problems.push(at(gate::REJECTED_PRESENT, here));
            problems.push(at(gate::UNAPPROVED, Phrase::say("nobody has signed it")));
        }
        Some(entry) => {
            if let Some((rule, here)) = verdict(entry, trust) {
                problems.push(at(rule, here));
            }
            problems.push(at(
                gate::UNAPPROVED,
                Phrase::say("a signature of the old format does not cover what the tool does"),
            ));
        }
    }
    SubjectState {
        standing: Standing {
            subject,
            tier: signed.tier,
            status,
            have: 0,
            need: need(signed, ground),
            signers: Vec::new(),
            until: None,
            note: problems.first().map(|p| Phrase::say(p.rule.title)).unwrap_or_default(),
            target: format!("{} {}{}", tool.method, tool.host, tool.full_path()),
        },
        refused: problems
            .iter()
            .filter(|p| p.rule.family == crate::rules::Family::Sig && p.rule != sig::LEGACY_PAYLOAD)
            .count(),
        genuine: 0,
        problems,
    }
}

/// What the reference system's own verification says of an entry, as one of our rules.
fn verdict(entry: &Read, trust: &LegacyTrust) -> Option<(&'static Rule, Phrase)> {
    let note = entry.approval.as_ref()?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let legacy = LegacyEntry {
        signature_id: note.id.clone(),
        tool_id: String::new(),
        name: note.name.clone(),
        method: note.method.clone(),
        path: note.path.clone(),
        host: note.host.clone(),
        toolsets: note.toolsets.clone(),
        approved_toolsets: note.approved_toolsets.clone(),
        status: note.status.clone(),
        approved_by: some(&note.approved_by),
        approved_at: some(&note.approved_at),
        reason: some(&note.reason),
        approval_mode: note.mode.clone(),
        approval_signature: some(&note.signature),
        approval_alg: entry.algorithm.clone(),
        approval_key_id: some(&note.key_id),
    };
    let by = || Phrase::say("the old signature by ").and_quote(&note.approved_by);
    let key = || Phrase::say("key ").and_quote(&note.key_id);
    Some(match verify(&legacy, trust) {
        LegacyVerdict::Holds => (
            sig::LEGACY_PAYLOAD,
            by().and_say(" holds, but covers neither schema, description, risk nor policy"),
        ),
        LegacyVerdict::MissingIdentity | LegacyVerdict::Missing | LegacyVerdict::MissingKeyId => {
            (sig::MISSING, Phrase::say("the entry says approved and carries no signature"))
        }
        LegacyVerdict::WrongAlgorithm | LegacyVerdict::Malformed => {
            (sig::MALFORMED, by().and_say(" is no signature"))
        }
        LegacyVerdict::UnknownKey => {
            (sig::UNKNOWN_KEY, key().and_say(" is in no list of trusted signers on the base branch"))
        }
        LegacyVerdict::Revoked => (sig::REVOKED_KEY, key().and_say(" was revoked")),
        LegacyVerdict::WrongSigner => {
            (sig::WRONG_SIGNER, key().and_say(" does not belong to ").and_quote(&note.approved_by))
        }
        LegacyVerdict::DoesNotVerify | LegacyVerdict::KeyIdMismatch => {
            (sig::INVALID, by().and_say(" does not hold over the entry"))
        }
    })
}
