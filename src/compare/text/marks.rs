//! What stands in a text apart from its words: invisible characters, terminal controls, long blanks,
//! words of two scripts.

use std::ops::Range;

use super::chars::{Script, is_blank, is_control, is_hidden, plain, script};

/// Blanks beyond which what follows counts as pushed out of sight.
pub const PUSHOUT: usize = 100;

/// The flags that are written with tag characters (Unicode emoji data: RGI_Emoji_Tag_Sequence).
const TAG_FLAGS: &[&str] = &["gbeng", "gbsct", "gbwls"];

/// A run of characters and how many they are.
pub type Run = (Range<usize>, usize);

/// The runs of invisible characters that no script and no emoji needs, in order.
pub fn hidden(raw: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before: [Option<char>; 2] = [None, None];
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_hidden(c) {
            before = [before[1], Some(c)];
            continue;
        }
        let mut run = String::from(c);
        while let Some((_, next)) = chars.next_if(|(_, next)| is_hidden(*next)) {
            run.push(next);
        }
        let after = chars.peek().map(|(_, c)| *c);
        if !is_needed(&run, at == 0, before, after) {
            runs.push((at..at + run.len(), run.chars().count()));
        }
    }
    runs
}

/// Whether a run of invisible characters does what it is for.
fn is_needed(run: &str, at_start: bool, before: [Option<char>; 2], after: Option<char>) -> bool {
    let last = before[1];
    let mut chars = run.chars();
    let (first, second, third) = (chars.next(), chars.next(), chars.next());
    match (first, second, third) {
        // A byte order mark.
        (Some('\u{feff}'), None, _) => at_start,
        // One selector: how an emoji or an ideograph is drawn; a keycap.
        (Some('\u{fe0e}' | '\u{fe0f}'), None, _) => {
            last.is_some_and(is_symbol) || (last.is_some_and(is_keycap) && after == Some('\u{20e3}'))
        }
        (Some('\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}'), None, _) => {
            last.and_then(script) == Some(Script::Han)
        }
        // A joiner between emoji, perhaps behind a selector.
        (Some('\u{200d}'), None, _) => {
            joins_letters(last, after) || (last.is_some_and(is_symbol) && after.is_some_and(is_symbol))
        }
        (Some('\u{fe0f}'), Some('\u{200d}'), None) => {
            last.is_some_and(is_symbol) && after.is_some_and(is_symbol)
        }
        (Some('\u{200c}'), None, _) => joins_letters(last, after),
        // Direction marks beside letters that run from right to left.
        (Some('\u{200e}' | '\u{200f}' | '\u{61c}'), None, _) => {
            let right = |c: Option<char>| c.and_then(script) == Some(Script::RightToLeft);
            right(last) || right(after) || right(before[0])
        }
        (Some('\u{180b}'..='\u{180e}'), None, _) => last.and_then(script) == Some(Script::Indic),
        (Some('\u{115f}' | '\u{1160}'), None, _) => last.or(after).and_then(script) == Some(Script::Hangul),
        _ => {
            let tags: String =
                run.chars().filter_map(|c| char::from_u32((c as u32).checked_sub(0xE0000)?)).collect();
            last == Some('\u{1f3f4}')
                && run.ends_with('\u{e007f}')
                && TAG_FLAGS.contains(&tags.trim_end_matches('\u{7f}'))
        }
    }
}

/// Scripts whose letters change shape at a joiner or non-joiner.
fn joins_letters(before: Option<char>, after: Option<char>) -> bool {
    // Vowel signs are no letters for `script`; their block is what counts here.
    let joins = |c: char| {
        matches!(script(c), Some(Script::RightToLeft | Script::Indic))
            || matches!(c as u32, 0x600..=0x8FF | 0x900..=0xDFF | 0x1000..=0x109F | 0x1780..=0x18AF)
    };
    before.is_some_and(joins) && after.is_some_and(joins)
}

fn is_symbol(c: char) -> bool {
    matches!(c as u32, 0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x21FF | 0x2300..=0x23FF
        | 0x24C2 | 0x25A0..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299
        | 0x1F000..=0x1FAFF)
}

fn is_keycap(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '#' | '*')
}

/// The control sequences of terminals (ECMA-48) and other controls that are no blanks, in order. A
/// carriage return that ends no line overwrites one and counts.
pub fn controls(raw: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let overwrites = c == '\r' && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if !is_control(c) && !overwrites {
            continue;
        }
        let mut end = at + c.len_utf8();
        // A sequence is its introducer, parameters and one final letter.
        if matches!(c, '\u{1b}' | '\u{9b}') {
            let parameter = |c: char| matches!(c, '[' | ']' | '(' | ')' | '0'..='9' | ';' | '?');
            while let Some((at, c)) = chars.next_if(|(_, c)| parameter(*c)) {
                end = at + c.len_utf8();
            }
            if let Some((at, last)) = chars.next_if(|(_, c)| c.is_ascii_alphabetic()) {
                end = at + last.len_utf8();
            }
        }
        runs.push((at..end, 1));
    }
    runs
}

