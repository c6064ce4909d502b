//! `cask gate …`: what is approved, and by whom.

pub mod check;
