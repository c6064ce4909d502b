//! What calls may reach, and who we are to it: the options that whoever makes calls of tools shares.

use std::path::PathBuf;

use super::switched;
use crate::cmd::ctx::Ctx;

/// The variable of `--base-url`.
pub const BASE_URL: &str = "CASKMCP_BASE_URL";
/// The variable of `--allow-private-cidr`.
pub const PRIVATE_CIDR: &str = "CASKMCP_ALLOW_PRIVATE_CIDR";
/// Seconds that a call may take where nobody says otherwise.
const TIMEOUT: u64 = 30;
/// Bytes that an answer may have where nobody says otherwise.
const MOST_BYTES: u64 = 5 << 20;

/// What calls may reach.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReachArgs {
    /// Send calls there instead: its host must be one that the toolpack allows
    #[arg(long, value_name = "URL", env = BASE_URL, help_heading = "Calls")]
    pub base_url: Option<String>,
    /// Let --base-url be a host that nobody approved
    #[arg(long, requires = "base_url", help_heading = "Calls")]
    pub unsafe_base_url: bool,
    /// Seconds that a call may take, redirects and body and all
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=600), help_heading = "Calls")]
    pub timeout: u64,
    /// Bytes that an answer may have
    #[arg(long, value_name = "N", default_value_t = MOST_BYTES, value_parser = clap::value_parser!(u64).range(1..=268_435_456), help_heading = "Calls")]
    pub max_response_bytes: u64,

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
        env = PRIVATE_CIDR,
        value_delimiter = ' ',
        help_heading = "Network"
    )]
    pub allow_private_cidr: Vec<String>,
    /// Follow up to three redirects to approved hosts
    #[arg(long, env = switched::ALLOW_REDIRECTS, value_parser = switched::allow_redirects, action = clap::ArgAction::SetTrue, help_heading = "Network")]
    pub allow_redirects: bool,
    /// Proxy that carries calls, as http://HOST:PORT. It looks names up by itself: what they are here is judged, and
    /// no private address is opened beside it
    #[arg(long, value_name = "URL", help_heading = "Network")]
    pub proxy: Option<String>,
    /// Certificates in PEM that count beside the system's
    #[arg(long, value_name = "PATH", help_heading = "Network")]
    pub ca_file: Option<PathBuf>,
}

impl ReachArgs {
    /// The first option that was given, for who makes no call. What variables say is for whoever does.
    pub fn given(&self, ctx: &Ctx) -> Option<&'static str> {
        let all = [
            (self.base_url.is_some() && ctx.var(BASE_URL).is_none(), "--base-url"),
            (self.timeout != 0 && self.timeout != TIMEOUT, "--timeout"),
            (self.max_response_bytes != 0 && self.max_response_bytes != MOST_BYTES, "--max-response-bytes"),
            (self.auth_env.is_some(), "--auth-env"),
            (self.auth_file.is_some(), "--auth-file"),
            (self.auth_keyring.is_some(), "--auth-keyring"),
            (self.auth.is_some(), "--auth"),
            (!self.auth_header.is_empty(), "--auth-header"),
            (self.auth_host.is_some(), "--auth-host"),
            (!self.allow_private_cidr.is_empty() && ctx.var(PRIVATE_CIDR).is_none(), "--allow-private-cidr"),
            (self.allow_redirects && ctx.var(switched::ALLOW_REDIRECTS).is_none(), "--allow-redirects"),
            (self.proxy.is_some(), "--proxy"),
            (self.ca_file.is_some(), "--ca-file"),
        ];
        all.into_iter().find(|(given, _)| *given).map(|(_, option)| option)
    }
}
