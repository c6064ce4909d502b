//! `cask state status`: which locks there are below the state folder, who holds them, and how old they are.

use super::shape::{Lock, Locks};
use crate::canon::encode::encode;
use crate::canon::json;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::io::locks;

/// Show what locks the state folder
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    pub format: String,
}

/// Runs the command.
///
/// # Errors
/// The state folder can't be listed.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let found = locks::list(&ctx.cwd.join(&ctx.global.root))?;
    let whole = Locks {
        schema: "cask.state/1",
        root: ctx.global.root.display().to_string(),
        locks: found.iter().map(Lock::of).collect(),
    };
    let text = match args.format.as_str() {
        "json" => json::compact(&encode(&whole)) + "\n",
        _ => in_words(&whole, ctx),
    };
    ctx.print(&text)?;
    Ok(0)
}

fn in_words(whole: &Locks, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    if whole.locks.is_empty() {
        return format!("no lock below {}\n", paint.text(&whole.root, 400));
    }
    whole.locks.iter().map(|lock| format!("{}\n", line(lock, ctx))).collect()
}

/// One lock on a line.
pub(super) fn line(lock: &Lock, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    let pid = lock.pid.map(|pid| format!(" by process {pid}")).unwrap_or_default();
    let command = lock.command.as_deref().map(|c| format!(" ({})", paint.text(c, 100))).unwrap_or_default();
    let state = match (lock.state, lock.kind) {
        ("free", "advisory") => "free: its file stays, and locks nobody out".to_owned(),
        ("free", _) => format!("left behind{command}: its process is gone"),
        ("held", _) => format!("held{pid}{command}"),
        _ => format!("not known{command}: {}", paint.text(lock.why.as_deref().unwrap_or_default(), 200)),
    };
    let age = lock.age_seconds.map(|age| format!(", {} old", aged(age))).unwrap_or_default();
    format!("  {}  {state}{age}", paint.text(&lock.id, 200))
}

/// So long, in its largest unit.
fn aged(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
