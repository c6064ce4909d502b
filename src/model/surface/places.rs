//! A part of an operation, named as version 2 lays it out, in; where it stands in the file that was read, out.

use crate::canon::Node;

/// The node that an operation was read from, and where parts stand in it that are not where version 2 has
/// them.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    node: &'a Node,
    pointer: String,
    /// (pointer of version 2, pointer here), both below the node.
    moved: Vec<(String, String)>,
    /// The definitions around it, where what lies in them is to be found there.
    defs: Option<&'a Node>,
}

/// References and alternatives that are followed to one part, and members that are looked through for it: every finding
/// asks, and strangers decide how large the definitions are.
const MAX_HOPS: usize = 32;
const MAX_LOOKS: usize = 100_000;

/// How far a part was found.
struct Found {
    /// Steps of it that are not written down.
    missing: usize,
    pointer: String,
    line: u32,
}

/// Looking through the members of a node costs as much as there are.
fn spend(budget: &mut usize, node: &Node) {
    *budget = budget.saturating_sub(1 + node.members().len());
}

/// A definition by its step in a pointer. Files of ours have them sorted; through others is looked one by one.
fn definition<'a>(defs: &'a Node, step: &str, budget: &mut usize) -> Option<&'a Node> {
    let name = step.replace("~1", "/").replace("~0", "~");
    let members = defs.members();
    if let Ok(at) = members.binary_search_by(|(key, _)| key.as_str().cmp(&name)) {
        return Some(&members[at].1);
    }
    spend(budget, defs);
    defs.get(&name)
}

