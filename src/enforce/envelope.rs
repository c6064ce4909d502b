//! What becomes of a call in, the answer that an agent reads out (mcp.md §3): one JSON text of known members, no
//! digests, no paths of this machine, no text of an exception.

use serde_json::Value as Json;

use super::attached::Attached;
use super::reason::{ReasonCode, Refusal, Sent};
use super::validator::Misfit;
use crate::canon::json::compact;
use crate::canon::visible::visible;
use crate::canon::{Node, Value};

/// Characters of a name that somebody else made up.
const MAX_NAME: usize = 128;

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Whether it is marked as an error. What carries no data of a tool with an output schema has to be.
    pub is_error: bool,
    /// The first item of content.
    pub text: String,
    /// What the server gave beside its text, after it.
    pub attached: Vec<Attached>,
    /// The same as data.
    pub structured: Option<Json>,
    /// Whether the text is less than there is.
    pub truncated: bool,
    /// What was taken away: names of fields, `(pattern)`, `(secret)`.
    pub redacted: Vec<String>,
    /// Where the answer of the server is another than the tool's schema says, if it is.
    pub drift: Option<Misfit>,
    /// Whether it is the data of the server as it came, and nothing of ours around it.
    pub is_bare: bool,
}

impl Reply {
    /// An error of known members.
    pub fn error(members: Vec<(&str, Node)>) -> Reply {
        Reply {
            is_error: true,
            text: compact(&Node::map(members)),
            attached: Vec::new(),
            structured: None,
            truncated: false,
            redacted: Vec::new(),
            drift: None,
            is_bare: false,
        }
    }
}

fn text(text: &str) -> Node {
    Node::text(text)
}

/// A call that was refused, or that gives no answer though it had left.
pub fn denied(action: &str, refusal: &Refusal) -> Reply {
    let mut members = vec![
        ("status", text("blocked")),
        ("decision", text("deny")),
        ("reason_code", text(refusal.code.word())),
        ("reason", text(&refusal.message)),
        ("action", text(action)),
    ];
    match refusal.sent {
        Sent::No => {}
        // Whoever asks again does it a second time.
        Sent::Perhaps => members.push(("executed", Node::null())),
        Sent::Yes => members.push(("executed", Node::bool(true))),
    }
    Reply::error(members)
}

/// A name that no tool has, or none that is served.
pub fn unknown(name: &str) -> Reply {
    Reply::error(vec![
        ("error", text(&format!("Unknown tool: {}", visible(name, MAX_NAME)))),
        ("reason_code", text(ReasonCode::UnknownAction.word())),
    ])
}

/// A call that a person has to grant, with the token that it is to be sent with again. Marked as an error: clients
/// of tools with an output schema would else not show it.
pub fn confirm(action: &str, reason: &str, token: &str, grant: &str) -> Reply {
    Reply::error(vec![
        ("status", text("confirmation_required")),
        ("decision", text("confirm")),
        ("reason_code", text(ReasonCode::ConfirmationRequired.word())),
        ("reason", text(reason)),
        ("confirmation_token_id", text(token)),
        ("action", text(action)),
        ("grant_with", text(grant)),
    ])
}

/// A call that would be sent.
pub fn dry_run(action: &str, method: &str, path: &str, arguments: Node, code: ReasonCode) -> Reply {
    let decision = match code {
        ReasonCode::AllowedPolicy | ReasonCode::AllowedConfirmationGranted => "allow",
        ReasonCode::ConfirmationRequired => "confirm",
        _ => "deny",
    };
    Reply::error(vec![
        ("status", text("dry_run")),
        ("action", text(action)),
        ("method", text(method)),
        ("path", text(path)),
        ("arguments", arguments),
        ("message", text("Request would be sent (dry run mode)")),
        ("decision", text(decision)),
        ("reason_code", text(code.word())),
    ])
}

/// Something failed here. What it was stands in the audit log under the id of the call.
pub fn internal(action: &str, call: &str) -> Reply {
    Reply::error(vec![
        ("status", text("error")),
        ("action", text(action)),
        ("reason_code", text(ReasonCode::Internal.word())),
        ("error", text("internal error")),
        ("call_id", text(call)),
    ])
}

/// A tree for people and models: two spaces a level, what cannot be seen as escapes. A tree that takes more than `most`
/// bytes so is written on one line instead, whose length is about its own: spaces alone could make it a hundred times as
/// long.
pub fn laid_out(node: &Node, most: usize) -> String {
    let mut out = String::new();
    match opened(node, 0, most, &mut out) {
        true => out,
        false => compact(node),
    }
}

/// Writes a tree; false as soon as there are more than `most` bytes.
fn opened(node: &Node, level: usize, most: usize, out: &mut String) -> bool {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(level + 1, out);
                if !opened(item, level + 1, most, out) {
                    return false;
                }
            }
            line(level, out);
            out.push(']');
        }
        Value::Map(members) if !members.is_empty() => {
            out.push('{');
            for (at, (key, member)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(level + 1, out);
                out.push_str(&compact(&Node::text(key)));
                out.push_str(": ");
                if !opened(member, level + 1, most, out) {
                    return false;
                }
            }
            line(level, out);
            out.push('}');
        }
        _ => out.push_str(&compact(node)),
    }
    out.len() <= most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn each_answer_has_its_members_and_is_marked() {
        let refusal = Refusal::new(ReasonCode::Policy, "no rule allows it");
        for (reply, expected) in [
            (
                denied("a", &refusal),
                r#"{"status": "blocked", "decision": "deny", "reason_code": "denied_policy", "reason": "no rule allows it", "action": "a"}"#,
            ),
            (
                denied("a", &refusal.clone().after(Sent::Perhaps)),
                r#"{"status": "blocked", "decision": "deny", "reason_code": "denied_policy", "reason": "no rule allows it", "action": "a", "executed": null}"#,
            ),
            (
                unknown("a\u{202e}b"),
                r#"{"error": "Unknown tool: a⟨U+202E⟩b", "reason_code": "denied_unknown_action"}"#,
            ),
            (
                confirm("a", "it changes something", "cfr_1", "cask confirm grant cfr_1"),
                r#"{"status": "confirmation_required", "decision": "confirm", "reason_code": "confirmation_required", "reason": "it changes something", "confirmation_token_id": "cfr_1", "action": "a", "grant_with": "cask confirm grant cfr_1"}"#,
            ),
            (
                dry_run("a", "GET", "/x", node(r#"{"id": 1}"#), ReasonCode::AllowedPolicy),
                r#"{"status": "dry_run", "action": "a", "method": "GET", "path": "/x", "arguments": {"id": 1}, "message": "Request would be sent (dry run mode)", "decision": "allow", "reason_code": "allowed_policy"}"#,
            ),
            (
                internal("a", "call_1"),
                r#"{"status": "error", "action": "a", "reason_code": "error_internal", "error": "internal error", "call_id": "call_1"}"#,
            ),
        ] {
            assert_eq!(reply.text, expected);
            assert!(reply.is_error && reply.structured.is_none());
        }
    }

    #[test]
    fn a_tree_is_written_two_spaces_a_level() {
        let tree = node(r#"{"a": [1, {"b": []}], "c": {}, "d": "\u202e"}"#);
        let text = "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {},\n  \"d\": \"\\u202e\"\n}";
        assert_eq!(laid_out(&tree, text.len()), text);
        let one_line = r#"{"a": [1, {"b": []}], "c": {}, "d": "\u202e"}"#;
        for most in 0..text.len() {
            assert_eq!(laid_out(&tree, most), one_line, "{most}");
        }
    }
}
