//! Two launch lines or addresses of one server in, what differs and what it means out; and what one is by itself.
//!
//! Asked by everyone who sees servers: configurations of clients, and what a baseline keeps of a server.

use super::host_parts;
use super::host_rules::told;
use super::hosts;
use super::launch_args::{Args, compare as compare_args};
use super::launch_around::{LOADERS, environment, headers, is_credential, rest};
pub use super::launch_change::LaunchChange;
use super::launch_shell::shell;
use super::package::{Package, package, program};
use super::risk_words::is_secret;
use super::surface::Change;
use crate::canon::Node;
use crate::canon::json::canonical;
use crate::model::at::At;
use crate::model::client::{Launch, Transport};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity, mcp};

/// Every rule that a comparison can give.
pub const EMITS: &[&Rule] = &[
    mcp::LAUNCH_COMMAND_CHANGED,
    mcp::LAUNCH_UNPINNED,
    mcp::LAUNCH_VERSION_CHANGED,
    mcp::LAUNCH_INTEGRITY_CHANGED,
    mcp::LAUNCH_SHELL,
    mcp::LAUNCH_ENV_ADDED,
    mcp::LAUNCH_MOUNT_WIDENED,
    mcp::TRANSPORT_CHANGED,
    mcp::URL_CHANGED,
    mcp::AUTH_REMOVED,
    mcp::AUTH_ADDED,
];

/// Whether two launch lines or addresses do the same; how they are shown or how long they may take apart.
pub fn same(a: &Launch, b: &Launch) -> bool {
    a == b
}

/// A text that two launch lines share where they are the same, for tables of many.
pub fn key(launch: &Launch) -> String {
    let rest: Vec<_> = launch.rest.iter().map(|(name, node)| (name, canonical(node))).collect();
    let package = launch.package.as_ref().map(canonical);
    let how = (launch.transport, &launch.command, &launch.args, &launch.env, &launch.cwd);
    format!("{:?}", (how, &launch.url, launch.url_member, &launch.headers, rest, package))
}

/// Whether a client starts or calls exactly what a toolpack locks. That keeps names of variables and headers
/// alone: a value that stands in the client's file was not signed, whatever it decides. What the client fills in
/// from where it runs, and a credential of a variable that is named so, are no news.
pub fn is_locked_as(locked: &Launch, is: &Launch) -> bool {
    if (&locked.command, &locked.args, &locked.url) != (&is.command, &is.args, &is.url) {
        return false;
    }
    let names = |launch: &Launch| {
        let mut launch = launch.clone();
        launch.env.values_mut().chain(launch.headers.values_mut()).for_each(|value| *value = None);
        launch.url_member = "url";
        // Clients don't say which bytes they fetch.
        launch.package = None;
        launch
    };
    let signed = |(name, value): (&String, &Option<String>)| match value {
        None => true,
        Some(value) => match reference(value) {
            // A credential under another name goes where nobody meant it to go.
            Some(of) => !is_secret(of) || is_secret(name) || is_credential(name),
            None => is_secret(name),
        },
    };
    let loads = |(name, value): (&String, &Option<String>)| {
        value.is_some() && LOADERS.contains(&name.to_ascii_uppercase().as_str())
    };
    is.env.iter().all(|one| signed(one) && !loads(one))
        && is.headers.iter().all(|(name, value)| {
            value.is_none() || value.as_deref().and_then(reference).is_some() && signed((name, value))
        })
        && names(locked) == names(is)
}

/// The variable that a value is filled in from, whole: `${NAME}`, `${env:NAME}`, `$NAME`, also behind `Bearer`. One
/// with a default says a value of its own.
fn reference(value: &str) -> Option<&str> {
    let value = value.trim();
    let value =
        ["Bearer ", "Basic ", "token "].iter().find_map(|kind| value.strip_prefix(kind)).unwrap_or(value);
    let inner = value.strip_prefix('$')?;
    let inner = inner.strip_prefix('{').map_or(Some(inner), |inner| inner.strip_suffix('}'))?;
    let name = ["env:", "input:"].iter().find_map(|kind| inner.strip_prefix(kind)).unwrap_or(inner);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (plain && !name.is_empty() && (value.starts_with("${") || !name.contains('-'))).then_some(name)
}

