//! The types of JSON as a set.

use super::decimal::Decimal;
use crate::canon::{Node, Value};

/// A set of types. Null is kept apart from it: whether a value may be null is a fact of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NONE: Types = Types(0);
    pub(super) const BOOLEAN: Types = Types(1);
    pub(super) const WHOLE: Types = Types(2);
    pub(super) const NUMBER: Types = Types(2 | 4);
    pub(super) const TEXT: Types = Types(8);
    pub(super) const LIST: Types = Types(16);
    pub(super) const OBJECT: Types = Types(32);
    pub(super) const ALL: Types = Types(63);

    const WORDS: [(&'static str, Types); 6] = [
        ("object", Types::OBJECT),
        ("array", Types::LIST),
        ("string", Types::TEXT),
        ("number", Types::NUMBER),
        ("integer", Types::WHOLE),
        ("boolean", Types::BOOLEAN),
    ];

    /// The type that a word of a schema stands for.
    pub(super) fn word(word: &str) -> Option<Types> {
        Types::WORDS.iter().find(|(w, _)| *w == word).map(|(_, types)| *types)
    }

    /// The type of a value; none for null.
    pub(super) fn of(value: &Node) -> Types {
        match &value.value {
            Value::Null => Types::NONE,
            Value::Bool(_) => Types::BOOLEAN,
            Value::Int(_) => Types::WHOLE,
            Value::Float(_) if Decimal::of(value).is_some_and(|d| d.is_whole()) => Types::WHOLE,
            // A fraction alone: within numbers, outside whole ones.
            Value::Float(_) => Types(4),
            Value::Text(_) => Types::TEXT,
            Value::List(_) => Types::LIST,
            Value::Map(_) => Types::OBJECT,
        }
    }

    pub(super) fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    pub(super) fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn within(self, other: Types) -> bool {
        self.0 & !other.0 == 0
    }

    /// The words for people.
    pub(super) fn words(self, null: bool) -> String {
        if self == Types::ALL {
            return if null { "anything" } else { "anything but null" }.to_owned();
        }
        let words = self.listed(null);
        if words.is_empty() { "nothing".to_owned() } else { words.join(" or ") }
    }

    /// The value of `type` that says so.
    pub(super) fn node(self, null: bool) -> Node {
        match self.listed(null)[..] {
            [one] => Node::text(one),
            ref several => Node::texts(several.iter().copied()),
        }
    }

    fn listed(self, null: bool) -> Vec<&'static str> {
        let mut left = self;
        let mut words = Vec::new();
        for (word, types) in Types::WORDS {
            if types.within(left) {
                words.push(word);
                left = Types(left.0 & !types.0);
            }
        }
        if left.0 & 4 != 0 {
            words.push("number");
        }
        words.extend(null.then_some("null"));
        words
    }
}
