//! The reference system's pairs: as they were written, migrated and signed, and judged in a repository.

#![allow(dead_code, reason = "each test uses its part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use cask::canon::time::Timestamp;
use cask::canon::{digest, json};
use cask::cmd::ci;
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::options::ReportArgs;
use cask::gate::snapshot::freeze;
use cask::gate::subjects::Subjects;
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::migrate;
use cask::model::gate_config::FailOn;
use cask::model::lockfile::{Decision, Lockfile, SnapshotRef, Status, ToolEntry, Withdrawn};
use cask::model::snapshot::Digests;
use cask::model::toolpack::Toolpack;
use cask::model::trust::{PATH as TRUST_PATH, Trust};

use cask::sign::ground::{Base, Ground, SignatureIndex, SignedSubject};
use cask::sign::keyring::Keyring;

use super::sign_v2::{self, Act, owner, revoked, time, trust};

/// Where the toolpack lies in the repositories of the tests.
pub const PACK: &str = "packs/ref";
const NOW: &str = "2026-12-01T12:00:00Z";
const SIGNED: &str = "2026-11-30T12:00:00Z";
const TRUSTED: &str = "2026-11-29T12:00:00Z";

#[path = "pairs.rs"]
pub mod pairs;
#[allow(unused_imports, reason = "each test uses its part")]
pub use pairs::{Files, base, folder, head_of, names};

/// A row of pairs.tsv.
pub struct Row {
    pub pair: String,
    pub mode: String,
    pub exit: u8,
    pub rules: BTreeSet<String>,
}

impl Row {
    /// The branch of its head.
    pub fn branch(&self) -> String {
        format!("{}-{}", self.pair, self.mode)
    }

    /// The branch of its base.
    pub fn base(&self) -> String {
        match (self.mode.as_str(), self.pair.as_str()) {
            ("a", _) => "main".into(),
            (_, "16") => "main-revoked".into(),
            (_, "19" | "20") => "main-frozen".into(),
            _ => "main".into(),
        }
    }
}

/// The table.
pub fn table() -> Vec<Row> {
    let text = include_str!("../../fixtures/reference/pairs.tsv");
    let rows = text.lines().filter(|l| !l.starts_with('#')).skip(1);
    rows.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [pair, mode, exit, rules, _why] = cells[..] else { panic!("five cells: {line}") };
        let rules = rules.split(' ').filter(|r| *r != "-").map(str::to_owned).collect();
        Row { pair: pair.into(), mode: mode.into(), exit: exit.parse().expect("an exit code"), rules }
    })
    .collect()
}

/// Files of the toolpack as files of the repository.
pub fn under_pack(files: Files) -> Files {
    files.into_iter().map(|(path, bytes)| (format!("{PACK}/{path}"), bytes)).collect()
}

/// Reads a toolpack that lies at the root of some files.
pub fn read(files: &Files) -> Loaded {
    load::toolpack(&Tree::memory(files.clone()), "toolpack.yaml").unwrap()
}

/// A migrated and signed toolpack with its trust file.
pub struct Signed {
    pub trust: Trust,
    pub trust_text: String,
    pub pack: Toolpack,
    pub lock: Lockfile,
    pub digests: Option<Digests>,
    artifacts: Files,
}

/// The head of a change to it, still to be edited.
pub struct Head {
    pub trust: String,
    pub pack: Toolpack,
    pub lock: Lockfile,
    pub files: Files,
}

impl Signed {
    /// All of its files in the repository.
    pub fn files(&self) -> Files {
        Head {
            trust: self.trust_text.clone(),
            pack: self.pack.clone(),
            lock: self.lock.clone(),
            files: under_pack(self.artifacts.clone()),
        }
        .into_files()
    }

    /// The head of a pair, migrated over this base's lockfile.
    pub fn head(&self, pair: &str) -> Head {
        let files = head_of(pair);
        let v1 = read(&files);
        let made = migrate::onto(&v1.pack, v1.lock.as_ref(), Some(&self.lock)).unwrap();
        let mut artifacts = self.artifacts.clone();
        artifacts.extend(files);
        artifacts.extend(made.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
        Head {
            trust: self.trust_text.clone(),
            lock: made.lock,
            pack: made.pack,
            files: under_pack(artifacts),
        }
    }

    fn tool_id(&self, name: &str) -> String {
        self.pack.manifest.tools.iter().find(|t| t.name == name).unwrap().id.clone()
    }
}

impl Head {
    /// The lockfile's entry of a tool.
    pub fn entry(&mut self, name: &str) -> &mut ToolEntry {
        self.lock.tools.values_mut().find(|e| e.name == name).unwrap()
    }

