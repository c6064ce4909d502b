//! The texts that were taken into tools.json, under the lock under which toolpacks are written.

use std::collections::BTreeMap;

use crate::cmd::failed::Failed;
use crate::cmd::packs::Place;
use crate::enrich::written::written;
use crate::io::fs::{stage_inside, sweep_staged};
use crate::io::load::Loaded;
use crate::io::lock::Lock;
use crate::io::together;
use crate::model::limits;

/// Writes them. `before` is what was read before anything was asked: asking takes long, and what somebody changed
/// meanwhile was not looked at.
///
/// # Errors
/// Another process holds the toolpack, tools.json is not what it was, or can't be written; then it stands as it is.
pub fn texts(
    place: &Place,
    loaded: &Loaded,
    before: &[u8],
    texts: &BTreeMap<String, String>,
) -> Result<(), Failed> {
    let path = loaded.pack.tools_path();
    let _held = Lock::exclusive(&place.root.join(&loaded.lock_path))?;
    if place.tree.read(&path, limits::TOOLS)?.as_deref() != Some(before) {
        return Err(Failed::new(
            "input",
            path,
            "it was changed while the model was asked; nothing was written",
        )
        .hint("run the command again"));
    }
    let after = written(&path, before, texts)?;
    sweep_staged(&place.root, &path);
    let staged = stage_inside(&place.root, &path, after.as_bytes())?;
    together::place(vec![staged]).map_err(|unplaced| Failed::unplaced(unplaced, "tools.json may be half new"))
}
