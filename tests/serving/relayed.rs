//! MCP servers of a toolpack, served: only what was approved is started, offered and called, and what a server does that
//! turned hostile since is contained. The real program, between a client of this test and a real server.

use crate::{http_server, session, support};

use std::time::{Duration, Instant};

use http_server::Http;
use serde_json::{Value, json};
use session::Session;
use support::Place;

const PACK: &str = "packs/notes";
const GIVEN: &str = "sesame-open-4711";

/// A repository with the toolpack of a server that behaves as `how.txt` says, minted while there is none.
struct Notes {
    place: Place,
}

impl Notes {
    fn unsigned(how: &str) -> Notes {
        let place = Place::with_git();
        place.write("how.txt", how);
        let line = format!("python3 {}/fixtures/live/server.py file", env!("CARGO_MANIFEST_DIR"));
        let mint = ["mint", "--mcp", &line, "--mcp-env", "GIVEN", "--start", "-o", PACK];
        place.cask_with(&mint, &[("GIVEN", GIVEN)]).ok();
        place.cask(&["key", "new", "--no-passphrase"]).ok();
        place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
        place.write(".gitignore", ".caskmcp/state/\nhow.txt\ncalls.txt\n");
        place.cask(&["gate", "sync"]).ok();
        place.merge("start");
        place.write("calls.txt", "");
        Notes { place }
    }

    fn new(how: &str) -> Notes {
        let notes = Notes::unsigned(how);
        notes.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
        notes.place.merge("approve");
        notes
    }

    fn behaves(&self, how: &str) {
        self.place.write("how.txt", how);
    }

    /// What reached the server.
    fn calls(&self) -> Vec<String> {
        self.place.read("calls.txt").lines().map(str::to_owned).collect()
    }

