//! `cask bundle verify`: is a bundle what was packed, and does the gate let it pass by a trust that comes from outside.
//! All in memory: nothing is unpacked to disk.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::contents::Contents;
use super::generated::{whole, with_trust};
use super::pack::judged;
use crate::bundle::manifest::{self, FILE, Files, Manifest};
use crate::cmd::anchor::{Anchored, GATE, TRUST, read_trust};
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::check::{self, in_force};
use crate::cmd::options::TrustArgs;
use crate::cmd::packs::{Place, identify};
use crate::gate::discovery::Found;
use crate::io::archive::{self, Unfit};
use crate::io::tree::Tree;
use crate::io::{fs, load};
use crate::model::report::Report;
use crate::model::verdict::Verdict;
use crate::report::style::Style;
use crate::report::{json as report_json, terminal};
use crate::rules::trust as rule;

/// Check a bundle
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The bundle
    #[arg(value_name = "FILE.zip")]
    file: PathBuf,
    /// Trust file to judge with
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Version of the trust file that is in the bundle
    #[arg(long, value_name = "sha256:HEX", env = "CASK_TRUST_PIN")]
    trust_pin: Option<String>,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// A bundle that is whole.
struct Whole {
    files: Files,
    /// Those of its toolpack, read.
    contents: Contents,
    manifest: Manifest,
    found: Found,
    /// The root of its trust file.
    root: String,
}

/// Why a bundle is not: which file, and what is wrong.
type Broken = (String, String);

/// Runs the command.
///
/// # Errors
/// It can't be read, or there is no trust to judge it by.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let name = args.file.display().to_string();
    let bytes = fs::read_bounded(&ctx.cwd.join(&args.file), archive::MAX)?.ok_or_else(|| {
        Failed::new("input", &name, "there is no such file").hint("name what cask bundle wrote")
    })?;

    let bundle = match open(&bytes, &name)? {
        Ok(bundle) => bundle,
        Err(broken) => {
            ctx.print(&told_broken(&args, &name, &broken, ctx))?;
            return Ok(2);
        }
    };
    let anchored = trust(&args, &bundle, ctx)?;
    // Whoever unpacks it would be asked to accept a root that nobody vouched for here.
    if bundle.root != anchored.trust.root() {
        let broken = (TRUST.to_owned(), "it is of another root than the trust that judges".to_owned());
        ctx.print(&told_broken(&args, &name, &broken, ctx))?;
        return Ok(2);
    }
    let report = judged(&bundle.files, &bundle.contents, &bundle.found, &anchored, ctx.now)?;

    let text = told(&args, &name, &bundle, &report, ctx)?;
    ctx.print(&text)?;
    Ok(report.exit_code())
}

