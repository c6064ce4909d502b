//! ZIP archives that no honest program writes, byte by byte (APPNOTE.TXT 4.3).
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An entry as it is to stand in the archive, whatever is true of it.
#[derive(Clone)]
pub struct Raw {
    pub name: Vec<u8>,
    pub method: u16,
    pub data: Vec<u8>,
    pub size: u32,
    pub crc: u32,
    pub mode: u32,
}

impl Raw {
    /// A stored file, as bundles have them.
    pub fn file(name: &str, data: &[u8]) -> Raw {
        let mut crc = Crc::new();
        crc.update(data);
        Raw {
            name: name.into(),
            method: 0,
            data: data.to_vec(),
            size: data.len() as u32,
            crc: crc.sum(),
            mode: 0o100_644,
        }
    }

    /// The same, compressed.
    pub fn deflated(name: &str, data: &[u8]) -> Raw {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(data).expect("memory");
        Raw { method: 8, data: packed.finish().expect("memory"), ..Raw::file(name, data) }
    }
}

/// An archive of entries in their order, in the very form of bundles.
pub fn raw_zip(entries: &[Raw]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = out.len() as u32;
        let mut common = Vec::new();
        common.extend(10_u16.to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        common.extend(entry.method.to_le_bytes());
        // Midnight, 1980-01-01.
        common.extend(0_u16.to_le_bytes());
        common.extend(0x21_u16.to_le_bytes());
        common.extend(entry.crc.to_le_bytes());
        common.extend((entry.data.len() as u32).to_le_bytes());
        common.extend(entry.size.to_le_bytes());
        common.extend((entry.name.len() as u16).to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(&entry.name);
        out.extend(&entry.data);
        directory.extend(b"PK\x01\x02");
        // Made on Unix.
        directory.extend([10, 3]);
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(&entry.name);
    }
    let (at, size, count) = (out.len() as u32, directory.len() as u32, entries.len() as u16);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}
