//! `cask drift`: how a surface differs from the one that was locked. Judges what is there, not who signed it.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use super::deliver::deliver;
use super::evidence::keep::{EvidenceArgs, deliver_kept};
use super::evidence::verify::trust;
use super::failed::{Failed, Outcome};
use super::live::{self, LiveArgs};
use super::observed;
use super::options::{ReportArgs, TrustArgs, usual_fail_on};
use super::side::{self, Around, Side, To};
use crate::canon::{Node, digest};
use crate::drift::{self, Limits, Reach, Surface};
use crate::evidence::Entry;
use crate::io::{captures, fs};
use crate::judge::{Input, judge};
use crate::model::gate_config::GateFile;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, SourceKind};
use crate::model::risk::RiskTier;
use crate::report::reference;

/// How a surface differs from the one that was locked
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// What was locked: a toolpack's folder, a toolpack.yaml, a baseline.json, an OpenAPI description (JSON or
    /// YAML), what an MCP server listed (JSON), a recording (HAR, OTLP/JSON, stored capture or its id, a summary of
    /// `cask capture summarize`), or git:REF:PATH of one of them
    #[arg(long, value_name = "X", conflicts_with_all = ["baseline", "toolpack"])]
    pub from: Option<String>,
    /// What is there now: the same forms
    #[arg(long, value_name = "Y")]
    pub to: Option<String>,
    /// A server that is asked what is there now
    #[command(flatten)]
    pub live: LiveArgs,
    /// The baseline.json that was locked
    #[arg(long, value_name = "FILE", conflicts_with = "toolpack")]
    pub baseline: Option<String>,
    /// The toolpack whose baseline was locked
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<String>,
    /// The recording of what is there now: as --to
    #[arg(long, value_name = "PATH", conflicts_with_all = ["to", "capture_id"])]
    pub capture_path: Option<String>,
    /// The id of the stored capture of what is there now
    #[arg(long, value_name = "ID", conflicts_with = "to")]
    pub capture_id: Option<String>,
    /// Host whose recorded calls are meant: name, name:port or *.name (repeatable; default: those of the other side)
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST")]
    pub allowed_hosts: Vec<String>,
    /// Percent of the operations that a recording must have called
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub min_coverage: Option<u32>,
    /// How to report; `--format both --output DIR` writes drift.json and drift.md of the reference system
    #[command(flatten)]
    pub report: ReportArgs,
    /// What is kept of the judgement
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// Which trust it is signed under
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// The word for both reports of the reference system, in a folder.
const BOTH: &str = "both";

/// Runs the command.
///
/// # Errors
/// A side that is not named or cannot be read.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    let folder = reference_folder(&mut args)?;
    let is_kept = args.evidence.asked(&args.report)?;
    if !args.evidence.sign && (args.trust.trust.is_some() || args.trust.trust_ref.is_some()) {
        return Err(Failed::new(
            "usage",
            "drift",
            "no signature is asked for, so --trust and --trust-ref mean nothing",
        )
        .hint("--evidence DIR --sign"));
    }
    let named = [&args.from, &args.baseline, &args.toolpack].into_iter().find_map(Option::as_deref);
    let usage = |what: &str| {
        Failed::new("usage", "drift", format!("{what} is not named"))
            .hint("cask drift --toolpack toolpacks/shop --to new/baseline.json")
            .hint("cask drift --from git:main:api/openapi.yaml --to api/openapi.yaml")
    };
    let from = named.ok_or_else(|| usage("what was locked"))?;
    let captures = ctx.cwd.join(&ctx.global.root).join("captures");
    let stored = args.capture_id.as_deref().map(|id| stored(&captures, &ctx.global.root, id)).transpose()?;
    let to = [&args.to, &args.capture_path, &stored].into_iter().find_map(Option::as_deref);
    let several = || {
        Failed::new("usage", "--mcp", "more than one thing is named that is there now")
            .hint("cask drift --toolpack toolpacks/files --mcp 'npx -y @scope/server@1.2.3'")
    };
    let to = match to {
        // Nothing is started for a command that can't be carried out.
        Some(_) if args.live.is_asked() => return Err(several()),
        Some(to) => To::Named(to),
        None if !args.live.is_asked() => return Err(usage("what is there now")),
        None => match <[_; 1]>::try_from(live::read(&args.live, ctx)?) {
            Ok([described]) => To::Asked(Box::new(described)),
            Err(_) => return Err(several()),
        },
    };
    let (_, progress) = observed::attended(ctx);
    // Never dropped: the process ends with the report, and giving back what was read, value by value, takes a tenth
    // of the time that reading it took.
    let around = Around { cwd: &ctx.cwd, captures: &captures, hosts: &args.allowed_hosts, progress };
    let (old, new) =
        side::both(from, to, &around).map(|(old, new)| (ManuallyDrop::new(old), ManuallyDrop::new(new)))?;
    // Its line goes before anything else is shown.
    drop(around);
    let Compared { was, is, report } = compare(&old, &new, &args, ctx)?;
    if let Some(folder) = folder {
        let file = drift::reference::file(&was, &is, &report.findings, report.exit_code());
        let folder = ctx.cwd.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| {
            Failed::new("io", folder.display().to_string(), format!("the folder cannot be made: {e}"))
        })?;
        fs::write_atomic(&folder.join("drift.json"), reference::json(&file).as_bytes())?;
        fs::write_atomic(&folder.join("drift.md"), reference::markdown(&file).as_bytes())?;
    }
    if !is_kept {
        return deliver(&report, &args.report, ctx);
    }
    let inputs = [("locked", &*old), ("now", &*new)].map(|(word, side)| input(word, side));
    let under = |ctx: &mut Ctx| trust(&args.trust, ctx);
    deliver_kept(&report, inputs.into(), &args.evidence, &args.report, under, ctx)
}

