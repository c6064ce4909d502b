//! One segment of a path in, what stands for it in the key of a part out: the class of a value, or itself.
//!
//! The class is told from the segment alone, so that every part of a whole tells it in the same way. What takes
//! more than one look (slugs, names of people) is decided later, from all samples together.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::formats::{Formats, is_date, is_date_time, is_email, is_uuid};
use crate::compare::risk::tells_an_act;
use crate::compare::risk_words::percent_decoded;

/// A segment as keys have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `{int}`, `{uuid}.json`, `{ord_*}`, `{=name}` (a placeholder that was sent as it is), or the literal.
    pub text: String,
    /// Whether it is one of the few words that stand for a class: those are never too many.
    pub fixed: bool,
    /// The number, if it is one.
    pub number: Option<i64>,
}

/// The one child of a place with too many.
pub const ANY: &str = "{*}";
const INT: &str = "{int}";
const UUID: &str = "{uuid}";
const HEX: &str = "{hex}";
const DATE: &str = "{date}";
const EMAIL: &str = "{email}";
const TOKEN: &str = "{token}";

/// Classes that a segment can be told to be of, by itself.
pub const CLASSES: [&str; 6] = [INT, UUID, HEX, DATE, EMAIL, TOKEN];

/// Longest literal that a key has; no route is that long.
const LITERAL: usize = 128;
/// Longest beginning that the ids of a class have in common.
const PREFIX: usize = 40;
/// Longest text behind a class.
pub const SUFFIX: usize = 64;

/// The prefixes of ids that are known, whatever follows.
const PREFIXES: [&str; 44] = [
    "acc", "acct", "addr", "app", "asst", "bill", "card", "cart", "ch", "chg", "cs", "cus", "cust", "doc",
    "evt", "fil", "grp", "in", "inv", "item", "itm", "mem", "msg", "obj", "ord", "order", "org", "pay", "pi",
    "pm", "prd", "prod", "proj", "ref", "req", "run", "sess", "seti", "sub", "tok", "txn", "user", "usr",
    "wh",
];

/// Words that a number follows without making an id.
const NUMBERED: [&str; 28] = [
    "base", "chapter", "covid", "day", "figure", "http", "ipv", "iso", "lesson", "level", "line", "mp",
    "oauth", "page", "part", "phase", "q", "rev", "season", "sha", "stage", "step", "top", "utf", "v", "ver",
    "version", "week",
];

/// The segment that stands behind the two before it, and what redaction left (`is_mark`) is a token.
pub fn segment(raw: &str, before: &[Segment], is_mark: &dyn Fn(&str) -> bool) -> Segment {
    if let Some(name) = given(raw) {
        return Segment { text: format!("{{={name}}}"), fixed: false, number: None };
    }
    let decoded = if raw.contains('%') { Cow::Owned(percent_decoded(raw)) } else { Cow::Borrowed(raw) };
    let of = |class: &str, rest: &str, number| Segment {
        text: format!("{class}{}", plain(rest)),
        fixed: rest.is_empty(),
        number,
    };
    // The id of a build, whatever it looks like.
    if let [.., next, data] = before
        && next.text == "_next"
        && data.text == "data"
    {
        return of(TOKEN, "", None);
    }
    if is_mark(&decoded) || raw.len() > LITERAL {
        return of(TOKEN, "", None);
    }
    if let Some(class) = class(&decoded) {
        return of(&class, "", decoded.parse().ok()).prefixed();
    }
    if let Some((stem, rest)) = tail(&decoded)
        && let Some(class) = class(stem).or_else(|| is_token(stem).then(|| TOKEN.to_owned()))
    {
        return of(&class, rest, None).prefixed();
    }
    if is_token(&decoded) {
        let class = act_of(&decoded).map_or(TOKEN.to_owned(), |act| format!("{{{act}*}}"));
        return of(&class, "", None).prefixed();
    }
    if let Some((head, rest)) = decoded.split_once(';') {
        let (class, rest) = (class(head), matrix(rest));
        if class.is_some() && rest.len() > SUFFIX {
            return of(TOKEN, "", None);
        }
        let head = class.unwrap_or_else(|| plain(head));
        return Segment { text: format!("{head}{rest}"), fixed: false, number: None };
    }
    Segment { text: plain(raw), fixed: false, number: None }
}

/// How keys have a segment, wherever it stands.
pub fn class_of(raw: &str) -> String {
    segment(raw, &[], &|_| false).text
}

/// Parameters inside a segment (`;id=17`): their names, and values that are no ids.
fn matrix(text: &str) -> String {
    text.split(';').fold(String::new(), |out, pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let told = |text: &str| class(text).or_else(|| is_token(text).then(|| TOKEN.to_owned()));
        let shown = |text: &str| plain(&told(text).unwrap_or_else(|| text.to_owned()));
        let sign = if pair.contains('=') { "=" } else { "" };
        format!("{out};{}{sign}{}", shown(name), shown(value))
    })
}

