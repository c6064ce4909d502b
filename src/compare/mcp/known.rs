//! What tools show themselves as: by which names and titles people know them.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::text::{fold, words};

/// The names and titles of tools as people read them, indexed once.
#[derive(Debug, Clone, Default)]
pub struct Titles<'a> {
    /// The names of the tools that are known by it.
    by_reading: BTreeMap<String, BTreeSet<&'a str>>,
}

impl<'a> Titles<'a> {
    /// Of tools: each a name, and the title that it shows itself under.
    pub fn of(tools: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Titles<'a> {
        let mut titles = Titles::default();
        for (name, title) in tools {
            for text in [Some(name), title].into_iter().flatten() {
                titles.by_reading.entry(reading(text)).or_default().insert(name);
            }
        }
        titles.by_reading.remove("");
        titles
    }

    /// The tool, other than this one, that a title is the name or the title of.
    pub fn other(&self, title: &str, this: &str) -> Option<&'a str> {
        let read = reading(title);
        if read == reading(this) {
            return None;
        }
        self.by_reading.get(&read)?.iter().find(|name| **name != this).copied()
    }
}

/// A name or title as it is read: `read_file`, `Read file` and `ReadFile` are one.
fn reading(text: &str) -> String {
    words(&fold(text)).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_read_as_people_read_it() {
        let titles = Titles::of([("read_file", Some("Read a file")), ("delete_file", None), ("x", Some(""))]);
        for (title, this, other) in [
            ("Read File", "delete_file", Some("read_file")),
            ("READ a file", "delete_file", Some("read_file")),
            ("Re\u{430}d file", "delete_file", Some("read_file")),
            ("Read file", "read_file", None),
            ("Delete File", "delete_file", None),
            ("Read files", "delete_file", None),
            ("", "delete_file", None),
        ] {
            assert_eq!(titles.other(title, this), other, "{title} of {this}");
        }
    }
}
