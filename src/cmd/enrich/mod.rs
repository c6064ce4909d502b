//! `cask enrich`: asks a model for better texts of tools, if a person wants that. Approves nothing.
//!
//! It is the one command that sends what a toolpack says to a stranger, and whose result is not the same twice. So
//! it is a command of its own, never runs in CI, and nothing that judges or mints knows of it.

mod asking;
mod page;
mod put;

use std::path::PathBuf;

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::options::PackArgs;
use super::packs::{self, Place};
use super::signing::consent;
use crate::enrich::choice::{Unchosen, choose};
use crate::enrich::question::question;
use crate::io::chat::{self, Chat};
use crate::io::load::{self, Loaded};
use crate::io::net::token::Token;
use crate::io::net::unfit::Unfit;
use crate::io::net::way::Way;
use crate::model::limits;
use crate::model::schema_version::Generation;
use crate::model::toolpack::Toolpack;
use asking::Asking;
use page::{Notice, Page};

/// The variable that holds the key.
const KEY: &str = "CASK_ENRICH_KEY";
/// Longest name of a model.
const MODEL: usize = 200;

/// Ask a model for better texts of tools; a person reads and signs them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tools by name or id (default: all whose texts no model wrote)
    #[arg(value_name = "TOOL")]
    tools: Vec<String>,
    /// Toolpack: its folder or its toolpack.yaml (default: the one below this folder)
    #[arg(long, value_name = "PATH")]
    toolpack: Option<PathBuf>,
    /// OpenAI-compatible endpoint, as https://HOST/v1; its key is read from CASK_ENRICH_KEY
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// Model that is asked
    #[arg(long, value_name = "NAME")]
    model: String,
    /// Send it without asking
    #[arg(short, long)]
    yes: bool,
    /// Print what would be sent, and send and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command. Nothing is sent before a person knows what, and nothing is written unless all of it can be.
///
/// # Errors
/// It runs in CI, nobody said yes, an endpoint that is not asked, a toolpack that can't be read or written, or no
/// answer at all.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    enrich(&args, ctx).map_err(Failed::plainly)
}

fn enrich(args: &Args, ctx: &mut Ctx) -> Outcome {
    if ctx.in_ci() {
        return Err(Failed::new(
            "usage",
            "",
            "this runs in CI (CI is set), and texts are never asked for there",
        )
        .why("it sends what the toolpack says to a stranger, and gives other texts each time")
        .hint("run it on your machine, read what came of it, and commit that"));
    }
    if args.model.trim().is_empty() || args.model.chars().count() > MODEL {
        return Err(Failed::new(
            "usage",
            "--model",
            format!("a name of a model has 1 to {MODEL} characters"),
        ));
    }
    let url = chat::address_of(&args.endpoint).map_err(unfit)?;
    let place =
        packs::find(&PackArgs { toolpack: args.toolpack.iter().cloned().collect(), lockfile: None }, ctx)?;
    let (loaded, bytes) = loaded(&place, ctx)?;
    let pack = &loaded.pack;
    let others = others(&place, &loaded)?;
    let shown = match &args.toolpack {
        Some(path) => path.display().to_string(),
        None => place.here(&ctx.cwd).way(&pack.dir),
    };
    let choice = choose(pack, &args.tools).map_err(|unchosen| self::unchosen(unchosen, pack))?;
    let key = Token::new(&ctx.var(KEY).unwrap_or_default());
    let way = Way::of(ctx.env);
    let notice = Notice {
        url: url.as_str(),
        is_proxied: chat::is_proxied(&way, &url),
        model: &args.model,
        toolpack: &shown,
        choice: &choice,
        has_key: !key.is_empty(),
    };
    if choice.tools.is_empty() {
        ctx.print(&page::nothing(&notice, ctx))?;
        return Ok(0);
    }
    let text = page::notice(&notice, ctx);
    if args.dry_run {
        ctx.print(&text)?;
        for tool in &choice.tools {
            let body = question(pack, tool, &args.model);
            ctx.print(&page::question(&tool.name, &body, ctx))?;
        }
        return Ok(0);
    }
    if args.yes {
        // Told even under -q: what leaves a machine is no chatter.
        ctx.err.write_all(text.as_bytes())?;
    }
    consent(ctx, args.yes, &text, "Send it")?;

    let chat = Chat::new(&args.endpoint, key, &way, chat::PATIENCE).map_err(unfit)?;
    let asking = Asking { pack, others: &others, model: &args.model, shown: ctx.shows_progress() };
    let asked = asking.all(&choice.tools, &|body| chat.ask(body, asking::ANSWER), ctx);
    if !asked.texts.is_empty() {
        put::texts(&place, &loaded, &bytes, &asked.texts)?;
    } else if let (Some(failed), true) = (&asked.unanswered, asked.heard == 0) {
        return Err(Failed::new("io", url.as_str(), failed.reason.clone())
            .why("no tool was changed")
            .hint(failed.fix));
    }
    let page = Page { toolpack: &shown, pack, asked: &asked };
    let text = page::render(&page, ctx);
    ctx.print(&text)?;
    Ok(u8::from(asked.texts.len() + asked.same < choice.tools.len()))
}

/// The toolpack, with the bytes of its tools.json.
fn loaded(place: &Place, ctx: &Ctx) -> Result<(Loaded, Vec<u8>), Failed> {
    let [found] = place.found.as_slice() else {
        return Err(packs::several(place, ctx));
    };
    let loaded = load::toolpack(&place.tree, &found.header)?;
    let shown = place.here(&ctx.cwd).way(&loaded.pack.dir);
    if loaded.pack.header.generation != Generation::V2 {
        return Err(Failed::new("input", &*shown, "the toolpack is of version 1")
            .hint(format!("cask migrate --toolpack {shown}, then run this again")));
    }
    let path = loaded.pack.tools_path();
    let bytes = place.tree.read(&path, limits::TOOLS)?;
    let bytes = bytes.ok_or_else(|| Failed::new("input", path, "it went while it was read"))?;
    Ok((loaded, bytes))
}

/// Names of the tools of the other toolpacks around: a text must not speak of them.
fn others(place: &Place, loaded: &Loaded) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for header in load::headers(&place.tree)?.into_iter().filter(|header| *header != loaded.header_path) {
        let other = load::toolpack(&place.tree, &header).map_err(|fault| {
            Failed::from(fault)
                .why("a text must not speak of tools of other toolpacks, so all of them are read")
        })?;
        names.extend(other.pack.manifest.tools.into_iter().map(|tool| tool.name));
    }
    Ok(names)
}

fn unfit(unfit: Unfit) -> Failed {
    Failed::new("usage", "--endpoint", unfit.reason).hint(unfit.fix)
}

fn unchosen(unchosen: Unchosen, pack: &Toolpack) -> Failed {
    match unchosen {
        Unchosen::Unknown(word) => {
            let names = pack.manifest.tools.iter().map(|tool| tool.name.as_str());
            Failed::new("usage", &word, "the toolpack has no tool of this name or id")
                .meant(&word, names, |name| format!("{name:?}"))
                .hint("cask gate status")
        }
        Unchosen::Served(word) => {
            Failed::new("usage", word, "its server says its texts, and they are locked as it says them")
                .hint("leave it out: texts are asked for tools of HTTP alone")
        }
    }
}
