//! The outputs of the step: short values in, the text for the file of `GITHUB_OUTPUT` out.
//!
//! Content goes by path: a large value would break the steps after it ("argument list too long").

/// Every output, in the order of action.yml.
pub const OUTPUTS: &[&str] = &[
    "outcome",
    "exit-code",
    "changed",
    "counts",
    "highest-risk",
    "report-dir",
    "report-json",
    "report-md",
    "sarif-file",
    "base-sha",
    "head-sha",
    "trust-source",
    "comment-url",
    "check-run-url",
    "issue-url",
    "sarif-id",
    "degraded",
    "cask-version",
];

/// Longest value, in bytes.
const MAX_VALUE: usize = 8 << 10;

/// Values by name; what is not set is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs(Vec<(&'static str, String)>);

impl Outputs {
    /// Sets a value.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        debug_assert!(OUTPUTS.contains(&name), "{name} is no output");
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.into()));
    }

    /// The text to append: each value between two lines of a delimiter that nobody can guess. None where a value holds
    /// that delimiter, which only chance or a fault could bring about; nothing may be written then.
    pub fn text(&self, delimiter: &str) -> Option<String> {
        let mut text = String::new();
        for name in OUTPUTS {
            let value =
                self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
            if value.len() > MAX_VALUE || value.lines().any(|line| line.contains(delimiter)) {
                return None;
            }
            text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
        }
        Some(text)
    }
}

/// The delimiter out of 16 random bytes.
pub fn delimiter(random: [u8; 16]) -> String {
    random.iter().fold("cask_".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_output_is_written_and_none_can_end_early() {
        let mut outputs = Outputs::default();
        outputs.set("outcome", "fail");
        outputs.set("outcome", "pass");
        outputs.set("report-dir", "/tmp/a\nEOF\nevil=1");
        let d = delimiter([7; 16]);
        assert_eq!(d, format!("cask_{}", "07".repeat(16)));
        let text = outputs.text(&d).unwrap();
        assert!(text.starts_with(&format!("outcome<<{d}\npass\n{d}\nexit-code<<{d}\n\n{d}\n")), "{text}");
        assert_eq!(text.matches(&format!("<<{d}\n")).count(), OUTPUTS.len());
        outputs.set("degraded", format!("x{d}"));
        assert_eq!(outputs.text(&d), None);
    }
}
