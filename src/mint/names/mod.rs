//! Operations in, the names of their tools out: `verb_noun`, as a person would choose them, the same in every run
//! and whatever stands beside them (formats-v2 §6).

mod propose;
mod segments;
mod settle;
mod verbs;

pub(super) use propose::{Named, Proposal, propose};
pub(super) use segments::{Kind, Segment, plain_words, segments};
pub(super) use settle::{Nameless, settle};
pub(super) use verbs::is_action;

#[cfg(test)]
pub(super) mod deviations;
#[cfg(test)]
mod tests;
