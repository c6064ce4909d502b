//! Exchanges in; a part out: what they told, small and mergeable (formats-v2 §12), as JSON lines.
//!
//! Merging is associative and commutative, and the empty part is its neutral element: files, threads and machines can
//! share the work in any way, and the bytes are the same. No body, no value of a header and no id is in a part.

mod bottom;
mod calls;
mod class;
mod formats;
mod header;
mod known;
mod literals;
mod outer;
mod reading;
mod shape;
mod sketch;
mod streamed;
mod taken;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod whole;
mod written;

pub use bottom::{Bounds, Merge};
pub use class::{ANY, CLASSES, act, class_of};
pub use header::{Header, Input};
pub use outer::Outer;
pub use shape::{ARRAY, BOOLEAN, INTEGER, NULL, NUMBER, OBJECT, STRING, Shape, TYPES, Texts, key};
pub use sketch::{Access, Body, Call, Document, Param, Sketch};
pub use streamed::{merge, read};
pub use tree::{CHILDREN, Place};
pub use whole::{Part, write};
