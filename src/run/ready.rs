//! A state of a toolpack, and what is made of it once for all its calls: who may be reached, how each tool is called.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::how::How;
use super::state::State;
use crate::enforce::arguments::Arguments;
use crate::enforce::audit::redact::Redactor as Shown;
use crate::enforce::offer;
use crate::enforce::prepared::Prepared;
use crate::enforce::reason::Refusal;
use crate::enforce::redaction::Redactor;
use crate::enforce::served::Served as Output;
use crate::io::net::guarded::Guarded;
use crate::model::tool::Tool;

/// A state that is served.
pub struct Ready {
    /// The state.
    pub state: Arc<State>,
    /// The way to the servers of its tools.
    pub net: Guarded,
    /// What the policy takes out of answers.
    pub redactor: Redactor,
    /// The same for what is written down, and shown to who grants a call.
    pub shown: Shown,
    /// The schema that the answers of each tool are promised to have, made when it is first asked for.
    outputs: Vec<OnceLock<Option<Output>>>,
    /// Each tool as it is called, made when it is first asked for.
    prepared: Vec<OnceLock<Result<Prepared, Refusal>>>,
}

/// What a state's policy takes out of what is written down.
///
/// # Errors
/// A pattern can't be kept.
pub fn shown(state: &State) -> Result<Shown, String> {
    Shown::of(&state.pack.policy)
}

impl Ready {
    /// Makes a state ready.
    ///
    /// # Errors
    /// Why it can't be served, in one line for whoever runs the server.
    pub fn of(state: Arc<State>, how: &How) -> Result<Ready, String> {
        let rules = how.rules(&state.pack.header.allowed_hosts)?;
        let net = Guarded::new(rules).map_err(|unfit| unfit.to_string())?;
        let redactor = Redactor::of(&state.pack.policy).map_err(|refusal| refusal.message)?;
        let shown = shown(&state)?;
        let tools = &state.pack.manifest.tools;
        let prepared = tools.iter().map(|_| OnceLock::new()).collect();
        let outputs = tools.iter().map(|_| OnceLock::new()).collect();
        Ok(Ready { state, net, redactor, shown, outputs, prepared })
    }

    /// How a tool of this state is called.
    ///
    /// # Errors
    /// It can't be called.
    pub fn prepared(&self, tool: &Tool) -> Result<&Prepared, Refusal> {
        let prepared = self.prepared[tool.index].get_or_init(|| Prepared::of(&self.state.pack, tool));
        prepared.as_ref().map_err(Clone::clone)
    }

    /// The path of a call as it is written down and shown: stars for the values that policy and their own shape withhold.
    pub fn shown_path(&self, tool: &Tool, arguments: &Arguments, fields: &BTreeSet<String>) -> String {
        let shown = self.shown.shown(&arguments.values, fields);
        let is_shown = |name: &str| shown.get(name) == arguments.values.get(name);
        self.prepared(tool).map(|prepared| prepared.shown_path(arguments, is_shown)).unwrap_or_default()
    }

    /// The schema that the answers of a tool are promised to have, if one is.
    pub fn output(&self, tool: &Tool) -> Option<&Output> {
        self.outputs[tool.index].get_or_init(|| offer::output(&self.state.pack, tool)).as_ref()
    }
}
