//! What the writing commands work on: toolpacks of the work tree, what the base has of them, the trust in
//! force. Lockfiles are changed here and nowhere else: read, changed and written under their lock.

use std::path::{Path, PathBuf};

use crate::canon::time::Timestamp;
use crate::cmd::anchor::{self, Anchored, Sides};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::in_force::{prove, read_gate};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::discovery::{Found, dir_of};
use crate::gate::scene::Scene;
use crate::gate::sides::{BaseSide, BaseState, max_age_days};
use crate::gate::subjects::Subjects;
use crate::gate::written;
use crate::io::Failure;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::lock::update_inside;
use crate::io::oid::Oid;
use crate::io::tree::Tree;
use crate::model::gate_config::{GateFile, MAX_EXEMPTION_DAYS};
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::report::{Source, SourceKind};
use crate::model::toolpack::{HEADER, Header};
use crate::model::trust::{PerTier, Rules, Thresholds, Trust, TrustFile};
use crate::model::{bytes, limits};
use crate::sign::ground::{Ground, SignatureIndex};
use crate::sign::keyring::Keyring;

/// The trust that a writing command stands on.
pub struct Standing {
    /// The trust file; without one, a file that lists nobody.
    pub trust: Trust,
    /// The gate's configuration in force.
    pub gate: GateFile,
    /// Where the trust file was read; `None` where there is none.
    pub source: Option<Source>,
    /// Whether it was read where the work tree can't reach it.
    pub anchored: bool,
    /// Whether it is in force: merged, or named by whoever runs this. The work tree's own is not yet.
    pub in_force: bool,
}

/// A toolpack of the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackAt {
    /// Path of its toolpack.yaml, from the root.
    pub header: String,
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

/// What the writing commands work on.
pub struct Desk {
    /// The folder that paths start at: the work tree, or without git the current folder.
    pub root: PathBuf,
    /// The files there.
    pub head: Tree,
    /// What is merged, if the toolpacks lie in a repository that has a commit.
    pub base: Option<(Tree, Source)>,
    /// Whether nothing is merged yet: neither trust file nor lockfile.
    pub bootstrap: bool,
    /// The trust in force.
    pub standing: Standing,
    /// The toolpacks, sorted.
    pub packs: Vec<PackAt>,
}

impl Desk {
    /// Finds toolpacks, base and trust.
    ///
    /// # Errors
    /// No toolpack or several where one is needed, a path outside of the repository, a trust file that
    /// can't judge.
    pub fn open(ctx: &mut Ctx, packs: &PackArgs, trust: &TrustArgs) -> Result<Desk, Failed> {
        let asked = packs.toolpack.first().or(packs.lockfile.as_ref());
        let start = asked.map_or_else(|| ctx.cwd.clone(), |path| nearest_folder(&ctx.cwd.join(path)));
        let repo = Repo::discover(&start)?;
        if let Some(bare) = repo.as_ref().filter(|r| r.is_bare()) {
            return Err(Failed::new("git", bare.root().display().to_string(), "it has no work tree"));
        }
        let root = match &repo {
            Some(repo) => repo.root().to_owned(),
            None => ctx.cwd.canonicalize().unwrap_or_else(|_| ctx.cwd.clone()),
        };
        let head = match &repo {
            Some(repo) => Tree::worktree(repo),
            None => Tree::folder(root.clone()),
        };
        let packs = find_packs(ctx, &root, &head, packs)?;
        let base = repo.as_ref().map(|repo| base_of(repo, trust)).transpose()?.flatten();
        let sides =
            Sides { repo: repo.as_ref(), default: None, base: base.as_ref().map(|b| &b.0), head: &head };
        let standing = standing(ctx, &sides, trust)?;
        let bootstrap = !standing.in_force
            && match &base {
                None => repo.is_some(),
                Some((tree, _)) => {
                    load::trust(tree, anchor::TRUST)?.is_none() && load::lockfiles(tree)?.is_empty()
                }
            };
        Ok(Desk { root, head, base, bootstrap, standing, packs })
    }

