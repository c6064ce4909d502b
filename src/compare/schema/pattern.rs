//! Two patterns in, whether one takes all that the other takes out. Only shapes for which that is certain
//! are read; for all others the answer is that nobody can tell.

use std::collections::BTreeSet;

/// How a new pattern stands to an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// They take the same.
    Same,
    /// The new one takes less.
    Tighter,
    /// The new one takes more.
    Looser,
    /// Can't be told.
    Unknown,
}

/// Most repetitions that are told apart.
const MANY: u32 = u32::MAX;

#[derive(Debug)]
enum Shape {
    /// Any text.
    Any,
    /// A text that has to occur, at the start or at the end if anchored.
    Literal { start: bool, text: String, end: bool },
    /// One of these texts as a whole.
    Words(BTreeSet<String>),
    /// A number of characters of a set, as a whole.
    Class { chars: BTreeSet<char>, min: u32, max: u32 },
}

/// How the new pattern stands to the old one.
pub(super) fn relation(old: &str, new: &str) -> Relation {
    if old == new {
        return Relation::Same;
    }
    let (Some(old), Some(new)) = (Shape::of(old), Shape::of(new)) else { return Relation::Unknown };
    match (new.within(&old), old.within(&new)) {
        (true, true) => Relation::Same,
        (true, false) => Relation::Tighter,
        (false, true) => Relation::Looser,
        (false, false) => Relation::Unknown,
    }
}

/// Whether a pattern takes every text.
pub(super) fn takes_all(pattern: &str) -> bool {
    matches!(Shape::of(pattern), Some(Shape::Any))
}

impl Shape {
    fn of(pattern: &str) -> Option<Shape> {
        // Long patterns are nobody's literal; the walk below stays cheap.
        if pattern.len() > 1_000 {
            return None;
        }
        if ["", "^", "$", ".*", "^.*", ".*$"].contains(&pattern) {
            return Some(Shape::Any);
        }
        let start = pattern.starts_with('^');
        let mut rest = if start { &pattern[1..] } else { pattern };
        // `^abc.*` is `^abc`; only at the end, where what follows does not matter.
        let open = rest.strip_suffix(".*");
        rest = open.filter(|r| !r.ends_with('\\')).unwrap_or(rest);
        let end = open.is_none() && rest.ends_with('$') && !rest.ends_with("\\$");
        rest = if end { &rest[..rest.len() - 1] } else { rest };
        if let Some(text) = literal(rest) {
            return Some(match start && end {
                true => Shape::Words(BTreeSet::from([text])),
                false => Shape::Literal { start, text, end },
            });
        }
        if !(start && end) {
            return None;
        }
        if let Some(inside) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
            let inside = inside.strip_prefix("?:").unwrap_or(inside);
            return inside.split('|').map(literal).collect::<Option<BTreeSet<_>>>().map(Shape::Words);
        }
        class(rest)
    }

    fn within(&self, other: &Shape) -> bool {
        match (self, other) {
            (_, Shape::Any) => true,
            (Shape::Any, _) => false,
            (
                Shape::Literal { start: s, text: t, end: e },
                Shape::Literal { start: s2, text: t2, end: e2 },
            ) => match (s2, e2) {
                (false, false) => t.contains(t2.as_str()),
                (true, false) => *s && t.starts_with(t2.as_str()),
                (false, true) => *e && t.ends_with(t2.as_str()),
                (true, true) => *s && *e && t == t2,
            },
            (Shape::Words(words), Shape::Literal { start, text, end }) => {
                words.iter().all(|w| match (start, end) {
                    (false, false) => w.contains(text.as_str()),
                    (true, false) => w.starts_with(text.as_str()),
                    (false, true) => w.ends_with(text.as_str()),
                    (true, true) => w == text,
                })
            }
            (Shape::Words(words), Shape::Words(others)) => words.is_subset(others),
            (Shape::Words(words), Shape::Class { chars, min, max }) => words.iter().all(|w| {
                let n = u32::try_from(w.chars().count()).unwrap_or(MANY);
                n >= *min && n <= *max && w.chars().all(|c| chars.contains(&c))
            }),
            (Shape::Class { chars, min, max }, Shape::Class { chars: c2, min: min2, max: max2 }) => {
                chars.is_subset(c2) && min >= min2 && max <= max2
            }
            _ => false,
        }
    }
}

