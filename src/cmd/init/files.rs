//! The files that `cask init` writes beside those that are signed: their texts, and writing them where there is
//! none yet.

use std::path::Path;

use crate::cmd::failed::Failed;
use crate::cmd::init::args::{Ignored, Ignores};
use crate::io::fs;
use crate::model::gate_config::EXEMPTION_DAYS;
use crate::model::limits;
use crate::model::toolpack::join;

/// A reader's own defaults.
const CONFIG: &str = ".caskmcp/config.yaml";
/// Keeps everything but trust, gate and toolpacks out of git.
const STATE_IGNORE: &str = ".caskmcp/.gitignore";
/// The repository's.
pub const IGNORE: &str = ".gitignore";
/// The workflow of GitHub's CI.
pub const WORKFLOW: &str = ".github/workflows/cask.yml";
/// Starts our block in it.
const BEGIN: &str = "# cask:begin";

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was not there.
    Wrote,
    /// It was there, and has more in it now.
    Added,
    /// It was there.
    Left,
}

/// The text of the first gate.yaml, unsigned: every default, with what it means. Exemptions of `days` count.
pub fn gate(root: &str, days: u32) -> String {
    include_str!("../../../assets/init/gate.yaml")
        .replace("ROOT", root)
        .replace("DAYS", &days.max(EXEMPTION_DAYS).to_string())
}

/// A file as it would be.
#[derive(Debug)]
pub struct Planned {
    /// Its path from the root.
    pub name: String,
    /// What becomes of it.
    pub done: Done,
    /// What it is for.
    pub says: &'static str,
    bytes: Vec<u8>,
}

/// The files that hold no signature, as they would be; toolpacks by their folders. What is there stays as it is.
///
/// # Errors
/// One can't be read.
pub fn plan(root: &Path, toolpacks: &[&str], ignored: &Ignores) -> Result<Vec<Planned>, Failed> {
    let mut all = vec![
        new(
            root,
            CONFIG,
            include_str!("../../../assets/init/config.yaml"),
            "your defaults for cask mint and cask capture",
        )?,
        new(root, STATE_IGNORE, &state_ignores(ignored), "keeps out of git what only this machine knows")?,
        ignore(root, ignored)?,
    ];
    for dir in toolpacks {
        // Hashed files are the same bytes on every machine.
        all.push(new(root, &join(dir, ".gitattributes"), "* -text\n", "the same bytes on every machine")?);
    }
    Ok(all)
}

/// The workflow, as it would be. `pin`: the digest of the trust file, where one is known.
///
/// # Errors
/// It can't be read.
pub fn plan_workflow(root: &Path, pin: Option<&str>) -> Result<Planned, Failed> {
    new(root, WORKFLOW, &workflow_text(pin), "asks the gate on each pull request")
}

/// Writes what is not there as planned.
///
/// # Errors
/// It can't be written.
pub fn put(root: &Path, planned: Planned) -> Result<(String, Done), Failed> {
    if planned.done != Done::Left {
        fs::write_inside(root, &planned.name, &planned.bytes)?;
    }
    Ok((planned.name, planned.done))
}

/// Whether what git ignores can still be chosen.
///
/// # Errors
/// A file can't be read.
pub fn is_ignore_open(root: &Path) -> Result<bool, Failed> {
    Ok(!is_there(root, STATE_IGNORE)? && ignore(root, &Ignores::new())?.done != Done::Left)
}

/// The folders of the state that git takes in are taken out of what it ignores.
fn state_ignores(ignored: &Ignores) -> String {
    let text = include_str!("../../../assets/init/caskmcp.gitignore").to_owned();
    let kept = Ignored::ALL.into_iter().filter(|one| !ignored.contains(one));
    kept.fold(text, |text, one| text + &format!("!/{}/\n", one.word()))
}

