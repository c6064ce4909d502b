//! What the many readers of YAML take an unquoted word for: the one list that the strict reader refuses
//! by and the emitter quotes by.
//!
//! Sources: YAML 1.1 type repository, YAML 1.2.2 §10.3, and the resolvers of PyYAML, libyaml's users in
//! Ruby and Go. Wider than each of them, so that no reader sees anything but text in what we call text.

use super::limits::Limits;
use super::node::Value;

/// What an unquoted scalar is in the strict dialect: only what every reader takes for the same value.
///
/// # Errors
/// What some readers would take it for, where they do not agree.
pub(super) fn strict(text: &str) -> Result<Value, &'static str> {
    match text {
        "null" => return Ok(Value::Null),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if decimal(text) {
        return Ok(Value::Int(text.to_owned()));
    }
    match ambiguous(text) {
        Some(what) => Err(what),
        None => Ok(Value::Text(text.to_owned())),
    }
}

/// An integer that is written the same everywhere: `-?[1-9][0-9]*` or `0`.
fn decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain && (text == "0" || !digits.starts_with('0')) && digits.len() <= Limits::DIGITS
}

/// What at least one reader takes the unquoted text for, other than text. Dates and times apart.
pub(super) fn ambiguous(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "" | "~" | "null" => return Some("null"),
        "y" | "yes" | "n" | "no" | "on" | "off" | "true" | "false" => return Some("a boolean"),
        "<<" => return Some("a merge key"),
        "=" => return Some("the default-value key"),
        _ => {}
    }
    number(&lower).then_some("a number")
}

fn number(lower: &str) -> bool {
    let body = lower.strip_prefix(['-', '+']).unwrap_or(lower);
    if matches!(body, ".inf" | ".nan" | "inf" | "nan" | "infinity") {
        return true;
    }
    if let Some(digits) = body.strip_prefix("0x") {
        return digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(digits) = body.strip_prefix("0o").or_else(|| body.strip_prefix("0b")) {
        return digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    }
    match body.bytes().next() {
        Some(b'0'..=b'9') => {}
        Some(b'.') if body.len() > 1 => {}
        _ => return false,
    }
    decimal_float(body) || sexagesimal(body)
}

/// Digits with `_` (and Ruby's `,`), at most one point, at most one exponent.
fn decimal_float(body: &str) -> bool {
    let (mantissa, exponent) = match body.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let exponent = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['-', '+']).unwrap_or(e);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    });
    let points = mantissa.bytes().filter(|b| *b == b'.').count();
    let digits = mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b','));
    exponent && digits && points <= 1
}

/// YAML 1.1 base 60: `1:30`, `190:20:30.15`; parts below 60.
fn sexagesimal(body: &str) -> bool {
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let last = rest.len().saturating_sub(1);
    !rest.is_empty()
        && digits(first)
        && rest.iter().enumerate().all(|(n, part)| {
            let whole = if n == last { part.split('.').next().unwrap_or_default() } else { part };
            let fraction = if n == last { part.get(whole.len() + 1..).unwrap_or_default() } else { "" };
            (whole.len() < 2 || whole.len() == 2 && whole < "6")
                && digits(whole)
                && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        })
}

/// A date or time that YAML 1.1 readers make an object of (the timestamp type of YAML 1.1).
pub(super) fn dated(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let mut rest = &text[5..];
    // Digits of a field, then what must follow it.
    let mut field = |least: usize, most: usize| -> bool {
        let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        rest = &rest[count..];
        count >= least
    };
    let start = field(1, 2);
    if !start || !rest.starts_with('-') {
        return false;
    }
    rest = &rest[1..];
    let day = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if day == 0 {
        return false;
    }
    rest = &rest[day..];
    if rest.is_empty() {
        // A date alone has two digits in each field.
        return text.len() == 10;
    }
    let time = match rest.strip_prefix(['t', 'T']) {
        Some(time) => time,
        None => rest.trim_start_matches([' ', '\t']),
    };
    time.len() < rest.len() && time_of_day(time)
}

/// `H:MM:SS`, a fraction, a zone.
fn time_of_day(time: &str) -> bool {
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let mut parts = time.splitn(3, ':');
    let (Some(hour), Some(minute), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some((second, rest)) = rest.split_at_checked(2) else { return false };
    if !digits(hour, 1, 2) || !digits(minute, 2, 2) || !digits(second, 2, 2) {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let zone = rest.trim_start_matches([' ', '\t']);
    match zone.strip_prefix(['+', '-']) {
        Some(offset) => match offset.split_once(':') {
            Some((hours, minutes)) => digits(hours, 1, 2) && digits(minutes, 2, 2),
            None => digits(offset, 1, 2),
        },
        None => zone == "Z" || rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_disagree_on_is_named() {
        for (what, words) in [
            ("null", "~ Null NULL"),
            ("a boolean", "y Y n N yes Yes YES no on On off OFF True TRUE False"),
            ("a merge key", "<<"),
            ("the default-value key", "="),
            (
                "a number",
                "010 08 0o10 0x1F 0X1f 0b101 1_000 +7 -0 1e3 12e03 1.0e+3 1234567890123e45 5e10 1. .5 1.0 \
                 -1.5 +.5 1:30 190:20:30.15 -1:30 .inf -.INF .NaN +.Inf 1,000 0x 0_7 1_ -0x1F",
            ),
        ] {
            for word in words.split(' ') {
                assert_eq!(strict(word), Err(what), "{word}");
            }
        }
    }

    #[test]
    fn what_all_readers_agree_on_is_taken() {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("0", Value::Int("0".into())),
            ("-7", Value::Int("-7".into())),
            ("18446744073709551616", Value::Int("18446744073709551616".into())),
        ] {
            assert_eq!(strict(word), Ok(value), "{word}");
        }
        for word in "683f3e2a3a70957c 05c5147c6d53c5d2 tp_1d915b164824 2026-12-01T00:05:00Z 2027-01-31 1.2.3 \
                     v1 e3 - -- .mcp.json . 1:99 8080:80 sha256:00 yess nope é 1a 0xg 1e3e4 -x a:b"
            .split_whitespace()
        {
            assert_eq!(strict(word), Ok(Value::Text(word.into())), "{word}");
        }
    }

    #[test]
    fn dates_are_seen_as_the_reference_sees_them() {
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "2026-1-1t1:00:00",
            "2026-01-01 00:00:00.5 +1",
            "2026-01-01T00:00:00.+01:30",
            "2026-01-01\t0:00:00",
            "9999-99-99",
        ] {
            assert!(dated(text), "{text}");
        }
        for text in [
            "2026-1-1",
            "2026-01",
            "2026-01-01T",
            "2026-01-01T00:00",
            "2026-01-01T00:00:00z",
            "2026-01-01x",
            "2026-01-01T00:00:00Z ",
            "2026-01-01T00:00:00+1:2",
            "02026-01-01",
            "2026-01-011",
            "2026-01-01T00:00:0é",
        ] {
            assert!(!dated(text), "{text}");
        }
    }
}
