//! What pages declare to agents in (WebMCP), the description of it out: each tool once, as its page declared it.
//!
//! Everything here was written by whoever wrote the page. It is kept as it came and believed in nothing; of what does
//! not fit only the number is kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::wire::text_of;
use crate::canon::json::compact;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node, Value as Content};

/// Runs before any code of a page: a function that is given the name of [`BINDING`] and bounds.
const WATCH: &str = include_str!("webmcp.js");
/// Runs when the page is there: a function that is given bounds, and gives a text of JSON.
const LOOK: &str = include_str!("declared.js");
/// The name under which a page's declarations are told; it is taken away before the page runs.
pub const BINDING: &str = "__cask_declared";
/// Where a page of a site that declared nothing else may list its tools.
pub const WELL_KNOWN: &str = "/.well-known/mcp-tools.json";

/// Most tools of one origin, longest name in characters, and bytes of a tool.
const TOOLS: usize = 500;
const NAME: usize = 128;
const TOOL: usize = 64 << 10;
/// Bytes of all tools of all origins.
const ALL: usize = 8 << 20;
/// Bytes of a manifest.
pub const MANIFEST: usize = 1 << 20;

/// What a page tells of itself at most: each tool may be withdrawn and declared again.
fn bounds() -> Value {
    json!({"tools": 2 * TOOLS, "text": TOOL})
}

/// The text of a program that tells what a page declares, from before it runs.
pub fn watch() -> String {
    format!("{}({BINDING:?}, {})", WATCH.trim_end(), bounds())
}

/// The text of a program that looks for what a page declared elsewhere; its answer goes to [`Declared::found`].
pub fn look() -> String {
    format!("{}({})", LOOK.trim_end(), bounds())
}

/// What pages declared.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Bytes of all tools.
    bytes: usize,
    tools: BTreeMap<String, BTreeMap<String, Tool>>,
    /// Declarations that were left out: without a name, too large, too many.
    pub unfit: u64,
    /// Tools that were declared twice, and not in the same way; the first one counts.
    pub differing: u64,
    /// Origins that are not recorded and declared something.
    pub elsewhere: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq)]
struct Tool {
    method: String,
    raw: Node,
}

impl Declared {
    /// Whether an origin declared nothing so far.
    pub fn is_silent(&self, origin: &str) -> bool {
        !self.tools.contains_key(origin)
    }

    /// Whether nothing was declared at all.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// How many tools there are.
    pub fn len(&self) -> usize {
        self.tools.values().map(BTreeMap::len).sum()
    }

    /// Takes what a page told by [`watch`].
    pub fn told(&mut self, origin: &str, payload: &str) {
        let Some(node) = node(payload, 2 * TOOL) else {
            self.unfit += 1;
            return;
        };
        match node.get("op").and_then(Node::as_text) {
            Some("declare") => match node.get("tool") {
                Some(tool) => self.add(origin, "webmcp", tool),
                None => self.unfit += 1,
            },
            // What is withdrawn was offered.
            Some("withdraw") => {}
            _ => self.unfit += 1,
        }
    }

    /// Takes what [`look`] found; gives the address of the manifest that the page names.
    ///
    /// # Errors
    /// The page put something else into the place of what writes the answer.
    pub fn found(&mut self, origin: &str, answer: &str) -> Result<Option<String>, &'static str> {
        const OTHER: &str = "the page changed how its values are written";
        let answer: Value = serde_json::from_str(answer).map_err(|_| OTHER)?;
        for one in answer.get("found").and_then(Value::as_array).ok_or(OTHER)? {
            let (method, text) = (text_of(one, "method").unwrap_or_default(), text_of(one, "text"));
            let method = if matches!(method, "mcp_b" | "meta_tag") { method } else { "webmcp" };
            match text.and_then(|text| node(text, TOOL)) {
                Some(tool) => self.add(origin, method, &tool),
                None => self.unfit += 1,
            }
        }
        Ok(text_of(&answer, "manifest").filter(|address| !address.is_empty()).map(str::to_owned))
    }

    /// Takes a manifest that was fetched: a list of tools, or `tools` in a map. Adds names that are not known yet.
    pub fn manifest(&mut self, origin: &str, text: &str) {
        let Some(node) = node(text, MANIFEST) else {
            self.unfit += 1;
            return;
        };
        let listed = node.get("tools").unwrap_or(&node);
        match listed.value {
            Content::List(_) => listed.items().iter().for_each(|tool| self.add(origin, "well_known", tool)),
            _ => self.unfit += 1,
        }
    }

    /// Says that an origin which is not recorded declared something.
    pub fn elsewhere(&mut self, origin: &str) {
        const NAMED: usize = 20;
        if self.elsewhere.len() < NAMED || self.elsewhere.contains_key(origin) {
            *self.elsewhere.entry(origin.to_owned()).or_default() += 1;
        }
    }

    fn add(&mut self, origin: &str, method: &str, raw: &Node) {
        let name = raw.get("name").and_then(Node::as_text).map(str::trim);
        let Some(name) = name.filter(|name| !name.is_empty() && name.chars().count() <= NAME) else {
            self.unfit += 1;
            return;
        };
        let raw = plain(raw, name);
        let tools = self.tools.get(origin);
        if let Some(there) = tools.and_then(|tools| tools.get(name)) {
            self.differing += u64::from(there.raw != raw);
            return;
        }
        let bytes = self.bytes + origin.len() + compact(&raw).len();
        if bytes > ALL || tools.is_some_and(|tools| tools.len() >= TOOLS) {
            self.unfit += 1;
            return;
        }
        self.bytes = bytes;
        let tool = Tool { method: method.to_owned(), raw };
        self.tools.entry(origin.to_owned()).or_default().insert(name.to_owned(), tool);
    }

    /// The document that tells of them, as readers of descriptions take it.
    pub fn document(&self) -> Node {
        let of = |(name, tool): (&String, &Tool)| {
            let told = [("source_method", Node::text(&*tool.method)), ("raw", tool.raw.clone())];
            (name.clone(), Node::map(told))
        };
        let origins =
            self.tools.iter().map(|(origin, tools)| (origin.clone(), Node::map(tools.iter().map(of))));
        Node::map([("webmcp", Node::map(origins))])
    }
}

