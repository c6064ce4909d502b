//! A playbook that is played now: its pages are looked at for what they should show, and what they call is the recording
//! that provenance is traced in.

use std::time::Duration;

use super::args::Args;
use super::input;
use super::pack::Now;
use crate::capture::browser::script::{By, Locator};
use crate::capture::redact::stand_in;
use crate::cmd::browse::{self, Played};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::observed;
use crate::io::browser::sights::Sight;
use crate::model::page_assertions::{PageAssertion, PageAssertions};
use crate::model::phrase::Phrase;
use crate::verify::{Operations, Recorded, is_shown};

/// Plays a playbook for a toolpack, and adds what came of it.
///
/// # Errors
/// No browser, a step that can't be done, or a page that nobody could look at.
pub fn played(
    args: &Args,
    (file, text): (&str, &[u8]),
    pages: &PageAssertions,
    operations: &Operations,
    now: &mut Now,
    ctx: &mut Ctx,
) -> Result<(), Failed> {
    let wants = observed::wants(&input::hosts(std::iter::once(operations), "--playbook")?, "default_safe")?;
    let sights = pages.all.iter().map(sight).collect();
    let Played { tape, sighted, notes } = browse::played(&args.launch, (file, text), sights, wants, ctx)?;
    let mut recorded = Recorded::of(operations, None, Some(pages), stand_in::has_one);
    tape.read(&mut |exchanges| {
        exchanges.iter().for_each(|exchange| recorded.take(exchange));
        Ok(())
    })?;
    let (_, matched) = recorded.counts();
    let told = format!(": played to its end; {matched} calls of the toolpack were recorded");
    now.told.push(Phrase::quote(file).and_say(told));
    now.told.extend(notes);
    now.played = Some((recorded, sighted));
    Ok(())
}

fn sight(assertion: &PageAssertion) -> Sight {
    let (by, value) = &assertion.locator;
    // The words are those that the file may have.
    let by = By::ALL.iter().find(|(word, _)| word == by).map_or(By::Css, |(_, by)| *by);
    let expected = assertion.expected.clone();
    Sight {
        name: assertion.name.clone(),
        locator: Locator { by, value: value.clone(), name: None },
        window: Duration::from_millis(assertion.window_ms),
        is_it: Box::new(move |text| is_shown(text, &expected)),
    }
}
