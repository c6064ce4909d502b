//! What of the options and variables of `cask run` goes into its container, and by which way: settings that the toolpack
//! lets it be given as variables, credentials by the names of variables or as files, the rest as words.

use std::path::{Component, Path, PathBuf};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::serving::how::{AuditArgs, HowArgs};
use crate::cmd::serving::reach::ReachArgs;
use crate::cmd::serving::what::WhatArgs;
use crate::enforce::guard::hosts::Allowed;
use crate::io::credentials::given::variables;
use crate::mint::container::WORK;
use crate::model::runtime::{Container, SETTINGS};

/// What the container is handed.
#[derive(Debug, Default)]
pub(super) struct Handed {
    /// Variables with their values.
    pub(super) settings: Vec<(String, String)>,
    /// Names of variables with secrets.
    pub(super) secrets: Vec<String>,
    /// Files, mounted where they lie here.
    pub(super) files: Vec<PathBuf>,
    /// What the program is told.
    pub(super) words: Vec<String>,
}

/// What is known when it is handed over.
pub(super) struct Scene<'a> {
    pub(super) container: &'a Container,
    /// The servers that calls may go to.
    pub(super) allowed: &'a Allowed,
    /// Digest of the trust file that judges here, and so has to judge there.
    pub(super) pin: &'a str,
    /// The state root, in full.
    pub(super) root: &'a Path,
    /// toolpack.yaml, from the root of the repository.
    pub(super) header: &'a str,
}

/// What is handed over.
///
/// # Errors
/// Something that the toolpack does not let its container be given, that can't be seen from inside, or that a container
/// does not take: credentials in words, tools that nobody approved.
pub(super) fn handed(what: &WhatArgs, how: &HowArgs, scene: &Scene, ctx: &Ctx) -> Result<Handed, Failed> {
    // Named one by one, so that an option that is added has to be thought of here.
    let WhatArgs {
        toolpack: _,
        tools,
        policy: _,
        toolsets: _,
        toolset,
        lockfile,
        trust: _,
        unsafe_no_lockfile: _,
        mounted,
    } = what;
    refuse(tools.is_some(), "--tools", "a container serves a toolpack")?;
    refuse(mounted.is_some(), "--mounted", "it is for the program inside of a container")?;
    let mut out = Handed::default();
    for word in ["run", "--runtime", "local", "--mounted", WORK] {
        out.words.push(word.to_owned());
    }
    let mut set = Settings { allowed: &scene.container.settings, out: &mut out.settings };
    set.give("CASKMCP_TOOLSET", toolset.clone())?;
    let lockfile = lockfile.as_deref().map(|path| there(path, "--lockfile", ctx)).transpose()?;
    set.give("CASKMCP_LOCKFILE", lockfile.as_deref().map(shown))?;
    out.files.extend(lockfile);
    options(how, scene, ctx, &mut out)?;
    credentials(&how.reach, scene, ctx, &mut out)?;
    // Where things lie is no choice of whoever starts it, and so not on the toolpack's list.
    out.settings.push(("CASKMCP_TOOLPACK".to_owned(), format!("{WORK}/{}", scene.header)));
    out.settings.push(("CASKMCP_ROOT".to_owned(), shown(scene.root)));
    out.settings.push(("CASK_TRUST_PIN".to_owned(), scene.pin.to_owned()));
    Ok(out)
}

/// The options that say how it is served.
fn options(how: &HowArgs, scene: &Scene, ctx: &Ctx, out: &mut Handed) -> Result<(), Failed> {
    let HowArgs {
        dry_run,
        reach,
        tell_unapproved,
        max_calls,
        confirm_store,
        confirm_ttl,
        confirm_handle_only,
        unsafe_unsigned_grant,
        kept: written,
        reads_only: _,
    } = how;
    let ReachArgs {
        base_url,
        unsafe_base_url,
        timeout,
        max_response_bytes,
        auth_env: _,
        auth_file: _,
        auth: _,
        auth_keyring: _,
        auth_header: _,
        auth_host: _,
        allow_private_cidr,
        allow_redirects,
        proxy,
        ca_file,
    } = reach;
    let AuditArgs { audit_log, no_audit, audit_best_effort, audit_private, audit_max_bytes } = written;
    let mut set = Settings { allowed: &scene.container.settings, out: &mut out.settings };
    set.give("CASKMCP_DRY_RUN", dry_run.then(|| "1".to_owned()))?;
    set.give("CASKMCP_BASE_URL", base_url.clone())?;
    set.give("CASKMCP_ALLOW_REDIRECTS", allow_redirects.then(|| "1".to_owned()))?;
    let cidrs = (!allow_private_cidr.is_empty()).then(|| allow_private_cidr.join(" "));
    set.give("CASKMCP_ALLOW_PRIVATE_CIDR", cidrs)?;
    let store = confirm_store.as_deref().map(|path| kept(path, "--confirm-store", scene, ctx)).transpose()?;
    set.give("CASKMCP_CONFIRM_STORE", store)?;
    let log = audit_log.as_deref().map(|path| kept(path, "--audit-log", scene, ctx)).transpose()?;
    set.give("CASKMCP_AUDIT_LOG", log)?;

    let has_password = proxy.as_deref().is_some_and(|proxy| proxy.contains('@'));
    refuse(has_password, "--proxy", "a password does not go into a command line")?;
    let switches = [
        (*unsafe_base_url, "--unsafe-base-url"),
        (*tell_unapproved, "--tell-unapproved"),
        (*confirm_handle_only, "--confirm-handle-only"),
        (*unsafe_unsigned_grant, "--unsafe-unsigned-grant"),
        (*no_audit, "--no-audit"),
        (*audit_best_effort, "--audit-best-effort"),
        (*audit_private, "--audit-private"),
    ];
    let on = switches.iter().filter(|(is_on, _)| *is_on).map(|(_, option)| (*option).to_owned());
    out.words.extend(on);
    let ca_file = ca_file.as_deref().map(|path| there(path, "--ca-file", ctx)).transpose()?;
    let values = [
        ("--timeout", Some(timeout.to_string())),
        ("--max-response-bytes", Some(max_response_bytes.to_string())),
        ("--max-calls", Some(max_calls.to_string())),
        ("--confirm-ttl", Some(confirm_ttl.to_string())),
        ("--audit-max-bytes", Some(audit_max_bytes.to_string())),
        ("--proxy", proxy.clone()),
        ("--ca-file", ca_file.as_deref().map(shown)),
    ];
    words(values, out);
    out.files.extend(ca_file);
    Ok(())
}

