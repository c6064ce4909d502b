//! `cask serve` and `cask run`: the approved tools of a toolpack, and nothing else, over MCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::serving::how::HowArgs;
use super::serving::start::{Started, Unstarted, is_tampered, start, stop, tell};
use super::serving::what::WhatArgs;
use crate::run::listen::Door;
use crate::run::served::Served;
use crate::run::server::Server;
use crate::run::{http, stdio};

/// Serve approved tools over MCP
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// What is served
    #[command(flatten)]
    pub what: WhatArgs,
    /// Start only if every tool of the toolset is approved
    #[arg(long)]
    pub strict: bool,
    /// Serve over HTTP there, at /mcp, instead of on standard input and output
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:0", help_heading = "HTTP")]
    pub http: Option<SocketAddr>,
    /// Let --http be an address that other machines reach
    #[arg(long, requires = "http", help_heading = "HTTP")]
    pub unsafe_bind: bool,
    /// How it is served
    #[command(flatten)]
    pub how: HowArgs,
}

/// The variable that holds the token which requests over HTTP must show.
const TOKEN: &str = "CASK_HTTP_TOKEN";
/// How long what runs has to end.
const END: Duration = Duration::from_secs(2);

/// Runs the command.
///
/// # Errors
/// Nothing can be served.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let door = args.http.map(|address| listening(address, &args, ctx)).transpose()?;
    let started = match start(&args.what, &args.how, "mcp", ctx) {
        Ok(started) => started,
        Err(Unstarted::Failed(failed)) => return Err(failed),
        Err(Unstarted::Refused(refusal)) => {
            tell(&format!("nothing of this toolpack may be served: {}", refusal.message));
            tell("see: cask gate status, cask doctor --toolpack");
            return Ok(if is_tampered(refusal.code) { 2 } else { 1 });
        }
    };
    if args.strict && !started.refused.is_empty() {
        let names: Vec<&str> = started.refused.iter().map(|(name, _)| name.as_str()).collect();
        tell(&format!("not approved, and --strict is given: {}", names.join(", ")));
        let tampered = started.refused.iter().any(|(_, refusal)| is_tampered(refusal.code));
        return Ok(if tampered { 2 } else { 1 });
    }
    say(&started);
    // The streams of this command are the server's from here on.
    ctx.out.flush()?;
    serve(started.served, door)
}

/// Where the server listens, and who may come in. Listening begins before anything is started, so that an address that
/// is taken is told first.
struct Listening {
    listener: std::net::TcpListener,
    door: Door,
}

fn listening(address: SocketAddr, args: &Args, ctx: &Ctx) -> Result<Listening, Failed> {
    if !address.ip().is_loopback() && !args.unsafe_bind {
        return Err(Failed::new("usage", "--http", "other machines could reach this address")
            .hint("--http 127.0.0.1:PORT, or --unsafe-bind where something in front of it encrypts"));
    }
    let given = ctx.var(TOKEN).map(Zeroizing::new);
    let token = match given {
        Some(token) if token.len() >= 16 && token.bytes().all(|b| b.is_ascii_graphic()) => token,
        Some(_) => {
            return Err(Failed::new("usage", TOKEN, "it is none: 16 visible characters or more"));
        }
        None => {
            let mut random = Zeroizing::new([0; 32]);
            (ctx.random)(random.as_mut());
            Zeroizing::new(random.iter().map(|byte| format!("{byte:02x}")).collect())
        }
    };
    let bad = |error: std::io::Error| {
        Failed::new("io", address.to_string(), format!("can't listen there: {error}"))
    };
    let listener = std::net::TcpListener::bind(address).map_err(bad)?;
    listener.set_nonblocking(true).map_err(bad)?;
    let address = listener.local_addr().map_err(bad)?;
    tell(&format!("listening on http://{address}{}", http::PATH));
    if ctx.var(TOKEN).is_none() {
        tell(&format!("requests must show: Authorization: Bearer {}", token.as_str()));
    }
    Ok(Listening { door: Door::new(token, address), listener })
}

/// What is served, on one line for whoever starts it.
fn say(started: &Started) {
    let how = &started.served.how;
    let set = how.toolset.as_ref().map(|set| format!(" of toolset {set}")).unwrap_or_default();
    let dry = if how.dry_run { ", dry run" } else { "" };
    tell(&format!("serving {} tools{set}{dry}", started.tools));
    if !started.refused.is_empty() {
        let first: Vec<String> = started
            .refused
            .iter()
            .take(5)
            .map(|(name, refusal)| format!("{name} ({})", refusal.code))
            .collect();
        let more = started.refused.len() - first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        tell(&format!("! not served: {}{more}", first.join(", ")));
    }
    for flag in &how.loosened {
        tell(&format!("! --{flag}"));
    }
}

/// Serves until the other end is gone or the system says so.
fn serve(served: Arc<Served>, listening: Option<Listening>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::new("io", "the server", format!("it can't be started: {error}")))?;
    let end = CancellationToken::new();
    let why = runtime.block_on(async {
        let told = stdio::told_to_end()?;
        let attending = tokio::spawn(Arc::clone(&served).attend(end.clone()));
        let serving = {
            let (served, end) = (Arc::clone(&served), end.clone());
            async move {
                match listening {
                    None => stdio::converse(Server::new(served), end).await,
                    Some(Listening { listener, door }) => match tokio::net::TcpListener::from_std(listener) {
                        Ok(listener) => http::serve(served, listener, door, end).await,
                        Err(error) => tell(&format!("can't listen: {error}")),
                    },
                }
            }
        };
        tokio::pin!(serving);
        let why = tokio::select! {
            () = &mut serving => "end of input",
            () = told => "signal",
        };
        end.cancel();
        let _ = tokio::time::timeout(END, async {
            if why == "signal" {
                serving.await;
            }
            let _ = attending.await;
        })
        .await;
        Ok::<_, std::io::Error>(why)
    })?;
    stop(&served, why);
    // A read of standard input can't be given up; nobody waits for it.
    runtime.shutdown_background();
    Ok(0)
}
