//! Whose requests are recorded: those to hosts that were asked for or, where none was, to the host of the first page and
//! those of its owner.

use crate::capture::url;
use crate::capture::wanted::{Wanted, owner};

/// Hosts that a recording is about, before any request was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Those that were asked for.
    Named(Wanted),
    /// The host of an address, and those of the same registrable domain.
    Around {
        /// With its port, if it is not the scheme's.
        host: String,
        /// Its registrable domain; a name without one and an address of a network have none.
        owner: Option<String>,
    },
}

impl Party {
    /// What was asked for, or what the address of the first page says. None: that is no address of the web.
    pub fn of(wanted: &Wanted, start: &str) -> Option<Party> {
        let address = url::parse(start).ok().filter(|_| is_web(start))?;
        match wanted.is_empty() {
            false => Some(Party::Named(wanted.clone())),
            true => Some(Party::Around { owner: owner(&address.host), host: address.host }),
        }
    }

    /// Whether requests to a host are recorded.
    pub fn has(&self, scheme: &str, host: &str) -> bool {
        match self {
            Party::Named(wanted) => wanted.has(scheme, host),
            Party::Around { host: own, owner: whose } => {
                host == own || (whose.is_some() && owner(host) == *whose)
            }
        }
    }

    /// Whether an address is one that is recorded.
    pub fn has_address(&self, text: &str) -> bool {
        url::parse(text).is_ok_and(|address| self.has(&address.scheme, &address.host))
    }
}

/// Whether an address is one of a page of the web: no file, no page of the browser itself.
pub fn is_web(address: &str) -> bool {
    url::parse(address).is_ok_and(|address| matches!(address.scheme.as_str(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_page_brings_the_hosts_of_its_owner() {
        let party = Party::of(&Wanted::default(), "https://www.shop.example/start").unwrap();
        for (address, has) in [
            ("https://www.shop.example/a", true),
            ("wss://api.shop.example:8443/live", true),
            ("https://shop.example.evil.test/a", false),
            ("https://ads.example/a", false),
            ("data:text/plain,shop.example", false),
        ] {
            assert_eq!(party.has_address(address), has, "{address}");
        }
        let local = Party::of(&Wanted::default(), "http://127.0.0.1:8080/").unwrap();
        assert!(local.has_address("http://127.0.0.1:8080/x") && !local.has_address("http://127.0.0.1:81/x"));
        assert_eq!(Party::of(&Wanted::default(), "file:///etc/passwd"), None);
        assert_eq!(Party::of(&Wanted::default(), "wss://shop.example/"), None);
    }

    #[test]
    fn who_names_hosts_gets_these_alone() {
        let wanted = Wanted::parse(["api.shop.example"]).unwrap();
        let party = Party::of(&wanted, "https://www.shop.example/").unwrap();
        assert!(party.has_address("https://api.shop.example/a"));
        assert!(!party.has_address("https://www.shop.example/"));
    }
}
