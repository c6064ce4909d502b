//! Whether the trust that a container was handed is still the one in force: a key that is revoked must not count a
//! minute later, and a container can't see what became of the branch.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::serving::files::Watched;
use crate::cmd::serving::load::{found, place, trust_hangs_on};
use crate::cmd::serving::read::Read;
use crate::cmd::serving::unattended::Unattended;
use crate::cmd::serving::what::WhatArgs;
use crate::run::live::Stamp;

/// Digests of what judges: the trust file, and the gate.yaml that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judges {
    trust: String,
    gate: Option<String>,
}

/// What is watched.
pub(super) struct Watch {
    what: WhatArgs,
    alone: Unattended,
    handed: Judges,
    was_anchored: bool,
    watched: Watched,
    stamp: Stamp,
    /// Whether the last look failed: git may write while it is read.
    failed: bool,
}

impl Watch {
    /// Watches what was read.
    ///
    /// # Errors
    /// It is not there any more.
    pub(super) fn of(read: &Read, what: &WhatArgs, ctx: &Ctx) -> Result<Watch, Failed> {
        let trust = read.state.trust().map(|trust| trust.digest.clone()).unwrap_or_default();
        let gate = read.gate.as_ref().map(|gate| gate.digest.clone());
        let watched = trust_hangs_on(&place(what, ctx)?, what, ctx);
        Ok(Watch {
            what: what.clone(),
            alone: Unattended::of(ctx),
            handed: Judges { trust, gate },
            was_anchored: read.is_anchored,
            // What was written since it was read would pass unseen: the first look reads it all again.
            stamp: Stamp::default(),
            watched,
            failed: false,
        })
    }

    /// Why the container has to end, if it has.
    pub(super) fn look(&mut self) -> Option<String> {
        let stamp = self.watched.stamp();
        if stamp == self.stamp && !self.failed {
            return None;
        }
        match self.alone.with(|ctx| judges(&self.what, self.was_anchored, ctx)) {
            Ok((now, watched)) => {
                // It may hang on other files now: they are stamped at the next look, and read then if they differ.
                (self.watched, self.stamp, self.failed) = (watched, stamp, false);
                (now != self.handed).then(|| "another trust file or gate.yaml is in force now".to_owned())
            }
            Err(_) if !self.failed => {
                self.failed = true;
                None
            }
            Err(why) => Some(format!("the trust in force can't be read any more: {why}")),
        }
    }
}

/// What judges now, and what that hangs on.
fn judges(what: &WhatArgs, was_anchored: bool, ctx: &mut Ctx) -> Result<(Judges, Watched), Failed> {
    let place = place(what, ctx)?;
    let watched = trust_hangs_on(&place, what, ctx);
    let gone =
        || Failed::new("trust", "the trust file", "it is not any more where it was when the server started");
    let anchored =
        found(&place, what, ctx)?.filter(|found| found.anchored || !was_anchored).ok_or_else(gone)?;
    let gate = anchored.gate.as_ref().map(|gate| gate.digest.clone());
    Ok((Judges { trust: anchored.trust.digest, gate }, watched))
}
