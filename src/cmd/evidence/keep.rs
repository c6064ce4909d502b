//! `--evidence DIR`: the judgement that a command made, kept as a bundle that is named by its content; signed with
//! `--sign`.

use std::path::{Path, PathBuf};

use super::of_report;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::{Fault, Node, digest};
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::deliver;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::options::ReportArgs;
use crate::cmd::packs::Place;
use crate::cmd::signing::{SigningArgs, choose, consent};
use crate::evidence::signature::{EXTENSION, EvidenceSignature, MANY, MAX, SCHEMA, SignatureFile};
use crate::evidence::{Entry, check, line, write};
use crate::io::lock::update_locked;
use crate::io::{Failure, fs, load};
use crate::model::limits;
use crate::model::report::Report;
use crate::model::trust::Trust;
use crate::sign::envelope::Purpose;

/// Options of commands whose judgement can be kept.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct EvidenceArgs {
    /// Keep what was judged, and what it came to, as an evidence bundle in this folder
    #[arg(long, value_name = "DIR", help_heading = "Evidence")]
    pub evidence: Option<PathBuf>,
    /// Sign the bundle, in a file beside it: it approves nothing
    #[arg(long, requires = "evidence", help_heading = "Evidence")]
    pub sign: bool,
    /// How it is signed
    #[command(flatten)]
    pub signing: SigningArgs,
}

impl EvidenceArgs {
    /// Whether a bundle is asked for, of a judgement that is reported so.
    ///
    /// # Errors
    /// It is said how to sign, and not that anything is to be signed; or the judgement is narrowed, and who checks the
    /// bundle would take it for one of the whole.
    pub fn asked(&self, report: &ReportArgs) -> Result<bool, Failed> {
        if self.evidence.is_some() && report.min_risk.is_some() {
            return Err(Failed::new(
                "usage",
                "--evidence",
                "evidence is of a whole judgement, and --min-risk narrows it",
            )
            .hint("leave --min-risk away"));
        }
        let SigningArgs { key, yes, in_ci } = &self.signing;
        if !self.sign && (key.is_some() || *yes || *in_ci) {
            return Err(Failed::new(
                "usage",
                "",
                "nothing is signed, so --key, --yes and --in-ci mean nothing",
            )
            .hint("--evidence DIR --sign"));
        }
        Ok(self.evidence.is_some())
    }
}

/// What a judgement is about: the bytes of every file of some toolpacks and of their snapshots, by their hashes.
///
/// # Errors
/// A file that can't be read.
pub fn inputs(place: &Place) -> Result<Vec<Entry>, Failed> {
    let mut entries = Vec::new();
    for found in &place.found {
        let header = load::header(&place.tree, &found.header)?;
        let frozen = load::frozen_at(&place.tree, &found.header, &header)?;
        let paths = load::looked_at(&found.header, &header).into_iter().chain(frozen);
        let wanted: Vec<(String, usize)> = paths.map(|path| (path, limits::BASELINE)).collect();
        for ((path, _), bytes) in wanted.iter().zip(place.tree.read_many(&wanted)) {
            let Some(bytes) = bytes? else { continue };
            entries.push(Entry {
                kind: "input",
                data: Node::map([
                    ("toolpack", Node::text(found.id.as_str())),
                    ("path", Node::text(path.as_str())),
                    ("bytes", Node::int(bytes.len() as u64)),
                    ("sha256", Node::text(digest::sha256_hex(&bytes))),
                ]),
            });
        }
    }
    Ok(entries)
}

/// Shows a judgement and keeps it. A person reads what it came to before it is signed, and though it can't be; a program
/// gets one report, so that of one that could not be kept stands in its place. `trust` is asked for where it is to be
/// signed: whose keys there are.
///
/// # Errors
/// It can't be shown, signed or written.
pub fn deliver_kept(
    report: &Report,
    inputs: Vec<Entry>,
    args: &EvidenceArgs,
    to: &ReportArgs,
    trust: impl FnOnce(&mut Ctx) -> Result<Trust, Failed>,
    ctx: &mut Ctx,
) -> Outcome {
    if to.format.as_deref().is_some_and(|format| format != "terminal") {
        keep(report, inputs, args, trust, ctx)?;
        return deliver(report, to, ctx);
    }
    let code = deliver(report, to, ctx)?;
    ctx.out.flush()?;
    keep(report, inputs, args, trust, ctx)?;
    Ok(code)
}

