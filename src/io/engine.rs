//! The container engine of this machine: found on the search path, asked what it has, and told to build, start and stop.
//! Every word is an argument of its own; no shell reads any of them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use super::failure::Failure;
use super::process::{self, Output};

/// How long it may take to answer, to build an image, and to stop a container.
const ANSWERS: Duration = Duration::from_secs(10);
const BUILDS: Duration = Duration::from_secs(600);
const STOPS: Duration = Duration::from_secs(20);
/// Most bytes of what it prints.
const MOST: usize = 1 << 20;
/// Seconds that a container has to end by itself, as the engine is told.
const GRACE: &str = "3";

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl Kind {
    /// All, in the order in which they are looked for.
    pub const ALL: [Kind; 2] = [Kind::Docker, Kind::Podman];

    /// The name of its program.
    pub const fn program(self) -> &'static str {
        match self {
            Kind::Docker => "docker",
            Kind::Podman => "podman",
        }
    }
}

/// An engine that is there.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Which.
    pub kind: Kind,
    program: PathBuf,
}

impl Engine {
    /// The first on the search path that works, of all or of the one that is asked for.
    ///
    /// # Errors
    /// There is none, or none that works: why the first does not.
    pub fn working(search: Option<&str>, wanted: Option<Kind>) -> Result<Engine, Failure> {
        let mut first = None;
        for engine in Engine::all(search, wanted) {
            match engine.answers() {
                Ok(()) => return Ok(engine),
                Err(failure) => drop(first.get_or_insert(failure)),
            }
        }
        Err(first.unwrap_or_else(|| {
            let names = wanted.map_or("neither docker nor podman", Kind::program);
            let not = if wanted.is_some() { "not " } else { "" };
            Failure::new("the container engine", format!("{names} is {not}on the search path"))
                .hint("install docker or podman")
        }))
    }

    /// Those that lie on the search path.
    fn all(search: Option<&str>, wanted: Option<Kind>) -> Vec<Engine> {
        let folders: Vec<PathBuf> = std::env::split_paths(search.unwrap_or_default()).collect();
        let kinds = Kind::ALL.into_iter().filter(|kind| wanted.is_none_or(|wanted| wanted == *kind));
        let there = kinds.filter_map(|kind| {
            let name = format!("{}{}", kind.program(), std::env::consts::EXE_SUFFIX);
            // What lies in the folder that somebody happens to be in is no program of this machine.
            let mut places = folders.iter().filter(|dir| dir.is_absolute()).map(|dir| dir.join(&name));
            places.find(|place| is_program(place)).map(|program| Engine { kind, program })
        });
        there.collect()
    }

    /// Asks whether it works at all.
    fn answers(&self) -> Result<(), Failure> {
        let out = self.ask(&["info", "--format", "{{json .}}"], ANSWERS)?;
        self.done(&out, "it can't be used", "start it, and see that this user may use it")
    }

    /// Whether it has an image.
    ///
    /// # Errors
    /// It does not answer.
    pub fn has(&self, image: &str) -> Result<bool, Failure> {
        Ok(self.ask(&["image", "inspect", "--format", "{{.Id}}", image], ANSWERS)?.code == Some(0))
    }

    /// Builds an image of the files of a folder.
    ///
    /// # Errors
    /// It can't.
    pub fn build(&self, dockerfile: &Path, image: &str, folder: &Path) -> Result<(), Failure> {
        let mut command = self.command();
        command.args(["build", "--quiet", "--file"]).arg(dockerfile).args(["--tag", image]).arg(folder);
        let out = self.finish(&mut command, BUILDS)?;
        self.done(&out, "it did not build the image", "read what it says; the toolpack itself is written")
    }

    /// Starts it with our streams: what it prints is what its container prints.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(&self, words: &[String]) -> Result<Child, Failure> {
        let failed = |error| Failure::new(self.name(), format!("it can't be started: {error}"));
        self.command().args(words).spawn().map_err(failed)
    }

    /// Stops a container that it started; one that is gone is stopped.
    pub fn stop(&self, name: &str) {
        let _ = self.ask(&["stop", "--time", GRACE, name], STOPS);
    }

    fn name(&self) -> &'static str {
        self.kind.program()
    }

    /// Its program, which does not see what a workflow handed us to ask GitHub with.
    fn command(&self) -> Command {
        process::program(&self.program.to_string_lossy())
    }

    fn ask(&self, words: &[&str], time: Duration) -> Result<Output, Failure> {
        self.finish(self.command().args(words), time)
    }

    fn finish(&self, command: &mut Command, time: Duration) -> Result<Output, Failure> {
        process::run(command, MOST, time)
            .map_err(|trouble| Failure::new(self.name(), trouble.message(self.name())))
    }

    fn done(&self, out: &Output, message: &str, hint: &str) -> Result<(), Failure> {
        match out.code {
            Some(0) => Ok(()),
            _ => Err(Failure::new(self.name(), message).why(out.complaint()).hint(hint)),
        }
    }
}

/// Whether a file can be run.
fn is_program(path: &Path) -> bool {
    let Ok(meta) = path.metadata() else { return false };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    meta.is_file() && runs
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with engines that do what a script says.
    fn folder(engines: &[(&str, u32, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, mode, script) in engines {
            let path = dir.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).expect("it is ours");
        }
        dir
    }

    fn find(dir: &tempfile::TempDir, wanted: Option<Kind>) -> Result<Engine, Failure> {
        Engine::working(dir.path().to_str(), wanted)
    }

    #[test]
    fn the_first_that_can_be_run_is_taken() {
        let both = folder(&[("docker", 0o755, ""), ("podman", 0o755, "")]);
        assert_eq!(find(&both, None).unwrap().kind, Kind::Docker);
        assert_eq!(find(&both, Some(Kind::Podman)).unwrap().kind, Kind::Podman);
        for (mode, script) in [(0o644, ""), (0o755, "exit 1")] {
            let one = folder(&[("docker", mode, script), ("podman", 0o755, "")]);
            assert_eq!(find(&one, None).unwrap().kind, Kind::Podman);
            assert!(find(&one, Some(Kind::Docker)).is_err());
        }
        for search in [None, Some("."), Some("")] {
            let failure = Engine::working(search, None).unwrap_err();
            assert_eq!(failure.message, "neither docker nor podman is on the search path");
        }
    }

    #[test]
    fn what_it_complains_about_is_told() {
        let dir = folder(&[(
            "docker",
            0o755,
            "case $1 in info) echo 'error: no daemon' >&2; exit 1;; image) exit 1;; esac",
        )]);
        let failure = find(&dir, None).unwrap_err();
        assert_eq!((failure.subject.as_str(), failure.why), ("docker", vec!["no daemon".to_owned()]));
        let engine = Engine::all(dir.path().to_str(), None).remove(0);
        assert!(!engine.has("shop").unwrap());
        assert!(engine.build(Path::new("Dockerfile"), "shop", dir.path()).is_ok());
    }
}
