//! An address in, the range that it lies in and what may be done about it out: the one table of addresses that are
//! not everybody's. Who lints a host and who opens a connection ask the same rows.
//!
//! network.md §3, which follows the IANA special-purpose registries (RFC 6890) and what clouds put where.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether somebody can allow addresses of a range to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody's.
    Public,
    /// Whoever runs the server can allow them: they are his own network.
    Opens,
    /// Nobody can.
    Never,
    /// What counts is the IPv4 address in the last four bytes, and it can be allowed as if written plainly.
    Mapped,
    /// What counts is the IPv4 address in the last four bytes; if it is not public, nobody can allow it: no honest
    /// translator carries such.
    Translated,
}

/// A network: its first address, and how many leading bits are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The first address.
    pub first: IpAddr,
    /// How many bits are fixed.
    pub prefix: u8,
}

impl Network {
    /// How many bits an address of its kind has.
    pub const fn width(&self) -> u8 {
        match self.first {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        }
    }

    /// Whether an address lies in it. An IPv4 address lies in no network of IPv6, however it is written.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.first.is_ipv4() == ip.is_ipv4() && self.head(ip) == self.head(self.first)
    }

    /// Whether another network lies in it.
    pub fn holds(&self, other: &Network) -> bool {
        self.prefix <= other.prefix && self.contains(other.first)
    }

    /// Whether it is one address.
    pub fn is_one(&self) -> bool {
        self.prefix == self.width()
    }

    /// Whether its first address has bits behind the fixed ones.
    pub fn has_host_bits(&self) -> bool {
        let free = u32::from(self.width().saturating_sub(self.prefix));
        bits(self.first) & !(u128::MAX.checked_shl(free).unwrap_or(0)) != 0
    }

    fn head(&self, ip: IpAddr) -> u128 {
        let free = u32::from(self.width().saturating_sub(self.prefix));
        bits(ip).checked_shr(free).unwrap_or(0)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Which addresses.
    pub network: Network,
    /// What they are, in words.
    pub words: &'static str,
    /// What may be done about them.
    pub rule: Rule,
}

const fn v4(octets: [u8; 4], prefix: u8, words: &'static str, rule: Rule) -> Range {
    let [a, b, c, d] = octets;
    Range { network: Network { first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }, words, rule }
}

const fn v6(s: [u16; 8], prefix: u8, words: &'static str, rule: Rule) -> Range {
    let first = IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
    Range { network: Network { first, prefix }, words, rule }
}

/// The table. The first row that fits counts, so what is narrower stands above what holds it.
#[rustfmt::skip]
pub const RANGES: &[Range] = &[
    v4([169, 254, 169, 254], 32, "cloud metadata", Rule::Never),
    v4([100, 100, 100, 200], 32, "cloud metadata", Rule::Never),
    v4([192, 0, 0, 192], 32, "cloud metadata", Rule::Never),
    v4([168, 63, 129, 16], 32, "cloud host agent", Rule::Never),
    v4([0, 0, 0, 0], 8, "this network", Rule::Never),
    v4([10, 0, 0, 0], 8, "private", Rule::Opens),
    v4([172, 16, 0, 0], 12, "private", Rule::Opens),
    v4([192, 168, 0, 0], 16, "private", Rule::Opens),
    v4([127, 0, 0, 0], 8, "loopback", Rule::Opens),
    v4([100, 64, 0, 0], 10, "shared address space", Rule::Opens),
    v4([169, 254, 0, 0], 16, "link-local", Rule::Never),
    v4([192, 0, 0, 0], 24, "protocol assignments", Rule::Never),
    v4([192, 0, 2, 0], 24, "documentation", Rule::Never),
    v4([198, 51, 100, 0], 24, "documentation", Rule::Never),
    v4([203, 0, 113, 0], 24, "documentation", Rule::Never),
    v4([192, 88, 99, 0], 24, "6to4 relay", Rule::Never),
    v4([198, 18, 0, 0], 15, "benchmarking", Rule::Opens),
    v4([224, 0, 0, 0], 4, "multicast", Rule::Never),
    v4([240, 0, 0, 0], 4, "reserved", Rule::Never),
    v4([0, 0, 0, 0], 0, "public", Rule::Public),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified", Rule::Never),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", Rule::Opens),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4-mapped", Rule::Mapped),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "IPv4-translated", Rule::Translated),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "NAT64", Rule::Translated),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, "IPv4-compatible", Rule::Never),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, "cloud metadata", Rule::Never),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local NAT64", Rule::Never),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard", Rule::Never),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local", Rule::Opens),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local", Rule::Never),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local", Rule::Never),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", Rule::Never),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing", Rule::Never),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation", Rule::Never),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation", Rule::Never),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo", Rule::Never),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "special purpose", Rule::Never),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4", Rule::Never),
    v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, "public", Rule::Public),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 0, "unassigned", Rule::Never),
];

/// What an address that is not everybody's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// In words.
    pub words: &'static str,
    /// Whether it can be allowed.
    pub opens: bool,
    /// The address that counts: of one that is mapped, the one inside.
    pub counts: IpAddr,
}

/// The class of an address; none for public ones.
pub fn closed(ip: IpAddr) -> Option<Class> {
    let Some(row) = RANGES.iter().find(|range| range.network.contains(ip)) else {
        // There is no such address; if there were, it would be nobody's.
        return Some(Class { words: "unassigned", opens: false, counts: ip });
    };
    let class = |opens| Some(Class { words: row.words, opens, counts: ip });
    match row.rule {
        Rule::Public => None,
        Rule::Opens => class(true),
        Rule::Never => class(false),
        // The one inside is of IPv4, where no row unwraps again.
        Rule::Mapped => closed(inside(ip)),
        Rule::Translated => closed(inside(ip)).map(|class| Class { opens: false, ..class }),
    }
}

/// The IPv4 address in the last four bytes.
fn inside(ip: IpAddr) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits((bits(ip) & u128::from(u32::MAX)) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_row_is_a_network_and_none_hides_behind_a_wider_one_above_it() {
        for (at, row) in RANGES.iter().enumerate() {
            assert!(!row.network.has_host_bits(), "{row:?}");
            let hidden = RANGES[..at].iter().find(|above| above.network.holds(&row.network));
            assert_eq!(hidden, None, "{row:?}");
        }
    }

    proptest! {
        #[test]
        fn every_address_has_a_row(bits: u128, v4: u32) {
            for ip in [IpAddr::V6(bits.into()), IpAddr::V4(v4.into())] {
                prop_assert!(RANGES.iter().any(|range| range.network.contains(ip)));
            }
        }
    }
}
