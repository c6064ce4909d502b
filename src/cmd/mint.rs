//! `cask mint`: a toolpack of what describes an API or a server, new or made anew. Approves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use super::deliver::style;
use super::described::Described;
use super::diff::compare;
use super::failed::{Failed, Outcome};
use super::gate::desk::Desk;
use super::gate::sync::refuse_blind;
use super::mint_page::{self, Page};
use super::options::TrustArgs;
use super::packs::Place;
use crate::canon::Fault;
use crate::canon::text::slug;
use crate::canon::time::Timestamp;
use crate::compare::hosts;
use crate::diff::check::DiffContext;
use crate::gate::discovery::Found;
use crate::gate::sync::{Gone, Synced, sync};
use crate::gate::written;
use crate::io::fs::{slashed, stage_inside};
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::lock::Lock;
use crate::io::together;
use crate::io::tree::Tree;
use crate::judge::{Input, judge};
use crate::mint::{Minted, NOTHING, Options, Source, emit, mint, scope};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::lockfile;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source as Side, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::schema_version::Generation;
use crate::model::toolpack::{HEADER, is_plain_path, join};
use crate::model::{bytes, limits};
use crate::report::formats;

/// Make a toolpack of what describes an API or a server
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Descriptions: OpenAPI (2.0 to 3.2), or the tools/list answer of an MCP server
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,
    /// Host whose operations are taken in (repeatable, also between commas; default: all that are described)
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
    /// Refuse sources of another kind: openapi or mcp-list (default: told by their content)
    #[arg(long, value_name = "KIND")]
    pub input_format: Option<String>,
    /// Files beside the toolpack's own, which repeat what it says (between commas)
    #[arg(long, value_name = "KIND", value_delimiter = ',', help = emits())]
    pub emit: Vec<String>,
    /// Say what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which trust judges the approvals that there are
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    pub deterministic: bool,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    pub volatile_metadata: bool,
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
    let mut read = sources(&args, ctx)?;
    let hosts = hosts_of(&args, &mut read)?;
    let target = Target::of(&args, &read, ctx)?;
    let options = options(&args, hosts, &target, &read, ctx)?;
    let kinds = kinds(&args, &target)?;
    let fresh = !target.dir.join(HEADER).exists();
    // What is there is held from before it is read until all is written.
    let held = if fresh || args.dry_run { None } else { Some(target.hold()?) };
    let before = target.load()?;
    let minted = mint(read.iter().map(Read::source).collect(), before.as_ref().map(|l| &l.pack), &options)
        .map_err(|fault| failed(fault, &read))?;
    let held = match (held, args.dry_run) {
        (None, false) => Some(target.first(&minted)?),
        (held, _) => held,
    };
    let (loaded, synced) = in_step(&minted, before.as_ref(), &target, &args, ctx)?;
    let mut texts = texts(&minted, &loaded, &synced, &target);
    kinds.iter().for_each(|kind| texts.extend(emit::texts(kind, &minted.pack)));
    let changed = if args.dry_run { target.changed(&texts)?.len() } else { place(&texts, &target)? };
    drop(held);
    let page = Page {
        sources: &read.iter().map(Read::told).collect::<Vec<_>>(),
        minted: &minted,
        tally: &synced.tally,
        target: &target.shown,
        files: texts.len(),
        changed,
        fresh,
        dry_run: args.dry_run,
        notes: &read
            .iter()
            .flat_map(|one| &one.described.sourced.notes)
            .chain(&minted.notes)
            .collect::<Vec<_>>(),
    };
    let text = mint_page::render(&page, ctx);
    ctx.print(&text)?;
    if let Some(before) = before {
        changes(before, loaded, ctx)?;
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
        let failed = Failed::new("usage", other.clone(), "there is no such file to emit");
        return Err(emit::KINDS.iter().fold(failed, |failed, kind| failed.looked(kind.id, kind.about)));
    }
    let there = std::fs::read_dir(target.dir.join(emit::FOLDER)).into_iter().flatten().flatten();
    let there: Vec<String> = there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let asked = |kind: &&emit::Kind| {
        args.emit.iter().any(|id| id == kind.id) || there.iter().any(|name| name.starts_with(kind.prefix))
    };
    Ok(emit::KINDS.iter().filter(asked).collect())
}

