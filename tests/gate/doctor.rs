//! `cask doctor` as a person runs it: a repository on GitHub (on this machine), and a toolpack that is to be served.

use crate::{protected, served_shop, support, upstream};

use protected::{TOKEN, doctor, github};
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use support::Place;
use upstream::Upstream;

#[test]
fn what_protects_the_gate_is_told_with_what_is_missing_and_what_was_not_seen() {
    let all = doctor(&github(""), &[]);
    assert_eq!(all.code, 0, "{}{}", all.out, all.err);
    assert!(all.out.contains("acme/shop on main"), "{}", all.out);
    let missing = doctor(&github("check"), &["--format", "json"]);
    let told: Value = serde_json::from_str(&missing.out).expect("JSON");
    assert_eq!((missing.code, &told["schema"]), (1, &json!("cask.protections/1")));
    let protections = told["protections"].as_array().expect("a list");
    let states: Vec<&str> = protections.iter().filter_map(|one| one["state"].as_str()).collect();
    assert!(states.contains(&"missing"), "{told}");
    let without_fix = protections.iter().any(|one| one["state"] == "missing" && one["fix"].is_null());
    assert!(!without_fix, "{told}");
    // What could not be seen is never taken for there.
    let unseen = doctor(&github("rules"), &[]);
    assert_eq!(unseen.code, 3, "{}", unseen.out);
    assert!(unseen.out.contains("not looked at"), "{}", unseen.out);
    for ran in [&all, &unseen, &doctor(&github("check"), &[])] {
        assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    }
    for ran in [&all, &missing, &unseen] {
        assert!(!format!("{}{}", ran.out, ran.err).contains(TOKEN));
    }
}

#[test]
fn nobody_is_asked_without_a_token_or_a_repository() {
    let place = Place::new();
    assert!(place.cask(&["doctor", "--github"]).failed().contains("no repository"));
    let ran = place.cask(&["doctor", "--github", "--repo", "acme/shop"]);
    assert!(ran.failed().contains("no token"));
    assert!(place.cask(&["doctor", "--github", "--repo", "acme"]).failed().contains("OWNER/NAME"));
    place.cask(&["doctor"]).failed();
}

#[test]
fn what_keeps_a_toolpack_from_being_served_is_told_as_run_would_say_it() {
    let shop = Shop::new(Upstream::echo());
    let ask = |more: &[&str]| {
        let mut args = vec!["doctor", "--toolpack", PACK, "--format", "json"];
        args.extend(more);
        let ran = shop.place.cask(&args);
        (ran.code, serde_json::from_str::<Value>(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err)))
    };
    let (code, told) = ask(&[]);
    assert_eq!((code, &told["schema"], &told["served"]), (0, &json!("cask.doctor/1"), &json!(2)), "{told}");
    assert_eq!(told["toolset"], "readonly");
    assert_eq!(ask(&["--toolset", "operator"]).1["served"], 3);
    // One tool that was changed is broken, and the others are served.
    let tools = format!("{PACK}/artifact/tools.json");
    let before = shop.place.read(&tools);
    shop.edit("artifact/tools.json", "\"/items/{id}\"", "\"/other/{id}\"");
    let (code, told) = ask(&[]);
    assert_eq!(code, 2, "{told}");
    shop.place.write(&tools, before);
    // The surface is one thing, told once.
    shop.edit("artifact/policy.yaml", "default_action: deny", "default_action: allow");
    let (code, told) = ask(&[]);
    let checks = told["checks"].as_array().expect("a list");
    let surfaces =
        checks.iter().filter(|check| check["id"] == "surface" && check["state"] == "broken").count();
    assert_eq!((code, surfaces, &told["served"]), (2, 1, &json!(0)), "{told}");
    assert!(checks.iter().all(|check| check["id"] != "tool"), "{told}");
    let words = shop.place.cask(&["doctor", "--toolpack", PACK]);
    assert!(words.out.contains("denied_integrity_mismatch"), "{}", words.out);
    assert!(words.out.contains(&format!("cask gate allow surface --toolpack {PACK}\n")), "{}", words.out);
    assert!(words.out.lines().all(|line| line.chars().count() <= 80), "{}", words.out);
}
