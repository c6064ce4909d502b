//! The hints of a tool, by what they mean: one that is left out has the protocol's default, and one that is spelled
//! out at its default is no change.
//!
//! Hints are claims. One that admits more is told whatever else is known; one that admits less only where something
//! speaks against it: the tool's name, its text, its inputs, or its own earlier word.

use super::both::{Both, word};
use super::evidence;
use crate::canon::{Node, Value};
use crate::compare::members::same;
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, mcpt};

/// What this part can emit.
pub const EMITS: &[&Rule] = &[
    mcpt::READONLY_CLAIMED,
    mcpt::READONLY_DROPPED,
    mcpt::DESTRUCTIVE_HIDDEN,
    mcpt::DESTRUCTIVE_ADDED,
    mcpt::IDEMPOTENT_CLAIMED,
    mcpt::IDEMPOTENT_DROPPED,
    mcpt::OPENWORLD_HIDDEN,
    mcpt::OPENWORLD_ADDED,
    mcpt::ANNOTATIONS_OMITTED,
    mcpt::ANNOTATION_TYPE_INVALID,
];

/// A hint: its member, and what it means where it is not given.
#[derive(Clone, Copy)]
pub struct Hint {
    /// Its member.
    pub key: &'static str,
    default: bool,
}

const READ_ONLY: Hint = Hint { key: "readOnlyHint", default: false };
const DESTRUCTIVE: Hint = Hint { key: "destructiveHint", default: true };
const IDEMPOTENT: Hint = Hint { key: "idempotentHint", default: false };
const OPEN_WORLD: Hint = Hint { key: "openWorldHint", default: true };

/// All hints.
pub const HINTS: [Hint; 4] = [READ_ONLY, DESTRUCTIVE, IDEMPOTENT, OPEN_WORLD];

const ROOT: &str = "/raw/annotations";

impl Hint {
    /// What was said, in an entry.
    fn said(self, entry: &Node) -> Option<&Node> {
        entry.at(ROOT)?.get(self.key).filter(|n| !n.is_null())
    }

    /// What it means. A value of another kind is taken as a lenient client takes it, so that no spelling hides a
    /// claim.
    pub fn means(self, entry: &Node) -> bool {
        match self.said(entry).map(|n| &n.value) {
            Some(Value::Bool(b)) => *b,
            Some(Value::Text(text)) if text.eq_ignore_ascii_case("true") => true,
            Some(Value::Text(text)) if text.eq_ignore_ascii_case("false") => false,
            Some(Value::Int(digits)) => digits != "0",
            _ => self.default,
        }
    }

    fn part(self) -> String {
        format!("{ROOT}/{}", self.key)
    }
}

/// What differs.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    let (old, new) = both.at(ROOT);
    if same(old, new) {
        return;
    }
    let from = out.len();
    compared(both, out);
    whole(both, &mut out[from..]);
}

fn compared(both: &Both, out: &mut Vec<Change>) {
    invalid(both, out);
    let differs = |hint: Hint| hint.means(both.old) != hint.means(both.new);
    let gone = |hint: Hint| hint.said(both.old).is_some() && hint.said(both.new).is_none();
    let none = HINTS.iter().all(|h| h.said(both.new).is_none());
    if none && [READ_ONLY, DESTRUCTIVE, OPEN_WORLD].into_iter().any(|h| gone(h) && differs(h)) {
        out.push(omitted(both));
        return;
    }
    match (READ_ONLY.means(both.old), READ_ONLY.means(both.new)) {
        (true, false) => {
            let here = match DESTRUCTIVE.means(both.new) {
                true => "it may change what it reaches, and destroy it",
                false => "it may change what it reaches",
            };
            out.push(told(both, mcpt::READONLY_DROPPED, READ_ONLY, Phrase::say(here), READ_ONLY_TOO));
        }
        (false, true) => {
            if let Some(evidence) = against(both, READ_ONLY, evidence::of_writing) {
                out.push(told(both, mcpt::READONLY_CLAIMED, READ_ONLY, evidence, READ_ONLY_TOO));
            }
        }
        // Whether what only reads destroys or may be repeated means nothing.
        (true, true) => {}
        (false, false) => writing(both, out),
    }
    match (OPEN_WORLD.means(both.old), OPEN_WORLD.means(both.new)) {
        (false, true) => {
            let here = "what it returns may be anybody's words".into();
            out.push(told(both, mcpt::OPENWORLD_ADDED, OPEN_WORLD, here, &[]));
        }
        (true, false) => {
            if let Some(input) = both.new.get("raw").and_then(evidence::of_addresses) {
                let here = Phrase::say("the caller chooses the address: ").and_quote(input);
                out.push(told(both, mcpt::OPENWORLD_HIDDEN, OPEN_WORLD, here, &[]));
            }
        }
        _ => {}
    }
}

/// What is said by one word of reading: these hints mean nothing on one of its sides.
const READ_ONLY_TOO: &[Hint] = &[DESTRUCTIVE, IDEMPOTENT];

