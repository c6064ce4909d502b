//! What `cask doctor --format json` prints: the members of `cask.doctor/1` and `cask.protections/1` in their order. Only
//! ever added to: readers rely on every name here.

use schemars::JsonSchema;
use serde::Serialize;

use crate::canon::visible::visible;

/// Most characters of a text of the world.
pub const MOST: usize = 300;

/// A toolpack that is to be served.
#[derive(Serialize, JsonSchema)]
pub struct Doctor {
    /// `cask.doctor/1`.
    #[schemars(extend("const" = "cask.doctor/1"))]
    pub schema: &'static str,
    /// The id of the toolpack.
    pub toolpack: String,
    /// The toolset that would be served; null: all tools.
    pub toolset: Option<String>,
    /// 0 if all is good, 1 if something is wanting, 2 if something is broken.
    pub exit_code: u8,
    /// Tools of the toolset.
    pub tools: u64,
    /// Those of them that would be served.
    pub served: u64,
    /// What was looked at.
    pub checks: Vec<Looked>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Looked {
    /// What kind of thing it is.
    pub id: &'static str,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub what: String,
    /// What helps; null where nothing has to.
    pub fix: Option<String>,
}

impl Looked {
    /// Something, made visible.
    pub fn new(id: &'static str, state: State, what: impl Into<String>, fix: Option<&str>) -> Looked {
        Looked { id, state, what: visible(&what.into(), MOST), fix: fix.map(str::to_owned) }
    }
}

/// How something stands, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Good,
    /// Not yet as it should be.
    Wanting,
    /// Changed or forged.
    Broken,
}

/// What protects the gate on GitHub.
#[derive(Serialize, JsonSchema)]
pub struct Protections<'a> {
    /// `cask.protections/1`.
    #[schemars(extend("const" = "cask.protections/1"))]
    pub schema: &'static str,
    /// The repository.
    pub repository: &'a str,
    /// The branch whose rules were looked at.
    pub branch: &'a str,
    /// The check that the gate gives.
    pub check: &'a str,
    /// 0 if all are there, 1 if one is missing, 3 if one could not be seen.
    pub exit_code: u8,
    /// Each of them.
    pub protections: Vec<Protection<'a>>,
    /// What no token of ours is told.
    pub not_looked_at: [&'static str; 1],
}

/// One of them, and how it stands.
#[derive(Serialize, JsonSchema)]
pub struct Protection<'a> {
    /// A word for programs.
    pub id: &'static str,
    /// How it stands.
    #[schemars(extend("enum" = ["there", "missing", "not-looked-at"]))]
    pub state: &'static str,
    /// What is protected.
    pub what: &'static str,
    /// What happens without it.
    pub without: &'static str,
    /// Where it is switched on, or what lets it be seen; null where it is there.
    pub fix: Option<String>,
    /// Why it could not be seen; null where it was.
    pub reason: Option<&'a str>,
}
