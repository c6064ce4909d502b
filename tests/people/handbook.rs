//! The handbook, run: every command of docs/tutorial.md is typed as it stands, in one shell, and must print and exit
//! as the page says; and what docs/README.md and docs/scopes.md list is what there is.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).expect("the page")
}

/// A command of the page, how it exits, and the lines that it prints, as parts of lines.
#[derive(Debug, PartialEq)]
struct Step {
    line: String,
    exit: i32,
    says: Vec<String>,
}

fn steps(page: &str) -> Vec<Step> {
    let (mut all, mut inside): (Vec<Step>, bool) = (Vec::new(), false);
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(typed) = line.strip_prefix("$ ").filter(|_| inside) {
            let (line, exit) = typed.split_once("  # exit ").unwrap_or((typed, "0"));
            all.push(Step { line: line.to_owned(), exit: exit.parse().expect("a code"), says: Vec::new() });
        } else if inside {
            let step = all.last_mut().expect("a block begins with a prompt");
            step.says.push(line.trim().to_owned());
        }
    }
    all
}

/// Types all steps into one shell, in an empty folder of a person without anything.
fn wrong(steps: &[Step]) -> Vec<String> {
    let dir = TempDir::new().expect("a scratch folder");
    let home = dir.path().join("home");
    std::fs::create_dir(&home).expect("a folder");
    std::os::unix::fs::symlink(root(), home.join("cask")).expect("a link");
    std::fs::create_dir(dir.path().join("work")).expect("a folder");
    let script: String = steps
        .iter()
        .enumerate()
        .map(|(n, step)| {
            format!("{{ {}\n}} >\"$OUT/{n}.text\" 2>&1; echo $? >\"$OUT/{n}.code\"\n", step.line)
        })
        .collect();
    let bin = Path::new(env!("CARGO_BIN_EXE_cask")).parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a path");
    let mut shell = Command::new("sh");
    shell.env_clear().env("PATH", path).env("HOME", &home).env("OUT", dir.path()).stdin(Stdio::null());
    for role in ["AUTHOR", "COMMITTER"] {
        shell
            .env(format!("GIT_{role}_NAME"), "alice")
            .env(format!("GIT_{role}_EMAIL"), "alice@example.invalid");
    }
    shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let ran = shell.arg("-c").arg(script).current_dir(dir.path().join("work")).output().expect("a shell");
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    let read = |name: String| std::fs::read_to_string(dir.path().join(name)).unwrap_or_default();
    let told = |(n, step): (usize, &Step)| {
        let (text, code) = (read(format!("{n}.text")), read(format!("{n}.code")));
        let missing: Vec<&String> = step.says.iter().filter(|says| !text.contains(says.as_str())).collect();
        let is_true = code.trim() == step.exit.to_string() && missing.is_empty();
        (!is_true).then(|| {
            format!(
                "$ {}\nexit {}, page {}; not said: {missing:?}\n{text}",
                step.line,
                code.trim(),
                step.exit
            )
        })
    };
    steps.iter().enumerate().filter_map(told).collect()
}

#[test]
fn the_tutorial_reaches_a_repository_in_which_a_forged_lockfile_is_blocked() {
    let steps = steps(&page("tutorial.md"));
    assert!(steps.len() >= 25, "{} steps were found", steps.len());
    let forged = steps.iter().position(|step| step.line.contains("status: approved")).expect("it is forged");
    let blocked = steps[forged..].iter().find(|step| step.line.starts_with("cask ci")).expect("it is judged");
    assert_eq!(blocked.exit, 2);
    let wrong = wrong(&steps);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_step_that_is_untrue_is_told() {
    let page = "```console\n$ cd .\n$ cask key list  # exit 3\nno such words\n```\n```sh\n$ false\n```\n";
    let steps = steps(page);
    assert_eq!(steps.len(), 2, "{steps:?}");
    let wrong = wrong(&steps);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("$ cask key list\nexit 0, page 3; not said: [\"no such words\"]"),
        "{wrong:?}"
    );
}

#[test]
fn the_table_of_contents_has_every_page_once() {
    let listed: Vec<String> = page("README.md")
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    let there: BTreeSet<String> = std::fs::read_dir(root().join("docs"))
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), unique.len(), "{listed:?}");
    assert_eq!(unique, there);
}

#[test]
fn the_scopes_of_the_page_are_those_there_are() {
    let page = page("scopes.md");
    let presets = cask::mint::scope::PRESETS;
    for preset in presets {
        assert!(page.contains(&format!("| `{}` | {} |\n", preset.name, preset.about)), "{}", preset.name);
    }
    let (_, table) = page.split_once("| scope | takes in |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|')).count();
    assert_eq!(rows, presets.len());
}

#[test]
fn the_attributes_of_spans_on_the_page_are_those_that_are_read() {
    let page = page("captures.md");
    let table = page.split("\n## ").find(|part| part.starts_with("What of a span")).expect("the section");
    let is_one =
        |word: &&str| ["http.", "url.", "server.", "net."].iter().any(|start| word.starts_with(start));
    let told: BTreeSet<&str> = table.split('`').skip(1).step_by(2).filter(is_one).collect();
    let source = std::fs::read_to_string(root().join("src/capture/otel.rs")).expect("the source");
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let read: BTreeSet<&str> = source.split('"').skip(1).step_by(2).filter(is_one).collect();
    assert!(read.len() > 20, "{read:?}");
    assert_eq!(told, read);
}
