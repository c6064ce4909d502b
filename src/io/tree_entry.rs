//! One file of a tree, as its listing tells it.

use super::oid::Oid;

/// Most entries that a tree may have.
pub(crate) const MAX_ENTRIES: usize = 2_000_000;

/// What a path of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file (100644).
    File,
    /// A regular file that may be run (100755).
    Executable,
    /// A symbolic link (120000): its content is a path, so it is never read.
    Symlink,
    /// Another repository (160000, or a folder with a `.git` of its own).
    Submodule,
    /// Anything else: a pipe, a socket, a device, an unknown mode, a folder that can't be listed.
    Other,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddName {
    /// It is not UTF-8; `path` shows it with replacement characters and can't be read.
    NotUtf8,
    /// It holds a control character.
    Control,
    /// A part is empty, `.`, `..` or `.git`: only a crafted tree object has that.
    Escape,
}

impl OddName {
    /// Whether the shown path does not name the file.
    pub(crate) fn is_unreadable(self) -> bool {
        self == OddName::NotUtf8
    }
}

/// A file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From the root, `/`-separated.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The name of its content, where git knows it.
    pub oid: Option<Oid>,
    /// Its size in bytes, where it is known without reading.
    pub size: Option<u64>,
    /// What is wrong with its name, if anything.
    pub odd: Option<OddName>,
}

impl Entry {
    pub(crate) fn new(path: String, kind: EntryKind) -> Entry {
        let odd = odd(&path);
        Entry { path, kind, oid: None, size: None, odd }
    }

    /// An entry from the bytes of a name below a parent (empty, or with its final `/`).
    pub(crate) fn named(parent: &str, name: &[u8], kind: EntryKind) -> Entry {
        match std::str::from_utf8(name) {
            Ok(name) => Entry::new(format!("{parent}{name}"), kind),
            Err(_) => {
                let path = format!("{parent}{}", String::from_utf8_lossy(name));
                Entry { path, kind, oid: None, size: None, odd: Some(OddName::NotUtf8) }
            }
        }
    }
}

fn odd(path: &str) -> Option<OddName> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git")) {
        return Some(OddName::Escape);
    }
    path.chars().any(char::is_control).then_some(OddName::Control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_told() {
        let odd = |name: &[u8]| Entry::named("a/", name, EntryKind::File).odd;
        assert_eq!(odd(b"b c.yaml"), None);
        assert_eq!(odd("ü".as_bytes()), None);
        assert_eq!(odd(b"\xff"), Some(OddName::NotUtf8));
        assert_eq!(odd(b"x\ny"), Some(OddName::Control));
        assert_eq!(odd("\u{85}".as_bytes()), Some(OddName::Control));
        for bad in ["..", ".", "", ".GIT", "x/../y"] {
            assert_eq!(odd(bad.as_bytes()), Some(OddName::Escape), "{bad}");
        }
    }
}
