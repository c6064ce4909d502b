//! The parts of a run in, its one report out: the same whether all was judged in one place or on many machines.

use super::drift::Drift;
use super::part::{Pack, Part, Rest};
use super::run::{Asked, Run};
use crate::canon::time::Timestamp;
use crate::cmd::beside;
use crate::cmd::failed::Failed;
use crate::cmd::judging::tell;
use crate::cmd::options::{ReportArgs, usual_fail_on};
use crate::cmd::sources;
use crate::diff::{across, shadows};
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report};
use crate::model::risk::RiskTier;
use crate::model::trust::Trust;
use crate::sign::key::PublicKey;

/// All parts of a run.
pub struct Parts {
    /// The parts; together they have every toolpack once, and one of them says the rest.
    pub parts: Vec<Part>,
    /// What several toolpacks come to together, where all were judged in one place.
    pub told: Vec<(usize, Finding)>,
    /// The clock.
    pub now: Timestamp,
    /// What is asked beside that, where the report is made: of two words the stricter counts.
    pub asked: Asked,
}

/// Makes the one report.
///
/// # Errors
/// No part, none that says what belongs to no toolpack, or what no part could look at.
pub fn unite(all: Parts) -> Result<Report, Failed> {
    let (mut run, mut rest, mut packs) = (None, None, Vec::new());
    for part in all.parts {
        packs.extend(part.packs);
        rest = rest.or(part.rest);
        run = run.or(Some(part.run));
    }
    let (Some(run), Some(rest)) = (run, rest) else {
        return Err(Failed::new("input", "the parts", "none of them says what belongs to no toolpack"));
    };
    packs.sort_by_key(|pack: &Pack| pack.at);
    united(run, rest, packs, all.told, (all.now, all.asked))
}

fn united(
    run: Run,
    rest: Rest,
    packs: Vec<Pack>,
    mut told: Vec<(usize, Finding)>,
    (now, asked): (Timestamp, Asked),
) -> Result<Report, Failed> {
    let configured = run.gate.as_ref().map(|gate| &gate.file.file);
    let gate = configured.cloned().unwrap_or_default();
    let options = ReportArgs {
        fail_on: run.asked.fail_on.max(asked.fail_on),
        min_risk: [run.asked.min_risk, asked.min_risk].into_iter().flatten().min(),
        ..ReportArgs::default()
    };
    let (mut flows, mut names, mut drifted, mut after) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut judged: Vec<JudgedPack> = Vec::new();
    for pack in packs {
        if let Some(together) = pack.together {
            flows.push(together.flow);
            names.push(together.names);
        }
        judged.push(pack.judged);
        drifted.push(pack.drifted);
        after.extend(pack.after_merge);
    }
    told.extend(across::told(&flows).into_iter().chain(shadows::told(&names)));
    tell(&mut judged, told);
    let drift = Drift::add(&gate.drift, drifted, &rest.nobody, &mut judged)?;
    judged.extend(rest.stayed);
    let (looked_at, not_looked_at, is_empty) =
        (rest.beside.looked_at.clone(), rest.beside.not_looked_at.clone(), rest.beside.is_empty);
    let mut repository = rest.repository;
    repository.extend(beside::changes(rest.beside, &judged)?);
    repository.extend(after);
    let trust = run.trust.as_ref();
    let mut report = judge(Input {
        command: "ci",
        gate: &gate,
        fail_on: options.fail_on(configured, usual_fail_on("ci")),
        min_risk: trust.map_or(RiskTier::Safe, |_| options.min_risk(configured)),
        packs: judged,
        repository,
        trust: trust.map(|trust| &trust.file),
        trust_used: trust.map(|trust| {
            sources::trust_of(&trust.file, (&trust.source, trust.anchored), now, trust.head_version)
        }),
        gate_source: run.gate.as_ref().map(|gate| (gate.source.clone(), gate.file.digest.clone())),
        base: run.base.clone(),
        head: run.head.clone(),
        publication: Publication::default(),
        now,
        base_name: run.base_name.clone(),
    });
    match trust {
        Some(trust) => {
            describe(&mut report, &run, &trust.file, rest.uncommitted);
            drift.tell(&mut report);
        }
        None => report.notes.push(Phrase::say(match is_empty {
            true => "no toolpack on either side: there is nothing to judge",
            false => "no toolpack on either side: judged was what stands beside them",
        })),
    }
    report.looked_at.extend(looked_at);
    report.not_looked_at.extend(not_looked_at);
    report.notes.extend(rest.notes);
    Ok(report)
}

/// What was looked at, what was not, and what else is to be known.
fn describe(report: &mut Report, run: &Run, trust: &Trust, uncommitted: usize) {
    let tools: usize = report.packs.iter().map(|p| p.tools).sum();
    let same = report.counts.tools_unchanged;
    report.looked_at.push(Phrase::say(format!("{tools} tools ({same} unchanged)")));
    report.looked_at.extend(["policy", "toolsets", "hosts", "trust file"].map(Phrase::say));
    report.not_looked_at.push(Phrase::say("the live API"));
    if let Some(why) = &run.gate_ignored {
        report.notes.push(Phrase::say("gate.yaml is ignored: ").and(why.clone()));
    }
    if run.asked.author.is_none() && !trust.file.rules.author_may_approve {
        report.notes.push(Phrase::say("author rule not evaluated: who opened the change is not known here"));
    }
    if uncommitted > 0 {
        report.notes.push(Phrase::say(match uncommitted {
            1 => "1 uncommitted change is told, not judged: commit it first".to_owned(),
            _ => format!("{uncommitted} uncommitted changes are told, not judged: commit them first"),
        }));
    }
    if run.bootstrap {
        for signer in &trust.file.signers {
            for key in &signer.keys {
                if let Ok(public) = PublicKey::parse(key.kind, &key.public_key) {
                    report.owners_to_confirm.push((signer.id.clone(), signer.max_risk, public.fingerprint()));
                }
            }
        }
        report.pin = Some(trust.digest.clone());
    }
}