/// A source that was read.
struct Read {
    name: String,
    described: Described,
}

impl Read {
    fn source(&self) -> Source {
        Source {
            kind: self.described.kind.id.to_owned(),
            name: self.name.clone(),
            complete: true,
            digest: self.described.digest(),
            baseline: self.described.sourced.baseline.clone(),
        }
    }

    fn told(&self) -> (String, &'static str) {
        (self.name.clone(), self.described.kind.label)
    }
}

/// Reads what the command is given, one beside the other.
fn sources(args: &Args, ctx: &Ctx) -> Result<Vec<Read>, Failed> {
    use rayon::prelude::*;
    let mut seen = BTreeSet::new();
    for text in &args.sources {
        if text.contains("://") {
            return Err(Failed::new("input", text.clone(), "recording in a browser is not built yet").hint(
                "name a description of the API instead: an OpenAPI file, or the listing of an MCP server",
            ));
        }
        if !seen.insert(ctx.cwd.join(text)) {
            return Err(Failed::new("usage", text.clone(), "the source is named twice").hint("name it once"));
        }
    }
    let (cwd, asked) = (ctx.cwd.as_path(), args.input_format.as_ref());
    let one = |text: &String| -> Result<Read, Failed> {
        let described = Described::of_file(text, cwd)?;
        if let Some(kind) = asked.filter(|kind| *kind != described.kind.id) {
            let is = format!("it is a description of another kind: {}", described.kind.id);
            return Err(Failed::new("input", text.clone(), is).looked("asked for", kind.clone()));
        }
        let name = Path::new(text).file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Read { name: name.unwrap_or_else(|| text.clone()), described })
    };
    args.sources.par_iter().map(one).collect()
}

/// Where the toolpack lies, or will lie.
struct Target {
    dir: PathBuf,
    /// As the user can type it.
    shown: String,
    /// Its path from the root of what is judged.
    inside: String,
    root: PathBuf,
    repo: Option<Repo>,
}

impl Target {
    fn of(args: &Args, read: &[Read], ctx: &Ctx) -> Result<Target, Failed> {
        let default =
            || PathBuf::from("toolpacks").join(args.name.clone().unwrap_or_else(|| named_after(read)));
        let output = args.output.clone().unwrap_or_else(default);
        let output = match output.file_name().is_some_and(|name| name == HEADER) {
            true => output.parent().map_or_else(PathBuf::new, Path::to_owned),
            false => output,
        };
        let shown = output.display().to_string();
        let shown = if shown.is_empty() { ".".to_owned() } else { shown };
        let full = ctx.cwd.join(&output);
        if full.exists() && !full.is_dir() {
            return Err(Failed::new("input", shown, "it is no folder")
                .hint("--output names the folder of a toolpack"));
        }
        // The part of the way that is there can be followed; the rest is made.
        let (mut there, mut rest) = (full.clone(), Vec::new());
        while !there.exists() {
            let Some(name) = there.file_name().map(|name| name.to_owned()) else { break };
            rest.push(name);
            there.pop();
        }
        let there = there.canonicalize().map_err(|e| Failed::new("io", shown.clone(), e.to_string()))?;
        let dir = rest.iter().rev().fold(there.clone(), |dir, name| dir.join(name));
        let repo = Repo::discover(&there)?.filter(|repo| !repo.is_bare());
        let root = match &repo {
            Some(repo) => repo.root().canonicalize().unwrap_or_else(|_| repo.root().to_owned()),
            None => dir.clone(),
        };
        let inside = dir.strip_prefix(&root).ok().and_then(slashed);
        let inside = inside.filter(|path| path.is_empty() || is_plain_path(path)).ok_or_else(|| {
            Failed::new("input", shown.clone(), "its path has characters that not every machine reads alike")
                .hint("folders of toolpacks are named with A-Z a-z 0-9 . _ -")
        })?;
        Ok(Target { dir, shown, inside, root, repo })
    }

