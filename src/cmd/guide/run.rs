//! A command line of ours in, run as if it had been typed, its exit code out. For flows that show a command before they
//! run it: what is run is what was shown.

use clap::error::ErrorKind;

use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::misused::usage;
use crate::cmd::row::Row;
use crate::cmd::tree::{called, tree};
use crate::io::clock;
use crate::judge::hide;
use crate::report::failure::terminal;

/// Not done, and why was told.
const FAILED: u8 = 3;

/// Runs a command by its words, the program's name first. What options everywhere say is as it was said before, but for
/// those that the words say again. Why it could not be run is told on stderr.
///
/// # Errors
/// The result can't be written.
pub fn run(rows: &[Row], words: &[String], ctx: &mut Ctx) -> Outcome {
    // A person may have thought about it for an hour.
    ctx.now = clock::now()?;
    let code = outcome(rows, words, ctx).unwrap_or_else(|failed| {
        let text = terminal(&failed.0, &style(ctx));
        // If stderr is gone, the exit code still says it.
        let _ = ctx.err.write_all(text.as_bytes());
        FAILED
    });
    let _ = ctx.err.flush();
    ctx.out.flush()?;
    Ok(code)
}

fn outcome(rows: &[Row], words: &[String], ctx: &mut Ctx) -> Outcome {
    let mut tree = tree(rows, &[]);
    let matches = match tree.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(e) if e.kind() == ErrorKind::DisplayHelp => {
            ctx.print(&e.render().to_string())?;
            return Ok(0);
        }
        Err(e) => {
            let words: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
            return Err(usage(&e, &tree, &words));
        }
    };
    let Some((row, options)) = called(rows, &[], &matches) else {
        return Err(Failed::new("usage", "", "no command is named"));
    };
    let Some(leaf) = &row.leaf else {
        return Err(Failed::new("usage", "", format!("`cask {}` needs a command", row.words)));
    };
    (leaf.run)(rows, options, ctx).map_err(|mut failed| {
        hide::in_error(&mut failed.0);
        if row.does() { failed.plainly() } else { failed }
    })
}
