//! What is asked of a comparison: the day of it, and the bounds of gate.yaml that recorded calls are held against.

use crate::canon::time::Timestamp;
use crate::model::gate_config::{Budgets, GateFile};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The day on which is compared, where it matters.
    pub now: Option<Timestamp>,
    /// Percent of the operations that have to be called.
    pub coverage: u32,
    /// Percent of calls that may end with a failure of the server.
    pub error_rate: u32,
    /// How many times longer than before answers may take.
    pub latency_factor: u32,
}

impl Limits {
    /// The usual ones, on a day.
    pub fn on(now: Option<Timestamp>) -> Limits {
        Limits::new(now, 0, &Budgets::default())
    }

    /// Those of a gate.yaml.
    pub fn of(gate: &GateFile, now: Timestamp) -> Limits {
        Limits::new(Some(now), gate.coverage.min, &gate.limits)
    }

    fn new(now: Option<Timestamp>, coverage: u32, budgets: &Budgets) -> Limits {
        let (error_rate, latency_factor) = (budgets.error_rate, budgets.latency_factor);
        Limits { now, coverage, error_rate, latency_factor }
    }
}
