//! A repository in which all is well, the ways in which a file of it can be bad, and what a refusal must
//! look like. The commits of all bad files are made at once: one `git fast-import`.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::print_stderr, reason = "what was measured, and what is read aloud")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::{Place, copy, git};

/// The toolpack's folder.
pub const PACK: &str = "toolpacks/shop";
/// Where its governed files and those of the repository lie.
pub const HEADER: &str = "toolpacks/shop/toolpack.yaml";
pub const TOOLS: &str = "toolpacks/shop/artifact/tools.json";
pub const TOOLSETS: &str = "toolpacks/shop/artifact/toolsets.yaml";
pub const POLICY: &str = "toolpacks/shop/artifact/policy.yaml";
pub const BASELINE: &str = "toolpacks/shop/artifact/baseline.json";
pub const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
pub const DIGESTS: &str = "toolpacks/shop/snapshot/digests.json";
pub const TRUST: &str = ".caskmcp/trust.yaml";
pub const GATE: &str = ".caskmcp/gate.yaml";

/// What every run on a toolpack needs.
pub const ARTIFACTS: [&str; 6] = [HEADER, TOOLS, TOOLSETS, POLICY, BASELINE, LOCK];

/// The longest that a refusal may take: two seconds as it is shipped, three times that unoptimised.
pub const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 2 });

/// A way for a file to be bad: its name, and the bytes made of a good file's.
pub struct Bad {
    pub name: &'static str,
    pub make: fn(&str, &[u8]) -> Vec<u8>,
    /// Whether the refusal can name a line.
    pub has_line: bool,
}

/// Every way that is a matter of bytes.
pub const BYTES: &[Bad] = &[
    Bad { name: "empty", has_line: false, make: |_, _| Vec::new() },
    Bad { name: "white", has_line: false, make: |_, _| b"\n\n  \n".to_vec() },
    Bad { name: "truncated", has_line: true, make: truncated },
    Bad { name: "binary", has_line: false, make: |_, _| (0..=255u8).cycle().take(70_000).collect() },
    Bad { name: "not-utf8", has_line: false, make: |_, good| [good, b"# \xff\xfe\n"].concat() },
    Bad { name: "bomb", has_line: true, make: |_, good| bomb(good) },
    Bad { name: "brackets", has_line: true, make: |_, _| vec![b'['; 200_000] },
    Bad { name: "braces", has_line: true, make: |_, _| b"{\"a\":".repeat(200_000) },
    Bad { name: "dashes", has_line: true, make: |_, _| b"- ".repeat(200_000) },
    Bad { name: "duplicate", has_line: true, make: duplicate },
    Bad { name: "list", has_line: true, make: |_, _| b"[1, 2]\n".to_vec() },
    Bad { name: "text", has_line: true, make: |_, _| b"\"a text\"\n".to_vec() },
    Bad { name: "wrong-type", has_line: true, make: wrong_type },
    Bad { name: "version", has_line: true, make: version },
    Bad { name: "nul", has_line: true, make: nul },
    Bad { name: "utf-16", has_line: false, make: |_, good| utf16(good) },
    Bad { name: "conflict", has_line: true, make: conflict },
    Bad {
        name: "lfs",
        has_line: false,
        make: |_, _| b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".to_vec(),
    },
];

/// Half of the file, cut within a key.
fn truncated(_: &str, good: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(good).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let half = lines.len() / 2;
    let at = (half..lines.len()).find(|i| lines[*i].trim_start_matches(['-', ' ', '"']).contains(':'));
    let at = at.expect("a key in the second half");
    let key = lines[at].split(':').next().expect("a key");
    let mut cut = lines[..at].join("\n");
    // A key without its colon, or an unclosed quote: never a valid shorter file.
    write!(cut, "\n{}", &key[..key.trim_end_matches('"').len()]).expect("memory");
    cut.into_bytes()
}

/// Nine levels of nine: a billion in a kilobyte. The good file's version stays in front.
fn bomb(good: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(good);
    let head = text.lines().find(|l| l.starts_with("schema")).unwrap_or("schema_version: \"1.0\"");
    let mut out = format!("{head}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..=9 {
        let row = vec![format!("*a{}", n - 1); 9].join(", ");
        writeln!(out, "a{n}: &a{n} [{row}]").expect("memory");
    }
    out.into_bytes()
}

/// The first member of the file stands twice.
fn duplicate(file: &str, good: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(good).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    let at = usize::from(file.ends_with(".json"));
    lines.insert(at, lines[at]);
    lines.join("\n").into_bytes()
}

