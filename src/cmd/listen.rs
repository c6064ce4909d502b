//! `cask capture listen`: what programs send of their own calls is taken until the end is asked for, and stored as a
//! capture, as files of spans are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::progress::Progress;
use super::recording::{Options, Recordings};
use super::serving::listening::{ListenArgs, Listening};
use super::serving::say::tell;
use super::{capture, defaults, observed};
use crate::io::end::{self, Spared};
use crate::model::exchange::Counts;
use crate::receive::held::{Bounds, Held, Seen};
use crate::receive::http;
use crate::receive::taking::Taking;
use crate::report::words;

/// How often it is shown how much has come.
const TICK: Duration = Duration::from_millis(500);
/// The name of a capture that was given none.
const NAME: &str = "otlp";
/// Spans with which nothing more is waited for, if nobody says another number.
const SPANS: usize = 1_000_000;

/// Options of `capture listen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take spans of OpenTelemetry, as SDKs and collectors send them
    #[arg(long, required = true)]
    otlp: bool,
    /// Where OTLP/HTTP is taken; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4318", help_heading = "HTTP")]
    bind: SocketAddr,
    /// Where OTLP/gRPC is taken too (default: nowhere); in builds with the feature otlp-grpc
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:4317", help_heading = "HTTP")]
    grpc_bind: Option<SocketAddr>,
    /// Who may reach it
    #[command(flatten)]
    listen: ListenArgs,
    /// Host of the API: name, name:port or *.name; without it the host with most calls
    #[arg(short = 'a', long = "allowed-hosts", value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Folder of captures (default: captures in the state folder)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// default_safe (the default), or high_risk_pii: also names, addresses, birthdays
    #[arg(long, value_name = "PROFILE")]
    redaction_profile: Option<String>,
    /// Refused: a capture without redaction is never written
    #[arg(long, hide = true)]
    no_redact: bool,
    /// End after so many seconds (default: when told to, by Ctrl-C or SIGTERM)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    duration: Option<u64>,
    /// End once so many spans of calls have come
    #[arg(long, value_name = "N", default_value_t = SPANS, value_parser = spans)]
    max_spans: usize,
    /// Name of the capture
    #[arg(short, long, default_value = NAME)]
    name: String,
}

fn spans(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=SPANS) => Ok(n),
        _ => Err(format!("it is no number from 1 to {SPANS}")),
    }
}

/// Runs `capture listen`.
///
/// # Errors
/// Nobody can listen there, nothing came, nothing that came is wanted, or nothing can be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let options = options(&args, ctx)?;
    // The first request to end is answered in good order, also while the capture is made; a second one ends at once.
    let asked = end::heard();
    let place = Listening::at(args.bind, &args.listen, None)?;
    let grpc = args.grpc_bind.map(|address| grpc::open(address, &args.listen)).transpose()?;
    let shown = place.address.to_string();
    tell(&format!("taking spans on http://{shown}{} (OTLP/HTTP, protobuf and JSON)", http::PATH));
    for open in [Some(&place), grpc.as_ref()].into_iter().flatten() {
        if !open.address.ip().is_loopback() {
            tell(&format!("! other machines reach {}, and whoever does can send spans", open.address));
            tell(&format!("answers to: {}", open.door.hosts.join(", ")));
        }
    }
    if let Some(open) = &grpc {
        tell(&format!("taking spans on http://{} (OTLP/gRPC)", open.address));
    }

    let held = Held::new(Bounds { bytes: Bounds::BYTES, spans: args.max_spans });
    let began = Instant::now();
    let (lines, seen, why) = taken(held, place, grpc, &asked, &args, ctx)?;

    told(&seen, lines.len(), why);
    if seen.spans == 0 {
        return Err(nothing(&shown, &seen, began.elapsed()));
    }
    let mut recordings = Recordings::received(lines, before(&seen), &options)?;
    recordings.warnings.extend(lost(&seen));
    capture::stored(&mut recordings, args.name, args.output.as_deref(), ctx)
}

fn options(args: &Args, ctx: &Ctx) -> Result<Options, Failed> {
    capture::redacted(args.no_redact)?;
    let config = defaults::of(ctx)?;
    let profile = defaults::profile(args.redaction_profile.as_deref(), &config);
    let wants = observed::wants(&defaults::hosts(&args.allowed_hosts, &config), &profile)?;
    let (ask, progress) = observed::attended(ctx);
    Ok(Options { wants, kind: None, ask, progress })
}

