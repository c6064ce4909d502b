//! The files that `cask init` writes beside those that are signed: their texts, and writing them where there is
//! none yet.

use std::path::Path;

use crate::cmd::failed::Failed;
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

/// Writes the files that hold no signature; toolpacks by their folders. What is there stays as it is.
///
/// # Errors
/// One can't be read or written.
pub fn write(root: &Path, toolpacks: &[&str]) -> Result<Vec<(String, Done)>, Failed> {
    let mut done = Vec::new();
    for (name, text) in [
        (CONFIG, include_str!("../../../assets/init/config.yaml")),
        (STATE_IGNORE, include_str!("../../../assets/init/caskmcp.gitignore")),
    ] {
        done.push((name.to_owned(), new(root, name, text)?));
    }
    done.push((IGNORE.to_owned(), ignore(root)?));
    for dir in toolpacks {
        // Hashed files are the same bytes on every machine.
        let name = join(dir, ".gitattributes");
        let state = new(root, &name, "* -text\n")?;
        done.push((name, state));
    }
    Ok(done)
}

/// Writes the workflow where there is none. `pin`: the digest of the trust file, where one is known.
///
/// # Errors
/// It can't be read or written.
pub fn workflow(root: &Path, pin: Option<&str>) -> Result<Done, Failed> {
    new(root, WORKFLOW, &workflow_text(pin))
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

/// Writes a file where there is none.
///
/// # Errors
/// It can't be read or written.
pub fn new(root: &Path, name: &str, text: &str) -> Result<Done, Failed> {
    if is_there(root, name)? {
        return Ok(Done::Left);
    }
    fs::write_inside(root, name, text.as_bytes())?;
    Ok(Done::Wrote)
}

/// Adds our block to .gitignore, once.
fn ignore(root: &Path) -> Result<Done, Failed> {
    let block = include_str!("../../../assets/init/gitignore");
    let Some(mut text) = fs::read_inside(root, IGNORE, limits::SMALL)? else {
        fs::write_inside(root, IGNORE, block.as_bytes())?;
        return Ok(Done::Wrote);
    };
    if text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == BEGIN.as_bytes()) {
        return Ok(Done::Left);
    }
    if !text.is_empty() {
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        text.push(b'\n');
    }
    text.extend_from_slice(block.as_bytes());
    fs::write_inside(root, IGNORE, &text)?;
    Ok(Done::Added)
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
            assert_eq!(ignore(dir.path()).unwrap(), state);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with(block) && text.matches(BEGIN).count() == 1, "{text}");
            assert_eq!(ignore(dir.path()).unwrap(), Done::Left);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(new(dir.path(), "f", "one").unwrap(), Done::Wrote);
        assert_eq!(new(dir.path(), "f", "two").unwrap(), Done::Left);
        assert_eq!(std::fs::read_to_string(dir.path().join("f")).unwrap(), "one");
    }
}
