//! EVIDENCE: what was judged and what it came to in, lines out that can't be changed one by one; such lines in, whether
//! they are whole out. What nobody may keep is taken out before a line is made.
//!
//! | file | what |
//! |---|---|
//! | `line` | one line: its members, its digest, how long it may be |
//! | `keep` | a value as it may be kept: redacted, long texts as excerpts |
//! | `write` | head and entries as a whole bundle |
//! | `check` | whether a bundle is whole, and where it is not |
//! | `signature` | who vouches for a bundle, in a file beside it |
//! | `shape` | the files as JSON Schema tells them |

pub mod check;
mod keep;
pub mod line;
pub mod shape;
pub mod signature;
pub mod write;

pub use check::{Broken, Checked, check};
pub use write::{Entry, Head, write};
