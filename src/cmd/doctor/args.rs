//! What a doctor is asked.

use crate::cmd::serving::what::{WhatArgs, Where};

/// Look at what protects the gate, or at what keeps a toolpack from being served
#[derive(Debug, Clone, clap::Args)]
#[group(id = "looked_at", multiple = false, args = ["github", "toolpack", "tools"])]
pub struct Args {
    /// Look at the settings of the repository on GitHub
    #[arg(long)]
    pub github: bool,
    /// The repository (default: GITHUB_REPOSITORY)
    #[arg(long, value_name = "OWNER/NAME", requires = "github")]
    pub repo: Option<String>,
    /// The branch (default: the default branch)
    #[arg(long, value_name = "NAME", requires = "github")]
    pub branch: Option<String>,
    /// Name of the check that the gate gives: that of the job that runs cask
    #[arg(long, value_name = "NAME", default_value = "gate", requires = "github")]
    pub check: String,
    /// What would be served
    #[command(flatten)]
    pub what: WhatArgs,
    /// Where it would be served: auto (as the toolpack says), local or container
    #[arg(
        long,
        value_name = "WHERE",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        conflicts_with = "github",
        help_heading = "Container"
    )]
    pub runtime: Where,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"])]
    pub format: String,
}
