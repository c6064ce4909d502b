//! Unquoted scalars by the core schema of YAML 1.2 (§10.3.2), as readers of API descriptions take them: `yes` and
//! `2026-12-01` are text, `0o10` is 8, `010` is ten.

use super::limits::Limits;
use super::node::Value;

/// What an unquoted scalar is. What is no finite number is text.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// `[-+]?[0-9]+`, `0o[0-7]+`, `0x[0-9a-fA-F]+`.
fn integer(text: &str) -> Option<Value> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
            return plain
                .then(|| u128::from_str_radix(digits, radix).ok())
                .flatten()
                .map(|n| Value::Int(n.to_string()));
        }
    }
    let (minus, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > Limits::DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some(Value::Int(match (digits, minus) {
        ("", _) => "0".to_owned(),
        (digits, true) => format!("-{digits}"),
        (digits, false) => digits.to_owned(),
    }))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn float(text: &str) -> Option<Value> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let shaped = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            (whole.is_empty() || digits(whole))
                && (digits(fraction) || fraction.is_empty() && !whole.is_empty())
        }
        None => digits(mantissa),
    };
    let exponent = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    // Bounded: the length of a text is, and no reader is asked for more than it.
    (shaped && exponent)
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .filter(|f| f.is_finite())
        .map(Value::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_those_of_the_core_schema() {
        let int = |digits: &str| Value::Int(digits.to_owned());
        for (text, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("True", Value::Bool(true)),
            ("12", int("12")),
            ("+012", int("12")),
            ("-0", int("0")),
            ("0o17", int("15")),
            ("0xFF", int("255")),
            ("1.5", Value::Float(1.5)),
            ("3.", Value::Float(3.0)),
            (".5", Value::Float(0.5)),
            ("1e3", Value::Float(1000.0)),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
        for text in [
            "yes",
            "no",
            "on",
            "NO",
            "2026-12-01",
            "1:30",
            "1_000",
            ".inf",
            ".",
            "1e",
            "0x",
            "0o9",
            "1e999",
            "3.0.1",
        ] {
            assert_eq!(resolve(text), Value::Text(text.to_owned()), "{text}");
        }
    }
}
