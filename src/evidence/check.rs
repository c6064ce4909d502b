//! The bytes of a bundle in; whether it is whole out: what it tells, or the first line that is not as it was written,
//! and why.

use std::fmt;

use super::line::{END, HEADER, Place, SCHEMA, is_kind, read};
use crate::canon::{Node, digest, json};

/// What is wrong with a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The line is not as it was written.
    Edited,
    /// Lines before it are gone.
    Removed,
    /// It does not stand where it was written, or stands there twice.
    Reordered,
    /// The bundle does not end as it was written.
    CutOff,
    /// It stands behind the end.
    Behind,
    /// It is no line of this format.
    Foreign,
}

impl Why {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Why::Edited => "edited",
            Why::Removed => "removed",
            Why::Reordered => "reordered",
            Why::CutOff => "cut_off",
            Why::Behind => "behind_the_end",
            Why::Foreign => "foreign",
        }
    }
}

/// Where a bundle is broken first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: Why,
    /// The same in words, without anything that stands in the line.
    pub message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// One thing that was seen, as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it is, in one word.
    pub kind: String,
    /// What was seen.
    pub data: Node,
}

/// A bundle that is whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What it is about: the data of its first line.
    pub head: Node,
    /// What was seen, in order.
    pub entries: Vec<Seen>,
    /// Digest of its last line: it names the bundle.
    pub digest: String,
}

/// Whether a bundle is whole. Linear in its bytes.
///
/// # Errors
/// The first line that is not as it was written.
pub fn check(bytes: &[u8]) -> Result<Checked, Broken> {
    let mut place = Place::first();
    let (mut head, mut entries) = (None, Vec::new());
    let mut lines = bytes.split_inclusive(|b| *b == b'\n');
    while let Some(raw) = lines.next() {
        let at = place.seq;
        let Some(raw) = raw.strip_suffix(b"\n") else {
            return Err(broken(at, Why::CutOff, "the line has no end"));
        };
        let Line { mut node, seq, prev, digest } = Line::read(at, raw)?;
        if seq != at {
            return Err(misplaced(at, seq, lines));
        }
        if prev != place.prev {
            return Err(match at {
                1 => broken(at, Why::Removed, "lines before it are gone"),
                _ => broken(at - 1, Why::Edited, "it is not the line that the one behind it was written to"),
            });
        }
        let kind = node.get("kind").and_then(Node::as_text).unwrap_or_default().to_owned();
        let wanted: &[&str] = if kind == END { &["count"] } else { &["data"] };
        let known =
            |key: &str| ["schema", "seq", "prev", "kind", "digest"].contains(&key) || wanted.contains(&key);
        if node.members().len() != 6 || !node.members().iter().all(|(key, _)| known(key)) {
            return Err(broken(at, Why::Foreign, "it has other members than a line has"));
        }
        match (&head, kind.as_str()) {
            (None, HEADER) => head = Some(take(&mut node)),
            (None, _) => return Err(broken(at, Why::Removed, "the bundle does not begin with its header")),
            (Some(_), END) => {
                let count = node.get("count").and_then(Node::as_int);
                if count != i64::try_from(entries.len()).ok() {
                    return Err(broken(at, Why::Removed, format!("it ends {} entries", entries.len())));
                }
                return match (lines.next(), head) {
                    (None, Some(head)) => Ok(Checked { head, entries, digest }),
                    _ => Err(broken(at + 1, Why::Behind, "it stands behind the end")),
                };
            }
            (Some(_), word) if is_kind(word) => entries.push(Seen { kind, data: take(&mut node) }),
            (Some(_), _) => return Err(broken(at, Why::Foreign, "it is of no kind that an entry has")),
        }
        place = place.behind(&digest);
    }
    Err(broken(place.seq, Why::CutOff, "the bundle has no end"))
}

/// What every line says of itself.
struct Line {
    node: Node,
    seq: u64,
    prev: String,
    digest: String,
}