    /// Replaces the approvals of a tool by one.
    pub fn approve(&mut self, name: &str, root: &str, act: &Act) {
        let approval = self.statement(name, root, act);
        let entry = self.entry(name);
        entry.approvals = vec![approval];
        entry.status = Status::Approved;
    }

    /// Adds a signed refusal of a tool.
    pub fn reject(&mut self, name: &str, root: &str, who: &str, at: &str) {
        let act = Act { signer: who, key: who, decision: Decision::Reject, at };
        let refusal = self.statement(name, root, &act);
        let entry = self.entry(name);
        entry.approvals.push(refusal);
        entry.status = Status::Rejected;
    }

    /// What a tool's approvals sign.
    pub fn subject(&self, name: &str) -> SignedSubject {
        let tool = self.pack.manifest.tools.iter().find(|t| t.name == name).unwrap();
        Subjects::of(&self.pack).unwrap().get(&tool.id).unwrap().clone()
    }

    fn statement(&self, name: &str, root: &str, act: &Act) -> cask::model::lockfile::Approval {
        act.about(root, &self.pack.header.toolpack_id, &self.subject(name))
    }

    /// Puts a signed tombstone in the place of a tool's entry.
    pub fn withdraw(&mut self, name: &str, base: &Signed, who: &str, at: &str) {
        let id = base.tool_id(name);
        let subjects = Subjects::of(&base.pack).unwrap();
        let subject = subjects.get(&id).unwrap();
        let act = Act { signer: who, key: who, decision: Decision::Withdraw, at };
        let approvals = vec![act.about(base.trust.root(), &base.pack.header.toolpack_id, subject)];
        self.lock.tools.remove(&id);
        self.lock.withdrawn.push(Withdrawn {
            tool_id: id,
            digest: subject.digest.clone(),
            at: time(at),
            approvals,
        });
    }

    /// The files of the repository.
    pub fn into_files(self) -> Files {
        let mut files = self.files;
        let lock = sign_v2::yaml(&cask::canon::encode::encode(&self.lock));
        let path = self.pack.header.lockfiles.first().unwrap();
        files.insert(format!("{PACK}/{path}"), lock.into_bytes());
        files.insert(TRUST_PATH.to_owned(), self.trust.into_bytes());
        files
    }
}

/// The verdict over a tool's entry with no base to ask.
pub fn verify_alone(
    trust: &Trust,
    pack: &Toolpack,
    subject: &SignedSubject,
    entry: &ToolEntry,
) -> cask::sign::verify::Verdict {
    let index = SignatureIndex::default();
    let ground = Ground {
        keyring: &Keyring::of(TRUST_PATH, trust).unwrap(),
        toolpack_id: &pack.header.toolpack_id,
        toolpack_dir: PACK,
        now: now(),
        author: None,
        base: Base::NotAsked,
        max_age_days: BTreeMap::new(),
        max_exemption_days: None,
        elsewhere: &index,
    };
    cask::sign::verify::verify(subject, Some(&entry.digest), &entry.approvals, &ground)
}

/// What `cask ci` said.
pub struct Told {
    pub exit: u8,
    pub rules: BTreeSet<String>,
    pub text: String,
    pub report: serde_json::Value,
}

/// One repository with a branch for each state.
pub struct World {
    dir: tempfile::TempDir,
    stream: Vec<u8>,
    branches: BTreeSet<String>,
}

impl World {
    pub fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let world = World { dir, stream: Vec::new(), branches: BTreeSet::new() };
        assert!(world.git(&["init", "-q", "-b", "main"]).status().unwrap().success());
        world
    }

    fn git(&self, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.current_dir(self.dir.path()).args(args);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        git
    }

    /// The base as it was written, beside a trust file.
    pub fn base_v1(&self) -> Files {
        let mut files = under_pack(base());
        files.insert(TRUST_PATH.to_owned(), trusted().0.into_bytes());
        files
    }

