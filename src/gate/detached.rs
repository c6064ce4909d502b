//! Statements handed over in a file of their own: whoever can push puts them into the lockfile. A file proves
//! itself, so nothing in it is believed before the verifier accepted it.

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::scene::Scene;
use super::withdraw;
use crate::canon::decode::decode;
use crate::canon::emit::emit_json;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::lockfile::{Approval, Decision, reason_refused};
use crate::model::risk::RiskTier;
use crate::sign::ground::SignedSubject;
use crate::sign::statement::{SCHEMA as STATEMENT, SignedKind};
use crate::sign::subject::SURFACE;

/// The schema word of such a file.
pub const SCHEMA: &str = "cask.detached/1";
/// More statements than one toolpack's subjects ever need in one act.
const MAX_STATEMENTS: usize = 20_000;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    statements: Vec<Signed>,
}

/// One statement with its signature, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    statement: Statement,
    signature: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    approved_toolsets: Vec<String>,
    decision: Decision,
    expires_at: Option<Timestamp>,
    key_id: String,
    reason: String,
    risk_tier: RiskTier,
    root: String,
    schema: String,
    signed_at: Timestamp,
    signer: String,
    subject: Subject,
    toolpack_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    digest: String,
    id: String,
    kind: String,
}

impl Signed {
    /// The toolpack that the statement names.
    pub fn toolpack_id(&self) -> &str {
        &self.statement.toolpack_id
    }

    /// The first digest of the trust that the statement names.
    pub fn root(&self) -> &str {
        &self.statement.root
    }

    /// The statement as a signed draft about a subject of the toolpack; `None` if the toolpack has and had no
    /// such subject. Whether its signature holds is for whoever takes it in.
    pub fn draft(&self, scene: &Scene, lock: &crate::model::lockfile::Lockfile) -> Option<Draft> {
        let said = &self.statement;
        let approval = Approval {
            signer: said.signer.clone(),
            key_id: said.key_id.clone(),
            decision: said.decision,
            risk_tier: said.risk_tier,
            approved_toolsets: said.approved_toolsets.clone(),
            signed_at: said.signed_at,
            expires_at: said.expires_at,
            reason: said.reason.clone(),
            signature: self.signature.clone(),
        };
        let id = &said.subject.id;
        let (known, name) = match said.decision {
            Decision::Withdraw => {
                let tool = withdraw::gone(scene, lock).into_iter().find(|t| t.id == *id)?;
                (tool.digest, tool.name)
            }
            _ => (scene.subjects.get(id)?.digest.clone(), scene.name(&scene.subjects.get(id)?.id).to_owned()),
        };
        // Another digest is kept, so that it is told as "changed since", not as forged.
        let digest = if known == said.subject.digest { known } else { said.subject.digest.clone() };
        let kind = if id == SURFACE { SignedKind::Surface } else { SignedKind::Tool };
        let subject =
            SignedSubject { kind, id: id.clone(), digest, tier: said.risk_tier, toolsets: Vec::new() };
        Some(Draft { subject, name, approval })
    }
}

/// The text of a file with signed statements: each with its signature.
pub fn text(signed: impl IntoIterator<Item = (Node, String)>) -> String {
    let statements = signed.into_iter().map(|(statement, signature)| {
        Node::map([("statement", statement), ("signature", Node::text(signature))])
    });
    emit_json(&Node::map([
        ("schema", Node::text(SCHEMA)),
        ("statements", Node::new(Value::List(statements.collect()))),
    ]))
}

