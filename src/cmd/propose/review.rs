//! `cask propose approve`, `reject` and `reopen`: what a person thinks of a draft is written down. It grants nothing:
//! whoever wants the tool captures and mints it, and the gate asks for signatures.

use std::path::PathBuf;

use super::told;
use crate::cmd::confirm::bench::{BY, one_line, person};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::signing::consent;
use crate::enforce::audit::record::{Record, Review, What};
use crate::enforce::token::hex;
use crate::io::audit_log::{AuditLog, Durability, MAX_BYTES};
use crate::io::{Failure, drafts};
use crate::model::draft::{Draft, Status, is_id};

/// Restricts who approves, on this machine.
const APPROVERS: &str = "CASKMCP_APPROVERS";

/// Who reviews, and where that is written down.
#[derive(Debug, clap::Args)]
pub struct WhoArgs {
    /// The draft: prop_ and its digits, as cask propose list shows it
    #[arg(value_name = "ID")]
    id: String,
    /// Who you are
    #[arg(long, value_name = "NAME", default_value = "human")]
    by: String,
    /// Audit log to write it to as well (default: none)
    #[arg(long, value_name = "FILE")]
    audit_log: Option<PathBuf>,
}

/// Options of `propose approve`.
#[derive(Debug, clap::Args)]
pub struct Approve {
    #[command(flatten)]
    who: WhoArgs,
}

