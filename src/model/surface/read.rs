//! An entry of a baseline in, the operation out, by the generation that wrote it down.

use super::locked::Locked;
use super::{v1, v2};
use crate::canon::Fault;
use crate::model::baseline::{Baseline, Entry};
use crate::model::schema_version::Generation;

/// Reads an entry. `None` if it is no HTTP operation.
///
/// # Errors
/// A fault with line and pointer: a wrong type, an unknown word, a key that is no operation's.
pub fn read<'a>(file: &str, baseline: &'a Baseline, entry: &'a Entry) -> Result<Option<Locked<'a>>, Fault> {
    match baseline.generation {
        Generation::V1 => v1::read(file, baseline, entry).map(Some),
        Generation::V2 => v2::read(file, baseline, entry),
    }
}
