//! An exchange as it was recorded in, one that may be kept out: which kinds of credential there were is noted first.

use std::collections::HashMap;

use super::classes;
use super::headers::Fate;
use super::names::Named;
use super::stand_in::{self, PLAIN};
use super::values::Redactor;
use crate::capture::body;
use crate::model::exchange::{Body, Content, Credential, Exchange};

/// Longest value of a header that is kept.
const LONGEST: usize = 4096;
/// Longest media type (RFC 6838: twice 127).
const MEDIA: usize = 255;
/// Schemes of authorization with more than letters in their names.
const SCHEMES: &[&str] = &[
    "aws4-hmac-sha256",
    "aws4-ecdsa-p256-sha256",
    "scram-sha-1",
    "scram-sha-256",
    "oauth2",
    "acs3-hmac-sha256",
];

/// Takes out of an exchange what nobody may keep.
pub fn redact(exchange: &mut Exchange, redactor: &mut Redactor) {
    let mut credentials = std::mem::take(&mut exchange.credentials);
    credentials.extend(told(exchange, redactor));
    for credential in &mut credentials {
        if let Credential::Header(name) | Credential::Query(name) = credential
            && let Some(new) = redactor.name(name)
        {
            *name = new;
        }
    }
    credentials.sort();
    credentials.dedup();
    exchange.credentials = credentials;
    if let Some(path) = redactor.path(&exchange.path) {
        exchange.path = path;
    }
    if let Some(route) = exchange.route.as_deref().and_then(|route| redactor.path(route)) {
        exchange.route = Some(route);
    }
    redactor.pairs(&mut exchange.query);
    headers(&mut exchange.request_headers, redactor);
    headers(&mut exchange.response_headers, redactor);
    for body in [&mut exchange.request, &mut exchange.response].into_iter().flatten() {
        content(body, redactor);
    }
}

