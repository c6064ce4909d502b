//! `cask demo`: from recorded calls to signed tools, an attack on them and what the gate says to it, on real files in
//! a real repository.
//!
//! Every step runs the real command and compares its exit code and its findings with what was foretold: the
//! demo fails if the gate does. Offline, with a fixed key and a fixed clock: the same bytes on each run.

mod page;
mod shop;
mod stage;
mod told;

use std::path::{Path, PathBuf};

use crate::canon::Node;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::{ci, gate, key, mint, trust};
use crate::gate::subjects::Subjects;
use crate::io::load;
use crate::io::tree::Tree;
use crate::model::lockfile::{AnyLockfile, Status};
use crate::model::risk::RiskTier;
use page::Page;
use stage::{Person, Stage};
use told::{Foretold, Told};

/// The demo's clock.
const NOW: &str = "2026-12-01T09:00:00Z";
/// The folder of `--keep`.
const KEPT: &str = "cask-demo";
/// The branch of the pull request.
const BRANCH: &str = "in-stock";

/// An approved tool was changed: its host, and what it tells the model.
const CHANGED: &[&str] = &["host.registrable-domain-changed", "text.secrecy"];
/// By a pull request that is not signed.
const UNSIGNED: Foretold =
    Foretold { code: 2, subjects: &[(shop::TOOL, &[CHANGED[0], CHANGED[1], "gate.definition-mismatch"])] };
/// By one that is signed with a key that it brings along.
const SELF_SIGNED: Foretold = Foretold {
    code: 2,
    subjects: &[
        (shop::TOOL, &[CHANGED[0], CHANGED[1], "sig.unknown-key"]),
        ("trust.yaml", &["trust.rotation-unsigned"]),
    ],
};
/// Nothing is left of it.
const UNDONE: Foretold = Foretold { code: 0, subjects: &[] };

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the repository and the reports in ./cask-demo
    #[arg(long)]
    keep: bool,
    /// Keep them there; a folder that is new or empty
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Plays the six steps. Exit 2 if the gate does not block what it must.
///
/// # Errors
/// git is missing, a folder can't be written, or the folder to keep things in holds something.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let scratch = tempfile::Builder::new()
        .prefix("cask-demo-")
        .tempdir()
        .map_err(|e| Failed::new("io", "the scratch folder", format!("it can't be made: {e}")))?;
    let kept = args.out.or_else(|| args.keep.then(|| PathBuf::from(KEPT)));
    let folder = match &kept {
        Some(name) => empty(&ctx.cwd.join(name), name)?,
        None => make(&scratch.path().join("kept"))?,
    };
    let homes = make(&scratch.path().join("homes"))?;
    play(ctx, &folder, &homes, kept.as_deref()).map_err(Failed::plainly)
}

fn play(ctx: &mut Ctx, folder: &Path, homes: &Path, kept: Option<&Path>) -> Outcome {
    let root = make(&folder.join("repository"))?;
    let stage = Stage::new(&root, homes, NOW.parse().unwrap_or(ctx.now)).inspect_err(|_| {
        // Without git it is still empty, and the next run with --keep finds nothing in its way.
        let _ = std::fs::remove_dir(&root);
    })?;
    let page = Page { paint: ctx.paint() };
    let owner = stage.person("demo-owner", 1);

    for (name, text) in shop::FILES {
        stage.write(name, text)?;
    }
    ctx.print(page::OPENING)?;
    let (calls, tools) = minted(&stage, &owner)?;
    let says = format!("{calls} recorded calls become {} tools, each with a risk", tools.len());
    ctx.print(&(page.step(1, "mint", &says) + &page.tiers(&tools)))?;

    ctx.print(&page.step(2, "approve", "a person signs each tool with a key; the lockfile keeps that"))?;
    approve(&stage, &owner)?;
    ctx.print(&page.signed(signed(&stage)?, tools.len(), owner.name))?;

    ctx.print(&page.step(3, "attack", "a pull request changes two lines of an approved tool"))?;
    attack(&stage)?;
    ctx.print(&page.attack())?;

    ctx.print(&page.step(4, "gate", "cask ci, as it runs on the pull request"))?;
    let told = judged(&stage, &owner, folder)?;
    if let Some(why) = told.differs(&UNSIGNED) {
        return failed(ctx, &page, &why);
    }
    let missing = told.subjects.iter().filter(|s| s.is_missing).count();
    let changes: String = told.subjects.iter().map(|s| page.changes(s)).collect();
    let says = match missing {
        1 => "blocked: 1 change has no valid approval".to_owned(),
        n => format!("blocked: {n} changes have no valid approval"),
    };
    ctx.print(&(page.subjects(&told) + &changes + &page.verdict(&says, told.code)))?;

    ctx.print(&page.step(5, "again", "the attacker adds a key of their own, then signs with it"))?;
    self_sign(&stage)?;
    let told = judged(&stage, &owner, &folder.join("again"))?;
    if let Some(why) = told.differs(&SELF_SIGNED) {
        return failed(ctx, &page, &why);
    }
    let says = "blocked: who may sign is read from the base branch";
    ctx.print(&(page.subjects(&told) + &page.verdict(says, told.code)))?;

    ctx.print(&page.step(6, "undo", "the three files go back to what was signed"))?;
    stage.repo.restore("main", &[".caskmcp", shop::DIR])?;
    stage.repo.commit("Take the tool as it was signed")?;
    let told = judged(&stage, &owner, &folder.join("undone"))?;
    if let Some(why) = told.differs(&UNDONE) {
        return failed(ctx, &page, &why);
    }
    let says = format!("passed: {} tools, all approved", told.tools);
    ctx.print(&page.verdict(&says, told.code))?;

    ctx.print("\nA tool is what was signed, or it does not pass. Nothing left this machine.\n")?;
    let look = match kept {
        Some(name) => {
            let name = ctx.paint().text(&name.display().to_string(), 200);
            page.end("look", &format!("{name}/comment.md, the comment that the pull request would get"))
                + &page.end("serve", &format!("cask run --toolpack {name}/{}", shop::DIR))
        }
        None => page.end("look", "cask demo --keep, for the repository and the comment"),
    };
    ctx.print(&(look + &page.end("your own", "cask init")))?;
    Ok(0)
}

