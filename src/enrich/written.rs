//! tools.json and the texts that were taken in, tools.json with them out: descriptions replaced and marked, every
//! other byte as it was.

use std::collections::BTreeMap;

use super::splice::{Member, items, members, quoted, start};
use crate::canon::{Fault, FaultKind, Node, Value, digest};
use crate::model::{bytes, limits};

/// The text of tools.json with these descriptions, by tool id.
///
/// # Errors
/// A file that can't be read, a tool that is not in it, or one that would become another in anything but its text.
pub fn written(file: &str, text: &[u8], texts: &BTreeMap<String, String>) -> Result<String, Fault> {
    let before = bytes::json(file, text, limits::TOOLS)?;
    let text =
        std::str::from_utf8(text).map_err(|_| Fault::new(file, FaultKind::Syntax, "it is no UTF-8"))?;
    let (expected, places) = marked(file, before, texts)?;
    let after = spliced(text, &places);
    let read = bytes::json(file, after.as_bytes(), limits::TOOLS)?;
    // Found by position, checked by meaning.
    match digest::of(&read) == digest::of(&expected) {
        true => Ok(after),
        false => Err(Fault::new(file, FaultKind::Content, "the texts can't be put in without changing more")
            .hint(
                "report this as a fault of cask; `cask mint` writes the file in a layout that can be changed",
            )),
    }
}

/// The tree that is wanted, and the texts by place in `actions`.
fn marked<'t>(
    file: &str,
    mut tree: Node,
    texts: &'t BTreeMap<String, String>,
) -> Result<(Node, BTreeMap<usize, &'t str>), Fault> {
    let mut places = BTreeMap::new();
    if let Value::Map(all) = &mut tree.value
        && let Some((_, Node { value: Value::List(actions), .. })) =
            all.iter_mut().find(|(key, _)| key == "actions")
    {
        for (at, action) in actions.iter_mut().enumerate() {
            let id = action.get("tool_id").and_then(Node::as_text);
            let Some(text) = id.and_then(|id| texts.get(id)) else { continue };
            action.set("description", Node::text(text));
            action.set("enriched", Node::bool(true));
            places.insert(at, text.as_str());
        }
    }
    match places.len() == texts.len() {
        true => Ok((tree, places)),
        false => {
            Err(Fault::new(file, FaultKind::Missing, "a tool that was asked about is not in it any more")
                .hint("run the command again"))
        }
    }
}

fn spliced(text: &str, places: &BTreeMap<usize, &str>) -> String {
    let top = members(text, start(text));
    let actions = top.iter().find(|member| member.name == "actions");
    let begins = actions.map(|member| items(text, member.value.start)).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + places.len() * 512);
    let mut from = 0;
    for (at, said) in places {
        let Some(begin) = begins.get(*at) else { continue };
        let own = members(text, *begin);
        let mut edits = [
            edit(text, &own, "description", "title", &quoted(said)),
            edit(text, &own, "enriched", "tags", "true"),
        ];
        edits.sort_by_key(|(place, _)| place.start);
        for (place, new) in edits {
            out.push_str(&text[from..place.start]);
            out.push_str(&new);
            from = place.end;
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Where a value of an action goes, and the text that goes there. A member that is missing comes behind `behind`, as
/// its neighbours are written.
fn edit(
    text: &str,
    own: &[Member],
    name: &str,
    behind: &str,
    value: &str,
) -> (std::ops::Range<usize>, String) {
    if let Some(member) = own.iter().find(|member| member.name == name) {
        return (member.value.clone(), value.to_owned());
    }
    let before = own.iter().find(|member| member.name == behind).or(own.last());
    let Some(before) = before else { return (0..0, String::new()) };
    let (lead, colon) = (&text[before.lead.clone()], &text[before.colon.clone()]);
    let end = before.value.end;
    (end..end, format!(",{lead}{}{colon}{value}", quoted(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = include_str!("../../fixtures/layout/tools.json");

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
    }

    fn first_id() -> String {
        let read: serde_json::Value = serde_json::from_str(LONG).unwrap();
        read["actions"][0]["tool_id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn two_lines_differ_and_no_other() {
        let after =
            written("tools.json", LONG.as_bytes(), &texts(&[(&first_id(), "Gives \"one\" é.")])).unwrap();
        let before: Vec<&str> = LONG.lines().collect();
        let new: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
        assert_eq!(
            new,
            ["   \"description\": \"Gives \\\"one\\\" é.\",", "   \"enriched\": true,"],
            "{after}"
        );
        assert_eq!(after.lines().count(), before.len() + 1);
        let node = bytes::json("tools.json", after.as_bytes(), limits::TOOLS).unwrap();
        assert_eq!(crate::canon::emit::emit_json(&node), after, "as a mint lays it out");
    }

    #[test]
    fn any_layout_stays_and_two_members_that_are_missing_come_in() {
        let text = r#"{"actions":[{"tool_id":"a","name":"x"} , {"tool_id":"b","d\u0065scription":"old","enriched":false,"z":1}],"x":[]}"#;
        let after = written("t", text.as_bytes(), &texts(&[("a", "A."), ("b", "B.")])).unwrap();
        assert!(
            after.contains(r#"{"tool_id":"b","d\u0065scription":"B.","enriched":true,"z":1}],"x":[]}"#),
            "{after}"
        );
        assert!(after.contains(r#""description":"A.""#) && after.contains(r#""name":"x","#), "{after}");
        let gone = written("t", text.as_bytes(), &texts(&[("c", "C.")])).unwrap_err();
        assert!(gone.message.contains("any more"), "{gone:?}");
    }
}
