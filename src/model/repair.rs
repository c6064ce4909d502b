//! What is wrong with a toolpack and what can be done about it: the members of `cask.repair/1` in their order; only ever
//! added to. Nothing of it is carried out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::compliance::Pack;
use crate::rules::Severity;

/// A diagnosis and a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Repair {
    /// `cask.repair/1`.
    #[schemars(extend("const" = "cask.repair/1"))]
    pub schema: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// The toolpack.
    pub toolpack: Pack,
    /// 0 if nothing is wrong, 1 if something is, 2 if a signature or digest does not hold.
    pub exit_code: u8,
    /// What is wrong.
    pub diagnosis: Diagnosis,
    /// What can be done: a row a command.
    pub plan: Vec<Patch>,
    /// Credentials that were taken out of texts.
    pub redacted: usize,
}

/// What is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// How many, by severity.
    pub by_severity: BTreeMap<Severity, usize>,
    /// How many, by where it was seen.
    pub by_source: BTreeMap<Source, usize>,
    /// Ids of issues by what they are about.
    pub clusters: BTreeMap<String, Vec<String>>,
    /// What was looked at.
    pub looked_at: Vec<String>,
    /// What could not be.
    pub not_looked_at: Vec<String>,
    /// Each of them, the gravest first.
    pub issues: Vec<Issue>,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// What `cask gate check` finds.
    Gate,
    /// What `cask doctor` sees.
    Doctor,
    /// What `cask lint` finds.
    Lint,
    /// Calls that were refused.
    Audit,
    /// A report of drift that was kept.
    Drift,
    /// A report of verification that was kept.
    Verify,
}

impl Source {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Source::Gate => "gate",
            Source::Doctor => "doctor",
            Source::Lint => "lint",
            Source::Audit => "audit",
            Source::Drift => "drift",
            Source::Verify => "verify",
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Issue {
    /// The same as long as source, code and subject are.
    pub id: String,
    /// Where it was seen.
    pub source: Source,
    /// Rule id, reason code, or what doctor looked at.
    pub code: String,
    /// How grave it is.
    pub severity: Severity,
    /// Whether a signature or digest does not hold.
    pub tampering: bool,
    /// What it is about: a tool, or a part of the toolpack. A stranger's word.
    pub subject: String,
    /// What was seen. May quote strangers.
    pub what: String,
    /// How often it was seen.
    pub count: u64,
    /// By what it can be seen: a file, a fingerprint.
    pub evidence: Vec<String>,
}

/// What a command does to what is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It only looks.
    Safe,
    /// It changes what may be called: somebody has to sign.
    ApprovalNeeded,
    /// A person has to find out, or change something by hand.
    ByHand,
}

impl Kind {
    /// The words in reports.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Safe => "safe",
            Kind::ApprovalNeeded => "approval needed",
            Kind::ByHand => "by hand",
        }
    }
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Patch {
    /// The same as long as action and command are.
    pub id: String,
    /// What it does to what is approved.
    pub kind: Kind,
    /// A word for programs.
    pub action: &'static str,
    /// What is to be done, and why so.
    pub text: &'static str,
    /// The command, word by word; null where no command does it. Every word is one that any shell takes as it is.
    pub command: Option<Vec<String>>,
    /// Ids of the issues that it is about.
    pub issues: Vec<String>,
}
