//! `cask repair`: what is wrong with a toolpack, by all that looks at one, and which commands would help. By itself it
//! carries out nothing; a person at a terminal is asked of each command that only looks whether to run it.

mod deliver;
mod guided;
mod seen;

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;

use super::around::Around;
use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::gate::check;
use super::history::{reports, trail};
use super::linted;
use super::options::{PackArgs, TrustArgs};
use super::packs::{self, Place};
use super::row::Row;
use crate::io::load;
use crate::model::finding::Finding;
use crate::model::kept::Kept;
use crate::model::lockfile::AnyLockfile;
use crate::model::repair::Repair;
use crate::model::trail::Trail;
use crate::repair::input::{Given, Input, Seen, TRUST_MISSING};
use crate::repair::repair;
use crate::report::repair::ids;
use crate::rules::{Severity, trust as rule};

/// Diagnose a toolpack, and propose commands
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<PathBuf>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// A JSON report of drift or verification, or an audit trail (.jsonl); repeatable (default: what lies below the
    /// state folder)
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// terminal, json, markdown or github-md
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = PossibleValuesParser::new(ids()), hide_possible_values = true)]
    pub format: String,
    /// Folder that gets repair.json, diagnosis.json, repair.md and patch.commands.sh
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// What was left behind about the toolpack.
struct Left {
    trail: Option<Trail>,
    kept: Vec<Kept>,
    looked_at: Vec<String>,
    not_looked_at: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// The toolpack, the trust, or what was left behind can't be read.
pub fn run(mut args: Args, rows: &[Row], ctx: &mut Ctx) -> Outcome {
    // Nothing is carried out here: no root is taken into those that this machine knows.
    args.trust.looks_only = true;
    let guides = ctx.has_reader() && args.format == "terminal";
    if let (None, true) = (&args.toolpack, guides) {
        args.toolpack = Some(guided::toolpack(ctx)?);
    }
    let whole = look(&args, ctx)?;
    deliver::deliver(&whole, &args.format, args.output.as_deref(), ctx)?;
    match guides && !whole.plan.is_empty() {
        true => guided::run(&whole, rows, ctx, |ctx| look(&args, ctx)),
        false => Ok(whole.exit_code),
    }
}

/// Looks at everything, and makes the plan.
fn look(args: &Args, ctx: &mut Ctx) -> Result<Repair, Failed> {
    let Some(toolpack) = &args.toolpack else { return Err(packs::unnamed("no toolpack is named", ctx)) };
    let pack_args = PackArgs { toolpack: vec![toolpack.clone()], lockfile: None };
    let place = packs::find(&pack_args, ctx)?;
    let loaded = load::toolpack(&place.tree, &place.found[0].header)?;
    let lock = loaded.lock.as_ref().and_then(AnyLockfile::v2);
    let left = left(args, &loaded.pack.header.toolpack_id, lock.map(|lock| lock.digest()).as_deref(), ctx)?;
    let around = Around::beside(&place.tree, &[&loaded.header_path])?;
    let lint = linted::of_pack(&loaded.pack, &around.names(), ctx.now)?;
    let checked = check::Args { packs: pack_args, trust: args.trust.clone(), ..check::Args::default() };
    let gate = check::report("gate check", &place, &checked, ctx)?;
    let mut looked_at =
        vec!["approvals (cask gate check)".to_owned(), "the toolpack as it is (cask lint)".to_owned()];
    let mut not_looked_at: Vec<String> = around.not_looked_at().map(|unread| unread.plain()).collect();
    let mut doctor = Vec::new();
    match &gate.error {
        // Nobody can have approved anything: that is what is wrong.
        Some(error) if error.rule == Some(rule::ROOT_MISSING) => {
            doctor.push(Seen {
                id: TRUST_MISSING,
                severity: Severity::Critical,
                what: error.message.clone(),
            });
            not_looked_at.push("approvals and what would be served: there is no trust file".to_owned());
        }
        Some(error) => return Err(Failed(Box::new(error.clone()))),
        None if lock.is_none() => not_looked_at.push("what would be served: no lockfile counts".to_owned()),
        None => {
            doctor.extend(seen::of(toolpack, &args.trust, ctx)?);
            looked_at.push("what keeps it from being served (cask doctor)".to_owned());
        }
    }
    looked_at.extend(left.looked_at);
    not_looked_at.extend(left.not_looked_at);
    not_looked_at.push("the live API (cask drift)".to_owned());
    let open: Vec<Finding> = gate.open().cloned().collect();
    let header = &loaded.pack.header;

    Ok(repair(&Input {
        id: &header.toolpack_id,
        name: &header.name,
        path: &loaded.pack.dir,
        tools: loaded.pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), tool.name.as_str())).collect(),
        gate: &open,
        lint: &lint,
        doctor: &doctor,
        trail: left.trail.as_ref(),
        kept: &left.kept,
        looked_at,
        not_looked_at,
        tool_version: env!("CARGO_PKG_VERSION"),
        given: given(args, toolpack, &place, ctx),
    }))
}

