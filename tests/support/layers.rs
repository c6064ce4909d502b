//! Resolved sources in, breaches of the house's order out. The table of layers is the one in this file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::imports::{File, Mention, entry};

/// A folder of `src/`, or a file beside them.
pub struct Row {
    pub name: &'static str,
    /// What of ours it may name, itself apart: folders, or one module of a folder as `folder::module`.
    pub may: &'static [&'static str],
    /// Whether it may touch disk, network, processes, terminal, environment, clock and randomness.
    pub io: bool,
}

const fn pure(name: &'static str, may: &'static [&'static str]) -> Row {
    Row { name, may, io: false }
}

const fn world(name: &'static str, may: &'static [&'static str]) -> Row {
    Row { name, may, io: true }
}

/// Who may import whom, lowest layer first. docs/design.md says why.
#[rustfmt::skip]
pub const LAYERS: &[Row] = &[
    // 0 ground
    pure("canon", &[]),
    pure("rules", &[]),
    // 1 nouns
    pure("model", &["canon", "rules"]),
    // 2 judgement and trust
    pure("compare", &["canon", "rules", "model"]),
    pure("sign", &["canon", "rules", "model"]),
    // 3 engines and renderers
    pure("bundle", &["canon", "rules", "model", "compare"]),
    pure("capture", &["canon", "rules", "model", "compare"]),
    pure("clients", &["canon", "rules", "model", "compare"]),
    // What claims something of approvals asks what verifies them, and makes none.
    pure("comply", &["canon", "rules", "model", "compare", "sign::ground", "sign::verify"]),
    pure("diff", &["canon", "rules", "model", "compare", "sign"]),
    pure("drift", &["canon", "rules", "model", "compare"]),
    // What decides about calls reaches what verifies signatures, and nothing that makes them.
    pure("enforce", &["canon", "rules", "model", "compare", "sign::chain", "sign::envelope", "sign::ground", "sign::key", "sign::keyring", "sign::signature", "sign::subject", "sign::verify"]),
    pure("enrich", &["canon", "rules", "model", "compare"]),
    // What is kept is redacted as recordings are: by construction, not by who calls.
    pure("evidence", &["canon", "rules", "model", "compare", "sign", "capture::redact"]),
    pure("gate", &["canon", "rules", "model", "compare", "sign"]),
    pure("github", &["canon", "rules", "model"]),
    pure("judge", &["canon", "rules", "model", "compare", "sign"]),
    pure("lint", &["canon", "rules", "model", "compare"]),
    pure("migrate", &["canon", "rules", "model", "compare", "sign"]),
    pure("mint", &["canon", "rules", "model", "compare", "sign"]),
    pure("observe", &["canon", "rules", "model", "compare"]),
    pure("propose", &["canon", "rules", "model", "compare"]),
    // It proposes, and can neither sign nor verify.
    pure("repair", &["canon", "rules", "model", "compare"]),
    pure("report", &["canon", "rules", "model"]),
    // A renderer that is answered: it draws with the pens of reports.
    pure("review", &["canon", "rules", "model", "report"]),
    pure("source", &["canon", "rules", "model", "compare"]),
    pure("verify", &["canon", "rules", "model", "compare"]),
    // 4 outside
    world("io", &["canon", "rules", "model", "compare", "sign", "enforce", "github", "capture::browser"]),
    // 5 the server: it serves what is approved, and cannot approve
    world("run", &["canon", "rules", "model", "compare", "sign::chain", "sign::envelope", "sign::ground", "sign::key", "sign::keyring", "sign::signature", "sign::subject", "sign::verify", "enforce", "gate::subjects", "io::audit_log", "io::clock", "io::confirmations", "io::credentials", "io::end", "io::failure", "io::fs", "io::mcp", "io::net", "io::spending"]),
    // 5 the receiver: it takes what programs tell, and knows nothing that is approved
    world("receive", &["canon", "model", "capture", "run::listen"]),
    // 6 commands
    world("cmd", &["canon", "rules", "model", "compare", "sign", "bundle", "capture", "clients", "comply", "diff", "drift", "enforce", "enrich", "evidence", "gate", "github", "judge", "lint", "migrate", "mint", "observe", "propose", "repair", "report", "review", "source", "verify", "io", "run", "receive"]),
    // 7 command line
    world("cli", &["canon", "rules", "model", "compare", "sign", "bundle", "capture", "clients", "comply", "diff", "drift", "enforce", "enrich", "evidence", "gate", "github", "judge", "lint", "migrate", "mint", "observe", "propose", "repair", "report", "review", "source", "verify", "io", "run", "receive", "cmd"]),
    // 8 entry: main.rs, and bin/ with the same program under other names
    world("main", &["canon", "rules", "model", "compare", "sign", "bundle", "capture", "clients", "comply", "diff", "drift", "enforce", "enrich", "evidence", "gate", "github", "judge", "lint", "migrate", "mint", "observe", "propose", "repair", "report", "review", "source", "verify", "io", "run", "receive", "cmd", "cli"]),
];

/// What a pure layer may not name, as a prefix of the resolved path, and what to do about it. clippy.toml
/// forbids the same by type, methods included; this finds it in what clippy does not expand.
#[rustfmt::skip]
pub const WORLD: &[(&str, &str)] = &[
    ("std::fs", "take bytes as an argument"),
    // Addresses are values; sockets and lookups are not.
    ("std::net::TcpStream", "take what was fetched as an argument"),
    ("std::net::TcpListener", "take what was sent as an argument"),
    ("std::net::UdpSocket", "take what was fetched as an argument"),
    ("std::net::ToSocketAddrs", "take the addresses as an argument"),
    ("std::os", "take what the system said as an argument"),
    ("std::process", "take what was answered as an argument"),
    ("std::env", "take the value as an argument"),
    ("std::io::stdin", "take bytes as an argument"),
    ("std::io::stdout", "give text back"),
    ("std::io::stderr", "give text back"),
    ("std::thread::sleep", "take the time as an argument"),
    ("std::time::SystemTime", "take `now` as an argument"),
    ("std::time::Instant::now", "take `now` as an argument"),
    ("jiff::Timestamp::now", "take `now` as an argument"),
    ("jiff::Zoned::now", "take `now` as an argument"),
    ("jiff::tz::TimeZone::system", "times are UTC"),
    ("getrandom", "take the seed as an argument"),
    ("tempfile", "take bytes as an argument"),
    ("rpassword", "take the passphrase as an argument"),
    ("clap", "take typed arguments"),
    ("print!", "give text back"),
    ("println!", "give text back"),
    ("eprint!", "give text back"),
    ("eprintln!", "give text back"),
    ("dbg!", "take it out"),
];

/// Lines from which a file asks to be split, and lines that it may not have.
pub const LONG: usize = 350;
pub const TOO_LONG: usize = 600;

/// A rule of the house, the place where it is broken, and how.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub file: String,
    pub line: usize,
    pub rule: &'static str,
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}", self.file, self.line, self.rule, self.message)
    }
}

