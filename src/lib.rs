//! cask: the gate that stands between AI agents and what they may do.
//!
//! Modules in layer order; each may use those above it only (`tests/house/order.rs`). docs/design.md tells why.

// The pure layers touch nothing of the world (clippy.toml); the heads of `io` and `cmd` allow it for theirs.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod canon;
pub mod rules;

pub mod model;

pub mod compare;
pub mod sign;

pub mod bundle;
pub mod capture;
pub mod clients;
pub mod comply;
pub mod diff;
pub mod drift;
pub mod enforce;
pub mod enrich;
pub mod evidence;
pub mod gate;
pub mod github;
pub mod judge;
pub mod lint;
pub mod migrate;
pub mod mint;
pub mod observe;
pub mod propose;
pub mod repair;
pub mod report;
pub mod review;
pub mod source;
pub mod verify;

pub mod io;

pub mod run;

pub mod receive;

pub mod cli;
pub mod cmd;
