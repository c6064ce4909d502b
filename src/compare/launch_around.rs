//! What a server gets beside its launch line or address: variables, headers, a folder, members that are not known.

use std::collections::BTreeSet;

use super::launch_change::LaunchChange;
use super::risk_words::is_secret;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::model::client::Launch;
use crate::model::phrase::Phrase;
use crate::rules::{Severity, mcp};

/// Variables by which other code is loaded into the process, or another program found.
pub const LOADERS: &[&str] = &[
    "PATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
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
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_DEFAULT_INDEX",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "SSL_CERT_FILE",
    "DOCKER_HOST",
];

/// Variables that the process gets.
pub fn environment(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
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
pub fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "proxy-authorization" | "cookie" | "oauth" | "auth" | "authProviderType")
        || is_secret(name)
        || name.ends_with("-key")
        || name.contains("token")
}

/// Headers and other ways to log in.
pub fn headers(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
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

/// Members by which a client runs something more, or takes variables from elsewhere.
const RUNS: &[&str] = &["headersHelper", "envFile"];

/// The folder it starts in, and members that are not known.
pub fn rest(old: &Launch, new: &Launch, out: &mut Vec<LaunchChange>) {
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
        let runs = RUNS.contains(&name.as_str()) && is.is_some();
        let here = match runs {
            true => "the client runs it, or takes from it what the program gets",
            false => "what a client makes of it is not known here",
        };
        let at = format!("/{}", pointer_step(name));
        let told = LaunchChange::new(mcp::LAUNCH_COMMAND_CHANGED, at, "launch", change, here.into())
            .values(was.cloned(), is.cloned());
        out.push(if runs { told } else { told.severity(Severity::Medium) });
    }
}
