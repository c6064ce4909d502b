//! SHA-256 over bytes and over the canonical form of trees, and the short ids made of it.

use sha2::{Digest, Sha256};

use super::json;
use super::node::Node;
use super::view::View;

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 as 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// The digest of a value: `sha256:` and 64 hex digits over its canonical JSON. Layout, comments and the
/// order of members never count.
pub fn of(node: &Node) -> String {
    format!("sha256:{}", canonical_hex(node))
}

/// The same of a tree that borrows.
pub fn of_view(view: &View) -> String {
    let mut pieces = Pieces::new();
    view.canonical_into(&mut |piece: &[u8]| pieces.take(piece));
    format!("sha256:{}", pieces.hex())
}

/// The same without its prefix, as files of version 1 write it.
pub fn canonical_hex(node: &Node) -> String {
    let mut pieces = Pieces::new();
    json::canonical_into(node, &mut |piece: &[u8]| pieces.take(piece));
    pieces.hex()
}

/// SHA-256 over pieces of a few bytes each, hashed many at a time.
struct Pieces {
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Pieces {
    const CHUNK: usize = 16 << 10;

    fn new() -> Pieces {
        Pieces { hash: Sha256::new(), buffer: Vec::with_capacity(2 * Pieces::CHUNK) }
    }

    fn take(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() >= Pieces::CHUNK {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn hex(mut self) -> String {
        self.hash.update(&self.buffer);
        hex(&self.hash.finalize())
    }
}

/// The first `n` characters of a digest, without `sha256:`; for people, never for comparing.
pub fn short(digest: &str, n: usize) -> &str {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.char_indices().nth(n).map_or(hex, |(at, _)| &hex[..at])
}

/// An id: the first 16 hex digits of SHA-256 over the words, joined by NUL.
pub fn id16(words: &[&str]) -> String {
    let mut id = sha256_hex(words.join("\0").as_bytes());
    id.truncate(16);
    id
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

/// Whether a text is a whole digest: `sha256:` and 64 lower-case hex digits.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(is_hex64)
}

/// Whether a text is 64 lower-case hex digits.
pub fn is_hex64(hex: &str) -> bool {
    hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_known_values() {
        assert_eq!(
            of(&Node::map::<String>([])),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(short(&of(&Node::map::<String>([])), 8), "44136fa3");
        assert_eq!(short("é", 5), "é");
    }

    #[test]
    fn a_tree_beyond_the_buffer_hashes_as_its_whole_form() {
        let node = Node::texts((0..5000).map(|n| format!("text {n} é")));
        assert_eq!(canonical_hex(&node), sha256_hex(json::canonical(&node).as_bytes()));
    }

    #[test]
    fn ids_are_those_of_the_format() {
        let words = ["cask.id/2", "http", "GET", "api.shop.example", "/v1/users/{}"];
        assert_eq!(id16(&words), "78d6f2c56a18d995");
        assert_eq!(id16(&["cask.id/2", "mcp", "filesystem", "tool", "read_file"]), "3d491079a1c3ee87");
    }
}
