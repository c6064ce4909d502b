//! Why a suggestion is not taken, in words for the page.

use crate::canon::visible::visible;
use crate::compare::text::CueKind;
use crate::rules;

/// Most characters of what a reader says.
const SAID: usize = 120;

/// Why a suggestion is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The answer is none of a chat endpoint.
    NoAnswer(String),
    /// What the model wrote is no JSON object.
    NoObject(String),
    /// A member that was not asked for.
    Member(String),
    /// A member that is missing, or no text.
    NoText(&'static str),
    /// No words, or more than a description may have.
    Length(usize),
    /// Line breaks, controls, or characters that nobody sees.
    Characters,
    /// It shows what a reviewer is told about.
    Cue(CueKind),
    /// It shows what looks like a credential.
    Secret(&'static str),
    /// It says what the tool says already.
    Same,
}

impl Refusal {
    /// Why: lower case, no full stop. What was written is shown only where it could not do harm.
    pub fn why(&self) -> String {
        match self {
            Refusal::NoAnswer(said) => format!("the answer can't be read: {}", visible(said, SAID)),
            Refusal::NoObject(said) => format!("no JSON object was written: {}", visible(said, SAID)),
            Refusal::Member(name) => {
                format!("a member was written that nobody asked for: {}", visible(name, 40))
            }
            Refusal::NoText(name) => format!("{name} is missing, or no text"),
            Refusal::Length(0) => "the text is empty".to_owned(),
            Refusal::Length(n) => format!("the text has {n} characters"),
            Refusal::Characters => "it has line breaks, or characters that nobody sees".to_owned(),
            Refusal::Cue(kind) => {
                let title = rules::find(kind.rule_id()).map_or("it steers its reader", |rule| rule.title);
                format!("{title} ({})", kind.rule_id())
            }
            Refusal::Secret(kind) => format!("it shows what looks like a credential ({kind})"),
            Refusal::Same => "it says what the tool says already".to_owned(),
        }
    }
}
