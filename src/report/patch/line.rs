//! The lines of a difference: a sign and text that is ready to be shown.

use crate::report::escape::visible;

/// Columns of a line, its sign apart.
pub const WIDTH: usize = 92;

/// The differences at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// JSON pointer of the place (RFC 6901), raw; empty for the whole value.
    pub pointer: String,
    /// The lines, ready to be shown behind their signs.
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// On which side it stands.
    pub sign: Sign,
    /// The text without its sign: visible, one line.
    pub text: String,
}

/// On which side a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// On both.
    Same,
    /// Before only.
    Minus,
    /// After only.
    Plus,
    /// On none: the words are ours and tell what is not shown.
    Gap,
}

impl Hunk {
    /// The line that names the place.
    pub fn header(&self) -> String {
        match self.pointer.as_str() {
            "" => "@@ whole value @@".to_owned(),
            pointer => format!("@@ {} @@", visible(pointer, 200)),
        }
    }
}

impl Line {
    /// A line.
    pub fn new(sign: Sign, text: impl Into<String>) -> Line {
        Line { sign, text: text.into() }
    }

    /// The line behind its sign, as it stands in a diff.
    pub fn signed(&self) -> String {
        let line = match self.sign {
            Sign::Same => format!("  {}", self.text),
            Sign::Minus => format!("- {}", self.text),
            Sign::Plus => format!("+ {}", self.text),
            Sign::Gap => format!("@@ … {} @@", self.text),
        };
        line.trim_end_matches(' ').to_owned()
    }
}

/// Visible text with the blanks named that eyes would take for the usual one: two values that differ only in
/// such a blank must not look equal.
pub fn blanks(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_whitespace() && c != ' ' {
            out.push_str(&format!("⟨U+{:04X}⟩", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

/// Replaces unchanged lines that are more than `near` lines from any change by their number.
pub fn context(lines: Vec<Line>, near: usize) -> Vec<Line> {
    let changes: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].sign != Sign::Same).collect();
    let mut out = Vec::new();
    let mut far = Vec::new();
    for (i, line) in lines.into_iter().enumerate() {
        let next = changes.partition_point(|c| *c < i);
        let before = changes.get(next).is_some_and(|c| c - i <= near);
        let after = next.checked_sub(1).is_some_and(|last| i - changes[last] <= near);
        if before || after {
            leave_out(&mut far, &mut out);
            out.push(line);
        } else {
            far.push(line);
        }
    }
    leave_out(&mut far, &mut out);
    out
}

fn leave_out(far: &mut Vec<Line>, out: &mut Vec<Line>) {
    match far.len() {
        0 => {}
        1 => out.append(far),
        n => {
            far.clear();
            out.push(Line::new(Sign::Gap, format!("{n} unchanged lines")));
        }
    }
}

/// At most `most` lines, and one that counts the rest.
pub fn bounded(mut lines: Vec<Line>, most: usize) -> Vec<Line> {
    if lines.len() > most {
        let count = |sign: Sign| lines[most..].iter().filter(|line| line.sign == sign).count();
        let text = format!("{} more lines removed, {} added", count(Sign::Minus), count(Sign::Plus));
        lines.truncate(most);
        lines.push(Line::new(Sign::Gap, text));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_lines_begin_with_at_signs() {
        assert_eq!(Line::new(Sign::Same, "@@ /host @@").signed(), "  @@ /host @@");
        assert_eq!(Line::new(Sign::Plus, "").signed(), "+");
        assert_eq!(Line::new(Sign::Gap, "3 unchanged lines").signed(), "@@ … 3 unchanged lines @@");
        let hunk = Hunk { pointer: "/a @@\n+ x".into(), lines: Vec::new() };
        assert_eq!(hunk.header(), "@@ /a @@⟨U+000A⟩+ x @@");
    }

    #[test]
    fn far_lines_and_too_many_lines_become_numbers() {
        let mut lines: Vec<Line> = (0..7).map(|i| Line::new(Sign::Same, i.to_string())).collect();
        lines.push(Line::new(Sign::Plus, "new"));
        let shown: Vec<String> = context(lines.clone(), 2).iter().map(Line::signed).collect();
        assert_eq!(shown, ["@@ … 5 unchanged lines @@", "  5", "  6", "+ new"]);
        let shown: Vec<String> = bounded(lines, 1).iter().map(Line::signed).collect();
        assert_eq!(shown, ["  0", "@@ … 0 more lines removed, 1 added @@"]);
    }
}
