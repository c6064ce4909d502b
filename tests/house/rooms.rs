//! The rooms of tests/: a folder with a main.rs, which cargo makes one program of. A file that no room declares would be a
//! test that nothing runs, and nobody would be told; so here every file is reached, and by a room only once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use syn::{Expr, Item, ItemMod, Lit};

/// Programs of one file, which each take as much of the disk as a room: they run with features, or on a program that is
/// handed in.
const ALONE: [&str; 3] = ["image", "keyring", "otlp"];

/// Files by their names from the root of the repository, with their texts.
type Files = BTreeMap<String, String>;

/// The file that a module is told to be in.
fn told_path(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| {
        match &attribute.meta.require_name_value().ok()?.value {
            Expr::Lit(value) => match &value.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// A path without `.` and `..`, with `/`.
fn plain(path: &Path) -> String {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_str().expect("sources have plain names")),
            _ => {}
        }
    }
    parts.join("/")
}

/// The files in which the modules of a file lie.
fn modules(files: &Files, at: &str, root: bool) -> Vec<String> {
    let path = Path::new(at);
    let beside = path.parent().expect("a file lies in a folder");
    let below = if root || path.ends_with("mod.rs") { beside.to_owned() } else { path.with_extension("") };
    let source = syn::parse_file(&files[at]).unwrap_or_else(|why| panic!("{at}: {why}"));
    let outside = source.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module),
        _ => None,
    });
    outside
        .map(|module| match told_path(module) {
            Some(told) => plain(&beside.join(told)),
            None => {
                let file = plain(&below.join(format!("{}.rs", module.ident)));
                let folder = plain(&below.join(module.ident.to_string()).join("mod.rs"));
                if files.contains_key(&folder) { folder } else { file }
            }
        })
        .collect()
}

/// What is out of order: a file that nothing runs, one that a program holds twice, a program of its own.
fn out_of_order(files: &Files) -> Vec<String> {
    let (mut told, mut reached) = (Vec::new(), BTreeSet::new());
    for root in files.keys() {
        let inside = root.strip_prefix("tests/").expect("found there");
        match inside.split('/').collect::<Vec<_>>()[..] {
            [_, "main.rs"] => {}
            [file] if ALONE.contains(&file.trim_end_matches(".rs")) => {}
            [_] => {
                told.push(format!("{root}: a program of its own; it belongs to a room"));
                continue;
            }
            _ => continue,
        }
        let mut seen = BTreeSet::from([root.clone()]);
        let mut todo = modules(files, root, true);
        while let Some(at) = todo.pop() {
            if !seen.insert(at.clone()) {
                told.push(format!("{root}: {at} is in it twice"));
            } else if files.contains_key(&at) {
                todo.extend(modules(files, &at, false));
            }
        }
        reached.extend(seen);
    }
    let missed = files.keys().filter(|file| !reached.contains(*file) && file.matches('/').count() > 1);
    told.extend(missed.map(|file| format!("{file}: no room declares it, so nothing runs it")));
    told
}

#[test]
fn every_file_of_tests_is_run_and_in_a_room_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut todo) = (Files::new(), vec![PathBuf::from("tests")]);
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(root.join(&at)).expect("a folder").flatten() {
            let path = at.join(entry.file_name());
            if entry.path().is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                files.insert(plain(&path), std::fs::read_to_string(entry.path()).expect("a source is text"));
            }
        }
    }
    assert!(files.contains_key("tests/house/rooms.rs"), "the files were not read");
    assert_eq!(out_of_order(&files), Vec::<String>::new());
}

#[test]
fn a_file_that_nothing_runs_or_a_room_holds_twice_is_told() {
    let room = [
        ("tests/gate/main.rs", "mod trust;\n#[path = \"../support/forge.rs\"]\nmod forge;\n"),
        ("tests/gate/trust.rs", "mod keys;\nmod inside {}\n"),
        ("tests/gate/trust/keys.rs", ""),
        ("tests/support/forge.rs", "#[path = \"people.rs\"]\nmod people;\n"),
        ("tests/support/people.rs", ""),
        ("tests/image.rs", ""),
    ];
    let told = |more: &[(&str, &str)]| {
        let all = room.iter().chain(more).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        out_of_order(&all.collect())
    };
    assert_eq!(told(&[]), Vec::<String>::new());
    for lost in ["tests/gate/lost.rs", "tests/gate/trust/lost.rs", "tests/nowhere/lost.rs"] {
        assert_eq!(told(&[(lost, "")]), [format!("{lost}: no room declares it, so nothing runs it")]);
    }
    assert_eq!(told(&[("tests/new.rs", "")]), ["tests/new.rs: a program of its own; it belongs to a room"]);
    let twice = "#[path = \"../../support/forge.rs\"]\nmod forge;\n";
    let twice = told(&[("tests/gate/trust/keys.rs", twice)]);
    assert!(
        twice.contains(&"tests/gate/main.rs: tests/support/forge.rs is in it twice".to_owned()),
        "{twice:?}"
    );
}
