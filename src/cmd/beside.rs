//! What stands beside toolpacks and is judged with them: configurations of clients, workflows and hooks, read from
//! both sides.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::anchor::GATE;
use super::failed::Failed;
use super::handed::beside::{BesideIn, Clients, Text};
use crate::clients::guards::{self, Guard, is_guard};
use crate::clients::locked::Locked;
use crate::clients::{self, Around};
use crate::io::tree::{EntryKind, Tree};
use crate::judge::pack::JudgedPack;
use crate::model::client::ClientFile;
use crate::model::finding::{Approval, ApprovalState, Finding, SubjectKind};
use crate::model::gate_config::GateFile;
use crate::model::limits;
use crate::model::phrase::Phrase;

/// Most configurations, and most workflows and hooks, of one side.
const MANY: usize = 2_000;

/// What was read.
#[derive(Default)]
pub struct Beside {
    base: Vec<Client>,
    head: Vec<Client>,
    guards: Vec<Guard>,
    /// Configurations that say nothing: path, side and why.
    unread: Vec<Phrase>,
}

/// A configuration, and the text that it was read from.
#[derive(Clone)]
struct Client {
    text: Text,
    file: ClientFile,
}

/// What changed beside toolpacks; those of the head lock servers and allow hosts.
///
/// # Errors
/// A configuration that can't be read.
pub fn changes(beside: BesideIn, packs: &[JudgedPack]) -> Result<Vec<Finding>, Failed> {
    let mut found = Vec::new();
    if let Some(Clients { base, head }) = beside.clients {
        let read = |files: &[Text]| -> Result<Vec<ClientFile>, Failed> {
            let one = |file: &Text| ClientFile::read(&file.path, file.text.as_bytes());
            Ok(files.iter().map(one).collect::<Result<_, _>>()?)
        };
        // Nobody vouches for a host that the change itself brings.
        let (locked, hosts) = around(packs, |pack| {
            pack.known.is_none() && pack.has_base
                || surface(pack).is_some_and(|a| a.state == ApprovalState::Acknowledged)
        });
        found = clients::run(&read(&base)?, &read(&head)?, &Around { locked: &locked, hosts: &hosts });
    }
    found.extend(beside.found);
    Ok(found)
}

/// The globs of client configurations. Letter case is not told apart: many file systems don't.
///
/// # Errors
/// One that is no glob.
pub fn globs(gate: &GateFile) -> Result<GlobSet, Failed> {
    let mut builder = GlobSetBuilder::new();
    let built = gate.clients.iter().try_for_each(|glob| {
        builder.add(GlobBuilder::new(glob).case_insensitive(true).literal_separator(true).build()?);
        Ok(())
    });
    built
        .and_then(|()| builder.build())
        .map_err(|e: globset::Error| Failed::new("input", GATE, format!("clients: {e}")))
}

impl Beside {
    /// Reads both sides.
    ///
    /// # Errors
    /// A configuration that can't be read and that the head brings, or a side that can't be listed.
    pub fn look(gate: &GateFile, base: Option<&Tree>, head: &Tree) -> Result<Beside, Failed> {
        let globs = globs(gate)?;
        let listed = |tree: &Tree, wanted: &dyn Fn(&str) -> bool| -> Result<Vec<String>, Failed> {
            let files = tree.list()?.iter().filter(|e| e.kind != EntryKind::Submodule && wanted(&e.path));
            let found: Vec<String> = files.map(|e| e.path.clone()).take(MANY + 1).collect();
            match found.len() > MANY {
                true => {
                    Err(Failed::new("input", "client configurations", format!("there are more than {MANY}"))
                        .hint("name fewer under clients in gate.yaml"))
                }
                false => Ok(found),
            }
        };
        let is_client = |path: &str| globs.is_match(path);
        let mut beside = Beside::default();
        for path in listed(head, &is_client)? {
            match client(head, &path) {
                Ok(file) => beside.head.extend(file),
                // As broken as it was: no change, and no reason to judge nothing else.
                Err(why) if base.is_some_and(|base| is_same(base, head, &path)) => {
                    beside.unread.push(unread(&path, "on both sides", &why));
                }
                Err(why) => return Err(why),
            }
        }
        let Some(base) = base else { return Ok(beside) };
        for path in listed(base, &is_client)? {
            if base.has_same_file(head, &path) {
                beside.base.extend(beside.head.iter().find(|c| c.text.path == path).cloned());
                continue;
            }
            // One that can't be read there says nothing: then all that the head has is new.
            match client(base, &path) {
                Ok(file) => beside.base.extend(file),
                Err(why) => beside.unread.push(unread(&path, "in the base", &why)),
            }
        }
        let mut paths: BTreeSet<String> = listed(head, &is_guard)?.into_iter().collect();
        paths.extend(listed(base, &is_guard)?);
        for path in paths {
            let same = base.has_same_file(head, &path);
            let read = |tree: &Tree| tree.read(&path, limits::SMALL);
            let is = match read(head) {
                // A link, or a file that is too long: nothing of it changed.
                Err(_) if same => continue,
                is => is?,
            };
            let was = if same { Ok(is.clone()) } else { read(base).map_err(|fault| fault.message) };
            beside.guards.push(Guard { path, base: was, head: is });
        }
        Ok(beside)
    }

