//! caskmcp.lock.yaml: who approved what.
//!
//! Generation 2 is what this program judges by and the only one that it writes. Generation 1 is read to be
//! told about and to be migrated.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::At;
use super::risk::RiskTier;
use super::schema_version::{Generation, Missing, generation};
use crate::canon::decode::decode;
use crate::canon::encode::encode;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind, Node, digest};
use crate::model::schema_version::CURRENT;

/// The name that every lockfile has.
pub const NAME: &str = "caskmcp.lock.yaml";
/// Where a toolpack's lockfile lies if its header names none, from the toolpack's folder.
pub const PATH: &str = "lockfile/caskmcp.lock.yaml";
/// The id of the surface among a toolpack's subjects: no tool can have it.
pub const SURFACE: &str = "surface";
/// The most approvals that one entry may carry.
pub const MAX_APPROVALS: usize = 32;
/// The longest reason of a statement, in characters.
const MAX_REASON: usize = 1_000;

/// What is wrong with the reason of a statement, if anything is: asked where one is made and wherever one is read.
pub fn reason_refused(reason: &str) -> Option<String> {
    let is_line = !reason.chars().any(char::is_control) && reason.chars().count() <= MAX_REASON;
    (!is_line).then(|| {
        format!("a reason is one line of at most {MAX_REASON} characters, without control characters")
    })
}

/// What a statement says about its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It may be used.
    Approve,
    /// It must not be used.
    Reject,
    /// It goes.
    Withdraw,
    /// An owner lets it in for a while, unseen.
    Exempt,
}

impl Decision {
    /// The word in statements.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Approve => "approve",
            Decision::Reject => "reject",
            Decision::Withdraw => "withdraw",
            Decision::Exempt => "exempt",
        }
    }
}

/// Where a subject stands. Derived from its approvals; the written word is never believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Enough people have signed this state.
    Approved,
    /// An owner's exemption covers this state.
    Exempted,
    /// Not yet.
    Pending,
    /// Somebody refused this state.
    Rejected,
}

impl Status {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Status::Approved => "approved",
            Status::Exempted => "exempted",
            Status::Pending => "pending",
            Status::Rejected => "rejected",
        }
    }

    /// Whether `cask run` serves a subject in this state.
    pub fn serves(self) -> bool {
        matches!(self, Status::Approved | Status::Exempted)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One signed statement: its own fields, and the signature over the statement that is rebuilt from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Id of the signer in the trust file.
    pub signer: String,
    /// Which of the signer's keys.
    pub key_id: String,
    /// What is said.
    pub decision: Decision,
    /// The tier of the subject that the signer saw.
    pub risk_tier: RiskTier,
    /// The toolsets that the tool may be used in, sorted; empty for the surface.
    pub approved_toolsets: Vec<String>,
    /// When it was signed: the signer's word.
    pub signed_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why, in one line.
    pub reason: String,
    /// Unpadded base64url of the signature.
    pub signature: String,
}

/// The surface's entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurfaceEntry {
    /// Digest of the surface when the entry was written.
    pub digest: String,
    /// Its tier.
    pub risk_tier: RiskTier,
    /// Derived.
    pub status: Status,
    /// Who signed.
    pub approvals: Vec<Approval>,
}

/// A tool's entry: what a reader needs to recognise it, and who signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolEntry {
    /// What agents call it.
    pub name: String,
    /// Upper-case method, or `mcp`.
    pub method: String,
    /// Host, or server.
    pub host: String,
    /// Base path and path, or the tool's name there.
    pub path: String,
    /// Its tier.
    pub risk_tier: RiskTier,
    /// The toolsets that it is in, sorted.
    pub toolsets: Vec<String>,
    /// Derived.
    pub status: Status,
    /// Digest of the tool when the entry was written.
    pub digest: String,
    /// Who signed.
    pub approvals: Vec<Approval>,
    /// An approval of the reference system: a note that never counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy: Option<LegacyNote>,
}

/// A v1 approval carried over by `migrate`: the twelve fields that it signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegacyNote {
    /// `signature_id` or `tool_id`.
    pub id: String,
    /// Tool name.
    pub name: String,
    /// Method.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Host.
    pub host: String,
    /// Toolsets.
    pub toolsets: Vec<String>,
    /// Approved toolsets.
    pub approved_toolsets: Vec<String>,
    /// Status word.
    pub status: String,
    /// Who approved, as claimed.
    pub approved_by: String,
    /// When, as written in the v1 lockfile.
    pub approved_at: String,
    /// Why.
    pub reason: String,
    /// Mode.
    pub mode: String,
    /// Key id, as claimed.
    pub key_id: String,
    /// The v1 signature text.
    pub signature: String,
}

