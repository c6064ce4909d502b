//! Unquoted scalars as the reference system's loader takes them (YAML 1.1, the regular expressions of
//! PyYAML's resolver), since the digests of version 1 files depend on it.
//!
//! `y` is text, `yes` a boolean; `010` is 8, `0o10` text; `1:30` is 90; `1e3` is text, `1.0e+3` a float.
//! What the reference cannot digest (dates, infinities) is an error here.

use super::limits::Limits;
use super::node::Value;
use super::plain;

/// What an unquoted scalar of a version 1 file is.
///
/// # Errors
/// Why no digest of it exists.
pub(super) fn resolve(text: &str) -> Result<Value, &'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Ok(Value::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(Value::Bool(false));
        }
        "<<" => return Err("a merge key as a value"),
        "=" => return Err("the default-value key of YAML 1.1"),
        _ => {}
    }
    let (minus, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err("a number that is not finite");
    }
    if let Some(number) = float(text, body) {
        let number = if minus { -number } else { number };
        return match number.is_finite() {
            true => Ok(Value::Float(number)),
            false => Err("a number that is not finite"),
        };
    }
    if let Some(digits) = int(body) {
        let digits = digits?;
        return Ok(Value::Int(if minus && digits != "0" { format!("-{digits}") } else { digits }));
    }
    if plain::dated(text) {
        return Err("an unquoted date or time");
    }
    Ok(Value::Text(text.to_owned()))
}

