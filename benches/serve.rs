//! `cask run` before a server on loopback: how long it takes to start with 1,000 tools, what it adds to a call, and what
//! 64 callers at once come to. Figures for docs/benchmarks.md; nothing is asserted about time.
//!
//! `CASK_BENCH_SECONDS` says how long the load lasts (30).

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod support;

#[path = "../tests/support/session.rs"]
mod session;
#[path = "../tests/support/upstream.rs"]
mod upstream;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use session::Session;
use tempfile::TempDir;
use upstream::{Answered, Upstream};

const CASK: &str = env!("CARGO_BIN_EXE_cask");
/// Starts that are timed.
const STARTS: usize = 15;
/// Calls that are timed, one after the other.
const CALLS: usize = 3_000;
/// Callers at once.
const CALLERS: usize = 64;
/// What a client says of itself, and that it heard the answer.
const HELLO: &str =
    r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

fn main() {
    // What `cargo test` asks of a benchmark is that it builds and begins.
    let quick = !std::env::args().any(|arg| arg == "--bench");
    println!("start-up with 1,000 tools, to the answer of initialize: median of {STARTS}");
    let large = Served::new(1_000);
    println!("  cask run    {:8.2} ms", median(STARTS, || large.start()));
    println!("  a process   {:8.2} ms", median(STARTS, bare));
    println!("  list of all {:8.2} ms", large.list());
    let small = Served::new(1);
    let calls = if quick { 50 } else { CALLS };
    println!("one call after the other: {calls} of each");
    let (direct, through) = (small.direct(calls), small.through(calls));
    for (name, times) in [("direct", &direct), ("cask run", &through)] {
        let (p50, p99) = (at(times, 50), at(times, 99));
        println!("  {name:<10} p50 {p50:7.3} ms   p99 {p99:7.3} ms");
    }
    println!(
        "  added      p50 {:7.3} ms   p99 {:7.3} ms",
        at(&through, 50) - at(&direct, 50),
        at(&through, 99) - at(&direct, 99)
    );
    let seconds = std::env::var("CASK_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30);
    small.load(Duration::from_secs(if quick { 1 } else { seconds }));
}

fn ms(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1000.0
}

fn median(times: usize, mut run: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..times).map(|_| run()).collect();
    all.sort_by(f64::total_cmp);
    all[times / 2]
}

/// A percentile of times that are sorted.
fn at(times: &[f64], percent: usize) -> f64 {
    times[(times.len() - 1) * percent / 100]
}

fn bare() -> f64 {
    let start = Instant::now();
    Command::new(CASK).arg("--version").stdout(Stdio::null()).status().expect("it runs");
    ms(start)
}

/// A toolpack that is approved, and the server that its tools call.
struct Served {
    dir: TempDir,
    upstream: Upstream,
}

impl Served {
    fn new(tools: usize) -> Served {
        let dir = TempDir::new().expect("a folder");
        let (trust, text) = support::trust();
        let mut files: BTreeMap<String, String> = support::toolpack("bench", tools);
        let manifest = files.get_mut("artifact/tools.json").expect("a manifest");
        *manifest =
            manifest.replace("\"rate_limit_per_minute\": 60", "\"rate_limit_per_minute\": 1000000000");
        let lock = support::lockfile(&files, trust.root(), 1);
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        write("lockfile/caskmcp.lock.yaml", &lock);
        write(".caskmcp/trust.yaml", &text);
        for (path, text) in &files {
            write(path, text);
        }
        let upstream = Upstream::new(|asked| Answered::json(200, &json!({"id": 1, "name": asked.target})));
        let served = Served { dir, upstream };
        // This machine sees the trust for the first time.
        let accepted = served.command(&["trust", "accept", "--yes"]).output().expect("it runs");
        assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
        served
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(CASK);
        command.args(args).current_dir(self.dir.path()).env("XDG_STATE_HOME", self.dir.path().join("state"));
        command.env("XDG_CONFIG_HOME", self.dir.path().join("config")).env_remove("CI");
        command
    }

    fn run(&self) -> Command {
        let base = format!("http://127.0.0.1:{}", self.upstream.port);
        let opens = ["--unsafe-base-url", "--allow-private-cidr", "127.0.0.0/8"];
        let mut args = vec!["run", "--toolpack", ".", "--base-url", &base];
        args.extend(opens);
        self.command(&args)
    }

    fn start(&self) -> f64 {
        let start = Instant::now();
        let session = Session::open(self.run());
        let took = ms(start);
        drop(session.close());
        took
    }

