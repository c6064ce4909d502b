//! Attributes of a span in, plain values under their names out.

use crate::canon::{Node, Value};

/// The attributes of a span.
pub struct Attributes(Vec<(String, Node)>);

/// How the names of the attributes begin that are read, of either generation.
const READ: [&str; 4] = ["http.", "url.", "server.", "net."];

/// Whether an attribute of this name is read.
pub fn is_read(name: &str) -> bool {
    READ.iter().any(|start| name.starts_with(start))
}

/// A member under the first of its names that is there.
pub fn member<'a>(node: &'a Node, names: &[&str]) -> Option<&'a Node> {
    names.iter().find_map(|name| node.get(name))
}

/// The attributes of a span: a list of keys and values, or a plain map.
pub fn attributes(span: &Node) -> Attributes {
    let Some(node) = span.get("attributes") else { return Attributes(Vec::new()) };
    if node.is_map() {
        return Attributes(node.members().to_vec());
    }
    let one = |item: &Node| Some((item.get("key")?.as_text()?.to_owned(), plain(item.get("value")?, 0)));
    Attributes(node.items().iter().filter_map(one).collect())
}

/// A value of the protocol as the value that it holds.
fn plain(node: &Node, depth: usize) -> Node {
    let Value::Map(members) = &node.value else { return node.clone() };
    let [(kind, value)] = members.as_slice() else { return node.clone() };
    let list = || value.get("values").map_or(&[][..], Node::items).iter();
    match kind.as_str() {
        "stringValue" | "boolValue" | "doubleValue" | "bytesValue" | "intValue" => value.clone(),
        "arrayValue" if depth < 16 => {
            Node::new(Value::List(list().map(|item| plain(item, depth + 1)).collect()))
        }
        "kvlistValue" if depth < 16 => {
            let one = |item: &Node| {
                Some((item.get("key")?.as_text()?.to_owned(), plain(item.get("value")?, depth + 1)))
            };
            Node::new(Value::Map(list().filter_map(one).collect()))
        }
        _ => node.clone(),
    }
}

/// A value as text; none for lists, maps and null, and for an empty text.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) | Value::Int(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::List(items) => items.first().and_then(text),
        Value::Null | Value::Map(_) => None,
    }
}

impl Attributes {
    /// The first of these that has a text; of a list its first.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.0.iter().filter(|(own, _)| own == name).find_map(|(_, value)| text(value)))
    }

    /// The headers under a prefix, each of their values; `_` stands for `-` in names of the older generation.
    pub fn headers(&self, prefixes: &[&str]) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (name, value) in &self.0 {
            let Some(name) = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) else { continue };
            let name = name.to_ascii_lowercase().replace('_', "-");
            match &value.value {
                Value::List(items) => {
                    out.extend(items.iter().filter_map(text).map(|text| (name.clone(), text)))
                }
                _ => out.extend(text(value).map(|text| (name.clone(), text))),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::read_json::read_json;

    #[test]
    fn values_of_the_protocol_are_plain_values() {
        let span = r#"{"attributes":[
            {"key":"a","value":{"intValue":"7"}},{"key":"b","value":{"boolValue":true}},{"key":"c","value":{"doubleValue":1.5}},
            {"key":"h.x_y","value":{"arrayValue":{"values":[{"stringValue":"1"},{"stringValue":"2"}]}}},
            {"key":"h.z","value":{"stringValue":"3"}},{"key":"k","value":{"kvlistValue":{"values":[]}}},{"bad":1}]}"#;
        let node = read_json("t", span.as_bytes(), &Limits::new(1 << 16)).unwrap();
        let read = attributes(&node);
        let all: Vec<_> = ["a", "b", "c", "h.x_y", "k", "none"].map(|name| read.text(&[name])).into();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(all, [some("7"), some("true"), some("1.5"), some("1"), None, None]);
        let headers = read.headers(&["h."]);
        let told: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(told, [("x-y", "1"), ("x-y", "2"), ("z", "3")]);
        let plain = read_json("t", br#"{"attributes":{"a":"x"}}"#, &Limits::new(99)).unwrap();
        assert_eq!(attributes(&plain).text(&["a"]), some("x"));
    }
}