/// The beginning of an id that tells an act, with the sign behind it: `delete-` of `delete-9f86d081884c7d65`.
fn act_of(text: &str) -> Option<&str> {
    let mut found = None;
    let mut at = 0;
    for part in text.split_inclusive(['-', '_']) {
        let word = part.strip_suffix(['-', '_']).filter(|word| is_word(word))?;
        at += part.len();
        if at > PREFIX {
            return found;
        }
        if PREFIXES.binary_search(&word.to_ascii_lowercase().as_str()).is_err() && tells_an_act(word) {
            found = text.get(..at);
        }
        let next = &text[at..];
        if !next.split(['-', '_']).next().is_some_and(is_word) {
            return found;
        }
    }
    found
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// What a class of ids of its own begins with if it tells an act, as it was sent: `delete_` of `{delete_*}`.
pub fn act(segment: &str) -> Option<&str> {
    act_of(segment.strip_prefix('{')?.split_once("*}")?.0)
}

impl Segment {
    /// Prefixes are a stranger's words: there may be any number of them.
    fn prefixed(mut self) -> Segment {
        self.fixed &= CLASSES.contains(&self.text.as_str());
        self
    }
}

/// The class of a whole text, but for tokens: what looks like one may be an id with something behind it.
fn class(text: &str) -> Option<String> {
    let fixed = |class: &str| Some(class.to_owned());
    if text.is_empty() || text.len() > 512 {
        return None;
    }
    if is_number(text) {
        return fixed(INT);
    }
    if is_uuid(text) {
        return fixed(UUID);
    }
    if is_date(text)
        || is_date_time(text)
        || matches!(text.len(), 7 | 8) && text.as_bytes()[4] == b'-' && PERIOD.is_match(text)
    {
        return fixed(DATE);
    }
    if is_email(text) {
        return fixed(EMAIL);
    }
    if is_hex(text) {
        return fixed(HEX);
    }
    // Links, addresses in networks, numbers of telephones and places on a map.
    if is_digits(text) || !Formats::of(text).is_none() {
        return fixed(TOKEN);
    }
    prefix(text)
}

/// Seven digits or more, and nothing beside them but signs.
fn is_digits(text: &str) -> bool {
    let sign = |b: u8| b" +-./,()".contains(&b);
    text.bytes().all(|b| b.is_ascii_digit() || sign(b))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 7
}

/// Months, weeks and quarters: `2026-01`, `2026-W05`, `2026-Q1`.
static PERIOD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2]|W[0-5][0-9]|Q[1-4])$").expect("a fixed pattern")
});

/// Digits of any script, and nothing else.
fn is_number(text: &str) -> bool {
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{Nd}+$").expect("a fixed pattern"));
    if text.is_ascii() { text.bytes().all(|b| b.is_ascii_digit()) } else { DIGITS.is_match(text) }
}

/// A hash, whole or short. Words that happen to have only the letters of hex change less often between
/// letters and digits.
fn is_hex(text: &str) -> bool {
    let hex = text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let one_case =
        !text.bytes().any(|b| b.is_ascii_uppercase()) || !text.bytes().any(|b| b.is_ascii_lowercase());
    hex && one_case && runs(text) >= 4
}

/// How often a text changes between letters, digits and signs. A capital and the small letters after it are one:
/// `getUserById` has as many as it has words.
fn runs(text: &str) -> usize {
    let kind = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    let (mut runs, mut before) = (0, u8::MAX);
    for now in text.bytes().map(kind) {
        if now != before && !(before == 3 && now == 2) {
            runs += 1;
        }
        before = now;
    }
    runs
}

/// Twenty characters or more that no person wrote.
fn is_token(text: &str) -> bool {
    let signs = |b: u8| matches!(b, b'-' | b'_' | b'.' | b'=' | b'~');
    let fits = text.len() >= 20 && text.bytes().all(|b| b.is_ascii_alphanumeric() || signs(b));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !fits || digits == 0 {
        return false;
    }
    // An account number: a country, and digits behind it.
    let account = text.len() <= 34 && digits >= 10 && text.as_bytes()[..2].iter().all(u8::is_ascii_uppercase);
    if account && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return true;
    }
    let readable = |part: &str| part.len() <= 20 && runs(part) <= 1 + part.len() / 8;
    let parts = || text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    !parts().all(readable) && parts().map(runs).sum::<usize>() * 4 >= text.len()
}

/// `ord_8f3a`, `U12345678`.
fn prefix(text: &str) -> Option<String> {
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    if let Some((word, rest)) = text.split_once(['_', '-', ':']) {
        let shape = (1..=10).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphabetic())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        let (n, sign) = (digits(rest), &text[word.len()..=word.len()]);
        let lower = word.to_ascii_lowercase();
        let is = match PREFIXES.binary_search(&lower.as_str()) {
            Ok(_) => n >= 1,
            Err(_) => sign != "-" && n >= 2 && NUMBERED.binary_search(&lower.as_str()).is_err(),
        };
        return (shape && is).then(|| format!("{{{word}{sign}*}}"));
    }
    let number = text.strip_prefix(|c: char| c.is_ascii_uppercase())?;
    let is = number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit());
    is.then(|| format!("{{{}*}}", &text[..1]))
}

