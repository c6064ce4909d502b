//! `cask auth clear`: a login is taken away. No passphrase is needed for that.

use super::profile::{ProfileArgs, missing};
use super::stored::logins;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;

/// Take a login away
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Runs the command.
///
/// # Errors
/// There is no such login, or it cannot be taken away.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let name = args.profile.name()?;
    let logins = logins(ctx);
    match logins.clear(&name)? {
        false => Err(missing(&name, &logins)),
        true => {
            ctx.print(&format!("Profile '{name}' cleared.\n"))?;
            ctx.note("the server still takes what was in it, until it expires or you log out there");
            Ok(0)
        }
    }
}