fn breach(file: &File, line: usize, rule: &'static str, message: String) -> Breach {
    Breach { file: file.path.clone(), line, rule, message }
}

/// The row's name for a file: its folder, or its own name for `cli.rs`, `main.rs` and `lib.rs`; `main` for
/// every root of a program.
fn folder(file: &File) -> &str {
    if entry(&file.path) {
        return "main";
    }
    let inside = file.path.strip_prefix("src/").unwrap_or(&file.path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

fn row(name: &str) -> Option<&'static Row> {
    LAYERS.iter().find(|row| row.name == name)
}

fn covers(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The files that are part of the program.
fn built(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| !file.test_only)
}

/// `layers`: an import that runs upwards or sideways, a glob over another folder, a folder without a row.
pub fn layers(files: &[File]) -> Vec<Breach> {
    let mut out = Vec::new();
    // lib.rs only lists the modules; what it re-exports is for other programs, and below no one may use it.
    for file in built(files).filter(|file| file.path != "src/lib.rs") {
        let Some(own) = row(folder(file)) else {
            let message = format!("`{}` has no row in the table of layers", folder(file));
            out.push(breach(file, 1, "layers", message));
            continue;
        };
        for Mention { line, path } in &file.ours {
            let Some(target) = path.first().filter(|target| *target != own.name) else { continue };
            let name = path.join("::");
            if row(target).is_none() {
                let message = format!("`crate::{name}` names nothing in the table of layers");
                out.push(breach(file, *line, "layers", message));
            } else if !own.may.iter().any(|may| covers(may, &name)) {
                let message = format!("{} may not import {target} (`crate::{name}`)", own.name);
                out.push(breach(file, *line, "layers", message));
            } else if path.last().is_some_and(|last| last == "*") {
                let message = format!("`crate::{name}` hides what {} takes from {target}", own.name);
                out.push(breach(file, *line, "layers", message));
            }
        }
    }
    out
}

/// For each file the files that it names, with the first line that does.
fn edges(files: &[File]) -> BTreeMap<&str, BTreeMap<&str, usize>> {
    let by_module: BTreeMap<&[String], &str> = built(files)
        .filter(|file| !entry(&file.path))
        .map(|file| (file.module.as_slice(), file.path.as_str()))
        .collect();
    built(files)
        .map(|file| {
            let mut named = BTreeMap::new();
            for Mention { line, path } in &file.ours {
                // The longest part of the path that is a file; lib.rs (no part at all) is not one.
                let target = (1..=path.len()).rev().find_map(|n| by_module.get(&path[..n]).copied());
                if let Some(target) = target.filter(|target| *target != file.path) {
                    named.entry(target).or_insert(*line);
                }
            }
            (file.path.as_str(), named)
        })
        .collect()
}

/// `parent`: a file that imports the `mod.rs` of a folder it lies in. What rows share stands in a file of its own.
pub fn parents(files: &[File]) -> Vec<Breach> {
    let edges = edges(files);
    let mut out = Vec::new();
    for file in built(files) {
        for (target, line) in &edges[file.path.as_str()] {
            let above = built(files).find(|other| other.path == *target);
            if above.is_some_and(|above| {
                above.module.len() < file.module.len() && file.module.starts_with(&above.module)
            }) {
                let message = format!("imports {target}, in which it is declared");
                out.push(breach(file, *line, "parent", message));
            }
        }
    }
    out
}

/// `circle`: files that need each other, shown as one way round.
pub fn circles(files: &[File]) -> Vec<Breach> {
    let edges = edges(files);
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|start| {
            let mut seen = BTreeSet::new();
            let mut todo = vec![*start];
            while let Some(at) = todo.pop() {
                todo.extend(edges[at].keys().filter(|next| seen.insert(**next)));
            }
            (*start, seen)
        })
        .collect();

    // Two files are in one circle if each reaches the other; a circle is told once, at its first file.
    let mut told = BTreeSet::new();
    let mut out = Vec::new();
    for file in built(files) {
        let start = file.path.as_str();
        if !reach[start].contains(start) || !told.insert(start) {
            continue;
        }
        let circle: BTreeSet<&str> =
            reach[start].iter().copied().filter(|other| reach[other].contains(start)).collect();
        told.extend(&circle);
        let way = way_round(start, &circle, &edges);
        let steps: Vec<String> = way.iter().map(|(from, line)| format!("{from}:{line}")).collect();
        let message = format!("{} files need each other: {} -> {start}", circle.len(), steps.join(" -> "));
        out.push(breach(file, way.first().map_or(1, |(_, line)| *line), "circle", message));
    }
    out
}

