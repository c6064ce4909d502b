//! A schema in, what tells whether a value fits it out. Schemas and values are strangers': both are bounded before
//! anything is compiled or compared, nothing is fetched, and patterns take linear time.

use jsonschema::PatternOptions;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::{loops, work};
use crate::canon::node::pointer_step;
use crate::canon::visible::visible;
use crate::canon::{Node, json};

/// Values in a schema; one of a thousand properties has some thousand.
const MAX_SCHEMA: usize = 100_000;
/// Steps of one comparison: some tenths of a second.
const MAX_WORK: u64 = 2_000_000;
/// Steps up to which the place of a misfit is looked for: that is dearer than to know that there is one.
const MAX_SEARCH: u64 = 50_000;
/// Bytes of a compiled pattern.
const MAX_PATTERN: usize = 1 << 20;
/// Characters of a place in a message: names in it may be the caller's.
const MAX_PLACE: usize = 160;

/// How large a value may be that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Lists and maps inside each other.
    pub depth: usize,
    /// Values at any depth.
    pub values: usize,
    /// Bytes of all texts and names.
    pub bytes: usize,
}

/// Where a value does not fit its schema, without the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Pointer to the part; empty is the whole.
    pub pointer: String,
    /// The keyword of the schema that it breaks.
    pub keyword: String,
}

/// A schema that was compiled once.
#[derive(Debug, Clone)]
pub struct Validator {
    inner: jsonschema::Validator,
    schema: Value,
}

impl Validator {
    /// Compiles a schema.
    ///
    /// # Errors
    /// Why it cannot be used, without its words: too large, a reference that leads out of it or to itself, a
    /// pattern that needs more than linear time, a keyword with a value of the wrong kind.
    pub fn of(schema: &Node) -> Result<Validator, String> {
        if weight(schema) > MAX_SCHEMA {
            return Err(format!("its schema has more than {MAX_SCHEMA} values"));
        }
        loops::check(schema).map_err(str::to_owned)?;
        let schema = json::from_node(schema).ok_or("its schema has an integer of more than 64 bits")?;
        let built = jsonschema::options()
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN))
            .build(&schema);
        let inner = built.map_err(|error| {
            let place = visible(error.instance_path().as_str(), MAX_PLACE);
            format!("its schema cannot be used: {} at {place:?}", error.kind().keyword())
        })?;
        Ok(Validator { inner, schema })
    }

    /// The first place where a value does not fit. What takes too long to compare does not fit.
    pub fn misfit(&self, value: &Value) -> Option<Misfit> {
        let nowhere = |keyword: &str| Misfit { pointer: String::new(), keyword: keyword.to_owned() };
        let Some(work) = work::amount(&self.schema, value, MAX_WORK) else {
            return Some(nowhere("what can be compared"));
        };
        if self.inner.is_valid(value) {
            return None;
        }
        if work > MAX_SEARCH {
            return Some(nowhere("the schema"));
        }
        let error = self.inner.validate(value).err()?;
        let mut pointer = error.instance_path().as_str().to_owned();
        // The name of what is missing is the schema's own, and says more than what it is missing from.
        if let ValidationErrorKind::Required { property: Value::String(name) } = error.kind() {
            pointer = format!("{pointer}/{}", pointer_step(name));
        }
        Some(Misfit { pointer: visible(&pointer, MAX_PLACE), keyword: error.kind().keyword().to_owned() })
    }
}

fn weight(node: &Node) -> usize {
    let inner = node.members().iter().map(|(_, member)| member).chain(node.items());
    1 + inner.map(weight).sum::<usize>()
}

/// Whether a value is within bounds; it stops at the first that is not kept.
pub fn fits(value: &Value, bounds: Bounds) -> bool {
    let (mut values, mut bytes) = (0usize, 0usize);
    let mut open = vec![(value, 1usize)];
    while let Some((value, depth)) = open.pop() {
        values += 1;
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => {
                bytes += members.keys().map(String::len).sum::<usize>();
                open.extend(members.values().map(|member| (member, depth + 1)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        let nested = value.is_array() || value.is_object();
        if values + open.len() > bounds.values || bytes > bounds.bytes || nested && depth > bounds.depth {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::testing::node;

    fn misfit(schema: &str, value: Value) -> Option<(String, String)> {
        let found = Validator::of(&node(schema)).unwrap().misfit(&value)?;
        Some((found.pointer, found.keyword))
    }

    #[test]
    fn a_misfit_is_named_by_place_and_keyword() {
        let schema = r##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}, "at": {"format": "date-time"}},
            "required": ["a"], "additionalProperties": false, "$defs": {"A": {"type": "integer", "maximum": 3}}}"##;
        for (value, found) in [
            (json!({"a": 1}), None),
            (json!({"a": 4}), Some(("/a", "maximum"))),
            (json!({"a": "x"}), Some(("/a", "type"))),
            (json!({}), Some(("/a", "required"))),
            (json!({"a": 1, "b": 2}), Some(("", "additionalProperties"))),
            (json!({"a": 1, "at": "yesterday"}), Some(("/at", "format"))),
        ] {
            let found = found.map(|(a, b): (&str, &str)| (a.to_owned(), b.to_owned()));
            assert_eq!(misfit(schema, value.clone()), found, "{value}");
        }
    }

    #[test]
    fn nothing_is_fetched_and_no_pattern_backtracks() {
        for (schema, why) in [
            (r#"{"$ref": "https://example.com/schema.json"}"#, "out of it"),
            (r#"{"$ref": "file:///etc/passwd"}"#, "out of it"),
            (r#"{"type": "string", "pattern": "^(?=a)b"}"#, "cannot be used"),
            (r#"{"pattern": "a{1000}{1000}"}"#, "cannot be used"),
            (r#"{"type": 3}"#, "cannot be used"),
            (r##"{"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}"##, "leads to itself"),
        ] {
            let refused = Validator::of(&node(schema)).unwrap_err();
            assert!(refused.contains(why), "{schema}: {refused}");
        }
    }

    #[test]
    fn a_value_that_takes_too_long_to_compare_does_not_fit() {
        let branch = r##"{"properties": {"x": {"$ref": "#"}}, "required": ["y"]}"##;
        let schema = format!(r#"{{"anyOf": [{branch}, {branch}]}}"#);
        let deep = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({"x": inner, "y": 1}));
        assert_eq!(misfit(&schema, deep(3)), Some((String::new(), "anyOf".to_owned())));
        assert_eq!(misfit(&schema, deep(15)), Some((String::new(), "the schema".to_owned())));
        assert_eq!(misfit(&schema, deep(31)), Some((String::new(), "what can be compared".to_owned())));
    }

    #[test]
    fn bounds_hold_before_anything_is_compared() {
        let bounds = Bounds { depth: 3, values: 10, bytes: 20 };
        for (value, within) in [
            (json!({"a": [[1]]}), true),
            (json!({"a": [[[1]]]}), false),
            (json!([0, 1, 2, 3, 4, 5, 6, 7, 8]), true),
            (json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), false),
            (json!("12345678901234567890"), true),
            (json!({"12345678901234567890": "x"}), false),
        ] {
            assert_eq!(fits(&value, bounds), within, "{value}");
        }
    }
}
