//! The toolpacks of the reference system's pairs, as files.

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference/pairs")
}

/// The files below a folder.
pub fn folder(root: &Path) -> Files {
    let mut found = Files::new();
    let mut todo = vec![root.to_owned()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).unwrap_or_else(|e| panic!("{}: {e}", at.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The base toolpack.
pub fn base() -> Files {
    folder(&root().join("base"))
}

/// The head toolpack of a pair: the base's files and what the fixture keeps beside them.
pub fn head_of(pair: &str) -> Files {
    let mut files = base();
    if let Some(dir) = names().into_iter().find(|n| n.starts_with(&format!("{pair}-"))) {
        files.extend(folder(&root().join(dir)));
    }
    files
}

/// The folders of the pairs whose head differs.
pub fn names() -> Vec<String> {
    let entries = std::fs::read_dir(root()).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).filter(|n| n != "base").collect();
    names.sort();
    names
}
