//! The text of an address in, its parts out; percent escapes undone and made.
//!
//! Recordings hold addresses of every age: what a browser sent is taken as it is, nothing is resolved.

use crate::compare::hosts;

/// The parts of an address that a recording tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    /// Lower-case.
    pub scheme: String,
    /// What stands before the `@`, if anything does.
    pub user: Option<&'a str>,
    /// Lower-case ASCII, with a port if it is not the scheme's own.
    pub host: String,
    /// As written; `/` if there is none.
    pub path: &'a str,
    /// What stands behind the question mark, as written.
    pub query: Option<&'a str>,
    /// What stands behind the number sign, as written.
    pub fragment: Option<&'a str>,
}

/// Why a text is no address that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAddress {
    /// It has no host, or one that is none.
    NoHost,
    /// It is of another kind: `data:`, `chrome-extension:`, `blob:`.
    NotHttp,
}

/// Longest address that is looked at: what readers take, with every byte of it escaped.
pub const LONGEST: usize = 1 << 20;

/// Takes an absolute address apart: http, https, ws and wss.
///
/// # Errors
/// It is none.
pub fn parse(text: &str) -> Result<Address<'_>, NoAddress> {
    if text.is_empty() || text.len() > LONGEST {
        return Err(NoAddress::NoHost);
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let other =
            text.split_once(':').is_some_and(|(word, _)| word.bytes().all(|b| b.is_ascii_alphabetic()));
        return Err(if other { NoAddress::NotHttp } else { NoAddress::NoHost });
    };
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") {
        return Err(NoAddress::NotHttp);
    }
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = host_of(&scheme, host).ok_or(NoAddress::NoHost)?;
    let (rest, fragment) = cut(rest, '#');
    let (path, query) = cut(rest, '?');
    let path = if path.is_empty() { "/" } else { path };
    Ok(Address { scheme, user, host, path, query, fragment })
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The one spelling of a host: case, a dot at its end and the scheme's own port make no other.
pub fn host_of(scheme: &str, text: &str) -> Option<String> {
    let plain = matches!(scheme, "http" | "ws");
    let spec = match plain {
        true => hosts::parse(&format!("http://{text}")),
        false => hosts::parse(text),
    };
    let spec = spec.ok()?;
    if spec.wildcard || spec.name.contains(['{', '}']) {
        return None;
    }
    match spec.port {
        None if !spec.name.contains(':') => Some(spec.name),
        _ => Some(hosts::HostSpec { scheme_http: false, ..spec }.to_string()),
    }
}

/// The names and values of a query or form, decoded, in their order.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

/// One name and value, decoded.
pub fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (form_decoded(name), form_decoded(value))
}

/// Percent escapes and plus signs undone.
pub fn form_decoded(text: &str) -> String {
    match text.contains('+') {
        true => decoded(&text.replace('+', " ")),
        false => decoded(text),
    }
}

/// Percent escapes undone; what is no escape stays, what is no UTF-8 becomes a replacement character.
pub fn decoded(text: &str) -> String {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |n: usize| bytes.get(at + n).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The text with percent escapes for all but unreserved characters and those given.
pub fn encoded(text: &str, keep: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte);
        match plain {
            true => out.push(char::from(byte)),
            false => {
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out
}

/// Names and values as a query.
pub fn query(pairs: &[(String, String)]) -> String {
    let one =
        |(name, value): &(String, String)| format!("{}={}", encoded(name, b"[]"), encoded(value, b",:@/"));
    pairs.iter().map(one).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let a = parse("HTTPS://u:p%40@API.Shop.Example.:443/a%20b?x=1?&y#f?g").unwrap();
        assert_eq!(
            (a.scheme.as_str(), a.user, a.host.as_str()),
            ("https", Some("u:p%40"), "api.shop.example")
        );
        assert_eq!((a.path, a.query, a.fragment), ("/a%20b", Some("x=1?&y"), Some("f?g")));
        let bare = parse("http://[2001:DB8::1]:8080?q").unwrap();
        assert_eq!((bare.host.as_str(), bare.path, bare.query), ("[2001:db8::1]:8080", "/", Some("q")));
        assert_eq!(parse("http://a.example:80/").unwrap().host, "a.example");
        assert_eq!(parse("https://a.example:80/").unwrap().host, "a.example:80");
    }

    #[test]
    fn what_cannot_be_called_is_told_apart() {
        for (text, why) in [
            ("", NoAddress::NoHost),
            ("/v1/x", NoAddress::NoHost),
            ("https:///x", NoAddress::NoHost),
            ("https://b\u{fc}cher.example/", NoAddress::NoHost),
            ("data:text/plain,x", NoAddress::NotHttp),
            ("chrome-extension://abc/x.js", NoAddress::NotHttp),
            ("about:blank", NoAddress::NotHttp),
        ] {
            assert_eq!(parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn pairs_are_decoded_in_their_order() {
        let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        assert_eq!(
            pairs("b=1&a=x+y%2B&b=&c&&%zz=%"),
            own(&[("b", "1"), ("a", "x y+"), ("b", ""), ("c", ""), ("%zz", "%")])
        );
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_again(text in any::<String>(), name in "\\PC{1,8}") {
            prop_assert_eq!(&decoded(&encoded(&text, b"")), &text);
            let list = vec![(name, text)];
            prop_assert_eq!(pairs(&query(&list)), list);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), tail in "[a-z:/?#@\\[\\]%.]{0,40}") {
            let _ = parse(&text);
            let _ = parse(&format!("https://{tail}"));
            let _ = pairs(&tail);
        }
    }
}
