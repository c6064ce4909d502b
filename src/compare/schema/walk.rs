//! The state of one comparison: both sides, what is still to be compared, and what was found. Places are put
//! on a list instead of being descended into, so that no schema is too deep for the stack.

use std::collections::{HashSet, VecDeque};

use super::change::{Context, Schema, SchemaChange};
use super::document::{Conj, Document, is_silent};
use super::equal::Budget;
use super::pattern::{self, Relation};
use super::place::Place;
use super::rows::{self, Row};
use super::same::Same;
use crate::canon::{Node, Value, json};
use crate::compare::properties;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity};

/// Most places that are compared.
const MAX_PLACES: usize = 200_000;
/// How deep places are looked for, references followed.
const MAX_DEPTH: usize = 200;
/// Most changes that are told of one pair of schemas, and most bytes of their pointers.
const MAX_CHANGES: usize = 5_000;
const MAX_BYTES: usize = 8 << 20;
/// Most names that are looked at in new fields.
const MAX_NAMES: usize = 200_000;
/// Most pairs of patterns that are held against each other.
const MAX_PATTERNS: usize = 500;
/// The length to which a value is shown in a sentence.
const SHOWN: usize = 40;

/// A place that is to be compared.
#[derive(Debug)]
pub(super) struct Task<'a> {
    pub(super) place: Place<'a>,
    pub(super) old: Conj<'a>,
    pub(super) new: Conj<'a>,
    /// Whether null, default and flags were judged a level above.
    pub(super) told: bool,
}

/// What a change is about: the keyword, and its value on both sides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'n> {
    pub(super) keyword: &'n str,
    pub(super) before: Option<&'n Node>,
    pub(super) after: Option<&'n Node>,
}

/// What identifies a pair of places: the schemas that hold there, and what else decides on rules.
type Seen = (Vec<*const Node>, Vec<*const Node>, super::place::Level, (bool, bool, Option<bool>));

