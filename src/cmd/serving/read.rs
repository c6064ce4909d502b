//! What was read for serving.

use std::path::PathBuf;

use crate::model::gate_config::GateConfig;
use crate::run::state::State;

/// A toolpack that was read, and what is to be told of it.
pub struct Read {
    /// The toolpack with its approvals.
    pub state: State,
    /// Where the trust file was read, for people; none where approvals are not asked for.
    pub trust: Option<String>,
    /// Whether it was read where whoever changes the toolpack can't change it.
    pub is_anchored: bool,
    /// The gate.yaml that counts beside it.
    pub gate: Option<GateConfig>,
    /// What paths are judged from: the root of the repository, or the folder that stands for it.
    pub root: PathBuf,
    /// Where toolpack.yaml lies below that; empty where there is none.
    pub header: String,
    /// What whoever starts the server should know, one line each.
    pub warnings: Vec<String>,
}
