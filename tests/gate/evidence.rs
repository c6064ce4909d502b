//! Judgements that are kept: by the real binary, changed by hands that should not, and checked.
#![cfg(unix)]

use crate::{approved, support};

use std::path::PathBuf;

use approved::{PACK, TRUST, pin, shop};
use serde_json::Value;
use support::{Place, Ran};

/// The bundles in the folder `evidence`, without what lies beside them.
fn kept(place: &Place) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(place.path("evidence"))
        .map(|entries| entries.map(|entry| entry.expect("an entry").path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

/// A repository with the evidence of one judgement in it.
fn with_evidence(more: &[&str]) -> (Place, PathBuf) {
    let place = shop();
    let check = ["gate", "check", "--toolpack", PACK, "--evidence", "evidence"];
    place.cask(&[&check[..], more].concat()).ok();
    let bundle = kept(&place).into_iter().find(|path| path.to_string_lossy().ends_with(".jsonl"));
    (place, bundle.expect("a bundle"))
}

fn verify(place: &Place, bundle: &std::path::Path, more: &[&str]) -> Ran {
    place.cask(&[&["evidence", "verify", &bundle.display().to_string()][..], more].concat())
}

fn lines(bundle: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(bundle).expect("a bundle");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_judgement_is_kept_under_the_name_of_its_content_and_changes_nothing_else() {
    let place = shop();
    let plain = place.cask(&["gate", "check", "--toolpack", PACK]);
    let args = ["gate", "check", "--toolpack", PACK, "--evidence", "evidence"];
    let first = place.cask(&args);
    assert_eq!((first.code, &first.out), (plain.code, &plain.out));
    let bundle = kept(&place).pop().expect("a bundle");
    assert!(first.err.contains(&*bundle.file_name().expect("a name").to_string_lossy()), "{}", first.err);
    // The same judgement of the same bytes, at another time.
    place.cask(&args).ok();
    assert_eq!(kept(&place), std::slice::from_ref(&bundle), "nothing half written, and nothing twice");

    let ran = verify(&place, &bundle, &["--format", "json"]);
    let told: Value = serde_json::from_str(&ran.ok()).expect("JSON");
    assert_eq!(
        (&told["whole"], &told["command"], &told["verdict"]),
        (&true.into(), &"gate check".into(), &"pass".into())
    );
    assert!(
        bundle
            .to_string_lossy()
            .contains(told["digest"].as_str().expect("a digest").trim_start_matches("sha256:"))
    );
    let lines = lines(&bundle);
    assert_eq!((&lines[0]["kind"], &lines[lines.len() - 1]["kind"]), (&"header".into(), &"end".into()));
    assert_eq!(lines[lines.len() - 1]["count"], lines.len() - 2);
    assert!(lines[0]["data"]["at"].is_null(), "no clock");
    // Of which bytes, who stands how, and by which trust.
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert!(of("input") == 6 && of("subject") > 5 && of("toolpack") == 1, "{lines:#?}");
    assert_eq!(lines[0]["data"]["sources"]["trust"]["digest"], pin(&place));
}

#[test]
fn what_does_not_pass_is_kept_too_with_its_findings() {
    let place = shop();
    let tools = place.read(&format!("{PACK}/artifact/tools.json"));
    place.write(&format!("{PACK}/artifact/tools.json"), tools.replacen("\"GET\"", "\"POST\"", 1));
    let ran = place.cask(&["gate", "check", "--toolpack", PACK, "--evidence", "evidence"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let bundle = kept(&place).pop().expect("a bundle");
    let told = verify(&place, &bundle, &[]).ok();
    assert!(told.contains("of     cask gate check") && told.contains(": breaking"), "{told}");
    assert!(lines(&bundle).iter().any(|line| line["kind"] == "finding"));
}

#[test]
fn whatever_is_done_to_the_lines_is_found() {
    let (place, bundle) = with_evidence(&[]);
    let good = std::fs::read_to_string(&bundle).expect("a bundle");
    let all: Vec<&str> = good.split_inclusive('\n').collect();
    let swapped = {
        let mut lines = all.clone();
        lines.swap(2, 3);
        lines.concat()
    };
    let dropped: String = all.iter().enumerate().filter(|(n, _)| *n != 3).map(|(_, line)| *line).collect();
    for (what, text, why) in [
        ("a changed byte", good.replacen("\"input\"", "\"inpux\"", 1), "broken (edited)"),
        ("a dropped line", dropped, "broken (removed)"),
        ("reordered lines", swapped, "broken (reordered)"),
        ("an appended line", good.clone() + all[1], "broken (behind_the_end)"),
        ("an empty line behind", good.clone() + "\n", "broken (behind_the_end)"),
        ("no last line", all[..all.len() - 1].concat(), "broken (cut_off)"),
        ("half a last line", good[..good.len() - 9].to_owned(), "broken (cut_off)"),
        ("another line end", good.replace('\n', "\r\n"), "broken (edited)"),
        ("nothing", String::new(), "broken (cut_off)"),
        ("another file", "{\"schema\":\"cask.report/1\"}\n".to_owned(), "broken (foreign)"),
    ] {
        std::fs::write(&bundle, text).expect("a file");
        let ran = verify(&place, &bundle, &[]);
        assert_eq!(ran.code, 2, "{what}: {}{}", ran.out, ran.err);
        assert!(ran.out.starts_with(why), "{what}: {}", ran.out);
    }
    let other = bundle.with_file_name(format!("ev_{}.jsonl", "0".repeat(64)));
    std::fs::write(&other, &good).expect("a file");
    let ran = verify(&place, &other, &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.starts_with("broken (renamed)"), "{}", ran.out);
    // Under a name that says nothing it is still whole.
    let moved = bundle.with_file_name("kept.jsonl");
    std::fs::write(&moved, &good).expect("a file");
    verify(&place, &moved, &[]).ok();
}

#[test]
fn what_can_not_be_read_is_not_judged() {
    let (place, bundle) = with_evidence(&[]);
    assert!(verify(&place, &place.path("nope.jsonl"), &[]).failed().contains("no such file"));
    assert!(verify(&place, &place.path("evidence"), &[]).failed().contains("a folder"));
    std::fs::write(bundle.with_extension("sig.json"), "{}").expect("a file");
    assert!(verify(&place, &bundle, &[]).failed().contains("sig.json"));
}

#[test]
fn a_signed_bundle_tells_whose_it_is_by_a_trust_and_by_no_other() {
    let (place, bundle) = with_evidence(&["--sign", "--key", "alice", "--yes"]);
    let trust = place.path(TRUST).display().to_string();
    assert!(verify(&place, &bundle, &["--trust", &trust]).ok().contains("signed by alice\n"));
    assert!(verify(&place, &bundle, &["--trust-pin", &pin(&place)]).ok().contains("signed by alice\n"));
    assert!(verify(&place, &bundle, &[]).ok().contains("1 signature beside it not checked"));
    // One more person, of the same judgement.
    let check =
        ["gate", "check", "--toolpack", PACK, "--evidence", "evidence", "--sign", "--key", "bob", "--yes"];
    place.cask(&check).ok();
    assert!(verify(&place, &bundle, &["--trust", &trust]).ok().contains("signed by alice, bob\n"));

    let beside = bundle.with_extension("sig.json");
    let signed = std::fs::read_to_string(&beside).expect("signatures");
    let refused = |text: &str, says: &str| {
        std::fs::write(&beside, text).expect("a file");
        let ran = verify(&place, &bundle, &["--trust", &trust]);
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
    };
    refused(&signed.replace("\"bob\"", "\"alice\""), "under another name");
    let digest = format!("sha256:{}", "1".repeat(64));
    let own = signed.split('"').find(|word| word.starts_with("sha256:")).expect("a digest");
    refused(&signed.replace(own, &digest), "signed of another bundle");
    let at = signed.find("\"signature\": \"").expect("one") + 14;
    let other = if &signed[at..at + 1] == "A" { "B" } else { "A" };
    refused(&format!("{}{other}{}", &signed[..at], &signed[at + 1..]), "does not verify");
    std::fs::remove_file(&beside).expect("it is there");
    let ran = verify(&place, &bundle, &["--trust", &trust]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("nobody signed it"), "{}", ran.out);
    // A signature is no approval: the same key's word on a bundle stands in no lockfile.
    assert!(signed.contains("cask.evidence-signature/1"));
}

#[test]
fn another_trust_knows_nobody_of_them() {
    let (place, bundle) = with_evidence(&["--sign", "--key", "alice", "--yes"]);
    let mut other = Place::with_git();
    other.person("mallory");
    other.cask(&["key", "new", "--name", "alice", "--no-passphrase"]).ok();
    other.cask(&["trust", "init", "--id", "alice", "--key", "alice", "--yes"]).ok();
    let trust = other.path(TRUST).display().to_string();
    let ran = verify(&place, &bundle, &["--trust", &trust]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("people of another trust"), "{}", ran.out);
}

#[test]
fn where_nothing_can_be_signed_nothing_is_written() {
    let place = shop();
    let check = ["gate", "check", "--toolpack", PACK, "--evidence", "evidence"];
    let ran = place.cask_with(&[&check[..], &["--sign", "--key", "alice", "--yes"]].concat(), &[("CI", "1")]);
    assert!(ran.failed().contains("runs in CI"));
    assert!(place.cask(&[&check[..], &["--sign", "--key", "alice"]].concat()).failed().contains("--yes"));
    assert!(place.cask(&[&check[..], &["--yes"]].concat()).failed().contains("nothing is signed"));
    assert!(place.cask(&["gate", "check", "--sign"]).failed().contains("--evidence"));
    assert!(kept(&place).is_empty());
}

#[test]
fn drift_is_kept_with_what_was_compared_and_without_what_nobody_may_keep() {
    let place = shop();
    let path = format!("{PACK}/artifact/baseline.json");
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let baseline = place.read(&path);
    let moved = format!("/v1/products/ann.lee@shop.example/{token} GET");
    let told = baseline.replace("/v1/products GET", &moved);
    assert_ne!(told, baseline);
    place.write("new.json", &told);
    let args = ["drift", "--toolpack", PACK, "--to", "new.json", "--evidence", "evidence"];
    let plain = place.cask(&args[..5]);
    let ran = place.cask(&args);
    assert_eq!((ran.code, &ran.out), (plain.code, &plain.out), "{}", ran.err);
    let bundle = kept(&place).pop().expect("a bundle");
    verify(&place, &bundle, &[]).ok();
    let lines = lines(&bundle);
    assert!(lines.iter().filter(|line| line["kind"] == "input").count() == 2, "{lines:#?}");
    assert!(lines.iter().any(|line| line["kind"] == "finding"), "{lines:#?}");
    let text = std::fs::read_to_string(&bundle).expect("a bundle");
    assert!(!text.contains(&token) && !text.contains("ann.lee"), "{text}");
}

#[test]
fn no_narrowed_judgement_is_kept_and_no_dead_key_vouches_for_one() {
    let place = shop();
    let check = ["gate", "check", "--toolpack", PACK, "--evidence", "evidence"];
    for (narrow, word) in
        [(["--toolset", "readonly"], "--toolset narrows"), (["--min-risk", "high"], "--min-risk narrows")]
    {
        let told = place.cask(&[&check[..], &narrow].concat()).failed();
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(word), "{told}");
    }
    let sign = [&check[..], &["--sign", "--yes", "--key", "bob"]].concat();
    place.cask(&sign).ok();
    let bob = place.cask(&["key", "list"]).ok();
    let id = bob.lines().find(|line| line.contains("bob")).and_then(|line| {
        line.split_whitespace().find(|word| word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    place.cask(&["trust", "revoke", id.expect("the id of the key"), "--reason", "lost"]).ok();
    for who in ["alice", "bob"] {
        drop(place.cask(&["trust", "sign", "--key", who, "--yes"]));
    }
    place.merge("revoke");
    std::fs::remove_dir_all(place.path("evidence")).expect("it is there");
    let told = place.cask(&sign).failed();
    assert!(told.contains("retired or revoked"), "{told}");
    assert!(kept(&place).is_empty());
}

#[test]
fn signatures_of_another_judgement_are_not_written_over() {
    let (place, bundle) = with_evidence(&["--sign", "--yes", "--key", "alice"]);
    let beside = bundle.with_extension("sig.json");
    let text = std::fs::read_to_string(&beside).expect("signatures");
    let at = text.find("sha256:").expect("a digest") + 7;
    let other = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    std::fs::write(&beside, &other).expect("a file");
    let told = place
        .cask(&[
            "gate",
            "check",
            "--toolpack",
            PACK,
            "--evidence",
            "evidence",
            "--sign",
            "--yes",
            "--key",
            "bob",
        ])
        .failed();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("signatures of another judgement"), "{told}");
    assert_eq!(std::fs::read_to_string(&beside).expect("signatures"), other);
}
