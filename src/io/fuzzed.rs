//! What git prints, into the parsers that nobody outside calls: a door for the fuzzer (fuzz/fuzz_targets/git.rs) and
//! for the test below. Asserts what must hold of whatever they accept.

use super::batch::parse_header;
use super::git::parents;
use super::listing::{Found, Listing};
use super::tree::find_raw;

/// Gives the output of a command to its parser: `t` `git ls-tree -z`, `i` `git ls-files --stage -z`, `h` a header
/// of `git cat-file --batch`, `r` a raw tree object, `c` a raw commit.
///
/// # Panics
/// If something is accepted that must not be.
pub fn output(command: u8, bytes: &[u8]) {
    match command {
        b't' => listing(Listing::of_tree(bytes, "fuzz").ok()),
        b'i' => listing(Listing::of_index(bytes, "fuzz").ok()),
        b'h' => {
            if let Ok(line) = std::str::from_utf8(bytes)
                && let Some((oid, kind, size)) = parse_header(line)
            {
                assert_eq!(line.split(' ').count(), 3, "{oid} {kind} {size}");
            }
        }
        b'r' => {
            for (name, oid_bytes) in [(&b"a"[..], 20), (b"toolpack.yaml", 20), (b"a", 32)] {
                if let Ok(Some((mode, oid))) = find_raw(bytes, name, oid_bytes) {
                    assert_eq!(oid.as_str().len(), oid_bytes * 2, "{mode}");
                }
            }
        }
        b'c' => {
            let lines = bytes.split(|b| *b == b'\n').count();
            assert!(parents(bytes).len() <= lines);
        }
        _ => {}
    }
}

fn listing(read: Option<Listing>) {
    let Some(listing) = read else { return };
    assert!(listing.entries.is_sorted_by(|a, b| a.path <= b.path), "not sorted");
    for entry in &listing.entries {
        // A file is found under its own path, unless what it is called can't be said.
        if let Found::File(oid) = listing.find(&entry.path) {
            let known = listing.entries.iter().any(|e| e.path == entry.path && e.oid == oid);
            assert!(known, "{}: another file is found", entry.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_and_what_it_never_would_go_through() {
        let oid = "0123456789abcdef0123456789abcdef01234567";
        for (command, text) in [
            (b't', format!("100644 blob {oid}\ta/b\0040000 tree {oid}\ta\0120000 blob {oid}\tlink\0")),
            (b't', format!("100644 blob {oid}\ta\0100644 blob {oid}\ta\0")),
            (b'i', format!("100644 {oid} 0\ta\0")),
            (b'h', format!("{oid} blob 12")),
            (b'r', format!("100644 a\0{}", &oid[..20])),
            (b'c', format!("tree {oid}\nparent {oid}\n\nparent {oid}\n")),
            (b'?', String::new()),
        ] {
            output(command, text.as_bytes());
            output(command, &text.as_bytes()[..text.len() / 2]);
        }
    }
}
