//! One way in which an operation differs from what it was: the rule that speaks, where, and in which words.
//! Whose signatures it waits for, and what it weighs for which tool, is decided by the engine that asks.

use crate::canon::Node;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity};

/// A difference of one part of an operation.
#[derive(Debug, Clone)]
pub struct Change {
    /// The rule.
    pub rule: &'static Rule,
    /// How grave it is here, where that is not the rule's own.
    pub severity: Option<Severity>,
    /// In which state it stands: what the new one lacks stands in the old one.
    pub side: Side,
    /// Where, below the operation, as version 2 lays it out.
    pub part: String,
    /// Where else it may stand, below the operation: what is required is listed beside what it is.
    pub also: Vec<String>,
    /// Where on the wire, for people and to tell one cause from another: `query.page`, `body.items[].price`,
    /// `200 id`.
    pub wire: String,
    /// What it was.
    pub before: Option<Node>,
    /// What it is.
    pub after: Option<Node>,
    /// The part in a word or two of ours.
    pub aspect: &'static str,
    /// What changed there.
    pub change: Phrase,
    /// What it means.
    pub here: Phrase,
}

impl Change {
    /// A change that stands in the new state, with the rule's own words.
    pub fn new(rule: &'static Rule, part: impl Into<String>, wire: impl Into<String>) -> Change {
        Change {
            rule,
            severity: None,
            side: Side::Head,
            part: part.into(),
            also: Vec::new(),
            wire: wire.into(),
            before: None,
            after: None,
            aspect: "",
            change: Phrase::say(rule.title),
            here: Phrase::say(rule.clause),
        }
    }

    /// With the state in which it stands.
    pub fn on(mut self, side: Side) -> Change {
        self.side = side;
        self
    }

    /// With the values before and after.
    pub fn values(mut self, before: Option<Node>, after: Option<Node>) -> Change {
        self.before = before;
        self.after = after;
        self
    }

    /// With the values before and after, as texts.
    pub fn texts(self, before: &str, after: &str) -> Change {
        self.values(Some(Node::text(before)), Some(Node::text(after)))
    }

    /// With the part and what changed there.
    pub fn says(mut self, aspect: &'static str, change: Phrase) -> Change {
        self.aspect = aspect;
        self.change = change;
        self
    }

    /// With what it means.
    pub fn here(mut self, here: impl Into<Phrase>) -> Change {
        self.here = here.into();
        self
    }
}

/// `was → is`, both a stranger's words.
pub fn arrow(was: &str, is: &str) -> Phrase {
    Phrase::quote(was).and_say(" → ").and_quote(is)
}
