//! RENDERERS: a report in, text out.
//!
//! [`formats`] lists them; all show the rows of [`view`] in the wording of [`words`]. Everything a stranger
//! wrote reaches a renderer only through [`escape`] (one encoder per sink) or [`patch`] (differences);
//! [`width`] measures and wraps what is already safe.

pub mod annotations;
pub mod compliance;
pub mod escape;
pub mod evidence;
pub mod explain;
pub mod failure;
pub mod formats;
pub mod github_md;
pub mod html;
pub mod json;
pub mod line;
pub mod markdown;
pub mod note;
pub mod page;
pub mod patch;
pub mod reference;
pub mod repair;
pub mod row;
pub mod sarif;
pub mod screen;
pub mod sections;
pub mod status;
pub mod style;
pub mod terminal;
pub mod verify_file;
pub mod view;
pub mod width;
pub mod words;
