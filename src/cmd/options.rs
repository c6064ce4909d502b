//! Options that several commands share.

use std::path::PathBuf;

use crate::model::gate_config::FailOn;
use crate::model::risk::RiskTier;

/// Which toolpacks a command is about.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PackArgs {
    /// Toolpack: its folder or its toolpack.yaml (repeatable)
    #[arg(long, value_name = "PATH")]
    pub toolpack: Vec<PathBuf>,
    /// Lockfile, where no toolpack is named
    #[arg(short, long, value_name = "FILE")]
    pub lockfile: Option<PathBuf>,
}

/// Which trust a command judges by.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TrustArgs {
    /// Trust file to judge with, instead of the repository's
    #[arg(long, value_name = "FILE", conflicts_with = "trust_ref")]
    pub trust: Option<PathBuf>,
    /// Git ref whose trust file judges (default: the default branch)
    #[arg(long, value_name = "REF")]
    pub trust_ref: Option<String>,
    /// Version that the trust file must be or descend from
    #[arg(long, value_name = "sha256:HEX", env = "CASK_TRUST_PIN")]
    pub trust_pin: Option<String>,
}

/// How a command reports.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReportArgs {
    /// Report format: terminal, json, github-md
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write the report there
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Lowest verdict that fails: any, breaking or never
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Findings on tools below this tier are shown and never fail
    #[arg(long, value_name = "TIER")]
    pub min_risk: Option<RiskTier>,
}
