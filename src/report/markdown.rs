//! A report as a page of its own: every row and all of the evidence, for a file or a job summary. It has
//! no marker, since nothing looks for it again.

use super::page::{self, Face};
use super::style::Style;
use crate::model::report::Report;

/// Most bytes of a page: GitHub drops the whole summary of a step above 1 MiB, and other steps write too.
pub const BUDGET: usize = 900 << 10;

const WHOLE: Face = Face { budget: BUDGET, rows: usize::MAX, marked: false, rest: "JSON report" };

/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    page::render(report, style, &WHOLE)
}
