//! Host entries in, their parts and the ways in which one host replaced another out (rules.md family B).
//!
//! Forms: `host`, `host:port`, `[v6]:port`, `*.a.b`, `http://host` (network.md §2, formats-v2 §1).
//! [`parse`] is strict and for entries that grant; [`compare`] takes any text, for a host that cannot be
//! parsed must still be told.

use std::fmt;

pub use super::address::is_private;
use super::address::literal;
use super::host_parts::Parts;
pub use super::lookalike::lookalike;

/// One entry of an allow list, or the host of a tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostSpec {
    /// Written `http://`: plain text is meant.
    pub scheme_http: bool,
    /// Written `*.name`: exactly one more label in front.
    pub wildcard: bool,
    /// Lower-case ASCII name or address, without brackets; placeholders `{…}` stay.
    pub name: String,
    /// Port, if it is not the scheme's default.
    pub port: Option<u16>,
}

impl HostSpec {
    /// Whether this entry of an allow list covers a host: same scheme and port, and a name that it names.
    pub fn covers(&self, host: &HostSpec) -> bool {
        self.names(host) && self.scheme_http == host.scheme_http && self.port == host.port
    }

    /// Whether this entry names a host, whatever the scheme and port: by the name itself or, for a wildcard,
    /// by the name with exactly one more label in front (network.md §2).
    pub fn names(&self, host: &HostSpec) -> bool {
        match (self.wildcard, host.wildcard) {
            (true, false) => {
                host.name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == self.name)
            }
            (mine, theirs) => mine == theirs && self.name == host.name,
        }
    }
}

/// The one spelling of the entry.
impl fmt::Display for HostSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.scheme_http { "http://" } else { "" })?;
        f.write_str(if self.wildcard { "*." } else { "" })?;
        match self.name.contains(':') {
            true => write!(f, "[{}]", self.name)?,
            false => f.write_str(&self.name)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// One way in which a host differs from the one it replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostChange {
    /// https became http.
    SchemeDowngraded,
    /// An exact host became a wildcard.
    Wildcarded,
    /// Now inside somebody's network; the class of address or name.
    PrivateTarget(&'static str),
    /// Made to be taken for the old host; why it looks so.
    Lookalike(String),
    /// Another registrable domain, so another owner.
    RegistrableDomainChanged {
        /// The domain before; the host where it has none.
        from: String,
        /// The domain now; the host where it has none.
        to: String,
    },
    /// A variable entered the host.
    TemplateVariableAdded(String),
    /// Another port.
    PortChanged,
    /// Another host, and nothing more specific.
    Changed,
}

/// Reads a host entry strictly.
///
/// # Errors
/// What is wrong with it, in words for people; the entry itself is not quoted.
pub fn parse(text: &str) -> Result<HostSpec, String> {
    if text.is_empty() {
        return Err("an empty host".into());
    }
    if let Some(spec) = plain(text) {
        return Ok(spec);
    }
    spelled(text)
}

/// A name in its one spelling, as nearly every host comes: lower-case labels, the last of which begins with a letter,
/// so that it is no address in any spelling. None: it takes more than a look at its bytes.
fn plain(text: &str) -> Option<HostSpec> {
    let (scheme_http, name) = text.strip_prefix("http://").map_or((false, text), |name| (true, name));
    let is = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    let label = |label: &[u8]| {
        let edges = label.first().is_some_and(|b| *b != b'-') && label.last().is_some_and(|b| *b != b'-');
        edges && label.len() <= 63 && label.iter().all(is)
    };
    let bytes = name.as_bytes();
    let last = bytes.iter().rposition(|b| *b == b'.').map_or(0, |at| at + 1);
    let named = bytes.get(last).is_some_and(u8::is_ascii_lowercase);
    (named && bytes.len() <= 253 && bytes.split(|b| *b == b'.').all(label)).then(|| HostSpec {
        scheme_http,
        wildcard: false,
        name: name.to_owned(),
        port: None,
    })
}

/// Reads a host entry strictly, in any spelling.
fn spelled(text: &str) -> Result<HostSpec, String> {
    if !text.is_ascii() {
        return Err("a host must be in ASCII (xn--…) form".into());
    }
    if text.contains(['/', '@', '?', '#', '\\', ' ']) && !text.contains("://")
        || text.matches('/').count() > 2
    {
        return Err("a host has no path, user or query".into());
    }
    let parts = Parts::of(text);
    if !matches!(parts.scheme.as_deref(), None | Some("http" | "https")) {
        return Err("the scheme of a host is http or https".into());
    }
    let port = match parts.port.as_deref() {
        None => None,
        Some(p) if p.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(p.parse::<u16>().ok().filter(|p| *p > 0).ok_or("a port lies between 1 and 65535")?)
        }
        Some(_) => return Err("a port is a number".into()),
    };
    match literal(&parts.name) {
        Some(ip) if parts.wildcard || ip.to_string() != parts.name => {
            return Err("an address must be written in its plain form".into());
        }
        Some(_) => {}
        None => name_is_valid(&parts.name)?,
    }
    if parts.wildcard && (parts.name.split('.').count() < 2 || registrable(&parts.name).is_none()) {
        return Err("a wildcard needs a registrable domain behind it".into());
    }
    let default = if parts.http() { 80 } else { 443 };
    let port = port.filter(|p| *p != default);
    Ok(HostSpec { scheme_http: parts.http(), wildcard: parts.wildcard, name: parts.name, port })
}

