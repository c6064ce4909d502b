//! How a toolpack is served, as it was said on the command line, read and held against the toolpack.

use std::time::Duration;

use reqwest::Url;

use super::how::HowArgs;
use super::load::Read;
use super::what::WhatArgs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::guard::address::Opened;
use crate::enforce::guard::origin::Origin;
use crate::run::how::{Base, How};

/// Reads it.
///
/// # Errors
/// Something of it is none, or is nothing that the toolpack allows.
pub fn terms(
    what: &WhatArgs,
    how: &HowArgs,
    read: &Read,
    toolset: Option<String>,
    ctx: &Ctx,
) -> Result<How, Failed> {
    let opened = Opened::read(how.allow_private_cidr.iter().map(String::as_str)).map_err(|why| {
        Failed::new("usage", said(ctx, "--allow-private-cidr", "CASKMCP_ALLOW_PRIVATE_CIDR"), why)
    })?;
    let by = said(ctx, "--base-url", "CASKMCP_BASE_URL");
    let base = how.base_url.as_deref().map(|text| base(text, how.unsafe_base_url, &by)).transpose()?;
    let mut loosened = Vec::new();
    let flags = [
        (!read.state.is_enforced(), "unsafe-no-lockfile"),
        (base.as_ref().is_some_and(|base| base.is_unsafe), "unsafe-base-url"),
        (how.unsafe_unsigned_grant, "unsafe-unsigned-grant"),
        (!how.allow_private_cidr.is_empty(), "allow-private-cidr"),
        (how.allow_redirects, "allow-redirects"),
        (how.no_audit, "no-audit"),
        (how.audit_best_effort, "audit-best-effort"),
        (what.trust.trust.is_some(), "trust"),
    ];
    loosened.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| (*name).to_owned()));
    let store_options = match &how.confirm_store {
        Some(_) => format!(" --store {}", shell(&how.store(ctx).display().to_string())),
        None => format!(" --root {}", shell(&ctx.cwd.join(&ctx.global.root).display().to_string())),
    };
    let how = How {
        toolset,
        dry_run: how.dry_run,
        base,
        opened,
        redirects: how.allow_redirects,
        total: Duration::from_secs(how.timeout),
        most_bytes: usize::try_from(how.max_response_bytes).unwrap_or(usize::MAX),
        ca_file: how.ca_file.as_ref().map(|path| ctx.cwd.join(path)),
        confirm_ttl: how.confirm_ttl as u32,
        handle_only: how.confirm_handle_only,
        unsafe_unsigned_grant: how.unsafe_unsigned_grant,
        tell_unapproved: how.tell_unapproved,
        max_calls: how.max_calls as usize,
        store_options,
        loosened,
    };
    let hosts = &read.state.pack.header.allowed_hosts;
    let rules = how.rules(hosts).map_err(|why| Failed::new("input", "toolpack.yaml", why))?;
    match &how.base {
        Some(base) if !rules.allowed.covers(&base.origin) => {
            Err(Failed::new("usage", by, "it is no server that the toolpack allows")
                .looked("found", base.origin.to_string())
                .looked("allowed", hosts.join(", "))
                .hint("--unsafe-base-url   (only for a server of your own)"))
        }
        _ => Ok(how),
    }
}

/// A word of a command line, as it is typed.
fn shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// What said something: the option, and its variable where that is set.
fn said(ctx: &Ctx, option: &str, variable: &str) -> String {
    match ctx.var(variable) {
        Some(_) => format!("{option} or {variable}"),
        None => option.to_owned(),
    }
}

/// The address that calls go to instead.
fn base(text: &str, is_unsafe: bool, by: &str) -> Result<Base, Failed> {
    let bad = |why: &str| Failed::new("usage", by, why).hint("--base-url https://HOST[:PORT][/PATH]");
    let url = Url::parse(text).map_err(|_| bad("it is no address"))?;
    let origin = Origin::of(&url).map_err(|refusal| bad(&refusal.message))?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    match is_plain && url.query().is_none() && url.fragment().is_none() {
        true => Ok(Base { url, origin, is_unsafe }),
        false => Err(bad("it is more than scheme, host, port and path")),
    }
}