/// An id and what follows it: an extension (`123.json`), or a word behind a UUID (`-thumb`).
fn tail(text: &str) -> Option<(&str, &str)> {
    let word = |rest: &str| {
        (1..=10).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            && rest.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    if let Some((head, rest)) = text.split_at_checked(36)
        && is_uuid(head)
        && rest.starts_with('-')
        && word(&rest[1..])
    {
        return Some((head, rest));
    }
    let dot = text.rfind('.')?;
    let (stem, rest) = text.split_at(dot);
    (!stem.is_empty() && word(&rest[1..])).then_some((stem, rest))
}

/// The name of a placeholder that somebody forgot to fill.
fn given(raw: &str) -> Option<&str> {
    let name = raw.strip_prefix('{')?.strip_suffix('}')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.len() <= 64 && name.chars().all(fits)).then_some(name)
}

/// A literal without what has a meaning in keys.
fn plain(raw: &str) -> String {
    // Nearly every literal.
    if raw.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'{' | b'}' | b'/')) {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '{' | '}' | ' ' | '/' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_control() => {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| out.push_str(&format!("%{b:02X}")));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(raw: &str) -> String {
        segment(raw, &[], &|text| text.starts_with("[REDACTED")).text
    }

    #[test]
    fn classes_are_told_from_the_segment_alone() {
        for (raw, class) in [
            ("123", "{int}"),
            ("550e8400-e29b-41d4-a716-446655440000", "{uuid}"),
            ("550E8400-E29B-41D4-A716-446655440000.json", "{uuid}.json"),
            ("550e8400-e29b-41d4-a716-446655440000-thumb", "{uuid}-thumb"),
            ("507f1f77bcf86cd799439011", "{hex}"),
            ("9f86d081", "{hex}"),
            ("2024-01-31", "{date}"),
            ("2024-Q1", "{date}"),
            ("a%40b.co", "{email}"),
            ("ord_2", "{ord_*}"),
            ("usr-123", "{usr-*}"),
            ("U12345678", "{U*}"),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "{token}"),
            ("DE89370400440532013000", "{token}"),
            ("123.json", "{int}.json"),
            ("[REDACTED]", "{token}"),
            ("{userId}", "{=userId}"),
            ("{int", "%7Bint"),
            ("{*}", "%7B*%7D"),
            ("a b", "a%20b"),
            ("192.168.7.9", "{token}"),
            ("https%3A%2F%2Fx.example%2Fann", "{token}"),
            ("+491701234567", "{token}"),
            ("(030) 123-4567", "{token}"),
            ("52.5200,13.4050", "{token}"),
            ("user:4711", "{user:*}"),
            ("delete_42", "{delete_*}"),
            ("purge-a1b2c3d4e5f6a7b8c9", "{purge-*}"),
            ("user-Delete-a1b2c3d4e5f6a7b8c9", "{user-Delete-*}"),
            ("users;id=4711;v=2", "users;id=%7Bint%7D;v=%7Bint%7D"),
            ("4711;v=2", "{int};v=%7Bint%7D"),
            ("cart;sid=9f86d081884c7d65;lang=de", "cart;sid=%7Bhex%7D;lang=de"),
        ] {
            assert_eq!(of(raw), class, "{raw}");
        }
    }

    #[test]
    fn words_of_people_are_no_ids() {
        for raw in [
            "notification-preferences",
            "internationalization",
            "subscription_line_items",
            "two-factor-authentication",
            "air-jordan-1-retro-low-og",
            "getUserNotificationPreferencesById2",
            "red-summer-hat-2024",
            "utf-8",
            "sha-256",
            "covid-19",
            "page_12",
            "step-1",
            "feed2024",
            "deadbeef",
            "v1",
            "12.5",
            "1.2.3",
            "items:batchGet",
            "en-US",
            "a;b",
            "pkg@1.2.3",
        ] {
            assert_eq!(of(raw), raw);
        }
    }

    #[test]
    fn acts_before_ids_are_told() {
        for (segment, told) in [
            ("{delete_*}", Some("delete_")),
            ("{delete_*}.json", Some("delete_")),
            ("{user-Delete-*}", Some("user-Delete-")),
            ("{ord_*}", None),
            ("{run_*}", None),
            ("{int}", None),
            ("{*}", None),
            ("delete_1", None),
        ] {
            assert_eq!(act(segment), told, "{segment}");
        }
    }

    #[test]
    fn the_tables_are_sorted_to_be_searched() {
        assert!(PREFIXES.is_sorted() && NUMBERED.is_sorted());
    }

    proptest! {
        #[test]
        fn any_segment_has_a_key_that_is_no_other_place(raw in "[^/]{0,200}", like in "[a-z0-9{}_.*-]{0,40}") {
            for raw in [raw, like] {
                let key = segment(&raw, &[], &|_| false);
                prop_assert!(!key.text.contains(['/', ' ']));
                prop_assert!(key.text != ANY);
                prop_assert!(!key.fixed || CLASSES.contains(&key.text.as_str()));
            }
        }
    }
}
