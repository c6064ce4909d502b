//! Confirmations with the real store: what the reference system let through, and what it did well.
#![cfg(unix)]

use crate::confirming;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cask::enforce::challenge::{Bindings, KEPT, MOST_OPEN, Status};
use cask::enforce::grant::Judge;
use cask::enforce::reason::{ReasonCode, Refusal};
use cask::io::confirmations::person::Named;
use cask::io::confirmations::{Confirmations, Issued, Store};
use cask::model::risk::RiskTier;
use cask::sign::keyring::Keyring;
use confirming::{
    NOW, UNSIGNED, asked, bindings, code, grant, judge, of_token, person, ready, role, signed, together,
    trust, unsigned, unwritten,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// The test that other processes of this program run.
const CHILD: &str = "confirm::child_process";

fn place() -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a scratch folder");
    let path = dir.path().join("state/confirmations.db");
    (dir, path)
}

fn store(path: &Path) -> Store {
    Store::open(path, NOW).expect("a store")
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|e| panic!("{}: {e}", path.display())).permissions().mode() & 0o777
}

/// A token that one person granted, and the store it is in.
fn granted(path: &Path) -> (Store, String) {
    let store = store(path);
    let token = store.challenge(&asked(1, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    grant(&store, &token, &unsigned("op", NOW), &UNSIGNED, NOW);
    (store, token)
}

#[test]
fn child_process() {
    let Some((role, dir, n)) = role() else { return };
    let path = dir.join("state/confirmations.db");
    let out = match role.as_str() {
        "consume" => {
            let store = store(&path);
            let token = std::fs::read_to_string(dir.join("token")).expect("a token");
            ready(&dir, n);
            code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)).to_owned()
        }
        "open" => {
            ready(&dir, n);
            let store = store(&path);
            store.key().request_hmac("x")
        }
        other => panic!("no role {other}"),
    };
    std::fs::write(dir.join(format!("out-{n}")), out).expect("a file");
}

fn outs(dir: &Path, count: usize) -> Vec<String> {
    (0..count).map(|n| std::fs::read_to_string(dir.join(format!("out-{n}"))).expect("a result")).collect()
}

#[test]
fn a_token_is_used_once_by_eight_processes_at_a_time() {
    let (dir, path) = place();
    let (_store, token) = granted(&path);
    std::fs::write(dir.path().join("token"), token).expect("a file");
    together(CHILD, "consume", dir.path(), 8);
    let mut all = outs(dir.path(), 8);
    all.sort();
    assert_eq!(all[0], "allowed");
    assert!(all[1..].iter().all(|out| out == "denied_confirmation_replay"), "{all:?}");
}

#[test]
fn two_first_starts_race_to_different_keys() {
    let (dir, path) = place();
    together(CHILD, "open", dir.path(), 8);
    let all = outs(dir.path(), 8);
    assert!(all.iter().all(|out| *out == all[0]), "{all:?}");
    assert_eq!(std::fs::read(path.with_file_name("confirmation_signing.key")).expect("a key").len(), 32);
}

#[test]
fn a_replay_is_one_in_one_process_too() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let used = store.consume(&token, &bindings(1), &UNSIGNED, NOW).expect("it is granted");
    assert_eq!(used.issuers[0].signer, "op");
    assert_eq!(used.issuers[0].key_id, None);
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_replay");
    // Another process, and after its time.
    let again = Store::open_existing(&path, NOW).expect("the store");
    assert_eq!(code(again.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_replay");
    let late = NOW + 300_000;
    assert_eq!(code(again.consume(&token, &bindings(1), &UNSIGNED, late)), "denied_confirmation_expired");
}

#[test]
fn other_arguments_toolset_artifacts_or_lockfile_are_another_call() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let x = || "x".repeat(64);
    for other in [
        bindings(2),
        Bindings { toolset: None, ..bindings(1) },
        Bindings { artifacts_digest: x(), ..bindings(1) },
        Bindings { lockfile_digest: Some(x()), ..bindings(1) },
        Bindings { action_digest: x(), ..bindings(1) },
    ] {
        assert_eq!(code(store.consume(&token, &other, &UNSIGNED, NOW)), "denied_confirmation_invalid");
    }
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "allowed");
}