/// The files of a bundle: those that were packed, and no others.
fn open(bytes: &[u8], name: &str) -> Result<Result<Whole, Broken>, Failed> {
    let files = match archive::unpack(bytes) {
        Ok(files) => files,
        Err(Unfit::Foreign { name, why }) => return Ok(Err((name, why.to_owned()))),
        Err(unfit @ Unfit::Unreadable) => {
            return Err(Failed::new("input", name, unfit.to_string()).hint("ask for the bundle again"));
        }
    };
    let manifest = match manifest::check(&files) {
        Ok(manifest) => manifest,
        Err(broken) => return Ok(Err((broken.path, broken.message.to_owned()))),
    };
    let tree = Tree::memory(files.clone());
    let headers = load::headers(&tree)?;
    let [header] = headers.as_slice() else {
        return Ok(Err((
            FILE.to_owned(),
            format!("there are {} toolpacks in it, and not one", headers.len()),
        )));
    };
    let found = identify(&tree, header.clone())?;
    let contents = Contents::of(&tree, header)?;
    // What is made of them is made anew: it stands under nobody's signature.
    let Some(trust) = read_trust(&tree)? else {
        return Ok(Err((TRUST.to_owned(), "it is missing".to_owned())));
    };
    let gate = load::gate_config(&tree, GATE)?;
    let made = with_trust(&contents, &trust.raw, gate.as_ref().map(|gate| &gate.raw))?;
    let verdict = [Verdict::Pass, Verdict::Review, Verdict::Breaking]
        .into_iter()
        .find(|verdict| verdict.word() == manifest.verdict);
    let Some(verdict) = verdict else {
        return Ok(Err((FILE.to_owned(), "it tells of no verdict that a gate gives".to_owned())));
    };
    let (made, _) = whole(&contents.side.loaded.pack, verdict, made);
    // The manifest last: of another file it would only say so too.
    let last = FILE.to_owned();
    let all = files.keys().chain(made.keys()).filter(|path| *path != FILE).chain([&last]);
    if let Some(path) = all.into_iter().find(|path| files.get(*path) != made.get(*path)) {
        let why = match (files.get(path), made.get(path)) {
            (Some(_), None) => "the toolpack does not name it: no bundle of it has such a file",
            _ => "it is not what is made of the toolpack",
        };
        return Ok(Err((path.clone(), why.to_owned())));
    }
    Ok(Ok(Whole { root: trust.root().to_owned(), files, contents, manifest, found }))
}

/// The trust that judges. It comes from outside; what is in the bundle only counts where the pin is its digest, or where
/// this machine knows its root.
fn trust(args: &Args, bundle: &Whole, ctx: &mut Ctx) -> Result<Anchored, Failed> {
    let none = || {
        Failed::new("trust", "the approvals", "nothing from outside of the bundle says whose approvals count")
            .rule(rule::ROOT_MISSING)
            .hint("--trust FILE, with the trust file of its owners")
            .hint("--trust-pin sha256:…, with its digest")
    };
    // Outside of CI this machine may know the root.
    if args.trust.is_none() && args.trust_pin.is_none() && ctx.in_ci() {
        return Err(none());
    }
    let place = Place {
        repo: None,
        tree: Tree::memory(bundle.files.clone()),
        root: PathBuf::new(),
        found: vec![bundle.found.clone()],
    };
    let trust = TrustArgs {
        trust: args.trust.clone(),
        trust_ref: None,
        trust_pin: args.trust_pin.clone(),
        looks_only: true,
    };
    let of_check = check::Args { trust, ..check::Args::default() };
    in_force(&place, &of_check, ctx)?.ok_or_else(none)
}

fn told_broken(args: &Args, name: &str, (path, message): &Broken, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    match args.format.as_str() {
        "json" => {
            let report = json!({
                "schema": "cask.bundle-verify/1", "whole": false, "file": name, "exit_code": 2,
                "broken": {"path": path, "message": message},
            });
            format!("{report:#}\n")
        }
        _ if path.is_empty() => format!("broken: {}: {message}\n", paint.text(name, 400)),
        _ => format!("broken: {}: {}: {message}\n", paint.text(name, 400), paint.text(path, 400)),
    }
}

fn told(args: &Args, name: &str, bundle: &Whole, report: &Report, ctx: &Ctx) -> Result<String, Failed> {
    let (files, digest) = (bundle.files.len(), bundle.manifest.digest());
    if args.format == "json" {
        let text = report_json::render(report, &Style::default());
        let report: Value = serde_json::from_str(&text)
            .map_err(|e| Failed::new("io", "the report", format!("it can't be written: {e}")))?;
        let code = report["exit_code"].clone();
        let told = json!({
            "schema": "cask.bundle-verify/1", "whole": true, "file": name, "digest": digest, "files": files,
            "toolpack_id": bundle.manifest.toolpack_id, "exit_code": code, "report": report,
        });
        return Ok(format!("{told:#}\n"));
    }
    let name = ctx.paint().text(name, 400);
    let whole = format!("whole: {files} files in {name}\ndigest {digest}\n\n");
    Ok(whole + &terminal::render(report, &style(ctx)))
}
