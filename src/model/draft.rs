//! A draft (`cask.draft/1`): something that an agent was denied, kept for a person to look at. No state of it grants
//! anything, and nothing that judges or serves reads it.

use super::at::At;
use super::risk::RiskTier;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, Node};

/// The schema word of such a file.
pub const SCHEMA: &str = "cask.draft/1";
/// Most bytes of a file.
pub const LIMIT: usize = 64 << 10;
/// Most drafts that are kept.
pub const MOST: usize = 1_000;
/// Most characters of one text that an agent chose.
pub const TEXT: usize = 256;
/// How an id begins, and its digits.
const PREFIX: &str = "prop_";
const DIGITS: std::ops::RangeInclusive<usize> = 8..=64;

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has said anything.
    Pending,
    /// A person thinks that it should be captured, minted and put before the gate.
    Approved,
    /// A person thinks that it should not.
    Rejected,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 3] = [Status::Pending, Status::Approved, Status::Rejected];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Approved => "approved",
            Status::Rejected => "rejected",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = String;
    fn from_str(word: &str) -> Result<Status, String> {
        let known = Status::ALL.into_iter().find(|status| status.word() == word);
        known.ok_or_else(|| format!("unknown status {word:?}, expected pending, approved or rejected"))
    }
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `prop_` and hex digits.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// Why it was denied.
    pub reason_code: String,
    /// What was asked for.
    pub attempted_action: String,
    /// The tool that it would be.
    pub suggested_tool: String,
    /// Where it would go.
    pub suggested_host: Option<String>,
    /// Its method.
    pub method: Option<String>,
    /// How grave it may be.
    pub risk_guess: RiskTier,
    /// How often it was denied.
    pub count: u64,
    /// When first, as the audit log has it.
    pub proposed_at: String,
    /// When last, as the audit log has it.
    pub last_seen: String,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When somebody looked at it.
    pub reviewed_at: Option<Timestamp>,
    /// Who.
    pub reviewed_by: Option<String>,
    /// Why not.
    pub rejection_reason: Option<String>,
}

/// Whether a text is the id of a draft, and so the name of its file.
pub fn is_id(text: &str) -> bool {
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix(PREFIX).is_some_and(|rest| DIGITS.contains(&rest.len()) && rest.bytes().all(hex))
}

impl Draft {
    /// Reads a draft.
    ///
    /// # Errors
    /// Another schema, a member that is missing, not known or of another type, or the id of another file.
    pub fn read(file: &str, id: &str, node: &Node) -> Result<Draft, Fault> {
        let root = At::root(file, node);
        root.map()?;
        let schema = root.text_of("schema")?;
        if schema != SCHEMA {
            return Err(root.fault_at("schema", format!("unknown schema {schema:?}, expected {SCHEMA}")));
        }
        root.only(&[
            "schema",
            "proposal_id",
            "status",
            "capability",
            "count",
            "last_seen",
            "created_at",
            "reviewed_at",
            "reviewed_by",
            "rejection_reason",
        ])?;
        if root.text_of("proposal_id")? != id {
            return Err(root.fault_at("proposal_id", format!("it is not {id}, as the file is called")));
        }
        let what = root.required("capability")?;
        what.map()?;
        what.only(&[
            "reason_code",
            "attempted_action",
            "suggested_tool",
            "suggested_host",
            "method",
            "risk_guess",
            "required_human_review",
            "proposed_at",
            "agent_context",
        ])?;
        let own = |text: Option<&str>| text.map(str::to_owned);
        Ok(Draft {
            id: id.to_owned(),
            status: root.word_of("status")?,
            reason_code: what.text_of("reason_code")?.to_owned(),
            attempted_action: what.text_of("attempted_action")?.to_owned(),
            suggested_tool: what.text_of("suggested_tool")?.to_owned(),
            suggested_host: own(what.opt_text("suggested_host")?),
            method: own(what.opt_text("method")?),
            risk_guess: what.word_of("risk_guess")?,
            count: root.required("count")?.count()?,
            proposed_at: what.text_of("proposed_at")?.to_owned(),
            last_seen: root.text_of("last_seen")?.to_owned(),
            created_at: root.word_of("created_at")?,
            reviewed_at: root.opt_text("reviewed_at")?.map(|_| root.word_of("reviewed_at")).transpose()?,
            reviewed_by: own(root.opt_text("reviewed_by")?),
            rejection_reason: own(root.opt_text("rejection_reason")?),
        })
    }

