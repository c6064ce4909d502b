//! One credential: a header and its value, for one server.

use std::fmt;

use http::header::{HeaderName, HeaderValue};
use memchr::memmem;

use crate::enforce::guard::origin::Origin;
use crate::enforce::redaction::Redactor;
use crate::io::net::token::Token;
use crate::io::net::unfit::Unfit;

/// Shorter values are not looked for in answers: they would be found in words that have nothing to do with them.
const TELLING: usize = 8;
/// What stands in an answer in the place of what we showed.
pub const HIDDEN: &str = "***";
/// Most bytes of a value.
const LONGEST: usize = 16 << 10;

/// What one server is shown.
#[derive(Clone)]
pub struct Credential {
    name: String,
    origin: Origin,
    header: HeaderName,
    value: Token,
    serial: u64,
}

impl Credential {
    /// A credential. `name` says in audits and messages where it came from.
    ///
    /// # Errors
    /// The value is not one visible line, or the header none. The value is not repeated.
    pub fn new(name: &str, origin: Origin, header: &str, value: &str) -> Result<Credential, Unfit> {
        let header = HeaderName::from_bytes(header.as_bytes())
            .map_err(|_| Unfit::means(format!("{name} names no header"), "give the name of a header"))?;
        let credential =
            Credential { name: name.to_owned(), origin, header, value: value_of(name, value)?, serial: 0 };
        // What is one line of ASCII is a value; this is the client's own word for it.
        HeaderValue::from_str(credential.value.text())
            .map(|_| credential)
            .map_err(|_| unfit(name, "is no value"))
    }

    /// The same, told apart from the one before it.
    pub(super) fn numbered(self, serial: u64) -> Credential {
        Credential { serial, ..self }
    }

    /// Whether it shows the same.
    pub(in crate::io) fn is_same(&self, other: &Credential) -> bool {
        self.header == other.header && self.value.text() == other.value.text()
    }

    /// Which of those that were got one after the other it is.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Where it came from, in a word that may be written down.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server that it is for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The header that shows it.
    pub fn header(&self) -> &HeaderName {
        &self.header
    }

    /// The value of the header.
    pub(in crate::io) fn shown(&self) -> HeaderValue {
        // `new` tried it.
        let mut value =
            HeaderValue::from_str(self.value.text()).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }

    /// Takes it out of what a server answered: some repeat what they were shown.
    pub(in crate::io) fn taken_out_of(&self, body: &mut Vec<u8>) {
        for secret in self.secrets() {
            if memmem::find(body, secret.as_bytes()).is_none() {
                continue;
            }
            let mut out = Vec::with_capacity(body.len());
            let mut from = 0;
            for at in memmem::find_iter(body, secret.as_bytes()) {
                out.extend_from_slice(&body[from..at]);
                out.extend_from_slice(HIDDEN.as_bytes());
                from = at + secret.len();
            }
            out.extend_from_slice(&body[from..]);
            *body = out;
        }
    }

    /// The same for a text.
    pub(in crate::io) fn taken_out_of_text(&self, text: &mut String) {
        for secret in self.secrets().filter(|secret| text.contains(*secret)).collect::<Vec<_>>() {
            *text = text.replace(secret, HIDDEN);
        }
    }

    /// Takes what a server repeats of it out of what agents are given, however the answer spells it.
    pub fn hidden_by(&self, redactor: Redactor) -> Redactor {
        redactor.hiding(self.secrets())
    }

    /// What is secret of the value: what stands behind the name of a scheme (`Bearer …`), or all.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let all = self.value.text();
        let behind = all.split_once(' ').map(|(_, secret)| secret.trim_start());
        [behind.unwrap_or(all)].into_iter().filter(|secret| secret.len() >= TELLING)
    }
}

/// Whether a text may be the value of a header.
///
/// # Errors
/// It is empty, too long, or not one visible line of ASCII.
pub(super) fn value_of(name: &str, value: &str) -> Result<Token, Unfit> {
    if value.trim().is_empty() {
        return Err(unfit(name, "is empty"));
    }
    if value.len() > LONGEST {
        return Err(unfit(name, "is longer than any credential"));
    }
    // A line break would begin another header.
    if value.contains(['\r', '\n']) {
        return Err(unfit(name, "has a line break in it"));
    }
    if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(unfit(name, "has a character in it that no header takes"));
    }
    Ok(Token::new(value))
}

fn unfit(name: &str, what: &str) -> Unfit {
    Unfit::means(format!("{name} {what}"), "set it to one line of visible characters, or leave it out")
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a credential from {} for {}", self.name, self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(value: &str) -> Result<Credential, Unfit> {
        let origin = Origin::read("https://api.shop.example").unwrap();
        Credential::new("CASK_AUTH_API_SHOP_EXAMPLE", origin, "Authorization", value)
    }

    #[test]
    fn a_value_is_one_visible_line_and_is_never_repeated() {
        for bad in
            ["Bearer secret\nX-Admin: 1", "Bearer secret\r", "secret\0", "secret\t", "s\u{e9}cret", "", "  "]
        {
            let refused = credential(bad).unwrap_err().to_string();
            assert!(
                refused.contains("CASK_AUTH_API_SHOP_EXAMPLE") && !refused.contains("secret"),
                "{refused}"
            );
        }
        let good = credential("Bearer secret-0123456789").unwrap();
        assert_eq!(good.shown().as_bytes(), b"Bearer secret-0123456789");
        assert!(good.shown().is_sensitive());
        assert!(!format!("{good:?}").contains("secret"));
    }

    #[test]
    fn what_a_server_repeats_of_it_is_taken_out() {
        let credential = credential("Bearer secret-0123456789").unwrap();
        let mut body = br#"{"you":"Bearer secret-0123456789","x":"secret-0123456789"}"#.to_vec();
        credential.taken_out_of(&mut body);
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"you":"Bearer ***","x":"***"}"#);
        let mut text = "secret-0123456789".to_owned();
        credential.taken_out_of_text(&mut text);
        assert_eq!(text, "***");
    }
}
