//! Files in, the one ZIP archive of them out; the bytes of such an archive in, its files out.
//!
//! An archive has one form (APPNOTE.TXT 4.3, the least of it): sorted, stored as they are, 1980-01-01, 0644, nothing
//! before, between or behind. What is read is written again and must come to the same bytes, so no other program can see
//! another archive in them: no doubled or hidden entry, no second directory, no name that two readers take differently.
//! Nothing is compressed, so nothing can swell: a general reader would have to be held to that from outside.

use std::collections::BTreeMap;
use std::fmt;

use flate2::Crc;

use crate::model::toolpack::is_plain_path;

/// Bytes of the largest archive.
pub const MAX: usize = 256 << 20;
/// Files of the largest archive.
pub const MOST: usize = 1_000;

/// Version 1.0, no flags, stored, midnight of 1980-01-01: the same in both headers of every entry.
const COMMON: [u8; 10] = [10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// Bytes of the fixed part of each.
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
/// Made on Unix, by version 1.0 of the format.
const MADE_BY: [u8; 2] = [10, 3];
/// A regular file, 0644.
const MODE: u32 = 0o100_644;
/// The bits of a mode that tell what it is of, and those of a regular file.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// Why bytes are no archive of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is no ZIP archive, or a part of one.
    Unreadable,
    /// It is one that this program would not have written.
    Foreign {
        /// The entry that shows it. A stranger's word.
        name: String,
        /// What is wrong, in our words.
        why: &'static str,
    },
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Unreadable => f.write_str("it is no whole ZIP archive"),
            Unfit::Foreign { name, why } if name.is_empty() => f.write_str(why),
            Unfit::Foreign { name, why } => write!(f, "{name}: {why}"),
        }
    }
}

/// Whether a file begins as an archive does.
pub fn begins(mut file: impl std::io::Read) -> bool {
    let mut begin = [0; LOCAL.len()];
    file.read_exact(&mut begin).is_ok() && begin == LOCAL
}

fn foreign(name: impl Into<String>, why: &'static str) -> Unfit {
    Unfit::Foreign { name: name.into(), why }
}

/// The archive of some files. The same files give the same bytes, on every machine.
///
/// # Errors
/// More than an archive holds, or a name that not every machine takes.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Unfit> {
    let around = LOCAL_BYTES + CENTRAL_BYTES;
    let total = files.iter().map(|(name, bytes)| around + 2 * name.len() + bytes.len()).sum::<usize>();
    if files.len() > MOST || total + END_BYTES > MAX {
        return Err(foreign("", "it would be larger than any that is read"));
    }
    names(files.keys().map(String::as_str))?;
    // Below the limits above, every number fits into its field.
    let number = |n: usize| (n as u32).to_le_bytes();
    let short = |n: usize| (n as u16).to_le_bytes();
    let mut out = Vec::with_capacity(total + END_BYTES);
    let mut directory = Vec::new();
    for (name, bytes) in files {
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut common = COMMON.to_vec();
        common.extend(crc.sum().to_le_bytes());
        common.extend(number(bytes.len()));
        common.extend(number(bytes.len()));
        common.extend(short(name.len()));
        common.extend(short(0));
        directory.extend([CENTRAL, &MADE_BY, &common, &[0; 6]].concat());
        directory.extend((MODE << 16).to_le_bytes());
        directory.extend(number(out.len()));
        directory.extend(name.as_bytes());
        out.extend([LOCAL, &common, name.as_bytes()].concat());
        out.extend(bytes);
    }
    let at = out.len();
    out.extend(&directory);
    out.extend([END, &[0; 4], &short(files.len()), &short(files.len())].concat());
    out.extend([number(directory.len()), number(at)].concat());
    out.extend(short(0));
    Ok(out)
}

