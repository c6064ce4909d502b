//! A toolpack on disk and the trust that judges it, or single files that nobody judges, read for serving: once at the
//! start, where a person may be asked, and again whenever a file of it changed, where nobody is.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use super::files::Watched;
use super::lone;
use super::read::Read;
use super::what::WhatArgs;
use crate::canon::visible::visible;
use crate::cmd::anchor::{Anchored, GATE, TRUST, proven};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::check;
use crate::cmd::options::PackArgs;
use crate::cmd::packs::{self, Place};
use crate::gate::sides::max_age_days;
use crate::gate::subjects::Subjects;
use crate::io::load::{self, Loaded};
use crate::model::gate_config::MAX_EXEMPTION_DAYS;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::run::state::{Approved, Material, State};

const UNSAFE: &str = "UNSAFE: no approval is asked for: every tool is served as it lies on disk";

/// Reads what is served again, as [`read`] does. Trust that could not be reached by whoever changes the toolpack stays
/// where it was: the toolpack's own is no stand-in for it.
///
/// # Errors
/// As [`read`]; the trust that judged before is not there any more.
pub fn read_again(
    args: &WhatArgs,
    was_anchored: bool,
    watched: &mut Watched,
    ctx: &mut Ctx,
) -> Result<Read, Failed> {
    let read = read(args, watched, ctx)?;
    match was_anchored && !read.is_anchored {
        true => Err(Failed::new("trust", TRUST, "it is not any more where it was when the server started")
            .hint("start the server again, if that is meant")),
        false => Ok(read),
    }
}

/// Reads what is served. `watched` is told which files it hangs on before they are read: those of a toolpack that can't
/// be read are the ones that somebody is about to mend.
///
/// # Errors
/// A file that can't be read, no lockfile, no trust.
pub fn read(args: &WhatArgs, watched: &mut Watched, ctx: &mut Ctx) -> Result<Read, Failed> {
    if let Some(read) = lone::read(args, watched, ctx)? {
        return Ok(read);
    }
    let place = place(args, ctx)?;
    let (root, header) = (place.root.clone(), place.found[0].header.clone());
    *watched = hangs_on(&place, args, ctx)?;
    let cwd = ctx.cwd.clone();
    let load = || loaded(&place, args, &cwd);
    let ((loaded, subjects), anchored) = if args.unsafe_no_lockfile {
        let (loaded, subjects) = load()?;
        if loaded.lock.as_ref().and_then(AnyLockfile::v2).is_none() {
            let warnings = vec![UNSAFE.to_owned()];
            let state = State::of(Material { pack: loaded.pack, subjects, approved: None });
            return Ok(Read { state, trust: None, is_anchored: false, gate: None, root, header, warnings });
        }
        ((loaded, subjects), found(&place, args, ctx)?)
    } else {
        // To read the toolpack takes about as long as git's answers about the trust, and neither needs the other.
        let (loaded, anchored) = thread::scope(|scope| {
            let loading = scope.spawn(load);
            let anchored = found(&place, args, ctx);
            (loading.join().unwrap_or_else(|panic| resume_unwind(panic)), anchored)
        });
        (loaded?, anchored?)
    };
    let lock = match loaded.lock {
        Some(AnyLockfile::V2(lock, _)) => *lock,
        Some(AnyLockfile::V1(_)) => return Err(of_version_1(&loaded.lock_path)),
        None => return Err(no_lockfile(&loaded.lock_path)),
    };
    let anchored = anchored.ok_or_else(|| {
        Failed::new("trust", TRUST, "there is no trust file: nobody can have approved anything")
            .hint("cask init   (starts with one, on a branch of your own)")
            .hint("--unsafe-no-lockfile   (to try tools out without approvals)")
    })?;
    let mut warnings = Vec::new();
    // What is pinned to the byte is not changed by whoever changes what lies beside it.
    let is_anchored = anchored.anchored || args.mounted.is_some();
    if !is_anchored {
        warnings.push(format!(
            "trust: not anchored: {} is read where whoever changes the toolpack can change it too",
            anchored.source.name
        ));
    }
    let (trust, gate) = (Some(anchored.source.name.clone()), anchored.gate.clone());
    let approved = approved(lock, anchored)?;
    let state = State::of(Material { pack: loaded.pack, subjects, approved: Some(approved) });
    Ok(Read { state, trust, is_anchored, gate, root, header, warnings })
}

