//! The name of a field, parameter or header in, whether what stands under it is a secret out.
//!
//! Words of a name count, not its letters: `token_type` is none, `accessToken`, `filter[token]` and `x-vault-token`
//! are. What every part of the program needs to know of names is asked from `compare`.

use super::remembered::Remembered;
use crate::canon::text::words;
use crate::compare::risk_words::{is_noun, is_personal, is_secret};

/// What a name says of what stands under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Nothing.
    Plain,
    /// A credential, and so is all that stands below it and is not described by a name of its own.
    Secret,
    /// A credential if it is a text; a list or map below it has names of its own.
    Perhaps,
    /// A credential where it is handed over for a token (`code` beside `state`).
    Grant,
    /// A number that belongs to a person or account: phone, card, social security.
    Number,
    /// Personal in another way.
    Personal,
}

/// Ends of names, beyond those of `compare`, of what is a credential.
const SECRET: &[&[&str]] = &[
    &["pwd"],
    &["passphrase"],
    &["passcode"],
    &["credential"],
    &["jwt"],
    &["otp"],
    &["totp"],
    &["pin", "code"],
    &["authorization"],
    &["authentication"],
    &["cookie"],
    &["session", "id"],
    &["sessionid"],
    &["phpsessid"],
    &["jsessionid"],
    &["csrf"],
    &["xsrf"],
    &["sig"],
    &["signature"],
    &["bearer"],
    &["subscription", "key"],
    &["signing", "key"],
    &["encryption", "key"],
    &["license", "key"],
    &["account", "key"],
    &["master", "key"],
    &["auth", "key"],
    &["access", "key", "id"],
    &["verification", "code"],
    &["authorization", "code"],
    &["auth", "code"],
    &["recovery", "code"],
    &["backup", "code"],
    &["mfa", "code"],
    &["code", "verifier"],
    &["assertion"],
    &["saml", "response"],
];

/// Whole names that are a credential if what stands there is text.
const PERHAPS: &[&str] = &["key", "auth", "session", "sid", "pass", "pin"];

/// Ends of names of numbers of persons and accounts.
const NUMBERS: &[&[&str]] = &[
    &["phone"],
    &["telephone"],
    &["mobile"],
    &["phone", "number"],
    &["mobile", "number"],
    &["fax"],
    &["ssn"],
    &["social", "security"],
    &["social", "security", "number"],
    &["card", "number"],
    &["cardnumber"],
    &["credit", "card"],
    &["cvv"],
    &["cvc"],
    &["iban"],
    &["account", "number"],
    &["passport"],
    &["passport", "number"],
    &["tax", "id"],
    &["national", "id"],
];

/// Whole names that the strict profile takes for personal wherever they stand.
const PERSONAL: &[&str] = &["name", "address", "email", "dob", "username"];

/// Names of what describes a credential and is none.
const DESCRIBES: &[&str] = &[
    "type",
    "kind",
    "name",
    "id",
    "status",
    "scope",
    "scopes",
    "issuer",
    "format",
    "length",
    "algorithm",
    "alg",
    "description",
];

/// Names that were met, with what they say: most are met thousands of times.
#[derive(Debug)]
pub struct Names(Remembered<Named>);

/// Names that are remembered at most.
const REMEMBERED: usize = 20_000;
/// Bytes of the end of a name that are looked at.
const LONGEST: usize = 200;

impl Default for Names {
    fn default() -> Names {
        Names(Remembered::new(REMEMBERED))
    }
}

impl Names {
    /// What a name says.
    pub fn of(&mut self, name: &str) -> Named {
        self.0.of(name, || named(name))
    }
}

/// Whether a name, below one that is a credential's, only describes it.
pub fn describes(name: &str) -> bool {
    let own = words(name);
    own.last().is_some_and(|last| {
        DESCRIBES.contains(&last.as_str()) || ["at", "in", "on", "until"].contains(&last.as_str())
    })
}

/// What a name says.
pub fn named(name: &str) -> Named {
    // The end of a name says what it is.
    let mut cut = name.len().saturating_sub(LONGEST);
    while !name.is_char_boundary(cut) {
        cut += 1;
    }
    // `filter[token]`: a step of a path, as the dot is for those who ask below.
    let name = name[cut..].replace('[', ".").replace(']', "");
    let name = name.trim_end_matches('.');
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    let own = words(last);
    let ends = |table: &[&[&str]]| {
        table.iter().any(|phrase| {
            own.len() >= phrase.len()
                && own[own.len() - phrase.len()..].iter().zip(*phrase).all(|(w, p)| is_noun(w, p))
        })
    };
    let single = |table: &[&str]| own.len() == 1 && table.contains(&own[0].as_str());
    let asks = own.len() > 1
        && ["is", "has", "can", "should", "allow", "enable", "require", "requires"]
            .contains(&own[0].as_str());
    if single(&["code"]) {
        return Named::Grant;
    }
    if single(PERHAPS) {
        return Named::Perhaps;
    }
    if !asks && (is_secret(name) || ends(SECRET)) {
        return Named::Secret;
    }
    if !asks && ends(NUMBERS) {
        return Named::Number;
    }
    match single(PERSONAL) || is_personal(name, &[]) {
        true => Named::Personal,
        false => Named::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_by_their_words_what_stands_below() {
        for (named_, names) in [
            (
                Named::Secret,
                &[
                    "password",
                    "newPassword",
                    "pwd",
                    "passwd",
                    "access_token",
                    "accessToken",
                    "id_token",
                    "client_secret",
                    "x_api_key",
                    "apiKey",
                    "X-Amz-Signature",
                    "filter[token]",
                    "jwt",
                    "otp",
                    "sig",
                    "session_id",
                    "sessionid",
                    "ocp-apim-subscription-key",
                    "x-vault-token",
                    "authentication",
                    "csrf_token",
                    "tokens",
                ][..],
            ),
            (Named::Perhaps, &["key", "auth", "session", "PIN"]),
            (Named::Grant, &["code"]),
            (Named::Number, &["phone", "mobileNumber", "ssn", "card_number", "cvv", "iban"]),
            (Named::Personal, &["email", "name", "first_name", "address", "date_of_birth"]),
            (
                Named::Plain,
                &[
                    "token_type",
                    "next_page_token",
                    "total_tokens",
                    "has_password",
                    "keyboard",
                    "author",
                    "assigned",
                    "product_id",
                    "status_code",
                    "sessions_count",
                    "password_changed_at",
                    "design",
                    "",
                    "é",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(named(name), named_, "{name}");
            }
        }
        assert_eq!(named(&format!("{}_password", "é_".repeat(200))), Named::Secret);
        assert!(describes("token_type") && describes("expires_in") && !describes("value"));
    }
}
