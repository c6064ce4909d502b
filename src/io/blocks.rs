//! A file of any size in, its bytes block by block out, in bounded memory; packed with gzip or not.
//!
//! A packed file may be made to unpack without end: what comes out is bounded, by itself and against what went in.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::fs;
use crate::canon::{Fault, FaultKind};

/// Bytes of one block.
pub const BLOCK: usize = 1 << 20;
/// Bytes that are unpacked at most.
const UNPACKED: u64 = 16 << 30;
/// How often larger than its packed form a file may be, beyond the first bytes.
const RATIO: u64 = 250;
const FIRST: u64 = 64 << 20;

/// A file that is read block by block.
pub struct Blocks {
    name: String,
    inner: Inner,
    packed: u64,
    given: u64,
}

enum Inner {
    Plain(File),
    Packed(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Blocks {
    /// Opens a regular file; none if there is nothing.
    ///
    /// # Errors
    /// [`FaultKind::Place`] for anything but a regular file, [`FaultKind::Io`] when the world fails.
    pub fn open(path: &Path) -> Result<Option<Blocks>, Fault> {
        let name = path.to_string_lossy().into_owned();
        let Some(mut file) = fs::open_regular(path)? else { return Ok(None) };
        let failed = |e: std::io::Error| Fault::new(&name, FaultKind::Io, format!("it can't be read: {e}"));
        let packed = file.metadata().map_err(failed)?.len();
        let mut magic = [0; 2];
        let read = file.read(&mut magic).map_err(failed)?;
        std::io::Seek::rewind(&mut file).map_err(failed)?;
        let inner = match read == 2 && magic == [0x1f, 0x8b] {
            true => Inner::Packed(Box::new(MultiGzDecoder::new(BufReader::with_capacity(256 << 10, file)))),
            false => Inner::Plain(file),
        };
        Ok(Some(Blocks { name, inner, packed, given: 0 }))
    }

    /// How many bytes it has; none for one that is packed, of which nobody knows.
    pub fn size(&self) -> Option<u64> {
        matches!(self.inner, Inner::Plain(_)).then_some(self.packed)
    }

    /// The next block, into `buffer`; whole but for the last one. Empty: there is no more.
    ///
    /// # Errors
    /// [`FaultKind::Io`] when the world fails, [`FaultKind::Syntax`] if it is packed and damaged or cut off,
    /// [`FaultKind::Limit`] if it unpacks to too much.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        buffer.resize(BLOCK, 0);
        let mut filled = 0;
        while filled < BLOCK {
            let read = match &mut self.inner {
                Inner::Plain(file) => file.read(&mut buffer[filled..]).map_err(|e| (FaultKind::Io, e)),
                Inner::Packed(packed) => {
                    packed.read(&mut buffer[filled..]).map_err(|e| (FaultKind::Syntax, e))
                }
            };
            match read {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err((_, e)) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err((kind, e)) => {
                    let what =
                        if kind == FaultKind::Syntax { "it can't be unpacked" } else { "it can't be read" };
                    return Err(Fault::new(&self.name, kind, format!("{what}: {e}")));
                }
            }
        }
        buffer.truncate(filled);
        self.given += filled as u64;
        let most = UNPACKED.min(FIRST.max(self.packed.saturating_mul(RATIO)));
        if matches!(self.inner, Inner::Packed(_)) && self.given > most {
            let message = format!("its {} bytes unpack to more than {most}", self.packed);
            return Err(Fault::new(&self.name, FaultKind::Limit, message)
                .hint("unpack it, look at it, and name what is in it"));
        }
        Ok(())
    }
}

/// SHA-256 of a file as it lies there, in hex.
///
/// # Errors
/// [`FaultKind::Missing`] if there is nothing, [`FaultKind::Io`] when the world fails.
pub fn sha256(path: &Path) -> Result<String, Fault> {
    use sha2::Digest;
    let name = path.to_string_lossy().into_owned();
    let failed = |e: std::io::Error| Fault::new(&name, FaultKind::Io, format!("it can't be read: {e}"));
    let missing = || Fault::new(&name, FaultKind::Missing, "there is no such file");
    let mut file = fs::open_regular(path)?.ok_or_else(missing)?;
    let (mut hash, mut buffer) = (sha2::Sha256::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let mut blocks = Blocks::open(&path)?.expect("it is there");
        let (mut out, mut block) = (Vec::new(), Vec::new());
        loop {
            blocks.next(&mut block)?;
            if block.is_empty() {
                return Ok(out);
            }
            out.extend_from_slice(&block);
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn plain_and_packed_files_give_the_same_bytes() {
        let text: Vec<u8> = (0..3 * BLOCK).map(|n| (n % 251) as u8).collect();
        assert!(all(&text).unwrap() == text);
        assert!(all(&gzip(&text)).unwrap() == text);
        assert_eq!(all(b"").unwrap(), b"");
        assert!(Blocks::open(Path::new("/nowhere/at/all")).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_off_or_unpacks_without_end_is_refused() {
        let packed = gzip(&[7; 5000]);
        assert_eq!(all(&packed[..packed.len() - 9]).unwrap_err().kind, FaultKind::Syntax);
        let bomb = gzip(&vec![0; (FIRST + (4 << 20)) as usize]);
        assert_eq!(all(&bomb).unwrap_err().kind, FaultKind::Limit);
    }
}
