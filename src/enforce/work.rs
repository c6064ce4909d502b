//! A schema and a value in, about how much there is to compare out, and no more than that: branches inside branches
//! double the work with every level of the value, and a server decides how deep its answer is.

use serde_json::{Map, Value};

use crate::compare::risk_words::percent_decoded;

/// Counts the work of comparing `value` with `schema`, up to `most`. None where it is more. The references of a schema
/// were checked: they end.
pub fn amount(schema: &Value, value: &Value, most: u64) -> Option<u64> {
    let mut count = Count { root: schema, left: most };
    count.schema(schema, value)?;
    Some(most - count.left)
}

struct Count<'a> {
    root: &'a Value,
    left: u64,
}

impl Count<'_> {
    fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps as u64)?;
        Some(())
    }

    fn schema(&mut self, schema: &Value, value: &Value) -> Option<()> {
        self.spend(1)?;
        let Some(members) = schema.as_object() else { return Some(()) };
        // What was not evaluated is found out by evaluating the rest again.
        let again = members.contains_key("unevaluatedProperties") || members.contains_key("unevaluatedItems");
        for _ in 0..if again { 2 } else { 1 } {
            for (key, said) in members {
                self.keyword(key, said, value)?;
            }
        }
        Some(())
    }

    fn keyword(&mut self, key: &str, said: &Value, value: &Value) -> Option<()> {
        match (key, said, value) {
            ("$ref", Value::String(reference), _) => {
                let pointer = percent_decoded(reference.strip_prefix('#')?);
                let root = self.root;
                self.schema(root.pointer(&pointer)?, value)
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(branches), _) => {
                branches.iter().try_for_each(|branch| self.schema(branch, value))
            }
            ("not" | "if" | "then" | "else", _, _) => self.schema(said, value),
            ("dependentSchemas" | "dependencies", Value::Object(said), _) => {
                said.values().try_for_each(|schema| self.schema(schema, value))
            }
            ("properties", Value::Object(said), Value::Object(members)) => self.named(said, members),
            ("patternProperties", Value::Object(said), Value::Object(members)) => {
                let all =
                    said.values().flat_map(|schema| members.values().map(move |member| (schema, member)));
                all.into_iter().try_for_each(|(schema, member)| self.schema(schema, member))
            }
            ("additionalProperties" | "unevaluatedProperties", _, Value::Object(members)) => {
                members.values().try_for_each(|member| self.schema(said, member))
            }
            ("propertyNames", _, Value::Object(members)) => {
                members.values().try_for_each(|_| self.schema(said, &Value::Null))
            }
            ("items" | "prefixItems", Value::Array(said), Value::Array(items)) => {
                said.iter().zip(items).try_for_each(|(schema, item)| self.schema(schema, item))
            }
            ("items" | "additionalItems" | "unevaluatedItems" | "contains", _, Value::Array(items)) => {
                items.iter().try_for_each(|item| self.schema(said, item))
            }
            ("enum" | "required", Value::Array(said), _) => self.spend(said.len()),
            ("uniqueItems", _, Value::Array(items)) => self.spend(items.len()),
            ("pattern" | "format", _, Value::String(text)) => self.spend(text.len() / 16),
            _ => Some(()),
        }
    }

    fn named(&mut self, said: &Map<String, Value>, members: &Map<String, Value>) -> Option<()> {
        self.spend(said.len() / 8)?;
        for (name, member) in members {
            if let Some(schema) = said.get(name) {
                self.schema(schema, member)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn branches_inside_branches_double_the_work() {
        let branch = json!({"properties": {"x": {"$ref": "#"}}});
        let schema = json!({"anyOf": [branch, branch]});
        let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"x": inner}));
        let few = amount(&schema, &deep(4), 1_000_000).unwrap();
        assert!((60..200).contains(&few), "{few}");
        assert_eq!(amount(&schema, &deep(30), 1_000_000), None);
        let plain = json!({"properties": {"x": {"$ref": "#"}}});
        assert!(amount(&plain, &deep(30), 1_000).is_some());
    }

    #[test]
    fn each_part_of_a_value_counts_by_what_is_said_of_it() {
        for (schema, value, steps) in [
            (json!({"type": "integer"}), json!(1), 1),
            (json!(true), json!([1, 2]), 1),
            (json!({"items": {}}), json!([1, 2, 3]), 4),
            (json!({"prefixItems": [{}, {}]}), json!([1]), 2),
            (json!({"additionalProperties": {}}), json!({"a": 1, "b": 2}), 3),
            (json!({"patternProperties": {"a": {}, "b": {}}}), json!({"a": 1, "b": 2}), 5),
            (json!({"enum": [1, 2, 3]}), json!(1), 4),
            (json!({"allOf": [{}], "unevaluatedProperties": false}), json!({"a": 1}), 5),
        ] {
            assert_eq!(amount(&schema, &value, 100), Some(steps), "{schema} {value}");
        }
    }
}
