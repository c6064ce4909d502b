//! `cask run` and `cask serve`: the approved tools of a toolpack, and nothing else, over MCP.

use std::net::SocketAddr;

use super::config;
use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::serving::container;
use super::serving::how::HowArgs;
use super::serving::listening::{ListenArgs, Listening};
use super::serving::say::{self, exit_code, refused, tell};
use super::serving::start::{Unstarted, begin, look, of_no_use, serve};
use super::serving::what::{WhatArgs, Where, by_variables};
use crate::io::engine::Kind;
use crate::model::runtime::Mode;
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
    /// auto (as the toolpack says), local, or container: by docker or podman, in the image that toolpack.yaml names
    #[arg(
        long,
        value_name = "WHERE",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help_heading = "Container"
    )]
    pub runtime: Where,
    /// docker or podman (default: the first that works)
    #[arg(long, value_name = "NAME", value_enum, hide_possible_values = true, help_heading = "Container")]
    pub container_engine: Option<Kind>,
    /// How it is served
    #[command(flatten)]
    pub how: HowArgs,
}

/// Runs the command.
///
/// # Errors
/// Nothing can be served.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let (what, said) = args.what.or_variables(ctx);
    if args.print_config_and_exit {
        let toolpack = what.named()?;
        let snippet = config::plain(toolpack, ctx)?;
        ctx.print(&snippet)?;
        return Ok(0);
    }
    if args.http.is_none() && (args.listen.unsafe_bind || !args.listen.http_host.is_empty()) {
        return Err(Failed::new("usage", "", "nothing is listened on").hint("--http ADDR"));
    }
    let looked = match look(&what, ctx) {
        Ok(looked) => looked,
        Err(Unstarted::Failed(failed)) => return Err(by_variables(failed, &said)),
        Err(Unstarted::Refused(refusal)) => return Ok(refused(&refusal)),
    };
    if args.strict && !looked.refused.is_empty() {
        let names: Vec<&str> = looked.refused.iter().map(|(name, _)| name.as_str()).collect();
        tell(&format!("not approved, and --strict is given: {}", names.join(", ")));
        let worst = looked.refused.iter().map(|(_, refusal)| exit_code(refusal.code)).max();
        return Ok(worst.unwrap_or(1));
    }
    let (mode, runtime) = args.runtime.of(&looked.read.state.pack)?;
    if mode == Mode::Container {
        if args.http.is_some() {
            return Err(Failed::new(
                "usage",
                "--http",
                "a container is served on standard input and output alone",
            )
            .hint("--runtime local"));
        }
        let more: &[&str] = if args.strict { &["--strict"] } else { &[] };
        return container::run(looked, &runtime, (&what, &args.how), more, args.container_engine, ctx);
    }
    let open = |address| Listening::open(address, http::PATH, &args.listen, ctx);
    let listening = args.http.map(open).transpose()?;
    let started = begin(looked, &what, &args.how, "mcp", ctx)?;
    if let Some(code) = of_no_use(&started, args.strict) {
        return Ok(code);
    }
    say::served(&started.served.how, started.tools, &started.refused);
    // The streams of this command are the server's from here on.
    ctx.out.flush().map_err(Failed::from)?;
    serve(started.served, move |served, end| async move {
        match listening {
            None => stdio::converse(Server::new(served), end).await,
            Some(Listening { listener, door, .. }) => http::serve(served, listener, door, end).await,
        }
    })
}