/// The toolpack of a place, with the lockfile that is named or its own, and what of it is signed.
fn loaded(place: &Place, args: &WhatArgs, cwd: &Path) -> Result<(Loaded, Subjects), Failed> {
    let (mut loaded, subjects) = load::toolpack_with(&place.tree, &place.found[0].header, Subjects::of)?;
    if let Some(path) = &args.lockfile {
        let (name, full) = (path.display().to_string(), cwd.join(path));
        let lock = load::lockfile_at(&name, &full)?;
        loaded.lock = Some(lock.ok_or_else(|| no_lockfile(&name))?);
        loaded.lock_path = full.display().to_string();
    }
    Ok((loaded, subjects?))
}

/// Where the toolpack lies that is named.
///
/// # Errors
/// None is named, there is none, or it lies in a folder that stands for a repository and no trust is pinned.
pub fn place(args: &WhatArgs, ctx: &Ctx) -> Result<Place, Failed> {
    let toolpack = args.named()?;
    match &args.mounted {
        None => packs::find(&PackArgs { toolpack: vec![toolpack], lockfile: None }, ctx),
        Some(_) if args.trust.pin().is_none() => Err(Failed::new(
            "trust",
            TRUST,
            "the trust that judges is not pinned: whoever mounts it could choose it",
        )
        .hint("--trust-pin sha256:HEX, as `cask trust show` prints it where the repository is")),
        Some(dir) => packs::mounted(dir, &toolpack, ctx),
    }
}

/// The trust that judges, if there is any.
///
/// # Errors
/// It can't be read, is not known here, or does not descend from the pin.
pub fn found(place: &Place, args: &WhatArgs, ctx: &mut Ctx) -> Result<Option<Anchored>, Failed> {
    let asked = check::Args { trust: args.trust.clone(), ..check::Args::default() };
    let Some(anchored) = check::in_force(place, &asked, ctx)? else { return Ok(None) };
    if let (Some(name), false) = (&args.trust.trust_ref, anchored.anchored) {
        return Err(Failed::new("trust", TRUST, format!("there is no such file at {}", visible(name, 200)))
            .hint("--trust-ref names a branch or commit that has one"));
    }
    match &anchored.off_pin {
        None => Ok(Some(anchored)),
        Some(breach) => Err(Failed::new("trust", TRUST, "it does not descend from the pin")
            .why(breach.1.plain())
            .rule(breach.0)
            .hint("compare --trust-pin with what its owners published")),
    }
}

/// A lockfile, judged by a trust.
///
/// # Errors
/// A key of the trust file can't be used.
pub fn approved(lock: Lockfile, anchored: Anchored) -> Result<Approved, Failed> {
    let gate = anchored.gate.as_ref().map(|gate| gate.file.clone()).unwrap_or_default();
    Ok(Approved {
        lock,
        max_age_days: max_age_days(&anchored.trust.file.rules, &gate),
        max_exemption_days: gate
            .exemptions
            .allowed
            .then_some(gate.exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        trust: proven(anchored.trust)?,
    })
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

/// The files that the first toolpack of a place hangs on, once it is served.
///
/// # Errors
/// Its toolpack.yaml can't be read.
pub fn hangs_on(place: &Place, args: &WhatArgs, ctx: &Ctx) -> Result<Watched, Failed> {
    let header_path = &place.found[0].header;
    let inside = load::looked_at(header_path, &load::header(&place.tree, header_path)?);
    Ok(around(place, inside, args, ctx))
}

/// The files and refs that the trust in force hangs on.
pub fn trust_hangs_on(place: &Place, args: &WhatArgs, ctx: &Ctx) -> Watched {
    around(place, Vec::new(), args, ctx)
}

fn around(place: &Place, inside: Vec<String>, args: &WhatArgs, ctx: &Ctx) -> Watched {
    let trust = [TRUST, GATE].map(str::to_owned);
    let mut files: Vec<PathBuf> = inside.into_iter().chain(trust).map(|path| place.root.join(path)).collect();
    let named = args.lockfile.iter().chain(&args.trust.trust);
    files.extend(named.map(|path| ctx.cwd.join(path)));
    Watched::of(files).with_refs(place.repo.as_ref(), args.trust.trust_ref.as_deref())
}