/// What a launch line or address is by itself.
pub fn state(launch: &Launch) -> Vec<LaunchChange> {
    let mut found = Vec::new();
    if let Some((at, why)) = shell(launch) {
        found.push(
            LaunchChange::new(
                mcp::LAUNCH_SHELL,
                part(launch, at),
                "launch",
                Phrase::quote(launch.line()),
                why,
            )
            .values(None, Some(words(launch))),
        );
    } else if let Some(package) = packaged(launch).filter(|p| !p.is_pinned()) {
        found.push(unpinned(launch, &package, None));
    }
    found
}

/// What differs in how two servers of baselines are started or reached; for one that is new, what it is by itself.
/// One that can't be understood never comes here: its baseline could not be read.
pub fn of_servers(old: Option<&Node>, new: &Node) -> Vec<Change> {
    let read = |server: &Node| Launch::read(&At::new("", "", server.get("launch")?)).ok();
    let found = match (old.and_then(read), read(new)) {
        (Some(old), Some(new)) => changes(&old, &new),
        (None, Some(new)) => state(&new),
        (_, None) => Vec::new(),
    };
    found.into_iter().map(LaunchChange::of_server).collect()
}

fn packaged(launch: &Launch) -> Option<Package> {
    (launch.transport == Transport::Stdio).then(|| package(&launch.command, &launch.args)).flatten()
}

fn part(launch: &Launch, at: Option<usize>) -> String {
    match at {
        Some(at) if at < launch.args.len() => format!("/args/{at}"),
        _ => "/command".to_owned(),
    }
}

/// The launch line as a value. Only what is compared: credentials stand in variables and headers.
fn words(launch: &Launch) -> Node {
    Node::texts(std::iter::once(&launch.command).chain(&launch.args).cloned())
}

fn unpinned(launch: &Launch, package: &Package, before: Option<&Launch>) -> LaunchChange {
    let said = match &package.version {
        Some(version) => Phrase::quote(&package.name).and_say(" in version ").and_quote(version),
        None => Phrase::quote(&package.name).and_say(" in no version"),
    };
    LaunchChange::new(
        mcp::LAUNCH_UNPINNED,
        part(launch, Some(package.at)),
        "launch",
        said,
        Phrase::say(format!("{} fetches what is published when it starts", package.runner)),
    )
    .values(before.map(words), Some(Node::text(launch.args.get(package.at).cloned().unwrap_or_default())))
}

/// What differs between two ways to start or reach a server.
pub fn changes(old: &Launch, new: &Launch) -> Vec<LaunchChange> {
    let mut out = Vec::new();
    if old.transport != new.transport {
        let at = if new.url.is_some() { format!("/{}", new.url_member) } else { "/command".to_owned() };
        let mut change = Phrase::say(format!("{} → {}: ", old.transport.word(), new.transport.word()));
        change = change.and_quote(new.line());
        let here = match new.transport {
            Transport::Stdio => "a program is started where an address was called",
            _ if old.transport == Transport::Stdio => "calls leave the machine",
            _ => "the server is spoken to in another way",
        };
        out.push(
            LaunchChange::new(mcp::TRANSPORT_CHANGED, at, "transport", change, here.into())
                .values(Some(Node::text(old.line())), Some(Node::text(new.line()))),
        );
        // One that also moves is another server: what reaches it now is part of the same change.
        if (old.url.is_some()) != (new.url.is_some()) {
            out.extend(state(new));
            environment(old, new, &mut out);
            return out;
        }
    }
    match new.transport {
        Transport::Stdio => program_changed(old, new, &mut out),
        _ => address(old, new, &mut out),
    }
    package_locked(old, new, &mut out);
    environment(old, new, &mut out);
    headers(old, new, &mut out);
    rest(old, new, &mut out);
    out
}

