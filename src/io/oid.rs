//! Names of git objects: SHA-1 or SHA-256, as lower-case hex.

use std::fmt;

/// The name of a git object: 40 or 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(String);

impl Oid {
    /// Reads a full object name; upper-case digits are folded. None for anything else, short names too.
    pub fn parse(text: &str) -> Option<Oid> {
        let whole = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        whole.then(|| Oid(text.to_ascii_lowercase()))
    }

    /// The name from the raw bytes that stand in a tree object.
    pub(crate) fn from_raw(raw: &[u8]) -> Oid {
        use fmt::Write;
        let mut text = String::with_capacity(raw.len() * 2);
        for byte in raw {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Oid(text)
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }

    /// Whether this is the all-zero name by which events and hooks say "none".
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_read() {
        assert!(Oid::parse(&"a".repeat(40)).is_some());
        assert_eq!(Oid::parse(&"A".repeat(64)).unwrap().as_str(), "a".repeat(64));
        for bad in ["", "abc", &"a".repeat(39), &"a".repeat(41), &"g".repeat(40), &"é".repeat(20)] {
            assert!(Oid::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn raw_bytes_become_digits() {
        assert_eq!(Oid::from_raw(&[0x0a; 20]).as_str(), "0a".repeat(20));
        assert!(Oid::from_raw(&[0; 32]).is_zero());
    }
}
