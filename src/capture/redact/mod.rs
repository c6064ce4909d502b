//! What was recorded in, the same without credentials and personal data out; and whether a text still holds some.
//!
//! Everything that a recording tells goes through here before it is kept. docs/captures.md tells what stays.

mod after_name;
pub mod classes;
mod digits;
pub mod exchange;
pub mod find;
mod handed;
pub mod headers;
mod look;
pub mod names;
mod remembered;
pub mod stand_in;
mod token;
pub mod values;

/// What a text still holds of credentials: the first, by what it is (`obs.token-like-leak`).
pub fn leaks(text: &str) -> Option<&'static str> {
    leaking(text).first().map(|(class, _)| *class)
}

/// All that a text still holds of credentials, in order: what each is, and itself.
pub fn leaking(text: &str) -> Vec<(&'static str, &str)> {
    let hits = find::leaks(text, &mut names::Names::default());
    hits.into_iter().map(|hit| (hit.class, &text[hit.start..hit.end])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_a_credential_and_no_text_about_one() {
        for (text, leak) in [
            ("{\"token\": {\"type\": \"string\"}}", None),
            ("secret: used to sign; password=required", None),
            ("mail ann@example.org", None),
            ("api_key=abc12345x", Some("named secret")),
            ("see eyJhbGciOiJIUzI1NiJ9.e30.sig", Some("jwt")),
            ("/x?api_key=%5BREDACTED%5D", None),
            ("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
        ] {
            assert_eq!(leaks(text), leak, "{text}");
        }
    }
}
