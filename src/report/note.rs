//! A note beside a result: wrapped as pages are, with every command to paste whole and on one line.

use super::screen::Screen;
use super::style::Style;
use super::width::columns;

/// How a command begins.
const COMMANDS: [&str; 2] = ["cask ", "git "];

/// Encoded text for a terminal; each line of it wrapped by itself. Ends in a line feed.
pub fn note(text: &str, style: &Style) -> String {
    let mut page = Screen::new(style);
    for line in text.lines() {
        let begin = line.len() - line.trim_start_matches(' ').len();
        let room = page.room(begin);
        let (mut row, mut used) = (String::new(), 0);
        for (blanks, piece) in pieces(&line[begin..]) {
            let wide = columns(piece);
            if used > 0 && used + blanks + wide > room {
                page.line(&format!("{}{row}", &line[..begin]));
                (row, used) = (String::new(), 0);
            }
            let blanks = if used > 0 { blanks } else { 0 };
            row.push_str(&" ".repeat(blanks));
            row.push_str(piece);
            used += blanks + wide;
        }
        page.line(&format!("{}{row}", &line[..begin]));
    }
    page.done()
}

/// What stays together, with the blanks before it: a word, a command up to two blanks or the end, or whatever
/// stands between backticks.
fn pieces(line: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut rest = line;
    while !rest.trim_start_matches(' ').is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        rest = &rest[blanks..];
        let is_offered = match found.last() {
            Some((_, last)) => blanks > 1 || last.ends_with(':'),
            None => true,
        };
        let end = if is_offered && COMMANDS.iter().any(|command| rest.starts_with(command)) {
            rest.find("  ")
        } else {
            let closed = rest.strip_prefix('`').and_then(|quoted| quoted.find('`')).map_or(0, |at| at + 2);
            rest[closed..].find(' ').map(|at| closed + at)
        };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        found.push((blanks, piece));
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        note(text, &Style { width: 44, ..Style::default() })
    }

    #[test]
    fn prose_is_wrapped_and_no_command_is_broken() {
        assert_eq!(told("short"), "short\n");
        assert_eq!(
            told("there is no trust file: nobody may sign, and nothing is approved\nnext: cask init"),
            "there is no trust file: nobody may sign,\nand nothing is approved\nnext: cask init\n"
        );
        assert_eq!(
            told("more than one signer: cask trust set thresholds.trust=2 rules.author_may_approve=false"),
            "more than one signer:\ncask trust set thresholds.trust=2 rules.author_may_approve=false\n"
        );
        assert_eq!(
            told("next: cask trust sign   (2 of the owners must still sign this version)"),
            "next: cask trust sign   (2 of the owners\nmust still sign this version)\n"
        );
        assert_eq!(
            told("shard 1 of 2; `cask report merge` makes the one report"),
            "shard 1 of 2; `cask report merge` makes\nthe one report\n"
        );
    }

    #[test]
    fn lines_and_what_they_begin_with_stay() {
        assert_eq!(told("compare:\n    0123 4567\n"), "compare:\n    0123 4567\n");
        assert_eq!(
            told("  one two three four five six seven eight nine"),
            "  one two three four five six seven\n  eight nine\n"
        );
        let path = format!("stored in /{}", "p".repeat(60));
        assert_eq!(told(&path), format!("stored in\n/{}\n", "p".repeat(60)), "a path is whole");
        assert_eq!(told(""), "");
    }
}
