//! One recording in a browser: files are read before it starts, and what must be kept whatever follows is written right
//! after.

use std::path::Path;

use super::args::BrowserArgs;
use super::told;
use crate::canon::Fault;
use crate::canon::visible::visible;
use crate::capture::browser::declared::Declared;
use crate::capture::browser::script::{self, Act, Filled};
use crate::capture::browser::storage_state::{self, StorageState};
use crate::capture::browser::{Limits, Party};
use crate::capture::redact::values::Redactor;
use crate::capture::{Wants, url};
use crate::cmd::auth::stored;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::recording::Tape;
use crate::io::browser::record::{self, Recorded, Script, Seen, Task};
use crate::io::browser::state::CUT;
use crate::io::fs::{read_bounded, write_private};
use crate::model::limits;
use crate::model::phrase::Phrase;

/// Calls that are told of while they are recorded.
const SHOWN: usize = 200;

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
    let launch = args.launch(ctx)?;
    let task = Task {
        start: start.to_owned(),
        party: party.clone(),
        limits: Limits::USUAL,
        duration: args.time(),
        script: args.script.as_deref().map(|path| steps(path, start, ctx)).transpose()?,
        before: before(args, ctx)?,
        keeps_state: args.save_storage_state.is_some(),
        declares,
        launch,
    };
    ctx.note(match (task.launch.visible, task.script.is_some()) {
        (_, true) => "recording, while the script is played",
        (true, false) => "recording: use the page, then close its window or press Ctrl-C",
        (false, false) => "recording, until nothing is on its way any more",
    });
    let mut shown = 0;
    let recorded = {
        let mut redactor = Redactor::new(wants.profile);
        let mut progress = |seen: Seen| {
            shown += 1;
            if shown <= SHOWN {
                ctx.note(&line(&seen, &mut redactor));
            }
        };
        record::record(&task, &mut progress)?
    };
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

/// What people see of a call that was answered: its path, never its query, and no token in it.
fn line(seen: &Seen, redactor: &mut Redactor) -> String {
    let address = url::parse(seen.url);
    let (host, path) = address.map_or((String::new(), ""), |address| (address.host, address.path));
    let plain = redactor.path(path).unwrap_or_else(|| path.to_owned());
    let short: String = plain.chars().take(60).collect();
    visible(&format!("  {} {:<6} {host}{short}", seen.status, seen.method), 200)
}

fn steps(path: &Path, start: &str, ctx: &Ctx) -> Result<Script, Failed> {
    let file = path.display().to_string();
    let bytes = read(path, limits::SMALL, "--script FILE names a YAML file with steps", ctx)?;
    let mut steps = Vec::new();
    for step in script::read(&file, &bytes, start)? {
        let value = match &step.act {
            Act::Fill(_, Filled::Variable(name)) => Some(ctx.var(name).ok_or_else(|| {
                Failed::new(
                    "input",
                    format!("{file}:{}", step.line),
                    format!("the variable {name} is not set"),
                )
                .hint(format!("set it for this command: {name}=… cask …"))
            })?),
            _ => None,
        };
        steps.push((step, value));
    }
    Ok(Script { file, steps })
}

/// What the browser begins with: a login that is kept, or the file of one.
fn before(args: &BrowserArgs, ctx: &mut Ctx) -> Result<Option<StorageState>, Failed> {
    match (&args.auth_profile, &args.load_storage_state) {
        (Some(profile), _) => stored::state(profile, &args.secret, ctx).map(Some),
        (None, Some(path)) => state(path, ctx).map(Some),
        (None, None) => Ok(None),
    }
}

fn state(path: &Path, ctx: &Ctx) -> Result<StorageState, Failed> {
    let hint = "--save-storage-state FILE writes one, and so does Playwright";
    let bytes = read(path, storage_state::LARGEST, hint, ctx)?;
    Ok(StorageState::read(&path.display().to_string(), &bytes)?)
}

fn read(path: &Path, most: usize, hint: &str, ctx: &Ctx) -> Result<Vec<u8>, Failed> {
    let shown = path.display().to_string();
    let bytes =
        read_bounded(&ctx.cwd.join(path), most).map_err(|fault| Fault { file: shown.clone(), ..fault })?;
    bytes.ok_or_else(|| Failed::new("input", shown, "there is no such file").hint(hint))
}

/// Writes a state so that nobody else can read it.
fn keep(path: &Path, state: &StorageState, ctx: &Ctx) -> Result<(), Failed> {
    let text = state.written(&path.display().to_string())?;
    Ok(write_private(&ctx.cwd.join(path), text.as_bytes())?)
}
