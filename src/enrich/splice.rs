//! A JSON text that was read already in, where the members of its objects stand out: so that one value is replaced
//! and every other byte stays.

use std::ops::Range;

use crate::canon::Limits;
use crate::canon::Node;
use crate::canon::read_json::read_json;

/// A member of an object as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The blanks before its name.
    pub lead: Range<usize>,
    /// What stands between its name and its value.
    pub colon: Range<usize>,
    /// Its value.
    pub value: Range<usize>,
}

/// The members of the object that opens at `at`.
pub fn members(text: &str, at: usize) -> Vec<Member> {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let mut at = at + 1;
    loop {
        let key = blanks(bytes, at);
        if bytes.get(key) != Some(&b'"') {
            return members;
        }
        let end = value(bytes, key);
        // Behind the colon.
        let from = blanks(bytes, blanks(bytes, end) + 1);
        let to = value(bytes, from);
        members.push(Member {
            name: name(&text[key..end]),
            lead: at..key,
            colon: end..from,
            value: from..to,
        });
        at = blanks(bytes, to);
        if bytes.get(at) != Some(&b',') {
            return members;
        }
        at += 1;
    }
}

/// Where the items of the list begin that opens at `at`.
pub fn items(text: &str, at: usize) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut at = blanks(bytes, at + 1);
    while bytes.get(at).is_some_and(|b| *b != b']') {
        items.push(at);
        at = blanks(bytes, value(bytes, at));
        if bytes.get(at) == Some(&b',') {
            at = blanks(bytes, at + 1);
        }
    }
    items
}

/// The document's own value begins here.
pub fn start(text: &str) -> usize {
    blanks(text.as_bytes(), 0)
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|b| blank(b)).count()
}

/// The end of the value that begins at `at`; always behind it.
fn value(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut at) = (0usize, at);
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => at = string(bytes, at),
            Some(b'{' | b'[') => (depth, at) = (depth + 1, at + 1),
            Some(b'}' | b']') => (depth, at) = (depth.saturating_sub(1), at + 1),
            Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(_) => {
                let plain = |b: &u8| !matches!(b, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                at += bytes[at..].iter().take_while(|b| plain(b)).count().max(1);
            }
        }
        if depth == 0 {
            return at;
        }
    }
}

/// Behind the text that begins at `at`.
fn string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// A name between quotes. Nearly none has an escape.
fn name(quoted: &str) -> String {
    if !quoted.contains('\\') {
        return quoted.trim_matches('"').to_owned();
    }
    let read = read_json("a name", quoted.as_bytes(), &Limits::new(quoted.len()));
    read.ok().and_then(|node| node.as_text().map(str::to_owned)).unwrap_or_default()
}

/// A text of a value as these files have it.
pub fn quoted(text: &str) -> String {
    crate::canon::json::compact(&Node::text(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::emit::emit_json;
    use crate::canon::json::compact;
    use crate::canon::testing::any_node;

    #[test]
    fn members_stand_where_they_are_written() {
        let text = "\n{ \"a\" : {\"b\":[1,{\"c\":\"}]\\\"\"}]} ,\"\\u0064\":2,\n\t\"e\": \"\\\\\" }";
        let all = members(text, start(text));
        let shown: Vec<(&str, &str)> =
            all.iter().map(|m| (m.name.as_str(), &text[m.value.clone()])).collect();
        assert_eq!(shown, [("a", "{\"b\":[1,{\"c\":\"}]\\\"\"}]}"), ("d", "2"), ("e", "\"\\\\\"")]);
        assert_eq!((&text[all[2].lead.clone()], &text[all[0].colon.clone()]), ("\n\t", " : "));
        let list = "[ 1 ,[2,3], \"]\",{} ]";
        let begin: Vec<&str> = items(list, 0).into_iter().map(|at| &list[at..at + 1]).collect();
        assert_eq!(begin, ["1", "[", "\"", "{"]);
        assert!(items("[]", 0).is_empty() && members("{ }", 0).is_empty());
    }

    proptest! {
        #[test]
        fn every_member_is_found_with_its_whole_value(node in any_node()) {
            for text in [emit_json(&Node::map([("x", node.clone()), ("y", node.clone())])), compact(&Node::map([("x", node.clone()), ("y", node)]))] {
                let found = members(&text, start(&text));
                prop_assert_eq!(found.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
                for member in found {
                    let value = read_json("f", &text.as_bytes()[member.value], &Limits::new(1 << 20));
                    prop_assert!(value.is_ok(), "{:?}", value);
                }
            }
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,40}|[\\[\\]{}\",:\\\\ a]{0,40}") {
            let at = start(&text);
            let _ = (members(&text, at).len(), items(&text, at).len());
        }
    }
}
