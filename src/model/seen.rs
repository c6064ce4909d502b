//! What calls showed of the inputs of an operation, beyond what its schema says: facts that nobody signs and that no
//! toolpack holds. Drafting looks at them, and nothing that judges does.

use std::collections::BTreeMap;

use crate::canon::Node;

/// How many values of an input there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variety {
    /// More than is known of it could tell.
    #[default]
    Unknown,
    /// Always the same.
    One,
    /// Several.
    Many,
}

/// What was seen of one input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// How many values there were.
    pub variety: Variety,
    /// Those that may be told, in order, each with how many calls had it: none that is an id, somebody's own, or was
    /// taken out of the recording. Of numbers the bounds alone are known, and count as had by one.
    pub values: Vec<(Node, u64)>,
    /// Whether those are all.
    pub is_all: bool,
}

/// What was seen of one operation, or of one operation of a GraphQL endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// How often it was called.
    pub calls: u64,
    /// How often it was answered with a status below 400.
    pub answered: u64,
    /// How many of its calls failed, at most.
    pub failed: u64,
    /// Its inputs by place, as tools.json names places: `path.id`, `query.page`, `body./name`.
    pub inputs: BTreeMap<String, Seen>,
}

/// By the key of the operation in the baseline and, at a GraphQL endpoint, the name of the operation there.
pub type Told = BTreeMap<(String, Option<String>), Heard>;
