//! `cask mint`: a toolpack of recorded calls and of what describes an API or a server, new or made anew. Approves
//! nothing.

pub(in crate::cmd) mod basis;
mod browsed;
pub(in crate::cmd) mod leaks;
mod page;
mod runtime;
pub(in crate::cmd) mod sources;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use basis::Basis;
use page::Page;
use runtime::RuntimeArgs;
use sources::{Asked, Read};
use target::Target;

use super::around::Around;
use super::browse::BrowserArgs;
use super::config;
use super::ctx::Ctx;
use super::defaults;
use super::deliver::style;
use super::diff::compare;
use super::failed::{Failed, Outcome};
use super::gate::desk::Desk;
use super::gate::sync::refuse_blind;
use super::live;
use super::options::TrustArgs;
use super::packs::Place;
use crate::canon::Fault;
use crate::canon::text::slug;
use crate::canon::time::Timestamp;
use crate::diff::check::DiffContext;
use crate::gate::discovery::Found;
use crate::gate::sync::{Gone, Synced, sync};
use crate::gate::written;
use crate::io::fs::{stage_inside, sweep_staged};
use crate::io::load::Loaded;
use crate::io::together;
use crate::judge::{Input, judge};
use crate::mint::{Minted, NOTHING, Options, emit, mint, scope};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::lockfile;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source as Side, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::toolpack::{HEADER, Toolpack, join};
use crate::model::{bytes, limits};
use crate::report::formats;

/// Make a toolpack of recorded calls, a page, or what describes an API
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Recordings (HAR, OTLP/JSON, a stored capture, a summary of some), descriptions (OpenAPI 2.0 to 3.2, the
    /// tools/list answer of an MCP server), or the address of a page, which is recorded in a browser; what they tell is
    /// put together
    #[arg(value_name = "SOURCE", required_unless_present_any = ["mcp", "mcp_url", "mcp_config"])]
    pub sources: Vec<String>,
    /// Servers that are asked beside them, or alone
    #[command(flatten)]
    pub live: live::LiveArgs,
    /// Take in too what the page declares to agents (WebMCP)
    #[arg(long)]
    pub webmcp: bool,
    /// How a page is recorded
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Host whose operations are taken in (repeatable, also between commas; default: all that are described, of
    /// recordings the host with most calls, of a page its own and its owner's)
    #[arg(short, long, value_name = "HOST", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,
    /// Folder of the toolpack (default: toolpacks/NAME); what lies there is made anew
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Name of the toolpack: a-z, 0-9 and - (default: that of its folder)
    #[arg(short, long, value_name = "NAME")]
    pub name: Option<String>,
    /// Which operations are taken in
    #[arg(short, long, value_name = "SCOPE", conflicts_with = "scope_file", help = scopes())]
    pub scope: Option<String>,
    /// Scope file: rules of your own
    #[arg(long, value_name = "FILE")]
    pub scope_file: Option<PathBuf>,
    /// Id of the toolpack, where the one that follows from name and hosts is taken
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When it was made, in UTC: written into toolpack.yaml
    #[arg(long, value_name = "TIME")]
    pub created_at: Option<Timestamp>,
    /// An operation that has another address now keeps its tool: OLD (its tool or address) = NEW (repeatable)
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    pub same: Vec<(String, String)>,
    /// Refuse sources of another kind: har, otel, openapi or mcp-list (default: told by their content)
    #[arg(long, value_name = "KIND")]
    pub input_format: Option<String>,
    /// Of recordings, what is taken out beside credentials: default_safe (the default), or high_risk_pii (also names,
    /// addresses, birthdays)
    #[arg(long, value_name = "P")]
    pub redaction_profile: Option<String>,
    /// Files beside the toolpack's own, which repeat what it says (between commas)
    #[arg(long, value_name = "KIND", value_delimiter = ',', help = emits())]
    pub emit: Vec<String>,
    /// Say what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print too what an MCP client needs to start its server, as cask config does
    #[arg(long, conflicts_with = "dry_run")]
    pub print_mcp_config: bool,
    /// How it is to be run
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// Which trust judges the approvals that there are
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Ids of the tools that are taken in, where some were chosen before.
    #[arg(skip)]
    pub only: Option<BTreeSet<String>>,
    /// What it is made of, where some were chosen of it before.
    #[arg(skip)]
    pub basis: Option<Basis>,
    /// That nothing may lie in the folder but what this writes there and a file of this name: what somebody put there
    /// is not taken over. Of the lockfile what is signed is.
    #[arg(skip)]
    pub alone: Option<&'static str>,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    pub deterministic: bool,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    pub volatile_metadata: bool,
}

impl Args {
    fn asked<'a>(&'a self, profile: &'a str, ctx: &Ctx) -> Asked<'a> {
        let (ask, progress) = super::observed::attended(ctx);
        Asked {
            sources: &self.sources,
            hosts: &self.allowed_hosts,
            kind: self.input_format.as_deref(),
            profile,
            named_profile: self.redaction_profile.is_some(),
            ask,
            progress,
        }
    }
}

fn scopes() -> String {
    let names: Vec<&str> = scope::PRESETS.iter().map(|preset| preset.name).collect();
    format!("Which operations are taken in: {} (default: the first)", names.join(", "))
}

fn emits() -> String {
    let kinds: Vec<String> = emit::KINDS.iter().map(|kind| format!("{} ({})", kind.id, kind.about)).collect();
    format!(
        "Files beside the toolpack's own, which repeat what it says, between commas: {}",
        kinds.join(", ")
    )
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("expected OLD=NEW".to_owned()),
    }
}

