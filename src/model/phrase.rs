//! A sentence in which our words and words of strangers are kept apart.
//!
//! Names, hosts, paths and texts of a toolpack are written by strangers. A message that quotes them is a
//! [`Phrase`]; only a renderer turns it into text, and puts each quoted part through its sink's encoder.

use std::borrow::Cow;

/// One part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Our own words.
    Say(Cow<'static, str>),
    /// Words of a stranger: shown by the sink's encoder only.
    Quote(String),
}

/// A sentence without its full stop, in plain present tense.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Phrase(pub Vec<Part>);

impl Phrase {
    /// Our own words alone.
    pub fn say(text: impl Into<Cow<'static, str>>) -> Phrase {
        Phrase(vec![Part::Say(text.into())])
    }

    /// A stranger's words alone.
    pub fn quote(text: impl Into<String>) -> Phrase {
        Phrase(vec![Part::Quote(text.into())])
    }

    /// The sentence with more of our words at its end.
    pub fn and_say(mut self, text: impl Into<Cow<'static, str>>) -> Phrase {
        self.0.push(Part::Say(text.into()));
        self
    }

    /// The sentence with a stranger's words at its end.
    pub fn and_quote(mut self, text: impl Into<String>) -> Phrase {
        self.0.push(Part::Quote(text.into()));
        self
    }

    /// The sentence with another one at its end.
    pub fn and(mut self, other: Phrase) -> Phrase {
        self.0.extend(other.0);
        self
    }

    /// Quoted items between commas.
    pub fn list<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Phrase {
        let mut parts = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                parts.push(Part::Say(", ".into()));
            }
            parts.push(Part::Quote(item.into()));
        }
        Phrase(parts)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with each part as it is. Only for sinks whose serialiser escapes all of it (JSON).
    pub fn plain(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Say(text) => text.as_ref(),
                Part::Quote(text) => text.as_str(),
            })
            .collect()
    }
}

impl From<&'static str> for Phrase {
    fn from(text: &'static str) -> Phrase {
        Phrase::say(text)
    }
}
