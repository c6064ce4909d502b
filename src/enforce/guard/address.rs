//! An address that a name resolved to, and the networks that whoever runs the server opened, in; whether it may be
//! called, out. The ranges are those of [`compare::ranges`](crate::compare::ranges).

use std::fmt;
use std::net::IpAddr;

use crate::compare::ranges::{Network, RANGES, Rule, closed};

/// The shortest prefixes that may be opened: a wider network is opened by mistake.
const WIDEST: [u8; 2] = [8, 16];

/// The networks that were opened: the values of `--allow-private-cidr`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened(Vec<Network>);

impl Opened {
    /// Reads the networks.
    ///
    /// # Errors
    /// The first that is no network, has bits behind its prefix, is too wide, or holds what nobody opens: in words
    /// that name the value.
    pub fn read<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Opened, String> {
        let network = |text: &str| network(text).map_err(|why| format!("`{}`: {why}", shown(text)));
        values.into_iter().map(network).collect::<Result<_, _>>().map(Opened)
    }

    /// Whether none was opened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The networks, as they are written.
    pub fn networks(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(Network::to_string)
    }

    fn covers(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(ip))
    }
}

/// What a person typed, short enough for a line.
fn shown(text: &str) -> String {
    crate::canon::visible::visible(text, 60)
}

/// Reads a network that is to be opened.
fn network(text: &str) -> Result<Network, String> {
    let Some((first, prefix)) = text.split_once('/') else {
        return Err("a network is written ADDRESS/BITS, as 10.1.0.0/16".into());
    };
    let first: IpAddr = first.parse().map_err(|_| "what stands before the slash is no address")?;
    // `parse` would also take a sign.
    let digits = !prefix.is_empty() && prefix.len() <= 3 && prefix.bytes().all(|b| b.is_ascii_digit());
    let prefix = digits.then(|| prefix.parse::<u8>().ok()).flatten();
    let width = Network { first, prefix: 0 }.width();
    let Some(prefix) = prefix.filter(|prefix| *prefix <= width) else {
        return Err(format!("what stands behind the slash is a number of bits up to {width}"));
    };
    let network = Network { first, prefix };
    if network.has_host_bits() {
        return Err(format!("the address has bits behind the first {prefix}; a network begins with its own"));
    }
    let widest = WIDEST[usize::from(first.is_ipv6())];
    if prefix < widest {
        return Err(format!(
            "a network as wide as /{prefix} is not opened; name one of /{widest} or narrower"
        ));
    }
    openable(&network).map(|()| network)
}

/// Whether there is something to open in a network, and nothing that nobody opens.
fn openable(network: &Network) -> Result<(), String> {
    let mut some = false;
    for row in RANGES {
        let never = !matches!(row.rule, Rule::Opens | Rule::Public);
        if row.network.holds(network) {
            return match row.rule {
                Rule::Opens => Ok(()),
                Rule::Public if some => Ok(()),
                Rule::Public => Err("its addresses are public: there is nothing to open".into()),
                Rule::Mapped | Rule::Translated => {
                    Err(format!("{} addresses are opened as the IPv4 network that they stand for", row.words))
                }
                Rule::Never => Err(format!("{} addresses are never opened", row.words)),
            };
        }
        if network.holds(&row.network) {
            // A single address stays closed inside an open network: its row comes first there too.
            if never && !row.network.is_one() {
                return Err(format!("it holds {} addresses, which are never opened", row.words));
            }
            some |= row.rule == Rule::Opens;
        }
    }
    Err("its addresses are nobody's".into())
}

/// An address that is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    /// What it is, in words.
    pub class: &'static str,
    /// Whether `--allow-private-cidr` can open it.
    pub opens: bool,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Blocked { class, opens } = self;
        match opens {
            true => write!(f, "{class} address, closed unless --allow-private-cidr opens its network"),
            false => write!(f, "{class} address, which no flag opens"),
        }
    }
}

