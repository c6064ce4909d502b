//! Whether what would be written shows a credential that came of a recording, or of what a page declared while somebody
//! was logged in: a file that is committed keeps it for ever. What a description or the toolpack itself says is known already, and `cask lint` tells of it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::sources::Read;
use crate::canon::Node;
use crate::canon::emit::emit_json;
use crate::capture::leaking;
use crate::cmd::failed::Failed;
use crate::io::load::Loaded;

/// A place that shows one.
struct Leak<'t> {
    path: &'t str,
    line: usize,
    class: &'static str,
    value: &'t str,
}

/// Refuses to write what was recorded as long as it still shows a credential. `lock` is the path of the lockfile:
/// what is in it of recordings stands in the other files too, and signatures look like what they are not.
///
/// # Errors
/// It does.
pub(in crate::cmd) fn refuse(
    texts: &BTreeMap<String, String>,
    lock: &str,
    read: &[Read],
    before: Option<&Loaded>,
) -> Result<(), Failed> {
    if !read.iter().any(Read::is_of_a_session) {
        return Ok(());
    }
    let found: Vec<Leak> = texts
        .par_iter()
        .filter(|(path, _)| *path != lock)
        .flat_map_iter(|(path, text)| found(path, text))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    match new(&found, &known(read, before)) {
        None => Ok(()),
        Some(leak) => Err(Failed::new(
            "input",
            leak.path,
            format!("line {} would hold what looks like a credential", leak.line),
        )
        .looked("it looks like", leak.class)
        .hint("leave the call that shows it out of the recording, or name a scope without it: --scope-file")
        .hint("where a page declares it to agents: mint without --webmcp, or without a login")
        .hint("if it is none, tell us: no credential is ever written knowingly")),
    }
}

/// The first that is not among those that are known.
fn new<'f, 't>(found: &'f [Leak<'t>], known: &BTreeSet<String>) -> Option<&'f Leak<'t>> {
    // A text that is too long for a tool is cut, and what it shows with it.
    let is_known = |value: &str| known.range(value.to_owned()..).next().is_some_and(|k| k.starts_with(value));
    found.iter().find(|leak| !is_known(leak.value))
}

fn found<'t>(path: &'t str, text: &'t str) -> Vec<Leak<'t>> {
    let lines = text.lines().enumerate();
    let of = |(at, line): (usize, &'t str)| {
        leaking(line).into_iter().map(move |(class, value)| Leak { path, line: at + 1, class, value })
    };
    lines.flat_map(of).collect()
}

/// What looks like a credential and did not come of these recordings: it stands in a description, or in the
/// toolpack that there was.
fn known(read: &[Read], before: Option<&Loaded>) -> BTreeSet<String> {
    let described = read.iter().filter(|one| !one.is_of_a_session()).map(|one| &one.baseline().raw);
    let pack = before.map(|before| &before.pack);
    let tools = pack.iter().flat_map(|pack| &pack.manifest.tools).map(|tool| &tool.raw);
    let own = pack.iter().flat_map(|pack| [&pack.baseline.raw, &pack.header.raw, &pack.policy.raw]);
    let nodes: Vec<&Node> = described.chain(tools).chain(own).collect();
    let texts = nodes.par_iter().map(|node| emit_json(node));
    let values = texts.flat_map_iter(|text| {
        found("", &text).into_iter().map(|leak| leak.value.to_owned()).collect::<Vec<_>>()
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_recording_shows_is_new_and_what_a_description_says_is_known() {
        let text = "{\n \"a\": \"api_key=abc12345x\",\n \"b\": \"see ghp_abcdefghijklmnopqrstuvwxyz0123456789\"\n}\n";
        let found = found("artifact/tools.json", text);
        let known = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<BTreeSet<_>>();
        for (values, line) in [
            (&[][..], Some(2)),
            (&["abc12345x"], Some(3)),
            (&["abc12345", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"], Some(2)),
            (&["abc12345xyz", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"], None),
        ] {
            assert_eq!(new(&found, &known(values)).map(|leak| leak.line), line, "{values:?}");
        }
    }
}