fn program_changed(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    if (&old.command, &old.args) == (&new.command, &new.args) {
        return;
    }
    let both = |change: LaunchChange| change.values(Some(words(old)), Some(words(new)));
    if let Some((at, why)) = shell(new) {
        let rule = if shell(old).is_some() { mcp::LAUNCH_COMMAND_CHANGED } else { mcp::LAUNCH_SHELL };
        out.push(both(LaunchChange::new(rule, part(new, at), "launch", Phrase::quote(new.line()), why)));
        return;
    }
    let (was, is) = (packaged(old), packaged(new));
    let same_program = program(&old.command) == program(&new.command) && (old.command == new.command);
    let same = match (&was, &is) {
        (Some(was), Some(is)) => was.runner == is.runner && was.name == is.name,
        (None, None) => same_program,
        _ => false,
    };
    if !same {
        let change = Phrase::quote(old.line()).and_say(" → ").and_quote(new.line());
        let here = match (&was, &is) {
            (Some(was), Some(is)) if was.name != is.name => match hosts::lookalike(&was.name, &is.name) {
                Some(why) => {
                    Phrase::quote(&is.name).and_say(" is made to be taken for the old package: ").and_say(why)
                }
                None => Phrase::say("another package runs: ").and_quote(&is.name),
            },
            _ => Phrase::say("another program runs with the rights of whoever opens the repository"),
        };
        out.push(both(LaunchChange::new(mcp::LAUNCH_COMMAND_CHANGED, "/command", "launch", change, here)));
        // Code that nobody looked at, and that can change again: two causes.
        let newly = was.as_ref().is_none_or(Package::is_pinned);
        out.extend(is.filter(|p| newly && !p.is_pinned()).map(|p| unpinned(new, &p, Some(old))));
        return;
    }
    if let (Some(was), Some(is)) = (&was, &is) {
        out.extend(release(was, is, old, new));
    }
    let at = |p: &Option<Package>| p.as_ref().map(|p| p.at);
    let wrapped = old.command != new.command;
    match compare_args(&new.command, &old.args, &new.args, (at(&was), at(&is))) {
        Args::Same if !wrapped => {}
        Args::Widened(come) if !wrapped => out.push(both(LaunchChange::new(
            mcp::LAUNCH_MOUNT_WIDENED,
            part_of(new, come.first()),
            "launch",
            Phrase::say("also ").and(Phrase::list(come)),
            "it could not see that before".into(),
        ))),
        Args::Narrowed(gone) if !wrapped => out.push(
            both(LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                "/args",
                "launch",
                Phrase::say("no longer ").and(Phrase::list(gone)),
                "it sees less than before".into(),
            ))
            .severity(Severity::Low),
        ),
        Args::Other(gone, come) => {
            let change = match (gone.is_empty(), come.is_empty()) {
                (true, true) => Phrase::say("arguments in another order"),
                (true, false) => Phrase::say("also ").and(Phrase::list(come.clone())),
                (false, true) => Phrase::say("no longer ").and(Phrase::list(gone)),
                (false, false) => Phrase::list(gone).and_say(" → ").and(Phrase::list(come.clone())),
            };
            let here = "arguments decide what the program does".into();
            out.push(both(LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                part_of(new, come.first()),
                "launch",
                change,
                here,
            )));
        }
        _ => {
            let change = Phrase::quote(&old.command).and_say(" → ").and_quote(&new.command);
            let here = "another program starts it".into();
            out.push(both(LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                "/command",
                "launch",
                change,
                here,
            )));
        }
    }
}

/// The place of an argument; tokens of containers are two words.
fn part_of(launch: &Launch, token: Option<&String>) -> String {
    let word = token.map(|t| t.rsplit(' ').next().unwrap_or(t));
    match launch.args.iter().position(|a| Some(a.as_str()) == word) {
        Some(at) => format!("/args/{at}"),
        None => "/args".to_owned(),
    }
}

