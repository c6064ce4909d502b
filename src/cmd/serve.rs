//! `cask run` and `cask serve`: the approved tools of a toolpack, and nothing else, over MCP.

use std::net::SocketAddr;

use super::config;
use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::serving::how::HowArgs;
use super::serving::listening::{ListenArgs, Listening};
use super::serving::load::no_toolpack;
use super::serving::start::{Unstarted, begin, is_tampered, refused, say, serve, tell};
use super::serving::what::WhatArgs;
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
    /// Print what a client needs to start this server, as cask config does, and end
    #[arg(long)]
    pub print_config_and_exit: bool,
    /// Serve over HTTP there, at /mcp, instead of on standard input and output
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:0", help_heading = "HTTP")]
    pub http: Option<SocketAddr>,
    /// Where it listens
    #[command(flatten)]
    pub listen: ListenArgs,
    /// How it is served
    #[command(flatten)]
    pub how: HowArgs,
}

/// Runs the command.
///
/// # Errors
/// Nothing can be served.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    if args.print_config_and_exit {
        let toolpack = args.what.toolpack.clone().ok_or_else(no_toolpack)?;
        let snippet = config::plain(toolpack, ctx)?;
        ctx.print(&snippet)?;
        return Ok(0);
    }
    if args.http.is_none() && (args.listen.unsafe_bind || !args.listen.http_host.is_empty()) {
        return Err(Failed::new("usage", "", "nothing is listened on").hint("--http ADDR"));
    }
    let open = |address| Listening::open(address, http::PATH, &args.listen, ctx);
    let listening = args.http.map(open).transpose()?;
    let started = match begin(&args.what, &args.how, "mcp", ctx) {
        Ok(started) => started,
        Err(Unstarted::Failed(failed)) => return Err(failed),
        Err(Unstarted::Refused(refusal)) => return Ok(refused(&refusal)),
    };
    if args.strict && !started.refused.is_empty() {
        let names: Vec<&str> = started.refused.iter().map(|(name, _)| name.as_str()).collect();
        tell(&format!("not approved, and --strict is given: {}", names.join(", ")));
        let tampered = started.refused.iter().any(|(_, refusal)| is_tampered(refusal.code));
        return Ok(if tampered { 2 } else { 1 });
    }
    say(&started);
    // The streams of this command are the server's from here on.
    ctx.out.flush().map_err(Failed::from)?;
    serve(started.served, move |served, end| async move {
        match listening {
            None => stdio::converse(Server::new(served), end).await,
            Some(Listening { listener, door }) => http::serve(served, listener, door, end).await,
        }
    })
}
