//! `cask propose drafts`: what agents were denied, out of an audit log, as drafts for people. Of the reasons, those alone
//! that a new tool, an approval or another group of tools would answer.

use std::path::PathBuf;

use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::canon::visible::visible;
use crate::capture::redact::values;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::enforce::audit::chain::record;
use crate::enforce::audit::redact::Redactor;
use crate::enforce::reason::ReasonCode;
use crate::io::{audit_files, drafts};
use crate::model::draft::TEXT;
use crate::propose::denials::{Denial, Fold};
use crate::report::words::count;

/// Reasons of which a draft can be made.
const REASONS: [ReasonCode; 4] = [
    ReasonCode::UnknownAction,
    ReasonCode::NotApproved,
    ReasonCode::ToolsetNotAllowed,
    ReasonCode::ToolsetNotApproved,
];
/// The form of a time in an audit log, behind its second.
const BEHIND: &[u8] = b".000000+00:00";
const UTC: &[u8] = b"+00:00";

/// Options of `propose drafts`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Audit log of a server; those that were rotated away before it are read too
    #[arg(long, value_name = "LOG")]
    from_audit: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The log or a draft can't be read, or a draft can't be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let log = ctx.cwd.join(&args.from_audit);
    let shown = args.from_audit.display().to_string();
    let files = audit_files::all(&log)?;
    if files.is_empty() {
        return Err(Failed::new("input", shown, "there is no such file")
            .hint("cask run writes .caskmcp/state/audit/runtime.jsonl, or what --audit-log names"));
    }
    let root = ctx.cwd.join(&ctx.global.root);
    let all = drafts::all(&root)?;
    if let Some(failure) = all.unread.into_iter().next() {
        return Err(failure.into());
    }

    let (mut denials, mut strange) = (0u64, 0u64);
    let mut clean = Clean::default();
    let mut fold = Fold::onto(all.drafts, ctx.now);
    for file in &files {
        audit_files::lines::<Failed>(file, |line, _| {
            match record(line) {
                None => strange += 1,
                Some(node) => {
                    if let Some(denial) = clean.denial(&node) {
                        denials += 1;
                        fold.take(denial);
                    }
                }
            }
            Ok(())
        })?;
    }
    let folded = fold.end();

    let counted = folded.drafts.len() - folded.new;
    for (id, draft) in folded.drafts {
        drafts::change(&root, &id, |before| {
            // Whoever reviewed it meanwhile is heard.
            let reviewed = before.map(|before| {
                (before.status, before.reviewed_at, before.reviewed_by, before.rejection_reason)
            });
            let mut draft = draft;
            if let Some((status, at, by, why)) = reviewed {
                (draft.status, draft.reviewed_at, draft.reviewed_by, draft.rejection_reason) =
                    (status, at, by, why);
            }
            Ok(Some(draft))
        })?;
    }
    let number = |n: u64, one: &str| count(usize::try_from(n).unwrap_or(usize::MAX), one);
    let mut text = format!(
        "{} of calls that a draft can be made of\n  New drafts: {}\n  Counted on: {counted}\n",
        number(denials, "denial"),
        folded.new,
    );
    if folded.left_out > 0 {
        text += &format!(
            "  Left out: {}, there are as many drafts as are kept\n",
            number(folded.left_out, "denial")
        );
    }
    if folded.ahead > 0 {
        text += &format!(
            "  Not counted: {} of a time that has not come; each is once it has\n",
            number(folded.ahead, "denial")
        );
    }
    ctx.print(&text)?;
    if folded.righted > 0 {
        ctx.note(&format!(
            "{} last seen in a time that has not come: counted on from now",
            count(folded.righted, "draft")
        ));
    }
    if strange > 0 {
        ctx.note(&format!("{} no records: cask audit verify", number(strange, "line")));
    }
    Ok(0)
}

/// What takes out of texts what nobody may keep.
#[derive(Default)]
struct Clean {
    audit: Redactor,
    values: values::Redactor,
}

impl Clean {
    /// The denial that a record tells of, if a draft can be made of it.
    fn denial(&mut self, node: &Node) -> Option<Denial> {
        let text = |name: &str| node.get(name).and_then(Node::as_text).filter(|text| !text.is_empty());
        if text("decision") != Some("deny") {
            return None;
        }
        let reason = REASONS.into_iter().find(|code| text("reason_code") == Some(code.word()))?;
        let at = text("timestamp").filter(|at| is_time(at))?;
        Some(Denial {
            reason: reason.word().to_owned(),
            tool: self.text(text("tool_id")?),
            host: text("origin")
                .map(|origin| self.text(origin.split_once("://").map_or(origin, |(_, host)| host))),
            method: text("method").map(|method| self.text(method)),
            at: at.to_owned(),
        })
    }

    /// A text that an agent may have chosen.
    fn text(&mut self, text: &str) -> String {
        let text = self.audit.text(text);
        visible(&self.values.text(&text).unwrap_or(text), TEXT)
    }
}

/// Whether a text is a time that there is, as an audit log writes it: such texts are in the order of their times.
fn is_time(text: &str) -> bool {
    let fits = |(b, s): (&u8, &u8)| if *s == b'0' { b.is_ascii_digit() } else { b == s };
    let Some((second, behind)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let behind = behind.as_bytes();
    behind.len() == BEHIND.len()
        && behind.iter().zip(BEHIND).all(fits)
        && behind.ends_with(UTC)
        && format!("{second}Z").parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn denied(reason: &str, tool: &str, at: &str) -> Node {
        let tool = serde_json::Value::from(tool);
        node(&format!(
            r#"{{"kind": "decision", "decision": "deny", "reason_code": "{reason}", "tool_id": {tool}, "timestamp": "{at}",
            "method": "DELETE", "origin": "https://api.shop.example"}}"#
        ))
    }

    #[test]
    fn denials_that_a_tool_would_answer_are_taken_and_cleaned() {
        const AT: &str = "2026-11-01T10:00:00.000001+00:00";
        let mut clean = Clean::default();
        let denial = clean.denial(&denied("denied_unknown_action", "delete_account", AT)).unwrap();
        assert_eq!(
            (denial.host.as_deref(), denial.method.as_deref()),
            (Some("api.shop.example"), Some("DELETE"))
        );
        let known: Vec<&str> = ReasonCode::ALL
            .iter()
            .map(|code| code.word())
            .filter(|word| clean.denial(&denied(word, "x", AT)).is_some())
            .collect();
        assert_eq!(
            known,
            [
                "denied_unknown_action",
                "denied_not_approved",
                "denied_toolset_not_allowed",
                "denied_toolset_not_approved"
            ]
        );
        for at in [
            "",
            "soon",
            "2026-11-01T10:00:00Z",
            "9999-99-99T99:99:99.999999+00:00",
            "2026-11-31T10:00:00.000001+00:00",
            "2026-11-01T10:00:00.000001+00:01",
        ] {
            assert_eq!(clean.denial(&denied("denied_unknown_action", "x", at)), None, "{at}");
        }
        let token = ["ghp_", "0123456789abcdefghijklmnopqrstuvwxyzAB"].concat();
        for tool in
            [token.as_str(), "mail ann.smith@mail.example", "a\u{1b}[31m\u{202e}b", &"é".repeat(9_999)]
        {
            let told = clean.denial(&denied("denied_unknown_action", tool, AT)).unwrap().tool;
            assert!(told.chars().count() <= TEXT && !told.contains([char::from(27), '\u{202e}']), "{told}");
            assert!(!told.contains(&token) && !told.contains("ann.smith"), "{told}");
        }
    }
}
