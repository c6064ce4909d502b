//! One case of fixtures/cases: case.yaml in; both states of its toolpack, or of what lies beside toolpacks, as files in
//! memory, and what must be told of the difference, out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cask::canon::decode::decode;
use cask::canon::emit::{emit_json, emit_yaml};
use cask::canon::json::compact;
use cask::canon::limits::Limits;
use cask::canon::read_json::read_json;
use cask::canon::read_yaml::{Dialect, read_yaml};
use cask::canon::{Node, Value};
use cask::model::gate_config::Budgets;

use crate::edit::Edit;

/// What the files of a toolpack are called in a case, and where they lie.
const FILES: [(&str, &str); 5] = [
    ("toolpack", "toolpack.yaml"),
    ("tools", "artifact/tools.json"),
    ("toolsets", "artifact/toolsets.yaml"),
    ("policy", "artifact/policy.yaml"),
    ("baseline", "artifact/baseline.json"),
];
const MEMBERS: [&str; 15] = [
    "why",
    "command",
    "pack",
    "from",
    "calls",
    "hosts",
    "coverage",
    "base",
    "head",
    "beside",
    "limits",
    "contracts",
    "pages",
    "rules",
    "near",
];
/// The files of a case of drift.
pub const DESCRIPTION: &str = "desk/openapi.yaml";
pub const RECORDING: &str = "desk/calls.har";
/// The files beside a toolpack that is verified: its contracts, and what pages should show.
const CONTRACTS: &str = "artifact/contracts.yaml";
pub const PAGES: &str = "desk/pages.yaml";
const SILENT: &str = "silent--";

/// The files of a state, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The files of a state by their names in a case, before they are written.
type State = BTreeMap<&'static str, Node>;

/// The command whose answer a case shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Two states of a toolpack.
    Diff,
    /// Two states of the description of an API, or a description and recorded calls.
    Drift,
    /// Two states of a repository without toolpacks: clients, workflows, hooks.
    Ci,
    /// A toolpack with its contracts, and what pages should show; the state before is the toolpack alone.
    Verify,
}

/// A case as it is written.
pub struct Case {
    /// Its folder's name.
    pub name: String,
    /// Where it lies.
    pub dir: PathBuf,
    /// Why it is here, in one line.
    pub why: String,
    /// The command that tells.
    pub command: Command,
    /// The state before.
    pub base: Files,
    /// The state under review.
    pub head: Files,
    /// Names of the tools of other toolpacks.
    pub beside: Vec<String>,
    /// The limits of gate.yaml, where they are not the usual ones.
    pub limits: Option<Budgets>,
    /// Hosts whose calls are meant; none: those of the other side.
    pub hosts: Vec<String>,
    /// Percent of the operations that have to be called.
    pub coverage: u32,
    /// Every finding that must be told, as `rule severity`, sorted.
    pub rules: Vec<String>,
    /// Rules that must stay silent though little is missing.
    pub near: Vec<String>,
}

impl Case {
    /// All cases, by name.
    pub fn all() -> Vec<Case> {
        let root = fixtures().join("cases");
        let mut names: Vec<String> = std::fs::read_dir(&root)
            .expect("fixtures/cases")
            .filter_map(|entry| entry.ok().filter(|e| e.path().is_dir()))
            .map(|entry| entry.file_name().into_string().expect("a plain name"))
            .collect();
        names.sort();
        names.iter().map(|name| Case::read(&root.join(name), name)).collect()
    }

