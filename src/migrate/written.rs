//! Trees of version 2 in, the texts to write and the toolpack that they are read back as out; what version 2
//! refuses is told as what it cannot hold of the old files.

use std::collections::BTreeMap;

use crate::canon::{Fault, Node};
use crate::model::toolpack::Toolpack;
use crate::model::written::{self, Trees};

/// The texts of header, manifest, groups, policy and baseline, by path.
pub(super) fn texts(v1: &Toolpack, trees: [&Node; 5]) -> BTreeMap<String, String> {
    let [header, tools, toolsets, policy, baseline] = trees;
    let paths = [&v1.header.tools, &v1.header.toolsets, &v1.header.policy, &v1.header.baseline];
    written::texts(paths.map(String::as_str), Trees { header, tools, toolsets, policy, baseline })
}

/// Reads the texts as everybody else will.
///
/// # Errors
/// What version 2 refuses; the line is that of the file that would have been written.
pub(super) fn read_back(v1: &Toolpack, files: &BTreeMap<String, String>) -> Result<Toolpack, Fault> {
    written::read_back(&v1.dir, files, &v1.files).map_err(|mut fault| {
        fault.message = format!("version 2 cannot hold this: {}", fault.message);
        // The line is of a file that nobody has.
        fault.line = 0;
        fault
    })
}