    /// What can be said of a change without the toolpacks.
    pub fn handed(&self) -> BesideIn {
        let texts = |side: &[Client]| side.iter().map(|client| client.text.clone()).collect::<Vec<Text>>();
        let files =
            |side: &[Client]| side.iter().map(|client| client.file.clone()).collect::<Vec<ClientFile>>();
        let (base, head) = (texts(&self.base), texts(&self.head));
        let mut found = clients::state::secrets_brought(&files(&self.base), &files(&self.head));
        found.extend(guards::run(&self.guards));
        BesideIn {
            clients: (base != head).then_some(Clients { base, head }),
            found,
            looked_at: self.looked_at(),
            not_looked_at: self.not_looked_at().collect(),
            is_empty: self.base.is_empty() && self.head.is_empty() && !self.guards.iter().any(Guard::differs),
        }
    }

    /// What is wrong with the configurations as they are.
    pub fn state(&self, packs: &[JudgedPack]) -> Vec<Finding> {
        // A state asks no signature.
        let (locked, hosts) = around(packs, |_| true);
        let around = Around { locked: &locked, hosts: &hosts };
        self.head.iter().flat_map(|client| clients::state::run(&client.file, &around)).collect()
    }

    /// What could not be, for the report.
    pub fn not_looked_at(&self) -> impl Iterator<Item = Phrase> + '_ {
        self.unread.iter().cloned()
    }

    /// What was looked at, for the report.
    pub fn looked_at(&self) -> Vec<Phrase> {
        let n = self.head.len();
        let files = if n == 1 { "client configuration" } else { "client configurations" };
        if n == 0 { Vec::new() } else { vec![Phrase::say(format!("{n} {files}"))] }
    }
}

/// A client's configuration in a tree.
fn client(tree: &Tree, path: &str) -> Result<Option<Client>, Failed> {
    let Some(bytes) = tree.read(path, limits::SMALL)? else { return Ok(None) };
    let file = ClientFile::read(path, &bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| Failed::new("input", path, "it is not UTF-8"))?;
    Ok(Some(Client { text: Text { path: path.to_owned(), text }, file }))
}

/// Whether a file is the same on both sides, also where no git says so.
fn is_same(base: &Tree, head: &Tree, path: &str) -> bool {
    let read = |tree: &Tree| tree.read(path, limits::SMALL).ok().flatten();
    base.has_same_file(head, path) || read(base).is_some_and(|was| read(head) == Some(was))
}

fn unread(path: &str, side: &'static str, why: &Failed) -> Phrase {
    Phrase::quote(path)
        .and_say(" ")
        .and_say(side)
        .and_say(", which can't be read: ")
        .and_quote(&why.0.message)
}

fn surface(pack: &JudgedPack) -> Option<Approval> {
    let surface = pack.states.iter().find(|s| s.standing.subject.kind == SubjectKind::Surface);
    surface.map(|s| s.approval())
}

/// What toolpacks lock, and what those that count allow.
fn around(packs: &[JudgedPack], counts: impl Fn(&JudgedPack) -> bool) -> (Vec<Locked>, Vec<String>) {
    let mut locked = Vec::new();
    for pack in packs {
        let Some(approval) = surface(pack) else { continue };
        locked.extend(pack.servers.iter().map(|launch| Locked {
            launch: launch.clone(),
            path: pack.path.clone(),
            approval: approval.clone(),
        }));
    }
    let counted = packs.iter().filter(|pack| counts(pack));
    (locked, counted.flat_map(|pack| pack.hosts.iter().cloned()).collect())
}
