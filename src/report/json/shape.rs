//! The members of `cask.report/1` in their order (formats-v2 §11, which says what each means). Only ever added
//! to: readers rely on every name here.

#![allow(missing_docs)] // of the fields: the format's page explains them, under the same names

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

/// The report.
#[derive(Serialize, JsonSchema)]
pub struct Whole<'a> {
    /// `cask.report/1`.
    #[schemars(extend("const" = "cask.report/1"))]
    pub schema: &'static str,
    /// The command that reports.
    pub command: &'static str,
    /// What it comes to.
    #[schemars(extend("enum" = ["pass", "review", "breaking", "error"]))]
    pub verdict: &'static str,
    /// 0 to 3, before `fail_on`.
    pub exit_code: u8,
    /// The lowest verdict that fails.
    pub fail_on: &'static str,
    /// 0 to 3, after `fail_on`: the code that the program ends with.
    pub step_exit_code: u8,
    /// How many of what.
    pub summary: Summary,
    /// What was compared, and by what it was judged.
    pub sources: Sources<'a>,
    /// The toolpacks that were judged.
    pub toolpacks: Vec<Pack<'a>>,
    /// Every signed subject and how it stands; only from the commands of `cask gate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<Stands<'a>>>,
    /// The findings, in the order in which they matter.
    pub findings: Vec<Found<'a>>,
    /// What was verified, section by section; only from `cask verify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify<'a>>,
    /// The part of a run that was split; null.
    pub shard: Option<()>,
    /// Why nothing could be judged; null if it could.
    pub error: Option<Error<'a>>,
}

/// How many of what.
#[derive(Serialize, JsonSchema)]
pub struct Summary {
    pub toolpacks: usize,
    pub toolpacks_changed: usize,
    pub tools: Tools,
    pub approvals: Approvals,
    pub signatures: Signatures,
    pub findings: Severities,
    pub axes: Axes,
    pub highest_risk: Option<&'static str>,
    /// How much was called, where a side of drift is a recording; null elsewhere.
    pub coverage: Option<Coverage>,
}

/// Operations of the surface that were called in the recording.
#[derive(Serialize, JsonSchema)]
pub struct Coverage {
    pub exercised: usize,
    pub operations: usize,
    pub percent: u32,
    /// Percent that are asked for; 0: nobody asks.
    pub min: u32,
}

/// Tools by what became of them.
#[derive(Serialize, JsonSchema)]
pub struct Tools {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// Signed subjects by status.
#[derive(Serialize, JsonSchema)]
pub struct Approvals {
    pub approved: usize,
    pub pending: usize,
    pub rejected: usize,
    pub exempted: usize,
    pub expired: usize,
}

/// Signatures by what they are worth.
#[derive(Serialize, JsonSchema)]
pub struct Signatures {
    pub valid: usize,
    pub weak: usize,
    pub invalid: usize,
}

/// Open findings by severity; known and suppressed ones apart.
#[derive(Serialize, JsonSchema)]
pub struct Severities {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
    pub known: usize,
    pub suppressed: usize,
}

/// Open findings by axis; one can be on several.
#[derive(Serialize, JsonSchema)]
pub struct Axes {
    pub trust: usize,
    pub capability: usize,
    pub contract: usize,
    pub hygiene: usize,
}

/// What was compared, and by what it was judged.
#[derive(Serialize, JsonSchema)]
pub struct Sources<'a> {
    pub base: OneSide<'a>,
    pub head: OneSide<'a>,
    pub trust: Option<Trust<'a>>,
    pub gate: Option<Gate<'a>>,
}

/// Where a state was read.
#[derive(Serialize, JsonSchema)]
pub struct OneSide<'a> {
    pub kind: &'static str,
    pub commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a str>,
}

/// The trust file that judged.
#[derive(Serialize, JsonSchema)]
pub struct Trust<'a> {
    #[serde(flatten)]
    pub source: OneSide<'a>,
    pub version: u32,
    pub digest: &'a str,
    pub anchored: bool,
}

