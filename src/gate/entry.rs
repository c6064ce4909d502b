//! Whether a lockfile entry says what follows from the artifacts, and what its approvals come to.

use std::cmp::Reverse;

use super::sides::Naming;
use super::subjects::Subjects;
use crate::canon::Node;
use crate::model::finding::{Finding, Subject};
use crate::model::gate_config::GateFile;
use crate::model::lockfile::{Approval, Decision, Status, ToolEntry};
use crate::model::phrase::Phrase;
use crate::model::report::Standing;
use crate::model::risk::RiskTier;
use crate::model::subject_state::SubjectState;
use crate::model::tool::Tool;
use crate::rules::{Rule, Severity, gate, lock, sig};
use crate::sign::ground::{Base, Ground, SignedSubject};
use crate::sign::verify::{Verdict, verify};

/// An entry of the lockfile as the judgement needs it: the same for tools and the surface.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    /// The digest that it wrote.
    pub digest: &'a str,
    /// The status that it claims.
    pub status: Status,
    /// The tier that it claims.
    pub tier: RiskTier,
    /// Its approvals.
    pub approvals: &'a [Approval],
}

/// Judges subjects of one toolpack.
pub struct EntryJudge<'a> {
    /// Names and places.
    pub naming: Naming<'a>,
    /// What verdicts rest on.
    pub ground: &'a Ground<'a>,
    /// The gate's configuration.
    pub gate: &'a GateFile,
    /// The head's subjects.
    pub subjects: &'a Subjects,
    /// Whether the head changed the toolpack.
    pub touched: bool,
}

