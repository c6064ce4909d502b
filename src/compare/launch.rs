//! Two launch lines or addresses of one server in, what differs and what it means out; and what one is by itself.
//!
//! Asked by everyone who sees servers: configurations of clients, and what a baseline keeps of a server.

use std::collections::BTreeSet;

use super::host_rules::told;
use super::hosts;
use super::launch_args::{Args, compare as compare_args};
use super::package::{Package, behind_wrappers, package, program};
use super::risk_words::is_secret;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::model::client::{Launch, Transport};
use crate::model::finding::Side;
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

/// One thing that differs, or that is so.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchChange {
    /// The rule.
    pub rule: &'static Rule,
    /// Another severity than the rule's own.
    pub severity: Option<Severity>,
    /// Where it stands below the server.
    pub part: String,
    /// In which state.
    pub side: Side,
    /// What it was.
    pub before: Option<Node>,
    /// What it is.
    pub after: Option<Node>,
    /// What part of the server it is.
    pub aspect: &'static str,
    /// What changed.
    pub change: Phrase,
    /// What it means.
    pub here: Phrase,
}

impl LaunchChange {
    fn new(
        rule: &'static Rule,
        part: impl Into<String>,
        aspect: &'static str,
        change: Phrase,
        here: Phrase,
    ) -> LaunchChange {
        LaunchChange {
            rule,
            severity: None,
            part: part.into(),
            side: Side::Head,
            before: None,
            after: None,
            aspect,
            change,
            here,
        }
    }

    fn values(mut self, before: Option<Node>, after: Option<Node>) -> LaunchChange {
        (self.before, self.after) = (before, after);
        self
    }

    fn gone(mut self) -> LaunchChange {
        self.side = Side::Base;
        self
    }

    fn severity(mut self, severity: Severity) -> LaunchChange {
        self.severity = Some(severity);
        self
    }
}

/// Whether two launch lines or addresses do the same; how they are shown or how long they may take apart.
pub fn same(a: &Launch, b: &Launch) -> bool {
    a == b
}

/// Whether a client starts or calls exactly what a toolpack locks. That keeps names of variables and headers
/// alone, so a value that decides what code is loaded is not what was signed.
pub fn is_locked_as(locked: &Launch, is: &Launch) -> bool {
    let names = |launch: &Launch| {
        let mut launch = launch.clone();
        launch.env.values_mut().chain(launch.headers.values_mut()).for_each(|value| *value = None);
        launch.url_member = "url";
        launch
    };
    let free = is
        .env
        .iter()
        .any(|(name, value)| value.is_some() && LOADERS.contains(&name.to_ascii_uppercase().as_str()));
    !free && names(locked) == names(is)
}

/// Programs that take a text to run.
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "csh", "tcsh", "powershell", "pwsh", "cmd", "wsl"];
/// Others that do, with the option that begins it.
const INLINE: &[(&str, &[&str])] = &[
    ("node", &["-e", "--eval", "-p", "--print"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("php", &["-r"]),
    ("osascript", &["-e"]),
    ("npx", &["-c", "--call"]),
    ("npm", &["-c", "--call"]),
];
/// Variables by which other code is loaded into the process, or another program found.
const LOADERS: &[&str] = &[
    "PATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "DYLD_LIBRARY_PATH",
    "BASH_ENV",
    "ENV",
    "PERL5OPT",
    "PERL5LIB",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "GIT_SSH_COMMAND",
    "NPM_CONFIG_REGISTRY",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "PIP_INDEX_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "SSL_CERT_FILE",
    "DOCKER_HOST",
];

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

/// Where a launch line hands text to a shell or an interpreter, and which.
fn shell(launch: &Launch) -> Option<(Option<usize>, Phrase)> {
    if launch.transport != Transport::Stdio {
        return None;
    }
    // `cmd /c npx …` is how a script is started where there is no other way: its words are a list.
    let meta =
        |text: &String| text.contains(['|', '&', ';', '<', '>', '`', '\n', '%', '^']) || text.contains("$(");
    let mut heads = vec![(None, program(&launch.command))];
    if let Some(at) = behind_wrappers(&launch.command, &launch.args) {
        heads.push((Some(at), program(&launch.args[at])));
    }
    for (at, name) in heads {
        let rest = &launch.args[at.map_or(0, |at| at + 1)..];
        let from = at.map_or(0, |at| at + 1);
        let option = |is: &dyn Fn(&str) -> bool| {
            let leading = rest.iter().take_while(|a| a.starts_with(['-', '/'])).count();
            rest[..leading].iter().position(|a| is(a)).map(|n| from + n)
        };
        let found = match name.as_str() {
            "cmd" => rest.iter().position(meta).map(|n| from + n),
            "powershell" | "pwsh" => option(&|a| {
                let a = a.to_ascii_lowercase();
                let a = a.trim_start_matches(['-', '/']);
                !a.is_empty() && ("command".starts_with(a) || "encodedcommand".starts_with(a) || a == "ec")
            })
            .or_else(|| {
                rest.iter()
                    .position(|a| !a.starts_with('-'))
                    .filter(|n| meta(&rest[*n]) || rest[*n].contains(' '))
                    .map(|n| from + n)
            }),
            "wsl" => rest.iter().position(meta).map(|n| from + n),
            name if SHELLS.contains(&name) => {
                option(&|a| a.starts_with('-') && !a.starts_with("--") && a[1..].contains('c') || a == "-s")
            }
            name => INLINE
                .iter()
                .find(|(program, _)| *program == name)
                .and_then(|(_, options)| {
                    rest.iter().position(|a| options.contains(&a.as_str())).map(|n| from + n)
                })
                // Behind the package, words are the server's own.
                .filter(|at| package(&launch.command, &launch.args).is_none_or(|p| *at < p.at)),
        };
        if let Some(found) = found {
            return Some((Some(found), Phrase::quote(name).and_say(" runs whatever the text says")));
        }
    }
    // One word that is a whole line goes through a shell in clients that take it.
    let line =
        launch.args.is_empty() && (launch.command.contains(['|', ';', '`']) || launch.command.contains("&&"));
    line.then(|| (None, Phrase::say("the command is a line for a shell")))
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
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
        let host = host.to_ascii_lowercase();
        let default = if scheme == "http" { ":80" } else { ":443" };
        let host = host.strip_suffix(default).unwrap_or(&host);
        let plain = path.strip_suffix('/').unwrap_or(path);
        let host = if scheme == "http" { format!("http://{host}") } else { host.to_owned() };
        Url { host, rest: format!("{scheme} {user} {plain}") }
    }
}

/// The host of an address, as an allow list would name it.
pub fn host_of(url: &str) -> String {
    Url::of(url).host
}

fn environment(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    let names: BTreeSet<&String> = old.env.keys().chain(new.env.keys()).collect();
    for name in names {
        let (was, is) = (old.env.get(name), new.env.get(name));
        if was == is {
            continue;
        }
        let at = format!("/env/{}", pointer_step(name));
        let loader = LOADERS.contains(&name.to_ascii_uppercase().as_str());
        let value = |_: &Option<String>| Node::text(name);
        let change = |verb: &'static str| Phrase::say("variable ").and_quote(name).and_say(verb);
        let one = match (was, is) {
            (None, Some(_)) if is_secret(name) => LaunchChange::new(
                mcp::LAUNCH_ENV_ADDED,
                at,
                "environment",
                change(""),
                "the server can use the credential, and send it on".into(),
            ),
            (_, Some(_)) if loader => LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                at,
                "environment",
                change(" set"),
                "it decides what code is loaded or whom the program asks".into(),
            ),
            (None, Some(_)) => LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                at,
                "environment",
                change(" new"),
                "the program reads it".into(),
            )
            .severity(Severity::Medium),
            (_, None) => LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                at,
                "environment",
                change(" gone"),
                "the program does without it".into(),
            )
            .severity(Severity::Low)
            .gone(),
            // Another way to the same credential: `${A}` → `${B}`, or a literal.
            (Some(_), Some(_)) => LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                at,
                "environment",
                change(" set otherwise"),
                "the program reads another value".into(),
            )
            .severity(Severity::Medium),
        };
        // Names alone: a value can be a credential.
        out.push(one.values(was.map(value), is.map(value)));
    }
}

