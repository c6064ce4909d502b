//! What every recording in a browser has: the state that it begins with, values of variables in its steps, and what people
//! see of it meanwhile.

use std::path::Path;

use super::args::LaunchArgs;
use crate::canon::Fault;
use crate::canon::visible::visible;
use crate::capture::browser::script::{Act, Filled, Step};
use crate::capture::browser::storage_state::{self, StorageState};
use crate::capture::redact::values::Redactor;
use crate::capture::{Profile, url};
use crate::cmd::auth::stored;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::browser::record::{self, Recorded, Seen, Task};
use crate::io::fs::read_bounded;

/// Calls that are told of while they are recorded.
const SHOWN: usize = 200;

/// Records, and tells of calls as they are answered.
///
/// # Errors
/// No browser, a page that can't be opened, or a step that can't be done.
pub(super) fn led(task: &Task, profile: Profile, ctx: &mut Ctx) -> Result<Recorded, Failed> {
    let (mut shown, mut redactor) = (0, Redactor::new(profile));
    let mut progress = |seen: Seen| {
        shown += 1;
        if shown <= SHOWN {
            ctx.note(&line(&seen, &mut redactor));
        }
    };
    Ok(record::record(task, &mut progress)?)
}

/// What people see of a call that was answered: its path, never its query, and no token in it.
fn line(seen: &Seen, redactor: &mut Redactor) -> String {
    let address = url::parse(seen.url);
    let (host, path) = address.map_or((String::new(), ""), |address| (address.host, address.path));
    let plain = redactor.path(path).unwrap_or_else(|| path.to_owned());
    let short: String = plain.chars().take(60).collect();
    visible(&format!("  {} {:<6} {host}{short}", seen.status, seen.method), 200)
}

/// Steps, each with the value of the variable that it names.
///
/// # Errors
/// A variable that is not set.
pub(super) fn filled(file: &str, steps: Vec<Step>, ctx: &Ctx) -> Result<Vec<(Step, Option<String>)>, Failed> {
    let value = |step: &Step| match &step.act {
        Act::Fill(_, Filled::Variable(name)) => ctx.var(name).map(Some).ok_or_else(|| {
            Failed::new("input", format!("{file}:{}", step.line), format!("the variable {name} is not set"))
                .hint(format!("set it for this command: {name}=… cask …"))
        }),
        _ => Ok(None),
    };
    steps.into_iter().map(|step| value(&step).map(|value| (step, value))).collect()
}

/// What the browser begins with: a login that is kept, or the file of one.
///
/// # Errors
/// There is no such login or file, or it can't be read.
pub(super) fn before(args: &LaunchArgs, ctx: &mut Ctx) -> Result<Option<StorageState>, Failed> {
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

/// A file that an option names.
///
/// # Errors
/// It is not there, too large, or can't be read.
pub(super) fn read(path: &Path, most: usize, hint: &str, ctx: &Ctx) -> Result<Vec<u8>, Failed> {
    let shown = path.display().to_string();
    let bytes =
        read_bounded(&ctx.cwd.join(path), most).map_err(|fault| Fault { file: shown.clone(), ..fault })?;
    bytes.ok_or_else(|| Failed::new("input", shown, "there is no such file").hint(hint))
}
