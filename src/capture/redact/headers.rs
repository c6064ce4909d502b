//! Headers in, which of them are credentials, which say where somebody is, and which nobody needs out.

use crate::capture::options::Profile;
use crate::capture::redact::classes;
use crate::capture::redact::names::{Named, Names};

/// What becomes of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its value is a credential; the words are what it is counted as.
    Secret(&'static str),
    /// Its value tells where somebody is.
    Personal,
    /// Its value is an address.
    Address,
    /// No program reads it: it is left out.
    Noise,
    /// It stays, but for what is found in it.
    Text,
}

/// Credentials whose names do not say so by their words.
const SECRET: &[(&str, &str)] = &[
    ("authorization", classes::AUTHORIZATION),
    ("proxy-authorization", classes::AUTHORIZATION),
    ("www-authenticate", classes::CHALLENGE),
    ("proxy-authenticate", classes::CHALLENGE),
    ("authentication", classes::AUTHORIZATION),
    ("cookie", classes::COOKIE),
    ("set-cookie", classes::COOKIE),
    ("cookie2", classes::COOKIE),
    ("set-cookie2", classes::COOKIE),
];

const PERSONAL: &[&str] = &["x-forwarded-for"];
const PERSONAL_STRICT: &[&str] =
    &["x-real-ip", "x-client-ip", "forwarded", "true-client-ip", "cf-connecting-ip"];
const ADDRESSES: &[&str] = &["location", "content-location", "referer", "origin"];

/// What browsers and networks add: it says much of who called, and nothing of the API.
const NOISE: &[&str] = &[
    "user-agent",
    "host",
    "content-length",
    "referer",
    "connection",
    "keep-alive",
    "accept-encoding",
    "dnt",
    "upgrade-insecure-requests",
    "pragma",
    "te",
    "via",
    "age",
    "server",
    "date",
    "alt-svc",
    "vary",
    "strict-transport-security",
    "content-security-policy",
    "content-security-policy-report-only",
    "report-to",
    "reporting-endpoints",
    "nel",
    "x-frame-options",
    "x-xss-protection",
    "x-content-type-options",
    "expect-ct",
    "permissions-policy",
    "feature-policy",
    "referrer-policy",
    "p3p",
    "x-powered-by",
    "x-aspnet-version",
    "cf-ray",
    "cf-cache-status",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-cache",
    "x-served-by",
    "x-timer",
    "server-timing",
    "timing-allow-origin",
    "transfer-encoding",
    "x-chrome-variations",
    "x-client-data",
    "priority",
];

/// What becomes of a header; its name is lower-case.
pub fn fate(name: &str, profile: Profile, names: &mut Names) -> Fate {
    if let Some((_, class)) = SECRET.iter().find(|(own, _)| *own == name) {
        return Fate::Secret(class);
    }
    if PERSONAL.contains(&name) || profile == Profile::HighRiskPii && PERSONAL_STRICT.contains(&name) {
        return Fate::Personal;
    }
    if NOISE.contains(&name) || name.starts_with("sec-") {
        return Fate::Noise;
    }
    if ADDRESSES.contains(&name) {
        return Fate::Address;
    }
    match names.of(name) {
        Named::Secret if name.contains("csrf") || name.contains("xsrf") => Fate::Secret(classes::FORGERY),
        Named::Secret | Named::Perhaps => Fate::Secret(classes::KEY_HEADER),
        _ => Fate::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_words() {
        let fate = |name| fate(name, Profile::DefaultSafe, &mut Names::default());
        for name in [
            "authorization",
            "cookie",
            "x-api-key",
            "api-key",
            "apikey",
            "private-token",
            "x-vault-token",
            "x-goog-api-key",
            "x-amz-security-token",
            "x-session-id",
            "ocp-apim-subscription-key",
            "x-shopify-access-token",
            "x-csrf-token",
        ] {
            assert!(matches!(fate(name), Fate::Secret(_)), "{name}");
        }
        for (name, is) in [
            ("accept", Fate::Text),
            ("x-tenant", Fate::Text),
            ("location", Fate::Address),
            ("sec-ch-ua", Fate::Noise),
            ("x-forwarded-for", Fate::Personal),
            ("x-real-ip", Fate::Text),
        ] {
            assert_eq!(fate(name), is, "{name}");
        }
    }
}
