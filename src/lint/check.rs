//! What a check of a state is, and where its findings stand.

use crate::canon::Node;
use crate::model::finding::{Finding, Place, Side};
use crate::model::toolpack::Toolpack;
use crate::rules::Rule;

/// One check: a row of the table of checks.
pub struct Check {
    /// Every rule that it can emit.
    pub emits: &'static [&'static Rule],
    /// Looks at the toolpack.
    pub run: fn(&Toolpack) -> Vec<Finding>,
}

/// A place in a file of a toolpack.
pub fn place(pack: &Toolpack, file: &str, root: &Node, pointer: &str) -> Place {
    let line = root.at(pointer).map_or(root.line, |node| node.line).max(1);
    Place { file: pack.path(file), line, pointer: pointer.to_owned(), side: Side::Head }
}
