//! A host in, why a call to it would stay inside somebody's network out.
//!
//! Address classes are those of [`ranges`](super::ranges). IPv4 in other spellings (`2130706433`, `0x7f.1`,
//! `0177.0.0.1`) is read as the URL standard does (WHATWG URL, "IPv4 parser"), for that is what HTTP clients do with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::host_parts::Parts;
use super::ranges::closed;

/// Names that always mean the machine itself or its own network. RFC 6761, 6762, 8375, and what
/// companies and clouds use.
const LOCAL_SUFFIXES: &[(&str, &str)] = &[
    ("localhost", "loopback"),
    ("metadata.google.internal", "cloud metadata"),
    ("local", "local network name"),
    ("internal", "internal name"),
    ("intranet", "internal name"),
    ("private", "internal name"),
    ("corp", "internal name"),
    ("lan", "local network name"),
    ("home.arpa", "local network name"),
    ("localdomain", "local network name"),
    // Public names that resolve to whatever address stands in them.
    ("nip.io", "name that resolves to an address of the caller's choice"),
    ("sslip.io", "name that resolves to an address of the caller's choice"),
    ("xip.io", "name that resolves to an address of the caller's choice"),
    ("localtest.me", "loopback"),
    ("lvh.me", "loopback"),
];

/// Why a host is no public one: the class of its address or name. `None` for public hosts.
///
/// `host` may carry a port, brackets, a scheme or a wildcard. A name without a dot counts as internal.
pub fn is_private(host: &str) -> Option<&'static str> {
    let name = Parts::of(host).name;
    if let Some(ip) = literal(&name) {
        return class(ip);
    }
    if name.contains('%') {
        return Some("address with a zone");
    }
    let known = LOCAL_SUFFIXES.iter().find(|(suffix, _)| {
        name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    match known {
        Some((_, why)) => Some(why),
        None if name.is_empty() || name.contains(['.', '{']) => None,
        None => Some("name without a domain"),
    }
}

/// The address that a host literal stands for, in any spelling that an HTTP client would follow.
pub fn literal(name: &str) -> Option<IpAddr> {
    if let Ok(v6) = name.parse::<Ipv6Addr>() {
        return Some(IpAddr::V6(v6));
    }
    spelled_v4(name).map(IpAddr::V4)
}

/// The URL standard's IPv4 parser: up to four parts, each decimal, octal (`0…`) or hexadecimal (`0x…`),
/// the last one filling the rest.
fn spelled_v4(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = name.split('.').map(number).collect::<Option<_>>()?;
    let (last, front) = parts.split_last()?;
    if front.len() > 3 || front.iter().any(|p| *p > 255) || *last >= 1 << (8 * (4 - front.len())) {
        return None;
    }
    let high = front.iter().enumerate().map(|(at, p)| p << (8 * (3 - at))).sum::<u64>();
    u32::try_from(high + last).ok().map(Ipv4Addr::from)
}

fn number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        Some("") => return Some(0),
        Some(hex) => (hex, 16),
        None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
        None => (part, 10),
    };
    // `from_str_radix` would also take a sign.
    digits.chars().all(|c| c.is_digit(radix)).then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}

/// The class of an address that is not public.
pub fn class(ip: IpAddr) -> Option<&'static str> {
    closed(ip).map(|class| class.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_of_the_address_policy_holds() {
        for line in include_str!("../../fixtures/reference/addresses.tsv").lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(is_private(columns[0]).is_some(), columns[1] == "block", "{line}");
        }
    }

    #[test]
    fn other_spellings_of_loopback_and_metadata_are_seen_through() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1:8080",
            "[::1]:80",
            "[::ffff:127.0.0.1]",
            "LOCALHOST.",
            "api.localhost",
            "http://127.0.0.1",
        ] {
            assert_eq!(is_private(host), Some("loopback"), "{host}");
        }
        for host in [
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "fd00:ec2::254",
            "64:ff9b::a9fe:a9fe",
            "metadata.google.internal",
        ] {
            assert_eq!(is_private(host), Some("cloud metadata"), "{host}");
        }
    }

    #[test]
    fn public_hosts_are_public() {
        for host in [
            "api.shop.example",
            "8.8.8.8",
            "2606:4700::1111",
            "localhost.example.com",
            "mylocal.example",
            "internal.example.com",
            "{tenant}.shop.example",
            "256.1.1.1.example",
            "1.2.3.4.5",
        ] {
            assert_eq!(is_private(host), None, "{host}");
        }
        assert_eq!(is_private("db"), Some("name without a domain"));
        assert_eq!(is_private("printer.local"), Some("local network name"));
        assert_eq!(is_private("fe80::1%eth0"), Some("address with a zone"));
    }
}
