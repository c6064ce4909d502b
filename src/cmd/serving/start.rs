//! What `run`, `serve` and `enforce` start: everything that is said about how, read, checked and opened once, before
//! the first call.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::again::Again;
use super::files::Watched;
use super::how::{HowArgs, no_stream};
use super::load;
use super::reach::ReachArgs;
use super::read::Read;
use super::say::{exit_code, is_tampered, named, refused, tell, told_of_before};
use super::terms::terms;
use super::unattended::Unattended;
use super::what::{WhatArgs, toolset};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::enforce::audit::record::{Start, Stop, What};
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io;
use crate::io::audit_log::{AuditLog, Durability, Recovered};
use crate::io::clock;
use crate::io::confirmations::store::Store;
use crate::io::credentials::given::{Given, Reach, sources};
use crate::io::credentials::provider::ByOrigin;
use crate::io::net::outgoing::Rules;
use crate::io::net::unfit::Unfit;
use crate::io::spending::Spending;
use crate::run::how::How;
use crate::run::invoke::new_id;
use crate::run::live::Live;
use crate::run::ready::shown;
use crate::run::served::Served;
use crate::run::servers::{Ground, Servers};
use crate::run::state::State;
use crate::run::stdio;
use crate::run::trail::Trail;

/// Threads for what waits for files, names and the database: more than calls at one time need. Left to itself the runtime
/// has up to 512 of them under load, and each holds memory of its own.
const THREADS: usize = 24;
/// How long what runs has to end.
const END: Duration = Duration::from_millis(1500);
/// How long threads have after that; one may wait in a read of standard input that never ends.
const LAST: Duration = Duration::from_millis(300);

/// A toolpack that was read and may be served.
pub struct Looked {
    began: SystemTime,
    /// What was read.
    pub read: Read,
    /// The files that it hangs on.
    watched: Watched,
    /// The toolset that is served; none where there are no toolsets.
    pub toolset: Option<String>,
    /// How many tools can be called.
    pub tools: usize,
    /// The tools of the toolset that are not approved, and why.
    pub refused: Vec<(String, Refusal)>,
}

/// What is started, and what is to be told of it.
pub struct Started {
    /// What is served.
    pub served: Arc<Served>,
    /// How many tools can be called.
    pub tools: usize,
    /// The tools of the toolset that are not approved, and why.
    pub refused: Vec<(String, Refusal)>,
}

/// Why nothing is started: it can't be, or what there is is not approved.
pub enum Unstarted {
    /// Exit 3.
    Failed(Failed),
    /// Nothing may be served: exit 1 where approvals are missing, 2 where something is not what was approved.
    Refused(Refusal),
}

impl From<Failed> for Unstarted {
    fn from(failed: Failed) -> Unstarted {
        Unstarted::Failed(failed)
    }
}

/// Reads and verifies what is to be served.
///
/// # Errors
/// Something can't be read, or nothing of it is approved.
pub fn look(what: &WhatArgs, ctx: &mut Ctx) -> Result<Looked, Unstarted> {
    let began = SystemTime::now();
    let mut watched = Watched::default();
    let read = load::read(what, &mut watched, ctx)?;
    let toolset = toolset(&read.state.pack, what.toolset.as_deref())?;
    for warning in &read.warnings {
        tell(&format!("! {warning}"));
    }
    let (tools, refused) = standings(&read.state, toolset.as_deref(), ctx);
    match refused.iter().max_by_key(|(_, refusal)| is_tampered(refusal.code)) {
        Some((_, worst)) if tools == 0 => Err(Unstarted::Refused(worst.clone())),
        _ => Ok(Looked { began, read, watched, toolset, tools, refused }),
    }
}

