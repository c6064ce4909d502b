//! A text in, the places in it that nobody may keep out: credentials by their form or by the name before them, and
//! personal data by its form.
//!
//! Nearly every text holds none, so each pattern is tried only where one look at the bytes says that it could match.

use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine};
use regex::bytes::Regex;

use super::after_name::{self, Place};
use super::look::Look;
use super::names::{Named, Names};
use super::stand_in::{self, BASIC, BEARER, JWT, NO_ADDRESS, NO_MAIL, PII, PLAIN};
use super::{classes, digits, token};
use crate::capture::options::Profile;
use crate::compare::secrets;

/// A place in a text that nobody may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// What it is, for people.
    pub class: &'static str,
    /// What stands in its place.
    pub stand_in: &'static str,
}

/// Forms of credentials and of personal data that `compare` does not know. Each is made when a text asks for it: making
/// all of them takes as long as reading hundreds of entries.
struct Forms {
    named: LazyLock<Regex>,
    jwt: LazyLock<Regex>,
    scheme: LazyLock<Regex>,
    user: LazyLock<Regex>,
    mail: LazyLock<Regex>,
    phone: LazyLock<Regex>,
    ssn: LazyLock<Regex>,
    card: LazyLock<Regex>,
    iban: LazyLock<Regex>,
    address: LazyLock<Regex>,
}

fn form(text: &str) -> Regex {
    Regex::new(&format!("(?-u){text}")).expect("the forms are tested")
}

