//! `cask diff`: what changed between two toolpacks, and what it means. Judges changes, not approvals.

use std::path::PathBuf;

use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::judging::moved;
use super::options::{PackArgs, ReportArgs, usual_fail_on};
use super::packs::{self, Place};
use super::sources;
use crate::canon::Fault;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::gate::subjects::Subjects;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::bytes;
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::limits;
use crate::model::lockfile::AnyLockfile;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::schema_version::Generation;
use crate::model::toolpack::{HEADER, join};

/// What changed, and what it means
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Which toolpack
    #[command(flatten)]
    pub packs: PackArgs,
    /// What to compare with: a folder, a toolpack.yaml, a snapshot, or git:REF:PATH
    #[arg(long, visible_alias = "baseline", value_name = "X", conflicts_with = "base_ref")]
    pub base: Option<String>,
    /// Branch, tag or commit to compare with, at the same path
    #[arg(long, value_name = "REF")]
    pub base_ref: Option<String>,
    /// Fail like --fail-on any
    #[arg(long)]
    pub exit_code: bool,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Runs the command.
///
/// # Errors
/// A side that cannot be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let place = packs::find(&args.packs, ctx)?;
    let mut judged = Vec::new();
    let mut base_source = Source::none();
    let mut missing = Vec::new();
    let heads: Vec<Loaded> = place
        .found
        .iter()
        .map(|found| load::toolpack(&place.tree, &found.header))
        .collect::<Result<_, Fault>>()?;
    let names: Vec<Vec<String>> =
        heads.iter().map(|h| h.pack.manifest.tools.iter().map(|t| t.name.clone()).collect()).collect();
    for (at, head) in heads.into_iter().enumerate() {
        let (base, source) = base_of(&args, &place, &head, ctx)?;
        if base.is_none() {
            missing.push(head.header_path.clone());
        }
        base_source = source;
        // A text may speak of a tool of another toolpack: then it steers what is none of its business.
        let others = names.iter().enumerate().filter(|(n, _)| *n != at);
        let others: Vec<&str> = others.flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
        judged.push(compare(
            base,
            head,
            &DiffContext { other_tool_names: &others, now: Some(ctx.now), limits: None },
        )?);
    }
    let fail_on = match args.exit_code {
        true => FailOn::Any,
        false => args.report.fail_on(None, usual_fail_on("diff")),
    };
    let mut report = judge(Input {
        command: "diff",
        gate: &GateFile::default(),
        fail_on,
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: judged,
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: base_source,
        head: sources::work_tree(place.repo.is_some()),
        publication: Publication { reader: place.here(&ctx.cwd), ..Publication::default() },
        now: ctx.now,
        base_name: None,
    });
    report.looked_at.extend(["tools", "policy", "toolsets", "hosts"].map(Phrase::say));
    report.not_looked_at.extend(["approvals (cask gate check)", "the live API"].map(Phrase::say));
    for header in missing {
        report
            .notes
            .push(Phrase::quote(header).and_say(": the base has no such toolpack, so everything is new"));
    }
    deliver(&report, &args.report, ctx)
}

/// What the toolpack is compared with: `--base`, else `--base-ref`, else where the branch left the default
/// branch, else the approved snapshot, else nothing.
fn base_of(args: &Args, place: &Place, head: &Loaded, ctx: &Ctx) -> Result<(Option<Loaded>, Source), Failed> {
    if let Some(text) = &args.base {
        return named(text, place, ctx);
    }
    let at = |repo: &Repo, name: &str, commit| -> Result<(Option<Loaded>, Source), Failed> {
        let tree = Tree::git(repo, &commit);
        let there = same_toolpack(&tree, head)?;
        Ok((there, sources::commit(name, &commit)))
    };
    match (&args.base_ref, &place.repo) {
        (Some(name), Some(repo)) => {
            let tip = repo.resolve(name)?;
            let commit = match repo.head()? {
                Some(head) => repo.merge_base(&tip, &head)?.unwrap_or(tip),
                None => tip,
            };
            at(repo, name, commit)
        }
        (Some(name), None) => {
            Err(Failed::new("git", name.clone(), "the toolpack is not in a git repository")
                .hint("--base <folder>"))
        }
        (None, Some(repo)) => match (repo.default_branch()?, repo.head()?) {
            (Some(branch), Some(head)) => {
                let commit = repo.merge_base(&branch.tip, &head)?.unwrap_or(branch.tip);
                at(repo, &branch.refname, commit)
            }
            (None, Some(head)) => at(repo, "HEAD", head),
            (_, None) => snapshot(place, head),
        },
        (None, None) => snapshot(place, head),
    }
}

/// The toolpack of another tree with the same id, wherever it lies; else the one at the same path.
fn same_toolpack(tree: &Tree, head: &Loaded) -> Result<Option<Loaded>, Failed> {
    let headers = load::headers(tree)?;
    let same_place = headers.iter().find(|h| **h == head.header_path);
    let wanted = &head.pack.header.toolpack_id;
    let path = match same_place {
        Some(path) => Some(path),
        None => headers.iter().find(|h| load::toolpack_id(tree, h).is_ok_and(|id| id == *wanted)),
    };
    Ok(path.map(|path| load::toolpack(tree, path)).transpose()?)
}

