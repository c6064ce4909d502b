//! Signing, for every command that signs: which of the person's keys, as which signer, and only after the
//! person said so on the controlling terminal.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::keyfile::{self, KeyFile, nobody, refused};
use crate::io::keystore::Keystore;
use crate::io::ssh_keygen;
use crate::io::tty::Terminal;
use crate::model::trust::Trust;
use crate::sign::envelope::{Purpose, pae};
use crate::sign::key::{KeyType, PublicKey};
use crate::sign::keypair::KeyPair;
use crate::sign::signature::{from_sshsig_pem, verify};

/// Options of every command that signs.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SigningArgs {
    /// Key to sign with: a file (OpenSSH, PKCS#8, or the .pub of an agent's key), or one of yours by name
    #[arg(long, value_name = "KEY", help_heading = "Signing")]
    pub key: Option<PathBuf>,
    /// Don't ask before signing
    #[arg(short, long, help_heading = "Signing")]
    pub yes: bool,
    /// Sign although this runs in CI
    #[arg(long, help_heading = "Signing")]
    pub in_ci: bool,
}

/// A key that is about to sign, and whose it is.
pub struct SigningKey {
    file: KeyFile,
    public: PublicKey,
    /// Id of the signer that the trust file lists the key under.
    pub signer: String,
    /// Its id.
    pub key_id: String,
    /// Whether it is neither revoked nor retired now; what a dead key signs counts nowhere but in rejects
    /// and in the trust file that retires it.
    pub live: bool,
    opened: Option<KeyPair>,
}

/// The key to sign with, as its own signer in a trust file. Nothing is asked yet.
///
/// # Errors
/// CI is set without `--in-ci`; the key is not there, not listed, or several are and none is named.
pub fn choose(ctx: &Ctx, args: &SigningArgs, trust: &Trust) -> Result<SigningKey, Failed> {
    refuse_ci(ctx, args)?;
    if let Some(path) = &args.key {
        let file = keyfile::named(ctx, Some(path))?;
        return listed(ctx, file, trust);
    }
    let store = Keystore::open(ctx.env)?;
    let mut mine = Vec::new();
    let mut others = Vec::new();
    for key in store.list()? {
        let file = keyfile::stored(&store, &key.name)?;
        match listed(ctx, file, trust) {
            Ok(key) => mine.push(key),
            Err(_) => others.push(key.name),
        }
    }
    // A retired key beside its successor is no choice.
    if mine.len() > 1 && mine.iter().filter(|key| key.live).count() == 1 {
        mine.retain(|key| key.live);
    }
    match (mine.len(), mine.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) if others.is_empty() => Err(Failed::new("trust", "", "you have no key yet")
            .hint("cask key new")
            .hint("--key FILE, for a key that lies elsewhere")),
        (0, _) => Err(Failed::new("trust", "", "none of your keys is listed in the trust file")
            .looked("keys", others.join(", "))
            .looked("trust file", format!("version {}", trust.file.version))
            .hint("ask an owner: cask trust add YOU --key FILE, with what cask key export --public prints")
            .hint("--key FILE, for a key that lies elsewhere")),
        (_, last) => {
            mine.extend(last);
            let names: Vec<&str> = mine.iter().map(|key| key.file.name.as_str()).collect();
            Err(Failed::new("usage", "", "several of your keys are listed in the trust file")
                .looked("keys", names.join(", "))
                .hint(format!("--key {}", names[0])))
        }
    }
}

/// A key that is at hand already, to sign with, as [`choose`] gives it.
///
/// # Errors
/// CI is set without `--in-ci`, or the key is not listed.
pub fn of_file(ctx: &Ctx, args: &SigningArgs, file: KeyFile, trust: &Trust) -> Result<SigningKey, Failed> {
    refuse_ci(ctx, args)?;
    listed(ctx, file, trust)
}

fn refuse_ci(ctx: &Ctx, args: &SigningArgs) -> Result<(), Failed> {
    if ctx.in_ci() && !args.in_ci {
        return Err(Failed::new("usage", "", "this runs in CI (CI is set), where nothing is signed")
            .why("a signature says that a person looked")
            .hint("sign on your own machine")
            .hint("--in-ci, for a key that is a machine's own"));
    }
    Ok(())
}

