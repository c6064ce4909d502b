//! What recorded values have in common in, as a schema, and the schema that they should fulfil; what of them
//! certainly does not, out.
//!
//! A recording is a sample: only what was there counts. Each thing that was seen (a type, a value, an object without
//! a member) is one value's own, so where there are alternatives it fits if it fits any of them.

use std::collections::BTreeSet;

use super::change::Schema;
use super::document::{Conj, Document};
use super::types::Types;
use super::view::{View, value_key};
use crate::canon::Node;
use crate::canon::json::compact;
use crate::canon::node::pointer_step;
use crate::model::phrase::Phrase;

/// Steps of one comparison: strangers decide how wide alternatives are.
const STEPS: usize = 100_000;
/// Alternatives of one place that are looked through for names.
const ALTERNATIVES: usize = 64;
/// Formats of which no text has two.
const APART: [&str; 6] = ["date", "date-time", "email", "uuid", "ipv4", "ipv6"];

/// What is known of the recorded values besides their schema.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Whether all of their members were kept: only then one that is not there was not there.
    pub whole: bool,
    /// Whether they came back, rather than were sent.
    pub response: bool,
}

/// Something that was seen and should not have been.
#[derive(Debug, Clone)]
pub struct Misfit {
    /// The field for people: `items[].price`; empty for the whole. A stranger's words.
    pub field: String,
    /// Where, as a pointer below the schema that is not fulfilled.
    pub pointer: String,
    /// What was seen, and what should be.
    pub change: Phrase,
    fact: String,
    /// The type of the value, and of those around it from the outermost on.
    kind: &'static str,
    around: Vec<&'static str>,
}

impl Misfit {
    fn new(kind: &'static str, fact: impl Into<String>, change: Phrase) -> Misfit {
        let (field, pointer) = (String::new(), String::new());
        Misfit { field, pointer, change, fact: fact.into(), kind, around: Vec::new() }
    }

    /// The same one level further out.
    fn below(mut self, around: &'static str, field: &str, pointer: &str) -> Misfit {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{field}{dot}{}", self.field);
        self.pointer = format!("{pointer}{}", self.pointer);
        self.around.insert(0, around);
        self
    }

    /// The member that is not there, if that is what is wrong.
    pub fn lacks(&self) -> Option<&str> {
        self.fact.strip_prefix("without ")
    }

    fn is_null(&self) -> bool {
        self.around.is_empty() && self.fact == "type" && self.kind == "null"
    }

    /// What tells it from others: how deep it lies, what it is, and where.
    fn key(&self) -> String {
        format!(
            "{} {} {} {}",
            self.around.len(),
            self.fact,
            if self.fact == "type" { self.kind } else { "" },
            self.field
        )
    }

    /// The type of the outermost value that it is of.
    fn outer(&self) -> &'static str {
        self.around.first().copied().unwrap_or(self.kind)
    }
}

/// What does not fit, and whether all was looked at.
pub fn misfits(seen: &Node, by: Schema, sample: Sample) -> (Vec<Misfit>, bool) {
    any(seen, &[by], sample)
}

/// What fits none of several schemas, where each value had to fit one of them and nobody knows which.
pub fn any(seen: &Node, by: &[Schema], sample: Sample) -> (Vec<Misfit>, bool) {
    let documents: Vec<Document> = by.iter().map(|schema| Document::new(*schema)).collect();
    let mut look = Look { steps: STEPS, whole: true, sample };
    let found = documents.iter().map(|document| match document.root() {
        Some(root) => look.walk(document, &[root], seen),
        None => Vec::new(),
    });
    let found: Vec<Vec<Misfit>> = found.collect();
    let told = common(found);
    (told, look.whole && look.steps > 0)
}