/// The files of an archive that [`pack`] wrote. Takes at most twice as many bytes of memory as the archive has.
///
/// # Errors
/// Anything else, and by which entry it shows.
pub fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Unfit> {
    let Directory { count, mut at } = Directory::of(bytes)?;
    let mut files = BTreeMap::new();
    let mut next = 0;
    for _ in 0..count {
        let entry = Entry::at(bytes, at).ok_or(odd(""))?;
        let name = String::from_utf8_lossy(entry.name).into_owned();
        if let Some(why) = unfit_name(&name).or_else(|| entry.unfit()) {
            return Err(foreign(name, why));
        }
        if files.contains_key(&name) {
            return Err(foreign(name, "its name stands in it twice"));
        }
        let start = entry.offset + LOCAL_BYTES + entry.name.len();
        let Some(content) = start.checked_add(entry.size).and_then(|end| bytes.get(start..end)) else {
            return Err(foreign(name, "it says that it is larger than the archive"));
        };
        // Entries that share their bytes would be more than there is.
        if entry.offset != next {
            return Err(odd(&name));
        }
        let mut crc = Crc::new();
        crc.update(content);
        if crc.sum() != entry.crc {
            return Err(foreign(name, "its bytes are not those that were packed"));
        }
        next = start + entry.size;
        at += CENTRAL_BYTES + entry.name.len();
        files.insert(name, content.to_vec());
    }
    match pack(&files)? == bytes {
        true => Ok(files),
        false => Err(odd("")),
    }
}

fn odd(name: &str) -> Unfit {
    foreign(name, "it has bytes or entries that no bundle has, or in another order")
}

/// Where the directory begins, and how many entries it says to have.
struct Directory {
    count: usize,
    at: usize,
}

impl Directory {
    fn of(bytes: &[u8]) -> Result<Directory, Unfit> {
        if bytes.len() > MAX {
            return Err(foreign("", "it is larger than any bundle"));
        }
        let end = bytes.len().checked_sub(END_BYTES).filter(|end| bytes[*end..].starts_with(END));
        let Some(end) = end else {
            return Err(match memchr::memmem::rfind(bytes, END) {
                Some(_) => foreign("", "something stands behind its end"),
                None => Unfit::Unreadable,
            });
        };
        let (count, at) = (short(bytes, end + 10), number(bytes, end + 16));
        if count > MOST {
            return Err(foreign("", "it has more files than any bundle"));
        }
        match at.checked_add(number(bytes, end + 12)) == Some(end) {
            true => Ok(Directory { count, at }),
            false => Err(odd("")),
        }
    }
}

/// An entry as the directory tells it.
struct Entry<'a> {
    name: &'a [u8],
    flags: usize,
    method: usize,
    crc: u32,
    packed: usize,
    size: usize,
    mode: u32,
    offset: usize,
}

impl Entry<'_> {
    /// The entry at this place of a directory; none if none begins there.
    fn at(bytes: &[u8], at: usize) -> Option<Entry<'_>> {
        let head = bytes.get(at..at + CENTRAL_BYTES).filter(|head| head.starts_with(CENTRAL))?;
        let name = at + CENTRAL_BYTES..at + CENTRAL_BYTES + short(head, 28);
        Some(Entry {
            name: bytes.get(name)?,
            flags: short(head, 8),
            method: short(head, 10),
            crc: number(head, 16) as u32,
            packed: number(head, 20),
            size: number(head, 24),
            mode: number(head, 38) as u32 >> 16,
            offset: number(head, 42),
        })
    }

    /// What it has that no entry of ours has, where that has a name.
    fn unfit(&self) -> Option<&'static str> {
        match self {
            Entry { mode, .. } if mode & KIND != REGULAR => {
                Some("it is a link or something else that is no file")
            }
            Entry { flags, .. } if flags & 1 != 0 => Some("it is encrypted"),
            Entry { method, packed, size, .. } if *method != 0 || packed != size => {
                Some("it is compressed, which nothing in a bundle is; it was not unpacked")
            }
            _ => None,
        }
    }
}

