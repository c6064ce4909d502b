//! A text in, which formats of JSON Schema it has and which scalar it stands for out.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Formats that a text can have, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats(u8);

/// Each with its bit, the narrower first.
pub const FORMATS: [&str; 7] = ["date", "date-time", "email", "uuid", "ipv4", "ipv6", "uri"];

impl Formats {
    /// All of them: what is true of no text at all.
    pub const ALL: Formats = Formats(127);

    /// Those of a text.
    pub fn of(text: &str) -> Formats {
        let checks: [fn(&str) -> bool; 7] =
            [is_date, is_date_time, is_email, is_uuid, is_ipv4, is_ipv6, is_uri];
        // The longest that any of them can be and still be told by.
        if text.len() < 2 || text.len() > 2_048 {
            return Formats(0);
        }
        // Each has one of these signs.
        if !text.bytes().any(|b| matches!(b, b'-' | b'.' | b':' | b'@')) {
            return Formats(0);
        }
        let bit = |(i, check): (usize, &fn(&str) -> bool)| if check(text) { 1 << i } else { 0 };
        Formats(checks.iter().enumerate().map(bit).sum())
    }

    /// Those of a list of names; an unknown name is none.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Formats {
        let bit = |name: &str| FORMATS.iter().position(|f| *f == name).map_or(0, |i| 1 << i);
        Formats(names.into_iter().map(bit).fold(0, |a, b| a | b))
    }

    /// The names, in the order of the table.
    pub fn names(self) -> Vec<&'static str> {
        (0..FORMATS.len()).filter(|i| self.0 & (1 << i) != 0).map(|i| FORMATS[i]).collect()
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Those that both have.
    pub fn and(self, other: Formats) -> Formats {
        Formats(self.0 & other.0)
    }

    /// The one to write down, if any.
    pub fn first(self) -> Option<&'static str> {
        (self != Formats::ALL).then(|| self.names().first().copied()).flatten()
    }
}

/// What a text in a query or a form stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    /// A whole number, in the one way in which it is written.
    Integer(i64),
    /// Another number.
    Number(i64, i64),
    /// `true` or `false`, in any case.
    Boolean,
    /// Anything else.
    Text,
}

/// What a text stands for. Digits of other scripts, signs and zeros before a number are text: they would not
/// come out again as they went in.
pub fn scalar(text: &str) -> Scalar {
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Scalar::Boolean;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let all = |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    let plain = all(whole) && (whole == "0" || !whole.starts_with('0'));
    let Ok(number) = whole.parse::<i64>() else { return Scalar::Text };
    let negative = text.starts_with('-');
    match part {
        _ if !plain => Scalar::Text,
        None if negative && number == 0 => Scalar::Text,
        None => Scalar::Integer(if negative { -number } else { number }),
        Some(part) if all(part) => {
            let beyond = number + i64::from(part.bytes().any(|b| b != b'0'));
            if negative { Scalar::Number(-beyond, -number) } else { Scalar::Number(number, beyond) }
        }
        Some(_) => Scalar::Text,
    }
}

fn digits(bytes: &[u8], from: usize, to: usize) -> Option<u32> {
    let part = bytes.get(from..to)?;
    part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
}

/// `YYYY-MM-DD`, a day that exists in some year.
pub fn is_date(text: &str) -> bool {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' || digits(b, 0, 4).is_none() {
        return false;
    }
    let days = |month: u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    matches!((digits(b, 5, 7), digits(b, 8, 10)), (Some(m), Some(d)) if d >= 1 && d <= days(m))
}