    /// The file.
    pub fn node(&self) -> Node {
        let maybe = |text: &Option<String>| text.as_ref().map_or_else(Node::null, Node::text);
        let at = self.reviewed_at.map_or_else(Node::null, |at| Node::text(at.to_string()));
        let capability = Node::map([
            ("reason_code", Node::text(&self.reason_code)),
            ("attempted_action", Node::text(&self.attempted_action)),
            ("suggested_tool", Node::text(&self.suggested_tool)),
            ("suggested_host", maybe(&self.suggested_host)),
            ("method", maybe(&self.method)),
            ("risk_guess", Node::text(self.risk_guess.word())),
            ("required_human_review", Node::bool(true)),
            ("proposed_at", Node::text(&self.proposed_at)),
            ("agent_context", Node::null()),
        ]);
        Node::map([
            ("schema", Node::text(SCHEMA)),
            ("proposal_id", Node::text(&self.id)),
            ("status", Node::text(self.status.word())),
            ("capability", capability),
            ("count", Node::int(self.count)),
            ("last_seen", Node::text(&self.last_seen)),
            ("created_at", Node::text(self.created_at.to_string())),
            ("reviewed_at", at),
            ("reviewed_by", maybe(&self.reviewed_by)),
            ("rejection_reason", maybe(&self.rejection_reason)),
        ])
    }

    /// What somebody said of it. A draft that was decided on is decided on.
    ///
    /// # Errors
    /// The status that it has instead of being pending.
    pub fn reviewed(
        mut self,
        status: Status,
        by: &str,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<Draft, Status> {
        if self.status != Status::Pending {
            return Err(self.status);
        }
        self.status = status;
        self.reviewed_at = Some(now);
        self.reviewed_by = Some(by.to_owned());
        self.rejection_reason = reason.filter(|_| status == Status::Rejected).map(str::to_owned);
        Ok(self)
    }

    /// The same, to be looked at once more.
    ///
    /// # Errors
    /// It is pending.
    pub fn reopened(mut self) -> Result<Draft, Status> {
        if self.status == Status::Pending {
            return Err(self.status);
        }
        self.status = Status::Pending;
        (self.reviewed_at, self.reviewed_by, self.rejection_reason) = (None, None, None);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::emit::emit_json;
    use crate::model::testing::node;

    fn draft() -> Draft {
        Draft {
            id: "prop_0123456789abcdef".to_owned(),
            status: Status::Pending,
            reason_code: "denied_unknown_action".to_owned(),
            attempted_action: "delete_account".to_owned(),
            suggested_tool: "delete_account".to_owned(),
            suggested_host: None,
            method: None,
            risk_guess: RiskTier::Medium,
            count: 3,
            proposed_at: "2026-11-01T10:00:00.000001+00:00".to_owned(),
            last_seen: "2026-11-01T10:00:00.000003+00:00".to_owned(),
            created_at: Timestamp::MIN,
            reviewed_at: None,
            reviewed_by: None,
            rejection_reason: None,
        }
    }

    #[test]
    fn what_is_written_reads_back_and_what_is_missing_is_not_made_up() {
        let decided = draft().reviewed(Status::Rejected, "ann", Some("no"), Timestamp::MAX).unwrap();
        for one in [draft(), decided] {
            let node = one.node();
            assert_eq!(Draft::read("f", &one.id, &node), Ok(one.clone()));
            for key in ["schema", "status", "capability", "count", "last_seen", "created_at", "proposal_id"] {
                let fault = Draft::read("f", &one.id, &node.without(&[key])).unwrap_err();
                assert!(fault.message.contains(key), "{key}: {}", fault.message);
            }
        }
        assert!(Draft::read("f", "prop_00000000", &draft().node()).is_err());
        let text = emit_json(&draft().node()).replace("\"pending\"", "\"granted\"");
        assert!(Draft::read("f", &draft().id, &node(&text)).is_err());
    }

    #[test]
    fn what_is_decided_stays_until_it_is_reopened() {
        for status in [Status::Approved, Status::Rejected] {
            let decided = draft().reviewed(status, "ann", Some("why"), Timestamp::MIN).unwrap();
            for other in [Status::Approved, Status::Rejected] {
                assert_eq!(decided.clone().reviewed(other, "bob", None, Timestamp::MIN), Err(status));
            }
            assert_eq!(decided.reopened(), Ok(draft()));
        }
        assert_eq!(draft().reopened(), Err(Status::Pending));
    }

    #[test]
    fn ids_are_strict() {
        assert!(is_id("prop_01234567") && is_id("prop_0123456789abcdef"));
        for id in [
            "",
            "prop_",
            "prop_0123456",
            "prop_0123456g",
            "prop_0123456A",
            "../prop_01234567",
            "prop_01234567/..",
        ] {
            assert!(!is_id(id), "{id}");
        }
        assert!(!is_id(&format!("prop_{}", "0".repeat(65))));
    }
}
