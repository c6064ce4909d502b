//! `cask explain ID`: the page of one rule.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::rules;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule id
    #[arg(value_name = "ID")]
    id: String,
}

/// Shows the page.
///
/// # Errors
/// No rule has that id.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    rules::run(rules::Args { what: Some(args.id) }, ctx)
}
