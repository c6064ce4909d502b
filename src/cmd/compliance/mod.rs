//! `cask compliance report`: what can be shown of a toolpack, with the evidence, and what can't. Nothing is judged anew
//! that another command judges: the verifier, lint, the policy and the chain of records are asked.

mod calls;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use super::anchor::{Anchored, keyring as keys_of};
use super::around::Around;
use super::ctx::Ctx;
use super::deliver::style;
use super::failed::{Failed, Outcome};
use super::history::{reports, trail};
use super::linted;
use super::options::TrustArgs;
use super::packs::unnamed;
use super::serving::load::{found, place};
use super::serving::what::WhatArgs;
use crate::canon::digest::sha256_hex;
use crate::canon::time::Timestamp;
use crate::comply;
use crate::comply::input::{Input, Reports};
use crate::gate::sides::max_age_days;
use crate::gate::subjects::Subjects;
use crate::io::fs;
use crate::io::load::{self, Loaded};
use crate::judge::hide;
use crate::model::compliance::facts::{ReportFile, TrustFile};
use crate::model::gate_config::MAX_EXEMPTION_DAYS;
use crate::model::lockfile::AnyLockfile;
use crate::model::report::SourceKind;
use crate::report::compliance::{find, ids};
use crate::report::style::Style;
use crate::sign::ground::{Base, Ground, SignatureIndex};
use crate::sign::keyring::Keyring;

/// Report what can be shown of a toolpack
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    pub toolpack: Option<PathBuf>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Audit trail of the servers (default: state/audit/runtime.jsonl below the state folder, if it is there)
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
    /// Folder with JSON reports of drift and verification (default: reports below the state folder, if it is there)
    #[arg(long, value_name = "DIR")]
    pub reports: Option<PathBuf>,
    /// Judge as of a time (2026-12-01T00:00:00Z), and say so (default: now, which is not written down)
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
    /// terminal, json, markdown, github-md or html
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = PossibleValuesParser::new(ids()), hide_possible_values = true)]
    pub format: String,
    /// Write the report there
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// The toolpack, the trust, the trail or a report can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    if args.toolpack.is_none() {
        return Err(unnamed("no toolpack is named", ctx));
    }
    ctx.now = args.at.unwrap_or(ctx.now);
    // A report changes nothing: no root is taken into those that this machine knows.
    let trust = TrustArgs { looks_only: true, ..args.trust.clone() };
    let what = WhatArgs { toolpack: args.toolpack.clone(), trust, ..WhatArgs::default() };
    let place = place(&what, ctx)?;
    // SHA-256 of each file of the toolpack, of the very bytes that are judged: what `sha256sum` says of it.
    let mut digests = BTreeMap::new();
    let mut seen = |path: &str, bytes: &[u8]| {
        digests.insert(path.to_owned(), format!("sha256:{}", sha256_hex(bytes)));
    };
    let (loaded, subjects) =
        load::toolpack_seen(&place.tree, &place.found[0].header, &mut seen, Subjects::of)?;
    let anchored = found(&place, &what, ctx)?;
    let lock = loaded.lock.as_ref().and_then(AnyLockfile::v2);
    let trail = trail::read(args.audit_log.as_deref(), lock.map(|lock| lock.digest()).as_deref(), ctx)?;
    let (id, mut kept) = (&loaded.pack.header.toolpack_id, Vec::new());
    let folder = reports::in_folder(args.reports.as_deref(), id, ctx, &mut |report| {
        kept.push(ReportFile::of(&report))
    })?;
    let subjects = subjects?;
    let around = Around::beside(&place.tree, &[&loaded.header_path])?;
    let lint = linted::of_pack(&loaded.pack, &around.names(), ctx.now)?;
    let mut elsewhere = SignatureIndex::default();
    lock.into_iter().for_each(|lock| elsewhere.add(lock));
    let keyring = anchored.as_ref().map(|anchored| keys_of(&anchored.trust)).transpose()?;
    let ground = anchored.as_ref().zip(keyring.as_ref());
    let ground = ground.map(|(anchored, keyring)| ground_of(&loaded, anchored, keyring, &elsewhere, ctx.now));

    let mut report = comply::report(&Input {
        pack: &loaded.pack,
        surface: &subjects.surface,
        tools: &subjects.tools,
        lock_path: &loaded.lock_path,
        lock: loaded.lock.as_ref(),
        ground: ground.as_ref(),
        trust: anchored.as_ref().map(trust_file),
        calls: &calls::of(&loaded.pack, &subjects),
        lint: &lint,
        trail: trail.as_ref(),
        kept: folder.as_ref().map(|found| Reports {
            folder: &found.folder,
            reports: &kept,
            passed_over: found.passed_over,
        }),
        digests: &digests,
        at: args.at,
        tool_version: env!("CARGO_PKG_VERSION"),
    });

    if !around.unread.is_empty() {
        report
            .not_looked_at
            .push("whether texts speak of tools of other toolpacks: one of those can't be read");
    }
    hide::in_compliance(&mut report);
    let format =
        find(&args.format).ok_or_else(|| Failed::new("usage", "--format", "there is no such format"))?;
    match args.output.as_deref().filter(|path| path.as_os_str() != "-") {
        None => ctx.print(&(format.render)(&report, &style(ctx)))?,
        Some(path) => {
            let text = (format.render)(&report, &Style::default());
            fs::write_atomic(&ctx.cwd.join(path), text.as_bytes())?;
            ctx.note(&format!(
                "compliance report written to {}",
                ctx.paint().text(&path.display().to_string(), 400)
            ));
        }
    }
    let is_broken = report.audit_trail.facts.chain.as_ref().is_some_and(|chain| !chain.whole);
    Ok(if is_broken { 2 } else { 0 })
}

/// What signatures are judged on: as a server judges them, which has no base to ask.
fn ground_of<'a>(
    loaded: &'a Loaded,
    anchored: &Anchored,
    keyring: &'a Keyring<'a>,
    elsewhere: &'a SignatureIndex,
    now: Timestamp,
) -> Ground<'a> {
    let gate = anchored.gate.as_ref().map(|gate| gate.file.clone()).unwrap_or_default();
    let exemptions = &gate.exemptions;
    Ground {
        keyring,
        toolpack_id: &loaded.pack.header.toolpack_id,
        toolpack_dir: &loaded.pack.dir,
        now,
        author: None,
        base: Base::NotAsked,
        max_age_days: max_age_days(&anchored.trust.file.rules, &gate),
        max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        elsewhere,
    }
}

fn trust_file(anchored: &Anchored) -> TrustFile {
    let source = &anchored.source;
    let name = match source.kind {
        SourceKind::Worktree => "work tree",
        _ => &source.name,
    };
    TrustFile {
        source: name.to_owned(),
        commit: source.commit.clone(),
        version: anchored.trust.file.version,
        digest: anchored.trust.digest.clone(),
        anchored: anchored.anchored,
    }
}
