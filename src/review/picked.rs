//! Which tools are looked at together, and which of them were left out again.

use std::collections::BTreeSet;

/// The tools that are looked at together.
#[derive(Debug, Clone, Default)]
pub(super) struct Together {
    /// Their places in the sheet, by tier, then name.
    pub(super) picked: Vec<usize>,
    /// Those that were left out again.
    pub(super) out: BTreeSet<usize>,
    /// Open subjects that can't be taken in, and how many of them are too grave.
    pub(super) beyond: Vec<usize>,
    /// Which of the picked is meant.
    pub(super) at: usize,
    /// Whether the end was shown.
    pub(super) seen: bool,
}

impl Together {
    /// Those that stay in.
    pub(super) fn kept(&self) -> impl Iterator<Item = usize> {
        self.picked.iter().copied().filter(|item| !self.out.contains(item))
    }
}
