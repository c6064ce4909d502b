//! RENDERERS of a diagnosis and its plan: one document in, text out.

mod json;
mod markdown;
mod script;
mod terminal;

use super::style::Style;
use crate::model::repair::Repair;

pub use json::diagnosis;
pub use script::script;

/// A face of it.
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// Makes the text; ends in a line feed.
    pub render: fn(&Repair, &Style) -> String,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { id: "terminal", render: terminal::render },
    Format { id: "json", render: json::render },
    Format { id: "markdown", render: markdown::page },
    Format { id: "github-md", render: markdown::comment },
];

/// Every id.
pub fn ids() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.id)
}

/// The format of that name.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}
