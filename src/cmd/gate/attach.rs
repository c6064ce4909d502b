//! `cask gate attach`: puts statements that somebody handed over into the lockfile. They prove themselves;
//! whoever attaches them needs no key.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act;
use crate::cmd::gate::desk::{Desk, PackAt, Unnamed};
use crate::cmd::gate::say;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::detached::{Signed, read};
use crate::gate::draft::Draft;
use crate::gate::{enter, withdraw};
use crate::io::fs;
use crate::model::lockfile::Decision;
use crate::model::{bytes, limits};

/// Options of `gate attach`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File that `gate allow --detach` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Runs the command.
///
/// # Errors
/// A file that is none, statements about other toolpacks, under other trust, or that don't verify over what
/// is here: then nothing is written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let name = args.file.display().to_string();
    let content = fs::read_bounded(&ctx.cwd.join(&args.file), limits::LOCKFILE)?.ok_or_else(|| {
        Failed::new("input", &name, "there is no such file")
            .hint("name the file that cask gate allow --detach wrote")
    })?;
    let signed = read(&name, &bytes::json(&name, &content, limits::LOCKFILE)?)?;
    if signed.is_empty() {
        return Err(Failed::new("input", &name, "it holds no statement"));
    }
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::All)?;
    let root = desk.trust()?.root().to_owned();
    desk.tell_trust(ctx);
    if let Some(other) = signed.iter().find(|s| s.root() != root) {
        return Err(Failed::new("trust", &name, "it was signed for another repository's trust")
            .looked("root", other.root())
            .looked("here", root));
    }
    let placed = place(&desk, &name, &signed)?;
    for (at, statements) in &placed {
        one(ctx, &desk, &name, at, statements)?;
    }
    Ok(0)
}

type Placed<'a> = Vec<(PackAt, Vec<&'a Signed>)>;

/// Each statement to the toolpack that it names.
fn place<'a>(desk: &Desk, name: &str, signed: &'a [Signed]) -> Result<Placed<'a>, Failed> {
    let mut placed: Placed = Vec::new();
    let mut rest: Vec<&Signed> = signed.iter().collect();
    for at in &desk.packs {
        let (own, others) = rest.into_iter().partition(|s| s.toolpack_id() == at.id);
        rest = others;
        placed.push((at.clone(), own));
    }
    match rest.first() {
        None => Ok(placed),
        Some(lost) => Err(Failed::new("input", name, "it has statements about a toolpack that is not here")
            .looked("toolpack", lost.toolpack_id())
            .hint("--toolpack FOLDER")),
    }
}

fn one(ctx: &mut Ctx, desk: &Desk, name: &str, at: &PackAt, signed: &[&Signed]) -> Result<(), Failed> {
    if signed.is_empty() {
        return Ok(());
    }
    let now = ctx.now;
    let (written, said) = desk.change(now, at, |scene, before| {
        let mut lock = act::in_step(scene, before, now);
        let mut drafts: Vec<Draft> = Vec::new();
        for statement in signed {
            let draft = statement.draft(scene, &lock).ok_or_else(|| {
                Failed::new("input", name, "it has a statement about a tool that the toolpack has not")
            })?;
            drafts.push(draft);
        }
        let (gone, there): (Vec<Draft>, Vec<Draft>) =
            drafts.into_iter().partition(|d| d.approval.decision == Decision::Withdraw);
        let bad = enter::enter(scene, &mut lock, &there).err().into_iter();
        let bad = bad.chain(withdraw::enter(scene, &mut lock, &gone).err()).flatten().collect::<Vec<_>>();
        if !bad.is_empty() {
            return Err(say::not_taken(&bad));
        }
        let said: String =
            there.iter().chain(&gone).map(|draft| act::stands(ctx, scene, &lock, draft)).collect();
        Ok((lock, said))
    })?;
    let word = if written { "attached to" } else { "stands already in" };
    ctx.print(&format!("{word} {}\n{said}", ctx.paint().text(at.name(), 200)))
}
