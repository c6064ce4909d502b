//! A text in, the values out that stand behind a name in it: `password=…`, `"token": "…"`, `<secret>…</secret>`,
//! `<add key="token" value="…"/>`; also where the text was cut off in the middle of such a value.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::names::{Named, Names};

struct Forms {
    assigned: Regex,
    tag: Regex,
    label: Regex,
    value: Regex,
}

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let form = |text: &str| Regex::new(&format!("(?-u){text}")).expect("the forms are tested");
    let quoted = r#"\s*=\s*(?:"([^"]*)"|'([^']*)')"#;
    Forms {
        // A list may stand there: its first value counts.
        assigned: form(
            r#"(?i)([a-z][a-z0-9_.\[\]-]{1,48})(?:\\*["'])?\s{0,32}([=:])\s{0,32}(?:(?:\[\s{0,32})?(\\*["'])|([^\s"'\\&,;<>(){}\[\]]))"#,
        ),
        tag: form(r"<([A-Za-z][A-Za-z0-9_.:-]*)(\s[^<>]*)?>"),
        label: form(&format!(r"(?i)\s(?:name|key|id|field){quoted}")),
        value: form(&format!(r"(?i)\s(?:value|val){quoted}")),
    }
});

/// A value, and what its name says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// What the name says.
    pub named: Named,
}

/// The values behind a sign of equality or a colon whose names say what is `wanted`.
pub fn assigned(text: &str, names: &mut Names, wanted: &dyn Fn(Named) -> bool, out: &mut dyn FnMut(Place)) {
    let (bytes, forms) = (text.as_bytes(), &*FORMS);
    let graphql = is_document(text);
    let mut at = 0;
    while let Some(hit) = forms.assigned.captures_at(bytes, at) {
        let (Some(name), Some(sign)) = (hit.get(1), hit.get(2)) else { break };
        // What stands behind the sign may itself be a name: `next=/login?token=…`.
        at = sign.end();
        let named = names.of(&text[name.start()..name.end()]);
        if !wanted(named) {
            continue;
        }
        let colon = sign.as_bytes() == b":";
        // Looked at first, and at a few bytes: what is passed over is looked at again.
        let few = |from: usize| &bytes[from..bytes.len().min(from + 32)];
        let (start, length) = match (hit.get(3), hit.get(4)) {
            (Some(open), _) => {
                let (open, start) = opening(bytes, open.start(), open.end());
                let word = few(start);
                let word = &word[..closing(word, open).unwrap_or(word.len())];
                if colon && is_prose(word) {
                    continue;
                }
                let rest = &bytes[start..];
                // Without an end it was cut off, and all of the line may belong to it.
                let line = || memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                (start, closing(rest, open).unwrap_or_else(line))
            }
            (None, Some(first)) => {
                let word = few(first.start());
                let word = &word[..run(word)];
                if is_harmless(word, colon, graphql) {
                    continue;
                }
                let rest = &bytes[first.start()..];
                let own = run(rest);
                (first.start(), own + credential_after(&rest[..own], &rest[own..]))
            }
            (None, None) => continue,
        };
        if length > 0 {
            at = start + length;
            out(Place { start, end: at, named });
        }
    }
}

