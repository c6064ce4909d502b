//! `cask gate review`: looks at what waits for a decision, subject by subject, and signs at the end what was decided.
//!
//! The screens and what their keys do are in [`crate::review`]; here is what loads, what asks, and what signs by the
//! same functions as `gate allow` and `gate block`.

#[cfg(unix)]
mod draw;
mod held;
mod look;
mod said;
mod sign;
mod speak;

use std::path::PathBuf;

use held::{Ended, Review};

use crate::cmd::around::Around;
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::{self, WhoArgs};
use crate::cmd::gate::desk::{Desk, Unnamed};
use crate::cmd::gate::say;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::signing::SigningArgs;
use crate::gate::select::one;
use crate::model::risk::RiskTier;
use crate::review::listing;
use crate::review::sheet::Sheet;

/// Options of `gate review`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Begin with this tool, by id or name; `surface` for policy, toolsets, hosts and baseline
    #[arg(value_name = "TOOL")]
    tool: Option<String>,
    /// Only what has this tier or a higher one
    #[arg(long, value_name = "TIER")]
    risk: Option<RiskTier>,
    /// By question and answer, line by line: for a screen reader
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Your id as a signer; must be the key's
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// Key to sign with: a file (OpenSSH, PKCS#8, or the .pub of an agent's key), or one of yours by name
    #[arg(long, value_name = "KEY", help_heading = "Signing")]
    key: Option<PathBuf>,
}

/// How a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Not at all.
    Listed,
    /// Line by line.
    Plain,
    /// By screens.
    #[cfg(unix)]
    Drawn,
}

/// Runs the command.
///
/// # Errors
/// A name that is unknown, a key that may not sign, files that can't be read or written, a terminal that goes away.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    let [at] = desk.packs.as_slice() else {
        return Err(Failed::new("usage", "", "one toolpack is reviewed at a time")
            .hint("name one with --toolpack, and the next in a review of its own"));
    };
    let at = at.clone();
    let loaded = desk.load(&at)?;
    let first = match &args.tool {
        Some(word) => Some(desk.over(ctx.now, &loaded, loaded.lock.as_ref(), |scene, _| {
            one(scene, word).map_err(|unknown| say::unknown(&[unknown]))
        })?),
        None => None,
    };
    let how = how(&args, ctx);
    let key = match how {
        How::Listed => None,
        _ => {
            let signing = SigningArgs { key: args.key.clone(), ..SigningArgs::default() };
            Some(act::key(ctx, &desk, &WhoArgs { by: args.by.clone(), signing })?)
        }
    };
    let around = Around::read(&desk)?;
    for fault in &around.unread {
        let file = ctx.paint().text(&fault.file, 200);
        ctx.note(&format!("{file} can't be read: a text that speaks of its tools is not told"));
    }
    let sheet = look::sheet(ctx, &desk, &at, &loaded, key.as_ref(), &around.of(&at), args.risk)?;
    let waits = u8::from(sheet.waiting() > 0);
    let Some(key) = key else { return listed(ctx, &sheet) };
    desk.tell_trust(ctx);
    if sheet.open() == 0 && first.is_none() {
        return listed(ctx, &sheet);
    }
    let review = Review { desk, at, loaded, key, first };
    let ended = match how {
        #[cfg(unix)]
        How::Drawn => draw::run(ctx, review, sheet)?,
        _ => speak::run(ctx, review, sheet)?,
    };
    match ended {
        Ended::Signed => Ok(0),
        Ended::Left => {
            ctx.note("nothing was signed, and nothing was changed");
            Ok(waits)
        }
    }
}

/// How a person is asked: never in CI; by screens where the terminal is large enough for them.
fn how(args: &Args, ctx: &Ctx) -> How {
    if ctx.in_ci() || !ctx.can_ask() {
        return How::Listed;
    }
    if args.plain || ctx.is_dumb() {
        return How::Plain;
    }
    #[cfg(unix)]
    {
        let fits = |(width, height): (usize, usize)| {
            width >= crate::review::state::SMALLEST.0 && height >= crate::review::state::SMALLEST.1
        };
        if crate::io::screen::size().is_some_and(fits) { How::Drawn } else { How::Listed }
    }
    #[cfg(not(unix))]
    How::Plain
}

/// The list as plain text, and the commands that decide it.
fn listed(ctx: &mut Ctx, sheet: &Sheet) -> Outcome {
    let text = listing::text(sheet, &style(ctx));
    ctx.print(&text)?;
    Ok(u8::from(sheet.waiting() > 0))
}
