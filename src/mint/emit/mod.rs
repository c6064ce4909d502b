//! Files beside a toolpack's own, for people and other programs: they repeat what its baseline says, nobody signs
//! them, and no command reads them (formats-v2 §2).

pub mod contract;
mod coverage;
mod scopes;

use std::collections::BTreeMap;

use crate::canon::Node;
use crate::canon::emit::{emit_json, emit_yaml};
use crate::model::toolpack::Toolpack;

/// A kind of such files.
#[derive(Debug)]
pub struct Kind {
    /// What `--emit` takes.
    pub id: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// How the names of its files begin, below `artifact/`.
    pub prefix: &'static str,
    make: fn(&Toolpack) -> BTreeMap<String, Node>,
}

/// Every kind.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    Kind { id: "scopes", prefix: "scopes.suggested.", make: scopes::make,
        about: "tools grouped by what they do, with how sure that is" },
    Kind { id: "coverage", prefix: "coverage_report.", make: coverage::make,
        about: "which operations are described, and which were seen" },
    Kind { id: "contract", prefix: "contract.", make: contract::make,
        about: "OpenAPI 3.1, one document a host" },
];

/// The folder that they lie in.
pub const FOLDER: &str = "artifact";

/// The texts of a kind, by path below the toolpack's folder.
pub fn texts(kind: &Kind, pack: &Toolpack) -> BTreeMap<String, String> {
    let made = (kind.make)(pack).into_iter().map(|(name, node)| {
        let text = if name.ends_with(".json") { emit_json(&node) } else { emit_yaml(&node) };
        (format!("{FOLDER}/{name}"), text)
    });
    made.collect()
}