fn listed(ctx: &Ctx, file: KeyFile, trust: &Trust) -> Result<SigningKey, Failed> {
    let key_id = file.public.key_id();
    let Some((signer, key)) = trust.key(&key_id) else {
        return Err(Failed::new(
            "trust",
            &file.name,
            format!("key {key_id} is not listed in version {} of the trust file", trust.file.version),
        )
        .hint("cask trust show   (who is)")
        .hint("ask an owner: cask trust add YOU --key FILE"));
    };
    let public = PublicKey::parse(key.kind, &key.public_key).map_err(|fault| refused(&file.name, fault))?;
    if public.raw() != file.public.raw() {
        return Err(Failed::new(
            "trust",
            &file.name,
            format!("the trust file lists another key as {key_id}"),
        ));
    }
    Ok(SigningKey {
        signer: signer.id.clone(),
        key_id,
        live: key.is_live(ctx.now),
        public,
        file,
        opened: None,
    })
}

impl SigningKey {
    /// The same key, whose private half is at hand: nothing is asked for it.
    pub fn opened(mut self, pair: Option<KeyPair>) -> SigningKey {
        self.opened = pair.filter(|pair| pair.public().raw() == self.public.raw());
        self
    }

    /// Whether its passphrase will be asked for.
    pub fn is_locked(&self) -> bool {
        self.opened.is_none() && self.file.is_encrypted()
    }

    /// Opens the private half with a passphrase that a person typed.
    ///
    /// # Errors
    /// The passphrase is wrong, or the file is damaged.
    pub fn unlock(&mut self, passphrase: &str) -> Result<(), Failed> {
        self.opened = Some(self.file.open_with(passphrase)?);
        Ok(())
    }

    /// What kind of key it is, and how it is reached: words of ours.
    pub fn kind(&self) -> String {
        let how = match () {
            () if self.is_locked() => ", with passphrase",
            () if self.file.is_open() => ", without passphrase",
            () => ", by ssh-keygen",
        };
        format!("{}{how}", self.public.key_type().word())
    }

    /// The key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the canonical bytes of a document: the text for its `signature` member. What comes out is
    /// verified before it is given back. A passphrase is asked for once.
    ///
    /// # Errors
    /// The private half can't be opened or reached, or what came out does not verify.
    pub fn sign(&mut self, ctx: &Ctx, purpose: Purpose, bytes: &[u8]) -> Result<String, Failed> {
        if self.opened.is_none() {
            self.opened = self.file.open(ctx)?;
        }
        let text = match (&self.opened, self.public.key_type()) {
            (Some(pair), KeyType::Ed25519) => pair.sign(purpose, bytes),
            (Some(pair), _) => pair.sign_as_ssh(purpose, bytes)?,
            (None, KeyType::Ed25519) => {
                return Err(Failed::new("trust", &self.file.name, "this is the public half alone")
                    .why(format!(
                        "key {} is listed as ed25519, and an agent makes ssh signatures",
                        self.key_id
                    ))
                    .hint("--key FILE, with the private key"));
            }
            (None, _) => {
                let pem = ssh_keygen::sign(purpose.namespace(), &self.file.path, &pae(purpose, bytes))?;
                from_sshsig_pem(&pem)
                    .map_err(|fault| Failed::new("trust", &self.file.name, fault.to_string()))?
            }
        };
        match verify(&self.public, purpose, bytes, &text) {
            Ok(()) => Ok(text),
            Err(fault) => Err(Failed::new("trust", &self.file.name, fault.to_string())
                .why("the signature was checked before it was written")),
        }
    }
}

/// Shows what is about to be done and asks on the controlling terminal, unless `--yes`. `text` has gone
/// through the terminal's escaper; `question` is ours, without its mark.
///
/// # Errors
/// The answer is no, or nobody can be asked: then it says what would have been asked.
pub fn consent(ctx: &mut Ctx, yes: bool, text: &str, question: &str) -> Result<(), Failed> {
    if yes {
        return Ok(());
    }
    let terminal = if ctx.can_ask() { Terminal::open() } else { None };
    let Some(mut terminal) = terminal else {
        return Err(nobody(&format!("\"{question}?\"")).hint("--yes, to answer yes beforehand"));
    };
    let failed =
        |e: std::io::Error| Failed::new("io", "the terminal", format!("nothing could be asked: {e}"));
    terminal.show(text).map_err(failed)?;
    let answer = terminal.ask(&format!("{question}? [y/N] ")).map_err(failed)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failed::new("usage", "", "the answer was no; nothing was changed")),
    }
}
