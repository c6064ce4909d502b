//! What is wrong with toolpacks and committed files of a tree as they are: what `cask lint` and the step of a workflow
//! both ask.

use super::around::Around;
use super::ctx::Ctx;
use super::failed::Failed;
use crate::canon::time::Timestamp;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::io::git::Repo;
use crate::io::load::Loaded;
use crate::io::tree::{EntryKind, Tree};
use crate::judge::pack::JudgedPack;
use crate::lint::{self, committed};
use crate::model::finding::{Covers, Finding};
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::toolpack::Toolpack;

/// What is looked at of every toolpack, beside its tools.
pub const LOOKED_AT: [&str; 3] = ["policy", "toolsets", "hosts"];

/// What is wrong with toolpacks. `around`: the names of the tools of toolpacks beside them.
///
/// # Errors
/// An operation that cannot be read.
pub fn judged_all(packs: Vec<Loaded>, around: &Around, ctx: &Ctx) -> Result<Vec<JudgedPack>, Failed> {
    let names: Vec<Vec<String>> =
        packs.iter().map(|l| l.pack.manifest.tools.iter().map(|t| t.name.clone()).collect()).collect();
    let judged = packs.into_iter().enumerate().map(|(at, loaded)| {
        // A text may speak of a tool of another toolpack: then it steers what is none of its business.
        let others = names.iter().enumerate().filter(|(n, _)| *n != at);
        let others = others.flat_map(|(_, names)| names.iter().map(String::as_str));
        let others: Vec<&str> = others.chain(around.names()).collect();
        judged(loaded, &others, ctx)
    });
    judged.collect()
}

/// What is wrong with a toolpack by itself. `others`: names of tools of other toolpacks.
///
/// # Errors
/// A baseline whose references do not resolve.
pub fn of_pack(pack: &Toolpack, others: &[&str], now: Timestamp) -> Result<Vec<Finding>, Failed> {
    // A state is a change from nothing; what only a change can be is left out.
    let pair = Pair::new(None, Some(pack))?;
    let found = diff::run(&pair, &DiffContext { other_tool_names: others, now: Some(now), limits: None });
    let mut changes: Vec<Finding> = found.into_iter().filter(lint::is_of_a_state).collect();
    changes.extend(lint::run(pack));
    Ok(changes)
}

/// A toolpack with what is wrong with it.
fn judged(loaded: Loaded, others: &[&str], ctx: &Ctx) -> Result<JudgedPack, Failed> {
    let pack = &loaded.pack;
    let changes = of_pack(pack, others, ctx.now)?;
    Ok(JudgedPack {
        id: pack.header.toolpack_id.clone(),
        name: pack.header.name.clone(),
        path: pack.dir.clone(),
        tools: pack.manifest.tools.len(),
        hosts: pack.header.allowed_hosts.clone(),
        changes: changes.into_iter().map(|f| f.covered_by(Covers::Nothing)).collect(),
        moved: (0, 0, 0, pack.manifest.tools.len()),
        ..JudgedPack::default()
    })
}

/// Most files that are looked at for keys.
const MANY: usize = 10_000;

/// Committed files that nobody commits, and which could not be looked at. `repo`: of whose work tree they are, where
/// what git neither tracks nor would does not count.
///
/// # Errors
/// A tree that cannot be listed.
pub fn committed_files(tree: &Tree, repo: Option<&Repo>) -> Result<(Vec<Finding>, Vec<Phrase>), Failed> {
    let entries = tree.list()?.iter();
    let files = entries.filter(|e| matches!(e.kind, EntryKind::File | EntryKind::Executable));
    let mut suspects = files.filter(|e| committed::is_suspect(&e.path)).map(|e| e.path.clone());
    let mut paths: Vec<String> = suspects.by_ref().take(MANY).collect();
    let more = suspects.count();
    if let Some(repo) = repo.filter(|_| !paths.is_empty()) {
        let ignored = repo.ignored(&paths)?;
        paths.retain(|path| !ignored.contains(path));
    }
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for path in &paths {
        let bytes = tree.read(path, limits::SMALL);
        // What is told by its place needs no bytes.
        let told = match &bytes {
            Ok(Some(bytes)) => committed::look(path, bytes),
            _ => committed::look(path, b"?"),
        };
        if let (Err(fault), None) = (bytes, &told) {
            unread.push(Phrase::quote(path).and_say(", which can't be read: ").and_quote(fault.message));
        }
        found.extend(told);
    }
    if more > 0 {
        unread.push(Phrase::say(format!("{more} more files that may be keys: there are over {MANY}")));
    }
    Ok((found, unread))
}
