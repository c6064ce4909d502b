//! The roots of trust that this machine knows, as SSH knows hosts: a new one is shown and asked for, a known
//! one must not go back or be replaced.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::key::fingerprint;
use crate::cmd::signing::consent;
use crate::io::known_roots::{KnownRoot, KnownRoots};
use crate::model::trust::Trust;
use crate::report::escape::terminal::Paint;
use crate::rules::trust as rule;
use crate::sign::chain::Breach;
use crate::sign::keyring::Keyring;

/// Meets a trust file: known, descended from what is known, or asked for. `off` says why the file does not
/// descend from a version. Where it `looks_only`, nobody is asked and nothing is remembered.
///
/// # Errors
/// The root is new and nobody can be asked or the answer is no; the file goes back behind the version that
/// is known, or replaces it.
pub fn meet(
    ctx: &mut Ctx,
    trust: &Trust,
    looks_only: bool,
    off: impl Fn(&str) -> Result<Option<Breach>, Failed>,
) -> Result<(), Failed> {
    let roots = KnownRoots::open(ctx.env)?;
    let Some(known) = roots.load()?.remove(trust.root()) else {
        if looks_only {
            return Err(new(Failed::new("trust", "", "nobody is asked whether to trust it"), trust));
        }
        let text = format!(
            "The trust of this repository is new to this machine. Compare the fingerprints with their owners.\n\n{}\n",
            signers(ctx.paint(), trust)
        );
        consent(ctx, false, &text, "Trust them").map_err(|failed| new(failed, trust))?;
        return record(&roots, trust);
    };
    let version = u64::from(trust.file.version);
    if known.digest == trust.digest {
        return Ok(());
    }
    let breach = match known.version < version {
        true => off(&known.digest)?.map(|breach| breach.1.plain()),
        false => {
            Some(format!("version {version} is not above version {}, which was seen before", known.version))
        }
    };
    match breach {
        None if looks_only => Ok(()),
        None => record(&roots, trust),
        Some(why) => {
            Err(Failed::new("trust", "the trust file", "it does not follow the one that this machine knows")
                .looked("known", format!("version {}, {}", known.version, known.digest))
                .looked("found", format!("version {version}, {}", trust.digest))
                .why(why)
                .hint("git fetch   (is this clone behind?)")
                .hint(format!("{}   (where the known version is written)", roots.path().display()))
                .rule(rule::ROLLBACK))
        }
    }
}

/// A failure to meet a trust file that is new here.
fn new(mut failed: Failed, trust: &Trust) -> Failed {
    // Only `trust accept` takes --yes for this.
    failed.0.hints.clear();
    failed
        .about("the trust file")
        .why("this machine has not seen its root before")
        .looked("root", trust.root())
        .hint("cask trust accept   (shows the fingerprints)")
}

/// Takes a trust file into the known roots.
///
/// # Errors
/// A later version, or another of its number, is known.
pub fn record(roots: &KnownRoots, trust: &Trust) -> Result<(), Failed> {
    let seen = KnownRoot { version: u64::from(trust.file.version), digest: trust.digest.clone() };
    Ok(roots.record(trust.root(), seen)?)
}

/// Who may do what, with every fingerprint whole: for eyes that compare.
pub fn signers(paint: Paint, trust: &Trust) -> String {
    let file = &trust.file;
    let mut out = format!("version  {}  {}\nroot     {}\n", file.version, trust.digest, trust.root());
    let keys = Keyring::of("trust.yaml", trust);
    for signer in &file.signers {
        let roles: Vec<&str> = signer
            .roles
            .iter()
            .map(|role| match role {
                crate::model::trust::Role::Owner => "owner",
                crate::model::trust::Role::Approver => "approver",
            })
            .collect();
        out +=
            &format!("\n{}  {}, up to {}", paint.text(&signer.id, 130), roles.join(" and "), signer.max_risk);
        if let Some(login) = &signer.github {
            out += &format!(", GitHub {}", paint.text(login, 80));
        }
        for glob in signer.toolpacks.iter().flatten() {
            out += &format!(", only {}", paint.text(glob, 120));
        }
        out.push('\n');
        for key in &signer.keys {
            out += &format!("  key {}  {}", paint.text(&key.key_id, 20), key.kind);
            if let Some(revoked) = &key.revoked {
                out += &format!("  REVOKED {}: {}", revoked.at.date(), paint.text(&revoked.reason, 200));
            } else if let Some(end) = key.not_after {
                out += &format!("  until {end}");
            }
            out.push('\n');
            if let Ok(keys) = &keys
                && let Some(held) = keys.find(&key.key_id)
            {
                for line in fingerprint(&held.public) {
                    out += &format!("    {line}\n");
                }
            }
        }
    }
    out
}
