//! A key that a person named, or one of their own: which key it is, and how its private half is reached.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::canon::Fault;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::fs;
use crate::io::keystore::Keystore;
use crate::io::tty::Terminal;
use crate::sign::fault::KeyFault;
use crate::sign::key::{KeyType, PublicKey};
use crate::sign::keypair::KeyPair;

/// Largest key file that is read, in bytes.
const MAX: usize = 64 << 10;
/// How often a wrong passphrase may be given.
const TRIES: usize = 3;

/// What a key file holds besides the public half.
pub enum Private {
    /// An OpenSSH private key file, perhaps encrypted.
    OpenSsh(Zeroizing<String>),
    /// Unencrypted PKCS#8.
    Pkcs8(Zeroizing<String>),
    /// Nothing: an agent or a token has it, and only OpenSSH can reach it.
    Elsewhere,
}

/// A key and where it lies.
pub struct KeyFile {
    /// What messages call it: a name among the person's own keys, or a path.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The public half, of the type that it would have in a trust file.
    pub public: PublicKey,
    /// The private half.
    pub private: Private,
}

/// Why a text is no key, about a name.
pub fn refused(name: &str, fault: KeyFault) -> Failed {
    Failed::new("input", name, fault.to_string()).hint(fault.hint())
}

/// The key of a file: OpenSSH private, PKCS#8 PEM, SPKI PEM, or an OpenSSH public line.
///
/// # Errors
/// There is no such file, or it holds no key of a kind that may sign.
pub fn read(path: &Path) -> Result<KeyFile, Failed> {
    read_as(&path.display().to_string(), path)
}

/// As [`read`], told of under the name by which a person gave it.
///
/// # Errors
/// As [`read`].
pub fn read_as(name: &str, path: &Path) -> Result<KeyFile, Failed> {
    let bytes = fs::read_bounded(path, MAX)
        .map_err(|fault| Fault { file: name.to_owned(), ..fault })?
        .map(Zeroizing::new)
        .ok_or_else(|| {
            Failed::new("input", name, "there is no such file")
                .hint("name a key file, such as cask key export writes")
        })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| refused(name, KeyFault::Syntax))?;
    of_text(name, path.to_owned(), text)
}

fn of_text(name: &str, path: PathBuf, text: &str) -> Result<KeyFile, Failed> {
    let owned = || Zeroizing::new(text.to_owned());
    let start = text.trim_start();
    let refused = |fault| refused(name, fault);
    let (public, private) = if start.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
        let public = KeyPair::public_of_openssh(text).map_err(refused)?;
        // The private half of a security key is in its hardware; the file only says where.
        let private = match public.key_type() {
            KeyType::SkSshEd25519 => Private::Elsewhere,
            _ => Private::OpenSsh(owned()),
        };
        (public, private)
    } else if start.starts_with("-----BEGIN PUBLIC KEY-----") {
        (PublicKey::from_spki_pem(text).map_err(refused)?, Private::Elsewhere)
    } else if start.starts_with("-----BEGIN") {
        let pair = KeyPair::from_pkcs8_pem(text).map_err(refused)?;
        (pair.public().clone(), Private::Pkcs8(owned()))
    } else {
        (PublicKey::from_openssh_line(text).map_err(refused)?, Private::Elsewhere)
    };
    Ok(KeyFile { name: name.to_owned(), path, public, private })
}

/// The public key in a text that was piped in.
///
/// # Errors
/// It holds no public key.
pub fn piped(text: &str) -> Result<PublicKey, Failed> {
    of_text("stdin", PathBuf::new(), text).map(|file| file.public)
}

/// One of the person's own keys.
///
/// # Errors
/// There is no key of that name, or its files can't be used.
pub fn stored(store: &Keystore, name: &str) -> Result<KeyFile, Failed> {
    if let Some(text) = store.load_private(name)? {
        let mut file = of_text(name, store.private_path(name)?, &text)?;
        // A key of ours signs the envelope itself; SSHSIG is for keys that only OpenSSH can reach.
        file.public = file.public.retyped(KeyType::Ed25519).unwrap_or(file.public);
        return Ok(file);
    }
    match store.load_public(name)? {
        Some(text) => of_text(name, store.public_path(name)?, &text),
        None => {
            let known = store.list()?;
            let known = known.iter().map(|key| key.name.as_str());
            Err(Failed::new("input", name, "there is no key of this name")
                .meant(name, known, |known| format!("cask key show {known}"))
                .hint("cask key list")
                .hint("cask key new"))
        }
    }
}

/// What was given as `--key` in a folder, for a command that goes on in another one. A bare word stays one: it may be the
/// name of a key.
pub fn from(folder: &Path, given: PathBuf) -> PathBuf {
    let is_name = given.to_str().is_some_and(|text| !text.contains(['/', '\\']));
    match is_name && folder.join(&given).symlink_metadata().is_err() {
        true => given,
        false => folder.join(given),
    }
}

