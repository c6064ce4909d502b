//! `cask hook install` and `uninstall`: a file where git looks for its hooks. One that is there and not ours is
//! never overwritten: with --chain it is moved aside and called first, and moved back in the end.

use std::path::{Path, PathBuf};

use super::script::{ASIDE, Script, Stage, is_chained, is_ours};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::git::Repo;
use crate::io::hook_file::{self, There};

/// Options of `install`.
#[derive(Debug, clap::Args)]
pub struct Install {
    /// Before each push (the default)
    #[arg(long)]
    pre_push: bool,
    /// Before each commit
    #[arg(long)]
    pre_commit: bool,
    /// Keep a hook that is there: call it first
    #[arg(long)]
    chain: bool,
    /// Where cask is missing, stop (default: say so and go on)
    #[arg(long)]
    strict: bool,
}

/// Options of `uninstall`.
#[derive(Debug, clap::Args)]
pub struct Uninstall {
    /// The one before each push alone
    #[arg(long)]
    pre_push: bool,
    /// The one before each commit alone
    #[arg(long)]
    pre_commit: bool,
}

/// A place for a hook.
struct Place {
    stage: Stage,
    path: PathBuf,
    /// For messages: from the root where it lies below.
    name: String,
    there: There,
}

impl Place {
    fn look(repo: &Repo, dir: &Path, stage: Stage) -> Result<Place, Failed> {
        let path = dir.join(stage.name());
        let name = path.strip_prefix(repo.root()).unwrap_or(&path).display().to_string();
        let there = hook_file::look(&path)?;
        Ok(Place { stage, path, name, there })
    }

    fn aside(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ASIDE);
        name.into()
    }

    /// Our own text that is there.
    fn ours(&self) -> Option<&[u8]> {
        match &self.there {
            There::File(text, _) if is_ours(text) => Some(text),
            _ => None,
        }
    }

    fn is_foreign(&self) -> bool {
        self.there != There::Nothing && self.ours().is_none()
    }

    /// Writes the hook; false if it is there just so.
    fn write(&self, chain: bool, strict: bool) -> Result<bool, Failed> {
        let moves = self.is_foreign();
        let chained = (moves && chain) || self.ours().is_some_and(is_chained);
        let program = program();
        let text = Script { stage: self.stage, program: &program, strict, chained }.text();
        if self.there == There::File(text.clone().into_bytes(), true) {
            return Ok(false);
        }
        if moves {
            hook_file::move_aside(&self.path, &self.aside())?;
        }
        if let Err(failure) = hook_file::put(&self.path, text.as_bytes()) {
            if moves {
                // The one that was there must not be lost to our failure.
                hook_file::move_back(&self.aside(), &self.path)?;
            }
            return Err(failure.into());
        }
        Ok(true)
    }
}

/// What `cask init` did about the hook, and the hook's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// It was not there.
    Wrote(String),
    /// It was there.
    Ours(String),
    /// Another is there.
    Foreign(String),
}

/// The name of the hook before a push, if none stands there.
///
/// # Errors
/// The place of hooks can't be looked at.
pub fn missing(repo: &Repo) -> Result<Option<String>, Failed> {
    let place = Place::look(repo, &folder(repo)?.path, Stage::PrePush)?;
    Ok((place.there == There::Nothing).then_some(place.name))
}

/// Installs the hook before a push where there is none.
///
/// # Errors
/// It can't be written.
pub fn first(repo: &Repo) -> Result<First, Failed> {
    let dir = folder(repo)?.path;
    let place = Place::look(repo, &dir, Stage::PrePush)?;
    if place.is_foreign() {
        return Ok(First::Foreign(place.name));
    }
    if place.ours().is_some() {
        return Ok(First::Ours(place.name));
    }
    place.write(false, false)?;
    Ok(First::Wrote(place.name))
}

