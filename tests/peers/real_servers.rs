//! MCP servers that people run, as npm and PyPI have them, each in two releases: locked, compared with themselves and with the
//! next release, and served to the official client. ./test installs them; where they are not, a test says that it looked
//! at nothing.

use crate::{at_home, support};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use at_home::at_home;
use serde_json::{Value, json};
use support::{Place, Ran};

const PACK: &str = "packs/it";

/// Where ./test puts them.
pub(super) fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/mcp")
}

/// A release of a server; nothing where it is not installed, which is told.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
pub(super) fn release(name: &str) -> Option<PathBuf> {
    let path = installed().join("servers").join(name);
    if !path.join("installed.txt").exists() {
        eprintln!("SKIPPED: {} is not here; ./test installs it", path.display());
        return None;
    }
    Some(path)
}

/// The launch line of a release: a program of npm by node, a module of PyPI by the Python that has it.
fn line(dir: &Path, program: &str, more: &str) -> String {
    let program = match program.strip_prefix("-m ") {
        Some(module) => format!("{} -m {module}", dir.join("bin/python").display()),
        None => format!("node {}", dir.join("node_modules/.bin").join(program).display()),
    };
    format!("{program} {more}").trim_end().to_owned()
}

fn locked(place: &Place, line: &str) {
    place.cask(&["mint", "--mcp", line, "--mcp-name", "it", "--start", "-o", PACK]).ok();
}

/// The rules that a drift tells of.
fn drift(place: &Place, line: &str) -> (Ran, BTreeSet<String>) {
    let args =
        ["drift", "--toolpack", PACK, "--mcp", line, "--mcp-name", "it", "--start", "--format", "json"];
    let ran = place.cask(&args);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let findings = report["findings"].as_array().expect("findings");
    let rules = findings.iter().map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect();
    (ran, rules)
}

/// Two releases of a server: as many tools as the first has, and rules that the second is told by.
fn two(old: &str, new: &str, (program, newer): (&str, &str), more: &str, tools: usize, told: &[&str]) {
    let (Some(old), Some(new)) = (release(old), release(new)) else { return };
    let place = Place::with_git();
    let more = more.replace("HERE", &place.root().display().to_string());
    let first = line(&old, program, &more);
    locked(&place, &first);
    let baseline: Value =
        serde_json::from_str(&place.read(&format!("{PACK}/artifact/baseline.json"))).expect("JSON");
    let listed = baseline["mcp"]["it"]["tools"].as_object().expect("tools").len();
    assert_eq!(listed, tools, "{}", old.display());
    let (same, rules) = drift(&place, &first);
    assert_eq!((same.code, rules), (0, BTreeSet::new()), "it is what it was: {}", same.out);
    let (other, rules) = drift(&place, &line(&new, newer, &more));
    assert_ne!(other.code, 0, "{}", other.out);
    for rule in told {
        assert!(rules.contains(*rule), "{}: {rule} is not among {rules:?}", new.display());
    }
}

#[test]
fn the_next_release_of_server_everything_is_another_server() {
    let names = ("mcp-server-everything", "mcp-server-everything");
    two(
        "server-everything@2025.9.25",
        "server-everything@2026.8.31",
        names,
        "",
        10,
        &["mcpt.added", "mcpt.removed", "mcp.capability-added", "mcpr.template-added"],
    );
}

#[test]
fn the_next_release_of_server_filesystem_is_another_server() {
    let names = ("mcp-server-filesystem", "mcp-server-filesystem");
    two(
        "server-filesystem@2025.3.28",
        "server-filesystem@2026.8.31",
        names,
        "HERE",
        11,
        &["mcpt.added", "mcpt.idempotent-claimed", "par.type-narrowed", "mcp.list-changed-enabled"],
    );
}

#[test]
fn the_next_release_of_server_memory_is_another_server() {
    let names = ("mcp-server-memory", "mcp-server-memory");
    two(
        "server-memory@2025.4.25",
        "server-memory@2026.8.31",
        names,
        "",
        9,
        &["mcpt.output-schema-added", "mcpr.resource-added", "mcpr.subscribe-enabled"],
    );
}

