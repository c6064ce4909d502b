//! `cask migrate`: toolpacks of version 1 in the work tree are rewritten as version 2, all or none.

use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use crate::canon::Fault;
use crate::canon::visible::visible;
use crate::io::fs::{slashed, stage_inside};
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::lock::Lock;
use crate::io::together;
use crate::io::tree::Tree;
use crate::migrate::{self, Migrated};
use crate::model::gate_config::EXEMPTION_DAYS;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::toolpack::{HEADER, join};

/// Rewrite toolpacks of version 1 as version 2
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml (repeatable)
    #[arg(long, value_name = "PATH", required = true)]
    pub toolpack: Vec<PathBuf>,
    /// Branch, tag or commit whose v2 lockfile's approvals are kept (for a branch that was made before the
    /// toolpack was migrated there)
    #[arg(long, value_name = "REF")]
    pub base_ref: Option<String>,
    /// Say what would change and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Accepted, no effect: this is what the command does
    #[arg(long, hide = true)]
    pub apply: bool,
}

/// A note is one line; names in it may be of any length.
const LINE: usize = 400;

/// Runs the command. Nothing is written unless every toolpack can be migrated.
///
/// # Errors
/// A toolpack that cannot be read, is of version 2 already, or holds what version 2 cannot; a file that
/// cannot be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    // Each folder once, or this command would wait for itself.
    let mut folders: Vec<(PathBuf, &PathBuf)> = Vec::new();
    for named in &args.toolpack {
        let dir = folder(&ctx.cwd.join(named));
        let dir = dir.canonicalize().unwrap_or(dir);
        if !folders.iter().any(|(known, _)| *known == dir) {
            folders.push((dir, named));
        }
    }
    let mut locks = Vec::new();
    let mut all: Vec<(&PathBuf, &PathBuf, Loaded, Migrated)> = Vec::new();
    for (dir, named) in &folders {
        let before = load(dir, named)?;
        if !args.dry_run {
            // Held until the end; what counts is what lies there once it is held.
            locks.push(Lock::exclusive(&dir.join(migrate::lock_path(&before.pack)))?);
        }
        let loaded = if args.dry_run { before } else { load(dir, named)? };
        let id = &loaded.pack.header.toolpack_id;
        let base = args.base_ref.as_ref().map(|name| base_lock(dir, named, id, name)).transpose()?;
        let made = migrate::onto(&loaded.pack, loaded.lock.as_ref(), base.as_ref())
            .map_err(|fault| Failed::from(from_root(dir, fault)).about(named.display().to_string()))?;
        all.push((dir, named, loaded, made));
    }
    if !args.dry_run {
        write(&all.iter().map(|(dir, _, _, made)| (dir.as_path(), made)).collect::<Vec<_>>())?;
    }
    for (_, named, loaded, made) in &all {
        tell(ctx, &args, named, loaded, made)
            .map_err(|e| Failed::new("io", "the output", format!("it can't be written: {e}")))?;
    }
    Ok(0)
}

/// Writes all files of all toolpacks, or none.
fn write(all: &[(&Path, &Migrated)]) -> Result<(), Failed> {
    let mut staged = Vec::new();
    for (dir, made) in all {
        // Last what speaks of the others: the header, and then the lockfile.
        let (header, files): (Vec<_>, Vec<_>) = made.files.iter().partition(|(path, _)| *path == HEADER);
        for (path, text) in files.into_iter().chain(header) {
            staged.push(stage_inside(dir, path, text.as_bytes())?);
        }
        staged.push(stage_inside(dir, made.lock_path(), made.lock_text().as_bytes())?);
    }
    together::place(staged)
        .map_err(|unplaced| Failed::unplaced(unplaced, "some files are of version 2 and others of version 1"))
}

/// The folder of a toolpack that is named by itself or by its toolpack.yaml.
fn folder(path: &Path) -> PathBuf {
    match path.file_name().is_some_and(|name| name == HEADER) {
        true => path.parent().map_or_else(PathBuf::new, Path::to_owned),
        false => path.to_owned(),
    }
}

