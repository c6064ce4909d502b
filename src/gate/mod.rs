//! ENGINE: a toolpack and its lockfile in; a new lockfile, or findings, out.

pub mod approve;
pub mod carry;
pub mod changes;
pub mod check;
mod definitions;
pub mod detached;
pub mod discovery;
pub mod draft;
pub mod enter;
mod entry;
pub mod harmless;
mod legacy;
pub mod resign;
pub mod scene;
pub mod select;
pub mod sides;
pub mod snapshot;
mod spots;
pub mod subjects;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod tombstones;
pub mod trust_files;
pub mod withdraw;
pub mod written;