/// A member that every kind of file has, as a map where a text or a list is wanted.
fn wrong_type(file: &str, good: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(good).expect("text");
    let (from, to) = match file {
        HEADER => ("toolpack_id: tp_1d915b164824", "toolpack_id: [tp_1d915b164824]"),
        TOOLS => ("\"risk_tier\": \"high\"", "\"risk_tier\": 3"),
        TOOLSETS => ("default_toolset: ", "default_toolset: 7 #"),
        POLICY => ("  priority: 100", "  priority: \"100\""),
        BASELINE => ("\"stable_id\": \"", "\"stable_id\": 1, \"x\": \""),
        LOCK => ("surface:\n", "surface: 1\nx:\n"),
        DIGESTS => ("\"version\": \"1\"", "\"version\": 1"),
        TRUST => ("version: 1\n", "version: one\n"),
        GATE => ("version: 1\n", "version: one\n"),
        _ => panic!("{file}"),
    };
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    text.replacen(from, to, 1).into_bytes()
}

/// A version from the future.
fn version(file: &str, good: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(good).expect("text");
    let (from, to) = match file {
        DIGESTS => ("\"version\": \"1\"", "\"version\": \"9\""),
        TRUST => ("cask.trust/1", "cask.trust/9"),
        GATE => ("cask.gate/1", "cask.gate/9"),
        _ => ("\"2.0\"", "\"9.0\""),
    };
    assert!(text.contains(from), "{file} has no {from}");
    text.replacen(from, to, 1).into_bytes()
}

fn nul(_: &str, good: &[u8]) -> Vec<u8> {
    let at = good.iter().position(|b| *b == b':').expect("a member") + 2;
    [&good[..at], b"\0", &good[at..]].concat()
}

fn utf16(good: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(good);
    [0xFFu8, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn conflict(_: &str, good: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(good).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let half = lines.len() / 2;
    let (one, two) = (lines[..half].join("\n"), lines[half..].join("\n"));
    format!("{one}\n<<<<<<< HEAD\n{two}\n=======\n{two}\n>>>>>>> feature\n").into_bytes()
}

/// A repository in which every governed file is there, approved, signed and merged.
pub struct World {
    pub place: Place,
}

impl World {
    /// A copy of the world, to be spoilt.
    pub fn new() -> World {
        static MADE: OnceLock<World> = OnceLock::new();
        let made = MADE.get_or_init(World::make);
        let place = Place::new();
        copy(made.place.dir.path(), place.dir.path());
        World { place }
    }

    fn make() -> World {
        let place = Place::with_git();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &place.path(PACK));
        place.write(".gitattributes", "* -text\n");
        place.cask(&["key", "new", "--no-passphrase"]).ok();
        place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
        let trust = place.read(TRUST);
        let trust = cask::model::trust::Trust::read(
            TRUST,
            cask::model::bytes::strict_yaml(TRUST, trust.as_bytes(), 1 << 20).expect("YAML"),
        );
        let root = trust.expect("a trust file").digest;
        place.write(GATE, format!("schema: cask.gate/1\nversion: 1\nroot: {root}\nsignatures: []\n"));
        place.cask(&["trust", "sign", "--gate", "--yes"]).ok();
        place.merge("trust");
        place.cask(&["gate", "sync", "--toolpack", PACK]).ok();
        place.cask(&["gate", "allow", "--all", "--yes", "--toolpack", PACK]).ok();
        place.cask(&["gate", "snapshot", "--toolpack", PACK]).ok();
        place.merge("approved");
        World { place }
    }

    pub fn good(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.place.path(file)).expect(file)
    }

    /// Branches, each with one bad file on top of what is merged: `bad-N`, and on top of that the good file
    /// again: `mended-N`. `None` for the bytes removes the file; mode 120000 makes it a link.
    pub fn branches(&self, bad: &[(&str, &str, Option<Vec<u8>>)]) {
        let tip = self.place.git(&["rev-parse", "HEAD"]);
        let mut import = Vec::new();
        let mut commit = |branch: String, from: &str, change: &[u8]| {
            write!(
                import,
                "commit refs/heads/{branch}\ncommitter Ada <ada@example.invalid> 1700000000 +0000\n\
                 data 3\nbad\nfrom {from}\n"
            )
            .expect("memory");
            import.extend_from_slice(change);
            import.push(b'\n');
        };
        for (n, (mode, file, bytes)) in bad.iter().enumerate() {
            let put = |mode: &str, bytes: &[u8]| {
                let mut change = format!("M {mode} inline {file}\ndata {}\n", bytes.len()).into_bytes();
                change.extend_from_slice(bytes);
                change
            };
            let change = match bytes {
                None => format!("D {file}\n").into_bytes(),
                Some(bytes) => put(mode, bytes),
            };
            commit(format!("bad-{n}"), &tip, &change);
            commit(format!("mended-{n}"), &format!("refs/heads/bad-{n}"), &put("100644", &self.good(file)));
        }
        let mut git = Command::new("git")
            .args(["fast-import", "--quiet", "--force"])
            .current_dir(self.place.root())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("git runs");
        git.stdin.take().expect("piped").write_all(&import).expect("it reads");
        assert!(git.wait().expect("it ends").success());
    }

    /// Runs a command and times it.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_in(&self.place.root(), args)
    }

    /// As [`World::run`], in another folder.
    pub fn run_in(&self, dir: &Path, args: &[&str]) -> Run {
        let begun = Instant::now();
        let out = self.place.command(args).current_dir(dir).output().expect("cask runs");
        let took = begun.elapsed();
        let line = args.join(" ");
        Run {
            line,
            code: out.status.code(),
            out: String::from_utf8(out.stdout).expect("results are text"),
            err: String::from_utf8(out.stderr).expect("errors are text"),
            took,
            away: self.place.dir.path().to_str().expect("a plain path").to_owned(),
        }
    }

    /// Every file of the repository and of its origin, by path: what it is and what it holds.
    pub fn state(&self) -> BTreeMap<String, String> {
        let mut state = BTreeMap::new();
        walk(&self.place.root(), &mut state);
        state
    }
}

