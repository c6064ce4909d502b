//! One row of the tables of phrases: which words, in which order, are a cue.

use super::cue::CueKind;

/// A phrase that is a cue.
///
/// Patterns run on the folded view: lower case, no accents, no emphasis marks, straight quotes, each blank
/// or line end as one character; a space in a pattern stands for either. They are byte patterns
/// (`(?s-u)`): `\b` and `\w` know ASCII only and letters of other scripts stand literally.
///
/// The three patterns replace look-around: `start` finds a place; `then` must be found in the rest of the
/// sentence behind it (at most 200 bytes), where that is needed; `unless` must not. Each runs in linear
/// time and the rest is bounded, so no text makes a row slow.
#[derive(Debug)]
pub struct Row {
    /// The cue it is.
    pub kind: CueKind,
    /// Finds a place. With a group, the quote starts at the group.
    pub start: &'static str,
    /// Must follow in the same sentence; empty: nothing needs to follow.
    pub then: &'static str,
    /// Must not follow in the same sentence; empty: nothing is in the way.
    pub unless: &'static str,
    /// Whether naming a tool of the same pack in the sentence makes it a mere hint on the order of calls.
    pub order_hint: bool,
    /// Whether it runs on the text as written (letter case, quotes and emphasis marks count).
    pub verbatim: bool,
}

impl Row {
    /// A row: the kind, where it starts and what must follow.
    pub const fn new(kind: CueKind, start: &'static str, then: &'static str) -> Row {
        Row { kind, start, then, unless: "", order_hint: false, verbatim: false }
    }

    /// The same row, silent if this follows.
    pub const fn unless(mut self, unless: &'static str) -> Row {
        self.unless = unless;
        self
    }

    /// The same row, silent if the sentence names a tool of the same pack.
    pub const fn order_hint(mut self) -> Row {
        self.order_hint = true;
        self
    }

    /// The same row on the text as written.
    pub const fn verbatim(mut self) -> Row {
        self.verbatim = true;
        self
    }
}
