//! How a toolpack is served, as it was said on the command line, read and held against the toolpack.

use std::time::Duration;

use reqwest::Url;

use super::how::HowArgs;
use super::reach::{BASE_URL, PRIVATE_CIDR};
use super::read::Read;
use super::what::WhatArgs;
use crate::canon::visible::shell_quoted;
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
    let (reach, kept) = (&how.reach, &how.kept);
    let opened = Opened::read(reach.allow_private_cidr.iter().map(String::as_str))
        .map_err(|why| Failed::new("usage", said(ctx, "--allow-private-cidr", PRIVATE_CIDR), why))?;
    let by = said(ctx, "--base-url", BASE_URL);
    let base = reach.base_url.as_deref().map(|text| base(text, reach.unsafe_base_url, &by)).transpose()?;
    let proxy = reach.proxy.as_deref().map(|text| proxy(text, &opened)).transpose()?;
    let mut loosened = Vec::new();
    let flags = [
        (!read.state.is_enforced(), "unsafe-no-lockfile"),
        (base.as_ref().is_some_and(|base| base.is_unsafe), "unsafe-base-url"),
        (how.unsafe_unsigned_grant, "unsafe-unsigned-grant"),
        (!reach.allow_private_cidr.is_empty(), "allow-private-cidr"),
        (reach.allow_redirects, "allow-redirects"),
        (proxy.is_some(), "proxy"),
        (kept.no_audit, "no-audit"),
        (kept.audit_best_effort, "audit-best-effort"),
        (what.trust.trust.is_some(), "trust"),
    ];
    loosened.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| (*name).to_owned()));
    let grant_options = grant_options(what, how, ctx)?;
    let how = How {
        toolset,
        dry_run: how.dry_run,
        base,
        opened,
        redirects: reach.allow_redirects,
        proxy,
        total: Duration::from_secs(reach.timeout),
        most_bytes: usize::try_from(reach.max_response_bytes).unwrap_or(usize::MAX),
        ca_file: reach.ca_file.as_ref().map(|path| ctx.cwd.join(path)),
        confirm_ttl: how.confirm_ttl as u32,
        handle_only: how.confirm_handle_only,
        unsafe_unsigned_grant: how.unsafe_unsigned_grant,
        tell_unapproved: how.tell_unapproved,
        max_calls: how.max_calls as usize,
        reads_only: how.reads_only,
        grant_options,
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

/// What `cask confirm grant` has to be told to find the store, the log and the trust of this server from anywhere.
fn grant_options(what: &WhatArgs, how: &HowArgs, ctx: &Ctx) -> Result<String, Failed> {
    let store = match &how.confirm_store {
        Some(_) => ("--store", how.store(ctx)?),
        None => ("--root", ctx.cwd.join(&ctx.global.root)),
    };
    // Beside a store that was named, a grant would begin a log of its own.
    let is_named = how.kept.audit_log.is_some() || how.confirm_store.is_some();
    let log = how.audit(ctx)?.filter(|_| is_named).map(|path| ("--audit-log", path));
    let trust = what.trust.trust.as_ref().map(|path| ("--trust", ctx.cwd.join(path)));
    let paths = [Some(store), log, trust].into_iter().flatten();
    let paths = paths.map(|(option, path)| (option, path.display().to_string()));
    let named = [("--trust-ref", &what.trust.trust_ref), ("--trust-pin", &what.trust.trust_pin)];
    let named = named.into_iter().filter_map(|(option, text)| Some((option, text.clone()?)));
    Ok(paths.chain(named).map(|(option, value)| format!(" {option} {}", shell(&value))).collect())
}

/// A word of a command line, as it is typed.
fn shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => shell_quoted(word),
    }
}

/// The proxy that carries calls. What was given may have a password in it, and is not repeated.
fn proxy(text: &str, opened: &Opened) -> Result<Url, Failed> {
    let bad = |why: &str| Failed::new("usage", "--proxy", why);
    let no_proxy = || bad("it is no proxy of http").hint("--proxy http://HOST:PORT");
    let url = Url::parse(text).map_err(|_| no_proxy())?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    match matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare {
        false => Err(no_proxy()),
        true if !opened.is_empty() => {
            Err(bad("it is given together with --allow-private-cidr").why(
                "nobody here sees which address a proxy connects to: one network can't be opened without all others",
            )
            .hint("leave one of them out"))
        }
        true => Ok(url),
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
