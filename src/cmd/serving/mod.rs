//! Serving: the options of `run`, `serve` and `enforce`, and what they start.

pub mod again;
pub mod container;
pub mod files;
pub mod how;
pub mod listening;
pub mod load;
pub mod lone;
pub mod reach;
pub mod read;
pub mod say;
pub mod start;
pub mod switched;
pub mod terms;
pub mod unattended;
pub mod what;
