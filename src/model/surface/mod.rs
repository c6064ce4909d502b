//! An operation as it was locked, whichever generation of baseline.json wrote it down, and where each of its
//! parts stands there. What every comparison of surfaces works on: a source that can write an entry of
//! baseline.json needs nothing else to be compared.

mod locked;
mod places;
mod read;
mod v1;
mod v2;

pub use locked::Locked;
pub use places::Places;
pub use read::read;
pub use v1::{UNKNOWN as UNKNOWN_V1, scheme};
