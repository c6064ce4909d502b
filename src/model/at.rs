//! A node together with its file and pointer, so that every refusal of a governed file names its place.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct At<'a> {
    /// The file, for messages.
    pub file: &'a str,
    /// The value.
    pub node: &'a Node,
    /// Where it stands, for messages.
    pub pointer: Cow<'a, str>,
}

impl<'a> At<'a> {
    /// The document of a file.
    pub fn root(file: &'a str, node: &'a Node) -> At<'a> {
        At::new(file, "", node)
    }

    /// A value at a place.
    pub fn new(file: &'a str, pointer: impl Into<Cow<'a, str>>, node: &'a Node) -> At<'a> {
        At { file, node, pointer: pointer.into() }
    }

    /// A refusal of this value.
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.file, FaultKind::Content, message).line(self.node.line).pointer(&*self.pointer)
    }

    /// A refusal of a member, or of what it lacks.
    pub fn fault_at(&self, key: &str, message: impl Into<String>) -> Fault {
        self.step(key, self.node.get(key).unwrap_or(self.node)).fault(message)
    }

    fn expected(&self, what: &str) -> Fault {
        self.fault(format!("expected {what}, found {}", self.node.kind()))
    }

    fn step(&self, step: &str, node: &'a Node) -> At<'a> {
        At { file: self.file, node, pointer: format!("{}/{}", self.pointer, pointer_step(step)).into() }
    }

    /// A member that may be absent; null counts as absent.
    pub fn optional(&self, key: &str) -> Option<At<'a>> {
        self.node.get(key).filter(|n| !n.is_null()).map(|node| self.step(key, node))
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// If it is not, or null.
    pub fn required(&self, key: &str) -> Result<At<'a>, Fault> {
        self.optional(key).ok_or_else(|| self.fault(format!("`{key}` is missing")))
    }

    /// The text that it is.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn text(&self) -> Result<&'a str, Fault> {
        self.node.as_text().ok_or_else(|| self.expected("text"))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn bool(&self) -> Result<bool, Fault> {
        self.node.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// An integer that fits 64 bits.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn int(&self) -> Result<i64, Fault> {
        self.node.as_int().ok_or_else(|| self.expected("a whole number of at most 64 bits"))
    }

    /// A count: an integer from 0 on.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn count(&self) -> Result<u64, Fault> {
        u64::try_from(self.int()?).map_err(|_| self.fault("expected a number from 0 on"))
    }

    /// The items of a list.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn items(&self) -> Result<Vec<At<'a>>, Fault> {
        Ok(self.list()?.iter().enumerate().map(|(n, item)| self.step(&n.to_string(), item)).collect())
    }

    /// The list that it is: its items without their places.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn list(&self) -> Result<&'a [Node], Fault> {
        match &self.node.value {
            Value::List(items) => Ok(items),
            _ => Err(self.expected("a list")),
        }
    }

    /// The texts of a list.
    ///
    /// # Errors
    /// If it is anything else, or an item is.
    pub fn texts(&self) -> Result<Vec<String>, Fault> {
        self.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// The members of a map, each with its place.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn members(&self) -> Result<Vec<(&'a str, At<'a>)>, Fault> {
        match &self.node.value {
            Value::Map(members) => Ok(members.iter().map(|(k, v)| (k.as_str(), self.step(k, v))).collect()),
            _ => Err(self.expected("a map")),
        }
    }

    /// The map that it is.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn map(&self) -> Result<&'a [(String, Node)], Fault> {
        match &self.node.value {
            Value::Map(members) => Ok(members),
            _ => Err(self.expected("a map")),
        }
    }

    // Members by name: a manifest has thousands of them, and only the refused one needs its pointer.

    /// A text that must be there.
    ///
    /// # Errors
    /// If it is missing or not text.
    pub fn text_of(&self, key: &str) -> Result<&'a str, Fault> {
        match self.opt_text(key)? {
            Some(text) => Ok(text),
            None => Err(self.fault_at(key, format!("`{key}` is missing"))),
        }
    }

    /// A text that may be missing or null.
    ///
    /// # Errors
    /// If it is there and not text.
    pub fn opt_text(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        match self.node.get(key).map(|node| &node.value) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => self.required(key)?.text().map(Some),
        }
    }

    /// A word of a closed list that must be there. Unknown words are errors: they decide something.
    ///
    /// # Errors
    /// If it is missing, not text, or not a word of the list.
    pub fn word_of<T>(&self, key: &str) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text_of(key)?.parse().map_err(|e: T::Err| self.fault_at(key, e.to_string()))
    }

    /// A count that may be missing or null.
    ///
    /// # Errors
    /// If it is there and not a whole number from 0 on.
    pub fn opt_count(&self, key: &str) -> Result<Option<u64>, Fault> {
        self.optional(key).map(|at| at.count()).transpose()
    }

    /// A list of texts; missing or null is the empty list.
    ///
    /// # Errors
    /// If it is there and not a list of texts.
    pub fn texts_of(&self, key: &str) -> Result<Vec<String>, Fault> {
        self.optional(key).map_or(Ok(Vec::new()), |at| at.texts())
    }

    /// A word of a closed list, by the words' own spelling.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        known.ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fault(format!("`{text}` is none of {}", words.join(", ")))
        })
    }

    /// Refuses members that are not in the list and do not begin with `x-`.
    ///
    /// # Errors
    /// If there is one, or it is no map.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.members()?.into_iter().find(|(key, _)| !known.contains(key) && !key.starts_with("x-")) {
            Some((key, member)) => Err(member
                .fault(format!("unknown member `{key}`"))
                .hint("remove it, or begin its name with `x-` if it is yours")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::node;
    use super::*;

    #[test]
    fn a_fault_names_line_and_pointer() {
        let doc = node(r#"{"a/b": [1, {"c": "x"}]}"#);
        let root = At::root("f.yaml", &doc);
        let items = root.required("a/b").unwrap().items().unwrap();
        let fault = items[1].required("c").unwrap().bool().unwrap_err();
        assert_eq!(fault.to_string(), "f.yaml:5 /a~1b/1/c: expected true or false, found text");
    }
}
