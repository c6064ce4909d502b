//! A compliance report for programs: `cask.compliance/1`.

use crate::model::compliance::Compliance;
use crate::report::escape::json::seen;
use crate::report::style::Style;

/// The report as indented JSON; ends in a line feed.
pub fn render(report: &Compliance, _style: &Style) -> String {
    let text = serde_json::to_string_pretty(report)
        .expect("a report has words and numbers for keys and only finite numbers");
    seen(&text) + "\n"
}
