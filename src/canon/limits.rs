//! How much of a hostile file is read before it is refused: one value handed to every reader.
//!
//! The bytes differ per kind of file and are the caller's; the rest is the same everywhere.

/// The bounds of one read. Over any of them the file is refused (`FaultKind::Limit`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file, and bytes of text once every alias is written out.
    pub bytes: usize,
    /// Lists and maps inside each other; never more than [`Limits::DEPTH_MAX`] whatever is asked for.
    pub depth: usize,
    /// Values in the whole file, each use of an alias counted with all that it stands for.
    pub nodes: usize,
    /// Bytes of one text, key or number.
    pub text: usize,
    /// Uses of aliases (YAML 1.1 files only).
    pub aliases: usize,
}

impl Limits {
    /// Depth that no caller can raise: the tree is walked by recursion.
    pub const DEPTH_MAX: usize = 256;
    /// Digits of one integer. The reference refuses longer ones too, so they have no digest.
    pub const DIGITS: usize = 4300;

    /// The usual bounds for a file of at most `bytes` bytes; no aliases.
    pub const fn new(bytes: usize) -> Limits {
        Limits { bytes, depth: 128, nodes: 5_000_000, text: 1 << 20, aliases: 0 }
    }

    /// The same with up to `n` uses of aliases and, since those multiply, fewer values.
    pub const fn with_aliases(mut self, n: usize) -> Limits {
        self.aliases = n;
        self.nodes = 500_000;
        self
    }

    /// The depth in force.
    pub(super) fn depth_in_force(&self) -> usize {
        self.depth.min(Limits::DEPTH_MAX)
    }
}
