//! What a command that edits trust stands on: the version in force, the one in the work tree, and which of
//! them a change goes onto.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::canon::Fault;
use crate::canon::time::Timestamp;
use crate::cmd::anchor::{Found, GATE, Sides, TRUST, find, history, is_sound, keyring, read_trust};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::io::git::Repo;
use crate::io::lock::update_inside;
use crate::io::tree::Tree;
use crate::io::{fs, load};
use crate::model::gate_config::GateConfig;
use crate::model::trust::{Role, Trust, TrustFile};
use crate::model::{bytes, limits};
use crate::report::escape::paste;
use crate::sign::chain::owners_who_signed;
use crate::sign::edit::next;
use crate::sign::envelope::Purpose;

/// The trust files around a command.
pub struct State {
    /// The repository.
    pub repo: Option<Repo>,
    /// The folder that `.caskmcp` lies in.
    pub root: PathBuf,
    /// The version in force, signed by its own owners. None before the first merge.
    pub in_force: Option<Found>,
    /// The one in the work tree.
    pub own: Option<Trust>,
    /// gate.yaml in the work tree.
    pub gate: Option<GateConfig>,
}

/// A version that is being written.
pub struct Draft {
    /// The file, before the change.
    pub file: TrustFile,
    /// Whether this starts a chain: version 1 again.
    pub new_root: bool,
    /// What the person should know.
    pub notes: Vec<String>,
}

impl State {
    /// Reads the trust file in force and the work tree's.
    ///
    /// # Errors
    /// One of them can't be read strictly, or git failed.
    pub fn read(ctx: &Ctx, trust_ref: Option<&str>) -> Result<State, Failed> {
        let repo = Repo::discover(&ctx.cwd)?;
        if let Some(bare) = repo.as_ref().filter(|repo| repo.is_bare()) {
            let name = bare.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(Failed::new("git", name, "it is a bare repository, without a work tree")
                .hint("run it in a clone that has one"));
        }
        let root = repo.as_ref().map_or_else(|| ctx.cwd.clone(), |repo| repo.root().to_owned());
        let work = Tree::folder(root.clone());
        let own = read_trust(&work)?;
        let gate = load::gate_config(&work, GATE)?;
        let in_force = match &repo {
            None => None,
            Some(repo) => {
                let sides =
                    Sides { repo: Some(repo), default: None, base: None, head: &work, known_roots: true };
                let args = TrustArgs { trust_ref: trust_ref.map(str::to_owned), ..TrustArgs::default() };
                find(ctx, &sides, &args)?.map(|found| last_sound(repo, found)).transpose()?.flatten()
            }
        };
        Ok(State { repo, root, in_force, own, gate })
    }

    /// The work tree's trust file.
    ///
    /// # Errors
    /// There is none.
    pub fn own(&self) -> Result<&Trust, Failed> {
        self.own.as_ref().ok_or_else(absent)
    }

    /// The work tree.
    pub fn tree(&self) -> Tree {
        Tree::folder(self.root.clone())
    }

    /// What the next change goes onto (trust.md §6): the version after the one in force, or that version as
    /// it was already begun; before the first merge, version 1.
    ///
    /// # Errors
    /// There is no trust file, or the work tree's follows another version than the one in force.
    pub fn draft(&self) -> Result<Draft, Failed> {
        let draft = |file, new_root, note: &str| {
            let notes = if note.is_empty() { Vec::new() } else { vec![note.to_owned()] };
            Ok(Draft { file, new_root, notes })
        };
        let again = "the version that was begun is changed once more: its signatures are dropped";
        let anew = "nothing is merged yet: version 1 is written anew, with a new root; all sign it again";
        match (&self.in_force, &self.own) {
            (None, None) => Err(absent()),
            (Some(found), None) => draft(
                next(&found.trust)?,
                false,
                &format!("from {}, version {}", found.source.name, found.trust.file.version),
            ),
            (Some(found), Some(own)) if own.digest == found.trust.digest => draft(next(own)?, false, ""),
            (Some(_), Some(own)) if own.file.version == 1 => draft(
                own.file.clone(),
                true,
                "this file starts a chain of its own: version 1 is written anew",
            ),
            (Some(found), Some(own)) if follows(&found.trust, own) => draft(own.file.clone(), false, again),
            (Some(found), Some(own)) => Err(behind(found, own)),
            (None, Some(own)) if own.file.version == 1 => match &self.repo {
                // Without git nothing is ever merged: what its owners signed is in force.
                None if is_sound(own) => draft(next(own)?, false, ""),
                _ => draft(own.file.clone(), true, anew),
            },
            (None, Some(own)) if self.repo.is_none() && is_sound(own) => draft(next(own)?, false, ""),
            (None, Some(own)) => draft(own.file.clone(), false, again),
        }
    }

