//! A node together with its file and pointer, so that every refusal of a governed file names its place.

pub use super::schema_version::Generation;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    pub(super) file: &'a str,
    pub(super) node: &'a Node,
    pub(super) pointer: String,
}

impl<'a> At<'a> {
    /// The document of a file.
    pub(super) fn root(file: &'a str, node: &'a Node) -> At<'a> {
        At { file, node, pointer: String::new() }
    }

    /// A refusal of this value.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.file, FaultKind::Content, message).line(self.node.line).pointer(self.pointer.clone())
    }

    fn expected(&self, what: &str) -> Fault {
        self.fault(format!("expected {what}, found {}", self.node.kind()))
    }

    fn step(&self, step: &str, node: &'a Node) -> At<'a> {
        At { file: self.file, node, pointer: format!("{}/{}", self.pointer, pointer_step(step)) }
    }

    /// A member that may be absent; null counts as absent.
    pub(super) fn optional(&self, key: &str) -> Option<At<'a>> {
        self.node.get(key).filter(|n| !n.is_null()).map(|node| self.step(key, node))
    }

    /// A member that must be there.
    pub(super) fn required(&self, key: &str) -> Result<At<'a>, Fault> {
        self.optional(key).ok_or_else(|| self.fault(format!("`{key}` is missing")))
    }

    pub(super) fn text(&self) -> Result<&'a str, Fault> {
        self.node.as_text().ok_or_else(|| self.expected("text"))
    }

    pub(super) fn bool(&self) -> Result<bool, Fault> {
        self.node.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// An integer that fits 64 bits.
    pub(super) fn int(&self) -> Result<i64, Fault> {
        self.node.as_int().ok_or_else(|| self.expected("a whole number of at most 64 bits"))
    }

    /// A count: an integer from 0 on.
    pub(super) fn count(&self) -> Result<u64, Fault> {
        u64::try_from(self.int()?).map_err(|_| self.fault("expected a number from 0 on"))
    }

    pub(super) fn items(&self) -> Result<Vec<At<'a>>, Fault> {
        match &self.node.value {
            Value::List(items) => {
                Ok(items.iter().enumerate().map(|(n, item)| self.step(&n.to_string(), item)).collect())
            }
            _ => Err(self.expected("a list")),
        }
    }

    pub(super) fn texts(&self) -> Result<Vec<String>, Fault> {
        self.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    pub(super) fn members(&self) -> Result<Vec<(&'a str, At<'a>)>, Fault> {
        match &self.node.value {
            Value::Map(members) => Ok(members.iter().map(|(k, v)| (k.as_str(), self.step(k, v))).collect()),
            _ => Err(self.expected("a map")),
        }
    }

    /// A word of a closed list, by the words' own spelling.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        known.ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fault(format!("`{text}` is none of {}", words.join(", ")))
        })
    }

    /// Refuses members that are not in the list and do not begin with `x-`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.members()?.into_iter().find(|(key, _)| !known.contains(key) && !key.starts_with("x-")) {
            Some((key, member)) => Err(member
                .fault(format!("unknown member `{key}`"))
                .hint("remove it, or begin its name with `x-` if it is yours")),
            None => Ok(()),
        }
    }
}

impl Generation {
    /// Reads `schema_version` of a document.
    pub(super) fn of(root: &At) -> Result<Generation, Fault> {
        root.members()?;
        let Some(version) = root.optional("schema_version") else { return Ok(Generation::V1) };
        // Version 1 files were written by hand too, as `1.0` without quotes.
        match &version.node.value {
            Value::Text(text) if text == "1.0" => Ok(Generation::V1),
            Value::Text(text) if text == "2.0" => Ok(Generation::V2),
            Value::Float(number) if *number == 1.0 => Ok(Generation::V1),
            _ => Err(Fault {
                kind: FaultKind::Version,
                ..version.fault("unknown schema_version, this program reads 1.0 and 2.0")
            }
            .hint("use a newer cask, or `cask migrate` with the one that wrote the file")),
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

    #[test]
    fn versions_beyond_ours_are_their_own_kind() {
        let of = |json: &str| Generation::of(&At::root("f", &node(json))).map_err(|f| f.kind);
        assert_eq!(of("{}"), Ok(Generation::V1));
        assert_eq!(of(r#"{"schema_version": 1.0}"#), Ok(Generation::V1));
        assert_eq!(of(r#"{"schema_version": "2.0"}"#), Ok(Generation::V2));
        assert_eq!(of(r#"{"schema_version": "2.1"}"#), Err(FaultKind::Version));
        assert_eq!(of("[]"), Err(FaultKind::Content));
    }
}
