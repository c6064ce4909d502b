//! A state of a toolpack, and what is made of it once for all its calls: who may be reached, how each tool is called.

use std::sync::{Arc, OnceLock};

use super::how::How;
use super::state::State;
use crate::enforce::prepared::Prepared;
use crate::enforce::reason::Refusal;
use crate::io::net::guarded::Guarded;
use crate::model::tool::Tool;

/// A state that is served.
pub struct Ready {
    /// The state.
    pub state: Arc<State>,
    /// The way to the servers of its tools.
    pub net: Guarded,
    /// Each tool as it is called, made when it is first asked for.
    prepared: Vec<OnceLock<Result<Prepared, Refusal>>>,
}

impl Ready {
    /// Makes a state ready.
    ///
    /// # Errors
    /// Why it can't be served, in one line for whoever runs the server.
    pub fn of(state: Arc<State>, how: &How) -> Result<Ready, String> {
        let rules = how.rules(&state.pack.header.allowed_hosts)?;
        let net = Guarded::new(rules).map_err(|unfit| unfit.to_string())?;
        let prepared = state.pack.manifest.tools.iter().map(|_| OnceLock::new()).collect();
        Ok(Ready { state, net, prepared })
    }

    /// How a tool of this state is called.
    ///
    /// # Errors
    /// It can't be called.
    pub fn prepared(&self, tool: &Tool) -> Result<&Prepared, Refusal> {
        let prepared = self.prepared[tool.index].get_or_init(|| Prepared::of(&self.state.pack, tool));
        prepared.as_ref().map_err(Clone::clone)
    }
}
