//! `cask capture`: recorded calls are read, stripped of all that nobody may keep, and stored.

use std::path::{Path, PathBuf};

use crate::capture::sniff::Kind;
use crate::cmd::browse::{self, Browsed, BrowserArgs};
use crate::cmd::captured::{self, Known};
use crate::cmd::ctx::Ctx;
use crate::cmd::defaults;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::observed;
use crate::cmd::recording::{Options, Recordings};
use crate::model::phrase::Phrase;

/// Kinds of recordings that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// HAR
    Har,
    /// OpenTelemetry
    Otel,
    /// A description, which is none
    #[value(hide = true)]
    Openapi,
}

/// Options of `capture import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// HAR file, OTLP/JSON export or stored capture, packed with gzip or not (repeatable)
    #[arg(value_name = "SOURCE", required = true)]
    source: Vec<PathBuf>,
    /// Host of the API: name, name:port or *.name; without it the host with most calls
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Name of the capture (default: that of the first file)
    #[arg(short, long)]
    name: Option<String>,
    /// Folder of captures (default: captures in the state folder)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// har or otel, where any other kind is a mistake
    #[arg(long, value_name = "KIND", value_enum, hide_possible_values = true)]
    input_format: Option<Format>,
    /// default_safe (the default), or high_risk_pii: also names, addresses, birthdays
    #[arg(long, value_name = "PROFILE")]
    redaction_profile: Option<String>,
    /// Refused: a capture without redaction is never written
    #[arg(long, hide = true)]
    no_redact: bool,
}

/// Runs `capture import`.
///
/// # Errors
/// A file is no recording or cannot be read to its end, nothing in it is wanted, or nothing can be written.
pub fn import(args: Import, ctx: &mut Ctx) -> Outcome {
    let options = options(&args, ctx)?;
    let paths: Vec<PathBuf> = args.source.iter().map(|path| ctx.cwd.join(path)).collect();
    let mut recordings =
        Recordings::open(&paths, &options).map_err(|failed| observed::shorter(failed, &ctx.cwd))?;
    let name = args.name.unwrap_or_else(|| stem(&args.source[0]));
    stored(&mut recordings, name, args.output.as_deref(), ctx)
}

/// Reads recordings to their end, and stores what is kept of them as a capture, whole or not at all.
///
/// # Errors
/// They cannot be read to their end, nothing in them is wanted, or nothing can be written.
pub fn stored(recordings: &mut Recordings, name: String, output: Option<&Path>, ctx: &mut Ctx) -> Outcome {
    let store = captured::store(output, ctx);
    let kept = captured::keep(&store, |sink| recordings.each(sink))
        .map_err(|failed| observed::shorter(failed, &ctx.cwd))?;
    let shorter = |text: &String| observed::without_cwd(text, &ctx.cwd);
    let known = Known {
        name,
        kinds: recordings.kinds().iter().map(|kind| kind.word()).collect(),
        hosts: recordings.hosts().spelled(),
        inferred: recordings.inferred.then_some(captured::MOST_CALLS),
        warnings: recordings.warnings.iter().map(shorter).collect(),
    };
    captured::place(kept, &known, ctx)
}

fn options(args: &Import, ctx: &Ctx) -> Result<Options, Failed> {
    redacted(args.no_redact)?;
    let kind = match args.input_format {
        None => None,
        Some(Format::Har) => Some(Kind::Har),
        Some(Format::Otel) => Some(Kind::Otel),
        Some(Format::Openapi) => {
            return Err(Failed::new("usage", "", "a description of an API records no calls")
                .hint("cask mint FILE, which makes a toolpack of it"));
        }
    };
    let config = defaults::of(ctx)?;
    let profile = defaults::profile(args.redaction_profile.as_deref(), &config);
    let wants = observed::wants(&defaults::hosts(&args.allowed_hosts, &config), &profile)?;
    let (ask, progress) = observed::attended(ctx);
    Ok(Options { wants, kind, ask, progress })
}

/// Refuses a capture that is not redacted.
///
/// # Errors
/// It was asked for.
pub fn redacted(not: bool) -> Result<(), Failed> {
    match not {
        true => Err(Failed::new("usage", "", "a capture without redaction is never written")
            .why("what is recorded holds credentials of whoever recorded it")),
        false => Ok(()),
    }
}

fn stem(path: &Path) -> String {
    let name = observed::base_name(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem }).to_owned()
}

/// Options of `capture record`.
#[derive(Debug, clap::Args)]
pub struct Record {
    /// Address of the first page
    #[arg(value_name = "URL")]
    url: String,
    /// Host of the API: name, name:port or *.name; without it the host of the page, and those of its owner
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Name of the capture (default: the host of the page)
    #[arg(short, long)]
    name: Option<String>,
    /// Folder of captures (default: captures in the state folder)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// default_safe (the default), or high_risk_pii: also names, addresses, birthdays
    #[arg(long, value_name = "PROFILE")]
    redaction_profile: Option<String>,
    /// How the browser is started, and what it does
    #[command(flatten)]
    browser: BrowserArgs,
    /// Refused: a capture without redaction is never written
    #[arg(long, hide = true)]
    no_redact: bool,
}

/// Runs `capture record`.
///
/// # Errors
/// No browser, a page that can't be opened, a script that can't be done, nothing that is wanted, or nothing can be written.
pub fn record(args: Record, ctx: &mut Ctx) -> Outcome {
    redacted(args.no_redact)?;
    let config = defaults::of(ctx)?;
    let profile = defaults::profile(args.redaction_profile.as_deref(), &config);
    let wants = observed::wants(&defaults::hosts(&args.allowed_hosts, &config), &profile)?;
    let Browsed { tape, notes, .. } = browse::record(&args.browser, &args.url, wants, false, ctx)?;
    let store = captured::store(args.output.as_deref(), ctx);
    let kept = captured::keep(&store, |sink| tape.each(sink))?;
    let known = Known {
        name: args.name.unwrap_or_else(|| tape.host()),
        kinds: vec!["browser"],
        hosts: tape.wants().hosts.spelled(),
        inferred: tape.inferred.then_some(captured::OWNER),
        warnings: notes.iter().map(Phrase::plain).collect(),
    };
    captured::place(kept, &known, ctx)
}
