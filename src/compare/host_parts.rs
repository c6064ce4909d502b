//! Any text that stands where a host is expected in, its parts out. Lenient: what judges must see bad hosts too.

/// The parts of a host text, whether it is valid or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// What stands before `://`.
    pub(super) scheme: Option<String>,
    /// Written `*.name`.
    pub(super) wildcard: bool,
    /// Lower-case name; an address in its canonical form where it has one.
    pub(super) name: String,
    /// What stands behind the colon, number or not.
    pub(super) port: Option<String>,
}

impl Parts {
    /// Takes any text apart; whether the parts are valid is for others to say.
    pub(super) fn of(text: &str) -> Parts {
        let text = text.trim().to_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        let (host, port) = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            Some((v6, after))
                if v6.parse::<std::net::Ipv6Addr>().is_ok()
                    && (after.is_empty() || after.starts_with(':')) =>
            {
                (v6, after.strip_prefix(':'))
            }
            // Another name in brackets, or more behind them: no address, and no part of it may get lost.
            Some(_) => (rest, None),
            // Two colons and no brackets: an IPv6 address, which has no port.
            None => match rest.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                _ => (rest, None),
            },
        };
        let host = host.trim_end_matches('.');
        let (wildcard, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        let name =
            name.parse::<std::net::IpAddr>().map(|ip| ip.to_string()).unwrap_or_else(|_| name.to_owned());
        Parts { scheme, wildcard, name, port: port.map(str::to_owned) }
    }

    /// Whether plain text is meant.
    pub(super) fn http(&self) -> bool {
        self.scheme.as_deref() == Some("http")
    }

    /// The port a call goes to; text that is no port stays as it is.
    pub(super) fn effective_port(&self) -> String {
        let default = if self.http() { "80" } else { "443" };
        self.port.as_deref().map_or(default, |p| p.trim_start_matches('0')).to_owned()
    }
}

/// The host as an allow list would name it.
impl Parts {
    /// Scheme only where it is plain text, port only where it is not the scheme's own.
    pub(super) fn spelled(&self) -> String {
        let name = if self.name.contains(':') { format!("[{}]", self.name) } else { self.name.clone() };
        let port = self.effective_port();
        let port =
            if port == if self.http() { "80" } else { "443" } { String::new() } else { format!(":{port}") };
        let scheme = if self.http() { "http://" } else { "" };
        format!("{scheme}{}{name}{port}", if self.wildcard { "*." } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_colons_and_dots_are_told_apart() {
        let parts = |text: &str| {
            let p = Parts::of(text);
            (p.name, p.port)
        };
        assert_eq!(parts("[2001:DB8:0::1]:80"), ("2001:db8::1".into(), Some("80".into())));
        assert_eq!(parts("2001:db8::1"), ("2001:db8::1".into(), None));
        assert_eq!(parts("A.Example.:443"), ("a.example".into(), Some("443".into())));
        for broken in ["[broken", "[2001:db8::1].evil.test", "[2001:db8::1]x:443", "[a.example]:443"] {
            assert_eq!(parts(broken), (broken.into(), None));
        }
        assert_eq!(
            Parts::of("http://a.example:80").effective_port(),
            Parts::of("http://a.example").effective_port()
        );
    }
}
