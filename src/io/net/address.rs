//! Where requests may go: https, and this machine.

use std::net::IpAddr;

use reqwest::Url;

use super::unfit::Unfit;
use crate::enforce::guard::origin::Origin;

/// An address that requests may go to. `named` is what it was given by, `leave` what helps if it is none.
///
/// # Errors
/// It is none, or neither `https` nor on this machine.
pub fn parse(text: &str, named: &str, leave: &str) -> Result<Url, Unfit> {
    let url = Url::parse(text)
        .map_err(|error| Unfit::address(format!("{named} is no address ({error}): {text}"), leave))?;
    allowed(&url)?;
    Ok(url)
}

/// Whether requests may go there at all.
///
/// # Errors
/// It is neither `https` nor on this machine.
pub fn allowed(url: &Url) -> Result<(), Unfit> {
    if url.scheme() == "https" || url.scheme() == "http" && is_loopback(url) {
        return Ok(());
    }
    let reason = format!("{}://{} is not asked: only https is", url.scheme(), url.host_str().unwrap_or(""));
    Err(Unfit::address(reason, "use an address that begins with https"))
}

/// Whether it is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether both are the same server to whom a token may be shown.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    Origin::of(a).is_ok_and(|a| Origin::of(b).is_ok_and(|b| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::net::unfit::Part;

    #[test]
    fn only_https_is_asked_and_this_machine() {
        for yes in [
            "https://api.github.com",
            "https://ghe.example/api/v3",
            "http://127.0.0.1:4010",
            "http://localhost:80",
            "http://[::1]:4010/api/v3",
        ] {
            assert!(parse(yes, "--endpoint", "").is_ok(), "{yes}");
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
            assert_eq!(parse(no, "--endpoint", "").unwrap_err().part, Part::Address, "{no}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text| Url::parse(text).unwrap();
        let base = url("https://api.github.com/x");
        assert!(same_origin(&base, &url("https://api.github.com:443/y?z")));
        for other in ["http://api.github.com/x", "https://api.github.com:444/x", "https://github.com/x"] {
            assert!(!same_origin(&base, &url(other)), "{other}");
        }
    }
}