/// The values in or beside tags of XML whose names say what is `wanted`.
pub fn tagged(text: &str, names: &mut Names, wanted: &dyn Fn(Named) -> bool, out: &mut dyn FnMut(Place)) {
    let (bytes, forms) = (text.as_bytes(), &*FORMS);
    let mut at = 0;
    while let Some(tag) = forms.tag.captures_at(bytes, at) {
        let (Some(whole), Some(name)) = (tag.get(0), tag.get(1)) else { break };
        at = whole.end();
        let around = tag.get(2).map_or(&b""[..], |around| around.as_bytes());
        let offset = whole.end() - 1 - around.len();
        let inner = |regex: &Regex| {
            let hit = regex.captures(around)?;
            hit.get(1).or(hit.get(2)).map(|value| (offset + value.start(), offset + value.end()))
        };
        let label = inner(&forms.label).map(|(start, end)| names.of(&text[start..end]));
        let label = label.map(as_label).filter(|named| wanted(*named));
        if let (Some(named), Some((start, end))) = (label, inner(&forms.value))
            && start < end
        {
            out(Place { start, end, named });
        }
        let own = Some(names.of(&text[name.start()..name.end()])).filter(|named| wanted(*named));
        let Some(named) = own.or(label).filter(|_| !around.ends_with(b"/")) else { continue };
        let (start, end) = content(bytes, at);
        if start < end {
            at = end;
            out(Place { start, end, named });
        }
    }
}

/// What a name says that stands beside its value: there is no list or map that it could be the key of.
pub fn as_label(named: Named) -> Named {
    if named == Named::Perhaps { Named::Secret } else { named }
}

/// The text of an element: what it says, or what its section of characters says.
fn content(bytes: &[u8], at: usize) -> (usize, usize) {
    const SECTION: &[u8] = b"<![CDATA[";
    let blank = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let start = at + blank(at);
    let (start, end) = match bytes[start..].starts_with(SECTION) {
        true => {
            let start = start + SECTION.len();
            (start, memmem::find(&bytes[start..], b"]]>"))
        }
        false => (start, memchr::memchr(b'<', &bytes[start..])),
    };
    let end = end.map_or(bytes.len(), |n| start + n);
    (start, start + bytes[start..end].trim_ascii_end().len())
}

/// The quote that a value is in, with its backslashes, and where the value begins: three of them are one.
fn opening(bytes: &[u8], start: usize, end: usize) -> (&[u8], usize) {
    let one = &bytes[start..end];
    let length = one.len();
    let three = (1..3).all(|n| bytes[end..].get((n - 1) * length..n * length) == Some(one));
    let end = if three { end + 2 * length } else { end };
    (&bytes[start..end], end)
}

/// Bytes before the quote that ends a value. Texts in texts have one backslash more before each quote and backslash,
/// so that a quote that belongs to the value has more of them before it than the one that ends it.
fn closing(rest: &[u8], open: &[u8]) -> Option<usize> {
    let own = open.iter().take_while(|b| **b == b'\\').count();
    let quote = open[own];
    let three = open.len() > 2 * (own + 1);
    if three {
        return memmem::find(rest, open);
    }
    memchr::memchr_iter(quote, rest).find_map(|at| {
        let before = rest[..at].iter().rev().take_while(|b| **b == b'\\').count();
        match before.checked_sub(own) {
            // The text around it ends.
            None => Some(at - before),
            Some(more) => (more % (2 * (own + 1)) == 0).then_some(at - own),
        }
    })
}

/// `authorization: token abc`: the scheme is no credential, what comes after it is. Bytes that belong to it.
fn credential_after(value: &[u8], rest: &[u8]) -> usize {
    const SCHEMES: &[&str] = &["token", "bearer", "basic", "apikey", "digest", "negotiate"];
    if !SCHEMES.iter().any(|scheme| value.eq_ignore_ascii_case(scheme.as_bytes())) {
        return 0;
    }
    let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let word = rest[spaces..]
        .iter()
        .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b',' | b';'))
        .count();
    if word == 0 { 0 } else { spaces + word }
}

/// Bytes of a value that nothing encloses.
fn run(rest: &[u8]) -> usize {
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'\\&,;<>(){}".contains(b);
    rest.iter().position(ends).unwrap_or(rest.len())
}

/// Whether what nothing encloses is no value.
fn is_harmless(word: &[u8], colon: bool, graphql: bool) -> bool {
    // In a document names of types, fields and variables stand behind colons.
    let is_name = word.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$'));
    // `$TOKEN` and `${token}` are filled in by somebody else.
    let filled = word
        .strip_prefix(b"$")
        .is_some_and(|rest| rest.iter().all(|b| b.is_ascii_uppercase() || *b == b'_' || b.is_ascii_digit()));
    filled || colon && (is_prose(word) || word.starts_with(b"//") || graphql && is_name)
}

