//! Whoever asks a server: alone with it, or among others.

use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::message::Answer;
use crate::io::failure::Failure;

/// Asks a server.
pub trait Asks {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// No answer came in time, or something that is none.
    fn ask(&mut self, method: &str, params: Map<String, Json>, until: Instant) -> Result<Answer, Failure>;

    /// How the server is called in messages.
    fn name(&self) -> &str;

    /// A failure of this server.
    fn failure(&self, message: impl Into<String>) -> Failure {
        Failure::new(self.name(), message)
    }
}
