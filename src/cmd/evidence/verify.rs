//! `cask evidence verify`: is a bundle what was written, and if not, where is it not first; with a trust, whose it is.

use std::path::PathBuf;

use serde_json::json;

use super::keep::signatures;
use crate::canon::Node;
use crate::cmd::anchor::{TRUST, keyring, pinned};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::check as gate_check;
use crate::cmd::options::TrustArgs;
use crate::cmd::packs;
use crate::evidence::line::{MAX_BUNDLE, named};
use crate::evidence::signature::SignatureFile;
use crate::evidence::{Checked, check};
use crate::io::fs;
use crate::model::trust::Trust;
use crate::rules::trust as rule;

/// How it can be told.
const FORMATS: [&str; 2] = ["terminal", "json"];

/// Check an evidence bundle
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The bundle
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = FORMATS, hide_possible_values = true)]
    format: String,
}

impl Args {
    /// Those of another command that checks a bundle.
    ///
    /// # Errors
    /// It can't be told in this format.
    pub fn of(file: PathBuf, trust: TrustArgs, format: Option<&str>) -> Result<Args, Failed> {
        let format = format.unwrap_or("terminal").to_owned();
        if !FORMATS.contains(&&*format) {
            return Err(Failed::new(
                "usage",
                "--format",
                format!("of a bundle there is {}", FORMATS.join(" or ")),
            ));
        }
        Ok(Args { file, trust, format })
    }
}

/// What a bundle comes to.
struct Told {
    /// The bundle, or where it is broken.
    bundle: Result<Checked, (Option<u64>, &'static str, String)>,
    /// Who vouches for it, or why nobody does; none where no trust was asked.
    by: Option<Result<Vec<String>, String>>,
    /// The signatures beside it.
    signatures: Option<SignatureFile>,
}

/// Runs the command.
///
/// # Errors
/// A file that can't be read, or a trust that can't judge.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let path = ctx.cwd.join(&args.file);
    let name = args.file.display().to_string();
    let bytes = fs::read_bounded(&path, MAX_BUNDLE)?.ok_or_else(|| {
        Failed::new("input", &name, "there is no such file").hint("name an evidence bundle: ev_….jsonl")
    })?;
    let signatures = signatures(&path)?;
    let asked = args.trust.trust.is_some() || args.trust.trust_ref.is_some() || args.trust.pin().is_some();
    let trust = asked.then(|| trust(&args.trust, ctx)).transpose()?;

    let told = judge(&bytes, &name, signatures, trust.as_ref(), ctx)?;

    let text = match args.format.as_str() {
        "json" => in_json(&name, &told),
        _ => in_words(&name, &told, ctx),
    };
    ctx.print(&text)?;
    Ok(if told.bundle.is_ok() && told.by.is_none_or(|by| by.is_ok()) { 0 } else { 2 })
}

/// The trust that tells whose it is, and by which it is signed: the one that is named, or in force where the command
/// runs.
///
/// # Errors
/// There is none, it can't judge, or it is not the one that is pinned.
pub fn trust(args: &TrustArgs, ctx: &mut Ctx) -> Result<Trust, Failed> {
    let place = packs::here(ctx)?;
    let of_check = gate_check::Args { trust: args.clone(), ..gate_check::Args::default() };
    let anchored = gate_check::judging(&place, &of_check, ctx)?.ok_or_else(|| {
        Failed::new("trust", TRUST, "there is no trust file, so nobody is known")
            .rule(rule::ROOT_MISSING)
            .hint("--trust FILE, with the trust file of those who sign")
    })?;
    pinned(anchored)
}

fn judge(
    bytes: &[u8],
    name: &str,
    signatures: Option<SignatureFile>,
    trust: Option<&Trust>,
    ctx: &Ctx,
) -> Result<Told, Failed> {
    let bundle = check(bytes).map_err(|broken| (Some(broken.line), broken.why.word(), broken.message));
    let bundle = bundle.and_then(|checked| {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        if named(base).is_some_and(|digest| digest != checked.digest) {
            return Err((None, "renamed", "its name is that of another bundle".to_owned()));
        }
        match &signatures {
            Some(file) if file.digest != checked.digest => Err((
                None,
                "foreign_signature",
                "what lies beside it was signed of another bundle".to_owned(),
            )),
            _ => Ok(checked),
        }
    });
    let by = match (trust, &bundle) {
        (Some(trust), Ok(checked)) => Some(match &signatures {
            Some(file) => file.vouched(&checked.digest, &keyring(trust)?, ctx.now),
            None => Err("nobody signed it".to_owned()),
        }),
        _ => None,
    };
    Ok(Told { bundle, by, signatures })
}

fn in_words(name: &str, told: &Told, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    let name = paint.text(name, 400);
    let checked = match &told.bundle {
        Ok(checked) => checked,
        Err((Some(line), why, message)) => return format!("broken ({why}): {name} line {line}: {message}\n"),
        Err((None, why, message)) => return format!("broken ({why}): {name}: {message}\n"),
    };
    let fact = |key: &str| paint.text(checked.head.get(key).and_then(Node::as_text).unwrap_or("?"), 100);
    let mut out = format!("whole: {} in {name}\n", many(checked.entries.len(), "entry", "entries"));
    out += &format!("of     cask {} {}: {}\n", fact("command"), fact("version"), fact("verdict"));
    out += &format!("digest {}\n", checked.digest);
    out += &match (&told.by, &told.signatures) {
        (Some(Ok(people)), _) => {
            let people: Vec<String> = people.iter().map(|id| paint.text(id, 130)).collect();
            format!("signed by {}\n", people.join(", "))
        }
        (Some(Err(why)), _) => {
            format!("not signed by anyone whom the trust file lists: {}\n", paint.text(why, 400))
        }
        (None, Some(file)) => {
            let beside = many(file.signatures.len(), "signature", "signatures");
            format!("{beside} beside it not checked: --trust FILE tells whose\n")
        }
        (None, None) => "signed by nobody\n".to_owned(),
    };
    out
}

fn many(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn in_json(name: &str, told: &Told) -> String {
    let (people, why) = match &told.by {
        Some(Ok(people)) => (json!(people), json!(null)),
        Some(Err(why)) => (json!([]), json!(why)),
        None => (json!(null), json!(null)),
    };
    let report = match &told.bundle {
        Ok(checked) => {
            let fact = |key: &str| checked.head.get(key).and_then(Node::as_text);
            json!({
                "schema": "cask.evidence-verify/1", "whole": true, "file": name, "digest": checked.digest,
                "entries": checked.entries.len(), "command": fact("command"), "version": fact("version"),
                "verdict": fact("verdict"), "signed_by": people, "not_signed": why,
                "signatures": told.signatures.as_ref().map_or(0, |file| file.signatures.len()),
            })
        }
        Err((line, why, message)) => json!({
            "schema": "cask.evidence-verify/1", "whole": false, "file": name,
            "broken": {"line": line, "why": why, "message": message},
        }),
    };
    format!("{report:#}\n")
}