/// Two bytes of a header that is there.
fn short(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// Four of them.
fn number(bytes: &[u8], at: usize) -> usize {
    short(bytes, at) | short(bytes, at + 2) << 16
}

fn unfit_name(name: &str) -> Option<&'static str> {
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Some("its name leads out of the bundle");
    }
    if name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':') {
        return Some("its name begins at a root");
    }
    (!is_plain_path(name))
        .then_some("not every machine takes its name: A-Z a-z 0-9 . _ - with / between them")
}

/// Whether names stand beside each other on every machine: none is another in other letters, none the folder of another.
fn names<'a>(sorted: impl Iterator<Item = &'a str>) -> Result<(), Unfit> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for name in sorted {
        if let Some(why) = unfit_name(name) {
            return Err(foreign(name, why));
        }
        let lower = name.to_ascii_lowercase();
        for (at, _) in lower.match_indices('/') {
            if seen.insert(lower[..at].to_owned(), false) == Some(true) {
                return Err(foreign(name, "a file has the name of its folder"));
            }
        }
        if seen.insert(lower, true).is_some() {
            return Err(foreign(name, "another name differs from it in nothing but the size of letters"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn files(names: &[&str]) -> BTreeMap<String, Vec<u8>> {
        names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec())).collect()
    }

    fn why(unfit: Unfit) -> &'static str {
        match unfit {
            Unfit::Unreadable => "unreadable",
            Unfit::Foreign { why, .. } => why,
        }
    }

    #[test]
    fn what_is_packed_comes_out_and_is_sorted_stored_and_of_no_time_and_machine() {
        let some = files(&["b/c", "a", "B/d.yaml"]);
        let bytes = pack(&some).unwrap();
        assert_eq!(unpack(&bytes), Ok(some));
        assert_eq!(unpack(&pack(&files(&[])).unwrap()), Ok(files(&[])));
        let one = pack(&BTreeMap::from([("a".to_owned(), b"hi\n".to_vec())])).unwrap();
        let hex: String = one.iter().map(|byte| format!("{byte:02x}")).collect();
        let sums = "7a7a6fed0300000003000000";
        assert_eq!(
            hex.replace(sums, " sums "),
            "504b03040a00000000000000 2100 sums 01000000 61 68690a \
             504b01020a030a0000000000 0000 2100 sums 01000000 000000000000 0000a481 00000000 61 \
             504b05060000000001000100 2f000000 22000000 0000"
                .replace(' ', "")
                .replace("sums", " sums ")
        );
    }

    #[test]
    fn names_that_some_machine_takes_for_another_are_not_packed() {
        for (names, says) in [
            (&["../a"][..], "leads out"),
            (&["a/../b"], "leads out"),
            (&["..\\a"], "leads out"),
            (&["/a"], "at a root"),
            (&["C:a"], "at a root"),
            (&["a b"], "not every machine"),
            (&["a//b"], "not every machine"),
            (&["a/"], "not every machine"),
            (&["é"], "not every machine"),
            (&["A", "a"], "size of letters"),
            (&["x/A", "X/a"], "size of letters"),
            (&["a", "a/b"], "name of its folder"),
            (&["A", "a/b"], "name of its folder"),
        ] {
            let told = why(pack(&files(names)).unwrap_err());
            assert!(told.contains(says), "{names:?}: {told}");
        }
    }

    proptest! {
        #[test]
        fn files_come_out_as_they_went_in_and_no_byte_can_be_another(
            contents in prop::collection::btree_map("[a-c]{1,3}(/[d-f]{1,2}\\.json)?", prop::collection::vec(any::<u8>(), 0..40), 0..6),
            at: prop::sample::Index,
            to: u8,
        ) {
            // A file may have drawn the name of a folder.
            prop_assume!(names(contents.keys().map(String::as_str)).is_ok());
            let mut bytes = pack(&contents).expect("it fits");
            prop_assert_eq!(unpack(&bytes), Ok(contents.clone()));
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            // Of names and contents with their sums, one change can make another archive; never one of these files.
            prop_assert_ne!(unpack(&bytes), Ok(contents));
        }

        #[test]
        fn whatever_is_read_is_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(unpack(&bytes).is_err());
        }
    }
}
