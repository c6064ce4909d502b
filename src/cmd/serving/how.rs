//! How it is served: the options that say what may be reached, who is asked, what is written down.

use std::path::{Path, PathBuf};

use super::reach::ReachArgs;
use super::switched;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::audit_files;
use crate::io::confirmations::database;
use crate::model::policy::TTL_SECONDS;

/// Calls at one time, and seconds that a person has to grant one, where nobody says otherwise.
const MAX_CALLS: u32 = 8;
const CONFIRM_TTL: i64 = 300;
/// Bytes after which another file of the log is begun, where nobody says otherwise.
const MAX_BYTES: u64 = 50 << 20;
/// The variable of `--audit-log`.
const AUDIT_LOG: &str = "CASKMCP_AUDIT_LOG";

/// How it is served.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct HowArgs {
    /// Decide, and say what would be sent; send nothing
    #[arg(long, env = switched::DRY_RUN, value_parser = switched::dry_run, action = clap::ArgAction::SetTrue, help_heading = "Calls")]
    pub dry_run: bool,
    /// What calls may reach, and who we are to it
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Tell agents that a tool is there and not approved
    #[arg(long, help_heading = "Calls")]
    pub tell_unapproved: bool,
    /// Calls at one time; more wait
    #[arg(long, value_name = "N", default_value_t = MAX_CALLS, value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Calls")]
    pub max_calls: u32,

    /// Where confirmations are kept (default: state/confirmations.db below --root)
    #[arg(long, value_name = "PATH", env = "CASKMCP_CONFIRM_STORE", help_heading = "Confirmations")]
    pub confirm_store: Option<PathBuf>,
    /// Seconds that a person has to grant a call
    #[arg(long, value_name = "SECONDS", default_value_t = CONFIRM_TTL, value_parser = ttl(), help_heading = "Confirmations")]
    pub confirm_ttl: i64,
    /// Show the agent a handle that nobody can grant by; the token is shown here alone
    #[arg(long, help_heading = "Confirmations")]
    pub confirm_handle_only: bool,
    /// Let grants count that no trusted key signed
    #[arg(long, help_heading = "Confirmations")]
    pub unsafe_unsigned_grant: bool,

    /// What is written down
    #[command(flatten)]
    pub kept: AuditArgs,
    /// Whether only calls that read are made, without asking anybody, and no server of a tool is started.
    #[arg(skip)]
    pub reads_only: bool,
}

/// What is written down of calls.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AuditArgs {
    /// Where every decision is written (default: state/audit/runtime.jsonl below --root)
    #[arg(long, value_name = "PATH", env = AUDIT_LOG, help_heading = "Audit")]
    pub audit_log: Option<PathBuf>,
    /// Write no audit log
    #[arg(long, conflicts_with = "audit_log", help_heading = "Audit")]
    pub no_audit: bool,
    /// Let calls go on where the audit log can't be written
    #[arg(long, conflicts_with = "no_audit", help_heading = "Audit")]
    pub audit_best_effort: bool,
    /// Leave out the plain digest of a call: who knows what was asked can't look it up
    #[arg(long, help_heading = "Audit")]
    pub audit_private: bool,
    /// Bytes after which another file is begun
    #[arg(long, value_name = "N", default_value_t = MAX_BYTES, value_parser = clap::value_parser!(u64).range(65_536..), help_heading = "Audit")]
    pub audit_max_bytes: u64,
}

/// The seconds that it may be told.
fn ttl() -> clap::builder::RangedI64ValueParser {
    clap::value_parser!(i64).range(i64::from(*TTL_SECONDS.start())..=i64::from(*TTL_SECONDS.end()))
}

impl AuditArgs {
    /// The first option that was given, for who makes no call. What variables say is for whoever does.
    pub fn given(&self, ctx: &Ctx) -> Option<&'static str> {
        let all = [
            (self.audit_log.is_some() && ctx.var(AUDIT_LOG).is_none(), "--audit-log"),
            (self.no_audit, "--no-audit"),
            (self.audit_best_effort, "--audit-best-effort"),
            (self.audit_private, "--audit-private"),
            (self.audit_max_bytes != 0 && self.audit_max_bytes != MAX_BYTES, "--audit-max-bytes"),
        ];
        all.into_iter().find(|(given, _)| *given).map(|(_, option)| option)
    }
}

impl HowArgs {
    /// How calls are made that only read, for who verifies what APIs answer.
    pub fn reading(reach: ReachArgs, kept: AuditArgs) -> HowArgs {
        HowArgs {
            reach,
            kept,
            // Whoever asks is who may know why a tool is not called.
            tell_unapproved: true,
            max_calls: MAX_CALLS,
            confirm_ttl: CONFIRM_TTL,
            reads_only: true,
            ..HowArgs::default()
        }
    }

    /// Where confirmations and budgets are kept.
    ///
    /// # Errors
    /// A link on the way from the state root.
    pub fn store(&self, ctx: &Ctx) -> Result<PathBuf, Failed> {
        placed(ctx, self.confirm_store.as_deref(), database::PATH, database::below)
    }

    /// Where decisions are written, if they are.
    ///
    /// # Errors
    /// A link on the way from the state root.
    pub fn audit(&self, ctx: &Ctx) -> Result<Option<PathBuf>, Failed> {
        let path = || placed(ctx, self.kept.audit_log.as_deref(), audit_files::PATH, audit_files::below);
        (!self.kept.no_audit).then(path).transpose()
    }
}

/// A file where somebody put it; the state root's own, named or not, behind no link.
fn placed<E>(
    ctx: &Ctx,
    named: Option<&Path>,
    own: &str,
    below: fn(&Path) -> Result<PathBuf, E>,
) -> Result<PathBuf, Failed>
where
    Failed: From<E>,
{
    let root = ctx.cwd.join(&ctx.global.root);
    match named.map(|path| ctx.cwd.join(path)) {
        Some(path) if path != root.join(own) => Ok(path),
        _ => Ok(below(&root)?),
    }
}

/// Refuses the sign for standard output as the file of an audit log.
///
/// # Errors
/// It is that.
pub fn no_stream(audit_log: &Path) -> Result<(), Failed> {
    match audit_log.as_os_str() == "-" {
        true => Err(Failed::new("usage", "--audit-log", "standard output belongs to the protocol")
            .hint("--audit-log PATH")),
        false => Ok(()),
    }
}
