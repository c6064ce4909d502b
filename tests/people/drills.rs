//! docs/trust.md, run: every block of a drill is typed by the people who stand before the `$`, each at a machine
//! of their own, and must print and exit as the page says. A page that is run can't become untrue.
//!
//! A block opens with ```console from=STATE [as=STATE]: the state that it starts from, and the one that it leaves
//! for later drills. `# exit N` says the exit code (else 0); a line without a prompt must be in what was printed,
//! up to each `…`.

#![cfg(unix)]

use crate::support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use cask::canon::emit::emit_json;
use cask::model::bytes;
use rayon::prelude::*;
use serde_json::Value;
use support::copy;
use tempfile::TempDir;

const PAGE: &str = "docs/trust.md";
/// The button of a forge: puts the branch, with a commit that joins, on the default branch.
const MERGE: &str = r#"merge() {
    git merge-base --is-ancestor origin/main HEAD || return 9
    joined=$(git commit-tree 'HEAD^{tree}' -p origin/main -p HEAD -m "Merge") || return 9
    git push -q origin "$joined:refs/heads/main" && git fetch -q origin
}
"#;
const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];
const TOOLS: &str = "toolpacks/shop/artifact/tools.json";
const BASELINE: &str = "toolpacks/shop/artifact/baseline.json";

/// One drill: its heading, the states, and what is typed.
#[derive(Debug, Default, PartialEq)]
struct Drill {
    title: String,
    from: String,
    leaves: Option<String>,
    steps: Vec<Step>,
}

/// One command, who types it, and what comes of it.
#[derive(Debug, Default, PartialEq)]
struct Step {
    who: String,
    line: String,
    exit: i32,
    says: Vec<String>,
}

fn drills(page: &str) -> Vec<Drill> {
    let mut all: Vec<Drill> = Vec::new();
    let (mut title, mut inside) = (String::new(), false);
    for line in page.lines() {
        if let Some(text) = line.strip_prefix('#').filter(|_| !inside) {
            text.trim_start_matches('#').trim().clone_into(&mut title);
        } else if let Some(info) = line.strip_prefix("```console ") {
            let word = |key: &str| info.split(' ').find_map(|w| w.strip_prefix(key)).map(str::to_owned);
            let from = word("from=").expect("a block says from which state it starts");
            all.push(Drill { title: title.clone(), from, leaves: word("as="), steps: Vec::new() });
            inside = true;
        } else if line.starts_with("```") {
            inside = false;
        } else if inside {
            let drill = all.last_mut().expect("a block has begun");
            match line.split_once("$ ").filter(|(who, _)| PEOPLE.contains(who)) {
                Some((who, typed)) => {
                    let (line, exit) = typed.split_once("  # exit ").unwrap_or((typed, "0"));
                    let exit = exit.trim().parse().expect("an exit code");
                    drill.steps.push(Step { who: who.into(), line: line.into(), exit, says: Vec::new() });
                }
                None => {
                    let step = drill.steps.last_mut().expect("a block begins with a prompt");
                    if step.line.ends_with('\\') {
                        step.line.push('\n');
                        step.line.push_str(line);
                    } else {
                        step.says.push(line.trim().to_owned());
                    }
                }
            }
        }
    }
    all
}

/// A folder with `origin.git`, and a clone and a home for each person.
struct Table {
    dir: TempDir,
    keys: BTreeMap<String, String>,
}

