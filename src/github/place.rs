//! Where the reports of a run go: repository, workflow, run and pull request, as the event named them.

/// The place of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// `https://github.com`.
    pub server: String,
    /// Owner of the repository.
    pub owner: String,
    /// Its name.
    pub repo: String,
    /// Its number, which outlives its name.
    pub repo_id: u64,
    /// Path of the workflow file, without its ref.
    pub workflow: String,
    /// The job.
    pub job: String,
    /// What tells several reports of one job apart; empty for one.
    pub comment_id: String,
    /// The run.
    pub run_id: u64,
    /// The how-manieth time it runs.
    pub run_attempt: u64,
    /// The pull request, where the run is about one.
    pub pull: Option<Pull>,
    /// The commit that was judged.
    pub head_sha: String,
    /// Its ref: `refs/heads/main`, `refs/pull/7/merge`.
    pub git_ref: String,
    /// Why nothing can be written, where the event says so: `a fork`, `Dependabot`.
    pub read_only: Option<&'static str>,
}

/// A pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// The last commit of its branch.
    pub head_sha: String,
    /// The commit that merges it, where there is one.
    pub merge_sha: Option<String>,
    /// Whether its branch is in another repository.
    pub from_fork: bool,
}

impl Place {
    /// Number and attempt of the run: of two runs the greater one is newer.
    pub fn run(&self) -> (u64, u64) {
        (self.run_id, self.run_attempt)
    }

    /// `owner/name`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.repo)
    }
}
