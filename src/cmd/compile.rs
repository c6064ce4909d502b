//! `cask compile`: the former way to make a toolpack of a stored capture. It is `cask mint` under another name, and
//! gives the same bytes.

use std::path::PathBuf;

use super::captured::CAPTURES;
use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::mint;
use crate::io::captures;
use crate::mint::emit;

/// Captures that are named where another was asked for.
const NAMED: usize = 8;

/// Which files are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// The toolpack
    Manifest,
    /// The toolpack, and OpenAPI 3.1 beside it
    Openapi,
    /// The toolpack, and all that can stand beside it
    #[default]
    All,
}

/// Options of `compile`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stored capture: its id, or its folder
    #[arg(short, long, value_name = "CAPTURE")]
    capture: PathBuf,
    /// Which operations are taken in: as for cask mint
    #[arg(short, long, value_name = "SCOPE", conflicts_with = "scope_file")]
    scope: Option<String>,
    /// Scope file: rules of your own
    #[arg(long, value_name = "FILE")]
    scope_file: Option<PathBuf>,
    /// manifest (the toolpack), openapi (and OpenAPI 3.1 beside it) or all
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
    /// Folder of the toolpack (default: toolpacks/NAME)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    deterministic: bool,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    volatile_metadata: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no such capture, and what `cask mint` fails for.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let beside: Vec<&str> = match args.format {
        Format::Manifest => Vec::new(),
        Format::Openapi => vec!["contract"],
        Format::All => emit::KINDS.iter().map(|kind| kind.id).collect(),
    };
    let minted = mint::Args {
        sources: vec![stored(&args.capture, "cask compile -c ID", ctx)?],
        scope: args.scope,
        scope_file: args.scope_file,
        output: args.output,
        emit: beside.into_iter().map(str::to_owned).collect(),
        deterministic: args.deterministic,
        volatile_metadata: args.volatile_metadata,
        ..mint::Args::default()
    };
    mint::run(minted, ctx)
}

/// The capture that is meant: a path that is there, or one of this id among those that are stored. `again`: the command
/// with the place of an id in it.
///
/// # Errors
/// There is none.
pub(super) fn stored(named: &std::path::Path, again: &str, ctx: &Ctx) -> Result<String, Failed> {
    let store = ctx.global.root.join(CAPTURES);
    let path = match ctx.cwd.join(named).exists() {
        true => Some(named.to_owned()),
        false => {
            let stored = named.to_str().and_then(|id| captures::by_id(&ctx.cwd.join(&store), id));
            stored.map(|_| store.join(named))
        }
    };
    if let Some(path) = path {
        let text = path.to_str().map(str::to_owned);
        return text.ok_or_else(|| Failed::new("input", path.display().to_string(), "its path is no text"));
    }
    let folder = std::fs::read_dir(ctx.cwd.join(&store)).into_iter().flatten().flatten();
    let mut ids: Vec<String> = folder.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    ids.retain(|id| !id.starts_with('.'));
    ids.sort();
    ids.truncate(NAMED);
    let missing = Failed::new("input", named.display().to_string(), "there is no such capture");
    Err(match ids.is_empty() {
        true => missing.hint("cask capture import FILE, or at once: cask mint FILE"),
        false => missing.looked("stored", ids.join(", ")).hint(again),
    })
}