/// A side of the comparison, by the digest of the surface that was read out of it.
fn input(word: &str, side: &Side) -> Entry {
    Entry {
        kind: "input",
        data: Node::map([
            ("side", Node::text(word)),
            ("kind", Node::text(side.source.kind.word())),
            ("name", Node::text(side.source.name.as_str())),
            ("surface", Node::text(digest::of(&side.surface().baseline.raw))),
        ]),
    }
}

/// Two surfaces, and what their difference comes to.
pub struct Compared<'a> {
    was: Surface<'a>,
    is: Surface<'a>,
    /// The report.
    pub report: Report,
}

/// Compares two sides.
///
/// # Errors
/// A surface that cannot be read, or two that have nothing to compare.
pub fn compare<'a>(old: &'a Side, new: &'a Side, args: &Args, ctx: &Ctx) -> Result<Compared<'a>, Failed> {
    let (was, is) = rayon::join(|| Surface::read(old.surface()), || Surface::read(new.surface()));
    let (was, is) = (was?, is?);

    let reach = Reach::of(&was, &is);
    if let Some((why, hints)) = reach.nothing() {
        let failed = Failed::new("input", new.source.name.clone(), why);
        return Err(hints.into_iter().fold(failed, Failed::hint));
    }
    let limits = Limits { coverage: args.min_coverage.unwrap_or(0), ..Limits::on(Some(ctx.now)) };
    let coverage = drift::coverage(&was, &is, &limits);
    if args.min_coverage.is_some() && coverage.is_none() {
        return Err(Failed::new(
            "usage",
            "drift",
            "--min-coverage is about recorded calls, and no side is a recording",
        )
        .hint("name a recording: --to traffic.har"));
    }
    let changes = drift::run(&was, &is, &limits);
    let (total, pack) = (reach.compared, old.judged(reach.compared, changes));
    let mut report = judge(Input {
        command: "drift",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on(None, usual_fail_on("drift")),
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

    report.coverage = coverage;
    report.looked_at.push(Phrase::say(match (coverage, total) {
        (Some(coverage), _) => coverage.looked_at(),
        (None, 1) => "1 locked operation".to_owned(),
        (None, n) => format!("{n} locked operations"),
    }));
    report.not_looked_at.extend(reach.unseen);
    report
        .not_looked_at
        .extend(["approvals (cask gate check)", "policy and toolsets (cask diff)"].map(Phrase::say));
    if new.source.kind != SourceKind::Mcp {
        report.not_looked_at.push(Phrase::say("the live API"));
    }
    for (word, side) in [("locked", old), ("now", new)] {
        let told = side.notes().iter().map(|note| Phrase::say(format!("{word}: ")).and(note.clone()));
        report.notes.extend(told);
    }
    Ok(Compared { was, is, report })
}

/// The folder of a stored capture.
///
/// # Errors
/// There is none of this id.
pub fn stored(captures: &Path, root: &Path, id: &str) -> Result<String, Failed> {
    let missing = || {
        Failed::new("input", id.to_owned(), "there is no stored capture of this id")
            .looked("looked in", captures.display().to_string())
            .hint("--capture-path PATH")
    };
    let stored = captures::by_id(captures, id);
    stored.map(|_| format!("{}/captures/{id}", root.display())).ok_or_else(missing)
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
