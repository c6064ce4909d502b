//! Why a recording cannot be read on, and where.

use crate::canon::{Fault, FaultKind};

/// Why reading stopped. The words are ours alone: nothing of the recording is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What is wrong: lower case, said of the file.
    pub message: String,
    /// 1-based line; 0: none.
    pub line: u64,
    /// Bytes before the place.
    pub offset: u64,
    /// Whether the end is missing.
    pub cut: bool,
    /// What helps.
    pub hint: Option<&'static str>,
}

impl Stop {
    /// A reason without a place.
    pub fn new(message: impl Into<String>) -> Stop {
        Stop { message: message.into(), line: 0, offset: 0, cut: false, hint: None }
    }

    /// With the place.
    pub fn at(mut self, line: u64, offset: u64) -> Stop {
        (self.line, self.offset) = (line, offset);
        self
    }

    /// Since the end is missing.
    pub fn cut(mut self) -> Stop {
        self.cut = true;
        self.hint("record it again, or export it again: its end is missing")
    }

    /// With what helps.
    pub fn hint(mut self, hint: &'static str) -> Stop {
        self.hint = Some(hint);
        self
    }

    /// As a fault of a file.
    pub fn of(self, file: &str) -> Fault {
        let message = match self.line {
            0 => self.message,
            _ => format!("{} (byte {})", self.message, self.offset),
        };
        let hint = self.hint.unwrap_or("record it again, or export it again, as HAR or OTLP/JSON");
        Fault::new(file, FaultKind::Syntax, message).line(self.line.try_into().unwrap_or(u32::MAX)).hint(hint)
    }
}
