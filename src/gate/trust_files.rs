//! A head that changes who may approve, or what the gate makes of it: whether that is signed by those whose
//! word it is, and what it would change.

use std::collections::BTreeSet;

use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::model::finding::{
    Approval, ApprovalState, Covers, Finding, Place, Reason, Side, Subject, SubjectKind,
};
use crate::model::gate_config::{GateConfig, PATH as GATE_PATH};
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::subject_state::SubjectState;
use crate::model::trust::{PATH as TRUST_PATH, Role, Trust};
use crate::rules::{Rule, Severity, trust as rule};
use crate::sign::chain;
use crate::sign::keyring::Keyring;
use crate::sign::quorum::{Kind, Weakness, weaknesses};

/// The trust file in force, the base side's, and the head's.
pub struct TrustSides<'a> {
    /// The one that judges.
    pub trusted: &'a Keyring<'a>,
    /// The base side's, if it differs in place from the trusted one.
    pub base: Option<&'a Trust>,
    /// The head's.
    pub head: Option<&'a Keyring<'a>>,
    /// Whether the base is the default branch, where a change comes into force.
    pub base_is_default: bool,
    /// The machine's clock.
    pub now: Timestamp,
}

fn subject(kind: SubjectKind, path: &str) -> Subject {
    let name = path.rsplit('/').next().unwrap_or(path);
    Subject { path: String::new(), toolpack: String::new(), kind, id: path.to_owned(), name: name.to_owned() }
}

fn place(path: &str, line: u32, pointer: &str, side: Side) -> Place {
    Place { file: path.to_owned(), line: line.max(1), pointer: pointer.to_owned(), side }
}

/// Judges a change of the trust file. A valid successor is acknowledged by its signatures.
pub fn trust_change(sides: &TrustSides) -> Vec<Finding> {
    let (old, new) = (sides.trusted.trust, sides.head.map(|k| k.trust));
    let same = |t: &Trust| new.is_some_and(|n| n.raw == t.raw);
    if same(old)
        || sides.base.is_some_and(same)
        || (new.is_none() && sides.base.is_none() && !sides.base_is_default)
    {
        return standing_hints(old, Severity::Low, sides.now);
    }
    let verdict = match sides.head {
        None => Err((rule::ROTATION_UNSIGNED, Phrase::say("the trust file is removed"))),
        Some(next) => chain::is_successor(sides.trusted, next, sides.now),
    };
    let owners: Vec<String> =
        old.file.signers.iter().filter(|s| s.roles.contains(&Role::Owner)).map(|s| s.id.clone()).collect();
    let need = u32::from(old.file.thresholds.trust);
    let approval = match &verdict {
        Ok(()) => Approval {
            state: ApprovalState::Acknowledged,
            have: need,
            need,
            signers: owners.clone(),
            reasons: Vec::new(),
        },
        Err((rule, here)) => {
            let at = place(TRUST_PATH, 1, "/signatures", Side::Head);
            let reasons = vec![Reason { rule, here: here.clone(), place: at }];
            Approval { state: ApprovalState::Missing, have: 0, need, signers: Vec::new(), reasons }
        }
    };
    let trust_file = subject(SubjectKind::Trust, TRUST_PATH);
    let at = |rule: &'static Rule, pointer: &str| {
        let line = new.map_or(1, |n| n.line(pointer));
        let mut finding =
            Finding::new(rule, trust_file.clone(), place(TRUST_PATH, line, pointer, Side::Head))
                .covered_by(Covers::Owners);
        finding.approval = approval.clone();
        finding
    };
    let mut found = Vec::new();
    if let Err((rule, here)) = verdict {
        found.push(
            at(rule, "/signatures").says("trust file", Phrase::say("no owner's word for it")).here(here),
        );
    }
    let Some(new) = new else { return found };
    found.push(changed(&at, old, new));
    found.extend(lowered(&at, old, new));
    if !sides.base_is_default {
        let here = Phrase::say("only the default branch's trust file is in force");
        found.push(at(rule::NOT_IN_FORCE, "").says("trust file", here.clone()).here(here));
    }
    let weak = weaknesses(new, sides.now).into_iter();
    found.extend(weak.map(|weak| hint(new, weak, Severity::Medium)));
    found
}

