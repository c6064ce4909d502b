//! `cask propose from-capture`: candidates for tools, and what should be captured next, written for people to read.

use std::path::PathBuf;

use super::drafted::{Given, ScopeArgs};
use super::told;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::fs::stage_inside;
use crate::io::together;
use crate::propose::files::texts;

/// Where the folders lie below the state folder.
const FOLDER: &str = "proposals";

/// Options of `propose from-capture`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stored capture: its id, or its folder
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Folder in which the folder of the files is made (default: proposals in the state folder)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    deterministic: bool,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    volatile_metadata: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no such capture, nothing of it can be taken in, or nothing can be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    if args.deterministic || args.volatile_metadata {
        ctx.note("--deterministic and --volatile-metadata have no effect");
    }
    let given = Given::of(&args.capture, &args.scope, "cask propose from-capture ID", ctx)?;

    let drafted = given.drafted()?;
    let origin = given.origin();
    let texts = texts(&drafted, origin);
    given.spared(&texts)?;

    let (root, below) = match args.output {
        Some(dir) => (dir, origin.folder()),
        None => (ctx.global.root.clone(), format!("{FOLDER}/{}", origin.folder())),
    };
    let mut staged = Vec::new();
    for (name, text) in &texts {
        staged.push(stage_inside(&ctx.cwd.join(&root), &format!("{below}/{name}"), text.as_bytes())?);
    }
    together::place(staged).map_err(|unplaced| Failed::unplaced(unplaced, "draft them again"))?;
    let place = root.join(below).display().to_string();
    let text = told::drafted(ctx.paint(), &drafted, &place, texts.keys(), ctx.global.verbose);
    ctx.print(&text)?;
    Ok(0)
}
