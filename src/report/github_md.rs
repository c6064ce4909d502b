//! A report as a comment on a pull request: as short as a comment has to be, with the marker by which the
//! next run finds it again. The rest of it is what [`page`] says.

use super::page::{self, Face};
use super::style::Style;
use crate::model::report::Report;

/// Most bytes of a comment, its marker included: GitHub takes 65,536 characters.
pub const BUDGET: usize = 60_000;
/// Most rows of the table under the title, on any size.
pub const ROWS: usize = 20;

const COMMENT: Face = Face { budget: BUDGET, rows: ROWS, marked: true, rest: "job summary" };

/// The comment; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    page::render(report, style, &COMMENT)
}

/// The comment without its marker, in at most `budget` bytes: whoever posts it puts a marker above it.
pub fn below(report: &Report, style: &Style, budget: usize) -> String {
    let page = page::render(report, style, &Face { budget, ..COMMENT });
    match report.publication.marker {
        Some(_) if page.starts_with("<!-- ") => {
            page.split_once('\n').map_or(page.clone(), |(_, below)| below.to_owned())
        }
        _ => page,
    }
}
