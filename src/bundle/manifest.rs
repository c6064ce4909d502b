//! BUNDLE_MANIFEST.json: every file of a bundle by its hash, and what the gate said when it was made. Nothing of it is
//! believed: hashes are computed anew, and so is the verdict.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::left_out;
use crate::canon::decode::decode;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, digest};
use crate::model::limits;
use crate::model::verdict::Verdict;

/// The name of the file.
pub const FILE: &str = "BUNDLE_MANIFEST.json";
/// Its schema word.
pub const SCHEMA: &str = "cask.bundle/1";

/// The files of a bundle by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `cask.bundle/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The toolpack that is in it.
    pub toolpack_id: String,
    /// What the gate said of it when the bundle was made: pass, or with `--unsafe-unapproved` review or breaking. A note,
    /// never believed.
    pub verdict: String,
    /// SHA-256 (64 hex digits) of every file but this one.
    pub files: BTreeMap<String, String>,
    /// What no bundle carries.
    pub excluded: Vec<String>,
}

/// Why the files of a bundle are not those that its manifest tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which file. A stranger's word.
    pub path: String,
    /// What is wrong, in our words.
    pub message: &'static str,
}

impl Manifest {
    /// The manifest of files.
    pub fn of(toolpack_id: &str, verdict: Verdict, files: &Files) -> Manifest {
        Manifest {
            schema: SCHEMA.to_owned(),
            toolpack_id: toolpack_id.to_owned(),
            verdict: verdict.word().to_owned(),
            files: files.iter().map(|(path, bytes)| (path.clone(), digest::sha256_hex(bytes))).collect(),
            excluded: left_out::all(),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        emit_json(&encode(self))
    }

    /// The digest that names the bundle: of the manifest, and so of all files.
    pub fn digest(&self) -> String {
        digest::of(&encode(self))
    }
}

/// The manifest of a bundle, if its files are those that it tells, and no others.
///
/// # Errors
/// The first file that is changed, missing or not told of.
pub fn check(files: &Files) -> Result<Manifest, Broken> {
    let broken = |path: &str, message| Broken { path: path.to_owned(), message };
    let of_manifest = |message| broken(FILE, message);
    let bytes = files.get(FILE).ok_or(of_manifest("it is missing: this is no bundle of cask"))?;
    let node =
        read_json(FILE, bytes, &Limits::new(limits::SMALL)).map_err(|_| of_manifest("it can't be read"))?;
    let manifest: Manifest = decode(FILE, &node).map_err(|_| of_manifest("it is not what a manifest is"))?;
    if manifest.schema != SCHEMA {
        return Err(of_manifest("it is no cask.bundle/1"));
    }
    // One spelling only: the digest names the bytes too.
    if manifest.text().as_bytes() != bytes.as_slice() || manifest.excluded != left_out::all() {
        return Err(of_manifest("it is not as it was written"));
    }
    for (path, bytes) in files.iter().filter(|(path, _)| *path != FILE) {
        match manifest.files.get(path) {
            None => return Err(broken(path, "the manifest does not tell of it")),
            Some(told) if *told != digest::sha256_hex(bytes) => {
                return Err(broken(path, "it is not what the manifest tells"));
            }
            Some(_) => {}
        }
    }
    match manifest.files.keys().find(|path| !files.contains_key(*path) || *path == FILE) {
        Some(path) => Err(broken(path, "the manifest tells of it, and it is missing")),
        None => Ok(manifest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Files {
        let mut files = Files::from([("a".to_owned(), b"1".to_vec()), ("b/c".to_owned(), Vec::new())]);
        let manifest = Manifest::of("tp_a", Verdict::Pass, &files);
        files.insert(FILE.to_owned(), manifest.text().into_bytes());
        files
    }

    #[test]
    fn the_files_are_those_that_it_tells_and_no_others() {
        let manifest = check(&bundle()).unwrap();
        assert_eq!((manifest.toolpack_id.as_str(), manifest.verdict.as_str()), ("tp_a", "pass"));
        let broken = |edit: &dyn Fn(&mut Files)| {
            let mut files = bundle();
            edit(&mut files);
            let broken = check(&files).unwrap_err();
            (broken.path, broken.message)
        };
        let changed = broken(&|files| drop(files.insert("a".into(), b"2".to_vec())));
        assert_eq!(changed, ("a".to_owned(), "it is not what the manifest tells"));
        let more = broken(&|files| drop(files.insert("z".into(), b"2".to_vec())));
        assert_eq!(more, ("z".to_owned(), "the manifest does not tell of it"));
        let less = broken(&|files| drop(files.remove("b/c")));
        assert_eq!(less, ("b/c".to_owned(), "the manifest tells of it, and it is missing"));
        assert_eq!(broken(&|files| drop(files.remove(FILE))).0, FILE);
        assert_eq!(broken(&|files| files.get_mut(FILE).unwrap().push(b' ')).1, "it is not as it was written");
        let other = |from: &str, to: &str| {
            broken(&|files| {
                let text = String::from_utf8(files[FILE].clone()).unwrap();
                assert!(text.contains(from));
                files.insert(FILE.into(), text.replace(from, to).into_bytes());
            })
        };
        assert_eq!(other("cask.bundle/1", "cask.bundle/2").1, "it is no cask.bundle/1");
        assert_eq!(other("recorded traffic", "nothing").1, "it is not as it was written");
        assert_eq!(other("\"schema\"", "\"x\"").1, "it is not what a manifest is");
    }
}
