//! Pages that are recorded in a real Chromium: what they ask for becomes a capture or a toolpack, what they declare becomes
//! tools, and what hostile ones try is contained. Where there is no Chromium, each test says that it looked at nothing.

use crate::{chromium, loopback, site, support};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cask::capture::browser::storage_state::StorageState;
use cask::io::browser::Launch;
use cask::io::browser::login::login;
use chromium::{alone, chromium};
use loopback::{Upstream, until};
use serde_json::Value;
use site::{PASSWORD, TOKEN};
use support::{Place, Ran};

/// A person, a site, and a folder in which whatever a browser leaves would lie.
struct Scene {
    place: Place,
    site: Upstream,
    scratch: tempfile::TempDir,
    _alone: std::sync::MutexGuard<'static, ()>,
}

impl Scene {
    fn new() -> Option<Scene> {
        chromium()?;
        let alone = alone();
        let scratch = tempfile::tempdir().expect("a scratch folder");
        Some(Scene { place: Place::with_git(), site: site::start(), scratch, _alone: alone })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.command(args);
        command.env("TMPDIR", self.scratch.path()).env("SHOP_PASSWORD", PASSWORD);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("cask runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let code = output.status.code().expect("it was not killed");
        let ran = Ran { code, out: text(output.stdout), err: text(output.stderr) };
        self.nothing_is_left();
        ran
    }

    fn url(&self, path: &str) -> String {
        self.site.url(path)
    }

    /// No profile, and no process that has one.
    fn nothing_is_left(&self) {
        let left: Vec<_> = std::fs::read_dir(self.scratch.path()).expect("a folder").flatten().collect();
        assert!(left.is_empty(), "{left:?}");
        until("the browser is gone", || self.processes().is_empty());
    }

    /// Processes with a profile in our folder, by number, with their command lines.
    fn processes(&self) -> Vec<(i32, String)> {
        let scratch = self.scratch.path().to_str().expect("a plain name");
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let line = |one: std::fs::DirEntry| {
            let pid = one.file_name().to_str()?.parse().ok()?;
            let line = std::fs::read(one.path().join("cmdline")).ok()?;
            Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
        };
        all.filter_map(line).filter(|(_, line)| line.contains(scratch)).collect()
    }

    /// Each call of the one capture that is stored, as `METHOD path`, sorted.
    fn calls(&self) -> Vec<String> {
        let mut calls: Vec<String> = self
            .exchanges()
            .iter()
            .map(|call| format!("{} {}", text(&call["method"]), text(&call["path"])))
            .collect();
        calls.sort();
        calls
    }

    fn exchanges(&self) -> Vec<Value> {
        let captures = self.place.path(".caskmcp/captures");
        let mut folders = std::fs::read_dir(captures).expect("captures").flatten();
        let folder = folders.next().expect("one").path();
        assert!(folders.next().is_none(), "one");
        let lines = std::fs::read_to_string(folder.join("exchanges.jsonl")).expect("exchanges");
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.place.read(path)).expect("JSON")
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every file below a folder, as one text.
fn all_files(at: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => all += &all_files(&entry.path()),
            false => all += &String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file")),
        }
    }
    all
}

/// In one line: where lines break hangs on the lengths of paths.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is done in the page that calls everything.
const GO: &str = "version: \"1.0\"\nsteps:\n- {type: click, locator: {by: role, value: button, name: go}}\n\
                  - {type: wait, locator: {by: text, value: all done}}\n";

