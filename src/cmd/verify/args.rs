//! What `cask verify` takes: options over the environment over config.yaml over what is built in.

use crate::cmd::ctx::Ctx;
use crate::cmd::defaults;
use crate::cmd::failed::Failed;
use crate::cmd::options::{PackArgs, ReportArgs};
use crate::model::config::Config;
use crate::model::verified::{Section, Strictness};

/// Whether a toolpack holds what was written down for it
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Which toolpacks
    #[command(flatten)]
    pub packs: PackArgs,
    /// What is verified: contracts, replay (or baseline-check), outcomes, provenance, all
    #[arg(long, value_name = "MODE", default_value = ALL, value_parser = mode)]
    pub mode: Mode,
    /// Fail as not judged where this could not be checked (repeatable)
    #[arg(long, value_name = "MODE")]
    pub require: Vec<Section>,
    /// What can't be told counts: a person must look (the default)
    #[arg(long, overrides_with = "no_strict")]
    pub strict: bool,
    /// What can't be told is told, and does not count
    #[arg(long, overrides_with = "strict")]
    pub no_strict: bool,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The word for all sections.
const ALL: &str = "all";

/// One section, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode(pub Option<Section>);

fn mode(word: &str) -> Result<Mode, String> {
    match word {
        ALL => Ok(Mode(None)),
        word => word.parse().map(|section| Mode(Some(section))).map_err(|e: String| e + ", all"),
    }
}

impl Args {
    /// The sections that are asked for.
    pub fn sections(&self) -> Vec<Section> {
        self.mode.0.map_or_else(|| Section::ALL.to_vec(), |section| vec![section])
    }

    /// How strictly is verified.
    ///
    /// # Errors
    /// A value that is none, or a config.yaml that can't be read.
    pub fn how(&self, ctx: &Ctx) -> Result<Strictness, Failed> {
        let config: Config = defaults::of(ctx)?;
        let usual = Strictness::default();
        let _ = config;
        Ok(Strictness { strict: !self.no_strict, ..usual })
    }
}
