//! Leads a person through `cask init`: gathers what can be chosen, has it asked, and lists what would be written.

use std::path::PathBuf;

use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::guide::prompt::{Prompt, Reply};
use crate::cmd::init::args::{Args, Ci};
use crate::cmd::init::around::Around;
use crate::cmd::init::files::{self, Done};
use crate::cmd::init::guided::{self, Known};
use crate::cmd::init::keys::{self, AtHand};
use crate::cmd::init::say;
use crate::cmd::init::signer::{login, new_key};
use crate::cmd::trust_state::State;
use crate::cmd::{hook, keyfile};
use crate::io::keystore::Keystore;
use crate::io::known_roots::KnownRoots;
use crate::io::load;

/// Leads a person: shows what was found, asks what options did not say, shows what would be written, and asks once.
/// What was answered becomes options; out comes the command line that says them all.
pub fn guide(
    ctx: &Ctx,
    args: &mut Args,
    state: &State,
    around: &Around,
    headers: &[String],
    dirs: &[&str],
    is_new: bool,
) -> Result<Vec<String>, Failed> {
    let paint = ctx.terminal_paint();
    let mut prompt = Prompt::open(paint)?;
    prompt.show(guided::INTRODUCTION)?;
    prompt.show(&say::found(&around.lines(paint)))?;
    let at_hand = keys::at_hand(ctx)?;
    let known = Known {
        keys: choice(&at_hand, state, is_new),
        new_key: is_new,
        name: is_new.then(|| login(ctx)),
        ci: around.wants_workflow(),
        hook: hook_is_missing(state),
        ignore: files::is_ignore_open(&state.root)?,
    };
    let questions = guided::open(&known, args);
    let mut from = 0;
    loop {
        guided::ask(&mut prompt, &questions, from, &known, &|path| key_file(ctx, path), args)?;
        let files = say::files(&would(ctx, args, state, headers, dirs, is_new)?, paint);
        match guided::agree(&mut prompt, &files, !questions.is_empty())? {
            Reply::Given(()) => break,
            Reply::Back => from = questions.len() - 1,
        }
    }
    let line = args.line();
    args.signing.yes = true;
    Ok(line)
}

/// The keys among which there is a choice: before there is a trust file any, afterwards those that it lists.
fn choice(at_hand: &[AtHand], state: &State, is_new: bool) -> Option<Vec<AtHand>> {
    if is_new {
        return Some(at_hand.to_vec());
    }
    let trust = state.own.as_ref().or(state.in_force.as_ref().map(|found| &found.trust))?;
    let listed = at_hand.iter().filter(|key| trust.key(&key.key_id).is_some());
    Some(listed.cloned().collect()).filter(|keys: &Vec<AtHand>| keys.len() > 1)
}

/// The key file that a person typed the path of, as `--key` takes it.
fn key_file(ctx: &Ctx, typed: &str) -> Result<PathBuf, String> {
    // What a shell would have put there.
    let home = || ctx.var("HOME").map(PathBuf::from);
    let path =
        typed.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))).unwrap_or_else(|| typed.into());
    let told = |failed: Failed| ctx.terminal_paint().text(&failed.0.message, 200);
    keyfile::named(ctx, Some(&path)).map(|_| path).map_err(told)
}

/// Everything that would be written, and what it is for.
fn would(
    ctx: &Ctx,
    args: &Args,
    state: &State,
    headers: &[String],
    dirs: &[&str],
    is_new: bool,
) -> Result<Vec<(String, String)>, Failed> {
    let root = &state.root;
    let mut rows = Vec::new();
    let mut row = |path: String, says: &str| rows.push((path, says.to_owned()));
    if let Some(name) = new_key(ctx, args)? {
        let path = Keystore::open(ctx.env)?.private_path(&name)?;
        row(path.display().to_string(), "your new key, and beside it its public half (.pub)");
    }
    if is_new {
        let id = args.id.as_deref().unwrap_or_default();
        row(TRUST.to_owned(), &format!("who may sign: you, {id}, as the one owner"));
        row(KnownRoots::open(ctx.env)?.path().display().to_string(), "by which this machine knows it again");
    }
    if !files::is_there(root, GATE)? {
        row(GATE.to_owned(), "what the gate asks: the defaults, signed by you");
    }
    let mut planned = files::plan(root, dirs, &args.ignored())?;
    if args.ci.is_some_and(Ci::is_some) {
        planned.push(files::plan_workflow(root, None)?);
    }
    for file in planned.into_iter().filter(|file| file.done != Done::Left) {
        row(file.name, file.says);
    }
    for header in headers {
        let path = load::lock_path(&state.tree(), header)?;
        row(path, &format!("lets in, unseen, what nobody approved, for {} days", args.days));
    }
    if let (true, Some(repo)) = (args.hook, &state.repo)
        && let Some(name) = hook::install::missing(repo)?
    {
        row(name, "has git ask cask before each push");
    }
    Ok(rows)
}

/// Whether a hook could be installed and none is there. Where hooks can't lie, none is offered.
pub fn hook_is_missing(state: &State) -> bool {
    state.repo.as_ref().is_some_and(|repo| hook::install::missing(repo).is_ok_and(|name| name.is_some()))
}