#[test]
fn a_token_granted_for_one_base_url_or_identity_is_accepted_by_the_other() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    for other in [
        Bindings { origin: "http://127.0.0.1:18099".to_owned(), ..bindings(1) },
        Bindings { credential: Some("CASK_AUTH_ROOT".to_owned()), ..bindings(1) },
        Bindings { credential: None, ..bindings(1) },
        Bindings { mode: "dry_run".to_owned(), ..bindings(1) },
    ] {
        assert_eq!(code(store.consume(&token, &other, &UNSIGNED, NOW)), "denied_confirmation_invalid");
    }
}

#[test]
fn a_mac_that_was_changed_is_none() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    for at in [8, 20, 31, 40, token.len() - 2] {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("text");
        assert_eq!(
            code(store.consume(&changed, &bindings(1), &UNSIGNED, NOW)),
            "denied_confirmation_invalid"
        );
    }
}

#[test]
fn what_is_over_is_not_granted_and_not_used() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let late = NOW + 300_000;
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, late - 1)), "allowed");
    let second = store.challenge(&asked(2, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    let challenge = of_token(&store, &second);
    let refused = store.grant(&challenge, &unsigned("op", NOW), &UNSIGNED, late, || Ok(()));
    assert_eq!(refused.expect("the store works"), Err(Some(Status::Expired)));
    let denied = store.deny(&challenge, None, late, || Ok(()));
    assert_eq!(denied.expect("the store works"), Err(Some(Status::Expired)));
    assert_eq!(code(store.consume(&second, &bindings(2), &UNSIGNED, late)), "denied_confirmation_expired");
}

#[test]
fn a_grant_can_be_taken_back_and_a_denial_stays() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let challenge = of_token(&store, &token);
    store.deny(&challenge, Some("wrong one"), NOW, || Ok(())).expect("it works").expect("it is open");
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
    assert_eq!(of_token(&store, &token).reason.as_deref(), Some("wrong one"));
    let again = store.grant(&challenge, &unsigned("op", NOW), &UNSIGNED, NOW, || Ok(()));
    assert_eq!(again.expect("the store works"), Err(Some(Status::Denied)));
}

#[test]
fn a_row_put_in_by_hand_without_a_mac_is_accepted() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let by_hand = Connection::open(&path).expect("the file");
    // A copy of a genuine, granted row under an id of one's own, for another request.
    for (id, bindings_of) in [("AAAAAAAAAAAAAAAAAAAAAA", bindings(7)), ("legacy-id", bindings(8))] {
        by_hand
            .execute(
                "INSERT INTO challenges SELECT ?1, 'granted', ?2, ?3, shown, run_id, 0, NULL, mac, created_at, expires_at, NULL, NULL
                 FROM challenges LIMIT 1",
                rusqlite::params![id, bindings_of.text(), bindings_of.key()],
            )
            .expect("a row");
        by_hand
            .execute("INSERT INTO grants SELECT ?1, signer, key_id, signed_at, reason, signature, mac FROM grants LIMIT 1", [id])
            .expect("a row");
    }
    for text in ["legacy-id", "AAAAAAAAAAAAAAAAAAAAAA"] {
        for n in [7, 8] {
            assert_eq!(
                code(store.consume(text, &bindings(n), &UNSIGNED, NOW)),
                "denied_confirmation_invalid"
            );
        }
    }
    let mac = token.rsplit('.').next().expect("a mac");
    let made_up = format!("cfrmv2.AAAAAAAAAAAAAAAAAAAAAA.{mac}");
    assert_eq!(code(store.consume(&made_up, &bindings(7), &UNSIGNED, NOW)), "denied_confirmation_invalid");
    let (listed, forged) = store.list(false).expect("a list");
    assert_eq!((listed.len(), forged), (1, 2));
    // Asking for such a call makes a genuine challenge: it is neither the made-up one nor granted.
    let issued = store.challenge(&asked(7, RiskTier::High), NOW, unwritten).expect("a challenge");
    assert!(!issued.granted && !issued.reused);
}

