//! A sentence in which our words and words of strangers are kept apart.
//!
//! Names, hosts, paths and texts of a toolpack are written by strangers. A message that quotes them is a
//! [`Phrase`]; only a renderer turns it into text, and puts each quoted part through its sink's encoder.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// One part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Our own words.
    #[serde(deserialize_with = "own_words")]
    Say(Cow<'static, str>),
    /// Words of a stranger: shown by the sink's encoder only.
    Quote(String),
}

/// A sentence without its full stop, in plain present tense.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
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

/// Our own words out of a file that somebody else may have written: renderers trust them, so what none of ours ever
/// holds is refused.
fn own_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'static, str>, D::Error> {
    let bare = |c: char| c.is_control() || matches!(c, '<' | '[' | ']' | '@' | '\\');
    own(deserializer, |text| !text.contains(bare) && !text.contains("://"))
}

/// The same for one or two words that stand alone: letters, digits and what joins them.
///
/// # Errors
/// Anything else.
pub fn own_label<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'static, str>, D::Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\'');
    own(deserializer, |text| text.chars().all(plain))
}

fn own<'de, D: Deserializer<'de>>(
    deserializer: D,
    is_own: impl Fn(&str) -> bool,
) -> Result<Cow<'static, str>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.len() <= OWN && is_own(&text) {
        true => Ok(Cow::Owned(text)),
        false => Err(de::Error::custom("these are no words of cask: markup, an address or a line break")),
    }
}

/// Bytes of the longest part of a sentence of ours.
const OWN: usize = 1_000;
