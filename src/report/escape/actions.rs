//! Raw text in, text for the runner of GitHub Actions out: log lines and the parts of workflow commands.
//!
//! The runner acts on a line that begins with `::` (after blanks) and on `##[` anywhere in a line, its older
//! form, which stop-commands does not switch off.

use crate::canon::visible::visible;

/// Longest title of an annotation, in characters.
pub const TITLE: usize = 200;
/// Longest message of an annotation, in characters.
pub const MESSAGE: usize = 2_000;

/// The message of a workflow command; line feeds stay, as `%0A`.
pub fn workflow_data(text: &str, limit: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| visible(line, limit)).collect();
    let whole = inert(&lines.join("\n"));
    let mut text: String = whole.chars().take(limit).collect();
    if text.len() < whole.len() {
        text.pop();
        text.push('…');
    }
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a workflow command (`title`, `file`): one line.
pub fn workflow_property(text: &str, limit: usize) -> String {
    inert(&visible(text, limit))
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// Foreign text for the log, each line behind `  | ` and cut at `limit` characters; no final newline.
///
/// To be printed between `::stop-commands::` and its token all the same.
pub fn log_line(text: &str, limit: usize) -> String {
    let text = text.replace('\r', "");
    let lines: Vec<String> =
        text.split('\n').map(|line| format!("  | {}", inert(&visible(line, limit)))).collect();
    lines.join("\n")
}

fn inert(text: &str) -> String {
    text.replace("##[", "#\u{200b}#[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_stranger_is_a_command() {
        assert_eq!(log_line("a\r\n::error::x", 80), "  | a\n  | ::error::x");
        assert_eq!(log_line("x ##[group]y ###[a]", 80), "  | x #\u{200b}#[group]y ##\u{200b}#[a]");
        assert_eq!(log_line("\u{1b}[31m", 80), "  | ⟨U+001B⟩[31m");
    }

    #[test]
    fn parts_of_commands_stay_parts() {
        assert_eq!(workflow_data("50%\n::add-mask::a\u{b}", MESSAGE), "50%25%0A::add-mask::a⟨U+000B⟩");
        assert_eq!(workflow_property("a,line=1::b\n%", TITLE), "a%2Cline=1%3A%3Ab⟨U+000A⟩%25");
        assert_eq!(workflow_data("ab\ncd", 4), "ab%0A…");
    }
}
