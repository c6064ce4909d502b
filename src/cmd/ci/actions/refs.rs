//! The sides of an event, resolved: names in, commits and trees out. First by what this clone has, then by what the
//! server gives to git.

use super::around::Around;
use crate::cmd::change::{Head, Refs};
use crate::cmd::failed::Failed;
use crate::github::sides::{Base, Head as HeadSide, Sides, Trust};
use crate::io::commits::Commits;
use crate::io::fetch::Upstream;
use crate::io::git::Repo;
use crate::io::oid::Oid;
use crate::model::phrase::Phrase;

/// Both sides, and what is to be said of how they were found.
pub struct Resolved {
    /// The sides.
    pub refs: Refs,
    /// What a reader should know.
    pub notes: Vec<Phrase>,
    /// The merge of the pull request, where that is what is judged.
    pub merge: Option<Oid>,
}

/// Finds the sides of an event.
///
/// # Errors
/// One that neither the clone nor the server has: then nothing can be judged.
pub fn resolve(sides: &Sides, around: &Around, repo: Repo) -> Result<Resolved, Failed> {
    let upstream = Upstream::of(&around.server, &around.repository).ok_or_else(|| {
        Failed::new("usage", "this run", "GITHUB_SERVER_URL and GITHUB_REPOSITORY name no repository")
            .looked("server", &around.server)
            .looked("repository", &around.repository)
    })?;
    let finder = Finder { around, repo, upstream };
    finder.find(sides)
}

struct Finder<'a> {
    around: &'a Around,
    repo: Repo,
    upstream: Upstream,
}

/// What is judged, and the first parent of it where it is a merge of a pull request.
struct Judged {
    oid: Oid,
    name: String,
    parent: Option<Oid>,
}

/// What it is compared with: the tip of its branch, and where it left that.
struct Compared {
    tip: Oid,
    base: Oid,
    name: String,
}

