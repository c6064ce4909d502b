//! The approved hosts of a toolpack in, whether a server is one of them out.
//!
//! An entry means what it says and no more: `api.shop.example` is https on port 443, `http://…` plain text, a port
//! that port, `*.shop.example` exactly one label more. What an entry is stands in [`compare::hosts`](crate::compare::hosts).

use reqwest::Url;

use super::origin::Origin;
use crate::compare::hosts::{self, HostSpec};

/// Where requests may go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    entries: Vec<HostSpec>,
    also: Vec<Origin>,
}

impl Allowed {
    /// The entries of an allow list. One with a placeholder (`{tenant}.shop.example`) names no host and allows none.
    ///
    /// # Errors
    /// The first entry that is none, and what is wrong with it. The entry is not quoted.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Allowed, String> {
        let mut out = Allowed::default();
        for (at, text) in entries.into_iter().enumerate() {
            let spec = entry(text).map_err(|why| format!("host {} of the list: {why}", at + 1))?;
            if !spec.name.contains(['{', '}']) {
                out.entries.push(spec);
            }
        }
        Ok(out)
    }

    /// Nothing but these servers.
    pub fn only(origins: impl IntoIterator<Item = Origin>) -> Allowed {
        Allowed { entries: Vec::new(), also: origins.into_iter().collect() }
    }

    /// This one server too. The name on another port or by another scheme stays what it was.
    pub fn and(mut self, origin: Origin) -> Allowed {
        self.also.push(origin);
        self
    }

    /// Whether requests may go to a server.
    pub fn covers(&self, origin: &Origin) -> bool {
        let host = HostSpec {
            scheme_http: origin.plain,
            wildcard: false,
            name: origin.host.clone(),
            port: origin.odd_port(),
        };
        self.also.contains(origin)
            || self.entries.iter().any(|entry| entry.covers(&host) && fits(entry, origin))
    }

    /// The servers that are named whole, wildcards apart: each once, in order.
    pub fn origins(&self) -> Vec<Origin> {
        let named = self.entries.iter().filter(|entry| !entry.wildcard).map(|entry| Origin {
            plain: entry.scheme_http,
            host: entry.name.clone(),
            port: entry.port.unwrap_or(if entry.scheme_http { 80 } else { 443 }),
        });
        let mut out: Vec<Origin> = named.chain(self.also.iter().cloned()).collect();
        out.sort();
        out.dedup();
        out
    }

    /// Whether an entry stands for many servers.
    pub fn has_wildcard(&self) -> bool {
        self.entries.iter().any(|entry| entry.wildcard)
    }
}

/// An address is allowed only where it is written as one.
fn fits(entry: &HostSpec, origin: &Origin) -> bool {
    !entry.wildcard || origin.literal().is_none()
}

