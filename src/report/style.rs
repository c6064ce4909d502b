//! How a report is to look, where its reader has a choice.

use super::escape::terminal::Paint;

/// What the reader's medium can do and what the reader asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether the terminal is to be coloured.
    pub color: bool,
    /// Whether the terminal reads UTF-8; if not, everything is ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether the title of a page begins with an icon (`language-of-risk`).
    pub risk_icons: bool,
}

impl Default for Style {
    /// For a file or a pipe: 80 columns, no colour.
    fn default() -> Style {
        Style { color: false, unicode: true, width: 80, risk_icons: true }
    }
}

impl Style {
    /// The pens of the terminal.
    pub fn paint(&self) -> Paint {
        Paint { color: self.color, unicode: self.unicode }
    }

    /// The width that lines are laid out for: between 40 and 200 columns.
    pub fn columns(&self) -> usize {
        self.width.clamp(40, 200)
    }
}
