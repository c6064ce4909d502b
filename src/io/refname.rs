//! Which names of refs are let through to git: the rules of git-check-ref-format(1), and no leading dash.
//!
//! A name that passes holds no revision syntax (`^`, `~`, `:`, `..`, `@{`), no space, no control and no
//! glob, so it can only ever name a ref.

/// Longest name that is looked at, in bytes.
const MAX_BYTES: usize = 1024;

/// Checks a name as given by an event or a person. The error says which rule it breaks.
pub fn check(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > MAX_BYTES {
        return Err("it is longer than 1024 bytes");
    }
    if name.starts_with('-') {
        return Err("it starts with a dash");
    }
    if name == "@" || name.contains("@{") {
        return Err("it holds revision syntax (`@`)");
    }
    if name.contains("..") {
        return Err("it holds a range (`..`)");
    }
    if name.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err("it holds a control character");
    }
    if name.contains([' ', '~', '^', ':', '?', '*', '[', '\\']) {
        return Err("it holds a character that no ref may have");
    }
    if name.ends_with('.') {
        return Err("it ends with a dot");
    }
    for part in name.split('/') {
        if part.is_empty() {
            return Err("it has an empty part");
        }
        if part.starts_with('.') || part.ends_with(".lock") {
            return Err("a part starts with a dot or ends with `.lock`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_of_refs_pass() {
        for good in ["main", "refs/heads/main", "origin/release-1.x", "v1.0", "feature/ü", "a@b", "HEAD"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn options_revisions_and_ranges_do_not() {
        for bad in [
            "",
            "-x",
            "--upload-pack=touch x",
            "a..b",
            "a...b",
            "HEAD^1",
            "HEAD~2",
            "main@{1}",
            "@",
            "@{u}",
            "a:b",
            ":/fix",
            "a b",
            "a\nb",
            "a\0b",
            "a\x7f",
            "a*",
            "a?",
            "[a",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a.",
            "^a",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(check(&"a".repeat(1025)).is_err());
    }
}
