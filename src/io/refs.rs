//! Names to commits: what a branch, a tag, HEAD and the default branch of the remote stand for.
//!
//! "There is none" is only said where git looked and found none. A ref that git can't read, or whose commit is
//! not here, is a failure: another commit would be judged instead, or none.

use super::failure::Failure;
use super::git::Repo;
use super::oid::Oid;
use super::refname;

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
        let mut args = vec!["for-each-ref", "--format=%(objectname) %(refname)", "--end-of-options"];
        args.extend(wanted.iter().map(String::as_str));
        let (code, text, out) = self.git_text(&args, name)?;
        if code != Some(0) {
            return Err(Failure::new(name, "git can't read the refs").why(out.complaint()));
        }
        let mut found = Vec::new();
        for (oid, refname) in text.lines().filter_map(|line| line.split_once(' ')) {
            if let (Some(oid), true) = (Oid::parse(oid), wanted.iter().any(|w| w == refname)) {
                // A tag of something that is no commit is no answer.
                found.extend(self.commit_at(&oid)?.map(|commit| (refname.to_owned(), commit)));
            }
        }
        Ok(found)
    }

    /// The commit that is checked out; none before the first commit.
    ///
    /// # Errors
    /// Git failed.
    pub fn head(&self) -> Result<Option<Oid>, Failure> {
        let (code, text, _) = self.git_text(&["show-ref", "--head", "--verify", "--hash", "HEAD"], "HEAD")?;
        match (code, Oid::parse(text.trim_end())) {
            (Some(0), Some(oid)) => match self.commit_at(&oid)? {
                Some(commit) => Ok(Some(commit)),
                None => Err(Failure::new("HEAD", "the commit that it names is not here").why(oid.as_str())),
            },
            _ => Ok(None),
        }
    }

    /// The default branch of `origin`, else of the one remote there is, as `refs/remotes/<remote>/HEAD`
    /// names it. None if the clone does not know.
    ///
    /// # Errors
    /// Git failed.
    pub fn default_branch(&self) -> Result<Option<DefaultBranch>, Failure> {
        let subject = "the default branch";
        let (code, text, out) = self.git_text(&["remote"], subject)?;
        if code != Some(0) {
            return Err(Failure::new(subject, "git can't name the remotes").why(out.complaint()));
        }
        let remotes: Vec<&str> = text.lines().collect();
        let remote = match remotes.as_slice() {
            many if many.contains(&"origin") => "origin",
            [one] if refname::check(one).is_ok() => one,
            _ => return Ok(None),
        };
        let link = format!("refs/remotes/{remote}/HEAD");
        let (code, text, _) =
            self.git_text(&["symbolic-ref", "--quiet", "--end-of-options", &link], subject)?;
        let refname = text.trim_end();
        if code != Some(0) || !refname.starts_with(&format!("refs/remotes/{remote}/")) || refname == link {
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