/// The record that a subject went: a tombstone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// Which tool.
    pub tool_id: String,
    /// Its last digest.
    pub digest: String,
    /// When it went.
    pub at: Timestamp,
    /// Withdraw statements about it.
    pub approvals: Vec<Approval>,
}

/// Where a snapshot of the approved artifacts lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRef {
    /// Folder, relative to toolpack.yaml's.
    pub dir: String,
    /// Digest of its digests.json.
    pub digest: String,
}

/// A lockfile of generation 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lockfile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// The toolpack that it belongs to.
    pub toolpack_id: String,
    /// The surface.
    pub surface: SurfaceEntry,
    /// The snapshot, if one was taken.
    pub snapshot: Option<SnapshotRef>,
    /// Tools by id.
    pub tools: BTreeMap<String, ToolEntry>,
    /// Tools that went.
    pub withdrawn: Vec<Withdrawn>,
}

impl Lockfile {
    /// The digest by which confirmations and audit records name it.
    pub fn digest(&self) -> String {
        digest::of(&encode(self))
    }
}

/// One entry of a v1 lockfile, as far as it is told or migrated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyEntry {
    /// The key under which generation 1 finds it: `signature_id`, else `tool_id`.
    pub id: String,
    /// Tool name.
    pub name: String,
    /// `approved`, `pending` or `rejected`.
    pub status: Status,
    /// Method, host and path as written.
    pub method: String,
    /// Host as written.
    pub host: String,
    /// Path as written.
    pub path: String,
    /// The tier as written.
    pub risk_tier: Option<RiskTier>,
    /// Toolsets as written.
    pub toolsets: Vec<String>,
    /// Why it was refused.
    pub rejection_reason: Option<String>,
    /// The approval, if any of its fields is set.
    pub approval: Option<LegacyNote>,
    /// `approval_alg` as written.
    pub algorithm: Option<String>,
    /// Line of the entry.
    pub line: u32,
}

/// A lockfile of generation 1.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyLockfile {
    /// Entries in file order.
    pub entries: Vec<LegacyEntry>,
    /// Snapshot folder and digest, if recorded.
    pub snapshot: Option<SnapshotRef>,
    /// `artifacts_digest`, if recorded.
    pub artifacts_digest: Option<String>,
}

/// A lockfile of either generation.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyLockfile {
    /// Ours, with the tree it was read from (for lines).
    V2(Box<Lockfile>, Node),
    /// The reference system's.
    V1(LegacyLockfile),
}

impl AnyLockfile {
    /// Reads a lockfile.
    ///
    /// # Errors
    /// A fault with line and pointer for anything that a lockfile of its generation does not hold.
    pub fn read(file: &str, node: Node) -> Result<AnyLockfile, Fault> {
        match generation(file, &node, Missing::MeansV1)? {
            Generation::V1 => Ok(AnyLockfile::V1(read_v1(file, &node)?)),
            Generation::V2 => {
                let lock: Lockfile = decode(file, &node)?;
                check(file, &node, &lock)?;
                Ok(AnyLockfile::V2(Box::new(lock), node))
            }
        }
    }

    /// The v2 lockfile, if it is one.
    pub fn v2(&self) -> Option<&Lockfile> {
        match self {
            AnyLockfile::V2(lock, _) => Some(lock),
            AnyLockfile::V1(_) => None,
        }
    }

    /// The line of an entry's member in the file; `id` is a tool id or `surface`.
    pub fn line(&self, id: &str, member: &str) -> u32 {
        match self {
            AnyLockfile::V1(lock) => lock.entries.iter().find(|e| e.id == id).map_or(1, |e| e.line),
            AnyLockfile::V2(_, node) => {
                let entry =
                    if id == SURFACE { node.get(SURFACE) } else { node.get("tools").and_then(|t| t.get(id)) };
                entry.map_or(1, |e| e.get(member).map_or(e.line, |m| m.line))
            }
        }
    }
}

