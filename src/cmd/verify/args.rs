//! What `cask verify` takes: options over the environment over config.yaml over what is built in.

use std::path::PathBuf;

use crate::cmd::browse::LaunchArgs;
use crate::cmd::ctx::Ctx;
use crate::cmd::defaults;
use crate::cmd::evidence::keep::EvidenceArgs;
use crate::cmd::failed::Failed;
use crate::cmd::options::{PackArgs, ReportArgs, TrustArgs};
use crate::cmd::serving::how::AuditArgs;
use crate::cmd::serving::reach::ReachArgs;
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
    /// The recording whose answers are looked at: HAR, OTLP/JSON, a stored capture or its id
    #[arg(long, value_name = "ID|PATH")]
    pub capture: Option<String>,
    /// Steps through the pages that --ui-assertions is about: a YAML file; without --live it is read, and not played
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// What the pages should show: a YAML file
    #[arg(long, value_name = "FILE")]
    pub ui_assertions: Option<PathBuf>,
    /// Ask the APIs whose answers assertions are about, of approved tools that only read, and play the playbook in a browser.
    /// Nothing leaves this machine without it
    #[arg(long, conflicts_with = "capture", help_heading = "Live")]
    pub live: bool,
    /// The toolset whose tools may be called (default: the one that cask run serves)
    #[arg(long, value_name = "NAME", requires = "live", help_heading = "Live")]
    pub toolset: Option<String>,
    /// What calls may reach, and who we are to it
    #[command(flatten)]
    pub reach: ReachArgs,
    /// What is written down of them
    #[command(flatten)]
    pub kept: AuditArgs,
    /// What can't be told counts: a person must look (the default)
    #[arg(long, overrides_with = "no_strict")]
    pub strict: bool,
    /// What can't be told is told, and does not count
    #[arg(long, overrides_with = "strict")]
    pub no_strict: bool,
    /// Candidates that are kept of each assertion about a page
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub top_k: u16,
    /// How sure it must be which call a page shows, 0 to 1 (default: 0.70)
    #[arg(long, value_name = "SHARE", env = MIN_CONFIDENCE, value_parser = share)]
    pub min_confidence: Option<f64>,
    /// The share of assertions about pages that may stay open, 0 to 1 (default: 0.20)
    #[arg(long, value_name = "SHARE", env = UNKNOWN_BUDGET, value_parser = share)]
    pub unknown_budget: Option<f64>,
    /// Check this evidence bundle instead, as `cask evidence verify` does
    #[arg(long, value_name = "FILE", conflicts_with_all = OF_TOOLPACKS)]
    pub bundle: Option<PathBuf>,
    /// How to report; `--format both --output DIR` writes verify_ID.json and verify_ID.md
    #[command(flatten)]
    pub report: ReportArgs,
    /// What is kept of the judgement
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// Which trust tells what is approved, and whose a bundle is; a judgement is signed under it
    #[command(flatten)]
    pub trust: TrustArgs,
    /// How the browser is started that plays the playbook
    #[command(flatten, next_help_heading = "Browser")]
    pub launch: LaunchArgs,
}

/// What is said of toolpacks, and means nothing of a bundle. Two more can come of the environment: those are looked at
/// in [`Args::of_bundle`].
const OF_TOOLPACKS: [&str; 16] = [
    "toolpack",
    "lockfile",
    "mode",
    "require",
    "capture",
    "live",
    "toolset",
    "playbook",
    "ui_assertions",
    "strict",
    "no_strict",
    "top_k",
    "output",
    "fail_on",
    "min_risk",
    "evidence",
];
/// The variables of two options.
const MIN_CONFIDENCE: &str = "CASK_VERIFY_MIN_CONFIDENCE";
const UNKNOWN_BUDGET: &str = "CASK_VERIFY_UNKNOWN_BUDGET";
/// The word for all sections.
const ALL: &str = "all";
/// The variable that says whether what can't be told counts.
const STRICT: &str = "CASK_VERIFY_STRICT";

/// One section, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode(pub Option<Section>);

fn mode(word: &str) -> Result<Mode, String> {
    match word {
        ALL => Ok(Mode(None)),
        word => word.parse().map(|section| Mode(Some(section))).map_err(|e: String| e + ", all"),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("{text:?} is no number from 0 to 1")),
    }
}