/// A shortest way from a file back to itself inside its circle: each file with the line that leads on.
fn way_round<'a>(
    start: &'a str,
    circle: &BTreeSet<&'a str>,
    edges: &BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
) -> Vec<(&'a str, usize)> {
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let at = way[way.len() - 1];
        for next in edges[at].keys().filter(|next| circle.contains(**next)) {
            if *next == start {
                let next_of = |i: usize| way.get(i + 1).copied().unwrap_or(start);
                return way.iter().enumerate().map(|(i, from)| (*from, edges[from][next_of(i)])).collect();
            }
            if seen.insert(*next) {
                ways.push_back([way.clone(), vec![*next]].concat());
            }
        }
    }
    Vec::new()
}

/// `world`: a pure layer that names disk, network, processes, terminal, environment, clock or randomness.
pub fn world_words(files: &[File]) -> Vec<Breach> {
    let mut out = Vec::new();
    for file in built(files).filter(|file| row(folder(file)).is_none_or(|row| !row.io)) {
        for Mention { line, path } in &file.foreign {
            let name = path.join("::").replacen("core::", "std::", 1);
            // `use std::net::*` brings in the sockets without naming them.
            let glob = name.strip_suffix("::*");
            let found = WORLD
                .iter()
                .find(|(word, _)| covers(word, &name) || glob.is_some_and(|from| covers(from, word)));
            if let Some((_, instead)) = found {
                let message = format!("`{name}` in a pure layer: {instead}");
                out.push(breach(file, *line, "world", message));
            }
        }
    }
    out
}

/// `exemption`: a file that switches the lint against I/O off, or a `#[path]` that hides a file.
/// Only the `mod.rs` of a layer that may do I/O switches it off, once for all below.
pub fn exemptions(files: &[File]) -> Vec<Breach> {
    let mut out = Vec::new();
    for file in files {
        let head = file.path == format!("src/{}/mod.rs", folder(file))
            || ["src/cli.rs", "src/main.rs"].contains(&file.path.as_str());
        let may = head && row(folder(file)).is_some_and(|row| row.io);
        // lib.rs and main.rs set the level for their crate.
        if !may && file.path != "src/lib.rs" {
            for line in &file.exemptions {
                let message = "only the head of a layer that may do I/O exempts it from the lint".to_owned();
                out.push(breach(file, *line, "exemption", message));
            }
        }
        for line in &file.relocated {
            let message = "a `#[path]` hides where a module lies".to_owned();
            out.push(breach(file, *line, "exemption", message));
        }
    }
    out
}

/// `length`, `opening`, `orphan`: what each file owes its reader.
pub fn files_in_order(files: &[File]) -> Vec<Breach> {
    let mut out = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if lines > TOO_LONG {
            let message = format!("{lines} lines, at most {TOO_LONG}: split it by meaning");
            out.push(breach(file, TOO_LONG + 1, "length", message));
        }
        if !file.text.starts_with("//! ") {
            let message = "opens without `//! ` and what comes in, goes out, and why".to_owned();
            out.push(breach(file, 1, "opening", message));
        }
        if !file.declared {
            let message = "no `mod` line reaches it: it is not compiled".to_owned();
            out.push(breach(file, 1, "orphan", message));
        }
    }
    out
}

/// Files that are not too long yet, longest first.
pub fn long_files(files: &[File]) -> Vec<(usize, &str)> {
    let mut long: Vec<(usize, &str)> = files
        .iter()
        .map(|file| (file.text.lines().count(), file.path.as_str()))
        .filter(|(lines, _)| *lines > LONG)
        .collect();
    long.sort_by(|a, b| b.cmp(a));
    long
}