/// The gate configuration that judged.
#[derive(Serialize, JsonSchema)]
pub struct Gate<'a> {
    #[serde(flatten)]
    pub source: OneSide<'a>,
    pub digest: &'a str,
}

/// A toolpack.
#[derive(Serialize, JsonSchema)]
pub struct Pack<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its folder.
    pub path: &'a str,
    /// What it comes to.
    pub verdict: &'static str,
    /// How many tools it has.
    pub tools: usize,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
pub struct Found<'a> {
    /// Rule id; `cask rules ID` explains it.
    pub rule: &'static str,
    /// trust, capability, contract, hygiene: what is touched.
    pub axes: Vec<&'static str>,
    /// critical, high, medium, low or info.
    pub severity: &'static str,
    /// Tier of the tool, if it is about one.
    pub risk: Option<&'static str>,
    /// What it is about.
    pub subject: Subject<'a>,
    /// Where it stands.
    pub place: Place<'a>,
    /// The value before, a mark in place of a credential; one that is too long as `{excerpt, bytes, sha256}`.
    #[schemars(with = "Option<serde_json::Value>")]
    pub before: Option<Box<RawValue>>,
    /// The value after.
    #[schemars(with = "Option<serde_json::Value>")]
    pub after: Option<Box<RawValue>>,
    /// What was found.
    pub message: String,
    /// Reasons.
    pub why: Vec<String>,
    /// The next command.
    pub next: String,
    /// The same as long as rule, subject and values are.
    pub fingerprint: String,
    /// The same as long as rule and subject are.
    pub tracking: String,
    /// How it stands with those who may sign.
    pub approval: Approval<'a>,
    /// Whether the base has it too.
    pub known: bool,
    /// The suppression that covers it.
    pub suppressed: Option<Suppressed<'a>>,
}

/// What a finding is about.
#[derive(Serialize, JsonSchema)]
pub struct Subject<'a> {
    pub toolpack: &'a str,
    pub kind: &'static str,
    pub id: &'a str,
    pub name: &'a str,
}

/// Where it stands; `side` only for the base.
#[derive(Serialize, JsonSchema)]
pub struct Place<'a> {
    /// From the root of the repository.
    pub file: &'a str,
    /// From 1 on; 0 if none can be named.
    pub line: u32,
    /// JSON pointer of the value.
    pub pointer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// `base` where the head lacks it.
    pub side: Option<&'static str>,
}

/// How it stands with those who may sign.
#[derive(Serialize, JsonSchema)]
pub struct Approval<'a> {
    /// not-needed, missing, acknowledged or rejected.
    pub state: &'static str,
    /// Signatures that count.
    pub have: u32,
    /// Signatures that are asked for.
    pub need: u32,
    /// Who signed.
    pub signers: &'a [String],
    /// Rule ids of why others did not count.
    pub reasons: Vec<&'static str>,
}

/// The suppression that covers it.
#[derive(Serialize, JsonSchema)]
pub struct Suppressed<'a> {
    pub rule: &'static str,
    pub reason: &'a str,
    pub owner: &'a str,
    pub expires: &'a str,
}

/// Why nothing could be judged.
#[derive(Serialize, JsonSchema)]
pub struct Error<'a> {
    /// usage, input, git, trust or io.
    pub kind: &'static str,
    /// What is wrong.
    pub message: &'a str,
    /// What to do; each alone may help.
    pub hints: &'a [String],
    /// What could not be judged.
    pub subject: &'a str,
    /// File and line, if one is the cause.
    pub place: Option<Place<'a>>,
    /// What was looked for, and where.
    pub looked: Vec<Looked<'a>>,
    /// Reasons, the nearest first.
    pub why: &'a [String],
    /// The rule that says so.
    pub rule: Option<&'static str>,
}

/// What was looked for, or where.
#[derive(Serialize, JsonSchema)]
pub struct Looked<'a> {
    pub label: &'a str,
    pub text: &'a str,
}

/// What stands for a value that is too long.
#[derive(Serialize)]
pub struct Long<'a> {
    pub excerpt: &'a str,
    pub bytes: usize,
    pub sha256: &'a str,
}