impl<'a> Places<'a> {
    /// A node that is laid out as version 2 has it, and its pointer in the file.
    pub fn new(node: &'a Node, pointer: impl Into<String>) -> Places<'a> {
        Places { node, pointer: pointer.into(), moved: Vec::new(), defs: None }
    }

    /// With a part that stands elsewhere.
    pub fn moved(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.moved.push((from.into(), to.into()));
    }

    /// With the definitions that its schemas refer to: `$defs` of the file. A part is told as it lies below a schema
    /// whose references are followed, and stands in the definition that it is written in.
    pub fn define(&mut self, defs: &'a Node) {
        self.defs = Some(defs);
    }

    /// The node itself.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Pointer in the file and line of a part that is written down.
    pub fn exact(&self, part: &str) -> Option<(String, u32)> {
        let part = self.here(part);
        self.node.at(&part).map(|node| (format!("{}{part}", self.pointer), node.line))
    }

    /// Pointer in the file and line of a part. What is not written down stands where the nearest part around
    /// it does.
    pub fn find(&self, part: &str) -> (String, u32) {
        let found = self.look(part);
        (found.pointer, found.line)
    }

    /// How many steps of a part are not written down.
    pub fn missing(&self, part: &str) -> usize {
        self.look(part).missing
    }

    fn look(&self, part: &str) -> Found {
        let part = self.here(part);
        let steps: Vec<&str> = part.split('/').skip(1).collect();
        let mut budget = MAX_LOOKS;
        self.below(self.node, self.pointer.clone(), &steps, MAX_HOPS, &mut budget)
    }

    /// The most of a part that is written below a node, or in what the node refers to or is put together from.
    fn below(
        &self,
        node: &'a Node,
        pointer: String,
        steps: &[&str],
        hops: usize,
        budget: &mut usize,
    ) -> Found {
        spend(budget, node);
        let child = steps.first().and_then(|step| Some((step, node.at(&format!("/{step}"))?)));
        let own = match child {
            Some((step, inner)) => self.below(inner, format!("{pointer}/{step}"), &steps[1..], hops, budget),
            None => Found { missing: steps.len(), pointer: pointer.clone(), line: node.line },
        };
        let (Some(defs), Some(hops)) = (self.defs, hops.checked_sub(1)) else { return own };
        if own.missing == 0 || *budget == 0 {
            return own;
        }
        let mut found = own;
        let name = node.get("$ref").and_then(Node::as_text).and_then(|r| r.strip_prefix("#/$defs/"));
        if let Some((name, target)) = name.and_then(|name| Some((name, definition(defs, name, budget)?))) {
            let there = self.below(target, format!("/$defs/{name}"), steps, hops, budget);
            // What is missing there is missing in the definition, not in the reference.
            if there.missing <= found.missing {
                found = there;
            }
        }
        for group in ["allOf", "anyOf", "oneOf"] {
            for (at, branch) in node.get(group).map(Node::items).unwrap_or_default().iter().enumerate() {
                if found.missing == 0 || *budget == 0 {
                    return found;
                }
                let there = self.below(branch, format!("{pointer}/{group}/{at}"), steps, hops, budget);
                if there.missing < found.missing {
                    found = there;
                }
            }
        }
        found
    }

    /// Where a part stands below the node.
    fn here(&self, part: &str) -> String {
        let inside = |from: &str| part == from || part.strip_prefix(from).is_some_and(|r| r.starts_with('/'));
        let longest = self.moved.iter().filter(|(from, _)| inside(from)).max_by_key(|(from, _)| from.len());
        match longest {
            Some((from, to)) => format!("{to}{}", &part[from.len()..]),
            None => part.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_where_it_was_moved_to_or_where_the_nearest_one_does() {
        let inner = Node { line: 7, ..Node::map([("type", Node { line: 8, ..Node::text("string") })]) };
        let node = Node { line: 3, ..Node::map([("a", inner)]) };
        let mut places = Places::new(&node, "/x/0");
        places.moved("/request", "/a");
        assert_eq!(places.find("/request/type"), ("/x/0/a/type".to_owned(), 8));
        assert_eq!(places.find("/request/maximum"), ("/x/0/a".to_owned(), 7));
        assert_eq!(places.find("/requested"), ("/x/0".to_owned(), 3));
        assert_eq!(places.find(""), ("/x/0".to_owned(), 3));
    }

    #[test]
    fn a_part_stands_in_the_definition_that_it_is_written_in() {
        let read = |text: &str| {
            crate::canon::read_json::read_json("t.json", text.as_bytes(), &crate::canon::Limits::new(1 << 16))
                .unwrap()
        };
        let defs = read(
            "{\"A/b\": {\"allOf\": [{\"$ref\": \"#/$defs/Base\"}, {\"properties\": {\"own\": {}}}]},\n\
             \"Base\": {\"properties\": {\n\"id\": {\"type\": \"string\"}}},\n\"Loop\": {\"$ref\": \"#/$defs/Loop\"}}",
        );
        let node = read(
            r##"{"schema": {"items": {"$ref": "#/$defs/A~1b"}}, "loop": {"$ref": "#/$defs/Loop"},
                "null": {"anyOf": [{"$ref": "#/$defs/Base"}, {"type": "null"}]}}"##,
        );
        let mut places = Places::new(&node, "/x");
        assert_eq!(places.find("/schema/items/properties/id").0, "/x/schema/items");
        places.define(&defs);
        for (part, at, line, missing) in [
            ("/schema/items/properties/id/type", "/$defs/Base/properties/id/type", 3, 0),
            ("/schema/items/properties/own", "/$defs/A~1b/allOf/1/properties/own", 1, 0),
            ("/schema/items/properties/other", "/$defs/Base/properties", 2, 1),
            ("/schema/items/additionalProperties", "/$defs/A~1b", 1, 1),
            ("/schema/items", "/x/schema/items", 1, 0),
            ("/null/properties/id", "/$defs/Base/properties/id", 3, 0),
            ("/loop/properties/id", "/$defs/Loop", 4, 2),
        ] {
            assert_eq!(places.find(part), (at.to_owned(), line), "{part}");
            assert_eq!(places.missing(part), missing, "{part}");
        }
    }

    #[test]
    fn one_place_is_looked_for_only_so_long() {
        let chain = |reversed: bool| {
            let mut all: Vec<(String, Node)> = (0..30_000)
                .map(|n| {
                    (format!("D{n:05}"), Node::map([("$ref", Node::text(format!("#/$defs/D{:05}", n + 1)))]))
                })
                .collect();
            all[20].1 = Node::map([("properties", Node::map([("id", Node::bool(true))]))]);
            if reversed {
                all.reverse();
            }
            Node::map(all)
        };
        let node = Node::map([("$ref", Node::text("#/$defs/D00000"))]);
        for (defs, at) in [(chain(false), "/$defs/D00020/properties/id"), (chain(true), "/$defs/D00003")] {
            let mut places = Places::new(&node, "/x");
            places.define(&defs);
            assert_eq!(places.find("/properties/id").0, at);
        }
    }
}
