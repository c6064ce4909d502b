//! A call that a person has to grant: what it is bound to, what the person is shown, the states it goes through, and
//! the checks that a token meets, in their order. No clock, no store: rows in, verdicts out.

use std::ops::RangeInclusive;

use super::reason::{ReasonCode, Refusal};
use super::token::{Id, Key, Presented, Reference, mac_over, same};
use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;
use crate::canon::{Node, digest, json};
use crate::model::risk::RiskTier;

/// How long a challenge can stand, in seconds.
pub const TTL: RangeInclusive<u32> = 30..=3600;
/// How long one stands if nobody says otherwise, in seconds.
pub const TTL_DEFAULT: u32 = 300;
/// Challenges of one run that can be open at a time.
pub const MOST_OPEN: u32 = 100;
/// How long a row is kept after its end, in milliseconds: thirty days.
pub const KEPT: i64 = 30 * 86_400_000;
/// Largest text of a row that is read back.
const MAX_ROW: usize = 256 << 10;

/// Everything that a token is good for. Another call, another place, another identity: another challenge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bindings {
    /// The tool.
    pub tool_id: String,
    /// Digest of the action as it is defined.
    pub action_digest: String,
    /// Digest of the request as it would be sent.
    pub request_digest: String,
    /// The toolset that is served.
    pub toolset: Option<String>,
    /// Digest of the artifacts.
    pub artifacts_digest: String,
    /// Digest of the lockfile.
    pub lockfile_digest: Option<String>,
    /// Scheme, host and port that the request would really go to.
    pub origin: String,
    /// Name of the credential that would be sent, never its value.
    pub credential: Option<String>,
    /// How the server was started, as far as it changes what a call does.
    pub mode: String,
}

impl Bindings {
    /// As a tree: what is stored, signed and put under the MAC.
    pub fn node(&self) -> Node {
        Node::map([
            ("action_digest", Node::text(&*self.action_digest)),
            ("artifacts_digest", Node::text(&*self.artifacts_digest)),
            ("credential", optional(&self.credential)),
            ("lockfile_digest", optional(&self.lockfile_digest)),
            ("mode", Node::text(&*self.mode)),
            ("origin", Node::text(&*self.origin)),
            ("request_digest", Node::text(&*self.request_digest)),
            ("tool_id", Node::text(&*self.tool_id)),
            ("toolset", optional(&self.toolset)),
        ])
    }

    /// What one open challenge is kept for: equal for equal bindings alone.
    pub fn key(&self) -> String {
        digest::canonical_hex(&self.node())
    }

    /// The canonical text.
    pub fn text(&self) -> String {
        json::canonical(&self.node())
    }

    /// Reads the canonical text back. None if it is none.
    pub fn read(text: &str) -> Option<Bindings> {
        let node = row_node(text)?;
        let text_of = |name: &str| node.get(name)?.as_text().map(str::to_owned);
        Some(Bindings {
            tool_id: text_of("tool_id")?,
            action_digest: text_of("action_digest")?,
            request_digest: text_of("request_digest")?,
            toolset: text_or_null(&node, "toolset")?,
            artifacts_digest: text_of("artifacts_digest")?,
            lockfile_digest: text_or_null(&node, "lockfile_digest")?,
            origin: text_of("origin")?,
            credential: text_or_null(&node, "credential")?,
            mode: text_of("mode")?,
        })
    }

    /// What a token of the reference system is bound to; it says nothing of the rest.
    pub fn of_reference(token: &Reference) -> Bindings {
        Bindings {
            tool_id: token.tool_id.clone(),
            request_digest: token.request_digest.clone(),
            toolset: token.toolset.clone(),
            artifacts_digest: token.artifacts_digest.clone(),
            lockfile_digest: token.lockfile_digest.clone(),
            ..Bindings::default()
        }
    }

