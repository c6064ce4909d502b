//! Servers of an operation in; where its calls go, out: scheme, host and base path of the first, and the
//! addresses of the others.

use super::document::{Document, Version};
use super::made::{Made, at};
use crate::canon::{Fault, FaultKind, Node};
use crate::model::at::At;
use crate::model::phrase::Phrase;
use crate::source::sourced::Notes;

/// The host of a description that names none and is told none.
pub const NO_HOST: &str = "host.invalid";
/// Most servers that one list may have, and most variables of one server.
const MAX_SERVERS: usize = 100;
/// Longest address, and longest path below it: each operation carries both.
pub(super) const MAX_ADDRESS: usize = 2_048;

/// Where calls go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Server {
    /// `http`; empty for what is encrypted.
    pub(super) scheme: &'static str,
    /// Lower-case, with a port that is not the scheme's; variables as `{name}`.
    pub(super) host: String,
    /// Without a final slash.
    pub(super) base_path: String,
    /// `{enum, default}` by name, of the variables in the address as it is written.
    pub(super) variables: Option<Node>,
    /// The host is not the document's own word.
    pub(super) assumed: bool,
}

impl Server {
    /// The address for people and to compare it.
    fn address(&self) -> String {
        let scheme = if self.scheme.is_empty() { "https" } else { self.scheme };
        format!("{scheme}://{}{}", self.host, self.base_path)
    }
}

/// The servers that hold for some operations.
#[derive(Debug, Clone)]
pub(super) struct Servers {
    /// The one that a call goes to.
    pub(super) first: Server,
    /// Addresses of the others, in the order of the document.
    pub(super) others: Vec<(String, u32)>,
}

/// What reads servers needs to know.
pub(super) struct Reader<'r> {
    pub(super) version: Version,
    /// The host of a description that names none.
    pub(super) host: Option<&'r str>,
}

impl Reader<'_> {
    /// The servers of the document.
    pub(super) fn whole(&self, document: &Document, notes: &mut Notes) -> Result<Servers, Fault> {
        let root = document.at();
        if self.version == Version::V2 {
            return self.v2(&root, &root, notes);
        }
        match self.of(&root, notes)? {
            Some(servers) => Ok(servers),
            None => Ok(alone(self.parse(&root, "/", None, notes)?)),
        }
    }

    /// The servers that a path or an operation names for itself.
    pub(super) fn of(&self, holder: &At, notes: &mut Notes) -> Result<Option<Servers>, Fault> {
        let Some(list) = holder.optional("servers") else { return Ok(None) };
        let mut found: Vec<(Server, u32)> = Vec::new();
        few(&list, list.list()?.len(), "servers")?;
        for server in list.items()? {
            let url = server.text_of("url")?;
            if is_web(url) {
                let variables = server.optional("variables");
                found.push((self.parse(&server, url, variables.as_ref(), notes)?, server.node.line));
            } else {
                notes.add(
                    Phrase::say("the server ")
                        .and_quote(url)
                        .and_say(" is none of http and is not looked at"),
                );
            }
        }
        let mut found = found.into_iter();
        let Some((first, _)) = found.next() else { return Ok(None) };
        let mut others: Vec<(String, u32)> = Vec::new();
        for (server, line) in found {
            let address = server.address();
            if address != first.address() && others.iter().all(|(a, _)| *a != address) {
                others.push((address, line));
            }
        }
        Ok(Some(Servers { first, others }))
    }

    /// 2.0: one host; an operation may have schemes of its own.
    pub(super) fn v2(&self, root: &At, holder: &At, notes: &mut Notes) -> Result<Servers, Fault> {
        let listed = |at: &At| at.node.get("schemes").map_or(0, |list| list.items().len());
        few(holder, listed(holder).max(listed(root)), "schemes")?;
        let schemes = match holder.texts_of("schemes")? {
            own if own.is_empty() => root.texts_of("schemes")?,
            own => own,
        };
        let schemes: Vec<String> = schemes.iter().map(|s| s.to_ascii_lowercase()).collect();
        let plain = !schemes.is_empty()
            && !schemes.iter().any(|s| s == "https")
            && schemes.iter().any(|s| s == "http");
        let base = root.opt_text("basePath")?.unwrap_or_default();
        let base = format!("/{}", base.trim_start_matches('/'));
        let url = match root.opt_text("host")? {
            Some(host) if !host.is_empty() => {
                format!("{}://{host}{base}", if plain { "http" } else { "https" })
            }
            _ => base,
        };
        let mut servers = alone(self.parse(root, &url, None, notes)?);
        if !plain && schemes.iter().any(|s| s == "http") {
            let first = &servers.first;
            servers.others.push((format!("http://{}{}", first.host, first.base_path), root.node.line));
        }
        Ok(servers)
    }

    fn parse(
        &self,
        holder: &At,
        written: &str,
        variables: Option<&At>,
        notes: &mut Notes,
    ) -> Result<Server, Fault> {
        short(holder, written)?;
        let used = match variables {
            Some(all) => {
                few(all, all.map()?.len(), "variables")?;
                used(all.node, written)
            }
            None => None,
        };
        // A variable where scheme or host should be told: what it is by default counts.
        let url = with_defaults(written.trim(), variables.map(|all| all.node));
        short(holder, &url)?;
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), Some(rest)),
            None => ("https".to_owned(), url.strip_prefix("//")),
        };
        let plain = scheme == "http";
        let (authority, path) = match rest {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", url.as_str()),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (login, host) = authority.rsplit_once('@').map_or(("", authority), |(login, host)| (login, host));
        if !login.is_empty() {
            notes.add(Phrase::say("a server's address carries a name or password: it is not taken over"));
        }
        let default = if plain { ":80" } else { ":443" };
        let host = host.strip_suffix(default).unwrap_or(host).trim_end_matches(':').to_lowercase();
        let assumed = host.is_empty();
        let host = match assumed {
            false => host,
            true => self.host.unwrap_or(NO_HOST).to_owned(),
        };
        let base_path = match path.trim_matches('/') {
            "" => String::new(),
            path => format!("/{path}"),
        };
        Ok(Server { scheme: if plain { "http" } else { "" }, host, base_path, variables: used, assumed })
    }
}

