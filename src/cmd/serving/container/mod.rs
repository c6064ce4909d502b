//! Serving in a container: a toolpack that was read and verified here in, a container that verifies it again and serves
//! it on our standard streams out, watched until it ends.
//!
//! What the container trusts is what was found here: a copy of the trust file is mounted, and its digest is handed over
//! as the pin. Where the trust in force becomes another, the container ends.

mod copies;
mod handed;
mod line;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use copies::Copies;
use handed::{Handed, Scene};
use line::{Line, Mount};
use watch::Watch;

use super::how::HowArgs;
use super::say::tell;
use super::start::Looked;
use super::terms::terms;
use super::what::WhatArgs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::confirmations::database::{below, private_folder};
use crate::io::engine::{Engine, Kind};
use crate::mint::container::{PROGRAM, WORK};
use crate::model::runtime::{Container, Runtime};
use crate::model::toolpack::join;
use crate::run::invoke::new_id;
use crate::run::stdio;

/// How often it is looked whether the container has ended, and whether the trust is another.
const TICK: Duration = Duration::from_millis(40);
const LOOK: Duration = Duration::from_secs(2);
/// How long the engine has after it was told to stop.
const LAST: Duration = Duration::from_secs(5);

/// Serves a toolpack in a container until that ends.
///
/// # Errors
/// It has no container, no engine or no image; something can't be handed in or mounted; or the engine failed.
pub fn run(
    looked: Looked,
    runtime: &Runtime,
    (what, how): (&WhatArgs, &HowArgs),
    more: &[&str],
    engine: Option<Kind>,
    ctx: &mut Ctx,
) -> Outcome {
    let header = looked.read.header.as_str();
    let container = runtime.container.as_ref().ok_or_else(|| {
        Failed::new("input", header, "the toolpack has no container")
            .hint("cask mint SOURCE -o FOLDER --runtime container, and approve that")
            .hint("--runtime local   (by this program, on this machine)")
    })?;
    // What is said wrongly is said here, before anything is started.
    let rules = terms(what, how, &looked.read, looked.toolset.clone(), ctx)?
        .rules(&looked.read.state.pack.header.allowed_hosts)
        .map_err(|why| Failed::new("input", header, why))?;
    let root = state_root(ctx)?;
    let trust = looked.read.state.trust().ok_or_else(unjudged)?;
    let scene = Scene { container, allowed: &rules.allowed, pin: &trust.digest, root: &root, header };
    let handed = handed::handed(what, how, &scene, ctx)?;
    let engine = engine_with(container, engine, ctx)?;
    let copies = Copies::of(&looked.read, ctx)?;
    let name = new_id("cask-");
    let line = Line {
        kind: engine.kind,
        name: &name,
        user: owner(&root),
        image: &container.image,
        mounts: mounts(&looked, &root, &copies, &handed)?,
        settings: &handed.settings,
        secrets: &handed.secrets,
        words: handed.words.iter().map(String::as_str).chain(more.iter().copied()).collect(),
    };
    let mut watch = Watch::of(&looked.read, what, ctx)?;

    tell(&format!("serving in a container: {}, {}", engine.kind.program(), container.image.as_str()));
    ctx.out.flush().map_err(Failed::from)?;
    let child = engine.start(&line.words())?;
    let ended = attend(child, &engine, &name, &mut watch)?;

    match ended {
        Ended::Asked => Ok(0),
        Ended::Untrusted(why) => Err(Failed::new("trust", header, "the container was ended")
            .why(why)
            .hint("start the server again")),
        Ended::ByItself(status) => of_status(status, &engine, container),
    }
}

/// Tools that nobody approved are served to try them out, where one can see them.
fn unjudged() -> Failed {
    Failed::new("usage", "--unsafe-no-lockfile", "what nobody approved is not served in a container")
        .hint("--runtime local   (without a container)")
}

/// The state folder, made for its owner alone: confirmations and audit log are the machine's, not the container's.
fn state_root(ctx: &Ctx) -> Result<PathBuf, Failed> {
    let root = ctx.cwd.join(&ctx.global.root);
    private_folder(&below(&root)?)?;
    root.canonicalize().map_err(|error| Failed::new("io", root.display().to_string(), error.to_string()))
}