    /// Only what the reference binds.
    fn of_the_reference_alone(&self) -> Bindings {
        Bindings {
            action_digest: String::new(),
            origin: String::new(),
            credential: None,
            mode: String::new(),
            ..self.clone()
        }
    }
}

/// What the person who grants is shown: stored, under the MAC, and signed with the grant. Every text may be a
/// stranger's: whoever shows it escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Name of the tool.
    pub tool: String,
    /// Method.
    pub method: String,
    /// Path as it would be sent, with a star for each value that the person is not shown.
    pub path: String,
    /// Arguments, secrets taken out, bounded ([`super::audit::redact::Redactor::arguments`]).
    pub arguments: String,
    /// Scheme, host and port.
    pub origin: String,
    /// Risk of the tool.
    pub tier: RiskTier,
    /// The run that asks.
    pub run_id: String,
    /// Folder of the toolpack from the root: signers may be limited to some.
    pub toolpack: String,
}

impl Shown {
    /// As a tree.
    pub fn node(&self) -> Node {
        Node::map([
            ("arguments", Node::text(&*self.arguments)),
            ("method", Node::text(&*self.method)),
            ("origin", Node::text(&*self.origin)),
            ("path", Node::text(&*self.path)),
            ("run_id", Node::text(&*self.run_id)),
            ("tier", Node::text(self.tier.word())),
            ("tool", Node::text(&*self.tool)),
            ("toolpack", Node::text(&*self.toolpack)),
        ])
    }

    /// The canonical text.
    pub fn text(&self) -> String {
        json::canonical(&self.node())
    }

    /// Reads the canonical text back. None if it is none.
    pub fn read(text: &str) -> Option<Shown> {
        let node = row_node(text)?;
        let text_of = |name: &str| node.get(name)?.as_text().map(str::to_owned);
        Some(Shown {
            tool: text_of("tool")?,
            method: text_of("method")?,
            path: text_of("path")?,
            arguments: text_of("arguments")?,
            origin: text_of("origin")?,
            tier: text_of("tier")?.parse().ok()?,
            run_id: text_of("run_id")?,
            toolpack: text_of("toolpack")?,
        })
    }

    /// What there is to show of a challenge of the reference system: hardly anything, so it counts as the worst.
    pub fn of_reference(token: &Reference) -> Shown {
        Shown {
            tool: token.tool_id.clone(),
            method: String::new(),
            path: String::new(),
            arguments: String::new(),
            origin: String::new(),
            tier: RiskTier::Critical,
            run_id: String::new(),
            toolpack: String::new(),
        }
    }
}

/// Where a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Nobody said anything, or not enough people did.
    Pending,
    /// Enough people granted it.
    Granted,
    /// Somebody refused it.
    Denied,
    /// The call was made.
    Used,
    /// Its time is over.
    Expired,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 5] =
        [Status::Pending, Status::Granted, Status::Denied, Status::Used, Status::Expired];

    /// The word in the store and in lists.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Granted => "granted",
            Status::Denied => "denied",
            Status::Used => "used",
            Status::Expired => "expired",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether something can still become of it.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Pending | Status::Granted)
    }
}

/// One challenge as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name; a token of the reference system is its own.
    pub id: Name,
    /// Where it stands, its time not looked at.
    pub status: Status,
    /// What it is bound to.
    pub bindings: Bindings,
    /// What the person is shown.
    pub shown: Shown,
    /// Whether the agent has a handle only, and granting takes the operator's code.
    pub handle_only: bool,
    /// Milliseconds since 1970.
    pub created: i64,
    /// From then on it is too late; milliseconds since 1970.
    pub expires: i64,
    /// Why it was denied, in the person's words.
    pub reason: Option<String>,
}

/// The name of a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// One of ours.
    Own(Id),
    /// A token of the reference system.
    Reference(String),
}

impl Name {
    /// The text in the store.
    pub fn as_str(&self) -> &str {
        match self {
            Name::Own(id) => id.as_str(),
            Name::Reference(text) => text,
        }
    }