/// The rules of a host name: RFC 1123 labels, here also `_` and whole placeholders `{name}`.
fn name_is_valid(name: &str) -> Result<(), String> {
    if name.len() > 253 {
        return Err("a host is longer than 253 characters".into());
    }
    for label in name.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err("a label of a host has 1 to 63 characters".into());
        }
        let plain = label.replace(['{', '}'], "");
        let balanced = label.matches('{').count() == label.matches('}').count();
        let valid = plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !valid || !balanced || plain.is_empty() || label.starts_with('-') || label.ends_with('-') {
            return Err("a host consists of letters, digits, hyphens and dots".into());
        }
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") {
        return Err("a host that ends in a number must be a plain IPv4 address".into());
    }
    Ok(())
}

/// The registrable domain (public suffix and one label, by the Public Suffix List) of a lower-case name;
/// `None` for addresses, public suffixes and single labels.
pub fn registrable(name: &str) -> Option<&str> {
    if literal(name).is_some() || name.contains(':') {
        return None;
    }
    psl::domain_str(name)
}

/// How `new` differs from `old`, the most specific first. Empty if they mean the same.
///
/// A specific change absorbs the general one (rules.md, "one cause, one finding"): [`HostChange::Changed`]
/// stands only alone, and a private target or look-alike also says that the owner is another.
pub fn compare(old: &str, new: &str) -> Vec<HostChange> {
    let (was, is) = (Parts::of(old), Parts::of(new));
    let mut out = Vec::new();
    if is.http() && !was.http() {
        out.push(HostChange::SchemeDowngraded);
    }
    if is.wildcard && !was.wildcard {
        out.push(HostChange::Wildcarded);
    }
    if was.name != is.name {
        let inside = is_private(new).filter(|class| is_private(old) != Some(class));
        let (from, to) = (registrable(&was.name), registrable(&is.name));
        if let Some(class) = inside {
            out.push(HostChange::PrivateTarget(class));
        } else if let Some(why) = lookalike(&was.name, &is.name) {
            out.push(HostChange::Lookalike(why));
        } else if from != to {
            out.push(HostChange::RegistrableDomainChanged {
                from: from.unwrap_or(&was.name).to_owned(),
                to: to.unwrap_or(&is.name).to_owned(),
            });
        }
        let known = variables(&was.name);
        let added = variables(&is.name).into_iter().filter(|v| !known.contains(v));
        out.extend(added.map(|v| HostChange::TemplateVariableAdded(v.to_owned())));
    }
    // An upgrade from http to https moves the default port along; that is no change of its own.
    let defaults = was.port.is_none() && is.port.is_none();
    if !defaults && was.effective_port() != is.effective_port() {
        out.push(HostChange::PortChanged);
    }
    let only_port = out == [HostChange::PortChanged];
    // A scheme that is neither http nor https is refused elsewhere, but never passed over here.
    let odd = is.scheme != was.scheme && !matches!(is.scheme.as_deref(), None | Some("http" | "https"));
    if (was.name != is.name || was.wildcard != is.wildcard || odd) && (out.is_empty() || only_port) {
        out.push(HostChange::Changed);
    }
    out
}

