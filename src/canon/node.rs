//! The one tree that JSON and YAML are read into.
//!
//! Everything that is digested, signed or decided on is read into a [`Node`] by the strict readers
//! beside this file, never by a general-purpose value type: those fold big integers together, keep the
//! last of two equal keys, or treat some keys as magic. A node remembers its line, so that every
//! message about it can say where it stands.

/// A value of a governed file and the line on which it starts.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is there.
    pub value: Value,
    /// 1-based line in the file it was read from; 0 if it was made by the program.
    pub line: u32,
}

/// The kinds of value that JSON and YAML share.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of any size, as its decimal digits in canonical form (`-?[1-9][0-9]*` or `0`).
    Int(String),
    /// A finite number that was written with a fraction or an exponent.
    Float(f64),
    /// Text.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Members in the order of the file; keys are unique.
    Map(Vec<(String, Node)>),
}

/// Lines are where a value stands, not what it is: two nodes are equal if their values are.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// A value made by the program.
    pub fn new(value: Value) -> Node {
        Node { value, line: 0 }
    }

    /// Text made by the program.
    pub fn text(text: impl Into<String>) -> Node {
        Node::new(Value::Text(text.into()))
    }

    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Node {
        Node::new(Value::List(texts.into_iter().map(Node::text).collect()))
    }

    /// A map made by the program.
    pub fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Node)>) -> Node {
        Node::new(Value::Map(members.into_iter().map(|(k, v)| (k.into(), v)).collect()))
    }

    /// `null`.
    pub fn null() -> Node {
        Node::new(Value::Null)
    }

    /// An integer made by the program.
    pub fn int(value: impl Into<i128>) -> Node {
        Node::new(Value::Int(value.into().to_string()))
    }

    /// A boolean made by the program.
    pub fn bool(value: bool) -> Node {
        Node::new(Value::Bool(value))
    }

    /// The member of a map, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members().iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The members of a map; none for anything else.
    pub fn members(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The integer, if this is one that fits.
    pub fn as_int(&self) -> Option<i64> {
        match &self.value {
            Value::Int(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Whether this is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// A copy of a map without the named members; anything else is copied as it is.
    pub fn without(&self, keys: &[&str]) -> Node {
        match &self.value {
            Value::Map(members) => Node {
                value: Value::Map(
                    members.iter().filter(|(k, _)| !keys.contains(&k.as_str())).cloned().collect(),
                ),
                line: self.line,
            },
            _ => self.clone(),
        }
    }

    /// Sets a member of a map, in place if it exists, else at the end. Does nothing on other kinds.
    pub fn set(&mut self, key: &str, value: Node) {
        if let Value::Map(members) = &mut self.value {
            match members.iter_mut().find(|(k, _)| k == key) {
                Some((_, slot)) => *slot = value,
                None => members.push((key.to_owned(), value)),
            }
        }
    }

    /// Follows a JSON pointer (RFC 6901); the empty pointer is the node itself.
    pub fn at(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, step| match &node.value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => node.get(&step.replace("~1", "/").replace("~0", "~")),
        })
    }

    /// The word for this kind of value in messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// One step of a JSON pointer, escaped (RFC 6901).
pub fn pointer_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
