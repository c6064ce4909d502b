//! Two states of a value in; out come the lines that differ, as the body of a diff fence or for a terminal.
//!
//! Text is compared by words, so that one word slipped into a long description stands alone; other values as
//! brief YAML-like lines. Every line is visible, wrapped and bounded, and carries its sign: text of a
//! stranger neither starts a line nor looks like one of ours, which begin with `@@`.

mod brief;
mod line;
mod words;

use std::collections::BTreeMap;

use crate::canon::Node;
use crate::canon::node::{Value, pointer_step};

pub use line::{Hunk, Line, Sign, WIDTH};

/// Most lines of a hunk; one more counts the rest.
pub const HUNK_LINES: usize = 400;
/// Most hunks that [`hunks`] gives; one more counts the rest.
pub const HUNKS: usize = 50;
/// Unchanged lines that are shown before and after a change.
const CONTEXT: usize = 2;
/// Levels of maps that [`hunks`] follows down.
const DEPTH: usize = 64;

/// What differs between two states of the value at `pointer`, as one hunk; without lines if nothing does.
///
/// `None` is a value that is not there. If the values differ, so do the lines: where the difference lies in
/// what was cut, a line says so.
pub fn between(before: Option<&Node>, after: Option<&Node>, pointer: &str) -> Hunk {
    let lines = match (before, after) {
        _ if before == after => Vec::new(),
        (Some(Node { value: Value::Text(old), .. }), Some(Node { value: Value::Text(new), .. })) => {
            words::of_texts(old, new)
        }
        (None, Some(Node { value: Value::Text(new), .. })) => words::of_text(Sign::Plus, new),
        (Some(Node { value: Value::Text(old), .. }), None) => words::of_text(Sign::Minus, old),
        _ => words::of_lines(&brief_at(before, pointer), &brief_at(after, pointer)),
    };
    hunk(pointer, lines, before != after)
}

/// What differs between two states of a value, one hunk for each place: members of maps that both have are
/// followed down, members that only one has stand together in the hunk of their map.
pub fn hunks(before: &Node, after: &Node, pointer: &str) -> Vec<Hunk> {
    let mut found = Found { hunks: Vec::new(), left: 0 };
    found.descend(before, after, pointer, 0);
    if found.left > 0 {
        let rest = Line::new(Sign::Gap, format!("{} more places differ", found.left));
        found.hunks.push(Hunk { pointer: pointer.to_owned(), lines: vec![rest] });
    }
    found.hunks
}

/// Hunks as the body of a diff fence, without a final newline.
pub fn body(hunks: &[Hunk]) -> String {
    let lines: Vec<String> = hunks
        .iter()
        .flat_map(|hunk| std::iter::once(hunk.header()).chain(hunk.lines.iter().map(Line::signed)))
        .collect();
    lines.join("\n")
}

struct Found {
    hunks: Vec<Hunk>,
    /// Places that were found when there were enough.
    left: usize,
}

impl Found {
    fn descend(&mut self, before: &Node, after: &Node, pointer: &str, depth: usize) {
        if before == after {
            return;
        }
        if !(before.is_map() && after.is_map()) || depth == DEPTH {
            self.push(|| between(Some(before), Some(after), pointer));
            return;
        }
        let (old, new) = (index(before), index(after));
        let minus = only(before, &new);
        let plus = only(after, &old);
        if !minus.members().is_empty() || !plus.members().is_empty() {
            self.push(|| {
                let signed = |sign: Sign, map: &Node| match map.members() {
                    [] => Vec::new(),
                    _ => brief::lines(map).into_iter().map(|text| Line::new(sign, text)).collect(),
                };
                let lines = [signed(Sign::Minus, &minus), signed(Sign::Plus, &plus)].concat();
                hunk(pointer, lines, true)
            });
        } else if before.members().iter().map(|(k, _)| k).ne(after.members().iter().map(|(k, _)| k))
            && old.iter().eq(new.iter())
        {
            // Equal but for the order of members, which two nodes that differ in nothing else may do.
            let note = Line::new(Sign::Gap, "the same members in another order");
            self.push(|| Hunk { pointer: pointer.to_owned(), lines: vec![note] });
        }
        for (key, value) in before.members() {
            if let Some(other) = new.get(key.as_str()) {
                self.descend(value, other, &format!("{pointer}/{}", pointer_step(key)), depth + 1);
            }
        }
    }

    fn push(&mut self, make: impl FnOnce() -> Hunk) {
        if self.hunks.len() < HUNKS { self.hunks.push(make()) } else { self.left += 1 }
    }
}

fn index(map: &Node) -> BTreeMap<&str, &Node> {
    map.members().iter().map(|(key, value)| (key.as_str(), value)).collect()
}

fn only(of: &Node, other: &BTreeMap<&str, &Node>) -> Node {
    Node::map(of.members().iter().filter(|(key, _)| !other.contains_key(key.as_str())).cloned())
}

fn hunk(pointer: &str, lines: Vec<Line>, differ: bool) -> Hunk {
    let mut lines = line::context(lines, CONTEXT);
    if differ && !lines.iter().any(|line| matches!(line.sign, Sign::Minus | Sign::Plus)) {
        lines.push(Line::new(Sign::Gap, "they differ beyond what is shown here"));
    }
    Hunk { pointer: pointer.to_owned(), lines: line::bounded(lines, HUNK_LINES) }
}

