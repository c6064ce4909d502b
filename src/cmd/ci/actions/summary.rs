//! The summary of a job: a report in, the page to append out.
//!
//! Over 1 MiB in one step GitHub drops the whole of it and fails the step, so what is there already counts.

use crate::model::report::Report;
use crate::report::style::Style;
use crate::report::{github_md, markdown};

/// The page that fits beside `there` bytes.
pub fn page(report: &Report, style: &Style, there: u64) -> String {
    let room = (markdown::BUDGET as u64).saturating_sub(there);
    let fits = |page: &String| page.len() as u64 <= room;
    let pages = [markdown::render, github_md::render];
    pages.iter().map(|render| render(report, style)).find(fits).unwrap_or_else(|| {
        let last = "The report does not fit here any more: it is in the folder of the output `report-dir`.\n";
        Some(last.to_owned()).filter(fits).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::gate_config::FailOn;
    use crate::model::report::Unjudged;

    #[test]
    fn what_is_there_already_counts() {
        let error = Unjudged {
            kind: "input",
            does: false,
            subject: "x".into(),
            message: "y".into(),
            fault: None,
            looked: Vec::new(),
            why: Vec::new(),
            hints: Vec::new(),
            rule: None,
        };
        let report = Report::unjudged("ci", "0", FailOn::Breaking, error);
        let style = Style::default();
        assert!(page(&report, &style, 0).contains('y'));
        assert!(page(&report, &style, (900 << 10) - 200).starts_with("The report does not fit"));
        assert_eq!(page(&report, &style, 900 << 10), "");
    }
}