/// Another release of the same package.
fn release(was: &Package, is: &Package, old: &Launch, new: &Launch) -> Option<LaunchChange> {
    if (&was.version, &was.digest) == (&is.version, &is.digest) {
        return None;
    }
    if was.is_pinned() && !is.is_pinned() {
        return Some(unpinned(new, is, Some(old)));
    }
    let shown = |p: &Package| -> String {
        let tag = p.version.as_deref().unwrap_or("no version");
        p.digest.as_ref().map_or_else(|| tag.to_owned(), |digest| format!("{tag}, {digest}"))
    };
    let change = Phrase::quote(shown(was)).and_say(" → ").and_quote(shown(is));
    let swapped = was.version == is.version && was.digest.is_some() && is.digest.is_some();
    let (rule, here) = match swapped {
        true => (mcp::LAUNCH_INTEGRITY_CHANGED, "other bytes under the name that was looked at"),
        false => (mcp::LAUNCH_VERSION_CHANGED, "other code runs"),
    };
    let release = LaunchChange::new(
        rule,
        part(new, Some(is.at)),
        "launch",
        Phrase::quote(&is.name).and_say(" ").and(change),
        here.into(),
    );
    let release = release.values(old.args.get(was.at).map(Node::text), new.args.get(is.at).map(Node::text));
    // From anything to one release: less can happen than before.
    Some(if is.is_pinned() && !was.is_pinned() { release.severity(Severity::Low) } else { release })
}

fn address(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    let (was, is) = (old.url.as_deref().unwrap_or_default(), new.url.as_deref().unwrap_or_default());
    let (a, b) = (Url::of(was), Url::of(is));
    if a == b {
        return;
    }
    let mut here = Phrase::say("another place on the same host");
    let moved = hosts::compare(&a.host, &b.host);
    if let Some(change) = moved.first() {
        here = told(change).1;
    }
    out.push(
        LaunchChange::new(
            mcp::URL_CHANGED,
            format!("/{}", new.url_member),
            "address",
            Phrase::quote(was).and_say(" → ").and_quote(is),
            here,
        )
        .values(Some(Node::text(was)), Some(Node::text(is))),
    );
}

/// What a baseline locked of the package, where the launch line does not say it.
fn package_locked(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    // Where nothing was locked, what is locked now takes nothing away.
    let locked = old.package.is_some() && old.package != new.package;
    // Told already where the line itself names another one; less to see is no answer to other bytes.
    let releases = [mcp::LAUNCH_VERSION_CHANGED, mcp::LAUNCH_UNPINNED, mcp::LAUNCH_INTEGRITY_CHANGED];
    let is_told = |c: &LaunchChange| {
        releases.contains(&c.rule)
            || c.severity.is_none() && [mcp::LAUNCH_COMMAND_CHANGED, mcp::LAUNCH_SHELL].contains(&c.rule)
    };
    if !locked || out.iter().any(is_told) {
        return;
    }
    let of = |launch: &Launch, key: &str| launch.package.as_ref().and_then(|p| p.get(key)).map(canonical);
    let differs = |key: &str| of(old, key) != of(new, key);
    let (rule, here) = match (differs("registry") || differs("name"), differs("version")) {
        (true, _) => (mcp::LAUNCH_COMMAND_CHANGED, "another package is meant"),
        (_, true) => (mcp::LAUNCH_VERSION_CHANGED, "other code runs"),
        _ => (mcp::LAUNCH_INTEGRITY_CHANGED, "other bytes under the name that was looked at"),
    };
    let shown = |launch: &Launch| launch.package.as_ref().map_or_else(|| "no package".to_owned(), canonical);
    let change = Phrase::quote(shown(old)).and_say(" → ").and_quote(shown(new));
    let change = LaunchChange::new(rule, "/package", "package", change, here.into());
    let change = change.values(old.package.clone(), new.package.clone());
    out.push(if new.package.is_none() { change.gone() } else { change });
}

/// The parts of an address that make another one.
#[derive(PartialEq, Eq)]
struct Url {
    host: String,
    rest: String,
}

impl Url {
    fn of(text: &str) -> Url {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let scheme = scheme.to_ascii_lowercase();
        // Clients take a backslash for a slash, too.
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
        let host = host_parts::Parts::of(&format!("{scheme}://{host}")).spelled();
        let plain = path.strip_suffix('/').unwrap_or(path);
        Url { host, rest: format!("{scheme} {user} {plain}") }
    }
}