/// Takes spans until the end: what is held then, what came, and why it ended.
fn taken(
    held: Held,
    place: Listening,
    grpc: Option<Listening>,
    asked: &Spared,
    args: &Args,
    ctx: &Ctx,
) -> Result<(Vec<String>, Seen, &'static str), Failed> {
    let failed =
        |error: std::io::Error| Failed::new("io", "the receiver", format!("it can't be started: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let progress = ctx.shows_progress().then(Progress::on_stderr);
    let ended = runtime.block_on(async {
        let taking = Taking::new(held, CancellationToken::new());
        let serving = tokio::spawn(http::serve(taking.clone(), place.listener, place.door));
        let beside = grpc.map(|open| tokio::spawn(grpc::serve(taking.clone(), open)));
        let time = async {
            match args.duration {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            () = asked.asked() => "asked to end",
            () = time => "its time is over",
            () = taking.stop.cancelled() => "enough has come",
            () = shown(&taking, progress.as_ref()) => "",
        };
        taking.stop.cancel();
        // What was begun ends first; nothing new is taken any more.
        let _ = serving.await;
        if let Some(beside) = beside {
            let _ = beside.await;
        }
        let (lines, seen) = taking.end().await;
        (lines, seen, why)
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ended)
}

/// Shows how much has come, for ever.
async fn shown(taking: &Taking, progress: Option<&Progress>) {
    let Some(progress) = progress else { return std::future::pending().await };
    loop {
        tokio::time::sleep(TICK).await;
        let (seen, held) = taking.seen().await;
        progress.show(&format!("taking       {} spans, {held} of calls; Ctrl-C ends it", seen.spans));
    }
}

/// So many of something.
fn count(n: u64, one: &str) -> String {
    words::count(usize::try_from(n).unwrap_or(usize::MAX), one)
}

/// Says what came.
fn told(seen: &Seen, held: usize, why: &str) {
    let (spans, requests) = (count(seen.spans, "span"), count(seen.requests, "request"));
    tell(&format!("{why}: {spans} in {requests}, {held} of calls or their routes"));
    for (why, n) in &seen.refused {
        tell(&format!("! not taken: {} {}", count(*n, "request"), why.about()));
    }
    if seen.beyond > 0 {
        tell(&format!(
            "! not taken: {} that did not fit any more; listen for a shorter time, or for fewer programs",
            count(seen.beyond, "span")
        ));
    }
}

/// What of it a reader of the capture has to know: that more was sent.
fn lost(seen: &Seen) -> Vec<String> {
    let beyond =
        (seen.beyond > 0).then(|| format!("not taken: {} that did not fit", count(seen.beyond, "span")));
    let refused = seen.refused.iter().filter(|(why, _)| why.loses_spans());
    let refused = refused.map(|(why, n)| format!("not taken: {} {}", count(*n, "request"), why.about()));
    beyond.into_iter().chain(refused).collect()
}

/// Spans of which nothing is held, as a file of them counts them.
fn before(seen: &Seen) -> Counts {
    let mut counts = Counts::default();
    for (skip, n) in &seen.nothing {
        counts.read += n;
        *counts.skipped.entry(*skip).or_default() += n;
    }
    counts
}

/// Why nothing could be stored: no span came.
fn nothing(place: &str, seen: &Seen, waited: Duration) -> Failed {
    let mut failed = Failed::new("input", place, format!("no span came in {} s", waited.as_secs()));
    for (why, n) in &seen.refused {
        failed = failed.looked("not taken", format!("{} {}", count(*n, "request"), why.about()));
    }
    failed
        .hint(format!("OTEL_EXPORTER_OTLP_ENDPOINT=http://{place} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, for the program"))
        .hint("let the program end, or flush its spans, before this ends: they are sent in batches")
}

#[cfg(not(feature = "otlp-grpc"))]
mod grpc {
    //! What a build without gRPC says of it.

    use super::*;

    pub(super) fn open(address: SocketAddr, _: &ListenArgs) -> Result<Listening, Failed> {
        Err(Failed::new("usage", address.to_string(), "this build takes no gRPC")
            .hint("send by HTTP: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, to --bind")
            .hint("cargo install --features otlp-grpc"))
    }

    pub(super) async fn serve(_: Taking, _: Listening) {}
}

#[cfg(feature = "otlp-grpc")]
mod grpc {
    //! The door of gRPC.

    use super::*;
    use crate::receive::grpc;

    pub(super) fn open(address: SocketAddr, args: &ListenArgs) -> Result<Listening, Failed> {
        Listening::at(address, args, None)
    }

    pub(super) async fn serve(taking: Taking, open: Listening) {
        grpc::serve(taking, open.listener, open.door).await;
    }
}
