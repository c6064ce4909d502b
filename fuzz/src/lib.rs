//! What more than one target asserts: bounds that a tree must keep, and that what is written reads back.

use cask::canon::emit::{emit_json, emit_yaml};
use cask::canon::read_json::read_json;
use cask::canon::read_yaml::{Dialect, read_yaml};
use cask::canon::{Limits, Node, Value, digest, json};

/// Bounds that inputs of some kilobytes reach.
pub const TIGHT: Limits = Limits { bytes: 32 << 10, depth: 24, nodes: 2_000, text: 1 << 10, aliases: 0 };
/// Bounds that nothing reaches that came through the tight ones.
pub const WIDE: Limits = Limits { bytes: 16 << 20, depth: 256, nodes: 5_000_000, text: 1 << 20, aliases: 0 };

/// No reader may give more than it was allowed to: depth, values, bytes of a text; keys are unique.
pub fn within(node: &Node, limits: &Limits) {
    let mut nodes = 0;
    walk(node, 0, limits, &mut nodes);
    assert!(nodes <= limits.nodes, "{nodes} values");
}

fn walk(node: &Node, depth: usize, limits: &Limits, nodes: &mut usize) {
    *nodes += 1;
    assert!(depth <= limits.depth, "depth {depth}");
    match &node.value {
        Value::Text(text) => assert!(text.len() <= limits.text, "a text of {} bytes", text.len()),
        Value::Int(digits) => {
            let plain = digits.strip_prefix('-').unwrap_or(digits);
            let canonical = digits == "0" || plain.starts_with(|c: char| ('1'..='9').contains(&c));
            assert!(canonical && plain.bytes().all(|b| b.is_ascii_digit()), "integer {digits:?}");
            assert!(plain.len() <= Limits::DIGITS, "{} digits", plain.len());
        }
        Value::Float(number) => assert!(number.is_finite(), "{number}"),
        _ => {}
    }
    let mut keys: Vec<&str> = node.members().iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    assert!(keys.windows(2).all(|w| w[0] != w[1]), "two equal keys");
    assert!(keys.iter().all(|key| key.len() <= limits.text), "a long key");
    for child in node.members().iter().map(|(_, child)| child).chain(node.items()) {
        walk(child, depth + 1, limits, nodes);
    }
}

/// Every way to write a tree reads back as that tree, digest included, and writing it again changes nothing.
pub fn reads_back(node: &Node) {
    let canonical = json::canonical(node);
    let json =
        |text: &str| read_json("again", text.as_bytes(), &WIDE).unwrap_or_else(|f| panic!("{f}\n{text}"));
    // Its members are sorted, so it is another tree of the same meaning.
    assert_eq!(json::canonical(&json(&canonical)), canonical);
    let same = |text: &str, read: Node| {
        assert_eq!(read, *node, "reads back as something else:\n{text}");
        assert_eq!(json::canonical(&read), canonical, "another canonical form:\n{text}");
        assert_eq!(digest::of(&read), digest::of(node));
    };
    for text in [json::compact(node), emit_json(node)] {
        same(&text, json(&text));
    }
    let text = emit_yaml(node);
    let read = |dialect| read_yaml("again", text.as_bytes(), dialect, &WIDE);
    match read(Dialect::Strict) {
        Ok(strict) => {
            assert_eq!(emit_yaml(&strict), text, "written otherwise the second time");
            same(&text, strict);
        }
        // The one thing that has no form in the strict dialect.
        Err(fault) => assert!(has_fraction(node), "{fault}\n{text}"),
    }
    // Unquoted times are text to us, and in YAML 1.1 a type of their own, which is refused.
    if let Ok(old) = read(Dialect::V11) {
        same(&text, old);
    }
}

fn has_fraction(node: &Node) -> bool {
    matches!(node.value, Value::Float(_))
        || node.members().iter().map(|(_, child)| child).chain(node.items()).any(has_fraction)
}
