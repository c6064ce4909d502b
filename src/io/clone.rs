//! What this clone knows beyond objects and refs: what its person set in git's configuration, where hooks lie,
//! what a branch follows, and since when a remote branch has been seen as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::failure::Failure;
use super::fs;
use super::git::Repo;
use super::oid::Oid;
use super::process::{self, Output};

/// How long one call of git may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Most bytes that it may print.
const MAX_OUTPUT: usize = 1 << 20;
/// Most bytes of FETCH_HEAD that are read.
const MAX_FETCHED: usize = 4 << 20;

/// Where git looks for hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksDir {
    /// The folder; it need not be there.
    pub path: PathBuf,
    /// Whether other repositories use it too: it lies neither in this one nor in its work tree.
    pub is_shared: bool,
}

impl Repo {
    /// A value of git's configuration, as the person's own git sees it. None if it is not set.
    ///
    /// # Errors
    /// Git can't read the configuration.
    pub fn setting(&self, key: &str) -> Result<Option<String>, Failure> {
        let subject = format!("git's setting {key}");
        let out = self.persons_git(&["config", "--get", key], &subject)?;
        match out.code {
            Some(0) => Ok(Some(String::from_utf8_lossy(&out.stdout).trim_end_matches('\n').to_owned())),
            Some(1) => Ok(None),
            _ => Err(Failure::new(subject, "git can't read it").why(out.complaint())),
        }
    }

    /// The folder of hooks; `core.hooksPath` is honoured.
    ///
    /// # Errors
    /// Git can't tell.
    pub fn hooks_dir(&self) -> Result<HooksDir, Failure> {
        let subject = "the folder of hooks";
        let out = self.persons_git(&["rev-parse", "--git-common-dir", "--git-path", "hooks"], subject)?;
        let text = String::from_utf8(out.stdout.clone()).ok();
        let paths = text.as_deref().and_then(|text| text.trim_end_matches('\n').split_once('\n'));
        let (Some(0), Some((common, hooks))) = (out.code, paths) else {
            return Err(Failure::new(subject, "git can't name it").why(out.complaint()));
        };
        // Both are told from the root on, or whole.
        let path = self.root().join(hooks);
        let real = real(&path);
        let is_shared = ![self.root().join(common), self.root().to_owned()]
            .iter()
            .any(|own| real.starts_with(self::real(own)));
        Ok(HooksDir { path, is_shared })
    }

    /// The remote branch that the checked-out branch follows, as a whole ref. None if there is none.
    ///
    /// # Errors
    /// Git could not be run.
    pub fn upstream(&self) -> Result<Option<String>, Failure> {
        let args = ["rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}"];
        let (code, text, _) = self.git_text(&args, "the upstream branch")?;
        let name = text.trim_end();
        Ok((code == Some(0) && name.starts_with("refs/")).then(|| name.to_owned()))
    }

    /// The paths that differ between a commit and another, or what is staged (in another index file, if one
    /// is given).
    ///
    /// # Errors
    /// Git failed.
    pub fn changed_paths(
        &self,
        base: &Oid,
        head: Option<&Oid>,
        index: Option<&Path>,
    ) -> Result<BTreeSet<String>, Failure> {
        let subject = "what changed";
        let mut args = match head {
            Some(_) => vec!["diff-tree", "-r"],
            None => vec!["diff-index", "--cached"],
        };
        args.extend(["-z", "--name-only", "--no-renames", "--ignore-submodules=none", base.as_str()]);
        args.extend(head.map(Oid::as_str));
        let args: Vec<&std::ffi::OsStr> = args.iter().map(std::ffi::OsStr::new).collect();
        let out = self.git(&args, index, subject)?;
        match out.code {
            Some(0) => {
                let text = String::from_utf8_lossy(&out.stdout);
                Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
            }
            _ => Err(Failure::new(subject, "git can't tell").why(out.complaint())),
        }
    }

