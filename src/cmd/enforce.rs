//! `cask enforce`: the decisions of `cask run` over plain HTTP, for programs that speak no MCP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::ctx::Ctx;
use super::failed::Outcome;
use super::serving::how::HowArgs;
use super::serving::listening::{ListenArgs, Listening};
use super::serving::say::{self, refused};
use super::serving::start::{Unstarted, begin, look, of_no_use, serve};
use super::serving::what::{WhatArgs, by_variables};
use crate::run::{gateway, listen};

/// Decide about calls over HTTP
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What is served
    #[command(flatten)]
    pub what: WhatArgs,
    /// evaluate: judge calls; proxy: make them too
    #[arg(short, long, value_name = "MODE", default_value = "evaluate", value_parser = ["evaluate", "proxy"])]
    pub mode: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value = "8081", help_heading = "HTTP")]
    pub port: u16,
    /// Address to listen on
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), help_heading = "HTTP")]
    pub bind: IpAddr,
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
    let listening = Listening::open(SocketAddr::new(args.bind, args.port), "", &args.listen, ctx)?;
    let (what, said) = args.what.or_variables(ctx);
    let looked = match look(&what, ctx) {
        Ok(looked) => looked,
        Err(Unstarted::Failed(failed)) => return Err(by_variables(failed, &said)),
        Err(Unstarted::Refused(refusal)) => return Ok(refused(&refusal)),
    };
    let started = begin(looked, &what, &args.how, "gateway", ctx)?;
    if let Some(code) = of_no_use(&started, false) {
        return Ok(code);
    }
    say::served(&started.served.how, started.tools, &started.refused);
    let executes = args.mode == "proxy";
    serve(started.served, move |served, end| async move {
        let Listening { listener, door, .. } = listening;
        let guarded = listen::behind(door, gateway::routes(served, executes));
        listen::serve(listener, gateway::health().merge(guarded), end).await;
    })
}
