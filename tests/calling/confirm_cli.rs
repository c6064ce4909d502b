//! `cask confirm` and `cask audit` from outside: the real binary beside a store that a server has open.
#![cfg(unix)]

use crate::{confirming, support};

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::SystemTime;

use cask::enforce::grant::Judge;
use cask::io::audit_log::{AuditLog, Durability, MAX_BYTES};
use cask::io::confirmations::{Asked, Confirmations, Issued, Store};
use cask::io::load;
use cask::io::tree::Tree;
use cask::model::risk::RiskTier;
use cask::sign::keyring::Keyring;
use confirming::{asked, bindings, code, unwritten};
use support::Place;

const TRUST: &str = ".caskmcp/trust.yaml";
const DB: &str = ".caskmcp/state/confirmations.db";
const TRAIL: &str = ".caskmcp/state/audit/runtime.jsonl";

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("not so late")
}

/// alice, whose trust file is merged, and a server's store.
fn alice() -> (Place, Store) {
    let place = Place::with_git();
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.merge("trust");
    let store = Store::open(&place.path(DB), now()).expect("a store");
    (place, store)
}

fn ask(store: &Store, n: usize) -> Issued {
    store.challenge(&asked(n, RiskTier::High), now(), unwritten).expect("a challenge")
}

/// What a server that takes only signed grants says of a token.
fn used(place: &Place, store: &Store, token: &str, n: usize) -> &'static str {
    let trust = load::trust(&Tree::folder(place.root()), TRUST).expect("read").expect("a trust file");
    let keyring = Keyring::of(TRUST, &trust).expect("keys");
    let judge = Judge { keyring: Some(&keyring), unsafe_unsigned_grant: false };
    code(store.consume(token, &bindings(n), &judge, now()))
}

#[test]
fn a_grant_is_signed_while_a_server_runs_and_written_to_the_trail() {
    let (place, store) = alice();
    let issued = ask(&store, 1);
    assert_eq!(used(&place, &store, &issued.token, 1), "denied_confirmation_invalid");
    let ran = place.cask(&["confirm", "grant", &issued.token, "--yes", "--reason", "asked by phone"]);
    assert!(ran.err.contains("DELETE /users/1") && ran.err.contains("as alice with key"), "{}", ran.err);
    assert_eq!(ran.ok(), format!("Granted: {}\n  1 of 1 people\n", issued.token));
    assert_eq!(used(&place, &store, &issued.token, 1), "allowed");
    let trail = place.cask(&["audit", "verify"]).ok();
    assert!(trail.starts_with("whole: 1 lines in 1 file\nlast  "), "{trail}");
    let shown = place.cask(&["audit", "show", "--decision", "grant", "--format", "json"]).ok();
    let record: serde_json::Value = serde_json::from_str(&shown).expect("one record");
    assert_eq!(record["confirmation_issuer"], "alice");
    assert_eq!(record["confirmation_id"], issued.short);
    assert_eq!(record["reason"], "asked by phone");
    assert_eq!(record["key_ids"].as_array().map(Vec::len), Some(1));
    assert_eq!(place.cask(&["audit", "show", "--decision", "deny"]).ok(), "");
}

#[test]
fn where_a_challenge_stands_decides_what_can_be_done() {
    let (place, store) = alice();
    let told = |args: &[&str], why: &str| {
        let ran = place.cask(args);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
        assert!(ran.err.contains(why), "{}", ran.err);
    };
    let unknown = "cfrmv2.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for word in ["grant", "deny", "show"] {
        told(&["confirm", word, unknown], "it is unknown here");
    }
    let issued = ask(&store, 1);
    let grant = ["confirm", "grant", &issued.token, "--yes"];
    place.cask(&grant).ok();
    told(&grant, "it is granted already");
    assert_eq!(used(&place, &store, &issued.token, 1), "allowed");
    told(&grant, "the call was made (used)");
    told(&["confirm", "deny", &issued.token], "the call was made (used)");
    let issued = ask(&store, 2);
    let denied = place.cask(&["confirm", "deny", &issued.short, "--reason", "wrong customer"]).ok();
    assert_eq!(denied, format!("Denied: {}\nReason: wrong customer\n", issued.short));
    told(&["confirm", "grant", &issued.token, "--yes"], "it was denied");
    let old = store.challenge(&asked(3, RiskTier::High), now() - 301_000, unwritten).expect("a challenge");
    told(&["confirm", "grant", &old.token, "--yes"], "its time is over (expired)");
    told(&["confirm", "deny", &old.token], "its time is over (expired)");
    assert_eq!(place.cask(&["confirm", "list"]).ok(), "Pending confirmations: 0\n");
    assert_eq!(place.cask(&["confirm", "list", "--all"]).ok().lines().next(), Some("Confirmations: 3"));
}

