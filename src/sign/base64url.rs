//! Bytes to text and back, strictly: one text for each sequence of bytes and none else accepted.
//!
//! Signatures are unpadded base64url, public keys padded standard base64 (RFC 4648). A lenient decoder
//! would let the same signature stand under many texts, so that "unchanged" could not be told from text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Unpadded base64url (RFC 4648 §5): the text of signatures.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of unpadded base64url text.
///
/// # Errors
/// `None` for any other alphabet, whitespace, padding, an impossible length, or bits that are set behind the
/// last byte.
pub fn decode_strict(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Padded standard base64 (RFC 4648 §4): the text of public keys.
pub fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of padded standard base64 text.
///
/// # Errors
/// `None` for any other alphabet, whitespace, missing or superfluous padding, or bits that are set behind the
/// last byte.
pub fn decode_standard_strict(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc_4648_vectors() {
        for (bytes, padded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode_standard(bytes.as_bytes()), padded);
            assert_eq!(decode_standard_strict(padded).as_deref(), Some(bytes.as_bytes()));
            let bare = padded.trim_end_matches('=');
            assert_eq!(encode(bytes.as_bytes()), bare);
            assert_eq!(decode_strict(bare).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn other_spellings_of_the_same_bytes_are_refused() {
        assert_eq!(decode_strict("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        // Padding, the other alphabet, whitespace in each place, trailing bits, an impossible length.
        for text in ["-_8=", "+/8", "-_8\n", " -_8", "-_ 8", "-_9", "-_8-_", "-_8\0", "-_\u{e9}8"] {
            assert_eq!(decode_strict(text), None, "{text:?}");
        }
        assert_eq!(decode_standard_strict("+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        for text in ["+/8", "-_8=", "+/8=\n", "+/8= ", "+/9=", "+/8==", "+/8=AAAA", "=", "+==="] {
            assert_eq!(decode_standard_strict(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_to_the_very_same_text(text in "[A-Za-z0-9_+/=-]{0,24}") {
            if let Some(bytes) = decode_strict(&text) {
                prop_assert_eq!(encode(&bytes), text.clone());
            }
            if let Some(bytes) = decode_standard_strict(&text) {
                prop_assert_eq!(encode_standard(&bytes), text);
            }
        }

        #[test]
        fn every_sequence_of_bytes_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode_strict(&encode(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(decode_standard_strict(&encode_standard(&bytes)), Some(bytes));
        }
    }
}
