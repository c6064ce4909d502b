//! `cask audit show`: the records that are asked for, oldest first. Nothing is verified here.

use std::path::PathBuf;

use super::trail::{NoRecord, WantedArgs, files};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::audit_files;

/// Show audit records
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Files, oldest first (default: all of state/audit/runtime.jsonl below the state folder)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    wanted: WantedArgs,
}

/// Runs the command.
///
/// # Errors
/// There is no trail, or a file can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let wanted = args.wanted.checked(ctx)?;
    let paint = ctx.paint();
    let mut strange = 0_u64;
    for path in files(ctx, &args.files)? {
        audit_files::lines::<Failed>(&path, |line, _| {
            match wanted.shown(paint, line) {
                Ok(Some(text)) => ctx.print(&text)?,
                Ok(None) => {}
                Err(NoRecord) => strange += 1,
            }
            Ok(())
        })?;
    }
    if strange > 0 {
        ctx.note(&format!("{strange} lines are no records: cask audit verify"));
    }
    Ok(0)
}