/// The approved snapshot that the lockfile names.
fn snapshot(place: &Place, head: &Loaded) -> Result<(Option<Loaded>, Source), Failed> {
    let named = match &head.lock {
        Some(AnyLockfile::V2(lock, _)) => lock.snapshot.as_ref(),
        Some(AnyLockfile::V1(lock)) => lock.snapshot.as_ref(),
        None => None,
    };
    let Some(named) = named else { return Ok((None, Source::none())) };
    let source = Source { kind: SourceKind::Snapshot, commit: None, name: named.dir.clone() };
    Ok((load::from_snapshot(&place.tree, head, &join(&head.pack.dir, &named.dir))?, source))
}

/// What `--base` names.
fn named(text: &str, place: &Place, ctx: &Ctx) -> Result<(Option<Loaded>, Source), Failed> {
    if let Some(rest) = text.strip_prefix("git:") {
        let (name, path) = rest.split_once(':').ok_or_else(|| {
            Failed::new("usage", text.to_owned(), "a base in git is git:REF:PATH")
                .hint("--base git:origin/main:toolpacks/shop")
        })?;
        let repo = place
            .repo
            .as_ref()
            .ok_or_else(|| Failed::new("git", text.to_owned(), "this is not a git repository"))?;
        let commit = repo.resolve(name)?;
        let path = path.trim_end_matches('/');
        let header = if path.ends_with(".yaml") || path.ends_with(".yml") {
            path.to_owned()
        } else {
            join(path, HEADER)
        };
        return Ok((
            Some(load::toolpack(&Tree::git(repo, &commit), &header)?),
            sources::commit(name, &commit),
        ));
    }
    let path = ctx.cwd.join(text);
    let (dir, header) = match path.is_dir() {
        true => (path.clone(), HEADER.to_owned()),
        false => (
            path.parent().map_or_else(PathBuf::new, |p| p.to_owned()),
            path.file_name().map_or_else(|| HEADER.to_owned(), |n| n.to_string_lossy().into_owned()),
        ),
    };
    if path.is_file() && header != HEADER && is_description(&dir, &header) {
        return Err(Failed::new(
            "usage",
            text.to_owned(),
            "it describes an API, and diff compares toolpacks",
        )
        .hint(format!("cask drift --toolpack <toolpack> --to {text}")));
    }
    let tree = Tree::folder(dir.clone());
    if header != HEADER && !header.ends_with(".yml") || !dir.join(&header).exists() {
        return from_artifacts(text, &dir, place, ctx);
    }
    let source = Source { kind: SourceKind::Folder, commit: None, name: text.to_owned() };
    Ok((Some(load::toolpack(&tree, &header)?), source))
}

/// Whether a file is no toolpack but the description of something that tools can call.
fn is_description(dir: &std::path::Path, file: &str) -> bool {
    let Ok(Some(bytes)) = Tree::folder(dir.to_owned()).read(file, limits::BASELINE) else { return false };
    let read = bytes::described(file, &bytes, limits::BASELINE);
    read.is_ok_and(|document| crate::source::find(&document).is_some())
}

/// A folder of artifacts without a toolpack.yaml: a snapshot.
fn from_artifacts(
    text: &str,
    dir: &std::path::Path,
    place: &Place,
    _ctx: &Ctx,
) -> Result<(Option<Loaded>, Source), Failed> {
    let missing = || {
        Failed::new("input", text.to_owned(), "there is neither a toolpack nor a snapshot")
            .hint("--base takes a toolpack's folder, its toolpack.yaml, a snapshot's folder, or git:REF:PATH")
    };
    let found = place.found.first().ok_or_else(missing)?;
    let head = load::toolpack(&place.tree, &found.header)?;
    let loaded = load::from_snapshot(&Tree::folder(dir.to_owned()), &head, "")?;
    let source = Source { kind: SourceKind::Snapshot, commit: None, name: text.to_owned() };
    Ok((Some(loaded.ok_or_else(missing)?), source))
}

/// What changed between two states of a toolpack, as the judge wants it; `others` are the names of the tools of
/// other toolpacks. A base of generation 1 is read as what `cask migrate` would make of it.
///
/// # Errors
/// A side whose subjects can't be made.
pub fn compare(base: Option<Loaded>, head: Loaded, ctx: &DiffContext) -> Result<JudgedPack, Failed> {
    let base = match base {
        Some(base)
            if base.pack.header.generation == Generation::V1
                && head.pack.header.generation == Generation::V2 =>
        {
            Some(crate::migrate::toolpack(&base.pack, base.lock.as_ref())?.pack)
        }
        other => other.map(|b| b.pack),
    };
    let before = base.as_ref().map(Subjects::of).transpose()?;
    let after = Subjects::of(&head.pack)?;
    let pair = Pair::new(base.as_ref(), Some(&head.pack))?;
    let changes = diff::run(&pair, ctx);
    let moved = moved(&pair, before.as_ref(), &after);
    Ok(JudgedPack {
        id: head.pack.header.toolpack_id.clone(),
        name: head.pack.header.name.clone(),
        path: head.pack.dir.clone(),
        tools: head.pack.manifest.tools.len(),
        changed: !changes.is_empty() || moved.2 > 0,
        // Nobody is asked here whether a change was approved.
        changes: changes.into_iter().map(|f| f.covered_by(crate::model::finding::Covers::Nothing)).collect(),
        moved,
        ..JudgedPack::default()
    })
}
