//! An address of the web in, the server that it names out: scheme, host and port, as browsers keep servers apart.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::enforce::reason::{ReasonCode, Refusal};

/// A server. Two are the same if scheme, host and port are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Whether nothing is encrypted: `http`.
    pub plain: bool,
    /// Lower-case ASCII name without a last dot, or an address in its one spelling without brackets.
    pub host: String,
    /// The port, the scheme's own too.
    pub port: u16,
}

impl Origin {
    /// The server that an address names. The host is what the URL standard makes of it, so `2130706433`,
    /// `0x7f000001` and `127.1` are addresses here as they are for whoever connects.
    ///
    /// # Errors
    /// Another scheme than http and https, no host, or one that names nothing.
    pub fn of(url: &Url) -> Result<Origin, Refusal> {
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => {
                let message = "only http and https addresses are called";
                return Err(Refusal::new(ReasonCode::SchemeNotAllowed, message));
            }
        };
        let refused = |message: &str| Refusal::new(ReasonCode::HostNotAllowlisted, message);
        let host = url.host_str().ok_or_else(|| refused("the address names no host"))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        // One dot at the end says that the name is whole; it is the same name.
        let bare = bare.strip_suffix('.').unwrap_or(bare);
        if bare.is_empty() || bare.split('.').any(str::is_empty) {
            return Err(refused("the host of the address has an empty part"));
        }
        let port = url.port_or_known_default().filter(|port| *port != 0);
        let port = port.ok_or_else(|| refused("no server has port 0"))?;
        Ok(Origin { plain, host: bare.to_owned(), port })
    }

    /// The server of an address that is text.
    ///
    /// # Errors
    /// It is no address; otherwise as [`Origin::of`].
    pub fn read(text: &str) -> Result<Origin, Refusal> {
        let url = Url::parse(text)
            .map_err(|_| Refusal::new(ReasonCode::HostNotAllowlisted, "it is no address of a server"))?;
        Origin::of(&url)
    }

    /// The scheme.
    pub fn scheme(&self) -> &'static str {
        if self.plain { "http" } else { "https" }
    }

    /// The address that the host is, if it is not a name.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The port, if it is not the scheme's own.
    pub fn odd_port(&self) -> Option<u16> {
        (self.port != if self.plain { 80 } else { 443 }).then_some(self.port)
    }
}

/// As browsers write it: the port only where it is not the scheme's own.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "{}://[{}]", self.scheme(), self.host)?,
            false => write!(f, "{}://{}", self.scheme(), self.host)?,
        }
        self.odd_port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_hosts_are_the_addresses_that_they_stand_for() {
        for text in [
            "http://2130706433/",
            "http://0x7f000001",
            "http://0x7f.1",
            "http://0177.0.0.1",
            "http://127.1",
            "http://127.0.0.1.",
            "http://%31%32%37.0.0.1",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1",
        ] {
            let origin = Origin::read(text).unwrap();
            assert_eq!(origin.literal(), Some("127.0.0.1".parse().unwrap()), "{text}");
        }
        assert_eq!(Origin::read("http://0").unwrap().host, "0.0.0.0");
        assert_eq!(
            Origin::read("http://[::FFFF:127.0.0.1]").unwrap().literal().unwrap().to_string(),
            "::ffff:127.0.0.1"
        );
        for bad in ["http://1.2.3.4.5", "http://256.1.1.1", "http://[fe80::1%25eth0]/", "http://[::1"] {
            assert!(Origin::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_server_is_the_same_however_it_is_written() {
        let origin = |text| Origin::read(text).unwrap();
        let base = origin("https://api.shop.example/x?y#z");
        for same in
            ["https://API.shop.example:443", "https://api.shop.example./", "https://me@api.shop.example"]
        {
            assert_eq!(base, origin(same), "{same}");
        }
        for other in [
            "http://api.shop.example",
            "https://api.shop.example:444",
            "https://shop.example",
            "https://api.shop.example.evil.example",
        ] {
            assert_ne!(base, origin(other), "{other}");
        }
        assert_eq!(origin("https://sh\u{f6}p.example").to_string(), "https://xn--shp-tna.example");
        assert_eq!(origin("http://[::1]:8080/").to_string(), "http://[::1]:8080");
        assert_eq!(origin("http://a.example:443").to_string(), "http://a.example:443");
    }

    #[test]
    fn other_schemes_and_hosts_that_name_nothing_are_refused() {
        for text in [
            "file:///etc/passwd",
            "ftp://a.example",
            "gopher://a.example",
            "data:text/plain,x",
            "ws://a.example",
        ] {
            assert_eq!(Origin::read(text).unwrap_err().code, ReasonCode::SchemeNotAllowed, "{text}");
        }
        for text in [
            "https://a..example",
            "https://.a.example",
            "https://a.example..",
            "https://a.example:0",
            "a.example",
            "",
        ] {
            assert_eq!(Origin::read(text).unwrap_err().code, ReasonCode::HostNotAllowlisted, "{text}");
        }
    }
}
