//! What was taken out, in words for people that stand behind a number: each takes the ending of its plural.

/// The value of a header that carries a credential.
pub const AUTHORIZATION: &str = "authorization header";
/// The value of a header that asks for a credential.
pub const CHALLENGE: &str = "authentication header";
/// Cookies, sent or set.
pub const COOKIE: &str = "cookie";
/// A header against forged requests.
pub const FORGERY: &str = "anti-forgery header";
/// Another header that is a credential by its name.
pub const KEY_HEADER: &str = "api key header";
/// A header that is too long to be looked at.
pub const LONG_HEADER: &str = "long header";
/// A value that is a credential by the name that it stands under or behind.
pub const NAMED: &str = "named secret";
/// What only looks drawn at random.
pub const TOKEN: &str = "token-like value";
/// A segment of a path that hands something over.
pub const IN_PATH: &str = "path token";
/// Name and password in an address.
pub const USER: &str = "url user name";
/// A token with claims.
pub const JWT: &str = "jwt";
/// What stands behind `Bearer`.
pub const BEARER: &str = "bearer token";
/// What stands behind `Basic`.
pub const BASIC: &str = "basic credential";
/// A number of a person or account, by the name that it stands under or behind.
pub const NUMBER: &str = "personal number";
/// A value that is personal by the name that it stands under or behind.
pub const PERSONAL: &str = "personal value";
/// An address of mail.
pub const MAIL: &str = "e-mail address";
/// The number of a payment card.
pub const CARD: &str = "card number";
/// A number of the social security.
pub const SSN: &str = "social security number";
/// The number of a bank account.
pub const IBAN: &str = "bank account number";
/// The number of a phone.
pub const PHONE: &str = "phone number";
/// The address of a machine.
pub const NETWORK: &str = "network address";

/// What is somebody's own, and gives nobody access.
const OWN: [&str; 10] = [CHALLENGE, LONG_HEADER, NUMBER, PERSONAL, MAIL, CARD, SSN, IBAN, PHONE, NETWORK];

/// Whether what is of a class gives access to whoever has it.
pub fn gives_access(class: &str) -> bool {
    !OWN.contains(&class)
}