    /// Reads a text as a trust file.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(&self, text: &str) -> Result<Trust, Fault> {
        Trust::read(TRUST, bytes::strict_yaml(TRUST, text.as_bytes(), limits::SMALL)?)
    }

    /// Writes the work tree's trust file.
    ///
    /// # Errors
    /// It can't be written, or would be no trust file.
    pub fn write(&self, text: &str) -> Result<Trust, Failed> {
        let trust = self.parse(text)?;
        keyring(&trust)?;
        fs::write_inside(&self.root, TRUST, text.as_bytes())?;
        Ok(trust)
    }

    /// Changes a file of the work tree under its lock.
    ///
    /// # Errors
    /// It can't be read or written, or the change is refused.
    pub fn update(
        &self,
        name: &str,
        change: impl FnOnce(&str) -> Result<String, Fault>,
    ) -> Result<(), Failed> {
        update_inside(&self.root, name, limits::SMALL, |before| {
            let text = std::str::from_utf8(before.unwrap_or_default())
                .map_err(|_| Fault::new(name, crate::canon::FaultKind::Syntax, "not UTF-8"))?;
            Ok(Some(change(text)?.into_bytes()))
        })?;
        Ok(())
    }
}

/// The last version of a branch that its own owners signed; none if there never was one.
fn last_sound(repo: &Repo, mut found: Found) -> Result<Option<Found>, Failed> {
    if is_sound(&found.trust) {
        return Ok(Some(found));
    }
    let Some(tip) = &found.tip else { return Ok(None) };
    let (versions, _) = history(repo, tip)?;
    Ok(versions.into_iter().find(is_sound).map(|trust| {
        found.trust = trust;
        found
    }))
}

/// Whether a version is the one after another, whoever signed it.
fn follows(trust: &Trust, own: &Trust) -> bool {
    trust.file.version.checked_add(1) == Some(own.file.version)
        && own.file.previous.as_deref() == Some(trust.digest.as_str())
        && own.file.root.as_deref() == Some(trust.root())
}

fn absent() -> Failed {
    Failed::new("trust", TRUST, "there is no such file").hint("cask trust init --id NAME")
}

fn behind(found: &Found, own: &Trust) -> Failed {
    let name = &found.source.name;
    Failed::new("trust", TRUST, "the work tree's version does not follow the one in force")
        .looked("in force", format!("version {}, {} ({name})", found.trust.file.version, found.trust.digest))
        .looked(
            "here",
            format!("version {}, after {}", own.file.version, own.file.previous.as_deref().unwrap_or("none")),
        )
        .why(
            "two versions were begun from one; take the one in force, and make the change again on top of it",
        )
        .hint(format!("git checkout {} -- {TRUST}", paste(name).unwrap_or("<branch>")))
}

/// Who must still sign a version, in words.
///
/// # Errors
/// A key of the file can't be used.
pub fn missing(state: &State, trust: &Trust, now: Timestamp) -> Result<String, Failed> {
    let own = need(trust, trust, trust.file.at)?;
    let old = match &state.in_force {
        Some(found) if found.trust.digest != trust.digest && trust.file.version > 1 => {
            need(&found.trust, trust, now)?
        }
        _ => None,
    };
    let parts: Vec<String> = [(own, "this version"), (old, "the version in force")]
        .into_iter()
        .filter_map(|(need, of)| need.map(|(n, who)| format!("{n} more of the owners of {of}: {who}")))
        .collect();
    Ok(match parts.is_empty() {
        true => "all have signed that must; next: commit it and bring it to the default branch".to_owned(),
        false => format!("still to sign: {}", parts.join("; and ")),
    })
}

/// How many owners of `judge` must still sign `trust`, and who can.
fn need(judge: &Trust, trust: &Trust, at: Timestamp) -> Result<Option<(usize, String)>, Failed> {
    let keys = keyring(judge)?;
    let live = |held: &crate::sign::keyring::Held| held.key.is_live(at);
    let signed = owners_who_signed(&keys, Purpose::Trust, &trust.body(), &trust.file.signatures, live);
    let need = usize::from(judge.file.thresholds.trust);
    if signed.len() >= need {
        return Ok(None);
    }
    let can: BTreeSet<&str> = judge
        .file
        .signers
        .iter()
        .filter(|s| s.roles.contains(&Role::Owner) && s.keys.iter().any(|key| key.is_live(at)))
        .map(|s| s.id.as_str())
        .filter(|id| !signed.contains(id))
        .collect();
    let who: Vec<&str> = can.into_iter().collect();
    let who = if who.is_empty() { "nobody is left who can".to_owned() } else { who.join(", ") };
    Ok(Some((need - signed.len(), who)))
}
