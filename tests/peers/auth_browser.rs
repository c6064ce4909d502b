//! `cask auth login` with a real Chromium, and what is recorded with the login: a server that knows people by a cookie. Where
//! there is no Chromium, the test says that it looked at nothing.
#![cfg(unix)]

use crate::{chromium, loopback, support};

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use chromium::{alone, chromium};
use loopback::{Asked, Upstream, until};
use support::Place;

/// What the server gives to who logs in.
const COOKIE: &str = "sid=s3cret-cookie-of-ann";
const PASSPHRASE: (&str, &str) = ("CASK_AUTH_PASSPHRASE", "a phrase that is long");

/// A page that logs in whoever opens it, one that asks who they are, and the answer to that.
fn shop(asked: &Asked, to: &mut TcpStream) -> bool {
    let is_ann = asked.header("cookie").is_some_and(|cookie| cookie.contains(COOKIE));
    let (status, more, media, body) = match asked.target.as_str() {
        "/login" => (
            "200 OK",
            format!("set-cookie: {COOKIE}; Path=/; Max-Age=3600; HttpOnly\r\n"),
            "text/html",
            // Whoever is logged in is known at the next request.
            "<h1>hello</h1><script>fetch('/api/me')</script>",
        ),
        "/home" => ("200 OK", String::new(), "text/html", "<script>fetch('/api/me')</script>"),
        "/api/me" if is_ann => {
            ("200 OK", String::new(), "application/json", "{\"name\": \"Ann\", \"orders\": 3}")
        }
        _ => ("401 Unauthorized", String::new(), "application/json", "{\"error\": \"who are you\"}"),
    };
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\n{more}content-length: {}\r\n\r\n", body.len());
    to.write_all(head.as_bytes()).and_then(|()| to.write_all(body.as_bytes())).is_ok()
}

/// A browser that is shown, on a machine where nobody could see it. It says which process it is.
fn unseen(place: &Place, chromium: &Path) {
    let path = place.path("unseen");
    let number = place.path("number");
    let script = format!(
        "#!/bin/sh\necho $$ > {}\nexec {} --headless=new \"$@\"\n",
        number.display(),
        chromium.display()
    );
    std::fs::write(&path, script).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
}

/// Somebody who is about to log in.
struct LoggingIn {
    child: Child,
    errors: BufReader<ChildStderr>,
}

impl LoggingIn {
    /// Waits until the browser is there.
    fn start(place: &Place, args: &[&str]) -> LoggingIn {
        let mut command = place.command(args);
        command
            .env(PASSPHRASE.0, PASSPHRASE.1)
            .env("DISPLAY", ":99")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("cask runs");
        let mut errors = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        errors.read_line(&mut line).expect("text");
        assert!(line.contains("log in, then close the window"), "{line}");
        LoggingIn { child, errors }
    }

    /// Whether it went well in the end, and what was said on stdout and stderr.
    fn ended(mut self) -> (bool, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
        self.errors.read_to_string(&mut err).expect("text");
        (self.child.wait().expect("it ends").success(), out, err)
    }
}

fn kill(signal: &str, process: &str) {
    let sent = Command::new("kill").args([signal, process]).status().expect("kill runs");
    assert!(sent.success());
}

/// How often somebody was known.
fn known(server: &Upstream) -> usize {
    let is_ann = |asked: &&Asked| asked.header("cookie").is_some_and(|cookie| cookie.contains(COOKIE));
    server.asked().iter().filter(is_ann).count()
}

#[test]
fn what_was_seen_last_is_kept_when_the_browser_ends_by_itself() {
    let _alone = alone();
    let Some(chromium) = chromium() else { return };
    let server = Upstream::start(shop);
    let url = server.url("/login");
    let args = ["auth", "login", "--profile", "ann", "--url", &url, "--browser-path", "unseen"];
    // It is looked at once a second, which nobody sees from outside: one that was ended too early is tried again.
    let saved = [2, 4, 8, 16, 32].into_iter().find_map(|seconds| {
        let place = Place::new();
        unseen(&place, &chromium);
        let before = known(&server);
        let login = LoggingIn::start(&place, &args);
        until("somebody is logged in", || known(&server) > before);
        std::thread::sleep(Duration::from_secs(seconds));
        kill("-TERM", place.read("number").trim());
        let (is_well, out, err) = login.ended();
        assert!(is_well || err.contains("there is no cookie"), "{out}{err}");
        is_well.then_some((place, out))
    });
    let (place, out) = saved.expect("it is kept");
    assert_eq!(out, "Auth profile 'ann' saved.\n");
    let told = place.cask(&["auth", "status", "--profile", "ann", "--check"]).ok();
    assert!(told.contains("Cookies        1, 1 for the target\n"), "{told}");
}

#[test]
fn who_logged_in_is_known_when_something_is_recorded() {
    let _alone = alone();
    let Some(chromium) = chromium() else { return };
    let server = Upstream::start(shop);
    let place = Place::new();
    unseen(&place, &chromium);
    let url = server.url("/login");
    let args = ["auth", "login", "--profile", "ann", "--url", &url, "--browser-path", "unseen"];

    let err = place.cask_with(&args, &[PASSPHRASE]).failed();
    assert!(
        err.contains("there is no display on this machine") && err.contains("--from-storage-state"),
        "{err}"
    );

    let login = LoggingIn::start(&place, &args);
    until("somebody is logged in", || known(&server) > 0);
    kill("-INT", &login.child.id().to_string());
    let (is_well, out, err) = login.ended();
    assert!(is_well, "{out}{err}");
    assert_eq!(out, "Auth profile 'ann' saved.\n", "{err}");
    let told = place.cask(&["auth", "status", "--profile", "ann", "--check"]).ok();
    assert!(told.contains("Cookies        1, 1 for the target\n"), "{told}");

    let home = server.url("/home");
    let record = ["capture", "record", &home, "--headless", "--auth-profile", "ann"];
    let ran = place.cask_with(&record, &[PASSPHRASE]);
    let all = format!("{told}{out}{err}{}{}", ran.out, ran.err);
    assert!(!all.contains("s3cret") && !all.contains(PASSPHRASE.1), "{all}");
    assert!(!ran.err.contains("Auth detection"), "{}", ran.err);
    ran.ok();
    let asked = server.asked();
    let me = asked.iter().rfind(|asked| asked.target == "/api/me").expect("it was asked");
    assert_eq!(me.header("cookie"), Some(COOKIE));
    assert!(!place.cask(&["auth", "status", "--profile", "ann"]).ok().contains("never"));
}
