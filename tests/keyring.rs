//! Credentials out of a real keyring: a bus of a session, gnome-keyring on it, and entries that its own program stored.
//! An executable of its own, for it is built with the feature `keyring` alone: `cargo test --features keyring --test keyring`.
#![cfg(all(feature = "keyring", target_os = "linux"))]

#[path = "support/served_shop.rs"]
mod served_shop;
#[path = "support/session.rs"]
mod session;
#[path = "support/cask.rs"]
mod support;
#[path = "support/upstream.rs"]
mod upstream;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use support::Place;
use tempfile::TempDir;
use upstream::{Answered, Upstream};

/// The variable that names the bus.
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// A session with a keyring, which is unlocked.
struct Keyring {
    home: TempDir,
    address: String,
    /// The bus and the keyring.
    running: Vec<Child>,
}

impl Keyring {
    fn new() -> Keyring {
        let home = TempDir::new().expect("a scratch folder");
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .env("HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon runs");
        let mut address = String::new();
        let told = bus.stdout.as_mut().expect("piped");
        BufReader::new(told).read_line(&mut address).expect("an address");
        let address = address.trim().to_owned();
        let mut keyring = Keyring { home, address, running: vec![bus] };
        let control = keyring.home.path().join("control");
        let mut daemon = keyring
            .command("gnome-keyring-daemon", &["--foreground", "--unlock", "--components=secrets"])
            .arg("--control-directory")
            .arg(control)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon runs");
        daemon.stdin.take().expect("piped").write_all(b"a passphrase").expect("it reads");
        keyring.running.push(daemon);
        let start = Instant::now();
        while !keyring
            .bus(
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "NameHasOwner",
                "string:org.freedesktop.secrets",
            )
            .contains("true")
        {
            assert!(start.elapsed() < Duration::from_secs(30), "the keyring does not come");
            std::thread::sleep(Duration::from_millis(50));
        }
        keyring
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env(BUS, &self.address).env("HOME", self.home.path());
        command.env("XDG_DATA_HOME", self.home.path().join("data")).env("XDG_RUNTIME_DIR", self.home.path());
        command
    }

