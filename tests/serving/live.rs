//! MCP servers that are started and asked: what honest ones say is locked, and what hostile ones do is contained. Each is
//! a real program on real pipes.

use crate::support;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Place, Ran};

const PACK: &str = "packs/notes";

fn server(how: &str) -> String {
    format!("python3 {}/fixtures/live/server.py {how}", env!("CARGO_MANIFEST_DIR"))
}

fn minted(place: &Place, how: &str, more: &[&str]) -> Ran {
    place.cask(&[&["mint", "--mcp", &server(how), "--start", "-o", PACK], more].concat())
}

/// What a command that could not told, in one line: where lines break hangs on the lengths of paths.
fn refused(ran: Ran) -> String {
    ran.failed().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What one that could told, the same way.
fn told(ran: Ran) -> String {
    ran.ok().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn baseline(place: &Place) -> Value {
    serde_json::from_str(&place.read(&format!("{PACK}/artifact/baseline.json"))).expect("JSON")
}

fn locked(place: &Place) -> Value {
    baseline(place)["mcp"]["notes"].clone()
}

#[test]
fn what_a_server_says_is_locked_with_how_it_was_started() {
    let place = Place::with_git();
    let told = told(minted(&place, "well", &[]));
    assert!(told.contains("notes: MCP server") && told.contains("1 tool from 1 operation"), "{told}");
    let text = place.read(&format!("{PACK}/artifact/baseline.json"));
    assert!(text.contains("18446744073709551617"), "what it says is kept as it came");
    let locked = locked(&place);
    assert_eq!(locked["protocol_version"], "2025-11-25");
    assert_eq!(locked["launch"]["command"], "python3");
    assert_eq!(locked["launch"]["transport"], "stdio");
    assert_eq!(locked["unstable"], Value::Null);
    let header = place.read(&format!("{PACK}/toolpack.yaml"));
    assert!(header.contains("kind: mcp-live") && header.contains("name: notes"), "{header}");
    // Asked again, it is the same to the byte.
    let again = minted(&place, "well", &[]).ok();
    assert!(again.contains("as it was"), "{again}");
    assert_eq!(place.read(&format!("{PACK}/artifact/baseline.json")), text);
}

#[test]
fn a_server_without_a_handshake_is_asked_as_it_wants_to_be() {
    let place = Place::with_git();
    minted(&place, "stateless", &[]).ok();
    let locked = locked(&place);
    assert_eq!(locked["protocol_version"], "2026-07-28");
    assert_eq!(locked["server_info"]["version"], "2.0.0");
    assert!(locked["tools"]["read_note"].is_object());
}

#[test]
fn all_pages_are_read_and_what_a_server_asks_is_answered() {
    for how in ["pages", "asks", "changed", "stderr"] {
        let place = Place::with_git();
        minted(&place, how, &[]).ok();
        let tools = locked(&place)["tools"].as_object().expect("tools").len();
        assert_eq!(tools, if how == "pages" { 3 } else { 1 }, "{how}");
    }
}

#[test]
fn a_server_that_does_not_say_the_same_twice_is_marked_and_judged() {
    let place = Place::with_git();
    let told = told(minted(&place, "changing", &[]));
    assert!(told.contains("did not say the same of its tools"), "{told}");
    assert_eq!(locked(&place)["unstable"], true);
    let steady = Place::with_git();
    minted(&steady, "well", &[]).ok();
    let drift = steady.cask(&["drift", "--toolpack", PACK, "--mcp", &server("changing"), "--start"]);
    assert_eq!(drift.code, 2, "{}{}", drift.out, drift.err);
    assert!(drift.out.contains("mcp.tools-unstable"), "{}", drift.out);
}

#[test]
fn what_changed_since_it_was_locked_drifts() {
    let place = Place::with_git();
    minted(&place, "well", &[]).ok();
    let drift = |how: &str| {
        let line = server(how);
        place.cask(&["drift", "--toolpack", PACK, "--mcp", &line, "--start", "--format", "json"])
    };
    let rules = |ran: &Ran| -> Vec<String> {
        let report: Value = serde_json::from_str(&ran.out).expect("JSON");
        let findings = report["findings"].as_array().expect("findings");
        findings.iter().map(|f| f["rule"].as_str().expect("a rule").to_owned()).collect()
    };
    let same = drift("well");
    assert_eq!((same.code, rules(&same)), (0, Vec::new()), "{}", same.out);
    let poisoned = drift("poisoned");
    assert!(rules(&poisoned).iter().any(|rule| rule.starts_with("text.")), "{:?}", rules(&poisoned));
    let newer = drift("newer");
    assert!(rules(&newer).contains(&"mcpt.added".to_owned()), "{:?}", rules(&newer));
    // Another launch line is drift too.
    assert!(rules(&newer).iter().any(|rule| rule.starts_with("mcp.launch")), "{:?}", rules(&newer));
    assert!(refused(place.cask(&["drift", "--toolpack", PACK])).contains("what is there now"));
    // Two things that are there now: neither is started to find that out.
    let marker = place.path("started");
    let line = format!("touch {}", marker.display());
    let both = ["drift", "--toolpack", PACK, "--to", "x.json", "--mcp", &line, "--start"];
    assert!(refused(place.cask(&both)).contains("more than one thing") && !marker.exists());
}

/// What a server gets to see of the machine: where programs are, and a home of its own.
#[test]
fn a_server_sees_no_variable_and_no_home_of_the_one_who_starts_it() {
    let place = Place::with_git();
    let line = server("environment");
    let args = ["mint", "--mcp", &line, "--start", "-o", PACK, "--mcp-env", "GIVEN"];
    place.cask_with(&args, &[("GIVEN", "word-of-mine"), ("SECRET_TOKEN", "x"), ("LANG", "C.UTF-8")]).ok();
    let locked = locked(&place);
    let told = locked["tools"]["read_note"]["raw"]["description"].as_str().expect("a text");
    assert!(told.contains("GIVEN") && told.contains("PATH") && told.contains("LANG"), "{told}");
    assert!(!told.contains("SECRET_TOKEN") && !told.contains("CASK_"), "{told}");
    assert!(!told.contains(&place.person), "its home is none of ours: {told}");
    let home = told.split(" in ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a home");
    assert!(!std::path::Path::new(home).exists(), "{home} is taken away");
    assert_eq!(locked["launch"]["env"], serde_json::json!(["GIVEN"]));
    assert!(refused(place.cask(&args)).contains("no variable of this name"));
    // What it was given in confidence is not committed because it repeats it.
    let line = server("leaks");
    let args = ["mint", "--mcp", &line, "--start", "-o", "packs/leaks", "--mcp-env", "GIVEN"];
    let told = refused(place.cask_with(&args, &[("GIVEN", "word-of-mine")]));
    assert!(told.contains("the value of GIVEN") && !told.contains("word-of-mine"), "{told}");
    assert!(!place.path("packs/leaks").exists());
}

#[test]
fn a_hostile_server_is_contained_and_nothing_is_written() {
    for (how, why) in [
        ("dies", "ended with code 7"),
        ("line", "more than 16 MiB in one message"),
        ("flood", "other messages instead of an answer"),
        ("endless", "lists more than 10000 tools"),
        ("circle", "lead round in a circle"),
        ("reuse", "which is not open"),
        ("refuses", "refused to begin"),
    ] {
        let place = Place::with_git();
        let start = Instant::now();
        let told = refused(minted(&place, how, &[]));
        assert!(told.contains(why), "{how}: {told}");
        assert!(!told.contains('\u{1b}'), "{how}: what it says is shown, not done: {told}");
        assert!(start.elapsed() < Duration::from_secs(60), "{how}: {:?}", start.elapsed());
        assert!(!place.path(PACK).exists(), "{how}: nothing is written");
    }
}

/// What a server starts in turn ends with it.
#[cfg(target_os = "linux")]
#[test]
fn a_server_leaves_no_process_behind() {
    let place = Place::with_git();
    minted(&place, "child", &[]).ok();
    let mine = place.dir.path().canonicalize().expect("a folder");
    let left = std::fs::read_dir("/proc").expect("processes").flatten().any(|process| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        command == b"sleep\x00300\x00"
            && std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&mine))
    });
    assert!(!left);
}

