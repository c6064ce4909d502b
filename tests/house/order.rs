//! Is the house in order: who imports whom, no circles, no I/O in the pure layers, files of a readable size.
//!
//! The first part judges the tree as it is and names file, line and rule. The second feeds the same
//! functions deliberate violations, so that a rule which has gone blind fails too.

use crate::{imports, layers};

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use imports::File;
use layers::Breach;

/// The root of the repository that cargo runs this for; not where it was built: a target folder may be shared.
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

/// The sources of the program, read once for all tests.
static TREE: LazyLock<Vec<File>> = LazyLock::new(|| {
    let root = root();
    let mut sources = Vec::new();
    let mut todo: Vec<PathBuf> = vec![root.join("src")];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder of sources is readable") {
            let path = entry.expect("an entry is readable").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let inside = path.strip_prefix(&root).expect("found below the root");
                let name = inside.to_str().expect("sources have plain names").replace('\\', "/");
                sources.push((name, std::fs::read_to_string(&path).expect("a source is text")));
            }
        }
    }
    sources.sort();
    imports::read(sources).expect("sources parse")
});

fn none(mut breaches: Vec<Breach>) {
    breaches.sort();
    let told: Vec<String> = breaches.iter().map(Breach::to_string).collect();
    assert!(told.is_empty(), "the house is not in order:\n{}\n", told.join("\n"));
}

#[test]
fn the_whole_tree_was_read() {
    // A reader that finds nothing would make every other test here pass.
    assert!(TREE.iter().any(|file| file.path == "src/lib.rs"));
    for row in layers::LAYERS.iter().filter(|row| row.name != "cli") {
        let heads = [format!("src/{}/mod.rs", row.name), format!("src/{}.rs", row.name)];
        let read = TREE.iter().any(|file| heads.contains(&file.path));
        assert!(read, "the table has a row for {}, and nothing of it was read", row.name);
    }
    let canon = TREE.iter().find(|file| file.path == "src/canon/mod.rs").expect("canon has a head");
    assert!(canon.ours.iter().any(|m| m.path == ["canon", "node", "Node"]), "imports were not resolved");
}

#[test]
fn imports_run_downwards() {
    none(layers::layers(&TREE));
}

#[test]
fn no_child_imports_its_parent() {
    none(layers::parents(&TREE));
}

#[test]
fn no_files_need_each_other() {
    none(layers::circles(&TREE));
}

#[test]
fn pure_layers_name_nothing_of_the_world() {
    none(layers::world_words(&TREE));
}

#[test]
fn only_heads_of_outer_layers_are_exempt_from_the_lint() {
    none(layers::exemptions(&TREE));
}

#[test]
fn files_open_with_their_purpose_and_fit_a_reader() {
    for (lines, path) in layers::long_files(&TREE) {
        println!("{path}: {lines} lines, from {} on a file asks to be split", layers::LONG);
    }
    none(layers::files_in_order(&TREE));
}

/// With `arbitrary_precision` numbers become maps inside other crates, by feature unification.
#[test]
fn numbers_are_read_as_numbers() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "--edges", "features", "--invert", "serde_json"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let (said, errors) = (String::from_utf8_lossy(&tree.stdout), String::from_utf8_lossy(&tree.stderr));
    assert!(tree.status.success() && said.contains("serde_json feature"), "cargo tree: {errors}");
    assert!(!said.contains("arbitrary_precision"), "serde_json has arbitrary_precision:\n{said}");
}

/// Each rule is shown what it forbids, and the nearest thing that it must let pass.
mod deliberate {
    use super::*;