/// Reads such a file.
///
/// # Errors
/// A fault with line and pointer for anything that it does not hold.
pub fn read(file: &str, node: &Node) -> Result<Vec<Signed>, Fault> {
    let read: File = decode(file, node)?;
    let fault = |pointer: String, message: String| {
        let line = node.at(&pointer).map_or(0, |n| n.line);
        Fault::new(file, FaultKind::Content, message).line(line).pointer(pointer)
    };
    if read.schema != SCHEMA {
        return Err(fault("/schema".into(), format!("unknown schema {:?}, expected {SCHEMA}", read.schema)));
    }
    if read.statements.len() > MAX_STATEMENTS {
        return Err(fault("/statements".into(), format!("more than {MAX_STATEMENTS} statements")));
    }
    for (i, signed) in read.statements.iter().enumerate() {
        let said = &signed.statement;
        let at = |member: &str| format!("/statements/{i}/statement/{member}");
        if said.schema != STATEMENT {
            return Err(fault(
                at("schema"),
                format!("unknown schema {:?}, expected {STATEMENT}", said.schema),
            ));
        }
        if let Some(why) = reason_refused(&said.reason) {
            return Err(fault(at("reason"), why));
        }
        if !said.approved_toolsets.is_sorted_by(|a, b| a < b) {
            return Err(fault(at("approved_toolsets"), "approved_toolsets must be sorted and unique".into()));
        }
        let kind = if said.subject.id == SURFACE { "surface" } else { "tool" };
        if said.subject.kind != kind {
            return Err(fault(
                at("subject/kind"),
                format!("kind says {:?}, it is {kind:?}", said.subject.kind),
            ));
        }
    }
    Ok(read.statements)
}

#[cfg(test)]
mod tests {
    use super::super::approve::{Wish, plan};
    use super::super::enter::enter;
    use super::super::testing::*;
    use super::*;
    use crate::gate::enter::NotTaken;
    use crate::gate::written;
    use crate::model::bytes;
    use crate::model::lockfile::Lockfile;
    use crate::rules::sig;

    fn handed_over(scene: &Scene) -> String {
        let lock = synced(scene, None).lock;
        let key = key("alice");
        let key_id = key.key_id();
        let act = act(Decision::Approve, "alice", &key_id, scene.ground.now);
        let mut drafts = plan(scene, &lock, &gate_file(), &act, Wish::All, None).unwrap().drafts;
        sign(scene, &mut drafts, &key);
        text(drafts.iter().map(|d| (d.statement(scene), d.approval.signature.clone())))
    }

    fn attach(scene: &Scene, text: &str) -> Result<Lockfile, Vec<NotTaken>> {
        let mut lock = synced(scene, None).lock;
        let node = bytes::json("f", text.as_bytes(), 1 << 20).unwrap();
        let drafts: Vec<Draft> =
            read("f", &node).unwrap().iter().map(|s| s.draft(scene, &lock).unwrap()).collect();
        enter(scene, &mut lock, &drafts).map(|()| lock)
    }

    #[test]
    fn a_statement_that_is_handed_over_is_the_one_that_was_made_here() {
        let trust = trust(|t| t);
        over(&shop(), None, &trust, at(0), |scene| {
            let attached = attach(scene, &handed_over(scene)).unwrap();
            assert_eq!(written::text(&attached), written::text(&allow(scene, None, "alice", Wish::All)));
        });
    }

    #[test]
    fn any_changed_word_of_it_is_refused() {
        let trust = trust(|t| t);
        over(&shop(), None, &trust, at(0), |scene| {
            let text = handed_over(scene);
            for (from, to) in [
                ("\"reason\": \"looked at it\"", "\"reason\": \"looked at them\""),
                ("\"signer\": \"alice\"", "\"signer\": \"bob\""),
                ("\"decision\": \"approve\"", "\"decision\": \"exempt\""),
                ("09:00:00Z\"", "09:00:01Z\""),
            ] {
                assert!(text.contains(from), "{from}");
                let bad = attach(scene, &text.replace(from, to)).unwrap_err();
                assert_eq!(bad.len(), 7, "{from}");
            }
            let bad = attach(scene, &text.replace("looked at it", "x")).unwrap_err();
            assert!(bad.iter().all(|b| b.rule == sig::INVALID));
            let node = bytes::json("f", text.replace("\"tool\"", "\"surface\"").as_bytes(), 1 << 20).unwrap();
            assert!(read("f", &node).is_err());
            let long = text.replace("looked at it", &"x".repeat(1001));
            let node = bytes::json("f", long.as_bytes(), 1 << 20).unwrap();
            assert_eq!(read("f", &node).unwrap_err().pointer, "/statements/0/statement/reason");
        });
    }
}