fn walk(dir: &Path, state: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).expect("a folder").map(Result::unwrap) {
        let path = entry.path();
        let name = path.to_string_lossy().into_owned();
        let meta = path.symlink_metadata().expect("there");
        if meta.is_dir() {
            state.insert(name, "folder".to_owned());
            walk(&path, state);
        } else if meta.is_symlink() {
            state.insert(name, format!("link to {}", path.read_link().expect("a link").display()));
        } else if !meta.is_file() {
            state.insert(name, "special".to_owned());
        } else if meta.len() > 8 << 20 {
            state.insert(name, format!("{} bytes, {:?}", meta.len(), meta.modified().ok()));
        } else {
            state.insert(name, cask::canon::digest::sha256_hex(&std::fs::read(&path).expect("readable")));
        }
    }
}

/// What a command came to.
pub struct Run {
    pub line: String,
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
    away: String,
}

impl Run {
    /// What is not as a refusal must be; empty if all is well.
    pub fn flaws(&self, file: Option<&str>, has_line: bool) -> Vec<String> {
        let mut flaws = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                flaws.push(what.to_owned());
            }
        };
        must(self.code == Some(3), &format!("exit {:?}", self.code));
        must(self.took < PATIENCE, &format!("took {:?}", self.took));
        let err = &self.err;
        must(err.starts_with("error: "), "does not begin with `error: `");
        must(err.lines().filter(|l| l.starts_with("error")).count() == 1, "not one message");
        must(err.ends_with("exit 3\n"), "does not end with the exit code");
        must(err.contains("\ndo:   "), "does not say what to do");
        must(!err.contains("panicked") && !err.contains("internal error"), "a fault of the program");
        must(!err.contains(&self.away) && !self.out.contains(&self.away), "an absolute path");
        must(err.lines().all(|l| l.chars().count() <= 80), "wider than 80 columns");
        must(!err.chars().any(|c| c.is_control() && c != '\n'), "control characters");
        if let Some(file) = file {
            // A long place is broken over lines.
            let solid: String = err.split_whitespace().collect();
            must(solid.contains(file), &format!("does not name {file}"));
            let after = solid.split(&format!("-->{file}:")).nth(1).unwrap_or_default();
            must(!has_line || after.starts_with(|c: char| c.is_ascii_digit()), "names no line");
        }
        match self.line.contains("--format json") {
            false => must(self.out.is_empty(), "something on stdout"),
            true => {
                let report = serde_json::from_str::<serde_json::Value>(&self.out).unwrap_or_default();
                must(report["verdict"] == "error" && report["exit_code"] == 3, "no report that says error");
            }
        }
        if !flaws.is_empty() {
            let cut: String = err.chars().take(1_500).collect();
            flaws.push(format!("\n{cut}"));
        }
        flaws
    }
}

/// Collects what is wrong over many runs, so that one run of a test shows all of it.
#[derive(Default)]
pub struct Book {
    wrong: Vec<String>,
    runs: usize,
    slowest: (Duration, String),
}

impl Book {
    pub fn look(&mut self, what: &str, run: &Run, file: Option<&str>, has_line: bool) {
        self.runs += 1;
        if run.took > self.slowest.0 {
            self.slowest = (run.took, format!("{what}: cask {}", run.line));
        }
        let flaws = run.flaws(file, has_line);
        if !flaws.is_empty() {
            self.wrong.push(format!("== {what}: cask {}\n   {}", run.line, flaws.join("; ")));
        }
        if std::env::var_os("CASK_READ_ALOUD").is_some() {
            eprintln!("== {what}: cask {}\n{}", run.line, run.err);
        }
    }

    pub fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    /// Fails with all that was wrong.
    pub fn close(self, at_least: usize) {
        eprintln!("{} runs, the slowest {:?}: {}", self.runs, self.slowest.0, self.slowest.1);
        assert!(self.runs >= at_least, "only {} runs", self.runs);
        let wrong = self.wrong.len();
        assert!(wrong == 0, "{wrong} of {} runs:\n{}", self.runs, self.wrong.join("\n"));
    }
}

/// A commit in a repository of its own, for shallow clones and the like.
pub fn clone(world: &World, args: &[&str], name: &str) {
    let origin = world.place.dir.path().join("origin.git");
    let from = format!("file://{}", origin.display());
    git(world.place.dir.path(), &[&["clone", "-q"], args, &[&from, name]].concat());
}
