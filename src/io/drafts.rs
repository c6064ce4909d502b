//! The folder of drafts: files with strict names, read up to a size, changed one at a time under their lock. No link is
//! followed on the way: a checkout could bring one.

use std::io::ErrorKind;
use std::path::Path;

use super::failure::Failure;
use super::fs;
use super::lock::update_inside;
use crate::canon::emit::emit_json;
use crate::model::bytes;
use crate::model::draft::{Draft, LIMIT, MOST, is_id};

/// Where it lies below the state folder.
pub const FOLDER: &str = "drafts";
/// The ending of a draft's file.
const ENDING: &str = ".json";

/// What lies there.
#[derive(Debug, Default)]
pub struct Drafts {
    /// Those that can be read, by id.
    pub drafts: Vec<Draft>,
    /// Why others can't.
    pub unread: Vec<Failure>,
}

fn name(id: &str) -> String {
    format!("{FOLDER}/{id}{ENDING}")
}

fn read(file: &str, id: &str, text: &[u8]) -> Result<Draft, Failure> {
    let node = bytes::json(file, text, LIMIT)?;
    Ok(Draft::read(file, id, &node).map_err(bytes::shown(text))?)
}

/// All drafts below a state folder. What is no name of a draft is not looked at.
///
/// # Errors
/// The folder is a link, can't be listed, or holds more than there ever are.
pub fn all(root: &Path) -> Result<Drafts, Failure> {
    let dir = fs::path_inside(root, FOLDER)?;
    let failed = |e: std::io::Error| Failure::new(FOLDER, format!("it can't be listed: {e}"));
    let listing = match std::fs::read_dir(&dir) {
        Ok(listing) => listing,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Drafts::default()),
        Err(e) => return Err(failed(e)),
    };
    let mut ids = Vec::new();
    for entry in listing {
        let entry = entry.map_err(failed)?.file_name();
        let id = entry.to_str().and_then(|name| name.strip_suffix(ENDING)).filter(|id| is_id(id));
        ids.extend(id.map(str::to_owned));
        if ids.len() > MOST {
            return Err(Failure::new(FOLDER, format!("it holds more than {MOST} drafts"))
                .hint("take away those that nobody needs"));
        }
    }
    ids.sort();
    let mut all = Drafts::default();
    for id in ids {
        match one(root, &id) {
            Ok(draft) => all.drafts.extend(draft),
            Err(failure) => all.unread.push(failure),
        }
    }
    Ok(all)
}

/// One draft, if it is there. The id is one.
///
/// # Errors
/// It can't be read.
pub fn one(root: &Path, id: &str) -> Result<Option<Draft>, Failure> {
    let file = name(id);
    let text = fs::read_inside(root, &file, LIMIT)?;
    text.map(|text| read(&file, id, &text)).transpose()
}

/// Changes a draft under its lock; none is left as it is.
///
/// # Errors
/// It can't be read or written, or what `change` says: then it stays.
pub fn change(
    root: &Path,
    id: &str,
    change: impl FnOnce(Option<Draft>) -> Result<Option<Draft>, Failure>,
) -> Result<bool, Failure> {
    let file = name(id);
    update_inside(root, &file, LIMIT, |text| {
        let before = text.map(|text| read(&file, id, text)).transpose()?;
        Ok(change(before)?.map(|draft| emit_json(&draft.node()).into_bytes()))
    })
}