/// What a client starts is locked under the names that it has there, and as it is written there.
#[test]
fn the_servers_of_a_clients_configuration_are_locked_as_it_has_them() {
    let place = Place::with_git();
    let script = format!("{}/fixtures/live/server.py", env!("CARGO_MANIFEST_DIR"));
    let config = serde_json::json!({"mcpServers": {
        "notes": {"command": "python3", "args": [script, "well"], "env": {"TOKEN": "${NOTES_TOKEN}", "MODE": "${MODE:-fast}"}},
        "other": {"command": "python3", "args": [script, "environment"], "env": {"GIVEN": "${NOTES_TOKEN}"}},
        "far": {"url": "https://mcp.example.com/mcp", "oauth": {"scopes": ["notes"]}}
    }});
    place.write(".mcp.json", config.to_string());
    let args = ["mint", "--mcp-config", ".mcp.json", "--start", "-o", PACK];
    let told = refused(place.cask(&args));
    assert!(told.contains("${NOTES_TOKEN}"), "{told}");
    assert!(!place.path(PACK).exists());
    let ran = place.cask_with(&args, &[("NOTES_TOKEN", "word-of-mine")]);
    assert!(ran.err.contains("not asked") && ran.err.contains("far"), "{}", ran.err);
    ran.ok();
    let baseline = baseline(&place);
    let servers = baseline["mcp"].as_object().expect("servers");
    assert_eq!(servers.keys().collect::<Vec<_>>(), ["notes", "other"]);
    assert_eq!(servers["notes"]["launch"]["env"], serde_json::json!(["MODE", "TOKEN"]));
    let told = servers["other"]["tools"]["read_note"]["raw"]["description"].as_str().expect("a text");
    assert!(told.contains("given=12"), "it got what the file gives it: {told}");
    // What fills in arguments is locked as it is written, and in nobody's log though the server repeats it as it dies.
    let config = serde_json::json!({"mcpServers": {"notes": {"command": "python3", "args": [script, "dies", "--key=${NOTES_TOKEN}"]}}});
    place.write(".mcp.json", config.to_string());
    let told = refused(place.cask_with(&args, &[("NOTES_TOKEN", "word-of-mine")]));
    assert!(told.contains("--key=${NOTES_TOKEN}") && !told.contains("word-of-mine"), "{told}");
    assert!(told.contains("[2J with …"), "{told}");
    let url = serde_json::json!({"mcpServers": {"far": {"type": "ws", "url": "wss://mcp.example.com/mcp"}}});
    place.write("far.json", url.to_string());
    let args = ["mint", "--mcp-config", "far.json", "--start", "-o", "packs/far"];
    assert!(refused(place.cask(&args)).contains("over web sockets"));
}

