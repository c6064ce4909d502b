//! `cask mint` in front of a person, in front of nobody, and ended in the middle; `cask enrich` before it sends anything.
#![cfg(unix)]

use crate::support;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::{Place, Ran};

/// A recording of two APIs and a counter.
fn hosts() -> String {
    let call = |host: &str, path: &str| {
        format!(
            r#"{{"request":{{"method":"GET","url":"https://{host}{path}","headers":[]}},"response":{{"status":200,"headers":[],"content":{{"mimeType":"application/json","text":"{{}}"}}}}}}"#
        )
    };
    let entries = [
        call("api.shop.example", "/v1/orders"),
        call("api.shop.example", "/v1/users"),
        call("api.pay.example", "/v1/charges"),
    ];
    format!(r#"{{"log":{{"version":"1.2","entries":[{}]}}}}"#, entries.join(","))
}

/// Runs a command on a terminal of its own; types an answer to each question. What the terminal showed.
fn at_a_terminal(place: &Place, args: &[&str], answers: &str, env: &[(&str, &str)]) -> (i32, String) {
    // The terminal, since no program here can make one: reads until a question stands there, and answers it.
    const PROGRAM: &str = r#"
import os, pty, select, sys
answers, args = sys.argv[1].split("|"), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(args[0], args)
seen, told = b"", b""
while True:
    if not select.select([fd], [], [], 60)[0]:
        # A question that the test has no answer for, which would wait for ever: nobody is there any more.
        told += b"\nnobody answered this\n"
        os.close(fd)
        break
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    told += data
    seen += data
    if seen.rstrip().endswith((b"*:", b"[y/N]")) and answers:
        os.write(fd, (answers.pop(0) + "\n").encode())
        seen = b""
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(told)
sys.exit(os.waitstatus_to_exitcode(status))
"#;
    let own = place.command(args);
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM, answers, env!("CARGO_BIN_EXE_cask")]).args(args).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("CASK_NON_INTERACTIVE").env("TERM", "xterm").envs(env.iter().copied());
    let out = command.current_dir(place.root()).stdin(Stdio::null()).output().expect("python3 runs");
    (out.status.code().expect("it ended"), String::from_utf8(out.stdout).expect("text"))
}

/// Whoever interrupts it there would type blindly from then on.
#[test]
fn a_terminal_shows_what_is_typed_after_a_passphrase_was_left() {
    const PROGRAM: &str = r#"
import os, pty, select, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
echo = lambda: bool(termios.tcgetattr(fd)[3] & termios.ECHO)
seen, until = b"", time.monotonic() + 60
while echo() or b":" not in seen:
    assert time.monotonic() < until, seen
    if select.select([fd], [], [], 0.05)[0]:
        seen += os.read(fd, 4096)
os.write(fd, b"\x03")
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), echo())
"#;
    let place = Place::with_git();
    let args = ["key", "new"];
    let own = place.command(&args);
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM, env!("CARGO_BIN_EXE_cask")]).args(args).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("CASK_NON_INTERACTIVE").env("TERM", "xterm");
    let out = command.current_dir(place.root()).stdin(Stdio::null()).output().expect("python3 runs");
    assert_eq!(
        String::from_utf8_lossy(&out.stdout),
        "130 True\n",
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(!place.dir.path().join(&place.person).join("cask/keys").exists());
}

fn minted(place: &Place) -> String {
    let text = place.read("pack/toolpack.yaml");
    std::fs::remove_dir_all(place.path("pack")).expect("it goes");
    text
}

