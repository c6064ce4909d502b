//! A report as one HTML file: it loads nothing and sends nothing, is whole without its script, and can be
//! searched with it.
//!
//! What a stranger wrote is text of an element and nothing else: never an attribute, an address or an id. The
//! policy in its head lets no style and no script run but the two of this folder, by their digests. Each part
//! has its share of the budget and is filled gravest first; what does not fit is counted in words.

mod adoption;
mod changes;
mod closing;
mod findings;
pub(super) mod head;
pub(super) mod ink;
mod overview;
mod share;
mod unjudged;

use super::style::Style;
use super::view::View;
use super::words;
use crate::model::report::{Report, Verdict};

pub use share::BUDGET;

/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    let view = View::of(report);
    let title = format!("{}: {}", words::verdict(report), words::title(report, &view));
    let (sections, main) = match (report.verdict, &report.error) {
        (Verdict::Error, Some(error)) => (vec![("cause", "Cause")], unjudged::section(error)),
        _ => judged(report, &view),
    };
    let mut out = head::open(&title);
    out += &overview::top(report, &view, style, &title, &sections);
    out += "<main id=\"main\">\n";
    out += &main;
    out += "</main>\n";
    out += &closing::footer(report);
    out += &head::close();
    out
}

/// Id and name of each section, and all of them.
fn judged(report: &Report, view: &View) -> (Vec<(&'static str, &'static str)>, String) {
    // The evidence first: what has some is linked to it from the tables before.
    let changes = changes::section(view);
    let parts = [
        ("overview", "Overview", overview::section(report, view, changes.shown)),
        ("findings", "Findings", findings::section(report, view, changes.shown)),
        ("changes", "Changes", changes.text),
        ("approvals", "Approvals", closing::approvals(report)),
        ("trust", "Trust", closing::trust(report)),
        ("coverage", "Coverage", closing::coverage(report)),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(.., text)| !text.is_empty()).collect();
    let names = parts.iter().map(|(id, name, _)| (*id, *name)).collect();
    let text = parts.into_iter().map(|(id, name, text)| {
        format!(
            "\n<section id=\"{id}\" aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{name}</h2>\n{text}</section>\n"
        )
    });
    (names, text.collect())
}
