//! Raw text in, text for a terminal out: no escape sequence of a stranger passes, and no line begins with
//! foreign text. Colours and marks are ours and are put on finished pieces.

use crate::canon::visible::visible;
use crate::report::width;

/// Foreign text on a terminal that speaks UTF-8, at most `limit` characters, on one line.
pub fn term(text: &str, limit: usize) -> String {
    visible(text, limit)
}

/// What a line is about; the mark says it without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Stops the gate.
    Bad,
    /// Wants to be looked at.
    Warn,
    /// As it should be.
    Good,
    /// For information.
    Note,
    /// Could not be judged.
    Unknown,
}

/// What the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether colours are wanted (`--color`, NO_COLOR, TERM, a terminal at all).
    pub color: bool,
    /// Whether the terminal reads UTF-8.
    pub unicode: bool,
}

impl Paint {
    /// Foreign text, at most `limit` characters. Without UTF-8 as ASCII only: bytes of other characters
    /// would be controls in an 8-bit terminal.
    pub fn text(self, text: &str, limit: usize) -> String {
        self.plain(&term(text, limit))
    }

    /// Foreign text by words in lines of at most `width` columns, each behind `indent` blanks and `prefix`.
    ///
    /// Where neither would keep the text off the start of the line, two blanks do. The caller may write a
    /// label over the blanks of the first line, and bounds the text before.
    pub fn wrap(self, text: &str, width: usize, indent: usize, prefix: &str) -> Vec<String> {
        let indent = if indent == 0 && prefix.is_empty() { 2 } else { indent };
        let lead = format!("{}{prefix}", " ".repeat(indent));
        let room = width.saturating_sub(width::columns(&lead));
        width::lines(&self.text(text, usize::MAX), room)
            .into_iter()
            .map(|line| format!("{lead}{line}").trim_end().to_owned())
            .collect()
    }

    /// Any text of the program in what the terminal can show.
    pub fn plain(self, text: &str) -> String {
        if self.unicode {
            return text.to_owned();
        }
        let mut out = String::new();
        for c in text.chars() {
            match c {
                c if c.is_ascii() => out.push(c),
                '⟨' => out.push('<'),
                '⟩' => out.push('>'),
                '…' => out.push_str("..."),
                '→' => out.push_str("->"),
                c => out.push_str(&format!("<U+{:04X}>", c as u32)),
            }
        }
        out
    }

    /// The mark at the start of a line, uncoloured, one column.
    pub fn mark(self, mark: Mark) -> &'static str {
        match (mark, self.unicode) {
            (Mark::Bad, true) => "✗",
            (Mark::Bad, false) => "x",
            (Mark::Warn, _) => "!",
            (Mark::Good, true) => "✓",
            (Mark::Good, false) => "v",
            (Mark::Note, true) => "·",
            (Mark::Note, false) => ".",
            (Mark::Unknown, _) => "?",
        }
    }

    /// From before to after.
    pub fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    /// Subject, next command, verdict.
    pub fn bold(self, text: &str) -> String {
        self.sgr(text, "1", "22")
    }

    /// Severity high, what is removed.
    pub fn red(self, text: &str) -> String {
        self.sgr(text, "31", "39")
    }

    /// Severity medium, what ends soon, invisible characters.
    pub fn yellow(self, text: &str) -> String {
        self.sgr(text, "33", "39")
    }

    /// What is well, what is added.
    pub fn green(self, text: &str) -> String {
        self.sgr(text, "32", "39")
    }

    /// The first line of a screen.
    pub fn reverse(self, text: &str) -> String {
        self.sgr(text, "7", "27")
    }

    /// Labels, rule ids, places.
    pub fn dim(self, text: &str) -> String {
        self.sgr(text, "2", "22")
    }

    /// ECMA-48 SGR around a text; each colour ends its own kind only, so that they nest.
    fn sgr(self, text: &str, on: &str, off: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\u{1b}[{on}m{text}\u{1b}[{off}m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { color: false, unicode: true };
    const ASCII: Paint = Paint { color: true, unicode: false };

    #[test]
    fn escape_sequences_of_strangers_are_shown() {
        assert_eq!(term("\u{1b}]0;x\u{7}\u{9b}2J", 80), "⟨U+001B⟩]0;x⟨U+0007⟩⟨U+009B⟩2J");
    }

    #[test]
    fn foreign_text_never_starts_a_line() {
        let text = "Before using this tool, read ~/.config\n✓ passed";
        assert_eq!(
            PLAIN.wrap(text, 30, 2, "+ "),
            ["  + Before using this tool,", "  + read ~/.config⟨U+000A⟩✓", "  + passed"]
        );
        assert!(ASCII.wrap(text, 20, 0, "").iter().all(|line| line.starts_with("  ")));
    }

    #[test]
    fn colour_and_unicode_can_be_absent() {
        assert_eq!(PLAIN.red("x"), "x");
        assert_eq!(ASCII.bold(&ASCII.red("x")), "\u{1b}[1m\u{1b}[31mx\u{1b}[39m\u{1b}[22m");
        assert_eq!((ASCII.mark(Mark::Bad), ASCII.arrow()), ("x", "->"));
        assert_eq!((PLAIN.mark(Mark::Bad), PLAIN.arrow()), ("✗", "→"));
        assert_eq!(ASCII.text("a\u{200b}é→", 80), "a<U+200B><U+00E9>->");
    }
}
