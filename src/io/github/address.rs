//! Where requests go: three addresses that the runner names, none of which is made of another, and paths whose
//! steps can't become anything but steps.

use reqwest::Url;

use crate::github::refused::{Refused, Why};
use crate::io::net::address;
use crate::io::net::unfit::{Part, Unfit};

/// A repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slug<'a> {
    /// Who owns it.
    pub owner: &'a str,
    /// Its name.
    pub repo: &'a str,
}

impl From<Unfit> for Refused {
    fn from(unfit: Unfit) -> Refused {
        let why = match unfit.part {
            Part::Address => Why::Astray,
            Part::Means => Why::Unreachable,
        };
        Refused::new(why, unfit.reason, unfit.fix)
    }
}

/// An address that requests may go to.
///
/// # Errors
/// It is none, or neither `https` nor on this machine.
pub fn parse(text: &str, named: &str) -> Result<Url, Refused> {
    Ok(address::parse(text, named, "leave it as the runner sets it")?)
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
}
