//! The one error for bytes that cannot be read: what, where, and what to do about it.

use std::fmt;

/// Why a file could not be read. Shown to people with file and line; always ends the run with exit 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as the reader of the message knows it (repository-relative, `/`-separated).
    pub file: String,
    /// 1-based line, 0 where no line can be named.
    pub line: u32,
    /// JSON pointer of the value, empty for the document or where none can be named.
    pub pointer: String,
    /// Which limit or rule was broken.
    pub kind: FaultKind,
    /// What is wrong: lower case, no full stop. May quote bytes of the file: renderers escape it.
    pub message: String,
    /// What the reader of the message can do.
    pub hint: Option<String>,
    /// Up to three lines of the file around the place, with their numbers.
    pub excerpt: Box<[(u32, String)]>,
}

/// The classes of faults that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A bound was exceeded: size, depth, nodes, aliases, length of a text.
    Limit,
    /// Not UTF-8, or not the syntax of the format.
    Syntax,
    /// Well-formed, but refused by the strict reading rules (duplicate key, anchor, ambiguous scalar …).
    Strict,
    /// Well-formed, but not what this kind of file holds (type, unknown word, missing member).
    Content,
    /// An unfinished merge: conflict markers in the text.
    Conflict,
    /// A schema version that this program does not know.
    Version,
    /// Not a plain file inside the tree: symlink, submodule, LFS pointer, path escape.
    Place,
    /// The file is not there.
    Missing,
    /// The world failed: permission, I/O.
    Io,
}

impl Fault {
    /// A fault of the document as a whole.
    pub fn new(file: &str, kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault {
            file: file.to_owned(),
            line: 0,
            pointer: String::new(),
            kind,
            message: message.into(),
            hint: None,
            excerpt: Box::default(),
        }
    }

    /// The same fault at a line.
    pub fn line(mut self, line: u32) -> Fault {
        self.line = line;
        self
    }

    /// The same fault at a JSON pointer.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Fault {
        self.pointer = pointer.into();
        self
    }

    /// The same fault with what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }

    /// The same fault with up to three lines of the text around its line.
    pub fn excerpt_of(mut self, text: &str) -> Fault {
        if self.line > 0 {
            let first = self.line.saturating_sub(1).max(1);
            self.excerpt = (first..)
                .zip(text.lines().skip(first as usize - 1))
                .take(3)
                .map(|(n, l)| (n, l.chars().take(200).collect()))
                .collect();
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}", self.pointer)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Fault {}