/// Makes the toolpack of the recording. How many calls it came of, and its tools by name, each with the tier that the
/// rules compute.
fn minted(stage: &Stage, owner: &Person) -> Result<(i64, Vec<(RiskTier, String)>), Failed> {
    let recording = stage.beside(shop::RECORDING, shop::CALLS)?;
    stage.cask(owner, mint::run, &[&recording, "--allowed-hosts", shop::HOST, "--output", shop::DIR])?;
    stage.repo.commit("Make tools of the shop's API")?;
    let loaded = load::toolpack(&Tree::folder(stage.root().to_owned()), shop::HEADER)?;
    let subjects = Subjects::of(&loaded.pack)?;
    let tier = |id: &str, own| subjects.tools.get(id).map_or(own, |subject| subject.tier);
    let tools = loaded.pack.manifest.tools.iter().map(|tool| (tier(&tool.id, tool.tier), tool.name.clone()));
    let operations = loaded.pack.baseline.raw.get("operations").map(Node::members).unwrap_or_default();
    let count = |operation: &Node| operation.at("/observed/count").and_then(Node::as_int);
    let calls = operations.iter().filter_map(|(_, operation)| count(operation)).sum();
    let mut tools: Vec<(RiskTier, String)> = tools.collect();
    tools.sort_by(|a, b| a.1.cmp(&b.1));
    Ok((calls, tools))
}

/// Makes a key and a trust file, signs every tool, and merges that.
fn approve(stage: &Stage, owner: &Person) -> Result<(), Failed> {
    stage.cask(owner, key::new, &["--no-passphrase"])?;
    stage.cask(owner, trust::init, &["--id", owner.name])?;
    stage.cask(owner, gate::allow::run, &["--all", "--yes"])?;
    Ok(stage.repo.commit("Approve the shop's tools")?)
}

/// Changes an approved tool, under a title that speaks of something else.
fn attack(stage: &Stage) -> Result<(), Failed> {
    let bundled = |text: Option<String>| {
        text.ok_or_else(|| Failed::new("input", "", "the bundled files are not as they were"))
    };
    stage.repo.branch(BRANCH)?;
    stage.write(shop::README, &bundled(shop::explained(&stage.read(shop::README)?))?)?;
    stage.write(shop::TOOLS, &bundled(shop::attacked(&stage.read(shop::TOOLS)?))?)?;
    Ok(stage.repo.commit(shop::MESSAGE)?)
}

/// Adds a key to the trust file, signs that with the same key, and then the tool.
fn self_sign(stage: &Stage) -> Result<(), Failed> {
    let attacker = stage.person("attacker", 2);
    stage.cask(&attacker, key::new, &["--no-passphrase"])?;
    let public = stage.public_key(&attacker);
    stage.cask(&attacker, trust::add, &[attacker.name, "--key", &public, "--role", "owner,approver"])?;
    stage.cask(&attacker, trust::sign, &["--yes"])?;
    stage.cask(&attacker, gate::allow::run, &[shop::TOOL, "--yes", "--trust", crate::cmd::anchor::TRUST])?;
    Ok(stage.repo.commit("Sign the tool")?)
}

/// Runs `cask ci` on the branch; its report and comment go into a folder.
fn judged(stage: &Stage, who: &Person, folder: &Path) -> Result<Told, Failed> {
    let name = folder.to_str().ok_or_else(|| Failed::new("io", "the folder", "its name is not UTF-8"))?;
    let code = stage.cask(who, ci::run, &["--base-ref", "main", "--output", name])?;
    let report = crate::io::fs::read_inside(folder, "report.json", 16 << 20)?.unwrap_or_default();
    Ok(Told::read(code, &report)?)
}

fn failed(ctx: &mut Ctx, page: &Page, why: &str) -> Outcome {
    ctx.print(&page.failed(why))?;
    Ok(2)
}

/// How many tools the lockfile says are approved.
fn signed(stage: &Stage) -> Result<usize, Failed> {
    let loaded = load::toolpack(&Tree::folder(stage.root().to_owned()), shop::HEADER)?;
    let lock = loaded.lock.as_ref().and_then(AnyLockfile::v2);
    Ok(lock.map_or(0, |lock| lock.tools.values().filter(|e| e.status == Status::Approved).count()))
}

fn make(path: &Path) -> Result<PathBuf, Failed> {
    std::fs::create_dir(path).map_err(|e| {
        Failed::new("io", path.display().to_string(), format!("the folder can't be made: {e}"))
    })?;
    Ok(path.to_owned())
}

/// A folder that is new, or there and empty: what a person has there stays.
fn empty(path: &Path, name: &Path) -> Result<PathBuf, Failed> {
    match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(path.to_owned()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => make(path),
        Ok(false) => Err(Failed::new(
            "input",
            name.display().to_string(),
            "the folder is not empty; nothing was written",
        )
        .hint("--out DIR, for another folder")),
        Err(e) => Err(Failed::new("io", name.display().to_string(), format!("it can't be used: {e}"))),
    }
    .map_err(Failed::plainly)
}
