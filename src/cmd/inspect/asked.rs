//! What is inspected: the options in, a toolpack or single files out. Nothing named is an error, never an empty answer.

use std::path::{Path, PathBuf};

use crate::cmd::alone::Alone;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::cmd::serving::what::WhatArgs;

/// Answer questions about a toolpack
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH", conflicts_with_all = ["artifacts", "tools", "policy"])]
    pub toolpack: Option<PathBuf>,
    /// Folder with a tools.json and a policy.yaml, where there is no toolpack
    #[arg(short, long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,
    /// A tools.json, instead of that in --artifacts
    #[arg(short, long, value_name = "FILE")]
    pub tools: Option<PathBuf>,
    /// A policy.yaml, instead of that in --artifacts
    #[arg(short, long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Lockfile, instead of the one that the toolpack names
    #[arg(short, long, value_name = "FILE")]
    pub lockfile: Option<PathBuf>,
    /// The toolset that is asked about (default: the toolpack's own default, else `readonly`)
    #[arg(long, value_name = "NAME")]
    pub toolset: Option<String>,
    /// What the toolpack's surface is compared with when cask_drift_status is asked: as cask drift --to
    #[arg(long, value_name = "Y")]
    pub drift_to: Option<String>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Write down there what was asked, as cask run does (default: nothing is written anywhere)
    #[arg(long, value_name = "PATH", help_heading = "Audit")]
    pub audit_log: Option<PathBuf>,
}

/// What is inspected.
#[derive(Debug, Clone)]
pub enum Asked {
    /// A toolpack, with all that belongs to it.
    Pack(WhatArgs),
    /// Single files, and perhaps a lockfile.
    Alone(Alone, Option<PathBuf>),
}

/// The lockfile that single files are looked at with, where none is named.
const LOCKFILE: &str = "caskmcp.lock.yaml";

impl Args {
    /// What is named.
    ///
    /// # Errors
    /// Nothing, or not enough.
    pub fn asked(&self, ctx: &Ctx) -> Result<Asked, Failed> {
        if self.toolpack.is_some() {
            return Ok(Asked::Pack(WhatArgs {
                toolpack: self.toolpack.clone(),
                toolset: self.toolset.clone(),
                lockfile: self.lockfile.clone(),
                trust: TrustArgs { looks_only: true, ..self.trust.clone() },
                ..WhatArgs::default()
            }));
        }
        let folder = self.artifacts.as_ref().map(|folder| ctx.cwd.join(folder));
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(Failed::new("input", folder.display().to_string(), "there is no such folder"));
        }
        let inside = |name: &str| folder.as_ref().map(|folder| folder.join(name));
        let one = |named: &Option<PathBuf>, name| {
            named.as_ref().map(|path| ctx.cwd.join(path)).or_else(|| inside(name))
        };
        let (tools, policy) = match (one(&self.tools, "tools.json"), one(&self.policy, "policy.yaml")) {
            (Some(tools), Some(policy)) => (tools, policy),
            (None, None) => return Err(missing("nothing is named to look at")),
            (Some(_), None) => {
                return Err(missing("--policy is missing: tools alone say nothing of what is allowed"));
            }
            (None, Some(_)) => return Err(missing("--tools is missing")),
        };
        // Who names single files has no toolpack that anybody could have signed.
        if self.trust.trust.is_some() || self.trust.trust_ref.is_some() {
            return Err(missing("--trust and --trust-ref judge a toolpack, and none is named"));
        }
        if self.drift_to.is_some() {
            return Err(missing("--drift-to compares a toolpack, and none is named"));
        }
        let there = |name: &str| inside(name).filter(|path| is_there(path));
        let lock = match &self.lockfile {
            Some(path) => Some(ctx.cwd.join(path)),
            None => Some(ctx.cwd.join(LOCKFILE)).filter(|path| is_there(path)),
        };
        Ok(Asked::Alone(
            Alone { tools, policy, toolsets: there("toolsets.yaml"), baseline: there("baseline.json") },
            lock,
        ))
    }
}

/// Whether there is something, or nobody can tell: reading it says which.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn missing(what: &str) -> Failed {
    Failed::new("usage", "", what)
        .hint("cask mcp inspect --toolpack <folder>")
        .hint("cask mcp inspect --artifacts <folder with tools.json and policy.yaml>")
}
