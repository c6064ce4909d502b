//! What a call was answered with and an assertion about it in; what that came to out. Of what was taken out of a recording
//! nobody knows what it was; that it was there is known. What somebody's API answered is somebody's own: its kind and size
//! are told, and nothing else of it is kept.

use super::field;
use super::operator::holds;
use crate::canon::{Node, Value};
use crate::model::contracts::{Assertion, Operator};

/// What redaction writes in place of an integer, and of another number.
const NO_INTEGER: &str = "0";
const NO_FRACTION: f64 = 0.5;

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It is as it was expected.
    Holds,
    /// Its kind and size: it is not.
    Not(String),
    /// It has no such field.
    NoField,
    /// What lay on the way to the field was taken out of the recording.
    WayHidden,
    /// The value was taken out of the recording.
    ValueHidden,
}

/// What an answer comes to. `is_mark`: whether a text has something that stands in the place of what was taken out.
pub fn came(body: &Node, assertion: &Assertion, is_mark: fn(&str) -> bool) -> Came {
    match field::recorded(body, &assertion.field) {
        Err(end) if hides_below(is_mark, end) => Came::WayHidden,
        Err(_) => Came::NoField,
        Ok(value) if assertion.op != Operator::Exists && hides(is_mark, value) => Came::ValueHidden,
        Ok(value) if holds(value, assertion) => Came::Holds,
        Ok(value) => Came::Not(size(value)),
    }
}

/// Whether anything in a value was, or may have been, taken out of the recording. A number that stands in the place of
/// others is known by nothing else, so that it is never one that holds.
pub fn hides(is_mark: fn(&str) -> bool, value: &Node) -> bool {
    match &value.value {
        Value::Text(text) => is_mark(text),
        Value::Int(number) => number == NO_INTEGER,
        Value::Float(number) => *number == NO_FRACTION,
        Value::List(items) => items.iter().any(|item| hides(is_mark, item)),
        Value::Map(members) => members.iter().any(|(_, member)| hides(is_mark, member)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// Whether what lies below a value may have been taken out: it is hidden itself, or names of members are.
fn hides_below(is_mark: fn(&str) -> bool, value: &Node) -> bool {
    match &value.value {
        Value::Map(members) => members.iter().any(|(name, _)| is_mark(name)),
        Value::List(_) => false,
        _ => hides(is_mark, value),
    }
}

/// Kind and size of a value, and nothing of what it is.
pub fn size(value: &Node) -> String {
    match &value.value {
        Value::Map(members) => format!("a map of {}", members.len()),
        Value::List(items) => format!("a list of {}", items.len()),
        Value::Text(text) => format!("a text of {} characters", text.chars().count()),
        Value::Int(_) | Value::Float(_) => "a number".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Null => "null".to_owned(),
    }
}
