//! What clients may do unasked, and what they may not: what grew, and what is gone.

use super::place::{place, subject};
use crate::canon::Node;
use crate::compare::grants::{covers, severity};
use crate::model::client::{ClientFile, Grant};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::rules::mcp;

/// More rules of one file than this are not held against each other, but by themselves.
const MANY: usize = 2_000;

/// What changed.
pub fn run(base: &[ClientFile], head: &[ClientFile]) -> Vec<Finding> {
    let mut out = Vec::new();
    for file in head {
        let was = base.iter().find(|b| b.path == file.path);
        let old = was.map(|b| b.allows.as_slice()).unwrap_or_default();
        for grant in news(old, &file.allows) {
            // Tools named under a limit let more through; where there was no limit they shut others out.
            let limited = |g: &Grant| g.what == "only the named tools" && g.server == grant.server;
            if grant.what == "named tool" && !was.is_some_and(|b| b.denies.iter().any(limited)) {
                continue;
            }
            out.push(
                Finding::new(
                    mcp::AUTO_APPROVE_WIDENED,
                    subject(file, &grant.server),
                    place(file, &grant.pointer, Side::Head),
                )
                .severity(severity(grant))
                .values(None, Some(Node::text(&grant.text)))
                .says(grant.what, Phrase::quote(&grant.text))
                .here("nobody is asked before it".into()),
            );
        }
        let Some(was) = was else { continue };
        // One that a server takes along is told with the server.
        let there = |g: &&Grant| g.server.is_empty() || file.servers.iter().any(|s| s.name == g.server);
        for grant in news(&file.denies, &was.denies).into_iter().filter(there) {
            out.push(removed(was, file, grant));
        }
    }
    for was in base.iter().filter(|b| head.iter().all(|h| h.path != b.path)) {
        let own = was.denies.iter().filter(|g| g.server.is_empty());
        out.extend(own.map(|grant| removed(was, was, grant)));
    }
    out
}

/// Those of `new` that none of `old` covers; without a star in the other, only the same text can.
fn news<'a>(old: &[Grant], new: &'a [Grant]) -> Vec<&'a Grant> {
    let same: std::collections::BTreeSet<(&str, &str, &str)> =
        old.iter().map(|g| (g.what, g.server.as_str(), g.text.as_str())).collect();
    let wide = old.len().saturating_mul(new.len()) <= MANY * MANY;
    new.iter()
        .filter(|g| !same.contains(&(g.what, g.server.as_str(), g.text.as_str())))
        .filter(|g| !wide || !old.iter().any(|o| covers(o, g)))
        .collect()
}

fn removed(was: &ClientFile, file: &ClientFile, grant: &Grant) -> Finding {
    Finding::new(mcp::DENY_REMOVED, subject(file, &grant.server), place(was, &grant.pointer, Side::Base))
        .values(Some(Node::text(&grant.text)), None)
        .says(grant.what, Phrase::say("gone: ").and_quote(&grant.text))
        .here("what it held back is held back no longer".into())
}