fn alone(first: Server) -> Servers {
    Servers { first, others: Vec::new() }
}

/// Whether an address is of the web, or relative to one that is.
fn is_web(url: &str) -> bool {
    match url.trim().split_once("://") {
        Some((scheme, _)) => {
            scheme.starts_with('{') || matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
        }
        None => true,
    }
}

fn with_defaults(url: &str, variables: Option<&Node>) -> String {
    let mut out = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        let default = variables.and_then(|v| v.get(name)?.get("default")?.as_text());
        // Only a whole scheme or host, or all of an address: a variable in a name or in the path stays one.
        let whole = out.is_empty()
            || (out.ends_with("://") || out == "//")
                && (after.is_empty() || after.starts_with(['/', ':', '?', '#']));
        match default.filter(|_| whole) {
            Some(default) => out.push_str(default.trim()),
            None => out.extend(["{", name, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Refuses what is longer than addresses are.
pub(super) fn short(holder: &At, address: &str) -> Result<(), Fault> {
    if address.len() <= MAX_ADDRESS {
        return Ok(());
    }
    let message = format!("an address of {} bytes, and at most {MAX_ADDRESS} are read", address.len());
    Err(Fault { kind: FaultKind::Limit, ..holder.fault(message) })
}

/// Refuses more of a kind than is looked at: what is left out would be as good as not there.
fn few(holder: &At, count: usize, what: &str) -> Result<(), Fault> {
    if count <= MAX_SERVERS {
        return Ok(());
    }
    let message = format!("{count} {what}, and at most {MAX_SERVERS} are read");
    Err(Fault { kind: FaultKind::Limit, ..holder.fault(message) })
}

/// The variables that an address has, each with what it may be.
fn used(variables: &Node, address: &str) -> Option<Node> {
    let mut made = Made::new(variables.line);
    for (name, variable) in variables.members() {
        if address.contains(&format!("{{{name}}}")) {
            let mut one = Made::new(variable.line);
            for key in ["enum", "default"] {
                one.put_some(key, variable.get(key).cloned());
            }
            made.put(name.as_str(), one.node());
        }
    }
    (!made.is_empty()).then(|| at(variables.line, made.sorted().node()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (String, &'static str, String) {
        let reader = Reader { version: Version::V31, host: None };
        let root = Node::null();
        let server = reader.parse(&At::root("a", &root), url, None, &mut Notes::default()).unwrap();
        (server.host, server.scheme, server.base_path)
    }

    #[test]
    fn an_address_is_read_as_calls_use_it() {
        for (url, host, scheme, path) in [
            ("https://API.Shop.example/v1/", "api.shop.example", "", "/v1"),
            ("https://api.shop.example:443", "api.shop.example", "", ""),
            ("http://api.shop.example:80/", "api.shop.example", "http", ""),
            ("http://localhost:8080/api//", "localhost:8080", "http", "/api"),
            ("//api.shop.example/v1", "api.shop.example", "", "/v1"),
            ("https://{tenant}.shop.example/{version}", "{tenant}.shop.example", "", "/{version}"),
            ("https://user:pass@api.shop.example/x?y=1#z", "api.shop.example", "", "/x"),
            ("https://[::1]:8443/", "[::1]:8443", "", ""),
            ("/v1", NO_HOST, "", "/v1"),
            ("", NO_HOST, "", ""),
        ] {
            assert_eq!(read(url), (host.to_owned(), scheme, path.to_owned()), "{url}");
        }
    }

    #[test]
    fn a_variable_that_is_the_whole_host_is_its_default() {
        let variables = crate::model::testing::node(
            r#"{"host": {"default": "API.shop.example", "enum": ["api.shop.example"]}, "at": {"default": "eu"}, "x": {}}"#,
        );
        let reader = Reader { version: Version::V31, host: None };
        for (url, host, names) in [
            ("https://{host}/v1", "api.shop.example", &["host"][..]),
            ("https://{host}", "api.shop.example", &["host"]),
            ("//{host}:8443/v1", "api.shop.example:8443", &["host"]),
            ("https://{at}.shop.example/{x}", "{at}.shop.example", &["at", "x"]),
            ("https://{x}/v1", "{x}", &["x"]),
        ] {
            let at = At::root("a", &variables);
            let server = reader.parse(&at, url, Some(&at), &mut Notes::default()).unwrap();
            let used = server.variables.unwrap();
            let used: Vec<&str> = used.members().iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!((server.host.as_str(), &used[..]), (host, names), "{url}");
        }
    }

    #[test]
    fn what_is_not_read_is_refused() {
        let long = format!("https://a.test/{}", "x".repeat(MAX_ADDRESS));
        let many = |what: &str| vec![what; MAX_SERVERS + 1].join(", ");
        let reader = Reader { version: Version::V31, host: None };
        for list in [format!(r#"{{"url": "{long}"}}"#), many(r#"{"url": "https://a.test"}"#)] {
            let root = crate::model::testing::node(&format!(r#"{{"servers": [{list}]}}"#));
            let fault = reader.of(&At::root("a", &root), &mut Notes::default()).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Limit);
        }
    }
}