impl Line {
    /// A line that is as it was written, wherever it stands.
    fn read(at: u64, bytes: &[u8]) -> Result<Line, Broken> {
        let edited = || broken(at, Why::Edited, "it is not as it was written");
        let node = read(bytes).ok_or_else(edited)?;
        if node.get("schema").and_then(Node::as_text) != Some(SCHEMA) {
            return Err(broken(at, Why::Foreign, format!("it is no line of {SCHEMA}")));
        }
        let text = |key: &str| node.get(key).and_then(Node::as_text).filter(|text| digest::is_digest(text));
        let (Some(own), Some(prev)) = (text("digest"), text("prev")) else { return Err(edited()) };
        // One spelling only: else two files would have one digest.
        if own != digest::of(&node.without(&["digest"])) || json::canonical(&node).as_bytes() != bytes {
            return Err(edited());
        }
        let seq = node.get("seq").and_then(Node::as_int).and_then(|seq| u64::try_from(seq).ok());
        let (own, prev) = (own.to_owned(), prev.to_owned());
        seq.map(|seq| Line { node, seq, prev, digest: own }).ok_or_else(edited)
    }
}

/// The data of a line, taken out of it.
fn take(node: &mut Node) -> Node {
    let data = node.get("data").cloned();
    node.set("data", Node::null());
    data.unwrap_or_else(Node::null)
}

/// Why another line stands here than the one that was written here: it was moved, or those before it are gone.
fn misplaced<'a>(at: u64, seq: u64, mut rest: impl Iterator<Item = &'a [u8]>) -> Broken {
    let is_due = |raw: &[u8]| {
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        read(raw).and_then(|node| node.get("seq").and_then(Node::as_int)) == i64::try_from(at).ok()
    };
    match seq > at && !rest.any(is_due) {
        true => broken(at, Why::Removed, format!("lines number {at} to {} are gone", seq - 1)),
        false => broken(at, Why::Reordered, format!("line number {seq} stands where {at} was written")),
    }
}