    /// The trust file, for commands that sign.
    ///
    /// # Errors
    /// There is none.
    pub fn trust(&self) -> Result<&Trust, Failed> {
        match self.standing.source {
            Some(_) => Ok(&self.standing.trust),
            None => Err(Failed::new("trust", anchor::TRUST, "there is no trust file, so nobody may sign")
                .hint("cask trust init --id NAME")),
        }
    }

    /// Tells where the trust file was read, if that is a place that the work tree can change.
    pub fn tell_trust(&self, ctx: &mut Ctx) {
        if let (Some(source), false) = (&self.standing.source, self.standing.anchored) {
            let place = ctx.paint().text(&source.name, 100);
            ctx.note(&format!(
                "trust: version {} of {place}, not anchored: a default branch with a trust file is not known here",
                self.standing.trust.file.version
            ));
        }
    }

    /// Reads a toolpack with its lockfile from the work tree as it now stands.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn load(&self, at: &PackAt) -> Result<Loaded, Failed> {
        let mut loaded =
            load::toolpack(&self.head, &at.header).map_err(|f| Failed::from(f).about(at.name()))?;
        if let Some(path) = &at.lockfile {
            loaded.lock = load::lockfile(&self.head, path)?;
            loaded.lock_path.clone_from(path);
        }
        Ok(loaded)
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
        let path = self.load(at)?.lock_path;
        let mut done: Result<Option<R>, Failed> = Ok(None);
        let written = update_inside(&self.root, &path, limits::LOCKFILE, |before| {
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

    fn over<R>(
        &self,
        now: Timestamp,
        loaded: &Loaded,
        lock: Option<&AnyLockfile>,
        look: impl FnOnce(&Scene, Option<&AnyLockfile>) -> Result<R, Failed>,
    ) -> Result<R, Failed> {
        let trust = &self.standing.trust;
        let keyring = anchor::keyring(trust)?;
        let pack = &loaded.pack;
        let id = pack.header.toolpack_id.as_str();
        let subjects = Subjects::of(pack)?;
        let before = self.before(loaded)?;
        let before_subjects = before.pack.as_ref().map(|l| Subjects::of(&l.pack)).transpose()?;
        let base = match (&self.base, self.bootstrap) {
            (_, true) => BaseState::Bootstrap,
            (None, false) => BaseState::NotAsked,
            (Some(_), false) => BaseState::Known {
                side: before.pack.as_ref().zip(before_subjects.as_ref()).map(|(l, subjects)| BaseSide {
                    pack: &l.pack,
                    subjects,
                    lock: l.lock.as_ref().and_then(AnyLockfile::v2),
                }),
                left_behind: before.left_behind.as_ref(),
            },
        };
        let mut elsewhere = SignatureIndex::default();
        base.lock().into_iter().chain(lock.and_then(AnyLockfile::v2)).for_each(|l| elsewhere.add(l));
        let exemptions = &self.standing.gate.exemptions;
        let ground = Ground {
            keyring: &keyring,
            toolpack_id: id,
            toolpack_dir: &pack.dir,
            now,
            author: None,
            base: base.ground(),
            max_age_days: max_age_days(&trust.file.rules, &self.standing.gate),
            max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
            elsewhere: &elsewhere,
        };
        look(&Scene { pack, subjects: &subjects, base: &base, ground: &ground }, lock)
    }

    fn before(&self, loaded: &Loaded) -> Result<Before, Failed> {
        let Some((tree, _)) = &self.base else { return Ok(Before::default()) };
        let id = &loaded.pack.header.toolpack_id;
        if let Some(found) = self.base_of(&loaded.header_path, id)? {
            let told = |f| Failed::from(f).about(format!("{} on the base", dir_of(&found.header)));
            return Ok(Before {
                pack: Some(load::toolpack(tree, &found.header).map_err(told)?),
                left_behind: None,
            });
        }
        for path in load::lockfiles(tree)? {
            if let Some(AnyLockfile::V2(lock, _)) = load::lockfile(tree, &path)?
                && lock.toolpack_id == *id
            {
                return Ok(Before { pack: None, left_behind: Some(*lock) });
            }
        }
        Ok(Before::default())
    }

    /// The base's toolpack with this id: in the same place, else wherever it is.
    ///
    /// # Errors
    /// A toolpack.yaml of the base that can't be read.
    pub fn base_of(&self, header: &str, id: &str) -> Result<Option<Found>, Failed> {
        let Some((tree, _)) = &self.base else { return Ok(None) };
        let read = |path: &str| -> Result<Option<Found>, Failed> {
            let Some(content) = tree.read(path, limits::SMALL)? else { return Ok(None) };
            let header = Header::read(path, bytes::yaml(path, &content, limits::SMALL)?)?;
            Ok(Some(Found { header: path.to_owned(), id: header.toolpack_id }))
        };
        if let Some(found) = read(header)?.filter(|found| found.id == id) {
            return Ok(Some(found));
        }
        for path in load::headers(tree)? {
            if let Some(found) = read(&path)?.filter(|found| found.id == id) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

#[derive(Default)]
struct Before {
    pack: Option<Loaded>,
    left_behind: Option<Lockfile>,
}

/// What is merged: where this branch left the default branch, else the last commit.
fn base_of(repo: &Repo, trust: &TrustArgs) -> Result<Option<(Tree, Source)>, Failed> {
    let Some(head) = repo.head()? else { return Ok(None) };
    let default = match &trust.trust_ref {
        Some(name) => Some((name.clone(), repo.resolve(name)?)),
        None => repo.default_branch()?.map(|branch| (branch.refname, branch.tip)),
    };
    let (name, commit): (String, Oid) = match default {
        Some((name, tip)) => {
            let fork = repo.merge_base(&tip, &head)?;
            (name, fork.unwrap_or(tip))
        }
        None => ("HEAD".to_owned(), head),
    };
    let source = Source { kind: SourceKind::Git, commit: Some(commit.as_str().to_owned()), name };
    Ok(Some((Tree::git(repo, &commit), source)))
}

/// The trust file in force; before it is merged, the work tree's own; without any, nobody's.
fn standing(ctx: &mut Ctx, sides: &Sides, args: &TrustArgs) -> Result<Standing, Failed> {
    if let Some(Anchored { trust, gate, source, anchored, off_pin, .. }) = anchor::anchor(ctx, sides, args)? {
        if let Some(breach) = off_pin {
            return Err(anchor::broken(&breach).hint("--trust-pin names another trust than the one in force"));
        }
        let gate = gate.map(|config| config.file).unwrap_or_default();
        return Ok(Standing { trust, gate, source: Some(source), anchored, in_force: true });
    }
    let Some(own) = anchor::read_trust(sides.head)? else {
        return Ok(Standing {
            trust: nobody(ctx.now),
            gate: GateFile::default(),
            source: None,
            anchored: false,
            in_force: false,
        });
    };
    prove(&own, "the work tree")?;
    if let Some(pin) = args.trust_pin.as_ref().filter(|pin| **pin != own.digest) {
        return Err(Failed::new("trust", anchor::TRUST, "it is not the version that the pin names")
            .looked("pin", pin)
            .looked("here", &own.digest));
    }
    let gate = read_gate(sides.head, Some(&Keyring::of(anchor::TRUST, &own)?))?.file;
    let source = Source { kind: SourceKind::Worktree, commit: None, name: "the work tree".to_owned() };
    Ok(Standing { trust: own, gate, source: Some(source), anchored: false, in_force: false })
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

/// The toolpacks that the options name; without any, the one that lies below the current folder.
fn find_packs(ctx: &Ctx, root: &Path, head: &Tree, args: &PackArgs) -> Result<Vec<PackAt>, Failed> {
    let mut packs = Vec::new();
    for path in &args.toolpack {
        packs.push(PackAt { header: header_at(root, head, &ctx.cwd.join(path), path)?, lockfile: None });
    }
    if let Some(path) = &args.lockfile {
        match packs.as_mut_slice() {
            [] => packs.push(of_lockfile(ctx, root, head, path)?),
            [pack] => pack.lockfile = Some(relative(root, &ctx.cwd.join(path), path)?),
            _ => {
                return Err(Failed::new("usage", "", "--lockfile can't be given with several toolpacks"));
            }
        }
    }
    if packs.is_empty() {
        packs.push(PackAt { header: the_only_one(ctx, root, head)?, lockfile: None });
    }
    packs.sort_by(|a, b| a.header.cmp(&b.header));
    packs.dedup();
    Ok(packs)
}

fn the_only_one(ctx: &Ctx, root: &Path, head: &Tree) -> Result<String, Failed> {
    let here = relative(root, &ctx.cwd, Path::new(".")).unwrap_or_default();
    let below = |path: &String| here.is_empty() || path.starts_with(&format!("{here}/"));
    let mut found: Vec<String> = load::headers(head)?.into_iter().filter(below).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failed::new("usage", "", "there is no toolpack below this folder")
            .looked("looked for", HEADER)
            .hint("--toolpack FOLDER")),
        _ => {
            let dirs: Vec<&str> = found.iter().map(|p| dir_of(p)).collect();
            let mut failed = Failed::new("usage", "", "there are several toolpacks below this folder");
            for dir in dirs.iter().take(8) {
                failed = failed.hint(format!("--toolpack {}", if dir.is_empty() { "." } else { dir }));
            }
            Err(failed)
        }
    }
}

fn header_at(root: &Path, head: &Tree, full: &Path, said: &Path) -> Result<String, Failed> {
    let rel = relative(root, full, said)?;
    let is_header = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.eq_ignore_ascii_case(HEADER) || name.eq_ignore_ascii_case("toolpack.yml")
    };
    if is_header(&rel) && !full.is_dir() {
        return Ok(rel);
    }
    for name in [HEADER, "toolpack.yml"] {
        let path = if rel.is_empty() { name.to_owned() } else { format!("{rel}/{name}") };
        if head.read(&path, limits::SMALL)?.is_some() {
            return Ok(path);
        }
    }
    Err(Failed::new("input", said.display().to_string(), "there is no toolpack.yaml there"))
}

/// The toolpack that a lockfile belongs to: the nearest toolpack.yaml in its folder or above.
fn of_lockfile(ctx: &Ctx, root: &Path, head: &Tree, path: &Path) -> Result<PackAt, Failed> {
    let rel = relative(root, &ctx.cwd.join(path), path)?;
    let mut dir = dir_of(&rel);
    loop {
        let header = if dir.is_empty() { HEADER.to_owned() } else { format!("{dir}/{HEADER}") };
        if head.read(&header, limits::SMALL)?.is_some() {
            // A `.pending.yaml` that is not there means its sibling, which the toolpack names.
            let there = head.read(&rel, limits::LOCKFILE)?.is_some() || !rel.contains(".pending.");
            return Ok(PackAt { header, lockfile: there.then_some(rel) });
        }
        if dir.is_empty() {
            return Err(Failed::new(
                "input",
                path.display().to_string(),
                "no toolpack.yaml lies beside or above it",
            )
            .hint("--toolpack FOLDER"));
        }
        dir = dir_of(dir);
    }
}

/// A path from the root, as the tree names it.
fn relative(root: &Path, full: &Path, said: &Path) -> Result<String, Failed> {
    let outside = || {
        Failed::new("input", said.display().to_string(), "it lies outside of the folder that is judged")
            .looked("folder", root.display().to_string())
    };
    // The file itself need not exist; its folder may be reached through a link.
    let (folder, rest) = match full.canonicalize() {
        Ok(folder) => (folder, None),
        Err(_) => {
            let parent = full.parent().ok_or_else(outside)?;
            (nearest_folder(parent), full.strip_prefix(nearest_ancestor(parent)).ok().map(Path::to_owned))
        }
    };
    let whole = rest.map_or(folder.clone(), |rest| folder.join(rest));
    let rel = whole.strip_prefix(root).map_err(|_| outside())?;
    let parts: Option<Vec<&str>> = rel.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(outside)
}

/// The nearest folder that exists on the way to a path.
fn nearest_ancestor(path: &Path) -> &Path {
    path.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("/"))
}

fn nearest_folder(path: &Path) -> PathBuf {
    let there = nearest_ancestor(path);
    there.canonicalize().unwrap_or_else(|_| there.to_owned())
}