fn changed(at: &impl Fn(&'static Rule, &str) -> Finding, old: &Trust, new: &Trust) -> Finding {
    let mut finding = at(rule::ROOT_CHANGED_IN_PR, "/signers")
        .values(Some(Node::text(old.digest.as_str())), Some(Node::text(new.digest.as_str())));
    let mut change = Phrase::default();
    let mut say = |phrase: Phrase| {
        let joined = std::mem::take(&mut change);
        change = if joined.is_empty() { phrase } else { joined.and_say(", ").and(phrase) };
    };
    for signer in &new.file.signers {
        for key in &signer.keys {
            match old.key(&key.key_id) {
                None => say(Phrase::say("adds a key for ").and_quote(&signer.id)),
                Some((_, was)) if was.revoked.is_none() && key.revoked.is_some() => {
                    say(Phrase::say("revokes a key of ").and_quote(&signer.id))
                }
                Some((_, was)) if was.not_after != key.not_after => {
                    say(Phrase::say("retires a key of ").and_quote(&signer.id))
                }
                Some(_) => {}
            }
        }
        if let Some(was) = old.signer(&signer.id) {
            let roles = |roles: &[Role]| roles.iter().copied().collect::<BTreeSet<_>>();
            if roles(&was.roles) != roles(&signer.roles)
                || was.max_risk != signer.max_risk
                || was.toolpacks != signer.toolpacks
            {
                say(Phrase::say("changes what ").and_quote(&signer.id).and_say(" may do"));
            }
        }
    }
    for signer in old.file.signers.iter().filter(|s| new.signer(&s.id).is_none()) {
        say(Phrase::say("drops ").and_quote(&signer.id));
    }
    if change.is_empty() {
        change = Phrase::say(format!("version {} to {}", old.file.version, new.file.version));
    }
    finding.change = change;
    finding.aspect = "trust file".into();
    finding.here(Phrase::say(format!(
        "judged with version {}; version {} is shown, not used",
        old.file.version, new.file.version
    )))
}

fn lowered(at: &impl Fn(&'static Rule, &str) -> Finding, old: &Trust, new: &Trust) -> Vec<Finding> {
    let (was, is) = (&old.file.thresholds, &new.file.thresholds);
    let mut pairs = vec![("trust files".to_owned(), "/thresholds/trust".to_owned(), was.trust, is.trust)];
    for tier in RiskTier::ALL {
        pairs.push((
            format!("{tier} tools"),
            format!("/thresholds/approvals/{tier}"),
            *was.approvals.of(tier),
            *is.approvals.of(tier),
        ));
    }
    pairs
        .into_iter()
        .filter(|(_, _, was, is)| is < was)
        .map(|(what, pointer, was, is)| {
            at(rule::THRESHOLD_LOWERED, &pointer)
                .values(Some(Node::int(was)), Some(Node::int(is)))
                .says("trust file", Phrase::say(format!("lowers approvals for {what} from {was} to {is}")))
                .here(Phrase::say(format!("{is} instead of {was} would be enough for {what}")))
        })
        .collect()
}

fn hint(trust: &Trust, weak: Weakness, severity: Severity) -> Finding {
    let place = place(TRUST_PATH, trust.line(&weak.pointer), &weak.pointer, Side::Head);
    Finding::new(weak.kind.rule(), subject(SubjectKind::Trust, TRUST_PATH), place)
        .severity(severity)
        .says("trust file", weak.here.clone())
        .here(weak.here)
}

/// What is weak about a trust file that the head does not change, or that is the first. That no owner is spare
/// is no news on each pull request of someone who works alone: `trust check` tells it, and a change does.
fn standing_hints(trust: &Trust, severity: Severity, now: Timestamp) -> Vec<Finding> {
    let weak = weaknesses(trust, now).into_iter().filter(|weak| weak.kind != Kind::NoneToSpare);
    weak.map(|weak| hint(trust, weak, severity)).collect()
}

/// First adoption: neither default branch nor base has a trust file or a lockfile.
pub fn bootstrap(head: &Keyring, pinned: bool, now: Timestamp) -> Vec<Finding> {
    let trust = head.trust;
    if pinned {
        return standing_hints(trust, Severity::Low, now);
    }
    let here = Phrase::say(format!(
        "version 1 with {} owner(s); its digest is {}",
        trust.file.signers.len(),
        trust.digest
    ));
    let mut finding = Finding::new(
        rule::BOOTSTRAP,
        subject(SubjectKind::Trust, TRUST_PATH),
        place(TRUST_PATH, 1, "", Side::Head),
    )
    .values(None, Some(Node::text(trust.digest.as_str())))
    .says("trust file", Phrase::say("the first one"))
    .here(here);
    finding.covers = Covers::Nothing;
    let mut found = vec![finding];
    found.extend(standing_hints(trust, Severity::Medium, now));
    found
}

/// What the next trust file would end in a toolpack: the subjects that stand `now` and not `then`, which is
/// the same state after the merge, judged by that file.
pub fn after_merge(now: &[SubjectState], then: &[SubjectState]) -> Option<Finding> {
    let stands = |states: &[SubjectState], subject: &Subject| {
        states.iter().any(|s| s.standing.subject == *subject && s.standing.status.serves())
    };
    let of_now = now.iter().map(|state| &state.standing.subject);
    let ended: Vec<&Subject> =
        of_now.filter(|subject| stands(now, subject) && !stands(then, subject)).collect();
    let first = ended.first()?;
    let subject = Subject {
        path: first.path.clone(),
        toolpack: first.toolpack.clone(),
        kind: SubjectKind::Toolpack,
        id: first.toolpack.clone(),
        name: first.path.clone(),
    };
    let names = || ended.iter().map(|subject| subject.name.as_str());
    let here = Phrase::say("who approved it no longer counts then: ").and(Phrase::list(names()));
    Some(
        Finding::new(rule::AFTER_MERGE, subject, place(TRUST_PATH, 1, "/signers", Side::Head))
            .values(Some(Node::texts(names())), None)
            .says("trust file", Phrase::say(format!("ends {} approvals", ended.len())))
            .here(here),
    )
}

/// The trust file that would judge is neither the pinned version nor descends from it.
pub fn not_the_pinned(breach: &chain::Breach, trust: &Trust) -> Finding {
    let (rule, here) = breach;
    Finding::new(rule, subject(SubjectKind::Trust, TRUST_PATH), place(TRUST_PATH, 1, "", Side::Base))
        .values(None, Some(Node::text(trust.digest.as_str())))
        .says("trust file", Phrase::say("not the pinned one"))
        .here(here.clone())
}

/// Judges a change of gate.yaml: signed by the owners it is acknowledged, else it is
/// [`rule::POLICY_WEAKENED`] and not in force.
pub fn gate_change(
    trusted: Option<&GateConfig>,
    base: Option<&GateConfig>,
    head: Option<&GateConfig>,
    keyring: &Keyring,
) -> Vec<Finding> {
    let same = |a: Option<&GateConfig>| a.map(|c| &c.raw) == head.map(|c| &c.raw);
    if same(trusted) || same(base) {
        return Vec::new();
    }
    let verdict = match head {
        None => Err(Phrase::say("gate.yaml is removed")),
        Some(next) => chain::gate_follows(trusted.or(base), next, keyring),
    };
    let need = u32::from(keyring.trust.file.thresholds.trust);
    let mut finding = Finding::new(
        rule::POLICY_WEAKENED,
        subject(SubjectKind::GateConfig, GATE_PATH),
        place(
            GATE_PATH,
            head.map_or(1, |h| h.raw.line),
            "",
            if head.is_some() { Side::Head } else { Side::Base },
        ),
    )
    .values(base.map(|c| Node::text(c.digest.as_str())), head.map(|c| Node::text(c.digest.as_str())))
    .covered_by(Covers::Owners);
    let what = gate_differences(trusted.or(base), head);
    finding = finding.says("gate.yaml", what);
    finding.approval = match verdict {
        Ok(()) => {
            finding = finding.here(Phrase::say("signed by the owners; in force after the merge"));
            Approval {
                state: ApprovalState::Acknowledged,
                have: need,
                need,
                signers: Vec::new(),
                reasons: Vec::new(),
            }
        }
        Err(here) => {
            finding = finding.here(here);
            Approval {
                state: ApprovalState::Missing,
                have: 0,
                need,
                signers: Vec::new(),
                reasons: Vec::new(),
            }
        }
    };
    vec![finding]
}

/// The members that differ, in our words: their names are ours once the file is read strictly.
fn gate_differences(before: Option<&GateConfig>, after: Option<&GateConfig>) -> Phrase {
    let Some(after) = after else { return Phrase::say("removed") };
    let Some(before) = before else { return Phrase::say("the first one") };
    let skip = ["version", "previous", "signatures"];
    let keys: BTreeSet<&str> = before
        .raw
        .members()
        .iter()
        .chain(after.raw.members())
        .map(|(k, _)| k.as_str())
        .filter(|k| !skip.contains(k))
        .collect();
    let changed: Vec<&str> = keys.into_iter().filter(|k| before.raw.get(k) != after.raw.get(k)).collect();
    if changed.is_empty() {
        Phrase::say("only its version")
    } else {
        Phrase::say(format!("changes {}", changed.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, trust};
    use super::*;

    #[test]
    fn that_no_owner_is_spare_is_told_where_the_trust_file_changes() {
        // alice and bob are owners.
        let old = trust(|t| t.replace("critical: 2}", "critical: 1}"));
        let new = trust(|t| {
            t.replace("  trust: 1", "  trust: 2")
                .replace("version: 1", "version: 2")
                .replace("signers:\n", &format!("previous: {0}\nroot: {0}\nsigners:\n", old.digest))
        });
        let told = |trusted: &Trust, head: &Trust| -> Vec<String> {
            let (trusted, head) = (Keyring::of("t", trusted).unwrap(), Keyring::of("t", head).unwrap());
            let sides = TrustSides {
                trusted: &trusted,
                base: None,
                head: Some(&head),
                base_is_default: true,
                now: at(0),
            };
            let found = trust_change(&sides);
            let of_quorum = found.iter().filter(|f| f.rule == rule::QUORUM_UNREACHABLE);
            of_quorum.map(|f| format!("{:?} {} {}", f.severity, f.place.pointer, f.here.plain())).collect()
        };
        assert_eq!(
            told(&old, &new),
            [
                "Medium /thresholds/trust the next trust file needs 2 of 2 owners: one lost key, and it can't be changed any more"
            ]
        );
        assert_eq!(told(&new, &new), [""; 0]);
    }
}