/// Keeps a judgement; where it can't be signed or written, neither file is there.
fn keep(
    report: &Report,
    inputs: Vec<Entry>,
    args: &EvidenceArgs,
    trust: impl FnOnce(&mut Ctx) -> Result<Trust, Failed>,
    ctx: &mut Ctx,
) -> Result<(), Failed> {
    let Some(folder) = &args.evidence else { return Ok(()) };
    let (head, entries) = of_report::of(report, inputs)?;
    let bytes = write(&head, &entries);
    if bytes.len() > line::MAX_BUNDLE {
        return Err(Failed::new("io", "the evidence", "it would be larger than any bundle that is read")
            .hint("judge fewer toolpacks at once: --toolpack"));
    }
    let checked = check(&bytes)
        .map_err(|broken| Failed::new("io", "the evidence", format!("it can't be kept whole: {broken}")))?;
    let path = ctx.cwd.join(folder).join(line::file_name(&checked.digest));
    match args.sign {
        true => {
            let trust = trust(ctx)?;
            let own = signed(report, &checked.digest, &path, &trust, &args.signing, ctx)?;
            // Others may sign the same judgement meanwhile: what is there is read again when nobody else writes.
            update_locked(&beside(&path), MAX, |there| {
                let there = there.map(|bytes| read(&path, bytes)).transpose()?;
                let all = with(&path, there, own)?;
                fs::write_atomic(&path, &bytes)?;
                Ok(Some(emit_json(&encode(&all)).into_bytes()))
            })?;
        }
        false => fs::write_atomic(&path, &bytes)?,
    }
    let told = ctx.paint().text(&folder.join(line::file_name(&checked.digest)).display().to_string(), 400);
    let by = if args.sign { ", signed" } else { "" };
    ctx.note(&format!("evidence: {told}{by}"));
    Ok(())
}

/// The file of the signatures of a bundle.
pub fn beside(bundle: &Path) -> PathBuf {
    bundle.with_extension(EXTENSION)
}

/// The signatures beside a bundle.
///
/// # Errors
/// They can't be read.
pub fn signatures(bundle: &Path) -> Result<Option<SignatureFile>, Failed> {
    Ok(fs::read_bounded(&beside(bundle), MAX)?.map(|bytes| read(bundle, &bytes)).transpose()?)
}

fn read(bundle: &Path, bytes: &[u8]) -> Result<SignatureFile, Fault> {
    SignatureFile::read(&beside(bundle).display().to_string(), bytes)
}

/// Signatures with those of others that are there already.
///
/// # Errors
/// They are of another judgement or under another trust, or they are as many as are read.
fn with(bundle: &Path, there: Option<SignatureFile>, own: SignatureFile) -> Result<SignatureFile, Failure> {
    let Some(mut all) = there else { return Ok(own) };
    let refused = |message: String| Failure::new(beside(bundle).display().to_string(), message);
    if all.digest != own.digest || all.root != own.root {
        return Err(refused("it has signatures of another judgement, or under another trust".to_owned())
            .hint("keep it elsewhere, then sign anew"));
    }
    all.signatures.retain(|by| own.signatures.iter().all(|new| new.key_id != by.key_id));
    if all.signatures.len() + own.signatures.len() > MANY {
        return Err(refused(format!("it has {MANY} signatures, and can't have more")));
    }
    all.signatures.extend(own.signatures);
    Ok(all)
}

/// The signature of the person at this machine over a bundle.
fn signed(
    report: &Report,
    digest: &str,
    path: &Path,
    trust: &Trust,
    args: &SigningArgs,
    ctx: &mut Ctx,
) -> Result<SignatureFile, Failed> {
    let mut key = choose(ctx, args, trust)?;
    if !key.live {
        return Err(Failed::new(
            "trust",
            &key.key_id,
            "the key is retired or revoked: what it signs counts for nothing",
        )
        .hint("--key NAME, with a key that is in use"));
    }
    let by = EvidenceSignature {
        signer: key.signer.clone(),
        key_id: key.key_id.clone(),
        signed_at: ctx.now,
        signature: String::new(),
    };
    let mut file = SignatureFile {
        schema: SCHEMA.to_owned(),
        digest: digest.to_owned(),
        root: trust.root().to_owned(),
        signatures: vec![by],
    };
    // Nobody is asked to sign what can't stand beside what is there.
    with(path, signatures(path)?, file.clone())?;
    let shown = format!("evidence of cask {}: {}\n{digest}\n", report.command, report.verdict.word());
    consent(ctx, args.yes, &shown, &format!("Sign it as {} with key {}", key.signer, key.key_id))?;
    let statement = file.statement(&file.signatures[0]);
    file.signatures[0].signature = key.sign(ctx, Purpose::Evidence, &statement)?;
    Ok(file)
}
