//! The exact bytes that an approval signs.
//!
//! Nothing is verified that is not used and nothing is used that is not verified: the statement is rebuilt
//! from the recomputed subject and the approval's own fields.

use crate::canon::{Node, json};
use crate::model::lockfile::Approval;

/// The schema word of a statement.
pub const SCHEMA: &str = "cask.approval/2";

/// What kind of subject a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignedKind {
    /// One tool.
    Tool,
    /// Everything of a toolpack but its tools.
    Surface,
}

impl SignedKind {
    /// The word in statements.
    pub fn word(self) -> &'static str {
        match self {
            SignedKind::Tool => "tool",
            SignedKind::Surface => "surface",
        }
    }
}

/// What a statement is about, besides what its approval says itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Digest of the first trust file.
    pub root: &'a str,
    /// The toolpack.
    pub toolpack_id: &'a str,
    /// Tool or surface.
    pub kind: SignedKind,
    /// Tool id, or `surface`.
    pub id: &'a str,
    /// Digest of the subject.
    pub digest: &'a str,
}

/// The statement as a tree: what is shown and stored when it is handed over.
pub fn tree(about: &About, approval: &Approval) -> Node {
    let expires = approval.expires_at.map_or_else(Node::null, |t| Node::text(t.to_string()));
    Node::map([
        ("approved_toolsets", Node::texts(approval.approved_toolsets.iter().map(String::as_str))),
        ("decision", Node::text(approval.decision.word())),
        ("expires_at", expires),
        ("key_id", Node::text(approval.key_id.as_str())),
        ("reason", Node::text(approval.reason.as_str())),
        ("risk_tier", Node::text(approval.risk_tier.word())),
        ("root", Node::text(about.root)),
        ("schema", Node::text(SCHEMA)),
        ("signed_at", Node::text(approval.signed_at.to_string())),
        ("signer", Node::text(approval.signer.as_str())),
        (
            "subject",
            Node::map([
                ("digest", Node::text(about.digest)),
                ("id", Node::text(about.id)),
                ("kind", Node::text(about.kind.word())),
            ]),
        ),
        ("toolpack_id", Node::text(about.toolpack_id)),
    ])
}

/// The canonical bytes of the statement, before the envelope.
pub fn bytes(about: &About, approval: &Approval) -> Vec<u8> {
    json::canonical(&tree(about, approval)).into_bytes()
}