/// The text that a pattern stands for if it has no signs but escaped ones.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(char::is_ascii_punctuation)?),
            '^' | '$' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

/// `[a-z0-9_]{1,5}`, `\d+`: plain ASCII, not negated.
fn class(pattern: &str) -> Option<Shape> {
    let (inside, repeat) = match pattern.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None if pattern.starts_with("\\d") || pattern.starts_with("\\w") => pattern.split_at(2),
        None => return None,
    };
    let (min, max) = match repeat {
        "" => (1, 1),
        "+" => (1, MANY),
        "*" => (0, MANY),
        "?" => (0, 1),
        _ => {
            let counts = repeat.strip_prefix('{')?.strip_suffix('}')?;
            match counts.split_once(',') {
                None => counts.parse().ok().map(|n| (n, n))?,
                Some((min, "")) => (min.parse().ok()?, MANY),
                Some((min, max)) => (min.parse().ok()?, max.parse().ok()?),
            }
        }
    };
    let mut chars = BTreeSet::new();
    let signs: Vec<char> = inside.chars().collect();
    let mut at = 0;
    while at < signs.len() {
        let c = signs[at];
        if c == '\\' {
            match signs.get(at + 1)? {
                'd' => chars.extend('0'..='9'),
                'w' => chars.extend(('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['_'])),
                sign if sign.is_ascii_punctuation() => drop(chars.insert(*sign)),
                _ => return None,
            }
            at += 2;
        } else if !c.is_ascii() || c == '^' || c == '[' {
            return None;
        } else if signs.get(at + 1) == Some(&'-') && at + 2 < signs.len() {
            let to = signs[at + 2];
            if !to.is_ascii_alphanumeric() || to < c {
                return None;
            }
            chars.extend(c..=to);
            at += 3;
        } else {
            chars.insert(c);
            at += 1;
        }
    }
    (min <= max && !chars.is_empty()).then_some(Shape::Class { chars, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_is_told_and_nothing_else() {
        use Relation::{Looser, Same, Tighter, Unknown};
        for (old, new, is) in [
            ("^ab", "^abc", Tighter),
            ("^abc", "^ab", Looser),
            ("^ab", "^ab.*", Same),
            ("ab", "^ab$", Tighter),
            ("^(a|b|c)$", "^(?:b|a)$", Tighter),
            ("^a$", "^(a|b)$", Looser),
            ("^[a-z]{1,5}$", "^[a-z0-9]{1,9}$", Looser),
            ("^\\d+$", "^[0-9]{3}$", Tighter),
            ("^[0-9]+$", "^\\d+$", Same),
            ("^[a-z]+$", "^abc$", Tighter),
            ("^a\\.b$", "^a\\.b", Looser),
            (".*", "^x", Tighter),
            ("^ab", "^cd", Unknown),
            ("^[^a]+$", "^b$", Unknown),
            ("^(a+)$", "^a$", Unknown),
            ("^(a|b.)$", "^a$", Unknown),
            ("a|b", "a", Unknown),
            ("^a\\d", "^a1", Unknown),
            ("^.*$", "^a$", Unknown),
        ] {
            assert_eq!(relation(old, new), is, "{old} {new}");
            let back = match is {
                Tighter => Looser,
                Looser => Tighter,
                other => other,
            };
            assert_eq!(relation(new, old), back, "{new} {old}");
        }
        assert!(takes_all(".*") && !takes_all("^.*$"));
    }
}