    /// The toolpack that lies there, if one does.
    fn load(&self) -> Result<Option<Loaded>, Failed> {
        if !self.dir.join(HEADER).exists() {
            return Ok(None);
        }
        let header = join(&self.inside, HEADER);
        let loaded = load::toolpack(&self.tree(), &header).map_err(|f| Failed::from(f).about(&self.shown))?;
        match loaded.pack.header.generation {
            Generation::V2 => Ok(Some(loaded)),
            Generation::V1 => {
                Err(Failed::new("input", self.shown.clone(), "the toolpack that lies there is of version 1")
                    .hint(format!("cask migrate --toolpack {}, then mint again", self.shown)))
            }
        }
    }

    fn tree(&self) -> Tree {
        match &self.repo {
            Some(repo) => Tree::worktree(repo),
            None => Tree::folder(self.root.clone()),
        }
    }

    /// Holds the lockfile of the toolpack that lies there.
    fn hold(&self) -> Result<Lock, Failed> {
        let header = join(&self.inside, HEADER);
        let lock = load::lock_path(&self.tree(), &header).map_err(|f| Failed::from(f).about(&self.shown))?;
        Ok(Lock::exclusive(&self.root.join(lock))?)
    }

    /// Makes the folder of a new toolpack and holds it.
    fn first(&self, minted: &Minted) -> Result<Lock, Failed> {
        let lock = minted.pack.header.lockfiles.first().map_or(lockfile::PATH, String::as_str);
        let held = Lock::exclusive(&self.dir.join(lock))?;
        match self.dir.join(HEADER).exists() {
            true => Err(Failed::new("input", self.shown.clone(), "a toolpack came there meanwhile")
                .hint("run the command again")),
            false => Ok(held),
        }
    }

    /// The files that are not there with the same bytes.
    fn changed<'t>(&self, texts: &'t BTreeMap<String, String>) -> Result<Vec<(&'t str, &'t str)>, Failed> {
        let tree = Tree::folder(self.dir.clone());
        let mut changed = Vec::new();
        for (path, text) in texts {
            if tree.read(path, limits::BASELINE)?.as_deref() != Some(text.as_bytes()) {
                changed.push((path.as_str(), text.as_str()));
            }
        }
        // Last what speaks of the others: the header, and then the lockfile.
        let rank = |path: &str| match path {
            HEADER => 1,
            _ if path.ends_with(lockfile::NAME) => 2,
            _ => 0,
        };
        changed.sort_by_key(|(path, _)| rank(path));
        Ok(changed)
    }
}

/// The name of a toolpack that nobody named: the host's or the server's own word.
fn named_after(read: &[Read]) -> String {
    let raw = read.first().map(|one| &one.described.sourced.baseline.raw);
    let operation = raw.and_then(|raw| raw.get("operations")?.members().first());
    let host = operation.and_then(|(key, _)| key.split('/').next());
    let host = host.map(|host| host.split(':').next().unwrap_or(host));
    let owner =
        host.map(|host| hosts::registrable(host).unwrap_or(host)).and_then(|host| host.split('.').next());
    let server = raw.and_then(|raw| raw.get("mcp")?.members().first()).map(|(name, _)| name.as_str());
    owner.or(server).and_then(slug).unwrap_or_else(|| "toolpack".to_owned())
}

/// The hosts that were asked for; sources that name none are about the one.
fn hosts_of(args: &Args, read: &mut [Read]) -> Result<Vec<String>, Failed> {
    let mut allowed = Vec::new();
    for text in &args.allowed_hosts {
        let host = hosts::parse(text.trim()).map_err(|why| {
            Failed::new("usage", text.clone(), why).hint("--allowed-hosts api.shop.example")
        })?;
        allowed.push(host.to_string());
    }
    for one in read.iter_mut().filter(|one| one.described.sourced.hostless) {
        match allowed.as_slice() {
            [host] if !host.contains('*') => one.described.about(host.trim_start_matches("http://"))?,
            _ => {
                return Err(Failed::new(
                    "input",
                    one.name.clone(),
                    "it names no host that its operations are on",
                )
                .hint("--allowed-hosts HOST, the one host that it is about")
                .hint("or add the server to it: `servers` (2.0: `host`)"));
            }
        }
    }
    Ok(allowed)
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
        default_name: folder.unwrap_or_else(|| named_after(read)),
        toolpack_id: args.id.clone(),
        created_at: args.created_at,
        scope: scope_of(args, ctx)?,
        hosts,
        same: args.same.clone(),
    })
}

