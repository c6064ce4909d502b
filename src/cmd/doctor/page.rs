//! What a doctor saw, line by line, as wide as the terminal: what was looked at behind its mark, what helps beneath.

use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::report::escape::terminal::Mark;
use crate::report::screen::Screen;

/// Columns before what was looked at, and before what helps.
const LOOKED: usize = 3;
const BELOW: usize = 5;

/// A page that grows. All text has gone through the terminal's escaper.
pub struct Page {
    screen: Screen,
}

impl Page {
    /// An empty one, for what `out` can show.
    pub fn new(ctx: &Ctx) -> Page {
        Page { screen: Screen::new(&style(ctx)) }
    }

    /// A line by itself.
    pub fn text(&mut self, text: &str) {
        self.screen.hung("", 0, 0, text, str::to_owned);
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.screen.gap();
    }

    /// What was looked at, and how it stands. Without UTF-8 the mark is a word: a letter alone says little.
    pub fn looked(&mut self, mark: Mark, text: &str) {
        let paint = self.screen.paint;
        let word = match (mark, paint.unicode) {
            (Mark::Good, false) => "ok",
            (Mark::Bad, false) => "no",
            _ => paint.mark(mark),
        };
        self.screen.hung_with(word, LOOKED, text, |word| match mark {
            Mark::Good => paint.green(word),
            Mark::Bad => paint.red(word),
            Mark::Warn | Mark::Unknown => paint.yellow(word),
            Mark::Note => paint.dim(word),
        });
    }

    /// What belongs to it.
    pub fn below(&mut self, text: &str) {
        let paint = self.screen.paint;
        self.screen.hung("", 0, BELOW, text, |line| paint.signals(line));
    }

    /// The page; ends in a line feed.
    pub fn done(self) -> String {
        self.screen.done()
    }
}
