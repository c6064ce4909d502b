//! Names in, whole words and the classes of fields that count for risk out (formats-v2 §10).
//!
//! Words are compared whole: "authors" is no "auth", "settlers" settle nothing (normalize.md §12, flaws
//! 14, 15). Classes of fields need context: the `name` of a user is personal, the `name` of a product is
//! not; the `license` of a repository and the `address` of a wallet belong to nobody (flaws 21, 22).

use crate::canon::text::words;

/// The words of a URL path, one list per segment. Placeholders are no words; percent escapes are undone,
/// for the server undoes them too.
pub fn path_words(path: &str) -> Vec<Vec<String>> {
    path.split('/').map(|segment| words(&percent_decoded(&without_placeholders(segment)))).collect()
}

/// Replaces each `{…}` by a separator. A brace that is never closed is plain text.
fn without_placeholders(segment: &str) -> String {
    let mut out = String::new();
    let mut rest = segment;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        out.push('/');
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// A text with its percent escapes undone; what is no escape stays as it is.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        // Digits alone: `from_str_radix` would also take a sign.
        let hex = bytes.get(at + 1..at + 3).filter(|h| h.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether two words are one, apart from a version number at the end of the first (`oauth2`).
pub fn is_verb(word: &str, verb: &str) -> bool {
    begin_alike(word, verb) && (word == verb || word.trim_end_matches(|c: char| c.is_ascii_digit()) == verb)
}

/// Whether two words begin with the same byte: each word of a name is held against the whole table, and nearly all
/// end here.
fn begin_alike(word: &str, other: &str) -> bool {
    word.as_bytes().first() == other.as_bytes().first()
}

/// Whether a word is a noun, in singular or plural.
pub fn is_noun(word: &str, noun: &str) -> bool {
    begin_alike(word, noun)
        && (is_verb(word, noun)
            || word.strip_suffix('s').is_some_and(|w| w == noun)
            || word.strip_suffix("es").is_some_and(|w| w == noun && noun.ends_with(['s', 'x', 'h']))
            || word.strip_suffix("ies").is_some_and(|w| noun.strip_suffix('y') == Some(w)))
}

/// Nouns whose owner is a person, so that a bare `name` beside them is a person's name.
const PEOPLE: &[&str] = &[
    "user",
    "customer",
    "person",
    "people",
    "member",
    "employee",
    "patient",
    "contact",
    "subscriber",
    "profile",
    "guest",
    "student",
    "candidate",
    "applicant",
    "passenger",
    "attendee",
    "client",
];

/// Phrases that name personal data when a field's name ends with them.
const PERSONAL: &[&[&str]] = &[
    &["email"],
    &["mail", "address"],
    &["phone"],
    &["telephone"],
    &["mobile"],
    &["ssn"],
    &["social", "security"],
    &["address"],
    &["street"],
    &["dob"],
    &["date", "of", "birth"],
    &["birth", "date"],
    &["birthday"],
    &["birthdate"],
    &["first", "name"],
    &["last", "name"],
    &["full", "name"],
    &["given", "name"],
    &["family", "name"],
    &["surname"],
    &["firstname"],
    &["lastname"],
    &["fullname"],
    &["credit", "card"],
    &["card", "number"],
    &["cvv"],
    &["cvc"],
    &["iban"],
    &["passport"],
    &["driver", "license"],
    &["drivers", "license"],
    &["driving", "license"],
    &["tax", "id"],
    &["national", "id"],
    &["salary"],
    &["income"],
];

/// What has a `full name` without being a person (`owner/repository`).
const THINGS: &[&str] = &[
    "repo",
    "repository",
    "package",
    "project",
    "module",
    "branch",
    "file",
    "app",
    "team",
    "label",
    "product",
];

/// Words that make a name a yes or no about the thing, not the thing.
const FLAGS: &[&str] = &[
    "is", "has", "can", "should", "allow", "enable", "enabled", "require", "requires", "needs", "no",
    "include", "show",
];

/// Words that may follow such a phrase without changing what it names.
const TRAILING: &[&str] =
    &["address", "number", "no", "num", "value", "line", "home", "work", "primary", "secondary"];

/// What an `address` is of when it is nobody's home.
const NOT_A_HOME: &[&str] = &[
    "wallet", "contract", "ip", "mac", "memory", "server", "host", "bind", "listen", "eth", "btc", "crypto",
    "token", "network", "base",
];

/// Whether a field holds personal data, judged by its name.
///
/// `field` may be a dotted path (`data[].email`): its last step is the field, the step before it and
/// `resource` (the words of what the operation is about) are its context.
pub fn is_personal(field: &str, resource: &[String]) -> bool {
    let (own, parent) = field_words(field);
    let context: Vec<&String> =
        if parent.is_empty() { resource.iter().collect() } else { parent.iter().collect() };
    // Asked only where the answer depends on it: most names say nothing of a person.
    let of_person = || context.iter().any(|w| PEOPLE.iter().any(|p| is_noun(w, p)));
    if own.iter().map(String::as_str).eq(["name"]) || own.iter().map(String::as_str).eq(["license"]) {
        return of_person();
    }
    if is_flag(&own) {
        return false;
    }
    let of_thing = || context.iter().any(|w| THINGS.iter().any(|t| is_noun(w, t)));
    let mut head = own.as_slice();
    loop {
        if let Some(phrase) = PERSONAL.iter().find(|phrase| ends_with(head, phrase)) {
            let before = &head[..head.len() - phrase.len()];
            let nobodys = |w: &String| NOT_A_HOME.iter().any(|n| is_noun(w, n));
            let home = before.last().is_none_or(|w| !nobodys(w)) && !context.iter().any(|w| nobodys(w));
            return match *phrase {
                ["address"] => home,
                ["full", "name"] | ["fullname"] => !of_thing(),
                _ => true,
            };
        }
        match head.split_last() {
            Some((last, rest)) if TRAILING.iter().any(|t| is_verb(last, t)) => head = rest,
            _ => return false,
        }
    }
}

/// Whether a field hands out a secret, judged by its name: token, secret, password, API key, private key
/// at its end. Tokens that only page through a list or count words of a model are none.
pub fn is_secret(field: &str) -> bool {
    const SECRETS: &[&[&str]] = &[
        &["token"],
        &["secret"],
        &["password"],
        &["passwd"],
        &["api", "key"],
        &["apikey"],
        &["private", "key"],
        &["secret", "key"],
        &["access", "key"],
    ];
    const AFTER: &[&str] = &["value", "plain", "plaintext", "text", "raw", "hash", "pem"];
    const HARMLESS: &[&str] = &[
        "page",
        "next",
        "previous",
        "prev",
        "continuation",
        "cursor",
        "sync",
        "resume",
        "max",
        "min",
        "total",
        "prompt",
        "completion",
        "input",
        "output",
        "used",
        "num",
        "count",
        "cached",
        "reasoning",
    ];
    let (own, _) = field_words(field);
    if is_flag(&own) {
        return false;
    }
    let mut head = own.as_slice();
    loop {
        if let Some(phrase) = SECRETS.iter().find(|phrase| ends_with(head, phrase)) {
            let before = head[..head.len() - phrase.len()].last();
            let harmless = before.is_some_and(|w| HARMLESS.contains(&w.as_str()));
            return *phrase != ["token"] || !harmless;
        }
        match head.split_last() {
            Some((last, rest)) if AFTER.contains(&last.as_str()) => head = rest,
            _ => return false,
        }
    }
}

/// The sink that an input is, judged by its name: an address, file, command, query or template that the
/// caller chooses. `file_id` and `template_count` only point at or count what is there already.
pub fn sink(field: &str) -> Option<&'static str> {
    const SINKS: &[&str] = &["url", "uri", "callback", "webhook", "file", "command", "sql", "template"];
    const POINTERS: &[&str] = &["id", "ids", "uuid", "count", "size"];
    let (own, _) = field_words(field);
    if is_flag(&own) || own.last().is_some_and(|w| POINTERS.contains(&w.as_str())) {
        return None;
    }
    SINKS.iter().find(|s| own.iter().any(|w| is_noun(w, s))).copied()
}

/// The words of the last step of a field's path and of the step before it.
fn field_words(field: &str) -> (Vec<String>, Vec<String>) {
    let mut steps = field.rsplit(['.', '/']).map(words).filter(|w| !w.is_empty());
    (steps.next().unwrap_or_default(), steps.next().unwrap_or_default())
}

/// Whether a name asks yes or no: `has_password`, `is_template`.
fn is_flag(own: &[String]) -> bool {
    own.len() > 1 && FLAGS.contains(&own[0].as_str())
}

fn ends_with(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len()
        && words[words.len() - phrase.len()..].iter().zip(phrase).all(|(w, p)| is_noun(w, p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_are_no_words_and_escapes_hide_none() {
        let flat = |path| path_words(path).concat().join(" ");
        assert_eq!(flat("/users/{delete}/x"), "users x");
        assert_eq!(flat("/users/{id}:purge"), "users purge");
        assert_eq!(flat("/%61dmin/{open"), "admin open");
        assert_eq!(flat("/100%/%zz/%+f"), "100 zz f");
    }

    #[test]
    fn personal_data_is_found_by_words_and_context() {
        let users = ["users".to_owned()];
        let repos = ["repos".to_owned()];
        for field in [
            "userEmail",
            "email_address",
            "phoneNumber",
            "firstName",
            "iban",
            "tax_id",
            "data[].email",
            "emails",
            "addressLine1",
        ] {
            assert!(is_personal(field, &repos), "{field}");
        }
        for field in [
            "email_verified",
            "email_template",
            "license",
            "name",
            "wallet.address",
            "ip_address",
            "income_type",
            "mailbox",
            "display",
            "full_name",
            "repo.full_name",
            "has_email",
        ] {
            assert!(!is_personal(field, &repos), "{field}");
        }
        assert!(is_personal("name", &users) && is_personal("customer.name", &repos));
        assert!(!is_personal("product.name", &users), "the nearest owner counts");
    }

    #[test]
    fn secrets_are_told_from_cursors_and_counts() {
        for field in [
            "token",
            "access_token",
            "clientSecret",
            "apiKey",
            "apikey",
            "private_key_pem",
            "password_hash",
            "data.tokens",
        ] {
            assert!(is_secret(field), "{field}");
        }
        for field in [
            "next_page_token",
            "total_tokens",
            "token_type",
            "has_password",
            "secretary",
            "is_secret",
            "public_key",
            "tokenizer",
        ] {
            assert!(!is_secret(field), "{field}");
        }
    }

    #[test]
    fn sinks_are_whole_words_and_no_pointers() {
        assert_eq!(sink("callback_url"), Some("url"));
        assert_eq!(sink("imageURIs"), Some("uri"));
        assert_eq!(sink("sql"), Some("sql"));
        for field in ["profile", "file_id", "is_template", "template_count", "curl", "hourly"] {
            assert_eq!(sink(field), None, "{field}");
        }
    }

    proptest! {
        #[test]
        fn any_text_splits_without_panic(name in ".{0,60}") {
            let _ = (words(&name), path_words(&name), is_personal(&name, &[]), is_secret(&name), sink(&name));
        }
    }
}