/// Runs the command. Nothing is written unless all of it can be.
///
/// # Errors
/// A source that cannot be read, nothing to take in, a toolpack that is there and cannot be read, or a file
/// that cannot be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    if args.deterministic || args.volatile_metadata {
        ctx.note("--deterministic and --volatile-metadata have no effect");
    }
    named(&args)?;
    let config = defaults::of(ctx)?;
    let profile = defaults::profile(args.redaction_profile.as_deref(), &config);
    let args = Args {
        allowed_hosts: defaults::hosts(&args.allowed_hosts, &config),
        scope: args.scope.clone().or(config.scope.filter(|_| args.scope_file.is_none())),
        ..args
    };
    let page = browsed::Page {
        sources: &args.sources,
        hosts: &args.allowed_hosts,
        profile: &profile,
        declares: args.webmcp,
        browser: &args.browser,
    };
    page.check()?;
    let mut read = sources::read(&args.asked(&profile, ctx), &ctx.cwd)?;
    read.extend(browsed::read(&page, ctx)?);
    read.extend(live::read(&args.live, ctx)?.into_iter().map(Read::of_live));
    let hosts = sources::hosts_of(&args.allowed_hosts, &mut read)?;
    let target = Target::of(args.output.as_deref(), args.name.as_deref(), &read, ctx)?;
    let options = options(&args, hosts, &target, &read, ctx)?;
    let builder = args.runtime.builder(ctx)?;
    let kinds = kinds(&args, &target)?;
    let fresh = !target.dir.join(HEADER).exists();
    // What is there is held from before it is read until all is written.
    let held = if fresh || args.dry_run { None } else { Some(target.hold()?) };
    if let Some(basis) = &args.basis {
        basis.is_still(&Basis::of(&read, &options), &args.sources.join(", "))?;
    }
    if let Some(beside) = args.alone {
        alone(&target, &read, &options, beside, &args, ctx)?;
    }
    let before = target.load()?;
    args.runtime.spares(&target, before.as_ref().map(|before| &before.pack))?;
    let Minted { pack, files: mut texts, scope, described, left_out, kept, notes } =
        mint(read.iter().map(Read::source).collect(), before.as_ref().map(|l| &l.pack), &options)
            .map_err(|fault| failed(fault, &read))?;
    let (loaded, synced, has_trust) = in_step(pack, before.as_ref(), &target, &args, ctx)?;
    texts.insert(lock_below(&loaded, &target).to_owned(), written::text(&synced.lock));
    kinds.iter().for_each(|kind| texts.extend(emit::texts(kind, &loaded.pack)));
    let lock = lock_below(&loaded, &target);
    leaks::refuse(&texts, lock, &read, before.as_ref())?;
    let changed = match (args.dry_run, fresh) {
        (true, _) => target.changed(&texts)?.len(),
        (false, false) => place(&texts, &target)?,
        (false, true) => {
            let first = target.first(&texts, lock)?;
            match place(&texts, &target) {
                Ok(changed) => changed,
                Err(failed) => {
                    first.undo();
                    return Err(failed);
                }
            }
        }
    };
    drop(held);
    let page = Page {
        sources: &read,
        pack: &loaded.pack,
        scope: &scope,
        described,
        left_out: &left_out,
        kept,
        tally: &synced.tally,
        target: &target.shown,
        files: texts.len(),
        changed,
        fresh,
        dry_run: args.dry_run,
        has_trust,
        notes: &read.iter().flat_map(|one| one.notes()).chain(&notes).collect::<Vec<_>>(),
    };
    let text = page::render(&page, ctx);
    ctx.print(&text)?;
    if let Some(engine) = builder {
        let image = runtime::build(&engine, &loaded.pack, &target.dir)?;
        ctx.note(&format!("built {image}"));
    }
    if args.print_mcp_config {
        let snippet = config::plain(target.dir.clone(), ctx)?;
        ctx.print(&format!("\n{snippet}"))?;
    }
    // The process ends now: giving back all that was read and made, piece by piece, is work for nobody.
    let _ = ManuallyDrop::new((read, texts));
    match before {
        Some(before) => changes(before, loaded, &target, ctx)?,
        None => {
            let _ = ManuallyDrop::new(loaded);
        }
    }
    Ok(0)
}

