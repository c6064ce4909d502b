//! `cask propose list`: the drafts that wait for a person, and those that do no more.

use super::told;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::io::drafts;
use crate::model::draft::Status;

/// Options of `propose list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those that are pending, approved or rejected
    #[arg(long, value_name = "STATUS")]
    status: Option<Status>,
}

/// Runs the command. A draft that can't be read is told, and the exit code says so.
///
/// # Errors
/// The folder can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let all = drafts::all(&ctx.cwd.join(&ctx.global.root))?;
    let paint = ctx.paint();
    let wanted = all.drafts.iter().filter(|draft| args.status.is_none_or(|status| draft.status == status));
    let text: String = wanted.map(|draft| told::brief(paint, draft)).collect();
    ctx.print(if text.is_empty() { "No proposals found.\n" } else { &text })?;
    for failure in &all.unread {
        let told = format!("{}: {}", failure.subject, failure.message);
        // The exit code says it too.
        let _ = writeln!(ctx.err, "not read: {}", paint.text(&told, 400));
    }
    Ok(if all.unread.is_empty() { 0 } else { 1 })
}
