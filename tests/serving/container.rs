//! A toolpack that is served in a container: what is minted, what the engine is told, what is verified twice. The engine is
//! a stand-in that starts the real program with what a container would see; tests/image.rs has the real thing.
#![cfg(unix)]

use crate::{served_shop, session, support, upstream};

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use support::Ran;
use upstream::Upstream;

const HEADER: &str = "packs/shop/toolpack.yaml";

/// A message without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A toolpack that is served in a container, approved and merged, and an engine.
struct Boxed {
    shop: Shop,
}

impl Boxed {
    fn new() -> Boxed {
        let boxed = Boxed::unsigned();
        boxed.approve();
        boxed
    }

    fn unsigned() -> Boxed {
        let boxed = Boxed { shop: Shop::unsigned(Upstream::echo()) };
        boxed.shop.place.cask(&["mint", "api.yaml", "-o", PACK, "--runtime", "container"]).ok();
        std::fs::create_dir(boxed.bin()).expect("a folder");
        let engine = boxed.bin().join("docker");
        std::fs::write(&engine, include_str!("../support/fake_engine.py")).expect("an engine");
        std::fs::set_permissions(&engine, PermissionsExt::from_mode(0o755)).expect("it can be run");
        symlink(env!("CARGO_BIN_EXE_cask"), boxed.bin().join("cask")).expect("a link");
        boxed
    }

    fn approve(&self) {
        self.shop.place.cask(&["gate", "sync"]).ok();
        self.shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
        self.shop.place.merge("approve");
    }

    /// Where the engine and its files lie.
    fn bin(&self) -> PathBuf {
        self.shop.place.dir.path().join("bin")
    }

    fn say(&self, file: &str, text: &str) {
        std::fs::write(self.bin().join(file), text).expect("a file beside the engine");
    }

    fn with_engine(&self, mut command: Command) -> Command {
        let path = std::env::var("PATH").expect("a search path");
        command.env("PATH", format!("{}:{path}", self.bin().display()));
        command
    }

    fn command(&self, more: &[&str]) -> Command {
        self.with_engine(self.shop.command(more))
    }

