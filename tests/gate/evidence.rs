//! Judgements that are kept: by the real binary, changed by hands that should not, and checked.
#![cfg(unix)]

use crate::{approved, support};

use std::path::PathBuf;

use approved::{PACK, TRUST, pin, shop};
use cask::canon::Node;
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::evidence::keep::{EvidenceArgs, deliver_kept};
use cask::cmd::failed::Failed;
use cask::cmd::options::ReportArgs;
use cask::evidence::Entry;
use cask::model::gate_config::FailOn;
use cask::model::report::Report;
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

/// A judgement that was shown and could not be kept: what was told.
fn shown_only(ran: Ran, verdict: &str) -> String {
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains(verdict), "{verdict} comes first: {}\n{}", ran.out, ran.err);
    ran.err.split_whitespace().collect::<Vec<_>>().join(" ")
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
    assert!(shown_only(ran, "passed").contains("runs in CI"));
    let ran = place.cask(&[&check[..], &["--sign", "--key", "alice"]].concat());
    assert!(shown_only(ran, "passed").contains("--yes"));
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
    let told = shown_only(place.cask(&sign), "blocked");
    assert!(told.contains("retired or revoked"), "{told}");
    assert!(kept(&place).is_empty());
}

const BY_BOB: [&str; 9] =
    ["gate", "check", "--toolpack", PACK, "--evidence", "evidence", "--sign", "--yes", "--key=bob"];

