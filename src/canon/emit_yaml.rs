//! The YAML layout: block style, two spaces, sequences not indented, short lists of words on one line.
//!
//! Text is unquoted only where no reader of YAML could take it for anything else (`plain`), so the strict
//! dialect, YAML 1.1 and YAML 1.2 all read the same. Strings are never folded.

use super::json;
use super::node::{Node, Value, pointer_step};
use super::open::MARKERS;
use super::plain;
use super::time::Timestamp;
use super::visible::hidden;

/// Characters up to which a value stands on one line, in the JSON layout too.
pub(super) const LINE: usize = 100;

/// The layout with every short list of words on one line.
pub fn emit_yaml(node: &Node) -> String {
    emit_yaml_with(node, &|_| false)
}

/// The layout; lists whose JSON pointer `block_lists` accepts have one item a line whatever their length,
/// so that two additions merge.
pub fn emit_yaml_with(node: &Node, block_lists: &dyn Fn(&str) -> bool) -> String {
    let mut writer = Writer { out: String::new(), pointer: String::new(), block_lists };
    match writer.inline(node) {
        Some(text) => {
            writer.out.push_str(&text);
            writer.out.push('\n');
        }
        None => writer.block(node, 0),
    }
    writer.out
}

/// YAML readers give up on longer keys unless they are marked (YAML 1.2.2 §7.4: 1,024 characters).
const KEY: usize = 1000;

struct Writer<'a> {
    out: String,
    pointer: String,
    block_lists: &'a dyn Fn(&str) -> bool,
}

impl Writer<'_> {
    /// The text of a value that stands behind its key or dash; none for what is written below it.
    fn inline(&self, node: &Node) -> Option<String> {
        Some(match &node.value {
            Value::List(items) if items.is_empty() => "[]".to_owned(),
            Value::Map(members) if members.is_empty() => "{}".to_owned(),
            Value::Map(_) => return None,
            Value::List(items) if (self.block_lists)(&self.pointer) || items.len() > LINE => return None,
            Value::List(items) => {
                let words = items.iter().map(word).collect::<Option<Vec<_>>>()?;
                let line = format!("[{}]", words.join(", "));
                (line.chars().count() <= LINE).then_some(line)?
            }
            _ => scalar(node, false),
        })
    }

    /// The lines of a value that is not inline. The first begins where the writer stands: at the start of
    /// a line, or behind a dash.
    fn block(&mut self, node: &Node, level: usize) {
        for (n, (key, value)) in node.members().iter().enumerate() {
            self.start(n, level);
            let key_text = quoted_or_plain(key, false);
            match key_text.chars().count() > KEY {
                true => {
                    self.out.push_str("? ");
                    self.out.push_str(&key_text);
                    self.out.push('\n');
                    self.indent(level);
                }
                false => self.out.push_str(&key_text),
            }
            self.out.push(':');
            let before = self.step(&pointer_step(key));
            match self.inline(value) {
                Some(text) => {
                    self.out.push(' ');
                    self.out.push_str(&text);
                    self.out.push('\n');
                }
                None => {
                    self.out.push('\n');
                    let deeper = if value.is_map() { level + 1 } else { level };
                    self.indent(deeper);
                    self.block(value, deeper);
                }
            }
            self.pointer.truncate(before);
        }
        for (n, item) in node.items().iter().enumerate() {
            self.start(n, level);
            self.out.push_str("- ");
            let before = self.step(&n.to_string());
            match self.inline(item) {
                Some(text) => {
                    self.out.push_str(&text);
                    self.out.push('\n');
                }
                None => self.block(item, level + 1),
            }
            self.pointer.truncate(before);
        }
    }

    fn start(&mut self, n: usize, level: usize) {
        if n > 0 {
            self.indent(level);
        }
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("  ", level));
    }

    /// Goes one step down and gives the way back.
    fn step(&mut self, step: &str) -> usize {
        let before = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(step);
        before
    }
}

/// An item of a one-line list: a scalar without white space.
fn word(node: &Node) -> Option<String> {
    match &node.value {
        Value::List(_) | Value::Map(_) => None,
        Value::Text(text) if text.len() > 4 * LINE || text.contains(char::is_whitespace) => None,
        _ => Some(scalar(node, true)),
    }
}

fn scalar(node: &Node, flow: bool) -> String {
    match &node.value {
        Value::Text(text) => quoted_or_plain(text, flow),
        Value::Float(number) => {
            // YAML 1.1 knows an exponent only behind a point.
            let text = json::float(*number);
            match text.split_once('e') {
                Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}"),
                _ => text,
            }
        }
        _ => json::compact(node),
    }
}

fn quoted_or_plain(text: &str, flow: bool) -> String {
    match needs_quotes(text, flow) {
        true => quoted(text),
        false => text.to_owned(),
    }
}

/// In double quotes; what cannot be seen as `\uXXXX`, beyond U+FFFF as `\UXXXXXXXX`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match json::short_escape(c) {
            Some(escape) => out.push_str(escape),
            None if hidden(c) => match u32::from(c) {
                code @ 0..=0xFFFF => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
            None => out.push(c),
        }
    }
    out.push('"');
    out
}

fn needs_quotes(text: &str, flow: bool) -> bool {
    plain::ambiguous(text).is_some()
        || plain::dated(text) && text.parse::<Timestamp>().is_err()
        || hex_id(text)
        || text.starts_with(|c| "-?:,[]{}#&*!|>'\"%@` ".contains(c))
        || text.starts_with("...")
        || MARKERS.iter().any(|marker| text.starts_with(marker))
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || text.chars().any(|c| hidden(c) || c != ' ' && c.is_whitespace())
        || flow && text.contains([',', '[', ']', '{', '}', ':', '?', '#'])
}