/// Options of `propose reject`.
#[derive(Debug, clap::Args)]
pub struct Reject {
    #[command(flatten)]
    who: WhoArgs,
    /// Why, in one line
    #[arg(short, long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Options of `propose reopen`.
#[derive(Debug, clap::Args)]
pub struct Reopen {
    #[command(flatten)]
    who: WhoArgs,
}

/// The draft of an id.
///
/// # Errors
/// It is no id, there is no such draft, or it can't be read.
pub fn found(id: &str, ctx: &Ctx) -> Result<Draft, Failed> {
    if !is_id(id) {
        return Err(Failed::new("usage", id, "it is no id of a draft").hint("cask propose list"));
    }
    drafts::one(&ctx.cwd.join(&ctx.global.root), id)?.ok_or_else(|| missing(id).into())
}

fn missing(id: &str) -> Failure {
    Failure::new(id, "there is no such draft").hint("cask propose list")
}

/// Runs `propose approve`.
///
/// # Errors
/// Nobody may approve here, the draft is no longer pending, or it can't be written down.
pub fn approve(args: Approve, ctx: &mut Ctx) -> Outcome {
    let draft = found(&args.who.id, ctx)?;
    person(&args.who.by)?;
    may_approve(&args.who.by, &draft, ctx)?;
    let by = args.who.by.clone();
    let now = ctx.now;
    change(&args.who, "approve", None, ctx, move |there| {
        let approved = there.clone().reviewed(Status::Approved, &by, None, now);
        let approved = approved.map_err(|status| settled(&there.id, status))?;
        unchanged(&draft, &there)?;
        Ok(approved)
    })?;
    let (id, by) = (ctx.paint().text(&args.who.id, 80), ctx.paint().text(&args.who.by, BY));
    ctx.print(&format!(
        "Proposal '{id}' approved by {by}.\nThis grants nothing: no server looks at drafts. Capture the call, mint it, \
         and sign the tool:\n  cask capture import FILE, cask propose from-capture ID, cask gate allow TOOL\n"
    ))?;
    Ok(0)
}

/// Runs `propose reject`.
///
/// # Errors
/// The draft is no longer pending, or it can't be written down.
pub fn reject(args: Reject, ctx: &mut Ctx) -> Outcome {
    let reason = Some(one_line(args.reason)?).filter(|reason| !reason.is_empty());
    let (by, why, now) = (args.who.by.clone(), reason.clone(), ctx.now);
    let reject = move |draft: Draft| {
        let id = draft.id.clone();
        draft.reviewed(Status::Rejected, &by, why.as_deref(), now).map_err(|status| settled(&id, status))
    };
    change(&args.who, "reject", reason, ctx, reject)?;
    let id = ctx.paint().text(&args.who.id, 80);
    ctx.print(&format!("Proposal '{id}' rejected.\n"))?;
    Ok(0)
}

/// Runs `propose reopen`.
///
/// # Errors
/// The draft is pending, or it can't be written down.
pub fn reopen(args: Reopen, ctx: &mut Ctx) -> Outcome {
    change(&args.who, "reopen", None, ctx, |draft| {
        let id = draft.id.clone();
        draft.reopened().map_err(|status| settled(&id, status))
    })?;
    let id = ctx.paint().text(&args.who.id, 80);
    ctx.print(&format!("Proposal '{id}' is pending again.\n"))?;
    Ok(0)
}

/// Whether somebody may approve: who is listed, or where there is no list a person who is asked.
fn may_approve(by: &str, draft: &Draft, ctx: &mut Ctx) -> Result<(), Failed> {
    let listed = ctx.var(APPROVERS).map(|list| list.split(',').any(|name| name.trim() == by));
    match listed {
        Some(false) => Err(Failed::new("trust", "", format!("{APPROVERS} does not name {by}"))
            .hint("--by NAME, one that it names")),
        None if !ctx.can_ask() => {
            Err(Failed::new("trust", "", "nobody can be asked here, and nobody is listed who may approve")
                .hint(format!("set {APPROVERS} to the names of those who may, and say --by NAME")))
        }
        Some(true) if !ctx.can_ask() => Ok(()),
        _ => {
            let text = told::whole(ctx.paint(), draft);
            consent(ctx, false, &format!("{text}\n"), "Approve this draft")
        }
    }
}

/// Changes a draft; what was said is in the audit log before it holds.
fn change(
    who: &WhoArgs,
    event: &'static str,
    reason: Option<String>,
    ctx: &mut Ctx,
    decide: impl FnOnce(Draft) -> Result<Draft, Failure>,
) -> Result<(), Failed> {
    if !is_id(&who.id) {
        return found(&who.id, ctx).map(drop);
    }
    person(&who.by)?;
    let log =
        who.audit_log.as_ref().map(|path| AuditLog::open(&ctx.cwd.join(path), MAX_BYTES)).transpose()?;
    let mut random = [0; 6];
    (ctx.random)(&mut random);
    let run_id = format!("run_{}", hex(&random));
    drafts::change(&ctx.cwd.join(&ctx.global.root), &who.id, |draft| {
        let draft = draft.ok_or_else(|| missing(&who.id))?;
        let tool = draft.suggested_tool.clone();
        let after = decide(draft)?;
        if let Some((log, _)) = &log {
            let review = Review {
                event,
                proposal_id: who.id.clone(),
                tool_id: Some(tool),
                issuer: Some(who.by.clone()),
                reason,
            };
            log.append(&Record { run_id, what: What::Review(review) }, Durability::Synced)?;
        }
        Ok(Some(after))
    })?;
    Ok(())
}

/// Refuses what is not what somebody was shown and said yes to.
fn unchanged(shown: &Draft, there: &Draft) -> Result<(), Failure> {
    match shown == there {
        true => Ok(()),
        false => Err(Failure::new(&there.id, "it changed while you looked at it: nothing was approved")
            .hint(format!("cask propose show {}, and approve it then", there.id))),
    }
}

fn settled(id: &str, status: Status) -> Failure {
    match status {
        Status::Pending => Failure::new(id, "it is pending: there is nothing to reopen"),
        _ => Failure::new(id, format!("it is {} already", status.word()))
            .hint(format!("cask propose reopen {id}, and decide again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::time::Timestamp;
    use crate::model::risk::RiskTier;

    #[test]
    fn a_yes_is_about_what_was_shown() {
        let shown = Draft {
            id: "prop_0123456789abcdef".to_owned(),
            status: Status::Pending,
            reason_code: "denied_unknown_action".to_owned(),
            attempted_action: "delete_account".to_owned(),
            suggested_tool: "delete_account".to_owned(),
            suggested_host: None,
            method: None,
            risk_guess: RiskTier::Medium,
            count: 3,
            proposed_at: String::new(),
            last_seen: String::new(),
            created_at: Timestamp::MIN,
            reviewed_at: None,
            reviewed_by: None,
            rejection_reason: None,
        };
        assert!(unchanged(&shown, &shown.clone()).is_ok());
        for other in [
            Draft { suggested_host: Some("evil.example".to_owned()), ..shown.clone() },
            Draft { suggested_tool: "transfer".to_owned(), ..shown.clone() },
            Draft { count: 900, ..shown.clone() },
        ] {
            let failure = unchanged(&shown, &other).unwrap_err();
            assert!(failure.message.contains("changed while you looked"), "{}", failure.message);
        }
    }
}
