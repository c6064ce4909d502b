//! One judgement over many machines: each judges its part of a repository's toolpacks and hands over what it found, and
//! the parts together make the one report. A run on one machine is one part that has them all, so that both go the
//! same way.
//!
//! What needs more than one toolpack is decided where all parts are: handed over is what that takes of each.

pub mod beside;
pub mod drift;
pub mod file;
pub mod part;
pub mod run;
pub mod shard;
pub mod sound;
pub mod unite;
pub mod whole;
