//! `cask key`: the person's own keys, which lie outside of every repository.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::keyfile::{self, KeyFile, Private, ask_passphrase, nobody, refused};
use crate::io::keystore::Keystore;
use crate::report::escape::terminal::Paint;
use crate::sign::fault::KeyFault;
use crate::sign::key::{KeyType, PublicKey};
use crate::sign::keypair::KeyPair;

/// Options of `key new`.
#[derive(Debug, clap::Args)]
pub struct New {
    /// Name of the key
    #[arg(long, value_name = "NAME", default_value = "default")]
    name: String,
    /// For machines and tests: every program that you start can use the key
    #[arg(long)]
    no_passphrase: bool,
}

/// Options of `key list`.
#[derive(Debug, clap::Args)]
pub struct List {}

/// Options of `key show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Name of the key (default: the only one, or `default`)
    #[arg(value_name = "NAME")]
    name: Option<PathBuf>,
}

/// Options of `key import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// Ed25519 key: PKCS#8 PEM, OpenSSH private key, or a public key whose private half an agent or token has
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Name of the key
    #[arg(long, value_name = "NAME", default_value = "default")]
    name: String,
    /// Store it without a passphrase
    #[arg(long)]
    no_passphrase: bool,
}

/// Options of `key export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// The public half: the only one that leaves
    #[arg(long, required = true)]
    public: bool,
    /// Name of the key (default: the only one, or `default`)
    #[arg(value_name = "NAME")]
    name: Option<PathBuf>,
}

/// Makes a key.
///
/// # Errors
/// There is a key of that name, no passphrase can be asked for, or the folder can't be used.
pub fn new(args: New, ctx: &mut Ctx) -> Outcome {
    make(ctx, &args.name, args.no_passphrase).map(|_| 0)
}

/// Makes a key and gives it back, for commands that need one.
///
/// # Errors
/// As [`new`].
pub fn make(ctx: &mut Ctx, name: &str, no_passphrase: bool) -> Result<KeyPair, Failed> {
    let store = Keystore::open(ctx.env)?;
    refuse_taken(&store, name)?;
    let passphrase = new_passphrase(ctx, no_passphrase)?;
    let mut seed = Zeroizing::new([0; 32]);
    (ctx.random)(seed.as_mut());
    let pair = KeyPair::generate(*seed);
    keep(ctx, &store, name, &pair, passphrase)?;
    Ok(pair)
}

/// Lists keys.
///
/// # Errors
/// The folder can't be listed.
pub fn list(_: List, ctx: &mut Ctx) -> Outcome {
    let store = Keystore::open(ctx.env)?;
    let keys = store.list()?;
    if keys.is_empty() {
        ctx.note("no keys yet: cask key new");
    }
    let paint = ctx.paint();
    let wide = keys.iter().map(|key| key.name.len()).max().unwrap_or(0);
    for key in keys {
        let line = match keyfile::stored(&store, &key.name) {
            Ok(file) => format!("{}  {}", file.public.key_id(), kept(&file)),
            Err(failed) => format!("can't be used: {}", paint.text(&failed.0.message, 200)),
        };
        ctx.print(&format!("{:wide$}  {line}\n", key.name))?;
    }
    Ok(0)
}

/// Where the private half is, in words.
fn kept(file: &KeyFile) -> &'static str {
    match file.private {
        Private::Elsewhere if file.public.key_type() == KeyType::SkSshEd25519 => "on a security key",
        Private::Elsewhere => "in an agent",
        _ if file.is_open() => "here, without passphrase",
        _ => "here, with passphrase",
    }
}

/// Shows a key.
///
/// # Errors
/// There is no such key.
pub fn show(args: Show, ctx: &mut Ctx) -> Outcome {
    let file = keyfile::named(ctx, args.name.as_deref())?;
    let text = described(ctx.paint(), &file.name, &file.public);
    ctx.print(&text)?;
    Ok(0)
}

