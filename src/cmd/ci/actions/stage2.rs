//! The second stage for pull requests of forks: a run that ended in, the pull request that it was for out. Nothing that
//! the run left behind is read: what it was about is asked from the API, and the report is made again.

use crate::cmd::failed::Failed;
use crate::github::event::{Pull, WorkflowRun};
use crate::io::github::{Api, Slug, failure};

/// Why there is no pull request to report on.
pub const NOT_ONE: &str = "no open pull request, or more than one, has the commit that the run was for";

/// The one open pull request whose branch ends in the commit of a run; none if it moved on, was closed, or is one of
/// several.
///
/// # Errors
/// The API can't be asked.
pub fn find(api: &Api, slug: Slug, run: &WorkflowRun) -> Result<Option<Pull>, Failed> {
    let (Some(branch), Some(head)) = (&run.head_branch, &run.head_repository) else { return Ok(None) };
    let all = api
        .pulls_of(slug, &head.owner.login, branch)
        .map_err(|why| Failed::from(failure("the pull request of the run", &why)))?;
    let mut fits = all
        .into_iter()
        .filter(|pull| pull.head.sha == run.head_sha)
        .filter(|pull| pull.head.repo.as_ref().is_some_and(|repo| repo.id == head.id));
    let found = fits.next();
    Ok(found.filter(|_| fits.next().is_none()))
}

/// Whether a pull request is still what was judged: what is posted now would stand under another commit otherwise.
///
/// # Errors
/// The API can't be asked.
pub fn is_current(api: &Api, slug: Slug, pull: &Pull) -> Result<bool, Failed> {
    let now = api
        .pull(slug, pull.number)
        .map_err(|why| Failed::from(failure("the pull request as it is now", &why)))?;
    Ok(now.is_open() && now.head.sha == pull.head.sha)
}