/// Ids made of a hash: some of them are numbers to some readers, so all are quoted alike.
fn hex_id(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 16) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::limits::Limits;
    use crate::canon::read_yaml::{Dialect, read_yaml};
    use crate::canon::testing::{any_node, any_text, node_without_floats};

    const LIMITS: Limits = Limits::new(1 << 20);

    #[test]
    fn the_layout_is_that_of_the_format() {
        let text = include_str!("../../fixtures/layout/lockfile.yaml");
        let node = read_yaml("lockfile.yaml", text.as_bytes(), Dialect::Strict, &LIMITS).expect("valid");
        assert_eq!(emit_yaml(&node), text);
        let text = include_str!("../../fixtures/layout/toolpack.yaml");
        let node = read_yaml("toolpack.yaml", text.as_bytes(), Dialect::Strict, &LIMITS).expect("valid");
        assert_eq!(emit_yaml_with(&node, &|pointer| pointer == "/allowed_hosts"), text);
    }

    #[test]
    fn text_is_plain_only_where_it_is_text_to_all() {
        for text in [
            "a",
            "api.shop.example",
            "sha256:00ff",
            "/v1/users/{user_id}",
            "2026-11-22T09:14:03Z",
            "first review",
            "tp_1d915b164824",
            "é",
            "a:b",
            "a#b",
            "it's",
        ] {
            assert_eq!(quoted_or_plain(text, false), text);
        }
        for text in [
            "",
            "<<<<<<< HEAD",
            "yes",
            "~",
            "683f3e2a3a70957c",
            "deadbeef",
            "10",
            "1e3",
            "1:30",
            "0x1",
            "2026-11-22",
            "2026-11-22 09:14:03Z",
            "-x",
            "- x",
            "a: b",
            "a:",
            "a #b",
            " a",
            "a ",
            "#a",
            "\"a\"",
            "{a",
            "*",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "---",
            "...",
            "=",
            "<<",
            "a\u{A0}b",
            ".inf",
        ] {
            assert_eq!(quoted_or_plain(text, false), format!("\"{}\"", text.replace('"', "\\\"")));
        }
        assert_eq!(quoted("a\n\t\u{202E}\u{E0041}\u{7f}\\"), r#""a\n\t\u202e\U000e0041\u007f\\""#);
    }

    #[test]
    fn lists_of_words_stand_on_one_line_unless_asked() {
        let node = Node::map([
            ("a", Node::texts(["x", "y:z", "1"])),
            ("b", Node::texts(["two words"])),
            (
                "c",
                Node::new(Value::List(vec![
                    Node::texts(["n".repeat(101)]),
                    Node::map([("k", Node::int(1)), ("l", Node::null())]),
                ])),
            ),
        ]);
        assert_eq!(
            emit_yaml(&node),
            format!(
                "a: [x, \"y:z\", \"1\"]\nb:\n- two words\nc:\n- - {}\n- k: 1\n  l: null\n",
                "n".repeat(101)
            )
        );
        let block = emit_yaml_with(&node, &|pointer| pointer == "/a");
        assert!(block.starts_with("a:\n- x\n- y:z\n- \"1\"\nb:\n"), "{block}");
    }

    #[test]
    fn long_keys_are_marked() {
        for value in
            [Node::int(1), Node::map([("a", Node::int(1))]), Node::texts(["a b"]), Node::map::<String>([])]
        {
            let inner = Node::map([("k".repeat(5000), value), ("z".into(), Node::int(2))]);
            for node in
                [inner.clone(), Node::new(Value::List(vec![inner.clone()])), Node::map([("o", inner)])]
            {
                for dialect in [Dialect::Strict, Dialect::V11] {
                    let text = emit_yaml(&node);
                    assert_eq!(
                        read_yaml("f", text.as_bytes(), dialect, &LIMITS),
                        Ok(node.clone()),
                        "{dialect:?}"
                    );
                }
            }
        }
    }

    /// Whether a tree holds a time, which the layout leaves plain and YAML 1.1 makes an object of.
    fn timed(node: &Node) -> bool {
        node.as_text().is_some_and(|t| t.parse::<Timestamp>().is_ok())
            || node.items().iter().any(timed)
            || node.members().iter().any(|(key, value)| key.parse::<Timestamp>().is_ok() || timed(value))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn the_strict_dialect_reads_it_back(node in node_without_floats()) {
            for text in [emit_yaml(&node), emit_yaml_with(&node, &|_| true)] {
                prop_assert_eq!(read_yaml("f", text.as_bytes(), Dialect::Strict, &LIMITS), Ok(node.clone()), "{}", text);
            }
        }

        #[test]
        fn yaml_1_1_reads_it_back(node in any_node().prop_filter("no times", |n| !timed(n))) {
            let text = emit_yaml(&node);
            prop_assert_eq!(read_yaml("f", text.as_bytes(), Dialect::V11, &LIMITS), Ok(node), "{}", text);
        }

        #[test]
        fn nothing_hidden_is_in_it(text in any_text()) {
            let yaml = emit_yaml(&Node::map([(text.as_str(), Node::texts([text.as_str()]))]));
            prop_assert!(!yaml.chars().any(|c| c != '\n' && hidden(c)), "{}", yaml);
        }
    }
}
