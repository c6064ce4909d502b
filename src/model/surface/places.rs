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
}

impl<'a> Places<'a> {
    /// A node that is laid out as version 2 has it, and its pointer in the file.
    pub fn new(node: &'a Node, pointer: impl Into<String>) -> Places<'a> {
        Places { node, pointer: pointer.into(), moved: Vec::new() }
    }

    /// With a part that stands elsewhere.
    pub fn moved(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.moved.push((from.into(), to.into()));
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
        let part = self.here(part);
        let mut here = part.as_str();
        loop {
            if let Some(node) = self.node.at(here) {
                return (format!("{}{here}", self.pointer), node.line);
            }
            here = here.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
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
}