/// Starts serving.
///
/// # Errors
/// What is said about it can't be used, or something can't be read or opened.
pub fn begin(
    looked: Looked,
    what: &WhatArgs,
    how: &HowArgs,
    surface: &'static str,
    ctx: &mut Ctx,
) -> Result<Started, Failed> {
    let Looked { began, read, watched, toolset, tools, mut refused } = looked;
    let root = read.root.clone();
    let how_served = terms(what, how, &read, toolset, ctx)?;
    let (log, recovered) = log(how, &read.state, ctx)?;
    let (run_id, kept) = (new_id("run_"), &how.kept);
    let trail = Trail::new(log, kept.audit_best_effort, kept.audit_private, run_id, surface, Box::new(tell));
    told_of_before(&recovered);
    let begun = begun(&how_served, &read.state, &recovered, tools, surface);
    trail.write(What::Start(Box::new(begun)), Durability::Synced).map_err(|_| {
        Failed::new("io", "the audit log", "it can't be written")
            .hint("--audit-log PATH, or --audit-best-effort")
    })?;
    let path = how.store(ctx)?;
    let millis = clock::millis().map_err(Failed::from)?;
    let store = Store::open(&path, millis).map_err(Failed::from)?;
    let spending = Spending::open(&path, millis).map_err(Failed::from)?;
    let credentials = Arc::new(credentials(&how.reach, &how_served, &read.state, ctx)?);
    let way = rules(&how_served, &read.state)?;
    let (args, was_anchored) = (what.clone(), read.is_anchored);
    let again = move |ctx: &mut Ctx, watched: &mut Watched| {
        load::read_again(&args, was_anchored, watched, ctx).map(|read| read.state)
    };
    let live = Live::start(Box::new(Again::after((read.state, watched), began, Unattended::of(ctx), again)))
        .map_err(|why| Failed::new("input", "the toolpack", why))?;
    let servers = Servers::new(Ground {
        root,
        variable: |name| std::env::var(name).ok(),
        tell,
        rules: way,
        credentials: Arc::clone(&credentials),
    });
    let served = Served::new(live, how_served, trail, store, spending, credentials, servers);
    // Servers of its tools are started here, and can turn out to be others than those that were approved.
    let withheld = served.begin();
    let tools = tools.saturating_sub(withheld.len());
    refused.extend(withheld);
    Ok(Started { served: Arc::new(served), tools, refused })
}

/// The exit code where what was started is of no use: nothing of it can be called, or with `strict` not all of it. What
/// was started is ended then.
pub fn of_no_use(started: &Started, strict: bool) -> Option<u8> {
    let worst = started.refused.iter().min_by_key(|(_, refusal)| !is_tampered(refusal.code));
    let (_, worst) = worst.filter(|_| started.tools == 0 || strict)?;
    stop(&started.served, "nothing to serve");
    if started.tools == 0 {
        tell(&format!("not served: {}", named(&started.refused)));
        return Some(refused(worst));
    }
    tell(&format!("not served, and --strict is given: {}", named(&started.refused)));
    Some(exit_code(worst.code))
}

/// Serves until the other end is gone or the system asks for the end.
pub fn serve<F: Future<Output = ()>>(
    served: Arc<Served>,
    speak: impl FnOnce(Arc<Served>, CancellationToken) -> F,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(THREADS)
        .build()
        .map_err(|error| Failed::new("io", "the server", format!("it can't be started: {error}")))?;
    let end = CancellationToken::new();
    // The first request to end is answered in good order; a second one ends at once.
    let _spared = io::end::spared();
    let why = runtime.block_on(async {
        let told = stdio::told_to_end()?;
        let attending = tokio::spawn(Arc::clone(&served).attend(end.clone()));
        let speaking = speak(Arc::clone(&served), end.clone());
        tokio::pin!(speaking);
        let why = tokio::select! {
            () = &mut speaking => "end of input",
            () = told => "signal",
        };
        end.cancel();
        let _ = tokio::time::timeout(END, async {
            if why == "signal" {
                speaking.await;
            }
            let _ = attending.await;
        })
        .await;
        Ok::<_, std::io::Error>(why)
    })?;
    // What runs still is given up here, and writes down that it was.
    runtime.shutdown_timeout(LAST);
    stop(&served, why);
    Ok(0)
}

/// Ends what was started.
pub fn stop(served: &Served, why: &str) {
    served.servers.end();
    let stopped = Stop { surface: served.trail.surface.to_owned(), reason: Some(why.to_owned()) };
    served.trail.note(What::Stop(stopped), Durability::Synced);
}

