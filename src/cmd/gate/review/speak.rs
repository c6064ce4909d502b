//! A review line by line: says each screen on the controlling terminal and asks a line there.

use super::held::{Ended, Review};
use super::sign;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::keyfile::nobody;
use crate::io::tty::Terminal;
use crate::review::sheet::Sheet;
use crate::review::state::Step;
use crate::review::talk::Talk;

/// Runs a review to its end.
///
/// # Errors
/// The terminal goes away, or what is signed can't be written.
pub(super) fn run(ctx: &mut Ctx, mut review: Review, sheet: Sheet) -> Result<Ended, Failed> {
    let lost = |e: std::io::Error| {
        Failed::new("io", "the terminal", format!("nothing could be asked: {e}"))
            .why("nothing was signed, and nothing was changed")
    };
    let Some(mut terminal) = Terminal::open() else { return Err(nobody("what waits for a decision")) };
    let mut talk = Talk::new(sheet, ctx.terminal_paint().unicode);
    if let Some(id) = &review.first {
        talk.state.open(id);
    }
    loop {
        let turn = talk.turn();
        terminal.show(&turn.said).map_err(lost)?;
        let answered = match turn.hidden {
            true => terminal.passphrase(&turn.question).map(|secret| talk.answer(&secret)),
            false => terminal.ask(&turn.question).map(|line| talk.answer(&line)),
        };
        match answered.map_err(lost)? {
            Step::Stay => {}
            Step::Quit => return Ok(Ended::Left),
            Step::Sign => match sign::signed(ctx, &mut review, &mut talk.state) {
                Ok(job) => {
                    sign::written(ctx, &review, job)?;
                    return Ok(Ended::Signed);
                }
                Err(failed) => talk.state.failed(&sign::told(&failed)),
            },
        }
    }
}
