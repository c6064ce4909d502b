//! What a model is told by a definition: every text of it, and what a new text says that no approved one did.

mod cues;
mod texts;

pub use cues::{Heard, Reworded, hear};
pub use texts::{Spot, Text, Texts, is_link};
