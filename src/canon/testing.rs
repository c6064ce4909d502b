//! Arbitrary trees and hostile bytes for the property tests of this layer.

use proptest::prelude::*;

use super::node::{Node, Value};

/// Text that is likely to be misread: words of YAML, numbers, signs, invisible characters.
pub(super) fn any_text() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z]{0,8}",
        "[0-9a-f]{8,16}",
        "[-+0-9._:eExob,]{1,8}",
        "(~|null|Null|yes|No|on|OFF|true|FALSE|y|=|<<|\\.inf|-\\.INF|\\.nan|---|\\.\\.\\.|-|\\?|:|: |a: b| #|a #b)",
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.5)?Z?)?",
        "[ \\t\\n\\r\"'\\\\\\[\\]{},&*!|>%@`#:?-]{0,6}",
        any::<String>(),
        proptest::collection::vec(
            prop::sample::select(vec!['\u{202E}', '\u{200B}', '\u{FEFF}', '\u{E0041}', '\u{85}', '\u{2028}', '\u{7f}', '\u{FFFE}', 'é', '😀', '\0']),
            0..4
        ).prop_map(|chars| chars.into_iter().collect()),
    ]
    .boxed()
}

/// A tree without floats, which the strict dialect of YAML does not have.
pub(super) fn node_without_floats() -> BoxedStrategy<Node> {
    tree(scalars().boxed())
}

/// Any tree.
pub(crate) fn any_node() -> BoxedStrategy<Node> {
    let floats = any::<f64>().prop_filter("finite", |n| n.is_finite());
    tree(prop_oneof![4 => scalars(), 1 => floats.prop_map(|n| Node::new(Value::Float(n)))].boxed())
}

fn scalars() -> impl Strategy<Value = Node> {
    prop_oneof![
        Just(Node::null()),
        any::<bool>().prop_map(Node::bool),
        any::<i64>().prop_map(Node::int),
        "-?[1-9][0-9]{0,40}".prop_map(|digits| Node::new(Value::Int(digits))),
        any_text().prop_map(Node::text),
    ]
}

fn tree(leaf: BoxedStrategy<Node>) -> BoxedStrategy<Node> {
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| Node::new(Value::List(items))),
            proptest::collection::btree_map(any_text(), inner, 0..6)
                .prop_map(|members| Node::map(members.into_iter().rev())),
        ]
    })
    .boxed()
}

/// The bytes with a few of them cut, doubled, changed or put elsewhere.
pub(super) fn mutate(bytes: &[u8], changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (at, how, byte) in changes {
        if out.is_empty() {
            break;
        }
        let at = at % out.len();
        match how % 4 {
            0 => out[at] = *byte,
            1 => out.truncate(at),
            2 => out.insert(at, *byte),
            _ => {
                let piece = out[at..(at + usize::from(*byte)).min(out.len())].to_vec();
                out.splice(at..at, piece);
            }
        }
    }
    out
}