static FORMS: Forms = Forms {
    // What the name of every credential, and of every number of a person, has a part of.
    named: LazyLock::new(|| {
        form(
            "(?i)pass|pwd|tok|secret|key|sig|auth|cookie|sess|jwt|otp|cred|srf|code|bearer|assert|saml\
             |phone|mobile|fax|ssn|social|card|cvv|cvc|iban|account|tax|national",
        )
    }),
    jwt: LazyLock::new(|| {
        form(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){0,2}")
    }),
    scheme: LazyLock::new(|| form(r"(?i)\b(bearer|basic)[ \t]+([A-Za-z0-9._~+/-]+=*)")),
    user: LazyLock::new(|| form(r#"://([^/\s@?#"'<>{},\\\[\]]{1,256}:[^/\s@?#"'<>{},\\\[\]]{1,256})@"#)),
    mail: LazyLock::new(|| {
        form(
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}",
        )
    }),
    phone: LazyLock::new(|| {
        form(
            r"\+[0-9](?:[ .()-]{0,2}[0-9]){7,14}|\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}|\b[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}\b",
        )
    }),
    ssn: LazyLock::new(|| form(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b")),
    card: LazyLock::new(|| form(r"[0-9](?:[ -]?[0-9]){13,18}")),
    iban: LazyLock::new(|| form(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){3,9}\b")),
    address: LazyLock::new(|| form(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b")),
};

/// The places of credentials alone, where a text is not expected to hold any: a word after the name of a secret is
/// none here, for texts that tell of secrets have many.
pub fn leaks(text: &str, names: &mut Names) -> Vec<Hit> {
    let mut hits = Vec::new();
    credentials(text, &Look::at(text.as_bytes()), None, names, &mut hits);
    hits.retain(|hit| {
        let value = &text.as_bytes()[hit.start..hit.end];
        let drawn =
            value.len() >= 8 && digits::count(value) >= 2 && value.iter().any(u8::is_ascii_alphabetic);
        !stand_in::is_one_of_text(&text[hit.start..hit.end]) && (hit.class != classes::NAMED || drawn)
    });
    hits.sort_by_key(|hit| hit.start);
    hits
}

/// The places, in order and without overlaps: two that overlap are one, of the kind of the earlier start, then of the
/// earlier kind.
pub fn find(text: &str, profile: Profile, names: &mut Names) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut hits = Vec::new();
    // Shorter than the shortest e-mail address.
    if bytes.len() < 6 {
        return hits;
    }
    let look = Look::at(bytes);
    credentials(text, &look, Some(profile), names, &mut hits);
    personal(text, &look, profile, &mut hits);
    if hits.is_empty() {
        return hits;
    }
    // Stable: of the same start the order above counts.
    hits.sort_by_key(|hit| hit.start);
    hits.retain(|hit| !stand_in::is_one_of_text(&text[hit.start..hit.end]));
    hits.dedup_by(|later, hit| {
        let overlap = later.start < hit.end;
        // Nothing of the later one stays; but what looks like mail behind a user name is the host of an address.
        if overlap && hit.class != classes::USER {
            hit.end = hit.end.max(later.end);
        }
        overlap
    });
    hits
}

/// The places of credentials, as [`find`] tells them; and, with a profile, what is personal by the name before it.
fn credentials(text: &str, look: &Look, profile: Option<Profile>, names: &mut Names, hits: &mut Vec<Hit>) {
    let (bytes, forms) = (text.as_bytes(), &FORMS);
    let mut add = |start, end, class, stand_in| hits.push(Hit { start, end, class, stand_in });
    if look.may_be_jwt() && text.contains("eyJ") {
        for hit in forms.jwt.find_iter(bytes).filter(|hit| is_jwt(hit.as_bytes())) {
            add(hit.start(), hit.end(), classes::JWT, JWT);
        }
    }
    if look.may_name_scheme(bytes) && has_scheme(bytes) {
        for hit in forms.scheme.captures_iter(bytes) {
            let (Some(whole), Some(word), Some(value)) = (hit.get(0), hit.get(1), hit.get(2)) else {
                continue;
            };
            let alone = text.trim().len() == whole.len();
            let basic = word.as_bytes().eq_ignore_ascii_case(b"basic");
            match basic {
                true if is_basic(value.as_bytes()) => add(whole.start(), whole.end(), classes::BASIC, BASIC),
                false if is_bearer(value.as_bytes(), alone) => {
                    add(whole.start(), whole.end(), classes::BEARER, BEARER)
                }
                _ => {}
            }
        }
    }
    if look.may_be_secret(bytes) {
        for secret in secrets::secrets(text) {
            add(secret.start, secret.end, secret.kind, PLAIN);
        }
    }
    if look.assigns() && look.at_sign() && text.contains("://") {
        for hit in forms.user.captures_iter(bytes).filter_map(|hit| hit.get(1)) {
            add(hit.start(), hit.end(), classes::USER, PLAIN);
        }
    }
    after_names(text, look, profile, names, &mut add);
    if look.longest >= token::SHORTEST {
        let mut done = 0;
        for (start, end) in runs(bytes) {
            if start >= done && token::is_random(&text[start..end]) {
                let from = done;
                let (start, end) = encoded(bytes, from, start, end);
                done = end;
                add(start, end, classes::TOKEN, PLAIN);
            }
        }
    }
}

/// Letters of the shortest name of a credential or of a number of a person.
const NAME: usize = 3;

/// Whether something that may be such a name stands before a sign that assigns, whatever quotes and blanks are between
/// them. `12:30` and `T09:00` have none; for the strict profile any name will do.
fn may_name(bytes: &[u8], strict: bool) -> bool {
    let least = if strict { 1 } else { NAME };
    memchr::memchr2_iter(b'=', b':', bytes).any(|sign| {
        let between = |b: &&u8| b.is_ascii_whitespace() || matches!(b, b'\x0B' | b'"' | b'\'' | b'\\');
        let of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']' | b'-');
        let before = bytes[..sign].iter().rev().skip_while(between).take_while(of_name);
        before.filter(|b| b.is_ascii_alphabetic()).take(least).count() == least
    })
}

/// What stands behind names.
fn after_names(
    text: &str,
    look: &Look,
    profile: Option<Profile>,
    names: &mut Names,
    add: &mut dyn FnMut(usize, usize, &'static str, &'static str),
) {
    let strict = profile == Some(Profile::HighRiskPii);
    let may = look.tags() || look.assigns() && may_name(text.as_bytes(), strict);
    if look.longest < 2 || !may || !strict && !FORMS.named.is_match(text.as_bytes()) {
        return;
    }
    let wanted = |named: Named| match named {
        Named::Secret => true,
        Named::Number => profile.is_some(),
        Named::Personal => strict,
        Named::Plain | Named::Perhaps | Named::Grant => false,
    };
    let mut take = |Place { start, end, named }: Place| match named {
        Named::Number if strict || digits::count(&text.as_bytes()[start..end]) >= digits::FEWEST => {
            add(start, end, classes::NUMBER, PII);
        }
        Named::Number => {}
        Named::Personal => add(start, end, classes::PERSONAL, stand_in::of(&text[start..end])),
        _ => add(start, end, classes::NAMED, PLAIN),
    };
    if look.assigns() {
        after_name::assigned(text, names, &wanted, &mut take);
    }
    if look.tags() {
        after_name::tagged(text, names, &wanted, &mut take);
    }
}

/// A run with all that belongs to it: what base64 has beside letters and digits ends no run of it. A slash belongs to
/// it where it is base64 for sure, and no path.
fn encoded(bytes: &[u8], from: usize, start: usize, end: usize) -> (usize, usize) {
    let wide = |slash: bool| {
        let is = |b: &&u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'+' | b'=' | b'_' | b'-') || slash && **b == b'/'
        };
        let before = bytes[from..start].iter().rev().take_while(is).count();
        let after = bytes[end..].iter().take_while(is).count();
        (start - before, end + after)
    };
    let (first, last) = wide(true);
    match bytes[first..last].contains(&b'+') || bytes[first..last].ends_with(b"=") {
        true => (first, last),
        false => wide(false),
    }
}

fn personal(text: &str, look: &Look, profile: Profile, hits: &mut Vec<Hit>) {
    let (bytes, forms) = (text.as_bytes(), &FORMS);
    let mut add = |start, end, class, stand_in| hits.push(Hit { start, end, class, stand_in });
    if look.at_sign() {
        for hit in forms.mail.find_iter(bytes).filter(|hit| !is_file(hit.as_bytes())) {
            add(hit.start(), hit.end(), classes::MAIL, NO_MAIL);
        }
    }
    if look.may_be_card() {
        for hit in forms.card.find_iter(bytes).filter(|hit| stands_alone(bytes, hit.start(), hit.end())) {
            let plain: Vec<u8> = hit.as_bytes().iter().copied().filter(u8::is_ascii_digit).collect();
            if digits::is_card(&plain) {
                add(hit.start(), hit.end(), classes::CARD, PII);
            }
        }
    }
    if look.may_be_ssn() {
        for hit in forms.ssn.find_iter(bytes).filter(|hit| stands_alone(bytes, hit.start(), hit.end())) {
            if digits::is_ssn(hit.as_bytes()) {
                add(hit.start(), hit.end(), classes::SSN, PII);
            }
        }
    }
    if look.digits >= 9 && look.may_be_iban(bytes) {
        for hit in forms.iban.find_iter(bytes).filter(|hit| digits::is_iban(hit.as_bytes())) {
            add(hit.start(), hit.end(), classes::IBAN, PII);
        }
    }
    if look.digits >= 9 && look.may_be_phone() {
        for hit in forms.phone.find_iter(bytes) {
            let enough = hit.as_bytes()[0] != b'+' || digits::count(hit.as_bytes()) >= 9;
            if enough && stands_alone(bytes, hit.start(), hit.end()) {
                add(hit.start(), hit.end(), classes::PHONE, PII);
            }
        }
    }
    if profile == Profile::HighRiskPii && look.digits >= 4 {
        for hit in forms.address.find_iter(bytes) {
            let octets =
                hit.as_bytes().split(|b| *b == b'.').map(|part| std::str::from_utf8(part).unwrap_or("x"));
            if octets.into_iter().all(|octet| octet.parse::<u8>().is_ok()) {
                add(hit.start(), hit.end(), classes::NETWORK, NO_ADDRESS);
            }
        }
    }
}

/// Whether no letter, digit or part of a longer number touches it.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let touches =
        |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let after = bytes.get(end).filter(|b| **b != b'.' || bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
    !touches(start.checked_sub(1).and_then(|at| bytes.get(at))) && !touches(after)
}

/// Whether the head of it is JSON: that of a token, whatever its claims are.
fn is_jwt(text: &[u8]) -> bool {
    let head = text.split(|b| *b == b'.').next().unwrap_or_default();
    // Cut off in the middle it still begins so.
    let whole = &head[..head.len() / 4 * 4];
    BASE64_URL_SAFE_NO_PAD.decode(whole).is_ok_and(|json| json.starts_with(b"{\""))
}

fn has_scheme(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    has(b"earer") || has(b"asic") || has(b"EARER") || has(b"ASIC")
}

/// Name and password in base64, not a word that comes after "basic".
fn is_basic(value: &[u8]) -> bool {
    let plain = value.iter().take_while(|b| **b != b'=').count();
    // Cut off in the middle it still begins so; a password may be in any encoding.
    let whole = if value.len().is_multiple_of(4) { plain } else { plain / 4 * 4 };
    BASE64_STANDARD_NO_PAD.decode(&value[..whole]).is_ok_and(|text| {
        let user = text.split(|b| *b == b':').next().unwrap_or_default();
        user.len() < text.len() && user.iter().all(|b| b.is_ascii_graphic())
    })
}

/// A token, not a word that comes after "bearer".
fn is_bearer(value: &[u8], alone: bool) -> bool {
    const WORDS: &[&str] =
        &["token", "tokens", "auth", "authentication", "authorization", "of", "realm", "scheme"];
    let odd = value.iter().any(|b| !b.is_ascii_alphabetic()) && !value.ends_with(b".");
    let shouts = value.iter().skip(1).any(u8::is_ascii_uppercase);
    let word = WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    !word && (alone || value.len() >= 16 || odd || shouts)
}

/// `logo@2x.png` is no address.
fn is_file(text: &[u8]) -> bool {
    let end = text.rsplit(|b| *b == b'.').next().unwrap_or_default();
    ["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "json", "html"]
        .iter()
        .any(|e| end.eq_ignore_ascii_case(e.as_bytes()))
}

/// The runs of letters, digits, `_` and `-` that are long enough to be looked at, with what base64 has beside them.
fn runs(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let is = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at + bytes[at..].iter().position(|b| is(*b))?;
            let end = bytes[start..].iter().position(|b| !is(*b)).map_or(bytes.len(), |n| start + n);
            at = end;
            if end - start >= token::SHORTEST {
                return Some((start, end));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hits(text: &str, profile: Profile) -> Vec<(String, &'static str)> {
        let found = find(text, profile, &mut Names::default());
        found.into_iter().map(|hit| (text[hit.start..hit.end].to_owned(), hit.class)).collect()
    }

    #[test]
    fn credentials_are_found_in_prose_and_prose_is_none() {
        for (text, found) in [
            ("use Bearer abc.def-123 now", Some("Bearer abc.def-123")),
            ("Bearer abc/def+ghi==", Some("Bearer abc/def+ghi==")),
            ("Basic dXNlcjpwYXNz", Some("Basic dXNlcjpwYXNz")),
            ("the basic plan", None),
            ("the bearer of news", None),
            ("a Bearer token", None),
            ("eyJhbGciOiJIUzI1NiJ9.e30.sig", Some("eyJhbGciOiJIUzI1NiJ9.e30.sig")),
            ("api_key=abc&x=1", Some("abc")),
            ("{\"password\": \"hun ter\"}", Some("hun ter")),
            ("Password: required", None),
            ("token_type: bearer", None),
            ("mode: x token: \"abc\"", Some("abc")),
            ("next=https://a.example/?token=abc&x", Some("abc")),
            ("{\\\"password\\\":\\\"a b\\\"}", Some("a b")),
            (
                "mutation Login($password: String!) { login(password: $password) { token: accessToken } }",
                None,
            ),
            ("mutation { login(password: \"hun ter\") { id } }", Some("hun ter")),
            ("authorization: token abc", Some("token abc")),
            ("\"x\":[\"a\"],\"token\":[\"[REDACTED]\"]", None),
            ("W/\"Zk3v9QeR7uPq2Lw8XyT5+j0=\"", Some("Zk3v9QeR7uPq2Lw8XyT5+j0=")),
            ("<password>zzz</password>", Some("zzz")),
            ("https://u:p@a.example/x", Some("u:p")),
            ("\"http://localhost:3000\",\"a\":\"b@c\"", None),
            ("id Zk3v9QeR7uPq2Lw8XyT5.", Some("Zk3v9QeR7uPq2Lw8XyT5")),
            ("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
            ("password=[REDACTED]", None),
        ] {
            let got = hits(text, Profile::DefaultSafe);
            assert_eq!(got.first().map(|(text, _)| text.as_str()), found, "{text}: {got:?}");
            assert!(got.len() <= 1, "{text}: {got:?}");
        }
    }

    #[test]
    fn personal_data_is_known_by_its_form() {
        for (text, class) in [
            ("to ann+tag@sub.example.co.uk!", Some("e-mail address")),
            ("logo@2x.png", None),
            ("555-123-4567", Some("phone number")),
            ("(555) 123-4567", Some("phone number")),
            ("+1 555 123 4567", Some("phone number")),
            ("1709629200", None),
            ("2024-01-31T10:00:00+02:00", None),
            ("123-45-6789", Some("social security number")),
            ("4111-1111-1111-1111", Some("card number")),
            ("x4111111111111111", None),
            ("DE89370400440532013000", Some("bank account number")),
            ("GB29 NWBK 6016 1331 9268 19", Some("bank account number")),
            ("10.0.0.1", None),
            ("550e8400-e29b-41d4-a716-446655440000", None),
        ] {
            let got = hits(text, Profile::DefaultSafe);
            assert_eq!(got.first().map(|(_, class)| *class), class, "{text}: {got:?}");
        }
        assert_eq!(hits("at 10.0.0.1.", Profile::HighRiskPii)[0].1, "network address");
    }

    proptest! {
        #[test]
        fn what_a_look_rules_out_no_form_finds(
            text in "\\PC{0,80}",
            numbers in "([0-9]{1,4}|[-+ .()x]|[A-Z]{2}[0-9]{2}){0,16}",
            words in "(?i)(bearer|basic|eyJ|[a-z]| |\t|\\.){0,12}",
        ) {
            for text in [text, numbers, words] {
                let (bytes, look) = (text.as_bytes(), Look::at(text.as_bytes()));
                for (form, may) in [
                    (&FORMS.jwt, look.may_be_jwt()),
                    (&FORMS.scheme, look.may_name_scheme(bytes)),
                    (&FORMS.card, look.may_be_card()),
                    (&FORMS.ssn, look.may_be_ssn()),
                    (&FORMS.iban, look.may_be_iban(bytes)),
                    (&FORMS.phone, look.may_be_phone()),
                    (&FORMS.mail, look.at_sign()),
                ] {
                    prop_assert!(may || !form.is_match(bytes), "{}: {text}", form.as_str());
                }
                prop_assert!(
                    look.may_be_secret(bytes) || look.longest < 10 || secrets::secrets(&text).is_empty(),
                    "{text}"
                );
            }
        }

        #[test]
        fn what_no_name_stands_before_is_no_value(
            text in "([a-z]{1,4}|[0-9]| |\"|'|\\\\|[:=<>.]|otp|sig|key|T09:00|[\t\x0B]|https://a){0,14}",
        ) {
            let (bytes, mut found, mut names) = (text.as_bytes(), 0, Names::default());
            let wanted = |named: Named| !matches!(named, Named::Plain | Named::Perhaps | Named::Grant);
            after_name::assigned(&text, &mut names, &wanted, &mut |_| found += 1);
            prop_assert!(found == 0 || may_name(bytes, true), "{text}");
            let wanted = |named: Named| matches!(named, Named::Secret | Named::Number);
            found = 0;
            after_name::assigned(&text, &mut names, &wanted, &mut |_| found += 1);
            prop_assert!(found == 0 || may_name(bytes, false), "{text}");
        }

        #[test]
        fn places_are_boundaries_in_order(text in "\\PC{0,120}", odd in "(é|eyJ|[a-zA-Z0-9:=@.\"'<>/ -]){0,60}") {
            for text in [text, odd] {
                let mut end = 0;
                for hit in find(&text, Profile::HighRiskPii, &mut Names::default()) {
                    prop_assert!(hit.start >= end && hit.end > hit.start);
                    prop_assert!(text.get(hit.start..hit.end).is_some());
                    end = hit.end;
                }
            }
        }
    }
}
