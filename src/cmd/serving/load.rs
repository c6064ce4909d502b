//! A toolpack on disk and the trust that judges it, read for serving: once at the start, where a person may be asked,
//! and again whenever a file of it changed, where nobody is.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::files::Watched;
use super::unattended::Unattended;
use super::what::WhatArgs;
use crate::cmd::anchor::{Anchored, GATE, TRUST};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::check;
use crate::cmd::options::PackArgs;
use crate::cmd::packs::{self, Place};
use crate::gate::sides::max_age_days;
use crate::io::load::{self, Loaded};
use crate::model::gate_config::MAX_EXEMPTION_DAYS;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::toolpack::{Toolpack, join};
use crate::run::live::{Source, Stamp};
use crate::run::state::{Approved, Material, State};

/// A toolpack that was read, and what is to be told of it.
pub struct Read {
    /// The toolpack with its approvals.
    pub state: State,
    /// The files that it hangs on.
    pub watched: Watched,
    /// Where the trust file was read, for people; none where approvals are not asked for.
    pub trust: Option<String>,
    /// What whoever starts the server should know, one line each.
    pub warnings: Vec<String>,
}

/// Reads what is served.
///
/// # Errors
/// A file that can't be read, no lockfile, no trust.
pub fn read(args: &WhatArgs, ctx: &mut Ctx) -> Result<Read, Failed> {
    let Some(toolpack) = args.toolpack.clone() else {
        return Err(no_toolpack());
    };
    let packs = PackArgs { toolpack: vec![toolpack], lockfile: None };
    let place = packs::find(&packs, ctx)?;
    let header = &place.found[0].header;
    let mut loaded = load::toolpack(&place.tree, header)?;
    if let Some(path) = &args.lockfile {
        let (name, full) = (path.display().to_string(), ctx.cwd.join(path));
        let lock = load::lockfile_at(&name, &full)?;
        loaded.lock = Some(lock.ok_or_else(|| no_lockfile(&name))?);
        loaded.lock_path = full.display().to_string();
    }
    let watched = watched(&place, &loaded, args);
    let mut warnings = Vec::new();
    if args.unsafe_no_lockfile && loaded.lock.as_ref().and_then(AnyLockfile::v2).is_none() {
        warnings.push("UNSAFE: no approval is asked for: every tool is served as it lies on disk".to_owned());
        let state = State::of(Material { pack: loaded.pack, approved: None })?;
        return Ok(Read { state, watched, trust: None, warnings });
    }
    let lock = match loaded.lock {
        Some(AnyLockfile::V2(lock, _)) => *lock,
        Some(AnyLockfile::V1(_)) => return Err(of_version_1(&loaded.lock_path)),
        None => return Err(no_lockfile(&loaded.lock_path)),
    };
    let anchored = found(&place, args, ctx)?.ok_or_else(|| {
        Failed::new("trust", TRUST, "there is no trust file: nobody can have approved anything")
            .hint("cask init   (starts with one, on a branch of your own)")
            .hint("--unsafe-no-lockfile   (to try tools out without approvals)")
    })?;
    if !anchored.anchored {
        warnings.push(format!(
            "trust: not anchored: {} is read where whoever changes the toolpack can change it too",
            anchored.source.name
        ));
    }
    let trust = anchored.source.name.clone();
    let approved = approved(lock, anchored);
    let state = State::of(Material { pack: loaded.pack, approved: Some(approved) })?;
    Ok(Read { state, watched, trust: Some(trust), warnings })
}

/// The trust that judges, if there is any.
///
/// # Errors
/// It can't be read, is not known here, or does not descend from the pin.
pub fn found(place: &Place, args: &WhatArgs, ctx: &mut Ctx) -> Result<Option<Anchored>, Failed> {
    let asked = check::Args { trust: args.trust.clone(), ..check::Args::default() };
    let Some(anchored) = check::in_force(place, &asked, ctx)? else { return Ok(None) };
    match &anchored.off_pin {
        None => Ok(Some(anchored)),
        Some(breach) => Err(Failed::new("trust", TRUST, "it does not descend from the pin")
            .why(breach.1.plain())
            .rule(breach.0)
            .hint("compare --trust-pin with what its owners published")),
    }
}

/// A lockfile, judged by a trust.
pub fn approved(lock: Lockfile, anchored: Anchored) -> Approved {
    let gate = anchored.gate.as_ref().map(|gate| gate.file.clone()).unwrap_or_default();
    Approved {
        lock,
        max_age_days: max_age_days(&anchored.trust.file.rules, &gate),
        max_exemption_days: gate
            .exemptions
            .allowed
            .then_some(gate.exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        trust: anchored.trust,
    }
}

/// That nobody said what is served.
pub fn no_toolpack() -> Failed {
    Failed::new("usage", "", "no toolpack is named").hint("--toolpack <folder>")
}

fn no_lockfile(path: &str) -> Failed {
    Failed::new("input", path, "there is no lockfile: nothing of this toolpack is approved")
        .hint("cask gate sync, then cask gate allow <tool>")
        .hint("--unsafe-no-lockfile   (to try tools out without approvals)")
}

fn of_version_1(path: &str) -> Failed {
    Failed::new("input", path, "approvals of version 1 do not count: they do not cover what a tool does")
        .hint("cask migrate --toolpack <folder>, then cask gate allow <tool>")
}

/// The files that a served toolpack hangs on.
pub fn watched(place: &Place, loaded: &Loaded, args: &WhatArgs) -> Watched {
    let pack: &Toolpack = &loaded.pack;
    let header = &pack.header;
    let own = [&header.tools, &header.toolsets, &header.policy, &header.baseline];
    let named = header.named.iter().map(|(path, _)| path);
    let locks = header.lockfiles.iter();
    let inside = own.into_iter().chain(named).chain(locks).map(|path| join(&pack.dir, path));
    let rest = [loaded.header_path.clone(), loaded.lock_path.clone(), TRUST.to_owned(), GATE.to_owned()];
    let mut files: Vec<PathBuf> = inside.chain(rest).map(|path| place.root.join(path)).collect();
    files.extend(args.trust.trust.clone());
    Watched { files, refs: Vec::new() }.with_refs(place.repo.as_ref())
}

/// How much the clock of the file system may be behind.
pub const SLACK: Duration = Duration::from_millis(100);

/// Reads the same again, without asking anybody.
pub struct Again {
    args: WhatArgs,
    alone: Unattended,
    watched: Watched,
    first: Mutex<Option<State>>,
}

impl Again {
    /// What reads again what was read first, and began to be read then.
    pub fn after(first: Read, began: SystemTime, args: &WhatArgs, ctx: &Ctx) -> Again {
        // What was written while it was read may be half of one state and half of another.
        let quiet = !first.watched.written_since(began - SLACK);
        Again {
            args: args.clone(),
            alone: Unattended::of(ctx),
            watched: first.watched,
            first: Mutex::new(quiet.then_some(first.state)),
        }
    }
}

impl Source for Again {
    fn stamp(&self) -> Stamp {
        self.watched.stamp()
    }

    fn load(&self) -> Result<State, String> {
        if let Some(state) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(state);
        }
        self.alone.with(|ctx| read(&self.args, ctx).map(|read| read.state))
    }
}
