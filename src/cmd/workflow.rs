//! `cask workflow`: says that it is not built, instead of pretending.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};

/// Whatever is given is refused.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Anything
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn run(_: Args, _: &mut Ctx) -> Outcome {
    Err(Failed::new("usage", "", "`cask workflow` is not built")
        .why("the reference system's workflows drive a program that is not published")
        .hint("cask --help"))
}