#[test]
fn hosts_are_asked_for_on_a_terminal_and_nowhere_else() {
    let place = Place::with_git();
    place.write("calls.har", hosts());
    let mint = ["mint", "calls.har", "-o", "pack"];
    for (answers, hosts) in [
        ("", "- api.shop.example\n"),
        ("2", "- api.pay.example\n"),
        ("1, 2", "- api.pay.example\n- api.shop.example\n"),
        ("9|api.pay.example", "- api.pay.example\n"),
    ] {
        let (code, told) = at_a_terminal(&place, &mint, answers, &[]);
        assert_eq!(code, 0, "{told}");
        assert!(
            told.contains("*  1  api.shop.example  2") && told.contains("   2  api.pay.example   1"),
            "{told}"
        );
        let text = minted(&place);
        assert!(text.contains(&format!("allowed_hosts:\n{hosts}sources:")), "{answers}: {text}");
        assert!(!told.contains("name others with -a"), "who was asked has chosen: {told}");
    }
    let (code, told) = at_a_terminal(&place, &mint, "7|8|9", &[]);
    assert!(code == 3 && told.contains("-a HOST") && !place.path("pack").exists(), "{told}");
    // Who said it is not asked, nor is who cannot be.
    for (more, env) in [
        (&["-a", "api.shop.example"][..], &[][..]),
        (&["--no-interactive"], &[]),
        (&[], &[("CI", "true")]),
        (&[], &[("TERM", "dumb")]),
    ] {
        let (code, told) = at_a_terminal(&place, &[&mint[..], more].concat(), "", env);
        assert!(code == 0 && !told.contains("Which are the API"), "{told}");
        assert!(minted(&place).contains("allowed_hosts:\n- api.shop.example\nsources:"));
    }
    let ran: Ran = place.cask(&mint);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "nothing but the result where nobody sits");
    assert!(minted(&place).contains("allowed_hosts:\n- api.shop.example\nsources:"));
    let (code, told) = at_a_terminal(&place, &["capture", "import", "calls.har"], "2", &[]);
    assert!(code == 0 && told.contains("  Hosts: api.pay.example\r\n"), "{told}");
}

#[test]
fn init_offers_the_hook_to_a_person_and_to_nobody_else() {
    let said =
        ["--id", "alice", "--key", "default", "--github", "alice-gh", "--ci", "none", "--ignore", "all"];
    for (answers, hook) in [("y|y", true), ("n|y", false), ("|y", false)] {
        let place = Place::with_git();
        place.cask(&["key", "new", "--no-passphrase"]).ok();
        let (code, told) = at_a_terminal(&place, &[&["init"][..], &said].concat(), answers, &[]);
        assert!(code == 0 && told.contains("A hook before each push? [y/N]"), "{told}");
        assert_eq!(place.path(".git/hooks/pre-push").exists(), hook, "{told}");
        assert_eq!(told.contains("cask hook install"), !hook, "{told}");
    }
    let place = Place::with_git();
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    let said = place.cask(&["init", "--id", "alice"]).ok();
    assert!(said.contains("cask hook install") && !place.path(".git/hooks/pre-push").exists(), "{said}");
}

#[test]
fn in_ci_init_asks_nothing_whatever_terminal_there_is() {
    let place = Place::with_git();
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    let (code, told) = at_a_terminal(&place, &["init"], "", &[("CI", "true")]);
    assert_eq!(code, 1, "{told}");
    assert!(!told.contains("[y/N]") && !told.contains("nobody answered"), "{told}");
    let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("\"Write and sign them?\" would have been asked"), "{told}");
    assert!(flat.contains("on your own machine"), "{told}");
    assert!(!place.path(".caskmcp/trust.yaml").exists(), "{told}");
}

#[test]
fn how_far_reading_is_stands_on_a_terminal_until_the_result_is_there() {
    let place = Place::with_git();
    place.write("calls.har", large(20_000));
    let mint = ["mint", "calls.har", "-o", "pack"];
    let start = Instant::now();
    let (code, told) = at_a_terminal(&place, &mint, "", &[]);
    assert_eq!(code, 0, "{told}");
    // What is done at once is not spoken of.
    if start.elapsed() > Duration::from_millis(2_000) {
        let (line, rest) = told.rsplit_once("MiB (").expect("a line that is written over");
        assert!(line.starts_with("\r\u{1b}[Kreading      "), "{line:?}");
        assert!(rest.contains("%)\r\u{1b}[K") && rest.contains("calls.har: 20,000 calls"), "{rest:?}");
    }
    std::fs::remove_dir_all(place.path("pack")).expect("it goes");
    let (_, told) = at_a_terminal(&place, &[&mint[..], &["-q"]].concat(), "", &[]);
    assert!(!told.contains("reading  "), "{told}");
}

