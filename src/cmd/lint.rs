//! `cask lint`: what is wrong with toolpacks, client configurations and committed files as they are. Asks no base
//! and no signature.

use std::path::PathBuf;

use super::alone::Alone;
use super::beside::Beside;
use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::gate;
use super::options::{PackArgs, ReportArgs, TrustArgs};
use super::packs::{self, Place};
use crate::canon::Fault;
use crate::canon::time::Timestamp;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::{EntryKind, Tree};
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::lint::{self, committed};
use crate::model::finding::{Covers, Finding};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source, SourceKind};
use crate::model::toolpack::Toolpack;

/// Judge a state by itself
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Which toolpacks
    #[command(flatten)]
    pub packs: PackArgs,
    /// A tools.json alone; with --policy, and instead of --toolpack
    #[arg(long, value_name = "FILE", requires = "policy", conflicts_with_all = ["toolpack", "lockfile"])]
    pub tools: Option<PathBuf>,
    /// The policy.yaml that goes with --tools
    #[arg(long, value_name = "FILE", requires = "tools")]
    pub policy: Option<PathBuf>,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What is looked at.
struct State {
    packs: Vec<Loaded>,
    /// The whole repository, where it is one.
    place: Option<Place>,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    // The word of the reference system.
    if args.report.format.as_deref() == Some("text") {
        args.report.format = Some("terminal".to_owned());
    }
    let state = load(&args, ctx)?;
    let mut not_looked_at = Vec::new();
    let configured = match state.place.as_ref().map(|place| configured(place, ctx)) {
        Some(Ok(found)) => found,
        Some(Err(why)) => {
            not_looked_at
                .push(Phrase::say("gate.yaml, which can't be told here: ").and_quote(&why.0.message));
            None
        }
        None => None,
    };
    let gate = configured.clone().unwrap_or_default();
    let names: Vec<Vec<String>> =
        state.packs.iter().map(|l| l.pack.manifest.tools.iter().map(|t| t.name.clone()).collect()).collect();
    let mut packs = Vec::new();
    for (at, loaded) in state.packs.into_iter().enumerate() {
        // A text may speak of a tool of another toolpack: then it steers what is none of its business.
        let others = names.iter().enumerate().filter(|(n, _)| *n != at);
        let others: Vec<String> = others.flat_map(|(_, names)| names.iter().cloned()).collect();
        packs.push(judged(loaded, &others, ctx)?);
    }
    let mut repository = Vec::new();
    let mut looked_at = Vec::new();
    // Named toolpacks are asked about alone.
    let whole = args.packs.toolpack.is_empty() && args.packs.lockfile.is_none();
    if let Some(place) = state.place.as_ref().filter(|_| whole) {
        let beside = Beside::look(&gate, None, &place.tree)?;
        repository.extend(beside.state(&packs));
        let (found, unread) = files(place)?;
        repository.extend(found);
        not_looked_at.extend(unread);
        not_looked_at.extend(beside.not_looked_at());
        looked_at.extend(beside.looked_at());
        looked_at.push("committed keys, logins and captures".into());
    }
    let in_repo = state.place.as_ref().is_some_and(|place| place.repo.is_some());
    let kind = if in_repo { SourceKind::Worktree } else { SourceKind::Folder };
    let tools: usize = packs.iter().map(|p| p.tools).sum();
    let mut report = judge(Input {
        command: "lint",
        gate: &gate,
        // As for gate check: gate.yaml's word is about pull requests.
        fail_on: args
            .report
            .fail_on
            .map_or(FailOn::Any, |_| args.report.fail_on(configured.as_ref(), FailOn::Any)),
        min_risk: args.report.min_risk(configured.as_ref()),
        packs,
        repository,
        trust: None,
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: Source { kind, commit: None, name: "work tree".to_owned() },
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });
    report.looked_at.push(Phrase::say(format!("{tools} tools")));
    report.looked_at.extend(["policy", "toolsets", "hosts"].map(Phrase::say));
    report.looked_at.extend(looked_at);
    report
        .not_looked_at
        .extend(["changes (cask diff)", "approvals (cask gate check)", "the live API"].map(Phrase::say));
    report.not_looked_at.extend(not_looked_at);
    deliver(&report, &args.report, ctx)
}

fn load(args: &Args, ctx: &Ctx) -> Result<State, Failed> {
    if let (Some(tools), Some(policy)) = (&args.tools, &args.policy) {
        let (tools, policy) = (ctx.cwd.join(tools), ctx.cwd.join(policy));
        let alone = Alone { tools, policy, toolsets: None, baseline: None };
        return Ok(State { packs: vec![alone.read()?], place: None });
    }
    let place = match packs::find(&args.packs, ctx) {
        Err(failed) if args.packs.toolpack.is_empty() && args.packs.lockfile.is_none() => {
            // No toolpack: clients may be configured all the same.
            match Repo::discover(&ctx.cwd)? {
                Some(repo) if load::headers(&Tree::worktree(&repo))?.is_empty() => {
                    let (tree, root) = (Tree::worktree(&repo), repo.root().to_owned());
                    Place { repo: Some(repo), tree, root, found: Vec::new() }
                }
                _ => return Err(failed),
            }
        }
        found => found?,
    };
    let read = |header: &String| load::toolpack(&place.tree, header);
    let packs = place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    Ok(State { packs, place: Some(place) })
}

/// The gate.yaml in force, where one can be told without asking anybody.
fn configured(place: &Place, ctx: &mut Ctx) -> Result<Option<GateFile>, Failed> {
    let asked = std::mem::replace(&mut ctx.global.no_interactive, true);
    let args = gate::check::Args { trust: TrustArgs::default(), ..gate::check::Args::default() };
    let found = gate::check::in_force(place, &args, ctx);
    ctx.global.no_interactive = asked;
    Ok(found?.and_then(|anchored| anchored.gate).map(|config| config.file))
}

/// What is wrong with a toolpack by itself. `others`: names of tools of other toolpacks.
///
/// # Errors
/// A baseline whose references do not resolve.
pub fn of_pack(pack: &Toolpack, others: &[String], now: Timestamp) -> Result<Vec<Finding>, Failed> {
    // A state is a change from nothing; what only a change can be is left out.
    let pair = Pair::new(None, Some(pack))?;
    let found = diff::run(&pair, &DiffContext { other_tool_names: others, now: Some(now), limits: None });
    let mut changes: Vec<Finding> = found.into_iter().filter(lint::is_of_a_state).collect();
    changes.extend(lint::run(pack));
    Ok(changes)
}

/// A toolpack with what is wrong with it.
fn judged(loaded: Loaded, others: &[String], ctx: &Ctx) -> Result<JudgedPack, Failed> {
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

/// Committed files that nobody commits, of a repository what git tracks or would; and which could not be looked at.
fn files(place: &Place) -> Result<(Vec<Finding>, Vec<Phrase>), Failed> {
    let entries = place.tree.list()?.iter();
    let files = entries.filter(|e| matches!(e.kind, EntryKind::File | EntryKind::Executable));
    let mut suspects = files.filter(|e| committed::is_suspect(&e.path)).map(|e| e.path.clone());
    let mut paths: Vec<String> = suspects.by_ref().take(MANY).collect();
    let more = suspects.count();
    if let Some(repo) = place.repo.as_ref().filter(|_| !paths.is_empty()) {
        let ignored = repo.ignored(&paths)?;
        paths.retain(|path| !ignored.contains(path));
    }
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for path in &paths {
        let bytes = place.tree.read(path, limits::SMALL);
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
