//! What the runner says of a run: its variables in, checked values out.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::github::event::{self, Event, MAX_PAYLOAD, Payload};
use crate::github::inputs::{BadInput, Inputs, PREFIX};
use crate::github::place::{Place, Pull};
use crate::github::sides::Sides;
use crate::io::fs;
use crate::io::github::Slug;
use crate::io::oid::Oid;

/// A step of a workflow.
pub struct Around {
    /// The inputs of the action.
    pub inputs: Inputs,
    /// Name of the event.
    pub event: String,
    /// What it carries.
    pub payload: Payload,
    /// `https://github.com`, or the server of an enterprise.
    pub server: String,
    /// `owner/name` of the repository whose workflow runs.
    pub repository: String,
    /// Its number.
    pub repository_id: u64,
    /// The run.
    pub run_id: u64,
    /// Which try of it.
    pub run_attempt: u64,
    /// Path of the workflow file, without its ref.
    pub workflow: String,
    /// The job.
    pub job: String,
    /// The commit that the runner names.
    pub sha: String,
    /// The ref that it names.
    pub git_ref: String,
    /// Where steps keep what later ones need.
    pub temp: PathBuf,
    /// Where outputs are appended.
    pub output: Option<PathBuf>,
    /// Where the summary is appended.
    pub summary: Option<PathBuf>,
}

impl Around {
    /// The step that this process is; none outside of Actions.
    ///
    /// # Errors
    /// An input that can't be taken, or an event that can't be read.
    pub fn here(ctx: &mut Ctx) -> Result<Option<Around>, Failed> {
        let Some(path) =
            ctx.var("GITHUB_EVENT_PATH").filter(|_| ctx.var("GITHUB_ACTIONS").as_deref() == Some("true"))
        else {
            return Ok(None);
        };
        let named = (ctx.names)().into_iter().filter(|name| name.starts_with(PREFIX));
        let given: Vec<(String, String)> =
            named.map(|name| (name.clone(), ctx.var(&name).unwrap_or_default())).collect();
        let inputs = Inputs::read(&given).map_err(refused)?;
        into(ctx, &inputs.working_directory)?;
        let event = needed(ctx, "GITHUB_EVENT_NAME")?;
        // In our words: where the runner keeps it is no news.
        let shown = format!("the payload of {event}");
        let bytes = fs::read_bounded(&PathBuf::from(path), MAX_PAYLOAD)?
            .ok_or_else(|| Failed::new("input", &shown, "it is not where GITHUB_EVENT_PATH says"))?;
        let payload = event::read(&event, &shown, &bytes)?;
        let number = |name: &str| ctx.var(name).and_then(|text| text.parse().ok());
        let repository = needed(ctx, "GITHUB_REPOSITORY")?;
        let own_id = payload.repository.as_ref().map(|repository| repository.id);
        Ok(Some(Around {
            server: ctx.var("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned()),
            repository_id: number("GITHUB_REPOSITORY_ID").or(own_id).unwrap_or_default(),
            run_id: number("GITHUB_RUN_ID").unwrap_or_default(),
            run_attempt: number("GITHUB_RUN_ATTEMPT").unwrap_or(1),
            workflow: workflow(&ctx.var("GITHUB_WORKFLOW_REF").unwrap_or_default(), &repository),
            job: ctx.var("GITHUB_JOB").unwrap_or_default(),
            sha: ctx.var("GITHUB_SHA").unwrap_or_default(),
            git_ref: ctx.var("GITHUB_REF").unwrap_or_default(),
            temp: ctx.var("RUNNER_TEMP").map_or_else(std::env::temp_dir, PathBuf::from),
            output: ctx.var("GITHUB_OUTPUT").map(PathBuf::from),
            summary: ctx.var("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            repository,
            event,
            payload,
            inputs,
        }))
    }

    /// The repository, for the API.
    pub fn slug(&self) -> Slug<'_> {
        let (owner, repo) = self.repository.split_once('/').unwrap_or_default();
        Slug { owner, repo }
    }

    /// The branch whose trust file judges, as the event names it.
    pub fn default_branch(&self) -> Option<&str> {
        self.payload.repository.as_ref()?.default_branch.as_deref()
    }

    /// Where the reports of this run go: `judged` is what was judged, `merge` the merge of the pull request if it is that.
    pub fn place(&self, sides: &Sides, judged: Option<&Oid>, merge: Option<&Oid>) -> Place {
        let slug = self.slug();
        let own_run = matches!(self.payload.event, Event::PullRequest(_));
        let pull = sides.pull.as_ref().map(|pull| Pull {
            number: pull.number,
            head_sha: pull.head.sha.clone(),
            merge_sha: merge.map(Oid::to_string),
            from_fork: pull.is_from_fork(),
        });
        let tip = pull.as_ref().map_or(&self.sha, |pull| &pull.head_sha);
        Place {
            server: self.server.clone(),
            owner: slug.owner.to_owned(),
            repo: slug.repo.to_owned(),
            repo_id: self.repository_id,
            workflow: self.workflow.clone(),
            job: self.job.clone(),
            comment_id: self.inputs.comment_id.clone(),
            run_id: self.run_id,
            run_attempt: self.run_attempt,
            head_sha: judged.map_or_else(|| tip.clone(), Oid::to_string),
            git_ref: self.git_ref.clone(),
            // Only the run of the pull request itself is that of a fork; one that the default branch starts is not.
            read_only: (own_run && pull.as_ref().is_some_and(|pull| pull.from_fork)).then_some("a fork"),
            pull,
        }
    }

    /// `https://github.com/acme/shop/actions/runs/7`.
    pub fn run_url(&self) -> Option<String> {
        (self.run_id > 0).then(|| format!("{}/{}/actions/runs/{}", self.server, self.repository, self.run_id))
    }
}

fn needed(ctx: &Ctx, name: &str) -> Result<String, Failed> {
    ctx.var(name).ok_or_else(|| {
        Failed::new("usage", "this run", format!("the runner does not say {name}"))
            .why("GITHUB_ACTIONS is set, so this should be a step of a workflow")
            .hint("unset GITHUB_ACTIONS, to run elsewhere")
    })
}

fn refused(bad: BadInput) -> Failed {
    Failed::new("usage", format!("the input {}", bad.name), bad.message).hint(bad.hint)
}

/// `.github/workflows/gate.yml` of `acme/shop/.github/workflows/gate.yml@refs/heads/main`.
fn workflow(named: &str, repository: &str) -> String {
    let path = named.rsplit_once('@').map_or(named, |(path, _)| path);
    let path = path.strip_prefix(repository).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path);
    path.to_owned()
}

