//! A lockfile as it is written: members derived from the artifacts, everything in its order, one layout.

use crate::canon::emit::emit_yaml;
use crate::canon::encode::encode;
use crate::model::lockfile::{Approval, Lockfile, Status, ToolEntry};
use crate::model::tool::Tool;
use crate::sign::ground::SignedSubject;

/// The text of a lockfile.
pub fn text(lock: &Lockfile) -> String {
    emit_yaml(&encode(lock))
}

/// Puts statements in their order and drops those that stand twice.
pub fn arrange(approvals: &mut Vec<Approval>) {
    approvals.sort_by(|a, b| key(a).cmp(&key(b)));
    approvals.dedup();
}

fn key(a: &Approval) -> (crate::canon::time::Timestamp, &str, &str, &str) {
    (a.signed_at, &a.signer, &a.key_id, &a.signature)
}

/// A tool's entry with every member that follows from the artifacts; the statements are the caller's.
pub fn entry(tool: &Tool, signed: &SignedSubject, status: Status, mut approvals: Vec<Approval>) -> ToolEntry {
    arrange(&mut approvals);
    ToolEntry {
        name: tool.name.clone(),
        method: tool.method.clone(),
        host: tool.host.clone(),
        path: tool.full_path(),
        risk_tier: signed.tier,
        toolsets: signed.toolsets.clone(),
        status,
        digest: signed.digest.clone(),
        approvals,
        legacy: None,
    }
}