fn block(ignored: &Ignores) -> String {
    let is_kept = |line: &str| {
        let folder = |one: Ignored| format!("/.caskmcp/{}/", one.word());
        Ignored::ALL.into_iter().all(|one| ignored.contains(&one) || line != folder(one))
    };
    let lines = include_str!("../../../assets/init/gitignore").lines().filter(|line| is_kept(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn workflow_text(pin: Option<&str>) -> String {
    let text = include_str!("../../../assets/init/github.yml")
        .replace("REPOSITORY", env!("CARGO_PKG_REPOSITORY"))
        .replace("vVERSION", &format!("v{}", env!("CARGO_PKG_VERSION")));
    match pin {
        Some(pin) => text.replace("\"PIN\"", &format!("\"{pin}\"")),
        None => {
            let lines = text.lines().filter(|line| !line.contains("\"PIN\""));
            lines.map(|line| format!("{line}\n")).collect()
        }
    }
}

/// Whether there is a file.
///
/// # Errors
/// It can't be read.
pub fn is_there(root: &Path, name: &str) -> Result<bool, Failed> {
    Ok(fs::read_inside(root, name, limits::SMALL)?.is_some())
}

/// A file where there is none.
fn new(root: &Path, name: &str, text: &str, says: &'static str) -> Result<Planned, Failed> {
    let done = if is_there(root, name)? { Done::Left } else { Done::Wrote };
    Ok(Planned { name: name.to_owned(), done, says, bytes: text.as_bytes().to_vec() })
}

/// .gitignore with our block, once.
fn ignore(root: &Path, ignored: &Ignores) -> Result<Planned, Failed> {
    let block = block(ignored);
    let planned = |done, bytes| Planned {
        name: IGNORE.to_owned(),
        done,
        says: "a block that says what of it git ignores",
        bytes,
    };
    let Some(mut text) = fs::read_inside(root, IGNORE, limits::SMALL)? else {
        return Ok(planned(Done::Wrote, block.into_bytes()));
    };
    if text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == BEGIN.as_bytes()) {
        return Ok(planned(Done::Left, text));
    }
    if !text.is_empty() {
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        text.push(b'\n');
    }
    text.extend_from_slice(block.as_bytes());
    Ok(planned(Done::Added, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::guards::runs_gate;
    use crate::model::bytes::strict_yaml;
    use crate::model::gate_config::{Exemptions, GateConfig, GateFile};

    #[test]
    fn the_gate_file_says_the_defaults() {
        let root = format!("sha256:{}", "a".repeat(64));
        for (days, most) in [(30, 90), (90, 90), (120, 120)] {
            let text = gate(&root, days);
            let node = strict_yaml("gate.yaml", text.as_bytes(), limits::SMALL).unwrap();
            let file = GateConfig::read("gate.yaml", node).unwrap().file;
            let defaults = GateFile {
                root: root.clone(),
                exemptions: Exemptions { max_days: most, ..Exemptions::default() },
                ..GateFile::default()
            };
            assert_eq!(file, defaults);
            assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
        }
    }

    #[test]
    fn the_workflow_asks_the_gate_and_nothing_keeps_it_from_stopping_a_change() {
        let pin = format!("sha256:{}", "a".repeat(64));
        for pin in [Some(pin.as_str()), None] {
            let text = workflow_text(pin);
            assert!(runs_gate(WORKFLOW, text.as_bytes()), "{text}");
            assert!(["PIN\"", "REPOSITORY", "VERSION"].iter().all(|word| !text.contains(word)), "{text}");
            assert_eq!(text.contains("CASK_TRUST_PIN: \"sha256:"), pin.is_some());
            assert!(!runs_gate(WORKFLOW, text.replace("--output cask-report", "|| true").as_bytes()));
        }
    }

    #[test]
    fn what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        for (before, block, state) in [
            (None, "", Done::Wrote),
            (Some("a"), "a\n\n", Done::Added),
            (Some("a\n"), "a\n\n", Done::Added),
            (Some("x\r\n  # cask:begin\r\n"), "x\r\n  # cask:begin\r\n", Done::Left),
        ] {
            let path = dir.path().join(IGNORE);
            let _ = std::fs::remove_file(&path);
            if let Some(text) = before {
                std::fs::write(&path, text).unwrap();
            }
            let write = || put(dir.path(), ignore(dir.path(), &Ignored::ALL.into()).unwrap()).unwrap().1;
            assert_eq!(write(), state);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with(block) && text.matches(BEGIN).count() == 1, "{text}");
            assert_eq!(write(), Done::Left);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let write = |text: &str| put(dir.path(), new(dir.path(), "f", text, "").unwrap()).unwrap().1;
        assert_eq!((write("one"), write("two")), (Done::Wrote, Done::Left));
        assert_eq!(std::fs::read_to_string(dir.path().join("f")).unwrap(), "one");
    }

    #[test]
    fn what_a_team_wants_in_git_is_ignored_nowhere() {
        let all = Ignores::from(Ignored::ALL);
        assert_eq!(block(&all), include_str!("../../../assets/init/gitignore"));
        assert_eq!(state_ignores(&all), include_str!("../../../assets/init/caskmcp.gitignore"));
        let some = Ignores::from([Ignored::Captures]);
        assert!(!block(&some).contains("evidence") && !block(&some).contains("drafts"));
        assert!(block(&some).contains("/.caskmcp/captures/\n"));
        for always in ["/.caskmcp/state/\n", "/.caskmcp/auth/\n", "private"] {
            assert!(block(&Ignores::new()).contains(always), "{always}");
        }
        assert!(state_ignores(&some).ends_with("!/drafts/\n!/evidence/\n"));
    }
}