    /// Asks something of the bus, or of who is on it.
    fn bus(&self, at: &str, of: &str, method: &str, argument: &str) -> String {
        let to = if of.contains("Secret") { "org.freedesktop.secrets" } else { of };
        let (to, method) = (format!("--dest={to}"), format!("{of}.{method}"));
        let args = ["--session", "--print-reply", &to, at, &method, argument];
        let output = self.command("dbus-send", &args).output().expect("dbus-send runs");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Stores an entry, as a person would.
    fn store(&self, attributes: &[&str], secret: &str) {
        let mut child = self
            .command("secret-tool", &[&["store", "--label", "a test"], attributes].concat())
            .stdin(Stdio::piped())
            .spawn()
            .expect("secret-tool runs");
        child.stdin.take().expect("piped").write_all(secret.as_bytes()).expect("it reads");
        assert!(child.wait().expect("it ends").success());
    }

    fn lock(&self) {
        let all = "array:objpath:/org/freedesktop/secrets/collection/login";
        let said = self.bus("/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "Lock", all);
        assert!(said.contains("collection/login"), "{said}");
    }

    /// A conversation with the server of a shop, in this session.
    fn session(&self, shop: &Shop, more: &[&str]) -> Session {
        let mut command = shop.command(more);
        command.env(BUS, &self.address);
        Session::open(command)
    }

    /// Why the server of a shop does not start.
    fn refused(&self, shop: &Shop, entry: &str) -> String {
        let start = Instant::now();
        let args = ["run", "--toolpack", PACK, "--auth-keyring", entry];
        let told = shop.place.cask_with(&args, &[(BUS, &self.address)]).failed();
        assert!(start.elapsed() < Duration::from_secs(20), "nobody was waited for");
        assert!(!told.contains(entry), "the name may be a secret in the wrong place: {told}");
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in self.running.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A server that lets in who shows this, which may be changed.
fn closed(shown: &str) -> (Upstream, Arc<Mutex<String>>) {
    let wanted = Arc::new(Mutex::new(shown.to_owned()));
    let known = Arc::clone(&wanted);
    let upstream = Upstream::new(move |asked| {
        let lets_in = asked.header("authorization") == Some(known.lock().expect("a lock").as_str());
        Answered::json(if lets_in { 200 } else { 401 }, &json!({"id": "7"}))
    });
    (upstream, wanted)
}

/// The status that the server of the API answered with.
fn status(session: &mut Session) -> Value {
    let got = session.call("get_item", json!({"id": "1"}));
    if got["isError"] == false {
        return json!(200);
    }
    let text = got["content"][0]["text"].as_str().expect("text");
    serde_json::from_str::<Value>(text).expect("JSON")["status_code"].clone()
}

#[test]
fn an_entry_is_shown_to_its_server_and_a_newer_one_is_taken_up() {
    let keyring = Keyring::new();
    let entry = ["service", "https://api.shop.example", "username", "cask"];
    keyring.store(&entry, "Bearer the-first-secret\n");
    let (upstream, wanted) = closed("Bearer the-first-secret");
    let shop = Shop::new(upstream);
    let mut session = keyring.session(&shop, &["--auth-keyring", "https://api.shop.example/cask"]);
    assert_eq!((status(&mut session), shop.upstream.asked().len()), (json!(200), 1));

    // The server takes another by now, and somebody has put it into the keyring.
    "Bearer the-second-secret".clone_into(&mut wanted.lock().expect("a lock"));
    assert_eq!((status(&mut session), shop.upstream.asked().len()), (json!(401), 2), "it is not there yet");
    keyring.store(&entry, "Bearer the-second-secret");
    assert_eq!((status(&mut session), shop.upstream.asked().len()), (json!(200), 4));
    assert_eq!((status(&mut session), shop.upstream.asked().len()), (json!(200), 5));

    // A keyring that is locked meanwhile is not unlocked by a call: what was read stays.
    keyring.lock();
    assert_eq!(status(&mut session), json!(200));
    "Bearer the-third-secret".clone_into(&mut wanted.lock().expect("a lock"));
    let start = Instant::now();
    assert_eq!(status(&mut session), json!(401));
    assert!(start.elapsed() < Duration::from_secs(10), "no window was waited for");

    let told = session.close().2.join("\n");
    let audit = shop.place.read(".caskmcp/state/audit/runtime.jsonl");
    assert!(!told.contains("-secret") && !audit.contains("-secret"), "{told}");
    let intent = shop.audit().into_iter().find(|record| record["kind"] == "intent").expect("an intent");
    assert_eq!(intent["credential"], "--auth-keyring");
}

#[test]
fn a_variable_and_a_header_can_name_an_entry_too() {
    let keyring = Keyring::new();
    keyring.store(&["service", "shop", "username", "token"], "Bearer of-a-variable");
    keyring.store(&["service", "shop", "username", "key"], "of-a-header");
    let shop = Shop::new(Upstream::echo());
    let mut command = shop.command(&[]);
    command.env(BUS, &keyring.address);
    command.env(format!("CASK_AUTH_127_0_0_1_{}_KEYRING", shop.upstream.port), "shop/token");
    let mut session = Session::open(command);
    assert_eq!(status(&mut session), json!(200));
    let mut session = keyring.session(&shop, &["--auth-header", "X-Api-Key=keyring:shop/key"]);
    assert_eq!(status(&mut session), json!(200));
    let asked = shop.upstream.asked();
    assert_eq!(asked[0].header("authorization"), Some("Bearer of-a-variable"));
    assert_eq!((asked[1].header("x-api-key"), asked[1].header("authorization")), (Some("of-a-header"), None));
}

#[test]
fn what_is_no_one_entry_that_can_be_read_ends_the_start() {
    let keyring = Keyring::new();
    let shop = Shop::new(Upstream::echo());
    assert!(keyring.refused(&shop, "shop/nobody").contains("--auth-keyring names is not there"));
    keyring.store(&["service", "shop", "username", "cask"], "Bearer one\nX-Admin: 1");
    let told = keyring.refused(&shop, "shop/cask");
    assert!(told.contains("has a line break in it") && !told.contains("X-Admin"), "{told}");
    keyring.store(&["service", "shop", "username", "cask", "of", "another"], "Bearer two");
    assert!(keyring.refused(&shop, "shop/cask").contains("is there more than once"));
    keyring.lock();
    let told = keyring.refused(&shop, "shop/cask");
    assert!(told.contains("is locked") && told.contains("unlock the keyring"), "{told}");
    assert!(shop.upstream.asked().is_empty());
}

#[test]
fn a_session_without_a_keyring_is_told_as_one() {
    let shop = Shop::new(Upstream::echo());
    let args = ["run", "--toolpack", PACK, "--auth-keyring", "shop/cask"];
    for address in ["unix:path=/nowhere/bus", "nonsense"] {
        let told = shop.place.cask_with(&args, &[(BUS, address)]).failed();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("no keyring answers in this session"), "{address}: {told}");
    }
}

/// A login that is kept (docs/logins.md): its passphrase out of the keyring is the one that somebody could type.
#[test]
fn a_login_is_sealed_with_what_an_entry_holds() {
    let keyring = Keyring::new();
    keyring.store(&["service", "cask", "username", "shop"], "a phrase that is long\n");
    let place = Place::new();
    place.write(
        "state.json",
        r#"{"cookies": [{"name": "sid", "value": "v", "domain": "a.example", "path": "/"}]}"#,
    );
    place.write("browser", "no program");
    let login = [
        "auth",
        "login",
        "--profile",
        "shop",
        "--url",
        "https://a.example",
        "--from-storage-state",
        "state.json",
    ];
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let ran = place.cask_with(args, &[env, &[(BUS, &keyring.address)]].concat());
        assert!(!ran.err.contains("a phrase") && !ran.out.contains("a phrase"), "{}", ran.err);
        ran
    };
    let by = |entry| ["--auth-passphrase-keyring", entry];
    let err = run(&[&login[..], &by("cask/none")].concat(), &[]).failed();
    assert!(err.contains("is not there"), "{err}");
    run(&[&login[..], &by("cask/shop")].concat(), &[]).ok();
    // It opens: what fails then is the browser.
    let record = [
        "capture",
        "record",
        "https://a.example",
        "--headless",
        "--browser-path",
        "browser",
        "--auth-profile",
        "shop",
    ];
    for (more, env) in
        [(&by("cask/shop")[..], &[][..]), (&[], &[("CASK_AUTH_PASSPHRASE", "a phrase that is long")])]
    {
        let ran = run(&[&record[..], more].concat(), env);
        assert!(ran.code == 3 && ran.err.contains("the browser"), "{}", ran.err);
    }
    let ran = run(&record, &[("CASK_AUTH_PASSPHRASE", "another phrase")]);
    assert!(ran.err.contains("another passphrase"), "{}", ran.err);
}
