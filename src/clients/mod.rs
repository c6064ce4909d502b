//! ENGINE: configurations of agent clients, workflows and hooks, before and after, in; findings out.
//!
//! They belong to no toolpack, so nobody signs them: a finding about them is answered by taking the change back, by
//! locking the server in a toolpack whose surface is signed, or by an entry that the owners sign in gate.yaml.

pub mod around;
mod asked;
pub mod guards;
mod guards_read;
pub mod locked;
mod place;
mod script;
mod servers;
mod settings;
pub mod state;

use crate::model::client::ClientFile;
use crate::model::finding::Finding;
pub use around::Around;

/// What changed between the client configurations of two states.
pub fn run(base: &[ClientFile], head: &[ClientFile], around: &Around) -> Vec<Finding> {
    let mut found = servers::run(base, head, around);
    found.extend(asked::run(base, head));
    found.extend(settings::run(base, head));
    found
}
