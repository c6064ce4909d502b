//! What goes wrong while a value is read out of a tree: serde's complaints in, a [`Fault`] in the words of
//! this house out, with the line and the pointer of the value.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::fault::{Fault, FaultKind};
use super::node::{Node, pointer_step};
use super::open::quote;

/// An error on its way out: each container that it passes adds its step.
#[derive(Debug)]
pub(super) struct Error {
    message: String,
    hint: Option<&'static str>,
    line: Option<u32>,
    steps: Vec<String>,
}

impl Error {
    pub(super) fn new(message: String) -> Error {
        Error { message, hint: None, line: None, steps: Vec::new() }
    }

    /// Says where, unless a value further in has.
    pub(super) fn on(mut self, node: &Node) -> Error {
        self.line.get_or_insert(node.line);
        self
    }

    pub(super) fn under(mut self, step: &str) -> Error {
        self.steps.push(step.to_owned());
        self
    }

    /// The fault of the file whose tree `root` is.
    pub(super) fn into_fault(self, file: &str, root: &Node) -> Fault {
        let pointer: String =
            self.steps.iter().rev().map(|step| format!("/{}", pointer_step(step))).collect();
        let mut fault = Fault::new(file, FaultKind::Content, self.message)
            .line(self.line.unwrap_or(root.line))
            .pointer(pointer);
        fault.hint = self.hint.map(str::to_owned);
        fault
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Error {
        Error::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Error {
        let wanted = wanted(expected);
        let mut error = Error::new(format!("expected {wanted}, found {}", describe(&found)));
        if wanted == "text"
            && matches!(found, Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Bool(_))
        {
            error.hint = Some("put it in double quotes");
        }
        error
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Error {
        Error::new(format!("expected {}, found {}", wanted(expected), describe(&found)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Error {
        Error::new(format!("expected {}, found {length} items", wanted(expected)))
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Error {
        Error::new(format!("unknown word {}, expected {}", quote(word), one_of(expected)))
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Error {
        match expected {
            [] => Error::new(format!("unknown member {}, expected none", quote(name))),
            _ => Error::new(format!("unknown member {}, expected {}", quote(name), one_of(expected))),
        }
    }

    fn missing_field(name: &'static str) -> Error {
        Error::new(format!("missing member `{name}`"))
    }

    fn duplicate_field(name: &'static str) -> Error {
        Error::new(format!("duplicate member `{name}`"))
    }
}

fn one_of(words: &[&str]) -> String {
    match words {
        [word] => format!("`{word}`"),
        _ => format!("one of {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// What serde expected, in the words of this house.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "a string" | "a borrowed string" | "string or map" => "text".into(),
        "a sequence" => "a list".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => "an integer, 0 or more".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "an integer".into(),
        "f32" | "f64" => "a number".into(),
        "unit" => "null".into(),
        _ if text.starts_with("struct ") || text.starts_with("enum ") => "a map".into(),
        _ => text,
    }
}

fn describe(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(int) => format!("the integer {int}"),
        Unexpected::Signed(int) => format!("the integer {int}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) => format!("the text {}", quote(text)),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a map".into(),
        Unexpected::Other(what) => (*what).to_owned(),
        _ => found.to_string(),
    }
}
