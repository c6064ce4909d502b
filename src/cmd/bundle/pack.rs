//! `cask bundle`: a toolpack as one file that can be handed over: judged first, then packed as it was judged.

use std::mem;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

use super::contents::Contents;
use super::generated::{whole, with_trust};
use crate::bundle::manifest::Files;
use crate::canon::time::Timestamp;
use crate::cmd::anchor::{Anchored, no_trust};
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::check::{self, judging};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::packs::{self, Place};
use crate::gate::discovery::Found;
use crate::io::archive;
use crate::io::fs;
use crate::io::tree::Tree;
use crate::model::report::Report;
use crate::model::verdict::Verdict;
use crate::report::terminal;

/// Pack a toolpack with all that is needed to check it
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    toolpack: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    /// Pack it although the gate does not let it pass; the bundle says so
    #[arg(long)]
    unsafe_unapproved: bool,
}

/// Runs the command. Where the gate does not let the toolpack pass, nothing is written: its report goes to stderr, and
/// its exit code is the command's.
///
/// # Errors
/// A file that can't be read, that no bundle carries, or that holds a credential; no trust; a place that can't be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let asked = PackArgs { toolpack: vec![args.toolpack.clone()], lockfile: None };
    let place = packs::find(&asked, ctx)?;
    let of_check = check::Args { packs: asked, trust: args.trust.clone(), ..check::Args::default() };
    let found = &place.found[0];
    // To read the toolpack takes about as long as git's answers about trust and base, and neither needs the other.
    let (judging, contents) = thread::scope(|scope| {
        let reading = scope.spawn(|| Contents::of(&place.tree, &found.header));
        let anchored = judging(&place, &of_check, ctx).and_then(|anchored| {
            let anchored = anchored.ok_or_else(|| no_trust("the default branch", true))?;
            Ok((check::compared(&place, &anchored, &of_check)?, anchored))
        });
        (anchored, reading.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let ((compared, anchored), contents) = (judging?, contents?);
    let gate = anchored.gate.as_ref().map(|gate| &gate.raw);
    let files = with_trust(&contents, &anchored.trust.raw, gate)?;

    // Where it lies, with what is merged in sight, and the very bytes that are packed, as who gets them will judge them.
    let now = ctx.now;
    let in_hand = Some(contents.in_hand());
    let both = || -> Result<(Report, Report), Failed> {
        let report = check::judged("gate check", &place, compared, in_hand, &anchored, &of_check, now)?;
        // What held there holds here too: it is not verified twice, as it would be side by side.
        Ok((report, judged(&files, &contents, found, &anchored, now)?))
    };
    let (secrets, judged) = rayon::join(|| contents.refuse_secrets(), both);
    secrets?;
    let (report, packed) = judged?;
    let verdict = report.verdict.max(packed.verdict);
    if verdict == Verdict::Error || verdict != Verdict::Pass && !args.unsafe_unapproved {
        return refused(if report.verdict == verdict { &report } else { &packed }, ctx);
    }
    let (files, manifest) = whole(&contents.side.loaded.pack, verdict, files);
    let name = args.out.display().to_string();
    let bytes = archive::pack(&files).map_err(|unfit| Failed::new("input", &name, unfit.to_string()))?;
    let place = ctx.cwd.join(&args.out);
    // A slip of the hand costs no file that is something else.
    if fs::open_regular(&place)?.is_some_and(|there| !archive::begins(there)) {
        return Err(Failed::new("input", name, "there is a file that is no bundle")
            .hint("name another: --out FILE.zip"));
    }
    fs::write_atomic(&place, &bytes)?;

    let standing = if verdict == Verdict::Pass { "" } else { ", NOT APPROVED" };
    let name = ctx.paint().text(&name, 400);
    ctx.print(&format!("wrote {name}: {} files{standing}\ndigest {}\n", files.len(), manifest.digest()))?;
    // The process ends here: to take what was read apart, piece by piece, would take longer than to write the bundle.
    mem::forget(contents);
    Ok(0)
}

/// The files of a bundle, of which those of the toolpack were read before, judged by a trust as `cask gate check` judges a folder.
///
/// # Errors
/// A file that can't be read.
pub fn judged(
    files: &Files,
    contents: &Contents,
    found: &Found,
    anchored: &Anchored,
    now: Timestamp,
) -> Result<Report, Failed> {
    let place = Place {
        repo: None,
        tree: Tree::memory(files.clone()),
        root: PathBuf::new(),
        found: vec![found.clone()],
    };
    let args = check::Args::default();
    let compared = check::compared(&place, anchored, &args)?;
    let in_hand = Some(contents.in_hand());
    let mut report = check::judged("gate check", &place, compared, in_hand, anchored, &args, now)?;
    report.head.name = "the bundle".to_owned();
    Ok(report)
}

fn refused(report: &Report, ctx: &mut Ctx) -> Outcome {
    let text = terminal::render(report, &style(ctx));
    ctx.err.write_all(text.as_bytes())?;
    ctx.note(
        "nothing was packed: the gate does not let it pass (--unsafe-unapproved, for a bundle that says so)",
    );
    Ok(report.exit_code())
}