const LOG_IN: &str = "version: \"1.0\"\nsteps:
- {type: goto, url: /login}
- {type: fill, locator: {by: label, value: E-mail}, value: ann@shop.example}
- {type: fill, locator: {by: css, value: '#pw'}, value_from_env: SHOP_PASSWORD}
- {type: select, locator: {by: xpath, value: //select}, value: Deutsch}
- {type: scroll}
- {type: submit}
- {type: wait, url: /home}
- {type: wait, locator: {by: role, value: heading, name: welcome}}
";

#[test]
fn all_that_a_page_asks_for_is_a_capture_without_secrets() {
    let Some(scene) = Scene::new() else { return };
    scene.place.write("go.yaml", GO);
    let ran = scene.run(&["capture", "record", &scene.url("/"), "--script", "go.yaml", "--name", "shop"]);
    let err = ran.err.clone();
    let out = line(&ran.ok());
    let expected = [
        "GET /api/broken",
        "GET /api/left",
        "GET /api/popup",
        "GET /api/products",
        "GET /api/products",
        "GET /api/products/7",
        "GET /api/worker",
        "GET /old/products",
        "POST /api/orders",
        "POST /api/search",
        "POST /api/uploads",
        "POST /graphql",
    ];
    assert_eq!(scene.calls(), expected, "{out}");
    // Streams are named, and their tickets are not.
    let host = format!("127.0.0.1:{}", scene.site.port);
    assert!(out.contains("stream 2"), "{out}");
    assert!(out.contains(&format!("event stream http://{host}/events")), "{out}");
    assert!(out.contains(&format!("web socket ws://{host}/live")), "{out}");
    assert!(out.contains("1 calls of pages were made by a service worker"), "{out}");
    // Bodies, headers as they went over the network, redirects.
    let all = scene.exchanges();
    let of = |method: &str, path: &str| {
        let found = all.iter().find(|call| call["method"] == method && call["path"] == path);
        found.unwrap_or_else(|| panic!("{method} {path}"))
    };
    let order = of("POST", "/api/orders");
    assert_eq!(order["request_body"]["json"]["quantity"], 2);
    assert_eq!(order["response_body"]["json"]["order_id"], "o-1");
    assert_eq!(order["response_status"], 201);
    assert_eq!(order["credentials"][0]["scheme"], "bearer");
    assert_eq!(order["request_headers"]["origin"][0], format!("http://{host}"));
    assert_eq!(of("GET", "/old/products")["response_status"], 302);
    assert_eq!(of("POST", "/api/search")["request_body"]["form"][1][1], "price");
    assert_eq!(of("POST", "/api/uploads")["request_body"]["form"][0][1], "mine");
    assert_eq!(of("GET", "/api/broken")["response_status"], Value::Null);
    assert!(!all_files(&scene.place.root()).contains(TOKEN) && !format!("{out}{err}").contains(TOKEN));
    assert!(err.contains("201 POST"), "{err}");
}

#[test]
fn a_form_with_a_file_and_the_last_answer_of_a_page_are_there() {
    let Some(scene) = Scene::new() else { return };
    let out = line(&scene.run(&["capture", "record", &scene.url("/files")]).ok());
    assert_eq!(scene.calls(), ["GET /api/last", "GET /api/popup", "POST /api/uploads"], "{out}");
    for call in scene.exchanges() {
        assert_eq!(call["response_body"]["json"]["ok"], true, "{call}");
        if call["method"] == "POST" {
            let form = &call["request_body"]["form"];
            assert!(form[0][1] == "mine" && form[1][0] == "file", "{call}");
            assert!(!call.to_string().contains("xxxx"), "what is in a file is nobody's business");
        }
    }
}

#[test]
fn a_recording_and_a_har_file_of_one_session_give_one_toolpack() {
    let Some(scene) = Scene::new() else { return };
    scene.place.write("go.yaml", GO);
    let ran = scene.run(&["mint", &scene.url("/"), "--script", "go.yaml", "-o", "packs/live/shop"]);
    assert!(line(&ran.ok()).contains("written packs/live/shop"));
    let header = scene.place.read("packs/live/shop/toolpack.yaml");
    assert!(header.contains("kind: browser"), "{header}");
    assert!(!all_files(&scene.place.path("packs")).contains(TOKEN));
    let Some(har) = exported(&scene) else { return };
    scene.run(&["mint", har.to_str().expect("a path"), "-o", "packs/har/shop"]).ok();
    let tools = |of: &str| scene.json(&format!("packs/{of}/shop/artifact/tools.json"))["actions"].clone();
    let (live, har) = (tools("live"), tools("har"));
    for (live, har) in live.as_array().into_iter().flatten().zip(har.as_array().into_iter().flatten()) {
        assert_eq!(live, har);
    }
    assert_eq!(live, har);
    let surface = |of: &str| {
        let mut baseline = scene.json(&format!("packs/{of}/shop/artifact/baseline.json"));
        let operations = baseline["operations"].as_object_mut().expect("operations");
        for operation in operations.values_mut() {
            // When it was, and how long it took; and each of them was another recording.
            operation.as_object_mut().expect("an operation").remove("observed");
            operation.as_object_mut().expect("an operation").remove("sources");
        }
        baseline["operations"].clone()
    };
    assert_eq!(surface("live"), surface("har"));
}

/// The HAR file that another tool writes of the same session.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn exported(scene: &Scene) -> Option<PathBuf> {
    let playwright =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/playwright/node_modules/playwright-core");
    if !playwright.is_dir() {
        eprintln!("SKIPPED: {} is not here; ./test installs it", playwright.display());
        return None;
    }
    let har = scene.scratch.path().join("shop.har");
    let ended = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/browser/export.mjs"))
        .args([&playwright, &chromium()?])
        .arg(scene.url("/"))
        .arg(&har)
        .status()
        .expect("node runs");
    assert!(ended.success());
    let kept = scene.place.path("shop.har");
    std::fs::rename(&har, &kept).or_else(|_| std::fs::copy(&har, &kept).map(drop)).expect("it is moved");
    let _ = std::fs::remove_file(&har);
    Some(kept)
}

#[test]
fn a_login_is_played_kept_and_used_again() {
    let Some(scene) = Scene::new() else { return };
    scene.place.write("login.yaml", LOG_IN);
    // Nobody is logged in: it is told.
    let ran = scene.run(&["capture", "record", &scene.url("/home"), "-o", "out"]);
    let err = ran.err.clone();
    ran.ok();
    assert!(err.contains("Auth detection") && err.contains("/api/me"), "{err}");
    let args = ["capture", "record", &scene.url("/login"), "--script", "login.yaml"];
    let ran = scene.run(&[&args[..], &["--save-storage-state", "state.json"]].concat());
    let err = ran.err.clone();
    let out = ran.ok();
    assert_eq!(scene.calls(), ["GET /api/me", "POST /session"], "{out}");
    assert!(!out.contains("its time was up"), "{out}");
    assert!(!err.contains("Auth detection"), "{err}");
    let state = scene.json("state.json");
    assert_eq!(state["cookies"][0]["name"], "sid");
    assert_eq!(state["origins"][0]["localStorage"][0]["name"], "cart");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(scene.place.path("state.json")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for file in [".caskmcp", "out"] {
        let all = all_files(&scene.place.path(file));
        assert!(!all.contains(PASSWORD) && !all.contains(TOKEN), "{file}");
    }
    assert!(!format!("{out}{err}").contains(PASSWORD));
    // The same again by the state, without a script: who has it is logged in.
    let again = ["mint", &scene.url("/home"), "--load-storage-state", "state.json", "-o", "packs/me"];
    let told = line(&scene.run(&again).ok());
    assert!(told.contains("get_me") && !told.contains("Auth detection"), "{told}");
    let asked = scene.site.asked();
    let last = asked.iter().rfind(|asked| asked.target == "/api/me").expect("asked");
    assert!(last.header("cookie").is_some_and(|cookie| cookie.starts_with("sid=")));
    // It was put there without asking the site for a page.
    assert!(!asked.iter().any(|asked| asked.target == "/"), "{asked:?}");
}

#[test]
fn what_pages_declare_to_agents_is_locked_and_trusted_in_nothing() {
    let Some(scene) = Scene::new() else { return };
    let told = line(&scene.run(&["mint", &scene.url("/tools"), "--webmcp", "-o", "packs/shop"]).ok());
    let baseline = scene.json("packs/shop/artifact/baseline.json");
    let origin = scene.url("");
    let declared = baseline["webmcp"][&origin].as_object().unwrap_or_else(|| panic!("{told}\n{baseline}"));
    let found: Vec<(&str, &str)> =
        declared.iter().map(|(name, tool)| (name.as_str(), text(&tool["source_method"]))).collect();
    let expected = [
        ("delete_account", "webmcp"),
        ("from_bridge", "mcp_b"),
        ("from_manifest", "well_known"),
        ("from_meta", "meta_tag"),
        ("from_old_bridge", "mcp_b"),
        ("search_products", "webmcp"),
    ];
    assert_eq!(found, expected, "{told}");
    let search = &declared["search_products"]["raw"];
    assert_eq!(search["inputSchema"]["required"][0], "query");
    assert_eq!(search["annotations"]["readOnlyHint"], true);
    assert!(search.get("execute").is_none());
    assert!(told.contains("1 tools were declared twice and differently"), "{told}");
    let manifest = scene.json("packs/shop/artifact/tools.json");
    let actions: Vec<&Value> =
        manifest["actions"].as_array().expect("actions").iter().filter(|a| a["kind"] == "webmcp").collect();
    assert_eq!(actions.len(), 6);
    for action in &actions {
        assert_eq!(action["origin"], origin);
        assert!(["medium", "high", "critical"].contains(&text(&action["risk_tier"])), "{action}");
        assert_ne!(action["confirmation_required"], "never");
    }
    let delete = actions.iter().find(|a| a["name"] == "delete_account").expect("a tool");
    assert!(["high", "critical"].contains(&text(&delete["risk_tier"])), "{delete}");
    assert!(!scene.site.asked().iter().any(|asked| asked.target == "/api/executed"), "nothing is executed");
    // Minted again, nothing is new.
    let again = line(&scene.run(&["mint", &scene.url("/tools"), "--webmcp", "-o", "packs/shop"]).ok());
    assert!(!again.contains("new tool"), "{again}");
}

#[test]
fn a_manifest_of_another_host_is_named_and_not_fetched() {
    let Some(scene) = Scene::new() else { return };
    // The same address of this machine, and another port.
    let other = Upstream::start(|_, stream| loopback::json(stream, "200 OK", r#"[{"name": "foreign"}]"#));
    let page = format!("{}?{}", scene.url("/foreign"), other.url(""));
    let told = line(&scene.run(&["mint", &page, "--webmcp", "-o", "packs/shop"]).ok());
    let named = format!("the manifest lies on another host: {}/", other.url(""));
    assert!(told.contains(&named), "{told}");
    assert!(other.asked().is_empty(), "{:?}", other.asked());
    let asked = scene.site.asked();
    assert!(!asked.iter().any(|asked| asked.target.contains("injected")), "{asked:?}");
    let baseline = scene.json("packs/shop/artifact/baseline.json");
    assert_eq!(baseline["webmcp"][&scene.url("")].as_object().map(|tools| tools.len()), Some(1));
}

#[test]
fn what_was_noticed_is_told_of_a_page_that_calls_nothing_too() {
    let Some(scene) = Scene::new() else { return };
    let told = line(&scene.run(&["mint", &scene.url("/quiet"), "--webmcp", "-o", "packs/shop"]).ok());
    assert!(told.contains("1 declarations to agents were left out"), "{told}");
    let baseline = scene.json("packs/shop/artifact/baseline.json");
    assert_eq!(baseline["webmcp"][&scene.url("")].as_object().map(|tools| tools.len()), Some(1));
}

#[test]
fn what_can_t_be_looked_at_for_declarations_is_not_nothing() {
    let Some(scene) = Scene::new() else { return };
    let site = Upstream::start(|asked, stream| match asked.target.as_str() {
        "/" => {
            let html = [("Content-Type", "text/html")];
            loopback::answer(stream, "200 OK", &html, b"<script>fetch('/api/products/7')</script>")
        }
        "/.well-known/mcp-tools.json" => loopback::json(stream, "403 Forbidden", "{}"),
        _ => loopback::json(stream, "200 OK", r#"{"id": 7}"#),
    });
    let told = line(&scene.run(&["mint", &site.url("/"), "--webmcp", "-o", "packs/refused"]).ok());
    let refused = format!("no manifest that can be read at {}", site.url("/.well-known/mcp-tools.json"));
    assert!(told.contains(&refused), "{told}");
    let told = line(&scene.run(&["mint", &scene.url("/forged"), "--webmcp", "-o", "packs/forged"]).ok());
    assert!(told.contains("the page changed how its values are written"), "{told}");
    assert!(!told.contains("not heard to the end"), "{told}");
    assert!(!told.contains(".well-known"), "what is not there is no news: {told}");
}

#[test]
fn a_page_that_is_never_whole_is_played_in_and_one_that_never_begins_is_not_waited_for() {
    let Some(scene) = Scene::new() else { return };
    let steps = "version: \"1.0\"\nsteps:\n- {type: goto, url: /slow, timeout_ms: 3000}\n\
                 - {type: click, locator: {by: text, value: Go}}\n";
    scene.place.write("slow.yaml", steps);
    let ran = scene.run(&["capture", "record", &scene.url("/popup"), "--script", "slow.yaml"]);
    let out = line(&ran.ok());
    assert!(scene.calls().contains(&"GET /api/products/7".to_owned()), "{out}");
    let began = Instant::now();
    let ran = scene.run(&["capture", "record", &scene.url("/never"), "--duration", "2"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.err.contains("it does not begin"), "{}", ran.err);
    // It is waited for a minute where nobody says less.
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
}

#[test]
fn a_hostile_page_ends_when_its_time_is_up_and_leaves_nothing() {
    let Some(scene) = Scene::new() else { return };
    let began = Instant::now();
    let ran = scene.run(&["capture", "record", &scene.url("/hostile"), "--duration", "8"]);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let out = line(&ran.ok());
    assert!(out.contains("dialogs were dismissed"), "{out}");
    assert!(out.contains("its time was up") || out.contains("more requests than are followed"), "{out}");
    let calls = scene.calls();
    assert!(calls.contains(&"GET /api/products/7".to_owned()), "{out}");
    assert!(calls.len() <= 20_000, "{}", calls.len());
    let stored = all_files(&scene.place.path(".caskmcp"));
    assert!(!stored.contains("root:x:0:0") && !stored.contains("file:///"));
    let downloads = all_files(&scene.place.dir.path().join("alice"));
    assert!(!downloads.contains("PK"), "nothing is downloaded");
}

#[cfg(unix)]
#[test]
fn who_interrupts_keeps_what_was_recorded() {
    let Some(scene) = Scene::new() else { return };
    let mut command = scene.command(&["capture", "record", &scene.url("/polls"), "--duration", "60"]);
    let began = Instant::now();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("cask runs");
    let polls = || scene.site.asked().iter().filter(|asked| asked.target == "/api/poll").count();
    until("the page polls", || polls() >= 3);
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is told");
    let output = child.wait_with_output().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    let out = line(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(0), "{out} {}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("it was interrupted"), "{out}");
    assert!(scene.calls().contains(&"GET /api/products/7".to_owned()));
    scene.nothing_is_left();
}

#[cfg(target_os = "linux")]
#[test]
fn of_a_browser_that_ends_by_itself_what_was_seen_is_kept() {
    let Some(scene) = Scene::new() else { return };
    let mut command = scene.command(&["capture", "record", &scene.url("/polls"), "--duration", "60"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("cask runs");
    until("the page polls", || {
        scene.site.asked().iter().filter(|asked| asked.target == "/api/poll").count() >= 3
    });
    let browser =
        scene.processes().into_iter().find(|(_, line)| !line.contains("--type=")).expect("it runs").0;
    let pid = rustix::process::Pid::from_raw(browser).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is ended");
    let output = child.wait_with_output().expect("it ends");
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(line(&told).contains("the browser was not heard to the end"), "{told}");
    assert!(scene.calls().contains(&"GET /api/products/7".to_owned()), "{told}");
    scene.nothing_is_left();
}

#[test]
fn a_person_who_logs_in_leaves_the_state_that_was_seen_last() {
    let Some(scene) = Scene::new() else { return };
    let launch = Launch {
        program: chromium().expect("it is here"),
        // Nobody is here to see it: who logs in is the page.
        visible: false,
        proxy: None,
        cwd: scene.place.root(),
    };
    // No time but that of the page: what it stores while it loads is there when it is.
    let login = |path: &str, before: Option<&StorageState>| {
        login(&launch, &scene.url(path), before, Duration::ZERO).expect("a state").state
    };
    let state = login("/home", None);
    assert_eq!(state.origins[0].origin, scene.url(""));
    assert_eq!(state.origins[0].local_storage[0].value, TOKEN);
    // With it, and without the page that made it.
    assert_eq!(login("/popup", Some(&state)), state);
}

#[test]
fn what_can_t_be_recorded_is_said_and_nothing_is_written() {
    let Some(scene) = Scene::new() else { return };
    let wait = "version: \"1.0\"\nsteps:\n- {type: scroll}\n\
                - {type: click, timeout_ms: 300, locator: {by: text, value: nowhere}}\n";
    scene.place.write("wait.yaml", wait);
    scene.place.write("bad.yaml", "version: \"1.0\"\nsteps:\n- {type: goto, url: file:///etc/passwd}\n");
    scene.place.write("unset.yaml", LOG_IN.replace("SHOP_PASSWORD", "SHOP_UNSET"));
    scene.place.write("state.json", r#"{"cookies": [{"name": "s3cret"}]}"#);
    let page = scene.url("/polls");
    let unreachable = Upstream::start(|_, _| false);
    let gone = format!("http://127.0.0.1:{}/", unreachable.port);
    for (args, told) in [
        (vec![page.as_str(), "--script", "wait.yaml"], "wait.yaml:4: step 2 (click) can't be done"),
        (vec![&page, "--script", "bad.yaml"], "bad.yaml:3"),
        (vec![&page, "--script", "unset.yaml"], "the variable SHOP_UNSET is not set"),
        (vec![&page, "--script", "none.yaml"], "there is no such file"),
        (vec![&page, "--load-storage-state", "state.json"], "it is no storage state"),
        (vec![&page, "--browser-path", "nowhere/chrome"], "--browser-path PATH"),
        (vec![&page, "--visible"], "there is no display"),
        (vec![&page, "--no-redact"], "never written"),
        (vec![&page, "-a", "other.example", "--duration", "3"], "nothing in it is kept"),
        (vec![&gone], "the page can't be opened"),
        (vec!["file:///etc/passwd"], "it is no address of a page"),
        (vec!["chrome://settings"], "it is no address of a page"),
        (vec!["http://ann:pw@127.0.0.1/"], "a name or a password in it"),
    ] {
        let ran = scene.run(&[&["capture", "record"], args.as_slice()].concat());
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{args:?}: {}", ran.err);
        let err = line(&ran.err);
        assert!(err.contains(told), "{args:?}: {err}");
        assert!(!err.contains("s3cret") && !err.contains("ann:pw"), "{err}");
    }
    assert!(!scene.place.path(".caskmcp").exists());
    let ran = scene.place.cask_with(&["mint", &page], &[("PATH", "/nonexistent")]);
    let err = line(&ran.failed());
    assert!(err.contains("there is no Chromium on this machine") && err.contains("HAR"), "{err}");
    for (args, told) in [
        (vec!["mint", "wait.yaml", "--webmcp"], "there is no page"),
        (vec!["mint", "wait.yaml", "--headless"], "there is no page"),
        (vec!["mint", &page, &page], "one page is recorded at a time"),
    ] {
        let err = line(&scene.place.cask(&args).failed());
        assert!(err.contains(told), "{args:?}: {err}");
    }
}

/// What a page declares may be shown to whoever is logged in, and to nobody else.
#[test]
fn a_credential_that_a_page_declares_is_written_nowhere() {
    let Some(scene) = Scene::new() else { return };
    let ran = scene.run(&["mint", &scene.url("/leaking"), "--webmcp", "-o", "packs/shop"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
    let err = line(&ran.err);
    assert!(err.contains("what looks like a credential") && err.contains("without --webmcp"), "{err}");
    assert!(!scene.place.path("packs/shop").exists());
    assert!(!all_files(&scene.place.root()).contains("c2lnbmF0dXJl"));
}
