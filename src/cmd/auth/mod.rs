//! `cask auth`: logins that a browser is given when it records, kept sealed. Nothing of what is in them is ever shown.

pub mod clear;
pub mod list;
pub mod login;
mod profile;
pub mod secret;
pub mod status;
pub mod stored;
