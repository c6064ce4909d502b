//! What is held against a toolpack beside its own files: a recording, and assertions about pages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args::Args;
use crate::capture::redact::stand_in;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::observed::{self, without_cwd};
use crate::cmd::recording::{Options, Recordings};
use crate::cmd::{drift, side};
use crate::io::captures;
use crate::io::fs::read_bounded;
use crate::model::contracts::Contracts;
use crate::model::page_assertions::{PageAssertions, playbook};
use crate::model::phrase::Phrase;
use crate::model::{bytes, limits};
use crate::verify::{Operations, Recorded};

/// A playbook, and what its pages should show.
pub struct Pages {
    /// The file of the playbook, and its text.
    pub playbook: (String, Vec<u8>),
    /// What is asserted.
    pub assertions: PageAssertions,
}

/// What pages should show, where that was given. The playbook is read, so that one that is none is refused.
///
/// # Errors
/// A file that is not there, or is none of these.
pub fn pages(args: &Args, ctx: &Ctx) -> Result<Option<Pages>, Failed> {
    let (Some(steps), Some(pages)) = (&args.playbook, &args.ui_assertions) else { return Ok(None) };
    let read = |path: &Path| -> Result<(String, Vec<u8>), Failed> {
        let name = path.display().to_string();
        let missing = || Failed::new("input", name.clone(), "there is no such file");
        let bytes = read_bounded(&ctx.cwd.join(path), limits::SMALL)?.ok_or_else(missing)?;
        Ok((name, bytes))
    };
    let (name, text) = read(steps)?;
    let node = bytes::described(&name, &text, limits::SMALL)?;
    playbook(&name, &node).map_err(bytes::shown(&text))?;
    let playbook = (name, text);
    let (name, text) = read(pages)?;
    let node = bytes::described(&name, &text, limits::SMALL)?;
    let assertions = PageAssertions::read(&name, &node).map_err(bytes::shown(&text))?;
    Ok(Some(Pages { playbook, assertions }))
}

/// What was recorded of the operations of toolpacks, and what is to be known of each, in their order. The recording is
/// read once, however many toolpacks there are.
///
/// # Errors
/// No recording, one that can't be read to its end, or one without a call to a host of any toolpack.
pub fn recorded(
    named: &str,
    packs: &[(Operations, Option<Contracts>)],
    pages: Option<&PageAssertions>,
    ctx: &Ctx,
) -> Result<Vec<(Recorded, Phrase)>, Failed> {
    let path = found(named, ctx)?;
    let hosts = hosts(packs.iter().map(|(own, _)| own), "--capture")?;
    let (_, progress) = observed::attended(ctx);
    let options = Options { wants: observed::wants(&hosts, "default_safe")?, progress, ..Options::default() };
    let shorter = |failed| observed::shorter(failed, &ctx.cwd);
    let mut recordings = Recordings::open(std::slice::from_ref(&path), &options).map_err(shorter)?;
    let of = |(operations, contracts): &(Operations, Option<Contracts>)| {
        Recorded::of(operations, contracts.as_ref(), pages, stand_in::has_one)
    };
    let mut all: Vec<Recorded> = packs.iter().map(of).collect();
    let counts = recordings
        .each(&mut |exchanges| {
            all.par_iter_mut().for_each(|recorded| exchanges.iter().for_each(|one| recorded.take(one)));
            Ok(())
        })
        .map_err(shorter)?;
    let name = Phrase::quote(without_cwd(named, &ctx.cwd));
    let told = |recorded: Recorded| {
        let (_, matched) = recorded.counts();
        let of = format!(": {matched} of {} entries are calls of the toolpack", counts.read);
        (recorded, name.clone().and_say(of))
    };
    Ok(all.into_iter().map(told).collect())
}

/// The hosts of toolpacks, as they are asked for. `option`: what asks.
///
/// # Errors
/// They have none.
pub fn hosts<'a>(
    packs: impl Iterator<Item = &'a Operations<'a>>,
    option: &str,
) -> Result<Vec<String>, Failed> {
    let locked = packs.flat_map(|own| &own.all).filter_map(|operation| operation.locked.as_ref());
    let hosts: BTreeSet<String> = locked.filter_map(|locked| side::pattern(&locked.host)).collect();
    match hosts.is_empty() {
        true => Err(Failed::new("usage", option, "no toolpack has a host whose calls could be recorded")
            .hint(format!("leave {option} away"))),
        false => Ok(hosts.into_iter().collect()),
    }
}

/// The file of a recording: a path, else the id of a stored capture.
fn found(named: &str, ctx: &Ctx) -> Result<PathBuf, Failed> {
    let path = ctx.cwd.join(named);
    if path.exists() {
        return Ok(captures::file_of(&path));
    }
    let store = ctx.cwd.join(&ctx.global.root).join("captures");
    let stored = drift::stored(&store, &ctx.global.root, named)?;
    Ok(captures::file_of(&ctx.cwd.join(stored)))
}
