//! How OpenAPI 2.0 and 3.0 spell what JSON Schema 2020-12 spells otherwise, and the order in which keywords
//! are written (formats-v2 §4). Whoever restates a schema walks it in a way of its own: what a reference may
//! lead to, and what is refused, differs by where the schema comes from.

use crate::canon::{Node, Value};

/// Keywords that are not taken over: samples are values that somebody sent, the rest speaks to people, or is
/// settled with its neighbours.
pub const DROPPED: &[&str] = &["example", "examples", "xml", "externalDocs", "nullable"];
/// Keywords in the order in which they are written; others follow by code point.
const ORDER: &[&str] = &[
    "$ref",
    "type",
    "format",
    "enum",
    "const",
    "multipleOf",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "properties",
    "patternProperties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "default",
    "description",
];
/// Keywords whose value is a map of schemas.
pub const MAPS: &[&str] = &["properties", "patternProperties", "$defs", "dependentSchemas"];
/// Keywords whose value is a list of schemas.
pub const LISTS: &[&str] = &["prefixItems", "allOf", "anyOf", "oneOf"];
/// Keywords whose value is one schema.
pub const ONES: &[&str] = &[
    "items",
    "additionalProperties",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "contentSchema",
];

/// Whether a place below a schema, as a pointer, is a keyword that a vendor added, or lies in one. No value is held to
/// them; what a default or a choice has under such a name is a value.
pub fn is_extension(pointer: &str) -> bool {
    let mut steps = pointer.split('/').skip(1);
    while let Some(keyword) = steps.next() {
        match keyword {
            "x-unresolved" => return false,
            _ if keyword.starts_with("x-") => return true,
            "definitions" | "dependencies" => drop(steps.next()),
            _ if MAPS.contains(&keyword) || LISTS.contains(&keyword) => drop(steps.next()),
            _ if ONES.contains(&keyword) => {}
            _ => return false,
        }
    }
    false
}

/// The name of a definition, with characters that it may not have replaced.
pub fn def_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.chars().map(|c| if plain(c) { c } else { '_' }).collect()
}

/// The keywords of a schema whose parts are restated: flags beside bounds and types become what they mean, and
/// all stand in order.
pub fn settle(mut made: Vec<(String, Node)>, is_nullable: bool) -> Vec<(String, Node)> {
    exclusive(&mut made, "exclusiveMinimum", "minimum");
    exclusive(&mut made, "exclusiveMaximum", "maximum");
    if is_nullable {
        made = nullable(made);
    }
    let rank = |key: &str| ORDER.iter().position(|k| *k == key).unwrap_or(ORDER.len());
    made.sort_by_cached_key(|(key, _)| {
        let rank = rank(key);
        (rank, if rank == ORDER.len() { key.clone() } else { String::new() })
    });
    made
}

/// OpenAPI 3.0: a flag beside the bound. JSON Schema 2020-12: the bound itself.
fn exclusive(made: &mut Vec<(String, Node)>, flag: &str, bound: &str) {
    let Some(at) = made.iter().position(|(k, _)| k == flag) else { return };
    let Some(is) = made[at].1.as_bool() else { return };
    made.remove(at);
    if is && let Some(at) = made.iter().position(|(k, _)| k == bound) {
        made[at].0 = flag.to_owned();
    }
}

/// OpenAPI 3.0: a flag beside the type. JSON Schema: one more type.
fn nullable(mut made: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let line = made.first().map_or(0, |(_, node)| node.line);
    let at = |line, node: Node| Node { line, ..node };
    let null = |line| at(line, Node::text("null"));
    let Some((_, types)) = made.iter_mut().find(|(k, _)| k == "type") else {
        if made.is_empty() {
            return made;
        }
        let other = at(line, Node::map([("type", null(line))]));
        let either = Node::new(Value::List(vec![at(line, Node::map(made)), other]));
        return vec![("anyOf".to_owned(), at(line, either))];
    };
    let line = types.line;
    match &mut types.value {
        Value::List(list) if !list.contains(&null(line)) => list.push(null(line)),
        Value::Text(one) if one != "null" => {
            let both = vec![at(line, Node::text(one.as_str())), null(line)];
            *types = at(line, Node::new(Value::List(both)));
        }
        _ => {}
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_of_a_vendor_is_one_where_keywords_stand() {
        for at in ["/x-a", "/x-a/b/0", "/properties/x-a/x-b", "/allOf/0/items/x-b", "/$defs/A/not/x-b"] {
            assert!(is_extension(at), "{at}");
        }
        for at in ["", "/properties/x-a", "/default/x-a", "/enum/0/x-a", "/x-unresolved", "/items/type"] {
            assert!(!is_extension(at), "{at}");
        }
    }
}
