//! A toolpack made of recordings, of summaries of them, and of both beside a description, by the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Output;

use super::mint::Work;

/// A recording of the suite of `capture`, where the commands run.
fn recording(work: &Work, name: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/capture").join(name);
    std::fs::copy(from, work.path(name)).unwrap();
}

fn ok(output: Output) -> String {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_recording_becomes_tools_with_the_tiers_that_a_person_would_give() {
    let work = Work::new();
    recording(&work, "demo_sample.har");
    let said = ok(work.cask(&["mint", "demo_sample.har", "-o", "toolpacks/demo"]));
    for line in [
        "  high        3  create_user  delete_user  update_user",
        "  medium      1  create_order",
        "  low         2  get_user  list_users",
        "  safe        2  get_product  list_products",
        "redacted     8 authorization headers, 6 e-mail addresses",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let all = work.files_in("toolpacks/demo");
    assert_eq!(all.len(), 6);
    for (path, text) in &all {
        assert!(!text.contains("john@example.com") && !text.contains("eyJ"), "{path}");
        assert_eq!(text.lines().find_map(cask::capture::leaks), None, "{path}");
    }
    let pending = work.cask(&["gate", "check", "--toolpack", "toolpacks/demo"]);
    assert_ne!(pending.status.code(), Some(0), "nobody approved anything");
}

#[test]
fn recordings_and_summaries_of_them_give_the_same_bytes_in_any_order() {
    let work = Work::new();
    for name in ["demo_sample.har", "shop.har", "otel_new.json"] {
        recording(&work, name);
    }
    let hosts = ["-a", "api.example.com", "-a", "*.shop.example.com"];
    let mint = |sources: &[&str], out: &str, hosts: &[&str]| {
        let args = [&["mint"], sources, hosts, &["-n", "both", "-o", out]].concat();
        ok(work.cask(&args));
        work.files_in(out)
    };
    let whole = mint(&["demo_sample.har", "shop.har"], "one", &hosts);
    assert_eq!(whole, mint(&["shop.har", "demo_sample.har"], "two", &hosts));
    for name in ["demo_sample.har", "shop.har"] {
        let part = format!("{name}.part");
        ok(work.cask(&[&["capture", "summarize", name, "-o", &part][..], &hosts].concat()));
    }
    assert_eq!(whole, mint(&["shop.har.part", "demo_sample.har.part"], "three", &[]));
    let both = ["capture", "summarize", "shop.har", "demo_sample.har", "-o", "both.part"];
    ok(work.cask(&[&both[..], &hosts].concat()));
    assert_eq!(whole, mint(&["both.part"], "four", &[]));

    // A summary knows what kind of recordings it is of.
    let spans = ["-a", "billing.example.com"];
    let whole = mint(&["otel_new.json"], "six", &spans);
    ok(work.cask(&[&["capture", "summarize", "otel_new.json", "-o", "otel.part"][..], &spans].concat()));
    assert_eq!(whole, mint(&["otel.part"], "seven", &[]));
    work.run(3, &["mint", "otel.part", "--input-format", "har", "-o", "five"]);

    // What is in one already, and what was made under other options.
    let twice = work.cask(&["mint", "both.part", "shop.har.part", "-o", "five"]);
    assert_eq!(twice.status.code(), Some(3), "{}", text(&twice.stderr));
    ok(work.cask(&["capture", "summarize", "shop.har", "-a", "api.shop.example.com", "-o", "other.part"]));
    let other = work.cask(&["mint", "demo_sample.har.part", "other.part", "-o", "five"]);
    assert_eq!(other.status.code(), Some(3), "{}", text(&other.stderr));
    assert!(!work.path("five").exists());
}

#[test]
fn calls_and_a_description_of_the_same_api_become_one() {
    let work = Work::new();
    let call = |path: &str, status: u16, body: &str| {
        format!(
            r#"{{"startedDateTime": "2026-01-01T10:00:00Z", "time": 12, "request": {{"method": "GET",
            "url": "https://api.shop.example{path}", "headers": [{{"name": "Authorization", "value": "Bearer abcdefghijklmnopqrstuvwx"}}]}},
            "response": {{"status": {status}, "headers": [{{"name": "Content-Type", "value": "application/json"}}],
            "content": {{"mimeType": "application/json", "text": {}}}}}}}"#,
            serde_json::to_string(body).unwrap()
        )
    };
    let calls = [
        call("/v1/users/7", 200, r#"{"id": 7, "email": "ann@shop.example", "plan": "free"}"#),
        call("/v1/users/8", 200, r#"{"id": 8, "email": "bob@shop.example", "plan": "free"}"#),
        call("/v1/stock", 200, r#"{"left": 3}"#),
    ];
    work.write("calls.har", &format!(r#"{{"log": {{"version": "1.2", "entries": [{}]}}}}"#, calls.join(",")));
    let said = ok(work.cask(&["mint", "openapi.yaml", "calls.har", "-o", "toolpacks/shop"]));
    assert!(said.contains("read         openapi.yaml: OpenAPI"), "{said}");
    assert!(said.contains("calls.har: 3 calls, 3 to api.shop.example"), "{said}");
    let baseline = work.read("toolpacks/shop/artifact/baseline.json");
    let users =
        baseline.split("\"api.shop.example/v1/users/{user_id} GET\"").nth(1).expect("one entry of both");
    let users = users.split("\"api.shop.example/").next().unwrap();
    assert!(users.contains(r#""basis": "both""#) && users.contains(r#""count": 2"#), "{users}");
    // The description's word on the type stands.
    assert!(users.contains(r#""type": "integer""#), "{users}");
    let tools = work.read("toolpacks/shop/artifact/tools.json");
    assert!(
        tools.contains("\"name\": \"get_stock\"") && tools.contains("\"name\": \"cancel_order\""),
        "{tools}"
    );
    assert!(!tools.contains("ann@shop") && !baseline.contains("ann@shop"));
}

#[test]
fn a_recording_of_which_nothing_is_wanted_writes_nothing_and_names_what_was_seen() {
    let work = Work::new();
    recording(&work, "shop.har");
    work.write("cut.har", &std::fs::read_to_string(work.path("shop.har")).unwrap()[..2_000]);
    std::fs::create_dir(work.path("toolpacks-not")).unwrap();
    ok(work.cask(&["capture", "summarize", "shop.har", "-a", "api.shop.example.com", "-o", "all.part"]));
    for (args, said) in [
        (vec!["shop.har", "-a", "api.other.example"], "api.shop.example.com"),
        (vec!["cut.har"], "cut.har"),
        (vec!["ftp://shop.example/"], "it is no address of a page"),
        (vec!["shop.har", "--input-format", "otel"], "har"),
        (vec!["shop.har", "--redaction-profile", "none"], "default_safe"),
        (vec!["openapi.yaml", "--redaction-profile", "none"], "default_safe"),
        (vec!["shop.har", "--input-format", "openapi"], "describes nothing"),
        (vec!["shop.har", "toolpacks-not/../shop.har"], "named twice"),
        (vec!["all.part", "--redaction-profile", "high_risk_pii"], "summarize anew"),
    ] {
        let done = work.cask(&[&["mint", "-o", "toolpacks/shop"], &args[..]].concat());
        assert_eq!(done.status.code(), Some(3), "{args:?}");
        assert!(text(&done.stderr).contains(said), "{args:?}: {}", text(&done.stderr));
        assert!(!work.path("toolpacks").exists(), "{args:?}");
    }
}

#[test]
fn what_a_summary_says_of_itself_reaches_the_terminal_escaped() {
    let work = Work::new();
    recording(&work, "demo_sample.har");
    ok(work.cask(&["capture", "summarize", "demo_sample.har", "-a", "api.example.com", "-o", "demo.part"]));
    let part = work.read("demo.part");
    assert!(part.contains("\"authorization header\":"), "{}", part.lines().next().unwrap());
    work.write("demo.part", &part.replace("\"authorization header\":", r#""\u001b[2Jheader\u202e":"#));
    let said = ok(work.cask(&["mint", "demo.part", "-o", "toolpacks/demo"]));
    assert!(said.contains("[2Jheader") && !said.contains(['\u{1b}', '\u{202e}']), "{said}");
}

#[test]
fn an_example_of_a_credential_in_a_description_does_not_keep_recordings_out() {
    let work = Work::new();
    recording(&work, "demo_sample.har");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let long = format!("{} Authorization: Bearer {jwt}", "word ".repeat(190));
    work.write(
        "login.yaml",
        &format!(
            "openapi: 3.1.0\nservers: [{{url: https://api.example.com}}]\npaths:\n  /login:\n    post: {{description: \"Send {jwt}, or api_key=abc12345x\"}}\n  /logout:\n    post: {{description: \"{long}\"}}\n"
        ),
    );
    for sources in [&["login.yaml", "demo_sample.har"][..], &["demo_sample.har"]] {
        // The second time it stands in the toolpack that there was.
        ok(work.cask(&[&["mint"], sources, &["-o", "toolpacks/demo"]].concat()));
    }
    assert!(work.read("toolpacks/demo/artifact/tools.json").contains(jwt));
}

#[test]
fn an_approved_toolpack_of_recordings_is_made_again_and_stays_approved() {
    let work = Work::new();
    recording(&work, "demo_sample.har");
    let mint = ["mint", "demo_sample.har", "-o", "toolpacks/shop"];
    work.run(0, &mint);
    work.approve();
    let approved = work.files();
    let said = work.run(0, &mint);
    assert!(said.contains("everything is approved"), "{said}");
    assert_eq!(work.files(), approved);
}