impl EntryJudge<'_> {
    /// Judges a tool by its entry.
    pub fn tool(&self, tool: &Tool, signed: &SignedSubject, entry: Option<&ToolEntry>) -> SubjectState {
        let subject = self.naming.tool(&tool.id, &tool.name);
        let written = entry.map(|e| Written {
            digest: &e.digest,
            status: e.status,
            tier: e.risk_tier,
            approvals: &e.approvals,
        });
        let mut state = self.judge(
            subject,
            signed,
            written,
            &format!("{} {}{}", tool.method, tool.host, tool.full_path()),
        );
        let is_of_this_state = |e: &&ToolEntry| e.digest == signed.digest || state.standing.status.serves();
        if let Some(entry) = entry.filter(is_of_this_state) {
            let serves = state.standing.status.serves();
            state.problems.extend(self.forged_fields(tool, signed, entry, serves));
        }
        if self.subjects.is_understated(tool) {
            state.problems.push(understated(tool, signed, self.subjects, &self.naming));
        }
        state
    }

    /// Judges the surface by its entry.
    pub fn surface(&self, signed: &SignedSubject, written: Option<Written>) -> SubjectState {
        let mut state =
            self.judge(self.naming.surface(), signed, written, "policy, toolsets, hosts, baseline");
        let is_of_this_state = |w: &Written| w.digest == signed.digest || state.standing.status.serves();
        if let Some(entry) = written.filter(|w| is_of_this_state(w) && w.tier != signed.tier) {
            let here = Phrase::say(format!("risk_tier says {}, it is {}", entry.tier, signed.tier));
            let place = self.naming.in_lock(&signed.id, "risk_tier");
            let forged = Finding::new(lock::ENTRY_FORGED, self.naming.surface(), place).risk(signed.tier);
            state.problems.push(forged.says("lockfile entry", here.clone()).here(here));
        }
        state
    }

    fn judge(
        &self,
        subject: Subject,
        signed: &SignedSubject,
        written: Option<Written>,
        target: &str,
    ) -> SubjectState {
        let approvals = written.map_or(&[][..], |w| w.approvals);
        let verdict = verify(signed, written.map(|w| w.digest), approvals, self.ground);
        let mut problems = self.problems(&subject, signed, written, &verdict);
        problems.extend(self.forged_digest(&subject, signed, written, &verdict));
        if self.is_overtaken(&verdict, approvals) {
            for problem in &mut problems {
                problem.severity = problem.severity.min(Severity::Medium);
            }
        }
        problems.sort_by_key(|problem| Reverse(problem.severity));
        let note = match problems.first() {
            Some(problem) if !verdict.status.serves() => Phrase::say(problem.rule.title),
            _ => Phrase::default(),
        };
        let refused = verdict.refusals.iter().filter(|r| r.rule != sig::IGNORED).count();
        SubjectState {
            standing: Standing {
                subject,
                tier: signed.tier,
                status: verdict.status,
                have: verdict.have,
                need: verdict.need,
                signers: verdict.signers.keys().cloned().collect(),
                until: verdict.until,
                note,
                target: target.to_owned(),
            },
            problems,
            genuine: verdict.genuine.len(),
            refused,
        }
    }

    /// The written digest of a subject whose approvals hold over another one: who reads the entry, or tells a
    /// stale approval from a forged one by it, is misled.
    fn forged_digest(
        &self,
        subject: &Subject,
        signed: &SignedSubject,
        written: Option<Written>,
        verdict: &Verdict,
    ) -> Option<Finding> {
        let written = written.filter(|w| verdict.status.serves() && w.digest != signed.digest)?;
        let here = Phrase::say("digest says ")
            .and_quote(written.digest)
            .and_say(", it is ")
            .and_quote(&signed.digest);
        let place = self.naming.in_lock(&signed.id, "digest");
        let values = (Some(Node::text(signed.digest.as_str())), Some(Node::text(written.digest)));
        Some(
            Finding::new(lock::ENTRY_FORGED, subject.clone(), place)
                .risk(signed.tier)
                .values(values.0, values.1)
                .says("lockfile entry", here.clone())
                .here(here),
        )
    }

    /// On a pull request, what only time or the trust file ended in a toolpack that the head does not touch
    /// must not stop unrelated work: scheduled runs fail, and `run` denies.
    fn is_overtaken(&self, verdict: &Verdict, approvals: &[Approval]) -> bool {
        let on_base = matches!(self.ground.base, Base::Known(_));
        let all_there = !approvals.is_empty() && verdict.refusals.iter().all(|r| r.ended);
        let counted_on_base = verdict.counted.len() + verdict.refusals.len() >= approvals.len();
        !self.touched
            && on_base
            && !verdict.status.serves()
            && verdict.rejection.is_none()
            && all_there
            && counted_on_base
    }

    /// Whether the head gave the subject another content than the base has.
    fn is_changed(&self, signed: &SignedSubject) -> bool {
        matches!(self.ground.base, Base::Known(_))
            && self.ground.base_of(&signed.id).digest.as_deref() != Some(&signed.digest)
    }

    fn problems(
        &self,
        subject: &Subject,
        signed: &SignedSubject,
        written: Option<Written>,
        verdict: &Verdict,
    ) -> Vec<Finding> {
        let id = &signed.id;
        let at = |rule: &'static Rule, member: &str, here: Phrase| {
            Finding::new(rule, subject.clone(), self.naming.in_lock(id, member))
                .risk(signed.tier)
                .says("approval", here.clone())
                .here(here)
        };
        let mut found: Vec<Finding> = verdict
            .refusals
            .iter()
            .map(|r| at(r.rule, &format!("approvals/{}", r.index), r.here.clone()))
            .collect();
        let Some(written) = written else {
            found.push(at(gate::UNAPPROVED, "", Phrase::say("the lockfile has no entry for it")));
            return found;
        };
        let claims = written.status.serves();
        let says_yes = |a: &&Approval| matches!(a.decision, Decision::Approve | Decision::Exempt);
        if claims && !written.approvals.iter().any(|a| says_yes(&a)) {
            let here = Phrase::say(format!("the entry says {} and nobody has signed it", written.status));
            found.push(at(sig::MISSING, "status", here));
        }
        match verdict.status {
            Status::Approved => found.extend(self.notices(&at, signed, written, verdict)),
            Status::Exempted => {
                let here = match verdict.until {
                    Some(end) => Phrase::say(format!("let in by an owner until {}", end.date())),
                    None => Phrase::say("let in by an owner"),
                };
                let mut exempted = at(gate::EXEMPTED, "approvals", here);
                exempted.ends = verdict.until;
                found.push(exempted);
            }
            Status::Rejected => {
                let reason = verdict.rejection.clone().unwrap_or_default();
                let here = match reason.is_empty() {
                    true => Phrase::say("somebody refused this very state"),
                    false => Phrase::say("refused: ").and_quote(reason),
                };
                let severity = if self.is_changed(signed) { Severity::High } else { Severity::Medium };
                found.push(at(gate::REJECTED_PRESENT, "approvals", here).severity(severity));
                if verdict.dropped_rejection {
                    found.push(at(
                        lock::DOWNGRADED,
                        "approvals",
                        Phrase::say("the refusal that the base branch has is gone here"),
                    ));
                }
            }
            Status::Pending => found.extend(self.pending(&at, verdict, &found)),
        }
        found
    }

    /// Why a subject is pending, beyond what its refusals say.
    fn pending(
        &self,
        at: &impl Fn(&'static Rule, &str, Phrase) -> Finding,
        verdict: &Verdict,
        so_far: &[Finding],
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some(person) = &verdict.same_principal {
            let here = Phrase::quote(person).and_say(" signed more than once, which counts once");
            found.push(at(gate::SAME_PRINCIPAL_TWICE, "approvals", here));
        }
        if verdict.have >= verdict.need && !verdict.unnamed.is_empty() {
            let here = Phrase::say("nobody has signed it for ").and(Phrase::list(&verdict.unnamed));
            found.push(at(gate::SCOPE_MISMATCH, "toolsets", here));
        } else if verdict.have > 0 {
            let here = Phrase::say(format!("{} of {} people have signed", verdict.have, verdict.need));
            found.push(at(gate::QUORUM_NOT_MET, "approvals", here));
        } else if !so_far.iter().any(|f| f.severity >= Severity::High) {
            let here = Phrase::say(format!("0 of {} people have signed", verdict.need));
            found.push(at(gate::UNAPPROVED, "approvals", here));
        }
        found
    }

    /// What is to be said about a subject that is approved.
    fn notices(
        &self,
        at: &impl Fn(&'static Rule, &str, Phrase) -> Finding,
        signed: &SignedSubject,
        written: Written,
        verdict: &Verdict,
    ) -> Vec<Finding> {
        let config = &self.gate.approvals;
        let mut found = Vec::new();
        if let Some(end) = verdict.until
            && end <= self.ground.now.plus_days(i64::from(config.warn_days))
        {
            let mut expiring = at(
                gate::EXPIRING,
                "approvals",
                Phrase::say(format!("ends on {}; after that the gate blocks", end.date())),
            );
            expiring.ends = Some(end);
            found.push(expiring);
        }
        let counted = verdict.counted.iter().map(|&i| (i, &written.approvals[i]));
        for (i, approval) in counted {
            let who = || Phrase::say("the approval by ").and_quote(&approval.signer);
            let longest = self
                .gate
                .approvals
                .max_days
                .get(&signed.tier)
                .map(|days| approval.signed_at.plus_days(i64::from(*days)));
            if let (Some(longest), Some(end)) = (longest, approval.expires_at)
                && end > longest
            {
                let here = who().and_say(format!(" runs to {}, allowed is {}", end.date(), longest.date()));
                found.push(at(gate::LIFETIME_TOO_LONG, &format!("approvals/{i}"), here));
            }
            if config.reason_required.contains(&signed.tier) && approval.reason.trim().is_empty() {
                let here = who().and_say(format!(" gives no reason; tier {} asks for one", signed.tier));
                found.push(at(gate::REASON_MISSING, &format!("approvals/{i}"), here));
            }
        }
        found
    }

    /// Fields of an entry that readers believe and that disagree with what is verified. Only an entry of this
    /// very state is asked (by its digest, or by approvals that hold): one of an earlier state describes that.
    fn forged_fields(
        &self,
        tool: &Tool,
        signed: &SignedSubject,
        entry: &ToolEntry,
        serves: bool,
    ) -> Vec<Finding> {
        let base_sets = self.ground.base_of(&tool.id).toolsets;
        let extra: Vec<&String> = entry
            .toolsets
            .iter()
            .filter(|s| !signed.toolsets.contains(s) && !base_sets.contains(s))
            .collect();
        let path = tool.full_path();
        let mut wrong: Vec<(&str, String, String)> = [
            ("name", &entry.name, &tool.name),
            ("method", &entry.method, &tool.method),
            ("host", &entry.host, &tool.host),
            ("path", &entry.path, &path),
        ]
        .into_iter()
        .filter(|(_, said, is)| said != is)
        .map(|(member, said, is)| (member, said.clone(), is.clone()))
        .collect();
        if entry.risk_tier != signed.tier && entry.risk_tier != tool.tier {
            wrong.push(("risk_tier", entry.risk_tier.to_string(), signed.tier.to_string()));
        }
        // Where it is not served in a set, the missing approval says so already.
        let hides = serves && signed.toolsets.iter().any(|s| !entry.toolsets.contains(s));
        if !extra.is_empty() || hides {
            wrong.push(("toolsets", entry.toolsets.join(", "), signed.toolsets.join(", ")));
        }
        wrong
            .into_iter()
            .map(|(member, said, is)| {
                let here =
                    Phrase::say(member).and_say(" says ").and_quote(&said).and_say(", it is ").and_quote(&is);
                let subject = self.naming.tool(&tool.id, &tool.name);
                Finding::new(lock::ENTRY_FORGED, subject, self.naming.in_lock(&tool.id, member))
                    .risk(signed.tier)
                    .values(Some(Node::text(is)), Some(Node::text(said)))
                    .says("lockfile entry", here.clone())
                    .here(here)
            })
            .collect()
    }
}

/// The manifest's tier is below the computed one. Where the base approved this very content, a new
/// classifier must not start a storm.
pub fn understated(tool: &Tool, signed: &SignedSubject, subjects: &Subjects, naming: &Naming) -> Finding {
    let computed = subjects.tools.get(&tool.id).map_or(signed.tier, |s| s.tier);
    // Settled by the base: then the declared tier is the one that approvals are measured by.
    let settled = signed.tier < computed;
    let here = Phrase::say(format!("tools.json says {}, the rules compute {computed}", tool.tier));
    let mut finding = Finding::new(
        gate::RISK_UNDERSTATED,
        naming.tool(&tool.id, &tool.name),
        naming.in_manifest(tool, "risk_tier"),
    )
    .risk(signed.tier)
    .severity(if settled { Severity::Medium } else { Severity::High })
    .values(Some(Node::text(computed.word())), Some(Node::text(tool.tier.word())))
    .says("risk", here.clone())
    .here(here);
    for reason in subjects.assessed.get(&tool.id).map(|a| a.reasons.as_slice()).unwrap_or_default() {
        if reason.tier > tool.tier {
            finding = finding.why(Phrase::quote(&reason.because));
        }
    }
    finding
}