/// What the person said that is not said anyway, by the environment or by where they are.
fn given(args: &Args, toolpack: &Path, place: &Place, ctx: &Ctx) -> Given {
    let word = |path: &Path| path.to_string_lossy().into_owned();
    let is_at_root = ctx.cwd.canonicalize().is_ok_and(|cwd| cwd == place.root);
    let pin = args.trust.pin().filter(|pin| ctx.var("CASK_TRUST_PIN").as_deref() != Some(pin));
    let trust = [
        ("--trust", args.trust.trust.as_deref().map(word)),
        ("--trust-ref", args.trust.trust_ref.clone()),
        ("--trust-pin", pin.map(str::to_owned)),
    ];
    Given {
        toolpack: (!is_at_root).then(|| word(toolpack)),
        root: ctx.root_given().map(word),
        trust: trust.into_iter().filter_map(|(option, value)| Some((option, value?))).collect(),
        trail: args.from.iter().find(|path| is_trail(path)).map(|path| word(path)),
    }
}

/// Whether a file of `--from` is an audit trail.
fn is_trail(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}

/// The trail and the reports: those that are named, else those of the state folder.
fn left(args: &Args, id: &str, lockfile: Option<&str>, ctx: &Ctx) -> Result<Left, Failed> {
    let mut left = Left { trail: None, kept: Vec::new(), looked_at: Vec::new(), not_looked_at: Vec::new() };
    if args.from.is_empty() {
        left.trail = trail::read(None, lockfile, ctx)?;
        if let Some(found) = reports::in_folder(None, id, ctx, &mut |kept| left.kept.push(kept))? {
            let others = format!("{}, beside {} others", found.folder, found.passed_over);
            left.looked_at.push(format!("{} reports in {others}", left.kept.len()));
        } else {
            left.not_looked_at.push("reports of drift and verification: none are kept".to_owned());
        }
    }
    for path in &args.from {
        let name = path.display().to_string();
        if is_trail(path) {
            if left.trail.is_some() {
                return Err(Failed::new("usage", "--from", "more than one audit trail is named"));
            }
            left.trail = trail::read(Some(path), lockfile, ctx)?;
            continue;
        }
        match reports::read(&ctx.cwd.join(path), ctx)? {
            Some(kept) if kept.is_about(id) => {
                left.looked_at.push(name);
                left.kept.push(kept);
            }
            Some(_) => return Err(other(&name, "it is about another toolpack")),
            None => return Err(other(&name, "it is no JSON report of drift or verification")),
        }
    }
    match &left.trail {
        Some(trail) => {
            let elsewhere = trail.decisions_elsewhere;
            left.looked_at.push(format!(
                "{} records of {}; {elsewhere} decisions are about other states or toolpacks",
                trail.entries,
                trail.files.join(", ")
            ));
        }
        None => left.not_looked_at.push("refused calls: there is no audit trail".to_owned()),
    }
    Ok(left)
}

fn other(name: &str, why: &str) -> Failed {
    Failed::new("input", name, why)
        .hint("--from takes what cask drift --format json wrote about this toolpack, or a trail")
}
