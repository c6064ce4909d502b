//! The demo's own world: a repository, people with keys, a clock that stands still. Commands are the real
//! ones, called as the command line calls them; nothing of the machine's environment reaches them.

use std::path::{Path, PathBuf};

use clap::builder::Resettable;

use crate::canon::time::Timestamp;
use crate::cmd::ctx::{Ctx, Global};
use crate::cmd::failed::{Failed, Outcome};
use crate::io::fs;
use crate::io::own_repo::OwnRepo;

/// Somebody at a machine of their own.
pub struct Person {
    /// Their id as a signer.
    pub name: &'static str,
    home: PathBuf,
    /// What their randomness is made of: the demo's keys are the same on each run, and no secret.
    seed: u8,
}

/// Where the demo plays.
pub struct Stage {
    /// The repository.
    pub repo: OwnRepo,
    root: PathBuf,
    homes: PathBuf,
    now: Timestamp,
}

impl Stage {
    /// A new repository in an empty folder; people's homes lie in another.
    ///
    /// # Errors
    /// git is missing, or a folder can't be written.
    pub fn new(root: &Path, homes: &Path, now: Timestamp) -> Result<Stage, Failed> {
        let root = root.canonicalize()?;
        // Keys are refused in a repository that does not ignore them, and a scratch folder may lie in one.
        fs::write_inside(homes, ".gitignore", b"*\n")?;
        let repo = OwnRepo::init(&root, "cask demo", now)?;
        Ok(Stage { repo, root, homes: homes.to_owned(), now })
    }

    /// Somebody who was not here before.
    pub fn person(&self, name: &'static str, seed: u8) -> Person {
        Person { name, home: self.homes.join(name), seed }
    }

    /// A file of the repository.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(&self, name: &str) -> Result<String, Failed> {
        let bytes = fs::read_inside(&self.root, name, 1 << 20)?.unwrap_or_default();
        String::from_utf8(bytes).map_err(|_| Failed::new("input", name, "not UTF-8"))
    }

    /// Writes a file of the repository.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Failed> {
        Ok(fs::write_inside(&self.root, name, text.as_bytes())?)
    }

    /// Writes a file that is not of the repository, and gives its path: what is recorded is not committed.
    ///
    /// # Errors
    /// It can't be written.
    pub fn beside(&self, name: &str, text: &str) -> Result<String, Failed> {
        fs::write_inside(&self.homes, name, text.as_bytes())?;
        let path = self.homes.join(name);
        path.to_str().map(str::to_owned).ok_or_else(|| Failed::new("io", name, "its path is not UTF-8"))
    }

    /// Runs a command as somebody, in the repository. What it prints is dropped: the demo tells what comes of
    /// it, from its exit code and the files that it writes.
    ///
    /// # Errors
    /// The command's own; words that are none of its options.
    pub fn cask<A: clap::Args>(
        &self,
        who: &Person,
        run: fn(A, &mut Ctx) -> Outcome,
        words: &[&str],
    ) -> Outcome {
        // Options that the environment can give are taken from the words alone.
        let command = A::augment_args(clap::Command::new("cask").no_binary_name(true))
            .mut_args(|option| option.env(Resettable::Reset));
        let args = command
            .try_get_matches_from(words)
            .and_then(|matches| A::from_arg_matches(&matches))
            .map_err(|e| Failed::new("usage", "", e.to_string()))?;
        let (mut out, mut err) = (std::io::sink(), std::io::sink());
        let env = |name: &str| {
            let folder = match name {
                "HOME" => who.home.clone(),
                "XDG_CONFIG_HOME" => who.home.join("config"),
                "XDG_STATE_HOME" => who.home.join("state"),
                _ => return None,
            };
            folder.to_str().map(str::to_owned)
        };
        let mut ctx = Ctx {
            out: &mut out,
            err: &mut err,
            now: self.now,
            env: &env,
            names: &Vec::new,
            cwd: self.root.clone(),
            random: &|bytes| bytes.fill(who.seed),
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        run(args, &mut ctx)
    }

    /// The path of a person's public key.
    pub fn public_key(&self, who: &Person) -> String {
        who.home.join("config/cask/keys/default.pub").display().to_string()
    }

    /// The repository's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }
}