    fn list(&self) -> f64 {
        let mut session = Session::open(self.run());
        let start = Instant::now();
        let (mut cursor, mut tools) = (None::<String>, 0);
        loop {
            let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
            let said = session.ask("tools/list", params);
            tools += said["result"]["tools"].as_array().map_or(0, Vec::len);
            cursor = said["result"]["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(tools, 1_000);
        ms(start)
    }

    /// Calls of the server without anything between.
    fn direct(&self, calls: usize) -> Vec<f64> {
        let stream = TcpStream::connect(("127.0.0.1", self.upstream.port)).expect("it listens");
        stream.set_nodelay(true).expect("an option");
        let mut out = stream.try_clone().expect("a stream");
        let mut reader = BufReader::new(stream);
        sorted(calls, |n| {
            let request = format!("GET /v1/kind0/items/{n} HTTP/1.1\r\nhost: x\r\n\r\n");
            out.write_all(request.as_bytes()).expect("it reads");
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("an answer");
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().expect("a length");
                }
                if line == "\r\n" {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).expect("a body");
        })
    }

    /// The same by way of `cask run`: written and read as plainly, so that what is added is what the server adds.
    fn through(&self, calls: usize) -> Vec<f64> {
        let mut command = self.run();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("it runs");
        let mut out = server.stdin.take().expect("a pipe");
        let mut reader = BufReader::new(server.stdout.take().expect("a pipe"));
        let mut ask = |id: usize, method: &str, params: &str| {
            let asked = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
            let asked = if id == 1 { format!("{INITIALIZED}\n{asked}\n") } else { asked + "\n" };
            out.write_all(asked.as_bytes()).expect("it reads");
            let mut line = String::new();
            reader.read_line(&mut line).expect("an answer");
            assert!(line.contains(&format!("\"id\":{id}")) && !line.contains("\"isError\":true"), "{line}");
        };
        ask(0, "initialize", HELLO);
        let times = sorted(calls, |n| {
            let params = format!(r#"{{"name":"get_item_00000","arguments":{{"item_id":{}}}}}"#, n + 1);
            ask(n + 1, "tools/call", &params);
        });
        drop(out);
        server.wait().expect("it ends");
        times
    }

    /// Many callers at once: each begins its next call when it has its answer.
    fn load(&self, time: Duration) {
        let log = self.dir.path().join(".caskmcp/state/audit/runtime.jsonl");
        let before = lines(&log);
        let mut session = Session::open(self.run());
        let start = Instant::now();
        let mut open: BTreeMap<i64, u64> = BTreeMap::new();
        let (mut begun, mut ended, mut first_rss) = (0u64, 0u64, 0);
        let begin = |session: &mut Session, open: &mut BTreeMap<i64, u64>, n: u64| {
            let params = json!({"name": "get_item_00000", "arguments": {"item_id": n}});
            open.insert(session.begin("tools/call", params), n);
        };
        while begun < CALLERS as u64 {
            begun += 1;
            begin(&mut session, &mut open, begun);
        }
        while !open.is_empty() {
            let (id, said) = session.any();
            let n = open.remove(&id).expect("an id that was asked");
            let target = format!("/v1/kind0/items/{n}");
            assert_eq!(said["result"]["structuredContent"]["name"], target, "an answer under another id");
            ended += 1;
            if start.elapsed() > time / 5 && first_rss == 0 {
                first_rss = rss(session.pid());
            }
            if start.elapsed() < time {
                begun += 1;
                begin(&mut session, &mut open, begun);
            }
        }
        let (took, last_rss) = (start.elapsed().as_secs_f64(), rss(session.pid()));
        drop(session.close());
        let written = lines(&log) - before - 2;
        println!("{CALLERS} callers for {took:.1} s");
        println!("  calls      {ended} ({:.0} a second), none under another's id", ended as f64 / took);
        println!("  audit      {written} lines, {} expected", ended * 3);
        println!("  memory     {first_rss} KiB after a fifth, {last_rss} KiB at the end");
        assert_eq!(written as u64, ended * 3, "a line of the audit log is lost");
        let verified = self.command(&["audit", "verify"]).output().expect("it runs");
        println!(
            "  chain      {}",
            String::from_utf8_lossy(&verified.stdout).lines().next().unwrap_or("broken")
        );
    }
}

fn sorted(calls: usize, mut call: impl FnMut(usize)) -> Vec<f64> {
    let mut times: Vec<f64> = (0..calls)
        .map(|n| {
            let start = Instant::now();
            call(n);
            ms(start)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Lines of a log and of what it was rotated into.
fn lines(log: &Path) -> usize {
    let Some(folder) = log.parent() else { return 0 };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = files.filter(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with("runtime.jsonl") && !name.ends_with(".lock")
    });
    logs.map(|file| {
        std::fs::read(file.path()).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count())
    })
    .sum()
}

/// Resident memory of a process, in KiB; 0 where the system does not tell.
fn rss(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