    /// The base of a pair, migrated, and all of it signed.
    pub fn base_v2(&self, pair: &str) -> Signed {
        let (first_text, first) = trusted();
        let (trust_text, trust, who) = match pair {
            "16" => {
                let signers = vec![revoked("alice", SIGNED), owner("bob"), owner("carol")];
                let (text, second) = trust(Some(&first), SIGNED, signers, &["bob"]);
                (text, second, "bob")
            }
            _ => (first_text, first, "alice"),
        };
        let v1 = base();
        let loaded = read(&v1);
        let made = migrate::toolpack(&loaded.pack, loaded.lock.as_ref()).unwrap();
        let mut artifacts = v1;
        artifacts.extend(made.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
        let mut lock = made.lock;
        sign_v2::sign_all(&mut lock, &made.pack, trust.root(), &Act::approves(who, SIGNED));
        let mut digests = None;
        if matches!(pair, "19" | "20") {
            digests = Some(self.freeze(&made.pack, &mut lock, &mut artifacts));
        }
        Signed { trust, trust_text, pack: made.pack, lock, digests, artifacts }
    }

    /// What `cask gate snapshot` leaves.
    fn freeze(&self, pack: &Toolpack, lock: &mut Lockfile, artifacts: &mut Files) -> Digests {
        let header = &pack.header;
        let files = [&header.tools, &header.toolsets, &header.policy, &header.baseline].map(|p| p.as_str());
        let nodes: Vec<(&str, cask::canon::Node)> = files
            .iter()
            .map(|path| (path.rsplit('/').next().unwrap(), parse(path, &artifacts[*path])))
            .collect();
        let digests = freeze(nodes.iter().map(|(name, node)| (*name, node)));
        let node = cask::canon::encode::encode(&digests);
        artifacts.insert("snapshot/digests.json".into(), json::canonical(&node).into_bytes());
        for path in files {
            let name = path.rsplit('/').next().unwrap();
            artifacts.insert(format!("snapshot/{name}"), artifacts[path].clone());
        }
        lock.snapshot = Some(SnapshotRef { dir: "snapshot".into(), digest: digest::of(&node) });
        digests
    }

    /// Whether a branch is there.
    pub fn has(&self, branch: &str) -> bool {
        self.branches.contains(branch)
    }

    /// Adds a branch with one commit.
    pub fn commit(&mut self, branch: &str, from: Option<&str>, files: &Files) {
        self.branches.insert(branch.to_owned());
        let out = &mut self.stream;
        write!(out, "commit refs/heads/{branch}\ncommitter t <t@example.com> 1796126400 +0000\n").unwrap();
        write!(out, "data 4\ntest\n").unwrap();
        if let Some(from) = from {
            writeln!(out, "from refs/heads/{from}").unwrap();
        }
        writeln!(out, "deleteall").unwrap();
        for (path, bytes) in files {
            write!(out, "M 100644 inline {path}\ndata {}\n", bytes.len()).unwrap();
            out.extend_from_slice(bytes);
            out.push(b'\n');
        }
        out.push(b'\n');
    }

    /// Hands everything to git.
    pub fn write(&self) {
        let mut git = self.git(&["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
        git.stdin.take().unwrap().write_all(&self.stream).unwrap();
        assert!(git.wait().unwrap().success());
    }

    /// Runs `cask ci` over two branches.
    pub fn judge(&self, head: &str, base: &str) -> Told {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            out: &mut out,
            err: &mut err,
            now: now(),
            env: &|_| None,
            names: &Vec::new,
            cwd: self.dir.path().to_owned(),
            random: &|_| (),
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        let args = ci::Args {
            base_ref: Some(base.to_owned()),
            head_ref: Some(head.to_owned()),
            report: ReportArgs {
                format: Some("json".into()),
                fail_on: Some(FailOn::Any),
                ..ReportArgs::default()
            },
            ..ci::Args::default()
        };
        match ci::run(args, &mut ctx) {
            Err(failed) => Told {
                exit: 3,
                rules: failed.0.rule.iter().map(|r| r.id.to_owned()).collect(),
                text: format!("  not judged: {} {} {:?}\n", failed.0.subject, failed.0.message, failed.0.why),
                report: serde_json::Value::Null,
            },
            Ok(exit) => told(exit, &String::from_utf8(out).unwrap()),
        }
    }
}

pub fn now() -> Timestamp {
    time(NOW)
}

/// The first trust file of the tests: three owners, so that one can be lost.
pub fn trusted() -> (String, Trust) {
    trust(None, TRUSTED, ["alice", "bob", "carol"].map(owner).to_vec(), &["alice"])
}

/// A file as the readers parse it.
pub fn parse(path: &str, bytes: &[u8]) -> cask::canon::Node {
    use cask::model::bytes;
    let most = 64 << 20;
    match path.ends_with(".json") {
        true => bytes::json(path, bytes, most).unwrap(),
        false => bytes::yaml(path, bytes, most).unwrap(),
    }
}

fn told(exit: u8, text: &str) -> Told {
    let report: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut rules = BTreeSet::new();
    let mut lines = String::new();
    for finding in report["findings"].as_array().unwrap() {
        let rule = finding["rule"].as_str().unwrap();
        rules.insert(rule.to_owned());
        let reasons: Vec<&str> = finding["approval"]["reasons"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|r| r.as_str().unwrap())
            .collect();
        rules.extend(reasons.iter().map(|r| (*r).to_owned()));
        lines += &format!(
            "  {rule} {} {}: {} {}{reasons:?}\n",
            finding["severity"], finding["subject"]["name"], finding["message"], finding["approval"]["state"]
        );
    }
    assert_eq!(report["exit_code"], exit);
    Told { exit, rules, text: lines, report }
}
