//! The files of the reference system, where they are asked for: verify_ID.json and verify_ID.md of each toolpack, in a
//! folder.

use std::path::{Path, PathBuf};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::ReportArgs;
use crate::io::fs;
use crate::model::report::Report;
use crate::report::style::Style;
use crate::report::{markdown, verify_file};

/// The word for both.
const BOTH: &str = "both";

/// The folder for them, if they are asked for; our own report then goes to the terminal.
///
/// # Errors
/// No folder is named.
pub fn folder(args: &mut ReportArgs) -> Result<Option<PathBuf>, Failed> {
    if args.format.as_deref() != Some(BOTH) {
        return Ok(None);
    }
    args.format = None;
    args.output.take().map(Some).ok_or_else(|| {
        Failed::new(
            "usage",
            "verify",
            "--format both writes verify_ID.json and verify_ID.md, and no folder is named",
        )
        .hint("--format both --output reports")
    })
}

/// Writes those of each toolpack, of a report that is about it alone.
///
/// # Errors
/// The folder or a file can't be written.
pub fn write(folder: &Path, own: &[Report], ctx: &Ctx) -> Result<(), Failed> {
    let folder = ctx.cwd.join(folder);
    std::fs::create_dir_all(&folder).map_err(|e| {
        Failed::new("io", folder.display().to_string(), format!("the folder can't be made: {e}"))
    })?;
    for (report, (id, json)) in
        own.iter().flat_map(|own| verify_file::files(own).into_iter().map(move |f| (own, f)))
    {
        // An id is letters, digits, `_`, `-` and `.`: never a way out of the folder.
        let markdown = markdown::render(report, &Style::default());
        fs::write_atomic(&folder.join(format!("verify_{id}.json")), json.as_bytes())?;
        fs::write_atomic(&folder.join(format!("verify_{id}.md")), markdown.as_bytes())?;
    }
    Ok(())
}
