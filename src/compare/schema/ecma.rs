//! A pattern as JSON Schema writes it (ECMA-262) in, what it takes as an expression of the regex library out; or
//! nothing, where it has a sign whose meaning is not certain. Parsed here and not by the library: the same signs
//! stand for other texts there (`\d`, `\s`, `.`, `$`, `[^]`).
//!
//! What is read means the same with and without the `u` flag. No sign may name a character above U+D7FF: those
//! beyond the basic plane are two characters without the flag and one with it, which is only the same as long as
//! a set has all of them or none.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};

/// The longest pattern that is read.
const MAX_BYTES: usize = 1_000;
/// How deep groups are read.
const MAX_DEPTH: usize = 32;
/// The highest count that is read.
const MAX_COUNT: u32 = 1_000;
/// The highest character that a pattern may name.
const LAST: char = '\u{d7ff}';

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const LINE_END: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];
/// WhiteSpace and LineTerminator of ECMA-262: not those of Unicode.
const SPACE: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];

/// What a pattern stands for.
pub(super) fn parse(pattern: &str) -> Option<Hir> {
    if pattern.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader { signs: pattern.chars().collect(), at: 0 };
    let whole = reader.choice(0)?;
    (reader.at == reader.signs.len()).then_some(whole)
}

/// Any text at all.
pub(super) fn anything() -> Hir {
    repeat(set(without(&[])), 0, None)
}

struct Reader {
    signs: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let sign = self.peek()?;
        self.at += 1;
        Some(sign)
    }

    fn eat(&mut self, sign: char) -> bool {
        let is = self.peek() == Some(sign);
        self.at += usize::from(is);
        is
    }

    /// `a|b`, to the end of the group.
    fn choice(&mut self, depth: usize) -> Option<Hir> {
        let mut branches = vec![self.sequence(depth)?];
        while self.eat('|') {
            branches.push(self.sequence(depth)?);
        }
        Some(Hir::alternation(branches))
    }

    fn sequence(&mut self, depth: usize) -> Option<Hir> {
        let mut parts = Vec::new();
        while let Some(sign) = self.peek().filter(|sign| !['|', ')'].contains(sign)) {
            self.at += 1;
            // An assertion can't be repeated with the flag, and without it not always.
            let (part, repeated) = match sign {
                '^' => (Hir::look(Look::Start), false),
                '$' => (Hir::look(Look::End), false),
                '(' => (self.group(depth)?, true),
                '[' => (self.class()?, true),
                '.' => (set(without(LINE_END)), true),
                '\\' => (set(self.escape()?), true),
                '*' | '+' | '?' | '{' | '}' | ']' => return None,
                c => (set(one(c)?), true),
            };
            let counts = self.counts()?;
            parts.push(match counts {
                None => part,
                Some((min, max)) if repeated => repeat(part, min, max),
                Some(_) => return None,
            });
        }
        Some(Hir::concat(parts))
    }

    /// What follows `(`. Looking around and names are left alone.
    fn group(&mut self, depth: usize) -> Option<Hir> {
        if depth == MAX_DEPTH || self.eat('?') && !self.eat(':') {
            return None;
        }
        let inside = self.choice(depth + 1)?;
        self.eat(')').then_some(inside)
    }

    /// How often; the inner `None` is once. Lazy or not, the same texts are found.
    fn counts(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let counts = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.at += 1;
                let min = self.number()?;
                let max = match self.eat(',') {
                    true if self.peek() == Some('}') => None,
                    true => Some(self.number()?),
                    false => Some(min),
                };
                if self.peek() != Some('}') || max.is_some_and(|max| max < min) {
                    return None;
                }
                (min, max)
            }
            _ => return Some(None),
        };
        self.at += 1;
        self.eat('?');
        Some(Some(counts))
    }

    fn number(&mut self) -> Option<u32> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.signs.get(from..self.at)?.iter().collect();
        digits.parse().ok().filter(|n| *n <= MAX_COUNT)
    }

    /// What follows a backslash, in a set or outside.
    fn escape(&mut self) -> Option<ClassUnicode> {
        let hex = |reader: &mut Self, digits: usize| {
            let text: String = reader.signs.get(reader.at..reader.at + digits)?.iter().collect();
            reader.at += digits;
            let whole = text.chars().all(|c| c.is_ascii_hexdigit());
            one(char::from_u32(u32::from_str_radix(&text, 16).ok().filter(|_| whole)?)?)
        };
        Some(match self.next()? {
            'd' => of(DIGIT),
            'D' => without(DIGIT),
            'w' => of(WORD),
            'W' => without(WORD),
            's' => of(SPACE),
            'S' => without(SPACE),
            't' => one('\t')?,
            'n' => one('\n')?,
            'v' => one('\u{b}')?,
            'f' => one('\u{c}')?,
            'r' => one('\r')?,
            'x' => hex(self, 2)?,
            'u' => hex(self, 4)?,
            sign if sign.is_ascii_punctuation() && sign != '_' => one(sign)?,
            _ => return None,
        })
    }

    /// What follows `[`.
    fn class(&mut self) -> Option<Hir> {
        let negated = self.eat('^');
        let mut all = of(&[]);
        let mut first = true;
        while !self.eat(']') {
            let low = self.member(first)?;
            first = false;
            let is_range = self.peek() == Some('-') && self.signs.get(self.at + 1) != Some(&']');
            if !is_range {
                all.union(&low);
                continue;
            }
            self.at += 1;
            let high = self.member(true)?;
            // `\d-x` is an error with the flag, and three members without it.
            let (low, high) = (single(&low)?, single(&high)?);
            if low > high {
                return None;
            }
            all.union(&of(&[(low, high)]));
        }
        if negated {
            all.negate();
        }
        Some(set(all))
    }

    /// One sign of a set. A hyphen stands for itself only where it can't stand for a range.
    fn member(&mut self, hyphen: bool) -> Option<ClassUnicode> {
        match self.next()? {
            '\\' => self.escape(),
            '-' if !hyphen && self.peek() != Some(']') => None,
            c => one(c),
        }
    }
}