/// Once it runs, a server can say of itself what suits it; which release it is is asked before.
#[cfg(unix)]
#[test]
fn which_release_ran_is_npms_word_and_not_the_servers() {
    let place = Place::with_git();
    let npm = script(
        &place,
        "npm",
        r#"[ "$1 $2 $3 $4" = "view --json -- @scope/notes@1.2.3" ] && echo '{"version": "1.2.3", "dist.integrity": "sha512-of-npm"}'"#,
    );
    script(&place, "npx", &format!("[ -z \"$(ls -A \"$HOME\")\" ] && exec {}", server("well")));
    let args = ["mint", "--mcp", "npx -y @scope/notes@1.2.3", "--start", "-o", PACK];
    place.cask_with(&args, &[("PATH", &npm)]).ok();
    let package = locked(&place)["launch"]["package"].clone();
    assert_eq!(
        package,
        serde_json::json!({"registry": "npm", "name": "@scope/notes", "version": "1.2.3", "integrity": "sha512-of-npm"})
    );
    script(&place, "npm", "echo 'npm error code E404' >&2; exit 1");
    let told = told(place.cask_with(&args, &[("PATH", &npm)]));
    assert!(told.contains("its digest, are not locked") && told.contains("E404"), "{told}");
}

/// pip tells of what `uvx` fetches, and has nothing to build in the folder that it is asked in.
#[cfg(unix)]
#[test]
fn which_release_of_python_ran_is_pips_word() {
    let place = Place::with_git();
    let report = r#"{"install": [{"metadata": {"version": "1.2.3"}, "download_info": {"archive_info": {"hashes": {"sha256": "0f"}}}}]}"#;
    let asked = format!(
        r#"case "$*" in *"-m pip install --dry-run"*"--only-binary :all:"*"-- notes==1.2.3") [ -z "$(ls -A)" ] && echo '{report}' ;; *) exec {} "$@" ;; esac"#,
        on_path("python3")
    );
    let path = script(&place, "python3", &asked);
    script(&place, "uvx", &format!("exec {}", server("well")));
    let args = ["mint", "--mcp", "uvx notes@1.2.3", "--start", "-o", PACK];
    place.cask_with(&args, &[("PATH", &path)]).ok();
    assert_eq!(
        locked(&place)["launch"]["package"],
        serde_json::json!({"registry": "pypi", "name": "notes", "version": "1.2.3", "integrity": "sha256:0f"})
    );
}

