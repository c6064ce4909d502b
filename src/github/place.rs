//! Where the reports of a run go.

/// A run of a workflow, and what its reports stand on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// `https://github.com`, or the server of an enterprise.
    pub server: String,
    /// Who owns the repository.
    pub owner: String,
    /// Its name.
    pub repo: String,
    /// Its number, which a rename leaves alone.
    pub repo_id: u64,
    /// Path of the workflow file, without its ref.
    pub workflow: String,
    /// The job.
    pub job: String,
    /// The input `comment-id`; empty if none.
    pub comment_id: String,
    /// The run.
    pub run_id: u64,
    /// Which try of it.
    pub run_attempt: u64,
    /// The pull request, where the run is about one.
    pub pull: Option<Pull>,
    /// What was judged: for check run and SARIF.
    pub head_sha: String,
    /// `refs/heads/main`, `refs/pull/7/merge`: for SARIF of a push.
    pub git_ref: String,
    /// Whose run it is, where its token is known to be read-only (`a fork`, `Dependabot`): writes are not tried.
    pub read_only: Option<&'static str>,
}

/// A pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// The tip of its branch.
    pub head_sha: String,
    /// The merge of it with its base, where that is what was judged.
    pub merge_sha: Option<String>,
    /// Whether its branch is in another repository.
    pub from_fork: bool,
}

impl Place {
    /// Number and try of the run: of two runs the greater one is newer.
    pub fn run(&self) -> (u64, u64) {
        (self.run_id, self.run_attempt)
    }

    /// `owner/name`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.repo)
    }
}