/// Refuses a name that is none.
fn named(args: &Args) -> Result<(), Failed> {
    match &args.name {
        Some(name) if slug(name).as_deref() != Some(name.as_str()) => {
            Err(Failed::new("usage", name.clone(), "a name of a toolpack is a-z, 0-9 and -, at most 63")
                .hint(format!("--name {}", slug(name).unwrap_or_else(|| "shop".to_owned()))))
        }
        _ => Ok(()),
    }
}

/// The files beside: those that were asked for, and those that lie there already and would say what was.
fn kinds(args: &Args, target: &Target) -> Result<Vec<&'static emit::Kind>, Failed> {
    if let Some(other) = args.emit.iter().find(|id| !emit::KINDS.iter().any(|kind| kind.id == **id)) {
        let known = emit::KINDS.iter().map(|kind| kind.id);
        let failed = Failed::new("usage", other.clone(), "there is no such file to emit").meant(
            other,
            known,
            |near| format!("--emit {near}"),
        );
        return Err(emit::KINDS.iter().fold(failed, |failed, kind| failed.looked(kind.id, kind.about)));
    }
    let there = std::fs::read_dir(target.dir.join(emit::FOLDER)).into_iter().flatten().flatten();
    let there: Vec<String> = there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let asked = |kind: &&emit::Kind| {
        args.emit.iter().any(|id| id == kind.id) || there.iter().any(|name| name.starts_with(kind.prefix))
    };
    Ok(emit::KINDS.iter().filter(asked).collect())
}

/// What the engine is asked for.
fn options(
    args: &Args,
    hosts: Vec<String>,
    target: &Target,
    read: &[Read],
    ctx: &Ctx,
) -> Result<Options, Failed> {
    let folder = target.dir.file_name().and_then(|name| name.to_str()).and_then(slug);
    Ok(Options {
        dir: target.inside.clone(),
        name: args.name.clone(),
        default_name: folder.unwrap_or_else(|| sources::named_after(read)),
        toolpack_id: args.id.clone(),
        created_at: args.created_at,
        scope: scope_of(args, ctx)?,
        only: args.only.clone(),
        hosts,
        same: args.same.clone(),
        runtime: args.runtime.asked()?,
    })
}

/// The scope that was asked for.
///
/// # Errors
/// There is none of that name, or its file is none.
pub(in crate::cmd) fn scope_of(args: &Args, ctx: &Ctx) -> Result<Option<scope::Scope>, Failed> {
    if let Some(name) = &args.scope {
        let found = scope::preset(name).ok_or_else(|| {
            let known = scope::PRESETS.iter().map(|preset| preset.name);
            let failed = Failed::new("usage", name.clone(), "there is no scope of this name").meant(
                name,
                known,
                |near| format!("--scope {near}"),
            );
            let failed = scope::PRESETS.iter().fold(failed, |f, preset| f.looked(preset.name, preset.about));
            failed.hint("--scope-file FILE for rules of your own")
        })?;
        return Ok(Some(found));
    }
    let Some(path) = &args.scope_file else { return Ok(None) };
    let shown = path.display().to_string();
    let full = ctx.cwd.join(path);
    let bytes = crate::io::fs::read_bounded(&full, limits::SMALL)?.ok_or_else(|| {
        Failed::new("input", shown.clone(), "there is no such file").hint("--scope-file names a YAML file")
    })?;
    let node = bytes::described(&shown, &bytes, limits::SMALL)?;
    Ok(Some(scope::read(&shown, &node).map_err(bytes::shown(&bytes))?))
}