/// One comparison.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) old: Document<'a>,
    pub(super) new: Document<'a>,
    pub(super) context: Context<'a>,
    pub(super) budget: Budget,
    unchanged: Same<'a>,
    todo: VecDeque<Task<'a>>,
    seen: HashSet<Seen>,
    places: usize,
    bytes: usize,
    names: usize,
    patterns: usize,
    out: Vec<SchemaChange>,
    /// How many changes were told only because schemas do not say the same word for word, though what lies in them is
    /// compared for itself.
    unsure: usize,
    /// Something was not looked at.
    cut: Option<&'static str>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: Schema<'a>, new: Schema<'a>, context: Context<'a>) -> Walk<'a> {
        Walk {
            old: Document::new(old),
            new: Document::new(new),
            context,
            budget: Budget::default(),
            unchanged: Same::new(),
            todo: VecDeque::new(),
            seen: HashSet::new(),
            places: 0,
            bytes: 0,
            names: 0,
            patterns: 0,
            out: Vec::new(),
            unsure: 0,
            cut: None,
        }
    }

    /// Whether both sides are written the same, as wholes.
    pub(super) fn written_the_same(&mut self) -> bool {
        let of = |document: &Document<'a>| document.root().into_iter().collect::<Vec<_>>();
        let (old, new) = (of(&self.old), of(&self.new));
        self.unchanged.written((&self.old, &old), (&self.new, &new))
    }

    /// Puts a place on the list. A pair of definitions that is used in many places is compared at the first.
    pub(super) fn push(&mut self, place: Place<'a>, old: Conj<'a>, new: Conj<'a>) {
        self.push_task(Task { place, old, new, told: false });
    }

    pub(super) fn push_task(&mut self, task: Task<'a>) {
        if task.old.is_empty() && task.new.is_empty() {
            return;
        }
        if self.unchanged.written((&self.old, &task.old), (&self.new, &task.new)) {
            return;
        }
        let pointers =
            |conj: &Conj<'a>| conj.iter().map(|n| std::ptr::from_ref::<Node>(n)).collect::<Vec<_>>();
        let key = (
            pointers(&self.target(&self.old, &task.old)),
            pointers(&self.target(&self.new, &task.new)),
            task.place.level,
            task.place.class(),
        );
        if !self.seen.insert(key) {
            return;
        }
        self.places += 1;
        if self.places > MAX_PLACES || task.place.depth > MAX_DEPTH {
            if !self.same(&task.old, &task.new) {
                self.cut("the schema has more parts than are compared");
            }
            return;
        }
        self.todo.push_back(task);
    }

    /// A schema that is nothing but a reference stands for its definition: two uses of it are one pair.
    fn target(&self, document: &Document<'a>, conj: &Conj<'a>) -> Conj<'a> {
        let silent = |node: &&'a Node| node.members().iter().all(|(key, _)| key != "allOf" && is_silent(key));
        let alone = |node: &&'a Node| -> &'a Node {
            let reference =
                Some(node).filter(|n| silent(n)).and_then(|n| n.get("$ref")).and_then(Node::as_text);
            reference.and_then(|r| document.resolve(r)).unwrap_or(node)
        };
        conj.iter().map(alone).collect()
    }

    pub(super) fn next(&mut self) -> Option<Task<'a>> {
        self.todo.pop_front()
    }

    /// Whether schemas mean the same, word for word.
    pub(super) fn same(&mut self, old: &[&'a Node], new: &[&'a Node]) -> bool {
        let mut budget = std::mem::take(&mut self.budget);
        let pairs = old.iter().copied().zip(new.iter().copied()).collect();
        let same = old.len() == new.len() && budget.equal(&self.old, &self.new, pairs);
        self.budget = budget;
        same
    }

    /// The names of all that lies in a new field.
    pub(super) fn names_in(&mut self, schema: &[&'a Node]) -> Vec<String> {
        if self.names > MAX_NAMES {
            self.cut("there are more new fields than are looked into");
            return Vec::new();
        }
        let of = |node: &&'a Node| properties::names(node, self.new.definitions());
        let names: Vec<String> = schema.iter().flat_map(of).collect();
        self.names += names.len();
        names
    }

    /// Tells a change that is one only if anything else was found in what it is about.
    pub(super) fn tell_unsure(
        &mut self,
        row: Row,
        place: &Place<'a>,
        about: About,
        change: Phrase,
        here: &'static str,
    ) {
        let before = self.out.len();
        self.tell(row, place, about, change, here);
        self.unsure += self.out.len() - before;
    }

    /// How a new pattern stands to an old one. Each pair costs up to some milliseconds, so there is an end to it.
    pub(super) fn relation(&mut self, old: &str, new: &str) -> Relation {
        self.patterns += 1;
        match self.patterns > MAX_PATTERNS {
            true => Relation::Unknown,
            false => pattern::relation(old, new),
        }
    }

    /// Notes that something was not looked at: it is told at the end, never silent.
    pub(super) fn cut(&mut self, why: &'static str) {
        self.cut = self.cut.or(Some(why));
    }

    /// Tells a change by the row of its kind.
    pub(super) fn tell(
        &mut self,
        row: Row,
        place: &Place<'a>,
        about: About,
        change: Phrase,
        here: impl Into<Phrase>,
    ) {
        let (rule, severity) = row.at(place.level);
        self.tell_as(rule, severity, place, about, change, here);
    }

    /// Tells a change by a rule, at its own severity.
    pub(super) fn say(
        &mut self,
        rule: &'static Rule,
        place: &Place<'a>,
        about: About,
        change: Phrase,
        here: impl Into<Phrase>,
    ) {
        self.tell_as(rule, rows::severity(rule), place, about, change, here);
    }

    pub(super) fn tell_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: &Place<'a>,
        about: About,
        change: Phrase,
        here: impl Into<Phrase>,
    ) {
        self.out_at(rule, severity, place.pointer(about.keyword), place.field(), about, change, here.into());
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a change, once")]
    pub(super) fn out_at(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        pointer: String,
        field: String,
        about: About,
        change: Phrase,
        here: Phrase,
    ) {
        self.bytes += pointer.len() + field.len();
        if self.out.len() >= MAX_CHANGES || self.bytes > MAX_BYTES {
            self.cut("there are more changes than are told");
            return;
        }
        let (before, after) = (about.before.cloned(), about.after.cloned());
        self.out.push(SchemaChange { rule, pointer, field, before, after, change, here, severity });
    }

    /// All that was found.
    pub(super) fn finish(mut self) -> Vec<SchemaChange> {
        if self.unsure == self.out.len() && self.cut.is_none() {
            // All that is compared in it is the same: it says it in other words.
            self.out.clear();
        }
        if let Some(why) = self.cut {
            let (rule, _) = rows::CONDITION.at(super::place::Level::Field);
            self.out.push(SchemaChange {
                rule,
                pointer: String::new(),
                field: String::new(),
                before: None,
                after: None,
                change: Phrase::say("too large to compare"),
                here: Phrase::say(why).and_say("; the rest is unseen"),
                severity: Severity::High,
            });
        }
        self.out
    }
}

/// A value in a sentence.
pub(super) fn shown(value: Option<&Node>) -> Phrase {
    let Some(value) = value else { return Phrase::say("none") };
    let text = match &value.value {
        Value::Text(text) => text.chars().take(SHOWN + 1).collect(),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Null => json::compact(value),
        Value::List(_) | Value::Map(_) => return Phrase::say(value.kind()),
    };
    Phrase::quote(shortened(&text))
}

pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// `10 → 100`.
pub(super) fn from_to(before: Option<&Node>, after: Option<&Node>) -> Phrase {
    shown(before).and_say(" → ").and(shown(after))
}
