//! What is served: the options that name a toolpack, its approvals and a toolset.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::TrustArgs;
use crate::model::runtime::{Mode, Runtime};
use crate::model::toolpack::{HEADER, Toolpack};

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
    /// Folder in which a toolpack and its trust file lie as in their repository, without git: its trust file has to be
    /// the very one that --trust-pin names
    #[arg(long, value_name = "DIR", help_heading = "Container")]
    pub mounted: Option<PathBuf>,
}

/// What variables said, name and value.
pub type Said = Vec<(&'static str, String)>;

impl WhatArgs {
    /// With what CASKMCP_TOOLPACK, CASKMCP_TOOLSET and CASKMCP_LOCKFILE say where no option does.
    pub fn or_variables(&self, ctx: &Ctx) -> (WhatArgs, Said) {
        let (mut args, mut said) = (self.clone(), Said::new());
        let mut var = |name: &'static str, is_given: bool| {
            let value = ctx.var(name).filter(|_| !is_given)?;
            said.push((name, value.clone()));
            Some(value)
        };
        let toolpack = var("CASKMCP_TOOLPACK", args.toolpack.is_some()).map(PathBuf::from);
        let toolset = var("CASKMCP_TOOLSET", args.toolset.is_some());
        let lockfile = var("CASKMCP_LOCKFILE", args.lockfile.is_some()).map(PathBuf::from);
        args.toolpack = args.toolpack.or(toolpack);
        args.toolset = args.toolset.or(toolset);
        args.lockfile = args.lockfile.or(lockfile);
        (args, said)
    }

    /// The toolpack that is named.
    ///
    /// # Errors
    /// Nobody said what is served.
    pub fn named(&self) -> Result<PathBuf, Failed> {
        self.toolpack.clone().ok_or_else(|| {
            Failed::new("usage", "", "no toolpack is named")
                .hint("--toolpack <folder>")
                .hint("--tools <file> --policy <file> --unsafe-no-lockfile   (to try single files out)")
        })
    }
}

/// A failure, with the variables that said what was looked for.
pub fn by_variables(failed: Failed, said: &Said) -> Failed {
    said.iter().fold(failed, |failed, (name, value)| failed.looked(*name, value.clone()))
}

/// Where a toolpack is to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Where {
    /// Where the toolpack says.
    #[default]
    Auto,
    /// By this program.
    Local,
    /// In a container.
    Container,
}

impl Where {
    /// Where it is served, and what toolpack.yaml says about that.
    ///
    /// # Errors
    /// It says what is none.
    pub fn of(self, pack: &Toolpack) -> Result<(Mode, Runtime), Failed> {
        let runtime = Runtime::read(&pack.path(HEADER), &pack.header.raw)?;
        let mode = match self {
            Where::Auto => runtime.mode,
            Where::Local => Mode::Local,
            Where::Container => Mode::Container,
        };
        Ok((mode, runtime))
    }
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
        Some(set) => Err(Failed::no_toolset(path, set, sets.keys().map(String::as_str))),
        None => match &pack.toolsets.default_toolset {
            Some(set) => Ok(Some(set.clone())),
            None if sets.contains_key(READONLY) => Ok(Some(READONLY.to_owned())),
            None if sets.is_empty() => Ok(None),
            None => Err(Failed::new("usage", path, "it has several toolsets and no default")
                .hint(format!("--toolset, one of: {}", known()))),
        },
    }
}