/// A time of RFC 3339.
pub fn is_date_time(text: &str) -> bool {
    let b = text.as_bytes();
    if b.len() < 20 || !text.is_char_boundary(10) || !is_date(&text[..10]) || !matches!(b[10], b'T' | b't') {
        return false;
    }
    let below = |from: usize, most: u32| digits(b, from, from + 2).is_some_and(|n| n <= most);
    if !below(11, 23) || b[13] != b':' || !below(14, 59) || b[16] != b':' || !below(17, 60) {
        return false;
    }
    let mut rest = &b[19..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if n == 0 {
            return false;
        }
        rest = &fraction[n..];
    }
    match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h @ .., b':', m1, m2] => {
            let minutes = [*m1, *m2];
            digits(h, 0, 2).is_some_and(|n| h.len() == 2 && n <= 23)
                && digits(&minutes, 0, 2).is_some_and(|n| n <= 59)
        }
        _ => false,
    }
}

/// An address with a domain that ends in letters: `pkg@1.2.3` is none.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let word = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
    let Some((rest, top)) = domain.rsplit_once('.') else { return false };
    !local.is_empty()
        && local.chars().all(word)
        && !rest.is_empty()
        && rest
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && top.len() >= 2
        && top.chars().all(char::is_alphabetic)
}

/// Five groups of hex digits.
pub fn is_uuid(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 36
        && b.iter().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => *c == b'-',
            _ => c.is_ascii_hexdigit(),
        })
}

fn is_ipv4(text: &str) -> bool {
    text.len() <= 15 && text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.len() <= 45 && text.contains(':') && text.parse::<Ipv6Addr>().is_ok()
}

/// An absolute address with a host.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let Some(rest) = rest.strip_prefix("//") else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest.bytes().all(|b| {
            b > b' '
                && b < 0x7f
                && !matches!(b, b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_text_has_the_formats_that_it_has() {
        for (text, names) in [
            ("2026-01-31", "date"),
            ("2026-02-30", ""),
            ("2026-13-01", ""),
            ("2026-01-31T10:00:00Z", "date-time"),
            ("2026-01-31T10:00:00.123+02:00", "date-time"),
            ("2026-01-31T10:00:00", ""),
            ("2026-01-31T10:00:00.Z", ""),
            ("2026-01-31T10:00:00+2:00", ""),
            ("a@b.co", "email"),
            ("pkg@1.2.3", ""),
            ("me@localhost", ""),
            ("a b@c.de", ""),
            ("550e8400-e29b-41d4-a716-446655440000", "uuid"),
            ("550e8400e29b41d4a716446655440000", ""),
            ("10.0.0.1", "ipv4"),
            ("10.0.0.256", ""),
            ("::1", "ipv6"),
            ("2001:db8::1", "ipv6"),
            ("https://a.test/x?y#z", "uri"),
            ("https://", ""),
            ("urn:a:b", ""),
            ("https://a test", ""),
            ("", ""),
        ] {
            assert_eq!(Formats::of(text).names().join(" "), names, "{text}");
        }
        assert_eq!(Formats::named(["uuid", "x"]).names(), ["uuid"]);
        assert_eq!(Formats::ALL.first(), None);
    }

    #[test]
    fn scalars_are_those_that_come_out_as_they_went_in() {
        for (text, is) in [
            ("0", Scalar::Integer(0)),
            ("-1", Scalar::Integer(-1)),
            ("1.5", Scalar::Number(1, 2)),
            ("-1.5", Scalar::Number(-2, -1)),
            ("2.0", Scalar::Number(2, 2)),
            ("TRUE", Scalar::Boolean),
            ("007", Scalar::Text),
            ("-0", Scalar::Text),
            ("+1", Scalar::Text),
            ("\u{b2}", Scalar::Text),
            ("\u{663}", Scalar::Text),
            ("1e5", Scalar::Text),
            (".5", Scalar::Text),
            ("", Scalar::Text),
            ("9999999999999999999999", Scalar::Text),
        ] {
            assert_eq!(scalar(text), is, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), like in "[0-9T:Z+.@a-f-]{0,40}") {
            for text in [text, like] {
                let _ = (Formats::of(&text).first(), scalar(&text));
            }
        }
    }
}
