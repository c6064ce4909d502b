//! A plan to where it was asked for: the terminal, or a folder of files.

use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::Failed;
use crate::io::fs;
use crate::model::repair::Repair;
use crate::report::repair::{diagnosis, find, script};
use crate::report::style::Style;

/// Shows it, and writes it where a folder is named.
///
/// # Errors
/// A format that does not exist, or a place that cannot be written.
pub fn deliver(
    repair: &Repair,
    format: &str,
    output: Option<&std::path::Path>,
    ctx: &mut Ctx,
) -> Result<(), Failed> {
    let render = |id: &str| find(id).map(|format| format.render);
    let format = render(format).ok_or_else(|| Failed::new("usage", "--format", "there is no such format"))?;
    if let Some(folder) = output {
        let plain = Style::default();
        let whole = |id: &str| render(id).map(|render| render(repair, &plain)).unwrap_or_default();
        let folder = ctx.cwd.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| {
            Failed::new("io", folder.display().to_string(), format!("the folder cannot be made: {e}"))
        })?;
        let files = [
            ("repair.json", whole("json")),
            ("diagnosis.json", diagnosis(&repair.diagnosis)),
            ("repair.md", whole("markdown")),
            ("patch.commands.sh", script(repair)),
        ];
        for (name, text) in files {
            fs::write_atomic(&folder.join(name), text.as_bytes())?;
        }
    }
    ctx.print(&format(repair, &style(ctx)))
}