/// Members that were seen and that a schema says nothing of, where it takes any; and whether all was looked at.
pub fn unnamed(seen: &Node, by: &[Schema]) -> (Vec<String>, bool) {
    let (mut names, mut steps) = (Vec::new(), STEPS);
    let documents: Vec<Document> = by.iter().map(|schema| Document::new(*schema)).collect();
    let places: Vec<Place> =
        documents.iter().filter_map(|document| Some((document, vec![document.root()?]))).collect();
    if places.len() == by.len() && !by.is_empty() {
        named(seen, places, "", &mut steps, &mut names);
    }
    (names, steps > 0)
}

struct Look {
    steps: usize,
    /// Whether every schema could be put together: of what is lost nobody knows what it takes.
    whole: bool,
    sample: Sample,
}

impl Look {
    fn walk<'a>(&mut self, document: &Document<'a>, by: &[&'a Node], seen: &Node) -> Vec<Misfit> {
        let words = words(seen);
        if by.is_empty() || words.is_empty() || self.steps == 0 {
            return Vec::new();
        }
        let view = View::of(document, by);
        self.whole &= !view.lost && !view.cut;
        let width: usize = view.groups.iter().map(|group| group.branches.len()).sum();
        self.steps = self.steps.saturating_sub(1 + width + view.fields.len());
        let mut out = scalars(&view, seen, &words);
        if words.contains(&"object") && view.types.meets(Types::OBJECT) {
            self.object(document, &view, seen, &mut out);
        }
        if let Some(item) =
            seen.get("items").filter(|_| view.types.meets(Types::LIST) && view.prefix.is_empty())
        {
            let found = self.walk(document, &view.items, item);
            out.extend(found.into_iter().map(|one| one.below("array", "[]", "/items")));
        }
        for group in &view.groups {
            let found = group.branches.iter().map(|branch| self.walk(document, &[branch], seen)).collect();
            // What may be null is none of the alternatives then.
            out.extend(common(found).into_iter().filter(|one| !(view.null && one.is_null())));
        }
        let mut known = BTreeSet::new();
        out.retain(|one| known.insert(one.key()));
        out
    }

    fn object<'a>(&mut self, document: &Document<'a>, view: &View<'a>, seen: &Node, out: &mut Vec<Misfit>) {
        let members = seen.get("properties").map(Node::members).unwrap_or_default();
        let required = seen.get("required").map(Node::items).unwrap_or_default();
        let always: BTreeSet<&str> = required.iter().filter_map(Node::as_text).collect();
        let there: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        // Members that were too many to be told apart may be any.
        let mapped = seen.get("additionalProperties").is_some();
        for name in view.required.iter().filter(|name| !always.contains(**name)) {
            let own = view.fields.get(name).map(|own| View::of(document, own));
            let other_way =
                own.is_some_and(|own| if self.sample.response { own.write_only } else { own.read_only });
            if !self.sample.whole || mapped || other_way {
                continue;
            }
            let told = if there.contains(name) { "is not always there" } else { "is not there" };
            let misfit = Misfit::new("object", format!("without {name}"), Phrase::say(told));
            out.push(Misfit { field: (*name).to_owned(), pointer: property(name), ..misfit });
        }
        for (name, member) in members {
            match view.fields.get(name.as_str()) {
                Some(own) => {
                    let found = self.walk(document, own, member);
                    out.extend(found.into_iter().map(|one| one.below("object", name, &property(name))));
                }
                None if !view.by_pattern.is_empty() || view.lost || view.cut => {}
                None if view.closed => {
                    let misfit = Misfit::new(
                        "object",
                        format!("with {name}"),
                        Phrase::say("is there, and may not be"),
                    );
                    out.push(Misfit { field: name.clone(), ..misfit });
                }
                None => {
                    let found = self.walk(document, &view.rest, member);
                    let at = "/additionalProperties";
                    out.extend(found.into_iter().map(|one| one.below("object", name, at)));
                }
            }
        }
    }
}

fn property(name: &str) -> String {
    format!("/properties/{}", pointer_step(name))
}

