//! Everything that happens, written down before it matters: where that can't be, nothing happens.

use std::sync::atomic::{AtomicBool, Ordering};

use super::apart::apart;
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

    /// Writes something down. It may wait for the disk, or for another process that writes: other tasks go on meanwhile.
    ///
    /// # Errors
    /// It is not written, and calls must not go on without.
    pub fn write(&self, what: What, durability: Durability) -> Result<(), Refusal> {
        let Some(log) = &self.log else { return Ok(()) };
        let record = Record { run_id: self.run_id.clone(), what };
        // As a rule nobody else writes, and then it takes less time than to have another thread go on meanwhile.
        let at_once = (durability == Durability::Written).then(|| log.append_at_once(&record)).flatten();
        match at_once.unwrap_or_else(|| apart(|| log.append(&record, durability))) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::enforce::audit::record::Stop;

    fn trail(dir: &tempfile::TempDir) -> Trail {
        let (log, _) = AuditLog::open(&dir.path().join("log.jsonl"), 1 << 20).unwrap();
        Trail::new(Some(log), false, false, "run_0123456789ab".to_owned(), "mcp", Box::new(|_| ()))
    }

    fn ended() -> What {
        What::Stop(Stop::default())
    }

    /// One process that held the log for ten seconds stopped all calls of another, on every thread.
    #[test]
    fn while_another_process_holds_the_log_other_tasks_go_on() {
        let dir = tempfile::tempdir().unwrap();
        let trail = Arc::new(trail(&dir));
        let lock = std::fs::File::open(dir.path().join("log.jsonl.lock")).unwrap();
        lock.lock().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let writing = Arc::clone(&trail);
        let written = runtime.spawn(async move { writing.write(ended(), Durability::Written) });
        // There is one worker, and it writes; the next task comes to its turn all the same.
        let other = runtime.spawn(async { tokio::time::sleep(Duration::from_millis(50)).await });
        let waited = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), other).await });
        assert!(waited.is_ok() && !written.is_finished());
        lock.unlock().unwrap();
        assert_eq!(runtime.block_on(written).unwrap(), Ok(()));
    }

    #[test]
    fn it_writes_on_one_thread_and_on_none_of_a_runtime_too() {
        let dir = tempfile::tempdir().unwrap();
        let trail = trail(&dir);
        let one = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(one.block_on(async { trail.write(ended(), Durability::Written) }), Ok(()));
        assert_eq!(trail.write(ended(), Durability::Synced), Ok(()));
    }
}
