//! The output schema that a tool is served with in, what of its answers does not keep it out.

use super::validator::{Bounds, Misfit, Validator, fits};
use crate::canon::Node;
use crate::canon::json::from_node;

/// How large data may be that is held against a schema: its size was bounded when it was received, but what compares
/// calls itself at every level.
const BOUNDS: Bounds = Bounds { depth: 32, values: usize::MAX, bytes: usize::MAX };

/// Why an answer cannot be given as what was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// For the agent.
    pub why: &'static str,
    /// Where, and what it breaks: for the log.
    pub misfit: Misfit,
}

/// An output schema as clients are shown it, compiled: they refuse data that does not fit, and their agents would not
/// learn that the call took place.
#[derive(Debug, Clone)]
pub struct Served {
    schema: Node,
    validator: Validator,
}

impl Served {
    /// Of a schema. None if it cannot be compiled: it is not promised then.
    pub fn of(schema: Node) -> Option<Served> {
        let validator = Validator::of(&schema).ok()?;
        Some(Served { schema, validator })
    }

    /// The schema.
    pub fn schema(&self) -> &Node {
        &self.schema
    }

    /// Why data cannot be given as what was promised.
    pub fn fault(&self, data: &Node) -> Option<Fault> {
        let whole = |keyword: &str, why| {
            Some(Fault { why, misfit: Misfit { pointer: String::new(), keyword: keyword.to_owned() } })
        };
        if !data.is_map() {
            return whole("type", "its answer is no object, as its output schema says");
        }
        let Some(data) = from_node(data) else {
            return whole("integers of 64 bits", "its answer has an integer of more than 64 bits");
        };
        if !fits(&data, BOUNDS) {
            return whole("what can be compared", "its answer is too deep to be given as data");
        }
        let misfit = self.validator.misfit(&data)?;
        Some(Fault { why: "its answer does not fit its output schema", misfit })
    }
}
