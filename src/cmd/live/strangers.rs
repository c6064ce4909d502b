//! Whether a workflow run may start somebody else's program: not for a change that comes from outside.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::github::event::{self, Event, MAX_PAYLOAD};
use crate::io::fs;

/// Nothing is started for a pull request of somebody who may not write here: it could name the program, or be it.
///
/// # Errors
/// It is one, or that can't be told.
pub(super) fn refused(ctx: &Ctx) -> Result<(), Failed> {
    let Some(name) = ctx.var("GITHUB_EVENT_NAME").filter(|_| ctx.in_ci()) else { return Ok(()) };
    let stop = |why: &str| {
        Err(Failed::new("input", "--mcp", "no server is started for a change from outside")
            .why(why.to_owned())
            .hint("ask servers on a schedule or by hand: cask drift --toolpack DIR --mcp COMMAND"))
    };
    let payload = ctx.var("GITHUB_EVENT_PATH").map(PathBuf::from);
    let bytes = payload.map(|path| fs::read_bounded(&path, MAX_PAYLOAD)).transpose()?.flatten();
    let payload = bytes.map(|bytes| event::read(&name, "the payload of the event", &bytes)).transpose()?;
    let Some(payload) = payload else { return stop("the payload of the event can't be read") };
    let own = payload.repository.as_ref().map(|repository| repository.id);
    match payload.event {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) if pull.is_from_fork() => {
            stop("the pull request is of a fork")
        }
        Event::WorkflowRun(run) if run.head_repository.as_ref().map(|head| head.id) != own => {
            stop("the run that it follows was one of a fork")
        }
        Event::Other => stop("who began this is not known of an event of this kind"),
        _ => Ok(()),
    }
}
