//! Raw text in, GitHub-flavoured Markdown out: inline as a `<code>` element, in blocks as a fence.
//!
//! Backticks alone do not hold: a bar still splits a table cell, and mentions, `#n` and commits are linked
//! after the Markdown is rendered, though never inside a code element. Hence an element whose content has no
//! ASCII but letters, digits and character references. tests/reporting/encoders.rs proves it with the real renderer.

use std::fmt::Write as _;

use crate::canon::visible::visible;

/// Longest line of a fence, in characters.
pub const FENCE_LINE: usize = 500;

/// Where a piece of Markdown will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// A comment, issue, check run or summary: text after an `@` could notify somebody.
    Comment,
    /// A file, which nobody is mailed about; its bytes can be copied out as they are.
    File,
}

/// The languages that fences name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Info {
    /// Lines that begin with a sign; coloured.
    Diff,
    /// JSON.
    Json,
    /// Anything else: commands, plain text.
    Text,
}

/// Foreign text inside a cell, a list, a sentence or a summary, at most `limit` characters.
pub fn code(text: &str, limit: usize) -> String {
    let mut out = String::from("<code>");
    for c in visible(text, limit).chars() {
        match c {
            // An e-mail reply quotes the comment as plain text, where a mention would notify after all;
            // and GFM links addresses even inside raw `<code>`. The zero-width space stops both.
            '@' => out.push_str("&#64;&#8203;"),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                write!(out, "&#{};", c as u32).expect("writing to a String cannot fail");
            }
            c => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

/// Lines of foreign text as a fenced block without a final newline; lines are cut at [`FENCE_LINE`].
///
/// The fence is longer than any run of backticks in the body, so nothing inside can close it.
pub fn fence(info: Info, body: &str, sink: Sink) -> String {
    let body = body.strip_suffix('\n').unwrap_or(body);
    let mut lines: Vec<String> = body.split('\n').map(|line| visible(line, FENCE_LINE)).collect();
    if sink == Sink::Comment {
        for line in lines.iter_mut().filter(|line| line.contains('@')) {
            *line = unmentioned(line);
        }
    }
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let ticks = "`".repeat(longest.saturating_add(1).max(3));
    let info = match info {
        Info::Diff => "diff",
        Info::Json => "json",
        Info::Text => "text",
    };
    format!("{ticks}{info}\n{}\n{ticks}", lines.join("\n"))
}

/// The line with a zero-width space behind each `@` that a name could follow; `@@ /host @@` stays what it is.
fn unmentioned(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '@' && chars.peek().is_some_and(|next| !matches!(next, ' ' | '@')) {
            out.push('\u{200b}');
        }
    }
    out
}

/// A digest as `` `sha256:<12 hex>…` ``; anything that is no digest is shown as foreign text.
pub fn digest12(digest: &str) -> String {
    match digest.strip_prefix("sha256:").unwrap_or(digest) {
        hex if hex.len() >= 12 && is_hex(hex) => format!("`sha256:{}…`", &hex[..12]),
        _ => code(digest, 80),
    }
}

/// The id of a key, 16 hex in backticks; anything else is shown as foreign text.
pub fn key_id(id: &str) -> String {
    if id.len() == 16 && is_hex(id) { format!("`{id}`") } else { code(id, 80) }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(|run| run.len() / of.len_utf8()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_text_has_no_ascii_but_letters_digits_and_references() {
        assert_eq!(code("get_order", 80), "<code>get&#95;order</code>");
        assert_eq!(code("a|b`@me\n", 80), "<code>a&#124;b&#96;&#64;&#8203;me⟨U&#43;000A⟩</code>");
        assert_eq!(code("abcdef", 4), "<code>abc…</code>");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence(Info::Text, "a", Sink::File), "```text\na\n```");
        assert_eq!(fence(Info::Diff, "+ ````\n", Sink::File), "`````diff\n+ ````\n`````");
    }

    #[test]
    fn only_comments_break_mentions_in_fences() {
        assert!(fence(Info::Text, "@acme/all", Sink::Comment).contains("@\u{200b}acme"));
        assert!(fence(Info::Text, "@acme/all", Sink::File).contains("\n@acme/all\n"));
        assert!(
            fence(Info::Diff, "@@ /host @@\n+ @@x", Sink::Comment).contains("\n@@ /host @@\n+ @@\u{200b}x\n")
        );
    }

    #[test]
    fn long_lines_of_a_fence_are_cut() {
        let long = fence(Info::Text, &"x".repeat(501), Sink::File);
        assert_eq!(long.lines().nth(1).map(|l| l.chars().count()), Some(FENCE_LINE));
    }

    #[test]
    fn what_is_no_digest_is_shown_as_foreign() {
        assert_eq!(digest12(&format!("sha256:{}", "4be07d19c2a5".repeat(5))), "`sha256:4be07d19c2a5…`");
        assert_eq!(digest12("sha256:zz`"), "<code>sha256&#58;zz&#96;</code>");
        assert_eq!(key_id("9c41d7e0823fb65a"), "`9c41d7e0823fb65a`");
        assert_eq!(key_id("9c41`"), "<code>9c41&#96;</code>");
    }
}
