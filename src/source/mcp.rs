//! What an MCP server answered in, the surface that it offers out: a listing alone, a JSON-RPC answer, or a recording
//! of `initialize` with the listings behind it.
//!
//! What was received is kept as it came, every member of it. A listing that is one page of several, or an error,
//! tells nothing about what a server lacks, and ends the run.

use std::collections::{BTreeMap, BTreeSet};

use super::sourced::{Options, Source, Sourced, sorted};
use crate::canon::digest::id16;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::baseline::Baseline;
use crate::model::origin::{Origin, Origins, Spot};
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;

/// The row of the table.
pub const SOURCE: Source = Source {
    id: "mcp-list",
    label: "MCP listing",
    is_whole: true,
    sniff,
    wants: |_, _| BTreeSet::new(),
    read,
};

/// A server that was asked just now, as [`crate::source`] gets its answers; no file is one.
pub const LIVE: Source = Source {
    id: "mcp-live",
    label: "MCP server",
    is_whole: true,
    sniff: |_| false,
    wants: |_, _| BTreeSet::new(),
    read,
};

/// A list of a server: its member in an answer, its member in the baseline, the word in ids, and what names an item.
struct List {
    from: &'static str,
    to: &'static str,
    word: &'static str,
    key: &'static str,
}

const LISTS: [List; 4] = [
    List { from: "tools", to: "tools", word: "tool", key: "name" },
    List { from: "prompts", to: "prompts", word: "prompt", key: "name" },
    List { from: "resources", to: "resources", word: "resource", key: "uri" },
    List { from: "resourceTemplates", to: "resource_templates", word: "template", key: "uriTemplate" },
];
/// What a server says of itself when it is asked who it is, and what clients act on.
const SAID: [&str; 2] = ["capabilities", "instructions"];
/// The name of a server that says none.
const UNNAMED: &str = "server";
/// Longest name of a server.
const MAX_NAME: usize = 63;

/// Whether a document is what a server answered.
fn sniff(document: &Node) -> bool {
    let lists = |node: &Node| {
        LISTS.iter().any(|l| node.get(l.from).is_some_and(|n| matches!(n.value, Value::List(_))))
    };
    let rpc = document.get("jsonrpc").is_some();
    rpc || lists(document) || document.get("result").is_some_and(lists)
}