/// The host of an address, as an allow list would name it.
pub fn host_of(url: &str) -> String {
    Url::of(url).host
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::read_json::read_json;
    use crate::model::at::At;

    fn launch(text: &str) -> Launch {
        let node = read_json("f", text.as_bytes(), &Limits::new(4096)).expect("JSON");
        Launch::read(&At::root("f", &node)).expect(text)
    }

    #[test]
    fn a_value_that_nobody_signed_is_not_what_is_locked() {
        let locked = launch(r#"{"command": "x", "env": ["A_URL", "API_TOKEN", "NODE_OPTIONS"]}"#);
        for (url, token, is) in [
            ("${A_URL}", "${API_TOKEN}", true),
            ("${env:A_URL}", "abc", true),
            ("$A_URL", "${OTHER_TOKEN}", true),
            ("https://evil.test", "${API_TOKEN}", false),
            ("${A_URL:-https://evil.test}", "${API_TOKEN}", false),
            ("https://evil.test/${A_URL}", "${API_TOKEN}", false),
            ("${API_TOKEN}", "${API_TOKEN}", false),
            ("", "${API_TOKEN}", false),
        ] {
            let text = format!(
                r#"{{"command": "x", "env": {{"A_URL": "{url}", "API_TOKEN": "{token}", "NODE_OPTIONS": null}}}}"#
            );
            assert_eq!(is_locked_as(&locked, &launch(&text)), is, "{url} {token}");
        }
        let loads = r#"{"command": "x", "env": {"A_URL": null, "API_TOKEN": null, "NODE_OPTIONS": "${A}"}}"#;
        assert!(!is_locked_as(&locked, &launch(loads)));
        let locked = launch(r#"{"url": "https://a.test", "headers": ["authorization"]}"#);
        for (value, is) in
            [("Bearer ${T}", true), ("Bearer abc", false), ("${T:-abc}", false), ("abc", false)]
        {
            let text = format!(r#"{{"url": "https://a.test", "headers": {{"Authorization": "{value}"}}}}"#);
            assert_eq!(is_locked_as(&locked, &launch(&text)), is, "{value}");
        }
    }

    #[test]
    fn other_bytes_at_the_same_version_are_told() {
        let of = |version: &str, integrity: &str| {
            launch(&format!(
                r#"{{"command": "npx", "args": ["-y", "files@{version}"],
                     "package": {{"registry": "npm", "name": "files", "version": "{version}", "integrity": "{integrity}"}}}}"#
            ))
        };
        let rules =
            |old: &Launch, new: &Launch| changes(old, new).iter().map(|c| c.rule.id).collect::<Vec<_>>();
        assert_eq!(rules(&of("1.0.0", "a"), &of("1.0.0", "a")), [""; 0]);
        assert_eq!(rules(&of("1.0.0", "a"), &of("1.0.0", "b")), ["mcp.launch-integrity-changed"]);
        assert_eq!(rules(&of("1.0.0", "a"), &of("1.0.1", "b")), ["mcp.launch-version-changed"]);
        let narrowed = |launch: Launch, root: &str| Launch {
            args: launch.args.into_iter().chain([root.to_owned()]).collect(),
            ..launch
        };
        let (wide, narrow) = (narrowed(of("1.0.0", "a"), "/srv"), narrowed(of("1.0.0", "b"), "/srv/a"));
        assert!(rules(&wide, &narrow).contains(&"mcp.launch-integrity-changed"));
        let gone = Launch { package: None, ..of("1.0.0", "a") };
        assert_eq!(rules(&of("1.0.0", "a"), &gone), ["mcp.launch-command-changed"]);
        assert_eq!(rules(&gone, &of("1.0.0", "a")), [""; 0]);
    }

    #[test]
    fn the_host_of_an_address_is_where_a_client_goes() {
        for (url, host) in [
            ("https://A.test:443/x", "a.test"),
            ("https://evil.test\\@a.test/", "evil.test"),
            ("https://me@a.test:8443", "a.test:8443"),
            ("http://a.test:80", "http://a.test"),
            ("https://a.test.", "a.test"),
            ("https://[2001:DB8::1]:444/", "[2001:db8::1]:444"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
        let at = |url: &str| launch(&format!(r#"{{"url": "{url}"}}"#));
        assert_eq!(changes(&at("https://a.test/"), &at("HTTPS://A.test:443")).len(), 0);
        assert_eq!(changes(&at("https://a.test"), &at("http://a.test")).len(), 1);
    }
}
