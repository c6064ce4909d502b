//! `cask init`: puts a repository under the gate. What exists is taken in as it is, exempted for a while by its
//! owner; from then on nothing changes without a signature. What is there already is never overwritten.

pub mod args;
mod around;
mod files;
mod guided;
mod keys;
mod lead;
pub(in crate::cmd) mod project;
mod say;
mod signed;
mod signer;

pub use args::Args;

use crate::canon::emit::emit_json;
use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::in_step;
use crate::cmd::gate::desk::{Desk, PackAt, Unnamed};
use crate::cmd::init::args::{Ci, NEW};
use crate::cmd::init::around::Around;
use crate::cmd::init::files::Done;
use crate::cmd::init::lead::{guide, hook_is_missing};
use crate::cmd::init::say::Said;
use crate::cmd::init::signer::{IN_CI, NO_KEY, Signer, signer, who};
use crate::cmd::keyfile;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::signing::{SigningKey, consent, of_file};
use crate::cmd::trust_state::State;
use crate::cmd::{hook, key, trust};
use crate::io::keystore::Keystore;
use crate::io::load;
use crate::io::tree::Tree;
use crate::io::tty::Terminal;
use crate::model::lockfile::Status;
use crate::model::trust::{Role, Trust};

/// Runs the command: exit 1 where nothing could be signed.
///
/// # Errors
/// A trust file, toolpack or lockfile that can't be read, a file that can't be written, a key that can't sign.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    // Whatever terminal there is in CI, nobody sits there.
    ctx.global.no_interactive |= args.non_interactive || ctx.in_ci();
    let from = ctx.cwd.canonicalize().unwrap_or_else(|_| ctx.cwd.clone());
    args.signing.key = args.signing.key.take().map(|key| keyfile::from(&from, key));
    ctx.cwd = ctx.cwd.join(&args.directory);
    if !ctx.cwd.is_dir() {
        let name = args.directory.display().to_string();
        return Err(Failed::new("input", name, "there is no such folder"));
    }
    let state = State::read(ctx, None)?;
    if args.hook && state.repo.is_none() {
        return Err(Failed::new("usage", "", "there is no git repository here whose hook could ask")
            .hint("git init, or cask init without --hook"));
    }
    let root = state.root.canonicalize().unwrap_or_else(|_| state.root.clone());
    ctx.cwd.clone_from(&root);
    let tree = match &state.repo {
        Some(repo) => Tree::worktree(repo),
        None => Tree::folder(root.clone()),
    };
    let headers = load::headers(&tree)?;
    let dirs: Vec<&str> = headers.iter().map(|header| crate::gate::discovery::dir_of(header)).collect();
    let base = match &state.repo {
        Some(repo) => {
            repo.default_branch()?.map(|b| b.refname.trim_start_matches("refs/remotes/").to_owned())
        }
        None => None,
    };
    let around = Around::look(&tree, &root, state.repo.is_some().then(|| base.clone()), &dirs)?;
    if args.json {
        ctx.print(&emit_json(&around.node()))?;
        return Ok(0);
    }
    let is_new = state.own.is_none() && state.in_force.is_none();
    let is_open = is_new || !files::is_there(&root, GATE)? || is_open(ctx, headers.is_empty())?;
    let same = match ctx.can_guide() && !args.signing.yes && is_open {
        true => Some(guide(ctx, &mut args, &state, &around, &headers, &dirs, is_new)?),
        false => None,
    };
    if is_open && ctx.in_ci() && !args.signing.yes {
        ctx.note(&format!("{IN_CI}: {} would have been asked", say::questions(is_new)));
    }
    let signer = if is_open { signer(ctx, &args)? } else { Signer::Needless };
    let (id, github) = match (is_new, &signer) {
        (true, Signer::Key(_) | Signer::New) => who(ctx, &args)?,
        _ => (String::new(), None),
    };
    if is_open && ctx.can_ask() && !args.signing.yes {
        let text = say::plan(ctx.paint(), &id, &headers, args.days, is_new);
        consent(ctx, false, &text, "Write and sign them")?;
    }
    let hook = args.hook || is_open && hook_is_wanted(ctx, &args, &state)?;

    let mut said = Said::default();
    said.way = say::way(&from, &root);
    said.found = around.lines(ctx.paint());
    said.mints = around.mints();
    said.has_clients = around.has_clients();
    said.is_gated = around.is_gated();
    // Passphrases are asked for by what signs: it comes first, so that whoever leaves there leaves all as it was.
    let planned = files::plan(&root, &dirs, &args.ignored())?;
    let mut signing = match signer {
        Signer::None(why) => {
            said.unsigned = Some(why.to_owned());
            said.has_key = why != NO_KEY;
            said.is_in_ci = why == IN_CI;
            None
        }
        Signer::Needless => {
            said.file(TRUST.to_owned(), Done::Left);
            said.file(GATE.to_owned(), Done::Left);
            None
        }
        signer => keys(ctx, &args, &state, signer, id, github, &mut said)?,
    };
    lockfiles(ctx, &args, headers.is_empty(), signing.as_mut().map(|(_, key)| key), &mut said)?;
    let put: Result<Vec<_>, Failed> = planned.into_iter().map(|file| files::put(&root, file)).collect();
    said.first(put?);
    if let (true, Some(repo)) = (hook, &state.repo) {
        said.hook = Some(hook::install::first(repo)?);
    }
    said.pin = signing.map(|(trust, _)| trust.digest);
    if args.ci.is_some_and(Ci::is_some) {
        let known = state.in_force.as_ref().map(|found| &found.trust.digest);
        let pin = said.pin.as_ref().or(known).map(String::as_str);
        let (name, done) = files::put(&root, files::plan_workflow(&root, pin)?)?;
        said.file(name, done);
    }
    said.is_new = is_new;
    said.ask_pin = is_new && said.pin.is_some() && base_has_lockfiles(&state)?;
    said.base = base;
    said.offers_hook = !hook && hook_is_missing(&state);
    said.in_git = state.repo.is_some();
    said.same = same;
    ctx.print(&said.text(ctx.paint()))?;
    Ok(u8::from(said.unsigned.is_some()))
}

