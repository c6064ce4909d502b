//! What is asked for, and the clone, in; what is compared with what, and whose trust judges, out. The base is what
//! the remote has already, so that a push answers for what it brings; trust is the default branch's.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::pushed::{Asked, Pushed};
use crate::clients::guards::is_guard;
use crate::cmd::anchor::GATE;
use crate::cmd::beside;
use crate::cmd::change::{Head, Refs};
use crate::cmd::failed::Failed;
use crate::cmd::sources;
use crate::gate::discovery::dir_of;
use crate::io::commits::Commits;
use crate::io::git::Repo;
use crate::io::load;
use crate::io::oid::Oid;
use crate::io::refs::DefaultBranch;
use crate::model::gate_config::GateFile;
use crate::model::lockfile;
use crate::model::phrase::Phrase;

/// Most commits that one call judges.
const MANY: usize = 100;

/// One judgement.
pub enum Job {
    /// A change.
    Change(Box<Refs>),
    /// A state by itself, and why it is compared with nothing.
    Whole(Head, String, Phrase),
}

/// The clone, as far as it bears on what is compared.
pub struct Clone {
    /// The repository.
    pub repo: Repo,
    /// The remote that is pushed to, if it is one of the clone's.
    pub remote: Option<String>,
    /// Its default branch.
    pub default: Option<DefaultBranch>,
    /// The ref whose trust was asked for.
    pub trust_ref: Option<String>,
    /// The index that git named.
    pub index: Option<PathBuf>,
}

impl Clone {
    /// Looks at a clone. `remote` is what the caller said is pushed to: a name, or an address.
    ///
    /// # Errors
    /// Git failed.
    pub fn look(
        repo: Repo,
        remote: Option<&str>,
        trust_ref: Option<String>,
        index: Option<String>,
    ) -> Result<Clone, Failed> {
        let remote = match remote {
            Some(name) => repo.remotes()?.into_iter().find(|known| known == name),
            None => None,
        };
        let of_remote = remote.as_deref().map(|name| repo.default_branch_of(name)).transpose()?.flatten();
        let default = match of_remote {
            Some(branch) => Some(branch),
            None => repo.default_branch()?,
        };
        let index = index.map(|file| repo.root().join(file));
        Ok(Clone { repo, remote, default, trust_ref, index })
    }

    /// What is to be judged, each once.
    ///
    /// # Errors
    /// A commit or ref that is not here, or more commits than are judged at once.
    pub fn jobs(&self, asked: Asked) -> Result<Vec<Job>, Failed> {
        let refs = match asked {
            Asked::Refs(refs) => refs,
            Asked::Range { from, to, name, remote_ref } => vec![Pushed {
                name,
                local: self.repo.resolve(&to)?,
                remote_ref: remote_ref.unwrap_or_default(),
                remote: Some(self.repo.resolve(&from)?),
            }],
            Asked::New(name) => {
                let local = self.repo.resolve(&name)?;
                vec![Pushed { name, local, remote_ref: String::new(), remote: None }]
            }
            Asked::Staged => return Ok(vec![self.staged()?]),
            Asked::StagedOrCurrent => {
                return Ok(vec![if self.is_anything_staged()? { self.staged()? } else { self.current()? }]);
            }
            Asked::Current => return Ok(vec![self.current()?]),
        };
        let mut seen = BTreeSet::new();
        let refs: Vec<Pushed> = refs
            .into_iter()
            .filter(|r| seen.insert((r.local.clone(), r.remote.clone(), self.is_default(&r.remote_ref))))
            .collect();
        if refs.len() > MANY {
            return Err(Failed::new("input", "the push", format!("it has {} branches to judge", refs.len()))
                .why(format!("at most {MANY} are judged at once"))
                .hint("push them in several goes"));
        }
        refs.iter().map(|pushed| self.pushed(pushed)).collect()
    }

    fn pushed(&self, pushed: &Pushed) -> Result<Job, Failed> {
        let head = self.commit(&pushed.local, &pushed.name)?;
        if let Some(there) = &pushed.remote
            // What somebody else pushed meanwhile is not here, and git will not let this push replace it unasked.
            && let Some(there) = self.repo.commit_at(there)?
        {
            let goes_on = self.repo.is_ancestor(&there, &head)?;
            // Where history is replaced on the default branch, all that goes with it is a change.
            if goes_on || self.is_default(&pushed.remote_ref) || self.default.is_none() {
                let name = self.name_of(&there, &pushed.remote_ref)?;
                return self.change(head, &pushed.name, name, there.clone(), there);
            }
        }
        self.without_remote(head, &pushed.name)
    }