fn broken(line: u64, why: Why, message: impl Into<String>) -> Broken {
    Broken { line, why, message: message.into() }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::canon::testing::any_node;
    use crate::evidence::line::line;
    use crate::evidence::write::{Entry, Head, write};

    fn head() -> Head {
        Head { command: "drift".into(), version: "1.2.3".into(), at: None, facts: Vec::new() }
    }

    fn entries(count: u64) -> Vec<Entry> {
        (0..count).map(|n| Entry { kind: "finding", data: Node::map([("n", Node::int(n))]) }).collect()
    }

    static TWENTY: LazyLock<Vec<u8>> = LazyLock::new(|| write(&head(), &entries(20)));

    fn lines() -> Vec<String> {
        String::from_utf8(TWENTY.clone()).unwrap().lines().map(str::to_owned).collect()
    }

    fn why(lines: &[String]) -> (Why, u64) {
        let broken = check((lines.join("\n") + "\n").as_bytes()).expect_err("it is broken");
        (broken.why, broken.line)
    }

    #[test]
    fn what_was_done_to_a_bundle_is_told_apart() {
        assert_eq!(check(&TWENTY).unwrap().entries.len(), 20);
        let change = |edit: &dyn Fn(&mut Vec<String>)| {
            let mut lines = lines();
            edit(&mut lines);
            why(&lines)
        };
        assert_eq!(change(&|l| drop(l.drain(4..6))), (Why::Removed, 5));
        assert_eq!(change(&|l| drop(l.remove(0))), (Why::Removed, 1));
        assert_eq!(change(&|l| l.swap(4, 5)), (Why::Reordered, 5));
        assert_eq!(change(&|l| l.insert(5, l[4].clone())), (Why::Reordered, 6));
        assert_eq!(change(&|l| l[7] = l[7].replace("\"n\":6", "\"n\":7")), (Why::Edited, 8));
        assert_eq!(change(&|l| l[7].insert(1, ' ')), (Why::Edited, 8));
        assert_eq!(change(&|l| l[3] = "{\"schema\":\"x\"}".into()), (Why::Foreign, 4));
        assert_eq!(change(&|l| l[3] = "not json".into()), (Why::Edited, 4));
        assert_eq!(change(&|l| l.truncate(10)), (Why::CutOff, 11));
        assert_eq!(change(&|l| l.push(l[21].clone())), (Why::Behind, 23));
        assert_eq!(change(&|l| l.push(String::new())), (Why::Behind, 23));
        let cut = check(&TWENTY[..TWENTY.len() - 1]).unwrap_err();
        assert_eq!((cut.why, cut.line), (Why::CutOff, 22));
        assert_eq!(check(b"").unwrap_err().why, Why::CutOff);
    }

    /// Somebody who knows the format can make an edited line's own digest good; the next line still knows better.
    #[test]
    fn a_line_that_was_written_anew_with_a_good_digest_is_found_by_the_next_one() {
        let mut all = lines();
        let prev = read(all[8].as_bytes()).unwrap().get("digest").and_then(Node::as_text).unwrap().to_owned();
        all[9] = line(&Place { seq: 10, prev }, "finding", ("data", Node::null())).0;
        assert_eq!(why(&all), (Why::Edited, 10));
    }

    /// Lines that chain, and are no bundle.
    #[test]
    fn a_chain_of_other_lines_is_no_bundle() {
        let chain = |kinds: &[(&str, &str, Node)]| {
            let mut place = Place::first();
            let mut text = String::new();
            for (kind, member, value) in kinds {
                let (one, digest) = line(&place, kind, (member, value.clone()));
                place = place.behind(&digest);
                text += &(one + "\n");
            }
            check(text.as_bytes()).map_err(|broken| (broken.why, broken.line))
        };
        let header = || ("header", "data", Node::null());
        let end = |count: u64| ("end", "count", Node::int(count));
        assert!(chain(&[header(), end(0)]).is_ok());
        assert_eq!(chain(&[header(), end(1)]), Err((Why::Removed, 2)));
        assert_eq!(chain(&[end(0)]), Err((Why::Removed, 1)));
        assert_eq!(chain(&[header(), header(), end(0)]), Err((Why::Foreign, 2)));
        assert_eq!(chain(&[header(), ("Bad kind", "data", Node::null()), end(1)]), Err((Why::Foreign, 2)));
        assert_eq!(chain(&[header(), ("finding", "more", Node::null()), end(1)]), Err((Why::Foreign, 2)));
        assert_eq!(chain(&[header(), ("end", "data", Node::int(0))]), Err((Why::Foreign, 2)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_single_byte_that_is_changed_is_found(at: prop::sample::Index, to: u8) {
            let mut bytes = TWENTY.clone();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            let line = 1 + bytes[..at].iter().filter(|b| **b == b'\n').count() as u64;
            bytes[at] = to;
            let broken = check(&bytes).expect_err("it is broken");
            prop_assert!((line..=line + 1).contains(&broken.line), "line {line}, told as {broken}");
        }

        #[test]
        fn no_end_can_be_cut_off(at: prop::sample::Index) {
            prop_assert!(check(&TWENTY[..at.index(TWENTY.len())]).is_err());
        }

        #[test]
        fn whatever_is_handed_in_comes_out_as_a_whole_bundle(data in prop::collection::vec(any_node(), 0..5)) {
            let entries: Vec<Entry> = data.into_iter().map(|data| Entry { kind: "finding", data }).collect();
            let bytes = write(&head(), &entries);
            let checked = check(&bytes).expect("it is whole");
            prop_assert_eq!(checked.entries.len(), entries.len());
            // What was kept is kept again as it is.
            let again: Vec<Entry> =
                checked.entries.iter().map(|seen| Entry { kind: "finding", data: seen.data.clone() }).collect();
            let twice = check(&write(&head(), &again)).expect("it is whole");
            prop_assert_eq!(twice.entries, checked.entries);
        }
    }
}