    /// Whether two commits have any history in common.
    ///
    /// # Errors
    /// Git failed.
    pub fn are_related(&self, a: &Oid, b: &Oid) -> Result<bool, Failure> {
        let subject = "the common history";
        match self.git_text(&["merge-base", "--end-of-options", a.as_str(), b.as_str()], subject)? {
            (Some(0), ..) => Ok(true),
            (Some(1), ..) => Ok(false),
            (.., out) => Err(Failure::new(subject, "git can't tell").why(out.complaint())),
        }
    }

    /// When this clone last knew that a remote branch is at `tip`, in seconds since 1970: the last fetch that
    /// saw it there, else when it came there. None if nothing tells.
    ///
    /// # Errors
    /// Git could not be run.
    pub fn seen_at(&self, refname: &str, tip: &Oid) -> Result<Option<i64>, Failure> {
        if let Some(at) = self.fetched_at(refname, tip) {
            return Ok(Some(at));
        }
        let remote = refname.strip_prefix("refs/remotes/").and_then(|name| name.split('/').next());
        let remote_head = remote.map(|remote| format!("refs/remotes/{remote}/HEAD"));
        // After `git clone` only the remote's HEAD has a log.
        for name in [Some(refname.to_owned()), remote_head].into_iter().flatten() {
            let args = [
                "log",
                "--walk-reflogs",
                "--max-count=1",
                "--format=%gd",
                "--date=unix",
                "--end-of-options",
                &name,
                "--",
            ];
            let (code, text, _) = self.git_text(&args, "the log of a remote branch")?;
            let seconds =
                text.trim_end().rsplit_once("@{").and_then(|(_, at)| at.trim_end_matches('}').parse().ok());
            if let (Some(0), Some(seconds)) = (code, seconds) {
                return Ok(Some(seconds));
            }
        }
        Ok(None)
    }

    /// When the last fetch ended, if it saw the branch at `tip`. Git writes a line a branch:
    /// `<oid>\t[not-for-merge]\tbranch 'main' of <url>`.
    fn fetched_at(&self, refname: &str, tip: &Oid) -> Option<i64> {
        let path = self.git_dir().join("FETCH_HEAD");
        let text = fs::read_bounded(&path, MAX_FETCHED).ok()??;
        let branch = refname.strip_prefix("refs/remotes/")?.split_once('/')?.1;
        let (start, words) = (format!("{tip}\t"), format!("\tbranch '{branch}' of "));
        let is_it = |line: &str| line.starts_with(&start) && line.contains(&words);
        String::from_utf8_lossy(&text).lines().any(is_it).then_some(())?;
        let modified = path.metadata().ok()?.modified().ok()?;
        i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
    }

    /// Git as its person runs it: with their whole configuration, and `-c` of an outer git. Only for questions
    /// about that configuration, which run nothing of it.
    fn persons_git(&self, args: &[&str], subject: &str) -> Result<Output, Failure> {
        let mut command = process::program("git");
        let mut safe = std::ffi::OsString::from("safe.directory=");
        safe.push(self.root());
        command.arg("-C").arg(self.root()).args(["--no-pager", "-c"]).arg(safe).args(args);
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy().to_ascii_uppercase();
            // GIT_CONFIG alone names one file instead of all.
            if name == "LANGUAGE" || (name.starts_with("GIT_") && !name.starts_with("GIT_CONFIG_")) {
                command.env_remove(key);
            }
        }
        command.envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0"), ("LC_ALL", "C")]);
        process::run(&mut command, MAX_OUTPUT, TIMEOUT).map_err(|trouble| {
            Failure::new(subject, trouble.message("git")).hint("git --version   (is git installed?)")
        })
    }
}

/// A path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let Ok(real) = above.canonicalize() {
            return path.strip_prefix(above).map_or_else(|_| real.clone(), |rest| real.join(rest));
        }
    }
    path.to_owned()
}
