//! A review by screens: takes the controlling terminal, shows each state, hands it each key.

use super::held::{Ended, Review};
use super::sign;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::screen::{Event, Screen};
use crate::review::frame;
use crate::review::keys::{Key, Reader};
use crate::review::sheet::Sheet;
use crate::review::state::{State, Step};

/// Runs a review to its end.
///
/// # Errors
/// The terminal goes away, or what is signed can't be written.
pub(super) fn run(ctx: &mut Ctx, mut review: Review, sheet: Sheet) -> Result<Ended, Failed> {
    let mut screen = Screen::take().map_err(lost)?;
    let mut state = State::new(sheet, ctx.terminal_paint(), screen.size());
    if let Some(id) = &review.first {
        state.open(id);
    }
    let mut reader = Reader::default();
    show(&mut screen, &mut state)?;
    loop {
        let keys = match screen.wait().map_err(lost)? {
            Event::End => return Ok(Ended::Left),
            Event::Nothing => match reader.idle() {
                Some(key) => vec![key],
                None => continue,
            },
            Event::Changed => {
                let (width, height) = screen.size();
                state.resize(width, height);
                show(&mut screen, &mut state)?;
                continue;
            }
            Event::Bytes(bytes) => reader.read(&bytes),
        };
        // Each key is answered to by a screen of its own: what was typed ahead decides nothing unseen.
        for key in keys {
            if key == Key::Suspend {
                screen.stop().map_err(lost)?;
                let (width, height) = screen.size();
                state.resize(width, height);
            }
            match state.press(key) {
                Step::Stay => {}
                Step::Quit => return Ok(Ended::Left),
                Step::Sign => {
                    // A key of OpenSSH's asks for itself.
                    screen.give_back().map_err(lost)?;
                    match sign::signed(ctx, &mut review, &mut state) {
                        Ok(job) => {
                            drop(screen);
                            sign::written(ctx, &review, job)?;
                            return Ok(Ended::Signed);
                        }
                        Err(failed) => state.failed(&sign::told(&failed)),
                    }
                    screen.resume().map_err(lost)?;
                }
            }
            show(&mut screen, &mut state)?;
        }
    }
}

fn show(screen: &mut Screen, state: &mut State) -> Result<(), Failed> {
    let frame = frame::of(state);
    screen.draw(&frame.lines, frame.cursor).map_err(lost)?;
    state.shown();
    Ok(())
}

fn lost(error: std::io::Error) -> Failed {
    Failed::new("io", "the terminal", format!("the review can't go on: {error}"))
        .why("nothing was signed, and nothing was changed")
        .hint("cask gate review --plain")
}
