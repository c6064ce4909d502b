//! All entries of a tree at once, as `git ls-tree` or `git ls-files` print them, and where a path leads.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::oid::Oid;
use super::tree_entry::{Entry, EntryKind, MAX_ENTRIES};

/// The entries of a tree, sorted by path, and the names of its folders where git has them.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub entries: Vec<Entry>,
    pub folders: BTreeMap<String, Oid>,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Folder,
    /// Something that is not read stands at this path: the path itself, or a part of the way.
    Barrier(EntryKind, String),
    /// A regular file.
    File(Option<Oid>),
}

impl Listing {
    /// Sorts the entries. Two entries at one path, which only a crafted tree has, are refused.
    pub(crate) fn new(
        mut entries: Vec<Entry>,
        folders: BTreeMap<String, Oid>,
        subject: &str,
    ) -> Result<Listing, Failure> {
        if entries.len() > MAX_ENTRIES {
            return Err(Failure::new(subject, format!("it holds more than {MAX_ENTRIES} files")));
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let readable = |e: &Entry| !e.odd.is_some_and(|odd| odd.is_unreadable());
        let twin = entries.windows(2).find(|w| w[0].path == w[1].path && w.iter().all(readable));
        match twin {
            Some(twin) => Err(Failure::new(subject, "it holds two entries at one path")
                .looked("path", &twin[0].path)
                .hint("git fsck")),
            None => Ok(Listing { entries, folders }),
        }
    }

    /// Reads `git ls-tree -r -t -z`: `<mode> <type> <oid>\t<path>\0`.
    pub(crate) fn of_tree(output: &[u8], subject: &str) -> Result<Listing, Failure> {
        let (mut entries, mut folders) = (Vec::new(), BTreeMap::new());
        for record in records(output) {
            let ([mode, kind, oid], path) = fields(record).ok_or_else(|| unreadable(subject))?;
            let oid = Oid::parse(oid).ok_or_else(|| unreadable(subject))?;
            if kind == "tree" {
                if let Ok(path) = std::str::from_utf8(path) {
                    folders.insert(path.to_owned(), oid);
                }
                continue;
            }
            let mut entry = Entry::named("", path, kind_of(mode));
            entry.oid = Some(oid);
            entries.push(entry);
        }
        Listing::new(entries, folders, subject)
    }

    /// Reads `git ls-files --stage -z`: `<mode> <oid> <stage>\t<path>\0`. An unfinished merge is refused.
    pub(crate) fn of_index(output: &[u8], subject: &str) -> Result<Listing, Failure> {
        let mut entries = Vec::new();
        for record in records(output) {
            let ([mode, oid, stage], path) = fields(record).ok_or_else(|| unreadable(subject))?;
            if stage != "0" {
                return Err(Failure::new(subject, "it holds an unfinished merge")
                    .looked("path", String::from_utf8_lossy(path))
                    .hint("git status"));
            }
            let mut entry = Entry::named("", path, kind_of(mode));
            entry.oid = Some(Oid::parse(oid).ok_or_else(|| unreadable(subject))?);
            entries.push(entry);
        }
        Listing::new(entries, BTreeMap::new(), subject)
    }

    /// Follows a path that [`super::fs::check_relative`] let through.
    pub(crate) fn find(&self, path: &str) -> Found {
        for (at, _) in path.match_indices('/') {
            match self.entry(&path[..at]).map(|e| e.kind) {
                // A file where the path wants a folder: what the path names is not there.
                Some(EntryKind::File | EntryKind::Executable) => return Found::Nothing,
                Some(kind) => return Found::Barrier(kind, path[..at].to_owned()),
                None => {}
            }
        }
        match self.entry(path) {
            Some(e) if matches!(e.kind, EntryKind::File | EntryKind::Executable) => {
                Found::File(e.oid.clone())
            }
            Some(e) => Found::Barrier(e.kind, path.to_owned()),
            None if self.holds(path) => Found::Folder,
            None => Found::Nothing,
        }
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let start = self.entries.partition_point(|e| e.path.as_str() < path);
        let same = self.entries[start..].iter().take_while(|e| e.path == path);
        // A replacement character in a shown name is not the name.
        same.into_iter().find(|e| !e.odd.is_some_and(|odd| odd.is_unreadable()))
    }

    fn holds(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let start = self.entries.partition_point(|e| e.path < prefix);
        self.entries.get(start).is_some_and(|e| e.path.starts_with(&prefix))
    }
}

/// The paths that git tracks.
pub(crate) struct Tracked {
    /// Sorted, so that what lies in a folder stands where its name with a slash would.
    paths: Vec<Vec<u8>>,
}

impl Tracked {
    /// Reads `git ls-files -z`.
    pub(crate) fn new(output: &[u8]) -> Tracked {
        let mut paths: Vec<Vec<u8>> = records(output).map(<[u8]>::to_vec).collect();
        paths.sort_unstable();
        Tracked { paths }
    }

