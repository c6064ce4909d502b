//! What is served: the options that name a toolpack, its approvals and a toolset.

use std::path::PathBuf;

use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::model::toolpack::Toolpack;

/// What is served.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WhatArgs {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<PathBuf>,
    /// A tools.json by itself, where there is no toolpack; nobody can have approved it: --unsafe-no-lockfile
    #[arg(short, long, value_name = "FILE", requires = "policy", conflicts_with = "toolpack")]
    pub tools: Option<PathBuf>,
    /// The policy.yaml for --tools
    #[arg(short, long, value_name = "FILE", requires = "tools")]
    pub policy: Option<PathBuf>,
    /// The toolsets.yaml for --tools (default: that beside it, if there is one)
    #[arg(long, value_name = "FILE", requires = "tools")]
    pub toolsets: Option<PathBuf>,
    /// The toolset to serve (default: the toolpack's own default, else `readonly`)
    #[arg(long, value_name = "NAME")]
    pub toolset: Option<String>,
    /// Lockfile, instead of the one that the toolpack names
    #[arg(short, long, value_name = "FILE")]
    pub lockfile: Option<PathBuf>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Serve tools that nobody approved. For trying things out on your own machine, never for an agent
    #[arg(long)]
    pub unsafe_no_lockfile: bool,
}

/// What is served where nobody says.
const READONLY: &str = "readonly";

/// The toolset that is served: the one that was asked for, the toolpack's own default, `readonly`; all tools only
/// where a toolpack has no toolsets.
///
/// # Errors
/// There is no such toolset, or the toolpack has several and none of them is the default.
pub fn toolset(pack: &Toolpack, asked: Option<&str>) -> Result<Option<String>, Failed> {
    let sets = &pack.toolsets.toolsets;
    let known = || sets.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let path = pack.path(&pack.header.toolsets);
    match asked {
        Some(set) if sets.contains_key(set) => Ok(Some(set.to_owned())),
        Some(set) => Err(Failed::new("input", path, format!("there is no toolset {set:?}"))
            .hint(format!("it has: {}", known()))),
        None => match &pack.toolsets.default_toolset {
            Some(set) => Ok(Some(set.clone())),
            None if sets.contains_key(READONLY) => Ok(Some(READONLY.to_owned())),
            None if sets.is_empty() => Ok(None),
            None => Err(Failed::new("usage", path, "it has several toolsets and no default")
                .hint(format!("--toolset, one of: {}", known()))),
        },
    }
}
