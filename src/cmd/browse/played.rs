//! A playbook that is played in a browser: what is called meanwhile, and whether the page shows what it should in the end.

use super::args::LaunchArgs;
use super::{led, told};
use crate::capture::browser::{Limits, Party, script};
use crate::capture::{Wants, url};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::recording::Tape;
use crate::io::browser::record::{Recorded, Script, Task};
use crate::io::browser::sights::{Sight, Sighted};
use crate::model::phrase::Phrase;

/// What a playbook came to.
pub struct Played {
    /// The calls.
    pub tape: Tape,
    /// What the page showed of what it should, in its order.
    pub sighted: Vec<Sighted>,
    /// What whoever uses it should know.
    pub notes: Vec<Phrase>,
}

/// Plays a playbook.
///
/// # Errors
/// It is none that can be played, no browser, a step that can't be done, a page that nobody could look at, or its time was up
/// before its end.
pub fn played(
    args: &LaunchArgs,
    (file, text): (&str, &[u8]),
    sights: Vec<Sight>,
    wants: Wants,
    ctx: &mut Ctx,
) -> Result<Played, Failed> {
    let (start, steps) = script::playbook(file, text)?;
    if url::parse(&start).is_ok_and(|address| address.user.is_some()) {
        return Err(Failed::new(
            "input",
            file,
            "the address of its first page has a name or a password in it",
        )
        .hint("log in by steps (value_from_env), --auth-profile or --load-storage-state"));
    }
    let none = || Failed::new("input", file, "its first page has no address that can be opened");
    let party = Party::of(&wants.hosts, &start).ok_or_else(none)?;
    let task = Task {
        launch: args.launch(true, ctx)?,
        start: start.clone(),
        party: party.clone(),
        limits: Limits::USUAL,
        duration: args.time(),
        script: Some(Script { file: file.to_owned(), steps: led::filled(file, steps, ctx)? }),
        sights,
        before: led::before(args, ctx)?,
        keeps_state: false,
        declares: false,
    };
    ctx.note("playing the playbook, and recording what the page calls");
    let recorded = led::led(&task, wants.profile, ctx)?;
    let notes = told::notes(&recorded, wants.profile, false);
    let Recorded { entries, sighted, .. } = recorded;
    let Some(sighted) = sighted else {
        let failed = Failed::new("input", file, "it was not played to its end");
        return Err(notes.iter().fold(failed, |failed, note| failed.why(note.plain())));
    };
    Ok(Played { tape: Tape::new(entries, wants, &party, &start), sighted, notes })
}
