//! `cask state`: what locks the state folder, and what of it can be taken away.

pub mod shape;
pub mod status;
pub mod unlock;
