//! How a [`Node`] passes through serde: out of this crate's own reader with its lines and integers of
//! any size, out of and into every other format by structure.
//!
//! Asked for by a name that only `decode` honours, so no document can pretend to it.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{self, SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use super::node::{Node, Value};

/// The name under which a node asks for itself.
pub(super) const NODE: &str = "$cask::Node";
/// The name under which an integer beyond 128 bits is written.
pub(super) const INT: &str = "$cask::Int";

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_newtype_struct(NODE, Outer)
    }
}

impl Node {
    /// For a member that may be missing: one that is there and `null` is another thing.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Node>, D::Error> {
        Node::deserialize(deserializer).map(Some)
    }
}

/// Takes the handover of `decode`, or reads by structure.
struct Outer;

impl<'de> Visitor<'de> for Outer {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(Structure).map(Node::new)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Node, A::Error> {
        let short = || de::Error::custom("a tree handed over in part");
        let line = parts.next_element::<u32>()?.ok_or_else(short)?;
        let digits = parts.next_element::<bool>()?.ok_or_else(short)?;
        let value = parts.next_element_seed(Content { digits })?.ok_or_else(short)?;
        Ok(Node { value, line })
    }
}

/// The content of a node: the digits of an integer, or any other value.
struct Content {
    digits: bool,
}

impl<'de> DeserializeSeed<'de> for Content {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.digits {
            true => String::deserialize(deserializer).map(Value::Int),
            false => deserializer.deserialize_any(Structure),
        }
    }
}

/// Reads a value by what it is; parts that are nodes ask for themselves again.
struct Structure;

impl<'de> Visitor<'de> for Structure {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int.to_string()))
    }

    fn visit_u64<E>(self, int: u64) -> Result<Value, E> {
        Ok(Value::Int(int.to_string()))
    }

    fn visit_i128<E>(self, int: i128) -> Result<Value, E> {
        Ok(Value::Int(int.to_string()))
    }

    fn visit_u128<E>(self, int: u128) -> Result<Value, E> {
        Ok(Value::Int(int.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        match number.is_finite() {
            true => Ok(Value::Float(number)),
            false => Err(E::custom("a number that is not finite")),
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, node)) = members.next_entry::<String, Node>()? {
            map.push((key, node));
        }
        match super::open::duplicate(&map) {
            Some((_, second)) => {
                Err(de::Error::custom(format!("duplicate key {}", super::open::quote(&map[second].0))))
            }
            None => Ok(Value::Map(map)),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Int(digits) => {
                match (digits.parse::<i64>(), digits.parse::<u64>(), digits.parse::<i128>()) {
                    (Ok(int), _, _) => serializer.serialize_i64(int),
                    (_, Ok(int), _) => serializer.serialize_u64(int),
                    (_, _, Ok(int)) => serializer.serialize_i128(int),
                    _ => serializer.serialize_newtype_struct(INT, &BigInt(digits)),
                }
            }
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Value::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Digits beyond what serde can carry: only `encode` takes them, and says so by not being for people.
struct BigInt<'a>(&'a str);

impl Serialize for BigInt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => {
                Err(ser::Error::custom("an integer of more than 128 bits cannot be written in this format"))
            }
            false => serializer.serialize_str(self.0),
        }
    }
}

impl schemars::JsonSchema for Node {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyValue".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}
