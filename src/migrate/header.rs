//! The v1 toolpack.yaml in, the one of version 2 out.

use super::carry::From;
use super::notes::Notes;
use crate::canon::text::slug;
use crate::canon::time::Timestamp;
use crate::canon::{Node, Value};
use crate::model::lockfile;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::{HEADER, Toolpack};

const TOP: &[&str] = &[
    "version",
    "schema_version",
    "toolpack_id",
    "created_at",
    "capture_id",
    "artifact_id",
    "scope",
    "allowed_hosts",
    "origin",
    "paths",
    "runtime",
];
const PATHS: &[&str] = &[
    "tools",
    "toolsets",
    "policy",
    "baseline",
    "contracts",
    "contract_yaml",
    "contract_json",
    "evidence_summary",
    "evidence_summary_sha256",
    "lockfiles",
];
const CONTAINER: &[&str] = &[
    "image",
    "base_image",
    "dockerfile",
    "entrypoint",
    "run",
    "requirements",
    "env_allowlist",
    "healthcheck",
];

/// Restates a header.
pub(super) fn restate(v1: &Toolpack, notes: &mut Notes) -> Node {
    let file = v1.path(HEADER);
    let header = &v1.header;
    let raw = &header.raw;
    let from = From::root(&file, raw);
    from.only(&[], TOP, notes);
    let text = |pointer: &str| raw.at(pointer).and_then(Node::as_text);

    let mut hosts: Vec<String> = header.allowed_hosts.iter().map(|h| h.to_ascii_lowercase()).collect();
    hosts.sort();
    hosts.dedup();
    let name = slug(&header.name).or_else(|| slug(&header.toolpack_id)).unwrap_or_else(|| "toolpack".into());
    if name != header.name {
        let note = Phrase::say("the toolpack's name becomes ").and_quote(&name);
        notes.tell(
            note.and_say(", since names of version 2 are a-z, 0-9 and -; it was ").and_quote(&header.name),
        );
    }
    let source = text("/origin/start_url").and_then(host_of).unwrap_or_else(|| name.clone());
    let source = Node::map([
        ("id", Node::text("v1")),
        ("kind", Node::text("v1")),
        ("name", Node::text(source)),
        ("complete", Node::bool(false)),
    ]);
    Node::map([
        ("schema_version", Node::text(CURRENT)),
        ("toolpack_id", Node::text(&header.toolpack_id)),
        ("name", Node::text(name)),
        ("created_at", created_at(&file, raw, notes)),
        ("scope", text("/scope").map_or_else(Node::null, Node::text)),
        ("allowed_hosts", Node::texts(hosts)),
        ("sources", Node::new(Value::List(vec![source]))),
        ("paths", paths(v1, &file, notes)),
        ("runtime", runtime(raw, &from, notes)),
    ])
}

fn paths(v1: &Toolpack, file: &str, notes: &mut Notes) -> Node {
    let header = &v1.header;
    let nothing = Node::null();
    let raw = header.raw.get("paths").unwrap_or(&nothing);
    From { file, pointer: "/paths".to_owned(), node: raw }.only(&[], PATHS, notes);
    let text = |key: &str| raw.get(key).and_then(Node::as_text);
    for key in ["contract_yaml", "contract_json", "evidence_summary_sha256"] {
        if let Some(path) = text(key) {
            let note = Phrase::quote(path).and_say(" is no longer named: nothing of version 2 reads it");
            notes.tell(note);
        }
    }
    let kept = |key: &str| text(key).map_or_else(Node::null, Node::text);
    Node::map([
        ("tools", Node::text(&header.tools)),
        ("toolsets", Node::text(&header.toolsets)),
        ("policy", Node::text(&header.policy)),
        ("baseline", Node::text(&header.baseline)),
        ("contracts", kept("contracts")),
        ("evidence", kept("evidence_summary")),
        ("lockfile", Node::text(lock_path(&header.lockfiles))),
    ])
}

/// The one lockfile: in the folder of the v1 lockfile, under the name that is looked for.
pub(super) fn lock_path(v1: &[String]) -> String {
    match v1.first().and_then(|path| path.rsplit_once('/')) {
        Some((dir, _)) => format!("{dir}/{}", lockfile::NAME),
        None if v1.is_empty() => lockfile::PATH.to_owned(),
        None => lockfile::NAME.to_owned(),
    }
}

fn runtime(raw: &Node, from: &From, notes: &mut Notes) -> Node {
    let default = || vec![("mode".to_owned(), Node::text("local")), ("container".to_owned(), Node::null())];
    let Some(runtime) = raw.get("runtime").filter(|n| n.is_map()) else { return Node::map(default()) };
    let from = from.step("runtime", runtime);
    from.only(&["mode"], &["container"], notes);
    let mut made = default();
    if let Some(mode) = runtime.get("mode").filter(|n| n.as_text().is_some()) {
        made[0].1 = mode.clone();
    }
    if let Some(container) = runtime.get("container").filter(|n| n.is_map()) {
        made[1].1 = Node::map(from.step("container", container).only(CONTAINER, &[], notes));
    }
    Node::map(made)
}

/// In whole seconds, or null.
fn created_at(file: &str, raw: &Node, notes: &mut Notes) -> Node {
    let Some(said) = raw.get("created_at").filter(|n| !n.is_null()) else { return Node::null() };
    let text = said.as_text().unwrap_or_default();
    let whole = match text.split_once('.') {
        Some((seconds, fraction)) if fraction.trim_end_matches('Z').bytes().all(|b| b.is_ascii_digit()) => {
            format!("{seconds}Z")
        }
        _ => text.to_owned(),
    };
    match whole.parse::<Timestamp>() {
        Ok(time) => Node::text(time.to_string()),
        Err(_) => {
            notes.dropped(file, "/created_at");
            Node::null()
        }
    }
}

/// The host of a URL, without the user, the path and what is asked.
fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_host_and_never_a_credential() {
        assert_eq!(
            host_of("https://me:secret@App.example.com:8443/x?y#z").as_deref(),
            Some("app.example.com:8443")
        );
        assert_eq!(host_of("app.example").as_deref(), Some("app.example"));
        assert_eq!(host_of("https:///x"), None);
    }

    #[test]
    fn the_lockfile_stays_in_its_folder_under_the_name_that_is_looked_for() {
        let of = |paths: &[&str]| lock_path(&paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["lockfile/caskmcp.lock.yaml", "lockfile/caskmcp.lock.pending.yaml"]), lockfile::PATH);
        assert_eq!(of(&["a/b/caskmcp.lock.pending.yaml"]), "a/b/caskmcp.lock.yaml");
        assert_eq!(of(&["caskmcp.lock.approved.yaml"]), lockfile::NAME);
        assert_eq!(of(&[]), lockfile::PATH);
    }

    #[test]
    fn a_time_is_cut_to_seconds() {
        let mut notes = Notes::default();
        let mut of = |text: &str| created_at("f", &Node::map([("created_at", Node::text(text))]), &mut notes);
        assert_eq!(of("2026-11-22T05:06:29.584620Z"), Node::text("2026-11-22T05:06:29Z"));
        assert_eq!(of("2026-11-22T05:06:29Z"), Node::text("2026-11-22T05:06:29Z"));
        assert_eq!(of("yesterday"), Node::null());
        assert_eq!(notes.into_phrases().len(), 1);
    }
}
