//! A small world for the tests of this folder: the toolpack of fixtures/toolpacks/shop, people with keys, a
//! base or none.

use std::collections::BTreeMap;

use super::approve::{Plan, Wish, plan};
use super::draft::{Act, Draft};
use super::enter::enter;
use super::scene::Scene;
use super::sides::{BaseSide, BaseState};
use super::subjects::Subjects;
use super::sync::{Gone, Synced, sync};
use crate::canon::time::Timestamp;
use crate::canon::{Node, Value};
use crate::model::baseline::Baseline;
use crate::model::bytes;
use crate::model::gate_config::GateFile;
use crate::model::lockfile::{AnyLockfile, Decision, Lockfile, Status};
use crate::model::policy::Policy;
use crate::model::tool::Manifest;
use crate::model::toolpack::{Header, Toolpack};
use crate::model::toolset::Toolsets;
use crate::model::trust::Trust;
use crate::sign::envelope::Purpose;
use crate::sign::ground::{Ground, SignatureIndex};
use crate::sign::keypair::KeyPair;
use crate::sign::keyring::Keyring;
use crate::sign::subject::SURFACE;

pub(super) const DIR: &str = "toolpacks/shop";
pub(super) const REFUND: &str = "7de72ab2531e0c3e";
pub(super) const CANCEL: &str = "f5e7c6bfe52af172";
pub(super) const GET_USER: &str = "78d6f2c56a18d995";

/// Seconds after the first moment of the tests.
pub(super) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    Timestamp::from_seconds(start.seconds() + seconds).unwrap()
}

pub(super) fn days(days: i64) -> i64 {
    days * 86_400
}

/// alice and bob are owners and approvers up to critical, carol approves up to medium; mallory is unlisted.
pub(super) fn key(name: &str) -> KeyPair {
    let seed = match name {
        "alice" => 1,
        "bob" => 2,
        "carol" => 3,
        "mallory" => 4,
        _ => 9,
    };
    KeyPair::generate([seed; 32])
}

pub(super) fn pack(change: impl Fn(&mut Node), sets: &str) -> Toolpack {
    let read = |name: &str, text: &str| bytes::yaml(name, text.as_bytes(), 1 << 20).unwrap();
    let json = |name: &str, text: &str| bytes::json(name, text.as_bytes(), 1 << 20).unwrap();
    let mut tools = json("tools.json", include_str!("../../fixtures/toolpacks/shop/artifact/tools.json"));
    change(&mut tools);
    let header = read("toolpack.yaml", include_str!("../../fixtures/toolpacks/shop/toolpack.yaml"));
    let policy = read("policy.yaml", include_str!("../../fixtures/toolpacks/shop/artifact/policy.yaml"));
    let baseline =
        json("baseline.json", include_str!("../../fixtures/toolpacks/shop/artifact/baseline.json"));
    Toolpack::assemble(
        DIR,
        Header::read("toolpack.yaml", header).unwrap(),
        Manifest::read("tools.json", tools).unwrap(),
        Toolsets::read("toolsets.yaml", &read("toolsets.yaml", sets)).unwrap(),
        Policy::read("policy.yaml", &policy).unwrap(),
        Baseline::read("baseline.json", baseline).unwrap(),
        BTreeMap::new(),
    )
    .unwrap()
}

pub(super) const SETS: &str = include_str!("../../fixtures/toolpacks/shop/artifact/toolsets.yaml");

/// The shop as it is.
pub(super) fn shop() -> Toolpack {
    pack(|_| {}, SETS)
}

/// The shop with another text for one tool.
pub(super) fn shop_with_text(id: &str, text: &str) -> Toolpack {
    shop_with(id, "description", Node::text(text))
}

/// The shop with another value for a member of one tool.
pub(super) fn shop_with(id: &str, member: &str, value: Node) -> Toolpack {
    pack(|tools| change_action(tools, id, |action| action.set(member, value.clone())), SETS)
}

/// The shop without one tool.
pub(super) fn shop_without(id: &str, name: &str) -> Toolpack {
    let sets: String =
        SETS.lines().filter(|l| l.trim() != format!("- {name}")).map(|l| format!("{l}\n")).collect();
    pack(
        |tools| {
            let Value::Map(members) = &mut tools.value else { return };
            for (key, value) in members.iter_mut().filter(|(key, _)| key == "actions") {
                let Value::List(actions) = &mut value.value else { panic!("{key}") };
                actions.retain(|a| a.get("tool_id").and_then(Node::as_text) != Some(id));
            }
        },
        &sets,
    )
}

fn change_action(tools: &mut Node, id: &str, change: impl Fn(&mut Node)) {
    let Value::Map(members) = &mut tools.value else { return };
    for (_, value) in members.iter_mut().filter(|(key, _)| key == "actions") {
        let Value::List(actions) = &mut value.value else { return };
        for action in actions.iter_mut().filter(|a| a.get("tool_id").and_then(Node::as_text) == Some(id)) {
            change(action);
        }
    }
}

