//! Names to commits: what a branch, a tag, HEAD and the default branch of the remote stand for.
//!
//! "There is none" is only said where git looked and found none. A ref that git can't read, or whose commit is
//! not here, is a failure: another commit would be judged instead, or none.

use std::panic::resume_unwind;
use std::thread;

use super::failure::Failure;
use super::git::Repo;
use super::oid::Oid;
use super::refname;

/// The remote that a clone has of itself.
const ORIGIN: &str = "origin";
/// What shows the damage.
const FSCK: &str = "git fsck";

/// The default branch of the remote as this clone last saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultBranch {
    /// The remote's name.
    pub remote: String,
    /// The whole ref (`refs/remotes/origin/main`).
    pub refname: String,
    /// Its tip.
    pub tip: Oid,
}

impl Repo {
    /// The commit that a name stands for: `HEAD`, a branch, a tag, a remote branch, a whole ref, or a full
    /// object name. Revision syntax is refused, and so is a short name that stands for two commits.
    ///
    /// # Errors
    /// The name is refused or unknown here, or git failed.
    pub fn resolve(&self, name: &str) -> Result<Oid, Failure> {
        refname::check(name).map_err(|rule| {
            Failure::new(name, "this can't be the name of a branch, tag or commit")
                .why(rule)
                .hint("give a branch, a tag, or all 40 (or 64) digits of a commit")
        })?;
        if let Some(oid) = Oid::parse(name) {
            return self.commit_at(&oid)?.ok_or_else(|| self.unknown(name));
        }
        if name == "HEAD" {
            return self.head()?.ok_or_else(|| {
                Failure::new(name, "there is no commit yet")
                    .looked("looked for", "the first commit of HEAD")
                    .hint("commit what is to be judged, then run again")
            });
        }
        let mut found = self.refs_named(name)?;
        let first = found.pop().ok_or_else(|| self.unknown(name))?;
        if found.iter().any(|(_, oid)| *oid != first.1) {
            let mut failure = Failure::new(name, "the name stands for more than one commit");
            for (refname, oid) in found.iter().chain([&first]) {
                failure = failure.looked("found", format!("{refname} at {}", oid.short())).hint(refname);
            }
            return Err(failure);
        }
        Ok(first.1)
    }

    /// The refs that a name may stand for, each with its commit, in the order of their names.
    fn refs_named(&self, name: &str) -> Result<Vec<(String, Oid)>, Failure> {
        let mut wanted = vec![name.to_owned()];
        if !name.starts_with("refs/") {
            wanted =
                ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"].map(|p| p.to_owned() + name).into();
            wanted.push(format!("refs/remotes/{name}/HEAD"));
        }
        let mut found = Vec::new();
        for line in self.listed(&wanted, "%(objectname) %(refname)", name)?.lines() {
            if let Some((oid, refname)) = line.split_once(' ')
                && wanted.iter().any(|w| w == refname)
            {
                found.extend(self.commit_of(refname, oid)?.map(|commit| (refname.to_owned(), commit)));
            }
        }
        Ok(found)
    }

    /// The refs at or below some names, one a line.
    fn listed(&self, wanted: &[String], format: &str, subject: &str) -> Result<String, Failure> {
        let format = format!("--format={format}");
        let mut args = vec!["for-each-ref", format.as_str(), "--end-of-options"];
        args.extend(wanted.iter().map(String::as_str));
        let (code, text, out) = self.git_text(&args, subject)?;
        // Git leaves out what it can't read, says so, and ends with 0.
        let left_out = out.stderr.lines().any(|line| line.starts_with("warning: ignoring"));
        match code == Some(0) && !left_out {
            true => Ok(text),
            false => Err(Failure::new(subject, "git can't read the refs").why(out.complaint()).hint(FSCK)),
        }
    }

    /// The commit that a ref leads to. A tag of something that is no commit is no answer.
    fn commit_of(&self, refname: &str, oid: &str) -> Result<Option<Oid>, Failure> {
        let oid = Oid::parse(oid).ok_or_else(|| Failure::new(refname, "git lists it in an unknown form"))?;
        match self.commit_at(&oid)? {
            None if !self.has(&oid)? => Err(absent(refname, &oid)),
            commit => Ok(commit),
        }
    }

