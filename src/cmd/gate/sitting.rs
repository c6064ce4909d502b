//! What every command that signs starts with: the toolpacks on the desk, the key, and in whose name and for
//! what reason it speaks.

use crate::canon::time::Timestamp;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::act::{self, WhoArgs};
use crate::cmd::gate::desk::{Desk, Unnamed};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::signing::SigningKey;
use crate::gate::draft::Act;
use crate::model::lockfile::{Decision, reason_refused};

/// Options of every command that signs.
#[derive(Debug, clap::Args)]
pub struct SittingArgs {
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    /// Who signs.
    pub who: WhoArgs,
}

/// A desk with somebody at it who can sign.
pub struct Sitting {
    /// The toolpacks, the base, the trust.
    pub desk: Desk,
    /// The key.
    pub key: SigningKey,
    /// What all statements of this sitting have in common.
    pub voice: Voice,
}

/// In whose name, with which key, for what reason and when.
pub struct Voice {
    /// Id of the signer in the trust file.
    pub signer: String,
    key_id: String,
    reason: String,
    now: Timestamp,
}

impl Voice {
    /// A statement of this decision, without an end.
    pub fn act(&self, decision: Decision) -> Act<'_> {
        Act {
            decision,
            signer: &self.signer,
            key_id: &self.key_id,
            reason: &self.reason,
            now: self.now,
            expires_at: None,
        }
    }
}

/// Sits down: loads the toolpacks, takes the key, and says which trust judges.
///
/// # Errors
/// A reason that is no line, toolpacks or trust that can't be read, a key that may not sign.
pub fn open(ctx: &mut Ctx, args: &SittingArgs, why: &str) -> Result<Sitting, Failed> {
    let reason = reason(why)?;
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    let key = act::key(ctx, &desk, &args.who)?;
    desk.tell_trust(ctx);
    let voice = Voice { signer: key.signer.clone(), key_id: key.key_id.clone(), reason, now: ctx.now };
    Ok(Sitting { desk, key, voice })
}

/// A reason as a statement takes it.
fn reason(text: &str) -> Result<String, Failed> {
    let text = text.trim();
    match reason_refused(text) {
        Some(why) => Err(Failed::new("usage", "", why)),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(reason("  looked at it ").unwrap(), "looked at it");
        assert!(reason("a\nb").is_err() && reason(&"x".repeat(1001)).is_err());
    }
}
