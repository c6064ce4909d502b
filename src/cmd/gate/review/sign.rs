//! What was decided in, a written lockfile out: planned, signed and written by what `gate allow` and `gate block`
//! use. All statements are signed before the one file is written.

use std::collections::BTreeMap;

use super::held::Review;
use crate::canon::time::Timestamp;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::act::{self, Job, Ready};
use crate::cmd::gate::say;
use crate::gate::approve::{Wish, plan, plan_block};
use crate::gate::draft::{Act, Draft};
use crate::gate::enter::enter;
use crate::io::clock;
use crate::model::lockfile::Decision;
use crate::review::mark::Mark;
use crate::review::state::State;

/// Signs what was decided; nothing is written.
///
/// # Errors
/// The passphrase is wrong, the key can't sign, or something would not count: then nothing is signed.
pub(super) fn signed(ctx: &mut Ctx, review: &mut Review, state: &mut State) -> Result<Job, Failed> {
    // A person takes their time: a statement is dated when it is signed.
    ctx.now = clock::now()?.max(ctx.now);
    let secret = state.take_secret();
    if review.key.is_locked() && !secret.is_empty() {
        review.key.unlock(&secret)?;
    }
    let mut jobs = [job(ctx, review, state)?];
    act::put(ctx, &mut review.key, &mut jobs)?;
    let [job] = jobs;
    Ok(job)
}

/// Writes the lockfile.
///
/// # Errors
/// The toolpack changed meanwhile, or the file can't be written: then it stands as it was.
pub(super) fn written(ctx: &mut Ctx, review: &Review, job: Job) -> Result<(), Failed> {
    act::write(ctx, &review.desk, "signed", &[job], enter)
}

/// A failure in a line.
pub(super) fn told(failed: &Failed) -> String {
    let why = failed.0.why.first().map_or_else(String::new, |why| format!(": {why}"));
    format!("nothing was signed: {}{why}", failed.0.message)
}

/// The statements: approvals by their end, refusals each with its reason. The surface goes along with no tool here:
/// it is a row of its own.
fn job(ctx: &Ctx, review: &Review, state: &State) -> Result<Job, Failed> {
    let mut approved: BTreeMap<Option<Timestamp>, Vec<String>> = BTreeMap::new();
    let mut refused: Vec<(&str, &str)> = Vec::new();
    for (item, mark) in state.sheet().items.iter().zip(state.marks()) {
        match mark {
            Mark::Approve { until } => approved.entry(*until).or_default().push(item.id.clone()),
            Mark::Refuse { reason } => refused.push((&item.id, reason)),
            Mark::None | Mark::Later => {}
        }
    }
    let Review { desk, at, loaded, key, .. } = review;
    desk.over(ctx.now, loaded, loaded.lock.as_ref(), |scene, before| {
        let lock = act::in_step(scene, before, ctx.now);
        let act = |decision, reason, expires_at| Act {
            decision,
            signer: &key.signer,
            key_id: &key.key_id,
            reason,
            now: ctx.now,
            expires_at,
        };
        let denied = |denied| say::denied(denied, &key.signer);
        let mut drafts: Vec<Draft> = Vec::new();
        for (until, ids) in &approved {
            let act = act(Decision::Approve, state.why(), *until);
            let plan = plan(scene, &lock, &desk.gate, &act, Wish::Named(ids), None).map_err(denied)?;
            drafts.extend(plan.drafts.into_iter().filter(|draft| ids.contains(&draft.subject.id)));
        }
        for (id, reason) in &refused {
            let act = act(Decision::Reject, reason, None);
            drafts.extend(plan_block(scene, &lock, &act, &[(*id).to_owned()]).map_err(denied)?.drafts);
        }
        let ready = drafts.into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect();
        Ok(Job { at: at.clone(), ready, beside: String::new() })
    })
}