/// The lockfile of the toolpack at a commit. It must be there, of this toolpack and of version 2: who names it
/// expects what it holds to be kept.
fn base_lock(dir: &Path, named: &Path, id: &str, base: &str) -> Result<Lockfile, Failed> {
    let subject = named.display().to_string();
    let Some(repo) = Repo::discover(dir)? else {
        return Err(Failed::new(
            "git",
            subject,
            "it is not in a git repository, so --base-ref names nothing",
        ));
    };
    let commit = repo.resolve(base)?;
    let real = |path: &Path| {
        path.canonicalize().map_err(|e| Failed::new("io", path.display().to_string(), e.to_string()))
    };
    let (root, dir) = (real(repo.root())?, real(dir)?);
    let inside = dir.strip_prefix(&root).ok().and_then(slashed).ok_or_else(|| {
        Failed::new(
            "input",
            &subject,
            "its path in the repository can't be followed, so --base-ref names nothing",
        )
        .why("a part of it is not UTF-8, or it leads out of the repository")
        .hint("rename the folder")
    })?;
    let loaded = load::toolpack(&Tree::git(&repo, &commit), &join(&inside, HEADER))?;
    let looked = format!("looked at {}", commit.short());
    let there = &loaded.pack.header.toolpack_id;
    if there != id {
        return Err(Failed::new("input", subject, "another toolpack lay in its folder there")
            .why(looked)
            .why(format!("its toolpack_id is {there}, here it is {id}"))
            .hint("name a commit that has this toolpack in this folder, or leave out --base-ref"));
    }
    match loaded.lock {
        Some(AnyLockfile::V2(lock, _)) if lock.toolpack_id == *id => Ok(*lock),
        Some(AnyLockfile::V2(lock, _)) => {
            Err(Failed::new("input", subject, "its lockfile there is of another toolpack")
                .why(looked)
                .why(format!("it is of {}, here the toolpack_id is {id}", lock.toolpack_id))
                .hint("name a commit whose lockfile is of this toolpack, or leave out --base-ref"))
        }
        _ => Err(Failed::new("input", subject, "its lockfile there is not of version 2")
            .why(looked)
            .hint("leave out --base-ref: there is nothing to keep")),
    }
}

fn load(dir: &Path, named: &Path) -> Result<Loaded, Failed> {
    load::toolpack(&Tree::folder(dir.to_owned()), HEADER)
        .map_err(|fault| Failed::from(from_root(dir, fault)).about(named.display().to_string()))
}

/// The fault as it is told of from the repository's root: what is read here are paths in the toolpack.
fn from_root(dir: &Path, fault: Fault) -> Fault {
    let root = Repo::discover(dir).ok().flatten().and_then(|repo| repo.root().canonicalize().ok());
    let inside = root.and_then(|root| slashed(dir.strip_prefix(root).ok()?));
    match inside {
        Some(inside) => Fault { file: join(&inside, &fault.file), ..fault },
        None => fault,
    }
}

fn tell(ctx: &mut Ctx, args: &Args, named: &Path, was: &Loaded, made: &Migrated) -> std::io::Result<()> {
    let name = visible(&named.display().to_string(), LINE);
    let done = if args.dry_run { "would be rewritten as" } else { "is now" };
    let tools = made.pack.manifest.tools.len();
    let notes = made.lock.tools.values().filter(|entry| entry.legacy.is_some()).count();
    let open = made.lock.tools.values().filter(|entry| !entry.status.serves()).count();
    writeln!(ctx.out, "{name} {done} version 2: {tools} tools, {open} entries pending")?;
    if notes > 0 {
        writeln!(ctx.out, "  {notes} approvals of version 1 are kept as notes; they never count")?;
    }
    for note in &made.notes {
        writeln!(ctx.out, "  {}", visible(&note.plain(), LINE))?;
    }
    for old in was.pack.header.lockfiles.iter().filter(|path| *path != made.lock_path()) {
        writeln!(ctx.out, "  {} is not read any more: remove it", visible(old, LINE))?;
    }
    if args.dry_run {
        return writeln!(ctx.out, "  next: cask migrate --toolpack {name}");
    }
    if args.base_ref.is_some() {
        return writeln!(ctx.out, "  next: cask gate sync --toolpack {name}");
    }
    writeln!(ctx.out, "  next: cask gate status --toolpack {name}, then cask gate allow TOOL")?;
    writeln!(
        ctx.out,
        "        or, as an owner: cask init, which exempts what there is for {EXEMPTION_DAYS} days"
    )
}
