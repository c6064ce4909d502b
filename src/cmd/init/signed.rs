//! What `cask init` signs: the first trust file, gate.yaml, and exemptions of the tools that exist.

use crate::canon::json;
use crate::canon::time::Timestamp;
use crate::cmd::anchor::GATE;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::desk::{Desk, PackAt};
use crate::cmd::gate::{act, say};
use crate::cmd::init::files;
use crate::cmd::signing::SigningKey;
use crate::cmd::trust_state::State;
use crate::gate::approve::{Plan, Wish, plan};
use crate::gate::draft::{Act, Draft};
use crate::gate::enter::enter;
use crate::gate::sync::{Gone, sync};
use crate::io::fs;
use crate::model::lockfile::{AnyLockfile, Decision, Lockfile, Status};
use crate::model::trust::{OwnerSignature, Trust};
use crate::model::{bytes, gate_config::GateConfig, limits};
use crate::sign::envelope::Purpose;
use crate::sign::signed_text::with_signatures;

/// How a toolpack's lockfile stands after it was brought in step.
#[derive(Debug, Default)]
pub struct Stands {
    /// Its folder as people name it.
    pub name: String,
    /// The lockfile.
    pub path: String,
    /// Whether it was written.
    pub written: bool,
    /// Its tools.
    pub tools: usize,
    /// Tools and surface that nobody signed.
    pub pending: usize,
    /// Tools and surface that an owner exempted.
    pub exempt: usize,
    /// When the first of those exemptions ends.
    pub until: Option<Timestamp>,
    /// What could not be exempted, and why, a line each.
    pub left_out: String,
}

/// Writes gate.yaml with the defaults, signed with a key.
///
/// # Errors
/// The key can't sign, or the file can't be written.
pub fn gate(ctx: &Ctx, state: &State, trust: &Trust, key: &mut SigningKey, days: u32) -> Result<(), Failed> {
    let text = files::gate(trust.root(), days);
    let config = GateConfig::read(GATE, bytes::strict_yaml(GATE, text.as_bytes(), limits::SMALL)?)?;
    let signature = key.sign(ctx, Purpose::Gate, json::canonical(&config.body()).as_bytes())?;
    let signer = key.signer.clone();
    let signed =
        with_signatures(GATE, &text, &[OwnerSignature { signer, key_id: key.key_id.clone(), signature }])?;
    Ok(fs::write_inside(&state.root, GATE, signed.as_bytes())?)
}

/// Brings a toolpack's lockfile in step, and exempts what nobody approved where there is a key.
///
/// # Errors
/// A file that can't be read or written, a key that can't sign.
pub fn lockfile(
    ctx: &Ctx,
    desk: &Desk,
    at: &PackAt,
    key: Option<&mut SigningKey>,
    until: Timestamp,
) -> Result<Stands, Failed> {
    let now = ctx.now;
    let mut stands =
        Stands { name: at.name().to_owned(), path: desk.load(at)?.lock_path, ..Stands::default() };
    let mut drafts: Vec<Draft> = Vec::new();
    if let Some(key) = key {
        let (signer, key_id) = (key.signer.clone(), key.key_id.clone());
        let act = Act {
            decision: Decision::Exempt,
            signer: &signer,
            key_id: &key_id,
            reason: "in use before the gate was",
            now,
            expires_at: Some(until),
        };
        let (planned, left_out) = desk.look(now, at, |scene, before| {
            let lock = act::in_step(scene, before, now);
            let Plan { drafts, left_out, .. } = plan(scene, &lock, &desk.gate, &act, Wish::All, None)
                .map_err(|denied| say::denied(denied, &signer))?;
            let bodies: Vec<(Draft, Vec<u8>)> =
                drafts.into_iter().map(|draft| (draft.clone(), draft.body(scene))).collect();
            Ok((bodies, say::left_out(ctx.paint(), &left_out)))
        })?;
        stands.left_out = left_out;
        for (mut draft, body) in planned {
            draft.approval.signature = key.sign(ctx, Purpose::Approval, &body)?;
            drafts.push(draft);
        }
    }
    let signs = desk.has_trust();
    let (written, lock) = desk.change(now, at, |scene, before| {
        // Without a trust file no statement can be told from a forgery, so none may be thrown away either.
        if let (false, Some(AnyLockfile::V2(lock, _))) = (signs, before) {
            return Ok((lock.as_ref().clone(), lock.as_ref().clone()));
        }
        let mut lock = sync(scene, before, Gone::Keep, now).lock;
        enter(scene, &mut lock, &drafts).map_err(|bad| say::not_taken(&bad))?;
        Ok((lock.clone(), lock))
    })?;
    stands.written = written;
    count(&lock, &mut stands);
    Ok(stands)
}

fn count(lock: &Lockfile, stands: &mut Stands) {
    stands.tools = lock.tools.len();
    let surface = &lock.surface;
    let tools = lock.tools.values().map(|entry| (entry.status, &entry.approvals));
    for (status, approvals) in tools.chain([(surface.status, &surface.approvals)]) {
        match status {
            Status::Pending => stands.pending += 1,
            Status::Exempted => {
                stands.exempt += 1;
                let exempts = approvals.iter().filter(|a| a.decision == Decision::Exempt);
                let end = exempts.filter_map(|a| a.expires_at).max();
                stands.until = [stands.until, end].into_iter().flatten().min();
            }
            Status::Approved | Status::Rejected => {}
        }
    }
}
