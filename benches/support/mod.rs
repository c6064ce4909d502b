//! Toolpacks of any size, really signed: what the benchmarks judge.

use std::collections::BTreeMap;

use cask::canon::time::Timestamp;
use cask::canon::{Node, emit, encode, json};
use cask::gate::subjects::Subjects;
use cask::io::load;
use cask::io::tree::Tree;

use cask::model::lockfile::{Approval, Decision, Lockfile, Status, SurfaceEntry, ToolEntry};
use cask::model::risk::RiskTier;
use cask::model::trust::{
    Key, KeyType, OwnerSignature, PerTier, Role, Rules, Signer, Thresholds, Trust, TrustFile,
};
use cask::sign::envelope::Purpose;
use cask::sign::ground::SignedSubject;
use cask::sign::keypair::KeyPair;
use cask::sign::statement::{About, SignedKind, bytes};
use cask::sign::subject::SURFACE;

/// The time at which everything is signed.
pub const SIGNED_AT: &str = "2026-01-01T12:00:00Z";
/// A time.
pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn key() -> KeyPair {
    KeyPair::generate([7; 32])
}

/// A trust file with one owner, signed.
pub fn trust() -> (Trust, String) {
    let key = key();
    let one = || 1u8;
    let mut file = TrustFile {
        schema: cask::model::trust::SCHEMA.to_owned(),
        version: 1,
        at: time("2025-12-01T00:00:00Z"),
        previous: None,
        root: None,
        signers: vec![Signer {
            id: "bench".into(),
            github: None,
            roles: vec![Role::Owner, Role::Approver],
            max_risk: RiskTier::Critical,
            toolpacks: None,
            keys: vec![Key {
                key_id: key.key_id(),
                kind: KeyType::Ed25519,
                public_key: key.public().to_text(),
                not_after: None,
                revoked: None,
            }],
        }],
        thresholds: Thresholds {
            trust: 1,
            approvals: PerTier { safe: one(), low: one(), medium: one(), high: one(), critical: one() },
        },
        rules: Rules { max_age_days: BTreeMap::new(), fresh_days: 36_500, author_may_approve: true },
        signatures: Vec::new(),
    };
    let body = encode::encode(&file).without(&["signatures"]);
    let signature = key.sign(Purpose::Trust, json::canonical(&body).as_bytes());
    file.signatures.push(OwnerSignature { signer: "bench".into(), key_id: key.key_id(), signature });
    let node = encode::encode(&file);
    let text = emit::emit_yaml(&node);
    (Trust::read("trust.yaml", node).expect("a trust file"), text)
}

fn action(i: usize) -> Node {
    let text = format!(
        r#"{{"name": "get_item_{i:05}", "tool_id": "{i:016x}", "kind": "http", "title": "Get item {i}",
        "description": "Get one item of kind {i} by id. Returns: id, name, price.", "method": "GET",
        "host": "api.shop.example", "base_path": "/v1", "path": "/kind{i}/items/{{item_id}}",
        "inputs": {{"expand": "query.expand", "item_id": "path.item_id"}},
        "input_schema": {{"type": "object", "properties": {{"expand": {{"type": "string", "enum": ["prices", "stock"]}},
        "item_id": {{"type": "integer", "minimum": 1}}}}, "required": ["item_id"], "additionalProperties": false}},
        "output": "200 application/json", "effect": "read", "risk_tier": "low", "risk_reasons": [],
        "confirmation_required": "never", "rate_limit_per_minute": 60, "tags": ["read"]}}"#
    );
    cask::canon::read_json::read_json("action", text.as_bytes(), &cask::canon::Limits::new(1 << 20))
        .expect("an action")
}

fn operation(i: usize) -> (String, Node) {
    let text = format!(
        r#"{{"stable_id": "{i:016x}", "basis": "declared", "base_path": "/v1", "summary": "Get item {i}",
        "parameters": {{"path.item_id": {{"required": true, "schema": {{"type": "integer", "minimum": 1}}}},
        "query.expand": {{"schema": {{"type": "string", "enum": ["prices", "stock"]}}}}}},
        "responses": {{"200": {{"content": {{"application/json": {{"type": "object", "properties": {{"id": {{"type": "integer"}},
        "name": {{"type": "string"}}, "price": {{"type": "number"}}}}, "required": ["id"]}}}}}}}}}}"#
    );
    let node =
        cask::canon::read_json::read_json("operation", text.as_bytes(), &cask::canon::Limits::new(1 << 20));
    (format!("api.shop.example/v1/kind{i}/items/{{item_id}} GET"), node.expect("an operation"))
}