/// One signed subject and how it stands with those who may sign it.
#[derive(Serialize, JsonSchema)]
pub struct Stands<'a> {
    /// What it is.
    pub subject: Subject<'a>,
    /// Its tier.
    pub risk: &'a str,
    /// approved, exempted, pending or rejected.
    pub status: &'a str,
    /// Distinct people whose signatures count.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// Who they are.
    pub signers: &'a [String],
    /// When it stops standing as it does.
    pub until: Option<String>,
    /// What is missing.
    pub note: String,
    /// Method, host and path.
    pub target: &'a str,
}

/// What was verified.
#[derive(Serialize, JsonSchema)]
pub struct Verify<'a> {
    /// What was asked for.
    pub modes: Vec<&'static str>,
    pub config: Strictness,
    pub toolpacks: Vec<VerifiedPack<'a>>,
}

/// How strictly.
#[derive(Serialize, JsonSchema)]
pub struct Strictness {
    /// Whether what can't be told counts.
    pub strict: bool,
    /// Candidates that are kept of each assertion about a page.
    pub top_k: usize,
    /// How sure a candidate must be, 0 to 1.
    pub min_confidence: f64,
    /// The share of assertions about pages that may stay open, 0 to 1.
    pub unknown_budget: f64,
}

/// A toolpack and its sections.
#[derive(Serialize, JsonSchema)]
pub struct VerifiedPack<'a> {
    pub id: &'a str,
    pub path: &'a str,
    #[schemars(extend("enum" = ["none", "pre-approval", "approved"]))]
    pub governance_mode: &'static str,
    /// What the sections come to together.
    pub status: &'static str,
    pub sections: Vec<Section<'a>>,
}

/// One section.
#[derive(Serialize, JsonSchema)]
pub struct Section<'a> {
    #[schemars(extend("enum" = ["contracts", "replay", "outcomes", "provenance"]))]
    pub mode: &'static str,
    #[schemars(extend("enum" = ["pass", "fail", "unknown", "skipped", "not-run"]))]
    pub status: &'static str,
    /// Why nothing was checked; null where something was.
    pub why: Option<String>,
    /// The file that was looked at.
    pub file: Option<&'a str>,
    pub counts: Checks,
    /// Those that did not pass.
    pub checks: Vec<Check<'a>>,
    /// What assertions about pages were told by: `heuristic` or `recorded`; null elsewhere.
    pub basis: Option<&'static str>,
    /// What assertions about pages came to; empty elsewhere.
    pub results: Vec<Traced<'a>>,
}

/// Checks by what they came to.
#[derive(Serialize, JsonSchema)]
pub struct Checks {
    pub pass: usize,
    pub fail: usize,
    pub unknown: usize,
    pub skipped: usize,
}

/// One check.
#[derive(Serialize, JsonSchema)]
pub struct Check<'a> {
    /// An operation, a contract.
    pub subject: &'a str,
    pub check: &'static str,
    pub status: &'static str,
    pub message: String,
}

/// An assertion about a page.
#[derive(Serialize, JsonSchema)]
pub struct Traced<'a> {
    pub assertion_name: &'a str,
    pub status: &'static str,
    /// Best first.
    pub top_candidates: Vec<Candidate<'a>>,
    pub notes: String,
}

/// A tool that what a page shows may come from.
#[derive(Serialize, JsonSchema)]
pub struct Candidate<'a> {
    pub tool_id: &'a str,
    /// Method, host and path, with bars between.
    pub request_fingerprint: &'a str,
    /// 0 to 1.
    pub score: f64,
    #[schemars(extend("enum" = ["http_response", "local_state"]))]
    pub source_kind: &'static str,
    pub signals: Signals,
    /// Recorded calls that show it.
    pub evidence_refs: &'a [String],
}

/// What a candidate was told by, 0 to 1 each.
#[derive(Serialize, JsonSchema)]
pub struct Signals {
    pub timing: f64,
    pub content_match: f64,
    pub shape_match: f64,
    pub repetition: f64,
}
