//! A tree that is put together of parts of others without a copy of them: what a digest is over, where the whole is
//! needed only if somebody asks what differs.

use std::borrow::Cow;

use super::json;
use super::node::{Node, Value};

/// A tree that may borrow. Equal to the [`Node`] that [`View::to_node`] makes of it, digest included.
#[derive(Debug, Clone)]
pub enum View<'a> {
    /// All of a tree.
    Whole(Cow<'a, Node>),
    /// A map and its line; no key stands twice.
    Map(Vec<(&'a str, View<'a>)>, u32),
}

impl<'a> View<'a> {
    /// A map without the named members; anything else as it is. What [`Node::without`] copies.
    pub fn without(node: &'a Node, keys: &[&str]) -> View<'a> {
        match &node.value {
            Value::Map(members) => {
                let kept = members.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
                View::Map(kept.map(|(key, member)| (key.as_str(), View::of(member))).collect(), node.line)
            }
            _ => View::of(node),
        }
    }

    /// All of a tree that is kept elsewhere.
    pub fn of(node: &'a Node) -> View<'a> {
        View::Whole(Cow::Borrowed(node))
    }

    /// A tree that was made for this.
    pub fn made(node: Node) -> View<'a> {
        View::Whole(Cow::Owned(node))
    }

    /// A map of these; no key stands twice.
    pub fn map(members: Vec<(&'a str, View<'a>)>) -> View<'a> {
        View::Map(members, 0)
    }

    /// A copy.
    pub fn to_node(&self) -> Node {
        match self {
            View::Whole(node) => Node::clone(node),
            View::Map(members, line) => {
                let members = members.iter().map(|(key, member)| ((*key).to_owned(), member.to_node()));
                Node { value: Value::Map(members.collect()), line: *line }
            }
        }
    }

    /// The canonical form, piece by piece.
    pub fn canonical_into(&self, out: &mut impl FnMut(&[u8])) {
        match self {
            View::Whole(node) => json::canonical_into(node, out),
            View::Map(members, _) => {
                let members = members.iter().map(|(key, member)| (*key, member));
                json::canonical_map(members, out, |member, out| member.canonical_into(out));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::digest;
    use crate::canon::testing::any_node;

    proptest! {
        #[test]
        fn a_view_is_the_tree_that_would_be_copied(node in any_node(), which in any::<prop::sample::Index>()) {
            let members = node.members();
            let keys = [if members.is_empty() { "none" } else { which.get(members).0.as_str() }];
            let (view, copy) = (View::without(&node, &keys), node.without(&keys));
            prop_assert_eq!(digest::of_view(&view), digest::of(&copy));
            prop_assert_eq!(view.to_node(), copy.clone());
            let around = View::map(vec![("b", view), ("a", View::made(copy.clone()))]);
            prop_assert_eq!(digest::of_view(&around), digest::of(&Node::map([("a", copy.clone()), ("b", copy)])));
        }
    }
}
