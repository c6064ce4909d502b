//! The smallest places where two trees differ: a member, an item, or a value of another kind.

use std::collections::HashMap;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};

/// A place where two trees differ.
#[derive(Debug, PartialEq)]
pub(super) struct Spot<'a> {
    /// Where it is in the tree that has it; in the later one, if both have.
    pub pointer: String,
    /// What stands there in the earlier tree.
    pub before: Option<&'a Node>,
    /// What stands there in the later tree.
    pub after: Option<&'a Node>,
}

/// Every place where two trees differ; none if they are equal. Of a list that grew or shrank, the items that
/// only one side has; of one in another order, the list.
pub(super) fn spots<'a>(was: &'a Node, is: &'a Node) -> Vec<Spot<'a>> {
    let mut found = Vec::new();
    collect(was, is, String::new(), &mut found);
    found
}

fn collect<'a>(was: &'a Node, is: &'a Node, pointer: String, found: &mut Vec<Spot<'a>>) {
    if was == is {
        return;
    }
    let at = |step: &str| format!("{pointer}/{step}");
    match (&was.value, &is.value) {
        (Value::Map(old), Value::Map(new)) => {
            let mut rest: HashMap<&str, &Node> = old.iter().map(|(key, node)| (key.as_str(), node)).collect();
            for (key, after) in new {
                let pointer = at(&pointer_step(key));
                match rest.remove(key.as_str()) {
                    Some(before) => collect(before, after, pointer, found),
                    None => found.push(Spot { pointer, before: None, after: Some(after) }),
                }
            }
            for (key, before) in old.iter().filter(|(key, _)| rest.contains_key(key.as_str())) {
                found.push(Spot { pointer: at(&pointer_step(key)), before: Some(before), after: None });
            }
        }
        (Value::List(old), Value::List(new)) if old.len() == new.len() => {
            for (i, (before, after)) in old.iter().zip(new).enumerate() {
                collect(before, after, at(&i.to_string()), found);
            }
        }
        (Value::List(old), Value::List(new)) => {
            let grew = new.len() > old.len();
            match if grew { beyond(old, new) } else { beyond(new, old) } {
                None => found.push(Spot { pointer, before: Some(was), after: Some(is) }),
                Some(items) => found.extend(items.into_iter().map(|(i, item)| Spot {
                    pointer: at(&i.to_string()),
                    before: (!grew).then_some(item),
                    after: grew.then_some(item),
                })),
            }
        }
        _ => found.push(Spot { pointer, before: Some(was), after: Some(is) }),
    }
}

/// What a longer list has beyond a shorter one, all of which it has in the same order.
fn beyond<'a>(short: &[Node], long: &'a [Node]) -> Option<Vec<(usize, &'a Node)>> {
    let mut rest = short.iter().peekable();
    let more = long.iter().enumerate().filter(|(_, item)| rest.next_if_eq(item).is_none()).collect();
    rest.peek().is_none().then_some(more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    fn differing(was: &str, is: &str) -> Vec<String> {
        let read = |text: &str| bytes::json("a.json", text.as_bytes(), 1 << 20).unwrap();
        let (was, is) = (read(was), read(is));
        let mark = |s: &Spot| match (s.before, s.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        spots(&was, &is).iter().map(|s| format!("{}{}", mark(s), s.pointer)).collect()
    }

    #[test]
    fn each_place_is_named_and_none_stands_for_its_neighbours() {
        assert_eq!(differing(r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1,"c":2}}"#), [""; 0]);
        assert_eq!(
            differing(r#"{"a":{"b":1,"c":2,"d":{}},"e/f":1}"#, r#"{"a":{"b":3,"d":[],"g":0},"e/f":1}"#),
            ["~/a/b", "~/a/d", "+/a/g", "-/a/c"]
        );
        assert_eq!(differing(r#"{"e/f":1}"#, r#"{"e/f":"1"}"#), ["~/e~1f"]);
        assert_eq!(differing("[1,2,3]", "[1,4,3]"), ["~/1"]);
        assert_eq!(differing("[1,2,3]", "[1,3]"), ["-/1"]);
        assert_eq!(differing("[1,3]", "[1,2,3]"), ["+/1"]);
        assert_eq!(differing("[1,2,3]", "[3,1]"), ["~"]);
        assert_eq!(differing("[1,1]", "[1]"), ["-/1"]);
    }
}