/// Takes in a key.
///
/// # Errors
/// It is no Ed25519 key, there is one of that name, or no passphrase can be asked for.
pub fn import(args: Import, ctx: &mut Ctx) -> Outcome {
    let store = Keystore::open(ctx.env)?;
    refuse_taken(&store, &args.name)?;
    let file = keyfile::read_as(&args.file.display().to_string(), &ctx.cwd.join(&args.file))?;
    if let Private::Elsewhere = file.private {
        let line = format!("{}\n", file.public.to_openssh_line(&args.name));
        store.store(&args.name, None, &line)?;
        ctx.print(&described(ctx.paint(), &args.name, &file.public))?;
        ctx.note("its private half stays where it is; ssh-keygen will be asked to sign with it");
        return Ok(0);
    }
    let pair = file.open(ctx)?.ok_or_else(|| refused(&file.name, KeyFault::Syntax))?;
    let passphrase = new_passphrase(ctx, args.no_passphrase)?;
    keep(ctx, &store, &args.name, &pair, passphrase)
}

/// Prints the public half.
///
/// # Errors
/// There is no such key.
pub fn export(args: Export, ctx: &mut Ctx) -> Outcome {
    let file = keyfile::named(ctx, args.name.as_deref())?;
    ctx.print(&format!("{}\n", file.public.to_openssh_line(&file.name)))?;
    Ok(0)
}

fn refuse_taken(store: &Keystore, name: &str) -> Result<(), Failed> {
    let there = [store.private_path(name)?, store.public_path(name)?];
    match there.iter().any(|path| path.symlink_metadata().is_ok()) {
        true => Err(Failed::new("input", name, "there is a key of this name; it is never overwritten")
            .hint("--name NAME, for another name")),
        false => Ok(()),
    }
}

/// A passphrase for a key that is written, typed twice; none where none is wanted.
fn new_passphrase(ctx: &Ctx, none: bool) -> Result<Option<Zeroizing<String>>, Failed> {
    if none {
        return Ok(None);
    }
    if !ctx.can_ask() {
        return Err(nobody("a passphrase for the key").hint("--no-passphrase, for machines and tests"));
    }
    let first = ask_passphrase(ctx, "passphrase for the key")?;
    if first.is_empty() {
        return Err(refused("the key", KeyFault::EmptyPassphrase));
    }
    let second = ask_passphrase(ctx, "the same again")?;
    match *first == *second {
        true => Ok(Some(first)),
        false => Err(Failed::new("usage", "the key", "the two passphrases differ; nothing was stored")),
    }
}

fn keep(
    ctx: &mut Ctx,
    store: &Keystore,
    name: &str,
    pair: &KeyPair,
    passphrase: Option<Zeroizing<String>>,
) -> Outcome {
    let mut random = [0; 20];
    (ctx.random)(&mut random);
    let text = pair
        .to_openssh(name, passphrase.as_ref().map(|text| text.as_str()), random)
        .map_err(|fault| refused(name, fault))?;
    store.store(name, Some(&text), &format!("{}\n", pair.public().to_openssh_line(name)))?;
    ctx.print(&described(ctx.paint(), name, pair.public()))?;
    ctx.note(&format!("stored in {}", store.dir().display()));
    Ok(0)
}

/// A key as a person compares it.
fn described(paint: Paint, name: &str, public: &PublicKey) -> String {
    let [first, second] = fingerprint(public);
    format!(
        "name         {}\nkey id       {}\nfingerprint  {first}\n             {second}\npublic key   {}\n",
        paint.text(name, 200),
        public.key_id(),
        paint.text(&public.to_openssh_line(name), 1000),
    )
}

/// All 64 digits of a fingerprint in groups of four, on two lines.
pub fn fingerprint(public: &PublicKey) -> [String; 2] {
    let digits = public.fingerprint();
    let groups: Vec<&str> = (0..16).filter_map(|n| digits.get(4 * n..4 * n + 4)).collect();
    let (first, second) = groups.split_at(groups.len() / 2);
    [first.join(" "), second.join(" ")]
}
