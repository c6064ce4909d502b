//! `cask capture summarize`: recordings folded into a summary that merges with others, so that many machines can share
//! what is too much for one. `cask mint` takes the summaries as it takes recordings.

use std::path::PathBuf;

use super::ctx::Ctx;
use super::defaults;
use super::failed::{Failed, Outcome};
use super::observed;
use super::recording::Options;
use crate::canon::visible::visible;
use crate::io::{blocks, captures, fs};
use crate::observe::part::{self, Input, Part};

/// Options of `capture summarize`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "cask capture summarize -a <HOST> -o <PART> <SOURCE>...")]
pub struct Summarize {
    /// HAR file, OTLP/JSON export or stored capture, packed with gzip or not (repeatable)
    #[arg(value_name = "SOURCE", required = true)]
    source: Vec<PathBuf>,
    /// Host of the API: name, name:port or *.name (repeatable); the same on every machine, or summaries don't merge
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST", required = true)]
    allowed_hosts: Vec<String>,
    /// The file that the summary goes to
    #[arg(short, long, value_name = "PART")]
    output: PathBuf,
    /// default_safe (the default), or high_risk_pii: also names, addresses, birthdays
    #[arg(long, value_name = "PROFILE")]
    redaction_profile: Option<String>,
}

/// Runs `capture summarize`.
///
/// # Errors
/// A file is no recording or cannot be read to its end, nothing in it is wanted, or nothing can be written.
pub fn summarize(args: Summarize, ctx: &mut Ctx) -> Outcome {
    let profile = defaults::profile(args.redaction_profile.as_deref(), &defaults::of(ctx)?);
    let wants = observed::wants(&args.allowed_hosts, &profile)?;
    let (_, progress) = observed::attended(ctx);
    let options = Options { wants, progress, ..Options::default() };
    let shown = args.output.display().to_string();
    let mut whole = Part::default();
    let mut paths = args.source;
    paths.sort();
    for named in &paths {
        let path = ctx.cwd.join(named);
        let file = captures::file_of(&path);
        let sha256 = blocks::sha256(&file)?;
        let mut read = observed::read(std::slice::from_ref(&path), &options)
            .map_err(|failed| observed::shorter(failed, &ctx.cwd))?;
        let name = observed::base_name(named);
        if blocks::sha256(&file)? != sha256 {
            return Err(Failed::new("input", named.display().to_string(), "it changed while it was read")
                .hint("summarize it when it is written to its end"));
        }
        let kind = read.kind.word().to_owned();
        read.part.header.inputs = vec![Input { sha256, name, from: 0, to: read.counts.read, kind }];
        whole.merge(&named.display().to_string(), read.part)?;
    }
    if whole.is_empty() {
        return Err(
            Failed::new("input", "", "nothing in the recordings is a call").hint("name the hosts: -a HOST")
        );
    }
    fs::write_atomic(&ctx.cwd.join(&args.output), part::write(&shown, &whole)?.as_bytes())?;
    let (read, kept) = whole.header.counts.entries();
    let told = format!(
        "summarized   {} file{}: {read} calls, {kept} kept\nwritten      {}\nnext         cask mint {}\n",
        paths.len(),
        if paths.len() == 1 { "" } else { "s" },
        visible(&shown, 200),
        visible(&shown, 200),
    );
    ctx.print(&told)?;
    Ok(0)
}
