//! A check run of its own, with annotations beside lines.

use super::work::{Work, halving};
use crate::github::checks::{Annotation, Batch, Loud, batches, conclusion};
use crate::github::marker;
use crate::github::refused::Refused;
use crate::io::github::CheckRun;
use crate::model::report::Verdict;
use crate::report::annotations::{self, Kind};
use crate::report::github_md;
use crate::report::view::View;
use crate::report::words;

/// Begins a run or finds the one of this job, and ends it; its address.
///
/// # Errors
/// It was not ended.
pub fn send(work: &Work) -> Result<Option<String>, Refused> {
    let (slug, sha) = (work.slug(), work.shown_on());
    let mode = match work.report.command {
        own @ ("drift" | "verify" | "lint") => own,
        _ => "gate",
    };
    let name = format!("cask / {mode}");
    let external = marker::id(work.place);
    let ours = |run: &CheckRun| run.external_id.as_deref() == Some(external.as_str());
    let there = work.api.checks(slug, sha, &name)?.into_iter().filter(ours).max_by_key(|run| run.id);
    let run = match there {
        Some(run) => run,
        None => work.api.create_check(slug, sha, &name, &external)?,
    };
    let ended = halving(github_md::BUDGET, |budget| {
        let mut there = run.annotations();
        let mut ended = run.clone();
        for batch in parts(work, budget, there) {
            there += batch.output.annotations.len();
            ended = work.api.update_check(slug, run.id, &batch, there)?;
        }
        Ok(ended)
    })?;
    Ok(ended.html_url)
}

fn parts(work: &Work, budget: usize, there: usize) -> Vec<Batch> {
    let report = work.report;
    let title = format!("{}: {}", words::verdict(report), words::title(report, &View::of(report)));
    let summary = github_md::below(report, &work.style(), budget);
    let told = if report.verdict == Verdict::Error { Vec::new() } else { annotations::all(report) };
    let annotation = |told: annotations::Told| {
        let (path, line) = told.place?;
        let loud = match told.kind {
            Kind::Error => Loud::Failure,
            Kind::Warning => Loud::Warning,
            Kind::Notice => Loud::Notice,
        };
        Some(Annotation::new(&path, line, loud, &told.title, &told.text))
    };
    let all = told.into_iter().filter_map(annotation).collect();
    batches(&title, &summary, conclusion(report), all, there)
}