    /// Eight characters for lists and audit records.
    pub fn short(&self) -> String {
        match self {
            Name::Own(id) => id.short().to_owned(),
            // They all begin alike.
            Name::Reference(text) => digest::sha256_hex(text.as_bytes())[..8].to_owned(),
        }
    }
}

impl Challenge {
    /// The MAC of what was asked: over everything that must not change between asking and granting.
    pub fn mac(&self, key: &Key) -> [u8; 32] {
        let node = Node::map([
            ("bindings", self.bindings.node()),
            ("created_at", Node::int(self.created)),
            ("expires_at", Node::int(self.expires)),
            ("handle_only", Node::bool(self.handle_only)),
            ("id", Node::text(self.id.as_str())),
            ("shown", self.shown.node()),
        ]);
        mac_over(key, "cask.confirmation-token/2", &node)
    }

    /// Where it stands at a time.
    pub fn status_at(&self, now: i64) -> Status {
        if self.status.is_open() && self.expires <= now { Status::Expired } else { self.status }
    }

    /// Whether somebody may grant it now.
    ///
    /// # Errors
    /// The status that does not allow it.
    pub fn may_grant(&self, now: i64) -> Result<(), Status> {
        match self.status_at(now) {
            Status::Pending => Ok(()),
            other => Err(other),
        }
    }

    /// Whether somebody may deny it now.
    ///
    /// # Errors
    /// The status that does not allow it.
    pub fn may_deny(&self, now: i64) -> Result<(), Status> {
        match self.status_at(now) {
            Status::Pending | Status::Granted => Ok(()),
            other => Err(other),
        }
    }
}

/// The checks of a token on its way to being used, in their order, but for the grants. `row` is the challenge of its
/// name. After its time a used token counts as too late, as in the reference system.
///
/// # Errors
/// Invalid, expired or replayed; the message says what a caller can do.
pub fn check(
    key: &Key,
    presented: Option<&Presented>,
    row: Option<&Challenge>,
    asked: &Bindings,
    now: i64,
) -> Result<(), Refusal> {
    let invalid = |why: &str| Err(Refusal::new(ReasonCode::ConfirmationInvalid, why));
    let Some(presented) = presented else { return invalid("this is not a confirmation token") };
    if let Presented::Reference(token) = presented {
        if token.expires_at.saturating_mul(1000) <= now {
            return Err(expired());
        }
        if Bindings::of_reference(token) != asked.of_the_reference_alone() {
            return invalid(OTHER_CALL);
        }
    }
    let Some(row) = row else { return invalid("this confirmation is not known here") };
    if !check_name(key, presented, row) {
        return invalid("this is not a confirmation token of this server");
    }
    if !matches!(presented, Presented::Reference(_)) && row.bindings != *asked {
        return invalid(OTHER_CALL);
    }
    if row.status == Status::Expired || row.expires <= now {
        return Err(expired());
    }
    match row.status {
        Status::Granted => Ok(()),
        Status::Used => Err(replayed()),
        Status::Denied => invalid("the operator denied this call"),
        _ => invalid("nobody has granted this call yet"),
    }
}

/// Whether what was presented names this challenge: with the MAC that belongs to it and its kind.
pub fn check_name(key: &Key, presented: &Presented, row: &Challenge) -> bool {
    match presented {
        Presented::Token(_, mac) => mac.len() == 32 && !row.handle_only && same(mac, &row.mac(key)),
        Presented::Handle(_, mac) => row.handle_only && same(mac, &row.mac(key)),
        // Its own MAC was checked when it was read; the row may say no more than the token does.
        Presented::Reference(token) => row.bindings == Bindings::of_reference(token),
    }
}

/// The refusal of a token that was used.
pub fn replayed() -> Refusal {
    Refusal::new(ReasonCode::ConfirmationReplay, "this confirmation was used already")
}

