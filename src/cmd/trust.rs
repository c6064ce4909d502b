//! `cask trust`: the commands that write a trust file. Each writes the version after the one in force, to be
//! signed; before the first merge it is version 1 that is written anew.

use std::path::{Path, PathBuf};

use crate::canon::json;
use crate::canon::time::Timestamp;
use crate::cmd::anchor::{GATE, TRUST, keyring};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::keyfile::{self, KeyFile};
use crate::cmd::roots;
use crate::cmd::signing::{SigningArgs, SigningKey, choose, consent, of_file};
use crate::cmd::trust_state::{State, missing};
use crate::io::known_roots::KnownRoots;
use crate::io::load;
use crate::model::risk::RiskTier;
use crate::model::trust::{OwnerSignature, Role, Trust};
use crate::sign::edit::{About, Edit, first};
use crate::sign::edit_refused::Refused;
use crate::sign::edit_set::roles;
use crate::sign::envelope::Purpose;
use crate::sign::key::PublicKey;
use crate::sign::keypair::KeyPair;
use crate::sign::signed_text::{trust_text, with_signatures};

/// Options of `trust init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// Your id as a signer
    #[arg(long, value_name = "NAME")]
    id: String,
    /// Your login on GitHub
    #[arg(long, value_name = "LOGIN")]
    github: Option<String>,
    /// Start a new chain beside the one in force: for a lost quorum, see docs/trust.md
    #[arg(long)]
    new_root: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Options of commands that edit.
#[derive(Debug, clap::Args)]
pub struct EditArgs {
    /// Git ref whose trust file is in force (default: the default branch)
    #[arg(long, value_name = "REF")]
    trust_ref: Option<String>,
}

/// Options of `trust add`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Signer id
    #[arg(value_name = "ID")]
    id: String,
    /// Public key: a file, or `-` for stdin
    #[arg(long, value_name = "FILE|-")]
    key: PathBuf,
    /// What the signer may do: owner, approver or both (a new signer: approver)
    #[arg(long, value_name = "ROLES")]
    role: Option<String>,
    /// Highest tier that the signer may approve (a new signer: critical)
    #[arg(long, value_name = "TIER")]
    max_risk: Option<RiskTier>,
    /// Login on GitHub
    #[arg(long, value_name = "LOGIN")]
    github: Option<String>,
    /// Only approvals of toolpacks under these globs count (repeatable)
    #[arg(long, value_name = "GLOB")]
    toolpacks: Vec<String>,
    #[command(flatten)]
    edit: EditArgs,
}

/// Options of `trust retire`.
#[derive(Debug, clap::Args)]
pub struct Retire {
    /// Key id
    #[arg(value_name = "KEY_ID")]
    key_id: String,
    /// From when on (default: now)
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    edit: EditArgs,
}

/// Options of `trust revoke`.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// Key id
    #[arg(value_name = "KEY_ID")]
    key_id: String,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    edit: EditArgs,
}

/// Options of `trust rotate`.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// Id of the key that is replaced
    #[arg(value_name = "OLD")]
    old: String,
    /// The new public key: a file, or `-` for stdin
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    edit: EditArgs,
}

/// Options of `trust set`.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// thresholds.trust, thresholds.approvals.TIER, rules.max_age_days.TIER, rules.fresh_days,
    /// rules.author_may_approve, or signers.ID.{roles,max_risk,github,toolpacks}
    #[arg(value_name = "PATH=VALUE", required = true)]
    values: Vec<String>,
    #[command(flatten)]
    edit: EditArgs,
}

