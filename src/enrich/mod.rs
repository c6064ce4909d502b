//! ENGINE: a tool in, the question about it that a model is asked out; what the model answered in, a text that may
//! stand in tools.json out, or why none may.
//!
//! A model's answer is a stranger's text that an agent would read as part of its orders. So it is taken whole or
//! not at all, and a text that shows anything a reviewer would be told about is none.

pub mod choice;
mod outline;
pub mod question;
pub mod refusal;
pub mod reply;
mod splice;
pub mod written;
