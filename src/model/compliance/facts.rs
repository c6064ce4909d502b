//! The facts that claims rest on, a type a section.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::claim::plain_or_null;
use crate::canon::time::Timestamp;
use crate::model::kept::Kept;
use crate::model::lockfile::{Decision, Status};
use crate::model::phrase::Phrase;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::tool::Confirmation;
pub use crate::model::trail::Trail;
use crate::rules::Severity;

/// Who approved what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Oversight {
    /// The trust file that judges; null: there is none, so nobody's signature counts.
    pub trust: Option<TrustFile>,
    /// Subjects by how they stand.
    pub by_status: BTreeMap<Status, usize>,
    /// Distinct people whose signatures count.
    pub approvers: Vec<String>,
    /// What surrounds the tools, then each tool; empty where there is nothing to judge by.
    pub subjects: Vec<Signed>,
    /// Ids of tools that were withdrawn.
    pub withdrawn: Vec<String>,
    /// What was signed about tools that are not in the manifest: entries without a tool, then those that were withdrawn.
    pub gone: Vec<Gone>,
}

/// The trust file that judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TrustFile {
    /// Where it was read: a branch, the work tree, a file.
    pub source: String,
    /// The commit, if it is one.
    pub commit: Option<String>,
    /// Its version.
    pub version: u32,
    /// Its digest.
    pub digest: String,
    /// Whether it was read where whoever changes the toolpack can't change it.
    pub anchored: bool,
}

/// A signed subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Signed {
    /// Tool id, or `surface`.
    pub id: String,
    /// What agents call it; empty for the surface.
    pub name: String,
    /// Its tier.
    pub risk: RiskTier,
    /// Where it stands.
    pub status: Status,
    /// Distinct people whose signatures count.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// When it stops standing as it does.
    pub until: Option<Timestamp>,
    /// Whether it has an entry in the lockfile.
    pub entered: bool,
    /// What was signed about it.
    pub statements: Vec<Statement>,
}

/// A tool that is not in the manifest, and of which the lockfile says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gone {
    /// Its id.
    pub id: String,
    /// What agents called it; empty where the lockfile does not say.
    pub name: String,
    /// The digest that the lockfile writes: what statements are over, since the tool itself is not there.
    pub digest: String,
    /// When it was withdrawn, as the lockfile says; null: it has an entry as if it were there.
    pub withdrawn_at: Option<Timestamp>,
    /// What was signed about it.
    pub statements: Vec<Statement>,
}

/// One signed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statement {
    /// Who.
    pub signer: String,
    /// With which key.
    pub key_id: String,
    /// What is said.
    pub decision: Decision,
    /// When: the signer's word.
    pub signed_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why, in the signer's words.
    pub reason: String,
    /// Whether the signature is that of a key of the signer in the trust file, over what is here now.
    pub verified: bool,
    /// Whether it counts.
    pub counts: bool,
    /// The rule by which it does not; null where it does.
    pub refused_by: Option<&'static str>,
    /// What that means here.
    #[serde(serialize_with = "plain_or_null")]
    #[schemars(with = "Option<String>")]
    pub why: Option<Phrase>,
}

/// What can be called.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Inventory {
    /// Every tool of the manifest, the riskiest first.
    pub tools: Vec<Listed>,
    /// Every host that is allowed or called.
    pub hosts: Vec<Host>,
    /// Entries of the lockfile whose tool is not in the manifest.
    pub entries_without_tool: Vec<String>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What agents call it.
    pub name: String,
    /// Where its calls go.
    pub kind: ToolKind,
    /// Method.
    pub method: String,
    /// Host, or server.
    pub host: String,
    /// Path.
    pub path: String,
    /// Its tier: the higher of the declared and the computed one.
    pub risk: RiskTier,
    /// What the model is told.
    pub description: String,
    /// Its labels.
    pub tags: Vec<String>,
    /// Toolsets that it is in.
    pub toolsets: Vec<String>,
    /// Whether every call of it changes something.
    pub changes_state: bool,
    /// When a person is asked, as the manifest says.
    pub confirmation: Confirmation,
    /// Whether a person is asked before a call, by all that is asked of one.
    pub asks: Asks,
    /// Whether its calls, or all calls, are limited.
    pub limited: bool,
    /// How its approval stands; null where there is nothing to judge by.
    pub status: Option<Status>,
}

/// Whether a person is asked before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// The policy denies every call.
    Denied,
    /// Before each call.
    Always,
    /// In some toolset not.
    NotAlways,
}

impl Asks {
    /// The words in reports.
    pub fn words(self) -> &'static str {
        match self {
            Asks::Denied => "denied",
            Asks::Always => "before each call",
            Asks::NotAlways => "no",
        }
    }
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Host {
    /// As it is written.
    pub host: String,
    /// Whether toolpack.yaml allows it.
    pub allowed: bool,
    /// How many tools call it.
    pub tools: usize,
}

/// What holds calls back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Risks {
    /// Tools by tier.
    pub by_tier: BTreeMap<RiskTier, usize>,
    /// `allow` or `deny`: what the policy does where no rule decides.
    pub default_action: &'static str,
    /// Rules of the policy.
    pub policy_rules: usize,
    /// Tools of which every call changes something.
    pub changing: usize,
    /// Those of them before whose calls nobody is asked.
    pub changing_unasked: Vec<String>,
    /// What lint finds.
    pub lint: Vec<Linted>,
    /// Calls of this state of the toolpack that were refused, by why; null without an audit trail.
    pub blocked: Option<BTreeMap<String, u64>>,
}

/// What lint finds by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Linted {
    /// The rule.
    pub rule: &'static str,
    /// The gravest of them.
    pub severity: Severity,
    /// How many.
    pub count: usize,
    /// What the rule finds.
    pub title: &'static str,
}

/// How the tools are held against what they stand on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Accuracy {
    /// Operations and entries of the baseline, which drift is told by.
    pub baseline_entries: usize,
    /// Where reports were looked for; null: nowhere.
    pub looked_in: Option<String>,
    /// Reports about this toolpack, by file.
    pub reports: Vec<ReportFile>,
    /// Files there that are no report of drift or verify about this toolpack.
    pub passed_over: usize,
}

/// A report that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportFile {
    /// The file.
    pub file: String,
    /// SHA-256 of it.
    pub digest: String,
    /// `drift`, or `verify`.
    pub command: String,
    /// `pass`, `review`, `breaking` or `error`.
    pub verdict: String,
    /// 0 to 3.
    pub exit_code: u8,
    /// Findings, by severity.
    pub findings: BTreeMap<Severity, usize>,
}

impl ReportFile {
    /// What is kept of a report: of its findings how many there are.
    pub fn of(kept: &Kept) -> ReportFile {
        let mut findings = BTreeMap::new();
        for finding in &kept.findings {
            *findings.entry(finding.severity).or_default() += 1;
        }
        ReportFile {
            file: kept.file.clone(),
            digest: kept.digest.clone(),
            command: kept.command.to_owned(),
            verdict: kept.verdict.to_owned(),
            exit_code: kept.exit_code,
            findings,
        }
    }
}