fn of(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(low, high)| ClassUnicodeRange::new(*low, *high)))
}

fn without(ranges: &[(char, char)]) -> ClassUnicode {
    let mut all = of(ranges);
    all.negate();
    all
}

fn one(c: char) -> Option<ClassUnicode> {
    (c <= LAST).then(|| of(&[(c, c)]))
}

fn single(class: &ClassUnicode) -> Option<char> {
    match class.ranges() {
        [range] if range.start() == range.end() => Some(range.start()),
        _ => None,
    }
}

/// An empty set takes nothing.
fn set(class: ClassUnicode) -> Hir {
    Hir::class(Class::Unicode(class))
}

fn repeat(part: Hir, min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(part) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_certain_is_not_read() {
        for pattern in [
            r"(?=a)",
            r"(?!a)",
            r"(?<=a)",
            r"(?<!a)",
            r"(?<n>a)",
            r"(?i)a",
            r"(a)\1",
            r"\ba",
            r"\B",
            r"\0",
            r"\ca",
            r"\p{L}",
            r"\k<n>",
            r"\a",
            r"\_",
            r"\u00",
            r"\x+1",
            r"\u{61}",
            r"\ud800",
            r"\ue000",
            "😀",
            "\u{ffff}",
            "a{",
            "{1}",
            "a{,2}",
            "a{2,1}",
            "a{1001}",
            "a{99999999999}",
            "a**",
            "a+*",
            "^*",
            "$?",
            "^{2}",
            "*a",
            "a||*",
            "(",
            ")",
            "a)",
            "[",
            "[a",
            "[b-a]",
            r"[\d-z]",
            r"[a-\d]",
            "[a-c-e]",
            "a]",
            "}",
            r"\",
            r"[\b]",
            r"[a\",
        ] {
            assert!(parse(pattern).is_none(), "{pattern}");
        }
        assert!(parse(&"a".repeat(MAX_BYTES + 1)).is_none());
        assert!(parse(&format!("{}a{}", "(".repeat(33), ")".repeat(33))).is_none());
        for pattern in [
            "",
            "a|",
            "(|a)",
            "[]",
            "[^]",
            "[-a]",
            "[a-]",
            "[^-]",
            r"[\-\]]",
            r"[\w.-]",
            "[[]",
            r"a\/b",
            r"\u2028",
            "a{2,}?",
            "a??",
            "()*",
            r"[\x20-\x7e]",
            "ü",
        ] {
            assert!(parse(pattern).is_some(), "{pattern}");
        }
    }
}
