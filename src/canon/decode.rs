//! [`Node`] → the types of the model: a serde `Deserializer` whose every error says where.
//!
//! The models stay `#[derive(Deserialize)]`; what goes wrong is told with the JSON pointer and the line
//! of the value, or of the member that is not known.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::decode_error::Error;
use super::fault::Fault;
use super::node::{Node, Value};
use super::node_serde;
use super::open::quote;

/// Reads a value of the model out of a tree.
///
/// # Errors
/// `Content`, with pointer and line: a wrong type, an unknown word or member, a missing member, or what
/// the type itself refuses.
pub fn decode<T: DeserializeOwned>(file: &str, node: &Node) -> Result<T, Fault> {
    T::deserialize(De(node)).map_err(|error| error.into_fault(file, node))
}

/// A node to be read.
#[derive(Clone, Copy)]
struct De<'a>(&'a Node);

impl<'de> De<'de> {
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Int(digits) => int(digits, visitor),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => {
                let mut list = List { items: items.iter(), at: 0 };
                let value = visitor.visit_seq(&mut list)?;
                match list.items.len() {
                    0 => Ok(value),
                    more => Err(Error::new(format!("{more} items too many"))),
                }
            }
            Value::Map(members) => visitor.visit_map(Members { rest: members.iter(), member: None }),
        }
    }
}

fn int<'de, V: Visitor<'de>>(digits: &str, visitor: V) -> Result<V::Value, Error> {
    if let Ok(int) = digits.parse::<u64>() {
        return visitor.visit_u64(int);
    }
    if let Ok(int) = digits.parse::<i64>() {
        return visitor.visit_i64(int);
    }
    Err(de::Error::invalid_type(Unexpected::Other("an integer of more than 64 bits"), &visitor))
}

impl<'de> de::Deserializer<'de> for De<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit(visitor).map_err(|error| error.on(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|error| error.on(self.0))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            // The tree itself is asked for: hand it over with its lines.
            node_serde::NODE => visitor.visit_seq(Handover::new(self.0)),
            _ => visitor.visit_newtype_struct(self),
        }
        .map_err(|error| error.on(self.0))
    }

    /// Members have names: serde would take a struct from a list by position too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0.value {
            Value::List(_) => Err(Error::new("expected a map, found a list".to_owned()).on(self.0)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Text(word) => visitor.visit_enum(Variant { word, content: None }),
            Value::Map(members) => match members.as_slice() {
                [(word, content)] => visitor
                    .visit_enum(Variant { word, content: Some(content) })
                    .map_err(|error| error.on(content).under(word)),
                _ => Err(Error::new("expected a map of one member".to_owned())),
            },
            _ => Err(Error::new(format!("expected text, found {}", self.0.kind()))),
        }
        .map_err(|error| error.on(self.0))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct List<'a> {
    items: std::slice::Iter<'a, Node>,
    at: usize,
}

