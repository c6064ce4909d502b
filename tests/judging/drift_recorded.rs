//! `cask drift` with recorded calls on either side: what they show, what they do not, and how much was called.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;

use serde_json::{Value, json};
use support::{Place, Ran};

fn fixture(path: &str) -> String {
    std::fs::read_to_string(format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn har(path: &str) -> Value {
    serde_json::from_str(&fixture(path)).unwrap()
}

fn entries(har: &mut Value) -> &mut Vec<Value> {
    har["log"]["entries"].as_array_mut().unwrap()
}

/// The demo's recording with a change.
fn demo(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut har = har("capture/demo_sample.har");
    change(entries(&mut har));
    har.to_string()
}

/// A project with the demo's recording and the toolpack made of it.
fn place() -> Place {
    let place = Place::with_git();
    place.write("demo.har", demo(|_| {}));
    place.cask(&["mint", "demo.har", "-o", "toolpacks/demo"]).ok();
    place
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

/// `rule severity` of each finding, sorted.
fn told(ran: &Ran) -> Vec<String> {
    let report = json(ran);
    let found = report["findings"].as_array().unwrap();
    let mut told: Vec<String> =
        found.iter().map(|f| format!("{} {}", f["rule"], f["severity"]).replace('"', "")).collect();
    told.sort();
    told
}

fn drift(place: &Place, args: &[&str]) -> Ran {
    place.cask(&[&["drift", "--format", "json"], args].concat())
}

fn coverage(ran: &Ran) -> (u64, u64) {
    let coverage = &json(ran)["summary"]["coverage"];
    (coverage["exercised"].as_u64().unwrap(), coverage["operations"].as_u64().unwrap())
}

const PACK: &str = "toolpacks/demo";

#[test]
fn what_a_toolpack_was_made_of_is_as_it_was_locked() {
    let place = place();
    let ran = drift(&place, &["--toolpack", PACK, "--to", "demo.har"]);
    assert_eq!((ran.code, told(&ran), coverage(&ran)), (0, vec![], (8, 8)), "{}", ran.out);
    let said = place.cask(&["drift", "--toolpack", PACK, "--to", "demo.har"]).ok();
    assert!(said.contains("8 of 8 operations were called, 100 %"), "{said}");
    assert!(said.contains("what was called is as it was locked, 8 operations"), "{said}");
    // Of every recording there is.
    for name in ["shop.har", "otel_new.json"] {
        place.write(name, fixture(&format!("capture/{name}")));
        let hosts = match name {
            "shop.har" => &["-a", "api.shop.example.com", "-a", "www.shop.example.com"][..],
            _ => &[],
        };
        place.cask(&[&["mint", name, "-o", "toolpacks/other"][..], hosts].concat()).ok();
        let ran = drift(&place, &["--toolpack", "toolpacks/other", "--to", name]);
        assert_eq!((ran.code, told(&ran)), (0, vec![]), "{name}: {}{}", ran.out, ran.err);
        let (exercised, operations) = coverage(&ran);
        assert!(exercised == operations && operations > 0, "{name}: {exercised} of {operations}");
        std::fs::remove_dir_all(place.path("toolpacks/other")).unwrap();
    }
}

#[test]
fn what_calls_show_is_told_and_what_they_lack_is_not() {
    let place = place();
    let answer = |at: usize, status: u64, text: &'static str| {
        move |all: &mut Vec<Value>| {
            all[at]["response"]["status"] = json!(status);
            all[at]["response"]["content"] = json!({"mimeType": "application/json", "text": text});
        }
    };
    type Change = Box<dyn FnOnce(&mut Vec<Value>)>;
    let cases: Vec<(&str, Change, i32, &[&str], u64)> = vec![
        ("one call left out", Box::new(|all| drop(all.pop())), 0, &["op.not-observed info"], 7),
        (
            "answered 404, and two others are called with what it gave",
            Box::new(answer(5, 404, "{}")),
            2,
            &["flow.dependency-broken medium", "flow.dependency-broken medium", "obs.gone high"],
            8,
        ),
        (
            "a call of what nobody knows",
            Box::new(|all| {
                let mut new = all[7].clone();
                new["request"]["url"] = json!("https://api.example.com/api/coupons");
                all.push(new);
            }),
            1,
            &["obs.undocumented-endpoint medium"],
            8,
        ),
        (
            "a field that always came is not there",
            Box::new(answer(
                1,
                200,
                r#"{"id": "usr_123", "email": "a@b.example", "created_at": "2024-01-15T08:00:00Z"}"#,
            )),
            1,
            &["obs.schema-violation medium"],
            8,
        ),
        ("refused", Box::new(answer(5, 401, "{}")), 2, &["auth.observed-status-changed high"], 8),
        (
            "another value in the path",
            Box::new(|all| all[1]["request"]["url"] = json!("https://api.example.com/api/users/usr_999")),
            0,
            &[],
            8,
        ),
    ];
    for (name, change, code, rules, exercised) in cases {
        place.write("now.har", demo(change));
        let ran = drift(&place, &["--toolpack", PACK, "--to", "now.har"]);
        assert_eq!(
            (ran.code, told(&ran)),
            (code, rules.iter().map(|r| (*r).to_owned()).collect()),
            "{name}: {}",
            ran.out
        );
        assert_eq!(coverage(&ran), (exercised, 8), "{name}");
    }
}

#[test]
fn too_little_that_was_called_fails_where_more_is_asked_for() {
    let place = place();
    place.write("less.har", demo(|all| drop(all.drain(4..))));
    let args = ["--toolpack", PACK, "--to", "less.har"];
    let least = |percent: &'static str| drift(&place, &[&args[..], &["--min-coverage", percent]].concat());
    assert_eq!((least("50").code, coverage(&least("50"))), (0, (4, 8)));
    let low = least("51");
    assert_eq!(low.code, 1);
    assert!(told(&low).contains(&"obs.coverage-low medium".to_owned()), "{}", low.out);
    for format in ["terminal", "markdown", "github-md", "html"] {
        let ran = place.cask(&[&["drift", "--format", format][..], &args[..]].concat());
        assert!(ran.out.contains("4 of 8 operations were called, 50 %"), "{format}: {}", ran.out);
    }
    // It is about calls: nothing else can promise it.
    assert_eq!(drift(&place, &["--toolpack", PACK, "--to", PACK, "--min-coverage", "1"]).code, 3);
    assert_eq!(drift(&place, &["--toolpack", PACK, "--to", PACK, "-a", "x.example"]).code, 3);
    assert_eq!(least("101").code, 3);
}

#[test]
fn a_recording_is_taken_in_every_form_and_from_every_place() {
    let place = place();
    let stored = place.cask(&["capture", "import", "demo.har", "-a", "api.example.com"]).ok();
    let id = stored
        .split_whitespace()
        .find(|word| word.starts_with("cap_"))
        .map(|w| w.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let id = id.unwrap_or_else(|| panic!("{stored}")).to_owned();
    place.cask(&["capture", "summarize", "demo.har", "-a", "api.example.com", "-o", "demo.part"]).ok();
    let folder = format!(".caskmcp/captures/{id}");
    place.write("pack/baseline.json", place.read("toolpacks/demo/artifact/baseline.json"));
    place.write("a/demo.har", demo(|_| {}));
    place.write("a/stored/exchanges.jsonl", place.read(&format!("{folder}/exchanges.jsonl")));
    place.merge("recorded");
    for args in [
        &["--to", "demo.har"][..],
        &["--to", "demo.part"],
        &["--to", &folder],
        &["--to", &id],
        &["--capture-id", &id],
        &["--capture-path", &folder],
        &["--to", "git:HEAD:a/demo.har"],
        &["--to", "git:HEAD:a/stored"],
        &["--to", "demo.har", "-a", "api.example.com"],
    ] {
        let ran = drift(&place, &[&["--toolpack", PACK][..], args].concat());
        assert_eq!((ran.code, told(&ran)), (0, vec![]), "{args:?}: {}{}", ran.out, ran.err);
        assert_eq!(coverage(&ran), (8, 8), "{args:?}");
    }
    let ran = drift(&place, &["--baseline", "pack/baseline.json", "--capture-path", "demo.har"]);
    assert_eq!((ran.code, coverage(&ran)), (0, (8, 8)), "{}{}", ran.out, ran.err);
}

#[test]
fn what_cannot_be_heard_is_never_no_drift() {
    let place = place();
    place.write("cut.har", &demo(|_| {})[..900]);
    place.write("none.har", demo(Vec::clear));
    place.write(
        "other.har",
        demo(|all| {
            for entry in all {
                let url =
                    entry["request"]["url"].as_str().unwrap().replace("api.example.com", "api.other.example");
                entry["request"]["url"] = json!(url);
            }
        }),
    );
    for (args, said) in [
        (&["--to", "cut.har"][..], "cut.har"),
        (&["--to", "none.har"], "none.har"),
        (&["--to", "other.har"], "api.other.example (8)"),
        (&["--to", "demo.har", "-a", "a b"], "-a a b"),
        (&["--capture-id", "cap_000000000000"], "there is no stored capture of this id"),
        (&["--capture-id", "../demo"], "there is no stored capture of this id"),
        (&["--capture-path", "gone.har"], "there is no such file"),
    ] {
        let said_of = place.cask(&[&["drift", "--toolpack", PACK][..], args].concat()).failed();
        assert!(said_of.contains(said), "{args:?}: {said_of}");
    }
    // Named, it is looked at, and is no host of the toolpack.
    let ran = drift(&place, &["--toolpack", PACK, "--to", "other.har", "-a", "api.other.example"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert_eq!(told(&ran).iter().filter(|rule| *rule == "obs.host-new high").count(), 1, "{}", ran.out);
    assert_eq!(coverage(&ran), (0, 8));
}

#[test]
fn a_recording_is_held_against_what_is_described_now() {
    let place = Place::new();
    place.write("calls.har", fixture("recordings/shop.har"));
    place.write("api.yaml", fixture("recordings/shop.yaml"));
    let ran = drift(&place, &["--from", "calls.har", "--to", "api.yaml"]);
    assert_eq!((ran.code, told(&ran), coverage(&ran)), (0, vec![], (5, 5)), "{}{}", ran.out, ran.err);
    // What was called and is described no more is gone; what is new was not called.
    let text = fixture("recordings/shop.yaml").replace("  /status:", "  /health:");
    place.write("api.yaml", &text);
    let ran = drift(&place, &["--from", "calls.har", "--to", "api.yaml"]);
    assert_eq!((ran.code, told(&ran)), (2, vec!["op.removed high".to_owned()]), "{}", ran.out);
    assert_eq!(coverage(&ran), (4, 5));
    // What came is not what is promised now.
    place.write(
        "api.yaml",
        fixture("recordings/shop.yaml").replace("price: {type: [number, \"null\"]}", "price: {type: string}"),
    );
    let ran = drift(&place, &["--from", "calls.har", "--to", "api.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(told(&ran).iter().all(|rule| rule == "obs.schema-violation high"), "{}", ran.out);
    // A description that names no host is about the one that was called.
    place.write("api.yaml", fixture("recordings/shop.yaml").replace("https://api.shop.example/v1", "/v1"));
    for args in [["--from", "calls.har", "--to", "api.yaml"], ["--from", "api.yaml", "--to", "calls.har"]] {
        let ran = drift(&place, &args);
        assert_eq!(
            (ran.code, told(&ran), coverage(&ran)),
            (0, vec![], (5, 5)),
            "{args:?}: {}{}",
            ran.out,
            ran.err
        );
    }
}

#[test]
fn the_same_is_told_whatever_the_order_of_calls_was() {
    let place = place();
    place.write(
        "back.har",
        demo(|all| {
            all.pop();
            all.reverse();
        }),
    );
    place.write("now.har", demo(|all| drop(all.pop())));
    let one = drift(&place, &["--toolpack", PACK, "--to", "now.har"]);
    let two = drift(&place, &["--toolpack", PACK, "--to", "back.har"]);
    assert_eq!(one.out, two.out.replace("back.har", "now.har"));
}
