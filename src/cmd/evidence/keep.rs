//! `--evidence DIR`: the judgement that a command made, kept as a bundle that is named by its content; signed with
//! `--sign`.

use std::path::{Path, PathBuf};

use super::of_report;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::{Node, digest};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::ReportArgs;
use crate::cmd::packs::Place;
use crate::cmd::signing::{SigningArgs, choose, consent};
use crate::evidence::signature::{EXTENSION, EvidenceSignature, MANY, MAX, SCHEMA, SignatureFile};
use crate::evidence::{Entry, check, line, write};
use crate::io::{fs, load};
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

/// What a judgement is about: the bytes of every file of some toolpacks, by their hashes.
///
/// # Errors
/// A file that can't be read.
pub fn inputs(place: &Place) -> Result<Vec<Entry>, Failed> {
    let mut entries = Vec::new();
    for found in &place.found {
        let header = load::header(&place.tree, &found.header)?;
        let wanted: Vec<(String, usize)> = load::looked_at(&found.header, &header)
            .into_iter()
            .map(|path| (path, limits::BASELINE))
            .collect();
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

/// Keeps a judgement. `trust` is asked for where it is to be signed: whose keys there are.
///
/// # Errors
/// It can't be signed or written; then neither file is there.
pub fn keep(
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
    let signed = match args.sign {
        true => {
            let trust = trust(ctx)?;
            Some(signed(report, &checked.digest, &path, &trust, &args.signing, ctx)?)
        }
        false => None,
    };
    fs::write_atomic(&path, &bytes)?;
    if let Some(file) = &signed {
        fs::write_atomic(&beside(&path), emit_json(&encode(file)).as_bytes())?;
    }
    let told = ctx.paint().text(&folder.join(line::file_name(&checked.digest)).display().to_string(), 400);
    let by = signed.as_ref().map_or("", |_| ", signed");
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
    let path = beside(bundle);
    let Some(bytes) = fs::read_bounded(&path, MAX)? else { return Ok(None) };
    Ok(Some(SignatureFile::read(&path.display().to_string(), &bytes)?))
}

/// The signatures of a bundle with one more, of the person at this machine.
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
    let shown = format!("evidence of cask {}: {}\n{digest}\n", report.command, report.verdict.word());
    consent(ctx, args.yes, &shown, &format!("Sign it as {} with key {}", key.signer, key.key_id))?;
    let mut file = SignatureFile {
        schema: SCHEMA.to_owned(),
        digest: digest.to_owned(),
        root: trust.root().to_owned(),
        signatures: Vec::new(),
    };
    // The signatures of others stay.
    if let Some(there) = signatures(path)? {
        let name = beside(path).display().to_string();
        if there.digest != file.digest || there.root != file.root {
            return Err(Failed::new(
                "input",
                name,
                "it has signatures of another judgement, or under another trust",
            )
            .hint("keep it elsewhere, then sign anew"));
        }
        file.signatures = there.signatures;
        file.signatures.retain(|by| by.key_id != key.key_id);
        if file.signatures.len() >= MANY {
            return Err(Failed::new("input", name, format!("it has {MANY} signatures, and can't have more")));
        }
    }
    let mut by = EvidenceSignature {
        signer: key.signer.clone(),
        key_id: key.key_id.clone(),
        signed_at: ctx.now,
        signature: String::new(),
    };
    by.signature = key.sign(ctx, Purpose::Evidence, &file.statement(&by))?;
    file.signatures.push(by);
    Ok(file)
}
