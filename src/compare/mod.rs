//! TOOLS OF JUDGEMENT that more than one engine needs.

pub mod fields;
pub mod secrets;
pub mod text;
mod words;
