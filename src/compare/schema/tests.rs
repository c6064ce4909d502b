//! Each rule of the comparison: a pair that it speaks of, and the nearest pair of which it is silent.

use super::*;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::rules::{self, Axis, Family, Rule, Severity, par, req, res, val};

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

const INPUT: Position = Position::ToolInput;
const BODY: Position = Position::RequestBody;
const OUT: Position = Position::Response;

/// Rule, position, old, new, and a new one of which the rule is silent.
type Row = (&'static Rule, Position<'static>, &'static str, &'static str, &'static str);

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

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (par::REQUIRED_ADDED, INPUT, object!(), object!(r#""a": {"type": "integer"}"#, required r#""a""#), object!(r#""a": {"type": "integer"}"#)),
    (par::OPTIONAL_ADDED, INPUT, object!(), object!(r#""a": {"type": "integer"}"#), object!(r#""a": {"type": "integer"}"#, required r#""a""#)),
    (par::OPTIONAL_ADDED_SINK, INPUT, object!(), object!(r#""callback_url": {"type": "string"}"#), object!(r#""callback_id": {"type": "string"}"#)),
    (par::OPTIONAL_ADDED_SINK, INPUT, object!(), object!(r#""a": {"type": "array", "items": {"type": "string", "format": "uri"}}"#), object!(r#""a": {"type": "array", "items": {"type": "string", "format": "uuid"}}"#)),
    (par::OPTIONAL_ADDED_FREEFORM, INPUT, object!(), object!(r#""a": {"type": "string"}"#), object!(r#""a": {"type": "string", "maxLength": 9}"#)),
    (par::OPTIONAL_ADDED_FREEFORM, INPUT, object!(), object!(r#""a": {"type": "object"}"#), object!(r#""a": {"type": "object", "additionalProperties": false}"#)),
    (par::REMOVED, INPUT, object!(r#""a": {"type": "integer"}"#), object!(), object!(r#""a": {"type": "string"}"#)),
    (par::BECAME_REQUIRED, INPUT, object!(r#""a": {}"#), object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#)),
    (par::BECAME_OPTIONAL, INPUT, object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#), object!(r#""a": {}"#, required r#""a""#)),
    (par::GUARD_BECAME_OPTIONAL, INPUT, object!(r#""tenant_id": {}"#, required r#""tenant_id""#), object!(r#""tenant_id": {}"#), object!(r#""tenant_id": {}"#, required r#""tenant_id""#)),
    (par::GUARD_DEFAULT_FLIPPED, INPUT, object!(r#""dry_run": {"default": true}"#), object!(r#""dry_run": {"default": false}"#), object!(r#""dry_run": {"default": true, "type": "boolean"}"#)),
    (par::GUARD_DEFAULT_FLIPPED, INPUT, object!(r#""force": {"type": "boolean"}"#), object!(r#""force": {"type": "boolean", "default": true}"#), object!(r#""force": {"type": "boolean", "default": false}"#)),
    (par::GUARD_DEFAULT_FLIPPED, INPUT, object!(r#""confirm": {"default": true}"#), object!(r#""confirm": {}"#), object!(r#""confirm": {"default": true}"#)),
    (par::TYPE_CHANGED, INPUT, object!(r#""a": {"type": "integer"}"#), object!(r#""a": {"type": "string"}"#), object!(r#""a": {"type": "number"}"#)),
    (par::TYPE_WIDENED, INPUT, object!(r#""a": {"type": "integer"}"#), object!(r#""a": {"type": "number"}"#), object!(r#""a": {"type": ["integer", "null"]}"#)),
    (par::TYPE_WIDENED, INPUT, object!(r#""a": {"type": "integer"}"#), object!(r#""a": {"anyOf": [{"type": "integer"}, {"type": "string"}]}"#), object!(r#""a": {"anyOf": [{"type": "integer"}, {"type": "integer", "maximum": 4}]}"#)),
    (par::TYPE_NARROWED, INPUT, object!(r#""a": {"type": ["integer", "string"]}"#), object!(r#""a": {"type": "string"}"#), object!(r#""a": {"type": ["string", "integer"]}"#)),
    (par::DEFAULT_ADDED, INPUT, object!(r#""a": {}"#), object!(r#""a": {"default": 1}"#), object!(r#""a": {"title": "x"}"#)),
    (par::DEFAULT_CHANGED, INPUT, object!(r#""a": {"default": 1}"#), object!(r#""a": {"default": 2}"#), object!(r#""a": {"default": 1.0}"#)),
    (par::DEFAULT_REMOVED, INPUT, object!(r#""a": {"default": 1}"#), object!(r#""a": {}"#), object!(r#""a": {"default": 2}"#)),
    (par::RENAMED, INPUT, object!(r#""a": {"type": "string", "description": "the user"}"#), object!(r#""b": {"type": "string", "description": "the user"}"#), object!(r#""b": {"type": "string", "description": "a file"}"#)),
    (par::RENAMED, INPUT, object!(r#""user_id": {"type": "string"}"#), object!(r#""userId": {"type": "string"}"#), object!(r#""color": {"type": "string"}"#)),
    (par::RENAMED, INPUT, object!(r#""user_id": {"type": "string"}"#), object!(r#""userId": {"type": "string"}"#), object!(r#""userId": {"type": "string"}, "user_name": {"type": "string"}"#)),

    (val::REF_UNRESOLVED, BODY, r##"{"$ref": "#/$defs/A", "$defs": {"A": {}}}"##, r##"{"$ref": "#/$defs/B", "$defs": {"A": {}}}"##, r##"{"$ref": "#/$defs/B", "$defs": {"B": {}}}"##),
    (val::REF_UNRESOLVED, BODY, object!(), object!(r#""a": {"x-unresolved": "x.json"}"#), object!(r#""a": {}"#)),
    (val::MAX_LOWERED, BODY, r#"{"maximum": 9}"#, r#"{"maximum": 8}"#, r#"{"maximum": 9.0}"#),
    (val::MAX_LOWERED, BODY, r#"{"type": "number", "maximum": 9}"#, r#"{"type": "number", "exclusiveMaximum": 9}"#, r#"{"type": "number", "maximum": 9, "exclusiveMaximum": false}"#),
    (val::MAX_LOWERED, BODY, r#"{"maximum": 9007199254740993}"#, r#"{"maximum": 9007199254740992}"#, r#"{"maximum": 9007199254740993}"#),
    (val::MIN_RAISED, BODY, r#"{"minLength": 1}"#, r#"{"minLength": 2}"#, r#"{"minLength": 1}"#),
    (val::MAX_SET, BODY, r#"{"type": "array"}"#, r#"{"type": "array", "maxItems": 5}"#, r#"{"type": "array", "maximum": 5}"#),
    (val::MIN_SET, BODY, r#"{"type": "string"}"#, r#"{"type": "string", "minLength": 1}"#, r#"{"type": "string", "minLength": 0}"#),
    (val::MAX_RAISED, BODY, r#"{"maximum": 10}"#, r#"{"maximum": 100}"#, r#"{"maximum": 9}"#),
    (val::MAX_RAISED, BODY, r#"{"type": "integer", "exclusiveMaximum": 10}"#, r#"{"type": "integer", "maximum": 10}"#, r#"{"type": "integer", "maximum": 9}"#),
    (val::MIN_LOWERED, BODY, r#"{"minimum": 1}"#, r#"{"minimum": 0}"#, r#"{"minimum": 1.0}"#),
    (val::BOUND_REMOVED, BODY, r#"{"maxLength": 10}"#, "{}", r#"{"maxLength": 11}"#),
    (val::BOUND_REMOVED, BODY, r#"{"multipleOf": 2}"#, r#"{"multipleOf": 1}"#, r#"{"multipleOf": 4}"#),
    (val::BOUND_REMOVED, BODY, r#"{"uniqueItems": true}"#, "{}", r#"{"uniqueItems": true}"#),
    (val::AMOUNT_BOUND_REMOVED, BODY, object!(r#""refund_amount": {"maximum": 5}"#), object!(r#""refund_amount": {}"#), object!(r#""refund_amount": {"maximum": 6}"#)),
    (val::PATTERN_ADDED, BODY, "{}", r#"{"pattern": "^a"}"#, r#"{"pattern": ".*"}"#),
    (val::PATTERN_TIGHTENED, BODY, r#"{"pattern": "^a"}"#, r#"{"pattern": "^ab"}"#, r#"{"pattern": "^a.*"}"#),
    (val::PATTERN_REMOVED, BODY, r#"{"pattern": "^a"}"#, "{}", r#"{"pattern": "^b"}"#),
    (val::PATTERN_LOOSENED, BODY, r#"{"pattern": "^(a|b)$"}"#, r#"{"pattern": "^(b|a|c)$"}"#, r#"{"pattern": "^(b|a)$"}"#),
    (val::PATTERN_UNDECIDABLE, BODY, r#"{"pattern": "a+"}"#, r#"{"pattern": "(aa)+"}"#, r#"{"pattern": "a+"}"#),
    (val::ENUM_VALUE_REMOVED, BODY, r#"{"enum": [1, 2]}"#, r#"{"enum": [1]}"#, r#"{"enum": [2, 1]}"#),
    (val::ENUM_VALUE_ADDED, BODY, r#"{"enum": ["a"]}"#, r#"{"enum": ["a", "b"]}"#, r#"{"enum": ["a", "admin"]}"#),
    (val::ENUM_PRIVILEGED_ADDED, BODY, r#"{"enum": ["user"]}"#, r#"{"enum": ["user", "site_admin"]}"#, r#"{"enum": ["user", "guest"]}"#),
    (val::ENUM_PRIVILEGED_ADDED, BODY, r#"{"enum": ["a"]}"#, r#"{"enum": ["a", "*"]}"#, r#"{"enum": ["a", "**"]}"#),
    (val::ENUM_DROPPED, BODY, r#"{"type": "string", "enum": ["a"]}"#, r#"{"type": "string"}"#, r#"{"type": "string", "enum": ["a", "b"]}"#),
    (val::BECAME_ENUM, BODY, r#"{"type": "string"}"#, r#"{"type": "string", "enum": ["a"]}"#, r#"{"type": "string", "const": "a"}"#),
    (val::CONST_ADDED, BODY, r#"{"type": "string"}"#, r#"{"const": "a"}"#, r#"{"type": "string", "enum": ["a"]}"#),
    (val::CONST_REMOVED, BODY, r#"{"const": "a"}"#, r#"{"type": "string"}"#, r#"{"enum": ["a"]}"#),
    (val::FORMAT_CHANGED, BODY, r#"{"type": "string", "format": "date"}"#, r#"{"type": "string"}"#, r#"{"type": "string", "format": "date"}"#),
    (val::FORMAT_CHANGED, BODY, r#"{"type": "string"}"#, r#"{"type": "string", "contentEncoding": "base64"}"#, r#"{"type": "string", "description": "base64"}"#),
    (val::FORMAT_TO_URI, BODY, r#"{"type": "string"}"#, r#"{"type": "string", "format": "uri"}"#, r#"{"type": "string", "format": "email"}"#),
    (val::ADDITIONAL_PROPERTIES_OPENED, BODY, r#"{"type": "object", "additionalProperties": false}"#, r#"{"type": "object"}"#, r#"{"type": "object", "unevaluatedProperties": false}"#),
    (val::ADDITIONAL_PROPERTIES_CLOSED, BODY, r#"{"type": "object"}"#, r#"{"type": "object", "additionalProperties": false}"#, r#"{"type": "object", "additionalProperties": {}}"#),
    (val::NULLABLE_ADDED, BODY, r#"{"type": "string"}"#, r#"{"type": ["string", "null"]}"#, r#"{"type": ["string"]}"#),
    (val::NULLABLE_ADDED, BODY, r#"{"type": "string"}"#, r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#, r#"{"anyOf": [{"type": "string"}]}"#),
    (val::NULLABLE_REMOVED, BODY, r#"{"type": "string", "nullable": true}"#, r#"{"type": "string"}"#, r#"{"oneOf": [{"type": "null"}, {"type": "string"}]}"#),
    (val::UNIQUE_ITEMS_TIGHTENED, BODY, r#"{"type": "array"}"#, r#"{"type": "array", "uniqueItems": true}"#, r#"{"type": "array", "uniqueItems": false}"#),
    (val::MIN_PROPERTIES_TIGHTENED, BODY, r#"{"type": "object"}"#, r#"{"type": "object", "minProperties": 1}"#, r#"{"type": "object", "minProperties": 0}"#),
    (val::MULTIPLE_OF_TIGHTENED, BODY, r#"{"multipleOf": 0.1}"#, r#"{"multipleOf": 0.3}"#, r#"{"multipleOf": 0.10}"#),
    (val::ONE_OF_BRANCH_REMOVED, BODY, r#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#, r#"{"oneOf": [{"type": "integer"}, {"type": "boolean"}]}"#, r#"{"oneOf": [{"type": "integer"}, {"type": "string"}]}"#),
    (val::ONE_OF_BRANCH_ADDED, BODY, r#"{"anyOf": [{"type": "string"}, {"type": "integer"}]}"#, r#"{"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}"#, r#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#),
    (val::ALL_OF_ADDED, BODY, object!(r#""a": {}, "b": {}"#), r#"{"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#, r#"{"allOf": [{"type": "object"}, {"properties": {"a": {}, "b": {}}}]}"#),
    (val::ALL_OF_REMOVED, BODY, r#"{"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#, object!(r#""a": {}, "b": {}"#), r#"{"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["b"]}, {"required": ["a"]}]}"#),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, r#"{"not": {"type": "string"}}"#, r#"{"not": {"type": "integer"}}"#, r#"{"not": {"description": "x", "type": "string"}}"#),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, r##"{"not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"minimum": 1}}}"##, r##"{"not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"minimum": 2}}}"##, r##"{"not": {"$ref": "#/$defs/B"}, "$defs": {"B": {"minimum": 1}}}"##),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, r#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}}"#, r#"{"if": {"required": ["a"]}, "then": {"required": ["c"]}}"#, r#"{"then": {"required": ["b"]}, "if": {"required": ["a"]}}"#),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, "{}", r#"{"x-limit-to": 5}"#, r#"{"examples": [5]}"#),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, r#"{"dependentRequired": {"a": ["b"]}}"#, r#"{"dependentRequired": {"a": ["c"]}}"#, r#"{"dependentRequired": {"a": ["b"]}, "title": "t"}"#),
    (val::NOT_OR_IF_THEN_CHANGED, BODY, r#"{"type": "object", "patternProperties": {"^x": {}}}"#, r#"{"type": "object", "patternProperties": {"^y": {}}}"#, r#"{"type": "object", "patternProperties": {"^x": {"title": "t"}}}"#),
    (val::DISCRIMINATOR_CHANGED, BODY, r#"{"discriminator": {"propertyName": "kind"}}"#, r#"{"discriminator": {"propertyName": "type"}}"#, r#"{"discriminator": {"propertyName": "kind"}, "title": "t"}"#),
    (val::READ_ONLY_FLAG_CHANGED, BODY, object!(r#""a": {"readOnly": true}"#), object!(r#""a": {}"#), object!(r#""a": {"readOnly": true, "writeOnly": false}"#)),
    (val::WRITE_ONLY_FLAG_CHANGED, OUT, object!(r#""a": {"writeOnly": true}"#), object!(r#""a": {}"#), object!(r#""a": {"writeOnly": true, "title": "t"}"#)),
    (val::RECURSION_ADDED, BODY, r##"{"$ref": "#/$defs/A", "$defs": {"A": {"properties": {}}}}"##, r##"{"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}}"##, r##"{"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/B"}}}, "B": {}}}"##),

    (req::FIELD_REQUIRED_ADDED, BODY, object!(), object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#)),
    (req::FIELD_OPTIONAL_ADDED, BODY, object!(), object!(r#""a": {}"#), object!(r#""a": {}"#, required r#""a""#)),
    (req::FIELD_SINK_ADDED, BODY, object!(), object!(r#""a": {"type": "object", "properties": {"webhook": {}}}"#), object!(r#""a": {"type": "object", "properties": {"webhook_id": {}}}"#)),
    (req::FIELD_REMOVED, BODY, object!(r#""a": {}"#), object!(), object!(r#""a": {"maximum": 1}"#)),
    (req::FIELD_BECAME_REQUIRED, BODY, object!(r#""a": {}"#), object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#)),
    (req::FIELD_BECAME_OPTIONAL, BODY, object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#), object!(r#""a": {}"#, required r#""a""#)),
    (req::FIELD_GUARD_BECAME_OPTIONAL, BODY, object!(r#""limit": {}"#, required r#""limit""#), object!(r#""limit": {}"#), object!(r#""limit": {}"#, required r#""limit""#)),
    (req::FIELD_GUARD_BECAME_OPTIONAL, BODY, object!(r#""tenant": {}"#, required r#""tenant""#), object!(), object!(r#""tenant": {"maximum": 1}"#, required r#""tenant""#)),
    (req::FIELD_GUARD_DEFAULT_FLIPPED, BODY, object!(r#""recursive": {"default": false}"#), object!(r#""recursive": {"default": true}"#), object!(r#""recursive": {}"#)),
    (req::FIELD_TYPE_CHANGED, INPUT, object!(r#""a": {"properties": {"b": {"type": "string"}}}"#), object!(r#""a": {"properties": {"b": {"type": "boolean"}}}"#), object!(r#""a": {"properties": {"b": {"type": "string"}}}"#)),
    (req::FIELD_TYPE_WIDENED, BODY, object!(r#""a": {"type": "string"}"#), object!(r#""a": {}"#), object!(r#""a": {"type": ["string"]}"#)),
    (req::FIELD_TYPE_NARROWED, BODY, object!(r#""a": {}"#), object!(r#""a": {"type": "string"}"#), object!(r#""a": true"#)),
    (req::FIELD_DEFAULT_ADDED, BODY, object!(r#""a": {}"#), object!(r#""a": {"default": null}"#), object!(r#""a": {}"#)),
    (req::FIELD_DEFAULT_CHANGED, BODY, object!(r#""a": {"default": "x"}"#), object!(r#""a": {"default": "y"}"#), object!(r#""a": {}"#)),
    (req::FIELD_DEFAULT_REMOVED, BODY, object!(r#""a": {"default": "x"}"#), object!(r#""a": {}"#), object!(r#""a": {"default": "y"}"#)),
    (req::FIELD_RENAMED, BODY, object!(r#""order_ref": {"maximum": 7}"#), object!(r#""orderRef": {"maximum": 7}"#), object!(r#""orderRef": {"maximum": 8}"#)),
    (req::WRAPPED, BODY, object!(r#""a": {}, "b": {}"#), object!(r#""data": {"type": "object", "properties": {"a": {}, "b": {}}}"#), object!(r#""data": {"type": "object", "properties": {"a": {}}}"#)),
    (req::WRAPPED, INPUT, object!(r#""args": {"type": "object", "properties": {"a": {}}}"#), object!(r#""a": {}"#), object!(r#""b": {}"#)),
    (req::ARRAY_BECAME_OBJECT, BODY, r#"{"type": "array"}"#, r#"{"type": "object"}"#, r#"{"type": ["array", "object"]}"#),
    (req::OBJECT_BECAME_ARRAY, BODY, r#"{"type": "object"}"#, r#"{"type": "array"}"#, r#"{"type": "string"}"#),
    (req::MASS_ASSIGNMENT_FIELD, BODY, object!(), object!(r#""is_admin": {"type": "boolean"}"#), object!(r#""is_open": {"type": "boolean"}"#)),
    (req::MASS_ASSIGNMENT_FIELD, BODY, object!(r#""role": {"readOnly": true}"#), object!(r#""role": {}"#), object!(r#""role": {"readOnly": true}"#)),

    (res::FIELD_REQUIRED_REMOVED, OUT, object!(r#""a": {}"#, required r#""a""#), object!(), object!(r#""a": {}"#)),
    (res::FIELD_OPTIONAL_REMOVED, OUT, object!(r#""a": {}"#), object!(), object!(r#""a": {}, "b": {}"#)),
    (res::FIELD_BECAME_OPTIONAL, OUT, object!(r#""a": {}"#, required r#""a""#), object!(r#""a": {}"#), object!(r#""a": {"maximum": 1}"#, required r#""a""#)),
    (res::FIELD_BECAME_NULLABLE, OUT, object!(r#""a": {"type": "string"}"#), object!(r#""a": {"type": ["null", "string"]}"#), object!(r#""a": {"type": ["string"]}"#)),
    (res::FIELD_ADDED, OUT, object!(), object!(r#""size": {"type": "integer"}"#), object!(r#""token": {"type": "string"}"#)),
    (res::FIELD_SENSITIVE_ADDED, OUT, object!(), object!(r#""access_token": {"type": "string"}"#), object!(r#""next_page_token": {"type": "string"}"#)),
    (res::FIELD_SENSITIVE_ADDED, OUT, object!(), object!(r#""a": {"type": "array", "items": {"properties": {"email": {}}}}"#), object!(r#""a": {"type": "array", "items": {"properties": {"has_email": {}}}}"#)),
    (res::FIELD_FREEFORM_ADDED, OUT, object!(), object!(r#""comment": {"type": "string"}"#), object!(r#""comment": {"type": "string", "maxLength": 80}"#)),
    (res::TYPE_CHANGED, OUT, r#"{"type": "string"}"#, r#"{"type": "integer"}"#, r#"{"type": ["string", "integer"]}"#),
    (res::TYPE_WIDENED, OUT, r#"{"type": "string"}"#, r#"{"type": ["string", "integer"]}"#, r#"{"type": ["string", "null"]}"#),
    (res::TYPE_NARROWED, OUT, r#"{"type": ["string", "integer"]}"#, r#"{"type": "string"}"#, r#"{"type": ["integer", "string"]}"#),
    (res::ENUM_VALUE_ADDED, OUT, r#"{"enum": ["a"]}"#, r#"{"enum": ["a", "admin"]}"#, r#"{"enum": ["a"], "type": "string"}"#),
    (res::ENUM_VALUE_REMOVED, OUT, r#"{"enum": ["a", "b"]}"#, r#"{"enum": ["a"]}"#, r#"{"enum": ["b", "a"]}"#),
    (res::BOUND_RAISED, OUT, r#"{"maxItems": 5}"#, r#"{"maxItems": 6}"#, r#"{"maxItems": 4}"#),
    (res::BOUND_REMOVED, OUT, r#"{"type": "array", "maxItems": 5}"#, r#"{"type": "array"}"#, r#"{"type": "array", "maxItems": 6}"#),
    (res::SHAPE_ARRAY_OBJECT, OUT, r#"{"type": "array", "items": {"type": "string"}}"#, r#"{"type": "object"}"#, r#"{"type": "array"}"#),
    (res::ENVELOPE_CHANGED, OUT, r#"{"type": "array", "items": {"properties": {"a": {}}}}"#, object!(r#""items": {"type": "array", "items": {"properties": {"a": {}}}}, "next": {}"#), object!(r#""items": {"type": "array", "items": {"properties": {"b": {}}}}"#)),
    (res::ENVELOPE_CHANGED, OUT, object!(r#""a": {}"#), object!(r#""data": {"properties": {"a": {}}}"#), object!(r#""a": {}, "data": {"properties": {"a": {}}}"#)),
    (res::SCHEMA_LOST, OUT, object!(r#""a": {}"#), "{}", r#"{"type": "object"}"#),
];

/// Rules about what lies around schemas: whoever compares requests and responses tells them.
const AROUND: &[&Rule] = &[
    par::LOCATION_CHANGED,
    par::STYLE_CHANGED,
    par::SECRET_IN_QUERY,
    req::BODY_REQUIRED_ADDED,
    req::BODY_OPTIONAL_ADDED,
    req::BODY_REMOVED,
    req::BODY_BECAME_REQUIRED,
    req::BODY_BECAME_OPTIONAL,
    req::MEDIA_REMOVED,
    req::MEDIA_ADDED,
    req::FIXED_BODY_CHANGED,
    res::STATUS_SUCCESS_REMOVED,
    res::STATUS_SUCCESS_CHANGED,
    res::STATUS_SUCCESS_ADDED,
    res::STATUS_ERROR_ADDED,
    res::STATUS_ERROR_REMOVED,
    res::MEDIA_REMOVED,
    res::MEDIA_CHANGED,
    res::HEADER_REQUIRED_REMOVED,
    res::STREAM_ENABLED,
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
    for rule in rules::all().filter(|r| families.contains(&r.family) && !AROUND.contains(r)) {
        assert!(ROWS.iter().any(|(r, ..)| *r == rule), "{} has no row", rule.id);
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
    assert_eq!(told(&[one("query", "a")], &[one("header", "a")]), ["par.location-changed /header.a"]);
    assert_eq!(
        told(&[one("header", "api_key")], &[one("query", "api_key")]),
        ["par.location-changed /query.api_key", "par.secret-in-query /query.api_key"]
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
