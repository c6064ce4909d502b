//! What `cask ci` takes, and the sides of the change that it means: refs in, resolved commits and trees out.

use crate::cmd::change::{Head, Refs};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::handed::shard::Shard;
use crate::cmd::options::{ReportArgs, TrustArgs};
use crate::io::commits::Commits;
use crate::io::git::Repo;
use crate::io::tree::Tree;

/// Judge what this branch changes
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Branch, tag or commit to compare with (default: the default branch; in a workflow of GitHub, what its event says)
    #[arg(long, value_name = "REF")]
    pub base_ref: Option<String>,
    /// Branch, tag or commit to judge
    #[arg(long, value_name = "REF", default_value = "HEAD")]
    pub head_ref: Option<String>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Login of who opened the pull request
    #[arg(long, value_name = "LOGIN")]
    pub author: Option<String>,
    /// Percent of the operations that a recording which gate.yaml names must have called; the stricter of both counts
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub min_coverage: Option<u32>,
    /// Judge one part of the toolpacks, and hand over what comes of it: cask report merge puts all N together
    #[arg(long, value_name = "K/N", conflicts_with_all = ["format"])]
    pub shard: Option<Shard>,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
    /// What of it is judged: a step of a workflow says so
    #[arg(skip)]
    pub task: Task,
    /// The recording whose answers are looked at where it is verified: a step of a workflow says so
    #[arg(skip)]
    pub capture: Option<String>,
}

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Task {
    /// The change, and whether it was approved.
    #[default]
    Change,
    /// Whether toolpacks still match what gate.yaml says that they must match; nothing that they differ in is old news.
    Drift,
    /// Whether toolpacks of the head hold what was written down for them.
    Verify,
    /// What is wrong with the head as it is.
    Lint,
}

impl Task {
    /// The word in workflows.
    pub fn word(self) -> &'static str {
        match self {
            Task::Change => "gate",
            Task::Drift => "drift",
            Task::Verify => "verify",
            Task::Lint => "lint",
        }
    }
}

/// The sides of the change.
///
/// # Errors
/// No repository, or a ref that is none.
pub fn resolve(args: &Args, ctx: &Ctx) -> Result<Refs, Failed> {
    let Some(repo) = Repo::discover(&ctx.cwd)? else {
        return Err(Failed::new("git", "this folder", "it is not in a git repository")
            .hint("run cask ci inside the repository")
            .hint("cask gate check --toolpack <folder>, for a toolpack outside git"));
    };
    let head_name = args.head_ref.clone().unwrap_or_else(|| "HEAD".to_owned());
    // Each waits for git, and none for the other.
    let (head, (default, named)) = rayon::join(
        || repo.resolve(&head_name),
        || rayon::join(|| repo.default_branch(), || args.base_ref.as_ref().map(|name| repo.resolve(name))),
    );
    let (head, default, named) = (head?, default?, named.transpose()?);
    let (base_name, base_tip) = match (args.base_ref.as_ref().zip(named), &default) {
        (Some((name, tip)), _) => (name.clone(), tip),
        (None, Some(branch)) => (branch.refname.clone(), branch.tip.clone()),
        (None, None) => {
            return Err(Failed::new(
                "git",
                "the base branch",
                "no default branch is known here, so there is nothing to compare with",
            )
            .why("the repository has no remote with a HEAD")
            .hint("cask ci --base-ref main")
            .hint("git remote set-head origin --auto"));
        }
    };
    let files = Tree::git(&repo, &head);
    // Listed meanwhile; what can't be is told by whoever needs it.
    let (base, _) = rayon::join(|| repo.merge_base(&base_tip, &head), || files.list().is_ok());
    let base = base?.unwrap_or_else(|| base_tip.clone());
    let (trust_name, trust_tip) = match (&args.trust.trust_ref, default) {
        (Some(name), _) => (name.clone(), repo.resolve(name)?),
        (None, Some(branch)) => (branch.refname, branch.tip),
        (None, None) => (base_name.clone(), base_tip.clone()),
    };
    Ok(Refs {
        commits: Commits::Here(repo),
        files,
        head: Head::Commit(head),
        head_name,
        base_tip,
        base,
        base_name,
        trust_tip,
        trust_name,
    })
}
