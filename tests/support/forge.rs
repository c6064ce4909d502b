//! Really signed worlds for attacks: a repository with a trust file and an approved toolpack on `main`, and a
//! branch `head` on which a test does what an attacker would do.
//!
//! Everything is signed with the public test keys of fixtures/keys by the library itself, so that an attack
//! fails for the reason that it names and not because it was put together badly. Nothing here reads the clock
//! or the machine's git configuration.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cask::canon::emit::emit_yaml;
use cask::canon::encode::encode;
use cask::canon::time::Timestamp;
use cask::canon::{Node, json};
use cask::cmd::ci;
use cask::cmd::ctx::{Ctx, Global};
use cask::gate::subjects::Subjects;
use cask::io::load;
use cask::io::tree::Tree;
use cask::model::gate_config::GateFile;
use cask::model::lockfile::{Approval, Decision, Lockfile, Status, SurfaceEntry, ToolEntry, Withdrawn};
use cask::model::risk::RiskTier;
use cask::model::trust::{
    Key, KeyType, OwnerSignature, PerTier, Role, Rules, Signer, Thresholds, Trust, TrustFile,
};
use cask::sign::envelope::Purpose;
use cask::sign::ground::SignedSubject;
use cask::sign::keypair::KeyPair;
use cask::sign::statement::{About, SignedKind, bytes};
use tempfile::TempDir;

pub use super::support::copy;
use super::support::git_command;

#[path = "forge_people.rs"]
mod people;
pub use people::*;

/// What a run of `cask ci` came to.
#[derive(Debug)]
pub struct Judged {
    pub code: u8,
    /// Rule ids among findings and the reasons of their approvals, and of a failure to judge.
    pub rules: BTreeSet<String>,
    pub report: serde_json::Value,
    pub message: String,
}

impl Judged {
    /// Those that speak of trust: what an attack is expected to be told by, no more and no less.
    pub fn trust_rules(&self) -> BTreeSet<&str> {
        self.rules.iter().map(String::as_str).filter(|id| is_of_trust(id)).collect()
    }
}

pub fn is_of_trust(id: &str) -> bool {
    let family = id.split('.').next().unwrap_or_default();
    ["gate", "sig", "trust", "lock", "pack", "sup"].contains(&family)
}

/// A repository, its clock, and how it is judged.
pub struct World {
    dir: TempDir,
    pub now: Timestamp,
    pub args: ci::Args,
    /// When [`World::approve`] signs.
    pub signing: Timestamp,
    /// Digest of the first trust file.
    pub root: String,
}

