//! What a step judges: an event and its inputs in, a report or why there is none out.

use std::sync::Arc;

use super::around::Around;
use super::refs::{Resolved, resolve};
use super::server::Server;
use super::stage2;
use crate::cmd::change::Refs;
use crate::cmd::ci::args::{Args, Task};
use crate::cmd::ci::whole;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::handed::part::Part;
use crate::cmd::handed::shard::Shard;
use crate::github::event::{Pull, WorkflowRun};
use crate::github::inputs::Mode;
use crate::github::place::Place;
use crate::github::sides::{Head, Sides, Stop, sides, without_checkout};
use crate::io::git::Repo;
use crate::io::github::Api;
use crate::io::oid::Oid;
use crate::model::command::Here;
use crate::model::phrase::Phrase;
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
    /// Where.
    pub to: Destination,
}

/// Where a run is told.
#[derive(Default)]
pub struct Destination {
    /// None before the sides are known.
    pub place: Option<Place>,
    /// The pull request, where it has to be looked at again before anything is posted on it.
    pub posted_late: Option<Pull>,
}

/// Both sides, judged.
pub fn judge(args: &Args, around: &Around, api: Option<&Arc<Api>>, ctx: &mut Ctx) -> Run {
    let mut to = Destination::default();
    Run { judged: judged(args, around, api, ctx, &mut to), to }
}

fn judged(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
    ctx: &mut Ctx,
    to: &mut Destination,
) -> Result<Judged, Failed> {
    let Ready { args, refs, notes, publication } = match ready(args, around, api, ctx, to)? {
        Ok(ready) => ready,
        Err(why) => return Ok(Judged::Skipped(why)),
    };
    let mut report = whole::report(&args, &refs, ctx)?;
    report.notes.extend(notes);
    report.publication = publication;
    looked(around, report)
}

/// One part of both sides, judged; what a reader should know of how they were found goes with the part that says what
/// belongs to no toolpack.
///
/// # Errors
/// Whatever kept it from judging; an event of which nothing is judged is one.
pub fn part(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
    ctx: &mut Ctx,
    shard: Shard,
) -> Result<Part, Failed> {
    let Ready { args, refs, notes, .. } = ready(args, around, api, ctx, &mut Destination::default())?
        .map_err(|why| Failed::new("usage", "this event", format!("nothing of it is judged: {why}")))?;
    let mut part = whole::part(&args, &refs, ctx, shard)?;
    part.rest.iter_mut().for_each(|rest| rest.notes.clone_from(&notes));
    Ok(part)
}

/// What was judged in parts, as one report of this event.
pub fn from_parts(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
    make: impl FnOnce() -> Result<Report, Failed>,
) -> Run {
    let mut to = Destination::default();
    let judged = found(args, around, api).and_then(|found| {
        let sides = match found {
            Ok(sides) => sides,
            Err(why) => return Ok(Judged::Skipped(why)),
        };
        to.place = Some(around.place(&sides, None, None));
        to.posted_late = posted_late(&sides);
        let mut report = make()?;
        let judged = report.head.commit.as_deref().and_then(Oid::parse);
        let tip = sides.pull.as_ref().map(|pull| pull.head.sha.as_str());
        let merge = judged.clone().filter(|oid| tip.is_some_and(|tip| tip != oid.as_str()));
        let place = around.place(&sides, judged.as_ref(), merge.as_ref());
        report.publication = publication(around, &place);
        to.place = Some(place);
        looked(around, report)
    });
    Run { judged, to }
}

/// The sides of the event; or why nothing of it is judged.
fn found(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
) -> Result<Result<Sides, &'static str>, Failed> {
    let inputs = &around.inputs;
    let named = |input: &Option<String>, option: &Option<String>| {
        input.clone().or_else(|| option.clone().filter(|name| name != "HEAD"))
    };
    let (base, head) = (named(&inputs.base_ref, &args.base_ref), named(&inputs.head_ref, &args.head_ref));
    match sides(&around.payload, base.as_deref(), head.as_deref()) {
        Ok(sides) => Ok(Ok(sides)),
        Err(Stop::Skipped(why)) => Ok(Err(why)),
        Err(Stop::Find(run)) if inputs.mode == Mode::Comment => {
            Ok(pull_of(around, api, &run)?.map(|pull| without_checkout(&pull)).ok_or(stage2::NOT_ONE))
        }
        Err(stop) => Err(stopped(stop, around)),
    }
}

fn posted_late(sides: &Sides) -> Option<Pull> {
    sides.pull.clone().filter(|_| matches!(sides.head, Head::Remote { .. }))
}

fn publication(around: &Around, place: &Place) -> Publication {
    Publication {
        server: around.server.clone(),
        repository: around.repository.clone(),
        // The merge goes away with the pull request; the tip of its branch stays.
        head: place.pull.as_ref().map_or(&place.head_sha, |pull| &pull.head_sha).clone(),
        run_url: around.run_url(),
        marker: None,
        // It is read on a page: who follows it has the whole repository before them.
        reader: Here::default(),
    }
}

/// A report, if there is anything that it is about.
fn looked(around: &Around, report: Report) -> Result<Judged, Failed> {
    let is_required = around.inputs.require_toolpack;
    if report.packs.is_empty() && (is_required || report.findings.is_empty()) {
        return nothing(is_required, report);
    }
    Ok(Judged::Report(Box::new(report)))
}

/// Both sides, found.
struct Ready {
    args: Args,
    refs: Refs,
    notes: Vec<Phrase>,
    publication: Publication,
}

/// Finds both sides; or says why nothing of the event is judged.
fn ready(
    args: &Args,
    around: &Around,
    api: Option<&Arc<Api>>,
    ctx: &mut Ctx,
    to: &mut Destination,
) -> Result<Result<Ready, &'static str>, Failed> {
    let inputs = &around.inputs;
    let sides = match found(args, around, api)? {
        Ok(sides) => sides,
        Err(why) => return Ok(Err(why)),
    };
    to.place = Some(around.place(&sides, None, None));
    to.posted_late = posted_late(&sides);
    let server = Server::of(around, clone(&sides, ctx)?, api.cloned());
    let Resolved { refs, notes, merge } = resolve(&sides, around, &server)?;
    let place = around.place(&sides, refs.files.commit(), merge.as_ref());
    let publication = publication(around, &place);
    to.place = Some(place);
    let task = match inputs.mode {
        Mode::Gate | Mode::Comment => Task::Change,
        Mode::Drift => Task::Drift,
        Mode::Verify => Task::Verify,
        Mode::Lint => Task::Lint,
    };
    let author = args.author.clone().or_else(|| sides.author.clone());
    let args = Args { task, author, capture: inputs.capture.clone(), head_ref: None, ..args.clone() };
    Ok(Ok(Ready { args, refs, notes, publication }))
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
                .hint("take  actions/checkout  out of this workflow: both sides are read by the API"));
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
