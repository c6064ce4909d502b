//! A value in; brief lines out that read like YAML: what fits on a line stands on one.
//!
//! For eyes, never for a parser. Texts that could be taken for structure or for another kind of value are
//! quoted, so that `1` and `"1"` differ and no text can play a second member.

use super::line::{WIDTH, blanks};
use crate::canon::Node;
use crate::canon::node::Value;
use crate::report::escape::visible;
use crate::report::width;

/// Lines of a value; more are not made.
const LINES: usize = 1_000;
/// Levels of a value that stand in blocks; deeper ones are cut to what fits on a line.
const DEPTH: usize = 8;
/// Characters of a text.
const TEXT: usize = 20_000;
/// Characters of a key.
const KEY: usize = 80;

/// The lines of a value, all visible; at most 1,000.
pub fn lines(node: &Node) -> Vec<String> {
    let mut out = Vec::new();
    block(node, 0, &mut out);
    out.truncate(LINES);
    out
}

/// A map without members gives no lines of its own: it fits on a line.
fn block(node: &Node, level: usize, out: &mut Vec<String>) {
    let lead = "  ".repeat(level);
    if out.len() >= LINES {
        return;
    }
    match &node.value {
        Value::Map(members) if !members.is_empty() => {
            for (key, value) in members {
                let key = word(&blanks(&visible(key, KEY)));
                below(value, &format!("{lead}{key}:"), level, out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items {
                let start = out.len();
                if flow(item, WIDTH.saturating_sub(lead.len() + 2)).is_none()
                    && item.is_map()
                    && level < DEPTH
                {
                    block(item, level + 1, out);
                    if let Some(first) = out.get_mut(start) {
                        first.replace_range(lead.len()..lead.len() + 1, "-");
                    }
                } else {
                    below(item, &format!("{lead}-"), level, out);
                }
            }
        }
        _ => match flow(node, WIDTH) {
            Some(text) => out.push(text),
            None => texts(node, "", out),
        },
    }
}

/// A value behind its key or dash, on the same line if it fits, else beneath.
fn below(value: &Node, head: &str, level: usize, out: &mut Vec<String>) {
    if out.len() >= LINES {
        return;
    }
    if let Some(text) = flow(value, WIDTH.saturating_sub(width::columns(head) + 1)) {
        out.push(format!("{head} {text}"));
    } else if matches!(value.value, Value::Map(_) | Value::List(_)) {
        if level < DEPTH {
            out.push(head.to_owned());
            block(value, level + 1, out);
        } else {
            out.push(format!("{head} …"));
        }
    } else {
        // As YAML marks a text that goes on beneath.
        out.push(format!("{head} |"));
        texts(value, &"  ".repeat(level + 1), out);
    }
}

/// A scalar that is longer than a line.
fn texts(node: &Node, lead: &str, out: &mut Vec<String>) {
    let text = match &node.value {
        Value::Text(text) | Value::Int(text) => blanks(&visible(text, TEXT)),
        _ => String::new(),
    };
    let room = WIDTH.saturating_sub(lead.len());
    out.extend(width::lines(&text, room).into_iter().map(|line| format!("{lead}{line}")));
}

/// The value on one line of at most `room` columns, if it fits.
fn flow(node: &Node, room: usize) -> Option<String> {
    let mut out = String::new();
    put(node, room, &mut out)?;
    (width::columns(&out) <= room).then_some(out)
}

/// Gives up early: nothing is made that is much longer than a line. Each level takes two columns, so the
/// room bounds the depth as well.
fn put(node: &Node, room: usize, out: &mut String) -> Option<()> {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(digits) => out.push_str(&short(digits, room)?),
        // Debug keeps the fraction of 1.0: it is not the integer.
        Value::Float(number) => out.push_str(&format!("{number:?}")),
        Value::Text(text) => out.push_str(&word(&short(text, room)?)),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                put(item, room, out)?;
            }
            out.push(']');
        }
        Value::Map(members) => {
            out.push('{');
            for (i, (key, value)) in members.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(&word(&short(key, room)?));
                out.push_str(": ");
                put(value, room, out)?;
            }
            out.push('}');
        }
    }
    // Four bytes a column at most, and marks without width: far from exact, but a bound.
    (out.len() <= room.saturating_mul(8)).then_some(())
}

/// A text that may fit on a line, visible.
fn short(text: &str, room: usize) -> Option<String> {
    if text.len() > room.saturating_mul(8) {
        return None;
    }
    Some(blanks(&visible(text, usize::MAX)))
}

/// A visible text as it stands in a line: plain, or in quotes where it could be read as something else.
fn word(text: &str) -> String {
    let first = text.chars().next();
    let plain = !text.contains(['{', '}', '[', ']', ',', '"', '\\'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && first.is_some_and(|c| !"-?:&*!|>'%@`# ~".contains(c))
        && !matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false")
        && text.parse::<f64>().is_err();
    if plain {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stands_on_a_line() {
        let node = Node::map([("type", Node::text("string")), ("enum", Node::texts(["a", "b"]))]);
        assert_eq!(
            lines(&Node::map([("gift_message", node)])),
            ["gift_message: {type: string, enum: [a, b]}"]
        );
        assert_eq!(lines(&Node::map::<String>([])), ["{}"]);
    }

    #[test]
    fn what_does_not_fit_stands_beneath() {
        let signer = Node::map([
            ("id", Node::text("evan")),
            ("roles", Node::texts(["owner", "approver"])),
            ("note", Node::text("x".repeat(70))),
        ]);
        let list = Node::new(Value::List(vec![signer]));
        let note = format!("  note: {}", "x".repeat(70));
        assert_eq!(lines(&list), ["- id: evan", "  roles: [owner, approver]", &note]);
        let long = Node::map([("description", Node::text("word ".repeat(30)))]);
        let shown = lines(&long);
        assert_eq!(shown[0], "description: |");
        assert!(shown.len() == 3 && shown[1..].iter().all(|line| line.starts_with("  word")));
    }

    #[test]
    fn text_is_never_taken_for_structure_or_for_another_kind() {
        for (text, shown) in [
            ("1", "\"1\""),
            ("true", "\"true\""),
            ("", "\"\""),
            ("a, required: true", "\"a, required: true\""),
            ("}\"\n", "\"}\\\"⟨U+000A⟩\""),
            ("a\u{a0}", "a⟨U+00A0⟩"),
            ("^/orders", "^/orders"),
            ("https://a.example", "https://a.example"),
        ] {
            assert_eq!(lines(&Node::text(text)), [shown], "{text:?}");
        }
        assert_eq!(lines(&Node::new(Value::Float(1.0))), ["1.0"]);
    }

    #[test]
    fn deep_and_huge_values_stay_bounded() {
        let mut deep = Node::text("x".repeat(100));
        for _ in 0..200 {
            deep = Node::map([("k", deep)]);
        }
        assert!(lines(&deep).len() < 20);
        let wide = Node::texts((0..5_000).map(|i| format!("item {i}")));
        assert_eq!(lines(&wide).len(), LINES);
        let digits = Node::new(Value::Int("9".repeat(100_000)));
        assert!(lines(&digits).iter().all(|line| line.len() < 200));
    }
}