/// Runs `hook install`.
///
/// # Errors
/// A hook that is not ours is there, or a file can't be written.
pub fn install(args: Install, ctx: &mut Ctx) -> Outcome {
    let repo = repository(ctx)?;
    let dir = folder(&repo)?;
    let mut places = Vec::new();
    for (stage, wanted) in
        [(Stage::PrePush, args.pre_push || !args.pre_commit), (Stage::PreCommit, args.pre_commit)]
    {
        if wanted {
            places.push(Place::look(&repo, &dir.path, stage)?);
        }
    }
    // Nothing is written where one of them can't be.
    for place in places.iter().filter(|place| place.is_foreign()) {
        if !args.chain {
            return Err(
                foreign(place).hint("cask hook install --chain   (moves it aside and calls it first)")
            );
        }
        if hook_file::look(&place.aside())? != There::Nothing {
            let name = format!("{}{ASIDE}", place.name);
            return Err(Failed::new("input", name, "it is there already, and is never overwritten")
                .why(format!("{} would be moved there", place.name))
                .hint("look what it is, and give it another name"));
        }
    }
    let paint = ctx.paint();
    let mut out = String::new();
    for place in &places {
        let (name, moves) = (paint.text(&place.name, 200), place.is_foreign());
        out += &match place.write(args.chain, args.strict)? {
            false => format!("left   {name}, as it was\n"),
            true if moves => {
                format!("moved  {name} to {name}{ASIDE}, which is called first\nwrote  {name}\n")
            }
            true => format!("wrote  {name}\n"),
        };
    }
    if dir.is_shared {
        out +=
            "note   core.hooksPath leads out of this repository: every repository that uses it asks cask\n";
    }
    let first = places.first().map_or(Stage::PrePush, |place| place.stage);
    let attempt = match first {
        Stage::PrePush => "cask hook run",
        Stage::PreCommit => "cask hook run --stage pre-commit",
    };
    out += &format!("\ntry    {}\nonce without it: {}\n", paint.bold(attempt), first.escape());
    ctx.print(&out)?;
    Ok(0)
}

/// Runs `hook uninstall`.
///
/// # Errors
/// A hook that was named is not ours, or a file can't be moved.
pub fn uninstall(args: Uninstall, ctx: &mut Ctx) -> Outcome {
    let repo = repository(ctx)?;
    let dir = folder(&repo)?;
    let all = !args.pre_push && !args.pre_commit;
    let mut out = String::new();
    for (stage, named) in [(Stage::PrePush, args.pre_push), (Stage::PreCommit, args.pre_commit)] {
        if !all && !named {
            continue;
        }
        let place = Place::look(&repo, &dir.path, stage)?;
        let name = ctx.paint().text(&place.name, 200);
        let Some(ours) = place.ours() else {
            if named && place.is_foreign() {
                return Err(foreign(&place).hint("take it away by hand, if it is meant"));
            }
            continue;
        };
        if is_chained(ours) && hook_file::look(&place.aside())? != There::Nothing {
            hook_file::move_back(&place.aside(), &place.path)?;
            out += &format!("removed {name}, and put back what was there before\n");
        } else {
            hook_file::remove(&place.path)?;
            out += &format!("removed {name}\n");
        }
    }
    if out.is_empty() {
        ctx.note("no hook of cask's is here");
    }
    ctx.print(&out)?;
    Ok(0)
}

fn repository(ctx: &Ctx) -> Result<Repo, Failed> {
    Repo::discover(&ctx.cwd)?.ok_or_else(|| {
        Failed::new("git", "this folder", "it is not in a git repository")
            .hint("run it inside the repository")
    })
}

/// The folder of hooks, if hooks can lie there.
fn folder(repo: &Repo) -> Result<crate::io::clone::HooksDir, Failed> {
    let dir = repo.hooks_dir()?;
    if dir.path.exists() && !dir.path.is_dir() {
        let name = dir.path.display().to_string();
        return Err(Failed::new("git", name, "git looks for hooks there, and it is no folder")
            .why("core.hooksPath says so")
            .hint("git config --unset core.hooksPath, if hooks are wanted here"));
    }
    Ok(dir)
}

fn foreign(place: &Place) -> Failed {
    Failed::new("input", place.name.clone(), "a hook is there that cask did not write")
        .looked("looked for", "the line `# cask-hook v1` at its beginning")
}

/// This program, by its whole path. Empty where no text can hold that: the hook then asks the PATH, and never a
/// file of this name in the folder that it runs in.
fn program() -> String {
    let path = std::env::current_exe().ok();
    path.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_default()
}
