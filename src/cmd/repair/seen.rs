//! What doctor sees and is not as it should be, without what the gate and lint tell themselves.

use std::path::Path;

use crate::cmd::ctx::Ctx;
use crate::cmd::doctor::shape::State;
use crate::cmd::doctor::toolpack::looked_at;
use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::cmd::serving::what::{WhatArgs, Where};
use crate::repair::input::Seen;
use crate::rules::Severity;

/// What the gate or lint says with its rule.
const TOLD: [&str; 3] = ["surface", "tool", "policy"];

/// Everything that is not good.
///
/// # Errors
/// What is to be looked at can't be.
pub fn of(toolpack: &Path, trust: &TrustArgs, ctx: &mut Ctx) -> Result<Vec<Seen>, Failed> {
    let what = WhatArgs { toolpack: Some(toolpack.to_owned()), trust: trust.clone(), ..WhatArgs::default() };
    let checks = looked_at(&what, Where::Auto, ctx)?.checks;
    let bad = checks.into_iter().filter(|looked| looked.state != State::Good && !TOLD.contains(&looked.id));
    Ok(bad
        .map(|looked| Seen {
            id: looked.id,
            severity: if looked.state == State::Broken { Severity::Critical } else { Severity::Medium },
            what: match &looked.fix {
                Some(fix) => format!("{}: {fix}", looked.what),
                None => looked.what,
            },
        })
        .collect())
}
