//! Archives of releases, honest ones and those that no release would have.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A member: its name, the letter of its kind in the format, what it links to, and its bytes.
pub struct Member<'a> {
    pub name: &'a str,
    pub kind: u8,
    pub link: &'a str,
    pub bytes: &'a [u8],
}

pub const FILE: u8 = b'0';
pub const HARD_LINK: u8 = b'1';
pub const SYMBOLIC_LINK: u8 = b'2';
pub const FOLDER: u8 = b'5';

impl<'a> Member<'a> {
    pub fn file(name: &'a str, bytes: &'a [u8]) -> Member<'a> {
        Member { name, kind: FILE, link: "", bytes }
    }

    pub fn link(kind: u8, name: &'a str, link: &'a str) -> Member<'a> {
        Member { name, kind, link, bytes: &[] }
    }
}

/// The members as a packed tar.
pub fn tar_gz(members: &[Member]) -> Vec<u8> {
    let mut tar = Vec::new();
    for member in members {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, member.name.as_bytes());
        put(100, b"0000755\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", member.bytes.len()).as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[member.kind]);
        put(157, member.link.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend(header);
        tar.extend(member.bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar).expect("memory");
    packed.finish().expect("memory")
}