/// What the engine refuses, with what was read.
pub(in crate::cmd) fn failed(fault: Fault, read: &[Read]) -> Failed {
    let plain = match fault.file == NOTHING {
        true => {
            fault.hint.iter().fold(Failed::new("input", "", &fault.message), |failed, hint| failed.hint(hint))
        }
        false => Failed::from(fault),
    };
    read.iter().fold(plain, |failed, one| {
        failed.looked(one.name.clone(), format!("{}, {} operations", one.label(), one.operations()))
    })
}

/// The lockfile that fits what was made: new and changed tools pending, approvals that hold kept; and whether there is a
/// trust file.
fn in_step(
    pack: Toolpack,
    before: Option<&Loaded>,
    target: &Target,
    args: &Args,
    ctx: &mut Ctx,
) -> Result<(Loaded, Synced, bool), Failed> {
    let header_path = join(&target.inside, HEADER);
    let found = vec![Found { header: header_path.clone(), id: pack.header.toolpack_id.clone() }];
    let place = Place { repo: target.repo.clone(), tree: target.tree(), root: target.root.clone(), found };
    let desk = Desk::at(ctx, place, &args.trust)?;
    let lock_path = match before {
        Some(before) => before.lock_path.clone(),
        None => join(&target.inside, pack.header.lockfiles.first().map_or(lockfile::PATH, String::as_str)),
    };
    let lock = before.and_then(|before| before.lock.clone());
    let loaded = Loaded { pack, header_path, lock_path, lock };
    let now = ctx.now;
    let synced = desk.over(now, &loaded, loaded.lock.as_ref(), |scene, lock| {
        refuse_blind(&desk, lock)?;
        Ok(sync(scene, lock, Gone::Keep, now))
    })?;
    Ok((loaded, synced, desk.has_trust()))
}

/// Refuses a folder that has anything else than a toolpack that is made now, without one that lies there.
fn alone(
    target: &Target,
    read: &[Read],
    options: &Options,
    beside: &str,
    args: &Args,
    ctx: &mut Ctx,
) -> Result<(), Failed> {
    if !target.dir.exists() {
        return Ok(());
    }
    let Minted { pack, files: mut texts, .. } =
        mint(read.iter().map(Read::source).collect(), None, options).map_err(|fault| failed(fault, read))?;
    let (loaded, synced, _) = in_step(pack, None, target, args, ctx)?;
    let lock = lock_below(&loaded, target);
    texts.insert(lock.to_owned(), written::text(&synced.lock));
    target.has_only(&texts, &[lock, beside])
}

/// The path of the lockfile below the toolpack's folder.
fn lock_below<'l>(loaded: &'l Loaded, target: &Target) -> &'l str {
    loaded.lock_path.strip_prefix(&format!("{}/", target.inside)).unwrap_or(&loaded.lock_path)
}

/// Writes all files that changed, or none; gives how many.
fn place(texts: &BTreeMap<String, String>, target: &Target) -> Result<usize, Failed> {
    texts.keys().for_each(|path| sweep_staged(&target.dir, path));
    let changed = target.changed(texts)?;
    let count = changed.len();
    let mut staged = Vec::with_capacity(count);
    for (path, text) in changed {
        staged.push(stage_inside(&target.dir, path, text.as_bytes())?);
    }
    together::place(staged)
        .map_err(|unplaced| Failed::unplaced(unplaced, "some of its files are new and others are not"))?;
    Ok(count)
}

/// What the new state means for who approved the old one.
fn changes(before: Loaded, now: Loaded, target: &Target, ctx: &mut Ctx) -> Result<(), Failed> {
    let around = Around::beside(&target.tree(), &[&now.header_path])?;
    let name = before.pack.header.name.clone();
    let judged = compare(
        Some(before),
        now,
        &DiffContext { other_tool_names: &around.names(), now: Some(ctx.now), limits: None },
    )?;
    if !judged.changed {
        return Ok(());
    }
    let side = |text: &str| Side { kind: SourceKind::Folder, commit: None, name: text.to_owned() };
    let mut report = judge(Input {
        command: "diff",
        gate: &GateFile::default(),
        fail_on: FailOn::Never,
        min_risk: RiskTier::Safe,
        packs: vec![judged],
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: side(&format!("{name} as it was")),
        head: side("as it is made now"),
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });
    report.looked_at.extend(["tools", "policy", "toolsets", "hosts"].map(Phrase::say));
    report.not_looked_at.extend(around.not_looked_at());
    if let Some(format) = formats::find("terminal") {
        let text = (format.render)(&report, &style(ctx));
        ctx.print("\n")?;
        ctx.print(&text)?;
    }
    Ok(())
}