#[test]
fn the_next_release_of_sequential_thinking_is_another_server() {
    let names = ("mcp-server-sequential-thinking", "mcp-server-sequential-thinking");
    two(
        "server-sequential-thinking@2025.7.1",
        "server-sequential-thinking@2026.8.31",
        names,
        "",
        1,
        &["mcpt.description-changed", "par.type-widened", "mcpt.output-schema-added"],
    );
}

#[test]
fn the_next_release_of_playwright_is_another_server() {
    two(
        "playwright-mcp@0.0.50",
        "playwright-mcp@0.0.83",
        ("mcp-server-playwright", "playwright-mcp"),
        "",
        22,
        &["mcpt.removed", "mcpt.added", "par.required-added", "par.removed"],
    );
}

#[test]
fn the_next_release_of_server_fetch_is_another_server() {
    let names = ("-m mcp_server_fetch", "-m mcp_server_fetch");
    two(
        "mcp-server-fetch@2025.4.7",
        "mcp-server-fetch@2026.10.24",
        names,
        "",
        1,
        &["mcp.capability-added", "mcpt.param-description-changed"],
    );
}

#[test]
fn the_next_release_of_server_git_is_another_server() {
    let names = ("-m mcp_server_git", "-m mcp_server_git");
    two(
        "mcp-server-git@2025.9.25",
        "mcp-server-git@2026.10.19",
        names,
        "--repository HERE",
        12,
        &["mcpt.idempotent-claimed", "mcp.capability-added", "val.min-set"],
    );
}

#[test]
fn the_next_release_of_server_time_is_another_server() {
    let names = ("-m mcp_server_time", "-m mcp_server_time");
    two(
        "mcp-server-time@2025.9.25",
        "mcp-server-time@2026.10.19",
        names,
        "--local-timezone UTC",
        2,
        &["mcpt.output-schema-added", "mcpt.description-changed"],
    );
}

/// What a client of a generation sees of a server that stands behind cask.
fn served(client: &str, old: &str, calls: &Value) -> Option<Value> {
    let dir = release(old)?;
    let python = installed().join(format!("python-{client}/bin/python"));
    if !python.exists() {
        return None;
    }
    let place = Place::with_git();
    locked(&place, &line(&dir, "mcp-server-everything", ""));
    place.approve_all();
    let home = at_home(&place);
    let command = json!([env!("CARGO_BIN_EXE_cask"), "run", "--toolpack", place.path(PACK)]);
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/peers/relayed.py"))
        .args([command.to_string(), calls.to_string()])
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(place.root())
        .output()
        .expect("the client runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn the_official_clients_call_a_real_server_through_the_proxy() {
    let calls = json!([
        ["echo", {"message": "hello"}],
        ["get-sum", {"a": 20, "b": 22}],
        ["get-structured-content", {"location": "Chicago"}],
        ["get-sum", {"a": "twenty", "b": 22}],
        ["simulate-research-query", {"topic": "x"}],
    ]);
    for client in ["1.30.0", "2.3.0"] {
        let Some(seen) = served(client, "server-everything@2026.8.31", &calls) else { return };
        let tools = seen["tools"].as_array().expect("tools");
        assert!(
            tools.contains(&json!("echo")) && !tools.contains(&json!("toggle-simulated-logging")),
            "{seen}"
        );
        let calls = seen["calls"].as_array().expect("calls");
        assert_eq!(calls[0]["text"], "Echo: hello", "{client}");
        assert_eq!(calls[1]["text"], "The sum of 20 and 22 is 42.", "{client}");
        assert!(calls[2]["data"]["temperature"].is_number(), "{client}: {seen}");
        assert_eq!(calls[3]["error"], true, "{client}");
        assert!(calls[3]["text"].as_str().is_some_and(|text| text.contains("denied_param_validation")));
        // It is in another toolset than the one that is served.
        assert!(calls[4]["text"].as_str().is_some_and(|text| text.contains("Unknown tool")), "{seen}");
    }
}