/// Whether an address may be called.
///
/// # Errors
/// It is not public and was not opened, or can't be.
pub fn judge(ip: IpAddr, opened: &Opened) -> Result<(), Blocked> {
    match closed(ip) {
        None => Ok(()),
        Some(class) if class.opens && opened.covers(class.counts) => Ok(()),
        Some(class) => Err(Blocked { class: class.words, opens: class.opens }),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use proptest::prelude::*;

    fn opened(text: &str) -> Result<Opened, String> {
        Opened::read([text])
    }

    #[test]
    fn every_vector_holds_closed_and_opened_by_the_narrowest_network() {
        for line in include_str!("../../../fixtures/reference/addresses.tsv").lines().skip(1) {
            let [ip, verdict, with_own] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(judge(ip, &Opened::default()).is_err(), verdict == "block", "{line}");
            let counts = ip.to_canonical();
            let own = opened(&format!("{counts}/{}", if counts.is_ipv4() { 32 } else { 128 }));
            // Where the network itself is refused, nothing is open.
            assert_eq!(judge(ip, &own.unwrap_or_default()).is_err(), with_own == "block", "{line}");
        }
    }

    #[test]
    fn no_flag_opens_metadata_link_local_or_what_merely_wraps_an_address() {
        let all: Vec<&str> = vec![
            "127.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "fd00::/16",
            "::1/128",
        ];
        let opened = Opened::read(all.iter().copied()).unwrap();
        assert_eq!(opened.networks().collect::<Vec<_>>(), all);
        for open in ["127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fd00::1", "::ffff:10.1.2.3", "8.8.8.8"] {
            assert_eq!(judge(open.parse().unwrap(), &opened), Ok(()), "{open}");
        }
        for never in [
            "100.100.100.200",
            "::ffff:100.100.100.200",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::7f00:1",
            "::ffff:0:127.0.0.1",
            "::127.0.0.1",
            "2002:7f00:1::",
            "2001::1",
            "fe80::1",
        ] {
            let blocked = judge(never.parse().unwrap(), &opened).unwrap_err();
            assert!(!blocked.opens, "{never}: {blocked}");
        }
    }

    #[test]
    fn networks_that_are_too_wide_or_hold_what_is_never_opened_are_refused() {
        for (text, said) in [
            ("0.0.0.0/0", "as wide as /0"),
            ("::/0", "as wide as /0"),
            ("10.0.0.0/7", "as wide as /7"),
            ("fc00::/7", "as wide as /7"),
            ("192.0.0.0/8", "protocol assignments"),
            ("169.254.0.0/16", "never opened"),
            ("169.254.169.254/32", "never opened"),
            ("100.100.100.200/32", "never opened"),
            ("::ffff:0:0/96", "IPv4 network"),
            ("64:ff9b::/96", "IPv4 network"),
            ("2002::/16", "never opened"),
            ("fd00:ec2::254/128", "never opened"),
            ("::/16", "never opened"),
            ("8.8.8.0/24", "public"),
            ("10.0.0.1/8", "bits behind"),
            ("10.0.0.0/33", "up to 32"),
            ("10.0.0.0/+8", "up to 32"),
            ("10.0.0.0/", "up to 32"),
            ("10.0.0.0", "ADDRESS/BITS"),
            ("2130706433/32", "no address"),
            ("fe80::1%eth0/128", "no address"),
            ("", "ADDRESS/BITS"),
        ] {
            let refused = opened(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }

    /// A private or otherwise closed IPv4 address.
    fn closed_v4() -> impl Strategy<Value = Ipv4Addr> {
        any::<u32>().prop_map(Ipv4Addr::from).prop_filter("public", |ip| closed(IpAddr::V4(*ip)).is_some())
    }

    proptest! {
        #[test]
        fn no_closed_address_gets_through_in_any_wrapping(
            ip in prop_oneof![
                closed_v4(),
                (0u32..1 << 24).prop_map(|low| Ipv4Addr::from(0x0a00_0000 | low)),
                (0u32..1 << 24).prop_map(|low| Ipv4Addr::from(0x7f00_0000 | low)),
                (0u32..1 << 16).prop_map(|low| Ipv4Addr::from(0xa9fe_0000 | low)),
            ],
            tail: u64,
        ) {
            let low = u128::from(ip.to_bits());
            let wrapped = [
                0xffff << 32 | low,                               // mapped
                0xffff << 48 | low,                               // translated
                0x64_ff9b << 96 | low,                            // NAT64
                0x64_ff9b_0001 << 80 | low,                       // local NAT64
                low,                                              // compatible
                0x2002 << 112 | low << 80 | u128::from(tail),     // 6to4
                0x2001_0000 << 96 | u128::from(tail) << 32 | (low ^ 0xffff_ffff), // Teredo
            ];
            for bits in wrapped {
                let ip = IpAddr::V6(Ipv6Addr::from_bits(bits));
                prop_assert!(judge(ip, &Opened::default()).is_err(), "{}", ip);
            }
            prop_assert!(judge(IpAddr::V4(ip), &Opened::default()).is_err());
        }

        #[test]
        fn a_network_opens_no_address_outside_it(text in "[0-9a-f.:/]{0,24}", prefix in 8u8..=32, v4: u32, other: u32) {
            let _ = opened(&text);
            let first = v4 & (u32::MAX << (32 - u32::from(prefix)));
            if let Ok(opened) = opened(&format!("{}/{prefix}", Ipv4Addr::from(first))) {
                let ip = IpAddr::V4(other.into());
                let inside = Network { first: IpAddr::V4(first.into()), prefix }.contains(ip);
                prop_assert!(inside || judge(ip, &opened) == judge(ip, &Opened::default()));
            }
        }
    }
}
