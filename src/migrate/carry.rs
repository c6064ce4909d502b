//! How members of a v1 map come into a v2 map: what both know by name, what only v1 knows with a note.

use super::notes::Notes;
use crate::canon::Node;
use crate::canon::node::pointer_step;

/// A map of version 1 with its place.
pub(super) struct From<'a> {
    /// The file, for notes and faults.
    pub(super) file: &'a str,
    /// The pointer of the map.
    pub(super) pointer: String,
    /// The map.
    pub(super) node: &'a Node,
}

impl<'a> From<'a> {
    /// The document of a file.
    pub(super) fn root(file: &'a str, node: &'a Node) -> From<'a> {
        From { file, pointer: String::new(), node }
    }

    /// A member, with its place.
    pub(super) fn step(&self, key: &str, node: &'a Node) -> From<'a> {
        From { file: self.file, pointer: format!("{}/{}", self.pointer, pointer_step(key)), node }
    }

    /// The members of the names given, in their order; null is absent. Every other member that is not among
    /// `derived` (what version 2 says elsewhere, or not at all) is dropped with a note.
    pub(super) fn only(&self, known: &[&str], derived: &[&str], notes: &mut Notes) -> Vec<(String, Node)> {
        for (key, _) in self.node.members() {
            if !known.contains(&key.as_str()) && !derived.contains(&key.as_str()) {
                notes.dropped(self.file, &format!("{}/{}", self.pointer, pointer_step(key)));
            }
        }
        let given = |key: &&str| self.node.get(key).filter(|n| !n.is_null());
        known.iter().filter_map(|key| given(key).map(|n| ((*key).to_owned(), n.clone()))).collect()
    }

    /// Members that version 1 does not know: kept and digested as before, but never under a name to which
    /// version 2 gives a meaning (`reserved`), since then they would begin to act.
    pub(super) fn unknown(
        &self,
        known: &[&str],
        reserved: &[&str],
        notes: &mut Notes,
    ) -> Vec<(String, Node)> {
        let mut kept = Vec::new();
        for (key, node) in self.node.members() {
            if known.contains(&key.as_str()) {
                continue;
            }
            match reserved.contains(&key.as_str()) {
                true => notes.dropped(self.file, &format!("{}/{}", self.pointer, pointer_step(key))),
                false => kept.push((key.clone(), node.clone())),
            }
        }
        kept.sort_by(|a, b| a.0.cmp(&b.0));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node::map([
            ("b", Node::int(1)),
            ("kind", Node::text("mcp")),
            ("a", Node::null()),
            ("z", Node::int(2)),
        ])
    }

    #[test]
    fn known_members_come_in_order_and_others_with_a_note() {
        let mut notes = Notes::default();
        let node = node();
        let kept = From::root("f", &node).only(&["z", "a", "b"], &[], &mut notes);
        assert_eq!(kept.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["z", "b"]);
        assert_eq!(notes.into_phrases()[0].plain(), "f /kind is dropped: version 2 does not know it");
    }

    #[test]
    fn an_unknown_member_never_takes_a_name_that_acts() {
        let mut notes = Notes::default();
        let node = node();
        let kept = From::root("f", &node).unknown(&["a", "b"], &["kind"], &mut notes);
        assert_eq!(kept, [("z".to_owned(), Node::int(2))]);
        assert_eq!(notes.into_phrases().len(), 1);
    }
}
