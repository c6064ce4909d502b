//! `cask report merge`: what many machines found out about one change, as the one report that one machine would make.

use std::path::PathBuf;

use rayon::prelude::*;

use super::ci;
use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::handed::file::HandOver;
use super::handed::run::Asked;
use super::handed::unite::{Parts, unite};
use super::handed::whole::whole;
use super::options::ReportArgs;
use crate::canon::{Fault, FaultKind};
use crate::io::fs;
use crate::model::limits;
use crate::model::report::Report;

/// Put the parts of a run together
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// What `cask ci --shard K/N --output FILE` wrote: each of the N parts once
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Runs the command.
///
/// # Errors
/// A file that can't be read, a part that is missing, there twice, was not judged or is of another run.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let options = ci::Args { report: args.report.clone(), ..ci::Args::default() };
    match ci::Around::here(ctx) {
        Ok(Some(around)) => {
            ci::put_together(&options, &around, ctx, |asked, ctx| report(&args.files, asked, ctx))
        }
        Ok(None) => deliver(&report(&args.files, &args.report, ctx)?, &args.report, ctx),
        Err(failed) => Err(ci::refused(failed, ctx)),
    }
}

/// The one report.
fn report(files: &[PathBuf], args: &ReportArgs, ctx: &Ctx) -> Result<Report, Failed> {
    let cwd = &ctx.cwd;
    let read = |path: &PathBuf| -> Result<(String, HandOver), Failed> {
        let shown = path.display().to_string();
        let missing = || Fault::new(&shown, FaultKind::Missing, "the file is missing");
        let named = |fault: Fault| Failed::from(Fault { file: shown.clone(), ..fault });
        let bytes = fs::read_bounded(&cwd.join(path), limits::SHARD).map_err(named)?;
        let handed = HandOver::read(&shown, &bytes.ok_or_else(missing)?)?;
        Ok((shown, handed))
    };
    let files: Vec<(String, HandOver)> = files.par_iter().map(read).collect::<Result<_, Failed>>()?;
    let (parts, now) = whole(files, ctx.now)?;
    let asked = Asked { fail_on: args.fail_on, min_risk: args.min_risk, ..Asked::default() };
    unite(Parts { parts, told: Vec::new(), now, asked })
}
