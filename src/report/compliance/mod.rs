//! RENDERERS of a compliance report: one document in, text out. Gaps come first in every format; whatever a stranger
//! wrote passes the encoder of its sink.

mod html;
mod json;
mod markdown;
mod sheets;
mod terminal;

use super::style::Style;
use crate::model::compliance::Compliance;

/// A face of the report.
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// Makes the text; ends in a line feed.
    pub render: fn(&Compliance, &Style) -> String,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { id: "terminal", render: terminal::render },
    Format { id: "json", render: json::render },
    Format { id: "markdown", render: markdown::page },
    Format { id: "github-md", render: markdown::comment },
    Format { id: "html", render: html::render },
];

/// Every id.
pub fn ids() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.id)
}

/// The format of that name.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}