impl Table {
    /// The shop's toolpack on the default branch, and nothing of cask.
    fn nothing() -> Table {
        let table = Table { dir: TempDir::new().expect("a scratch folder"), keys: BTreeMap::new() };
        table.git(".", &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        table.clone_for("alice");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop");
        copy(&from, &table.path("alice/toolpacks/shop"));
        table.git("alice", &["add", "-A"]);
        table.git("alice", &["commit", "-qm", "The shop's tools"]);
        table.git("alice", &["push", "-q", "origin", "HEAD:main"]);
        for who in &PEOPLE[1..] {
            table.clone_for(who);
        }
        table
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn git(&self, at: &str, args: &[&str]) {
        let out =
            self.command("alice", "git").current_dir(self.path(at)).args(args).output().expect("git runs");
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn clone_for(&self, who: &str) {
        self.git(".", &["init", "-q", "-b", "main", who]);
        self.git(who, &["remote", "add", "origin", "../origin.git"]);
    }

    /// Branches that wait for an approval, from what is merged.
    fn open_branches(&self) {
        self.git("alice", &["fetch", "-q"]);
        for branch in BRANCHES {
            self.git("alice", &["switch", "-qC", branch.name, "origin/main"]);
            (branch.edit)(self);
            self.git("alice", &["commit", "-qam", branch.name]);
            self.git("alice", &["push", "-qf", "origin", branch.name]);
        }
        self.git("alice", &["switch", "-qC", "main", "origin/main"]);
    }

    /// A program at a person's machine.
    fn command(&self, who: &str, program: &str) -> Command {
        let home = self.path(&format!("home/{who}"));
        let bin = Path::new(env!("CARGO_BIN_EXE_cask")).parent().expect("a folder").to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a path");
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("HOME", &home).stdin(Stdio::null());
        command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_STATE_HOME", home.join("state"));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), who);
            command.env(format!("GIT_{role}_EMAIL"), format!("{who}@example.invalid"));
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    /// What a step printed, if it came to what the page says.
    fn run(&self, step: &Step) -> Result<(), String> {
        let line = answered(&step.line);
        let mut shell = self.command(&step.who, "sh");
        for (who, id) in &self.keys {
            shell.env(who.to_uppercase(), id);
        }
        let out = shell
            .arg("-c")
            .arg(format!("{MERGE}{line}"))
            .current_dir(self.path(&step.who))
            .output()
            .expect("a shell");
        let text =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        let code = out.status.code().expect("it was not killed");
        let is_said = |says: &&String| says.split('…').all(|part| text.contains(part.trim()));
        let missing: Vec<&String> = step.says.iter().filter(|says| !is_said(says)).collect();
        if code == step.exit && missing.is_empty() {
            return Ok(());
        }
        let who = &step.who;
        Err(format!("{who}$ {line}\nexit {code}, expected {}; not said: {missing:?}\n{text}", step.exit))
    }

    /// The ids of the keys that people have at the start, for `$ALICE` and so on.
    fn learn_keys(&mut self) {
        for who in PEOPLE {
            let out =
                self.command(who, env!("CARGO_BIN_EXE_cask")).args(["key", "list"]).output().expect("runs");
            let text = String::from_utf8(out.stdout).expect("text");
            if let Some(id) = text.lines().find_map(|l| l.strip_prefix("default ")?.split_whitespace().next())
            {
                self.keys.insert(who.to_owned(), id.to_owned());
            }
        }
    }

    /// The same, for one more drill.
    fn again(&self) -> Table {
        let table = Table { dir: TempDir::new().expect("a scratch folder"), keys: self.keys.clone() };
        copy(self.dir.path(), table.dir.path());
        table
    }

    fn play(&self, drill: &Drill) -> Result<(), String> {
        for step in &drill.steps {
            self.run(step).map_err(|told| format!("{}: {told}", drill.title))?;
            if step.line.starts_with("git push") || step.line == "merge" {
                next_second();
            }
        }
        Ok(())
    }

    fn json(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        let path = self.path(&format!("alice/{file}"));
        let mut value: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        edit(&mut value);
        let node = bytes::json(file, value.to_string().as_bytes(), 1 << 20).expect("it reads");
        std::fs::write(&path, emit_json(&node)).expect("written");
    }
}

/// A person answers yes, and gives no passphrase: there is no terminal here to ask on.
fn answered(line: &str) -> String {
    const ASKING: &[&str] = &[
        "gate allow",
        "gate block",
        "gate withdraw",
        "gate resign",
        "trust init",
        "trust sign",
        "trust accept",
        "init",
    ];
    let asks = ASKING.iter().any(|words| line.starts_with(&format!("cask {words}")));
    let key = line.starts_with("cask key new") || line.starts_with("cask init");
    format!("{line}{}{}", if asks { " --yes" } else { "" }, if key { " --no-passphrase" } else { "" })
}

/// Statements carry whole seconds, and one is newer than another only in a later one.
fn next_second() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    std::thread::sleep(Duration::from_millis(1010 - u64::from(now.subsec_millis())));
}

/// A branch that waits for a drill: what its author changed in the toolpack.
struct Branch {
    name: &'static str,
    edit: fn(&Table),
}

const BRANCHES: &[Branch] = &[
    Branch { name: "vouchers", edit: |t| add_tool(t, "issue_voucher", "/vouchers", "00000000000000a1") },
    Branch { name: "payouts", edit: |t| add_tool(t, "issue_payout", "/payouts", "00000000000000a2") },
    Branch { name: "no-refunds", edit: |t| remove_refunds(t) },
];

/// One more tool like `issue_refund`.
fn add_tool(table: &Table, name: &str, path: &str, id: &str) {
    table.json(TOOLS, |file| {
        let actions = file["actions"].as_array_mut().expect("actions");
        let mut new = actions.iter().find(|a| a["name"] == "issue_refund").expect("there").clone();
        new["name"] = name.into();
        new["tool_id"] = id.into();
        new["path"] = path.into();
        actions.push(new);
        actions.sort_by_key(|a| a["name"].to_string());
    });
    table.json(BASELINE, |file| {
        let mut new = file["operations"]["api.shop.example/v1/refunds POST"].clone();
        new["stable_id"] = id.into();
        new["operation_id"] = name.into();
        let all = file["operations"].as_object_mut().expect("operations");
        all.insert(format!("api.shop.example/v1{path} POST"), new);
        all.sort_keys();
    });
}

fn remove_refunds(table: &Table) {
    table.json(TOOLS, |file| {
        file["actions"].as_array_mut().expect("actions").retain(|a| a["name"] != "issue_refund");
    });
    table.json(BASELINE, |file| {
        file["operations"].as_object_mut().expect("operations").remove("api.shop.example/v1/refunds POST");
    });
    let path = table.path("alice/toolpacks/shop/artifact/toolsets.yaml");
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(&path, text.replace("    - issue_refund\n", "")).expect("written");
}

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the page")
}

#[test]
fn every_drill_of_the_page_does_what_it_says() {
    let drills = drills(&page(PAGE));
    assert!(drills.len() >= 10, "{} drills were found", drills.len());
    let only = std::env::var("DRILL").ok();
    let mut states = BTreeMap::from([("nothing".to_owned(), Table::nothing())]);
    let mut left: Vec<&Drill> = Vec::new();
    for drill in &drills {
        let Some(leaves) = &drill.leaves else {
            left.push(drill);
            continue;
        };
        let mut table = states.get(&drill.from).expect("a state that an earlier drill left").again();
        table.play(drill).unwrap_or_else(|told| panic!("{told}"));
        table.learn_keys();
        table.open_branches();
        states.insert(leaves.clone(), table);
    }
    left.retain(|d| only.as_ref().is_none_or(|o| d.title.contains(o)));
    let play = |drill: &&Drill| states[&drill.from].again().play(drill).err();
    let wrong: Vec<String> = left.par_iter().filter_map(play).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_five_minutes_of_the_readme_do_what_they_say() {
    let text =
        page("README.md").replace("```console\n", "```console from=nothing\n").replace("\n$ ", "\nalice$ ");
    let table = Table::nothing();
    let blocks = drills(&text);
    assert!(blocks.iter().map(|block| block.steps.len()).sum::<usize>() >= 8, "{blocks:?}");
    for block in &blocks {
        table.play(block).unwrap_or_else(|told| panic!("{told}"));
    }
}

#[test]
fn a_step_that_is_untrue_is_told() {
    let text = "## Two\n```console from=nothing\nalice$ cask key \\\n  list  # exit 3\nno such words\n```\n";
    let [drill] = &drills(text)[..] else { panic!("one drill") };
    let said = vec!["no such words".to_owned()];
    assert_eq!(
        drill.steps,
        [Step { who: "alice".into(), line: "cask key \\\n  list  # exit 3".into(), exit: 0, says: said }]
    );
    let told = Table::nothing().play(drill).expect_err("nothing of it is true");
    assert!(told.starts_with("Two: alice$ cask key"), "{told}");
}