/// Goes where the workflow says, inside of the workspace.
fn into(ctx: &mut Ctx, directory: &str) -> Result<(), Failed> {
    let subject = "the input working-directory";
    let workspace = ctx.var("GITHUB_WORKSPACE").map_or_else(|| ctx.cwd.clone(), PathBuf::from);
    let real = |path: &PathBuf| {
        path.canonicalize()
            .map_err(|e| Failed::new("usage", subject, format!("{directory:?} can't be entered: {e}")))
    };
    let wanted = real(&workspace.join(directory))?;
    if !wanted.starts_with(real(&workspace)?) {
        return Err(Failed::new("usage", subject, format!("{directory:?} is outside of the workspace"))
            .hint("name a folder of the checkout"));
    }
    ctx.cwd = wanted;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::workflow;

    #[test]
    fn a_workflow_is_known_by_its_path_on_every_branch() {
        let path = |named| workflow(named, "acme/shop");
        assert_eq!(
            path("acme/shop/.github/workflows/gate.yml@refs/heads/main"),
            ".github/workflows/gate.yml"
        );
        assert_eq!(
            path("acme/shop/.github/workflows/a@b.yml@refs/pull/7/merge"),
            ".github/workflows/a@b.yml"
        );
        assert_eq!(path("other/ci/.github/workflows/x.yml@v1"), "other/ci/.github/workflows/x.yml");
    }
}
