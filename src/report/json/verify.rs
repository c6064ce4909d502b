//! What was verified, as members of `cask.report/1`.

use super::shape::{Candidate, Check, Checks, Section, Signals, Strictness, Traced, VerifiedPack, Verify};
use crate::model::verified as model;
use crate::model::verified::State;

/// All of it. Of checks those that did not pass; how many there were is counted.
pub fn shown(verified: &model::Verified) -> Verify<'_> {
    let how = &verified.how;
    Verify {
        modes: verified.asked.iter().map(|section| section.word()).collect(),
        config: Strictness {
            strict: how.strict,
            top_k: how.top_k,
            min_confidence: how.min_confidence,
            unknown_budget: how.unknown_budget,
        },
        toolpacks: verified.packs.iter().map(pack).collect(),
    }
}

fn pack(pack: &model::VerifiedPack) -> VerifiedPack<'_> {
    VerifiedPack {
        id: &pack.id,
        path: &pack.path,
        governance_mode: pack.governance.word(),
        status: word(pack.state()),
        sections: pack.sections.iter().map(section).collect(),
    }
}

fn section(own: &model::SectionReport) -> Section<'_> {
    let open = own.checks.iter().filter(|check| check.state != State::Pass);
    Section {
        mode: own.section.word(),
        status: word(own.state),
        why: (!own.why.is_empty()).then(|| own.why.plain()),
        file: own.file.as_deref(),
        counts: Checks {
            pass: own.count(State::Pass),
            fail: own.count(State::Fail),
            unknown: own.count(State::Unknown),
            skipped: own.count(State::Skipped),
        },
        checks: open.map(check).collect(),
        basis: own.basis,
        results: own.traced.iter().map(traced).collect(),
    }
}

/// One check.
pub fn check(own: &model::Check) -> Check<'_> {
    Check { subject: &own.subject, check: own.what, status: word(own.state), message: own.why.plain() }
}

/// One assertion about a page.
pub fn traced(own: &model::Traced) -> Traced<'_> {
    Traced {
        assertion_name: &own.name,
        status: word(own.state),
        top_candidates: own.candidates.iter().map(candidate).collect(),
        notes: own.note.plain(),
    }
}

fn candidate(own: &model::Candidate) -> Candidate<'_> {
    let [timing, content_match, shape_match, repetition] = own.signals;
    Candidate {
        tool_id: &own.tool,
        request_fingerprint: &own.request,
        score: own.score,
        source_kind: if own.is_response { "http_response" } else { "local_state" },
        signals: Signals { timing, content_match, shape_match, repetition },
        evidence_refs: &own.evidence,
    }
}

/// The word in JSON.
pub fn word(state: State) -> &'static str {
    match state {
        State::NotRun => "not-run",
        other => other.word(),
    }
}
