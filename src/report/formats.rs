//! The table of report formats. A command takes a name, finds the row and prints what it gives.

use super::style::Style;
use super::{annotations, github_md, html, json, markdown, sarif, terminal};
use crate::model::report::Report;

/// A face of a report.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// Extension of a file that holds it.
    pub extension: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Makes the text; ends in a line feed.
    pub render: fn(&Report, &Style) -> String,
}

/// Every format.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    Format { id: "terminal", extension: "txt", render: terminal::render,
        about: "for people at a terminal; the default" },
    Format { id: "json", extension: "json", render: json::render,
        about: "for programs: `cask.report/1`, with every finding" },
    Format { id: "github-md", extension: "md", render: github_md::render,
        about: "a comment on a pull request: at most 20 rows and 60,000 bytes" },
    Format { id: "markdown", extension: "md", render: markdown::render,
        about: "a page of its own, or a job summary: every row, at most 900 KiB" },
    Format { id: "html", extension: "html", render: html::render,
        about: "one file for a browser: every finding with its evidence, to filter, search and print; at most 4 MiB" },
    Format { id: "sarif", extension: "sarif", render: sarif::render,
        about: "SARIF 2.1.0 for code scanning and editors: the 5,000 gravest findings" },
    Format { id: "annotations", extension: "txt", render: annotations::render,
        about: "workflow commands, which GitHub shows beside the lines of the change: the gravest of each kind" },
];

/// Every id, between commas.
pub fn ids() -> String {
    FORMATS.iter().map(|format| format.id).collect::<Vec<_>>().join(", ")
}

/// The format of that name.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_found_by_its_own_id_only() {
        for format in FORMATS {
            assert_eq!(find(format.id).map(|f| f.extension), Some(format.extension), "{}", format.id);
        }
        assert!(find("").is_none() && find("Terminal").is_none());
    }
}
