//! `cask drift`: how a surface differs from the one that was locked. Judges what is there, not who signed it.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::options::ReportArgs;
use super::side;
use crate::drift::{self, Reach, Surface};
use crate::io::fs;
use crate::judge::{Input, judge};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::phrase::Phrase;
use crate::model::report::Publication;
use crate::model::risk::RiskTier;
use crate::report::reference;

/// How a surface differs from the one that was locked
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// What was locked: a toolpack's folder, a toolpack.yaml, a baseline.json, an OpenAPI description (JSON or
    /// YAML), what an MCP server listed (JSON), or git:REF:PATH of one of them
    #[arg(long, value_name = "X", conflicts_with_all = ["baseline", "toolpack"])]
    pub from: Option<String>,
    /// What is there now: the same forms
    #[arg(long, value_name = "Y")]
    pub to: Option<String>,
    /// The baseline.json that was locked
    #[arg(long, value_name = "FILE", conflicts_with = "toolpack")]
    pub baseline: Option<String>,
    /// The toolpack whose baseline was locked
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<String>,
    /// How to report; `--format both --output DIR` writes drift.json and drift.md of the reference system
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The word for both reports of the reference system, in a folder.
const BOTH: &str = "both";

/// Runs the command.
///
/// # Errors
/// A side that is not named or cannot be read.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    let folder = reference_folder(&mut args)?;
    let named = [&args.from, &args.baseline, &args.toolpack].into_iter().find_map(Option::as_deref);
    let usage = |what: &str| {
        Failed::new("usage", "drift", format!("{what} is not named"))
            .hint("cask drift --toolpack toolpacks/shop --to new/baseline.json")
            .hint("cask drift --from git:main:api/openapi.yaml --to api/openapi.yaml")
    };
    let from = named.ok_or_else(|| usage("what was locked"))?;
    let to = args.to.as_deref().ok_or_else(|| usage("what is there now"))?;
    // Never dropped: the process ends with the report, and giving back what was read, value by value, takes a tenth
    // of the time that reading it took.
    let (old, new) =
        side::both(from, to, &ctx.cwd).map(|(old, new)| (ManuallyDrop::new(old), ManuallyDrop::new(new)))?;
    let (was, is) = rayon::join(|| Surface::read(old.surface()), || Surface::read(new.surface()));
    let (was, is) = (was?, is?);

    let reach = Reach::of(&was, &is);
    if let Some((why, hints)) = reach.nothing() {
        let failed = Failed::new("input", new.source.name.clone(), why);
        return Err(hints.into_iter().fold(failed, Failed::hint));
    }
    let changes = drift::run(&was, &is, Some(ctx.now));
    let (total, pack) = (reach.compared, old.judged(reach.compared, changes));
    let mut report = judge(Input {
        command: "drift",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on.unwrap_or(FailOn::Any),
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: vec![pack],
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: old.source.clone(),
        head: new.source.clone(),
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });

    report.looked_at.push(Phrase::say(match total {
        1 => "1 locked operation".to_owned(),
        n => format!("{n} locked operations"),
    }));
    report.not_looked_at.extend(reach.unseen);
    report.not_looked_at.extend(
        ["approvals (cask gate check)", "policy and toolsets (cask diff)", "the live API"].map(Phrase::say),
    );
    for (word, side) in [("locked", &old), ("now", &new)] {
        let told = side.notes().iter().map(|note| Phrase::say(format!("{word}: ")).and(note.clone()));
        report.notes.extend(told);
    }
    if let Some(folder) = folder {
        let file = drift::reference::file(&was, &is, &report.findings, report.exit_code());
        let folder = ctx.cwd.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| {
            Failed::new("io", folder.display().to_string(), format!("the folder cannot be made: {e}"))
        })?;
        fs::write_atomic(&folder.join("drift.json"), reference::json(&file).as_bytes())?;
        fs::write_atomic(&folder.join("drift.md"), reference::markdown(&file).as_bytes())?;
    }
    deliver(&report, &args.report, ctx)
}

/// The folder for drift.json and drift.md of the reference system, where they are asked for; the report of ours
/// then goes to the terminal.
fn reference_folder(args: &mut Args) -> Result<Option<PathBuf>, Failed> {
    if args.report.format.as_deref() != Some(BOTH) {
        return Ok(None);
    }
    args.report.format = None;
    args.report.output.take().map(Some).ok_or_else(|| {
        Failed::new("usage", "drift", "--format both writes drift.json and drift.md, and no folder is named")
            .hint("--format both --output reports")
    })
}
