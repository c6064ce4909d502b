//! Whether a workflow run may start or ask what a change names: not for a change that comes from outside.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::github::event::{self, Event, MAX_PAYLOAD};
use crate::io::fs;

/// Nothing is started or asked for a pull request of somebody who may not write here: it could name the program, or be it.
/// `option`: what asks for it; `message`: what is not done.
///
/// # Errors
/// It is one, or that can't be told.
pub fn refused(option: &str, message: &str, ctx: &Ctx) -> Result<(), Failed> {
    let Some(name) = ctx.var("GITHUB_EVENT_NAME").filter(|_| ctx.in_ci()) else { return Ok(()) };
    let stop = |why: &str| Err(Failed::new("input", option, message).why(why.to_owned()));
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
