//! The name of a field in, what it says about its values out: a person, a credential, a sink.
//!
//! By whole words (`userEmail` and `email_address` are about a person, `emailed_at` is not), with the words
//! beside them where a word alone misleads: a repository has a license, a wallet an address.

use super::words::words;

/// What the name of a field says about its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldClass {
    /// About a person: name, address, birth, bank, identity papers.
    PersonalData,
    /// A credential.
    Secret,
    /// Decides where data goes or what is executed: url, callback, file, command, sql, template.
    Sink,
}

/// Credentials: one word, or words that stand side by side.
#[rustfmt::skip]
const SECRET: &[&str] = &[
    "token", "tokens", "secret", "secrets", "password", "passwords", "passwd", "pwd", "passphrase",
    "passcode", "credential", "credentials", "apikey", "otp", "totp", "mnemonic", "jwt", "bearer",
    "authorization", "api key", "api keys", "private key", "access key", "secret key", "signing key",
    "encryption key", "ssh key", "seed phrase", "recovery phrase", "recovery code", "recovery codes",
    "session key", "auth key", "service key", "master key",
];

/// Words that turn `token` into a count, a place in a list, or a public fact.
#[rustfmt::skip]
const NOT_SECRET: &[&str] = &[
    "max tokens", "min tokens", "token count", "tokens used", "total tokens", "prompt tokens",
    "completion tokens", "input tokens", "output tokens", "num tokens", "token limit", "token budget",
    "page token", "next token", "next page token", "continuation token", "cursor token", "token type",
    "sync token", "token address", "token symbol", "token id", "token ids", "password policy",
    "password strength", "secret name", "secret names", "secret type", "has password",
    "token expires", "token expiry", "password changed", "password updated", "max output tokens", "expires",
    "expiry", "expired",
];

#[rustfmt::skip]
const PERSONAL: &[&str] = &[
    "email", "emails", "mail address", "phone", "phones", "telephone", "mobile", "msisdn", "ssn", "dob",
    "birthday", "birthdate", "iban", "bic", "cvv", "cvc", "passport", "salary", "nationality", "gender",
    "ethnicity", "religion", "surname", "lastname", "firstname", "fullname", "latitude longitude",
    "social security", "date of birth", "birth date", "first name", "last name", "full name", "given name",
    "family name", "middle name", "maiden name", "credit card", "card number", "cardholder name",
    "account holder", "bank account", "routing number", "tax id", "tax number", "vat id", "national id",
    "driver license", "drivers license", "driving license", "license number", "street address",
    "home address", "postal address", "mailing address", "billing address", "shipping address",
    "address line", "address line1", "address line2", "address1", "address2", "customer address",
    "user address", "zip code", "postal code", "postcode", "annual income", "monthly income", "net income",
    "gross income", "household income", "user income", "medical record", "health insurance",
    "insurance number",
];

/// Words beside a personal one that make it about a machine, a message or a count.
#[rustfmt::skip]
const NOT_PERSONAL: &[&str] = &[
    "email template", "email subject", "email body", "email count", "emails sent",
    "email verified", "email enabled", "email notifications", "phone model", "mobile app",
    "mobile friendly", "is mobile", "mobile viewport", "passport strategy", "email type", "email format",
    "net income statement",
];

/// Where `address` stands alone it is personal, unless its neighbours say it is a machine's or a wallet's.
#[rustfmt::skip]
const ADDRESS_OF_THINGS: &[&str] = &[
    "wallet", "contract", "token", "ip", "mac", "network", "memory", "server", "host", "node", "bind",
    "listen", "web", "url", "from", "to", "blockchain", "eth", "btc", "peer", "remote", "local", "proxy",
    "gateway", "subnet", "public", "private", "dns", "bus", "register", "base", "start", "cell", "range",
];

#[rustfmt::skip]
const SINK: &[&str] = &[
    "url", "urls", "uri", "uris", "href", "callback", "webhook", "webhooks", "endpoint", "hook", "file",
    "files", "filename", "filepath", "path", "paths", "directory", "command", "commands", "cmd", "exec",
    "script", "shell", "sql", "query", "template", "headers", "expression", "eval", "redirect", "upload",
    "proxy",
];

/// Query and code words that are about a page, a country or a result.
#[rustfmt::skip]
const NOT_SINK: &[&str] = &[
    "country code", "zip code", "postal code", "status code", "error code", "currency code",
    "language code", "area code", "code point", "code review", "query id", "template id", "file size",
    "file count", "file type", "path length", "promo code", "coupon code", "discount code", "state code",
    "exit code", "verification code", "command count", "airport code", "response code", "color code",
    "product code", "region code", "sort code", "query time", "query count",
];

/// The class of a field by its whole words, or nothing. Secrets come before persons, persons before sinks.
///
/// `license`, `address` and `income` alone say nothing about a person (a repository has a license, a
/// wallet an address); they count only together with a word that does.
pub fn field_class(name: &str) -> Option<FieldClass> {
    let words = words(name);
    let joined = format!(" {} ", words.join(" "));
    let any = |list: &[&str]| list.iter().any(|entry| holds(&joined, entry));
    if any(SECRET) && !any(NOT_SECRET) {
        return Some(FieldClass::Secret);
    }
    let address = holds(&joined, "address") && words.len() > 1 && !any(ADDRESS_OF_THINGS);
    if (any(PERSONAL) || address) && !any(NOT_PERSONAL) {
        return Some(FieldClass::PersonalData);
    }
    if any(SINK) && !any(NOT_SINK) {
        return Some(FieldClass::Sink);
    }
    None
}

/// Whether the words of `entry` stand side by side in ` a b c `.
fn holds(joined: &str, entry: &str) -> bool {
    joined.match_indices(entry).any(|(at, _)| {
        joined.as_bytes().get(at.wrapping_sub(1)) == Some(&b' ')
            && joined.as_bytes().get(at + entry.len()) == Some(&b' ')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_fields_by_whole_words() {
        for name in [
            "email",
            "userEmail",
            "email_address",
            "phoneNumber",
            "firstName",
            "iban",
            "tax_id",
            "date_of_birth",
            "billing.address",
            "driverLicense",
            "annual_income",
            "SSN",
            "address_line1",
        ] {
            assert_eq!(field_class(name), Some(FieldClass::PersonalData), "{name}");
        }
        for name in [
            "license",
            "address",
            "wallet_address",
            "ipAddress",
            "income",
            "income_type",
            "name",
            "emailed_at",
        ] {
            assert_eq!(field_class(name), None, "{name}");
        }
    }

    #[test]
    fn secret_fields_and_their_near_misses() {
        for name in
            ["token", "accessToken", "api_key", "client-secret", "private_key", "user.password", "apikey"]
        {
            assert_eq!(field_class(name), Some(FieldClass::Secret), "{name}");
        }
        for name in ["max_tokens", "nextPageToken", "keyboard", "token_count", "tokenizer", "secretary"] {
            assert_eq!(field_class(name), None, "{name}");
        }
    }

    #[test]
    fn sinks_and_their_near_misses() {
        for name in
            ["url", "callbackUrl", "webhook", "file_path", "command", "sql", "template", "redirect_uri"]
        {
            assert_eq!(field_class(name), Some(FieldClass::Sink), "{name}");
        }
        for name in ["country_code", "profile", "curly", "pathology", "status_code"] {
            assert_eq!(field_class(name), None, "{name}");
        }
    }
}
