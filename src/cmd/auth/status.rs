//! `cask auth status`: what is known of a login, and whether it still holds. No passphrase is needed.

use std::fmt::Write;

use serde_json::json;

use super::profile::{ProfileArgs, missing};
use super::stored::logins;
use crate::canon::time::Timestamp;
use crate::canon::visible::visible;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::model::login::Meta;
use crate::report::escape::json::seen;

/// Say what is known of a login
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Exit 1 where it has expired, or is not whole
    #[arg(long)]
    check: bool,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// There is no such login, or it cannot be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let name = args.profile.name()?;
    let logins = logins(ctx);
    let meta = logins.meta(&name)?.ok_or_else(|| missing(&name, &logins))?;
    let has_state = logins.has_state(&name)?;

    let is_expired = meta.standing.is_expired(ctx.now);
    let holds = has_state && !is_expired;
    let text = match args.format.as_str() {
        "json" => as_json(&meta, has_state, is_expired),
        _ => page(&meta, has_state, is_expired),
    };

    ctx.print(&text)?;
    Ok(u8::from(args.check && !holds))
}

fn as_json(meta: &Meta, has_state: bool, is_expired: bool) -> String {
    let report = json!({"schema": "cask.login-status/1", "name": meta.name, "target_url": meta.target_url,
        "created_at": meta.created_at, "last_used_at": meta.last_used_at, "storage_state": has_state,
        "standing": meta.standing, "expired": is_expired});
    seen(&format!("{report:#}\n"))
}

fn page(meta: &Meta, has_state: bool, is_expired: bool) -> String {
    let standing = &meta.standing;
    let time = |at: Option<Timestamp>, none: &str| at.map_or(none.to_owned(), |at| at.to_string());
    let holds = match (is_expired, standing.target_ends) {
        (true, Some(end)) => format!("no: expired at {end}"),
        (true, None) => "no: nothing is for the target".to_owned(),
        (false, Some(end)) => format!("until {end}"),
        (false, None) => "as long as the server says".to_owned(),
    };
    let mut out = String::new();
    for (label, text) in [
        ("Profile", meta.name.clone()),
        ("Target URL", meta.target_url.clone()),
        ("Created", meta.created_at.to_string()),
        ("Last used", time(meta.last_used_at, "never")),
        ("Storage state", if has_state { "present, sealed" } else { "missing" }.to_owned()),
        ("Cookies", format!("{}, {} for the target", standing.cookies, standing.target_cookies)),
        ("First expiry", time(standing.earliest_expiry, "none")),
        ("Holds", holds),
    ] {
        let _ = writeln!(out, "{label:<14} {}", visible(&text, 400));
    }
    out
}
