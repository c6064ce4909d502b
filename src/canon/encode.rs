//! Types of the model → [`Node`]: a serde `Serializer`, members in the order of the struct.
//!
//! What is written to a file, digested or signed goes this way, so that one tree serves all three.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{
    self, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::node::{Node, Value};
use super::node_serde::INT;

/// The tree of a value of the model: `None` is `null` unless the model skips it.
///
/// # Panics
/// If the type itself cannot be a tree: keys that are not text, numbers that are not finite. No value read
/// from a file is; types that could hold one are given to [`try_encode`].
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Node {
    try_encode(value).expect("types of the model have text for keys and only finite numbers")
}

/// The same for types that may hold what no tree can.
///
/// # Errors
/// What cannot be written: a key that is not text, a number that is not finite, two equal keys, bytes.
pub fn try_encode<T: Serialize + ?Sized>(value: &T) -> Result<Node, Unfit> {
    value.serialize(Ser)
}

/// Why a value cannot be a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(String);

impl Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: Display>(message: T) -> Unfit {
        Unfit(message.to_string())
    }
}

struct Ser;

type Made = Result<Node, Unfit>;

fn int(int: impl Display) -> Made {
    Ok(Node::new(Value::Int(int.to_string())))
}

impl ser::Serializer for Ser {
    type Ok = Node;
    type Error = Unfit;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    fn serialize_bool(self, b: bool) -> Made {
        Ok(Node::bool(b))
    }

    fn serialize_i8(self, v: i8) -> Made {
        int(v)
    }

    fn serialize_i16(self, v: i16) -> Made {
        int(v)
    }

    fn serialize_i32(self, v: i32) -> Made {
        int(v)
    }

    fn serialize_i64(self, v: i64) -> Made {
        int(v)
    }

    fn serialize_i128(self, v: i128) -> Made {
        int(v)
    }

    fn serialize_u8(self, v: u8) -> Made {
        int(v)
    }

    fn serialize_u16(self, v: u16) -> Made {
        int(v)
    }

    fn serialize_u32(self, v: u32) -> Made {
        int(v)
    }

    fn serialize_u64(self, v: u64) -> Made {
        int(v)
    }

    fn serialize_u128(self, v: u128) -> Made {
        int(v)
    }

    fn serialize_f32(self, v: f32) -> Made {
        self.serialize_f64(f64::from(v))
    }

    fn serialize_f64(self, v: f64) -> Made {
        match v.is_finite() {
            true => Ok(Node::new(Value::Float(v))),
            false => Err(Unfit("a number that is not finite".into())),
        }
    }

    fn serialize_char(self, v: char) -> Made {
        Ok(Node::text(v))
    }

    fn serialize_str(self, v: &str) -> Made {
        Ok(Node::text(v))
    }

    fn serialize_bytes(self, _: &[u8]) -> Made {
        Err(Unfit("bytes have no form in a tree".into()))
    }