    /// What is checked out, against the branch that it follows.
    fn current(&self) -> Result<Job, Failed> {
        let head = self.repo.resolve("HEAD")?;
        match self.repo.upstream()? {
            Some(upstream) => {
                let tip = self.repo.resolve(&upstream)?;
                self.against(head, "HEAD", upstream, tip)
            }
            None => self.without_remote(head, "HEAD"),
        }
    }

    /// A branch of which the remote has nothing yet.
    fn without_remote(&self, head: Oid, name: &str) -> Result<Job, Failed> {
        if let Some(default) = &self.default {
            return self.against(head, name, default.refname.clone(), default.tip.clone());
        }
        if self.repo.head()?.as_ref() == Some(&head)
            && let Some(upstream) = self.repo.upstream()?
        {
            let tip = self.repo.resolve(&upstream)?;
            return self.against(head, name, upstream, tip);
        }
        let why = Phrase::say("compared with nothing: no branch of the remote is known here");
        Ok(Job::Whole(Head::Commit(head), sources::shown(name).to_owned(), why))
    }

    /// Where a commit left a branch.
    fn against(&self, head: Oid, name: &str, base_name: String, tip: Oid) -> Result<Job, Failed> {
        match self.repo.merge_base(&tip, &head)? {
            Some(base) => self.change(head, name, base_name, tip, base),
            // Several bases: as `cask ci`, the tip.
            None if self.repo.are_related(&tip, &head)? => {
                self.change(head, name, base_name, tip.clone(), tip)
            }
            None => {
                let why = Phrase::say("compared with nothing: it has no history in common with ")
                    .and_quote(sources::shown(&base_name));
                Ok(Job::Whole(Head::Commit(head), sources::shown(name).to_owned(), why))
            }
        }
    }

    /// What is staged, against the last commit.
    fn staged(&self) -> Result<Job, Failed> {
        let head = Head::Index(self.index.clone());
        let name = "what is staged".to_owned();
        match self.repo.head()? {
            Some(base) => self.refs(head, name, "HEAD".to_owned(), base.clone(), base),
            None => {
                Ok(Job::Whole(head, name, Phrase::say("compared with nothing: this is the first commit")))
            }
        }
    }

    fn is_anything_staged(&self) -> Result<bool, Failed> {
        match self.repo.head()? {
            Some(head) => Ok(!self.repo.changed_paths(&head, None, self.index.as_deref())?.is_empty()),
            None => Ok(true),
        }
    }

    fn change(&self, head: Oid, name: &str, base_name: String, tip: Oid, base: Oid) -> Result<Job, Failed> {
        self.refs(Head::Commit(head), sources::shown(name).to_owned(), base_name, tip, base)
    }

    fn refs(
        &self,
        head: Head,
        head_name: String,
        base_name: String,
        tip: Oid,
        base: Oid,
    ) -> Result<Job, Failed> {
        let (trust_name, trust_tip) = match (&self.trust_ref, &self.default) {
            (Some(name), _) => (name.clone(), self.repo.resolve(name)?),
            (None, Some(branch)) => (branch.refname.clone(), branch.tip.clone()),
            (None, None) => (base_name.clone(), tip.clone()),
        };
        let repo = self.repo.clone();
        Ok(Job::Change(Box::new(Refs {
            files: head.tree(&repo),
            commits: Commits::Here(repo),
            head,
            head_name,
            base_tip: tip,
            base,
            base_name,
            trust_tip,
            trust_name,
        })))
    }

    fn commit(&self, oid: &Oid, name: &str) -> Result<Oid, Failed> {
        self.repo.commit_at(oid)?.ok_or_else(|| {
            Failed::new("git", name, "what is pushed is no commit of this repository")
                .looked("looked for", oid.as_str())
        })
    }

    fn is_default(&self, remote_ref: &str) -> bool {
        let branch =
            self.default.as_ref().and_then(|d| d.refname.strip_prefix("refs/remotes/")?.split_once('/'));
        branch.is_some_and(|(_, branch)| remote_ref.strip_prefix("refs/heads/") == Some(branch))
    }

    /// What people call a commit of the remote: the branch that it is the tip of, else its own name.
    fn name_of(&self, oid: &Oid, remote_ref: &str) -> Result<String, Failed> {
        if let Some(default) = self.default.as_ref().filter(|d| d.tip == *oid) {
            return Ok(default.refname.clone());
        }
        if let (Some(remote), Some(branch)) = (&self.remote, remote_ref.strip_prefix("refs/heads/")) {
            let name = format!("refs/remotes/{remote}/{branch}");
            if self.repo.resolve(&name).is_ok_and(|tip| tip == *oid) {
                return Ok(name);
            }
        }
        Ok(oid.short().to_owned())
    }
}

