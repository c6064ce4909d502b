//! Who let toolpacks in: `approved` is what the one verifier says of their lockfiles, and nothing that they say of
//! themselves.

use super::governed::{all_stand, governed};
use crate::cmd::ctx::Ctx;
use crate::cmd::gate;
use crate::cmd::options::TrustArgs;
use crate::cmd::packs::Place;
use crate::io::load::Loaded;
use crate::model::report::Verdict;
use crate::model::verified::Governance;

/// How each toolpack stands. What can't be judged is not approved; nobody is asked anything.
pub fn of(place: &Place, loaded: &[Loaded], trust: &TrustArgs, ctx: &mut Ctx) -> Vec<Governance> {
    if loaded.iter().all(|own| own.lock.is_none()) {
        return vec![Governance::None; loaded.len()];
    }
    let asked = std::mem::replace(&mut ctx.global.no_interactive, true);
    let trust = TrustArgs { looks_only: true, ..trust.clone() };
    let args = gate::check::Args { trust, ..gate::check::Args::default() };
    let report = gate::check::report("gate check", place, &args, ctx);
    ctx.global.no_interactive = asked;
    let is_approved = |own: &Loaded| {
        let Ok(report) = &report else { return false };
        let stands = report.standings.iter().filter(|row| row.subject.path == own.pack.dir);
        let passes =
            report.packs.iter().any(|pack| pack.path == own.pack.dir && pack.verdict == Verdict::Pass);
        report.verdict != Verdict::Error && passes && all_stand(stands.map(|row| row.status))
    };
    loaded.iter().map(|own| governed(own.lock.is_some(), is_approved(own))).collect()
}
