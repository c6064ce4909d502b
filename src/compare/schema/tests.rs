//! Each rule of the comparison: a pair that it speaks of, and the nearest pair of which it is silent.

use super::*;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::rules::{self, Axis, Family, Severity, par, req, val};

fn node(text: &str) -> Node {
    read_json("s.json", text.as_bytes(), &Limits::new(1 << 22)).unwrap_or_else(|e| panic!("{e:?} in {text}"))
}

fn at<'a>(position: Position<'a>) -> Context<'a> {
    Context { position, writes: true, about: &[] }
}

fn changes(position: Position, old: &str, new: &str) -> Vec<SchemaChange> {
    let (old, new) = (node(old), node(new));
    compare(Schema::new(&old, None), Schema::new(&new, None), &at(position))
}

fn ids(changes: &[SchemaChange]) -> Vec<&'static str> {
    changes.iter().map(|c| c.rule.id).collect()
}

/// An object with these properties.
macro_rules! object {
    () => {
        r#"{"type": "object", "properties": {}}"#
    };
    ($properties:literal) => {
        concat!(r#"{"type": "object", "properties": {"#, $properties, "}}")
    };
    ($properties:literal, required $required:literal) => {
        concat!(r#"{"type": "object", "properties": {"#, $properties, r#"}, "required": ["#, $required, "]}")
    };
}

mod rows;
use rows::{BODY, INPUT, OUT, ROWS};

/// How the ids of rules begin that are about what lies around schemas: whoever compares requests and
/// responses tells them, or they are told of parameters alone.
const AROUND: &[&str] = &[
    "par.location",
    "par.style",
    "par.secret",
    "req.body-",
    "req.media-",
    "req.fixed-",
    "res.status-",
    "res.media-",
    "res.header-",
    "res.stream-",
    "res.redaction-",
];

#[test]
fn every_rule_speaks_and_is_silent_beside_it() {
    for (rule, position, old, new, near) in ROWS {
        let spoken = changes(*position, old, new);
        assert!(
            ids(&spoken).contains(&rule.id),
            "{} is silent on {old} → {new}: {:?}",
            rule.id,
            ids(&spoken)
        );
        let beside = changes(*position, old, near);
        assert!(!ids(&beside).contains(&rule.id), "{} speaks of {old} → {near}", rule.id);
        for change in &spoken {
            assert!(!change.change.is_empty() && !change.here.is_empty(), "{}", change.rule.id);
            assert!(change.change.plain().chars().count() < 120, "{}", change.change.plain());
        }
    }
    let families = [Family::Par, Family::Val, Family::Req, Family::Res];
    for rule in rules::all().filter(|r| families.contains(&r.family)) {
        let around = AROUND.iter().any(|begin| rule.id.starts_with(begin));
        assert!(around || ROWS.iter().any(|(r, ..)| *r == rule), "{} has no row", rule.id);
    }
}

#[test]
fn one_cause_is_told_once() {
    for (position, old, new, told) in [
        (
            BODY,
            r#"{"type": "string", "maxLength": 5}"#,
            r#"{"type": "string", "enum": ["a"]}"#,
            vec!["val.became-enum", "val.bound-removed"],
        ),
        (BODY, r#"{"type": "string"}"#, r#"{"enum": ["a"]}"#, vec!["val.became-enum"]),
        (
            BODY,
            r#"{"type": "integer", "maximum": 5}"#,
            r#"{"type": "string"}"#,
            vec!["req.field-type-changed"],
        ),
        (BODY, r#"{"type": "string"}"#, "{}", vec!["req.field-type-widened"]),
        (BODY, object!(r#""a": {"maximum": 1}"#), object!(r#""a": {"maximum": 2}"#), vec!["val.max-raised"]),
        (
            INPUT,
            object!(),
            object!(r#""callback_url": {}"#, required r#""callback_url""#),
            vec!["par.required-added", "par.optional-added-sink"],
        ),
        (BODY, object!(), object!(r#""role": {}"#), vec!["req.mass-assignment-field"]),
        (
            BODY,
            r##"{"properties": {"a": {"$ref": "#/$defs/M"}, "b": {"$ref": "#/$defs/M"}}, "$defs": {"M": {"maximum": 1}}}"##,
            r##"{"properties": {"a": {"$ref": "#/$defs/M"}, "b": {"$ref": "#/$defs/M"}}, "$defs": {"M": {"maximum": 2}}}"##,
            vec!["val.max-raised"],
        ),
        (
            OUT,
            object!(r#""a": {"type": "array", "items": {"enum": [1]}}"#),
            object!(r#""a": {"type": "array", "items": {"enum": [1, 2]}}"#),
            vec!["res.enum-value-added"],
        ),
    ] {
        let mut found = ids(&changes(position, old, new));
        // A bound that the list of choices makes needless is not told.
        found.retain(|id| !(*id == "val.bound-removed" && told.len() == 1));
        assert!(
            found.iter().all(|id| told.contains(id)) && found.contains(&told[0]),
            "{old} → {new}: {found:?}"
        );
    }
}

#[test]
fn another_spelling_is_no_change() {
    for (old, new) in [
        (r#"{"type": "string", "nullable": true}"#, r#"{"type": ["string", "null"]}"#),
        (
            r#"{"type": ["string", "null"]}"#,
            r#"{"anyOf": [{"type": "null"}, {"type": "string"}], "title": "t"}"#,
        ),
        (
            object!(r#""a": {}, "b": {}"#),
            r#"{"properties": {"b": {}, "a": {}}, "required": [], "type": "object", "additionalProperties": true}"#,
        ),
        (
            r#"{"allOf": [{"type": "object"}, {"properties": {"a": {"minimum": 1}}}]}"#,
            object!(r#""a": {"minimum": 1}"#),
        ),
        (r##"{"$ref": "#/$defs/A", "$defs": {"A": {"maximum": 5}}}"##, r#"{"maximum": 5}"#),
        (
            r##"{"$ref": "#/definitions/A", "definitions": {"A": {"maximum": 5}}}"##,
            r##"{"$ref": "#/$defs/B", "$defs": {"B": {"maximum": 5}}}"##,
        ),
        (r#"{"oneOf": [{"maximum": 5}]}"#, r#"{"maximum": 5}"#),
        (r#"{"const": 1}"#, r#"{"enum": [1.0]}"#),
        (r#"{"maximum": 5, "exclusiveMaximum": true}"#, r#"{"exclusiveMaximum": 5}"#),
        (
            r#"{"type": "array", "items": [{"maximum": 1}], "additionalItems": false}"#,
            r#"{"type": "array", "prefixItems": [{"maximum": 1}], "items": false}"#,
        ),
        (r#"{"type": "array", "items": {}, "minItems": 0}"#, r#"{"type": "array"}"#),
        (r#"{"type": "integer", "multipleOf": 1}"#, r#"{"type": "integer"}"#),
        (
            r#"{"anyOf": [{"type": "integer"}, {"type": "string"}]}"#,
            r#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#,
        ),
        (r#"{"minimum": 1, "maximum": 4, "allOf": [{"maximum": 9}]}"#, r#"{"maximum": 4, "minimum": 1}"#),
    ] {
        for (old, new) in [(old, new), (new, old)] {
            for position in [INPUT, BODY, OUT] {
                assert_eq!(ids(&changes(position, old, new)), Vec::<&str>::new(), "{old} → {new}");
            }
        }
    }
}

#[test]
fn turned_round_what_accepted_less_accepts_more() {
    let opposite = [
        (val::MAX_LOWERED, val::MAX_RAISED),
        (val::MIN_RAISED, val::MIN_LOWERED),
        (val::PATTERN_ADDED, val::PATTERN_REMOVED),
        (val::PATTERN_TIGHTENED, val::PATTERN_LOOSENED),
        (val::ENUM_VALUE_REMOVED, val::ENUM_VALUE_ADDED),
        (val::BECAME_ENUM, val::ENUM_DROPPED),
        (val::CONST_ADDED, val::CONST_REMOVED),
        (val::ADDITIONAL_PROPERTIES_CLOSED, val::ADDITIONAL_PROPERTIES_OPENED),
        (val::NULLABLE_REMOVED, val::NULLABLE_ADDED),
        (val::ALL_OF_ADDED, val::ALL_OF_REMOVED),
        (val::UNIQUE_ITEMS_TIGHTENED, val::BOUND_REMOVED),
        (val::MAX_SET, val::BOUND_REMOVED),
        (val::MIN_SET, val::BOUND_REMOVED),
        (par::TYPE_NARROWED, par::TYPE_WIDENED),
        (par::BECAME_REQUIRED, par::BECAME_OPTIONAL),
        (req::FIELD_BECAME_REQUIRED, req::FIELD_BECAME_OPTIONAL),
    ];
    for (less, more) in opposite {
        for (rule, position, old, new, _) in ROWS.iter().filter(|(r, ..)| *r == less || *r == more) {
            if *rule == val::BOUND_REMOVED && less != val::UNIQUE_ITEMS_TIGHTENED {
                continue;
            }
            if old.contains("multipleOf") || old.contains("maxLength") && *rule == val::BOUND_REMOVED {
                continue;
            }
            let expected = if *rule == less { more } else { less };
            let back = changes(*position, new, old);
            assert!(ids(&back).contains(&expected.id), "{} back: {:?}", rule.id, ids(&back));
            let told_only = *rule == val::ADDITIONAL_PROPERTIES_OPENED;
            if *position == BODY && rule.family == Family::Val && !told_only {
                // What is promised more exactly is only told.
                let returned = changes(OUT, old, new);
                let grave = returned.iter().any(|c| c.severity >= Severity::Medium);
                assert_eq!(grave, !rule.is_on(Axis::Contract), "{} returned: {:?}", rule.id, ids(&returned));
            }
        }
    }
}

#[test]
fn parameters_are_paired_by_place_and_name() {
    let texts = ["{}", r#"{"maximum": 1}"#, r#"{"maximum": 2}"#].map(node);
    let parameter = |location: &'static str, name: &'static str, required: bool, at: usize| Parameter {
        location,
        name,
        required,
        description: None,
        schema: Schema::new(&texts[at], None),
    };
    let told = |old: &[Parameter], new: &[Parameter]| -> Vec<String> {
        let changes = parameters(old, new, true, &[]);
        changes.iter().map(|c| format!("{} {}", c.rule.id, c.pointer)).collect()
    };
    let one = |location, name| parameter(location, name, false, 0);
    assert_eq!(told(&[one("query", "a")], &[one("query", "a")]), Vec::<String>::new());
    assert_eq!(
        told(&[one("query", "a")], &[one("header", "a")]),
        [format!("{} /header.a", par::LOCATION_CHANGED.id)]
    );
    assert_eq!(
        told(&[one("header", "api_key")], &[one("query", "api_key")]),
        [par::LOCATION_CHANGED, par::SECRET_IN_QUERY].map(|rule| format!("{} /query.api_key", rule.id))
    );
    assert_eq!(told(&[one("query", "user_id")], &[one("query", "userId")]), ["par.renamed /query.userId"]);
    assert_eq!(told(&[], &[parameter("query", "a/b", true, 0)]), ["par.required-added /query.a~1b"]);
    assert_eq!(
        told(&[parameter("query", "a", false, 1)], &[parameter("query", "a", true, 2)]),
        ["par.became-required /query.a", "val.max-raised /query.a/schema/maximum"]
    );
}

#[test]
fn places_are_told_for_machines_and_for_people() {
    let old = object!(r#""it/ems": {"type": "array", "items": {"properties": {"price": {"maximum": 10}}}}"#);
    let new = object!(r#""it/ems": {"type": "array", "items": {"properties": {"price": {"maximum": 100}}}}"#);
    let found = changes(INPUT, old, new);
    assert_eq!(ids(&found), ["val.max-raised"]);
    assert_eq!(found[0].pointer, "/properties/it~1ems/items/properties/price/maximum");
    assert_eq!(found[0].field, "it/ems[].price");
    assert_eq!(found[0].change.plain(), "maximum 10 → 100");
    assert_eq!(
        (found[0].before.clone(), found[0].after.clone()),
        (Some(Node::int(10)), Some(Node::int(100)))
    );
    assert!(found[0].after.as_ref().is_some_and(|n| n.line > 0), "it knows its line");
}

#[test]
fn definitions_around_the_schema_are_followed() {
    let (old, new) = (node(r#"{"U": {"maximum": 1}}"#), node(r#"{"U": {"maximum": 2}}"#));
    let schema = node(r##"{"type": "array", "items": {"$ref": "#/$defs/U"}}"##);
    let found = compare(Schema::new(&schema, Some(&old)), Schema::new(&schema, Some(&new)), &at(OUT));
    assert_eq!(ids(&found), ["res.bound-raised"]);
    assert_eq!(found[0].pointer, "/items/maximum");
}

#[test]
fn what_is_not_looked_at_is_told() {
    // A chain of definitions that is deeper than places are looked for, and differs at its end.
    let chain = |end: u32| {
        let defs: Vec<String> = (0..400)
            .map(|i| format!(r##""D{i}": {{"type": "array", "items": {{"$ref": "#/$defs/D{}"}}}}"##, i + 1))
            .collect();
        format!(
            r##"{{"$ref": "#/$defs/D0", "$defs": {{{}, "D400": {{"maximum": {end}}}}}}}"##,
            defs.join(", ")
        )
    };
    let found = changes(BODY, &chain(1), &chain(2));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].severity, found[0].change.plain()),
        (Severity::High, "too large to compare".to_owned())
    );
    assert!(changes(BODY, &chain(1), &chain(1)).is_empty());
}

#[test]
fn a_schema_without_end_is_compared_once() {
    let tree = |extra: &str| {
        format!(
            r##"{{"$ref": "#/$defs/T", "$defs": {{"T": {{"properties": {{"l": {{"$ref": "#/$defs/T"}}, "r": {{"$ref": "#/$defs/T"}}{extra}}}}}}}}}"##
        )
    };
    assert_eq!(ids(&changes(OUT, &tree(""), &tree(r#", "v": {"type": "integer"}"#))), ["res.field-added"]);
    assert!(changes(OUT, r##"{"$ref": "#"}"##, r##"{"$ref": "#", "title": "t"}"##).is_empty());
    let selves = r##"{"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"allOf": [{"$ref": "#/$defs/A"}], "maximum": 1}}}"##;
    assert!(changes(BODY, selves, selves).is_empty());
}

#[test]
fn what_is_written_to_be_slow_is_not() {
    // Alternatives of alternatives of alternatives: a million ways, three thousand words.
    let wide = |to: &str| vec![format!(r##"{{"$ref": "#/$defs/{to}"}}"##); 300].join(", ");
    let nest = format!(
        r##"{{"$ref": "#/$defs/A", "$defs": {{"A": {{"anyOf": [{}]}}, "B": {{"oneOf": [{}]}}, "C": {{"anyOf": [{}]}}, "D": {{"maximum": 1}}}}}}"##,
        wide("B"),
        wide("C"),
        wide("D")
    );
    let found = changes(BODY, &nest, &nest.replace(r#""maximum": 1"#, r#""maximum": 2"#));
    assert!(ids(&found).contains(&"val.max-raised"), "{:?}", ids(&found));
    // Every definition merges all that follow.
    let defs: Vec<String> = (0..300)
        .map(|i| {
            let all: Vec<String> = (i + 1..300).map(|j| format!(r##"{{"$ref": "#/$defs/D{j}"}}"##)).collect();
            format!(r#""D{i}": {{"allOf": [{}], "properties": {{"p{i}": {{}}}}}}"#, all.join(", "))
        })
        .collect();
    let merged = format!(r##"{{"$ref": "#/$defs/D0", "$defs": {{{}}}}}"##, defs.join(", "));
    assert!(changes(BODY, &merged, &merged).is_empty());
    // More than is merged at one place, and a difference in it: not seen in full, so told.
    let told = changes(BODY, &merged, &merged.replace(r#""p299": {}"#, r#""p299": {"maximum": 1}"#));
    assert!(told.iter().any(|c| c.change.plain() == "too large to compare"), "{:?}", ids(&told));
}