/// Reads what a server answered.
///
/// # Errors
/// An error instead of an answer, a page of a longer listing, an item without a name, or two of one name.
fn read(file: &str, document: &Node, _: &Options) -> Result<Sourced, Fault> {
    let at = |pointer: &str, message: String| {
        let line = document.at(pointer).map_or(document.line, |n| n.line);
        Fault::new(file, FaultKind::Content, message).line(line).pointer(pointer)
    };
    if document.get("error").is_some_and(|e| !e.is_null()) {
        return Err(
            at("/error", "the server answered with an error".to_owned()).hint("record its listing anew")
        );
    }
    for pointer in ["/nextCursor", "/result/nextCursor"] {
        if document.at(pointer).is_some_and(|n| !n.is_null()) {
            let message =
                "this is one page of a longer listing, and what it lacks may be on the next".to_owned();
            return Err(at(pointer, message).hint("join the pages, and leave nextCursor out"));
        }
    }
    // An answer to one call may say what only another one is asked for: which of two counts is nobody's to guess.
    let found = |key: &str| -> Result<Option<(String, &Node)>, Fault> {
        let places = [format!("/result/{key}"), format!("/initialize/{key}"), format!("/{key}")];
        let mut there = places.into_iter().filter_map(|place| document.at(&place).map(|node| (place, node)));
        let first = there.next();
        match (&first, there.next()) {
            (Some((one, _)), Some((other, _))) => {
                Err(at(&other, format!("{key} stands at {one} and at {other}"))
                    .hint("keep the one that the server answered the call with that asks for it"))
            }
            _ => Ok(first),
        }
    };
    let text = |pointer: &str| document.at(pointer).and_then(Node::as_text);
    let name = ["/server", "/initialize/serverInfo/name", "/result/serverInfo/name", "/serverInfo/name"]
        .into_iter()
        .find_map(text)
        .map_or(UNNAMED.to_owned(), plain);
    let (mut server, mut parts) = (Vec::new(), Vec::new());
    for (from, to) in [
        ("protocolVersion", "protocol_version"),
        ("serverInfo", "server_info"),
        ("capabilities", "capabilities"),
        ("instructions", "instructions"),
    ] {
        if let Some((pointer, node)) = found(from)? {
            server.push((to.to_owned(), node.clone()));
            parts.push((format!("/{to}"), Spot { file: None, pointer }));
        }
    }
    // How it was started or reached, and whether it said the same twice: of a server that was asked just now.
    for key in ["launch", "unstable"] {
        if let Some(node) = document.get(key) {
            server.push((key.to_owned(), node.clone()));
            parts.push((format!("/{key}"), Spot { file: None, pointer: format!("/{key}") }));
        }
    }
    let mut seen = BTreeSet::new();
    if found("tools")?.is_none() {
        return Err(at("", "it lists no tools".to_owned()).hint("record the answer to tools/list"));
    }
    // Who was asked what it can do and said nothing of a list has none.
    let declared = document.at("/initialize/capabilities");
    if declared.is_some() && !server.iter().any(|(key, _)| key == "instructions") {
        server.push(("instructions".to_owned(), Node::null()));
    }
    seen.extend(server.iter().map(|(key, _)| key.clone()).filter(|key| SAID.contains(&key.as_str())));
    for list in &LISTS {
        let Some((pointer, node)) = found(list.from)? else {
            let channel = if list.word == "template" { "resources" } else { list.to };
            if declared.is_some_and(|capabilities| capabilities.get(channel).is_none()) {
                seen.insert(list.to.to_owned());
                server.push((list.to.to_owned(), Node::map::<String>([])));
            }
            continue;
        };
        let Value::List(items) = &node.value else {
            return Err(at(&pointer, format!("{} must be a list", list.from)));
        };
        seen.insert(list.to.to_owned());
        let mut by_key: BTreeMap<String, Node> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            let Some(key) = item.get(list.key).and_then(Node::as_text) else {
                return Err(at(&place, format!("a {} has a {}", list.word, list.key)));
            };
            let id = id16(&["cask.id/2", "mcp", &name, list.word, key]);
            let entry = Node::map([("stable_id", Node::text(id)), ("raw", sorted(item))]);
            if by_key.insert(key.to_owned(), Node { line: item.line, ..entry }).is_some() {
                return Err(at(&place, format!("a second {} named {key:?}", list.word)));
            }
            let below = format!("/{}/{}", list.to, pointer_step(key));
            parts.push((below.clone(), Spot { file: None, pointer: place.clone() }));
            parts.push((format!("{below}/raw"), Spot { file: None, pointer: place }));
        }
        server.push((list.to.to_owned(), Node { line: node.line, ..Node::map(by_key) }));
    }
    let lined = |node: Node| Node { line: document.line, ..node };
    let mut origins = Origins::default();
    origins.put("mcp", &name, Origin { spot: Spot { file: None, pointer: String::new() }, parts });
    let servers = lined(Node::map([(name, lined(Node::map(server)))]));
    let raw = lined(Node::map([("schema_version", Node::text(CURRENT)), ("mcp", servers)]));
    let baseline = Baseline::read(file, raw)?;
    Ok(Sourced { baseline, origins, hostless: false, notes: unseen(&seen) })
}

/// What the recording says nothing of.
fn unseen(seen: &BTreeSet<String>) -> Vec<Phrase> {
    let lacking = |all: &[&str]| -> Vec<String> {
        let all = all.iter().filter(|part| !seen.contains(**part));
        all.map(|part| part.replace('_', " ")).collect()
    };
    let lists = lacking(&LISTS.each_ref().map(|list| list.to));
    let said = lacking(&SAID);
    let mut notes = Vec::new();
    if !lists.is_empty() {
        notes.push(Phrase::say(format!("no listing of {} in it", lists.join(", "))));
    }
    if !said.is_empty() {
        notes.push(Phrase::say(format!("no answer to initialize in it: nothing of {}", said.join(", "))));
    }
    notes
}

