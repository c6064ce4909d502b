//! Host patterns in, which hosts are wanted out; without patterns, which hosts a recording is about.

use std::collections::BTreeMap;

use crate::compare::hosts::{self, HostSpec, registrable};

/// The hosts that are wanted, as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted(Vec<HostSpec>);

impl Wanted {
    /// Reads patterns: `host`, `host:port`, `*.a.b`, with or without `https://` or `http://`.
    ///
    /// # Errors
    /// The pattern that is none, and why.
    pub fn parse<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Wanted, (String, String)> {
        let mut specs = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            specs.push(hosts::parse(pattern).map_err(|why| (pattern.to_owned(), why))?);
        }
        specs.sort();
        specs.dedup();
        Ok(Wanted(specs))
    }

    /// Whether a host as exchanges name it is wanted. A pattern without a scheme takes either.
    pub fn has(&self, scheme: &str, host: &str) -> bool {
        let plain = matches!(scheme, "http" | "ws");
        let spec = match plain {
            true => hosts::parse(&format!("http://{host}")),
            false => hosts::parse(host),
        };
        let Ok(spec) = spec else { return false };
        self.0.iter().any(|own| own.names(&spec) && own.port == spec.port && (!own.scheme_http || plain))
    }

    /// The patterns in their one spelling, sorted.
    pub fn spelled(&self) -> Vec<String> {
        self.0.iter().map(HostSpec::to_string).collect()
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hosts that a recording is about, by how many requests of programs went to each: the most frequent one and
/// those of the same owner. Ties go to the name that sorts first. None if there was no request.
pub fn infer(calls: &BTreeMap<String, u64>) -> Wanted {
    let most = calls.iter().max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a)));
    let Some((most, _)) = most else { return Wanted::default() };
    let own = owner(most);
    let related = |host: &&String| *host == most || (own.is_some() && owner(host) == own);
    Wanted::parse(calls.keys().filter(related)).unwrap_or_default()
}

/// The registrable domain of a host as exchanges name it; an address of a network and a name without one have none.
pub fn owner(host: &str) -> Option<String> {
    let name = hosts::parse(host).ok()?.name;
    registrable(&name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_default_port_and_scheme_make_no_other_host() {
        let wanted =
            Wanted::parse(["API.shop.example", "*.pay.example", "localhost:3000", "http://old.example"])
                .unwrap();
        for (scheme, host, has) in [
            ("https", "api.shop.example", true),
            ("http", "api.shop.example", true),
            ("https", "api.shop.example:8443", false),
            ("https", "eu.pay.example", true),
            ("https", "pay.example", false),
            ("https", "a.b.pay.example", false),
            ("http", "localhost:3000", true),
            ("http", "localhost", false),
            ("http", "old.example", true),
            ("https", "old.example", false),
        ] {
            assert_eq!(wanted.has(scheme, host), has, "{scheme} {host}");
        }
        assert_eq!(Wanted::parse(["*"]).unwrap_err().0, "*");
    }

    #[test]
    fn a_recording_is_about_its_most_frequent_host_and_its_owner_s() {
        let calls = |list: &[(&str, u64)]| list.iter().map(|(h, n)| ((*h).to_owned(), *n)).collect();
        let told = |list: &[(&str, u64)]| infer(&calls(list)).spelled();
        assert_eq!(
            told(&[("api.shop.example", 9), ("auth.shop.example", 1), ("t.ads.example", 8)]),
            ["api.shop.example", "auth.shop.example"]
        );
        assert_eq!(told(&[("b.example", 2), ("a.example", 2)]), ["a.example"]);
        assert_eq!(told(&[("10.0.0.1:8080", 2), ("10.0.0.2", 1)]), ["10.0.0.1:8080"]);
        assert_eq!(told(&[]), Vec::<String>::new());
    }
}
