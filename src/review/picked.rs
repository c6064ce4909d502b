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
    /// Where what stands on the page.
    pub(super) page: Page,
}

/// The page as it is laid out at this width: what stands above the rows and below them, and where each row is.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// Lines above the rows.
    pub(super) above: Vec<String>,
    /// The line of the page in which each row begins, and behind the last the one below it.
    pub(super) starts: Vec<usize>,
    /// Lines below the rows.
    pub(super) below: Vec<String>,
}

impl Page {
    /// Lines of the whole.
    pub(super) fn length(&self) -> usize {
        self.starts.last().map_or(self.above.len(), |end| *end) + self.below.len()
    }
}

impl Together {
    /// Those that stay in.
    pub(super) fn kept(&self) -> impl Iterator<Item = usize> {
        self.picked.iter().copied().filter(|item| !self.out.contains(item))
    }
}
