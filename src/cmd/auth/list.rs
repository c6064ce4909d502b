//! `cask auth list`: the logins that there are. No passphrase is needed.

use std::fmt::Write;

use super::stored::logins;
use crate::canon::visible::visible;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;

/// List logins
#[derive(Debug, Clone, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// The folder cannot be listed.
pub fn run(_: Args, ctx: &mut Ctx) -> Outcome {
    let all = logins(ctx).list()?;
    let mut out = String::new();
    for one in &all {
        let (state, target) = match &one.meta {
            Some(meta) if one.has_state && meta.standing.is_expired(ctx.now) => {
                ("expired", &*meta.target_url)
            }
            Some(meta) if one.has_state => ("ready", &*meta.target_url),
            Some(meta) => ("incomplete", &*meta.target_url),
            None => ("incomplete", "?"),
        };
        let _ = writeln!(out, "  {}  ({state})  target={}", one.name, visible(target, 200));
    }
    if all.is_empty() {
        out.push_str("No auth profiles found.\n");
    }
    ctx.print(&out)?;
    Ok(0)
}
