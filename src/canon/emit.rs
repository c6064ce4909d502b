//! [`Node`] → the text of the files that this program writes: JSON and YAML in layouts made for review,
//! where one small fact is one line and nothing in a diff is invisible.
//!
//! Both are read back as an equal node by the readers beside this file. Only a number with a fraction has no
//! form in the strict dialect of YAML: no file of ours holds one.

pub use super::emit_yaml::{emit_yaml, emit_yaml_with};

use super::emit_yaml::LINE;
use super::json;
use super::node::{Node, Value};

/// The JSON layout: a value whose own text is at most 100 characters stands on one line with `, ` and
/// `: `; else one member a line, one space per level. The document itself is always opened. Members stay
/// in their order; the text ends with a line feed.
pub fn emit_json(node: &Node) -> String {
    let mut out = String::new();
    match node.value {
        Value::List(_) | Value::Map(_) => opened(node, 0, &mut out),
        _ => json::compact_into(node, &mut out),
    }
    out.push('\n');
    out
}

fn value(node: &Node, level: usize, out: &mut String) {
    match node.value {
        Value::List(_) | Value::Map(_) if width(node, LINE).is_none() => opened(node, level, out),
        _ => json::compact_into(node, out),
    }
}

fn opened(node: &Node, level: usize, out: &mut String) {
    let (open, close) = if node.is_map() { ('{', '}') } else { ('[', ']') };
    out.push(open);
    let keys = node.members().iter().map(|(key, value)| (Some(key), value));
    let all = keys.chain(node.items().iter().map(|item| (None, item)));
    let mut empty = true;
    for (key, item) in all {
        out.push_str(if empty { "\n" } else { ",\n" });
        empty = false;
        indent(level + 1, out);
        if let Some(key) = key {
            json::visible_string(key, out);
            out.push_str(": ");
        }
        value(item, level + 1, out);
    }
    if !empty {
        out.push('\n');
        indent(level, out);
    }
    out.push(close);
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', level));
}

/// The characters of a value on one line, if they are at most `room`. Stops as soon as they are not, so
/// that asking again at every level of a big tree costs little.
fn width(node: &Node, room: usize) -> Option<usize> {
    let text = |text: &str| {
        let mut quoted = String::new();
        // Longer in bytes than fits in the widest escapes of characters: no need to write it.
        (text.len() <= 4 * room).then(|| json::visible_string(text, &mut quoted))?;
        Some(quoted.chars().count())
    };
    let mut used = match &node.value {
        Value::Text(content) => text(content)?,
        Value::List(_) | Value::Map(_) => 2,
        Value::Int(digits) => digits.len(),
        Value::Null | Value::Bool(_) | Value::Float(_) => json::compact(node).len(),
    };
    for (n, (key, value)) in node.members().iter().enumerate() {
        used += if n > 0 { 4 } else { 2 } + text(key)?;
        used += width(value, room.checked_sub(used)?)?;
    }
    for (n, item) in node.items().iter().enumerate() {
        used += if n > 0 { 2 } else { 0 };
        used += width(item, room.checked_sub(used)?)?;
    }
    (used <= room).then_some(used)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::limits::Limits;
    use crate::canon::read_json::read_json;
    use crate::canon::testing::any_node;

    #[test]
    fn the_examples_of_the_format_are_reproduced() {
        for (name, text) in [
            ("baseline.json", include_str!("../../fixtures/layout/baseline.json")),
            ("tools.json", include_str!("../../fixtures/layout/tools.json")),
        ] {
            let node = read_json(name, text.as_bytes(), &Limits::new(1 << 20)).expect(name);
            assert_eq!(emit_json(&node), text, "{name}");
        }
    }

    #[test]
    fn a_value_of_100_characters_stands_on_one_line_and_of_101_does_not() {
        for (length, lines) in [(96, 3), (97, 5)] {
            let node = Node::map([("key", Node::texts(["x".repeat(length)]))]);
            let text = emit_json(&node);
            assert_eq!(text.lines().count(), lines, "{text}");
        }
        assert_eq!(emit_json(&Node::map::<String>([])), "{}\n");
        assert_eq!(emit_json(&Node::map([("a", Node::texts::<String>([]))])), "{\n \"a\": []\n}\n");
        assert_eq!(emit_json(&Node::int(1)), "1\n");
    }

    #[test]
    fn what_cannot_be_seen_is_written_as_an_escape() {
        let text = emit_json(&Node::texts(["a\u{202E}\u{E0041}\u{200B}é"]));
        assert_eq!(text, "[\n \"a\\u202e\\udb40\\udc41\\u200bé\"\n]\n");
    }

    proptest! {
        #[test]
        fn the_layout_reads_back_and_no_short_value_is_opened(node in any_node()) {
            let text = emit_json(&node);
            prop_assert_eq!(read_json("f", text.as_bytes(), &Limits::new(1 << 20)), Ok(node.clone()));
            prop_assert!(text.ends_with('\n') && !text.contains('\r'));
        }

        #[test]
        fn the_width_is_that_of_the_line(node in any_node()) {
            let length = json::compact(&node).chars().count();
            prop_assert_eq!(width(&node, LINE), (length <= LINE).then_some(length));
        }
    }
}