/// The tool under the names of the standard: its schema is `inputSchema`, whoever declared it; what is no schema is an
/// empty one.
fn plain(raw: &Node, name: &str) -> Node {
    let mut tool = raw.without(&["input_schema", "execute"]);
    tool.set("name", Node::text(name));
    let schema = raw.get("inputSchema").or_else(|| raw.get("input_schema")).filter(|schema| schema.is_map());
    tool.set("inputSchema", schema.cloned().unwrap_or_else(|| Node::map::<String>([])));
    tool
}

fn node(text: &str, most: usize) -> Option<Node> {
    read_json("page", text.as_bytes(), &Limits::new(most)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://shop.example";

    fn raw(declared: &Declared, name: &str) -> String {
        let document = declared.document();
        let tool = document.get("webmcp").unwrap().get(SITE).unwrap().get(name).unwrap();
        format!(
            "{} {}",
            tool.get("source_method").unwrap().as_text().unwrap(),
            compact(tool.get("raw").unwrap())
        )
    }

    #[test]
    fn a_tool_is_kept_as_it_was_declared_first() {
        let mut declared = Declared::default();
        let first = r#"{"op":"declare","tool":{"name":" buy ","inputSchema":{"type":"object"},"x":1}}"#;
        declared.told(SITE, first);
        declared.told(SITE, r#"{"op":"withdraw","tool":{"name":"buy"}}"#);
        declared.told(SITE, r#"{"op":"declare","tool":{"name":"buy","description":"other"}}"#);
        assert_eq!(
            raw(&declared, "buy"),
            r#"webmcp {"name": "buy", "inputSchema": {"type": "object"}, "x": 1}"#
        );
        assert_eq!((declared.len(), declared.differing, declared.unfit), (1, 1, 0));
    }

    #[test]
    fn every_place_brings_its_tools_under_one_form() {
        let mut declared = Declared::default();
        let found = r#"{"found":[{"method":"mcp_b","text":"{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"}}"},
            {"method":"meta_tag","text":"{\"name\":\"b\",\"inputSchema\":7}"}],"manifest":"https://shop.example/m.json"}"#;
        assert_eq!(declared.found(SITE, found).unwrap().as_deref(), Some("https://shop.example/m.json"));
        declared.manifest(SITE, r#"{"tools":[{"name":"c"},{"name":"a"}]}"#);
        declared.manifest(SITE, r#"[{"name":"d"}]"#);
        assert_eq!(raw(&declared, "a"), r#"mcp_b {"name": "a", "inputSchema": {"type": "object"}}"#);
        assert_eq!(raw(&declared, "b"), r#"meta_tag {"name": "b", "inputSchema": {}}"#);
        assert_eq!(raw(&declared, "c"), r#"well_known {"name": "c", "inputSchema": {}}"#);
        assert_eq!((declared.len(), declared.differing), (4, 1));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut declared = Declared::default();
        let long = format!(r#"{{"op":"declare","tool":{{"name":"{}"}}}}"#, "n".repeat(NAME + 1));
        let huge = format!(r#"{{"op":"declare","tool":{{"name":"x","d":"{}"}}}}"#, "d".repeat(2 * TOOL));
        for payload in
            ["", "[]", "{}", r#"{"op":"declare"}"#, r#"{"op":"declare","tool":{"name":" "}}"#, &long, &huge]
        {
            declared.told(SITE, payload);
        }
        assert_eq!((declared.unfit, declared.is_empty()), (7, true));
        for n in 0..TOOLS + 5 {
            declared.told(SITE, &format!(r#"{{"op":"declare","tool":{{"name":"t{n}"}}}}"#));
        }
        assert_eq!((declared.unfit, declared.len()), (12, TOOLS));
        for other in ["no JSON", r#"{"op":"declare"}"#, "7"] {
            assert!(declared.found(SITE, other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_manifest_that_lists_nothing_is_counted() {
        let mut declared = Declared::default();
        for text in [r#"{"error":"not here"}"#, r#"{"tools":{"a":1}}"#, "<html>", "7"] {
            declared.manifest(SITE, text);
        }
        declared.manifest(SITE, "[]");
        assert_eq!((declared.unfit, declared.is_empty()), (4, true));
    }

    #[test]
    fn many_origins_have_no_more_room_than_one() {
        let mut declared = Declared::default();
        let long = "d".repeat(TOOL - 100);
        for n in 0..200 {
            let text = format!(r#"{{"op":"declare","tool":{{"name":"t","description":"{long}"}}}}"#);
            declared.told(&format!("https://o{n}.shop.example"), &text);
        }
        assert_eq!(declared.len(), declared.tools.len(), "an origin without a tool has no place");
        assert!((120..=128).contains(&declared.len()), "{}", declared.len());
        assert_eq!(declared.unfit, 200 - declared.len() as u64);
    }

    #[test]
    fn programs_are_given_the_bounds_of_what_is_read() {
        for program in [watch(), look()] {
            let given = &program[program.rfind("})(").unwrap()..];
            assert!(given.contains("\"tools\":1000") && given.contains("\"text\":65536"), "{given}");
        }
        assert!(watch().contains("})(\"__cask_declared\", {"));
    }
}