/// The brief lines of a value; a scalar behind its key, since a number alone says little.
fn brief_at(node: Option<&Node>, pointer: &str) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let key = pointer.rsplit_once('/').map(|(_, step)| step.replace("~1", "/").replace("~0", "~"));
    match (&node.value, key) {
        (Value::Map(_) | Value::List(_), _) | (_, None) => brief::lines(node),
        (_, Some(key)) => brief::lines(&Node::map([(key, node.clone())])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(before: &Node, after: &Node) -> String {
        body(&hunks(before, after, ""))
    }

    fn tool(host: &str, properties: Node) -> Node {
        Node::map([
            ("host", Node::text(host)),
            ("input_schema", Node::map([("properties", properties)])),
            ("critical", Node::int(if host.contains("pay") { 1 } else { 2 })),
        ])
    }

    #[test]
    fn each_place_that_differs_has_its_hunk() {
        let id = ("id", Node::map([("type", Node::text("string"))]));
        let gift = ("gift_message", Node::map([("type", Node::text("string"))]));
        let before = tool("api.shop.example", Node::map([id.clone()]));
        let after = tool("api.shop-pay.example", Node::map([id, gift]));
        assert_eq!(
            shown(&before, &after),
            "@@ /host @@\n- api.shop.example\n+ api.shop-pay.example\n\
             @@ /input_schema/properties @@\n+ gift_message: {type: string}\n\
             @@ /critical @@\n- critical: 2\n+ critical: 1"
        );
        assert_eq!(shown(&before, &before), "");
    }

    #[test]
    fn a_value_that_is_only_on_one_side_is_shown_whole() {
        let rule = Node::map([
            ("id", Node::text("confirm")),
            ("match", Node::map([("methods", Node::texts(["POST"]))])),
        ]);
        let gone = between(Some(&rule), None, "/rules/2");
        assert_eq!(body(&[gone]), "@@ /rules/2 @@\n- id: confirm\n- match: {methods: [POST]}");
        assert_eq!(body(&[between(None, Some(&Node::text("a\nb")), "/d")]), "@@ /d @@\n+ a\n+ b");
        assert_eq!(between(None, None, "/x").lines, []);
    }

    #[test]
    fn a_difference_that_was_cut_is_still_told() {
        let deep =
            |leaf: &str| (0..30).fold(Node::text(leaf.repeat(100)), |n, _| Node::new(Value::List(vec![n])));
        let hunk = between(Some(&deep("a")), Some(&deep("b")), "/x");
        assert!(hunk.lines.iter().any(|line| line.text.contains("differ beyond")), "{hunk:?}");
        let (ab, ba) = (
            Node::map([("a", Node::null()), ("b", Node::null())]),
            Node::map([("b", Node::null()), ("a", Node::null())]),
        );
        assert!(shown(&ab, &ba).contains("another order"));
    }

    #[test]
    fn a_kind_that_changes_is_a_change() {
        let hunk = between(Some(&Node::text("1")), Some(&Node::int(1)), "/max");
        assert_eq!(body(&[hunk]), "@@ /max @@\n- max: \"1\"\n+ max: 1");
    }

    #[test]
    fn many_places_and_long_texts_are_bounded() {
        let many = |x: i64| Node::map((0..80).map(|i| (format!("k{i}"), Node::int(x))));
        let found = hunks(&many(1), &many(2), "/p");
        assert_eq!(found.len(), HUNKS + 1);
        assert_eq!(found[HUNKS].lines[0].signed(), "@@ … 30 more places differ @@");
        let long = between(None, Some(&Node::text("line\n".repeat(5_000))), "/d");
        assert_eq!(long.lines.len(), HUNK_LINES + 1);
    }

    #[test]
    fn no_line_of_a_stranger_lacks_its_sign() {
        let text = Node::text("\n@@ /host @@\n- a\r\n+ b\n```\n</details>");
        for line in between(None, Some(&text), "/d").lines {
            assert!(line.signed().starts_with('+'), "{line:?}");
        }
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let text =
            prop_oneof![Just("a b  c".to_owned()), Just("1".to_owned()), any::<String>(), "(word ){0,40}"];
        let leaf = prop_oneof![
            text.clone().prop_map(Node::text),
            any::<i64>().prop_map(Node::int),
            (-2.0..2.0f64).prop_map(|x| Node::new(Value::Float(x))),
            Just(Node::null()),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| Node::new(Value::List(items))),
                prop::collection::btree_map(text.clone(), inner, 0..4).prop_map(Node::map),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_differ_exactly_if_something_is_shown(before in any_node(), after in any_node()) {
            let found = hunks(&before, &after, "");
            prop_assert_eq!(found.is_empty(), before == after);
            for hunk in &found {
                prop_assert!(hunk.lines.iter().any(|line| line.sign != Sign::Same));
                for line in &hunk.lines {
                    prop_assert!(!line.text.chars().any(|c| c.is_control()), "{:?}", line);
                    prop_assert!(crate::report::width::columns(&line.text) <= 200, "{:?}", line);
                }
            }
        }
    }
}