fn check(file: &str, node: &Node, lock: &Lockfile) -> Result<(), Fault> {
    let tools = lock.tools.iter().map(|(id, e)| (format!("/tools/{id}"), &e.approvals));
    let withdrawn = lock.withdrawn.iter().enumerate().map(|(i, w)| (format!("/withdrawn/{i}"), &w.approvals));
    let surface = std::iter::once(("/surface".to_owned(), &lock.surface.approvals));
    for (pointer, approvals) in tools.chain(withdrawn).chain(surface) {
        let fault = |at: &str, message: String| {
            let line = node.at(at).map_or(0, |n| n.line);
            Err(Fault::new(file, FaultKind::Content, message).line(line).pointer(at))
        };
        if approvals.len() > MAX_APPROVALS {
            return fault(&pointer, format!("more than {MAX_APPROVALS} approvals of one subject"));
        }
        for (i, approval) in approvals.iter().enumerate() {
            let at = format!("{pointer}/approvals/{i}");
            if let Some(why) = reason_refused(&approval.reason) {
                return fault(&format!("{at}/reason"), why);
            }
            if !approval.approved_toolsets.is_sorted_by(|a, b| a < b) {
                return fault(
                    &format!("{at}/approved_toolsets"),
                    "approved_toolsets must be sorted and unique".into(),
                );
            }
        }
    }
    if lock.tools.contains_key(SURFACE) {
        return Err(Fault::new(file, FaultKind::Content, "no tool can have the id `surface`")
            .pointer("/tools/surface"));
    }
    Ok(())
}

fn read_v1(file: &str, node: &Node) -> Result<LegacyLockfile, Fault> {
    let at = At::new(file, "", node);
    // An empty file is no lockfile without entries: writing would then replace what is broken.
    at.map()?;
    let mut entries = Vec::new();
    let tools = match node.get("tools") {
        None => &[],
        Some(tools) => At::new(file, "/tools", tools).map()?,
    };
    for (key, raw) in tools {
        let pointer = format!("/tools/{}", crate::canon::node::pointer_step(key));
        entries.push(read_v1_entry(&At::new(file, &pointer, raw))?);
    }
    let snapshot = match (at.opt_text("baseline_snapshot_dir")?, at.opt_text("baseline_snapshot_digest")?) {
        (Some(dir), Some(digest)) => Some(SnapshotRef { dir: dir.to_owned(), digest: digest.to_owned() }),
        _ => None,
    };
    let artifacts_digest = at.opt_text("artifacts_digest")?.map(str::to_owned);
    Ok(LegacyLockfile { entries, snapshot, artifacts_digest })
}

fn read_v1_entry(at: &At) -> Result<LegacyEntry, Fault> {
    at.map()?;
    let owned = |key: &str| -> Result<String, Fault> { Ok(at.opt_text(key)?.unwrap_or_default().to_owned()) };
    let id = match at.opt_text("signature_id")?.filter(|s| !s.is_empty()) {
        Some(signature) => signature.to_owned(),
        None => at.text_of("tool_id")?.to_owned(),
    };
    let status = match at.opt_text("status")?.unwrap_or("pending") {
        "approved" => Status::Approved,
        "pending" => Status::Pending,
        "rejected" => Status::Rejected,
        other => {
            return Err(at.fault_at(
                "status",
                format!("unknown status {other:?}, expected approved, pending or rejected"),
            ));
        }
    };
    let risk_tier = match at.opt_text("risk_tier")? {
        None => None,
        Some(word) => Some(
            word.parse().map_err(|e: super::risk::UnknownTier| at.fault_at("risk_tier", e.to_string()))?,
        ),
    };
    let note = LegacyNote {
        id: id.clone(),
        name: owned("name")?,
        method: owned("method")?,
        path: owned("path")?,
        host: owned("host")?,
        toolsets: at.texts_of("toolsets")?,
        approved_toolsets: at.texts_of("approved_toolsets")?,
        status: status.word().to_owned(),
        approved_by: owned("approved_by")?,
        approved_at: owned("approved_at")?,
        reason: owned("approval_reason")?,
        mode: at.opt_text("approval_mode")?.unwrap_or("1-of-1").to_owned(),
        key_id: owned("approval_key_id")?,
        signature: owned("approval_signature")?,
    };
    let has_approval =
        status == Status::Approved || !note.signature.is_empty() || !note.approved_by.is_empty();
    Ok(LegacyEntry {
        id,
        name: note.name.clone(),
        status,
        method: note.method.clone(),
        host: note.host.clone(),
        path: note.path.clone(),
        risk_tier,
        toolsets: note.toolsets.clone(),
        rejection_reason: at.opt_text("rejection_reason")?.map(str::to_owned),
        algorithm: at.opt_text("approval_alg")?.map(str::to_owned),
        approval: has_approval.then_some(note),
        line: at.node.line,
    })
}
