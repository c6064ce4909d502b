//! Where requests go: three addresses that the runner names, none of which is made of another, and paths whose
//! steps can't become anything but steps.

use std::net::IpAddr;

use reqwest::Url;

use crate::github::refused::{Refused, Why};

/// A repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slug<'a> {
    /// Who owns it.
    pub owner: &'a str,
    /// Its name.
    pub repo: &'a str,
}

/// An address that requests may go to.
///
/// # Errors
/// It is none, or neither `https` nor on this machine.
pub fn parse(text: &str, named: &str) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|error| {
        let reason = format!("{named} is no address ({error}): {text}");
        Refused::new(Why::Astray, reason, "leave it as the runner sets it")
    })?;
    allowed(&url)?;
    Ok(url)
}

/// Whether requests may go there at all.
///
/// # Errors
/// It is neither `https` nor on this machine.
pub fn allowed(url: &Url) -> Result<(), Refused> {
    if url.scheme() == "https" || url.scheme() == "http" && is_loopback(url) {
        return Ok(());
    }
    let reason = format!("{}://{} is not asked: only https is", url.scheme(), url.host_str().unwrap_or(""));
    Err(Refused::new(Why::Astray, reason, "use an address that begins with https"))
}

/// Whether it is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether both are the same server to whom a token may be shown.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// The steps below an address, and what is asked there.
///
/// # Errors
/// A step that leads elsewhere: empty, or dots.
pub fn below(base: &Url, steps: &[&str], query: &[(&str, &str)]) -> Result<Url, Refused> {
    let mut url = base.as_str().trim_end_matches('/').to_owned();
    for step in steps {
        if matches!(*step, "" | "." | "..") {
            let reason = format!("{step:?} is no part of an address");
            return Err(Refused::new(Why::Astray, reason, "see what the names in the event are"));
        }
        url.push('/');
        url.push_str(&encoded(step));
    }
    for (at, (name, value)) in query.iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(&format!("{name}={}", encoded(value)));
    }
    parse(&url, "what is asked")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_https_is_asked_and_this_machine() {
        for yes in [
            "https://api.github.com",
            "https://ghe.example/api/v3",
            "http://127.0.0.1:4010",
            "http://localhost:80",
            "http://[::1]:4010/api/v3",
        ] {
            assert!(parse(yes, "GITHUB_API_URL").is_ok(), "{yes}");
        }
        for no in [
            "http://api.github.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "file:///etc/passwd",
            "ftp://localhost",
            "api.github.com",
            "",
        ] {
            assert_eq!(parse(no, "GITHUB_API_URL").unwrap_err().why, Why::Astray, "{no}");
        }
    }

    #[test]
    fn a_step_stays_a_step() {
        let base = url("https://ghe.example/api/v3/");
        let at = |steps: &[&str]| below(&base, steps, &[]).map(|url| url.to_string());
        assert_eq!(
            at(&["repos", "acme", "shop", "contents", "a b", "é?#%2F/..", "x"]).unwrap(),
            "https://ghe.example/api/v3/repos/acme/shop/contents/a%20b/%C3%A9%3F%23%252F%2F../x"
        );
        for step in ["", ".", ".."] {
            assert!(at(&["repos", step]).is_err(), "{step:?}");
        }
        assert_eq!(
            below(&base, &["x"], &[("ref", "a&b=c"), ("page", "2")]).unwrap().as_str(),
            "https://ghe.example/api/v3/x?ref=a%26b%3Dc&page=2"
        );
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let base = url("https://api.github.com/x");
        assert!(same_origin(&base, &url("https://api.github.com:443/y?z")));
        for other in ["http://api.github.com/x", "https://api.github.com:444/x", "https://github.com/x"] {
            assert!(!same_origin(&base, &url(other)), "{other}");
        }
    }
}
