//! Text in, the same as addresses write it out.

/// RFC 3986: what means nothing anywhere in an address.
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Text with every byte that is not kept as `%XX`. A `%` that is kept stays only where it begins an escape.
pub fn encoded(text: &str, keep: fn(u8) -> bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        if byte.is_ascii() && keep(*byte) && (*byte != b'%' || hex(at + 1) && hex(at + 2)) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_nothing_stays() {
        assert_eq!(encoded("aZ0-._~ é/?&=%41", is_unreserved), "aZ0-._~%20%C3%A9%2F%3F%26%3D%2541");
        assert_eq!(encoded("%41%4", |_| true), "%41%254");
    }
}