/// What a person sees before signing is what it came to; a program gets one report, and that says why there is no bundle.
#[test]
fn a_judgement_that_can_not_be_signed_is_shown_and_is_no_pass() {
    let place = shop();
    let tools = place.read(&format!("{PACK}/artifact/tools.json"));
    place.write(&format!("{PACK}/artifact/tools.json"), tools.replacen("\"GET\"", "\"POST\"", 1));
    let sign = ["gate", "check", "--toolpack", PACK, "--evidence", "evidence", "--sign", "--key", "alice"];
    let told = shown_only(place.cask(&sign), "blocked");
    assert!(told.contains("--yes"), "{told}");
    let ran = place.cask(&[&sign[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 3, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("one report");
    assert_eq!((&report["verdict"], &report["exit_code"]), (&"error".into(), &3.into()));
    assert!(kept(&place).is_empty());
}

#[test]
fn nothing_is_signed_under_another_trust_than_the_one_that_is_pinned() {
    let place = shop();
    let other = format!("sha256:{}", "0".repeat(64));
    let own = pin(&place);
    place.write("new.json", place.read(&format!("{PACK}/artifact/baseline.json")));
    for command in [
        &["gate", "check", "--toolpack", PACK][..],
        &["drift", "--toolpack", PACK, "--to", "new.json"],
        &["verify", "--toolpack", PACK],
    ] {
        let sign = [command, &["--evidence", "evidence", "--sign", "--yes", "--key", "alice"]].concat();
        let ran = place.cask(&[&sign[..], &["--trust-pin", &other]].concat());
        assert_eq!(ran.code, 3, "{command:?}\n{}\n{}", ran.out, ran.err);
        assert!(kept(&place).is_empty(), "{command:?}");
        for more in [["--trust-pin", &own], ["--trust-ref", "origin/main"], ["--trust", TRUST]] {
            place.cask(&[&sign[..], &more].concat()).ok();
            let bundle = kept(&place).into_iter().find(|path| path.extension().is_some_and(|e| e == "jsonl"));
            let bundle = bundle.expect("a bundle");
            assert!(
                verify(&place, &bundle, &more).ok().contains("signed by alice\n"),
                "{command:?} {more:?}"
            );
            // `verify --bundle` tells the same.
            let named = bundle.display().to_string();
            let told = place.cask(&[&["verify", "--bundle", &named][..], &more].concat()).ok();
            assert!(told.contains("signed by alice\n"), "{told}");
            std::fs::remove_dir_all(place.path("evidence")).expect("it is there");
        }
    }
    let told = place.cask(&["drift", "--toolpack", PACK, "--to", "new.json", "--trust", TRUST]).failed();
    assert!(told.contains("no signature is asked for"), "{told}");
}

/// Two sign the same judgement at one time: whoever is second reads what the first has written.
#[test]
fn a_signature_that_is_added_meanwhile_is_kept() {
    let (place, bundle) = with_evidence(&["--sign", "--yes", "--key", "alice"]);
    let beside = bundle.with_extension("sig.json");
    let by_alice = std::fs::read(&beside).expect("signatures");
    std::fs::remove_file(&beside).expect("it is there");
    let lock = bundle.with_extension("sig.json.lock");
    let held = std::fs::File::create(&lock).expect("a file");
    held.lock().expect("nobody holds it");
    let mut bob = place.command(&BY_BOB).stdout(std::process::Stdio::null()).spawn().expect("cask runs");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(bob.try_wait().expect("it can be asked").is_none(), "it waits for its turn");
    std::fs::write(&beside, by_alice).expect("a file");
    held.unlock().expect("it is held");
    assert!(bob.wait().expect("it ends").success());
    let trust = place.path(TRUST).display().to_string();
    assert!(verify(&place, &bundle, &["--trust", &trust]).ok().contains("signed by alice, bob\n"));
}

#[test]
fn no_more_sign_than_are_read() {
    let (place, bundle) = with_evidence(&["--sign", "--yes", "--key", "alice"]);
    let beside = bundle.with_extension("sig.json");
    let text = std::fs::read_to_string(&beside).expect("signatures");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    let one = file["signatures"][0].clone();
    let many = (0..32).map(|n| {
        let mut own = one.clone();
        own["key_id"] = format!("{n:016x}").into();
        own
    });
    file["signatures"] = many.collect();
    let full = file.to_string();
    std::fs::write(&beside, &full).expect("a file");
    let told = shown_only(place.cask(&BY_BOB), "passed");
    assert!(told.contains("it has 32 signatures, and can't have more"), "{told}");
    assert_eq!(std::fs::read_to_string(&beside).expect("signatures"), full);
    // One that signs again takes its own place.
    file["signatures"][31] = one;
    std::fs::write(&beside, file.to_string()).expect("a file");
    let by_alice = [&BY_BOB[..8], &["--key=alice"]].concat();
    place.cask(&by_alice).ok();
}

/// What the gate read of a snapshot is among what it judged.
#[test]
fn the_files_of_a_snapshot_are_among_the_inputs() {
    let place = shop();
    place.cask(&["gate", "snapshot", "--toolpack", PACK]).ok();
    place.cask(&["gate", "check", "--toolpack", PACK, "--evidence", "evidence"]);
    let bundle = kept(&place).pop().expect("a bundle");
    let paths: Vec<String> = lines(&bundle)
        .iter()
        .filter(|line| line["kind"] == "input")
        .map(|line| line["data"]["path"].as_str().expect("a path").to_owned())
        .collect();
    let frozen = |name: &str| paths.iter().filter(|path| path.ends_with(name)).count();
    assert_eq!(
        (frozen("digests.json"), frozen("tools.json"), frozen("policy.yaml")),
        (1, 2, 2),
        "{paths:#?}"
    );
}

/// What nobody could read again is not written: 32 MiB are the most that is checked.
#[test]
fn no_bundle_is_kept_that_is_larger_than_any_that_is_read() {
    let place = Place::new();
    // Nearly a whole line each, of numbers: there is nothing in them to be taken out.
    let number = || Node::new(cask::canon::Value::Int("7".repeat(100)));
    let data = Node::new(cask::canon::Value::List((0..9_000).map(|_| number()).collect()));
    let why = Failed::new("input", "toolpacks/shop", "it can't be read");
    let report = Report::unjudged("gate check", "0", FailOn::Any, *why.0);
    let keep = |entries: usize| {
        let inputs = (0..entries).map(|_| Entry { kind: "input", data: data.clone() }).collect();
        let args = EvidenceArgs { evidence: Some("evidence".into()), ..EvidenceArgs::default() };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            out: &mut out,
            err: &mut err,
            now: "2026-11-30T00:00:00Z".parse().expect("a time"),
            env: &|_| None,
            names: &Vec::new,
            cwd: place.root(),
            random: &|bytes| bytes.fill(0),
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        let nobody = |_: &mut Ctx| unreachable!("nothing is signed");
        deliver_kept(&report, inputs, &args, &ReportArgs::default(), nobody, &mut ctx)
    };
    let failed = keep(38).expect_err("it is too large");
    assert!(failed.0.message.contains("larger than any bundle that is read"), "{:?}", failed.0);
    assert!(kept(&place).is_empty());
    assert_eq!(keep(2).expect("it fits"), 3, "the exit code stays that of the report");
    assert_eq!(kept(&place).len(), 1);
}

#[test]
fn signatures_of_another_judgement_are_not_written_over() {
    let (place, bundle) = with_evidence(&["--sign", "--yes", "--key", "alice"]);
    let beside = bundle.with_extension("sig.json");
    let text = std::fs::read_to_string(&beside).expect("signatures");
    let at = text.find("sha256:").expect("a digest") + 7;
    let other = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    std::fs::write(&beside, &other).expect("a file");
    let told = shown_only(place.cask(&BY_BOB), "passed");
    assert!(told.contains("signatures of another judgement"), "{told}");
    assert_eq!(std::fs::read_to_string(&beside).expect("signatures"), other);
}
