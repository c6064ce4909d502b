//! Why a change of a trust file can't be made: shared by the parts of editing.

use std::fmt;

/// What is wrong, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Lower case, no full stop.
    pub message: String,
    /// An action.
    pub hint: Option<String>,
}

impl Refused {
    /// What is wrong.
    pub fn new(message: impl Into<String>) -> Refused {
        Refused { message: message.into(), hint: None }
    }

    /// With what can be done.
    pub fn hint(mut self, hint: impl Into<String>) -> Refused {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}
