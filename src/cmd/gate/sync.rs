//! `cask gate sync`: brings lockfiles in step with their toolpacks. Signs nothing.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::desk::{Desk, PackAt, Unnamed};
use crate::cmd::gate::say;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::sync::{Gone, sync};
use crate::model::command::Command;
use crate::model::lockfile::AnyLockfile;
use crate::model::toolpack::join;
use crate::rules::trust as rule;

/// Options of `gate sync`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Withdraw the entries of tools that are gone
    #[arg(long, overrides_with = "keep_removed")]
    prune_removed: bool,
    /// Keep the entries of tools that are gone (the default)
    #[arg(long)]
    keep_removed: bool,
    /// Exit 1 if anything is pending
    #[arg(long)]
    exit_code: bool,
    /// The toolpack's tools.json, in place of --toolpack
    #[arg(short, long, value_name = "FILE")]
    tools: Option<PathBuf>,
    /// The toolpack's toolsets.yaml, beside --tools
    #[arg(long, value_name = "FILE", requires = "tools")]
    toolsets: Option<PathBuf>,
    /// The toolpack's policy.yaml, beside --tools
    #[arg(long, value_name = "FILE", requires = "tools")]
    policy: Option<PathBuf>,
    /// Has no effect: a lockfile names no capture
    #[arg(long, value_name = "ID", hide = true)]
    capture_id: Option<String>,
    /// Has no effect: a lockfile names no scope
    #[arg(long, value_name = "SCOPE", hide = true)]
    scope: Option<String>,
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
/// A toolpack, trust file or lockfile that can't be read or written.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    if let Some(tools) = &args.tools
        && args.packs.toolpack.is_empty()
    {
        args.packs.toolpack.push(toolpack_of(ctx, tools)?);
    }
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    for at in desk.packs.iter().filter(|_| args.tools.is_some()) {
        named_files(ctx, &desk, at, &args)?;
    }
    if args.capture_id.is_some() || args.scope.is_some() || args.deterministic || args.volatile_metadata {
        ctx.note("--capture-id, --scope, --deterministic and --volatile-metadata have no effect");
    }
    desk.tell_trust(ctx);
    let gone = if args.prune_removed { Gone::Prune } else { Gone::Keep };
    let (now, mut open) = (ctx.now, Vec::new());
    for at in &desk.packs {
        let path = desk.lock_path(at)?;
        let (written, tally) = desk.change(now, at, |scene, before| {
            refuse_blind(&desk, before)?;
            let synced = sync(scene, before, gone, now);
            Ok((synced.lock, synced.tally))
        })?;
        open.extend((!tally.open.is_empty()).then(|| at.name()));
        ctx.print(&say::tally(ctx.paint(), &path, written, &tally))?;
    }
    if let Some(first) = open.first() {
        let review = Command::say("cask gate review").toolpack(*first).from(&desk.place.here(&ctx.cwd));
        ctx.note(&format!("next: {}", if desk.has_trust() { &review } else { "cask init" }));
    }
    Ok(u8::from(args.exit_code && !open.is_empty()))
}

/// Without a trust file no statement can be told from a forgery, so none may be thrown away either.
///
/// # Errors
/// There are statements and no trust file.
pub fn refuse_blind(desk: &Desk, before: Option<&AnyLockfile>) -> Result<(), Failed> {
    let signed = before.and_then(AnyLockfile::v2).is_some_and(|lock| {
        let tools = lock.tools.values().any(|e| !e.approvals.is_empty());
        tools || !lock.surface.approvals.is_empty()
    });
    match (desk.has_trust(), signed) {
        (false, true) => {
            Err(Failed::new("trust", "the approvals", "there is no trust file to judge them with")
                .rule(rule::ROOT_MISSING)
                .hint("cask trust init --id NAME")
                .hint("--trust FILE"))
        }
        _ => Ok(()),
    }
}

/// The folder of the toolpack that a tools.json belongs to: the nearest one above with a toolpack.yaml.
fn toolpack_of(ctx: &Ctx, tools: &std::path::Path) -> Result<PathBuf, Failed> {
    let full = ctx.cwd.join(tools);
    let found = full.ancestors().skip(1).find(|dir| dir.join("toolpack.yaml").is_file());
    found.map(std::path::Path::to_owned).ok_or_else(|| {
        Failed::new("usage", tools.display().to_string(), "no toolpack.yaml lies above it")
            .why("approvals are of a whole toolpack")
            .hint("--toolpack FOLDER")
    })
}

/// Files named one by one must be those that the toolpack names: what is signed is what is run.
fn named_files(ctx: &Ctx, desk: &Desk, at: &PackAt, args: &Args) -> Result<(), Failed> {
    let header = desk.load(at)?.pack;
    let own = [
        (&args.tools, &header.header.tools),
        (&args.toolsets, &header.header.toolsets),
        (&args.policy, &header.header.policy),
    ];
    for (given, named) in own {
        let Some(given) = given else { continue };
        let there = desk.place.root.join(join(&header.dir, named)).canonicalize().ok();
        if there.is_none() || ctx.cwd.join(given).canonicalize().ok() != there {
            return Err(Failed::new(
                "usage",
                given.display().to_string(),
                "it is not the file that toolpack.yaml names",
            )
            .looked("named", join(&header.dir, named))
            .hint("name the toolpack alone: --toolpack FOLDER"));
        }
    }
    Ok(())
}
