//! What is wrong with a client's configuration by itself, whatever it was before.

use std::collections::BTreeSet;

use super::around::Around;
use super::place::{below, subject};
use crate::canon::Node;
use crate::compare::launch::state;
use crate::compare::launch_own::{Weak, weakens};
use crate::compare::secrets::secrets;
use crate::model::client::{ClientFile, Server};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::rules::{mcp, pack};

/// What is wrong with a configuration.
pub fn run(file: &ClientFile, around: &Around) -> Vec<Finding> {
    let mut out = Vec::new();
    for server in &file.servers {
        for change in state(&server.launch) {
            out.push(
                Finding::new(
                    change.rule,
                    subject(file, &server.name),
                    below(file, server, &change.part, Side::Head),
                )
                .values(None, change.after)
                .says(change.aspect, change.change)
                .here(change.here),
            );
        }
        let weak = weakens(&server.launch, around.hosts);
        out.extend(weakened(file, server, &weak));
        out.extend(literals(file, server));
    }
    out
}

/// Credentials that the head's configurations bring: those that the base has anywhere are told by whoever looks at
/// one state.
pub fn secrets_brought(base: &[ClientFile], head: &[ClientFile]) -> Vec<Finding> {
    let all = |files: &[ClientFile]| -> Vec<Finding> {
        files.iter().flat_map(|f| f.servers.iter().flat_map(|s| literals(f, s))).collect()
    };
    let mut found = all(head);
    if !found.is_empty() {
        let known: BTreeSet<String> = all(base).iter().filter_map(value).collect();
        found.retain(|f| value(f).is_none_or(|value| !known.contains(&value)));
    }
    found
}

fn value(finding: &Finding) -> Option<String> {
    finding.after.as_ref().map(crate::canon::json::canonical)
}

/// Cask started without its guard.
pub fn weakened(file: &ClientFile, server: &Server, weak: &[Weak]) -> Option<Finding> {
    let first = weak.first()?;
    let words = || weak.iter().map(|w| w.word.as_str());
    Some(
        Finding::new(
            mcp::LAUNCH_CASK_WEAKENED,
            subject(file, &server.name),
            below(file, server, &first.part, Side::Head),
        )
        .values(None, Some(Node::texts(words())))
        .says("launch", Phrase::list(words()))
        .here("what it serves is then not what was approved here".into()),
    )
}

/// Credentials written out in a launch line, a variable or a header.
fn literals(file: &ClientFile, server: &Server) -> Vec<Finding> {
    let launch = &server.launch;
    let args = launch.args.iter().enumerate().map(|(n, arg)| (format!("/args/{n}"), arg.as_str()));
    let named = launch
        .env
        .iter()
        .map(|(name, value)| (format!("/env/{}", crate::canon::node::pointer_step(name)), value));
    let named = named.chain(launch.headers.values().map(|value| ("/headers".to_owned(), value)));
    let named = named.filter_map(|(part, value)| Some((part, value.as_deref()?)));
    let url = launch.url.iter().map(|url| (format!("/{}", launch.url_member), url.as_str()));
    let all = args.chain(named).chain(url);
    all.filter_map(|(part, text)| {
        let kind = secrets(text).first()?.kind;
        Some(
            Finding::new(
                pack::SECRET_FOUND,
                subject(file, &server.name),
                below(file, server, &part, Side::Head),
            )
            .values(None, Some(Node::text(text)))
            .says("credential", Phrase::say(kind))
            .here("whoever reads the repository can use it".into()),
        )
    })
    .collect()
}
