//! `cask propose publish`: candidates that pass the gates as a whole toolpack, made by the stages of `cask mint`, which
//! says too what of it is approved. Nothing that lies in its folder is taken over but what was signed.
//!
//! The file that people read decides nothing: the candidates are made anew of the capture, and a file that says otherwise
//! is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::drafted::{Given, ScopeArgs};
use super::told;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::mint;
use crate::cmd::options::TrustArgs;
use crate::io::fs::{read_bounded, write_inside};
use crate::mint::scope::preset;
use crate::model::at::At;
use crate::model::risk::RiskTier;
use crate::model::{bytes, limits};
use crate::propose::files::{PROPOSALS, VERSION, texts};
use crate::propose::gates::{Filters, Selection, folder, select};
use crate::propose::{Drafted, Proposal};

/// Where the bundles lie below the state folder.
const FOLDER: &str = "published";
/// What says in a bundle which candidates it has and which it has not.
const REPORT: &str = "publish_report.json";
/// The command that makes the files.
const DRAFT: &str = "cask propose from-capture";

/// Options of `propose publish`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What cask propose from-capture wrote: the folder, or tools.proposed.yaml in it
    #[arg(value_name = "DIR")]
    input: PathBuf,
    /// Folder in which the folder of the toolpack is made (default: published in the state folder)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Name of the toolpack: a-z, 0-9 and - (default: that of its folder)
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// How sure it must be what a tool is: from 0 to 1
    #[arg(long, value_name = "N", value_parser = percent, default_value = "0.75")]
    min_confidence: u8,
    /// How grave a tool may be: safe, low, medium, high or critical
    #[arg(long, value_name = "TIER", default_value_t = RiskTier::High)]
    max_risk: RiskTier,
    /// Take in too what a person has to look at first
    #[arg(long)]
    include_review_required: bool,
    /// A candidate that you have looked at: take it in although somebody has to (repeatable)
    #[arg(long, value_name = "ID")]
    reviewed: Vec<String>,
    /// These candidates alone (repeatable)
    #[arg(long, value_name = "ID")]
    proposal_id: Vec<String>,
    /// Where the capture lies, if it is not among those that are stored
    #[arg(long, value_name = "CAPTURE")]
    capture: Option<PathBuf>,
    /// Scope file, where the candidates were drafted with one
    #[arg(long, value_name = "FILE")]
    scope_file: Option<PathBuf>,
    /// Has no effect: the lockfile of the toolpack is always in step
    #[arg(long)]
    sync_lockfile: bool,
    #[command(flatten)]
    trust: TrustArgs,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    deterministic: bool,
    /// Has no effect: output is always deterministic
    #[arg(long, hide = true)]
    volatile_metadata: bool,
}

/// A confidence from 0 to 1 as percent.
fn percent(text: &str) -> Result<u8, String> {
    let none = || "expected a number from 0 to 1, as 0.75".to_owned();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 2 {
        return Err(none());
    }
    let whole: u8 = whole.parse().map_err(|_| none())?;
    let rest: u8 = format!("{rest:0<2}").parse().map_err(|_| none())?;
    whole.checked_mul(100).and_then(|n| n.checked_add(rest)).filter(|n| *n <= 100).ok_or_else(none)
}

/// Runs the command.
///
/// # Errors
/// The file is not what the capture gives, an id that no candidate has, or the toolpack can't be made.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let file = file(&args.input, ctx)?;
    let read = Read::of(&file, ctx)?;
    let scope = scope(&read, &file, args.scope_file.clone())?;
    let capture = args.capture.clone().unwrap_or_else(|| PathBuf::from(&read.capture_id));
    let given = Given::of(&capture, &scope, &format!("{DRAFT} ID, then publish what it wrote"), ctx)?;
    let drafted = given.drafted()?;
    in_step(&read, &file, &given, &drafted)?;

    let filters = Filters {
        only: args.proposal_id.iter().cloned().collect(),
        min_confidence: args.min_confidence,
        max_risk: args.max_risk,
        include_review_required: args.include_review_required,
        reviewed: args.reviewed.iter().cloned().collect(),
    };
    let selection = select(&drafted.proposals, &filters).map_err(|unknown| {
        Failed::new("usage", "", format!("no candidate has the id {}", unknown.join(", ")))
            .looked("in", file.display().to_string())
    })?;
    if selection.selected.is_empty() {
        let text = told::selection(ctx.paint(), &selection);
        ctx.print(&format!("No proposals passed publish filters.\n{text}"))?;
        ctx.note(
            "--reviewed ID takes in what you have looked at; --min-confidence and --max-risk set the gates",
        );
        return Ok(1);
    }

    let name = folder(&given.capture_id, &given.scope, &selection, &filters);
    let place = args.output.clone().unwrap_or_else(|| ctx.global.root.join(FOLDER)).join(name);
    let only: BTreeSet<String> = selection.selected.iter().map(|one| one.tool.id.clone()).collect();
    let minted = mint::Args {
        sources: vec![given.source.clone()],
        scope: scope.scope,
        scope_file: scope.scope_file,
        output: Some(place.clone()),
        name: args.name.clone(),
        only: Some(only),
        basis: Some(given.basis().clone()),
        alone: Some(REPORT),
        trust: args.trust.clone(),
        ..mint::Args::default()
    };
    mint::run(minted, ctx)?;
    let report = format!("{:#}\n", report(&given, &selection, &filters));
    write_inside(&ctx.cwd.join(&place), REPORT, report.as_bytes())?;
    let shown = ctx.paint().text(&place.display().to_string(), 400);
    let text = told::selection(ctx.paint(), &selection);
    ctx.print(&format!("\nPublished toolpack: {shown}\n{text}"))?;
    Ok(0)
}

