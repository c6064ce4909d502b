//! `cask drift`: how a surface differs from the one that was locked. Judges what is there, not who signed it.

use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::options::ReportArgs;
use super::sources;
use crate::drift::{self, Surface, SurfaceSource};
use crate::io::fs;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::baseline::Baseline;
use crate::model::bytes;
use crate::model::finding::Finding;
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::toolpack::{HEADER, join};
use crate::report::reference;

/// How a surface differs from the one that was locked
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// What was locked: a toolpack's folder, a toolpack.yaml, a baseline.json, or git:REF:PATH
    #[arg(long, value_name = "X", conflicts_with_all = ["baseline", "toolpack"])]
    pub from: Option<String>,
    /// What is there now: the same forms
    #[arg(long, value_name = "Y")]
    pub to: Option<String>,
    /// The baseline.json that was locked
    #[arg(long, value_name = "FILE", conflicts_with = "toolpack")]
    pub baseline: Option<String>,
    /// The toolpack whose baseline was locked
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<String>,
    /// How to report; `--format both --output DIR` writes drift.json and drift.md of the reference system
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The word for both reports of the reference system, in a folder.
const BOTH: &str = "both";

/// Runs the command.
///
/// # Errors
/// A side that is not named or cannot be read.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    let folder = reference_folder(&mut args)?;
    let named = [&args.from, &args.baseline, &args.toolpack].into_iter().find_map(Option::as_deref);
    let usage = |what: &str| {
        Failed::new("usage", "drift", format!("{what} is not named"))
            .hint("cask drift --toolpack toolpacks/shop --to new/baseline.json")
            .hint("cask drift --from git:main:toolpacks/shop --to toolpacks/shop")
    };
    let old = read(named.ok_or_else(|| usage("what was locked"))?, ctx)?;
    let new = read(args.to.as_deref().ok_or_else(|| usage("what is there now"))?, ctx)?;
    let (was, is) = (Surface::read(old.surface())?, Surface::read(new.surface())?);

    let changes = drift::run(&was, &is, Some(ctx.now));
    let (total, pack) = (was.operations.len() + was.served.len() + was.listed, summary(&old, &was, changes));
    let mut report = judge(Input {
        command: "drift",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on.unwrap_or(FailOn::Any),
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: vec![pack],
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: old.source.clone(),
        head: new.source.clone(),
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });

    report.looked_at.push(Phrase::say(match total {
        1 => "1 locked operation".to_owned(),
        n => format!("{n} locked operations"),
    }));
    report.not_looked_at.extend(
        ["approvals (cask gate check)", "policy and toolsets (cask diff)", "the live API"].map(Phrase::say),
    );
    if let Some(folder) = folder {
        let file = drift::reference::file(&was, &is, &report.findings, report.exit_code());
        let folder = ctx.cwd.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| {
            Failed::new("io", folder.display().to_string(), format!("the folder cannot be made: {e}"))
        })?;
        fs::write_atomic(&folder.join("drift.json"), reference::json(&file).as_bytes())?;
        fs::write_atomic(&folder.join("drift.md"), reference::markdown(&file).as_bytes())?;
    }
    deliver(&report, &args.report, ctx)
}

/// The folder for drift.json and drift.md of the reference system, where they are asked for; the report of ours
/// then goes to the terminal.
fn reference_folder(args: &mut Args) -> Result<Option<PathBuf>, Failed> {
    if args.report.format.as_deref() != Some(BOTH) {
        return Ok(None);
    }
    args.report.format = None;
    args.report.output.take().map(Some).ok_or_else(|| {
        Failed::new("usage", "drift", "--format both writes drift.json and drift.md, and no folder is named")
            .hint("--format both --output reports")
    })
}

/// One side, as it was named.
struct Side {
    source: Source,
    file: String,
    content: Content,
}

enum Content {
    Pack(Box<Loaded>),
    Baseline(Box<Baseline>),
}