#[test]
fn nobody_grants_without_being_asked_or_in_ci() {
    let (place, store) = alice();
    let issued = ask(&store, 1);
    let failed = place.cask(&["confirm", "grant", &issued.token]).failed();
    assert!(failed.contains("would have been asked"), "{failed}");
    let failed = place.cask_with(&["confirm", "grant", &issued.token, "--yes"], &[("CI", "true")]).failed();
    assert!(failed.contains("this runs in CI"), "{failed}");
    let unsigned = ["confirm", "grant", &issued.token, "--yes", "--unsafe-unsigned-grant"];
    let failed = place.cask_with(&unsigned, &[("CI", "true")]).failed();
    assert!(failed.contains("this runs in CI"), "{failed}");
    let failed = place.cask(&["confirm", "grant", &issued.token, "--yes", "--by", "bob"]).failed();
    assert!(failed.contains("--by says bob"), "{failed}");
    let only = [("CASKMCP_APPROVERS", "bob,carol")];
    let failed = place.cask_with(&["confirm", "grant", &issued.token, "--yes"], &only).failed();
    assert!(failed.contains("does not name alice"), "{failed}");
    assert!(!place.path(TRAIL).exists(), "nothing was done");
    // What nobody signed counts only where a server says so.
    place.cask(&unsigned).ok();
    assert_eq!(used(&place, &store, &issued.token, 1), "denied_confirmation_invalid");
    assert_eq!(code(store.consume(&issued.token, &bindings(1), &confirming::UNSIGNED, now())), "allowed");
}

#[test]
fn an_agent_with_a_shell_grants_to_itself() {
    let (mut place, store) = alice();
    let issued = ask(&store, 1);
    // It has the token, and a key of its own.
    place.person("agent");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    let failed = place.cask(&["confirm", "grant", &issued.token, "--yes", "--trust", TRUST]).failed();
    assert!(failed.contains("none of your keys is listed"), "{failed}");
    // With a handle it has not even a token.
    place.person("alice");
    let issued = store
        .challenge(&Asked { handle_only: true, ..asked(2, RiskTier::High) }, now(), unwritten)
        .expect("a challenge");
    for text in [&issued.token, &issued.short] {
        let failed = place.cask(&["confirm", "grant", text, "--yes"]).failed();
        assert!(failed.contains("a challenge and can't grant it"), "{failed}");
    }
    let listed = place.cask(&["confirm", "list", "--format", "json", "--all"]).ok();
    let code = issued.code.expect("the operator's code");
    assert!(!listed.contains(&code) && !listed.contains(&issued.token), "{listed}");
    place.cask(&["confirm", "grant", &code, "--yes"]).ok();
    assert_eq!(used(&place, &store, &issued.token, 2), "allowed");
}