fn all(text: &str, mut allowed: impl FnMut(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(&mut allowed)
}

fn without_underscores(text: &str) -> String {
    text.replace('_', "")
}

/// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?`, `\.[0-9][0-9_]*([eE][-+][0-9]+)?` and
/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*`.
fn float(text: &str, body: &str) -> Option<f64> {
    let digit_first = body.starts_with(|c: char| c.is_ascii_digit());
    let (head, tail) = body.split_once('.')?;
    if head.contains(':') {
        let fraction = tail.is_empty() || all(tail, |b| b.is_ascii_digit() || b == b'_');
        return (digit_first && fraction && base60(head)).then(|| float60(head, tail));
    }
    let (fraction, exponent) = match tail.find(['e', 'E']) {
        Some(at) => (&tail[..at], Some(&tail[at + 1..])),
        None => (tail, None),
    };
    let signed = |e: &str| e.starts_with(['-', '+']) && all(&e[1..], |b| b.is_ascii_digit());
    if !exponent.is_none_or(signed) {
        return None;
    }
    let underscored = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let shaped = if head.is_empty() {
        // Without digits before the point there is no sign, and a digit must follow.
        text.starts_with('.') && fraction.starts_with(|c: char| c.is_ascii_digit()) && underscored(fraction)
    } else {
        digit_first && underscored(head) && underscored(fraction)
    };
    shaped.then(|| without_underscores(body).parse().ok()).flatten()
}

/// `[0-9][0-9_]*(:[0-5]?[0-9])+`
fn base60(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    all(first, |b| b.is_ascii_digit() || b == b'_')
        && !first.starts_with('_')
        && parts.all(|part| match part.as_bytes() {
            [one] => one.is_ascii_digit(),
            [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
            _ => false,
        })
}

/// The reference's sum, in its order: from the last part up.
fn float60(head: &str, tail: &str) -> f64 {
    let text = without_underscores(&format!("{head}.{tail}"));
    let mut value = 0.0;
    let mut base = 1.0;
    for part in text.rsplit(':') {
        value += part.parse::<f64>().unwrap_or(0.0) * base;
        base *= 60.0;
    }
    value
}

/// Binary, octal, decimal, hexadecimal and base 60, `_` anywhere but in front; the digits are decimal.
fn int(body: &str) -> Option<Result<String, &'static str>> {
    let (radix, digits) = if let Some(digits) = body.strip_prefix("0b") {
        (2, digits)
    } else if let Some(digits) = body.strip_prefix("0x") {
        (16, digits)
    } else if body == "0" {
        return Some(Ok("0".into()));
    } else if let Some(digits) = body.strip_prefix('0') {
        (8, digits)
    } else {
        (10, body)
    };
    if radix == 10 && digits.contains(':') {
        return base60(digits).then(|| {
            let parts = without_underscores(digits);
            decimal(parts.split(':').map(|part| (60, part.parse().ok())))
        });
    }
    if radix == 10 && !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if !all(digits, |b| b == b'_' || char::from(b).is_digit(radix)) {
        return None;
    }
    let digits = without_underscores(digits);
    if digits.is_empty() {
        // `0x_` looks like a number to the reference and then is none; `0_` is 0.
        return Some(if radix == 8 { Ok("0".into()) } else { Err("a number without digits") });
    }
    if radix == 10 {
        return Some(if digits.len() <= Limits::DIGITS { Ok(digits) } else { Err(TOO_LONG) });
    }
    Some(decimal(digits.chars().map(|c| (radix, c.to_digit(radix).map(u64::from)))))
}

const TOO_LONG: &str = "an integer of more than 4300 digits";

/// Decimal digits of a number given as digits of other bases, from the highest down.
fn decimal(digits: impl Iterator<Item = (u32, Option<u64>)>) -> Result<String, &'static str> {
    // Limbs of nine decimal digits, the lowest first. Bounded, so the square of it is too.
    const LIMB: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = vec![0];
    for (radix, digit) in digits {
        // Only the first part of base 60 can be long; so long a number is refused below anyway.
        let mut carry = digit.filter(|d| *d < u64::MAX / 2).ok_or(TOO_LONG)?;
        for limb in &mut limbs {
            let sum = *limb * u64::from(radix) + carry;
            *limb = sum % LIMB;
            carry = sum / LIMB;
        }
        while carry > 0 {
            limbs.push(carry % LIMB);
            carry /= LIMB;
        }
        if limbs.len() > Limits::DIGITS / 9 {
            return Err(TOO_LONG);
        }
    }
    let mut text = limbs.pop().unwrap_or(0).to_string();
    for limb in limbs.iter().rev() {
        text.push_str(&format!("{limb:09}"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> Value {
        Value::Int(text.into())
    }

    #[test]
    fn integers_as_the_reference() {
        for (text, digits) in [
            ("0", "0"),
            ("-0", "0"),
            ("+0", "0"),
            ("010", "8"),
            ("00", "0"),
            ("0_", "0"),
            ("-010", "-8"),
            ("0x1F", "31"),
            ("0xffffffffffffffffffff", "1208925819614629174706175"),
            ("-0xF_F", "-255"),
            ("0b101", "5"),
            ("1_000", "1000"),
            ("1__", "1"),
            ("+7", "7"),
            ("1:30", "90"),
            ("1_0:0:5", "36005"),
            ("-1:30", "-90"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(resolve(text), Ok(int(digits)), "{text}");
        }
        for text in ["0o10", "0129", "08", "1:60", "1:", "_1", "0x", "0b", "0X1F", "0b12", "+", "--1", "0:1"]
        {
            assert_eq!(resolve(text), Ok(Value::Text(text.into())), "{text}");
        }
        for text in ["0x_", "0b_", "+0x__"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_as_the_reference() {
        for (text, number) in [
            ("1.0e+3", 1000.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("1_0.5", 10.5),
            ("190:20:30.15", 685_230.15),
            ("0:1.", 1.0),
            ("-1.5E-10", -1.5e-10),
            ("0.1e+0", 0.1),
            ("08.5", 8.5),
        ] {
            assert_eq!(resolve(text), Ok(Value::Float(number)), "{text}");
        }
        for text in
            ["1e3", "1.e3", "12e03", "1.0e3", "-.5", "+.5", "._5", ".", "1.5.2", "1.5e+", "5e10", "+.nan"]
        {
            assert_eq!(resolve(text), Ok(Value::Text(text.into())), "{text}");
        }
        for text in [".inf", "-.INF", "+.Inf", ".NaN", "1.0e+400"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_as_the_reference() {
        for text in ["y", "n", "Y", "yEs", "tRUE", "nuLL", "2026-1-1", "é", "==", "1,000", "1 2"] {
            assert_eq!(resolve(text), Ok(Value::Text(text.into())), "{text}");
        }
        for text in ["2026-01-01", "2026-01-01T00:00:00Z", "=", "<<"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_too_long_are_refused_fast() {
        for text in
            ["9".repeat(1 << 20), format!("0x{}", "f".repeat(1 << 20)), format!("1{}", ":59".repeat(1 << 19))]
        {
            assert!(resolve(&text).is_err());
        }
        assert!(resolve(&format!("9{}", "0".repeat(4299))).is_ok());
    }
}
