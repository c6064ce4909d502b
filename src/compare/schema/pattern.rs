//! Two patterns in, whether one takes all that the other takes out: decided by walking two automata side by side.
//! What can't be read with certainty, or is too large for that, can't be told; nothing is guessed.

use std::collections::HashSet;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{Hir, Look};

use super::ecma;

/// How a new pattern stands to an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// They take the same.
    Same,
    /// The new one takes less.
    Tighter,
    /// The new one takes more.
    Looser,
    /// Each takes texts that the other does not.
    Apart,
    /// Can't be told.
    Unknown,
}

/// Most bytes of an automaton before its states are told apart, and after. Patterns of people stay far below.
const MAX_NFA: usize = 512 << 10;
const MAX_DFA: usize = 1 << 20;
/// Most pairs of states that are visited.
const MAX_PAIRS: usize = 20_000;

/// How the new pattern stands to the old one.
pub(super) fn relation(old: &str, new: &str) -> Relation {
    if old == new {
        return Relation::Same;
    }
    match Taken::of(old).zip(Taken::of(new)) {
        Some((old, new)) => old.to(&new),
        None => Relation::Unknown,
    }
}

/// Whether a pattern plainly takes every text. More may: [`relation`] to the empty pattern tells.
pub(super) fn takes_all(pattern: &str) -> bool {
    ["", "^", "$", ".*", "^.*", ".*$"].contains(&pattern)
}

/// What a pattern takes.
pub(super) struct Taken {
    states: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Taken {
    /// `None` where that can't be told.
    pub(super) fn of(pattern: &str) -> Option<Taken> {
        // The pattern may be found anywhere in a text, and with the whole text before the automaton its end
        // decides. The parts around it only take what is UTF-8, so nothing else is compared.
        let whole = Hir::concat(vec![
            ecma::anything(),
            ecma::parse(pattern)?,
            ecma::anything(),
            Hir::look(Look::End),
        ]);
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(true)
                    .nfa_size_limit(Some(MAX_NFA))
                    .which_captures(WhichCaptures::None),
            )
            .build_from_hir(&whole)
            .ok()?;
        let states = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .match_kind(MatchKind::All)
                    .start_kind(StartKind::Anchored)
                    .accelerate(false)
                    .dfa_size_limit(Some(MAX_DFA))
                    .determinize_size_limit(Some(MAX_DFA)),
            )
            .build_from_nfa(&nfa)
            .ok()?;
        let start = states.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Taken { states, start })
    }

    /// Whether it takes this text.
    pub(super) fn takes(&self, text: &str) -> bool {
        self.ends(text.bytes().fold(self.start, |state, byte| self.states.next_state(state, byte)))
    }

    fn ends(&self, state: StateID) -> bool {
        self.states.is_match_state(self.states.next_eoi_state(state))
    }

    /// How another stands to this one: every text leads both to a pair of states, and there are only so many.
    fn to(&self, new: &Taken) -> Relation {
        let (a, b) = (&self.states, &new.states);
        let mut kinds = HashSet::new();
        // Bytes that both treat alike are one.
        let bytes: Vec<u8> = (0..=u8::MAX)
            .filter(|byte| kinds.insert((a.byte_classes().get(*byte), b.byte_classes().get(*byte))))
            .collect();
        let mut seen = HashSet::from([(self.start, new.start)]);
        let mut todo = vec![(self.start, new.start)];
        let (mut more, mut less) = (false, false);
        while let Some((old_state, new_state)) = todo.pop() {
            let (was, is) = (self.ends(old_state), new.ends(new_state));
            more |= is && !was;
            less |= was && !is;
            if more && less {
                return Relation::Apart;
            }
            for byte in &bytes {
                let pair = (a.next_state(old_state, *byte), b.next_state(new_state, *byte));
                let dead = a.is_dead_state(pair.0) && b.is_dead_state(pair.1);
                if !dead && seen.insert(pair) {
                    if seen.len() > MAX_PAIRS {
                        return Relation::Unknown;
                    }
                    todo.push(pair);
                }
            }
        }
        match (more, less) {
            (false, false) => Relation::Same,
            (true, false) => Relation::Looser,
            (false, true) => Relation::Tighter,
            (true, true) => Relation::Apart,
        }
    }
}

#[cfg(test)]
mod tests;
