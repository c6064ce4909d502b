//! A report: everything that a renderer needs, and nothing that it would have to judge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::command::{Command, Here};
use super::finding::{Finding, Subject};
use super::gate_config::FailOn;
use super::lockfile::Status;
use super::phrase::Phrase;
use super::risk::RiskTier;
pub use super::verdict::Verdict;
use super::verified::Verified;
use crate::canon::Fault;
use crate::canon::time::Timestamp;
use crate::rules::Rule;

/// Where one side of a comparison came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Git objects.
    Git,
    /// Git objects that this clone lacks, as the server has them.
    #[serde(rename = "api")]
    Server,
    /// The work tree of a repository.
    Worktree,
    /// A plain folder.
    Folder,
    /// One file.
    File,
    /// An approved snapshot.
    Snapshot,
    /// A server that was asked.
    Mcp,
    /// Nothing there.
    None,
}

impl SourceKind {
    /// Whether it is a commit, wherever that was read.
    pub fn is_commit(self) -> bool {
        matches!(self, SourceKind::Git | SourceKind::Server)
    }

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Git => "git",
            SourceKind::Server => "api",
            SourceKind::Worktree => "worktree",
            SourceKind::Folder => "folder",
            SourceKind::File => "file",
            SourceKind::Snapshot => "snapshot",
            SourceKind::Mcp => "mcp",
            SourceKind::None => "none",
        }
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// Full commit, if it is one.
    pub commit: Option<String>,
    /// What people call it: branch name, path. A stranger's word.
    pub name: String,
}

impl Source {
    /// For a side that does not exist.
    pub fn none() -> Source {
        Source { kind: SourceKind::None, commit: None, name: String::new() }
    }
}

/// The trust file that judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustUsed {
    /// Where it was read.
    pub source: Source,
    /// Repository-relative path.
    pub path: String,
    /// Its version.
    pub version: u32,
    /// Its digest.
    pub digest: String,
    /// Whether it was read where the head can't reach it.
    pub anchored: bool,
    /// Signers with live keys that count: id and key ids.
    pub signers: Vec<(String, Vec<String>)>,
    /// The version that the head brings and that was not used.
    pub head_version: Option<u32>,
}

/// A toolpack in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSummary {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// What it comes to alone.
    pub verdict: Verdict,
    /// How many tools it has.
    pub tools: usize,
    /// Whether any of its files differs from the base.
    pub changed: bool,
}

/// One tool or surface and who signed it: a row of `gate status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// What it is.
    pub subject: Subject,
    /// Its tier.
    pub tier: RiskTier,
    /// Where it stands.
    pub status: Status,
    /// Distinct people whose signatures count.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// Who they are.
    pub signers: Vec<String>,
    /// When the first of the needed ones ends.
    pub until: Option<Timestamp>,
    /// What is missing, or what changed.
    pub note: Phrase,
    /// Method, host and path.
    pub target: String,
}

/// How many of what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tools that are new.
    pub tools_added: usize,
    /// Tools that are gone.
    pub tools_removed: usize,
    /// Tools that changed.
    pub tools_changed: usize,
    /// Tools that are as they were.
    pub tools_unchanged: usize,
    /// Subjects by status.
    pub approved: usize,
    /// Not yet approved.
    pub pending: usize,
    /// Refused.
    pub rejected: usize,
    /// Let in by an owner.
    pub exempted: usize,
    /// Ended.
    pub expired: usize,
    /// Signatures that hold.
    pub signatures_valid: usize,
    /// Of the old format.
    pub signatures_weak: usize,
    /// That do not hold.
    pub signatures_invalid: usize,
}

/// How much of what could be called was called in a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Operations that were called.
    pub exercised: usize,
    /// Operations that there are.
    pub operations: usize,
    /// Percent that are asked for; 0: nobody asks.
    pub min: u32,
}

impl Coverage {
    /// Whole percent, rounded down; of nothing all is called.
    pub fn percent(&self) -> u32 {
        let share = (self.exercised * 100).checked_div(self.operations).unwrap_or(100);
        u32::try_from(share).unwrap_or(100)
    }

    /// Whether less was called than is asked for.
    pub fn is_low(&self) -> bool {
        self.exercised * 100 < self.operations * self.min as usize
    }

    /// Two comparisons as one.
    pub fn and(self, other: Coverage) -> Coverage {
        Coverage {
            exercised: self.exercised + other.exercised,
            operations: self.operations + other.operations,
            min: self.min.max(other.min),
        }
    }

    /// What was looked at, before a verb.
    pub fn looked_at(&self) -> String {
        let all = if self.operations == 1 { "operation" } else { "operations" };
        match self.exercised == self.operations {
            true => format!("{} {all}", self.operations),
            false => format!("{} of {} {all}", self.exercised, self.operations),
        }
    }

