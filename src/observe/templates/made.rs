//! Segments of templates: what the learner makes, and the names are given to.

use std::collections::BTreeSet;

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// As it is.
    Literal(String),
    /// A placeholder whose name somebody gave.
    Given(String, Kind),
    /// One of many values.
    Value(Kind),
}

/// What is known of the values of a segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Kind {
    /// What stands before each of them: `delete_`, for an act is never a part of a value.
    pub prefix: String,
    /// What stands behind each of them: `.json`.
    pub suffix: String,
    /// Their classes, as keys have them; prefixes of ids are all `{prefix}`.
    pub classes: BTreeSet<String>,
    /// Whether slugs are among them.
    pub slug: bool,
}

/// A path with names for what varies in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template {
    /// Its text.
    pub text: String,
    /// Its placeholders, in order.
    pub places: Vec<Place>,
}

/// A placeholder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// What is known of its values.
    pub kind: Kind,
}

impl Made {
    /// The name that somebody gave.
    pub fn given(&self) -> Option<&str> {
        match self {
            Made::Given(name, _) => Some(name),
            _ => None,
        }
    }

    /// The literal.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Made::Literal(literal) => Some(literal),
            _ => None,
        }
    }
}

impl Template {
    /// Adds a placeholder, with what stands around it in its segment.
    pub fn put(&mut self, name: String, kind: &Kind) {
        self.text.push_str(&format!("{}{{{name}}}{}", kind.prefix, kind.suffix));
        self.places.push(Place { name, kind: kind.clone() });
    }
}

impl Kind {
    /// Whether all values are of one class.
    pub fn only(&self, class: &str) -> bool {
        !self.slug && self.classes.len() == 1 && self.classes.contains(class)
    }

    /// Whether all values are numbers.
    pub fn is_number(&self) -> bool {
        self.only("{int}")
    }
}