    fn read(dir: &Path, name: &str) -> Case {
        let path = dir.join("case.yaml");
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = format!("fixtures/cases/{name}/case.yaml");
        let node = read_yaml(&file, &bytes, Dialect::Strict, &Limits::new(1 << 20))
            .unwrap_or_else(|fault| panic!("{fault}"));
        for (member, _) in node.members() {
            assert!(MEMBERS.contains(&member.as_str()), "{file}: {member:?} is none of {MEMBERS:?}");
        }
        let text = |key: &str| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
        let words = |key: &str| -> Vec<String> {
            let items = node.get(key).map(Node::items).unwrap_or_default();
            let mut words: Vec<String> = items.iter().filter_map(Node::as_text).map(str::to_owned).collect();
            assert_eq!(words.len(), items.len(), "{file}: {key} lists words");
            words.sort();
            words
        };
        let command = match text("command").as_str() {
            "" => Command::Diff,
            "drift" => Command::Drift,
            "ci" => Command::Ci,
            "verify" => Command::Verify,
            word => panic!("{file}: command is drift, ci or verify, or is not there: {word:?}"),
        };
        let why = text("why");
        assert!(!why.is_empty() && !why.contains('\n'), "{file}: why is one line");
        let edited = |mut state: State| {
            edit(&mut state, node.get("base"), &file);
            let base = written(&state);
            edit(&mut state, node.get("head"), &file);
            (base, written(&state))
        };
        let (base, head) = match command {
            Command::Diff => edited(original(&text("pack"), &file)),
            Command::Verify => {
                let (base, mut head) = edited(with_contracts(original(&text("pack"), &file), &node));
                let beside = [("contracts", format!("desk/{CONTRACTS}")), ("pages", PAGES.to_owned())];
                for (key, path) in beside {
                    head.extend(node.get(key).map(|own| (path, emit_yaml(own).into_bytes())));
                }
                (base, head)
            }
            Command::Drift => match node.get("calls") {
                None => edited(described("openapi", &text("from"))),
                Some(_) => edited(recorded(&text("from"), &text("calls"))),
            },
            Command::Ci => {
                let toolpack = ["pack", "from", "calls", "beside", "limits"];
                assert!(
                    toolpack.iter().all(|of| node.get(of).is_none()),
                    "{file}: {toolpack:?} of no toolpack"
                );
                (whole(node.get("base"), &file), whole(node.get("head"), &file))
            }
        };
        let case = Case {
            name: name.to_owned(),
            dir: dir.to_owned(),
            why,
            command,
            base,
            head,
            beside: words("beside"),
            limits: node.get("limits").map(|n| decode(&file, n).unwrap_or_else(|fault| panic!("{fault}"))),
            hosts: words("hosts"),
            coverage: node
                .get("coverage")
                .and_then(Node::as_int)
                .map_or(0, |n| n.try_into().expect("percent")),
            rules: words("rules"),
            near: words("near"),
        };
        assert!(node.get("rules").is_some(), "{file}: rules says what is told, [] for nothing");
        assert!(case.base != case.head, "{file}: base and head are one");
        case.is_named_for_what_it_shows(&file);
        case
    }

    /// Whether it is about recorded calls.
    pub fn is_recorded(&self) -> bool {
        self.head.contains_key(RECORDING)
    }

    /// Whether it is a near miss.
    pub fn is_silent(&self) -> bool {
        self.name.starts_with(SILENT)
    }

    fn is_named_for_what_it_shows(&self, file: &str) {
        let told = |rule: &str| self.rules.iter().any(|r| r.split(' ').next() == Some(rule));
        if self.is_silent() {
            assert!(!self.near.is_empty(), "{file}: near names the rules that must stay silent");
        } else {
            let rule = self.name.split("--").next().unwrap_or_default();
            assert!(told(rule), "{file}: {rule} is not among its rules");
        }
        for rule in &self.near {
            assert!(!told(rule), "{file}: {rule} is near and told");
        }
    }
}

/// fixtures/.
pub fn fixtures() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
        .join("fixtures")
}

