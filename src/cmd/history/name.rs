//! How files that were found are named.

use std::path::Path;

use crate::cmd::ctx::Ctx;
use crate::io::fs::slashed;

/// A path as reports name it: from the folder in which the command runs where it lies below, else as it is. No folder of
/// a machine is told where it need not be.
pub fn shown(path: &Path, ctx: &Ctx) -> String {
    let below = path.strip_prefix(&ctx.cwd).ok().and_then(slashed);
    below.filter(|below| !below.is_empty()).unwrap_or_else(|| path.display().to_string())
}