impl Args {
    /// The bundle that is checked instead of toolpacks.
    ///
    /// # Errors
    /// An option that says how toolpacks are verified.
    pub fn of_bundle(&mut self, ctx: &Ctx) -> Result<Option<PathBuf>, Failed> {
        let Some(bundle) = self.bundle.take() else { return Ok(None) };
        for (option, given, variable) in [
            ("--min-confidence", self.min_confidence.is_some(), MIN_CONFIDENCE),
            ("--unknown-budget", self.unknown_budget.is_some(), UNKNOWN_BUDGET),
        ] {
            if given && ctx.var(variable).is_none() {
                let why = format!("{option} is about toolpacks, and --bundle checks a bundle");
                return Err(Failed::new("usage", "verify", why).hint(format!("leave {option} away")));
            }
        }
        Ok(Some(bundle))
    }

    /// The sections that are asked for.
    ///
    /// # Errors
    /// Input for sections that nobody asks for, or half of what provenance needs.
    pub fn sections(&self, ctx: &Ctx) -> Result<Vec<Section>, Failed> {
        let sections = self.mode.0.map_or_else(|| Section::ALL.to_vec(), |section| vec![section]);
        let asks = |of: &[Section]| of.iter().any(|section| sections.contains(section));
        let pages = self.playbook.is_some() || self.ui_assertions.is_some();
        let usage = |message: String| Failed::new("usage", "verify", message);
        for (option, given, of) in [
            ("--capture", self.capture.is_some(), &[Section::Outcomes, Section::Provenance][..]),
            ("--live", self.live, &[Section::Outcomes, Section::Provenance]),
            ("--playbook and --ui-assertions", pages, &[Section::Provenance]),
        ] {
            if given && !asks(of) {
                let words: Vec<&str> = of.iter().map(|section| section.word()).collect();
                return Err(usage(format!("{option} is about {}", words.join(" and ")))
                    .hint("leave --mode away, for all that can be checked"));
            }
        }
        if pages && (self.playbook.is_none() || self.ui_assertions.is_none()) {
            return Err(usage(
                "provenance needs --playbook and --ui-assertions, and one of them is missing".into(),
            )
            .hint("cask verify --toolpack toolpacks/shop --playbook tour.yaml --ui-assertions pages.yaml"));
        }
        if let Some(option) = self.reach.given(ctx).or(self.kept.given(ctx)).filter(|_| !self.live) {
            return Err(
                usage(format!("{option} is about calls, and none is made")).hint("--live, to make them")
            );
        }
        if let Some(option) = self.launch.given().filter(|_| !self.live || self.playbook.is_none()) {
            return Err(usage(format!("{option} is about a browser, and none is started"))
                .hint("--live --playbook FILE --ui-assertions FILE, to play the steps in one"));
        }
        if let Some(lacking) = self.require.iter().find(|section| !sections.contains(section)) {
            return Err(usage(format!("{} is required, and --mode leaves it out", lacking.word())));
        }
        Ok(sections)
    }

    /// How strictly is verified.
    ///
    /// # Errors
    /// A variable that is neither true nor false, or a config.yaml that can't be read.
    pub fn how(&self, ctx: &Ctx) -> Result<Strictness, Failed> {
        let own = defaults::of(ctx)?.verify;
        let usual = Strictness::default();
        let said = match (self.strict, self.no_strict) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => strict_of(ctx)?,
        };
        let percent = |share: Option<u64>| share.map(|percent| percent as f64 / 100.0);
        Ok(Strictness {
            strict: said.or(own.strict).unwrap_or(usual.strict),
            top_k: usize::from(self.top_k),
            min_confidence: self
                .min_confidence
                .or(percent(own.min_confidence))
                .unwrap_or(usual.min_confidence),
            unknown_budget: self
                .unknown_budget
                .or(percent(own.unknown_budget))
                .unwrap_or(usual.unknown_budget),
        })
    }
}

fn strict_of(ctx: &Ctx) -> Result<Option<bool>, Failed> {
    match ctx.var(STRICT).as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(Failed::new("usage", STRICT, format!("{other:?} is neither true nor false"))),
    }
}
