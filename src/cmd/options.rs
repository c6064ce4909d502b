//! Options that several commands share.

use std::path::PathBuf;

use crate::model::gate_config::{FailOn, GateFile};
use crate::model::risk::RiskTier;
use crate::report::formats::ids;

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
    /// Whether this machine only looks at the roots that it knows: nobody is asked, and nothing is remembered.
    #[arg(skip)]
    pub looks_only: bool,
}

impl TrustArgs {
    /// The pin, if one is given.
    pub fn pin(&self) -> Option<&str> {
        self.trust_pin.as_deref()
    }
}

/// How a command reports.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReportArgs {
    /// Report format
    #[arg(long, value_name = "FORMAT", help = format!("Report format: {}", ids()))]
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

/// The lowest verdict that fails a command, where neither an option nor gate.yaml says one.
pub fn usual_fail_on(command: &str) -> FailOn {
    match command {
        // A change is looked at before anybody judges it.
        "diff" => FailOn::Never,
        "ci" => FailOn::Breaking,
        _ => FailOn::Any,
    }
}

impl ReportArgs {
    /// The lowest verdict that fails: the stricter of the option and a gate.yaml that counts; the command's
    /// default where neither says anything.
    pub fn fail_on(&self, gate: Option<&GateFile>, default: FailOn) -> FailOn {
        self.fail_on.max(gate.map(|g| g.fail_on)).unwrap_or(default)
    }

    /// The tier below which findings never fail: the stricter, so the lower, of the option and a gate.yaml
    /// that counts; all count where neither says anything.
    pub fn min_risk(&self, gate: Option<&GateFile>) -> RiskTier {
        [self.min_risk, gate.map(|g| g.min_risk)].into_iter().flatten().min().unwrap_or(RiskTier::Safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_where_nobody_says_it_is_told_by_the_command() {
        use FailOn::{Any, Breaking, Never};
        let commands = ["diff", "ci", "gate check", "drift", "lint", "verify"];
        assert_eq!(commands.map(usual_fail_on), [Never, Breaking, Any, Any, Any, Any]);
    }

    #[test]
    fn the_stricter_of_option_and_gate_wins_and_the_default_stands_where_both_are_silent() {
        let gate = |fail_on, min_risk| GateFile { fail_on, min_risk, ..GateFile::default() };
        let args = |fail_on, min_risk| ReportArgs { fail_on, min_risk, ..ReportArgs::default() };
        let lax = gate(FailOn::Never, RiskTier::High);
        let silent = args(None, None);
        assert_eq!(silent.fail_on(None, FailOn::Breaking), FailOn::Breaking);
        assert_eq!(silent.fail_on(Some(&lax), FailOn::Breaking), FailOn::Never);
        assert_eq!(args(Some(FailOn::Never), None).fail_on(None, FailOn::Breaking), FailOn::Never);
        assert_eq!(args(Some(FailOn::Any), None).fail_on(Some(&lax), FailOn::Breaking), FailOn::Any);
        let strict = gate(FailOn::Any, RiskTier::Low);
        assert_eq!(args(Some(FailOn::Never), None).fail_on(Some(&strict), FailOn::Breaking), FailOn::Any);
        assert_eq!(silent.min_risk(None), RiskTier::Safe);
        assert_eq!(args(None, Some(RiskTier::High)).min_risk(None), RiskTier::High);
        assert_eq!(args(None, Some(RiskTier::High)).min_risk(Some(&strict)), RiskTier::Low);
        assert_eq!(args(None, Some(RiskTier::Safe)).min_risk(Some(&lax)), RiskTier::Safe);
    }
}
