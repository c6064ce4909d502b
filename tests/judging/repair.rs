//! `cask repair` by the real binary: what is wrong is found, what is proposed exists and can be typed, nothing is carried
//! out, and what does not verify is never signed again.
#![cfg(unix)]

use crate::{served_shop, upstream};

use std::process::Command;

use cask::cmd::table::{ALIASES, COMMANDS};
use cask::cmd::tree::tree;
use cask::enforce::reason::ReasonCode;
use cask::repair::input::Given;
use cask::repair::{proposals, reasons};
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use upstream::Upstream;

/// A toolpack in which lint finds nothing: its API is no machine of this network.
fn sound() -> Shop {
    Shop::elsewhere(Upstream::echo(), "https://api.shop.example")
}

fn repair(shop: &Shop, more: &[&str]) -> (i32, Value) {
    let mut args = vec!["repair", "--toolpack", PACK, "--format", "json"];
    args.extend(more);
    let ran = shop.place.cask(&args);
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err)))
}

fn codes(told: &Value) -> Vec<&str> {
    let issues = told["diagnosis"]["issues"].as_array().expect("issues");
    issues.iter().filter_map(|issue| issue["code"].as_str()).collect()
}

fn actions(told: &Value) -> Vec<&str> {
    told["plan"].as_array().expect("a plan").iter().filter_map(|patch| patch["action"].as_str()).collect()
}

/// Every file of the repository and of its state, to see that nothing was carried out.
fn everything(shop: &Shop) -> String {
    let out = Command::new("sh")
        .args(["-c", "find . -type f -not -path './.git/*' -not -name '*.lock' | sort | xargs sha256sum"])
        .current_dir(shop.place.root())
        .output()
        .expect("sha256sum");
    String::from_utf8(out.stdout).expect("text")
}

fn parses(words: &[String]) -> bool {
    tree(COMMANDS, ALIASES).try_get_matches_from(words).is_ok()
}

#[test]
fn every_command_that_can_be_proposed_exists() {
    let all = proposals("packs/shop", "get_item", &Given::default());
    assert!(all.len() > 5);
    for words in &all {
        assert!(parses(words), "{words:?}");
        assert!(!words.iter().any(|word| word == "resign" || word == "reseal"), "{words:?}");
    }
    assert!(!parses(&["cask".into(), "gate".into(), "reseal-all".into()]), "the tree refuses what is none");
    // A word that no shell takes as it is stands in no command.
    for (path, name) in
        [("packs/a b", "get_item"), ("packs/shop", "a;b"), ("packs/shop", "--yes"), ("$(x)", "`x`")]
    {
        for words in proposals(path, name, &Given::default()) {
            assert!(
                !words
                    .iter()
                    .any(|word| word == path && path != "packs/shop" || word == name && name != "get_item")
            );
        }
    }
    // Commands take what the person said.
    let given = Given {
        toolpack: None,
        root: Some("../state".to_owned()),
        trust: vec![
            ("--trust", "/tmp/trust.yaml".to_owned()),
            ("--trust-pin", format!("sha256:{}", "0".repeat(64))),
        ],
        trail: Some("./runtime.jsonl".to_owned()),
    };
    let all = proposals("packs/shop", "get_item", &given);
    assert!(
        all.iter().all(|words| words.ends_with(&["--root".to_owned(), "../state".to_owned()])),
        "{all:?}"
    );
    assert!(all.iter().filter(|words| words.contains(&"--trust".to_owned())).count() == 3, "{all:?}");
    assert!(all.iter().all(|words| parses(words)), "{all:?}");
    assert!(proposals("", "x", &given).iter().all(|words| parses(words)));
}

#[test]
fn every_reason_for_which_a_call_is_refused_has_a_row() {
    for code in ReasonCode::ALL {
        let refuses = code.word().starts_with("denied_") || code.word().starts_with("error_");
        assert_eq!(reasons::knows(code.word()), refuses, "{code}");
    }
}

