//! `cask lint`: what is wrong with toolpacks, client configurations and committed files as they are. Asks no base
//! and no signature.

use std::path::PathBuf;

use super::alone::Alone;
use super::around::Around;
use super::beside::Beside;
use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::gate;
use super::linted::{self, LOOKED_AT};
use super::options::{PackArgs, ReportArgs, TrustArgs, usual_fail_on};
use super::packs::{self, Place};
use super::sources;
use crate::canon::Fault;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::{Input, judge};
use crate::model::gate_config::GateFile;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source};

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
    let own: Vec<&str> = state.packs.iter().map(|loaded| loaded.header_path.as_str()).collect();
    let around = state.place.as_ref().map(|place| Around::beside(&place.tree, &own)).transpose()?;
    let around = around.unwrap_or_default();
    not_looked_at.extend(around.not_looked_at());
    let packs = linted::judged_all(state.packs, &around, ctx)?;
    let mut repository = Vec::new();
    let mut looked_at = Vec::new();
    // Named toolpacks are asked about alone.
    let whole = args.packs.toolpack.is_empty() && args.packs.lockfile.is_none();
    if let Some(place) = state.place.as_ref().filter(|_| whole) {
        let beside = Beside::look(&gate, None, &place.tree)?;
        repository.extend(beside.state(&packs));
        let (found, unread) = linted::committed_files(&place.tree, place.repo.as_ref())?;
        repository.extend(found);
        not_looked_at.extend(unread);
        not_looked_at.extend(beside.not_looked_at());
        looked_at.extend(beside.looked_at());
        looked_at.push("committed keys, logins and captures".into());
    }
    let reader = state.place.as_ref().map(|place| place.here(&ctx.cwd)).unwrap_or_default();
    let in_repo = state.place.as_ref().is_some_and(|place| place.repo.is_some());
    let tools: usize = packs.iter().map(|p| p.tools).sum();
    let mut report = judge(Input {
        command: "lint",
        gate: &gate,
        // As for gate check: gate.yaml's word is about pull requests.
        fail_on: args
            .report
            .fail_on(configured.as_ref().filter(|_| args.report.fail_on.is_some()), usual_fail_on("lint")),
        min_risk: args.report.min_risk(configured.as_ref()),
        packs,
        repository,
        trust: None,
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: sources::work_tree(in_repo),
        publication: Publication { reader, ..Publication::default() },
        now: ctx.now,
        base_name: None,
    });
    report.looked_at.push(Phrase::say(format!("{tools} tools")));
    report.looked_at.extend(LOOKED_AT.map(Phrase::say));
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
    let found = gate::check::judging(place, &args, ctx);
    ctx.global.no_interactive = asked;
    Ok(found?.and_then(|anchored| anchored.gate).map(|config| config.file))
}