/// Puts a program in front of all others; the PATH with it is returned.
#[cfg(unix)]
fn script(place: &Place, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let bin = place.dir.path().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let path = bin.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    format!("{}:{}", bin.display(), std::env::var("PATH").expect("a path"))
}

/// Where a program lies.
#[cfg(unix)]
fn on_path(name: &str) -> String {
    let path = std::env::var_os("PATH").expect("a path");
    let mut all = std::env::split_paths(&path).map(|dir| dir.join(name));
    all.find(|path| path.is_file()).expect("it is installed").display().to_string()
}

/// Whoever interrupts a command must not leave a stranger's program behind.
#[cfg(target_os = "linux")]
#[test]
fn a_command_that_is_interrupted_takes_its_server_along() {
    let place = Place::with_git();
    let temp = place.dir.path().join("temp");
    std::fs::create_dir(&temp).expect("a folder");
    let line = server("silent");
    let mut command = place.command(&["mint", "--mcp", &line, "--start", "-o", PACK]);
    let mut child = command.env("TMPDIR", &temp).spawn().expect("it starts");
    let running = || {
        std::fs::read_dir("/proc").expect("processes").flatten().any(|process| {
            let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            let own = std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == place.root());
            own && command.contains("server.py silent") && !command.contains("--mcp")
        })
    };
    let until = Instant::now() + Duration::from_secs(20);
    while !running() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(running(), "it runs");
    std::thread::sleep(Duration::from_millis(300));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(!running(), "its server ended too");
    assert_eq!(std::fs::read_dir(&temp).expect("a folder").count(), 0, "and its home is gone");
}

#[test]
fn nothing_is_started_without_a_yes_or_for_a_change_from_outside() {
    let place = Place::with_git();
    let marker = place.path("started");
    let line = format!("touch {}", marker.display());
    let told = refused(place.cask(&["mint", "--mcp", &line, "-o", PACK]));
    assert!(told.contains("--start"), "{told}");
    // It would be locked with the line, and committed.
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let told =
        refused(place.cask(&["mint", "--mcp", &format!("{line} --token={token}"), "--start", "-o", PACK]));
    assert!(told.contains("a credential") && !told.contains(&token) && !marker.exists(), "{told}");
    for bad in ["", "  ", "'open"] {
        assert!(
            refused(place.cask(&["mint", "--mcp", bad, "--start", "-o", PACK])).contains("no launch line")
        );
    }
    let repo = |id: u64| serde_json::json!({"id": id, "name": "r", "full_name": "o/r", "owner": {"login": "o", "id": 1}});
    let branch = |id: u64| serde_json::json!({"ref": "b", "sha": "0".repeat(40), "repo": repo(id), "user": {"login": "o", "id": 1}});
    let payload = |head: u64| {
        serde_json::json!({"repository": repo(1), "pull_request": {"number": 1, "state": "open", "draft": false, "merged": false,
            "user": {"login": "o", "id": 1}, "labels": [], "base": branch(1), "head": branch(head)}})
    };
    let ci = |name: &str, payload: &str| {
        place.write("event.json", payload);
        let path = place.path("event.json").display().to_string();
        let vars = [("CI", "true"), ("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", path.as_str())];
        place.cask_with(&["mint", "--mcp", &line, "--start", "-o", PACK], &vars)
    };
    for (name, payload) in [
        ("pull_request", payload(2).to_string()),
        ("issue_comment", "{}".to_owned()),
        ("pull_request", "{".to_owned()),
    ] {
        let ran = ci(name, &payload);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
        assert!(!marker.exists(), "{name}: {}", ran.err);
    }
    // It is started on a schedule; that it is no server is another matter.
    let ran = ci("schedule", &serde_json::json!({"repository": repo(1)}).to_string());
    assert!(ran.code == 3 && marker.exists(), "{}", ran.err);
}
