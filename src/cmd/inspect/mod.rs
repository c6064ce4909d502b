//! `cask mcp inspect`: answers about a toolpack over MCP, for agents and those who watch them. Reads only.

pub mod asked;
pub mod load;
pub mod reports;

use std::path::Path;
use std::time::SystemTime;

use self::asked::Args;
use self::load::read;
use self::reports::Told;
use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::serving::again::Again;
use super::serving::files::Watched;
use super::serving::how::no_stream;
use super::serving::say::tell;
use super::serving::unattended::Unattended;
use crate::io::audit_log::{AuditLog, MAX_BYTES};
use crate::run::inspect::server::{Inspected, Server};
use crate::run::invoke::new_id;
use crate::run::live::Live;
use crate::run::stdio;
use crate::run::trail::Trail;

/// Runs the command until its input ends.
///
/// # Errors
/// Nothing was named, or what was named can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let asked = args.asked(ctx)?;
    let began = SystemTime::now();
    let mut watched = Watched::default();
    let first = read(&asked, &mut watched, ctx)?;
    if args.toolset.is_some()
        && let Err(why) = first.looked.toolset(args.toolset.as_deref())
    {
        return Err(Failed::new("input", "--toolset", why).hint(format!("it has: {}", first.toolsets())));
    }
    first.warnings.iter().for_each(|warning| ctx.note(warning));
    let alone = Unattended::of(ctx);
    let reports = Told::new(&asked, args.drift_to.clone(), alone.clone());
    let again =
        move |ctx: &mut Ctx, watched: &mut Watched| read(&asked, watched, ctx).map(|read| read.looked);
    let live = Live::start(Box::new(Again::after((first.looked, watched), began, alone, again)))
        .map_err(|why| Failed::new("input", "", why))?;
    let trail = trail(args.audit_log.as_deref(), ctx)?;
    let server = Server::new(Inspected { live, toolset: args.toolset, reports: Box::new(reports), trail });
    stdio::serve(server).map_err(|e| Failed::new("io", "the server", format!("it can't be run: {e}")))?;
    Ok(0)
}

/// Where it is written down what was asked: nowhere, unless somebody says where.
fn trail(path: Option<&Path>, ctx: &Ctx) -> Result<Trail, Failed> {
    let open = |path: &Path| -> Result<AuditLog, Failed> {
        no_stream(path)?;
        Ok(AuditLog::open(&ctx.cwd.join(path), MAX_BYTES)?.0)
    };
    let log = path.map(open).transpose()?;
    Ok(Trail::new(log, false, false, new_id("run_"), "inspect", Box::new(tell)))
}
