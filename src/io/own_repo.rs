//! A repository of our own making, in a folder of our own: git writes in it, with nothing of the person's
//! configuration or environment, as one fixed author at one fixed time. The same steps give the same commits.
//!
//! For the demo alone; repositories of people are only ever read (`git`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::failure::Failure;
use super::process::{self, Output};
use crate::canon::time::Timestamp;

/// How long one call of git may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes that one call of git may print.
const MAX_OUTPUT: usize = 1 << 20;

/// A repository that we made.
#[derive(Debug)]
pub struct OwnRepo {
    root: PathBuf,
    author: &'static str,
    at: Timestamp,
}

impl OwnRepo {
    /// Makes a repository with an empty branch `main` in a folder that is there and holds none. All that is
    /// committed is by `author` at `at`.
    ///
    /// # Errors
    /// git is missing, or can't make it.
    pub fn init(root: &Path, author: &'static str, at: Timestamp) -> Result<OwnRepo, Failure> {
        let repo = OwnRepo { root: root.to_owned(), author, at };
        // An empty template brings no hooks. The branch is named by hand: --initial-branch needs git 2.28.
        repo.git(&["init", "--quiet", "--template="])?;
        repo.git(&["symbolic-ref", "HEAD", "refs/heads/main"])?;
        Ok(repo)
    }

    /// Commits everything that lies in the folder.
    ///
    /// # Errors
    /// git failed; nothing to commit is a failure too.
    pub fn commit(&self, message: &str) -> Result<(), Failure> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--no-verify", "-m", message])
    }

    /// Starts a branch at the current commit and goes onto it.
    ///
    /// # Errors
    /// git failed.
    pub fn branch(&self, name: &str) -> Result<(), Failure> {
        self.git(&["checkout", "--quiet", "-b", name])
    }

    /// Takes paths, folders with all that is in them, as they are on a branch.
    ///
    /// # Errors
    /// git failed; a path that the branch does not have is a failure too.
    pub fn restore(&self, branch: &str, paths: &[&str]) -> Result<(), Failure> {
        self.git(&[&["checkout", "--quiet", branch, "--"], paths].concat())
    }

    fn git(&self, args: &[&str]) -> Result<(), Failure> {
        let mut command = process::program("git");
        let nowhere = self.root.join(".git/none");
        command.arg("-C").arg(&self.root).env_clear();
        for setting in ["core.hooksPath=/dev/null", "core.autocrlf=false", "core.fsync=none", "gc.auto=0"] {
            command.args(["-c", setting]);
        }
        command.args(args);
        // What a program needs to be found and to start; the rest of the environment stays outside.
        for name in ["PATH", "SystemRoot", "TMPDIR", "TEMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Git before 2.32 does not know GIT_CONFIG_GLOBAL and looks in the home instead.
        command.env("HOME", &nowhere).env("XDG_CONFIG_HOME", &nowhere);
        command.env("GIT_DIR", self.root.join(".git")).env("GIT_WORK_TREE", &self.root);
        let date = format!("{} +0000", self.at);
        command.envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", self.author),
            ("GIT_AUTHOR_EMAIL", "demo@example.invalid"),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", self.author),
            ("GIT_COMMITTER_EMAIL", "demo@example.invalid"),
            ("GIT_COMMITTER_DATE", &date),
            ("LC_ALL", "C"),
        ]);
        let subject = "the repository of the demo";
        match process::run(&mut command, MAX_OUTPUT, TIMEOUT) {
            Ok(Output { code: Some(0), .. }) => Ok(()),
            Ok(out) => Err(Failure::new(subject, format!("git {} failed", args.first().unwrap_or(&"")))
                .why(out.complaint())
                .hint("git --version   (2.25 or newer is needed)")),
            Err(trouble) => {
                Err(Failure::new(subject, trouble.message("git")).hint("git --version   (is git installed?)"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::git::Repo;

    fn made() -> (tempfile::TempDir, OwnRepo, String) {
        let dir = tempfile::tempdir().unwrap();
        let repo = OwnRepo::init(dir.path(), "somebody", "2026-12-01T09:00:00Z".parse().unwrap()).unwrap();
        std::fs::write(dir.path().join("a"), "one\r\n").unwrap();
        repo.commit("first").unwrap();
        let head = Repo::discover(dir.path()).unwrap().unwrap().head().unwrap().unwrap();
        (dir, repo, head.to_string())
    }

    #[test]
    fn the_same_steps_give_the_same_commit() {
        assert_eq!(made().2, made().2);
    }

    #[test]
    fn a_path_comes_back_as_the_branch_has_it() {
        let (dir, repo, _) = made();
        repo.branch("side").unwrap();
        std::fs::write(dir.path().join("a"), "two").unwrap();
        repo.commit("second").unwrap();
        assert!(repo.restore("main", &["no-such"]).is_err());
        repo.restore("main", &["a"]).unwrap();
        assert_eq!(std::fs::read(dir.path().join("a")).unwrap(), b"one\r\n");
        assert!(repo.branch("side").is_err(), "it is there already");
    }
}