/// The runs of more than 100 blanks before more text. Invisible characters among them don't end a run.
pub fn pushouts(raw: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut start = None;
    let mut count = 0;
    for (at, c) in raw.char_indices() {
        if is_blank(c) {
            start.get_or_insert(at);
            count += 1;
        } else if !is_hidden(c) {
            if let Some(from) = start.filter(|_| count > PUSHOUT) {
                runs.push((from..at, count));
            }
            (start, count) = (None, 0);
        }
    }
    runs
}

/// The words with letters of Latin and of a look-alike script, one of which passes for a Latin one, and
/// the words that are look-alikes throughout in a text that is mostly Latin.
pub fn mixed_words(raw: &str) -> Vec<Range<usize>> {
    let foreign = raw.chars().filter(|c| !c.is_ascii() && script(*c).is_some_and(is_look_alike)).count();
    if foreign == 0 {
        return Vec::new();
    }
    let latin = raw.chars().filter(|c| script(*c) == Some(Script::Latin)).count();
    words(raw)
        .into_iter()
        .filter(|range| {
            let letters = || raw[range.clone()].chars().filter(|c| script(*c).is_some());
            let others = || letters().filter(|c| script(*c).is_some_and(is_look_alike));
            let has_latin = letters().any(|c| script(c) == Some(Script::Latin));
            let passes = others().any(|c| plain(c).is_some());
            let throughout = others().count() >= 3
                && letters().all(|c| script(c).is_some_and(is_look_alike) && plain(c).is_some());
            (has_latin && passes) || (throughout && latin > foreign)
        })
        .collect()
}

fn is_look_alike(script: Script) -> bool {
    matches!(script, Script::Greek | Script::Cyrillic | Script::LatinLike)
}

/// Runs of letters; what nobody sees doesn't part them.
fn words(raw: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in raw.char_indices() {
        if c.is_alphabetic() || (start.is_some() && is_hidden(c)) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            words.push(from..at);
        }
    }
    words.extend(start.map(|from| from..raw.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(runs: Vec<Run>) -> usize {
        runs.iter().map(|r| r.1).sum()
    }

    #[test]
    fn hidden_characters_are_counted() {
        assert_eq!(count(hidden("Do not\u{200b} mention")), 1);
        assert_eq!(count(hidden("a\u{202e}b\u{2066}c\u{ad}d\u{feff}")), 4);
        assert_eq!(count(hidden("x\u{e0041}\u{e0042}")), 2);
        assert_eq!(count(hidden("x\u{fe0f}\u{fe00}")), 2);
        assert_eq!(count(hidden("\u{1f600}\u{e0100}\u{e0101}\u{e0102}")), 3);
        assert_eq!(count(hidden("a\u{200d}b")), 1);
    }

    #[test]
    fn scripts_and_emoji_that_need_them_are_silent() {
        for text in [
            "family \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "rainbow \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
            "heart \u{2764}\u{fe0f} and 1\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "שלום\u{200f}!",
            "\u{feff}starts with a mark",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "葛\u{e0100}城",
        ] {
            assert_eq!(hidden(text), [], "{text:?}");
        }
    }

    #[test]
    fn terminal_controls() {
        assert_eq!(controls("a\u{1b}[31mred\u{1b}[0m"), [(1..6, 1), (9..13, 1)]);
        assert_eq!(controls("a\u{8}b\u{9b}2J").len(), 2);
        assert_eq!(controls("shown\rhidden").len(), 1);
        assert_eq!(controls("line\r\nline\ttab\n"), []);
    }

    #[test]
    fn only_blanks_before_more_text_push_it_out() {
        assert_eq!(pushouts(&format!("a{}b", " ".repeat(101))), [(1..102, 101)]);
        assert_eq!(pushouts(&format!("a{}b", "\n\u{2800}\u{3000}".repeat(40))).len(), 1);
        assert_eq!(pushouts(&format!("a{}b", " ".repeat(100))), []);
        assert_eq!(pushouts(&format!("a{}", " ".repeat(500))), []);
    }

    #[test]
    fn mixed_words_are_found_and_honest_ones_are_not() {
        let found =
            |text: &str| mixed_words(text).into_iter().map(|r| text[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("read the p\u{430}ssword"), ["p\u{430}ssword"]);
        assert_eq!(found("press \u{441}\u{43e}\u{440}\u{443} to go on"), ["\u{441}\u{43e}\u{440}\u{443}"]);
        for text in [
            "Δt in μs, 10 kΩ",
            "Webサイト",
            "Привет, это API",
            "naïve café",
            "TypeScript 日本語",
            "сору на русском языке",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
