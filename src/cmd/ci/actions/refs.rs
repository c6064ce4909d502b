//! The sides of an event, resolved: names in, commits and trees out. By what this clone has, then by what the server
//! gives to git, then by its API.

use super::around::Around;
use super::server::Server;
use crate::cmd::change::{Head, Refs};
use crate::cmd::failed::Failed;
use crate::github::event::Event;
use crate::github::sides::{Base, Head as HeadSide, Sides, Trust};
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
pub fn resolve(sides: &Sides, around: &Around, server: &Server) -> Result<Resolved, Failed> {
    let finder = Finder { around, server };
    let mut notes = Vec::new();
    let judged = finder.judged(&sides.head, &mut notes)?;
    let default = finder.default_branch()?;
    let compared = finder.compared(&sides.base, &judged, &default, &mut notes)?;
    let (trust_name, trust_tip) = match sides.trust {
        Trust::Base => (compared.name.clone(), compared.base.clone()),
        Trust::Default if compared.is_now && default == compared.name => (default, compared.tip.clone()),
        Trust::Default => {
            let tip = finder.tip(&default)?.ok_or_else(|| no_default(&default))?;
            (default, tip)
        }
    };
    for commit in [&judged.oid, &compared.tip, &compared.base, &trust_tip] {
        server.bring(commit)?;
    }
    let commits = server.commits()?;
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

struct Finder<'a> {
    around: &'a Around,
    server: &'a Server,
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
    /// Whether the server has just said that the branch ends there. What stands in a merge queue is on no branch yet.
    is_now: bool,
}

impl Judged {
    fn merge(oid: Oid, parent: Oid) -> Judged {
        Judged { oid, name: "the merge with the base".to_owned(), parent: Some(parent) }
    }

    fn tip(oid: Oid) -> Judged {
        Judged { oid, name: "the head of the pull request".to_owned(), parent: None }
    }
}

