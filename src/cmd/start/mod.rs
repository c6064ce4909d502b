//! `cask` alone at a terminal: how this repository stands, and what could come next, to be run by its number. Looks, and
//! remembers nothing; what is run is a command like any other.

mod look;
mod menu;
mod stand;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::guide::prompt::Prompt;
use crate::cmd::guide::run;
use crate::cmd::row::Row;

/// Shows how things stand, asks once, and runs what was chosen: its exit code. Whoever leaves has done nothing: 0.
///
/// # Errors
/// The result can't be written.
pub fn run(rows: &[Row], ctx: &mut Ctx) -> Outcome {
    let paint = ctx.terminal_paint();
    let stand = look::at(ctx);
    let choices = menu::choices(&stand, rows);
    let mut prompt = Prompt::open(paint)?;
    prompt.show(&stand::text(&stand, paint))?;
    prompt.head("What comes next?", "", &menu::lines(&choices))?;
    // A terminal that goes away is somebody who leaves.
    let Ok(Some(at)) =
        prompt.until("Number, or Enter to leave: ", |answer| menu::chosen(answer, choices.len()))
    else {
        return Ok(0);
    };
    run::run(rows, &choices[at].words, ctx)
}