#[test]
fn a_sound_toolpack_is_healthy_and_nothing_is_written() {
    let shop = sound();
    let before = everything(&shop);
    let (code, told) = repair(&shop, &[]);
    assert_eq!(
        (code, &told["schema"], &told["exit_code"]),
        (0, &json!("cask.repair/1"), &json!(0)),
        "{told:#}"
    );
    assert_eq!((codes(&told), &told["plan"]), (vec![], &json!([])));
    for format in ["terminal", "markdown", "github-md"] {
        let text = shop.place.cask(&["repair", "--toolpack", PACK, "--format", format]).ok();
        assert!(text.contains("nothing is wrong"), "{format}: {text}");
    }
    assert_eq!(everything(&shop), before);
}

#[test]
fn a_text_about_another_toolpacks_tool_is_an_issue_of_its_own() {
    let shop = sound();
    let desk = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/desk");
    crate::support::copy(&desk, &shop.place.path("toolpacks/desk"));
    let (_, told) = repair(&shop, &[]);
    assert!(!codes(&told).contains(&"text.other-tool-reference"), "{told:#}");
    shop.edit(
        "artifact/tools.json",
        "\"description\": \"",
        "\"description\": \"Use instead of search_articles. ",
    );
    let (_, told) = repair(&shop, &[]);
    assert!(codes(&told).contains(&"text.other-tool-reference"), "{told:#}");
}

#[test]
fn what_nobody_signed_is_to_be_signed_and_what_was_changed_is_to_be_looked_into() {
    let shop = Shop::unsigned(Upstream::echo());
    let (code, told) = repair(&shop, &[]);
    assert_eq!(code, 1, "{told:#}");
    let signing: Vec<&str> = actions(&told).into_iter().filter(|action| *action != "mend").collect();
    assert_eq!(signing, ["gate-allow"; 4], "{told:#}");
    let commands: Vec<&Value> =
        told["plan"].as_array().unwrap().iter().map(|patch| &patch["command"]).collect();
    assert!(
        commands.contains(&&json!(["cask", "gate", "allow", "get_item", "--toolpack", PACK])),
        "{commands:?}"
    );
    assert!(
        commands.contains(&&json!(["cask", "gate", "allow", "surface", "--toolpack", PACK])),
        "{commands:?}"
    );

    let shop = sound();
    shop.edit("artifact/tools.json", "\"/items/{id}\"", "\"/other/{id}\"");
    let before = everything(&shop);
    let (code, told) = repair(&shop, &[]);
    assert_eq!(code, 2, "{told:#}");
    assert!(codes(&told).contains(&"gate.definition-mismatch"), "{told:#}");
    assert!(actions(&told).contains(&"investigate"), "{told:#}");
    for patch in told["plan"].as_array().unwrap() {
        let text = patch["command"].to_string();
        assert!(!text.contains("resign") && !text.contains("allow\",\"get_item"), "{text}");
    }
    assert_eq!(everything(&shop), before, "it carries out nothing");
}

#[test]
fn a_forged_signature_is_never_proposed_to_be_made_anew() {
    let shop = sound();
    let path = format!("{PACK}/lockfile/caskmcp.lock.yaml");
    let lock = shop.place.read(&path);
    let at = lock.rfind("signature: ").expect("a signature") + "signature: ".len();
    let other = if lock.as_bytes()[at] == b'A' { "B" } else { "A" };
    let mut forged = lock.clone();
    forged.replace_range(at..=at, other);
    shop.place.write(&path, forged);
    let (code, told) = repair(&shop, &[]);
    assert_eq!((code, codes(&told).contains(&"sig.invalid")), (2, true), "{told:#}");
    assert!(actions(&told).iter().all(|action| *action == "investigate"), "{told:#}");
}

