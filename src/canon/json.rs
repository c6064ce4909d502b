//! [`Node`] → JSON text: the canonical form that digests and signatures see, and the one-line form for
//! people.
//!
//! Canonical is the reference's form, not RFC 8785: no white space, keys by Unicode code point, ASCII
//! only, integers of any size as they are, floats always with a point or an exponent. Two nodes have one
//! canonical form only if they are equal but for the order of members.

use super::node::{Node, Value};
use super::visible::hidden;

/// The canonical form.
pub fn canonical(node: &Node) -> String {
    let mut out = Vec::new();
    canonical_into(node, &mut |bytes: &[u8]| out.extend_from_slice(bytes));
    String::from_utf8(out).expect("only ASCII is ever handed out")
}

/// The canonical form, piece by piece, so that a big tree can be hashed without a copy of it.
pub fn canonical_into(node: &Node, out: &mut impl FnMut(&[u8])) {
    match &node.value {
        Value::Null => out(b"null"),
        Value::Bool(true) => out(b"true"),
        Value::Bool(false) => out(b"false"),
        Value::Int(digits) => out(digits.as_bytes()),
        Value::Float(number) => out(float(*number).as_bytes()),
        Value::Text(text) => ascii_string(text, out),
        Value::List(items) => {
            out(b"[");
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out(b",");
                }
                canonical_into(item, out);
            }
            out(b"]");
        }
        Value::Map(members) => {
            let members = members.iter().map(|(key, member)| (key.as_str(), member));
            canonical_map(members, out, |member, out| canonical_into(member, out));
        }
    }
}

/// The canonical form of a map; `each` writes a member.
pub(super) fn canonical_map<'k, M, O: FnMut(&[u8])>(
    members: impl Iterator<Item = (&'k str, M)>,
    out: &mut O,
    each: impl Fn(M, &mut O),
) {
    // The order of UTF-8 bytes is the order of code points.
    let mut sorted: Vec<(&str, M)> = members.collect();
    sorted.sort_by(|a, b| a.0.cmp(b.0));
    out(b"{");
    for (n, (key, member)) in sorted.into_iter().enumerate() {
        if n > 0 {
            out(b",");
        }
        ascii_string(key, out);
        out(b":");
        each(member, out);
    }
    out(b"}");
}

fn ascii_string(text: &str, out: &mut impl FnMut(&[u8])) {
    out(b"\"");
    let mut start = 0;
    for (at, c) in escaped(text) {
        out(&text.as_bytes()[start..at]);
        start = at + c.len_utf8();
        match short_escape(c) {
            Some(escape) => out(escape.as_bytes()),
            None => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    out(&text.as_bytes()[start..]);
    out(b"\"");
}

/// Where a text is not as it stands between quotes: each character that may need an escape. Most texts have none.
fn escaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.as_bytes()[from..].iter().position(|b| !plain(b))?;
        let c = text[at..].chars().next()?;
        from = at + c.len_utf8();
        Some((at, c))
    })
}

/// The two-character escapes of JSON.
pub(super) fn short_escape(c: char) -> Option<&'static str> {
    Some(match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => return None,
    })
}

/// The shortest digits that give the number back, in the reference's notation: fixed from 1e-4 up to
/// below 1e16, with `.0` if there is no fraction; else an exponent with a sign and two digits or more.
pub fn float(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || !size.is_finite() {
        return format!("{number:?}");
    }
    let (digits, exponent) = shortest(size);
    let sign = if number < 0.0 { "-" } else { "" };
    if (1e-4..1e16).contains(&size) {
        let Ok(before) = usize::try_from(exponent + 1) else {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            return format!("{sign}0.{zeros}{digits}");
        };
        return match digits.split_at_checked(before) {
            Some(("", rest)) => format!("{sign}0.{rest}"),
            Some((whole, rest)) if !rest.is_empty() => format!("{sign}{whole}.{rest}"),
            _ => format!("{sign}{digits:0<before$}.0"),
        };
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.unsigned_abs())
}