    fn run(&self, more: &[&str]) -> Ran {
        let out = self.command(more).output().expect("cask runs");
        Ran {
            code: out.status.code().expect("it ends by itself"),
            out: String::from_utf8_lossy(&out.stdout).into_owned(),
            err: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    /// What the engine was told, call by call.
    fn calls(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.bin().join("calls.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a list of words")).collect()
    }

    /// What it was told to start.
    fn started(&self) -> Vec<String> {
        self.calls().into_iter().find(|call| call[0] == "run").expect("something was started")
    }

    fn was_started(&self) -> bool {
        self.calls().iter().any(|call| call[0] == "run")
    }
}

#[test]
fn mint_writes_what_a_container_needs_and_keeps_it() {
    let boxed = Boxed::new();
    let place = &boxed.shop.place;
    let dockerfile = place.read(&format!("{PACK}/Dockerfile"));
    assert!(dockerfile.contains("\nFROM scratch\n"), "{dockerfile}");
    assert_eq!(dockerfile.matches("COPY").count(), 1, "the image holds the program alone");
    let header = place.read(HEADER);
    for line in
        ["mode: container", "image: caskmcp-toolpack:tp_", "dockerfile: Dockerfile", "entrypoint: null"]
    {
        assert!(header.contains(line), "{line}\n{header}");
    }
    // Made anew it stays as it is, until something else is said.
    place.cask(&["mint", "api.yaml", "-o", PACK]).ok();
    assert_eq!(place.read(HEADER), header);
    place.cask(&["gate", "check", "--toolpack", PACK]).ok();
    let pinned = ["--runtime", "container", "--runtime-tag", "shop:1", "--runtime-version-pin", "1.2.3"];
    place.cask(&[&["mint", "api.yaml", "-o", PACK], &pinned[..]].concat()).ok();
    assert!(place.read(&format!("{PACK}/Dockerfile")).contains("image.version=\"1.2.3\""));
    assert_eq!(place.cask(&["gate", "check", "--toolpack", PACK]).code, 2, "it has to be approved anew");
    place.cask(&["mint", "api.yaml", "-o", PACK, "--runtime", "local"]).ok();
    assert!(place.read(HEADER).contains("mode: local"));

    let other = place.cask(&["mint", "api.yaml", "-o", PACK, "--runtime", "container"]);
    assert!(flat(&other.failed()).contains("a file lies there that is not the toolpack's"));
    let alone = place.cask(&["mint", "api.yaml", "-o", "packs/new", "--runtime-tag", "shop"]);
    assert!(alone.failed().contains("--runtime container"));
    // The program of this test is none that runs by itself.
    if cfg!(target_env = "gnu") {
        let built = ["mint", "api.yaml", "-o", "packs/new", "--runtime", "container", "--runtime-build"];
        assert!(flat(&place.cask(&built).failed()).contains("needs libraries that the image has not"));
    }
    assert!(!place.path("packs/new").exists(), "nothing was written");
}

#[test]
fn it_is_served_confirmed_from_outside_and_written_down_outside() {
    let boxed = Boxed::new();
    let shop = &boxed.shop;
    let mut command = boxed.command(&["--toolset", "operator", "--strict", "--auth-env", "SHOP_TOKEN"]);
    command.env("SHOP_TOKEN", "Bearer of-the-shop").env("UNRELATED", "stays outside");
    let mut session = Session::open(command);
    assert_eq!(session.tools(), ["create_item", "get_item", "list_items"]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(shop.upstream.asked()[0].header("authorization"), Some("Bearer of-the-shop"));

    let asked = session.told("create_item", json!({"color": "red"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let made = session.call("create_item", json!({"color": "red", "confirmation_token_id": token}));
    assert_eq!(made["isError"], false, "{made}");
    let (code, _, told) = session.close();
    assert_eq!(code, 0, "{told:?}");
    // The command that grants is one that works where the operator sits.
    let root = shop.place.path(".caskmcp").canonicalize().expect("a folder");
    let grants = format!("--root {}", root.display());
    assert!(told.iter().any(|line| line.contains("confirm grant") && line.contains(&grants)), "{told:?}");
    assert_eq!(shop.reasons(), ["allowed_policy", "confirmation_required", "allowed_confirmation_granted"]);

    let words = boxed.started();
    let line = words.join(" ");
    for part in [
        "--rm --interactive",
        "--read-only --cap-drop=ALL --security-opt no-new-privileges",
        "--pull never",
        "--log-driver none",
        "--entrypoint /cask caskmcp-toolpack:tp_",
        "--env SHOP_TOKEN",
        "run --runtime local --mounted /work",
        "--auth-env=SHOP_TOKEN",
        "CASKMCP_TOOLPACK=/work/packs/shop/toolpack.yaml",
    ] {
        assert!(line.contains(part), "{part}\n{line}");
    }
    assert!(!line.contains("of-the-shop"), "a secret stands in no command line: {line}");
    let shown = shop.place.cask(&["trust", "show"]).ok();
    let pin =
        words.iter().find_map(|word| word.strip_prefix("CASK_TRUST_PIN=")).expect("the trust is pinned");
    assert!(pin.starts_with("sha256:") && shown.contains(pin), "{pin}\n{shown}");
    let mounts: Vec<&String> = words.iter().filter(|word| word.starts_with("type=bind")).collect();
    let writable: Vec<&&String> = mounts.iter().filter(|mount| !mount.ends_with(",readonly")).collect();
    assert!(writable.len() == 1 && writable[0].contains("/.caskmcp/state,"), "{mounts:?}");
    assert!(
        mounts.iter().any(|mount| mount.ends_with("target=/work/.caskmcp/trust.yaml,readonly")),
        "{mounts:?}"
    );
    let copies = shop.place.dir.path().join("alice/state/cask/containers");
    assert_eq!(std::fs::read_dir(copies).expect("a folder").count(), 0, "copies go when the container does");
}

/// What reaches the container need not be what was verified outside: it looks for itself.
#[test]
fn the_container_verifies_again_and_believes_no_trust_but_the_pinned() {
    let boxed = Boxed::new();
    let edit = |file: &str, from: &str, to: &str| {
        format!(
            "p = work + '/{file}'\ns = open(p).read()\nassert '{from}' in s\nopen(p, 'w').write(s.replace('{from}', '{to}'))\n"
        )
    };
    boxed.say(
        "tamper.py",
        &edit("packs/shop/artifact/policy.yaml", "default_action: deny", "default_action: allow"),
    );
    let ran = boxed.run(&[]);
    assert!(ran.code == 2 && ran.err.contains("nothing of this toolpack may be served"), "{}", ran.err);
    boxed.say("tamper.py", &edit("packs/shop/lockfile/caskmcp.lock.yaml", "looked at it", "looked at all"));
    let ran = boxed.run(&[]);
    assert!(ran.code == 2 && ran.out.is_empty(), "{}{}", ran.code, ran.err);
    boxed.say("tamper.py", &edit(".caskmcp/trust.yaml", "critical: 1", "critical: 2"));
    let ran = boxed.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    boxed.say("tamper.py", "import os\nos.remove(work + '/.caskmcp/trust.yaml')\n");
    let ran = boxed.run(&[]);
    assert!(ran.code == 3 && flat(&ran.err).contains("there is no trust file"), "{}", ran.err);
}

#[test]
fn what_is_not_approved_here_starts_no_container() {
    let boxed = Boxed::new();
    let before = boxed.shop.place.read(&format!("{PACK}/Dockerfile"));
    for (file, from, to) in [
        ("lockfile/caskmcp.lock.yaml", "looked at it", "looked at all"),
        ("Dockerfile", "FROM scratch", "FROM debian"),
        ("toolpack.yaml", "image: caskmcp", "image: elsewhere/caskmcp"),
    ] {
        let text = boxed.shop.place.read(&format!("{PACK}/{file}"));
        boxed.shop.edit(file, from, to);
        let ran = boxed.run(&[]);
        assert_eq!(ran.code, 2, "{file}: {}", ran.err);
        boxed.shop.place.write(&format!("{PACK}/{file}"), text);
    }
    assert_eq!(boxed.shop.place.read(&format!("{PACK}/Dockerfile")), before);
    assert!(!boxed.was_started(), "{:?}", boxed.calls());
    let fresh = Boxed::unsigned();
    fresh.shop.place.cask(&["gate", "sync"]).ok();
    assert_eq!((fresh.run(&[]).code, fresh.was_started()), (1, false));
}

/// A container can't see the default branch: who started it does, and ends it.
#[test]
fn a_container_ends_when_its_trust_is_no_longer_in_force() {
    let boxed = Boxed::new();
    let mut session = Session::open(boxed.command(&[]));
    assert_eq!(session.tools(), ["get_item", "list_items"]);
    let place = &boxed.shop.place;
    place.cask(&["trust", "set", "rules.fresh_days=14"]).ok();
    place.cask(&["trust", "sign", "--yes"]).ok();
    place.merge("another trust");
    let (code, _, told) = session.ended();
    let told = flat(&told.join("\n"));
    assert!(code == 3 && told.contains("another trust file or gate.yaml is in force now"), "{code} {told}");
    assert!(boxed.calls().iter().any(|call| call[0] == "stop"), "the engine was told");
}

#[test]
fn being_told_to_end_ends_the_container() {
    let boxed = Boxed::new();
    let mut session = Session::open(boxed.command(&[]));
    assert_eq!(session.tools().len(), 2);
    let killed = Command::new("kill").arg(session.pid().to_string()).status().expect("kill runs");
    assert!(killed.success());
    let (code, _, told) = session.ended();
    assert_eq!(code, 0, "{told:?}");
    let audit = boxed.shop.audit();
    assert_eq!(audit.last().expect("records")["kind"], "runtime_stop", "it ended in order");
}

#[test]
fn an_engine_that_is_not_there_or_can_not_is_told_as_that() {
    let boxed = Boxed::new();
    let says = |more: &[&str], part: &str| {
        let told = flat(&boxed.run(more).failed());
        assert!(told.contains(part), "{part}\n{told}");
    };
    says(&["--container-engine", "podman"], "podman is not on the search path");
    boxed.say("no-image", "");
    says(&[], "docker has no such image");
    boxed.say("broken", "");
    says(&["--container-engine", "docker"], "Cannot connect to the daemon");
    let mut alone = boxed.shop.command(&[]);
    let folder = boxed.shop.place.dir.path().join("tools");
    std::fs::create_dir(&folder).expect("a folder");
    symlink("/usr/bin/git", folder.join("git")).expect("a link");
    let out = alone.env("PATH", &folder).output().expect("cask runs");
    let told = flat(&String::from_utf8_lossy(&out.stderr));
    assert!(out.status.code() == Some(3) && told.contains("neither docker nor podman"), "{told}");
    assert!(!boxed.was_started());
    // The same toolpack without a container.
    let mut session = Session::open(boxed.shop.command(&["--runtime", "local"]));
    assert_eq!(session.tools(), ["get_item", "list_items"]);
}

#[test]
fn what_a_container_is_not_to_be_given_is_refused() {
    let boxed = Boxed::unsigned();
    boxed.shop.edit("toolpack.yaml", "CASKMCP_ALLOW_REDIRECTS", "CASKMCP_TOOLSET");
    boxed.approve();
    let refused = |more: &[&str], part: &str| {
        let told = flat(&boxed.run(more).failed());
        assert!(told.contains(part), "{part}\n{told}");
    };
    refused(&["--allow-redirects"], "may not be given CASKMCP_ALLOW_REDIRECTS");
    refused(&["--auth", "Bearer x"], "does not go into a command line");
    refused(&["--auth-env", "Bearer x"], "it names no variable");
    refused(&["--http"], "standard input and output alone");
    refused(&["--audit-log", "here.jsonl"], "writes into the state folder alone");
    refused(&["--confirm-store", ".caskmcp/state/../../x.db"], "writes into the state folder alone");
    refused(&["--mounted", "."], "is not pinned");
    refused(&["--auth-file", "nowhere"], "it names no file that is there");
    assert!(!boxed.was_started());
    // What is named where it lies anyhow is as good as not named.
    let mut session = Session::open(boxed.command(&["--audit-log", ".caskmcp/state/audit/runtime.jsonl"]));
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    drop(session.close());
    assert_eq!(boxed.shop.reasons(), ["allowed_policy"]);
}

#[test]
fn variables_say_what_options_say() {
    let boxed = Boxed::new();
    let shop = &boxed.shop;
    let command = |env: &[(&str, &str)]| {
        let mut command = shop.place.command(&["run", "--runtime", "local"]);
        command.env("CASKMCP_ALLOW_PRIVATE_CIDR", "10.0.0.0/8 127.0.0.0/8").envs(env.iter().copied());
        command
    };
    let all = [
        ("CASKMCP_TOOLPACK", PACK),
        ("CASKMCP_TOOLSET", "operator"),
        ("CASKMCP_DRY_RUN", ""),
        ("CASKMCP_BASE_URL", ""),
        ("CASKMCP_AUTH_HEADER", "Bearer by-variable"),
    ];
    let mut session = Session::open(command(&all));
    assert_eq!(session.tools().len(), 3);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(shop.upstream.asked()[0].header("authorization"), Some("Bearer by-variable"));
    for (name, value) in [
        ("CASKMCP_TOOLPACK", "nowhere"),
        ("CASKMCP_TOOLSET", "readnoly"),
        ("CASKMCP_LOCKFILE", "none.yaml"),
        ("CASKMCP_DRY_RUN", "perhaps"),
        ("CASKMCP_ALLOW_REDIRECTS", "yes please"),
        ("CASKMCP_BASE_URL", "nothing"),
        ("CASKMCP_BASE_URL", "https://elsewhere.example"),
        ("CASKMCP_ALLOW_PRIVATE_CIDR", "10.0.0.1/8"),
    ] {
        let out = command(&[("CASKMCP_TOOLPACK", PACK), (name, value)]).output().expect("cask runs");
        let told = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.code() == Some(3) && told.contains(name), "{name}={value}: {told}");
    }
}

#[test]
fn a_doctor_tells_what_a_container_lacks() {
    let boxed = Boxed::new();
    let ask = |more: &[&str]| {
        let args = [&["doctor", "--toolpack", PACK, "--format", "json"], more].concat();
        let out = boxed.with_engine(boxed.shop.place.command(&args)).output().expect("cask runs");
        let told: Value = serde_json::from_slice(&out.stdout).expect("JSON");
        let states: Vec<String> = told["checks"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|check| check["id"].as_str().is_some_and(|id| id.starts_with("container")))
            .map(|check| {
                assert_eq!(check["fix"].is_null(), check["state"] == "good", "{check}");
                format!("{} {}", check["id"].as_str().expect("text"), check["state"].as_str().expect("text"))
            })
            .collect();
        (out.status.code().expect("it ends"), states.join(", "))
    };
    let good = "container good, container-file good, container-engine good, container-image good";
    assert_eq!(ask(&[]), (0, good.to_owned()));
    assert_eq!(ask(&["--runtime", "local"]), (0, String::new()));
    boxed.say("no-image", "");
    assert!(ask(&[]).1.ends_with("container-image wanting"));
    boxed.say("broken", "");
    assert_eq!(ask(&[]), (1, "container good, container-file good, container-engine wanting".to_owned()));
    let path = format!("{PACK}/Dockerfile");
    let text = boxed.shop.place.read(&path);
    boxed.shop.place.write(&path, text.replace("COPY", "COPY . /work\nCOPY"));
    let (code, states) = ask(&[]);
    assert!(code == 2 && states.contains("container-file wanting"), "{code} {states}");
    std::fs::remove_file(boxed.shop.place.path(&path)).expect("a file");
    assert!(ask(&[]).1.contains("container-file wanting"));
}