#[test]
fn reports_are_found_where_they_are_written_and_only_those_of_this_toolpack_count() {
    let shop = sound();
    let changed = shop.place.read("api.yaml").replace("/items/{id}", "/things/{id}");
    shop.place.write("now.yaml", changed);
    let file = ".caskmcp/reports/drift.json";
    let drift = ["drift", "--toolpack", PACK, "--to", "now.yaml", "--format", "json", "--output", file];
    assert_eq!(shop.place.cask(&drift).code, 2);
    let (code, told) = repair(&shop, &[]);
    assert_eq!((code, actions(&told).contains(&"re-mint")), (1, true), "{told:#}");
    assert!(told["diagnosis"]["by_source"]["drift"].as_u64() > Some(0), "{told:#}");
    assert_eq!(repair(&shop, &["--from", file]).1["plan"], told["plan"]);
    // One of another toolpack: passed over where it was found, refused where it was named.
    let other = shop.place.read(file).replace("\"id\": \"tp_", "\"id\": \"tp_x");
    shop.place.write(file, other);
    assert_eq!(repair(&shop, &[]).0, 0);
    let named = shop.place.cask(&["repair", "--toolpack", PACK, "--from", file]);
    assert!(named.failed().contains("another"));
    shop.place.write(file, "{");
    shop.place.cask(&["repair", "--toolpack", PACK]).failed();
    shop.place.cask(&["repair", "--toolpack", PACK, "--from", "nothing.json"]).failed();
    shop.place.cask(&["repair", "--toolpack", "nowhere"]).failed();
    shop.place.cask(&["repair"]).failed();
}

#[test]
fn refused_calls_are_told_and_a_broken_trail_is_kept_as_it_is() {
    let shop = sound();
    let mut session = shop.session(&["--toolset", "operator"]);
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let id =
        session.begin("tools/call", json!({"name": format!("$(rm -rf ~)\u{202e}{secret}"), "arguments": {}}));
    session.answer_to(&json!(id));
    session.close();
    let (code, told) = repair(&shop, &[]);
    assert_eq!((code, codes(&told)), (1, vec!["denied_unknown_action"]), "{told:#}");
    assert!(!told.to_string().contains(secret), "{told:#}");
    let path = ".caskmcp/state/audit/runtime.jsonl";
    let text = shop.place.read(path);
    shop.place.write(path, text.replacen("\"deny\"", "\"none\"", 1));
    let (code, told) = repair(&shop, &[]);
    assert_eq!((code, codes(&told)[0]), (2, "chain-broken"), "{told:#}");
    assert!(actions(&told).contains(&"audit-verify"), "{told:#}");
}

#[test]
fn files_are_written_where_a_folder_is_named_and_the_script_is_safe_to_run() {
    let shop = Shop::unsigned(Upstream::echo());
    // A name that no shell takes as it is.
    let hostile = "get; rm -rf $HOME `x` ' \\\" \\n@admin";
    shop.edit("artifact/tools.json", "\"name\": \"get_item\"", &format!("\"name\": \"{hostile}\""));
    shop.edit("artifact/toolsets.yaml", "- get_item", &format!("- \"{hostile}\""));
    let ran = shop.place.cask(&["repair", "--toolpack", PACK, "-o", "out", "--format", "markdown"]);
    assert_eq!(ran.code, shop.place.cask(&["repair", "--toolpack", PACK]).code);
    assert!(ran.code == 1 || ran.code == 2, "{}", ran.err);
    let mut names: Vec<String> = std::fs::read_dir(shop.place.path("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert_eq!(names, ["diagnosis.json", "patch.commands.sh", "repair.json", "repair.md"]);
    let script = shop.place.read("out/patch.commands.sh");
    for line in script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert!(line == "set -u" || parses(&words), "{line}");
        assert!(!line.contains("allow") && !line.contains("sync"), "only what looks is live: {line}");
    }
    assert!(!script.contains("rm -rf"), "{script}");
    let whole: Value = serde_json::from_str(&shop.place.read("out/repair.json")).expect("JSON");
    let alone: Value = serde_json::from_str(&shop.place.read("out/diagnosis.json")).expect("JSON");
    assert_eq!(whole["diagnosis"], alone);
    let checked =
        Command::new("sh").args(["-n", "patch.commands.sh"]).current_dir(shop.place.path("out")).status();
    assert!(checked.expect("sh").success());
    let page = shop.place.read("out/repair.md");
    assert!(!page.contains("@admin"), "{page}");
}

#[test]
fn without_a_trust_file_the_repository_is_to_be_put_under_the_gate() {
    let shop = sound();
    std::fs::remove_file(shop.place.path(".caskmcp/trust.yaml")).expect("a trust file");
    shop.place.merge("no trust");
    let (code, told) = repair(&shop, &[]);
    assert_eq!(code, 1, "{told:#}");
    assert!(codes(&told).contains(&"trust-missing") && actions(&told).contains(&"adopt"), "{told:#}");
}