    /// Waits until this reached the server.
    fn reached(&self, line: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.calls().iter().any(|call| call == line) {
            assert!(Instant::now() < until, "{line} did not reach it: {:?}", self.calls());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether a process of the server is there.
    fn is_running(&self) -> bool {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.map(|process| process.path()).any(|process| {
            let line = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
            let cwd = std::fs::read_link(process.join("cwd")).unwrap_or_default();
            line.contains("server.py") && cwd == self.place.root()
        })
    }

    fn session(&self, more: &[&str]) -> Session {
        let mut command = self.place.command(&[&["run", "--toolpack", PACK], more].concat());
        command.env("GIVEN", GIVEN);
        Session::open(command)
    }

    fn log(&self) -> String {
        let found = walk(&self.place.root())
            .into_iter()
            .find(|path| path.ends_with("audit.log.jsonl") || path.extension().is_some_and(|e| e == "jsonl"));
        std::fs::read_to_string(found.expect("an audit log")).expect("the audit log")
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => walk(&path),
            path => vec![path],
        })
        .collect()
}

fn text(answer: &Value) -> &str {
    answer["content"][0]["text"].as_str().unwrap_or_default()
}

#[test]
fn what_was_approved_is_called_and_nothing_else() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    assert_eq!(session.tools(), ["read_note", "slow_note"]);
    let answer = session.call("read_note", json!({"id": 7}));
    assert_eq!((text(&answer), &answer["isError"]), ("note 7", &json!(false)));
    // The locked schema decides, and an argument that it does not name is none.
    for odd in [json!({"id": "seven"}), json!({}), json!({"id": 1, "path": "/etc/passwd"})] {
        assert_eq!(session.told("read_note", odd)["reason_code"], "denied_param_validation");
    }
    assert_eq!(session.told("delete_note", json!({"id": 1}))["reason_code"], "denied_unknown_action");
    assert_eq!(notes.calls(), ["started", r#"read_note {"id": 7}"#]);
    drop(session);
    let log = notes.log();
    assert!(log.contains(r#""origin":"mcp:notes""#) && log.contains("response_sha256"), "{log}");
    assert!(!log.contains(GIVEN), "{log}");
}

/// A call that was made must not be told as one that was not: whoever asks again makes it a second time.
#[test]
fn the_gateway_tells_a_call_that_was_made_as_made() {
    let notes = Notes::new("well");
    let mut command = notes.place.command(&["enforce", "--toolpack", PACK, "--port", "0", "--mode", "proxy"]);
    command.env("GIVEN", GIVEN);
    let http = Http::start(command);
    let call = |id: i64| {
        let said = http.ask("POST", "/execute", Some(&json!({"action": "read_note", "params": {"id": id}})));
        (said.status, said.json())
    };
    let (status, told) = call(7);
    assert_eq!(
        (status, &told["executed"], &told["decision"]),
        (200, &json!(true), &json!("allow")),
        "{told}"
    );
    assert_eq!(
        (&told["response"]["body"], &told["response"]["status_code"]),
        (&json!("note 7"), &Value::Null)
    );
    notes.behaves("dies");
    let (status, told) = call(8);
    assert_eq!((status, &told["executed"]), (502, &Value::Null), "{told}");
}

/// What agents see is what it says it is, or a line that names it.
#[test]
fn what_is_no_text_is_handed_on_where_it_is_what_it_says() {
    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
    let notes = Notes::new("well");
    notes.place.write(".gitignore", ".caskmcp/state/\nhow.txt\ncalls.txt\ncontent.json\n");
    let image = json!({"type": "image", "mimeType": "image/png", "data": PNG, "_meta": {"x": "hidden"}});
    let sound = json!({"type": "audio", "mimeType": "audio/wav", "data": "UklGRv8="});
    let archive = json!({"type": "resource", "resource": {"uri": "file:///a.zip", "mimeType": "application/zip", "blob": "UEsDBP8="}});
    let script = json!({"type": "image", "mimeType": "image/svg+xml", "data": "PHN2Zy8+"});
    let lies = json!({"type": "image", "mimeType": "image/jpeg", "data": PNG});
    let odd = json!({"type": "image", "mimeType": "image/png", "data": "no base64"});
    let all = json!([image, {"type": "text", "text": "a pixel"}, sound, archive, script, lies, odd]);
    notes.place.write("content.json", all.to_string());
    let mut session = notes.session(&[]);
    notes.behaves("binary");
    let answer = session.call("read_note", json!({"id": 1}));
    let lines = [
        "[image image/png: attached]",
        "a pixel",
        "[audio audio/wav: attached]",
        "[resource file:///a.zip: attached]",
        "[image image/svg+xml, 8 characters of base64: not handed on, it is text, and may carry what is run]",
        &format!(
            "[image image/jpeg, {} characters of base64: not handed on, it does not begin as its type does]",
            PNG.len()
        ),
        "[image image/png, 9 characters of base64: not handed on, it is no base64]",
    ];
    assert_eq!(text(&answer).lines().collect::<Vec<_>>(), lines);
    let plain = json!({"type": "image", "mimeType": "image/png", "data": PNG});
    assert_eq!(
        answer["content"].as_array().map(|all| &all[1..]),
        Some(&[plain.clone(), sound.clone(), archive.clone()][..])
    );
    drop(session);
    let large = format!("iVBORw0KGgr/{}", "AAAA".repeat(300));
    let large = json!([{"type": "image", "mimeType": "image/png", "data": large}, sound]);
    notes.place.write("content.json", large.to_string());
    let mut session = notes.session(&["--max-response-bytes", "1024"]);
    let answer = session.call("read_note", json!({"id": 1}));
    assert!(text(&answer).contains("with it the answer is larger than it may be"), "{answer}");
    assert_eq!(answer["content"].as_array().map(|all| &all[1..]), Some(&[sound.clone()][..]));
    drop(session);
    notes.place.write("content.json", all.to_string());
    // The gateway gives the same.
    let mut command = notes.place.command(&["enforce", "--toolpack", PACK, "--port", "0", "--mode", "proxy"]);
    command.env("GIVEN", GIVEN);
    let http = Http::start(command);
    let said = http.ask("POST", "/execute", Some(&json!({"action": "read_note", "params": {"id": 1}})));
    assert_eq!(said.json()["response"]["attached"], json!([plain, sound, archive]));
}

/// What was approved when it was started is no reason to let it run on.
#[test]
fn a_server_ends_when_what_is_served_can_no_longer_be_verified() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    assert_eq!(text(&session.call("read_note", json!({"id": 1}))), "note 1");
    let path = format!("{PACK}/artifact/baseline.json");
    let baseline = notes.place.read(&path);
    notes.place.write(&path, "{");
    assert_eq!(session.told("read_note", json!({"id": 2}))["reason_code"], "denied_integrity_mismatch");
    assert!(!notes.is_running());
    notes.place.write(&path, &baseline);
    assert_eq!(text(&session.call("read_note", json!({"id": 3}))), "note 3");
}

#[test]
fn nothing_is_started_that_nobody_approved() {
    let notes = Notes::unsigned("well");
    let ran = notes.place.cask(&["run", "--toolpack", PACK]);
    assert_eq!((ran.code, notes.calls().len()), (1, 0), "{}", ran.err);
    // Nor where approvals are not asked for: to try a tool out is no reason to run a program.
    std::fs::remove_file(notes.place.path(&format!("{PACK}/lockfile/caskmcp.lock.yaml"))).expect("it goes");
    let ran =
        notes.place.cask_with(&["run", "--toolpack", PACK, "--unsafe-no-lockfile"], &[("GIVEN", GIVEN)]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("only where approvals are asked for"), "{}", ran.err);
    assert!(notes.calls().is_empty());
}

#[test]
fn another_launch_line_than_the_approved_one_is_not_started() {
    let notes = Notes::new("well");
    let path = format!("{PACK}/artifact/baseline.json");
    let baseline = notes.place.read(&path);
    for (from, to) in [("server.py", "other.py"), ("\"python3\"", "\"python4\""), ("\"GIVEN\"", "\"HOME\"")] {
        let changed = baseline.replace(from, to);
        assert_ne!(changed, baseline);
        notes.place.write(&path, &changed);
        let ran = notes.place.cask_with(&["run", "--toolpack", PACK], &[("GIVEN", GIVEN)]);
        assert_eq!(ran.code, 2, "{to}: {}", ran.err);
        assert!(notes.calls().is_empty(), "{to}");
    }
}

#[test]
fn a_tool_that_is_described_otherwise_now_is_not_served() {
    let notes = Notes::new("well");
    notes.behaves("poisoned");
    let ran = notes.place.cask_with(&["run", "--toolpack", PACK], &[("GIVEN", GIVEN)]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("otherwise than it was approved"), "{}", ran.err);
    assert!(!ran.err.contains("IMPORTANT"), "what it says now is not repeated: {}", ran.err);
    assert_eq!(notes.calls(), ["started"]);
    // One more tool is nothing against the others, and is not offered.
    notes.behaves("newer");
    let mut session = notes.session(&[]);
    assert_eq!(session.tools(), ["read_note"]);
}

#[test]
fn a_tool_that_changes_while_it_is_served_is_served_no_more() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    assert_eq!(session.call("read_note", json!({"id": 2}))["isError"], false);
    notes.behaves("poisoned");
    // The call during which it says so was judged before; the next one is not made.
    session.call("read_note", json!({"id": 1}));
    assert_eq!(session.told("read_note", json!({"id": 3}))["reason_code"], "denied_integrity_mismatch");
    assert!(session.tools().is_empty());
    session.until(|session| {
        let mut told = session.notifications.iter();
        told.any(|told| told["method"] == "notifications/tools/list_changed").then_some(())
    });
    assert_eq!(notes.calls(), ["started", r#"read_note {"id": 2}"#, r#"read_note {"id": 1}"#]);
    assert!(notes.log().contains("denied_integrity_mismatch"));
}

#[test]
fn a_server_that_ends_is_told_and_started_again() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    notes.behaves("dies");
    let told = session.told("read_note", json!({"id": 1}));
    assert_eq!(told["reason_code"], "error_upstream_unreachable", "{told}");
    assert_eq!(told["executed"], Value::Null, "whether it acted is not known: {told}");
    notes.behaves("well");
    assert_eq!(text(&session.call("read_note", json!({"id": 2}))), "note 2");
    assert_eq!(notes.calls().iter().filter(|line| *line == "started").count(), 2);
}

#[test]
fn what_breaks_the_protocol_or_its_bounds_ends_the_server_and_not_us() {
    for how in ["reuse", "line"] {
        let notes = Notes::new("well");
        let mut session = notes.session(&[]);
        notes.behaves(how);
        assert_eq!(
            session.told("read_note", json!({"id": 1}))["reason_code"],
            "error_upstream_unreachable",
            "{how}"
        );
        notes.behaves("well");
        assert_eq!(text(&session.call("read_note", json!({"id": 2}))), "note 2", "{how}");
    }
    let notes = Notes::new("well");
    let mut session = notes.session(&["--max-response-bytes", "1048576"]);
    notes.behaves("long");
    let told = session.told("read_note", json!({"id": 1}));
    assert!(told.is_object(), "{}", &told.to_string()[..300]);
    assert_eq!((&told["truncated"], &told["size"]), (&json!(true), &json!(2 << 20)), "{told}");
    // A second answer to one question is nobody's.
    notes.behaves("twice");
    assert_eq!(text(&session.call("read_note", json!({"id": 2}))), "first");
    notes.behaves("well");
    assert_eq!(text(&session.call("read_note", json!({"id": 3}))), "note 3");
    notes.behaves("error");
    let told = session.told("read_note", json!({"id": 4}));
    assert_eq!((&told["error"], &told["code"]), (&json!("no such note"), &json!(-32001)));
}

#[test]
fn what_nobody_sees_and_what_it_was_given_is_taken_out_of_answers() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    notes.behaves("hidden");
    let answer = session.call("read_note", json!({"id": 1}));
    let said = text(&answer);
    assert!(said.starts_with("hidden seen ") && !said.contains(GIVEN), "{said:?}");
}

#[test]
fn data_that_are_not_what_was_promised_are_told_as_such() {
    let notes = Notes::new("structured");
    let mut session = notes.session(&[]);
    assert_eq!(session.call("read_note", json!({"id": 3}))["structuredContent"], json!({"n": 3}));
    let odd = session.call("read_note", json!({"id": 30}));
    assert_eq!(odd["isError"], true);
    assert!(odd.get("structuredContent").is_none() && text(&odd).contains("was executed"), "{odd}");
}

#[test]
fn calls_do_not_wait_for_each_other_and_who_leaves_is_told() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    let slow = session.begin("tools/call", json!({"name": "slow_note", "arguments": {"id": 6}}));
    let fast = session.begin("tools/call", json!({"name": "read_note", "arguments": {"id": 1}}));
    let (first, answer) = session.any();
    assert_eq!((first, text(&answer["result"])), (fast, "note 1"), "the other one waits for nobody");
    let gone = session.begin("tools/call", json!({"name": "slow_note", "arguments": {"id": 60}}));
    notes.reached(r#"slow_note {"id": 60}"#);
    session
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": gone}}));
    notes.reached("cancelled");
    assert_eq!(text(&session.answer(slow)["result"]), "at last");
}

#[test]
fn a_variable_that_is_not_there_is_named_and_nothing_is_started() {
    let notes = Notes::new("well");
    let ran = notes.place.cask(&["run", "--toolpack", PACK]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("it needs GIVEN, which is not there"), "{}", ran.err);
    let strict = notes.place.cask(&["run", "--toolpack", PACK, "--strict"]);
    assert_eq!(strict.code, 3, "nobody could look: {}", strict.err);
    // So does the doctor, which starts nothing.
    let doctor = |env: &[(&str, &str)]| notes.place.cask_with(&["doctor", "--toolpack", PACK], env);
    let ill = doctor(&[]);
    assert!(ill.code == 1 && ill.out.contains("server notes: it needs GIVEN"), "{}", ill.out);
    let well = doctor(&[("GIVEN", GIVEN)]);
    assert!(well.code == 0 && well.out.contains("server notes: its program"), "{}", well.out);
    assert!(notes.calls().is_empty());
}

/// It goes with us, though it does not end by itself.
#[test]
fn nothing_is_left_behind() {
    let notes = Notes::new("well");
    let mut session = notes.session(&[]);
    session.begin("tools/call", json!({"name": "slow_note", "arguments": {"id": 300}}));
    assert_eq!(text(&session.call("read_note", json!({"id": 1}))), "note 1");
    assert!(notes.is_running(), "it runs");
    let (code, _, aside) = session.close();
    assert_eq!(code, 0, "{aside:?}");
    assert!(!notes.is_running());
}

/// Whoever gives up while a server is being started leaves none behind.
#[test]
fn an_interrupted_start_takes_the_server_along() {
    let notes = Notes::new("well");
    notes.behaves("silent");
    for signal in ["INT", "TERM"] {
        notes.place.write("calls.txt", "");
        let mut command = notes.place.command(&["run", "--toolpack", PACK]);
        command.env("GIVEN", GIVEN);
        let session = Session::start(command);
        notes.reached("started");
        let pid = session.pid().to_string();
        let sent = std::process::Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal}");
        let (code, _, aside) = session.ended();
        assert_eq!(code, 130, "{signal}: {aside:?}");
        assert!(!notes.is_running(), "{signal}");
    }
}