/// The toolpack that a case starts from: a folder of fixtures/toolpacks, `desk` if it names none.
fn original(pack: &str, file: &str) -> State {
    let dir = fixtures().join("toolpacks").join(if pack.is_empty() { "desk" } else { pack });
    let read = |path: &str| {
        let bytes =
            std::fs::read(dir.join(path)).unwrap_or_else(|e| panic!("{file}: {}: {e}", dir.display()));
        let limits = Limits::new(16 << 20);
        match path.ends_with(".json") {
            true => read_json(path, &bytes, &limits),
            false => read_yaml(path, &bytes, Dialect::Strict, &limits),
        }
        .unwrap_or_else(|fault| panic!("{fault}"))
    };
    FILES.iter().map(|(name, path)| (*name, read(path))).collect()
}

/// The toolpack whose header names the contracts that a case has.
fn with_contracts(mut state: State, case: &Node) -> State {
    let paths = state.get_mut("toolpack").and_then(|header| match &mut header.value {
        Value::Map(members) => members.iter_mut().find(|(key, _)| key == "paths"),
        _ => None,
    });
    if let (Some((_, paths)), true) = (paths, case.get("contracts").is_some()) {
        paths.set("contracts", Node::text(CONTRACTS));
    }
    state
}

/// Applies the edits of one side, file by file and in their order.
fn edit(state: &mut State, side: Option<&Node>, file: &str) {
    for (name, edits) in side.map(Node::members).unwrap_or_default() {
        let node = state.get_mut(name.as_str()).unwrap_or_else(|| panic!("{file}: no file {name:?}"));
        let Value::List(edits) = &edits.value else { panic!("{file}: {name}: a list of edits") };
        for written in edits {
            let done = Edit::read(written).and_then(|edit| edit.apply(node));
            done.unwrap_or_else(|e| panic!("{file}:{}: {e}", written.line));
        }
    }
}

/// Files that a case writes out.
fn whole(side: Option<&Node>, file: &str) -> Files {
    let text = |(path, node): &(String, Node)| {
        let text = node.as_text().unwrap_or_else(|| panic!("{file}: {path}: the text of a file"));
        (path.clone(), text.as_bytes().to_vec())
    };
    side.map(Node::members).unwrap_or_default().iter().map(text).collect()
}

/// A description, of fixtures/openapi.
fn described(folder: &str, name: &str) -> State {
    let path = fixtures().join(folder).join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let node =
        cask::model::bytes::described(name, &bytes, 16 << 20).unwrap_or_else(|fault| panic!("{fault}"));
    BTreeMap::from([("description", node)])
}

/// Recorded calls, and the description that they are held against; without one, they are held against those before.
/// Both of fixtures/recordings.
fn recorded(from: &str, calls: &str) -> State {
    let path = fixtures().join("recordings").join(calls);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let read = |bytes: &[u8]| {
        read_json(calls, bytes, &Limits::new(1 << 20)).unwrap_or_else(|fault| panic!("{fault}"))
    };
    // A stored capture has one call a line.
    let lines = || bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(read).collect();
    let node = if calls.ends_with(".jsonl") { Node::new(Value::List(lines())) } else { read(&bytes) };
    let mut state = if from.is_empty() { State::new() } else { described("recordings", from) };
    state.insert("recording", node);
    state
}

/// The files as cask writes them.
fn written(state: &State) -> Files {
    let drift = [
        state.get("description").map(|node| (DESCRIPTION.to_owned(), emit_yaml(node).into_bytes())),
        state.get("recording").map(|node| {
            let text = match &node.value {
                Value::List(calls) => calls.iter().map(|call| compact(call) + "\n").collect(),
                _ => emit_json(node),
            };
            (RECORDING.to_owned(), text.into_bytes())
        }),
    ];
    if drift.iter().any(Option::is_some) {
        return drift.into_iter().flatten().collect();
    }
    let text = |(name, path): (&str, &str)| {
        let node = &state[name];
        let text = if path.ends_with(".json") { emit_json(node) } else { emit_yaml(node) };
        (format!("desk/{path}"), text.into_bytes())
    };
    FILES.into_iter().map(text).collect()
}
