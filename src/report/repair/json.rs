//! A diagnosis and its plan for programs: `cask.repair/1`, and the diagnosis alone.

use serde::Serialize;

use crate::model::repair::{Diagnosis, Repair};
use crate::report::escape::json::seen;
use crate::report::style::Style;

/// The whole as indented JSON; ends in a line feed.
pub fn render(repair: &Repair, _style: &Style) -> String {
    pretty(repair)
}

/// The diagnosis alone.
pub fn diagnosis(diagnosis: &Diagnosis) -> String {
    pretty(diagnosis)
}

fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("it has words for keys and only whole numbers");
    seen(&text) + "\n"
}