    /// The whole in words.
    pub fn told(&self) -> String {
        let asked = if self.min > 0 { format!("; {} % are asked for", self.min) } else { String::new() };
        let Coverage { exercised, operations, .. } = self;
        format!("{exercised} of {operations} operations were called, {} %{asked}", self.percent())
    }
}

/// Who does the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who wrote the change.
    Author,
    /// Who may sign approvals.
    Approver,
    /// Who may sign the trust file.
    Owner,
    /// Who reads the pull request.
    Reviewer,
}

impl Role {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Role::Author => "author",
            Role::Approver => "approver",
            Role::Owner => "owner",
            Role::Reviewer => "reviewer",
        }
    }
}

/// What somebody does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who.
    pub role: Role,
    /// Who by name: signer ids.
    pub who: Vec<String>,
    /// What.
    pub text: Phrase,
    /// Commands to paste.
    pub commands: Vec<Command>,
}

/// Where the report will stand, for links. Only trusted parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publication {
    /// `https://github.com`.
    pub server: String,
    /// `owner/name`.
    pub repository: String,
    /// Commit whose files are linked.
    pub head: String,
    /// Run of the workflow.
    pub run_url: Option<String>,
    /// First line of a comment.
    pub marker: Option<String>,
    /// Where who reads it stands, and pastes its commands.
    pub reader: Here,
}

/// Why nothing could be judged. All but `kind` may hold strangers' words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// A short word: `input`, `trust`, `git`, `usage`, `io`.
    pub kind: &'static str,
    /// Whether something was to be done, rather than judged.
    pub does: bool,
    /// What could not be judged or done.
    pub subject: String,
    /// What went wrong.
    pub message: String,
    /// The place in a file, where it is about one.
    pub fault: Option<Fault>,
    /// What was looked for, and where: label and text.
    pub looked: Vec<(String, String)>,
    /// Why.
    pub why: Vec<String>,
    /// What to do: commands or actions.
    pub hints: Vec<String>,
    /// The rule, where one says so.
    pub rule: Option<&'static Rule>,
}

/// The whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// `ci`, `diff`, `gate check` …
    pub command: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// What it comes to.
    pub verdict: Verdict,
    /// The lowest verdict that fails.
    pub fail_on: FailOn,
    /// What it was compared with.
    pub base: Source,
    /// What was judged.
    pub head: Source,
    /// With which trust.
    pub trust: Option<TrustUsed>,
    /// With which gate.yaml: where, and its digest.
    pub gate: Option<(Source, String)>,
    /// Toolpacks, by path.
    pub packs: Vec<PackSummary>,
    /// How many of what.
    pub counts: Counts,
    /// What was found, in the order of reports.
    pub findings: Vec<Finding>,
    /// Every signed subject and how it stands (tools by name, the surface first).
    pub standings: Vec<Standing>,
    /// What was looked at.
    pub looked_at: Vec<Phrase>,
    /// What was not.
    pub not_looked_at: Vec<Phrase>,
    /// What else is to be known: uncommitted changes, an author rule that was not evaluated.
    pub notes: Vec<Phrase>,
    /// Who does what next.
    pub next: Vec<Step>,
    /// How much was called, where a side is a recording.
    pub coverage: Option<Coverage>,
    /// What was verified, section by section; of `verify` alone.
    pub verified: Option<Verified>,
    /// Links.
    pub publication: Publication,
    /// Whether this is the first trust file: then the owners and their fingerprints are shown.
    pub owners_to_confirm: Vec<(String, RiskTier, String)>,
    /// The pin that a workflow would take for this trust file.
    pub pin: Option<String>,
    /// Why nothing could be judged (verdict error).
    pub error: Option<Unjudged>,
}

impl Report {
    /// The verb after what was looked at: one thing is, several are.
    pub fn looked_at_are(&self) -> &'static str {
        match &self.looked_at[..] {
            [one] if one.plain().starts_with("1 ") => "is",
            _ => "are",
        }
    }

    /// The report of a run that could not judge, for the formats that programs and pages read.
    pub fn unjudged(
        command: &'static str,
        tool_version: &'static str,
        fail_on: FailOn,
        error: Unjudged,
    ) -> Report {
        Report {
            command,
            tool_version,
            verdict: Verdict::Error,
            fail_on,
            base: Source::none(),
            head: Source::none(),
            trust: None,
            gate: None,
            packs: Vec::new(),
            counts: Counts::default(),
            findings: Vec::new(),
            standings: Vec::new(),
            looked_at: Vec::new(),
            not_looked_at: Vec::new(),
            notes: Vec::new(),
            next: Vec::new(),
            coverage: None,
            verified: None,
            publication: Publication::default(),
            owners_to_confirm: Vec::new(),
            pin: None,
            error: Some(error),
        }
    }

    /// The exit code after `fail-on`.
    pub fn exit_code(&self) -> u8 {
        self.verdict.step_exit_code(self.fail_on)
    }

    /// The findings that are shown open: not suppressed and not known from the base.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.suppressed.is_none() && !f.known)
    }
}