impl<'de> SeqAccess<'de> for &mut List<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.items.next() else { return Ok(None) };
        self.at += 1;
        let step = self.at - 1;
        seed.deserialize(De(node)).map(Some).map_err(|error| error.on(node).under(&step.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'a> {
    rest: std::slice::Iter<'a, (String, Node)>,
    member: Option<&'a (String, Node)>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.member = self.rest.next();
        let Some((key, node)) = self.member else { return Ok(None) };
        let de = BorrowedStrDeserializer::new(key);
        seed.deserialize(de).map(Some).map_err(|error: Error| error.on(node).under(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, node)) = self.member.take() else {
            return Err(Error::new("a value without a key was asked for".to_owned()));
        };
        seed.deserialize(De(node)).map_err(|error| error.on(node).under(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Variant<'a> {
    word: &'a str,
    content: Option<&'a Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let de = BorrowedStrDeserializer::new(self.word);
        Ok((seed.deserialize(de)?, self))
    }
}

impl<'de> Variant<'de> {
    fn content(self) -> Result<De<'de>, Error> {
        self.content.map(De).ok_or_else(|| {
            Error::new(format!("the word {} needs a value: write it as a member of a map", quote(self.word)))
        })
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None => Ok(()),
            Some(node) => Err(Error::new(format!("expected text, found {}", node.kind()))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_any(self.content()?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_struct(self.content()?, "", fields, visitor)
    }
}

/// A node as it is handed over whole: its line, whether it is an integer (which goes as its digits, of any
/// number), its content; in lists and maps each item again a node that asks for itself.
struct Handover<'a> {
    node: &'a Node,
    at: u8,
}

impl<'a> Handover<'a> {
    fn new(node: &'a Node) -> Handover<'a> {
        Handover { node, at: 0 }
    }
}

impl<'de> SeqAccess<'de> for Handover<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.at += 1;
        match self.at {
            1 => seed.deserialize(self.node.line.into_deserializer()).map(Some),
            2 => {
                let digits = matches!(self.node.value, Value::Int(_));
                seed.deserialize(digits.into_deserializer()).map(Some)
            }
            3 => match &self.node.value {
                Value::Int(digits) => seed.deserialize(digits.as_str().into_deserializer()).map(Some),
                _ => seed.deserialize(De(self.node)).map(Some),
            },
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::canon::fault::FaultKind;
    use crate::canon::limits::Limits;
    use crate::canon::read_json::read_json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        schema: String,
        signers: Vec<Signer>,
        #[serde(default)]
        limits: BTreeMap<String, u64>,
        extra: Option<Node>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Signer {
        id: Id,
        roles: Vec<Role>,
        revoked: Option<bool>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(String);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Role {
        Owner,
        CoOwner,
        Until(i64),
        Span { from: i64, to: i64 },
    }

    fn node(text: &str) -> Node {
        read_json("f.json", text.as_bytes(), &Limits::new(1 << 20)).expect("valid JSON")
    }

    fn file(text: &str) -> Result<File, Fault> {
        decode("f.json", &node(text))
    }

    #[test]
    fn models_are_read() {
        let text = r#"{"schema": "s", "signers": [{"id": "a", "roles": ["owner", "co-owner", {"until": -3},
            {"span": {"from": 1, "to": 2}}], "revoked": null}], "limits": {"x": 18446744073709551615}}"#;
        let expected = File {
            schema: "s".into(),
            signers: vec![Signer {
                id: Id("a".into()),
                roles: vec![Role::Owner, Role::CoOwner, Role::Until(-3), Role::Span { from: 1, to: 2 }],
                revoked: None,
            }],
            limits: [("x".to_owned(), u64::MAX)].into(),
            extra: None,
        };
        assert_eq!(file(text), Ok(expected));
    }

    #[test]
    fn errors_name_pointer_line_and_what_was_expected() {
        for (text, line, pointer, message) in [
            (
                "{\"schema\": \"s\",\n\"signers\": [\n{\"id\": \"a\",\n\"rols\": []}]}",
                4,
                "/signers/0/rols",
                "unknown member `rols`, expected one of `id`, `roles`, `revoked`",
            ),
            (
                "{\"schema\": \"s\",\n\"signers\": [\n{\"id\": \"a\"}]}",
                3,
                "/signers/0",
                "missing member `roles`",
            ),
            ("{\"schema\": \n1}", 2, "/schema", "expected text, found the integer 1"),
            ("{\"schema\": true}", 1, "/schema", "expected text, found `true`"),
            ("{\"schema\": null}", 1, "/schema", "expected text, found null"),
            ("{\"schema\": {}}", 1, "/schema", "expected text, found a map"),
            ("{\"signers\": {}}", 1, "/signers", "expected a list, found a map"),
            ("{\"signers\": [\n[]]}", 2, "/signers/0", "expected a map, found a list"),
            (
                "{\"signers\": [{\"id\": \"a\",\n\"roles\": [\"owner\",\n\"king\"]}]}",
                3,
                "/signers/0/roles/1",
                "unknown word `king`, expected one of `owner`, `co-owner`, `until`, `span`",
            ),
            (
                "{\"signers\": [{\"roles\": [{\"span\": {\"from\": 1,\n\"to\": \"x\"}}]}]}",
                2,
                "/signers/0/roles/0/span/to",
                "expected an integer, found the text `x`",
            ),
            (
                "{\"signers\": [{\"roles\": [\"until\"]}]}",
                1,
                "/signers/0/roles/0",
                "the word `until` needs a value: write it as a member of a map",
            ),
            (
                "{\"signers\": [{\"roles\": [{\"owner\": 1}]}]}",
                1,
                "/signers/0/roles/0/owner",
                "expected text, found an integer",
            ),
            ("{\"signers\": [{\"roles\": [1]}]}", 1, "/signers/0/roles/0", "expected text, found an integer"),
            (
                "{\"limits\": {\"a/b~\": -1}}",
                1,
                "/limits/a~1b~0",
                "expected an integer, 0 or more, found the integer -1",
            ),
            (
                "{\"limits\": {\"a\": 1.0}}",
                1,
                "/limits/a",
                "expected an integer, 0 or more, found the number 1",
            ),
            (
                "{\"limits\": {\"a\": 18446744073709551616}}",
                1,
                "/limits/a",
                "expected an integer, 0 or more, found an integer of more than 64 bits",
            ),
            ("[]", 1, "", "expected a map, found a list"),
            ("7", 1, "", "expected a map, found the integer 7"),
        ] {
            let fault = file(text).expect_err(text);
            assert_eq!(
                (fault.kind, fault.line, fault.pointer.as_str(), fault.message.as_str()),
                (FaultKind::Content, line, pointer, message),
                "{text}"
            );
        }
        assert!(file("{\"schema\": 1}").expect_err("no text").hint.expect("hint").contains("quotes"));
    }

    #[test]
    fn a_tree_inside_a_model_keeps_its_lines_and_integers() {
        let text = "{\"schema\": \"s\", \"signers\": [], \"extra\": {\n\"a\": [\n18446744073709551616,\n1.5, null, true, \"x\"]}}";
        let extra = file(text).expect("valid").extra.expect("there");
        let whole = node(text);
        assert_eq!(Some(&extra), whole.get("extra"));
        assert_eq!(extra.at("/a").expect("list").line, 2);
        assert_eq!(extra.at("/a/0").expect("integer").line, 3);
        assert_eq!(decode::<Node>("f", &whole), Ok(whole));
    }

    #[test]
    fn from_other_formats_a_tree_is_read_by_structure() {
        let node: Node = serde_json::from_str(r#"{"a": [1, -1, 2.5, null, "x"]}"#).expect("valid");
        assert_eq!(crate::canon::json::canonical(&node), r#"{"a":[1,-1,2.5,null,"x"]}"#);
        assert!(
            serde_json::from_str::<Node>(r#"{"a": 1, "a": 2}"#).is_err(),
            "duplicates are refused there too"
        );
        let forged: Node = serde_json::from_str(r#"[7, 2, "12"]"#).expect("valid");
        assert_eq!(forged.items().len(), 3, "the handover cannot be written in a document");
        let forged: Node = decode("f", &forged).expect("valid");
        assert_eq!(forged.items().len(), 3);
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Open {
        id: String,
        #[serde(flatten)]
        rest: BTreeMap<String, Node>,
    }

    #[test]
    fn flattened_members_are_read_by_structure() {
        let open: Open = decode("f", &node(r#"{"id": "a", "x": {"y": [1]}}"#)).expect("valid");
        assert_eq!(open.rest["x"], Node::map([("y", Node::new(Value::List(vec![Node::int(1)])))]));
    }
}
