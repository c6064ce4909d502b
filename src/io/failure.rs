//! Could not judge, or could not do: the one error of everything above the pure layers.
//!
//! It has the five parts of the message a person sees: what, where, why, what to do, and the exit code,
//! which is always 3. "I could not look" is never "I found nothing".

use std::fmt;

use crate::canon::{Fault, FaultKind};

/// Why something could not be judged or done. Every text may quote the world: renderers escape it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What could not be judged or done (`toolpacks/shop`).
    pub subject: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What was looked for, and where, as label and text (`looked for` → …, `in` → …).
    pub looked: Vec<(String, String)>,
    /// Reasons, the nearest first.
    pub why: Vec<String>,
    /// Commands or actions that help; each of them alone may do.
    pub hints: Vec<String>,
    /// The fault of a file, if one is the cause.
    pub fault: Option<Fault>,
}

impl Failure {
    /// A failure about a subject.
    pub fn new(subject: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure {
            subject: subject.into(),
            message: message.into(),
            looked: Vec::new(),
            why: Vec::new(),
            hints: Vec::new(),
            fault: None,
        }
    }

    /// The same failure about another subject: callers know better than readers what was to be judged.
    pub fn about(mut self, subject: impl Into<String>) -> Failure {
        self.subject = subject.into();
        self
    }

    /// The same failure with what was looked for, or where.
    pub fn looked(mut self, label: impl Into<String>, text: impl Into<String>) -> Failure {
        self.looked.push((label.into(), text.into()));
        self
    }

    /// The same failure with one more reason; an empty one is left out.
    pub fn why(mut self, why: impl Into<String>) -> Failure {
        let why = why.into();
        if !why.is_empty() {
            self.why.push(why);
        }
        self
    }

    /// The same failure with one more thing that helps.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// The same failure without these texts, wherever it repeats them: what a program was given, it may say.
    pub fn without<'t>(mut self, texts: impl IntoIterator<Item = &'t str>) -> Failure {
        let Failure { subject, message, looked, why, hints, .. } = &mut self;
        for secret in texts {
            let all = [&mut *subject, &mut *message].into_iter().chain(&mut *why).chain(&mut *hints);
            for text in all.chain(looked.iter_mut().map(|(_, text)| text)) {
                *text = text.replace(secret, "…");
            }
        }
        self
    }

    /// The exit code of every failure: could not judge.
    pub const fn exit_code(&self) -> u8 {
        3
    }

    /// The same trouble told of one file, for readers that answer with a [`Fault`].
    pub fn into_fault(self, file: &str) -> Fault {
        if let Some(fault) = self.fault {
            return fault;
        }
        let mut message = self.message;
        if let Some(why) = self.why.first() {
            message = format!("{message}: {why}");
        }
        let mut fault = Fault::new(file, FaultKind::Io, message);
        fault.hint = self.hints.into_iter().next();
        fault
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure {
            subject: fault.file.clone(),
            message: fault.message.clone(),
            looked: Vec::new(),
            why: Vec::new(),
            hints: fault.hint.clone().into_iter().collect(),
            fault: Some(fault),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_keeps_its_place_and_hint() {
        let fault = Fault::new("a/b.yaml", FaultKind::Strict, "an anchor").line(4).hint("write it out");
        let failure = Failure::from(fault.clone()).about("toolpacks/shop");
        assert_eq!(failure.subject, "toolpacks/shop");
        assert_eq!(failure.hints, ["write it out"]);
        assert_eq!(failure.clone().into_fault("x"), fault);
        assert_eq!(failure.exit_code(), 3);
    }

    #[test]
    fn a_failure_told_of_a_file_keeps_its_reason() {
        let fault = Failure::new("r", "git failed").why("no such object").hint("git fsck").into_fault("a");
        assert_eq!(fault.kind, FaultKind::Io);
        assert_eq!(fault.message, "git failed: no such object");
        assert_eq!(fault.hint.as_deref(), Some("git fsck"));
    }
}