fn expired() -> Refusal {
    Refusal::new(ReasonCode::ConfirmationExpired, "the time for this confirmation is over")
}

const OTHER_CALL: &str = "this confirmation is for another call";

fn row_node(text: &str) -> Option<Node> {
    read_json("row", text.as_bytes(), &Limits { depth: 8, nodes: 64, ..Limits::new(MAX_ROW) }).ok()
}

fn optional(text: &Option<String>) -> Node {
    text.as_deref().map_or_else(Node::null, Node::text)
}

fn text_or_null(node: &Node, name: &str) -> Option<Option<String>> {
    let value = node.get(name)?;
    if value.is_null() { Some(None) } else { value.as_text().map(|text| Some(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforce::token::{handle, read, token};

    const NOW: i64 = 1_000_000;

    fn key() -> Key {
        Key::new([1; 32])
    }

    fn bindings() -> Bindings {
        Bindings {
            tool_id: "t".to_owned(),
            action_digest: "a".to_owned(),
            request_digest: "r".to_owned(),
            toolset: Some("operator".to_owned()),
            artifacts_digest: "d".to_owned(),
            lockfile_digest: Some("l".to_owned()),
            origin: "https://api.example:443".to_owned(),
            credential: Some("CASK_AUTH_X".to_owned()),
            mode: "execute".to_owned(),
        }
    }

    fn challenge(status: Status) -> Challenge {
        Challenge {
            id: Name::Own(Id::from_random([3; 16])),
            status,
            bindings: bindings(),
            shown: Shown {
                tool: "delete_user".to_owned(),
                method: "DELETE".to_owned(),
                path: "/users/1".to_owned(),
                arguments: "{}".to_owned(),
                origin: "https://api.example:443".to_owned(),
                tier: RiskTier::High,
                run_id: "run_1".to_owned(),
                toolpack: "toolpacks/shop".to_owned(),
            },
            handle_only: false,
            created: NOW - 1000,
            expires: NOW + 1000,
            reason: None,
        }
    }

    fn own(row: &Challenge) -> Presented {
        let Name::Own(id) = &row.id else { panic!("one of ours") };
        let text = match row.handle_only {
            true => handle(id, &row.mac(&key())),
            false => token(id, &row.mac(&key())),
        };
        read(&key(), &text).expect("a token")
    }

    fn code(row: &Challenge, asked: &Bindings, now: i64) -> Option<ReasonCode> {
        check(&key(), Some(&own(row)), Some(row), asked, now).err().map(|refusal| refusal.code)
    }

    #[test]
    fn the_order_of_the_checks() {
        use ReasonCode::{ConfirmationExpired, ConfirmationInvalid, ConfirmationReplay};
        let granted = challenge(Status::Granted);
        assert_eq!(code(&granted, &bindings(), NOW), None);
        // 1, 5: no token; a token without a row.
        let none = check(&key(), None, Some(&granted), &bindings(), NOW).unwrap_err();
        assert_eq!(none.code, ConfirmationInvalid);
        let gone = check(&key(), Some(&own(&granted)), None, &bindings(), NOW).unwrap_err();
        assert_eq!(gone.code, ConfirmationInvalid);
        // 3 before 6: a replay after its time is too late.
        assert_eq!(code(&challenge(Status::Used), &bindings(), NOW), Some(ConfirmationReplay));
        assert_eq!(code(&challenge(Status::Used), &bindings(), NOW + 1000), Some(ConfirmationExpired));
        // 4 before 6: another call with a used token is told nothing of its use.
        let other = Bindings { request_digest: "x".to_owned(), ..bindings() };
        assert_eq!(code(&challenge(Status::Used), &other, NOW), Some(ConfirmationInvalid));
        // 7, 8.
        assert_eq!(code(&challenge(Status::Expired), &bindings(), NOW), Some(ConfirmationExpired));
        assert_eq!(code(&granted, &bindings(), NOW + 1000), Some(ConfirmationExpired));
        assert_eq!(code(&challenge(Status::Pending), &bindings(), NOW), Some(ConfirmationInvalid));
        assert_eq!(code(&challenge(Status::Denied), &bindings(), NOW), Some(ConfirmationInvalid));
    }

    #[test]
    fn every_binding_binds() {
        let granted = challenge(Status::Granted);
        let x = || "x".to_owned();
        for other in [
            Bindings { tool_id: x(), ..bindings() },
            Bindings { action_digest: x(), ..bindings() },
            Bindings { request_digest: x(), ..bindings() },
            Bindings { toolset: None, ..bindings() },
            Bindings { artifacts_digest: x(), ..bindings() },
            Bindings { lockfile_digest: Some(x()), ..bindings() },
            Bindings { origin: x(), ..bindings() },
            Bindings { credential: None, ..bindings() },
            Bindings { mode: x(), ..bindings() },
        ] {
            assert_eq!(code(&granted, &other, NOW), Some(ReasonCode::ConfirmationInvalid), "{other:?}");
            assert_ne!(other.key(), bindings().key());
        }
    }

    #[test]
    fn a_row_that_says_more_than_its_token_does_not_hold() {
        let granted = challenge(Status::Granted);
        let presented = own(&granted);
        let mut shown = granted.shown.clone();
        shown.arguments = "{\"id\":2}".to_owned();
        for row in [
            Challenge { expires: granted.expires + 1_000_000, ..granted.clone() },
            Challenge { handle_only: true, ..granted.clone() },
            Challenge { shown, ..granted.clone() },
            Challenge { created: 0, ..granted.clone() },
        ] {
            let refused = check(&key(), Some(&presented), Some(&row), &bindings(), NOW).unwrap_err();
            assert_eq!(refused.code, ReasonCode::ConfirmationInvalid, "{row:?}");
        }
        assert!(check(&Key::new([2; 32]), Some(&presented), Some(&granted), &bindings(), NOW).is_err());
    }

    #[test]
    fn a_handle_is_used_like_a_token_and_is_none() {
        let with_handle = Challenge { handle_only: true, ..challenge(Status::Granted) };
        assert_eq!(code(&with_handle, &bindings(), NOW), None);
        let Name::Own(id) = &with_handle.id else { panic!("one of ours") };
        let as_token = read(&key(), &token(id, &with_handle.mac(&key())));
        assert!(check(&key(), as_token.as_ref(), Some(&with_handle), &bindings(), NOW).is_err());
    }

    #[test]
    fn states_move_forward_only() {
        for (status, grant, deny) in [
            (Status::Pending, Ok(()), Ok(())),
            (Status::Granted, Err(Status::Granted), Ok(())),
            (Status::Denied, Err(Status::Denied), Err(Status::Denied)),
            (Status::Used, Err(Status::Used), Err(Status::Used)),
            (Status::Expired, Err(Status::Expired), Err(Status::Expired)),
        ] {
            let row = challenge(status);
            assert_eq!((row.may_grant(NOW), row.may_deny(NOW)), (grant, deny), "{status:?}");
            assert_eq!(Status::parse(status.word()), Some(status));
        }
        // The reference lets what is over still be denied.
        let over = challenge(Status::Pending);
        assert_eq!(over.may_grant(over.expires), Err(Status::Expired));
        assert_eq!(over.may_deny(over.expires), Err(Status::Expired));
    }

    #[test]
    fn rows_come_back_as_they_went() {
        let row = challenge(Status::Pending);
        assert_eq!(Bindings::read(&row.bindings.text()), Some(row.bindings.clone()));
        assert_eq!(Shown::read(&row.shown.text()), Some(row.shown.clone()));
        for text in ["", "{}", "[]", "{\"tool\":1}"] {
            assert_eq!((Bindings::read(text), Shown::read(text)), (None, None));
        }
    }
}