/// The types that were seen.
fn words(seen: &Node) -> Vec<&str> {
    match seen.get("type") {
        Some(one) if one.as_text().is_some() => one.as_text().into_iter().collect(),
        Some(list) => list.items().iter().filter_map(Node::as_text).collect(),
        None => Vec::new(),
    }
}

/// Types, values and formats.
fn scalars(view: &View, seen: &Node, words: &[&str]) -> Vec<Misfit> {
    const KINDS: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
    let mut out = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| words.contains(kind)) {
        let fits = match kind {
            // Whether one of several alternatives takes it, these say.
            "null" => view.null || !view.groups.is_empty(),
            // `80.0` is a whole number too.
            "number" => view.types.meets(Types::NUMBER),
            _ => Types::word(kind).is_none_or(|of| view.types.meets(of)),
        };
        if !fits {
            let expected = view.types.words(view.null);
            out.push(Misfit::new(kind, "type", Phrase::say(format!("{kind}, not {expected}"))));
        }
    }
    let lists = [seen.get("enum"), seen.get("x-seen")].into_iter().flatten();
    for value in lists.flat_map(Node::items) {
        let kind = Types::of(value);
        if value.is_null() || !kind.meets(view.types) {
            continue;
        }
        let listed =
            view.values.as_ref().map(|list| list.iter().any(|one| value_key(one) == value_key(value)));
        if !listed.unwrap_or_else(|| view.fits(value)) {
            let told = value.as_text().map_or_else(|| compact(value), str::to_owned);
            let change = Phrase::quote(told).and_say(" is none of its values");
            out.push(Misfit::new(word_of(value), format!("value {}", value_key(value)), change));
        }
    }
    let format = |node: Option<&Node>| {
        node.and_then(Node::as_text).and_then(|own| APART.into_iter().find(|known| *known == own))
    };
    if let (Some(has), Some(wanted)) =
        (format(seen.get("format")), format(view.formats.get("format").copied()))
        && has != wanted
    {
        out.push(Misfit::new("string", "format", Phrase::say(format!("{has}, not {wanted}"))));
    }
    out
}

fn word_of(value: &Node) -> &'static str {
    use crate::canon::Value;
    match value.value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// What none of several alternatives takes.
fn common(mut found: Vec<Vec<Misfit>>) -> Vec<Misfit> {
    if found.len() == 1 {
        return found.remove(0);
    }
    let refused: Vec<BTreeSet<String>> =
        found.iter().map(|all| all.iter().map(Misfit::key).collect()).collect();
    let everywhere = |one: &Misfit| {
        let key = one.key();
        // One that takes no object at all takes none without a member either.
        let outer = Misfit::new(one.outer(), "type", Phrase::default()).key();
        refused.iter().all(|refused| refused.contains(&key) || refused.contains(&outer))
    };
    let mut known = BTreeSet::new();
    let all = found.iter().flatten().filter(|one| everywhere(one));
    all.filter(|one| known.insert(one.key())).cloned().collect()
}

