//! Names in commands that people paste into a shell: only those that any shell takes as one plain word.

/// The name, if it may stand in a command to paste: `[A-Za-z0-9][A-Za-z0-9._/-]*`.
///
/// Quoting is no way out: rules differ between shells, and a reader would have to check them. A name that
/// does not match is replaced by an id or `<tool>` by the caller.
pub fn paste(name: &str) -> Option<&str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-');
    let first = name.bytes().next()?;
    (first.is_ascii_alphanumeric() && name.bytes().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_pasted() {
        for name in ["get_order", "toolpacks/shop", "v1.2-x"] {
            assert_eq!(paste(name), Some(name));
        }
        for name in ["", "-rf", "--yes", "a b", "a;b", "$(x)", "a\nb", "é", ".x", "/etc", "~", "a`b`", "a*"]
        {
            assert_eq!(paste(name), None, "{name:?}");
        }
    }
}
