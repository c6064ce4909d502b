//! ENGINE: a toolpack and its lockfile in; a new lockfile, or findings, out.

pub mod check;
pub mod discovery;
mod entry;
mod legacy;
pub mod sides;
pub mod snapshot;
pub mod subjects;
pub mod tombstones;
pub mod trust_files;
