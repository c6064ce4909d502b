//! A stored capture in; the toolpack that a mint would make of it, and what its calls showed, out. Nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::canon::Node;
use crate::canon::text::slug;
use crate::cmd::compile::stored;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::mint::basis::Basis;
use crate::cmd::mint::leaks;
use crate::cmd::mint::sources::{self, Asked, Read};
use crate::cmd::{defaults, mint as minting, observed};
use crate::io::captures::HEADER;
use crate::io::fs::read_bounded;
use crate::mint::{Minted, Options, mint};
use crate::model::seen::Told;
use crate::model::toolpack::Toolpack;
use crate::model::{bytes, limits};
use crate::observe::inputs::inputs;
use crate::propose::files::Origin;
use crate::propose::{self, Drafted};

/// Which operations are drafted.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ScopeArgs {
    /// Which operations are taken in: as for cask mint
    #[arg(short, long, value_name = "SCOPE", conflicts_with = "scope_file")]
    pub scope: Option<String>,
    /// Scope file: rules of your own
    #[arg(long, value_name = "FILE")]
    pub scope_file: Option<PathBuf>,
}

/// What a capture gives.
pub struct Given {
    /// Where the capture lies.
    pub source: String,
    /// Its id.
    pub capture_id: String,
    /// The name of the scope.
    pub scope: String,
    pack: Toolpack,
    told: Told,
    last: Option<String>,
    read: Vec<Read>,
    basis: Basis,
}

impl Given {
    /// Reads a capture. `again`: the command with the place of an id in it.
    ///
    /// # Errors
    /// It is not there, is none, or nothing of it can be taken in.
    pub fn of(capture: &Path, scope: &ScopeArgs, again: &str, ctx: &Ctx) -> Result<Given, Failed> {
        let source = stored(capture, again, ctx)?;
        let capture_id = id(&source, ctx)?;
        let config = defaults::of(ctx)?;
        let (profile, hosts) = (defaults::profile(None, &config), defaults::hosts(&[], &config));
        let (_, progress) = observed::attended(ctx);
        let asked = Asked {
            sources: std::slice::from_ref(&source),
            hosts: &hosts,
            kind: None,
            profile: &profile,
            named_profile: false,
            ask: None,
            progress,
        };
        let mut read = sources::read(&asked, &ctx.cwd)?;
        let hosts = sources::hosts_of(&hosts, &mut read)?;
        let told = read.iter().filter_map(Read::recorded).map(|recorded| inputs(&recorded.part)).next();
        let asked = minting::Args {
            scope: scope.scope.clone().or(config.scope.filter(|_| scope.scope_file.is_none())),
            scope_file: scope.scope_file.clone(),
            ..minting::Args::default()
        };
        let options = Options {
            dir: String::new(),
            name: None,
            default_name: slug(&capture_id).unwrap_or_else(|| "capture".to_owned()),
            toolpack_id: None,
            created_at: None,
            scope: minting::scope_of(&asked, ctx)?,
            only: None,
            hosts,
            same: Vec::new(),
            runtime: None,
        };
        let basis = Basis::of(&read, &options);
        let minted = mint(read.iter().map(Read::source).collect(), None, &options);
        let Minted { pack, scope, .. } = minted.map_err(|fault| minting::failed(fault, &read))?;
        let last = last(&pack);
        Ok(Given { source, capture_id, scope, pack, told: told.unwrap_or_default(), last, read, basis })
    }

    /// What is drafted of it.
    ///
    /// # Errors
    /// Two candidates can't be told apart.
    pub fn drafted(&self) -> Result<Drafted<'_>, Failed> {
        Ok(propose::draft(&self.pack, &self.told)?)
    }

    /// What it is made of.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// What the files say of where they come from.
    pub fn origin(&self) -> Origin<'_> {
        Origin { capture_id: &self.capture_id, scope: &self.scope, last: self.last.as_deref() }
    }

    /// Refuses texts that show a credential.
    ///
    /// # Errors
    /// They do.
    pub fn spared(&self, texts: &BTreeMap<&'static str, String>) -> Result<(), Failed> {
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        leaks::refuse(&texts, "", &self.read, None)
    }
}

/// The id that a stored capture has.
fn id(source: &str, ctx: &Ctx) -> Result<String, Failed> {
    let none = || {
        Failed::new("input", source.to_owned(), "it is no stored capture")
            .hint("cask capture import FILE, then name the capture by its id")
    };
    let name = Path::new(source).join(HEADER);
    let shown = name.display().to_string();
    let bytes = read_bounded(&ctx.cwd.join(&name), limits::SMALL)?.ok_or_else(none)?;
    let node = bytes::json(&shown, &bytes, limits::SMALL)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let is_id = |id: &&str| (1..=64).contains(&id.len()) && !id.starts_with('.') && id.bytes().all(fits);
    let id = node.get("id").and_then(Node::as_text).filter(is_id);
    id.map(str::to_owned).ok_or_else(|| {
        Failed::new("input", shown, "it names no capture: `id` is missing, or is none")
            .hint("cask capture import FILE makes the capture anew")
    })
}

/// When the last call was made.
fn last(pack: &Toolpack) -> Option<String> {
    let operations = pack.baseline.raw.get("operations").map(Node::members).unwrap_or_default();
    let times = operations.iter().filter_map(|(_, operation)| operation.at("/observed/last_seen")?.as_text());
    times.max().map(str::to_owned)
}