#[test]
fn a_status_that_was_set_by_hand_is_no_grant() {
    let (_dir, path) = place();
    let store = store(&path);
    let token = store.challenge(&asked(1, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    let by_hand = Connection::open(&path).expect("the file");
    by_hand.execute("UPDATE challenges SET status = 'granted'", []).expect("a change");
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
    by_hand
        .execute(
            "INSERT INTO grants SELECT id, 'op', '', '2026-12-01T00:00:00Z', '', NULL, 'x' FROM challenges",
            [],
        )
        .expect("a row");
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
}

#[test]
fn a_row_whose_time_was_set_later_by_hand_is_no_row() {
    let (_dir, path) = place();
    let (store, token) = granted(&path);
    let by_hand = Connection::open(&path).expect("the file");
    by_hand.execute("UPDATE challenges SET expires_at = expires_at + 3600000", []).expect("a change");
    assert_eq!(
        code(store.consume(&token, &bindings(1), &UNSIGNED, NOW + 400_000)),
        "denied_confirmation_invalid"
    );
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
}

#[test]
fn whoever_can_run_the_command_can_grant() {
    let (_dir, path) = place();
    let (alice_key, alice) = person("alice", 1, RiskTier::High);
    let (mallory_key, _) = person("mallory", 4, RiskTier::Critical);
    let mut reader = person("rita", 5, RiskTier::Critical).1;
    reader.roles.clear();
    let (low_key, low) = person("lou", 6, RiskTier::Low);
    let (away_key, mut away) = person("ann", 7, RiskTier::Critical);
    away.toolpacks = Some(vec!["toolpacks/other".to_owned()]);
    let (gone_key, mut gone) = person("gus", 8, RiskTier::Critical);
    gone.keys[0].not_after = cask::canon::time::Timestamp::from_seconds(NOW / 1000 - 1);
    let trust = trust(vec![alice, reader, low, away, gone], 1);
    let keyring = Keyring::of("trust.yaml", &trust).expect("keys");
    let judge = judge(&keyring);
    let store = store(&path);
    let token = store.challenge(&asked(1, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    let challenge = of_token(&store, &token);
    let good = signed(&alice_key, "alice", &trust, &challenge, NOW);
    let mut other_reason = good.clone();
    other_reason.reason = "something else".to_owned();
    let mut early = challenge.clone();
    early.shown.arguments = "{}".to_owned();
    let rita = confirming::person("rita", 5, RiskTier::Critical).0;
    let bad = [
        unsigned("alice", NOW),
        signed(&mallory_key, "mallory", &trust, &challenge, NOW),
        signed(&mallory_key, "alice", &trust, &challenge, NOW),
        signed(&rita, "rita", &trust, &challenge, NOW),
        signed(&low_key, "lou", &trust, &challenge, NOW),
        signed(&away_key, "ann", &trust, &challenge, NOW),
        signed(&gone_key, "gus", &trust, &challenge, NOW),
        signed(&alice_key, "alice", &trust, &early, NOW),
        signed(&alice_key, "alice", &trust, &challenge, NOW - 400_000),
        signed(&alice_key, "alice", &trust, &challenge, NOW + 400_000),
        other_reason,
    ];
    let by_hand = Connection::open(&path).expect("the file");
    for grant in bad {
        // However it came into the store, and whatever the row says then: what counts is what the server finds.
        confirming::grant(&store, &token, &grant, &UNSIGNED, NOW);
        by_hand.execute("UPDATE challenges SET status = 'granted'", []).expect("a change");
        let refused =
            store.consume(&token, &bindings(1), &judge, NOW).expect_err("it does not count").refusal();
        assert_eq!(refused.code.word(), "denied_confirmation_invalid");
        assert!(
            refused.message.starts_with("the grant of this call does not count: "),
            "{refused} {grant:?}"
        );
        by_hand
            .execute_batch("DELETE FROM grants; UPDATE challenges SET status = 'pending'")
            .expect("a fresh start");
    }
    let granted = grant(&store, &token, &good, &judge, NOW);
    assert_eq!((granted.have, granted.need), (1, 1));
    let used = store.consume(&token, &bindings(1), &judge, NOW).expect("alice may");
    assert_eq!(used.issuers[0].key_id.as_deref(), Some(alice_key.key_id().as_str()));
}

#[test]
fn a_critical_call_takes_as_many_people_as_a_critical_approval() {
    let (_dir, path) = place();
    let (alice_key, alice) = person("alice", 1, RiskTier::Critical);
    let (bob_key, bob) = person("bob", 2, RiskTier::Critical);
    let trust = trust(vec![alice, bob], 2);
    let keyring = Keyring::of("trust.yaml", &trust).expect("keys");
    let judge = judge(&keyring);
    let store = store(&path);
    let token = store.challenge(&asked(1, RiskTier::Critical), NOW, unwritten).expect("a challenge").token;
    let challenge = of_token(&store, &token);
    for _ in 0..2 {
        let first = grant(&store, &token, &signed(&alice_key, "alice", &trust, &challenge, NOW), &judge, NOW);
        assert_eq!((first.have, first.need), (1, 2));
        assert_eq!(code(store.consume(&token, &bindings(1), &judge, NOW)), "denied_confirmation_invalid");
    }
    let both = grant(&store, &token, &signed(&bob_key, "bob", &trust, &challenge, NOW), &judge, NOW);
    assert_eq!((both.have, both.need), (2, 2));
    let used = store.consume(&token, &bindings(1), &judge, NOW).expect("two people granted it");
    assert_eq!(used.issuers.len(), 2);
    // A high one takes one person whatever critical takes.
    let token = store.challenge(&asked(2, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    let one = signed(&bob_key, "bob", &trust, &of_token(&store, &token), NOW);
    assert_eq!(grant(&store, &token, &one, &judge, NOW).need, 1);
}

#[test]
fn a_handle_lets_its_agent_use_and_not_grant() {
    let (_dir, path) = place();
    let store = store(&path);
    let with_handle = confirming::Asked { handle_only: true, ..asked(1, RiskTier::High) };
    let issued = store.challenge(&with_handle, NOW, unwritten).expect("a challenge");
    let code_shown = issued.code.clone().expect("the operator's code");
    assert_eq!(issued.command(), format!("cask confirm grant {code_shown}"));
    // Asked again, after a restart too: what the operator is told to type is what grants.
    let again = store.challenge(&with_handle, NOW + 1, unwritten).expect("the same");
    assert_eq!((again.command(), again.reused), (issued.command(), true));
    let restarted = self::store(&path).challenge(&with_handle, NOW + 2, unwritten).expect("the same");
    assert_eq!((restarted.command(), restarted.token), (issued.command(), issued.token.clone()));
    assert!(matches!(store.named(&issued.token).expect("read"), Named::Pointed(_)));
    assert!(matches!(store.named(&issued.short).expect("read"), Named::Pointed(_)));
    assert!(matches!(store.named(&code_shown.to_lowercase()).expect("read"), Named::Whole(_)));
    assert!(matches!(store.named("0000-0000-0000").expect("read"), Named::Unknown));
    grant(&store, &code_shown, &unsigned("op", NOW), &UNSIGNED, NOW);
    assert_eq!(code(store.consume(&code_shown, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
    assert_eq!(code(store.consume(&issued.token, &bindings(1), &UNSIGNED, NOW)), "allowed");
    // Nowhere in the file does the code stand.
    let again =
        store.challenge(&confirming::Asked { handle_only: true, ..asked(2, RiskTier::High) }, NOW, unwritten);
    assert_ne!(again.expect("a challenge").code, Some(code_shown.clone()));
    for name in ["confirmations.db", "confirmations.db-wal"] {
        let bytes = std::fs::read(path.with_file_name(name)).expect("a file");
        for text in [code_shown.clone(), code_shown.replace('-', "")] {
            assert!(memchr(&bytes, text.as_bytes()).is_none());
        }
    }
}

fn memchr(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

#[test]
fn every_unconfirmed_call_is_one_more_row_that_is_never_purged() {
    let (_dir, path) = place();
    let store = store(&path);
    let first = store.challenge(&asked(0, RiskTier::High), NOW, unwritten).expect("a challenge");
    let again = store.challenge(&asked(0, RiskTier::High), NOW + 1000, unwritten).expect("the same");
    assert_eq!(
        (again.token.as_str(), again.expires, again.reused),
        (first.token.as_str(), first.expires, true)
    );
    for n in 1..MOST_OPEN as usize {
        store.challenge(&asked(n, RiskTier::High), NOW, unwritten).expect("a challenge");
    }
    assert_eq!(code(store.challenge(&asked(1000, RiskTier::High), NOW, unwritten)), "denied_rate_limited");
    // Another run is not kept from asking; one that is open is still given.
    let mut other = asked(1000, RiskTier::High);
    other.shown.run_id = "run_ffffffffffff".to_owned();
    store.challenge(&other, NOW, unwritten).expect("another run asks");
    store.challenge(&asked(0, RiskTier::High), NOW, unwritten).expect("the same");
    // Over: they make room, are told once, and are forgotten after thirty days.
    let late = NOW + 300_000;
    let fresh = store.challenge(&asked(0, RiskTier::High), late, unwritten).expect("a new one");
    assert!(!fresh.reused && fresh.token != first.token);
    let ended = store.sweep(late).expect("a sweep");
    assert_eq!(ended.len(), MOST_OPEN as usize + 1);
    assert!(ended.iter().any(|one| one.short == first.short));
    assert_eq!(store.sweep(late).expect("a sweep"), []);
    assert_eq!(store.list(true).expect("a list").0.len(), MOST_OPEN as usize + 2);
    store.sweep(late + KEPT + 1).expect("a sweep");
    // The fresh one ended only now.
    assert_eq!(store.list(true).expect("a list").0.len(), 1);
}

#[test]
fn side_files_and_key_are_readable_by_others() {
    let (dir, path) = place();
    let (store, _) = granted(&path);
    let state = dir.path().join("state");
    assert_eq!(mode(&state), 0o700);
    for name in
        ["confirmations.db", "confirmations.db-wal", "confirmations.db-shm", "confirmation_signing.key"]
    {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
    drop(store);
    // A file of before that others can read is tightened; a key that they could read is refused.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    Store::open(&path, NOW).expect("a store");
    assert_eq!(mode(&path), 0o600);
    let key = state.join("confirmation_signing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let failed = Store::open(&path, NOW).expect_err("others can read the key");
    assert!(failed.message.contains("others can read this key"), "{failed}");
}

#[test]
fn a_store_is_not_led_astray() {
    let (dir, path) = place();
    drop(store(&path));
    let missing = dir.path().join("elsewhere/confirmations.db");
    let failed = Store::open_existing(&missing, NOW).expect_err("nothing is there");
    assert!(failed.message.contains("no confirmations here"), "{failed}");
    assert!(!missing.parent().expect("a folder").exists(), "nothing is made");
    let linked = dir.path().join("linked.db");
    symlink(&path, &linked).expect("a link");
    assert!(Store::open(&linked, NOW).is_err());
    let text = dir.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be looked at as if it were one".repeat(20))
        .expect("a file");
    let failed = Store::open(&text, NOW).expect_err("no database");
    assert!(failed.message.contains("not a database of confirmations"), "{failed}");
    let other = dir.path().join("other.db");
    Connection::open(&other).and_then(|c| c.execute_batch("CREATE TABLE x(y)")).expect("a database");
    assert!(Store::open(&other, NOW).expect_err("another database").message.contains("something else"));
    let open = dir.path().join("open");
    std::fs::create_dir(&open).expect("a folder");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("a mode");
    let failed = Store::open(&open.join("c.db"), NOW).expect_err("others can write there");
    assert!(failed.message.contains("others can put files into it"), "{failed}");
}

#[test]
fn a_schema_of_another_version_is_told_and_not_touched() {
    let (_dir, path) = place();
    drop(store(&path));
    let by_hand = Connection::open(&path).expect("the file");
    for version in [0, 3, 99] {
        by_hand.execute("UPDATE schema_info SET version = ?1", [version]).expect("a change");
        let failed = Store::open(&path, NOW).expect_err("an unknown version");
        assert!(failed.message.contains(&format!("its schema is version {version}")), "{failed}");
    }
    by_hand.execute("DELETE FROM schema_info", []).expect("a change");
    assert!(Store::open(&path, NOW).is_err());
}

#[test]
fn a_file_of_the_reference_system_is_taken_over_with_what_its_tokens_bind() {
    let (dir, path) = place();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/enforce/confirm-token.json")).expect("vectors");
    let key: Vec<u8> = (0..32).collect();
    let key_path = path.with_file_name("confirmation_signing.key");
    std::fs::write(&key_path, key).expect("a key");
    std::fs::set_permissions(&key_path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let token = vectors[0]["token"].as_str().expect("a token");
    let by_hand = Connection::open(&path).expect("a file");
    by_hand
        .execute_batch(
            "CREATE TABLE schema_info(version INTEGER NOT NULL); INSERT INTO schema_info VALUES (1);
             CREATE TABLE confirmations(token_id TEXT PRIMARY KEY, status TEXT NOT NULL, tool_id TEXT NOT NULL,
               request_digest TEXT NOT NULL, toolset_name TEXT, artifacts_digest TEXT NOT NULL, lockfile_digest TEXT,
               reason TEXT, created_at REAL NOT NULL, expires_at REAL NOT NULL, granted_at REAL, denied_at REAL, used_at REAL);",
        )
        .expect("a schema");
    for (id, digest) in [(token, "d".repeat(64)), ("legacy-id", "d".repeat(64))] {
        // The row says that it stands longer than the token does.
        by_hand
            .execute(
                "INSERT INTO confirmations VALUES (?1, 'granted', 't', ?2, NULL, ?3, NULL, NULL, 1.5, 99999999999.0, 2.0, NULL, NULL)",
                rusqlite::params![id, digest, "a".repeat(64)],
            )
            .expect("a row");
    }
    drop(by_hand);
    let store = store(&path);
    let call = Bindings {
        tool_id: "t".to_owned(),
        request_digest: "d".repeat(64),
        artifacts_digest: "a".repeat(64),
        origin: "https://api.shop.example:443".to_owned(),
        ..Bindings::default()
    };
    assert_eq!(store.list(false).expect("a list").0.len(), 1);
    assert_eq!(code(store.consume("legacy-id", &call, &UNSIGNED, NOW)), "denied_confirmation_invalid");
    // The clock stands behind the token's time, though not behind the row's.
    let late = 1_900_000_000_000;
    assert_eq!(code(store.consume(token, &call, &UNSIGNED, late)), "denied_confirmation_expired");
    let strict = Judge { keyring: None, unsafe_unsigned_grant: false };
    assert_eq!(code(store.consume(token, &call, &strict, NOW)), "denied_confirmation_invalid");
    let other = Bindings { request_digest: "e".repeat(64), ..call.clone() };
    assert_eq!(code(store.consume(token, &other, &UNSIGNED, NOW)), "denied_confirmation_invalid");
    assert_eq!(code(store.consume(token, &call, &UNSIGNED, NOW)), "allowed");
    assert_eq!(code(store.consume(token, &call, &UNSIGNED, NOW)), "denied_confirmation_replay");
    drop((store, dir));
}

#[test]
fn what_cannot_be_written_to_the_trail_is_not_granted() {
    let (_dir, path) = place();
    let store = store(&path);
    let token = store.challenge(&asked(1, RiskTier::High), NOW, unwritten).expect("a challenge").token;
    let challenge = of_token(&store, &token);
    // A challenge that was made and not written down would be taken for one that was.
    let refused = || Err(Refusal::new(ReasonCode::Internal, "the disk is full"));
    let unheard = asked(2, RiskTier::High);
    assert_eq!(code(store.challenge(&unheard, NOW, |_| refused())), "error_internal");
    let mut told = Vec::new();
    let keep = |issued: &Issued| {
        told.push(issued.clone());
        Ok(())
    };
    let made = store.challenge(&unheard, NOW, keep).expect("a challenge");
    assert_eq!(told.first(), Some(&made), "it is written down when it is made");
    let again = store.challenge(&unheard, NOW, |_| refused()).expect("it stands, and was written down");
    assert_eq!((again.token, again.reused), (made.token, true));
    let full = || Err(cask::io::Failure::new("trail", "the disk is full"));
    assert!(store.grant(&challenge, &unsigned("op", NOW), &UNSIGNED, NOW, full).is_err());
    assert_eq!(of_token(&store, &token).status, Status::Pending);
    assert!(store.deny(&challenge, None, NOW, full).is_err());
    assert_eq!(code(store.consume(&token, &bindings(1), &UNSIGNED, NOW)), "denied_confirmation_invalid");
}
