//! `cask capture`: recorded calls are read, stripped of all that nobody may keep, and stored.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::canon::Node;
use crate::canon::digest::short;
use crate::canon::emit::emit_json;
use crate::canon::visible::visible;
use crate::capture::sniff::Kind;
use crate::capture::stored;
use crate::cmd::ctx::Ctx;
use crate::cmd::defaults;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::observed;
use crate::cmd::recording::{Options, Recordings};
use crate::io::captures::Spool;
use crate::model::exchange::{Counts, Exchange};

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

/// What is kept of recorded calls, and where: the same for whatever recorded them.
#[derive(Debug, Clone, clap::Args)]
pub struct KeepArgs {
    /// Host of the API: name, name:port or *.name; without it the host with most calls
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST")]
    pub allowed_hosts: Vec<String>,
    /// Folder of captures (default: captures in the state folder)
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// default_safe (the default), or high_risk_pii: also names, addresses, birthdays
    #[arg(long, value_name = "PROFILE")]
    pub redaction_profile: Option<String>,
    /// Refused: a capture without redaction is never written
    #[arg(long, hide = true)]
    pub no_redact: bool,
}

/// Options of `capture import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// HAR file, OTLP/JSON export or stored capture, packed with gzip or not (repeatable)
    #[arg(value_name = "SOURCE", required = true)]
    source: Vec<PathBuf>,
    /// What is kept, and where
    #[command(flatten)]
    keep: KeepArgs,
    /// Name of the capture (default: that of the first file)
    #[arg(short, long)]
    name: Option<String>,
    /// har or otel, where any other kind is a mistake
    #[arg(long, value_name = "KIND", value_enum, hide_possible_values = true)]
    input_format: Option<Format>,
}

/// Runs `capture import`.
///
/// # Errors
/// A file is no recording or cannot be read to its end, nothing in it is wanted, or nothing can be written.
pub fn import(args: Import, ctx: &mut Ctx) -> Outcome {
    let kind = kind(args.input_format)?;
    let options = Options { kind, ..args.keep.options(ctx)? };
    let paths: Vec<PathBuf> = args.source.iter().map(|path| ctx.cwd.join(path)).collect();
    let mut recordings =
        Recordings::open(&paths, &options).map_err(|failed| observed::shorter(failed, &ctx.cwd))?;
    let name = args.name.unwrap_or_else(|| stem(&args.source[0]));
    args.keep.keep(&mut recordings, &name, ctx)
}

fn kind(asked: Option<Format>) -> Result<Option<Kind>, Failed> {
    match asked {
        None => Ok(None),
        Some(Format::Har) => Ok(Some(Kind::Har)),
        Some(Format::Otel) => Ok(Some(Kind::Otel)),
        Some(Format::Openapi) => Err(Failed::new("usage", "", "a description of an API records no calls")
            .hint("cask mint FILE, which makes a toolpack of it")),
    }
}

impl KeepArgs {
    /// What is asked of recordings.
    ///
    /// # Errors
    /// A host or a profile that is none, defaults that cannot be read, or redaction is not wanted.
    pub fn options(&self, ctx: &Ctx) -> Result<Options, Failed> {
        if self.no_redact {
            return Err(Failed::new("usage", "", "a capture without redaction is never written")
                .why("what is recorded holds credentials of whoever recorded it"));
        }
        let config = defaults::of(ctx)?;
        let profile = defaults::profile(self.redaction_profile.as_deref(), &config);
        let wants = observed::wants(&defaults::hosts(&self.allowed_hosts, &config), &profile)?;
        let (ask, progress) = observed::attended(ctx);
        Ok(Options { wants, kind: None, ask, progress })
    }