    /// The commit that is checked out; none before the first commit.
    ///
    /// # Errors
    /// HEAD names something that git can't read or that is not here, or git failed.
    pub fn head(&self) -> Result<Option<Oid>, Failure> {
        let (code, text, out) =
            self.git_text(&["show-ref", "--head", "--verify", "--hash", "HEAD"], "HEAD")?;
        if let (Some(0), Some(oid)) = (code, Oid::parse(text.trim_end())) {
            return self.commit_at(&oid)?.map(Some).ok_or_else(|| absent("HEAD", &oid));
        }
        // Only a branch that is not there yet makes HEAD name nothing; all else is damage.
        let broken = || Failure::new("HEAD", "git can't read it").why(out.complaint()).hint(FSCK);
        let (code, branch, _) = self.git_text(&["symbolic-ref", "--quiet", "HEAD"], "HEAD")?;
        let branch = branch.trim_end().to_owned();
        if code != Some(0) || branch.is_empty() {
            return Err(broken());
        }
        match self.listed(std::slice::from_ref(&branch), "%(refname)", "HEAD")?.lines().any(|r| r == branch) {
            true => Err(broken()),
            false => Ok(None),
        }
    }

    /// The default branch of `origin`, else of the one remote there is, as `refs/remotes/<remote>/HEAD`
    /// names it. None if the clone does not know.
    ///
    /// # Errors
    /// It is known and can't be read, or git failed.
    pub fn default_branch(&self) -> Result<Option<DefaultBranch>, Failure> {
        // Most clones have this one: asked for before it is known, git answers both questions at once.
        // On a thread of its own: whoever waits for git keeps no processor from those who compute.
        let (remotes, origins) = thread::scope(|scope| {
            let remotes = scope.spawn(|| self.remotes());
            let origins = self.default_branch_of(ORIGIN);
            (remotes.join().unwrap_or_else(|panic| resume_unwind(panic)), origins)
        });
        match remotes?.as_slice() {
            many if many.iter().any(|name| name == ORIGIN) => origins,
            [one] => self.default_branch_of(one),
            _ => Ok(None),
        }
    }

    /// The names of the remotes that could stand in a ref.
    ///
    /// # Errors
    /// Git failed.
    pub fn remotes(&self) -> Result<Vec<String>, Failure> {
        let subject = "the remotes";
        let (code, text, out) = self.git_text(&["remote"], subject)?;
        match code {
            Some(0) => {
                Ok(text.lines().filter(|name| refname::check(name).is_ok()).map(str::to_owned).collect())
            }
            _ => Err(Failure::new(subject, "git can't name them").why(out.complaint())),
        }
    }

    /// The default branch of a remote, as `refs/remotes/<remote>/HEAD` names it. None if the clone does not
    /// know.
    ///
    /// # Errors
    /// It is known and can't be read, or git failed.
    pub fn default_branch_of(&self, remote: &str) -> Result<Option<DefaultBranch>, Failure> {
        let subject = "the default branch";
        let link = format!("refs/remotes/{remote}/HEAD");
        let (below, format) = (format!("refs/remotes/{remote}/"), "%(objectname) %(refname) %(symref)");
        // One question where all is well; what git says of the rest is asked one by one.
        if let Ok(line) = self.listed(std::slice::from_ref(&link), format, subject)
            && let [oid, name, refname] = line.trim_end().split(' ').collect::<Vec<_>>()[..]
            && name == link
            && refname != link
            && refname.starts_with(&below)
            && let Some(tip) = self.commit_of(refname, oid)?
        {
            return Ok(Some(DefaultBranch { remote: remote.to_owned(), refname: refname.to_owned(), tip }));
        }
        let (code, text, out) =
            self.git_text(&["symbolic-ref", "--quiet", "--end-of-options", &link], subject)?;
        let refname = text.trim_end();
        match code {
            Some(0) => {}
            // It is no link: there is none, or a commit stands in its place.
            Some(1) => return Ok(None),
            _ => return Err(Failure::new(subject, "git can't read it").why(out.complaint()).hint(FSCK)),
        }
        if !refname.starts_with(&format!("refs/remotes/{remote}/")) || refname == link {
            return Ok(None);
        }
        let found = self.refs_named(refname)?;
        Ok(found.into_iter().next().map(|(refname, tip)| DefaultBranch {
            remote: remote.to_owned(),
            refname,
            tip,
        }))
    }
}

fn absent(refname: &str, oid: &Oid) -> Failure {
    Failure::new(refname, "the commit that it names is not here").why(oid.as_str()).hint(FSCK)
}
