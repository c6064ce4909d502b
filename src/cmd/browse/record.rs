//! One recording in a browser: files are read before it starts, and what must be kept whatever follows is written right
//! after.

use std::path::Path;

use super::args::BrowserArgs;
use super::{led, told};
use crate::canon::visible::visible;
use crate::capture::browser::declared::Declared;
use crate::capture::browser::storage_state::StorageState;
use crate::capture::browser::{Limits, Party, script};
use crate::capture::{Wants, url};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::recording::Tape;
use crate::io::browser::record::{Recorded, Script, Task};
use crate::io::browser::state::CUT;
use crate::io::fs::write_private;
use crate::model::limits;
use crate::model::phrase::Phrase;

/// What a browser told.
pub struct Browsed {
    /// The calls.
    pub tape: Tape,
    /// What pages declared to agents.
    pub declared: Declared,
    /// What whoever uses it should know.
    pub notes: Vec<Phrase>,
}

/// Records what a page and what it leads to ask for.
///
/// # Errors
/// An address that is none, a file that can't be read, no browser, a page that can't be opened, or a step that can't be
/// done.
pub fn record(
    args: &BrowserArgs,
    start: &str,
    wants: Wants,
    declares: bool,
    ctx: &mut Ctx,
) -> Result<Browsed, Failed> {
    let party = Party::of(&wants.hosts, start).ok_or_else(|| no_page(start))?;
    if url::parse(start).is_ok_and(|address| address.user.is_some()) {
        return Err(Failed::new("usage", "", "the address has a name or a password in it")
            .hint("log in by --script or --load-storage-state"));
    }
    let launch = args.launch.launch(args.script.is_some(), ctx)?;
    let task = Task {
        start: start.to_owned(),
        party: party.clone(),
        limits: Limits::USUAL,
        duration: args.launch.time(),
        script: args.script.as_deref().map(|path| steps(path, start, ctx)).transpose()?,
        sights: Vec::new(),
        before: led::before(&args.launch, ctx)?,
        keeps_state: args.save_storage_state.is_some(),
        declares,
        launch,
    };
    ctx.note(match (task.launch.visible, task.script.is_some()) {
        (_, true) => "recording, while the script is played",
        (true, false) => "recording: use the page, then close its window or press Ctrl-C",
        (false, false) => "recording, until nothing is on its way any more",
    });
    let recorded = led::led(&task, wants.profile, ctx)?;
    let mut notes = told::notes(&recorded, wants.profile, declares);
    match (&args.save_storage_state, &recorded.kept) {
        (Some(_), None) => notes.push(Phrase::say("the state could not be taken: none was written")),
        // What was kept before is worth more than nothing.
        (Some(_), Some(kept)) if kept.state.is_empty() => {
            notes.push(Phrase::say("the browser had no cookie and no storage: no state was written"));
        }
        (Some(path), Some(kept)) => {
            keep(path, &kept.state, ctx)?;
            notes.extend(kept.is_cut.then(|| Phrase::say(CUT)));
        }
        (None, _) => {}
    }
    let Recorded { entries, declared, .. } = recorded;
    Ok(Browsed { tape: Tape::new(entries, wants, &party, start), declared, notes })
}

fn no_page(start: &str) -> Failed {
    Failed::new("usage", visible(start, 200), "it is no address of a page")
        .hint("name one that begins with https:// or http://")
}

fn steps(path: &Path, start: &str, ctx: &Ctx) -> Result<Script, Failed> {
    let file = path.display().to_string();
    let bytes = led::read(path, limits::SMALL, "--script FILE names a YAML file with steps", ctx)?;
    let steps = led::filled(&file, script::read(&file, &bytes, start)?, ctx)?;
    Ok(Script { file, steps })
}

/// Writes a state so that nobody else can read it.
fn keep(path: &Path, state: &StorageState, ctx: &Ctx) -> Result<(), Failed> {
    let text = state.written(&path.display().to_string())?;
    Ok(write_private(&ctx.cwd.join(path), text.as_bytes())?)
}
