//! Everything that happens, written down before it matters: where that can't be, nothing happens.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::enforce::audit::record::{Counted, Record, What};
use crate::enforce::audit::redact::Redactor;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::audit_log::{AuditLog, Durability};

/// Tells whoever runs the server something, on one line.
pub type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Where it is written.
pub struct Trail {
    log: Option<AuditLog>,
    /// Whether calls go on where it can't be written.
    best_effort: bool,
    /// Whether the plain digest of a request is left out.
    pub private: bool,
    /// This run: `run_` and 12 hex digits.
    pub run_id: String,
    /// `mcp`, `gateway` or `inspect`.
    pub surface: &'static str,
    tell: Tell,
    failing: AtomicBool,
}

impl Trail {
    /// A trail of a run; without a log, nothing is written.
    pub fn new(
        log: Option<AuditLog>,
        best_effort: bool,
        private: bool,
        run_id: String,
        surface: &'static str,
        tell: Tell,
    ) -> Trail {
        Trail { log, best_effort, private, run_id, surface, tell, failing: AtomicBool::new(false) }
    }

    /// Whether anything is written.
    pub fn is_kept(&self) -> bool {
        self.log.is_some()
    }

    /// From now on takes the patterns of a policy out of what is written down.
    pub fn redact_with(&self, redactor: Redactor) {
        if let Some(log) = &self.log {
            log.redact_with(redactor);
        }
    }

    /// Tells whoever runs the server something.
    pub fn tell(&self, line: &str) {
        (self.tell)(line);
    }

    /// Writes something down.
    ///
    /// # Errors
    /// It is not written, and calls must not go on without.
    pub fn write(&self, what: What, durability: Durability) -> Result<(), Refusal> {
        let Some(log) = &self.log else { return Ok(()) };
        let record = Record { run_id: self.run_id.clone(), what };
        match log.append(&record, durability) {
            Ok(_) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    self.tell("the audit log can be written again");
                }
                Ok(())
            }
            Err(failure) => {
                // Once, not for every call: a full disk would flood what tells of it.
                if !self.failing.swap(true, Ordering::Relaxed) {
                    let then = if self.best_effort { "calls go on" } else { "no call is made" };
                    self.tell(&format!("the audit log can't be written: {}; {then}", failure.message));
                }
                match self.best_effort {
                    true => Ok(()),
                    false => Err(Refusal::new(
                        ReasonCode::Internal,
                        "it could not be written down, so it was not done",
                    )),
                }
            }
        }
    }

    /// Writes down that so many tools are named to whoever asked for a list.
    ///
    /// # Errors
    /// As [`Trail::write`].
    pub fn listed(&self, tools: usize) -> Result<(), Refusal> {
        let listed = Counted { tools: Some(tools as u64), ..self.counted() };
        self.write(What::List(listed), Durability::Written)
    }

    /// Writes down that a question of inspection is answered.
    ///
    /// # Errors
    /// As [`Trail::write`].
    pub fn asked(&self, question: &str) -> Result<(), Refusal> {
        let asked = Counted { question: Some(question.to_owned()), ..self.counted() };
        self.write(What::Inspect(asked), Durability::Written)
    }

    fn counted(&self) -> Counted {
        Counted { surface: self.surface.to_owned(), ..Counted::default() }
    }

    /// Writes down what happened already. That it can't be is told, and changes nothing any more.
    pub fn note(&self, what: What, durability: Durability) {
        let _ = self.write(what, durability);
    }
}
