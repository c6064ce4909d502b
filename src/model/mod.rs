//! NOUNS: the types of the domain and their invariants.
//!
//! Each governed file has one module: the types that JSON Schemas are made from, and a `read` that turns a
//! tree into them or says where it is wrong. What a file says beyond the typed facts stays in its `raw`
//! node, since digests are over everything.

pub mod at;
pub mod baseline;
pub mod bytes;
pub mod client;
pub mod command;
pub mod compliance;
pub mod config;
pub mod contracts;
pub mod draft;
pub mod drift_file;
pub mod exchange;
pub mod finding;
pub mod gate_config;
pub mod kept;
pub mod limits;
pub mod lockfile;
pub mod login;
pub mod media;
pub mod origin;
pub mod page_assertions;
pub mod phrase;
pub mod policy;
mod policy_read;
pub mod repair;
pub mod report;
pub mod risk;
pub mod runtime;
pub mod schema;
pub mod schema_version;
pub mod seen;
pub mod snapshot;
pub mod subject_state;
pub mod surface;
pub mod tool;
pub mod toolpack;
pub mod toolset;
pub mod trail;
pub mod trust;
pub mod verdict;
pub mod verified;
pub mod written;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing_pack;
