//! Runs the tables of phrases over a view of a text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::row::Row;
use super::{reaching, steering};

/// Longest rest of a sentence that is looked at, in bytes.
const REST: usize = 200;
/// How many different places of one row are judged; beyond, the text is no description any more and the
/// row counts as shown.
const PLACES: usize = 4096;
/// Up to this length one pass over all rows tells which of them to run.
const SHORT: usize = 16 * 1024;

/// Up to so many rows are each faster alone: they begin with words that are looked for before a pattern runs.
const FEW: usize = 8;

struct Compiled {
    row: &'static Row,
    start: Regex,
    then: Option<Regex>,
    unless: Option<Regex>,
}

struct Table {
    rows: Vec<Compiled>,
    /// All of them at once, where they are many.
    starts: Option<RegexSet>,
}

fn table(verbatim: bool) -> Table {
    let rows: Vec<Compiled> = rows()
        .filter(|row| row.verbatim == verbatim)
        .map(|row| Compiled {
            row,
            start: compile(row.start).expect("the rows are tested"),
            then: compile(row.then),
            unless: compile(row.unless),
        })
        .collect();
    let all = || RegexSetBuilder::new(rows.iter().map(|r| source(r.row.start))).size_limit(64 << 20).build();
    let starts = (rows.len() > FEW).then(|| all().expect("each row compiles alone"));
    Table { rows, starts }
}

static FOLDED: LazyLock<Table> = LazyLock::new(|| table(false));
static WRITTEN: LazyLock<Table> = LazyLock::new(|| table(true));

fn rows() -> impl Iterator<Item = &'static Row> {
    steering::ROWS.iter().chain(reaching::ROWS)
}

fn source(pattern: &str) -> String {
    format!("(?s-u){}", pattern.replace(' ', r"[ \n]"))
}

/// Nothing for the empty pattern.
fn compile(pattern: &str) -> Option<Regex> {
    (!pattern.is_empty()).then(|| {
        RegexBuilder::new(&source(pattern)).size_limit(16 << 20).build().expect("the rows are tested")
    })
}

/// What a row found.
#[derive(Debug)]
pub struct Hit {
    /// The row.
    pub row: &'static Row,
    /// Its words in the text that was scanned; the ends may lie inside a character.
    pub at: Range<usize>,
    /// The rest of the sentence behind the words that opened it.
    pub sentence: Range<usize>,
    /// Whether the row found more places than are judged.
    pub flooded: bool,
}

/// All phrases of the folded view (`verbatim` false) or of the raw text (true). Linear in the text.
pub fn scan(text: &str, verbatim: bool) -> Vec<Hit> {
    let table: &Table = if verbatim { &WRITTEN } else { &FOLDED };
    let mut hits = Vec::new();
    match &table.starts {
        Some(starts) if text.len() <= SHORT => {
            let matched = starts.matches(text.as_bytes()).into_iter();
            matched.for_each(|at| run(&table.rows[at], text.as_bytes(), &mut hits));
        }
        _ => table.rows.iter().for_each(|row| run(row, text.as_bytes(), &mut hits)),
    }
    hits
}

fn run(row: &Compiled, text: &[u8], hits: &mut Vec<Hit>) {
    let judge = |opened: usize, sentence: &Range<usize>| {
        let rest = &text[sentence.clone()];
        if row.unless.as_ref().is_some_and(|u| u.is_match(rest)) {
            return None;
        }
        let reach = match &row.then {
            Some(then) => then.find(rest)?.end(),
            None => 0,
        };
        Some(sentence.start - opened + reach)
    };
    // A text that says the same sentence a hundred thousand times is judged once. Most say one, once.
    let mut first: Option<(&[u8], Option<usize>)> = None;
    let mut seen: HashMap<&[u8], Option<usize>> = HashMap::new();
    let mut from = 0;
    while let Some((opened, end)) = find(&row.start, text, from) {
        // The next search starts behind the words, or one byte on where they are empty.
        from = end.max(opened + 1);
        let sentence = end..end_of_sentence(text, end);
        let place = &text[opened..sentence.end];
        let (one, found) = *first.get_or_insert_with(|| (place, judge(opened, &sentence)));
        let length = match one == place {
            true => found,
            false if seen.len() + 1 >= PLACES && !seen.contains_key(place) => {
                hits.push(Hit { row: row.row, at: opened..end, sentence, flooded: true });
                return;
            }
            false => *seen.entry(place).or_insert_with(|| judge(opened, &sentence)),
        };
        if let Some(length) = length {
            hits.push(Hit { row: row.row, at: opened..opened + length, sentence, flooded: false });
        }
    }
}

/// The next place of a row: its group if it has one, else all of it.
fn find(start: &Regex, text: &[u8], from: usize) -> Option<(usize, usize)> {
    if from > text.len() {
        return None;
    }
    if start.captures_len() == 1 {
        return start.find_at(text, from).map(|m| (m.start(), m.end()));
    }
    start.captures_at(text, from).and_then(|c| c.get(1).map(|m| (m.start(), m.end())))
}

/// Where the sentence around `from` ends: at a full stop, question or exclamation mark before a blank, at
/// an ideographic full stop, at the next item of a list; after 200 bytes at the latest.
fn end_of_sentence(text: &[u8], from: usize) -> usize {
    let limit = text.len().min(from + REST);
    let blank = |at: usize| text.get(at).is_none_or(|b| matches!(b, b' ' | b'\n'));
    (from..limit)
        .find(|&at| match text[at] {
            b'.' | b'!' | b'?' => blank(at + 1),
            b'\n' => matches!(text.get(at + 1), Some(b'-' | b'#')) && blank(at + 2),
            0xE3 => text[at..].starts_with("。".as_bytes()),
            _ => false,
        })
        .unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_compiles_and_says_something() {
        for row in rows() {
            assert!(!row.start.is_empty());
            for pattern in [row.start, row.then, row.unless] {
                let built = RegexBuilder::new(&source(pattern)).size_limit(16 << 20).build();
                assert!(built.is_ok(), "{:?} {pattern}: {built:?}", row.kind);
            }
            assert!(
                !compile(row.start).is_some_and(|r| r.is_match(b"")),
                "{} matches nothing at all",
                row.start
            );
        }
    }

    #[test]
    fn a_sentence_ends_where_a_reader_ends_it() {
        let end = |text: &str| end_of_sentence(text.as_bytes(), 0);
        assert_eq!(end("send v1.2 there. now"), 15);
        assert_eq!(end("send it\nthere"), 13);
        assert_eq!(end("one\n- two"), 3);
        assert_eq!(end(&"a".repeat(900)), REST);
    }

    #[test]
    fn what_would_flood_the_judge_is_shown() {
        let text: String = (0..5000).map(|i| format!("keep this {i}. ")).collect();
        assert!(scan(&text, false).iter().any(|h| h.flooded));
    }
}
