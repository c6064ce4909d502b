//! A call that waits for a person, and the people who may grant it: without a server, with the real store.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cask::canon::Node;
use cask::canon::time::Timestamp;
use cask::enforce::challenge::{Bindings, Challenge, Shown};
use cask::enforce::grant::{Grant, Judge, statement};
use cask::enforce::reason::Refusal;
pub use cask::io::confirmations::Asked;
use cask::io::confirmations::person::{Granted, Named};
use cask::io::confirmations::{Issued, Store, Trouble};
use cask::model::risk::RiskTier;
use cask::model::trust::{Key, KeyType, PerTier, Role, Rules, SCHEMA, Signer, Thresholds, Trust, TrustFile};
use cask::sign::envelope::Purpose;
use cask::sign::keypair::KeyPair;
use cask::sign::keyring::Keyring;

/// 2026-12-01T00:00:00Z, in milliseconds.
pub const NOW: i64 = 1_796_083_200_000;

/// The call: one number tells it from others.
pub fn bindings(n: usize) -> Bindings {
    Bindings {
        tool_id: "0b6b49c107c2370b".to_owned(),
        action_digest: format!("sha256:{}", "a".repeat(64)),
        request_digest: format!("{n:064x}"),
        toolset: Some("operator".to_owned()),
        artifacts_digest: "d".repeat(64),
        lockfile_digest: Some("e".repeat(64)),
        origin: "https://api.shop.example:443".to_owned(),
        credential: Some("CASK_AUTH_API_SHOP_EXAMPLE".to_owned()),
        mode: "execute".to_owned(),
    }
}

pub fn asked(n: usize, tier: RiskTier) -> Asked {
    let shown = Shown {
        tool: "delete_user".to_owned(),
        method: "DELETE".to_owned(),
        path: format!("/users/{n}"),
        arguments: format!("{{\"id\":{n}}}"),
        origin: "https://api.shop.example:443".to_owned(),
        tier,
        run_id: "run_0123456789ab".to_owned(),
        toolpack: "toolpacks/shop".to_owned(),
    };
    Asked { bindings: bindings(n), shown, ttl: 300, handle_only: false }
}

/// Somebody who may sign, with a key of their own.
pub fn person(id: &str, seed: u8, max_risk: RiskTier) -> (KeyPair, Signer) {
    let pair = KeyPair::generate([seed; 32]);
    let key = Key {
        key_id: pair.key_id(),
        kind: KeyType::Ed25519,
        public_key: pair.public().to_text(),
        not_after: None,
        revoked: None,
    };
    let signer = Signer {
        id: id.to_owned(),
        github: None,
        roles: vec![Role::Approver],
        max_risk,
        toolpacks: None,
        keys: vec![key],
    };
    (pair, signer)
}

pub fn trust(signers: Vec<Signer>, critical: u8) -> Trust {
    let file = TrustFile {
        schema: SCHEMA.to_owned(),
        version: 1,
        at: Timestamp::from_seconds(NOW / 1000 - 1000).expect("a time"),
        previous: None,
        root: None,
        signers,
        thresholds: Thresholds {
            trust: 1,
            approvals: PerTier { safe: 1, low: 1, medium: 1, high: 1, critical },
        },
        rules: Rules { max_age_days: Default::default(), fresh_days: 30, author_may_approve: false },
        signatures: Vec::new(),
    };
    Trust { file, raw: Node::null(), digest: format!("sha256:{}", "0".repeat(64)) }
}

pub fn judge<'a>(keyring: &'a Keyring<'a>) -> Judge<'a> {
    Judge { keyring: Some(keyring), unsafe_unsigned_grant: false }
}

pub const UNSIGNED: Judge<'static> = Judge { keyring: None, unsafe_unsigned_grant: true };

/// The challenge behind a token.
pub fn of_token(store: &Store, token: &str) -> Challenge {
    match store.named(token).expect("the store is read") {
        Named::Whole(waiting) | Named::Pointed(waiting) => waiting.challenge,
        Named::Unknown => panic!("{token} is unknown"),
    }
}

/// What a person signs about a challenge.
pub fn signed(pair: &KeyPair, signer: &str, trust: &Trust, challenge: &Challenge, now: i64) -> Grant {
    let mut grant = Grant {
        signer: signer.to_owned(),
        key_id: pair.key_id(),
        signed_at: Timestamp::from_seconds(now / 1000).expect("a time"),
        reason: "looked at it".to_owned(),
        signature: None,
    };
    let body = statement(trust.root(), challenge, &grant);
    grant.signature = Some(pair.sign(Purpose::Confirmation, &body));
    grant
}

/// For a challenge that no server asks for: it is written down nowhere.
pub fn unwritten(_: &Issued) -> Result<(), Refusal> {
    Ok(())
}

/// A grant that nobody signed.
pub fn unsigned(by: &str, now: i64) -> Grant {
    Grant {
        signer: by.to_owned(),
        key_id: String::new(),
        signed_at: Timestamp::from_seconds(now / 1000).expect("a time"),
        reason: String::new(),
        signature: None,
    }
}

pub fn grant(store: &Store, token: &str, grant: &Grant, judge: &Judge, now: i64) -> Granted {
    let challenge = of_token(store, token);
    store
        .grant(&challenge, grant, judge, now, || Ok(()))
        .expect("the store is written")
        .expect("it is pending")
}

/// The code of a refusal.
pub fn code<T>(result: Result<T, Trouble>) -> &'static str {
    match result {
        Ok(_) => "allowed",
        Err(Trouble::Refused(refusal)) => refusal.code.word(),
        Err(Trouble::Failed(failure)) => panic!("{failure}: {:?}", failure.why),
    }
}

/// The variable that tells a child what it is.
pub const ROLE: &str = "CASK_TEST_ROLE";

/// This very test program as another process: a test of it, by its whole name, plays a role in a folder.
pub fn child(test: &str, role: &str, dir: &Path, n: usize) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(ROLE, role)
        .env("CASK_TEST_DIR", dir)
        .env("CASK_TEST_N", n.to_string())
        .stdout(Stdio::null())
        .spawn()
        .expect("a child starts")
}

/// What a child is, where, and which of them.
pub fn role() -> Option<(String, std::path::PathBuf, usize)> {
    let role = std::env::var(ROLE).ok()?;
    let dir = std::env::var_os("CASK_TEST_DIR").expect("a folder").into();
    let n = std::env::var("CASK_TEST_N").expect("a number").parse().expect("a number");
    Some((role, dir, n))
}

/// Starts children of a role that all wait for each other, and waits until all have ended well.
pub fn together(test: &str, role: &str, dir: &Path, count: usize) {
    let mut children: Vec<Child> = (0..count).map(|n| child(test, role, dir, n)).collect();
    until("all children are there", || (0..count).all(|n| dir.join(format!("ready-{n}")).exists()));
    std::fs::write(dir.join("go"), "").expect("a file");
    for child in &mut children {
        assert!(child.wait().expect("a child ends").success());
    }
}

/// For a child: is there, and waits for the others.
pub fn ready(dir: &Path, n: usize) {
    std::fs::write(dir.join(format!("ready-{n}")), "").expect("a file");
    until("the others are there", || dir.join("go").exists());
}

/// Waits for something that comes soon.
pub fn until(what: &str, mut there: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}