type Place<'d, 'a> = (&'d Document<'a>, Conj<'a>);

/// Collects members without a name, level by level.
fn named(seen: &Node, places: Vec<Place>, field: &str, steps: &mut usize, out: &mut Vec<String>) {
    let words = words(seen);
    if !words.contains(&"object") && !words.contains(&"array") {
        return;
    }
    let mut views: Vec<(&Document, View)> = Vec::new();
    let mut todo = places;
    while let Some((document, by)) = todo.pop() {
        if views.len() >= ALTERNATIVES || *steps == 0 {
            // Whoever asked is told that there is more.
            *steps = 0;
            return;
        }
        let view = View::of(document, &by);
        *steps = steps.saturating_sub(1 + view.fields.len());
        for branch in view.groups.iter().flat_map(|group| &group.branches) {
            todo.push((document, vec![*branch]));
        }
        // Whatever takes anything names nothing.
        if !view.says || view.lost || view.cut || !view.rest.is_empty() || !view.by_pattern.is_empty() {
            return;
        }
        views.push((document, view));
    }
    if let Some(item) = seen.get("items") {
        let below: Vec<Place> = views
            .iter()
            .filter(|(_, view)| !view.items.is_empty() && view.prefix.is_empty())
            .map(|(document, view)| (*document, view.items.clone()))
            .collect();
        if !below.is_empty() {
            named(item, below, &format!("{field}[]"), steps, out);
        }
    }
    if views.iter().all(|(_, view)| view.fields.is_empty()) || views.iter().any(|(_, view)| view.closed) {
        return;
    }
    for (name, member) in seen.get("properties").map(Node::members).unwrap_or_default() {
        let dot = if field.is_empty() { "" } else { "." };
        let path = format!("{field}{dot}{name}");
        let below: Vec<Place> = views
            .iter()
            .filter_map(|(document, view)| Some((*document, view.fields.get(name.as_str())?.clone())))
            .collect();
        match below.is_empty() {
            true => out.push(path),
            false if below.iter().all(|(_, own)| !own.is_empty()) => named(member, below, &path, steps, out),
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    const WHOLE: Sample = Sample { whole: true, response: true };

    fn told(seen: &str, by: &str) -> Vec<String> {
        let (seen, by) = (node(seen), node(by));
        let (found, whole) = misfits(&seen, Schema::new(&by, None), WHOLE);
        assert!(whole);
        found
            .iter()
            .map(|one| format!("{}: {}", one.field, one.change.plain()).trim_start_matches(": ").to_owned())
            .collect()
    }

    const USER: &str = r#"{"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]},
        "state": {"enum": ["on", "off"]}, "key": {"type": "string", "writeOnly": true}}, "required": ["id", "key"]}"#;

    #[test]
    fn what_was_seen_and_does_not_fit_is_told() {
        let user = |properties: &str, required: &str| {
            format!(r#"{{"type": "object", "properties": {{{properties}}}, "required": [{required}]}}"#)
        };
        for (properties, required, wanted) in [
            (r#""id": {"type": "integer"}"#, r#""id""#, &[][..]),
            (r#""id": {"type": "integer"}"#, "", &["id: is not always there"]),
            (r#""name": {"type": "null"}"#, r#""name""#, &["id: is not there"]),
            (r#""id": {"type": "string"}"#, r#""id""#, &["id: string, not integer"]),
            (r#""id": {"type": ["integer", "null"]}"#, r#""id""#, &["id: null, not integer"]),
            (r#""id": {"type": "number"}"#, r#""id""#, &[]),
            (r#""id": {"type": "integer"}, "more": {"type": "string"}"#, r#""id""#, &[]),
            (r#""id": {"type": "integer"}, "state": {"type": "string"}"#, r#""id""#, &[]),
            (
                r#""id": {"type": "integer"}, "state": {"type": "string", "x-seen": ["on", "lost"]}"#,
                r#""id""#,
                &["state: lost is none of its values"],
            ),
            (
                r#""id": {"type": "integer"}, "state": {"type": "string", "enum": ["on", "gone"]}"#,
                r#""id""#,
                &["state: gone is none of its values"],
            ),
        ] {
            assert_eq!(told(&user(properties, required), USER), wanted, "{properties}");
        }
        assert_eq!(told(r#"{"type": "array"}"#, USER), ["array, not object"]);
        assert!(told("{}", USER).is_empty(), "nothing was seen");
        let ids = r#"{"type": "object", "additionalProperties": {"type": "object"}}"#;
        assert!(told(ids, USER).is_empty(), "members that are ids may be any");
        let closed = r#"{"type": "object", "properties": {"a": {}}, "additionalProperties": false}"#;
        assert_eq!(told(&user(r#""b": {"type": "string"}"#, ""), closed), ["b: is there, and may not be"]);
    }

    #[test]
    fn one_alternative_that_fits_is_enough() {
        let by = r#"{"oneOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]},
            {"type": "null"}]}"#;
        let object = |rest: &str| format!(r#"{{"type": "object"{rest}}}"#);
        assert!(told(&object(r#", "properties": {"a": {"type": "string"}}"#), by).is_empty());
        assert!(told(r#"{"type": ["object", "null"]}"#, by).is_empty());
        assert_eq!(told(r#"{"type": "string"}"#, by), ["string, not object"]);
        let both = r#"{"anyOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["a", "b"]}, {"type": "array"}]}"#;
        assert_eq!(told(&object(""), both), ["a: is not there"]);
        let values = r#"{"anyOf": [{"type": "integer"}, {"type": "string", "format": "uuid"}]}"#;
        assert_eq!(told(r#"{"type": "string", "format": "date"}"#, values), ["date, not uuid"]);
        assert!(told(r#"{"type": "string"}"#, values).is_empty());
    }

    #[test]
    fn members_without_a_name_are_found_where_any_are_taken() {
        let names = |seen: &str, by: &str| {
            let by = node(by);
            unnamed(&node(seen), &[Schema::new(&by, None)]).0
        };
        let seen = r#"{"type": "object", "properties": {"id": {"type": "integer"}, "list": {"type": "array",
            "items": {"type": "object", "properties": {"token": {"type": "string"}}}}}}"#;
        let by = r#"{"type": "object", "properties": {"list": {"type": "array", "items": {"properties": {"x": {}}}}}}"#;
        assert_eq!(names(seen, by), ["id", "list[].token"]);
        assert!(names(seen, r#"{"type": "object"}"#).is_empty(), "it names nothing");
        assert!(
            names(seen, r#"{"properties": {"list": {}}, "additionalProperties": {"type": "integer"}}"#)
                .is_empty()
        );
        let groups = r#"{"anyOf": [{"properties": {"id": {}}}, {"properties": {"list": {}}}]}"#;
        assert!(names(seen, groups).is_empty());
    }

    #[test]
    fn wide_alternatives_take_bounded_time() {
        let by = node(
            r##"{"$defs": {"A": {"anyOf": [{"properties": {"a": {"$ref": "#/$defs/A"}}}, {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {}}},
            {"properties": {"a": {"$ref": "#/$defs/A"}, "c": {}}}, {"properties": {"a": {"$ref": "#/$defs/A"}, "d": {}}}]}}, "$ref": "#/$defs/A"}"##,
        );
        let deep = (0..30).fold(r#"{"type": "string"}"#.to_owned(), |inner, _| {
            format!(r#"{{"type": "object", "properties": {{"a": {inner}}}}}"#)
        });
        let (found, whole) = misfits(&node(&deep), Schema::new(&by, None), WHOLE);
        assert!(found.is_empty() && !whole);
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_whole() {
        let seen = node(r#"{"type": "object", "properties": {"a": {"type": "string"}}}"#);
        for (by, is_whole) in [
            (r#"{"properties": {"a": {"type": "string"}}}"#, true),
            (r##"{"properties": {"a": {"$ref": "#/$defs/Gone"}}}"##, false),
            (r##"{"allOf": [{"$ref": "#/$defs/Gone"}]}"##, false),
        ] {
            let by = node(by);
            let (found, whole) = misfits(&seen, Schema::new(&by, None), WHOLE);
            assert!(found.is_empty() && whole == is_whole, "{by:?}");
        }
        let wide: Vec<String> = (0..100).map(|n| format!(r#"{{"properties": {{"b{n}": {{}}}}}}"#)).collect();
        let by = node(&format!(r#"{{"anyOf": [{}]}}"#, wide.join(",")));
        assert_eq!(unnamed(&seen, &[Schema::new(&by, None)]), (Vec::new(), false));
    }
}