    /// Reads recordings to their end and stores what is kept of them as a capture, whole or not at all.
    ///
    /// # Errors
    /// They cannot be read to their end, nothing in them is wanted, or nothing can be written.
    pub fn keep(&self, recordings: &mut Recordings, name: &str, ctx: &mut Ctx) -> Outcome {
        let store = store(self.output.as_deref(), ctx);
        let mut spool = Spool::new(&store)?;
        let counts = recordings
            .each(&mut |exchanges| {
                for exchange in exchanges {
                    let (line, id) = stored::line(&exchange);
                    spool.add(key(&exchange, &id), &line)?;
                }
                Ok(())
            })
            .map_err(|failed| observed::shorter(failed, &ctx.cwd))?;
        let written = spool.write(&store, &|key, line, repeats| {
            let id = key.rsplit('\0').next().unwrap_or_default();
            let id = if repeats == 0 { id.to_owned() } else { format!("{id}-{}", repeats + 1) };
            stored::with_id(line, &id)
        })?;
        let id = format!("cap_{}", short(&written.sha256, 12));
        let shorter = |text: &String| observed::without_cwd(text, &ctx.cwd);
        let warnings: Vec<String> = recordings.warnings.iter().map(shorter).collect();
        let header = header(&id, name, recordings, &counts, &warnings);
        let place = written.place(&id, &emit_json(&header))?;
        let place = place.strip_prefix(&ctx.cwd).unwrap_or(&place).display().to_string();
        let told = told(&id, &place, recordings, &counts, &warnings);
        ctx.print(&told)?;
        Ok(0)
    }
}

/// The folder of captures in the state folder.
pub const CAPTURES: &str = "captures";

/// The folder of captures: what was named, or `captures` in it.
fn store(output: Option<&Path>, ctx: &Ctx) -> PathBuf {
    let named = output.unwrap_or(&ctx.global.root);
    let full = ctx.cwd.join(named);
    match full.file_name().is_some_and(|name| name == CAPTURES) {
        true => full,
        false => full.join(CAPTURES),
    }
}

fn stem(path: &Path) -> String {
    let name = observed::base_name(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem }).to_owned()
}

/// The order of exchanges in a capture (formats-v2 §12).
fn key(exchange: &Exchange, id: &str) -> String {
    format!("{}\0{}\0{}\0{id}", exchange.host, exchange.path, exchange.method)
}

fn header(id: &str, name: &str, recordings: &Recordings, counts: &Counts, warnings: &[String]) -> Node {
    let number = |n: &u64| Node::int(i128::from(*n));
    let skipped = counts.skipped.iter().map(|(reason, n)| (reason.word(), number(n)));
    let mut skipped: Vec<(&str, Node)> = skipped.collect();
    skipped.sort_by_key(|(word, _)| *word);
    let redacted = counts.redacted.iter().map(|(class, n)| (class.as_str(), number(n)));
    let kinds = recordings.kinds();
    Node::map([
        ("schema", Node::text("cask.capture/1")),
        ("id", Node::text(id)),
        ("name", Node::text(name)),
        ("kinds", Node::texts(kinds.iter().map(|kind| kind.word()))),
        ("allowed_hosts", Node::texts(recordings.hosts().spelled())),
        (
            "counts",
            Node::map([
                ("read", number(&counts.read)),
                ("kept", number(&counts.kept)),
                ("skipped", Node::map(skipped)),
                ("redacted", Node::map(redacted)),
            ]),
        ),
        ("warnings", Node::texts(warnings)),
    ])
}

fn told(id: &str, place: &str, recordings: &Recordings, counts: &Counts, warnings: &[String]) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{}", visible(&text, 400));
    };
    line(format!("Capture saved: {id}"));
    line(format!("  Location: {place}"));
    line(format!("  Exchanges: {}", counts.kept));
    let list =
        |all: Vec<String>| if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) };
    let skipped: Vec<String> =
        counts.skipped.iter().map(|(reason, n)| format!("{} {n}", reason.word())).collect();
    line(format!("  Filtered: {}{}", counts.read - counts.kept, list(skipped)));
    let redacted: Vec<String> = counts.redacted.iter().map(|(class, n)| format!("{class} {n}")).collect();
    line(format!("  Redacted: {}{}", counts.redacted.values().sum::<u64>(), list(redacted)));
    let hosts = recordings.hosts().spelled();
    if !hosts.is_empty() {
        let how = if recordings.inferred { " (most calls; name others with -a)" } else { "" };
        line(format!("  Hosts: {}{how}", hosts.join(", ")));
    }
    if !warnings.is_empty() {
        line(format!("  Warnings: {}", warnings.len()));
        warnings.iter().for_each(|warning| line(format!("    - {warning}")));
    }
    out
}

/// Whatever is given to `capture record` is refused.
#[derive(Debug, clap::Args)]
pub struct Record {
    /// Anything
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Refuses `capture record`.
///
/// # Errors
/// Always.
pub fn record(_: Record, _: &mut Ctx) -> Outcome {
    Err(Failed::new("usage", "", "recording with a browser is not built yet")
        .why("a browser exports what it recorded itself: developer tools, network, save all as HAR")
        .hint("cask capture import FILE.har"))
}