pub(super) fn trust(change: impl Fn(String) -> String) -> Trust {
    let signer = |name: &str, roles: &str, max: &str| {
        let key = key(name);
        format!(
            "- id: {name}\n  github: {name}-gh\n  roles: [{roles}]\n  max_risk: {max}\n  keys:\n  - key_id: \"{}\"\n    type: ed25519\n    public_key: {}\n",
            key.key_id(),
            crate::sign::base64url::encode_standard(key.public().raw()),
        )
    };
    let text = format!(
        "schema: cask.trust/1\nversion: 1\nat: 2026-11-01T00:00:00Z\nsigners:\n{}{}{}thresholds:\n  trust: 1\n  approvals: {{safe: 1, low: 1, medium: 1, high: 1, critical: 2}}\nrules:\n  max_age_days: {{high: 365, critical: 180}}\n  fresh_days: 30\n  author_may_approve: false\nsignatures: []\n",
        signer("alice", "owner, approver", "critical"),
        signer("bob", "owner, approver", "critical"),
        signer("carol", "approver", "medium"),
    );
    let text = change(text);
    Trust::read("trust.yaml", bytes::strict_yaml("trust.yaml", text.as_bytes(), 1 << 20).unwrap()).unwrap()
}

pub(super) fn gate_file() -> GateFile {
    GateFile::default()
}

/// The base side of a test.
pub(super) struct Before {
    pub(super) pack: Toolpack,
    pub(super) lock: Lockfile,
}

/// Runs something over a scene: a head, a base or the first state of all, people, a time.
pub(super) fn over<R>(
    head: &Toolpack,
    before: Option<&Before>,
    trust: &Trust,
    now: Timestamp,
    run: impl FnOnce(&Scene) -> R,
) -> R {
    let keyring = Keyring::of("trust.yaml", trust).unwrap();
    let subjects = Subjects::of(head).unwrap();
    let base_subjects = before.map(|b| Subjects::of(&b.pack).unwrap());
    let base = match (before, &base_subjects) {
        (Some(before), Some(subjects)) => BaseState::Known {
            side: Some(BaseSide { pack: &before.pack, subjects, lock: Some(&before.lock) }),
            left_behind: None,
        },
        _ => BaseState::Bootstrap,
    };
    let mut elsewhere = SignatureIndex::default();
    before.iter().for_each(|b| elsewhere.add(&b.lock));
    let ground = Ground {
        keyring: &keyring,
        toolpack_id: &head.header.toolpack_id,
        toolpack_dir: DIR,
        now,
        author: None,
        base: base.ground(),
        max_age_days: trust.file.rules.max_age_days.clone(),
        max_exemption_days: Some(180),
        elsewhere: &elsewhere,
    };
    run(&Scene::new(head, &subjects, &base, &ground))
}

pub(super) fn act<'a>(decision: Decision, signer: &'a str, key_id: &'a str, now: Timestamp) -> Act<'a> {
    Act { decision, signer, key_id, reason: "looked at it", now, expires_at: None }
}

/// Signs drafts with somebody's key.
pub(super) fn sign(scene: &Scene, drafts: &mut [Draft], key: &KeyPair) {
    for draft in drafts {
        draft.approval.signature = key.sign(Purpose::Approval, &draft.body(scene));
    }
}

/// Syncs and lets somebody approve what they wish, all as the program does.
pub(super) fn allow(scene: &Scene, lock: Option<&Lockfile>, who: &str, wish: Wish) -> Lockfile {
    let now = scene.ground.now;
    let mut lock = synced(scene, lock).lock;
    let key = key(who);
    let key_id = key.key_id();
    let act = act(Decision::Approve, who, &key_id, now);
    let Plan { mut drafts, .. } = plan(scene, &lock, &gate_file(), &act, wish, None).unwrap();
    sign(scene, &mut drafts, &key);
    enter(scene, &mut lock, &drafts).unwrap();
    lock
}

pub(super) fn synced(scene: &Scene, lock: Option<&Lockfile>) -> Synced {
    sync(scene, any(lock).as_ref(), Gone::Keep, scene.ground.now)
}

pub(super) fn any(lock: Option<&Lockfile>) -> Option<AnyLockfile> {
    let text = super::written::text(lock?);
    let node = bytes::yaml("caskmcp.lock.yaml", text.as_bytes(), 1 << 20).unwrap();
    Some(AnyLockfile::read("caskmcp.lock.yaml", node).unwrap())
}

/// The shop with everything approved by alice, and the refund by bob too: a merged state.
pub(super) fn merged(trust: &Trust) -> Before {
    let pack = shop();
    let lock = over(&pack, None, trust, at(0), |s| allow(s, None, "alice", Wish::All));
    let lock = over(&pack, None, trust, at(60), |s| allow(s, Some(&lock), "bob", Wish::All));
    assert!(statuses(&lock).iter().all(|(_, status)| *status == Status::Approved), "{:?}", statuses(&lock));
    Before { pack, lock }
}

pub(super) fn statuses(lock: &Lockfile) -> Vec<(String, Status)> {
    let tools = lock.tools.values().map(|e| (e.name.clone(), e.status));
    std::iter::once((SURFACE.to_owned(), lock.surface.status)).chain(tools).collect()
}

pub(super) fn status(lock: &Lockfile, id: &str) -> Status {
    if id == SURFACE { lock.surface.status } else { lock.tools[id].status }
}
