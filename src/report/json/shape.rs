//! The members of `cask.report/1` in their order (formats-v2 §11, which says what each means). Only ever added
//! to: readers rely on every name here.

#![allow(missing_docs)] // of the fields: the format's page explains them, under the same names

use serde::Serialize;
use serde_json::value::RawValue;

/// The report.
#[derive(Serialize)]
pub struct Whole<'a> {
    pub schema: &'static str,
    pub command: &'static str,
    pub verdict: &'static str,
    pub exit_code: u8,
    pub fail_on: &'static str,
    pub step_exit_code: u8,
    pub summary: Summary,
    pub sources: Sources<'a>,
    pub toolpacks: Vec<Pack<'a>>,
    pub findings: Vec<Found<'a>>,
    pub shard: Option<()>,
    pub error: Option<Error<'a>>,
}

/// How many of what.
#[derive(Serialize)]
pub struct Summary {
    pub toolpacks: usize,
    pub toolpacks_changed: usize,
    pub tools: Tools,
    pub approvals: Approvals,
    pub signatures: Signatures,
    pub findings: Severities,
    pub axes: Axes,
    pub highest_risk: Option<&'static str>,
    pub coverage: Option<()>,
}

/// Tools by what became of them.
#[derive(Serialize)]
pub struct Tools {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// Signed subjects by status.
#[derive(Serialize)]
pub struct Approvals {
    pub approved: usize,
    pub pending: usize,
    pub rejected: usize,
    pub exempted: usize,
    pub expired: usize,
}

/// Signatures by what they are worth.
#[derive(Serialize)]
pub struct Signatures {
    pub valid: usize,
    pub weak: usize,
    pub invalid: usize,
}

/// Open findings by severity; known and suppressed ones apart.
#[derive(Serialize)]
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
#[derive(Serialize)]
pub struct Axes {
    pub trust: usize,
    pub capability: usize,
    pub contract: usize,
    pub hygiene: usize,
}

/// What was compared, and by what it was judged.
#[derive(Serialize)]
pub struct Sources<'a> {
    pub base: OneSide<'a>,
    pub head: OneSide<'a>,
    pub trust: Option<Trust<'a>>,
    pub gate: Option<Gate<'a>>,
}

/// Where a state was read.
#[derive(Serialize)]
pub struct OneSide<'a> {
    pub kind: &'static str,
    pub commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a str>,
}

/// The trust file that judged.
#[derive(Serialize)]
pub struct Trust<'a> {
    #[serde(flatten)]
    pub source: OneSide<'a>,
    pub version: u32,
    pub digest: &'a str,
    pub anchored: bool,
}

/// The gate configuration that judged.
#[derive(Serialize)]
pub struct Gate<'a> {
    #[serde(flatten)]
    pub source: OneSide<'a>,
    pub digest: &'a str,
}

/// A toolpack.
#[derive(Serialize)]
pub struct Pack<'a> {
    pub id: &'a str,
    pub path: &'a str,
    pub verdict: &'static str,
    pub tools: usize,
}

/// A finding.
#[derive(Serialize)]
pub struct Found<'a> {
    pub rule: &'static str,
    pub axes: Vec<&'static str>,
    pub severity: &'static str,
    pub risk: Option<&'static str>,
    pub subject: Subject<'a>,
    pub place: Place<'a>,
    pub before: Option<Box<RawValue>>,
    pub after: Option<Box<RawValue>>,
    pub message: String,
    pub why: Vec<String>,
    pub next: String,
    pub fingerprint: String,
    pub tracking: String,
    pub approval: Approval<'a>,
    pub known: bool,
    pub suppressed: Option<Suppressed<'a>>,
}

/// What a finding is about.
#[derive(Serialize)]
pub struct Subject<'a> {
    pub toolpack: &'a str,
    pub kind: &'static str,
    pub id: &'a str,
    pub name: &'a str,
}

/// Where it stands; `side` only for the base.
#[derive(Serialize)]
pub struct Place<'a> {
    pub file: &'a str,
    pub line: u32,
    pub pointer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<&'static str>,
}

/// How it stands with those who may sign.
#[derive(Serialize)]
pub struct Approval<'a> {
    pub state: &'static str,
    pub have: u32,
    pub need: u32,
    pub signers: &'a [String],
    pub reasons: Vec<&'static str>,
}

/// The suppression that covers it.
#[derive(Serialize)]
pub struct Suppressed<'a> {
    pub rule: &'static str,
    pub reason: &'a str,
    pub owner: &'a str,
    pub expires: &'a str,
}

/// Why nothing could be judged.
#[derive(Serialize)]
pub struct Error<'a> {
    pub kind: &'static str,
    pub message: &'a str,
    pub hints: &'a [String],
    pub subject: &'a str,
    pub place: Option<Place<'a>>,
    pub looked: Vec<Looked<'a>>,
    pub why: &'a [String],
    pub rule: Option<&'static str>,
}

/// What was looked for, or where.
#[derive(Serialize)]
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
