//! A program of somebody else, started so that it sees little and leaves nothing: no variables but those it needs, a
//! home of its own that is taken away again, and a process group that ends with it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::end;
use crate::io::failure::Failure;

/// How a program is started.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The program.
    pub command: String,
    /// Its arguments; no shell reads them.
    pub args: Vec<String>,
    /// Variables that it gets beside the few that every program needs.
    pub env: BTreeMap<String, String>,
    /// The folder that it starts in.
    pub cwd: PathBuf,
    /// Its launch line for people: as it is written, without what was filled in.
    pub shown: String,
    /// What it is, for people: `the server`.
    pub what: &'static str,
}

/// Variables that every program may see: where programs are, and how people here write. None of them is a secret.
const COMMON: &[&str] = &["PATH", "LANG", "LANGUAGE", "TZ", "SystemRoot", "windir", "ComSpec", "PATHEXT"];

/// A command with a home of its own and no variable but those that every program may see.
pub(in crate::io) fn clean(program: &str, home: &Path, cwd: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(cwd).env_clear();
    for (name, value) in std::env::vars_os() {
        let is_common = name.to_str().is_some_and(|n| COMMON.contains(&n) || n.starts_with("LC_"));
        if is_common {
            command.env(name, value);
        }
    }
    for name in ["HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"] {
        command.env(name, home);
    }
    command
}

/// A folder that a program has for itself.
///
/// # Errors
/// None can be made.
pub fn home() -> io::Result<TempDir> {
    TempDir::with_prefix("cask-home-")
}

fn cannot(start: &Start, e: &io::Error) -> Failure {
    let message = format!("{} can't be started", start.what);
    let failure = Failure::new(start.shown.clone(), message).why(e.to_string());
    match e.kind() {
        io::ErrorKind::NotFound => failure.hint(format!("install {}, or name it by its path", start.command)),
        _ => failure,
    }
}

/// A program that runs.
pub struct Program {
    child: Child,
    /// Goes when this does.
    home: TempDir,
}

impl Program {
    /// Starts it, with its three streams as pipes.
    ///
    /// # Errors
    /// There is no such program, or it can't be started.
    pub fn start(start: &Start) -> Result<Program, Failure> {
        let home = home().map_err(|e| cannot(start, &e))?;
        Program::start_at(start, home)
    }

    /// Starts it with a home that is there already; it goes with the program.
    ///
    /// # Errors
    /// There is no such program, or it can't be started.
    pub fn start_at(start: &Start, home: TempDir) -> Result<Program, Failure> {
        let failed = |e: &io::Error| cannot(start, e);
        let mut command = clean(&start.command, home.path(), &start.cwd);
        command.args(&start.args);
        command.envs(&start.env);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What it starts in turn ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|e| failed(&e))?;
        end::with_us(child.id(), home.path());
        Ok(Program { child, home })
    }

    /// Its streams: in, out, and what it complains on. Once.
    pub fn streams(
        &mut self,
    ) -> Option<(std::process::ChildStdin, std::process::ChildStdout, std::process::ChildStderr)> {
        Some((self.child.stdin.take()?, self.child.stdout.take()?, self.child.stderr.take()?))
    }

    /// Whether it ended by itself, and with what code.
    pub fn ended(&mut self) -> Option<Option<i32>> {
        self.child.try_wait().ok().flatten().map(|status| status.code())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The group first: until it is waited for, its number is nobody else's.
        end::kill(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        end::forget(self.child.id());
        // What it had started may be writing still when it is gone itself: once more, then.
        for _ in 0..20 {
            if std::fs::remove_dir_all(self.home.path()).is_ok() || !self.home.path().exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
