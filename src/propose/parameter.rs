//! A tool's arguments and what calls showed of them in, parameters out: how many values each had, which of them may be
//! told, and whether one of them may stand where nobody says anything.

use super::resolver::{self, Resolver};
use crate::canon::Node;
use crate::canon::text::words;
use crate::compare::risk::resource_words;
use crate::compare::risk_words::{is_noun, is_personal, is_secret};
use crate::model::seen::{Heard, Seen, Variety};
use crate::model::tool::Tool;

/// Most values that are told of one input.
const VALUES: usize = 8;
/// Last words of names that point at one thing.
const POINTERS: [&str; 12] =
    ["code", "guid", "handle", "id", "ids", "key", "number", "ref", "reference", "sku", "slug", "uuid"];

/// Nouns of which some name nobody's own and others do, so that nothing under them is told.
const NEVER: [&str; 10] =
    ["account", "city", "coupon", "hint", "nationality", "postcode", "religion", "tenant", "voucher", "zip"];
/// Calls that must have worked with a text before it is told: fewer may be somebody's own.
const WORKED: u64 = 3;

/// One input of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// What the tool calls it.
    pub name: String,
    /// `path`, `query`, `header`, `cookie` or `body`.
    pub location: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// How many values there were.
    pub variety: Variety,
    /// Values that may be told.
    pub observed: Vec<Node>,
    /// What may stand where nobody says anything.
    pub default: Option<Node>,
    /// How whoever calls finds it.
    pub resolver: Option<&'static Resolver>,
}

impl PartialEq for Resolver {
    fn eq(&self, other: &Resolver) -> bool {
        self.name == other.name
    }
}

impl Parameter {
    /// Where its value comes from.
    pub fn source(&self) -> &'static str {
        match (self.resolver, self.location) {
            (Some(_), _) => "derived",
            (None, location @ ("path" | "query")) => location,
            (None, _) => "body",
        }
    }

    /// How many values there were, in a word.
    pub fn variability(&self) -> &'static str {
        match self.variety {
            Variety::Many => "variable",
            Variety::One => "stable",
            Variety::Unknown => "unknown",
        }
    }

    /// Whether it names one thing of many.
    pub fn is_pointer(&self) -> bool {
        is_pointer(&self.name)
    }
}

fn is_pointer(name: &str) -> bool {
    words(name).last().is_some_and(|last| POINTERS.contains(&last.as_str()))
}

/// The inputs of a tool, those of the path and the query first, each by its name.
pub fn all(tool: &Tool, heard: &Heard) -> Vec<Parameter> {
    let path = tool.full_path();
    let required = tool.input_schema().and_then(|schema| schema.get("required"));
    let required: Vec<&str> =
        required.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect();
    let nothing = Seen::default();
    let mut made: Vec<Parameter> = Vec::new();
    for (name, place) in tool.raw.get("inputs").map(Node::members).unwrap_or_default() {
        let place = place.as_text().unwrap_or_default();
        let location = location(place);
        let resolver = resolver::of(&path, name);
        let seen = heard.inputs.get(place).unwrap_or(&nothing);
        // Strangers choose names: what stands in the path and what a member is called both count.
        let tells = resolver.is_none() && [name, last(place)].iter().all(|name| is_open(name, &path));
        let observed: Vec<Node> = match location {
            "query" | "body" if tells => told(seen, heard.failed),
            _ => Vec::new(),
        };
        let reads = tool.effect.is_some_and(|effect| !effect.changes_state());
        // What was answered with failures alone is no example.
        let works = heard.answered > 0;
        let only = works && seen.variety == Variety::One && seen.is_all && observed.len() == 1;
        made.push(Parameter {
            name: name.clone(),
            location,
            required: resolver.is_none() && required.contains(&name.as_str()),
            variety: seen.variety,
            default: observed.first().filter(|_| only && reads).cloned(),
            observed,
            resolver,
        });
    }
    made.sort_by(|a, b| (rank(a.location), &a.name).cmp(&(rank(b.location), &b.name)));
    made
}

/// The values that are told: texts that enough calls worked with, whichever of them failed.
fn told(seen: &Seen, failed: u64) -> Vec<Node> {
    let works = |(value, n): &&(Node, u64)| value.as_text().is_none() || n.saturating_sub(failed) >= WORKED;
    seen.values.iter().filter(works).map(|(value, _)| value.clone()).take(VALUES).collect()
}

/// Whether values under a name may be told: they are no secret, nobody's own, and name nothing.
fn is_open(name: &str, path: &str) -> bool {
    let is_never = |word: &String| NEVER.iter().any(|noun| is_noun(word, noun));
    !words(name).iter().any(is_never)
        && !is_secret(name)
        && !is_personal(name, &resource_words(path))
        && !is_pointer(name)
}

fn location(place: &str) -> &'static str {
    let kind = place.split('.').next().unwrap_or_default();
    ["path", "query", "header", "cookie"].into_iter().find(|known| *known == kind).unwrap_or("body")
}

/// The name at the end of a place.
fn last(place: &str) -> &str {
    place.rsplit(['.', '/']).next().unwrap_or(place)
}

fn rank(location: &str) -> usize {
    ["path", "query", "header", "cookie", "body"].iter().position(|known| *known == location).unwrap_or(5)
}