fn content(body: &mut Body, redactor: &mut Redactor) {
    // What is no media type may be anything.
    let is = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-/*".contains(&b);
    if body.media.len() > MEDIA || !body.media.bytes().all(is) {
        body.media.clear();
    }
    match &mut body.content {
        Content::Json(node) => redactor.json(node),
        Content::Form(fields) => {
            redactor.pairs(fields);
        }
        Content::Text(text) => {
            if let Some(new) = redactor.text(text) {
                *text = new;
            }
            // Not before: a secret that is cut in two is known by neither of its halves.
            body::cut(text, body::TEXT);
        }
        Content::Opaque(_) => {}
    }
}

/// Which kinds of credential a request carries.
fn told(exchange: &Exchange, redactor: &mut Redactor) -> Vec<Credential> {
    let mut found = Vec::new();
    for (name, value) in &exchange.request_headers {
        match name.as_str() {
            "authorization" | "proxy-authorization" => match scheme(value) {
                Some(scheme) => found.push(Credential::Scheme(scheme)),
                // One that was taken out already was noted then.
                None if stand_in::is_one(value) => {}
                None => found.push(Credential::Header(name.clone())),
            },
            "cookie" => found.push(Credential::Cookie),
            _ => {
                if redactor.fate(name) == Fate::Secret(classes::KEY_HEADER) {
                    found.push(Credential::Header(name.clone()));
                }
            }
        }
    }
    for (name, _) in &exchange.query {
        if matches!(redactor.named(name), Named::Secret | Named::Perhaps) {
            found.push(Credential::Query(name.clone()));
        }
    }
    found
}

/// The scheme of an authorization: a word before the credential. With a digit in it that nobody knows it may be part of
/// the credential itself.
fn scheme(value: &str) -> Option<String> {
    let (word, rest) = value.trim().split_once(' ')?;
    let word = word.to_ascii_lowercase();
    let is_word = word.len() <= 24 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    ((is_word || SCHEMES.contains(&word.as_str())) && !word.is_empty() && !rest.trim().is_empty())
        .then_some(word)
}

/// Names of headers up to which a look at each is the fastest way to find one.
const FEW: usize = 32;

/// Values of headers, in place; a name that stands several times stands together.
fn headers(list: &mut Vec<(String, String)>, redactor: &mut Redactor) {
    let few = list.len() <= FEW;
    let mut places: HashMap<String, usize> = HashMap::new();
    // Each with the place at which its name stood first.
    let mut kept: Vec<(usize, String, String)> = Vec::with_capacity(list.len());
    let mut apart = true;
    for (name, value) in std::mem::take(list) {
        let new = match redactor.fate(&name) {
            Fate::Noise => continue,
            Fate::Secret(class) => (value != PLAIN).then(|| {
                redactor.count(class);
                PLAIN.to_owned()
            }),
            Fate::Personal => (value != PLAIN).then(|| {
                redactor.count(classes::NETWORK);
                PLAIN.to_owned()
            }),
            Fate::Address => redactor.address(&value),
            Fate::Text if value.len() > LONGEST => {
                redactor.count(classes::LONG_HEADER);
                Some(PLAIN.to_owned())
            }
            Fate::Text => redactor.under(&name, &value),
        };
        let name = redactor.name(&name).unwrap_or(name);
        let next = kept.len();
        let at = match few {
            true => kept.iter().find(|(_, own, _)| *own == name).map_or(next, |(at, ..)| *at),
            false => *places.entry(name.clone()).or_insert(next),
        };
        apart &= at == next;
        kept.push((at, name, new.unwrap_or(value)));
    }
    if !apart {
        // Stable: values of one name stay in their order.
        kept.sort_by_key(|(at, ..)| *at);
    }
    list.extend(kept.into_iter().map(|(_, name, value)| (name, value)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        let own =
            |list: &[(&str, &str)]| list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Exchange {
            method: "GET".into(),
            scheme: "https".into(),
            host: "api.shop.example".into(),
            path: "/v1/orders".into(),
            route: None,
            query: own(&[("api_key", "SECRETKEY123"), ("region", "eu"), ("page_token", "x")]),
            request_headers: own(&[
                ("authorization", "Bearer abc.def-123"),
                ("accept", "a/b"),
                ("x-api-key", "K"),
                ("cookie", "sid=1"),
                ("accept", "c/d"),
                ("user-agent", "x"),
            ]),
            response_headers: own(&[
                ("location", "/login?next=%2Fa&token=9"),
                ("set-cookie", "a=b"),
                ("x-note", "mail ann@b.example"),
            ]),
            request: None,
            response: None,
            status: Some(200),
            started: None,
            started_nanos: 0,
            duration_ms: None,
            credentials: Vec::new(),
        }
    }

    #[test]
    fn names_routes_and_media_types_hold_none_either() {
        let mut exchange = exchange();
        let token = "Zk3v9QeR7uPq2Lw8XyT5";
        exchange.path = format!("/v1/reset/{token}");
        exchange.route = Some(exchange.path.clone());
        exchange.query = vec![(format!("{token}.token"), "1".into())];
        exchange.request_headers = vec![
            ("authorization".into(), "0123456789abcdef sig".into()),
            (format!("x-{token}"), "5551234567".into()),
            ("x-phone".into(), "5551234567".into()),
        ];
        exchange.response_headers.clear();
        let content = Content::Text(format!("{} password: 'a b", "x".repeat(body::TEXT - 14)));
        exchange.response = Some(Body { media: "token=abc".into(), content });
        redact(&mut exchange, &mut Redactor::default());
        assert_eq!(exchange.route.as_deref(), Some("/v1/reset/{token}"));
        assert_eq!(
            exchange.credentials,
            [Credential::Header("authorization".into()), Credential::Query("[REDACTED].token".into())]
        );
        assert_eq!(exchange.request_headers[2].1, stand_in::PII);
        let text = format!("{exchange:?}");
        for secret in [token, "abc", "0123456", "'a"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }

    #[test]
    fn any_number_of_headers_is_grouped_in_time() {
        let mut list: Vec<_> = (0..40_000).map(|n| (format!("x-{}", n % 20_000), n.to_string())).collect();
        headers(&mut list, &mut Redactor::default());
        assert_eq!(list.len(), 40_000);
        assert_eq!((list[1].0.as_str(), list[1].1.as_str()), ("x-0", "20000"));
    }

    #[test]
    fn kinds_of_credentials_are_noted_and_values_are_gone() {
        let (mut exchange, mut redactor) = (exchange(), Redactor::default());
        redact(&mut exchange, &mut redactor);
        assert_eq!(
            exchange.credentials,
            [
                Credential::Scheme("bearer".into()),
                Credential::Header("x-api-key".into()),
                Credential::Query("api_key".into()),
                Credential::Cookie
            ]
        );
        let text = format!("{exchange:?}");
        for secret in ["abc.def", "SECRETKEY", "sid=1", "\"K\"", "a=b", "ann@", "=9", "user-agent"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let values: Vec<&str> = exchange.request_headers.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, [PLAIN, "a/b", "c/d", PLAIN, PLAIN]);
        let counts = redactor.counted();
        assert_eq!(
            (counts[classes::AUTHORIZATION], counts[classes::COOKIE], counts[classes::KEY_HEADER]),
            (1, 2, 1),
            "{counts:?}"
        );

        // What was redacted stays as it is, and its kinds of credential are known again.
        let again = exchange.clone();
        redact(&mut exchange, &mut redactor);
        assert_eq!(exchange, again);
        assert!(redactor.counted().is_empty());
    }
}
