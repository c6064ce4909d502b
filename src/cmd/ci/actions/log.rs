//! The log of a step: workflow commands of ours, and a report of which no line can be one.

use crate::report::escape::actions::{log_line, workflow_data, workflow_property};

/// Longest line of a report in the log, in characters.
const LINE: usize = 400;
/// Longest reason of a notice, in characters.
const REASON: usize = 1_000;

/// Tells the runner to hide a value wherever it is printed from now on.
pub fn mask(secret: &str) -> String {
    secret.lines().filter(|line| !line.is_empty()).map(|line| format!("::add-mask::{line}\n")).collect()
}

/// A report, folded, between two commands that stop the runner from looking for others; `token` is what ends that.
pub fn group(title: &'static str, text: &str, token: &str) -> String {
    format!(
        "::group::{title}\n::stop-commands::{token}\n{}\n::{token}::\n::endgroup::\n",
        log_line(text.trim_end(), LINE)
    )
}

/// A notice beside the report.
pub fn notice(title: &'static str, text: &str) -> String {
    format!("::notice title={}::{}\n", workflow_property(title, 200), workflow_data(text, REASON))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_report_is_a_command() {
        let log = group("cask: report", "x\n::error::y\n##[group]z\n", "t0");
        assert_eq!(
            log,
            "::group::cask: report\n::stop-commands::t0\n  | x\n  | ::error::y\n  | #\u{200b}#[group]z\n::t0::\n::endgroup::\n"
        );
    }

    #[test]
    fn a_secret_of_two_lines_is_hidden_line_by_line() {
        assert_eq!(mask("a\n\nb"), "::add-mask::a\n::add-mask::b\n");
    }
}