impl Side {
    fn surface(&self) -> SurfaceSource<'_> {
        let (baseline, pack) = match &self.content {
            Content::Pack(loaded) => (&loaded.pack.baseline, Some(&loaded.pack)),
            Content::Baseline(baseline) => (&**baseline, None),
        };
        SurfaceSource { file: &self.file, baseline, pack }
    }
}

fn summary(old: &Side, was: &Surface, changes: Vec<Finding>) -> JudgedPack {
    let changed = !changes.is_empty();
    let base = JudgedPack { changed, changes, ..JudgedPack::default() };
    match &old.content {
        Content::Pack(loaded) => JudgedPack {
            id: loaded.pack.header.toolpack_id.clone(),
            name: loaded.pack.header.name.clone(),
            path: loaded.pack.dir.clone(),
            tools: loaded.pack.manifest.tools.len(),
            ..base
        },
        Content::Baseline(_) => JudgedPack {
            name: old.source.name.clone(),
            path: String::new(),
            tools: was.operations.len() + was.served.len(),
            ..base
        },
    }
}

/// Reads what a side names.
fn read(text: &str, ctx: &Ctx) -> Result<Side, Failed> {
    if let Some(rest) = text.strip_prefix("git:") {
        let (name, path) = rest.split_once(':').ok_or_else(|| {
            Failed::new("usage", text.to_owned(), "a side in git is git:REF:PATH")
                .hint("--from git:origin/main:toolpacks/shop")
        })?;
        let repo = Repo::discover(&ctx.cwd)?
            .ok_or_else(|| Failed::new("git", text.to_owned(), "this is not a git repository"))?;
        let commit = repo.resolve(name)?;
        let tree = Tree::git(&repo, &commit);
        return in_tree(&tree, path.trim_end_matches('/'), sources::commit(name, &commit));
    }
    let path = ctx.cwd.join(text);
    let missing = || {
        Failed::new("input", text.to_owned(), "there is no such file or folder")
            .hint("name a toolpack's folder, its toolpack.yaml, a baseline.json, or git:REF:PATH")
    };
    let (dir, inside) = match path.is_dir() {
        true => (path.as_path(), ""),
        false => (
            path.parent().unwrap_or(Path::new("")),
            path.file_name().and_then(|n| n.to_str()).ok_or_else(missing)?,
        ),
    };
    if !path.exists() {
        return Err(missing());
    }
    let kind = if inside.is_empty() { SourceKind::Folder } else { SourceKind::File };
    let source = Source { kind, commit: None, name: text.to_owned() };
    let mut side = in_tree(&Tree::folder(dir.to_owned()), inside, source)?;
    side.file = shown(text, inside, &side.file);
    Ok(side)
}

/// A file of a side, as the reader can open it from where the command ran.
fn shown(text: &str, inside: &str, file: &str) -> String {
    let folder = text.trim_end_matches('/').strip_suffix(inside).unwrap_or(text).trim_end_matches('/');
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// A toolpack's folder, its header, or a baseline alone.
fn in_tree(tree: &Tree, path: &str, source: Source) -> Result<Side, Failed> {
    let is_header = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    let header = if is_header(path) { path.to_owned() } else { join(path, HEADER) };
    if is_header(path) || tree.read(&header, limits::SMALL)?.is_some() {
        let loaded = load::toolpack(tree, &header)?;
        let file = loaded.pack.path(&loaded.pack.header.baseline);
        return Ok(Side { source, file, content: Content::Pack(Box::new(loaded)) });
    }
    let file = if path.ends_with(".json") { path.to_owned() } else { join(path, "baseline.json") };
    let bytes = tree.read(&file, limits::BASELINE)?.ok_or_else(|| {
        Failed::new("input", source.name.clone(), "there is neither a toolpack nor a baseline.json")
            .hint("name a toolpack's folder, its toolpack.yaml, a baseline.json, or git:REF:PATH")
    })?;
    let baseline =
        Baseline::read(&file, bytes::json(&file, &bytes, limits::BASELINE)?).map_err(bytes::shown(&bytes))?;
    Ok(Side { source, file, content: Content::Baseline(Box::new(baseline)) })
}
