//! The servers that were approved in, the variables that may hold their credentials out.

use std::collections::BTreeMap;

use crate::enforce::guard::origin::Origin;

/// What stands for a server in the names of variables: upper case, everything else an underscore. The port is part of
/// it where it is not the scheme's own.
pub(super) fn stem(origin: &Origin) -> String {
    let port = origin.odd_port().map(|port| format!("_{port}")).unwrap_or_default();
    format!("{}{port}", upper(&origin.host))
}

fn upper(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// For each stem the servers that it stands for. The host alone stands for its servers on other ports too, if there
/// is none on the usual one.
pub(super) fn stems(origins: &[Origin]) -> BTreeMap<String, Vec<Origin>> {
    let mut out: BTreeMap<String, Vec<Origin>> = BTreeMap::new();
    for origin in origins {
        out.entry(stem(origin)).or_default().push(origin.clone());
    }
    let mut hosts: BTreeMap<String, Vec<Origin>> = BTreeMap::new();
    for origin in origins {
        hosts.entry(upper(&origin.host)).or_default().push(origin.clone());
    }
    for (name, servers) in hosts {
        out.entry(name).or_insert(servers);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_the_host_and_a_port_that_is_not_usual() {
        let origin = |text| Origin::read(text).unwrap();
        assert_eq!(stem(&origin("https://api.shop-1.example")), "API_SHOP_1_EXAMPLE");
        assert_eq!(stem(&origin("http://127.0.0.1:4010")), "127_0_0_1_4010");
        let all = ["https://a.example", "https://a.example:8443", "http://c.example:1", "http://c.example:2"];
        let found = stems(&all.map(origin));
        assert_eq!(found["A_EXAMPLE"], [origin("https://a.example")]);
        assert_eq!(found["A_EXAMPLE_8443"], [origin("https://a.example:8443")]);
        assert_eq!(found["C_EXAMPLE_1"].len(), 1);
        assert_eq!(found["C_EXAMPLE"].len(), 2);
        // Two hosts that look alike once their dots are gone.
        let alike = stems(&["https://a-b.example", "https://a.b.example"].map(origin));
        assert_eq!(alike["A_B_EXAMPLE"].len(), 2);
    }
}
