//! JSON with comments, as editors keep their settings, to the same text without: comments and commas before a
//! closing bracket become blanks, so that every value keeps its line.

/// The bytes with blanks where plain JSON allows nothing. What is no JSON stays none: nothing is repaired.
pub fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    // Editors write the mark; a reader that skips it sees the same text.
    if out.starts_with(b"\xEF\xBB\xBF") {
        out[..3].fill(b' ');
    }
    let mut at = 0;
    let mut comma = None;
    while let Some(byte) = out.get(at).copied() {
        match (byte, out.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at = string_end(&out, at);
            }
            (b'/', Some(b'/')) => {
                let end = out[at..].iter().position(|b| *b == b'\n').map_or(out.len(), |n| at + n);
                out[at..end].fill(b' ');
                at = end;
            }
            (b'/', Some(b'*')) => {
                // One that does not end is left, and refused as what it is.
                let Some(end) = out[at + 2..].windows(2).position(|w| w == b"*/").map(|n| at + n + 4) else {
                    return out;
                };
                for blank in out[at..end].iter_mut().filter(|b| **b != b'\n') {
                    *blank = b' ';
                }
                at = end;
            }
            (b'}' | b']', _) => {
                if let Some(comma) = comma.take() {
                    out[comma] = b' ';
                }
                at += 1;
            }
            (b',', _) => {
                // Only after a value: `[,]` is no list.
                let after = out[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
                comma = after.filter(|b| !matches!(b, b'[' | b'{' | b',' | b':')).map(|_| at);
                at += 1;
            }
            (byte, _) => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                at += 1;
            }
        }
    }
    out
}

/// Behind the quote that ends the string which begins at a byte.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::read_json::read_json;

    fn read(text: &str) -> Result<crate::canon::Node, crate::canon::Fault> {
        read_json("f", &plain(text.as_bytes()), &Limits::new(1 << 20))
    }

    #[test]
    fn comments_and_last_commas_are_blanks_and_lines_stay() {
        let text = "\u{feff}{ // one\n  /* two\n  three */ \"a//b\": \"x/*y\\\"*/\", // \"c\": 1\n  \"d\": [1, 2,],\n}";
        let node = read(text).expect("read");
        assert_eq!(node.get("a//b").and_then(|n| n.as_text()), Some("x/*y\"*/"));
        assert_eq!(node.get("d").map(|n| (n.items().len(), n.line)), Some((2, 4)));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in
            ["{\"a\": 1,,}", "[,]", "{,}", "/* {}", "{\"a\": 1} x", "{\"a\":,}", "[1 /* */ 2]", "{'a': 1}"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn many_commas_and_comments_take_no_time() {
        let started = std::time::Instant::now();
        plain(&b"/*".repeat(1 << 19));
        plain(&b", ".repeat(1 << 19));
        plain(format!("1{}", " ,".repeat(1 << 19)).as_bytes());
        plain(format!("{}{}", " ".repeat(1 << 19), ",\n".repeat(1 << 18)).as_bytes());
        assert!(started.elapsed().as_secs() < 5);
    }
}