impl World {
    /// The shop with everything approved on `main`, and `head` checked out.
    pub fn shop() -> World {
        static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let mut world = World::empty();
            world.adopt_shop();
            world.put_trust(&signed_trust(first_trust(), &[Who::Alice, Who::Carol]));
            world.approve_all(PACK, THEN);
            world.commit("adopt");
            world.git(&["checkout", "-q", "-b", "head"]);
            world.dir
        });
        let dir = TempDir::new().expect("a scratch folder");
        copy(template.path(), dir.path());
        World::at(dir)
    }

    /// A repository with nothing in it.
    pub fn empty() -> World {
        let dir = TempDir::new().expect("a scratch folder");
        let world = World::at(dir);
        world.git(&["init", "-q", "-b", "main"]);
        world
    }

    fn at(dir: TempDir) -> World {
        let root = read_trust(&signed_trust(first_trust(), &[])).digest;
        let mut args =
            ci::Args { base_ref: Some("main".into()), head_ref: Some("HEAD".into()), ..Default::default() };
        args.report.format = Some("json".to_owned());
        args.report.fail_on = Some(cask::model::gate_config::FailOn::Any);
        World { dir, now: time(NOW), args, signing: time(LATER), root }
    }

    /// Puts the shop's artifacts into the work tree.
    pub fn adopt_shop(&mut self) {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &self.path(PACK));
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn git(&self, args: &[&str]) -> String {
        let out = self.try_git(args);
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    pub fn try_git(&self, args: &[&str]) -> std::process::Output {
        let mut command = git_command(self.dir.path());
        command.args(["-c", "gc.auto=0"]).args(args);
        // The same commit in every run.
        command
            .env("GIT_AUTHOR_DATE", "2026-11-30T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-11-30T00:00:00Z");
        command.output().expect("git runs")
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Makes what is in the work tree the new `main`, and goes on at `head` from there.
    pub fn merge(&self) {
        self.commit("merged");
        self.git(&["branch", "-q", "-f", "main", "HEAD"]);
        self.git(&["checkout", "-q", "-B", "head"]);
    }

    /// A remote whose default branch is `main` as it is now.
    pub fn publish_main(&self) {
        self.git(&["remote", "add", "origin", "https://git.invalid/shop"]);
        self.git(&["update-ref", "refs/remotes/origin/main", "main"]);
        self.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    pub fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
            .expect("removed");
    }

    /// Replaces one text that must be there.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Edits a JSON file as a value; layout is not signed.
    pub fn json(&self, path: &str, edit: impl FnOnce(&mut serde_json::Value)) {
        let mut value: serde_json::Value = serde_json::from_str(&self.read(path)).expect("JSON");
        edit(&mut value);
        self.write(path, format!("{}\n", serde_json::to_string_pretty(&value).expect("JSON")));
    }

    /// Edits one action of a toolpack's tools.json.
    pub fn action(&self, id: &str, edit: impl FnOnce(&mut serde_json::Value)) {
        self.json(&format!("{PACK}/artifact/tools.json"), |file| {
            let actions = file["actions"].as_array_mut().expect("actions");
            edit(actions.iter_mut().find(|a| a["tool_id"] == id).expect("the action"));
        });
    }

    /// Edits the baseline.
    pub fn baseline(&self, edit: impl FnOnce(&mut serde_json::Value)) {
        self.json(&format!("{PACK}/artifact/baseline.json"), edit);
    }

    pub fn loaded(&self, pack: &str) -> load::Loaded {
        load::toolpack(&Tree::folder(self.dir.path().to_owned()), &join(pack, "toolpack.yaml"))
            .expect("a toolpack")
    }

    pub fn subjects(&self, pack: &str) -> Subjects {
        Subjects::of(&self.loaded(pack).pack).expect("its subjects")
    }

    pub fn subject(&self, pack: &str, id: &str) -> SignedSubject {
        self.subjects(pack).get(id).unwrap_or_else(|| panic!("no subject {id}")).clone()
    }

    pub fn lock(&self, pack: &str) -> Lockfile {
        self.loaded(pack).lock.and_then(|l| l.v2().cloned()).unwrap_or_else(|| Lockfile {
            schema_version: "2.0".into(),
            toolpack_id: self.loaded(pack).pack.header.toolpack_id,
            surface: SurfaceEntry {
                digest: String::new(),
                risk_tier: RiskTier::Safe,
                status: Status::Pending,
                approvals: Vec::new(),
            },
            snapshot: None,
            tools: BTreeMap::new(),
            withdrawn: Vec::new(),
        })
    }

    pub fn put_lock(&self, pack: &str, lock: &Lockfile) {
        self.write(&self.loaded(pack).lock_path, emit_yaml(&encode(lock)));
    }

    /// Edits the lockfile of the shop, as somebody with an editor would.
    pub fn edit_lock(&self, edit: impl FnOnce(&mut Lockfile)) {
        let mut lock = self.lock(PACK);
        edit(&mut lock);
        self.put_lock(PACK, &lock);
    }

    /// Writes every derived field of the lockfile as it follows from the artifacts; approvals of what changed
    /// go, and so do entries of tools that went.
    pub fn sync(&self, pack: &str) {
        let (loaded, subjects) = (self.loaded(pack), self.subjects(pack));
        let mut lock = self.lock(pack);
        let keep = |same: bool, approvals: &mut Vec<Approval>, status: &mut Status| {
            if !same {
                approvals.clear();
                *status = Status::Pending;
            }
        };
        let surface = &mut lock.surface;
        keep(surface.digest == subjects.surface.digest, &mut surface.approvals, &mut surface.status);
        surface.digest = subjects.surface.digest.clone();
        surface.risk_tier = subjects.surface.tier;
        lock.tools.retain(|id, _| subjects.tools.contains_key(id));
        for tool in &loaded.pack.manifest.tools {
            let signed = &subjects.tools[&tool.id];
            let old = lock.tools.remove(&tool.id);
            let mut entry = ToolEntry {
                name: tool.name.clone(),
                method: tool.method.clone(),
                host: tool.host.clone(),
                path: tool.full_path(),
                risk_tier: signed.tier,
                toolsets: signed.toolsets.clone(),
                status: old.as_ref().map_or(Status::Pending, |o| o.status),
                digest: signed.digest.clone(),
                approvals: old.as_ref().map(|o| o.approvals.clone()).unwrap_or_default(),
                legacy: None,
            };
            keep(old.is_some_and(|o| o.digest == signed.digest), &mut entry.approvals, &mut entry.status);
            lock.tools.insert(tool.id.clone(), entry);
        }
        self.put_lock(pack, &lock);
    }

    /// An honest statement about a subject as it is in the work tree; signed by nobody yet.
    pub fn statement(&self, pack: &str, id: &str, who: Who) -> Statement {
        let subject = self.subject(pack, id);
        Statement {
            root: self.root.clone(),
            toolpack_id: self.loaded(pack).pack.header.toolpack_id,
            kind: subject.kind,
            id: subject.id,
            digest: subject.digest,
            purpose: Purpose::Approval,
            approval: Approval {
                signer: who.id().to_owned(),
                key_id: who.pair().key_id(),
                decision: Decision::Approve,
                risk_tier: subject.tier,
                approved_toolsets: subject.toolsets,
                signed_at: self.signing,
                expires_at: None,
                reason: "read it".to_owned(),
                signature: String::new(),
            },
        }
    }

    /// Puts an approval under a subject of the lockfile, with what the status would then claim.
    pub fn put(&self, pack: &str, id: &str, approval: Approval) {
        let mut lock = self.lock(pack);
        let status = match approval.decision {
            Decision::Approve => Status::Approved,
            Decision::Exempt => Status::Exempted,
            Decision::Reject => Status::Rejected,
            Decision::Withdraw => Status::Pending,
        };
        let (approvals, written) = if id == SURFACE {
            (&mut lock.surface.approvals, &mut lock.surface.status)
        } else {
            let entry = lock.tools.get_mut(id).unwrap_or_else(|| panic!("no entry {id}"));
            (&mut entry.approvals, &mut entry.status)
        };
        approvals.push(approval);
        approvals
            .sort_by(|a, b| (a.signed_at, &a.signer, &a.key_id).cmp(&(b.signed_at, &b.signer, &b.key_id)));
        *written = status;
        self.put_lock(pack, &lock);
    }

    /// Signs a subject honestly by each of some people.
    pub fn approve(&self, id: &str, by: &[Who]) {
        for who in by {
            let approval = self.statement(PACK, id, *who).sign(&who.pair());
            self.put(PACK, id, approval);
        }
    }

    /// Syncs, then signs every subject by alice, the critical ones and the surface by carol too.
    pub fn approve_all(&mut self, pack: &str, at: &str) {
        self.sync(pack);
        let before = std::mem::replace(&mut self.signing, time(at));
        let subjects = self.subjects(pack);
        for subject in subjects.tools.values().chain([&subjects.surface]) {
            let critical = subject.tier == RiskTier::Critical;
            for who in [Some(Who::Alice), critical.then_some(Who::Carol)].into_iter().flatten() {
                let approval = self.statement(pack, &subject.id, who).sign(&who.pair());
                self.put(pack, &subject.id, approval);
            }
        }
        self.signing = before;
    }

    /// Takes a tool out of manifest and toolsets, and its entry out of the lockfile.
    pub fn take_out(&self, id: &str) -> (String, String) {
        let digest = self.subject(PACK, id).digest;
        let mut name = String::new();
        self.json(&format!("{PACK}/artifact/tools.json"), |file| {
            let actions = file["actions"].as_array_mut().expect("actions");
            let at = actions.iter().position(|a| a["tool_id"] == id).expect("the action");
            name = actions.remove(at)["name"].as_str().expect("a name").to_owned();
        });
        let sets = format!("{PACK}/artifact/toolsets.yaml");
        self.write(&sets, self.read(&sets).replace(&format!("    - {name}\n"), ""));
        self.baseline(|b| {
            let operations = b["operations"].as_object_mut().expect("operations");
            operations.retain(|_, operation| operation["stable_id"] != id);
        });
        (name, digest)
    }

    /// The record that a tool went, with a withdrawal signed by some people.
    pub fn tombstone(&self, id: &str, digest: &str, at: Timestamp, by: &[Who]) -> Withdrawn {
        let approvals = by
            .iter()
            .map(|who| {
                Statement {
                    root: self.root.clone(),
                    toolpack_id: self.loaded(PACK).pack.header.toolpack_id,
                    kind: SignedKind::Tool,
                    id: id.to_owned(),
                    digest: digest.to_owned(),
                    purpose: Purpose::Approval,
                    approval: Approval {
                        signer: who.id().to_owned(),
                        key_id: who.pair().key_id(),
                        decision: Decision::Withdraw,
                        risk_tier: RiskTier::Safe,
                        approved_toolsets: Vec::new(),
                        signed_at: at,
                        expires_at: None,
                        reason: "no longer used".to_owned(),
                        signature: String::new(),
                    },
                }
                .sign(&who.pair())
            })
            .collect();
        Withdrawn { tool_id: id.to_owned(), digest: digest.to_owned(), at, approvals }
    }

    /// Takes a tool out honestly: withdrawal signed, surface signed anew where it changed.
    pub fn withdraw(&mut self, id: &str, at: &str, by: &[Who]) {
        let (_, digest) = self.take_out(id);
        let gone = self.tombstone(id, &digest, time(at), by);
        self.sync(PACK);
        self.edit_lock(|l| l.withdrawn.push(gone));
        let before = std::mem::replace(&mut self.signing, time(at));
        if self.lock(PACK).surface.approvals.is_empty() {
            self.approve(SURFACE, &[Who::Alice]);
        }
        self.signing = before;
    }

    pub fn trust(&self) -> TrustFile {
        let bytes = self.read(TRUST);
        let node = cask::model::bytes::strict_yaml(TRUST, bytes.as_bytes(), 1 << 20).expect("YAML");
        Trust::read(TRUST, node).expect("a trust file").file
    }

    pub fn put_trust(&self, file: &TrustFile) {
        self.write(TRUST, trust_text(file));
    }

    /// Rotates the trust file honestly; alice signs by both keys, whichever of them counts.
    pub fn rotate(&self, edit: impl FnOnce(&mut TrustFile)) {
        let by = [Who::Alice, Who::Alice2, Who::Carol];
        self.put_trust(&signed_trust(successor(&self.trust(), edit), &by));
    }

    /// A gate.yaml, signed by some people.
    pub fn put_gate(&self, edit: impl FnOnce(&mut GateFile), by: &[Who]) {
        let mut file = GateFile { root: self.root.clone(), ..GateFile::default() };
        edit(&mut file);
        file.signatures = owner_signatures(&encode(&file), Purpose::Gate, by);
        self.write(GATE, emit_yaml(&encode(&file)));
    }

    /// Commits what is in the work tree and judges it.
    pub fn judge(&self) -> Judged {
        self.commit("head");
        self.ci()
    }

    /// Judges `head` as committed.
    pub fn ci(&self) -> Judged {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let outcome = self.run(self.args.clone(), &mut out, &mut err);
        match outcome {
            Err(failed) => Judged {
                code: 3,
                rules: failed.0.rule.map(|r| r.id.to_owned()).into_iter().collect(),
                report: serde_json::Value::Null,
                message: format!("{}: {}", failed.0.subject, failed.0.message),
            },
            Ok(code) => {
                let report: serde_json::Value = serde_json::from_slice(&out).expect("a report in JSON");
                let mut rules = BTreeSet::new();
                for finding in report["findings"].as_array().expect("findings") {
                    rules.insert(finding["rule"].as_str().expect("a rule").to_owned());
                    let reasons = finding["approval"]["reasons"].as_array().into_iter().flatten();
                    rules.extend(reasons.filter_map(|r| r.as_str()).map(str::to_owned));
                }
                Judged { code, rules, message: String::new(), report }
            }
        }
    }

    /// The report in another format.
    pub fn shown(&self, format: &str) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut args = self.args.clone();
        args.report.format = Some(format.to_owned());
        self.run(args, &mut out, &mut err).expect("a report");
        String::from_utf8(out).expect("text")
    }

    fn run(&self, args: ci::Args, out: &mut Vec<u8>, err: &mut Vec<u8>) -> cask::cmd::failed::Outcome {
        let mut ctx = Ctx {
            out,
            err,
            now: self.now,
            env: &|_| None,
            names: &Vec::new,
            cwd: self.dir.path().to_owned(),
            random: &|bytes| bytes.fill(0),
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        ci::run(args, &mut ctx)
    }
}

pub fn join(dir: &str, path: &str) -> String {
    if dir.is_empty() { path.to_owned() } else { format!("{dir}/{path}") }
}