    fn tree(sources: &[(&str, &str)]) -> Vec<File> {
        let mut all: Vec<(String, String)> = vec![("src/lib.rs".to_owned(), "//! x\n".to_owned())];
        all.extend(sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        imports::read(all).expect("the examples parse")
    }

    fn told(rule: fn(&[File]) -> Vec<Breach>, sources: &[(&str, &str)]) -> Vec<String> {
        let mut breaches = rule(&tree(sources));
        breaches.sort();
        breaches.iter().map(Breach::to_string).collect()
    }

    /// Each of these lines, alone in a file of `compare`, must be told as an import of `io`.
    #[test]
    fn an_upward_import_is_seen_in_every_spelling() {
        let spellings = [
            "use crate::io::store;",
            "use crate::{canon::Node, io::{store, net}};",
            "use crate::io as world;",
            "use crate::io::{self};",
            "use super::super::io::store;",
            "pub use crate::io::store::Bytes;",
            "use crate as root; fn f() { root::io::store::read(); }",
            "fn f() { crate::io::store::read(); }",
            "fn f(x: crate::io::Bytes) {}",
            "fn f() -> Vec<crate::io::Bytes> { vec![] }",
            "impl crate::io::Store for X {}",
            "fn f() { use crate::io::store; }",
            "fn f() { let x = vec![crate::io::store::read()]; }",
            "fn f() { check!(1, { use crate::{canon::Node, io::store as s}; }); }",
            "macro_rules! m { () => { $crate::io::store::read() } }",
            "#[derive(A)] struct X { #[serde(with = \"crate::io::store\")] a: u8 }",
            "mod inner { use super::super::super::io::store; }",
            "#[cfg(not(test))] use crate::io::store;",
            "#[cfg(any(test, unix))] use crate::io::store;",
        ];
        for spelling in spellings {
            let text = format!("//! x\n{spelling}\n");
            let told = told(layers::layers, &[("src/compare/schema.rs", &text)]);
            assert!(
                told.iter().any(|t| t
                    .starts_with("src/compare/schema.rs:2: [layers] compare may not import io (`crate::io")),
                "{spelling}: {told:?}"
            );
        }
    }

    #[test]
    fn downward_imports_and_what_only_looks_like_one_pass() {
        let innocent = [
            "use crate::canon::{Node, Fault as Trouble};",
            "use crate::model::risk::RiskTier;",
            "pub(in crate::io) fn f() {}",
            "pub(super) struct X { pub(crate) a: u8 }",
            "macro_rules! m { () => { pub(super) fn f() {} pub(in crate::io) fn g() {} } }",
            "#[cfg(test)] mod tests { use crate::io::store; fn f() { std::fs::read(\"x\"); } }",
            "#[cfg(all(test, unix))] use crate::io::store;",
            "#[test] fn t() { crate::io::store::read(); }",
            "/// See [`crate::io::store`].\nfn f() {}",
            "fn f() { let text = \"crate::io::store\"; }",
            "mod io { pub fn read() {} } fn f() { io::read(); self::io::read(); }",
            "fn f(io: u8) { io.store(); }",
        ];
        for line in innocent {
            let source = [("src/compare/schema.rs", format!("//! x\n{line}\n"))];
            let source = [(source[0].0, source[0].1.as_str())];
            assert_eq!(told(layers::layers, &source), Vec::<String>::new(), "{line}");
            assert_eq!(told(layers::world_words, &source), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn siblings_of_one_layer_stay_apart() {
        for (from, to) in [
            ("diff", "gate"),
            ("gate", "judge"),
            ("judge", "report"),
            ("report", "compare"),
            ("compare", "sign"),
            ("sign", "compare"),
            ("canon", "rules"),
            ("rules", "canon"),
            ("io", "diff"),
            ("io", "cmd"),
            ("cmd", "cli"),
            ("cli", "main"),
        ] {
            let file = if from == "cli" { "src/cli.rs".to_owned() } else { format!("src/{from}/x.rs") };
            let text = format!("//! x\nuse crate::{to}::x;\n");
            let told = told(layers::layers, &[(&file, &text)]);
            let expected = format!("{file}:2: [layers] {from} may not import {to} (`crate::{to}::x`)");
            assert_eq!(told, [expected]);
        }
    }

    #[test]
    fn a_way_around_the_table_is_seen() {
        let told = |path: &str, line: &str| told(layers::layers, &[(path, &format!("//! x\n{line}\n"))]);
        // A new folder, a re-export at the root, a glob over another folder.
        assert_eq!(
            told("src/utils/x.rs", "use crate::canon::Node;"),
            ["src/utils/x.rs:1: [layers] `utils` has no row in the table of layers"]
        );
        assert_eq!(
            told("src/canon/x.rs", "use crate::Store;"),
            ["src/canon/x.rs:2: [layers] `crate::Store` names nothing in the table of layers"]
        );
        assert_eq!(
            told("src/diff/x.rs", "use crate::compare::*;"),
            ["src/diff/x.rs:2: [layers] `crate::compare::*` hides what diff takes from compare"]
        );
        // The root of a program calls the library by its name, and may.
        for entry in ["src/main.rs", "src/bin/other.rs"] {
            assert_eq!(told(entry, "fn main() { cask::cli::run(); }"), Vec::<String>::new());
            assert_eq!(
                told(entry, "fn main() { cask::utils::run(); }"),
                [format!("{entry}:2: [layers] `crate::utils::run` names nothing in the table of layers")]
            );
        }
        assert_eq!(
            told("src/cli.rs", "use crate::bin::other;"),
            ["src/cli.rs:2: [layers] `crate::bin::other` names nothing in the table of layers"]
        );
    }

    #[test]
    fn a_child_that_imports_its_head_is_seen() {
        let head = ("src/diff/mod.rs", "//! x\npub mod pair;\npub mod tools;\npub use pair::Pair;\n");
        let pair = ("src/diff/pair.rs", "//! x\npub struct Pair;\n");
        for line in ["use super::Pair;", "use crate::diff::Pair;", "fn f(p: super::Pair) {}", "use super::*;"]
        {
            let child = format!("//! x\n{line}\n");
            let told = told(layers::parents, &[head, pair, ("src/diff/tools.rs", &child)]);
            let expected = "src/diff/tools.rs:2: [parent] imports src/diff/mod.rs, in which it is declared";
            assert_eq!(told, [expected], "{line}");
        }
        for line in ["use super::pair::Pair;", "use crate::diff::pair;", "pub(super) fn f() {}"] {
            let child = format!("//! x\n{line}\n");
            let told = told(layers::parents, &[head, pair, ("src/diff/tools.rs", &child)]);
            assert_eq!(told, Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn a_circle_is_seen_with_the_way_round() {
        let head = "//! x\nmod a; mod b; mod c; mod d;\nuse a::A; use d::D;\n";
        let told = told(
            layers::circles,
            &[
                ("src/gate/mod.rs", head),
                ("src/gate/a.rs", "//! x\n\nuse super::b::B;\n"),
                ("src/gate/b.rs", "//! x\n\n\nuse crate::gate::c::{self, C};\n"),
                ("src/gate/c.rs", "//! x\nfn f() { super::a::g(); super::d::g(); }\n"),
                ("src/gate/d.rs", "//! x\npub struct D;\n"),
            ],
        );
        assert_eq!(
            told,
            ["src/gate/a.rs:3: [circle] 3 files need each other: \
              src/gate/a.rs:3 -> src/gate/b.rs:4 -> src/gate/c.rs:2 -> src/gate/a.rs"]
        );
    }

    #[test]
    fn a_word_of_the_world_is_seen_in_every_spelling() {
        for (line, word) in [
            ("use std::fs;", "std::fs"),
            ("use std::{collections::BTreeMap, fs::File};", "std::fs::File"),
            ("use std as s; fn f() { s::fs::read(\"x\"); }", "std::fs::read"),
            ("fn f() { ::std::fs::read(\"x\"); }", "std::fs::read"),
            ("fn f() { std::env::var(\"HOME\"); }", "std::env::var"),
            ("use std::process::Command;", "std::process::Command"),
            ("use std::io; fn f() { io::stdout(); }", "std::io::stdout"),
            ("use std::net::TcpStream;", "std::net::TcpStream"),
            (
                "use std::net; fn f() { net::ToSocketAddrs::to_socket_addrs(\"x\"); }",
                "std::net::ToSocketAddrs::to_socket_addrs",
            ),
            ("use std::time::{Duration, SystemTime};", "std::time::SystemTime"),
            ("use std::time::Instant; fn f() { Instant::now(); }", "std::time::Instant::now"),
            ("use std::time; fn f() { time::Instant::now(); }", "std::time::Instant::now"),
            ("use jiff::Timestamp; fn f() { Timestamp::now(); }", "jiff::Timestamp::now"),
            ("fn f() { getrandom::fill(&mut []); }", "getrandom::fill"),
            ("use tempfile::NamedTempFile;", "tempfile::NamedTempFile"),
            ("fn f() { println!(); }", "println!"),
            ("fn f() { std::eprintln!(); }", "eprintln!"),
            ("fn f() { vec![{ println!(); 1 }]; }", "println!"),
            ("use std::net::*;", "std::net::*"),
            ("use std::*; fn f() {}", "std::*"),
            ("fn f() { assert!(std::env::var(\"A\").is_ok()); }", "std::env::var"),
        ] {
            let text = format!("//! x\n{line}\n");
            let told = told(layers::world_words, &[("src/canon/x.rs", &text)]);
            let expected = format!("src/canon/x.rs:2: [world] `{word}` in a pure layer: ");
            assert!(told.iter().any(|t| t.starts_with(&expected)), "{line}: {told:?}");
            // The same line is what the outer layers are for.
            for outer in ["src/io/x.rs", "src/cmd/x.rs", "src/cli.rs", "src/main.rs", "src/bin/x.rs"] {
                assert_eq!(
                    self::told(layers::world_words, &[(outer, &text)]),
                    Vec::<String>::new(),
                    "{outer}"
                );
            }
        }
    }

    #[test]
    fn pure_uses_of_the_same_modules_pass() {
        for line in [
            "use std::io::Write;",
            "use std::time::Duration;",
            "use std::net::{IpAddr, Ipv6Addr};",
            "const V: &str = env!(\"CARGO_PKG_VERSION\");",
            "use std::path::Path;",
            "fn f(w: &mut dyn std::io::Write) { writeln!(w); }",
            "use jiff::Timestamp;",
        ] {
            let text = format!("//! x\n{line}\n");
            assert_eq!(
                told(layers::world_words, &[("src/canon/x.rs", &text)]),
                Vec::<String>::new(),
                "{line}"
            );
        }
    }

    #[test]
    fn an_exemption_outside_the_heads_is_seen() {
        let text = "//! x\n#![allow(clippy::disallowed_methods)]\n";
        for may in ["src/io/mod.rs", "src/cmd/mod.rs"] {
            assert_eq!(told(layers::exemptions, &[(may, text)]), Vec::<String>::new());
        }
        let inner = "//! x\n#[expect(clippy::disallowed_methods, reason = \"x\")]\nfn f() {}\n";
        let by_cfg = "//! x\n#[cfg_attr(unix, allow(clippy::disallowed_methods))]\nfn f() {}\n";
        for (path, text) in [
            ("src/canon/mod.rs", text),
            ("src/io/store.rs", text),
            ("src/gate/check.rs", inner),
            ("src/gate/check.rs", by_cfg),
        ] {
            let expected = format!("{path}:2: [exemption] only the head");
            let told = told(layers::exemptions, &[(path, text)]);
            assert!(told.len() == 1 && told[0].starts_with(&expected), "{told:?}");
        }
        let moved = told(
            layers::exemptions,
            &[("src/canon/mod.rs", "//! x\n#[path = \"../io/store.rs\"]\nmod store;\n")],
        );
        assert_eq!(moved, ["src/canon/mod.rs:2: [exemption] a `#[path]` hides where a module lies"]);
    }

    #[test]
    fn a_long_a_wordless_and_an_unreachable_file_are_seen() {
        let full = format!("//! x\n{}", "\n".repeat(layers::TOO_LONG - 1));
        let over = format!("{full}\n");
        let head = ("src/canon/mod.rs", "//! x\nmod full;\nmod over;\nmod bare;\n");
        let told = told(
            layers::files_in_order,
            &[
                ("src/lib.rs", "//! x\npub mod canon;\n"),
                head,
                ("src/canon/full.rs", &full),
                ("src/canon/over.rs", &over),
                ("src/canon/bare.rs", "fn f() {}\n"),
                ("src/canon/lost.rs", "//! x\n"),
            ],
        );
        assert_eq!(
            told,
            [
                "src/canon/bare.rs:1: [opening] opens without `//! ` and what comes in, goes out, and why",
                "src/canon/lost.rs:1: [orphan] no `mod` line reaches it: it is not compiled",
                "src/canon/over.rs:601: [length] 601 lines, at most 600: split it by meaning",
            ]
        );
    }

    #[test]
    fn a_file_for_tests_only_is_left_out() {
        let head = "//! x\n#[cfg(test)]\nmod samples;\n";
        let samples = "//! x\nuse crate::io::store;\nuse super::*;\nuse std::fs;\n";
        let sources = [("src/canon/mod.rs", head), ("src/canon/samples.rs", samples)];
        for rule in [layers::layers, layers::parents, layers::circles, layers::world_words] {
            assert_eq!(told(rule, &sources), Vec::<String>::new());
        }
    }
}