/// The hints of a tool that changes things, before and after.
fn writing(both: &Both, out: &mut Vec<Change>) {
    match (DESTRUCTIVE.means(both.old), DESTRUCTIVE.means(both.new)) {
        (false, true) => {
            let here = "what it changes may be lost".into();
            out.push(told(both, mcpt::DESTRUCTIVE_ADDED, DESTRUCTIVE, here, &[]));
        }
        (true, false) => {
            if let Some(evidence) = against(both, DESTRUCTIVE, evidence::of_destroying) {
                out.push(told(both, mcpt::DESTRUCTIVE_HIDDEN, DESTRUCTIVE, evidence, &[]));
            }
        }
        _ => {}
    }
    match (IDEMPOTENT.means(both.old), IDEMPOTENT.means(both.new)) {
        (false, true) => {
            let here = "clients may repeat a call that failed".into();
            out.push(told(both, mcpt::IDEMPOTENT_CLAIMED, IDEMPOTENT, here, &[]));
        }
        (true, false) => {
            let here = "a call that is repeated may do its work twice".into();
            out.push(told(both, mcpt::IDEMPOTENT_DROPPED, IDEMPOTENT, here, &[]));
        }
        _ => {}
    }
}

/// What speaks against a claim to be harmless: the server's own earlier word, else what the tool says of itself.
/// What destroys does not only read, so a word of destruction speaks against both claims.
fn against(both: &Both, hint: Hint, evidence: fn(&Node) -> Option<String>) -> Option<Phrase> {
    if hint.said(both.old).is_some() {
        return Some("until now it said the opposite".into());
    }
    if DESTRUCTIVE.said(both.old).is_some() && DESTRUCTIVE.means(both.old) {
        return Some("until now it said that it destroys".into());
    }
    evidence(both.new.get("raw")?).map(Phrase::quote)
}

fn told(both: &Both, rule: &'static Rule, hint: Hint, here: Phrase, too: &[Hint]) -> Change {
    let (was, is) = (hint.said(both.old), hint.said(both.new));
    let part = hint.part();
    let shown = |said: Option<&Node>| match said {
        Some(node) => Phrase::quote(word(Some(node))),
        None => Phrase::say(format!("not said, so {}", hint.default)),
    };
    let mut change = Change::new(rule, part.clone(), hint.key)
        .on(both.side(&part))
        .values(was.cloned(), is.cloned())
        .says("hint", Phrase::say(format!("{}: ", hint.key)).and(shown(was)).and_say(" → ").and(shown(is)))
        .here(here);
    change.also = too.iter().map(|h| h.part()).collect();
    change
}

/// Hints that came or went with what holds them speak for it, if nothing else was in it.
fn whole(both: &Both, told: &mut [Change]) {
    let holder = match both.at(ROOT) {
        (None, Some(holder)) | (Some(holder), None) => holder,
        _ => return,
    };
    let spoken = |key: &str| {
        let part = format!("{ROOT}/{key}");
        let hint = HINTS.into_iter().find(|h| h.key == key);
        key == "title"
            || told.iter().any(|c| c.part == part || c.also.contains(&part))
            || hint.is_some_and(|h| h.means(both.old) == h.means(both.new))
    };
    if holder.members().iter().all(|(key, _)| spoken(key))
        && let Some(first) = told.first_mut()
    {
        first.also.push(ROOT.to_owned());
    }
}

fn omitted(both: &Both) -> Change {
    let (old, new) = both.at(ROOT);
    let side = if new.is_none() { Side::Base } else { Side::Head };
    let said: Vec<String> =
        HINTS.iter().filter_map(|h| Some(format!("{} {}", h.key, word(Some(h.said(both.old)?))))).collect();
    let mut change = Change::new(mcpt::ANNOTATIONS_OMITTED, ROOT, "annotations")
        .on(side)
        .values(old.cloned(), new.cloned())
        .says("hints", Phrase::say("all gone, said until now: ").and(Phrase::list(said)))
        .here("without hints a tool may change and destroy, in an open world");
    change.also = HINTS.iter().map(|h| h.part()).collect();
    change
}

/// Hints that are no booleans, and what holds them that is no map.
fn invalid(both: &Both, out: &mut Vec<Change>) {
    let mut invalid = |part: String, was: Option<&Node>, is: &Node| {
        let change = Phrase::say(format!("{}: ", part.rsplit('/').next().unwrap_or_default()));
        out.push(
            Change::new(mcpt::ANNOTATION_TYPE_INVALID, part.clone(), part)
                .values(was.cloned(), Some(is.clone()))
                .says("hint", change.and_quote(word(Some(is))).and_say(format!(", {}", is.kind())))
                .here("one client takes it as said, the next takes the default"),
        );
    };
    let (was, is) = both.at(ROOT);
    if let Some(is) = is.filter(|n| !n.is_map()) {
        invalid(ROOT.to_owned(), was, is);
        return;
    }
    for hint in HINTS {
        let (was, is) = (hint.said(both.old), hint.said(both.new));
        if let Some(is) = is.filter(|n| n.as_bool().is_none() && !same(was, Some(n))) {
            invalid(hint.part(), was, is);
        }
    }
}