/// Whether a header, or a member that stands for one, carries a credential.
fn is_credential(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "proxy-authorization"
            | "cookie"
            | "oauth"
            | "auth"
            | "authproviderType"
            | "authProviderType"
    ) || is_secret(name)
        || name.ends_with("-key")
        || name.contains("token")
}

fn headers(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    let names: BTreeSet<&String> = old.headers.keys().chain(new.headers.keys()).collect();
    for name in names {
        let (was, is) = (old.headers.get(name), new.headers.get(name));
        if was == is {
            continue;
        }
        let node = |_: &Option<String>| Node::text(name);
        let change = |verb: &'static str| Phrase::say("header ").and_quote(name).and_say(verb);
        let at = "/headers".to_owned();
        let one = match (was, is, is_credential(name)) {
            (None, Some(_), true) => LaunchChange::new(
                mcp::AUTH_ADDED,
                at,
                "credential",
                change(" new"),
                "a credential goes to this address with every call".into(),
            ),
            (Some(_), None, true) => LaunchChange::new(
                mcp::AUTH_REMOVED,
                at,
                "credential",
                change(" gone"),
                "calls carry no such credential any more".into(),
            )
            .gone(),
            (Some(_), Some(_), true) => LaunchChange::new(
                mcp::AUTH_ADDED,
                at,
                "credential",
                change(" set otherwise"),
                "another credential goes to this address".into(),
            ),
            (..) => LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                at,
                "header",
                change(" differs"),
                "the server is called otherwise".into(),
            )
            .severity(Severity::Medium),
        };
        out.push(one.values(was.map(node), is.map(node)));
    }
}

fn rest(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
    if old.cwd != new.cwd {
        let (was, is) = (old.cwd.as_deref().unwrap_or("."), new.cwd.as_deref().unwrap_or("."));
        let change = Phrase::say("started in ").and_quote(was).and_say(" → ").and_quote(is);
        let here = "programs and files are found from there".into();
        out.push(
            LaunchChange::new(mcp::LAUNCH_COMMAND_CHANGED, "/cwd", "launch", change, here)
                .values(Some(Node::text(was)), Some(Node::text(is))),
        );
    }
    let names: BTreeSet<&String> = old.rest.keys().chain(new.rest.keys()).collect();
    for name in names {
        let (was, is) = (old.rest.get(name), new.rest.get(name));
        // What logs in is told with the headers.
        if was == is || new.headers.contains_key(name) != old.headers.contains_key(name) {
            continue;
        }
        let change = Phrase::say("member ").and_quote(name).and_say(" differs");
        let here = "what a client makes of it is not known here".into();
        out.push(
            LaunchChange::new(
                mcp::LAUNCH_COMMAND_CHANGED,
                format!("/{}", pointer_step(name)),
                "launch",
                change,
                here,
            )
            .values(was.cloned(), is.cloned())
            .severity(Severity::Medium),
        );
    }
}