/// Files beside toolpacks that bear on a judgement: too many cost a moment, one too few a change that nobody saw.
const BESIDE: [&str; 15] = [
    ".github/workflows/",
    ".mcp.json",
    ".cursor/",
    ".vscode/",
    ".codex/",
    ".claude/",
    ".gemini/",
    ".roo/",
    ".kiro/",
    ".qwen/",
    ".amazonq/",
    ".vs/",
    ".windsurf/",
    ".zed/",
    "opencode.json",
];

/// Whether anything differs between the sides of a change that a judgement would look at.
///
/// # Errors
/// Git failed.
pub fn touches(clone: &Clone, refs: &Refs) -> Result<bool, Failed> {
    let (head, index) = match &refs.head {
        Head::Commit(oid) => (Some(oid), None),
        Head::Index(file) => (None, file.as_deref()),
    };
    let changed = clone.repo.changed_paths(&refs.base, head, index)?;
    if changed.is_empty() {
        return Ok(false);
    }
    let mut dirs = Vec::new();
    for tree in [&refs.files, &refs.commits.tree(&refs.base)] {
        dirs.extend(load::headers(tree)?.iter().map(|header| dir_of(header).to_owned()));
    }
    dirs.sort();
    dirs.dedup();
    // A gate.yaml that can't be read now is told when it judges.
    let trusted = refs.commits.tree(&refs.trust_tip);
    let gate = load::gate_config(&trusted, GATE).ok().flatten().map(|config| config.file).unwrap_or_default();
    let globs = beside::globs(&gate)?;
    Ok(changed.iter().any(|path| {
        is_judged(path, &dirs) || is_guard(path) || globs.is_match(path) || may_drift(path, &gate)
    }))
}

/// Whether a path may be of a file that gate.yaml compares a toolpack with, or that such a file refers to.
fn may_drift(path: &str, gate: &GateFile) -> bool {
    let lower = path.to_ascii_lowercase();
    gate.drift.iter().any(|entry| entry.to == path || path.starts_with(&format!("{}/", entry.to)))
        || !gate.drift.is_empty() && [".json", ".yaml", ".yml"].into_iter().any(|end| lower.ends_with(end))
}

/// Whether a path bears on a judgement; `dirs` are the folders of toolpacks, sorted.
fn is_judged(path: &str, dirs: &[String]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let above = std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]));
    ["toolpack.yaml", "toolpack.yml"].contains(&name.as_str())
        || name.ends_with(lockfile::NAME)
        || path.split('/').any(|part| part.eq_ignore_ascii_case(".caskmcp"))
        || BESIDE.iter().any(|beside| path.starts_with(beside) || path.contains(&format!("/{beside}")))
        || above.into_iter().any(|dir| dirs.binary_search_by(|known| known.as_str().cmp(dir)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_judged, may_drift};
    use crate::model::gate_config::{DriftEntry, GateFile};

    #[test]
    fn a_description_bears_on_a_judgement_where_gate_yaml_compares_one() {
        let to = |to: &str| DriftEntry { toolpack: "shop".into(), to: to.into(), line: 0 };
        let gate = GateFile { drift: vec![to("api/openapi"), to("tools.txt")], ..GateFile::default() };
        for (path, may) in [
            ("tools.txt", true),
            ("api/openapi/a", true),
            ("schemas/Ä.YML", true),
            ("api/openapi2", false),
            ("README.md", false),
        ] {
            assert_eq!(may_drift(path, &gate), may, "{path}");
            assert!(!may_drift(path, &GateFile::default()), "{path}");
        }
    }

    #[test]
    fn what_bears_on_a_judgement_is_told_from_what_does_not() {
        let dirs = ["a/shop".to_owned(), "b".to_owned()];
        for path in [
            "a/shop/artifact/tools.json",
            "b/x",
            "new/toolpack.yaml",
            "new/ToolPack.YML",
            "left/lockfile/caskmcp.lock.yaml",
            ".caskmcp/trust.yaml",
            "a/.caskmcp/gate.yaml",
            ".github/workflows/cask.yml",
            "service/.mcp.json",
        ] {
            assert!(is_judged(path, &dirs), "{path}");
        }
        for path in ["README.md", "a/shopping/x", "a/shop", "src/b/x", ".github/CODEOWNERS", "x.mcp.json"] {
            assert!(!is_judged(path, &dirs), "{path}");
        }
        assert!(is_judged("README.md", &[String::new()]), "a toolpack at the root");
    }
}