/// A name as formats have it: lower-case letters, digits, `-` and `_`.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(kept).take(MAX_NAME).collect();
    let name = name.trim_start_matches(['-', '_']).trim_end_matches('-');
    if name.is_empty() { UNNAMED.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn read_text(text: &str) -> Result<Sourced, Fault> {
        let document = node(text);
        assert!(sniff(&document), "{text}");
        read("list.json", &document, &Options { files: &BTreeMap::new(), host: None })
    }

    #[test]
    fn every_form_of_an_answer_is_one_surface() {
        const TOOLS: &str = r#""tools": [{"name": "read_file", "z": 1, "a": {"y": 1, "b": 2}}]"#;
        let forms = [
            format!("{{{TOOLS}}}"),
            format!(r#"{{"jsonrpc": "2.0", "id": 1, "result": {{{TOOLS}}}}}"#),
            format!(r#"{{"initialize": {{"capabilities": {{}}}}, "result": {{{TOOLS}}}}}"#),
        ];
        for text in forms {
            let sourced = read_text(&text).unwrap();
            let tool = &sourced.baseline.entries[0];
            assert_eq!(tool.pointer, "/mcp/server/tools/read_file");
            let raw = sourced.baseline.node(tool).unwrap().get("raw").unwrap();
            let keys: Vec<&str> = raw.members().iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["a", "name", "z"]);
            let there = sourced.origins.find("/mcp/server/tools/read_file/raw/z").unwrap().pointer;
            assert!(node(&text).at(&there).is_some(), "{there}");
        }
    }

    #[test]
    fn names_and_ids_are_those_of_formats() {
        let text = r#"{"server": "filesystem", "result": {"tools": [{"name": "read_file"}]}}"#;
        assert_eq!(read_text(text).unwrap().baseline.entries[0].id, "3d491079a1c3ee87");
        for (name, kept) in
            [("mcp-servers/Every Thing", "mcp-servers-every-thing"), ("/", "server"), ("é", "server")]
        {
            assert_eq!(plain(name), kept);
        }
    }

    #[test]
    fn what_was_not_recorded_is_named() {
        let notes = |text: &str| -> Vec<String> {
            read_text(text).unwrap().notes.iter().map(Phrase::plain).collect()
        };
        assert_eq!(
            notes(r#"{"tools": []}"#),
            [
                "no listing of prompts, resources, resource templates in it",
                "no answer to initialize in it: nothing of capabilities, instructions"
            ]
        );
        // Who was asked, and said nothing of them, has none.
        assert!(notes(r#"{"tools": [], "initialize": {"capabilities": {"tools": {}}}}"#).is_empty());
    }

    #[test]
    fn what_is_no_whole_listing_is_refused() {
        for (text, pointer) in [
            (r#"{"jsonrpc": "2.0", "error": {"code": 1}}"#, "/error"),
            (r#"{"tools": [], "nextCursor": "x"}"#, "/nextCursor"),
            (r#"{"result": {"tools": [], "nextCursor": "x"}}"#, "/result/nextCursor"),
            (r#"{"tools": [{"title": "x"}]}"#, "/tools/0"),
            (r#"{"tools": [{"name": "x"}, {"name": "x"}]}"#, "/tools/1"),
            (r#"{"tools": [], "prompts": {}}"#, "/prompts"),
            (r#"{"prompts": []}"#, ""),
            (
                r#"{"initialize": {"instructions": "a"}, "result": {"instructions": "b", "tools": []}}"#,
                "/initialize/instructions",
            ),
            (
                r#"{"initialize": {"capabilities": {}}, "result": {"capabilities": {"x": {}}, "tools": []}}"#,
                "/initialize/capabilities",
            ),
            (
                r#"{"serverInfo": {"name": "a"}, "initialize": {"serverInfo": {"name": "b"}}, "tools": []}"#,
                "/serverInfo",
            ),
            (r#"{"tools": [], "result": {"tools": [{"name": "x"}]}}"#, "/tools"),
        ] {
            assert_eq!(read_text(text).unwrap_err().pointer, pointer, "{text}");
        }
    }

    #[test]
    fn other_files_are_not_taken_for_listings() {
        for text in [r#"{"openapi": "3.1.0", "paths": {}}"#, r#"{"mcp": {"s": {"tools": {}}}}"#, "[]"] {
            assert!(!sniff(&node(text)), "{text}");
        }
    }
}
