//! The real binary in a scratch folder: its own keys, its own state, and a repository that knows nothing of
//! the machine's configuration.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).expect("results are text"),
            err: String::from_utf8(output.stderr).expect("errors are text"),
        }
    }

    /// It did what was asked: what it printed.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// It could not: what it told. Nothing may stand on stdout then.
    pub fn failed(self) -> String {
        assert_eq!(self.code, 3, "{}\n{}", self.out, self.err);
        assert_eq!(self.out, "", "stdout is for results");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        assert!(self.err.trim_end().ends_with("exit 3"), "{}", self.err);
        self.err
    }
}

/// A person at a machine, with a repository.
pub struct Place {
    pub dir: TempDir,
    pub person: String,
}

impl Place {
    pub fn new() -> Place {
        let place = Place { dir: TempDir::new().expect("a scratch folder"), person: "alice".to_owned() };
        std::fs::create_dir(place.root()).expect("a folder");
        place
    }

    /// With a repository whose default branch is known as `origin/main`, still empty.
    pub fn with_git() -> Place {
        let place = Place::new();
        git(place.dir.path(), &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        place.git(&["init", "-q", "-b", "main"]);
        place.git(&["remote", "add", "origin", "../origin.git"]);
        place
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    pub fn git(&self, args: &[&str]) -> String {
        git(&self.root(), args)
    }

    /// Commits all and brings it to the default branch.
    pub fn merge(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["push", "-q", "origin", "HEAD:main"]);
        self.git(&["remote", "set-head", "origin", "main"]);
    }

    /// All that is there, approved by alice and merged; she has the one key.
    pub fn approve_all(&self) {
        self.cask(&["key", "new", "--no-passphrase"]).ok();
        self.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
        self.write(".gitignore", ".caskmcp/state/\n");
        self.cask(&["gate", "sync"]).ok();
        self.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
        self.merge("approve");
    }

    /// The same machine with other keys.
    pub fn person(&mut self, name: &str) {
        name.clone_into(&mut self.person);
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cask"));
        let home = self.dir.path().join(&self.person);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &home).env("XDG_CONFIG_HOME", home.join("config"));
        command.env("XDG_STATE_HOME", home.join("state")).env("CASK_NON_INTERACTIVE", "1");
        command
    }

    pub fn cask(&self, args: &[&str]) -> Ran {
        self.cask_with(args, &[])
    }

    pub fn cask_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        Ran::of(self.command(args).envs(env.iter().copied()).output().expect("cask runs"))
    }
}

/// Git in a folder, as if this machine had no configuration and nobody had set a variable of its.
pub fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    // A scratch repository need not outlive a power cut.
    command.arg("-C").arg(dir).args(["-c", "core.fsync=none"]);
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(key);
    }
    command.envs([
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.invalid"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.invalid"),
        ("GIT_ALLOW_PROTOCOL", "file"),
    ]);
    command
}

pub fn git(dir: &Path, args: &[&str]) -> String {
    let out = git_command(dir).args(args).output().expect("git runs");
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folders");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a kind").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), &target).expect("a file")),
        }
    }
}

/// The text of a page must be what the program makes; `BLESS=1` writes it.
pub fn in_step(path: &str, made: &str) {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let path = Path::new(&root).join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, made).expect("the page is writable");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == made,
        "{} is not in step: run this test with BLESS=1, and read the change",
        path.display()
    );
}
