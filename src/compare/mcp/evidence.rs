//! What a tool itself says against its hints: the words of its name, the verb that its description begins with,
//! addresses among its inputs.
//!
//! Words of prose beyond that prove nothing: a tool that lists what was deleted deletes nothing.

use crate::canon::Node;
use crate::canon::text::words;
use crate::compare::properties;
use crate::compare::risk_rows::{CHANGES, DESTROYS, EXECUTES, Row};
use crate::compare::risk_words::{is_noun, is_verb, sink};

/// Verbs that change something and are too common in names to raise a tier.
const WRITES: &[&str] = &[
    "write",
    "append",
    "edit",
    "insert",
    "modify",
    "rename",
    "replace",
    "overwrite",
    "upload",
    "move",
    "push",
];
/// Sinks that are addresses.
const ADDRESSES: &[&str] = &["url", "uri", "callback", "webhook"];

/// The word by which a tool says that it changes something.
pub fn of_writing(raw: &Node) -> Option<String> {
    said(raw, &[&CHANGES, &DESTROYS, &EXECUTES], WRITES)
}

/// The word by which a tool says that it destroys something.
pub fn of_destroying(raw: &Node) -> Option<String> {
    said(raw, &[&DESTROYS], &["overwrite"])
}

fn said(raw: &Node, rows: &[&Row], more: &[&str]) -> Option<String> {
    let text = |key: &str| raw.get(key).and_then(Node::as_text).unwrap_or_default();
    let names = |word: &String| {
        let row = |row: &&Row| {
            row.verbs.iter().any(|v| is_verb(word, v)) || row.nouns.iter().any(|n| is_noun(word, n))
        };
        rows.iter().any(row) || more.contains(&word.as_str())
    };
    if let Some(word) = words(text("name")).into_iter().find(names) {
        return Some(format!("its name says {word:?}"));
    }
    let first: String = text("description").trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
    let first = first.to_lowercase();
    // Deletes, removes, purges: the third person of the same verbs.
    let forms =
        [first.as_str(), first.strip_suffix('s').unwrap_or(""), first.strip_suffix("es").unwrap_or("")];
    let verb = |word: &str| {
        !word.is_empty() && (rows.iter().any(|row| row.verbs.contains(&word)) || more.contains(&word))
    };
    forms.iter().any(|form| verb(form)).then(|| format!("its description begins with {first:?}"))
}

/// An input that takes an address: by its name, or by its format.
pub fn of_addresses(raw: &Node) -> Option<String> {
    let schema = raw.get("inputSchema")?;
    let named = |name: &String| sink(name).is_some_and(|sink| ADDRESSES.contains(&sink));
    if let Some(name) = properties::names(schema, None).into_iter().find(named) {
        return Some(name);
    }
    let uri = |node: &Node| node.get("format").and_then(Node::as_text).is_some_and(|f| f.starts_with("ur"));
    let properties = schema.get("properties").map(Node::members).unwrap_or_default();
    properties.iter().find(|(_, schema)| uri(schema)).map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn names_and_first_verbs_are_evidence_and_prose_is_not() {
        let writes = |name: &str, text: &str| {
            of_writing(&Node::map([("name", Node::text(name)), ("description", Node::text(text))]))
        };
        for (name, text) in [
            ("delete_note", ""),
            ("notes", "Deletes a note."),
            ("x", "Create a new file or overwrite one."),
            ("writeFile", "x"),
            ("run_query", ""),
        ] {
            assert!(writes(name, text).is_some(), "{name} {text}");
        }
        for (name, text) in [
            ("list_deleted", "Lists what was deleted."),
            ("get_updates", "Get the updates that people create."),
            ("read_file", "Read a file. Does not write."),
            ("settings", "The settings of a user."),
        ] {
            assert_eq!(writes(name, text), None, "{name} {text}");
        }
    }

    #[test]
    fn addresses_are_found_by_name_and_format() {
        let takes = |schema: &str| of_addresses(&node(&format!("{{\"inputSchema\": {schema}}}")));
        assert_eq!(takes(r#"{"properties": {"page_url": {}}}"#).as_deref(), Some("page_url"));
        assert_eq!(takes(r#"{"properties": {"at": {"format": "uri"}}}"#).as_deref(), Some("at"));
        assert_eq!(takes(r#"{"properties": {"path": {}, "url_count": {}}}"#), None);
    }
}
