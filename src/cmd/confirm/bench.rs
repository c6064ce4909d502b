//! What the commands work on: the store of a server and the audit trail beside it. Nothing is made here but the trail:
//! an empty store in the wrong place would say that nothing waits.

use std::path::PathBuf;
use std::time::Instant;

use crate::canon::visible::hidden;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::enforce::audit::record::{Confirmation, Record, What};
use crate::enforce::challenge::Status;
use crate::enforce::token::hex;
use crate::io::Failure;
use crate::io::audit_files;
use crate::io::audit_log::{AuditLog, Durability, MAX_BYTES};
use crate::io::confirmations::person::{Named, NotNow};
use crate::io::confirmations::{Store, database};

/// Options of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StoreArgs {
    /// Database of the confirmations (default: state/confirmations.db below the state folder)
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
}

/// Options of the commands that write to the audit trail.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TrailArgs {
    /// Audit trail to write to (default: audit/runtime.jsonl beside the database)
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
}

/// A store, and the time as it goes on.
pub struct Bench {
    /// The store.
    pub store: Store,
    path: PathBuf,
    began: i64,
    clock: Instant,
}

impl Bench {
    /// Opens the store that a command is about.
    ///
    /// # Errors
    /// There is none, or it can't be used.
    pub fn open(ctx: &mut Ctx, args: &StoreArgs) -> Result<Bench, Failed> {
        let path = match &args.store {
            Some(path) => ctx.cwd.join(path),
            None => database::below(&ctx.cwd.join(&ctx.global.root))?,
        };
        let began = ctx.now.seconds().saturating_mul(1000);
        let store = Store::open_existing(&path, began)?;
        if ctx.global.verbose {
            let place = ctx.paint().text(&path.display().to_string(), 400);
            ctx.note(&format!("Store: {place}"));
        }
        Ok(Bench { store, path, began, clock: Instant::now() })
    }

    /// Milliseconds since 1970 now: a person may take their time.
    pub fn now(&self) -> i64 {
        self.began + i64::try_from(self.clock.elapsed().as_millis()).unwrap_or(i64::MAX / 2)
    }

    /// The challenge that a text names.
    ///
    /// # Errors
    /// The store can't be used.
    pub fn named(&self, text: &str) -> Result<Named, Failed> {
        Ok(self.store.named(text)?)
    }

    /// The audit trail; tells what a crash left in it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn trail(&self, ctx: &mut Ctx, args: &TrailArgs) -> Result<Trail, Failed> {
        let path = match &args.audit_log {
            Some(path) => ctx.cwd.join(path),
            None => audit_files::beside(&self.path)?,
        };
        let (log, recovered) = AuditLog::open(&path, MAX_BYTES)?;
        if let Some(bytes) = recovered.cut_off_bytes {
            ctx.note(&format!("the audit log ended in half a line of {bytes} bytes: it was taken away"));
        }
        let mut random = [0; 6];
        (ctx.random)(&mut random);
        Ok(Trail { log, run_id: format!("run_{}", hex(&random)) })
    }
}

/// The audit trail of one command.
pub struct Trail {
    log: AuditLog,
    run_id: String,
}

impl Trail {
    /// Writes down what a person did, onto the disk.
    ///
    /// # Errors
    /// It can't be written: then nothing is done.
    pub fn write(&self, what: Confirmation) -> Result<(), Failure> {
        let record = Record { run_id: self.run_id.clone(), what: What::Confirmation(what) };
        self.log.append(&record, Durability::Synced).map(|_| ())
    }
}

/// Tells that nothing was done because of where the challenge stands: exit 1.
pub fn not_now(ctx: &mut Ctx, done: &str, token: &str, status: NotNow) -> Outcome {
    let why = match status {
        None => "it is unknown here",
        Some(Status::Expired) => "its time is over (expired)",
        Some(Status::Used) => "the call was made (used)",
        Some(Status::Denied) => "it was denied",
        Some(Status::Granted) => "it is granted already",
        Some(Status::Pending) => "it still waits",
    };
    let token = ctx.paint().text(token, 200);
    // The exit code says it too.
    let _ = writeln!(ctx.err, "Token not {done}: {token}\n  {why}");
    Ok(1)
}

/// A text that only points at a challenge.
pub fn pointed(token: &str) -> Failed {
    Failed::new("usage", token, "this points at a challenge and can't grant it")
        .why("a short id or a handle is known to whoever asked")
        .hint("cask confirm grant TOKEN, with the whole token that cask confirm list shows")
        .hint("cask confirm grant CODE, with the code that the server showed its operator")
}

/// Most characters of a person's name: of a signer's id, too.
pub const BY: usize = 128;

/// The name of whoever says something, as it is written down: a line that anybody can read.
///
/// # Errors
/// It is empty, too long, or holds what a reader would not see.
pub fn person(by: &str) -> Result<(), Failed> {
    if by.trim().is_empty() || by.chars().count() > BY || by.contains(hidden) {
        let message = format!("it must be a name in one line, of up to {BY} characters that can be seen");
        return Err(Failed::new("usage", "--by", message));
    }
    Ok(())
}

/// A person's reason, as it is written down: a line that anybody can read.
///
/// # Errors
/// It is too long, or holds what a reader would not see: several lines, controls, what turns the direction of a text.
pub fn one_line(reason: Option<String>) -> Result<String, Failed> {
    let reason = reason.unwrap_or_default();
    let most = crate::enforce::grant::MAX_REASON;
    if reason.chars().count() > most || reason.contains(hidden) {
        return Err(Failed::new(
            "usage",
            "--reason",
            format!("it must be one line of up to {most} characters that can be seen"),
        ));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_line_that_can_be_seen() {
        for by in ["ann", "Ann Smith", "ann@mail.example", "製品", &"a".repeat(BY)] {
            assert!(person(by).is_ok(), "{by}");
        }
        for by in ["", " ", "a\nb", "a\u{1b}[31m", "ann\u{202e}bob", "ann\u{200b}", &"a".repeat(BY + 1)] {
            assert!(person(by).is_err(), "{by:?}");
        }
    }

    #[test]
    fn a_reason_is_a_line_that_can_be_seen() {
        let most = crate::enforce::grant::MAX_REASON;
        let is_taken = |text: &str| one_line(Some(text.to_owned())).is_ok_and(|reason| reason == text);
        for text in ["", "looked at it", "gesehen, §4", "製品 ✅", &"a".repeat(most)] {
            assert!(is_taken(text), "{text}");
        }
        assert_eq!(one_line(None).unwrap(), "");
        for text in ["a\nb", "a\u{1b}[2J", "a\u{9b}", "fine\u{202e}eton", "a\u{200b}b", &"a".repeat(most + 1)]
        {
            assert!(!is_taken(text), "{text:?}");
        }
    }
}