/// The engine, if it works and has the image.
fn engine_with(container: &Container, wanted: Option<Kind>, ctx: &Ctx) -> Result<Engine, Failed> {
    let engine = Engine::working(ctx.var("PATH").as_deref(), wanted)
        .map_err(|failure| Failed::from(failure).hint("--runtime local   (without a container)"))?;
    let image = &container.image;
    match image.is_pinned() || engine.has(image.as_str())? {
        true => Ok(engine),
        false => {
            Err(Failed::new("input", image.as_str(), format!("{} has no such image", engine.kind.program()))
                .hint("cask mint SOURCE -o FOLDER --runtime container --runtime-build")
                .hint("or build it by the toolpack's Dockerfile, which says how"))
        }
    }
}

/// Who the state folder belongs to: who writes into it. Root stays root, without any of its rights.
fn owner(root: &Path) -> Option<(u32, u32)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        root.join("state").metadata().ok().map(|meta| (meta.uid(), meta.gid()))
    }
    #[cfg(not(unix))]
    {
        let _ = root;
        None
    }
}

/// What the container sees: the toolpack and its trust as they lie in the repository, and the state folder where it is
/// here, so that what is printed inside holds outside.
fn mounts(looked: &Looked, root: &Path, copies: &Copies, handed: &Handed) -> Result<Vec<Mount>, Failed> {
    let (pack, repository) = (&looked.read.state.pack, &looked.read.root);
    let mut mounts = vec![Mount::read(&repository.join(&pack.dir), &join_work(&pack.dir))?];
    for (copy, inside) in copies.files() {
        // A toolpack that is a repository's root is mounted over the place: what is not there can't be covered.
        if pack.dir.is_empty() && !repository.join(inside).is_file() {
            return Err(Failed::new(
                "input",
                inside,
                "it is not beside the toolpack, where the container reads it",
            )
            .hint("give the toolpack a folder of its own, below the repository's root"));
        }
        mounts.push(Mount::read(copy, &join_work(inside))?);
    }
    for file in &handed.files {
        mounts.push(Mount::read(file, &file.display().to_string())?);
    }
    let state = root.join("state");
    mounts.push(Mount::write(&state, &state.display().to_string())?);
    Ok(mounts)
}

/// A path of the repository as the container sees it.
fn join_work(inside: &str) -> String {
    if inside.is_empty() { WORK.to_owned() } else { join(WORK, inside) }
}

/// How it came to an end.
enum Ended {
    /// The system asked for the end.
    Asked,
    /// What the container was handed judges no longer.
    Untrusted(String),
    /// The client hung up, or the engine gave up.
    ByItself(ExitStatus),
}

/// Waits for the end, and ends it where that is asked for.
fn attend(mut child: Child, engine: &Engine, name: &str, watch: &mut Watch) -> Result<Ended, Failed> {
    let failed =
        |error: std::io::Error| Failed::new("io", "the container", format!("it can't be attended: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let ended = runtime.block_on(async {
        let told = stdio::told_to_end()?;
        tokio::pin!(told);
        let (mut tick, mut look) = (tokio::time::interval(TICK), tokio::time::interval(LOOK));
        loop {
            tokio::select! {
                () = &mut told => return Ok(Ended::Asked),
                _ = tick.tick() => if let Some(status) = child.try_wait()? {
                    return Ok(Ended::ByItself(status));
                },
                _ = look.tick() => if let Some(why) = watch.look() {
                    return Ok(Ended::Untrusted(why));
                },
            }
        }
    });
    if !matches!(ended, Ok(Ended::ByItself(_))) {
        end(&mut child, engine, name);
    }
    ended.map_err(failed)
}

/// Ends the container, and then the program that speaks for it.
fn end(child: &mut Child, engine: &Engine, name: &str) {
    engine.stop(name);
    let deadline = Instant::now() + LAST;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
        }
        std::thread::sleep(TICK);
    }
}

/// What the program in the container came to is what we come to; what the engine came to is no judgement.
fn of_status(status: ExitStatus, engine: &Engine, container: &Container) -> Outcome {
    let name = engine.kind.program();
    match status.code() {
        Some(code @ 0..=3) => Ok(code as u8),
        Some(125) => Err(Failed::new("input", name, "it did not start the container; it said why above")),
        Some(126 | 127) => Err(Failed::new(
            "input",
            container.image.as_str(),
            format!("there is no {PROGRAM} in it that can be run"),
        )
        .hint("build it by the toolpack's Dockerfile, around a static program")),
        code => Err(Failed::new("io", container.image.as_str(), "the container was ended from outside")
            .looked(name, code.map_or_else(|| status.to_string(), |code| format!("exit {code}")))),
    }
}
