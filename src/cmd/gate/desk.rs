//! What the writing commands work on: toolpacks of the work tree, what the base has of them, the trust in
//! force. Lockfiles are changed here and nowhere else: read, changed and written under their lock.

use std::path::Path;

use crate::canon::time::Timestamp;
use crate::cmd::anchor::{Anchored, TRUST, broken, keyring};
use crate::cmd::before::{Before, known};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::check;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::packs::{Place, find, several};
use crate::cmd::sources;
use crate::gate::discovery::dir_of;
use crate::gate::scene::Scene;
use crate::gate::sides::{BaseState, max_age_days};
use crate::gate::subjects::Subjects;
use crate::gate::written;
use crate::io::Failure;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::lock::update_inside;
use crate::io::tree::Tree;
use crate::model::gate_config::{GateFile, MAX_EXEMPTION_DAYS};
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::report::{Source, SourceKind};
use crate::model::trust::{PerTier, Rules, Thresholds, Trust, TrustFile};
use crate::model::{bytes, limits};
use crate::rules::trust as rule;
use crate::sign::ground::{Ground, SignatureIndex};

/// A toolpack of the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackAt {
    /// Path of its toolpack.yaml, from the root.
    pub header: String,
    /// Its id.
    pub id: String,
    /// Another lockfile than the one that the header names, from the root.
    pub lockfile: Option<String>,
}

impl PackAt {
    /// Its folder as people name it.
    pub fn name(&self) -> &str {
        match dir_of(&self.header) {
            "" => ".",
            dir => dir,
        }
    }
}

/// Whether a command may take in several toolpacks that nobody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// One alone: what is signed is named.
    One,
    /// All below the folder.
    All,
}

/// What the writing commands work on.
pub struct Desk {
    /// The work tree, or without git the folder.
    pub place: Place,
    /// The toolpacks.
    pub packs: Vec<PackAt>,
    /// The gate's configuration in force.
    pub gate: GateFile,
    /// Where what is merged was read.
    base_source: Option<Source>,
    /// What is merged, if the toolpacks lie in a repository that has a commit.
    base: Option<Before>,
    /// Whether nothing is merged yet: neither trust file nor lockfile.
    bootstrap: bool,
    /// The trust file in force; before it is merged, the work tree's own. None where there is none.
    anchored: Option<Anchored>,
    /// What judges where there is none: a file that lists nobody.
    nobody: Trust,
}

impl Desk {
    /// Finds toolpacks, base and trust.
    ///
    /// # Errors
    /// No toolpack or several where one is needed, a path outside of the repository, a trust file that
    /// can't judge.
    pub fn open(ctx: &mut Ctx, args: &PackArgs, trust: &TrustArgs, unnamed: Unnamed) -> Result<Desk, Failed> {
        let place = find(args, ctx)?;
        if let (Unnamed::One, true, None, 2..) =
            (unnamed, args.toolpack.is_empty(), &args.lockfile, place.found.len())
        {
            return Err(several(&place, ctx));
        }
        let mut desk = Desk::at(ctx, place, trust)?;
        if let Some(path) = &args.lockfile {
            let [pack] = desk.packs.as_mut_slice() else {
                return Err(Failed::new("usage", "", "--lockfile can't be given with several toolpacks"));
            };
            pack.lockfile = other_lockfile(ctx, &desk.place, path)?;
        }
        Ok(desk)
    }

    /// The same over toolpacks that are known already; they need not be written yet.
    ///
    /// # Errors
    /// A trust file that can't judge, a base that can't be read.
    pub fn at(ctx: &mut Ctx, place: Place, trust: &TrustArgs) -> Result<Desk, Failed> {
        let mut packs: Vec<PackAt> = place
            .found
            .iter()
            .map(|found| PackAt { header: found.header.clone(), id: found.id.clone(), lockfile: None })
            .collect();
        packs.sort_by(|a, b| a.header.cmp(&b.header));
        packs.dedup();
        let base = place.repo.as_ref().map(|repo| base_of(repo, trust)).transpose()?.flatten();
        let of_check = check::Args { trust: trust.clone(), ..check::Args::default() };
        let anchored = check::in_force(&place, &of_check, ctx)?;
        if let Some(breach) = anchored.as_ref().and_then(|a| a.off_pin.as_ref()) {
            return Err(broken(breach).hint("--trust-pin names another trust than the one in force"));
        }
        let merged = anchored.as_ref().is_some_and(|a| a.source.kind != SourceKind::Worktree);
        let bootstrap = !merged
            && match &base {
                None => place.repo.is_some(),
                Some((tree, _)) => load::trust(tree, TRUST)?.is_none() && load::lockfiles(tree)?.is_empty(),
            };
        let gate =
            anchored.as_ref().and_then(|a| a.gate.as_ref()).map(|g| g.file.clone()).unwrap_or_default();
        let (base, base_source) = match base {
            Some((tree, source)) => (Some(Before::of(tree, &place.found)?), Some(source)),
            None => (None, None),
        };
        Ok(Desk { place, packs, gate, base_source, base, bootstrap, anchored, nobody: nobody(ctx.now) })
    }