/// A recording of so many calls.
fn large(entries: usize) -> String {
    let mut out = String::from(r#"{"log":{"version":"1.2","entries":["#);
    for n in 0..entries {
        let comma = if n == 0 { "" } else { "," };
        let body = "word ".repeat(200);
        out += &format!(
            r#"{comma}{{"request":{{"method":"GET","url":"https://api.shop.example/v1/orders/{n}/items","headers":[]}},"response":{{"status":200,"headers":[],"content":{{"mimeType":"application/json","text":"{{\"id\":{n},\"note\":\"{body}\"}}"}}}}}}"#
        );
    }
    out + "]}}"
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => todo.push(entry.path()),
                false => {
                    let bytes = std::fs::read(entry.path()).expect("a file");
                    drop(found.insert(entry.path().display().to_string(), bytes));
                }
            }
        }
    }
    found
}

#[test]
fn one_that_is_ended_in_the_middle_leaves_nothing_half_written() {
    let place = Place::with_git();
    place.write("calls.har", large(2_000));
    let mint = ["mint", "calls.har", "-a", "api.shop.example", "-o", "pack"];
    let import = ["capture", "import", "calls.har", "-a", "api.shop.example", "-n", "x"];
    let start = Instant::now();
    place.cask(&mint).ok();
    let whole_time = start.elapsed();
    place.cask(&import).ok();
    let (pack, captures) = (place.path("pack"), place.path(".caskmcp/captures"));
    let expected = files(&pack);
    let stored = files(&captures);
    let mut ended = 0;
    for step in 0..6u32 {
        for args in [&mint[..], &import] {
            for dir in [&pack, &captures] {
                let _ = std::fs::remove_dir_all(dir);
            }
            let mut child =
                place.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
            std::thread::sleep(whole_time * step / 6 + Duration::from_millis(1));
            // As Ctrl-C does, which what runs in the background may be told to ignore; as a CI system does; and the last
            // of them as nobody can ignore.
            let signal = ["-INT", "-TERM", "-INT", "-TERM", "-INT", "-KILL"][step as usize];
            let killed =
                Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
            let status = child.wait().expect("it ends");
            ended += usize::from(killed.success() && status.code().is_none());
            // All of it or nothing that anybody reads as one.
            let is = files(&pack);
            if place.path("pack/toolpack.yaml").exists() {
                assert_eq!(is.len(), expected.len(), "{:?}", is.keys());
            }
            let whole = |dir: &Path| dir.join("capture.json").exists();
            let folders: Vec<_> = std::fs::read_dir(&captures).into_iter().flatten().flatten().collect();
            assert!(
                folders
                    .iter()
                    .all(|e| { e.file_name().to_string_lossy().starts_with(".new-") || whole(&e.path()) })
            );
            // What one that was ended while it wrote leaves, whenever that was.
            if args[0] == "mint" && pack.join("artifact").is_dir() {
                place.write("pack/artifact/.baseline.json.Xy12.tmp", "{");
            }
            // The next run finds nothing in its way, and gives what it would have given.
            place.cask(args).ok();
            match args[0] {
                "mint" => assert!(files(&pack) == expected, "{:?}", files(&pack).keys()),
                _ => assert!(files(&captures) == stored, "{:?}", files(&captures).keys()),
            }
        }
    }
    assert!(ended > 3, "only {ended} were still running");
}

#[test]
fn what_would_leave_the_machine_is_asked_first() {
    let place = Place::with_git();
    place.write("calls.har", hosts());
    place.cask(&["mint", "calls.har", "-a", "api.shop.example", "-o", "pack"]).ok();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counts.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let enrich = ["enrich", "--toolpack", "pack", "--endpoint", &endpoint, "--model", "small"];
    let (code, told) = at_a_terminal(&place, &enrich, "y", &[("CASK_NON_INTERACTIVE", "1")]);
    assert!(code == 3 && !told.contains("[y/N]") && told.contains("--yes"), "{told}");
    for (answer, said, times) in [("n", "the answer was no", 0), ("y", "answered 401", 1)] {
        let (code, told) = at_a_terminal(&place, &enrich, answer, &[]);
        assert_eq!(code, 3, "{told}");
        for part in ["Send it? [y/N]", "2 tools of pack", "not sent", said] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), times, "{answer}");
    }
}
