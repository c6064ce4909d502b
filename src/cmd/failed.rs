//! Why a command ends with exit 3, in the form that reports show.

use crate::canon::near::near;
use crate::canon::{Fault, FaultKind};
use crate::cmd::schema_kinds::KINDS;
use crate::io::Failure;
use crate::io::together::Unplaced;
use crate::model::report::Unjudged;
use crate::rules::{Rule, lock, pack};

/// What every command returns: its exit code, or why it could not judge.
pub type Outcome = Result<u8, Failed>;

/// A failure to judge or to do what was asked. Always exit 3.
#[derive(Debug, Clone)]
pub struct Failed(pub Box<Unjudged>);

impl Failed {
    /// A failure in our own words.
    pub fn new(kind: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Failed {
        Failed(Box::new(Unjudged {
            kind,
            does: false,
            subject: subject.into(),
            message: message.into(),
            fault: None,
            looked: Vec::new(),
            why: Vec::new(),
            hints: Vec::new(),
            rule: None,
        }))
    }

    /// With what the reader can do.
    pub fn hint(mut self, hint: impl Into<String>) -> Failed {
        self.0.hints.push(hint.into());
        self
    }

    /// With the names that were perhaps meant by a word that names nothing, each as it is typed.
    pub fn meant<'n>(
        self,
        word: &str,
        names: impl IntoIterator<Item = &'n str>,
        typed: impl Fn(&str) -> String,
    ) -> Failed {
        near(word, names)
            .into_iter()
            .fold(self, |failed, name| failed.hint(format!("{:<20} (did you mean this?)", typed(name))))
    }

    /// That a toolpack has no toolset of this name.
    pub fn no_toolset<'n>(
        subject: impl Into<String>,
        set: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Failed {
        let known: Vec<&str> = known.into_iter().collect();
        let failed = Failed::new("input", subject, format!("there is no toolset {set:?}"));
        let failed = failed.meant(set, known.iter().copied(), |name| format!("--toolset {name}"));
        match known.is_empty() {
            true => failed.hint("leave out --toolset: it has none"),
            false => failed.hint(format!("it has: {}", known.join(", "))),
        }
    }

    /// Files of a toolpack that were to be put in place together. `mixed`: what is to be done where some could not even
    /// be put back.
    pub fn unplaced(unplaced: Unplaced, mixed: &str) -> Failed {
        let failed = Failed::from(unplaced.fault);
        match unplaced.mixed.is_empty() {
            true => failed.why("every file stands as it was before"),
            false => unplaced
                .mixed
                .iter()
                .fold(failed, |failed, path| failed.looked("not put back", path.display().to_string()))
                .hint(format!("`git checkout` the toolpack: {mixed}")),
        }
    }

    /// With what was looked for, or where.
    pub fn looked(mut self, label: impl Into<String>, text: impl Into<String>) -> Failed {
        self.0.looked.push((label.into(), text.into()));
        self
    }

    /// With why.
    pub fn why(mut self, why: impl Into<String>) -> Failed {
        self.0.why.push(why.into());
        self
    }

    /// With the rule that says so.
    pub fn rule(mut self, rule: &'static Rule) -> Failed {
        self.0.rule = Some(rule);
        self
    }

    /// As the failure of a command that does not judge: what it is about stands in the message.
    pub fn plainly(mut self) -> Failed {
        let subject = std::mem::take(&mut self.0.subject);
        if !subject.is_empty() && self.0.fault.as_ref().is_none_or(|fault| fault.file != subject) {
            self.0.message = format!("{subject}: {}", self.0.message);
        }
        self.0.does = true;
        self
    }

    /// With what could not be judged.
    pub fn about(mut self, subject: impl Into<String>) -> Failed {
        self.0.subject = subject.into();
        self
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed::new("io", "the result", format!("it can't be written: {error}"))
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Failed {
        let rule = match fault.kind {
            FaultKind::Version => Some(pack::SCHEMA_VERSION_UNKNOWN),
            FaultKind::Conflict => Some(lock::CONFLICT_MARKERS),
            _ => None,
        };
        let mut failed = Failed::new("input", fault.file.clone(), fault.message.clone());
        failed.0.hints.push(fault.hint.clone().unwrap_or_else(|| remedy(&fault)));
        failed.0.rule = rule;
        failed.0.fault = Some(fault);
        failed
    }
}

/// What helps against a fault that names nothing of its own.
fn remedy(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::Limit => "split it, or take out what is not needed".to_owned(),
        FaultKind::Content | FaultKind::Version => match schema_of(&fault.file) {
            Some(kind) => format!("correct it; `cask schema {kind}` prints what the file may hold"),
            None => "correct it, or restore the last version that could be read".to_owned(),
        },
        FaultKind::Syntax | FaultKind::Strict | FaultKind::Conflict => {
            "correct it, or restore the last version that could be read".to_owned()
        }
        FaultKind::Place => "put the file itself there, as a regular file".to_owned(),
        FaultKind::Missing => "restore it".to_owned(),
        FaultKind::Io => "make it readable for the user that runs cask, then run again".to_owned(),
    }
}

/// The name under which `cask schema` knows a file.
fn schema_of(file: &str) -> Option<&'static str> {
    let name = file.rsplit('/').next().unwrap_or_default();
    KINDS.iter().find(|kind| kind.file == name).map(|kind| kind.name)
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        let mut failed = match failure.fault {
            Some(fault) => Failed::from(fault),
            None => Failed::new("io", String::new(), String::new()),
        };
        failed.0.subject = failure.subject;
        failed.0.message = failure.message;
        failed.0.looked = failure.looked;
        failed.0.why = failure.why;
        for hint in failure.hints {
            // A fault's own hint is among them already.
            if !failed.0.hints.contains(&hint) {
                failed.0.hints.push(hint);
            }
        }
        failed
    }
}