    /// Whether something in a folder is tracked.
    pub(crate) fn holds(&self, dir: &str) -> bool {
        let prefix = format!("{dir}/").into_bytes();
        let at = self.paths.partition_point(|path| *path < prefix);
        self.paths.get(at).is_some_and(|path| path.starts_with(&prefix))
    }
}

/// What a mode of git stands for. Only the two modes that git writes today are files.
pub(crate) fn kind_of(mode: &str) -> EntryKind {
    match mode {
        "100644" => EntryKind::File,
        "100755" => EntryKind::Executable,
        "120000" => EntryKind::Symlink,
        "160000" => EntryKind::Submodule,
        _ => EntryKind::Other,
    }
}

fn records(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split(|b| *b == 0).filter(|record| !record.is_empty())
}

fn fields(record: &[u8]) -> Option<([&str; 3], &[u8])> {
    let tab = record.iter().position(|b| *b == b'\t')?;
    let mut words = std::str::from_utf8(&record[..tab]).ok()?.split(' ');
    let three = [words.next()?, words.next()?, words.next()?];
    words.next().is_none().then_some((three, &record[tab + 1..]))
}

fn unreadable(subject: &str) -> Failure {
    Failure::new(subject, "git listed it in an unknown form")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        let oid = "a".repeat(40);
        let lines = [
            format!("040000 tree {oid}\tdir\0"),
            format!("100644 blob {oid}\tdir/a\0"),
            format!("100755 blob {oid}\tdir/b\0"),
            format!("120000 blob {oid}\tlink\0"),
            format!("160000 commit {oid}\tsub\0"),
            format!("100664 blob {oid}\told\0"),
            format!("100644 blob {oid}\tnew\nline\0"),
        ];
        Listing::of_tree(lines.concat().as_bytes(), "t").unwrap()
    }

    #[test]
    fn a_path_leads_to_files_only() {
        let listing = listing();
        let barrier = |kind, at: &str| Found::Barrier(kind, at.to_owned());
        assert!(matches!(listing.find("dir/a"), Found::File(Some(_))));
        assert!(matches!(listing.find("dir/b"), Found::File(Some(_))));
        assert_eq!(listing.find("dir"), Found::Folder);
        assert_eq!(listing.find("dir/c"), Found::Nothing);
        assert_eq!(listing.find("dir/a/x"), Found::Nothing);
        assert_eq!(listing.find("di"), Found::Nothing);
        assert_eq!(listing.find("link"), barrier(EntryKind::Symlink, "link"));
        assert_eq!(listing.find("link/x"), barrier(EntryKind::Symlink, "link"));
        assert_eq!(listing.find("sub/x/y"), barrier(EntryKind::Submodule, "sub"));
        assert_eq!(listing.find("old"), barrier(EntryKind::Other, "old"));
        assert!(listing.folders.contains_key("dir"));
    }

    #[test]
    fn two_entries_at_one_path_are_refused() {
        let line = format!("100644 blob {}\ta\0", "a".repeat(40));
        assert!(Listing::of_tree([line.clone(), line].concat().as_bytes(), "t").is_err());
    }

    #[test]
    fn an_unfinished_merge_in_the_index_is_refused() {
        let oid = "a".repeat(40);
        let ok = format!("100644 {oid} 0\ta\0");
        let bad = format!("100644 {oid} 2\tb\0");
        assert_eq!(Listing::of_index(ok.as_bytes(), "i").unwrap().entries.len(), 1);
        assert!(Listing::of_index((ok + &bad).as_bytes(), "i").is_err());
    }

    #[test]
    fn output_of_another_form_is_refused() {
        for bad in ["x", "100644 blob\ta\0", "100644 blob zz\ta\0", "1 2 3 4\ta\0"] {
            assert!(Listing::of_tree(bad.as_bytes(), "t").is_err(), "{bad}");
        }
    }
}