/// Who the program inside is to the servers of the tools.
fn credentials(reach: &ReachArgs, scene: &Scene, ctx: &Ctx, out: &mut Handed) -> Result<(), Failed> {
    refuse(
        reach.auth.is_some(),
        "--auth",
        "a credential does not go into a command line; use --auth-env or --auth-file",
    )?;
    let keyring = reach.auth_header.iter().any(|header| header.contains("=keyring:"));
    refuse(keyring || reach.auth_keyring.is_some(), "the keyring", "a container has none")?;
    let file = reach.auth_file.as_deref().map(|path| there(path, "--auth-file", ctx)).transpose()?;
    words(
        [
            ("--auth-env", reach.auth_env.clone()),
            ("--auth-file", file.as_deref().map(shown)),
            ("--auth-host", reach.auth_host.clone()),
        ],
        out,
    );
    words(reach.auth_header.iter().map(|header| ("--auth-header", Some(header.clone()))), out);
    out.files.extend(file);
    let of_headers =
        reach.auth_header.iter().filter_map(|header| Some(header.split_once("=env:")?.1.to_owned()));
    let named: Vec<String> = reach.auth_env.iter().cloned().chain(of_headers).collect();
    if named.iter().any(|name| !is_name(name)) {
        return Err(Failed::new("usage", "--auth-env or --auth-header", "it names no variable")
            .hint("give the name of a variable, not its value"));
    }
    out.secrets.extend(named);
    let known = variables(scene.allowed, reach.auth_host.as_deref())
        .map_err(|unfit| Failed::new("usage", "", unfit.reason).hint(unfit.fix))?;
    for name in known {
        let Some(value) = ctx.var(&name) else { continue };
        if SETTINGS.contains(&name.as_str()) && !scene.container.settings.contains(&name) {
            return Err(not_given(&name));
        }
        if name.ends_with("_FILE") {
            let file = there(Path::new(&value), &name, ctx)?;
            out.settings.push((name, shown(&file)));
            out.files.push(file);
        } else {
            out.secrets.push(name);
        }
    }
    Ok(())
}

/// Variables of [`SETTINGS`], as far as the toolpack lets its container be given them.
struct Settings<'a> {
    allowed: &'a [String],
    out: &'a mut Vec<(String, String)>,
}

impl Settings<'_> {
    fn give(&mut self, name: &str, value: Option<String>) -> Result<(), Failed> {
        let Some(value) = value else { return Ok(()) };
        if !self.allowed.iter().any(|allowed| allowed == name) {
            return Err(not_given(name));
        }
        self.out.push((name.to_owned(), value));
        Ok(())
    }
}

fn not_given(name: &str) -> Failed {
    Failed::new("input", "toolpack.yaml", format!("its container may not be given {name}"))
        .why("runtime.container.env_allowlist does not name it")
        .hint("leave the option or variable out, or add the name there and have it approved")
}

fn refuse(is_given: bool, option: &str, why: &str) -> Result<(), Failed> {
    match is_given {
        true => Err(Failed::new("usage", option, why).hint("--runtime local   (without a container)")),
        false => Ok(()),
    }
}

fn words<'a>(values: impl IntoIterator<Item = (&'a str, Option<String>)>, out: &mut Handed) {
    for (option, value) in values {
        // One word: a value that begins with a dash is no option.
        out.words.extend(value.map(|value| format!("{option}={value}")));
    }
}

/// A file that has to be there to be mounted.
fn there(path: &Path, named: &str, ctx: &Ctx) -> Result<PathBuf, Failed> {
    let found = ctx.cwd.join(path).canonicalize().ok().filter(|path| path.is_file());
    // The path is not repeated: it may be a secret that stands in the wrong place.
    found.ok_or_else(|| Failed::new("input", named, "it names no file that is there"))
}

/// A path in the state folder, which is all that a container may write.
fn kept(path: &Path, named: &str, scene: &Scene, ctx: &Ctx) -> Result<String, Failed> {
    let path = ctx.cwd.join(path);
    let state = scene.root.join("state");
    let given = ctx.cwd.join(&ctx.global.root).join("state");
    let below = path.strip_prefix(&state).or_else(|_| path.strip_prefix(&given)).ok();
    let is_plain = |below: &&Path| below.components().all(|part| matches!(part, Component::Normal(_)));
    below.filter(is_plain).map(|below| shown(state.join(below))).ok_or_else(|| {
        Failed::new("usage", named, "a container writes into the state folder alone")
            .looked("state folder", shown(&state))
            .hint("leave it out, or choose another state folder: --root DIR")
    })
}

fn shown(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

/// Whether a text is the name of a variable.
fn is_name(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128 && text.bytes().next().is_some_and(|b| !b.is_ascii_digit()) && text.bytes().all(is_part)
}
