//! `cask init`: puts a repository under the gate. What exists is taken in as it is, exempted for a while by its
//! owner; from then on nothing changes without a signature. What is there already is never overwritten.

mod around;
mod files;
mod project;
mod say;
mod signed;

use std::path::PathBuf;

use crate::canon::emit::emit_json;
use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::in_step;
use crate::cmd::gate::desk::{Desk, PackAt, Unnamed};
use crate::cmd::init::around::Around;
use crate::cmd::init::files::Done;
use crate::cmd::init::say::Said;
use crate::cmd::keyfile::{self, KeyFile, Private};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::signing::{SigningArgs, SigningKey, consent, of_file};
use crate::cmd::trust_state::State;
use crate::cmd::{hook, key, trust};
use crate::io::keystore::Keystore;
use crate::io::load;
use crate::io::tree::Tree;
use crate::io::tty::Terminal;
use crate::model::gate_config::{EXEMPTION_DAYS, MAX_EXEMPTION_DAYS};
use crate::model::lockfile::Status;
use crate::model::trust::{Role, Trust, is_signer_id};

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Your id as a signer (default: your login here)
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
    /// Your login on GitHub
    #[arg(long, value_name = "LOGIN")]
    github: Option<String>,
    /// A folder of the repository
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// How long what exists is exempted, 1 to 180
    #[arg(long, value_name = "DAYS", default_value_t = EXEMPTION_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_EXEMPTION_DAYS)))]
    days: u32,
    /// Make your key without a passphrase, if you have none: every program that you start can use it
    #[arg(long)]
    no_passphrase: bool,
    /// Have git ask cask before each push
    #[arg(long)]
    hook: bool,
    /// Write the workflow of a CI system that asks cask about every pull request
    #[arg(long, value_name = "SYSTEM", value_enum)]
    ci: Option<Ci>,
    /// Print what is found here as JSON, and write nothing
    #[arg(long)]
    json: bool,
    /// As --no-interactive
    #[arg(long, hide = true)]
    non_interactive: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

/// A CI system whose workflow can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Ci {
    /// GitHub Actions
    Github,
}

/// There is no key, and none can be made.
const NO_KEY: &str = "you have no key, and no terminal to ask for its passphrase on";

/// What signs.
enum Signer {
    /// A key that can be used.
    Key(Box<KeyFile>),
    /// One that is made now.
    New,
    /// None, and why.
    None(&'static str),
    /// There is nothing to sign.
    Needless,
}

/// Runs the command: exit 1 where nothing could be signed.
///
/// # Errors
/// A trust file, toolpack or lockfile that can't be read, a file that can't be written, a key that can't sign.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    ctx.global.no_interactive |= args.non_interactive;
    let from = ctx.cwd.canonicalize().unwrap_or_else(|_| ctx.cwd.clone());
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
    for (name, done) in files::write(&root, &dirs)? {
        said.file(name, done);
    }
    let mut signing = match signer {
        Signer::None(why) => {
            said.unsigned = Some(why.to_owned());
            said.has_key = why != NO_KEY;
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
    if let (true, Some(repo)) = (hook, &state.repo) {
        said.hook = Some(hook::install::first(repo)?);
    }
    said.pin = signing.map(|(trust, _)| trust.digest);
    if args.ci.is_some() {
        let known = state.in_force.as_ref().map(|found| &found.trust.digest);
        let done = files::workflow(&root, said.pin.as_ref().or(known).map(String::as_str))?;
        said.file(files::WORKFLOW.to_owned(), done);
    }
    said.is_new = is_new;
    said.ask_pin = is_new && said.pin.is_some() && base_has_lockfiles(&state)?;
    said.base = base;
    said.offers_hook = !hook && hook_is_missing(&state);
    said.in_git = state.repo.is_some();
    ctx.print(&said.text(ctx.paint()))?;
    Ok(u8::from(said.unsigned.is_some()))
}

/// Whether a hook could be installed and none is there. Where hooks can't lie, none is offered.
fn hook_is_missing(state: &State) -> bool {
    state.repo.as_ref().is_some_and(|repo| hook::install::is_missing(repo).unwrap_or(false))
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

/// The key that will sign: the one that is named or the person's own, else a new one.
fn signer(ctx: &Ctx, args: &Args) -> Result<Signer, Failed> {
    if ctx.in_ci() && !args.signing.in_ci {
        return Ok(Signer::None("this runs in CI (CI is set)"));
    }
    let has_keys = args.signing.key.is_some() || !Keystore::open(ctx.env)?.list()?.is_empty();
    if !has_keys {
        return Ok(match ctx.can_ask() || args.no_passphrase {
            true => Signer::New,
            false => Signer::None(NO_KEY),
        });
    }
    let file = keyfile::named(ctx, args.signing.key.as_deref())?;
    let usable = ctx.can_ask() || file.is_open() || matches!(file.private, Private::Elsewhere);
    Ok(match usable {
        true => Signer::Key(Box::new(file)),
        false => Signer::None("your key has a passphrase, and there is no terminal to ask on"),
    })
}

/// The person as a signer: what was given, or is answered, or their login on this machine.
fn who(ctx: &Ctx, args: &Args) -> Result<(String, Option<String>), Failed> {
    let login = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| ctx.var(name));
    let known = args.github.clone().or(login).filter(|name| is_signer_id(name));
    let (mut id, mut github) = (args.id.clone(), args.github.clone());
    if id.is_none()
        && ctx.can_ask()
        && !args.signing.yes
        && let Some(mut terminal) = Terminal::open()
    {
        let failed = |e| Failed::new("io", "the terminal", format!("nothing could be asked: {e}"));
        terminal.show(say::INTRODUCTION).map_err(failed)?;
        let shown = known.as_ref().map_or(String::new(), |name| format!(" [{}]", ctx.paint().text(name, 60)));
        let answer = terminal.ask(&format!("Your id as a signer{shown}: ")).map_err(failed)?;
        id = Some(answer.trim().to_owned()).filter(|text| !text.is_empty());
        if github.is_none() {
            let answer = terminal.ask("Your login on GitHub (empty: none): ").map_err(failed)?;
            github = Some(answer.trim().to_owned()).filter(|text| !text.is_empty());
        }
    }
    let id = id.or(known).ok_or_else(|| {
        Failed::new("usage", "", "your id as a signer is not known").hint("cask init --id NAME")
    })?;
    match is_signer_id(&id) {
        true => Ok((id, github)),
        false => Err(Failed::new("usage", "", format!("{id:?} can't be the id of a signer"))
            .why("it is 1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit")),
    }
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
            let pair = key::make(ctx, "default", args.no_passphrase)?;
            (keyfile::named(ctx, None)?, Some(pair))
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
