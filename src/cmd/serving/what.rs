//! What is served: the options that name a toolpack, its approvals and a toolset.

use std::path::PathBuf;

use crate::cmd::options::TrustArgs;

/// What is served.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WhatArgs {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<PathBuf>,
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