/// Digits and decimal exponent of the first digit, for a positive number.
///
/// Where two shortest digit strings are equally near (1576101602679547.25), Rust takes the upper and the
/// reference the even one (David Gay's dtoa, mode 0): the number rounded to as many digits decides.
fn shortest(number: f64) -> (String, i32) {
    let short = format!("{number:e}");
    let digits = short.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    let rounded = format!("{number:.*e}", digits.saturating_sub(1));
    let text = if rounded.parse() == Ok(number) { rounded } else { short };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// One line for people: members in their order, `, ` and `: `, letters of all scripts as they are, and
/// what cannot be seen (controls, bidi, zero-width, tag characters) as `\uXXXX`. Still JSON.
pub fn compact(node: &Node) -> String {
    let mut out = String::new();
    compact_into(node, &mut out);
    out
}

/// [`compact`] at the end of a text.
pub(super) fn compact_into(node: &Node, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(digits) => out.push_str(digits),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Text(text) => visible_string(text, out),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                compact_into(item, out);
            }
            out.push(']');
        }
        Value::Map(members) => {
            out.push('{');
            for (n, (key, value)) in members.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                visible_string(key, out);
                out.push_str(": ");
                compact_into(value, out);
            }
            out.push('}');
        }
    }
}

/// A string in quotes, what cannot be seen as UTF-16 escapes.
pub(super) fn visible_string(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (at, c) in escaped(text) {
        out.push_str(&text[start..at]);
        start = at + c.len_utf8();
        match short_escape(c) {
            Some(escape) => out.push_str(escape),
            None if hidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            None => out.push(c),
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// The same tree in `serde_json`'s type, for writing reports; nothing that is decided on comes from it.
///
/// `None` where that type would lose something: integers beyond 64 bits.
pub fn from_node(node: &Node) -> Option<serde_json::Value> {
    Some(match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(digits) => match digits.parse::<i64>() {
            Ok(int) => int.into(),
            Err(_) => digits.parse::<u64>().ok()?.into(),
        },
        Value::Float(number) => serde_json::Number::from_f64(*number)?.into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(from_node).collect::<Option<Vec<_>>>()?.into(),
        Value::Map(members) => {
            let pairs = members.iter().map(|(key, value)| Some((key.clone(), from_node(value)?)));
            serde_json::Value::Object(pairs.collect::<Option<serde_json::Map<_, _>>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::limits::Limits;
    use crate::canon::read_json::read_json;
    use crate::canon::read_yaml::{Dialect, read_yaml};
    use crate::canon::testing::any_node;
    use crate::canon::{FaultKind, digest};

    /// The reference has a digest for these, or crashes on them; here they are refused on purpose.
    const REFUSED: [&str; 9] = [
        "lone surrogate",
        "float overflow becomes Infinity",
        "NaN literal accepted",
        "duplicate keys: last wins",
        "yaml floats",
        "yaml non-string keys",
        "yaml key collision after str()",
        "yaml timestamp unquoted is not serialisable",
        "yaml date unquoted is not serialisable",
    ];

    #[test]
    fn every_vector_of_the_reference_is_matched_or_refused_by_name() {
        let limits = Limits::new(1 << 20).with_aliases(10);
        let vectors = include_bytes!("../../fixtures/reference/canonical.json");
        let vectors = read_json("canonical.json", vectors, &Limits::new(1 << 20)).expect("vectors read");
        let cases = vectors.get("cases").expect("cases").items();
        let mut matched = 0;
        for case in cases {
            let text = |key: &str| case.get(key).and_then(Node::as_text).unwrap_or_default();
            let (name, input) = (text("name"), text("input").as_bytes());
            let read = match text("format") {
                "json" => read_json(name, input, &limits),
                _ => read_yaml(name, input, Dialect::V11, &limits),
            };
            if REFUSED.contains(&name) {
                assert_eq!(read.expect_err(name).kind, FaultKind::Strict, "{name}");
                continue;
            }
            let node = read.expect(name);
            assert_eq!(canonical(&node), text("canonical"), "{name}");
            assert_eq!(digest::canonical_hex(&node), text("sha256"), "{name}");
            matched += 1;
        }
        assert_eq!((matched, cases.len()), (27, 36));
    }

    #[test]
    fn ties_between_shortest_digits_go_to_the_even_one_as_in_the_reference() {
        for (number, text) in [
            ("1576101602679547.25", "1576101602679547.2"),
            ("-1438096285768600.25", "-1438096285768600.2"),
            ("748670413511573.25", "748670413511573.2"),
            ("94484364830932.125", "94484364830932.12"),
            ("1576101602679547.75", "1576101602679547.8"),
            ("5e-324", "5e-324"),
            ("0.0001", "0.0001"),
            ("0.1", "0.1"),
            ("123", "123.0"),
            ("1e22", "1e+22"),
        ] {
            assert_eq!(float(number.parse().expect("a number")), text);
        }
    }

    #[test]
    fn digests_of_requests_are_those_of_the_reference() {
        // Beside the cases, the vectors hold whole values: their digest is that of the value as it stands.
        let node = Node::map([
            ("host", Node::text("api.example.com")),
            ("method", Node::text("POST")),
            ("params", Node::map::<String>([])),
            ("path", Node::text("/v1/users")),
            ("tool_id", Node::text("05c5147c6d53c5d2")),
        ]);
        assert_eq!(
            digest::canonical_hex(&node),
            "5f65ed4c80d24a270db71bd88e41cf94f313b4100ac64df81abaca178d663b65"
        );
    }

    #[test]
    fn the_line_for_people_keeps_order_and_letters_and_shows_the_hidden() {
        let node = Node::map([("b", Node::text("é\u{202E}\u{E0041}\"")), ("a", Node::int(1))]);
        assert_eq!(compact(&node), "{\"b\": \"é\\u202e\\udb40\\udc41\\\"\", \"a\": 1}");
    }

    #[test]
    fn conversion_is_lossless_or_none() {
        let big = Node::new(Value::Int("18446744073709551616".into()));
        assert_eq!(from_node(&big), None);
        let node = Node::map([("$serde_json::private::RawValue", Node::text("[1]")), ("a", Node::int(-1))]);
        let value = from_node(&node).expect("fits");
        assert_eq!(value.to_string(), r#"{"$serde_json::private::RawValue":"[1]","a":-1}"#);
    }

    proptest! {
        #[test]
        fn different_values_have_different_forms(a in any_node(), b in any_node()) {
            prop_assert_eq!(canonical(&a) == canonical(&b), sorted(&a) == sorted(&b));
        }

        #[test]
        fn the_form_reads_back_as_the_value(a in any_node()) {
            let text = canonical(&a);
            prop_assert!(text.is_ascii());
            let back = read_json("x", text.as_bytes(), &Limits::new(1 << 20)).expect("canonical JSON is JSON");
            prop_assert_eq!(sorted(&back), sorted(&a));
            prop_assert_eq!(canonical(&back), text);
            let shown = read_json("x", compact(&a).as_bytes(), &Limits::new(1 << 20)).expect("JSON too");
            prop_assert_eq!(shown, a);
        }

        #[test]
        fn floats_read_back_bit_for_bit(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let text = float(number);
            prop_assert_eq!(text.parse::<f64>().expect("a number").to_bits(), number.to_bits());
            prop_assert!(text.contains(['.', 'e']));
        }
    }

    /// The value without the order of its members.
    fn sorted(node: &Node) -> Node {
        match &node.value {
            Value::List(items) => Node::new(Value::List(items.iter().map(sorted).collect())),
            Value::Map(members) => {
                let mut members: Vec<_> = members.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Node::new(Value::Map(members))
            }
            // Floats are compared as they are written: -0.0 is not 0.0 there.
            Value::Float(number) => Node::text(format!("float {}", float(*number))),
            _ => node.clone(),
        }
    }
}
