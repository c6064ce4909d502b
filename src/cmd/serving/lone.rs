//! Single files in, a state to serve out, where there is no toolpack: approvals cover whole toolpacks, so nobody can have
//! approved these, and they are served only where approvals are not asked for.

use std::path::Path;

use super::files::Watched;
use super::read::Read;
use super::what::WhatArgs;
use crate::canon::Node;
use crate::cmd::alone::Alone;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::prepared::Prepared;
use crate::gate::subjects::Subjects;
use crate::model::toolpack::Toolpack;
use crate::run::state::{Material, State};

/// What is taken up beside the tools, where it lies there.
const TOOLSETS: &str = "toolsets.yaml";
const BASELINE: &str = "baseline.json";

/// Reads the files that were named; none where a toolpack is. `watched` is told of them first.
///
/// # Errors
/// Something is named beside them that only a toolpack has, that they are unapproved was not said, or one of them is not
/// there or cannot be read.
pub fn read(args: &WhatArgs, watched: &mut Watched, ctx: &Ctx) -> Result<Option<Read>, Failed> {
    let (Some(tools), Some(policy)) = (&args.tools, &args.policy) else { return Ok(None) };
    unapproved(args)?;
    let (tools, policy) = (ctx.cwd.join(tools), ctx.cwd.join(policy));
    let named = args.toolsets.as_ref().map(|path| ctx.cwd.join(path));
    let is_named = named.is_some();
    let toolsets = named.unwrap_or_else(|| tools.with_file_name(TOOLSETS));
    let baseline = tools.with_file_name(BASELINE);
    *watched = Watched::of([&tools, &policy, &toolsets, &baseline].map(Clone::clone).to_vec());
    // Of what can't be looked at, reading says why.
    let is_there = |path: &Path| path.try_exists().unwrap_or(true);
    let alone = Alone {
        toolsets: Some(toolsets).filter(|path| is_named || is_there(path)),
        baseline: Some(baseline).filter(|path| is_there(path)),
        tools,
        policy,
    };
    let mut pack = alone.read()?.pack;
    pack.header.allowed_hosts = hosts(&pack);
    let subjects = Subjects::of(&pack)?;
    let state = State::of(Material { pack, subjects, approved: None });
    let warning = "UNSAFE: no approval is asked for: every tool of these files is served as it lies on disk";
    Ok(Some(Read {
        state,
        trust: None,
        is_anchored: false,
        gate: None,
        root: ctx.cwd.clone(),
        header: String::new(),
        warnings: vec![warning.to_owned()],
    }))
}

/// That whoever names single files said that nobody approved them, and named nothing that could.
fn unapproved(args: &WhatArgs) -> Result<(), Failed> {
    let refused = |why: &str| Failed::new("usage", "--tools", why);
    if args.lockfile.is_some() || args.trust.trust.is_some() || args.trust.trust_ref.is_some() {
        return Err(refused("a lockfile and a trust file judge a toolpack, and none is named")
            .hint("--toolpack <folder>"));
    }
    match args.unsafe_no_lockfile {
        true => Ok(()),
        false => Err(refused("approvals cover a whole toolpack: nobody can have approved single files")
            .hint("--toolpack <folder>   (what is approved of it)")
            .hint("--unsafe-no-lockfile   (to try tools out without approvals)")),
    }
}

/// Where calls may go: the hosts that the manifest lists for the application, as those of version 1 may; else the servers
/// of its tools and no other.
fn hosts(pack: &Toolpack) -> Vec<String> {
    let listed = pack.manifest.rest.get("allowed_hosts").map(|hosts| hosts.get("app").unwrap_or(hosts));
    let listed = listed.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text);
    let listed: Vec<String> = listed.map(str::to_owned).collect();
    if !listed.is_empty() {
        return listed;
    }
    let prepared = pack.manifest.tools.iter().filter_map(|tool| Prepared::of(pack, tool).ok());
    let mut hosts: Vec<String> = prepared.map(|tool| tool.origin().to_owned()).collect();
    hosts.retain(|host| !host.is_empty());
    hosts.sort();
    hosts.dedup();
    hosts
}
