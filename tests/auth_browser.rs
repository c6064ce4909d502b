//! `cask auth login` with a real Chromium, and what is recorded with the login: a server that knows people by a cookie. Where
//! there is no Chromium, the test says that it looked at nothing.
#![cfg(unix)]

#[path = "support/loopback.rs"]
mod loopback;
#[path = "support/cask.rs"]
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use loopback::{Asked, Upstream, until};
use support::Place;

/// What the server gives to who logs in.
const COOKIE: &str = "sid=s3cret-cookie-of-ann";
const PASSPHRASE: (&str, &str) = ("CASK_AUTH_PASSPHRASE", "a phrase that is long");

#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join("chromium")).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: there is no chromium here; ./test installs it");
    }
    found
}

/// A page that logs in whoever opens it, one that asks who they are, and the answer to that.
fn shop(asked: &Asked, to: &mut TcpStream) -> bool {
    let is_ann = asked.header("cookie").is_some_and(|cookie| cookie.contains(COOKIE));
    let (status, more, media, body) = match asked.target.as_str() {
        "/login" => (
            "200 OK",
            format!("set-cookie: {COOKIE}; Path=/; Max-Age=3600; HttpOnly\r\n"),
            "text/html",
            "<h1>hello</h1>",
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

#[test]
fn who_logged_in_is_known_when_something_is_recorded() {
    let Some(chromium) = chromium() else { return };
    let server = Upstream::start(shop);
    let place = Place::new();
    // A browser that is shown, on a machine where nobody could see it.
    let unseen = place.path("unseen");
    std::fs::write(&unseen, format!("#!/bin/sh\nexec {} --headless=new \"$@\"\n", chromium.display()))
        .expect("a script");
    std::fs::set_permissions(&unseen, std::fs::Permissions::from_mode(0o755)).expect("set");
    let url = server.url("/login");
    let args = ["auth", "login", "--profile", "ann", "--url", &url, "--browser-path", "unseen"];

    let err = place.cask_with(&args, &[PASSPHRASE]).failed();
    assert!(
        err.contains("there is no display on this machine") && err.contains("--from-storage-state"),
        "{err}"
    );

    let mut command = place.command(&args);
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
    until("somebody is logged in", || server.asked().iter().any(|asked| asked.target == "/login"));
    // The state is looked at once a second.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
    errors.read_to_string(&mut err).expect("text");
    assert!(child.wait().expect("it ends").success(), "{out}{err}");
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