    /// Where what is merged was read; nowhere without git.
    pub fn base_source(&self) -> Option<&Source> {
        self.base_source.as_ref()
    }

    /// The trust file in force with where it was read; none where there is none.
    pub fn anchored(&self) -> Option<&Anchored> {
        self.anchored.as_ref()
    }

    /// Whether there is a trust file.
    pub fn has_trust(&self) -> bool {
        self.anchored.is_some()
    }

    /// The trust file, for commands that sign.
    ///
    /// # Errors
    /// There is none.
    pub fn trust(&self) -> Result<&Trust, Failed> {
        self.anchored.as_ref().map(|a| &a.trust).ok_or_else(|| {
            Failed::new("trust", TRUST, "there is no trust file, so nobody may sign")
                .rule(rule::ROOT_MISSING)
                .hint("cask trust init --id NAME")
        })
    }

    fn judging(&self) -> &Trust {
        self.anchored.as_ref().map_or(&self.nobody, |a| &a.trust)
    }

    /// Tells where the trust file was read, if that is a place that the work tree can change.
    pub fn tell_trust(&self, ctx: &mut Ctx) {
        if let Some(anchored) = self.anchored.as_ref().filter(|a| !a.anchored) {
            let place = ctx.paint().text(&anchored.source.name, 100);
            let version = anchored.trust.file.version;
            ctx.note(&format!("trust: version {version} ({place}), not anchored: no default branch has one"));
        }
    }

    /// Reads a toolpack with its lockfile from the work tree as it now stands.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn load(&self, at: &PackAt) -> Result<Loaded, Failed> {
        let mut loaded =
            load::toolpack(&self.place.tree, &at.header).map_err(|f| Failed::from(f).about(at.name()))?;
        if let Some(path) = &at.lockfile {
            loaded.lock = load::lockfile(&self.place.tree, path)?;
            loaded.lock_path.clone_from(path);
        }
        Ok(loaded)
    }

    /// Where a toolpack's lockfile lies, or would be written.
    ///
    /// # Errors
    /// A toolpack.yaml that can't be read.
    pub fn lock_path(&self, at: &PackAt) -> Result<String, Failed> {
        match &at.lockfile {
            Some(path) => Ok(path.clone()),
            None => {
                load::lock_path(&self.place.tree, &at.header).map_err(|f| Failed::from(f).about(at.name()))
            }
        }
    }

    /// Looks at a toolpack: the scene and its lockfile as it is now.
    ///
    /// # Errors
    /// A file that can't be read, or what `look` says.
    pub fn look<R>(
        &self,
        now: Timestamp,
        at: &PackAt,
        look: impl FnOnce(&Scene, Option<&AnyLockfile>) -> Result<R, Failed>,
    ) -> Result<R, Failed> {
        let loaded = self.load(at)?;
        self.over(now, &loaded, loaded.lock.as_ref(), look)
    }

    /// Changes a toolpack's lockfile under its lock: the toolpack and the lockfile are read anew inside, so
    /// that two writers lose nothing and nothing is written over artifacts that changed meanwhile. True if
    /// the file was written.
    ///
    /// # Errors
    /// A file that can't be read or written, or what `change` says; then the old file stands.
    pub fn change<R>(
        &self,
        now: Timestamp,
        at: &PackAt,
        change: impl FnOnce(&Scene, Option<&AnyLockfile>) -> Result<(Lockfile, R), Failed>,
    ) -> Result<(bool, R), Failed> {
        let path = self.lock_path(at)?;
        let mut done: Result<Option<R>, Failed> = Ok(None);
        let written = update_inside(&self.place.root, &path, limits::LOCKFILE, |before| {
            let result = (|| {
                let mut loaded = self.load(at)?;
                let there =
                    before.map(|b| AnyLockfile::read(&path, bytes::yaml(&path, b, limits::LOCKFILE)?));
                loaded.lock = there.transpose()?;
                self.over(now, &loaded, loaded.lock.as_ref(), change)
            })();
            match result {
                Ok((lock, said)) => {
                    done = Ok(Some(said));
                    Ok(Some(written::text(&lock).into_bytes()))
                }
                Err(failed) => {
                    done = Err(failed);
                    Err(Failure::new(&path, "not changed"))
                }
            }
        });
        match (done, written) {
            (Err(failed), _) => Err(failed),
            (Ok(Some(said)), Ok(written)) => Ok((written, said)),
            (Ok(_), Err(failure)) => Err(failure.into()),
            (Ok(None), Ok(_)) => Err(Failed::new("io", path, "it was not changed")),
        }
    }

    /// Looks at a toolpack in memory, with a lockfile of it.
    ///
    /// # Errors
    /// A base that can't be read, or what `look` says.
    pub fn over<R>(
        &self,
        now: Timestamp,
        loaded: &Loaded,
        lock: Option<&AnyLockfile>,
        look: impl FnOnce(&Scene, Option<&AnyLockfile>) -> Result<R, Failed>,
    ) -> Result<R, Failed> {
        let trust = self.judging();
        let keyring = keyring(trust)?;
        let pack = &loaded.pack;
        let id = pack.header.toolpack_id.as_str();
        let subjects = Subjects::of(pack)?;
        let side = match &self.base {
            Some(base) => base.side(&loaded.header_path, pack.header.generation)?,
            None => None,
        };
        let base = match (&self.base, self.bootstrap) {
            (_, true) => BaseState::Bootstrap,
            (None, false) => BaseState::NotAsked,
            (Some(before), false) => known(side.as_ref(), before.stayed(id)),
        };
        let mut elsewhere = SignatureIndex::default();
        base.lock().into_iter().chain(lock.and_then(AnyLockfile::v2)).for_each(|l| elsewhere.add(l));
        let exemptions = &self.gate.exemptions;
        let ground = Ground {
            keyring: &keyring,
            toolpack_id: id,
            toolpack_dir: &pack.dir,
            now,
            author: None,
            base: base.ground(),
            max_age_days: max_age_days(&trust.file.rules, &self.gate),
            max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
            elsewhere: &elsewhere,
        };
        look(&Scene::new(pack, &subjects, &base, &ground), lock)
    }
}