/// Options of `trust sign`.
#[derive(Debug, clap::Args)]
pub struct Sign {
    /// Sign gate.yaml
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    edit: EditArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Failed {
        let failed = Failed::new("usage", "", refused.message);
        match refused.hint {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }
}

/// Writes and signs version 1.
///
/// # Errors
/// There is a trust file already, there is no key, or the key can't sign.
pub fn init(args: Init, ctx: &mut Ctx) -> Outcome {
    let state = State::read(ctx, None)?;
    if !args.new_root && (state.own.is_some() || state.in_force.is_some()) {
        return Err(Failed::new("trust", TRUST, "there is a trust file already")
            .hint("cask trust add ID --key FILE, to let somebody sign")
            .hint("cask trust init --new-root, after a lost quorum: every approval is then signed again"));
    }
    let file = keyfile::named(ctx, args.signing.key.as_deref())?;
    let (trust, _) = write_first(ctx, &state, args.id, args.github, (file, None), &args.signing)?;
    let shown = roots::signers(ctx.paint(), &trust);
    ctx.print(&format!("wrote {TRUST}\n\n{shown}\ntrust-pin: {}\n", trust.digest))?;
    ctx.note("next: commit it, and bring it to the default branch");
    Ok(0)
}

/// Writes version 1 into the work tree, signed with the key of its one owner (and its private half, where that
/// is at hand); this machine knows its root from
/// now on. Nothing is asked: it is the person's own first file, it lists their key alone, and nothing is in
/// force before they merge it.
///
/// # Errors
/// The id can't be one, the key can't sign, or the file can't be written.
pub fn write_first(
    ctx: &Ctx,
    state: &State,
    id: String,
    github: Option<String>,
    (file, pair): (KeyFile, Option<KeyPair>),
    signing: &SigningArgs,
) -> Result<(Trust, SigningKey), Failed> {
    let mut draft = first(&id, github, &file.public, ctx.now)?;
    let trust = state.parse(&trust_text(TRUST, &draft)?)?;
    let mut key = of_file(ctx, signing, file, &trust)?.opened(pair);
    let signature = key.sign(ctx, Purpose::Trust, json::canonical(&trust.body()).as_bytes())?;
    draft.signatures.push(OwnerSignature { signer: id, key_id: key.key_id.clone(), signature });
    let trust = state.write(&trust_text(TRUST, &draft)?)?;
    roots::record(&KnownRoots::open(ctx.env)?, &trust)?;
    Ok((trust, key))
}

/// Lets somebody sign.
///
/// # Errors
/// There is no trust file, the work tree's follows another version, or the change can't be made.
pub fn add(args: Add, ctx: &mut Ctx) -> Outcome {
    let key = public_key(ctx, &args.key)?;
    let about = About {
        roles: args.role.as_deref().map(roles).transpose()?,
        max_risk: args.max_risk,
        github: args.github,
        toolpacks: (!args.toolpacks.is_empty()).then_some(args.toolpacks),
    };
    let [first, second] = crate::cmd::key::fingerprint(&key);
    let code = edit(ctx, &args.edit, vec![Edit::Add { id: args.id, key, about }])?;
    ctx.note(&format!("compare by voice: {first}\n                  {second}"));
    Ok(code)
}

/// Retires a key.
///
/// # Errors
/// There is no trust file, the work tree's follows another version, or the change can't be made.
pub fn retire(args: Retire, ctx: &mut Ctx) -> Outcome {
    let at = args.at.unwrap_or(ctx.now);
    edit(ctx, &args.edit, vec![Edit::Retire { key_id: args.key_id, at }])
}

/// Revokes a key.
///
/// # Errors
/// There is no trust file, the work tree's follows another version, or the change can't be made.
pub fn revoke(args: Revoke, ctx: &mut Ctx) -> Outcome {
    edit(ctx, &args.edit, vec![Edit::Revoke { key_id: args.key_id, reason: args.reason }])
}

/// Replaces a key.
///
/// # Errors
/// There is no trust file, the work tree's follows another version, or the change can't be made.
pub fn rotate(args: Rotate, ctx: &mut Ctx) -> Outcome {
    let new = public_key(ctx, &args.new)?;
    let code = edit(ctx, &args.edit, vec![Edit::Rotate { old: args.old, new }])?;
    ctx.note("sign with both keys: the new one for this version, the old one for the version in force");
    Ok(code)
}

/// Sets values.
///
/// # Errors
/// There is no trust file, the work tree's follows another version, or the change can't be made.
pub fn set(args: Set, ctx: &mut Ctx) -> Outcome {
    let mut edits = Vec::new();
    for text in args.values {
        let Some((path, value)) = text.split_once('=') else {
            return Err(Failed::new("usage", "", format!("{text:?} is not PATH=VALUE"))
                .hint("cask trust set thresholds.approvals.high=2"));
        };
        edits.push(Edit::Set { path: path.to_owned(), value: value.to_owned() });
    }
    edit(ctx, &args.edit, edits)
}

fn public_key(ctx: &Ctx, path: &Path) -> Result<PublicKey, Failed> {
    match path.to_str() {
        Some("-") => keyfile::piped(&keyfile::stdin()?),
        _ => keyfile::read_as(&path.display().to_string(), &ctx.cwd.join(path)).map(|file| file.public),
    }
}

/// Writes the version that comes after the one in force, with changes made, unsigned.
///
/// # Errors
/// There is no trust file, the work tree's is not readable or follows another version, or the change can't
/// be made.
fn edit(ctx: &mut Ctx, args: &EditArgs, edits: Vec<Edit>) -> Outcome {
    let state = State::read(ctx, args.trust_ref.as_deref())?;
    let mut draft = state.draft()?;
    for edit in edits {
        draft.file = crate::sign::edit::apply(draft.file, edit, ctx.now)?;
    }
    let trust = state.write(&trust_text(TRUST, &draft.file)?)?;
    ctx.print(&format!("wrote {TRUST}: version {}, to be signed\n", trust.file.version))?;
    for note in draft.notes {
        ctx.note(&note);
    }
    if draft.new_root {
        roots::record(&KnownRoots::open(ctx.env)?, &trust)?;
    }
    if trust.file.signers.len() > 1 && trust.file.thresholds.trust == 1 {
        ctx.note(
            "more than one signer: cask trust set thresholds.trust=2 thresholds.approvals.critical=2 \
             rules.author_may_approve=false",
        );
    }
    ctx.note(&format!("next: cask trust sign   ({})", missing(&state, &trust, ctx.now)?));
    Ok(0)
}

/// Adds an owner's signature.
///
/// # Errors
/// There is nothing to sign, the key is no owner's, or the person says no.
pub fn sign(args: Sign, ctx: &mut Ctx) -> Outcome {
    let state = State::read(ctx, args.edit.trust_ref.as_deref())?;
    let trust = state.own()?;
    keyring(trust)?;
    let mut key = choose(ctx, &args.signing, trust)?;
    let owner = trust.signer(&key.signer).is_some_and(|signer| signer.roles.contains(&Role::Owner));
    let was_owner = state.in_force.as_ref().and_then(|found| found.trust.key(&key.key_id));
    if !owner && !was_owner.is_some_and(|(signer, _)| signer.roles.contains(&Role::Owner)) {
        return Err(Failed::new(
            "trust",
            TRUST,
            format!("{} is no owner, and only owners sign it", key.signer),
        ));
    }
    let (name, purpose, body, signatures) = match args.gate {
        false => (TRUST, Purpose::Trust, trust.body(), &trust.file.signatures),
        true => {
            let config = state.gate.as_ref().ok_or_else(|| {
                Failed::new("trust", GATE, "there is no such file").hint("cask init writes one")
            })?;
            if config.file.root != trust.root() {
                return Err(Failed::new("trust", GATE, "it names another root than the trust file")
                    .looked("gate.yaml", &config.file.root)
                    .looked("trust.yaml", trust.root())
                    .hint(format!("root: {}", trust.root())));
            }
            (GATE, Purpose::Gate, config.body(), &config.file.signatures)
        }
    };
    let shown = match args.gate {
        false => format!("{}\n", roots::signers(ctx.paint(), trust)),
        true => format!("{}\n", ctx.paint().wrap(&json::compact(&body), 100, 2, "").join("\n")),
    };
    consent(
        ctx,
        args.signing.yes,
        &shown,
        &format!("Sign {name} as {} with key {}", key.signer, key.key_id),
    )?;
    let signature = key.sign(ctx, purpose, json::canonical(&body).as_bytes())?;
    let mut all: Vec<OwnerSignature> =
        signatures.iter().filter(|other| other.key_id != key.key_id).cloned().collect();
    all.push(OwnerSignature { signer: key.signer.clone(), key_id: key.key_id.clone(), signature });
    state.update(name, |text| with_signatures(name, text, &all))?;
    ctx.print(&format!("signed {name} as {} with key {}\n", key.signer, key.key_id))?;
    if !args.gate {
        let trust =
            load::trust(&state.tree(), TRUST)?.ok_or_else(|| Failed::new("io", TRUST, "it is gone"))?;
        ctx.note(&missing(&state, &trust, ctx.now)?);
        if state.in_force.is_none() {
            roots::record(&KnownRoots::open(ctx.env)?, &trust)?;
        }
    }
    Ok(0)
}