fn scope_of(args: &Args, ctx: &Ctx) -> Result<Option<scope::Scope>, Failed> {
    if let Some(name) = &args.scope {
        let found = scope::preset(name).ok_or_else(|| {
            let failed = Failed::new("usage", name.clone(), "there is no scope of this name");
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
fn failed(fault: Fault, read: &[Read]) -> Failed {
    let plain = match fault.file == NOTHING {
        true => {
            fault.hint.iter().fold(Failed::new("input", "", &fault.message), |failed, hint| failed.hint(hint))
        }
        false => Failed::from(fault),
    };
    read.iter().fold(plain, |failed, one| {
        let raw = &one.described.sourced.baseline.raw;
        let count = raw.get("operations").map_or(0, |operations| operations.members().len());
        failed.looked(one.name.clone(), format!("{}, {count} operations", one.described.kind.label))
    })
}

/// The lockfile that fits what was made: new and changed tools pending, approvals that hold kept.
fn in_step(
    minted: &Minted,
    before: Option<&Loaded>,
    target: &Target,
    args: &Args,
    ctx: &mut Ctx,
) -> Result<(Loaded, Synced), Failed> {
    let header_path = join(&target.inside, HEADER);
    let found = vec![Found { header: header_path.clone(), id: minted.pack.header.toolpack_id.clone() }];
    let place = Place { repo: target.repo.clone(), tree: target.tree(), root: target.root.clone(), found };
    let desk = Desk::at(ctx, place, &args.trust)?;
    let lock_path = match before {
        Some(before) => before.lock_path.clone(),
        None => {
            join(&target.inside, minted.pack.header.lockfiles.first().map_or(lockfile::PATH, String::as_str))
        }
    };
    let lock = before.and_then(|before| before.lock.clone());
    let loaded = Loaded { pack: minted.pack.clone(), header_path, lock_path, lock };
    let now = ctx.now;
    let synced = desk.over(now, &loaded, loaded.lock.as_ref(), |scene, lock| {
        refuse_blind(&desk, lock)?;
        Ok(sync(scene, lock, Gone::Keep, now))
    })?;
    Ok((loaded, synced))
}

/// Every file, by path below the toolpack's folder.
fn texts(minted: &Minted, loaded: &Loaded, synced: &Synced, target: &Target) -> BTreeMap<String, String> {
    let mut texts = minted.files.clone();
    let inside = format!("{}/", target.inside);
    let lock = loaded.lock_path.strip_prefix(&inside).unwrap_or(&loaded.lock_path);
    texts.insert(lock.to_owned(), written::text(&synced.lock));
    texts
}

/// Writes all files that changed, or none; gives how many.
fn place(texts: &BTreeMap<String, String>, target: &Target) -> Result<usize, Failed> {
    let changed = target.changed(texts)?;
    let count = changed.len();
    let mut staged = Vec::with_capacity(count);
    for (path, text) in changed {
        staged.push(stage_inside(&target.dir, path, text.as_bytes())?);
    }
    together::place(staged).map_err(|unplaced| {
        let failed = Failed::from(unplaced.fault);
        match unplaced.mixed.is_empty() {
            true => failed.why("every file stands as it was before"),
            false => unplaced
                .mixed
                .iter()
                .fold(failed, |failed, path| failed.looked("not put back", path.display().to_string()))
                .hint("`git checkout` the toolpack: some of its files are new and others are not"),
        }
    })?;
    Ok(count)
}

/// What the new state means for who approved the old one.
fn changes(before: Loaded, now: Loaded, ctx: &mut Ctx) -> Result<(), Failed> {
    let name = before.pack.header.name.clone();
    let judged =
        compare(Some(before), now, &DiffContext { other_tool_names: &[], now: Some(ctx.now), limits: None })?;
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
    if let Some(format) = formats::find("terminal") {
        let text = (format.render)(&report, &style(ctx));
        ctx.print("\n")?;
        ctx.print(&text)?;
    }
    Ok(())
}
