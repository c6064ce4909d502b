//! What every reader does first: bytes → text, or the name of what stands in the way.
//!
//! Size, encoding and unfinished merges are told apart here, before any grammar is tried, since "not
//! JSON at line 1" helps nobody who saved UTF-16 or left conflict markers behind.

use super::fault::{Fault, FaultKind};
use super::limits::Limits;

/// What is done with a byte order mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bom {
    /// It is refused.
    Refused,
    /// It is skipped.
    Skipped,
}

/// The text of a file.
///
/// # Errors
/// `Limit` over the size (nothing is read then), `Syntax` if it is not UTF-8 or holds NUL, `Strict` for
/// a byte order mark where refused.
pub(super) fn open<'a>(file: &str, bytes: &'a [u8], limits: &Limits, bom: Bom) -> Result<&'a str, Fault> {
    if bytes.len() > limits.bytes {
        let message = format!("{} bytes, more than the {} that are read", bytes.len(), limits.bytes);
        return Err(Fault::new(file, FaultKind::Limit, message));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || utf16_shape(bytes) {
        return Err(Fault::new(file, FaultKind::Syntax, "UTF-16, not UTF-8")
            .hint("save it as UTF-8")
            .line(1));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let message = format!("not UTF-8: byte 0x{:02x} at offset {at}", bytes.get(at).copied().unwrap_or(0));
        Fault::new(file, FaultKind::Syntax, message).line(line_at(bytes, at)).hint("save it as UTF-8")
    })?;
    // `contains` is vectorised, `position` is not.
    if bytes.contains(&0) {
        let at = bytes.iter().position(|b| *b == 0).unwrap_or(0);
        return Err(Fault::new(file, FaultKind::Syntax, "a NUL byte").line(line_at(bytes, at)));
    }
    match (text.strip_prefix('\u{FEFF}'), bom) {
        (Some(_), Bom::Refused) => Err(Fault::new(file, FaultKind::Strict, "begins with a byte order mark")
            .hint("save it as UTF-8 without BOM")
            .line(1)),
        (Some(rest), Bom::Skipped) => Ok(rest),
        (None, _) => Ok(text),
    }
}

/// What lines begin with that git leaves in a file where a merge is not finished.
pub(super) const MARKERS: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];

/// Markers of an unfinished merge, for a format that could read past them.
///
/// # Errors
/// `Conflict`, at the first marker.
pub(super) fn merged(file: &str, text: &str) -> Result<(), Fault> {
    match first_line(text, &MARKERS) {
        Some(line) => Err(conflict(file, text, line)),
        None => Ok(()),
    }
}

/// A fault of the grammar, or the unfinished merge that caused it.
pub(super) fn syntax(fault: Fault, text: &str) -> Fault {
    let [ours, theirs] = MARKERS;
    let marker = first_line(text, &[ours, theirs, "||||||| "]).or_else(|| {
        text.lines().zip(1u32..).find(|(line, _)| line.trim_end() == "=======").map(|(_, number)| number)
    });
    match marker {
        Some(line) => conflict(&fault.file, text, line),
        None => fault.excerpt_of(text),
    }
}

fn conflict(file: &str, text: &str, line: u32) -> Fault {
    Fault::new(file, FaultKind::Conflict, "conflict markers of an unfinished merge")
        .line(line)
        .hint("resolve the conflict, then run again")
        .excerpt_of(text)
}

/// The 1-based line of the first line that begins with one of the marks.
fn first_line(text: &str, marks: &[&str]) -> Option<u32> {
    marks
        .iter()
        .filter_map(|mark| match text.starts_with(mark) {
            true => Some(0),
            false => text.find(&format!("\n{mark}")).map(|at| at + 1),
        })
        .min()
        .map(|at| line_at(text.as_bytes(), at))
}