/// An entry, of which a name in another script is brought into the form that is asked for on the wire.
fn entry(text: &str) -> Result<HostSpec, String> {
    let text = text.trim();
    if text.is_ascii() {
        return hosts::parse(text);
    }
    let (wildcard, rest) = match text.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", text),
    };
    let (scheme, rest) = match rest.split_once("://") {
        Some(("http", rest)) => ("http://", rest),
        Some(("https", rest)) => ("", rest),
        Some(_) => return Err("the scheme of a host is http or https".into()),
        None => ("", rest),
    };
    if rest.contains(['/', '@', '?', '#', '\\', '%']) || rest.contains(char::is_whitespace) {
        return Err("a host has no path, user or query".into());
    }
    let url = Url::parse(&format!("https://{rest}")).map_err(|_| "it is no host name")?;
    let name = url.host_str().unwrap_or_default();
    // What turns into an address on its way was written to be mistaken.
    if hosts::parse(name).is_ok_and(|spec| spec.name.parse::<std::net::IpAddr>().is_ok()) {
        return Err("an address must be written in its plain form".into());
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    hosts::parse(&format!("{scheme}{wildcard}{name}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(entry: &str, url: &str) -> bool {
        Allowed::read([entry]).is_ok_and(|allowed| allowed.covers(&Origin::read(url).unwrap()))
    }

    /// What the reference system says of a pair: host, pattern, whether they match. Where ours differs on purpose, why.
    const RECORDED: &[(&str, &str, bool, Option<&str>)] = &[
        ("a.example.com", "*.example.com", true, None),
        ("a.b.example.com", "*.example.com", false, None),
        ("example.com", "*.example.com", false, None),
        ("evilexample.com", "*.example.com", false, None),
        ("API.Example.com.", "api.example.com", true, None),
        (
            "api.example.com:8443",
            "api.example.com",
            true,
            Some("an entry without a port is the scheme's own port"),
        ),
        ("api.example.com", "api.example.com:9", true, Some("an entry with a port is that port")),
        ("[::1]:80", "::1", true, Some("port 80 is not that of https")),
        ("x", "*.", false, None),
        ("x", "*", false, None),
        ("a.com", "*.com", true, Some("a wildcard over a public suffix is everybody's host")),
        ("xn--e1afmkfd.com", "xn--e1afmkfd.com", true, None),
    ];

    #[test]
    fn the_recorded_matches_hold_but_where_ours_is_stricter() {
        for (host, entry, matched, differs) in RECORDED {
            let ours = covers(entry, &format!("https://{host}/"));
            assert_eq!(ours, *matched && differs.is_none(), "{host} {entry} {differs:?}");
        }
        // An empty label was one label more.
        assert!(Origin::read("https://.example.com/").is_err());
    }

    #[test]
    fn the_recorded_spellings_are_one_host() {
        for (written, host) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("example.com:443", "example.com"),
            ("[::1]", "::1"),
            ("[::1]:8443", "::1"),
            ("::1", "::1"),
            (" a.b ", "a.b"),
            // There the dot stayed, and so the host was another.
            ("example.com.:443", "example.com"),
            ("example.com..", "example.com"),
        ] {
            assert_eq!(entry(written).unwrap().name, host, "{written}");
        }
        // There they were hosts that matched themselves.
        for none in ["", "a:b", "[::1"] {
            assert!(entry(none).is_err(), "{none}");
        }
    }

    #[test]
    fn an_entry_is_a_scheme_and_a_port_too() {
        assert!(covers("api.shop.example", "https://api.shop.example:443/x"));
        assert!(covers("http://api.shop.example", "http://api.shop.example/"));
        assert!(covers("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
        assert!(covers("http://127.0.0.1:8080", "http://2130706433:8080/"));
        for (entry, url) in [
            ("api.shop.example", "http://api.shop.example/"),
            ("api.shop.example", "https://api.shop.example:8443/"),
            ("http://api.shop.example", "https://api.shop.example/"),
            ("http://api.shop.example", "http://api.shop.example:443/"),
            ("localhost", "https://127.0.0.1/"),
            ("127.0.0.1", "https://localhost/"),
            ("127.0.0.1", "https://[::ffff:127.0.0.1]/"),
            ("2130706433", "https://127.0.0.1/"),
            ("*.github.io", "https://me.github.io/"),
            ("*.co.uk", "https://shop.co.uk/"),
            ("{tenant}.shop.example", "https://{tenant}.shop.example/"),
        ] {
            assert!(!covers(entry, url), "{entry} {url}");
        }
        assert!(!Allowed::default().covers(&Origin::read("https://a.example").unwrap()));
    }

    #[test]
    fn names_of_every_script_are_compared_as_they_are_asked_for() {
        assert!(covers("sh\u{f6}p.example", "https://SH\u{d6}P.example/"));
        assert!(covers("sh\u{f6}p.example", "https://xn--shp-tna.example/"));
        assert!(covers("*.sh\u{f6}p.example", "https://a.xn--shp-tna.example/"));
        assert!(covers("http://sh\u{f6}p.example:81", "http://xn--shp-tna.example:81/"));
        assert!(!covers("sh\u{f6}p.example", "https://shop.example/"));
        // Cyrillic а.
        assert!(!covers("\u{430}pi.example", "https://api.example/"));
        for bad in
            ["\u{ff11}27.0.0.1", "ftp://sh\u{f6}p.example", "sh\u{f6}p.example/x", "*.\u{7f51}\u{7edc}"]
        {
            assert!(Allowed::read([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_more_server_widens_by_that_server_alone() {
        let allowed =
            Allowed::read(["api.shop.example"]).unwrap().and(Origin::read("http://127.0.0.1:4010").unwrap());
        assert!(allowed.covers(&Origin::read("http://127.0.0.1:4010/x").unwrap()));
        for other in ["http://127.0.0.1:4011", "https://127.0.0.1:4010", "http://127.0.0.2:4010"] {
            assert!(!allowed.covers(&Origin::read(other).unwrap()), "{other}");
        }
        let named: Vec<String> = allowed.origins().iter().map(Origin::to_string).collect();
        assert_eq!(named, ["https://api.shop.example", "http://127.0.0.1:4010"]);
    }
}