/// The key that `--key` names: a file, or one of the person's own by its name. Without `--key`: the only
/// one, else the one called `default`.
///
/// # Errors
/// There is none, or none can be told to be meant.
pub fn named(ctx: &Ctx, key: Option<&Path>) -> Result<KeyFile, Failed> {
    if let Some(path) = key {
        // A bare word is one of the person's own before it is a file: what lies in the current folder may
        // be a stranger's.
        if let Some(name) = path.to_str().filter(|text| !text.contains(['/', '\\'])) {
            let store = Keystore::open(ctx.env)?;
            let is_own = store.list()?.iter().any(|key| key.name == name);
            if is_own || ctx.cwd.join(path).symlink_metadata().is_err() {
                return stored(&store, name);
            }
        }
        return read(&ctx.cwd.join(path));
    }
    let store = Keystore::open(ctx.env)?;
    let keys = store.list()?;
    match keys.as_slice() {
        [] => Err(Failed::new("input", "", "you have no key yet")
            .hint("cask key new")
            .hint("cask key import FILE, for one that you have elsewhere")),
        [one] => stored(&store, &one.name),
        many if many.iter().any(|key| key.name == "default") => stored(&store, "default"),
        many => {
            let names: Vec<&str> = many.iter().map(|key| key.name.as_str()).collect();
            Err(Failed::new("usage", "", "you have several keys and none is called default")
                .why(format!("they are {}", names.join(", ")))
                .hint(format!("--key {}", names[0])))
        }
    }
}

impl KeyFile {
    /// Opens the private half, asking for its passphrase on the controlling terminal where it has one.
    /// None if the private half is elsewhere.
    ///
    /// # Errors
    /// Nobody can be asked, the passphrase is wrong three times, or the file is damaged.
    pub fn open(&self, ctx: &Ctx) -> Result<Option<KeyPair>, Failed> {
        let refused = |fault| refused(&self.name, fault);
        let text = match &self.private {
            Private::Elsewhere => return Ok(None),
            Private::Pkcs8(text) => return KeyPair::from_pkcs8_pem(text).map(Some).map_err(refused),
            Private::OpenSsh(text) => text,
        };
        match KeyPair::from_openssh(text, None) {
            Err(KeyFault::Encrypted) => {}
            other => return other.map(Some).map_err(refused),
        }
        let mut fault = KeyFault::Passphrase;
        for _ in 0..TRIES {
            let passphrase = ask_passphrase(ctx, &format!("passphrase of key {}", self.name))?;
            match KeyPair::from_openssh(text, Some(&passphrase)) {
                Err(KeyFault::Passphrase) => fault = KeyFault::Passphrase,
                other => return other.map(Some).map_err(refused),
            }
        }
        Err(refused(fault))
    }

    /// Whether the private half is here, behind a passphrase.
    pub fn is_encrypted(&self) -> bool {
        matches!(&self.private, Private::OpenSsh(text)
            if matches!(KeyPair::from_openssh(text, None), Err(KeyFault::Encrypted)))
    }

    /// Opens the private half with a passphrase.
    ///
    /// # Errors
    /// It is wrong, the private half is not here, or the file is damaged.
    pub fn open_with(&self, passphrase: &str) -> Result<KeyPair, Failed> {
        match &self.private {
            Private::OpenSsh(text) => {
                KeyPair::from_openssh(text, Some(passphrase)).map_err(|fault| refused(&self.name, fault))
            }
            Private::Pkcs8(_) | Private::Elsewhere => Err(Failed::new(
                "trust",
                &self.name,
                "this key has no passphrase that could be asked for here",
            )),
        }
    }

    /// Whether the private half is here without a passphrase.
    pub fn is_open(&self) -> bool {
        match &self.private {
            Private::OpenSsh(text) => KeyPair::from_openssh(text, None).is_ok(),
            Private::Pkcs8(_) => true,
            Private::Elsewhere => false,
        }
    }
}

/// Asks for a passphrase on the controlling terminal.
///
/// # Errors
/// Nobody can be asked: says what would have been asked.
pub fn ask_passphrase(ctx: &Ctx, what: &str) -> Result<Zeroizing<String>, Failed> {
    let terminal = if ctx.can_ask() { Terminal::open() } else { None };
    let Some(mut terminal) = terminal else {
        return Err(nobody(&format!("the {what}")));
    };
    terminal
        .passphrase(&format!("{what}: "))
        .map_err(|e| Failed::new("io", "the terminal", format!("no passphrase could be read: {e}")))
}

/// Nobody can be asked.
pub fn nobody(what: &str) -> Failed {
    Failed::new("usage", "", format!("{what} would have been asked, and there is no terminal to ask on"))
        .why("questions go to the controlling terminal alone, never to stdin")
}

/// A file's fault as ours, for callers that read beside the commands.
impl From<KeyFault> for Failed {
    fn from(fault: KeyFault) -> Failed {
        refused("the key", fault)
    }
}

/// Reads all of stdin, at most as much as a key file may hold.
///
/// # Errors
/// It can't be read, is longer, or is not text.
pub fn stdin() -> Result<String, Failed> {
    use std::io::Read;
    let fault = |message: String| Failed::from(Fault::new("stdin", crate::canon::FaultKind::Io, message));
    let mut text = String::new();
    std::io::stdin()
        .take(MAX as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|e| fault(format!("it can't be read: {e}")))?;
    if text.len() > MAX { Err(fault("it is longer than a key".to_owned())) } else { Ok(text) }
}