/// How many tools of the toolset may be called, and which may not, and why.
fn standings(state: &State, set: Option<&str>, ctx: &Ctx) -> (usize, Vec<(String, Refusal)>) {
    let (mut served, mut refused) = (0, Vec::new());
    let now = ctx.now;
    // Who writes down that it starts names the lockfile: its digest is made while signatures are looked at.
    let (standings, _) = rayon::join(|| state.standings(set, now), || state.lock_digest());
    for (tool, standing) in standings {
        match standing {
            Ok(_) => served += 1,
            Err(refusal) if refusal.code == ReasonCode::ToolsetNotAllowed => {}
            Err(refusal) => refused.push((tool.name.clone(), refusal)),
        }
    }
    (served, refused)
}

fn unfit(unfit: Unfit) -> Failed {
    Failed::new("usage", "", unfit.reason).hint(unfit.fix)
}

/// The audit log, and what a crash left of the last run.
fn log(how: &HowArgs, state: &State, ctx: &Ctx) -> Result<(Option<AuditLog>, Recovered), Failed> {
    how.kept.audit_log.as_deref().map(no_stream).transpose()?;
    let Some(path) = how.audit(ctx)? else { return Ok((None, Recovered::default())) };
    let redactor = shown(state).map_err(|why| Failed::new("input", "policy.yaml", why))?;
    let (log, recovered) = AuditLog::open(&path, how.kept.audit_max_bytes)?;
    log.redact_with(redactor);
    Ok((Some(log), recovered))
}

fn begun(how: &How, state: &State, recovered: &Recovered, tools: usize, surface: &str) -> Start {
    let open = recovered.unmatched.iter().filter(|open| !open.running);
    Start {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: how.mode().to_owned(),
        surface: surface.to_owned(),
        toolset: how.toolset.clone(),
        loosened: how.loosened.clone(),
        origins: origins(how, state),
        tools: tools as u64,
        pid: u64::from(std::process::id()),
        artifacts_digest: Some(state.surface_digest().to_owned()),
        lockfile_digest: state.lock_digest().map(str::to_owned),
        policy_digest: Some(state.policy_digest.clone()),
        unmatched: open.map(|open| open.intent.call_id.clone()).collect(),
        cut_off_bytes: recovered.cut_off_bytes,
    }
}

fn origins(how: &How, state: &State) -> Vec<String> {
    match &how.base {
        Some(base) => vec![base.origin.to_string()],
        None => state.pack.header.allowed_hosts.clone(),
    }
}

/// What every request is held to.
fn rules(how: &How, state: &State) -> Result<Rules, Failed> {
    how.rules(&state.pack.header.allowed_hosts).map_err(|why| Failed::new("input", "toolpack.yaml", why))
}

/// Who we are to the servers of the tools.
fn credentials(reach: &ReachArgs, terms: &How, state: &State, ctx: &Ctx) -> Result<ByOrigin, Failed> {
    let file = reach.auth_file.as_ref().map(|path| ctx.cwd.join(path));
    let given = Given {
        env: ctx.env,
        auth: reach.auth.as_deref(),
        auth_env: reach.auth_env.as_deref(),
        auth_file: file.as_deref(),
        auth_keyring: reach.auth_keyring.as_deref(),
        auth_headers: &reach.auth_header,
        auth_host: reach.auth_host.as_deref(),
    };
    let of_tokens =
        Reach { opened: terms.opened.clone(), ca_file: terms.ca_file.clone(), proxy: terms.proxy.clone() };
    // Servers that are asked at an address are among those that it is for.
    let addresses = state.pack.baseline.servers.iter().filter_map(|(_, launch)| launch.url.as_deref());
    let asked = addresses.filter_map(|url| Origin::read(url).ok());
    let allowed = asked.fold(rules(terms, state)?.allowed, Allowed::and);
    let sources = sources(&given, &allowed, &of_tokens).map_err(unfit)?;
    for warning in &sources.warnings {
        tell(&format!("! {warning}"));
    }
    Ok(sources.by_origin)
}
