//! What is wrong with a client's configuration by itself, whatever it was before.

use super::around::Around;
use super::place::{below, subject};
use crate::canon::Node;
use crate::compare::launch::state;
use crate::compare::launch_own::weakens;
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
        if let Some((part, _)) = weak.first() {
            out.push(weakened(file, server, part, weak.iter().map(|(_, word)| word.clone()).collect()));
        }
        out.extend(literals(file, server));
    }
    out
}

/// Cask started without its guard.
pub fn weakened(file: &ClientFile, server: &Server, part: &str, words: Vec<String>) -> Finding {
    Finding::new(
        mcp::LAUNCH_CASK_WEAKENED,
        subject(file, &server.name),
        below(file, server, part, Side::Head),
    )
    .values(None, Some(Node::texts(words.iter().cloned())))
    .says("launch", Phrase::list(words))
    .here("what it serves is then not what was approved here".into())
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
