//! `cask propose show`: all that is known of a draft.

use super::review::found;
use super::told;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;

/// Options of `propose show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The draft: prop_ and its digits, as cask propose list shows it
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
///
/// # Errors
/// There is no such draft, or it can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let draft = found(&args.id, ctx)?;
    let text = told::whole(ctx.paint(), &draft);
    ctx.print(&text)?;
    Ok(0)
}
