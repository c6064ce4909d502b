//! A report that was kept as a file (`cask.report/1`): what it says, as far as later commands ask it. Whoever wrote
//! the file may be a stranger: words are checked, texts are only ever quoted.

use crate::canon::Node;
use crate::rules::Severity;

/// The schema word of reports.
pub const SCHEMA: &str = "cask.report/1";
/// Commands whose reports are asked for.
pub const COMMANDS: [&str; 2] = ["drift", "verify"];
/// Most findings of one report that are told apart.
const FINDINGS: usize = 10_000;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub file: String,
    /// SHA-256 of it.
    pub digest: String,
    /// The command that reports: one of [`COMMANDS`].
    pub command: &'static str,
    /// `pass`, `review`, `breaking` or `error`.
    pub verdict: &'static str,
    /// 0 to 3, before `fail_on`.
    pub exit_code: u8,
    /// Ids of the toolpacks that it is about.
    pub toolpacks: Vec<String>,
    /// What was found.
    pub findings: Vec<KeptFinding>,
}

/// A finding of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFinding {
    /// Rule id.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// What people call its subject.
    pub subject: String,
    /// What was found.
    pub message: String,
    /// The same as long as rule, subject and values are.
    pub fingerprint: String,
}

impl Kept {
    /// Reads a report of drift or verify; none for anything else, a report of another command among it.
    ///
    /// # Errors
    /// It calls itself such a report and lacks what every one has.
    pub fn read(file: &str, digest: &str, node: &Node) -> Result<Option<Kept>, String> {
        let text = |name: &str| node.get(name).and_then(Node::as_text);
        let command = COMMANDS.into_iter().find(|command| text("command") == Some(command));
        let (true, Some(command)) = (text("schema") == Some(SCHEMA), command) else { return Ok(None) };
        let lacks =
            |what: &str| format!("it is a report of `cask {command}` without a {what} that it can have");
        let verdict = ["pass", "review", "breaking", "error"]
            .into_iter()
            .zip(0..)
            .find(|(word, _)| text("verdict") == Some(word))
            .ok_or_else(|| lacks("verdict"))?;
        let exit_code = node.get("exit_code").and_then(Node::as_int);
        let exit_code = exit_code.filter(|code| *code == verdict.1).ok_or_else(|| lacks("exit code"))?;
        let packs = node.get("toolpacks").map(Node::items).unwrap_or_default();
        let toolpacks = packs.iter().filter_map(|pack| Some(pack.get("id")?.as_text()?.to_owned()));
        let findings = node.get("findings").ok_or_else(|| lacks("list of findings"))?.items();
        let findings =
            findings.iter().take(FINDINGS).map(|found| finding(found).ok_or_else(|| lacks("finding")));
        Ok(Some(Kept {
            file: file.to_owned(),
            digest: digest.to_owned(),
            command,
            verdict: verdict.0,
            exit_code: u8::try_from(exit_code).unwrap_or(3),
            toolpacks: toolpacks.collect(),
            findings: findings.collect::<Result<_, _>>()?,
        }))
    }

    /// Whether it is about a toolpack.
    pub fn is_about(&self, toolpack_id: &str) -> bool {
        self.toolpacks.iter().any(|id| id == toolpack_id)
    }
}

fn finding(node: &Node) -> Option<KeptFinding> {
    let text = |pointer: &str| node.at(pointer).and_then(Node::as_text);
    Some(KeptFinding {
        rule: text("/rule")?.to_owned(),
        severity: Severity::of(text("/severity")?)?,
        subject: text("/subject/name").unwrap_or_default().to_owned(),
        message: text("/message")?.to_owned(),
        fingerprint: text("/fingerprint").unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::limits::Limits;
    use crate::canon::read_json::read_json;

    fn read(text: &str) -> Result<Option<Kept>, String> {
        Kept::read(
            "a.json",
            "sha256:00",
            &read_json("a.json", text.as_bytes(), &Limits::new(1 << 16)).unwrap(),
        )
    }

    #[test]
    fn only_reports_of_drift_and_verify_are_taken() {
        assert_eq!(read("[]"), Ok(None));
        assert_eq!(read(r#"{"schema":"cask.report/1","command":"ci","verdict":"pass"}"#), Ok(None));
        assert_eq!(read(r#"{"schema":"cask.report/2","command":"drift"}"#), Ok(None));
        let kept = read(
            r#"{"schema":"cask.report/1","command":"drift","verdict":"breaking","exit_code":2,
                "toolpacks":[{"id":"tp_1"}],"findings":[{"rule":"op.removed","severity":"high",
                "subject":{"name":"a"},"message":"gone","fingerprint":"f"}]}"#,
        );
        let kept = kept.unwrap().unwrap();
        assert!(kept.is_about("tp_1") && !kept.is_about("tp_2"));
        assert_eq!(
            (kept.verdict, kept.exit_code, kept.findings[0].severity),
            ("breaking", 2, Severity::High)
        );
    }

    #[test]
    fn one_that_contradicts_itself_or_lacks_a_word_is_an_error() {
        for rest in [
            r#""verdict":"fine","exit_code":0,"findings":[]"#,
            r#""verdict":"pass","exit_code":2,"findings":[]"#,
            r#""verdict":"pass","exit_code":0"#,
            r#""verdict":"pass","exit_code":0,"findings":[{"rule":"x"}]"#,
        ] {
            let text = format!(r#"{{"schema":"cask.report/1","command":"drift",{rest}}}"#);
            assert!(read(&text).is_err(), "{text}");
        }
    }
}