/// What is merged: where this branch left the default branch, else the last commit.
fn base_of(repo: &Repo, trust: &TrustArgs) -> Result<Option<(Tree, Source)>, Failed> {
    let Some(head) = repo.head()? else { return Ok(None) };
    let (name, commit) = match &trust.trust_ref {
        Some(name) => (name.clone(), Some(repo.resolve(name)?)),
        None => repo.default_branch()?.map_or(("HEAD".to_owned(), None), |b| (b.refname, Some(b.tip))),
    };
    let commit = match commit {
        Some(tip) => repo.merge_base(&tip, &head)?.unwrap_or(tip),
        None => head,
    };
    Ok(Some((Tree::git(repo, &commit), sources::commit(&name, &commit))))
}

/// A trust file that lists nobody: what there is before anybody made one.
fn nobody(now: Timestamp) -> Trust {
    let ones = PerTier { safe: 1, low: 1, medium: 1, high: 1, critical: 1 };
    Trust {
        file: TrustFile {
            schema: crate::model::trust::SCHEMA.to_owned(),
            version: 1,
            at: now,
            previous: None,
            root: None,
            signers: Vec::new(),
            thresholds: Thresholds { trust: 1, approvals: ones },
            rules: Rules { max_age_days: Default::default(), fresh_days: 30, author_may_approve: false },
            signatures: Vec::new(),
        },
        raw: crate::canon::Node::null(),
        digest: String::new(),
    }
}

/// The lockfile that an option names, from the root; `None` for a `.pending.yaml` that is not there, which
/// means the one that the toolpack names.
fn other_lockfile(ctx: &Ctx, place: &Place, path: &Path) -> Result<Option<String>, Failed> {
    let outside = || {
        Failed::new("input", path.display().to_string(), "it lies outside of the folder that is judged")
            .looked("folder", place.root.display().to_string())
    };
    let full = ctx.cwd.join(path);
    let (folder, name) = (full.parent().ok_or_else(outside)?, full.file_name().ok_or_else(outside)?);
    let whole = folder.canonicalize().map_err(|_| outside())?.join(name);
    let rel = whole.strip_prefix(&place.root).map_err(|_| outside())?;
    let parts: Option<Vec<&str>> = rel.iter().map(|part| part.to_str()).collect();
    let rel = parts.map(|parts| parts.join("/")).ok_or_else(outside)?;
    let is_meant = !rel.contains(".pending.") || place.tree.read(&rel, limits::LOCKFILE)?.is_some();
    Ok(is_meant.then_some(rel))
}