/// Whether a text is a document of GraphQL.
fn is_document(text: &str) -> bool {
    let text = text.trim_start();
    let operation = ["query", "mutation", "subscription", "fragment"].iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(', '{', '\n', '\r', '\t']))
    });
    let short = text.starts_with('{') && !text[1..].trim_start().starts_with(['"', '\'', '}']);
    (operation && text.contains('{')) || short
}

/// `Password: required` tells of a password and holds none.
fn is_prose(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "required",
        "optional",
        "invalid",
        "missing",
        "incorrect",
        "wrong",
        "must",
        "is",
        "was",
        "has",
        "cannot",
        "string",
        "null",
        "none",
        "true",
        "false",
        "the",
        "a",
        "an",
        "your",
        "not",
        "expired",
        "text",
        "0",
        "0.5",
    ];
    let value = value.strip_suffix(b".").unwrap_or(value);
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(text: &str) -> Vec<&str> {
        let (mut names, mut found) = (Names::default(), Vec::new());
        let wanted = |named| named == Named::Secret;
        let mut take = |place: Place| found.push(&text[place.start..place.end]);
        assigned(text, &mut names, &wanted, &mut take);
        tagged(text, &mut names, &wanted, &mut take);
        found
    }

    #[test]
    fn a_value_ends_where_its_quotes_do() {
        for (text, found) in [
            (r#"{"password":"a\"b c","x":1}"#, &[r#"a\"b c"#][..]),
            (r#"{"password":"a\\","x":"y"}"#, &[r"a\\"]),
            (r#"{\"password\":\"a\\\"b c\",\"x\":1}"#, &[r#"a\\\"b c"#]),
            (r#"{\\\"password\\\":\\\"a b\\\",\\\"x\\\":1}"#, &["a b"]),
            (r#""{\"password\":\"a b"#, &["a b"]),
            ("{\"password\":\"a b\nnext", &["a b"]),
            (r#"{"password":"<{&a"}"#, &["<{&a"]),
            (r#"{"password":"","x":"y"}"#, &[]),
            (r#"{"tokens": ["a b", 1]}"#, &["a b"]),
            (r#"mutation { login(password: """a "b" c""", otp: 771) { id } }"#, &[r#"a "b" c"#, "771"]),
            (r#"mutation { login(password: \"\"\"a b\"\"\") { id } }"#, &["a b"]),
            ("password                = abc", &["abc"]),
            ("password: $2b$10$abc", &["$2b$10$abc"]),
            ("password=$PASSWORD token=${token}", &[]),
            ("query($t: String) { a(token: $t) { token: id } }", &[]),
        ] {
            assert_eq!(secrets(text), found, "{text}");
        }
    }

    #[test]
    fn elements_say_what_they_are_by_tags_and_attributes() {
        let long = format!("<a:password x=\"{}\">b</a:password>", "y".repeat(500));
        for (text, found) in [
            ("<password> a b </password>", &["a b"][..]),
            ("<password><![CDATA[a<b]]></password>", &["a<b"]),
            ("<password>cut of", &["cut of"]),
            ("<password><![CDATA[cut of", &["cut of"]),
            (&long, &["b"]),
            ("<add key=\"ApiKey\" value='a b'/>", &["a b"]),
            ("<entry key='password'>a b</entry>", &["a b"]),
            ("<set name=\"session\" value=\"x\"/>", &["x"]),
            ("<password/><b>c</b>", &[]),
            ("<password></password><b key=\"color\" value=\"red\">c</b>", &[]),
        ] {
            assert_eq!(secrets(text), found, "{text}");
        }
    }
}
