//! A claim: what is said, how it stands, and by what that can be seen. A state is computed or not known, never
//! assumed.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::model::phrase::Phrase;

/// How a claim stands. The order is from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was looked at and is so.
    Holds,
    /// What it takes to tell was not there.
    NotKnown,
    /// It was looked at and is not so.
    DoesNotHold,
}

impl State {
    /// The words in reports.
    pub fn words(self) -> &'static str {
        match self {
            State::Holds => "holds",
            State::NotKnown => "not known",
            State::DoesNotHold => "does not hold",
        }
    }
}

/// Something that can be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The file.
    pub file: String,
    /// What in it.
    #[serde(serialize_with = "plain")]
    #[schemars(with = "String")]
    pub what: Phrase,
    /// SHA-256 of the file; of the trust file the digest that names it, of an audit trail that of its last line;
    /// null where there is no file.
    pub digest: Option<String>,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claim {
    /// A word for programs.
    pub id: &'static str,
    /// What is claimed.
    pub statement: &'static str,
    /// How it stands.
    pub state: State,
    /// Why.
    #[serde(serialize_with = "plain")]
    #[schemars(with = "String")]
    pub why: Phrase,
    /// What it is evidence for: numbers of articles.
    pub articles: &'static [u8],
    /// By what it can be seen.
    pub evidence: Vec<Evidence>,
}

/// An article of Regulation (EU) 2024/1689, and the claims that are evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Article {
    /// Its number.
    pub number: u8,
    /// Its title.
    pub title: &'static str,
    /// Ids of claims.
    pub claims: Vec<&'static str>,
}

/// Number and title of each article that claims can name.
pub const ARTICLES: &[(u8, &str)] = &[
    (9, "Risk management system"),
    (12, "Record-keeping"),
    (13, "Transparency and provision of information to deployers"),
    (14, "Human oversight"),
    (15, "Accuracy, robustness and cybersecurity"),
];

/// A sentence as JSON has it: a serialiser escapes all of it.
pub(super) fn plain<S: Serializer>(phrase: &Phrase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&phrase.plain())
}

/// The same of one that may be missing.
pub(super) fn plain_or_null<S: Serializer>(
    phrase: &Option<Phrase>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match phrase {
        Some(phrase) => plain(phrase, serializer),
        None => serializer.serialize_none(),
    }
}
