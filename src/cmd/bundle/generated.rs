//! A toolpack's files in, the whole bundle out: with the trust as public facts, what a client is told, what a reader is
//! told, and the manifest. These texts are part of `cask.bundle/1`: who verifies makes them anew and compares.

use super::contents::Contents;
use crate::bundle::manifest::{FILE, Files, Manifest};
use crate::canon::Node;
use crate::canon::emit::emit_yaml;
use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::config::formats::{FORMATS, Launch};
use crate::cmd::failed::Failed;
use crate::model::toolpack::Toolpack;
use crate::model::verdict::Verdict;

/// What a client of MCP is told.
pub const CLIENT: &str = "client-config.json";
/// What a reader is told.
pub const RUN: &str = "RUN.md";

/// The toolpack with the trust file and gate.yaml that judge it. Nothing of them is secret: public keys, names, rules.
///
/// # Errors
/// The toolpack has a file of its own where one of these belongs.
pub fn with_trust(contents: &Contents, trust: &Node, gate: Option<&Node>) -> Result<Files, Failed> {
    let mut files = contents.files.clone();
    let more = [(TRUST, Some(trust)), (GATE, gate)];
    for (path, node) in more {
        let Some(node) = node else { continue };
        if files.insert(path.to_owned(), emit_yaml(node).into_bytes()).is_some() {
            return Err(taken(path));
        }
    }
    match [CLIENT, RUN, FILE].into_iter().find(|path| files.contains_key(*path)) {
        Some(path) => Err(taken(path)),
        None => Ok(files),
    }
}

fn taken(path: &str) -> Failed {
    Failed::new("input", path, "the toolpack has a file of its own where the bundle puts one")
        .hint("put the toolpack into a folder, or give its file another name")
}

/// The whole bundle: `files` with what is made of them.
pub fn whole(pack: &Toolpack, verdict: Verdict, mut files: Files) -> (Files, Manifest) {
    files.insert(CLIENT.to_owned(), client(pack).into_bytes());
    files.insert(RUN.to_owned(), page(pack, verdict).into_bytes());
    let manifest = Manifest::of(&pack.header.toolpack_id, verdict, &files);
    files.insert(FILE.to_owned(), manifest.text().into_bytes());
    (files, manifest)
}

/// The folder of the toolpack as it is named in the bundle's own folder.
fn folder(pack: &Toolpack) -> &str {
    if pack.dir.is_empty() { "." } else { &pack.dir }
}

fn client(pack: &Toolpack) -> String {
    let args = ["serve", "--toolpack", folder(pack), "--mounted", "."].map(str::to_owned).into();
    let launch = Launch { name: pack.header.name.clone(), command: "cask".to_owned(), args };
    FORMATS
        .iter()
        .find(|format| format.id == "json")
        .map_or_else(String::new, |format| (format.render)(&launch))
}

fn page(pack: &Toolpack, verdict: Verdict) -> String {
    let (id, dir) = (&pack.header.toolpack_id, folder(pack));
    let tools = match pack.manifest.tools.len() {
        1 => "1 tool".to_owned(),
        n => format!("{n} tools"),
    };
    let standing = match verdict {
        Verdict::Pass => String::new(),
        other => format!(
            "\n**NOT APPROVED.** When it was made, the gate said: {}. Nothing that is not approved is served.\n",
            other.word()
        ),
    };
    format!(
        "# Toolpack {id}\n\n{tools}, in the folder `{dir}`.\n{standing}\n\
         Trust nothing in here before it is checked, this page included. Whom you believe comes from outside: ask the\n\
         owners of the toolpack for their trust file, or for its digest, which `cask trust show` prints to them.\n\n\
         ```sh\n\
         cask bundle verify BUNDLE.zip --trust-pin sha256:…\n\
         # then, in the folder that it was unpacked to, outside of any repository:\n\
         cask gate check --trust-pin sha256:…\n\
         cask run --toolpack {dir} --mounted . --trust-pin sha256:…\n\
         ```\n\n\
         `{CLIENT}` is what an MCP client is told to start that server. Its paths begin in the folder of this page, and\n\
         the pin has to be added to its arguments: without one, nothing is served.\n"
    )
}
