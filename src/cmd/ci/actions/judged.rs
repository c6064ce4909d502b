//! What a step judges: an event and its inputs in, a report or why there is none out.

use std::sync::Arc;

use super::around::Around;
use super::refs::{Resolved, resolve};
use super::server::Server;
use super::stage2;
use crate::cmd::ci::args::{Args, Task};
use crate::cmd::ci::whole;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::github::event::{Pull, WorkflowRun};
use crate::github::inputs::Mode;
use crate::github::place::Place;
use crate::github::sides::{Head, Sides, Stop, sides, without_checkout};
use crate::io::git::Repo;
use crate::io::github::Api;
use crate::model::report::{Publication, Report};

/// What a run came to.
pub enum Judged {
    /// A report.
    Report(Box<Report>),
    /// There is nothing to judge: why.
    Skipped(&'static str),
}

/// What a run came to, and where that is told.
pub struct Run {
    /// What, or why nothing could be judged.
    pub judged: Result<Judged, Failed>,
    /// Where; none before the sides are known.
    pub place: Option<Place>,
    /// The pull request, where it has to be looked at again before anything is posted on it.
    pub posted_late: Option<Pull>,
}

/// Both sides, judged.
pub fn judge(args: &Args, around: &Around, api: Option<&Arc<Api>>, ctx: &mut Ctx) -> Run {
    let mut run = Run { judged: Ok(Judged::Skipped("")), place: None, posted_late: None };
    run.judged = judged(args, around, api, ctx, &mut run);
    run
}

fn judged(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
    ctx: &mut Ctx,
    run: &mut Run,
) -> Result<Judged, Failed> {
    let inputs = &around.inputs;
    let named = |input: &Option<String>, option: &Option<String>| {
        input.clone().or_else(|| option.clone().filter(|name| name != "HEAD"))
    };
    let (base, head) = (named(&inputs.base_ref, &args.base_ref), named(&inputs.head_ref, &args.head_ref));
    let sides = match sides(&around.payload, base.as_deref(), head.as_deref()) {
        Ok(sides) => sides,
        Err(Stop::Skipped(why)) => return Ok(Judged::Skipped(why)),
        Err(Stop::Find(run)) if inputs.mode == Mode::Comment => match pull_of(around, api, &run)? {
            Some(pull) => without_checkout(&pull),
            None => return Ok(Judged::Skipped(stage2::NOT_ONE)),
        },
        Err(stop) => return Err(stopped(stop, around)),
    };
    run.place = Some(around.place(&sides, None, None));
    run.posted_late = sides.pull.clone().filter(|_| matches!(sides.head, Head::Remote { .. }));
    let server = Server::of(around, clone(&sides, ctx)?, api.cloned());
    let Resolved { refs, notes, merge } = resolve(&sides, around, &server)?;
    let place = around.place(&sides, refs.files.commit(), merge.as_ref());
    let publication = Publication {
        server: around.server.clone(),
        repository: around.repository.clone(),
        // The merge goes away with the pull request; the tip of its branch stays.
        head: place.pull.as_ref().map_or(&place.head_sha, |pull| &pull.head_sha).clone(),
        run_url: around.run_url(),
        marker: None,
    };
    run.place = Some(place);
    let task = if inputs.mode == Mode::Drift { Task::Drift } else { Task::Change };
    let author = args.author.clone().or_else(|| sides.author.clone());
    let args = Args { task, author, head_ref: None, ..args.clone() };
    let mut report = whole::report(&args, &refs, ctx)?;
    report.notes.extend(notes);
    report.publication = publication;
    if report.packs.is_empty() && report.findings.is_empty() {
        return nothing(inputs.require_toolpack, report);
    }
    Ok(Judged::Report(Box::new(report)))
}

/// No toolpack on either side, and nothing to say of what stands beside them.
fn nothing(is_required: bool, report: Report) -> Result<Judged, Failed> {
    match is_required {
        true => Err(Failed::new("input", "this change", "there is no toolpack on either side")
            .why("the input require-toolpack is true")
            .hint("cask init, and commit what it writes")),
        false if report.trust.is_none() => Ok(Judged::Skipped("no toolpack on either side")),
        false => Ok(Judged::Report(Box::new(report))),
    }
}

/// The pull request of a run that ended.
fn pull_of(around: &Around, api: Option<&Arc<Api>>, run: &WorkflowRun) -> Result<Option<Pull>, Failed> {
    let api = api.ok_or_else(|| {
        Failed::new("usage", "mode comment", "it reads by the API, and there is no token")
            .hint("with:  token: ${{ github.token }}")
    })?;
    stage2::find(api, around.slug(), run)
}

/// The clone; none where the head may only be read as data, by a run that has more rights than its author.
fn clone(sides: &Sides, ctx: &Ctx) -> Result<Option<Repo>, Failed> {
    let repo = Repo::discover(&ctx.cwd)?;
    let Head::Remote { tip, merge } = &sides.head else {
        return repo.map(Some).ok_or_else(|| {
            Failed::new("git", "the workspace", "there is no checkout in it")
                .hint("a step with  actions/checkout  before this one")
        });
    };
    if let Some(repo) = repo
        && let Some(head) = repo.head()?
    {
        let is = |name: &str| name == head.as_str();
        let parents = repo.commit_parents(&head)?;
        if is(tip) || merge.as_deref().is_some_and(is) || parents.iter().any(|parent| parent.as_str() == tip)
        {
            return Err(Failed::new("usage", "the workspace", "the pull request is checked out in it")
                .why("this workflow runs with the rights of the default branch, and steps would run the files of a stranger")
                .hint("take  actions/checkout  out of this workflow: cask reads both sides by the API"));
        }
    }
    Ok(None)
}

fn stopped(stop: Stop, around: &Around) -> Failed {
    match stop {
        Stop::Refused(input) => {
            Failed::new("usage", format!("the input {input}"), "a pull request has its own sides")
                .why(format!(
                    "the event is {}: a workflow that could name them would name what suits it",
                    around.event
                ))
                .hint(format!("take {input} out of the workflow"))
        }
        Stop::Unsupported => {
            Failed::new("usage", "this event", format!("nobody knows which sides {:?} has", around.event))
                .hint("run on pull_request, merge_group, push, schedule or workflow_dispatch")
                .hint("or name both:  base-ref  and  head-ref")
        }
        Stop::Find(_) => {
            Failed::new("usage", "this event", "a run that ended is reported in mode comment only")
                .hint("with:  mode: comment")
        }
        Stop::Skipped(why) => Failed::new("usage", "this event", why),
    }
}
