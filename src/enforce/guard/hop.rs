//! A request and where its answer leads in, the next request or why there is none out.
//!
//! The reference system sent the same request again wherever it was told to, with its body and its credentials. Here
//! an answer can lead on only a request that is harmless to repeat elsewhere.

use reqwest::Url;

use super::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};

/// How many redirects are followed. The one place that says so.
pub const MOST: usize = 3;

/// What is known of a request before its answer is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The method, upper-case.
    pub method: &'a str,
    /// Where it went.
    pub url: &'a Url,
    /// Whether it may have changed something there, as far as the toolpack knows.
    pub changes_state: bool,
    /// Whether a person granted it: this one, to there.
    pub confirmed: bool,
    /// Whether redirects are followed at all.
    pub redirects: bool,
}

/// The next request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// The method.
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// Whether it has the body that the last one had.
    pub keeps_body: bool,
    /// Whether it goes to the same server, so that credentials and headers of the call may come along.
    pub same_origin: bool,
}

/// Whether a status leads elsewhere. 300 and 304 are plain answers.
pub fn leads_on(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Whether a method is meant to change nothing.
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Where an answer leads. `past` are the addresses that were asked so far, the last one included.
///
/// # Errors
/// It is not followed.
pub fn follow(
    sent: &Sent<'_>,
    status: u16,
    location: Option<&[u8]>,
    past: &[Url],
) -> Result<NextHop, Refusal> {
    if !sent.redirects {
        return refuse(format!("the answer {status} leads elsewhere, and redirects are not followed"));
    }
    if sent.confirmed {
        return refuse(format!(
            "the answer {status} leads elsewhere; what was confirmed is this request alone"
        ));
    }
    let Some(location) = location else {
        return refuse(format!("the answer {status} leads elsewhere and does not say where"));
    };
    let url = target(sent.url, location)?;
    let (from, to) = (Origin::of(sent.url)?, Origin::of(&url)?);
    let same_origin = from == to;
    moves(&from, &to)?;
    let safe = is_safe(sent.method) && !sent.changes_state;
    let (method, keeps_body) = match status {
        303 if sent.method == "HEAD" => ("HEAD", false),
        303 => ("GET", false),
        // Whether the method stays differs from client to client, so nothing that is not safe is repeated.
        301 | 302 if !safe => {
            return refuse(format!("the answer {status} to a {} is not followed", sent.method));
        }
        307 | 308 if !safe && !same_origin => {
            return refuse(format!("the answer {status} would repeat a {} at another server", sent.method));
        }
        _ => (sent.method, same_origin),
    };
    // After a 303 the same address may be asked again: by another method, once.
    let repeated = past.iter().filter(|before| **before == url).count();
    if repeated > usize::from(method != sent.method) {
        return refuse("the answer leads in a circle");
    }
    // Each address but the first was reached by one redirect.
    if past.len() > MOST {
        return refuse(format!("more than {MOST} redirects are not followed"));
    }
    Ok(NextHop { method: method.to_owned(), url, keeps_body, same_origin })
}

/// The address that is told, without the part that is not sent.
fn target(base: &Url, location: &[u8]) -> Result<Url, Refusal> {
    let text = std::str::from_utf8(location).ok().filter(|text| !text.trim().is_empty());
    let Some(mut url) = text.and_then(|text| base.join(text.trim()).ok()) else {
        return refuse("the answer leads to what is no address");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("the answer leads to an address with a user or password in it");
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether an answer of one server may lead to the other at all.
fn moves(from: &Origin, to: &Origin) -> Result<(), Refusal> {
    if to.plain && !from.plain {
        return refuse("the answer leads from https to http");
    }
    // Where http becomes https, the port of the one becomes the port of the other.
    let upgraded = from.plain && !to.plain && from.odd_port().is_none() && to.odd_port().is_none();
    if from.port != to.port && !upgraded {
        return refuse("the answer leads to another port");
    }
    Ok(())
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(ReasonCode::RedirectNotAllowlisted, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn led(method: &str, status: u16, location: &str) -> Result<NextHop, Refusal> {
        let base = url("https://api.shop.example/a/b?q=1");
        let sent =
            Sent { method, url: &base, changes_state: !is_safe(method), confirmed: false, redirects: true };
        follow(&sent, status, Some(location.as_bytes()), std::slice::from_ref(&base))
    }

    #[test]
    fn off_and_confirmed_calls_are_led_nowhere() {
        let base = url("https://api.shop.example/");
        let plain =
            Sent { method: "GET", url: &base, changes_state: false, confirmed: false, redirects: true };
        let past = [base.clone()];
        for sent in [Sent { redirects: false, ..plain }, Sent { confirmed: true, ..plain }] {
            for status in [301, 302, 303, 307, 308] {
                assert!(follow(&sent, status, Some(b"/x"), &past).is_err());
            }
        }
        assert!(follow(&plain, 302, Some(b"/x"), &past).is_ok());
        assert!(![300, 304, 200, 404].into_iter().any(leads_on));
    }

    #[test]
    fn a_post_is_never_sent_again_by_303_301_or_302() {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let next = led(method, 303, "/done").unwrap();
            assert_eq!((next.method.as_str(), next.keeps_body), ("GET", false));
            for status in [301, 302] {
                assert!(led(method, status, "/done").is_err(), "{method} {status}");
            }
            for status in [307, 308] {
                let next = led(method, status, "/again").unwrap();
                assert_eq!((next.method.as_str(), next.keeps_body, next.same_origin), (method, true, true));
                assert!(led(method, status, "https://other.example/again").is_err(), "{method} {status}");
            }
        }
        assert_eq!(led("HEAD", 303, "/x").unwrap().method, "HEAD");
    }

    #[test]
    fn a_get_that_changes_something_is_treated_as_what_it_is() {
        let base = url("https://api.shop.example/logout");
        let sent = Sent { method: "GET", url: &base, changes_state: true, confirmed: false, redirects: true };
        assert!(follow(&sent, 302, Some(b"/x"), std::slice::from_ref(&base)).is_err());
        assert!(follow(&sent, 307, Some(b"https://b.example/"), std::slice::from_ref(&base)).is_err());
    }

    #[test]
    fn another_server_gets_nothing_of_the_call() {
        let next = led("GET", 302, "https://cdn.shop.example/x").unwrap();
        assert!(!next.same_origin && !next.keeps_body);
        assert!(led("GET", 302, "../c").unwrap().same_origin);
        assert_eq!(led("GET", 302, "../c#part").unwrap().url.as_str(), "https://api.shop.example/c");
    }

    #[test]
    fn downgrades_other_ports_and_other_schemes_are_not_followed() {
        for (location, code) in [
            ("http://api.shop.example/", ReasonCode::RedirectNotAllowlisted),
            ("http://api.shop.example:443/", ReasonCode::RedirectNotAllowlisted),
            ("https://api.shop.example:8443/", ReasonCode::RedirectNotAllowlisted),
            ("//api.shop.example:80/", ReasonCode::RedirectNotAllowlisted),
            ("https://me:secret@api.shop.example/", ReasonCode::RedirectNotAllowlisted),
            ("https://[::1", ReasonCode::RedirectNotAllowlisted),
            ("", ReasonCode::RedirectNotAllowlisted),
            ("file:///etc/passwd", ReasonCode::SchemeNotAllowed),
            ("javascript:alert(1)", ReasonCode::SchemeNotAllowed),
        ] {
            assert_eq!(led("GET", 302, location).unwrap_err().code, code, "{location}");
        }
        let base = url("http://api.shop.example/");
        let sent =
            Sent { method: "GET", url: &base, changes_state: false, confirmed: false, redirects: true };
        let next =
            follow(&sent, 301, Some(b"https://api.shop.example/"), std::slice::from_ref(&base)).unwrap();
        assert!(!next.same_origin, "credentials for plain text are not those for https");
    }

    #[test]
    fn no_location_a_circle_and_too_many_are_told_apart() {
        let base = url("https://api.shop.example/0");
        let sent =
            Sent { method: "GET", url: &base, changes_state: false, confirmed: false, redirects: true };
        let said =
            |location: Option<&[u8]>, past: &[Url]| follow(&sent, 302, location, past).unwrap_err().message;
        let past: Vec<Url> = (0..4).map(|n| url(&format!("https://api.shop.example/{n}"))).collect();
        assert!(said(None, &past[..1]).contains("does not say where"));
        assert!(said(Some(b"/0"), &past[..1]).contains("circle"));
        assert!(said(Some(b"/1#x"), &past[..2]).contains("circle"));
        assert!(said(Some(b"/4"), &past).contains("more than 3"));
        assert!(follow(&sent, 302, Some(b"/3"), &past[..3]).is_ok());
        assert!(said(Some(b"\xff\xfe"), &past[..1]).contains("no address"));
    }

    #[test]
    fn the_page_of_a_form_may_be_shown_after_it_was_sent() {
        let base = url("https://api.shop.example/orders");
        let past = vec![base.clone()];
        let sent =
            Sent { method: "POST", url: &base, changes_state: true, confirmed: false, redirects: true };
        assert_eq!(follow(&sent, 303, Some(b"/orders"), &past).unwrap().method, "GET");
    }

    proptest! {
        #[test]
        fn whatever_is_said_no_call_is_repeated_elsewhere_or_in_the_open(
            method in "GET|HEAD|POST|PUT|DELETE",
            status in prop_oneof![Just(301u16), Just(302), Just(303), Just(307), Just(308)],
            location in "(https?:|)(//|/\\\\|)(api\\.shop\\.example|b\\.example|127\\.1|)(:443|:80|:8443|)[/?#a@.\\\\]{0,6}",
            any in ".{0,20}",
        ) {
            for location in [location, any] {
                let Ok(next) = led(&method, status, &location) else { continue };
                let (from, to) = (Origin::read("https://api.shop.example").unwrap(), Origin::of(&next.url).unwrap());
                prop_assert!(!to.plain && to.port == 443 && next.url.username().is_empty(), "{}", next.url);
                prop_assert_eq!(next.same_origin, from == to);
                prop_assert!(from == to || !next.keeps_body && is_safe(&next.method), "{}", next.url);
                prop_assert!(next.method == method || status == 303 && next.method == "GET");
            }
        }
    }
}
