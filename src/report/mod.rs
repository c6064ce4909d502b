//! RENDERERS: a report in, text out.
//!
//! Everything a stranger wrote reaches a renderer only through [`escape`] (one encoder per sink) or
//! [`patch`] (differences); [`width`] measures and wraps what is already safe.

pub mod escape;
pub mod patch;
pub mod width;