/// The files of a toolpack with so many tools, without a lockfile.
pub fn toolpack(name: &str, tools: usize) -> BTreeMap<String, String> {
    let actions: Vec<Node> = (0..tools).map(action).collect();
    let tools_json = Node::map([
        ("schema_version", Node::text("2.0")),
        ("toolpack_id", Node::text(format!("tp_{name}"))),
        ("actions", Node::new(cask::canon::Value::List(actions))),
    ]);
    let baseline = Node::map([
        ("schema_version", Node::text("2.0")),
        ("operations", Node::map((0..tools).map(operation))),
    ]);
    let members: String = (0..tools).map(|i| format!("    - get_item_{i:05}\n")).collect();
    BTreeMap::from([
        (
            "toolpack.yaml".to_owned(),
            format!(
                "schema_version: \"2.0\"\ntoolpack_id: tp_{name}\nname: {name}\ncreated_at: null\nscope: first_party_only\n\
                 allowed_hosts:\n- api.shop.example\nsources: []\npaths:\n  tools: artifact/tools.json\n  \
                 toolsets: artifact/toolsets.yaml\n  policy: artifact/policy.yaml\n  baseline: artifact/baseline.json\n  \
                 contracts: null\n  evidence: null\n  lockfile: lockfile/caskmcp.lock.yaml\nruntime: null\n"
            ),
        ),
        ("artifact/tools.json".to_owned(), emit::emit_json(&tools_json)),
        ("artifact/baseline.json".to_owned(), emit::emit_json(&baseline)),
        (
            "artifact/toolsets.yaml".to_owned(),
            format!("schema_version: \"2.0\"\ndefault_toolset: readonly\ntoolsets:\n  readonly:\n    description: all\n    actions:\n{members}"),
        ),
        (
            "artifact/policy.yaml".to_owned(),
            "schema_version: \"2.0\"\nname: bench\ndefault_action: deny\nrules:\n- id: allow_reads\n  name: Allow reads\n  \
             type: allow\n  priority: 100\n  match:\n    methods: [GET]\n"
                .to_owned(),
        ),
    ])
}

fn approve(subject: &SignedSubject, toolpack_id: &str, root: &str, times: usize) -> Vec<Approval> {
    let key = key();
    (0..times)
        .map(|i| {
            let mut approval = Approval {
                signer: "bench".into(),
                key_id: key.key_id(),
                decision: Decision::Approve,
                risk_tier: subject.tier,
                approved_toolsets: subject.toolsets.clone(),
                signed_at: time(SIGNED_AT),
                expires_at: None,
                reason: format!("review {i}"),
                signature: String::new(),
            };
            let about =
                About { root, toolpack_id, kind: subject.kind, id: &subject.id, digest: &subject.digest };
            approval.signature = key.sign(Purpose::Approval, &bytes(&about, &approval));
            approval
        })
        .collect()
}

/// The lockfile of a toolpack, with so many approvals of each subject.
pub fn lockfile(files: &BTreeMap<String, String>, root: &str, approvals: usize) -> String {
    let tree =
        Tree::memory(files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect());
    let pack = load::toolpack(&tree, "toolpack.yaml").expect("a toolpack").pack;
    let subjects = Subjects::of(&pack).expect("subjects");
    let id = &pack.header.toolpack_id;
    let tools = pack
        .manifest
        .tools
        .iter()
        .map(|tool| {
            let subject = &subjects.tools[&tool.id];
            let entry = ToolEntry {
                name: tool.name.clone(),
                method: tool.method.clone(),
                host: tool.host.clone(),
                path: tool.full_path(),
                risk_tier: subject.tier,
                toolsets: subject.toolsets.clone(),
                status: Status::Approved,
                digest: subject.digest.clone(),
                approvals: approve(subject, id, root, approvals),
                legacy: None,
            };
            (tool.id.clone(), entry)
        })
        .collect();
    let surface = &subjects.surface;
    debug_assert_eq!((surface.kind, surface.id.as_str()), (SignedKind::Surface, SURFACE));
    let lock = Lockfile {
        schema_version: "2.0".into(),
        toolpack_id: id.clone(),
        surface: SurfaceEntry {
            digest: surface.digest.clone(),
            risk_tier: surface.tier,
            status: Status::Approved,
            approvals: approve(surface, id, root, approvals),
        },
        snapshot: None,
        tools,
        withdrawn: Vec::new(),
    };
    emit::emit_yaml(&encode::encode(&lock))
}