impl Finder<'_> {
    fn judged(&self, head: &HeadSide, notes: &mut Vec<Phrase>) -> Result<Judged, Failed> {
        match head {
            HeadSide::Merge { tip } => {
                let tip = oid(tip, "pull_request.head.sha")?;
                let checked_out = self.checkout()?.head()?;
                // In a clone of depth 1 the parents are not here, but the commit names them.
                let parents = checked_out.as_ref().map(|head| self.server.parents(head)).transpose()?;
                Ok(match (checked_out, parents.as_deref()) {
                    (Some(head), Some([parent, second])) if *second == tip => {
                        Judged::merge(head, parent.clone())
                    }
                    _ => Judged::tip(tip),
                })
            }
            HeadSide::Remote { tip, merge } => {
                let tip = oid(tip, "pull_request.head.sha")?;
                // GitHub makes it anew when it likes: it may be one of an older tip, or of none.
                if let Some(merge) = merge.as_deref().and_then(Oid::parse)
                    && let Ok(parents) = self.server.parents(&merge)
                    && let [parent, second] = parents.as_slice()
                    && *second == tip
                {
                    return Ok(Judged::merge(merge, parent.clone()));
                }
                notes.push(Phrase::say("not merged with the base: judged is the branch as it is"));
                Ok(Judged::tip(tip))
            }
            HeadSide::Commit(sha) => Ok(Judged {
                oid: oid(sha, "the head of the event")?,
                name: self.around.git_ref.clone(),
                parent: None,
            }),
            HeadSide::Named(name) => Ok(Judged { oid: self.named(name)?, name: name.clone(), parent: None }),
            HeadSide::CheckedOut => {
                Ok(Judged { oid: self.checkout()?.resolve("HEAD")?, name: "HEAD".to_owned(), parent: None })
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
                        (default.to_owned(), self.tip(default)?.ok_or_else(|| no_default(default))?)
                    }
                };
                let base = match &judged.parent {
                    Some(parent) => self.of_branch(&tip, parent, &name)?,
                    None => self.server.left(&tip, &judged.oid)?,
                };
                Ok(Compared { tip, base, name, is_now: true })
            }
            Base::Commit(sha) => {
                let base = oid(sha, "the base of the event")?;
                let name = base_branch(self.around).unwrap_or_else(|| default.to_owned());
                Ok(Compared { tip: base.clone(), base, name, is_now: false })
            }
            Base::Before(sha) => {
                let before = oid(sha, "push.before")?;
                let is_before = self.server.bring(&before).is_ok()
                    && self.server.left(&before, &judged.oid).is_ok_and(|base| base == before);
                if is_before {
                    return Ok(Compared {
                        tip: before.clone(),
                        base: before,
                        name: "the push before".to_owned(),
                        is_now: false,
                    });
                }
                notes.push(Phrase::say("the history was rewritten: compared with the default branch"));
                self.compared(&Base::Default, judged, default, notes)
            }
            Base::Default => {
                let tip = self.tip(default)?.ok_or_else(|| no_default(default))?;
                let base = self.server.left(&tip, &judged.oid)?;
                Ok(Compared { base, tip, name: default.to_owned(), is_now: true })
            }
            Base::Named(name) => {
                let tip = self.named(name)?;
                let base = self.server.left(&tip, &judged.oid)?;
                Ok(Compared { base, tip, name: name.clone(), is_now: false })
            }
            Base::Itself => Ok(Compared {
                tip: judged.oid.clone(),
                base: judged.oid.clone(),
                name: judged.name.clone(),
                is_now: false,
            }),
        }
    }

    /// The first parent of a merge, where the base branch has it or had it as its tip. Whoever moves the branch of the
    /// pull request can make a merge of their own, and would be compared with what they like.
    fn of_branch(&self, tip: &Oid, parent: &Oid, branch: &str) -> Result<Oid, Failed> {
        if parent == tip || self.server.left(tip, parent)? == *parent {
            return Ok(parent.clone());
        }
        Err(Failed::new("git", "the merge of the pull request", "its first parent is not of the base branch")
            .looked("first parent", parent.as_str())
            .looked("branch", branch)
            .hint("actions/checkout without  ref, so that it takes the merge that GitHub made"))
    }

    /// The branch whose trust file judges.
    fn default_branch(&self) -> Result<String, Failed> {
        match self.around.default_branch() {
            Some(name) => Ok(name.to_owned()),
            None => self.server.default_branch(),
        }
    }

    /// The tip of a branch as it is now: never the payload's, which may be old.
    fn tip(&self, branch: &str) -> Result<Option<Oid>, Failed> {
        self.server.tip(branch)
    }

    /// A branch, a tag or a commit that the workflow names.
    fn named(&self, name: &str) -> Result<Oid, Failed> {
        if let Some(oid) = Oid::parse(name) {
            return Ok(oid);
        }
        match self.tip(name) {
            Ok(Some(tip)) => Ok(tip),
            _ => Ok(self.checkout()?.resolve(name)?),
        }
    }

    fn checkout(&self) -> Result<&Repo, Failed> {
        self.server.clone_here().ok_or_else(|| {
            Failed::new("git", "the workspace", "there is no checkout in it")
                .hint("a step with  actions/checkout  before this one")
        })
    }
}

fn no_default(name: &str) -> Failed {
    Failed::new("trust", format!("the branch {name}"), "the server has no such branch")
        .why("its trust file judges, and nothing else may stand in for it")
}

fn oid(text: &str, what: &str) -> Result<Oid, Failed> {
    Oid::parse(text).ok_or_else(|| Failed::new("input", what, "it is no commit"))
}

/// The branch of a merge group or of a push.
fn base_branch(around: &Around) -> Option<String> {
    let name = match &around.payload.event {
        Event::MergeGroup(group) => group.base_ref.as_str(),
        Event::Push(push) => push.name.as_str(),
        _ => return None,
    };
    Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned())
}
