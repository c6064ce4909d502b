//! An exchange as it was recorded in, one that may be kept out: which kinds of credential there were is noted first.

use super::headers::Fate;
use super::names::Named;
use super::stand_in::{self, PLAIN};
use super::values::Redactor;
use crate::model::exchange::{Body, Content, Credential, Exchange};

/// Longest value of a header that is kept.
const LONGEST: usize = 4096;

/// Takes out of an exchange what nobody may keep.
pub fn redact(exchange: &mut Exchange, redactor: &mut Redactor) {
    let mut credentials = std::mem::take(&mut exchange.credentials);
    credentials.extend(told(exchange, redactor));
    credentials.sort();
    credentials.dedup();
    exchange.credentials = credentials;
    if let Some(path) = redactor.path(&exchange.path) {
        exchange.path = path;
    }
    redactor.pairs(&mut exchange.query);
    headers(&mut exchange.request_headers, redactor);
    headers(&mut exchange.response_headers, redactor);
    for body in [&mut exchange.request, &mut exchange.response].into_iter().flatten() {
        content(body, redactor);
    }
}

fn content(body: &mut Body, redactor: &mut Redactor) {
    match &mut body.content {
        Content::Json(node) => redactor.json(node),
        Content::Form(fields) => redactor.pairs(fields),
        Content::Text(text) => {
            if let Some(new) = redactor.text(text) {
                *text = new;
            }
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
                if redactor.fate(name) == Fate::Secret("api key header") {
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

/// The scheme of an authorization: a word before the credential.
fn scheme(value: &str) -> Option<String> {
    let (word, rest) = value.trim().split_once(' ')?;
    let fits = word.len() <= 32
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !rest.trim().is_empty();
    fits.then(|| word.to_ascii_lowercase())
}

/// Values of headers, in place; a name that stands several times stands together.
fn headers(list: &mut Vec<(String, String)>, redactor: &mut Redactor) {
    let mut out: Vec<(String, String)> = Vec::with_capacity(list.len());
    for (name, value) in std::mem::take(list) {
        let new = match redactor.fate(&name) {
            Fate::Noise => continue,
            Fate::Secret(class) => (value != PLAIN).then(|| {
                redactor.count(class);
                PLAIN.to_owned()
            }),
            Fate::Personal => (value != PLAIN).then(|| {
                redactor.count("network address");
                PLAIN.to_owned()
            }),
            Fate::Address => redactor.address(&value),
            Fate::Text if value.len() > LONGEST => {
                redactor.count("long header");
                Some(PLAIN.to_owned())
            }
            Fate::Text => redactor.text(&value),
        };
        let at = out.iter().rposition(|(own, _)| *own == name).map_or(out.len(), |at| at + 1);
        out.insert(at, (name, new.unwrap_or(value)));
    }
    *list = out;
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
            duration_ms: None,
            credentials: Vec::new(),
        }
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
            (counts["authorization header"], counts["cookie"], counts["api key header"]),
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