/// ASCII text in UTF-16 without a byte order mark: every other byte of the beginning is zero.
fn utf16_shape(bytes: &[u8]) -> bool {
    match *bytes {
        [a, b] => (a == 0) != (b == 0),
        [a, b, c, d, ..] => (a == 0) == (c == 0) && (b == 0) == (d == 0) && (a == 0) != (b == 0),
        _ => false,
    }
}

/// The 1-based line of a byte.
pub(super) fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.get(..at).unwrap_or(bytes);
    let breaks = before.iter().filter(|b| **b == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// The place of the first key that stands twice: (index of the first, index of the second).
///
/// Sorting instead of hashing: the time does not depend on what an attacker chose as keys.
pub(super) fn duplicate<T>(members: &[(String, T)]) -> Option<(usize, usize)> {
    if members.len() <= 12 {
        return (1..members.len())
            .find_map(|j| (0..j).find(|i| members[*i].0 == members[j].0).map(|i| (i, j)));
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| members[*a].0.cmp(&members[*b].0).then(a.cmp(b)));
    order
        .windows(2)
        .filter(|pair| members[pair[0]].0 == members[pair[1]].0)
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|(_, second)| *second)
}

/// A piece of a hostile file for a message: at most 60 characters.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(bytes: &[u8]) -> Fault {
        open("f", bytes, &Limits::new(1000), Bom::Refused).expect_err("must be refused")
    }

    #[test]
    fn encodings_are_told_by_name() {
        for bytes in [&b"\xFF\xFE{\0"[..], b"\xFE\xFF\0{", b"{\0}\0", b"\0{\0}"] {
            assert!(fails(bytes).message.contains("UTF-16"), "{bytes:?}");
        }
        assert!(fails(b"\xEF\xBB\xBF{}").message.contains("byte order mark"));
        let fault = fails(b"a\nb\n\xE9");
        assert_eq!((fault.line, fault.kind), (3, FaultKind::Syntax));
        assert!(fault.message.contains("0xe9"), "{}", fault.message);
        let fault = fails(b"{\n\"a\": \"\0\"}");
        assert_eq!((fault.line, fault.message.as_str()), (2, "a NUL byte"));
    }

    #[test]
    fn size_is_looked_at_first() {
        let fault = open("f", &[0xFF; 11], &Limits::new(10), Bom::Refused).expect_err("too big");
        assert_eq!(fault.kind, FaultKind::Limit);
    }

    #[test]
    fn conflicts_name_the_first_marker() {
        let fails = |text: &str| merged("f", text).expect_err("must be refused");
        let fault = fails("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n");
        assert_eq!((fault.kind, fault.line), (FaultKind::Conflict, 2));
        assert_eq!(fault.excerpt.len(), 3);
        assert_eq!(fails("<<<<<<< HEAD\n").line, 1);
        assert_eq!(fails("a: 1\n>>>>>>> x\n").line, 2, "half removed");
        assert!(merged("f", " <<<<<<< x\n<<<<<<<\n").is_ok());
        for (text, line) in [("{\n=======\r\n", 2), ("{\n||||||| x\n=======\n", 2), ("<<<<<<< x", 1)] {
            let fault = syntax(Fault::new("f", FaultKind::Syntax, "x"), text);
            assert_eq!((fault.kind, fault.line), (FaultKind::Conflict, line), "{text}");
        }
        assert_eq!(syntax(Fault::new("f", FaultKind::Syntax, "x"), "a\n").kind, FaultKind::Syntax);
    }

    #[test]
    fn duplicates_name_the_first_second_place() {
        let members = |keys: &[&str]| keys.iter().map(|k| ((*k).to_owned(), ())).collect::<Vec<_>>();
        assert_eq!(duplicate(&members(&["a", "b", "a", "b"])), Some((0, 2)));
        let mut many: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
        many[40] = "k7".into();
        many[30] = "k9".into();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(duplicate(&members(&many)), Some((9, 30)));
        assert_eq!(duplicate(&members(&["a", "b"])), None);
    }
}
