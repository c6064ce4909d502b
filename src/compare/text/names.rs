//! The tools that a text names and could make a model call.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// The tools around a text, so that it can be told whom the text talks about.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Names of the tools of this pack.
    pub own: &'a NameSet<'a>,
    /// Names of tools of other packs and servers.
    pub other: &'a NameSet<'a>,
    /// The tool whose text it is; empty for a text that belongs to none.
    pub this: &'a str,
}

/// Names of tools, indexed once for any number of texts: a text is looked up in them, not they in it, so
/// that a toolpack of thousands of tools is read in linear time.
#[derive(Debug, Clone, Default)]
pub struct NameSet<'a> {
    /// Spellings by the name in lower case.
    by_key: HashMap<String, BTreeSet<&'a str>>,
    /// Bytes of the shortest and of the longest of them: most words of a text are neither's equal.
    lengths: (usize, usize),
}

impl NameSet<'_> {
    /// Whether it has a name, in lower case.
    fn has(&self, key: &str) -> bool {
        let (shortest, longest) = self.lengths;
        (shortest..=longest).contains(&key.len()) && self.by_key.contains_key(key)
    }
}

impl<'a> FromIterator<&'a str> for NameSet<'a> {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> NameSet<'a> {
        let mut by_key: HashMap<String, BTreeSet<&'a str>> = HashMap::new();
        for name in names {
            by_key.entry(name.to_lowercase()).or_default().insert(name);
        }
        let lengths = || by_key.keys().map(String::len);
        let lengths = (lengths().min().unwrap_or_default(), lengths().max().unwrap_or_default());
        NameSet { by_key, lengths }
    }
}

/// A name of a tool that a text uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, as the list has it, in lower case.
    pub name: String,
    /// Its first place in the text that was looked at.
    pub at: Range<usize>,
    /// How often it stands there.
    pub count: usize,
    /// Whether it is a tool of the same pack.
    pub own: bool,
}

/// Where a text (lower case) names tools.
pub struct Index<'t, 's> {
    text: &'t str,
    names: &'s Names<'s>,
    places: HashMap<&'t str, Vec<Range<usize>>>,
}

impl<'t, 's> Index<'t, 's> {
    /// Reads a plain view once. `a.b`, `a__b` and `a:b` are looked up whole and by their last part, as
    /// clients write a tool with its server.
    pub fn new(text: &'t str, names: &'s Names<'s>) -> Index<'t, 's> {
        let mut index = Index { text, names, places: HashMap::new() };
        if names.own.by_key.is_empty() && names.other.by_key.is_empty() {
            return index;
        }
        let mut start = None;
        let sign = |c| matches!(c, '_' | '-' | '.' | ':' | '/');
        let whole = |c: char| c.is_ascii_alphanumeric() || sign(c) || !c.is_ascii() && c.is_alphanumeric();
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if whole(c) {
                start.get_or_insert(at);
            } else if let Some(from) = start.take() {
                index.take(from, text[from..at].trim_end_matches(['.', ':', '-', '/']));
            }
        }
        index
    }

    fn take(&mut self, from: usize, token: &'t str) {
        self.put(from, token);
        if !token.bytes().any(|b| matches!(b, b'.' | b':' | b'/' | b'_')) {
            return;
        }
        let mut at = from;
        let several = token.contains(['.', ':', '/']);
        for part in token.split(['.', ':', '/']) {
            if several {
                self.put(at, part);
            }
            if let Some((server, tool)) = part.rsplit_once("__") {
                self.put(at + server.len() + 2, tool);
            }
            at += part.len() + 1;
        }
    }

    /// Only names of tools are kept.
    fn put(&mut self, at: usize, part: &'t str) {
        if self.names.own.has(part) || self.names.other.has(part) {
            self.places.entry(part).or_default().push(at..at + part.len());
        }
    }

    /// The tools that the text names, other than its own. A name that is an ordinary word (`search`) counts
    /// only where it is quoted, called, or called a tool; a name that both lists have is our own.
    pub fn named(&self) -> Vec<Named> {
        let mut found = Vec::new();
        for (set, own) in [(self.names.own, true), (self.names.other, false)] {
            for (key, name) in self.known(set) {
                let places = self.places(key, name);
                if let Some(first) = places.first() {
                    let (at, count) = (first.clone(), places.len());
                    found.push(Named { name: key.to_owned(), at, count, own });
                }
            }
        }
        found.sort_by(|a, b| (a.at.start, &a.name, !a.own).cmp(&(b.at.start, &b.name, !b.own)));
        found.dedup_by(|a, b| a.name == b.name);
        found
    }

    /// Where tools of the same pack are named, in order.
    pub fn own(&self) -> Vec<usize> {
        let mut places: Vec<usize> = self
            .known(self.names.own)
            .flat_map(|(key, name)| self.places(key, name))
            .map(|place| place.start)
            .collect();
        places.sort_unstable();
        places
    }

    /// The identifiers of the text that are names of a set, with each spelling there.
    fn known(&self, set: &'s NameSet) -> impl Iterator<Item = (&'t str, &'s str)> {
        self.places
            .keys()
            .flat_map(|key| set.by_key.get(*key).into_iter().flatten().map(|name| (*key, *name)))
    }

    fn places(&self, key: &str, name: &str) -> Vec<Range<usize>> {
        if name.len() < 3 || name.eq_ignore_ascii_case(self.names.this) {
            return Vec::new();
        }
        let Some(places) = self.places.get(key) else { return Vec::new() };
        let speaking =
            key.contains(['_', '-', '.', '/']) || key.bytes().any(|b| b.is_ascii_digit()) || key != name;
        places.iter().filter(|p| speaking || self.is_called(p)).cloned().collect()
    }

    fn is_called(&self, place: &Range<usize>) -> bool {
        let before = &self.text[..place.start];
        let after = &self.text[place.end..];
        let quoted = before.ends_with(['`', '\'', '"']) && after.starts_with(['`', '\'', '"']);
        let verb =
            ["call ", "invoke ", "use ", "calling ", "invoking ", "using the ", "call the ", "use the "]
                .iter()
                .any(|v| before.ends_with(v));
        let noun = [" tool", "` tool", "' tool", " function", "()"].iter().any(|n| after.starts_with(n));
        quoted
            || noun
            || (verb && !after.starts_with(|c: char| c == ' ' && after.len() > 1) && !after.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_others_are_named_and_ordinary_words_are_not() {
        let own = NameSet::from_iter(["list_users", "search"]);
        let other = NameSet::from_iter(["send_email", "fetch", "Archive"]);
        let names = Names { own: &own, other: &other, this: "get_user" };
        let found = |text: &str| {
            Index::new(text, &names).named().into_iter().map(|n| (n.name, n.own)).collect::<Vec<_>>()
        };
        assert_eq!(found("use list_users first"), [("list_users".to_owned(), true)]);
        assert_eq!(found("then mail.send_email."), [("send_email".to_owned(), false)]);
        assert_eq!(found("mcp__mail__send_email"), [("send_email".to_owned(), false)]);
        assert_eq!(found("call the `fetch` tool"), [("fetch".to_owned(), false)]);
        assert_eq!(found("fetch a page; full-text search; send_emails"), []);
        assert_eq!(found("use search results"), []);
        assert_eq!(
            found("never archive it"),
            [("archive".to_owned(), false)],
            "a name with capitals is no word"
        );
    }
}