    fn serialize_none(self) -> Made {
        Ok(Node::null())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made {
        Ok(Node::null())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made {
        Ok(Node::null())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Made {
        Ok(Node::text(word))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Made {
        match name {
            INT => value.serialize(Digits).map(|digits| Node::new(Value::Int(digits))),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        value: &T,
    ) -> Made {
        Ok(Node::map([(word, value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, Unfit> {
        Ok(List { items: Vec::with_capacity(length.unwrap_or(0).min(1024)), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Result<List, Unfit> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, Unfit> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        _: usize,
    ) -> Result<List, Unfit> {
        Ok(List { items: Vec::new(), variant: Some(word) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map, Unfit> {
        Ok(Map { members: Vec::new(), key: None, variant: None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Map, Unfit> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        _: usize,
    ) -> Result<Map, Unfit> {
        Ok(Map { members: Vec::new(), key: None, variant: Some(word) })
    }
}

/// A list being made; of a variant, it becomes the value of its word.
struct List {
    items: Vec<Node>,
    variant: Option<&'static str>,
}

fn under(variant: Option<&'static str>, value: Value) -> Node {
    match variant {
        Some(word) => Node::map([(word, Node::new(value))]),
        None => Node::new(value),
    }
}

impl SerializeSeq for List {
    type Ok = Node;
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.items.push(value.serialize(Ser)?);
        Ok(())
    }

    fn end(self) -> Made {
        Ok(under(self.variant, Value::List(self.items)))
    }
}

/// The other shapes of serde that are lists here.
macro_rules! also_a_list {
    ($($shape:ident $step:ident),*) => {$(
        impl $shape for List {
            type Ok = Node;
            type Error = Unfit;

            fn $step<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
                SerializeSeq::serialize_element(self, value)
            }

            fn end(self) -> Made {
                SerializeSeq::end(self)
            }
        }
    )*};
}

also_a_list!(SerializeTuple serialize_element, SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field);

/// A map being made.
struct Map {
    members: Vec<(String, Node)>,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl SerializeMap for Map {
    type Ok = Node;
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        match key.serialize(Ser)?.value {
            Value::Text(key) => self.key = Some(key),
            _ => return Err(Unfit("a key that is not text".into())),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let key = self.key.take().ok_or_else(|| Unfit("a value without a key".into()))?;
        self.members.push((key, value.serialize(Ser)?));
        Ok(())
    }

    fn end(self) -> Made {
        match super::open::duplicate(&self.members) {
            Some(_) => Err(Unfit("two equal keys".into())),
            None => Ok(under(self.variant, Value::Map(self.members))),
        }
    }
}

/// Structs are maps with known keys.
macro_rules! also_a_map {
    ($($shape:ident),*) => {$(
        impl $shape for Map {
            type Ok = Node;
            type Error = Unfit;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unfit> {
                self.members.push((key.to_owned(), value.serialize(Ser)?));
                Ok(())
            }

            fn end(self) -> Made {
                SerializeMap::end(self)
            }
        }
    )*};
}

also_a_map!(SerializeStruct, SerializeStructVariant);

/// Takes the digits of an integer beyond 128 bits out of a node, and nothing else.
struct Digits;

/// Everything but text is refused.
macro_rules! refuse {
    ($($name:ident($($type:ty),*) -> $ok:ty),* $(,)?) => {$(
        fn $name(self, $(_: $type),*) -> Result<$ok, Unfit> {
            Err(Unfit("not the digits of an integer".into()))
        }
    )*};
}

impl ser::Serializer for Digits {
    type Ok = String;
    type Error = Unfit;
    type SerializeSeq = Impossible<String, Unfit>;
    type SerializeTuple = Impossible<String, Unfit>;
    type SerializeTupleStruct = Impossible<String, Unfit>;
    type SerializeTupleVariant = Impossible<String, Unfit>;
    type SerializeMap = Impossible<String, Unfit>;
    type SerializeStruct = Impossible<String, Unfit>;
    type SerializeStructVariant = Impossible<String, Unfit>;

    /// The sign by which a node knows that its digits are understood.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_str(self, digits: &str) -> Result<String, Unfit> {
        Ok(digits.to_owned())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<String, Unfit> {
        self.serialize_unit()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<String, Unfit> {
        self.serialize_unit()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, Unfit> {
        self.serialize_unit()
    }

    refuse! {
        serialize_bool(bool) -> String,
        serialize_i8(i8) -> String,
        serialize_i16(i16) -> String,
        serialize_i32(i32) -> String,
        serialize_i64(i64) -> String,
        serialize_u8(u8) -> String,
        serialize_u16(u16) -> String,
        serialize_u32(u32) -> String,
        serialize_u64(u64) -> String,
        serialize_f32(f32) -> String,
        serialize_f64(f64) -> String,
        serialize_char(char) -> String,
        serialize_bytes(&[u8]) -> String,
        serialize_none() -> String,
        serialize_unit() -> String,
        serialize_unit_struct(&'static str) -> String,
        serialize_unit_variant(&'static str, u32, &'static str) -> String,
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::canon::decode::decode;
    use crate::canon::json::compact;
    use crate::canon::testing::any_node;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Model {
        zeta: u64,
        alpha: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped: Option<bool>,
        kinds: Vec<Kind>,
        by_name: BTreeMap<String, i64>,
        tree: Node,
        pair: (bool, String),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        PlainWord,
        Number(f64),
        Fields { a: u8 },
        Pair(u8, u8),
    }

    #[test]
    fn members_stand_in_the_order_of_the_struct_and_all_reads_back() {
        let model = Model {
            zeta: u64::MAX,
            alpha: None,
            skipped: None,
            kinds: vec![Kind::PlainWord, Kind::Number(1.0), Kind::Fields { a: 1 }, Kind::Pair(1, 2)],
            by_name: [("b".to_owned(), -1), ("a".to_owned(), 2)].into(),
            tree: Node::new(Value::Int("9".repeat(60))),
            pair: (true, "x".into()),
        };
        let node = encode(&model);
        let nines = "9".repeat(60);
        assert_eq!(
            compact(&node),
            format!(
                r#"{{"zeta": 18446744073709551615, "alpha": null, "kinds": ["plain-word", {{"number": 1.0}}, {{"fields": {{"a": 1}}}}, {{"pair": [1, 2]}}], "by_name": {{"a": 2, "b": -1}}, "tree": {nines}, "pair": [true, "x"]}}"#
            )
        );
        assert_eq!(decode("f", &node), Ok(model));
    }

    #[test]
    fn what_no_tree_can_hold_is_refused() {
        assert!(try_encode(&f64::NAN).is_err());
        assert!(try_encode(&BTreeMap::from([(1, 2)])).is_err());
        #[derive(Serialize)]
        struct Twice {
            a: u8,
            #[serde(flatten)]
            rest: BTreeMap<String, u8>,
        }
        assert!(try_encode(&Twice { a: 1, rest: [("a".to_owned(), 2)].into() }).is_err());
    }

    #[test]
    fn other_formats_refuse_integers_they_would_change() {
        assert!(serde_json::to_string(&Node::new(Value::Int("9".repeat(60)))).is_err());
        let big = Node::new(Value::Int("18446744073709551616".into()));
        assert_eq!(serde_json::to_string(&big).expect("fits 128 bits"), "18446744073709551616");
    }

    proptest! {
        #[test]
        fn a_tree_encodes_to_itself_and_decodes_to_itself(node in any_node()) {
            prop_assert_eq!(&encode(&node), &node);
            prop_assert_eq!(decode::<Node>("f", &node), Ok(node));
        }
    }
}
