//! How it is served: the options that say what may be reached, who is asked, what is written down.

use std::path::{Path, PathBuf};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::audit_files;
use crate::io::confirmations::database;

/// Variables that switch something on.
const DRY_RUN: &str = "CASKMCP_DRY_RUN";
const ALLOW_REDIRECTS: &str = "CASKMCP_ALLOW_REDIRECTS";

/// How it is served.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct HowArgs {
    /// Decide, and say what would be sent; send nothing
    #[arg(long, env = DRY_RUN, value_parser = dry_run, action = clap::ArgAction::SetTrue, help_heading = "Calls")]
    pub dry_run: bool,
    /// Send calls there instead: its host must be one that the toolpack allows
    #[arg(long, value_name = "URL", env = "CASKMCP_BASE_URL", help_heading = "Calls")]
    pub base_url: Option<String>,
    /// Let --base-url be a host that nobody approved
    #[arg(long, requires = "base_url", help_heading = "Calls")]
    pub unsafe_base_url: bool,
    /// Seconds that a call may take, redirects and body and all
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=600), help_heading = "Calls")]
    pub timeout: u64,
    /// Bytes that an answer may have
    #[arg(long, value_name = "N", default_value = "5242880", value_parser = clap::value_parser!(u64).range(1..=268_435_456), help_heading = "Calls")]
    pub max_response_bytes: u64,
    /// Tell agents that a tool is there and not approved
    #[arg(long, help_heading = "Calls")]
    pub tell_unapproved: bool,
    /// Calls at one time; more wait
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Calls")]
    pub max_calls: u32,

    /// Variable that holds the value of the header Authorization
    #[arg(long, value_name = "NAME", help_heading = "Credentials")]
    pub auth_env: Option<String>,
    /// File that holds it; nobody else may be able to read the file
    #[arg(long, value_name = "PATH", help_heading = "Credentials")]
    pub auth_file: Option<PathBuf>,
    /// Entry of the system's keyring that holds it; for a cask that was built with the feature keyring
    #[arg(long, value_name = "SERVICE/ACCOUNT", help_heading = "Credentials")]
    pub auth_keyring: Option<String>,
    /// The value itself. Every user of this machine can see it: use --auth-env or --auth-file
    #[arg(long, value_name = "VALUE", help_heading = "Credentials")]
    pub auth: Option<String>,
    /// Another header and what holds its value, as X-Api-Key=env:SHOP_KEY or X-Api-Key=keyring:shop/key (repeatable)
    #[arg(long, value_name = "NAME=FROM", help_heading = "Credentials")]
    pub auth_header: Vec<String>,
    /// The host that it is for, where the toolpack has several
    #[arg(long, value_name = "HOST", help_heading = "Credentials")]
    pub auth_host: Option<String>,

    /// Private addresses that may be reached, as 10.0.0.0/8 (repeatable)
    #[arg(
        long,
        value_name = "CIDR",
        env = "CASKMCP_ALLOW_PRIVATE_CIDR",
        value_delimiter = ' ',
        help_heading = "Network"
    )]
    pub allow_private_cidr: Vec<String>,
    /// Follow up to three redirects to approved hosts
    #[arg(long, env = ALLOW_REDIRECTS, value_parser = allow_redirects, action = clap::ArgAction::SetTrue, help_heading = "Network")]
    pub allow_redirects: bool,
    /// Proxy that carries calls, as http://HOST:PORT. It looks names up by itself: what they are here is judged, and
    /// no private address is opened beside it
    #[arg(long, value_name = "URL", help_heading = "Network")]
    pub proxy: Option<String>,
    /// Certificates in PEM that count beside the system's
    #[arg(long, value_name = "PATH", help_heading = "Network")]
    pub ca_file: Option<PathBuf>,

    /// Where confirmations are kept (default: state/confirmations.db below --root)
    #[arg(long, value_name = "PATH", env = "CASKMCP_CONFIRM_STORE", help_heading = "Confirmations")]
    pub confirm_store: Option<PathBuf>,
    /// Seconds that a person has to grant a call
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = clap::value_parser!(i64).range(30..=3600), help_heading = "Confirmations")]
    pub confirm_ttl: i64,
    /// Show the agent a handle that nobody can grant by; the token is shown here alone
    #[arg(long, help_heading = "Confirmations")]
    pub confirm_handle_only: bool,
    /// Let grants count that no trusted key signed
    #[arg(long, help_heading = "Confirmations")]
    pub unsafe_unsigned_grant: bool,

    /// Where every decision is written (default: state/audit/runtime.jsonl below --root)
    #[arg(long, value_name = "PATH", env = "CASKMCP_AUDIT_LOG", help_heading = "Audit")]
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
    #[arg(long, value_name = "N", default_value = "52428800", value_parser = clap::value_parser!(u64).range(65_536..), help_heading = "Audit")]
    pub audit_max_bytes: u64,
}

impl HowArgs {
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
        let path = || placed(ctx, self.audit_log.as_deref(), audit_files::PATH, audit_files::below);
        (!self.no_audit).then(path).transpose()
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

fn dry_run(text: &str) -> Result<bool, String> {
    switch(DRY_RUN, text)
}

fn allow_redirects(text: &str) -> Result<bool, String> {
    switch(ALLOW_REDIRECTS, text)
}

/// What a variable that switches something on says. A word that is neither is a mistake: it is not guessed.
fn switch(variable: &str, text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(format!("{variable} is 1 or true, or 0 or false")),
    }
}