/// Asks a person whether git should ask cask before each push; nobody who cannot be asked wants it.
fn hook_is_wanted(ctx: &Ctx, args: &Args, state: &State) -> Result<bool, Failed> {
    if !ctx.can_ask() || args.signing.yes || !hook_is_missing(state) {
        return Ok(false);
    }
    let Some(mut terminal) = Terminal::open() else { return Ok(false) };
    let failed = |e| Failed::new("io", "the terminal", format!("nothing could be asked: {e}"));
    let answer = terminal.ask("Have git ask cask before each push? [y/N] ").map_err(failed)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Writes trust file and gate.yaml where there are none. None if the key may not sign here.
fn keys(
    ctx: &mut Ctx,
    args: &Args,
    state: &State,
    signer: Signer,
    id: String,
    github: Option<String>,
    said: &mut Said,
) -> Result<Option<(Trust, SigningKey)>, Failed> {
    let (file, pair) = match signer {
        Signer::Key(file) => (*file, None),
        _ => {
            let name = args.new_key.as_deref().unwrap_or(NEW);
            let pair = key::make(ctx, name, args.no_passphrase)?;
            (keyfile::stored(&Keystore::open(ctx.env)?, name)?, Some(pair))
        }
    };
    let current = state.own.as_ref().or(state.in_force.as_ref().map(|found| &found.trust));
    let (trust, mut signing) = match current {
        None => {
            let made = trust::write_first(ctx, state, id, github, (file, pair), &args.signing)?;
            said.file(TRUST.to_owned(), Done::Wrote);
            made
        }
        Some(trust) => {
            said.file(TRUST.to_owned(), Done::Left);
            match of_file(ctx, &args.signing, file, trust) {
                Ok(signing) => (trust.clone(), signing),
                Err(_) => {
                    said.stranger = true;
                    return Ok(None);
                }
            }
        }
    };
    if !trust.signer(&signing.signer).is_some_and(|signer| signer.roles.contains(&Role::Owner)) {
        said.stranger = true;
        return Ok(None);
    }
    let done = match files::is_there(&state.root, GATE)? {
        true => Done::Left,
        false => {
            signed::gate(ctx, state, &trust, &mut signing, args.days)?;
            said.quorum = usize::from(trust.file.thresholds.trust);
            Done::Wrote
        }
    };
    said.file(GATE.to_owned(), done);
    Ok(Some((trust, signing)))
}

/// Brings every toolpack's lockfile in step.
fn lockfiles(
    ctx: &mut Ctx,
    args: &Args,
    none: bool,
    mut key: Option<&mut SigningKey>,
    said: &mut Said,
) -> Result<(), Failed> {
    if none {
        return Ok(());
    }
    let desk = Desk::open(ctx, &PackArgs::default(), &TrustArgs::default(), Unnamed::All)?;
    let until = ctx.now.plus_days(i64::from(args.days.min(desk.gate.exemptions.max_days)));
    for at in &desk.packs {
        let at: &PackAt = at;
        said.packs.push(signed::lockfile(ctx, &desk, at, key.as_deref_mut(), until)?);
    }
    Ok(())
}

/// Whether anything of a toolpack waits for a signature.
fn is_open(ctx: &mut Ctx, none: bool) -> Result<bool, Failed> {
    if none {
        return Ok(false);
    }
    let desk = Desk::open(ctx, &PackArgs::default(), &TrustArgs::default(), Unnamed::All)?;
    let now = ctx.now;
    for at in &desk.packs {
        let open = desk.look(now, at, |scene, before| {
            let lock = in_step(scene, before, now);
            let pending = |id: &str| scene.verdict(&lock, id).is_none_or(|v| v.status == Status::Pending);
            Ok(scene.ids().any(pending))
        })?;
        if open {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether lockfiles are merged and no trust file is: then a change is believed with a pin alone.
fn base_has_lockfiles(state: &State) -> Result<bool, Failed> {
    let Some(repo) = &state.repo else { return Ok(false) };
    let tip = match repo.default_branch()? {
        Some(branch) => Some(branch.tip),
        None => repo.head()?,
    };
    match tip {
        Some(tip) => Ok(!load::lockfiles(&Tree::git(repo, &tip))?.is_empty()),
        None => Ok(false),
    }
}