#[test]
fn a_signer_grants_no_more_risk_than_they_may_approve() {
    let (mut place, store) = alice();
    place.person("lou");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    let line = place.cask(&["key", "export", "--public"]).ok();
    let public = place.dir.path().join("lou.pub");
    std::fs::write(&public, line).expect("a file");
    let public = public.to_str().expect("a plain path").to_owned();
    place.person("alice");
    place.cask(&["trust", "add", "lou", "--key", &public, "--max-risk", "low"]).ok();
    place.cask(&["trust", "sign", "--yes"]).ok();
    place.merge("lou");
    place.person("lou");
    let issued = ask(&store, 1);
    let failed = place.cask(&["-q", "confirm", "grant", &issued.token, "--yes", "--trust", TRUST]).failed();
    assert!(failed.contains("its signer may not approve calls of this risk"), "{failed}");
    let low = store.challenge(&asked(2, RiskTier::Low), now(), unwritten).expect("a challenge");
    place.cask(&["confirm", "grant", &low.token, "--yes", "--trust", TRUST]).ok();
    assert_eq!(used(&place, &store, &low.token, 2), "allowed");
}

#[test]
fn a_pending_list_shows_what_is_approved_and_no_strangers_escapes() {
    let (place, store) = alice();
    let mut hostile = asked(1, RiskTier::Critical);
    hostile.shown.tool = "get\u{1b}[31m_user\u{9b}31m\nGranted: all".to_owned();
    hostile.shown.path = "/users/\u{202e}1".to_owned();
    hostile.bindings.tool_id = "id\u{7}\n- x".to_owned();
    hostile.shown.arguments = format!("{{\"note\":\"{}\"}}", "\u{1b}]0;title\u{7} ".repeat(50));
    let issued = store.challenge(&hostile, now(), unwritten).expect("a challenge");
    let quiet = place.cask(&["confirm", "grant", &issued.token, "--yes"]);
    let texts = [
        place.cask(&["confirm", "list"]).ok(),
        place.cask(&["confirm", "list", "--all"]).ok(),
        place.cask(&["confirm", "show", &issued.short]).ok(),
        quiet.err.clone(),
        place.cask(&["audit", "show"]).ok(),
        place.cask(&["audit", "show", "--format", "json"]).ok(),
        place.cask(&["confirm", "list", "--format", "json"]).ok(),
        place.cask(&["confirm", "show", &issued.short, "--format", "json"]).ok(),
        place.cask(&["confirm", "watch", "--count", "1", "--format", "json"]).ok(),
    ];
    for text in &texts {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Granted: all") || line == "- x"), "{text}");
    }
    let shown = &texts[2];
    for word in ["critical", "DELETE", "https://api.shop.example:443", "run_0123456789ab", "CASK_AUTH_API"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let listed = place.cask(&["confirm", "list", "--format", "json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let one = &listed["confirmations"][0];
    assert_eq!((one["method"].as_str(), one["risk_tier"].as_str()), (Some("DELETE"), Some("critical")));
    assert_eq!(one["token"], issued.token);
}

/// Granted by one, it needed two, and nobody could grant it any more.
#[test]
fn a_critical_call_takes_two_people_also_where_nobody_signs() {
    let (place, store) = alice();
    place.cask(&["trust", "set", "thresholds.approvals.critical=2"]).ok();
    place.cask(&["trust", "sign", "--yes"]).ok();
    place.merge("two for critical");
    let trust = load::trust(&Tree::folder(place.root()), TRUST).expect("read").expect("a trust file");
    let keyring = Keyring::of(TRUST, &trust).expect("keys");
    let judge = Judge { keyring: Some(&keyring), unsafe_unsigned_grant: true };
    let issued = store.challenge(&asked(1, RiskTier::Critical), now(), unwritten).expect("a challenge");
    let by = |who: &str| {
        place.cask(&["confirm", "grant", &issued.token, "--yes", "--unsafe-unsigned-grant", "--by", who]).ok()
    };
    let used = || code(store.consume(&issued.token, &bindings(1), &judge, now()));
    assert!(by("ann").contains("1 of 2 people"));
    assert_eq!(used(), "denied_confirmation_invalid");
    assert!(by("bob").contains("2 of 2 people"));
    assert_eq!(used(), "allowed");
}

/// A link beside the store would have led what is written down elsewhere.
#[test]
fn the_trail_beside_a_store_is_behind_no_link() {
    let (place, store) = alice();
    let elsewhere = place.dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, place.path(TRAIL).parent().expect("a folder")).expect("a link");
    let issued = ask(&store, 1);
    for more in [&[][..], &["--store", DB]] {
        let args = ["confirm", "deny", &issued.token];
        assert!(place.cask(&[&args, more].concat()).failed().contains("link"));
    }
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
}

#[test]
fn a_wrong_root_quietly_gives_an_empty_store() {
    let (place, _store) = alice();
    for args in
        [&["confirm", "list"][..], &["confirm", "grant", "x"], &["confirm", "watch"], &["audit", "verify"]]
    {
        let failed = place.cask(&[args, &["--root", "elsewhere"]].concat()).failed();
        assert!(failed.contains("here"), "{failed}");
    }
    assert!(!place.path("elsewhere").exists());
}

#[test]
fn calls_and_records_are_shown_as_they_come() {
    let (place, store) = alice();
    let (log, _) = AuditLog::open(&place.path(TRAIL), MAX_BYTES).expect("a trail");
    let follow = |args: &[&str]| {
        place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("cask runs")
    };
    let mut watch = follow(&["confirm", "watch", "--count", "1", "--format", "json"]);
    let mut told = String::new();
    BufReader::new(watch.stderr.take().expect("a pipe")).read_line(&mut told).expect("a line");
    assert!(told.starts_with("waiting for calls"), "{told}");
    let issued = ask(&store, 1);
    let seen: serde_json::Value =
        serde_json::from_reader(watch.stdout.take().expect("a pipe")).expect("JSON");
    assert_eq!(
        (seen["id"].as_str(), seen["status"].as_str()),
        (Some(issued.short.as_str()), Some("pending"))
    );
    assert!(watch.wait().expect("it ends").success());

    use cask::enforce::audit::record::{Counted, Record, What};
    let record = |tools| {
        let what = What::List(Counted { surface: "mcp".to_owned(), tools: Some(tools), question: None });
        Record { run_id: "run_0123456789ab".to_owned(), what }
    };
    log.append(&record(1), Durability::Written).expect("a line");
    let mut tail = follow(&["audit", "tail", "--count", "1", "--format", "json"]);
    let mut lines = BufReader::new(tail.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("a record").expect("text");
    assert!(first.contains("\"tools\":1"), "{first}");
    // Rotated away while somebody follows.
    std::fs::rename(place.path(TRAIL), place.path(&format!("{TRAIL}.1"))).expect("a rename");
    log.append(&record(2), Durability::Written).expect("a line");
    let second = lines.next().expect("a record").expect("text");
    assert!(second.contains("\"tools\":2"), "{second}");
    assert!(tail.wait().expect("it ends").success());
    let whole = place.cask(&["audit", "verify", "--format", "json"]).ok();
    let whole: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
    assert_eq!((whole["whole"].as_bool(), whole["lines"].as_u64()), (Some(true), Some(2)));
}

#[test]
fn one_flipped_byte_is_found_and_named() {
    let (place, store) = alice();
    for n in 0..3 {
        place.cask(&["confirm", "deny", &ask(&store, n).token, "--reason", "no reason"]).ok();
    }
    place.cask(&["audit", "verify"]).ok();
    let text = place.read(TRAIL);
    let lines: Vec<&str> = text.lines().collect();
    let mut edited = lines.clone();
    let second = lines[1].replacen("no reason", "no season", 1);
    edited[1] = &second;
    place.write(TRAIL, edited.join("\n") + "\n");
    let ran = place.cask(&["audit", "verify"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.out.starts_with("broken (edited): "), "{}", ran.out);
    assert!(ran.out.contains("runtime.jsonl line 2: it is not as it was written"), "{}", ran.out);
    place.write(TRAIL, [lines[0], lines[2]].join("\n") + "\n");
    let ran = place.cask(&["audit", "verify", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, told["broken"]["why"].as_str()), (2, Some("removed")));
    let failed = place.cask(&["audit", "verify", "nowhere.jsonl"]).failed();
    assert!(failed.contains("nowhere.jsonl: there is no such"), "{failed}");
}