/// The placeholders of a host or of a path.
pub fn variables(name: &str) -> Vec<&str> {
    name.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(v, _)| v).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(name: &str, scheme_http: bool, wildcard: bool, port: Option<u16>) -> HostSpec {
        HostSpec { scheme_http, wildcard, name: name.into(), port }
    }

    #[test]
    fn every_form_is_parsed() {
        assert_eq!(parse("API.shop.example."), Ok(spec("api.shop.example", false, false, None)));
        assert_eq!(parse("api.shop.example:443"), Ok(spec("api.shop.example", false, false, None)));
        assert_eq!(parse("http://api.shop.example:80"), Ok(spec("api.shop.example", true, false, None)));
        assert_eq!(parse("api.shop.example:8443"), Ok(spec("api.shop.example", false, false, Some(8443))));
        assert_eq!(parse("[2001:DB8::1]:8443"), Ok(spec("2001:db8::1", false, false, Some(8443))));
        assert_eq!(parse("*.shop.example"), Ok(spec("shop.example", false, true, None)));
        assert_eq!(parse("{tenant}.shop.example"), Ok(spec("{tenant}.shop.example", false, false, None)));
        assert_eq!(parse("localhost:3000"), Ok(spec("localhost", false, false, Some(3000))));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "*.com",
            "*.co.uk",
            "*.github.io",
            "*.10.0.0.1",
            "a..b",
            "a b",
            "shop.example/path",
            "user@shop.example",
            "ftp://shop.example",
            "http://shop.example/x",
            "shop.example:0",
            "shop.example:99999",
            "shop.example:+80",
            "shop.example:",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "1.2.3.4.5",
            ".*",
            "(a|b).example",
            "sh\u{f6}p.example",
            "a.*.example",
            "-a.example",
            "[2001:db8::1].evil.test",
            "[a.example]:443",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_entry_covers_what_it_says_and_no_more() {
        let covers = |entry: &str, host: &str| parse(entry).unwrap().covers(&parse(host).unwrap());
        assert!(covers("api.shop.example", "API.shop.example:443"));
        assert!(covers("*.shop.example", "api.shop.example"));
        assert!(covers("http://api.shop.example", "http://api.shop.example:80"));
        for (entry, host) in [
            ("*.shop.example", "shop.example"),
            ("*.shop.example", "a.b.shop.example"),
            ("*.shop.example", "evilshop.example"),
            ("api.shop.example", "http://api.shop.example"),
            ("api.shop.example", "api.shop.example:8443"),
            ("api.shop.example", "*.api.shop.example"),
        ] {
            assert!(!covers(entry, host), "{entry} {host}");
        }
    }

    #[test]
    fn registrable_domains_follow_the_public_suffix_list() {
        assert_eq!(registrable("api.shop.co.uk"), Some("shop.co.uk"));
        assert_eq!(registrable("a.b.shop.example"), Some("shop.example"));
        assert_eq!(registrable("me.github.io"), Some("me.github.io"));
        assert_eq!(registrable("co.uk"), None);
        assert_eq!(registrable("10.0.0.1"), None);
    }

    #[test]
    fn each_change_is_told_by_its_most_specific_name() {
        use HostChange::*;
        let other = |from: &str, to: &str| RegistrableDomainChanged { from: from.into(), to: to.into() };
        for (old, new, expected) in [
            ("api.shop.example", "http://api.shop.example", vec![SchemeDowngraded]),
            ("http://api.shop.example", "api.shop.example", vec![]),
            ("shop.example", "*.shop.example", vec![Wildcarded]),
            ("*.shop.example", "shop.example", vec![Changed]),
            ("api.shop.example", "10.0.0.1", vec![PrivateTarget("private")]),
            ("10.0.0.1", "10.0.0.2", vec![Changed]),
            ("localhost", "169.254.169.254", vec![PrivateTarget("cloud metadata")]),
            (
                "api.shop.example",
                "api.shop-mirror.example",
                vec![other("shop.example", "shop-mirror.example")],
            ),
            ("shop.example", "shop-pay.example", vec![other("shop.example", "shop-pay.example")]),
            ("me.github.io", "you.github.io", vec![other("me.github.io", "you.github.io")]),
            ("api.shop.example", "{tenant}.shop.example", vec![TemplateVariableAdded("tenant".into())]),
            (
                "api.shop.example",
                "{host}",
                vec![other("shop.example", "{host}"), TemplateVariableAdded("host".into())],
            ),
            ("api.shop.example", "api.shop.example:8443", vec![PortChanged]),
            ("api.shop.example:443", "API.shop.example.", vec![]),
            ("api.shop.example", "api2.shop.example", vec![Changed]),
            ("api.shop.example", "https://api.shop.example", vec![]),
            ("api.shop.example", "gopher://api.shop.example", vec![Changed]),
            (
                "api.shop.example",
                "http://127.0.0.1:80",
                vec![SchemeDowngraded, PrivateTarget("loopback"), PortChanged],
            ),
        ] {
            assert_eq!(compare(old, new), expected, "{old} -> {new}");
        }
        assert!(matches!(compare("api.shop.example", "api.sh0p.example")[..], [Lookalike(_)]));
    }

    proptest! {
        #[test]
        fn a_plain_name_is_what_it_is_in_any_spelling(
            name in "(http://|)([a-z0-9_.-]{0,12}|localhost|0x7f|1|255|xn--a|a{60,66}|\\.|:80|A){1,5}",
        ) {
            if let Some(spec) = plain(&name) {
                prop_assert_eq!(Ok(spec), spelled(&name), "{}", name);
            }
        }

        #[test]
        fn no_text_panics_and_no_change_is_no_change(a in ".{0,40}", b in "[a-z0-9.:*{}\\[\\]/-]{0,40}") {
            let _ = (parse(&a), parse(&b), compare(&a, &b), is_private(&b));
            prop_assert_eq!(compare(&a, &a), vec![]);
            if let Ok(spec) = parse(&b) {
                prop_assert_eq!(parse(&spec.to_string()), Ok(spec));
            }
        }

        #[test]
        fn another_name_is_never_silent(a in "[a-z]{1,8}\\.[a-z]{2,8}", b in "[a-z]{1,8}\\.[a-z]{2,8}") {
            prop_assert_eq!(compare(&a, &b).is_empty(), a == b);
        }
    }
}
