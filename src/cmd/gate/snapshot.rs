//! `cask gate snapshot`: freezes the artifacts that are approved, for comparisons without git.

use std::path::Path;

use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::{Node, digest};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act;
use crate::cmd::gate::desk::{Desk, PackAt, Unnamed};
use crate::cmd::gate::say;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::snapshot::freeze;
use crate::io::fs;
use crate::model::lockfile::{SnapshotRef, Status};
use crate::model::snapshot::DIGESTS;
use crate::model::toolpack::{Toolpack, join};
use crate::model::{bytes, limits};
use crate::report::escape::terminal::Mark;

/// The folder of the copies, in the toolpack's.
const DIR: &str = "snapshot";

/// Options of `gate snapshot`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Runs the command: exit 1 where something is not approved.
///
/// # Errors
/// Files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    desk.trust()?;
    desk.tell_trust(ctx);
    let mut code = 0;
    for at in &desk.packs {
        let open = desk.look(ctx.now, at, |scene, before| {
            let lock = act::in_step(scene, before, ctx.now);
            let approved = |id: &&str| scene.verdict(&lock, id).is_some_and(|v| v.status == Status::Approved);
            Ok(scene.ids().filter(|id| !approved(id)).map(|id| scene.name(id).to_owned()).collect::<Vec<_>>())
        })?;
        let paint = ctx.paint();
        if !open.is_empty() {
            let list = say::names(paint, open.iter().map(String::as_str));
            let name = paint.text(at.name(), 200);
            ctx.print(&format!(
                "{} {name}: not approved, so nothing is frozen: {list}\n",
                paint.mark(Mark::Bad)
            ))?;
            code = 1;
            continue;
        }
        let taken = take(ctx, &desk, at)?;
        ctx.print(&format!("froze {} in {}\n", paint.text(at.name(), 200), paint.text(&taken, 200)))?;
    }
    Ok(code)
}

/// One frozen file: its name, its bytes, and what they say.
type Copy = (&'static str, Vec<u8>, Node);

fn take(ctx: &Ctx, desk: &Desk, at: &PackAt) -> Result<String, Failed> {
    let now = ctx.now;
    let pack = desk.load(at)?.pack;
    let copies = artifacts(desk, &pack)?;
    let digests = encode(&freeze(copies.iter().map(|(name, _, node)| (*name, node))));
    let named = SnapshotRef { dir: DIR.to_owned(), digest: digest::of(&digests) };
    let folder = join(&pack.dir, DIR);
    for (name, content, _) in &copies {
        fs::write_inside(&desk.place.root, &join(&folder, name), content)?;
    }
    fs::write_inside(&desk.place.root, &join(&folder, DIGESTS), emit_json(&digests).as_bytes())?;
    desk.change(now, at, |scene, before| {
        let mut lock = act::in_step(scene, before, now);
        let same =
            scene.ids().all(|id| scene.verdict(&lock, id).is_some_and(|v| v.status == Status::Approved));
        if !same || artifacts(desk, scene.pack)?.iter().map(|c| &c.1).ne(copies.iter().map(|c| &c.1)) {
            return Err(
                Failed::new("input", at.name(), "it changed while it was frozen").hint("run this again")
            );
        }
        lock.snapshot = Some(named);
        Ok((lock, ()))
    })?;
    Ok(folder)
}

/// The artifacts as they lie there, under fixed names.
fn artifacts(desk: &Desk, pack: &Toolpack) -> Result<Vec<Copy>, Failed> {
    let files = [
        ("tools.json", &pack.header.tools, limits::TOOLS),
        ("toolsets.yaml", &pack.header.toolsets, limits::TOOLSETS),
        ("policy.yaml", &pack.header.policy, limits::POLICY),
        ("baseline.json", &pack.header.baseline, limits::BASELINE),
    ];
    files
        .into_iter()
        .map(|(name, path, limit)| {
            let path = pack.path(path);
            let content = desk
                .place
                .tree
                .read(&path, limit)?
                .ok_or_else(|| Failed::new("input", &path, "the file is missing"))?;
            let node = match Path::new(name).extension().is_some_and(|e| e == "json") {
                true => bytes::json(&path, &content, limit)?,
                false => bytes::yaml(&path, &content, limit)?,
            };
            Ok((name, content, node))
        })
        .collect()
}
