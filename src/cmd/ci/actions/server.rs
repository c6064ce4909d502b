//! Where commits of this repository come from: the clone, git at its server, the API. Each is asked only where the one
//! before has no answer, and what nobody has is a failure, never nothing.

use std::sync::Arc;

use super::around::Around;
use crate::cmd::failed::Failed;
use crate::github::refused::{Refused, Why};
use crate::io::commits::Commits;
use crate::io::failure::Failure;
use crate::io::fetch::Upstream;
use crate::io::git::Repo;
use crate::io::github::{Api, Files, Slug, failure};
use crate::io::oid::Oid;

/// The repository, here and on its server.
pub struct Server {
    here: Option<Repo>,
    upstream: Option<Upstream>,
    api: Option<Arc<Api>>,
    owner: String,
    repo: String,
}

impl Server {
    /// The repository of a run. Without a clone only the API is asked, since what lies here must not be looked at.
    pub fn of(around: &Around, here: Option<Repo>, api: Option<Arc<Api>>) -> Server {
        let (owner, repo) = around.repository.split_once('/').unwrap_or_default();
        Server {
            upstream: Upstream::of(&around.server, &around.repository),
            here,
            api,
            owner: owner.to_owned(),
            repo: repo.to_owned(),
        }
    }

    fn slug(&self) -> Slug<'_> {
        Slug { owner: &self.owner, repo: &self.repo }
    }

    /// The clone, where there is one.
    pub fn clone_here(&self) -> Option<&Repo> {
        self.here.as_ref()
    }

    /// Clone and address, for git.
    fn git(&self) -> Option<(&Repo, &Upstream)> {
        self.here.as_ref().zip(self.upstream.as_ref())
    }

    /// The branch that the server takes for its default.
    ///
    /// # Errors
    /// Nobody says which.
    pub fn default_branch(&self) -> Result<String, Failed> {
        let found = self.now(
            "the default branch",
            |api| Ok(Some(api.repository(self.slug())?.default_branch)),
            |repo, upstream| repo.default_at(upstream),
        )?;
        found.ok_or_else(|| {
            Failed::new("trust", "the default branch", "neither the event nor the server names it")
        })
    }

    /// The tip of a branch as it is now; none if there is no such branch.
    ///
    /// # Errors
    /// Nobody can be asked.
    pub fn tip(&self, branch: &str) -> Result<Option<Oid>, Failed> {
        let found = self.now(
            &format!("the branch {branch}"),
            |api| api.branch_tip(self.slug(), branch),
            |repo, upstream| Ok(repo.tip_at(upstream, branch)?.map(|oid| oid.as_str().to_owned())),
        )?;
        found.map(|sha| read(&sha)).transpose()
    }

    /// What the server says now of something that changes, by the API or by git. The API is asked first: no configuration
    /// of the clone has a say in where that is. Where that has none at all, git is the server's answer just as well, and is
    /// asked before the API is a second time.
    fn now(
        &self,
        what: &str,
        by_api: impl Fn(&Api) -> Result<Option<String>, Refused>,
        by_git: impl Fn(&Repo, &Upstream) -> Result<Option<String>, Failure>,
    ) -> Result<Option<String>, Failed> {
        let (api, repo, upstream) = match (&self.api, self.git()) {
            (Some(api), Some((repo, upstream))) => (api, repo, upstream),
            (Some(api), None) => {
                return by_api(api).map_err(|why| helped(nobody(what), Some(why)));
            }
            (None, Some((repo, upstream))) => {
                return by_git(repo, upstream).map_err(|failure| helped(Failed::from(failure), None));
            }
            (None, None) => return Err(helped(nobody(what), None)),
        };
        let mut refused = match by_api(&api.once()) {
            Ok(found) => return Ok(found),
            Err(refused) => refused,
        };
        let passes = refused.why.passes();
        let first = (!passes || !repo.is_steered()).then(|| by_git(repo, upstream));
        if let Some(Ok(found)) = first {
            return Ok(found);
        }
        if passes {
            refused = match by_api(api) {
                Ok(found) => return Ok(found),
                Err(refused) => refused,
            };
        }
        first
            .unwrap_or_else(|| by_git(repo, upstream))
            .map_err(|failure| helped(Failed::from(failure), Some(refused)))
    }

    /// The parents of a commit.
    ///
    /// # Errors
    /// Nobody has it.
    pub fn parents(&self, commit: &Oid) -> Result<Vec<Oid>, Failed> {
        if let Some(repo) = &self.here
            && repo.commit_at(commit)?.is_some()
        {
            return Ok(repo.commit_parents(commit)?);
        }
        let api = self.api.as_ref().ok_or_else(|| absent(commit))?;
        let found = api.commit(self.slug(), commit.as_str()).map_err(|why| told(commit, &why))?;
        found.parents.iter().map(|sha| read(sha)).collect()
    }

    /// Makes sure that a commit can be read, here or from the API.
    ///
    /// # Errors
    /// Nobody has it.
    pub fn bring(&self, commit: &Oid) -> Result<(), Failed> {
        let git = match self.git() {
            Some((repo, upstream)) => match repo.commit_at(commit)? {
                Some(_) => return Ok(()),
                None => match repo.fetch(upstream, commit) {
                    Ok(()) => return Ok(()),
                    Err(failure) => Failed::from(failure),
                },
            },
            None => absent(commit),
        };
        match &self.api {
            Some(api) => match api.commit(self.slug(), commit.as_str()) {
                Ok(_) => Ok(()),
                Err(why) => Err(helped(git, Some(why))),
            },
            None => Err(helped(git, None)),
        }
    }

    /// Where a commit left a branch; where they have nothing in common, the tip of the branch.
    ///
    /// # Errors
    /// Nobody can tell.
    pub fn left(&self, tip: &Oid, head: &Oid) -> Result<Oid, Failed> {
        if tip == head {
            return Ok(tip.clone());
        }
        let by_git = match self.git() {
            Some((repo, upstream)) => {
                let here =
                    |commit| Ok(repo.commit_at(commit)?.is_some() || repo.fetch(upstream, commit).is_ok());
                match here(tip).and_then(|there: bool| Ok(there && here(head)?)) {
                    Ok(true) => match repo.merge_base_at(upstream, tip, head) {
                        Ok(found) => return Ok(found.unwrap_or_else(|| tip.clone())),
                        Err(failure) => Failed::from(failure),
                    },
                    Ok(false) => absent(head),
                    Err(failed) => failed,
                }
            }
            None => absent(head),
        };
        let Some(api) = &self.api else { return Err(helped(by_git, None)) };
        match api.merge_base(self.slug(), tip.as_str(), head.as_str()) {
            Ok(sha) => read(&sha),
            Err(why) => Err(helped(by_git, Some(why))),
        }
    }

    /// Where the files of all these are read.
    ///
    /// # Errors
    /// There is neither a clone nor an API.
    pub fn commits(&self) -> Result<Commits, Failed> {
        let files = self.api.as_ref().map(|api| Arc::new(Files::of(api.clone(), &self.owner, &self.repo)));
        match (self.here.clone(), files) {
            (Some(repo), Some(files)) => Ok(Commits::Both(repo, files)),
            (Some(repo), None) => Ok(Commits::Here(repo)),
            (None, Some(files)) => Ok(Commits::There(files)),
            (None, None) => {
                Err(Failed::new("git", "the files of the change", "there is neither a checkout nor a token")
                    .hint("with:  token: ${{ github.token }}"))
            }
        }
    }
}

fn read(sha: &str) -> Result<Oid, Failed> {
    Oid::parse(sha).ok_or_else(|| Failed::new("git", "a commit of the server", "its name is none"))
}

fn nobody(what: &str) -> Failed {
    Failed::new("git", what, "nobody can be asked for it")
}

fn absent(commit: &Oid) -> Failed {
    Failed::new("git", format!("the commit {}", commit.short()), "it is not in this checkout")
}

fn told(commit: &Oid, why: &Refused) -> Failed {
    Failed::from(failure(&format!("the commit {}", commit.short()), why))
}

/// With what the API said too, and what helps.
fn helped(mut failed: Failed, refused: Option<Refused>) -> Failed {
    if let Some(refused) = refused {
        failed = failed.why(format!("and the API: {}", refused.reason));
        if refused.why != Why::Unreachable {
            failed = failed.hint(refused.fix);
        }
    }
    failed
        .hint("actions/checkout with  fetch-depth: 0")
        .hint("job permission         contents: read")
        .hint("actions/checkout with  persist-credentials: true")
}
