//! One thing that a doctor looked at: how it stands, and what helps.

use serde::Serialize;

use crate::canon::visible::visible;

/// Most characters of a text of the world.
pub const MOST: usize = 300;

/// How something stands, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Good,
    /// Something is missing.
    Wanting,
    /// Something is not what was approved.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Looked {
    /// What kind of thing.
    pub id: &'static str,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub what: String,
    /// What helps.
    pub fix: Option<String>,
}

impl Looked {
    /// Something, made visible.
    pub fn new(id: &'static str, state: State, what: impl Into<String>, fix: Option<&str>) -> Looked {
        Looked { id, state, what: visible(&what.into(), MOST), fix: fix.map(str::to_owned) }
    }
}