impl Finder<'_> {
    fn find(self, sides: &Sides) -> Result<Resolved, Failed> {
        let mut notes = Vec::new();
        let judged = self.judged(&sides.head)?;
        let default = self.default_branch()?;
        let compared = self.compared(&sides.base, &judged, &default, &mut notes)?;
        let (trust_name, trust_tip) = match sides.trust {
            Trust::Base => (compared.name.clone(), compared.base.clone()),
            Trust::Default if default == compared.name => (default, compared.tip.clone()),
            Trust::Default => {
                let tip = self.tip(&default)?.ok_or_else(|| self.no_default(&default))?;
                (default, tip)
            }
        };
        for commit in [&judged.oid, &compared.tip, &compared.base, &trust_tip] {
            self.bring(commit)?;
        }
        let commits = Commits::Here(self.repo);
        Ok(Resolved {
            merge: judged.parent.as_ref().map(|_| judged.oid.clone()),
            refs: Refs {
                files: commits.tree(&judged.oid),
                commits,
                head: Head::Commit(judged.oid),
                head_name: judged.name,
                base_tip: compared.tip,
                base: compared.base,
                base_name: compared.name,
                trust_tip,
                trust_name,
            },
            notes,
        })
    }

    fn judged(&self, head: &HeadSide) -> Result<Judged, Failed> {
        match head {
            HeadSide::Merge { tip } | HeadSide::Remote { tip, .. } => {
                let tip = oid(tip, "pull_request.head.sha")?;
                // In a clone of depth 1 the parents are not here, but the commit names them.
                let checked_out = self.repo.head()?;
                let parents = checked_out.as_ref().map(|head| self.repo.commit_parents(head)).transpose()?;
                if let (Some(head), Some([parent, second])) = (checked_out, parents.as_deref())
                    && *second == tip
                {
                    return Ok(Judged {
                        oid: head,
                        name: "the merge with the base".into(),
                        parent: Some(parent.clone()),
                    });
                }
                Ok(Judged { name: "the head of the pull request".into(), oid: tip, parent: None })
            }
            HeadSide::Commit(sha) => Ok(Judged {
                oid: oid(sha, "the head of the event")?,
                name: self.around.git_ref.clone(),
                parent: None,
            }),
            HeadSide::Named(name) => Ok(Judged { oid: self.named(name)?, name: name.clone(), parent: None }),
            HeadSide::CheckedOut => {
                Ok(Judged { oid: self.repo.resolve("HEAD")?, name: "HEAD".into(), parent: None })
            }
        }
    }

    fn compared(
        &self,
        base: &Base,
        judged: &Judged,
        default: &str,
        notes: &mut Vec<Phrase>,
    ) -> Result<Compared, Failed> {
        match base {
            Base::Branch(branch) => {
                let (name, tip) = match self.tip(branch)? {
                    Some(tip) => (branch.clone(), tip),
                    None => {
                        notes.push(
                            Phrase::say("the base branch ")
                                .and_quote(branch)
                                .and_say(" is gone: compared with the default branch"),
                        );
                        (default.to_owned(), self.tip(default)?.ok_or_else(|| self.no_default(default))?)
                    }
                };
                let base = match &judged.parent {
                    Some(parent) => self.of_branch(&tip, parent, &name)?,
                    None => self.left(&tip, &judged.oid)?,
                };
                Ok(Compared { tip, base, name })
            }
            Base::Commit(sha) => {
                let base = oid(sha, "the base of the event")?;
                let name = base_branch(self.around).unwrap_or_else(|| default.to_owned());
                Ok(Compared { tip: base.clone(), base, name })
            }
            Base::Before(sha) => {
                let before = oid(sha, "push.before")?;
                let is_before = self.bring(&before).is_ok()
                    && self.left(&before, &judged.oid).is_ok_and(|base| base == before);
                match is_before {
                    true => {
                        Ok(Compared { tip: before.clone(), base: before, name: "the push before".to_owned() })
                    }
                    false => {
                        notes
                            .push(Phrase::say("the history was rewritten: compared with the default branch"));
                        self.compared(&Base::Default, judged, default, notes)
                    }
                }
            }
            Base::Default => {
                let tip = self.tip(default)?.ok_or_else(|| self.no_default(default))?;
                Ok(Compared { base: self.left(&tip, &judged.oid)?, tip, name: default.to_owned() })
            }
            Base::Named(name) => {
                let tip = self.named(name)?;
                Ok(Compared { base: self.left(&tip, &judged.oid)?, tip, name: name.clone() })
            }
            Base::Itself => {
                Ok(Compared { tip: judged.oid.clone(), base: judged.oid.clone(), name: judged.name.clone() })
            }
        }
    }

    /// The first parent of a merge, where the base branch has it or had it as its tip. Whoever moves the branch of the
    /// pull request can make a merge of their own, and would be compared with what they like.
    fn of_branch(&self, tip: &Oid, parent: &Oid, branch: &str) -> Result<Oid, Failed> {
        if parent == tip || self.left(tip, parent)? == *parent {
            return Ok(parent.clone());
        }
        Err(Failed::new("git", "the merge that is checked out", "its first parent is not of the base branch")
            .looked("first parent", parent.as_str())
            .looked("branch", branch)
            .hint("actions/checkout without  ref, so that it takes the merge that GitHub made"))
    }

    /// Where a commit left a branch; where they have nothing in common, the tip of the branch.
    fn left(&self, tip: &Oid, head: &Oid) -> Result<Oid, Failed> {
        self.bring(tip)?;
        self.bring(head)?;
        let found = self.repo.merge_base_at(&self.upstream, tip, head)?;
        Ok(found.unwrap_or_else(|| tip.clone()))
    }

    /// The branch whose trust file judges.
    fn default_branch(&self) -> Result<String, Failed> {
        if let Some(name) = self.around.default_branch() {
            return Ok(name.to_owned());
        }
        self.repo.default_at(&self.upstream)?.ok_or_else(|| {
            Failed::new("trust", "the default branch", "neither the event nor the server names it")
        })
    }

    /// The tip of a branch as it is now: never the payload's, which may be old.
    fn tip(&self, branch: &str) -> Result<Option<Oid>, Failed> {
        Ok(self.repo.tip_at(&self.upstream, branch)?)
    }

    /// A branch, a tag or a commit that the workflow names.
    fn named(&self, name: &str) -> Result<Oid, Failed> {
        if let Some(oid) = Oid::parse(name) {
            self.bring(&oid)?;
            return Ok(oid);
        }
        match self.tip(name) {
            Ok(Some(tip)) => Ok(tip),
            _ => Ok(self.repo.resolve(name)?),
        }
    }

    fn bring(&self, commit: &Oid) -> Result<(), Failed> {
        match self.repo.commit_at(commit)? {
            Some(_) => Ok(()),
            None => self.repo.fetch(&self.upstream, commit).map_err(|failure| {
                Failed::from(failure)
                    .hint("actions/checkout with  fetch-depth: 0")
                    .hint("job permission         contents: read")
                    .hint("actions/checkout with  persist-credentials: true")
            }),
        }
    }

    fn no_default(&self, name: &str) -> Failed {
        Failed::new("trust", format!("the branch {name}"), "the server has no such branch")
            .why("its trust file judges, and nothing else may stand in for it")
    }
}

fn oid(text: &str, what: &str) -> Result<Oid, Failed> {
    Oid::parse(text).ok_or_else(|| Failed::new("input", what, "it is no commit"))
}

/// The branch of a merge group or of a push.
fn base_branch(around: &Around) -> Option<String> {
    use crate::github::event::Event;
    let name = match &around.payload.event {
        Event::MergeGroup(group) => group.base_ref.as_str(),
        Event::Push(push) => push.name.as_str(),
        _ => return None,
    };
    Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned())
}