/// What the file says of where it comes from.
struct Read {
    text: Vec<u8>,
    capture_id: String,
    scope: String,
}

impl Read {
    fn of(file: &Path, ctx: &Ctx) -> Result<Read, Failed> {
        let name = file.display().to_string();
        let text = read_bounded(&ctx.cwd.join(file), limits::TOOLS)?.ok_or_else(|| {
            Failed::new("input", name.clone(), "there is no such file").hint(format!("{DRAFT} ID"))
        })?;
        let node = bytes::described(&name, &text, limits::TOOLS)?;
        let root = At::root(&name, &node);
        root.map()?;
        let version = root.text_of("version")?;
        if version != VERSION {
            return Err(root.fault_at("version", format!("unknown version {version:?}")).into());
        }
        let (capture_id, scope) = (root.text_of("capture_id")?, root.text_of("scope")?);
        // It names a folder.
        if capture_id.is_empty() || capture_id.starts_with('.') || capture_id.contains(['/', '\\']) {
            return Err(root.fault_at("capture_id", "it is no id of a capture").into());
        }
        Ok(Read { capture_id: capture_id.to_owned(), scope: scope.to_owned(), text })
    }
}

fn file(input: &Path, ctx: &Ctx) -> Result<PathBuf, Failed> {
    if ctx.cwd.join(input).is_dir() {
        return Ok(input.join(PROPOSALS));
    }
    match input.file_name().is_some_and(|name| name == PROPOSALS) {
        true => Ok(input.to_owned()),
        false => Err(Failed::new("usage", input.display().to_string(), format!("it is no {PROPOSALS}"))
            .hint(format!("name what {DRAFT} wrote: its folder, or {PROPOSALS} in it"))),
    }
}

fn scope(read: &Read, file: &Path, scope_file: Option<PathBuf>) -> Result<ScopeArgs, Failed> {
    match (&scope_file, preset(&read.scope)) {
        (Some(_), _) => Ok(ScopeArgs { scope: None, scope_file }),
        (None, Some(_)) => Ok(ScopeArgs { scope: Some(read.scope.clone()), scope_file: None }),
        (None, None) => {
            Err(Failed::new("input", file.display().to_string(), "it was drafted with a scope file")
                .looked("its name", read.scope.clone())
                .hint("name that file again: --scope-file FILE"))
        }
    }
}

/// Refuses a file that is not what the capture gives.
fn in_step(read: &Read, file: &Path, given: &Given, drafted: &Drafted) -> Result<(), Failed> {
    let texts = texts(drafted, given.origin());
    if texts.get(PROPOSALS).is_some_and(|text| text.as_bytes() == read.text) {
        return Ok(());
    }
    Err(Failed::new("input", file.display().to_string(), "it is not what its capture gives now")
        .why("it was edited, or the capture, the scope, config.yaml or this program is another one")
        .hint(format!("{DRAFT} {}, and read what changed", given.source))
        .hint("which candidates are published is said by options: --proposal-id ID, --reviewed ID"))
}

fn report(given: &Given, selection: &Selection, filters: &Filters) -> serde_json::Value {
    let one = |proposal: &Proposal| {
        json!({
            "proposal_id": proposal.id,
            "tool_id": proposal.tool.id,
            "name": proposal.tool.name,
            "confidence": proposal.confidence,
            "risk_tier": proposal.tier.word(),
            "requires_review": proposal.requires_review,
        })
    };
    let excluded = selection.excluded.iter().map(|excluded| {
        let mut row = one(excluded.proposal);
        row["reasons"] = json!(excluded.reasons);
        row
    });
    json!({
        "version": VERSION,
        "generated_at": given.origin().last,
        "source": {"capture_id": given.capture_id, "scope": given.scope, "proposals": PROPOSALS},
        "filters": {
            "min_confidence": filters.min_confidence,
            "max_risk": filters.max_risk.word(),
            "include_review_required": filters.include_review_required,
            "proposal_ids": filters.only,
            "reviewed": filters.reviewed,
        },
        "counts": {"selected": selection.selected.len(), "excluded": selection.excluded.len()},
        "selected": selection.selected.iter().map(|proposal| one(proposal)).collect::<Vec<_>>(),
        "excluded": excluded.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_help_says_is_what_the_engine_takes_for_sure() {
        use clap::{Args as _, FromArgMatches as _};
        let command = Args::augment_args(clap::Command::new("publish"));
        let args = Args::from_arg_matches(&command.get_matches_from(["publish", "dir"])).unwrap();
        assert_eq!(args.min_confidence, crate::propose::gates::MIN_CONFIDENCE);
    }

    #[test]
    fn a_confidence_is_a_number_from_0_to_1() {
        for (text, value) in [("0", 0), ("1", 100), ("0.7", 70), ("0.75", 75), ("1.00", 100), ("0.05", 5)] {
            assert_eq!(percent(text), Ok(value), "{text}");
        }
        for text in ["", ".5", "75", "1.01", "-0.5", "0.755", "NaN", "1e0", "0,5", "2.0", "99999999999"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
