//! `cask config`: what an MCP client is told to start a toolpack's server, in the client's own format.

pub mod formats;

use std::path::{Path, PathBuf};

use formats::{FORMATS, Launch};

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::options::PackArgs;
use super::packs;
use crate::io::{audit_files, load};

/// Print what a client needs to start a toolpack's server
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    pub toolpack: PathBuf,
    /// What the client calls the server (default: the toolpack's name)
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Whose format
    #[arg(long, value_name = "FORMAT", default_value = "json", help = format!("Whose format: {}", formats::ids()))]
    pub format: String,
    /// The toolset that the client is served (default: the toolpack's own)
    #[arg(long, value_name = "NAME")]
    pub toolset: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// No such toolpack or format.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let text = snippet(&args, ctx)?;
    ctx.print(&text)?;
    Ok(0)
}

/// The text for a client.
///
/// # Errors
/// No such toolpack or format.
pub fn snippet(args: &Args, ctx: &Ctx) -> Result<String, Failed> {
    let format = FORMATS.iter().find(|format| format.id == args.format).ok_or_else(|| {
        Failed::new("usage", "", format!("no format is called {:?}", args.format))
            .meant(&args.format, FORMATS.iter().map(|format| format.id), |id| format!("--format {id}"))
            .hint(format!("--format {}", formats::ids()))
    })?;
    let asked = PackArgs { toolpack: vec![args.toolpack.clone()], lockfile: None };
    let place = packs::find(&asked, ctx)?;
    let header = &place.found[0].header;
    let pack = load::toolpack(&place.tree, header)?.pack;
    let root = absolute(&ctx.cwd.join(&ctx.global.root));
    let mut words = vec!["--root".to_owned(), shown(&root), "serve".to_owned()];
    words.extend(["--toolpack".to_owned(), shown(&place.root.join(header))]);
    if let Some(set) = &args.toolset {
        if !pack.toolsets.toolsets.contains_key(set) {
            let known = pack.toolsets.toolsets.keys().map(String::as_str);
            return Err(Failed::no_toolset(header.clone(), set, known));
        }
        words.extend(["--toolset".to_owned(), set.clone()]);
    }
    // The client's working folder is its own, and so where a server would write if nobody said.
    words.extend(["--audit-log".to_owned(), shown(&root.join(audit_files::PATH))]);
    let name = args.name.clone().unwrap_or(pack.header.name);
    Ok((format.render)(&Launch { name, command: program(), args: words }))
}

/// The program that runs now, by its whole path, if it still goes by its name; else by its name alone.
fn program() -> String {
    let own = std::env::current_exe().ok().filter(|path| {
        path.file_stem().is_some_and(|name| name == "cask" || name == "caskmcp") && path.is_file()
    });
    own.map_or_else(|| "cask".to_owned(), |path| shown(&path))
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.components().collect())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What a client is told of a toolpack where nothing else is asked for.
///
/// # Errors
/// It is no toolpack.
pub fn plain(toolpack: PathBuf, ctx: &Ctx) -> Result<String, Failed> {
    snippet(&Args { toolpack, name: None, format: "json".to_owned(), toolset: None }, ctx)
}
