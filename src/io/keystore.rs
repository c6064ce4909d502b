//! The keys of the person at this machine: `$XDG_CONFIG_HOME/cask/keys`, never a project.
//!
//! Two files a key: `<name>.key`, an OpenSSH private key (0600), and `<name>.pub`, its public line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::failure::Failure;
use super::fs;
use super::git::Repo;
use crate::canon::{Fault, FaultKind};

/// Largest key file that is read, in bytes.
const MAX_KEY: usize = 64 << 10;

/// Reads a variable of the environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The folder of keys. It need not exist yet.
#[derive(Debug, Clone)]
pub struct Keystore {
    dir: PathBuf,
}

/// A key by its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The name of the files without their ending.
    pub name: String,
    /// Whether the private part is here; a public part alone may belong to an agent or a token.
    pub has_private: bool,
    /// Whether the public part is here.
    pub has_public: bool,
}

impl Keystore {
    /// The person's keys.
    ///
    /// # Errors
    /// No home is known, or the folder's files are tracked by a git repository.
    pub fn open(env: Env<'_>) -> Result<Keystore, Failure> {
        let config = base_folder(env, "XDG_CONFIG_HOME", ".config")
            .ok_or_else(|| Failure::new("the keys", "no home folder is known").hint("set XDG_CONFIG_HOME"))?;
        Keystore::at(config.join("cask/keys"))
    }

    /// The keys in a folder.
    ///
    /// # Errors
    /// The folder's files are tracked by a git repository.
    pub fn at(dir: PathBuf) -> Result<Keystore, Failure> {
        let tracked = in_repository(&dir, Repo::tracks)?;
        match tracked {
            Some(true) => Err(Failure::new("the keys", "their folder is tracked by git")
                .looked("folder", dir.display().to_string())
                .hint("git rm --cached the keys, revoke them (they are in its history), make new ones")
                .hint("set XDG_CONFIG_HOME to a folder outside of repositories")),
            _ => Ok(Keystore { dir }),
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a key's private part lies, or would lie.
    ///
    /// # Errors
    /// The name is refused.
    pub fn private_path(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.dir.join(file_name(name, "key")?))
    }

    /// Where a key's public part lies, or would lie.
    ///
    /// # Errors
    /// The name is refused.
    pub fn public_path(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.dir.join(file_name(name, "pub")?))
    }

    /// All keys, sorted by name.
    ///
    /// # Errors
    /// The folder can't be listed; a missing one has no keys.
    pub fn list(&self) -> Result<Vec<StoredKey>, Failure> {
        let failed =
            |e: std::io::Error| Failure::new("the keys", format!("their folder can't be listed: {e}"));
        let listing = match std::fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let mut keys: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for item in listing {
            let file = item.map_err(failed)?.file_name();
            let Some((name, ending)) = file.to_str().and_then(|f| f.rsplit_once('.')) else { continue };
            if check_name(name).is_ok() && matches!(ending, "key" | "pub") {
                let parts = keys.entry(name.to_owned()).or_default();
                *(if ending == "key" { &mut parts.0 } else { &mut parts.1 }) = true;
            }
        }
        let stored = |(name, (has_private, has_public))| StoredKey { name, has_private, has_public };
        Ok(keys.into_iter().map(stored).collect())
    }

    /// The text of a private key; wiped from memory when dropped. None if there is no such key.
    ///
    /// # Errors
    /// The name is refused, others can read the file, or it can't be read.
    pub fn load_private(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        let file = file_name(name, "key")?;
        let Some(bytes) = fs::read_inside(&self.dir, &file, MAX_KEY)? else { return Ok(None) };
        let bytes = Zeroizing::new(bytes);
        refuse_other_readers(&self.dir.join(&file), &file)?;
        text(&file, &bytes).map(|text| Some(Zeroizing::new(text)))
    }

    /// The text of a public key. None if there is no such key.
    ///
    /// # Errors
    /// The name is refused, or the file can't be read.
    pub fn load_public(&self, name: &str) -> Result<Option<String>, Failure> {
        let file = file_name(name, "pub")?;
        fs::read_inside(&self.dir, &file, MAX_KEY)?.map(|bytes| text(&file, &bytes)).transpose()
    }

    /// Stores a new key, or only the public part of one that is kept elsewhere. Nothing is overwritten.
    ///
    /// # Errors
    /// The name is refused or taken, the folder lies in a repository that does not ignore it, or it can't
    /// be written.
    pub fn store(&self, name: &str, private: Option<&str>, public: &str) -> Result<(), Failure> {
        let (key, public_file) = (self.private_path(name)?, self.public_path(name)?);
        // A name inside the folder: a rule like `keys/*` ignores what is in it, not the folder itself.
        let ignored = in_repository(&self.dir, |repo, rel| repo.ignores(&rel.join("new.key")))?;
        if ignored == Some(false) {
            return Err(Failure::new(
                "the keys",
                "their folder lies in a git repository that does not ignore it",
            )
            .looked("folder", self.dir.display().to_string())
            .hint("set XDG_CONFIG_HOME to a folder outside of repositories")
            .hint("add the folder to the repository's .gitignore"));
        }
        for path in [&key, &public_file] {
            if path.symlink_metadata().is_ok() {
                return Err(Failure::new(name, "there is a key of this name; it is never overwritten")
                    .hint("choose another name"));
            }
        }
        make_private_folders(&self.dir)
            .map_err(|e| Failure::new("the keys", format!("their folder can't be made: {e}")))?;
        if let Some(private) = private {
            fs::create_private(&key, private.as_bytes())?;
        }
        Ok(fs::create_private(&public_file, public.as_bytes())?)
    }
}

/// A base folder of the XDG specification: the variable if it is absolute, else below the home.
pub(crate) fn base_folder(env: Env<'_>, variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").or_else(|| absolute("USERPROFILE"));
    absolute(variable).or_else(|| home().map(|home| home.join(below_home)))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    let starts = name.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric());
    match starts && name.len() <= 64 && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Failure::new(name, "this can't be the name of a key")
            .hint("use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first")),
    }
}

fn file_name(name: &str, ending: &str) -> Result<String, Failure> {
    check_name(name).map(|()| format!("{name}.{ending}"))
}

fn text(file: &str, bytes: &[u8]) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map(str::to_owned);
    text.map_err(|_| Fault::new(file, FaultKind::Syntax, "it is not text").into())
}

/// Asks something of the repository that a folder lies in, as it is or would be. None: it lies in none.
fn in_repository(
    dir: &Path,
    ask: impl FnOnce(&Repo, &Path) -> Result<bool, Failure>,
) -> Result<Option<bool>, Failure> {
    let Some((there, rest)) =
        dir.ancestors().find_map(|a| Some((a.canonicalize().ok()?, dir.strip_prefix(a).ok()?)))
    else {
        return Ok(None);
    };
    let Some(repo) = Repo::discover(&there)? else { return Ok(None) };
    let whole = there.join(rest);
    match whole.strip_prefix(repo.root()) {
        Ok(rel) if !repo.is_bare() => ask(&repo, rel).map(Some),
        _ => Ok(None),
    }
}

#[cfg(unix)]
fn make_private_folders(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // It may have been there with other permissions.
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private_folders(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}

#[cfg(unix)]
fn refuse_other_readers(path: &Path, file: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().map(|meta| meta.permissions().mode()).unwrap_or(0o777);
    match mode & 0o077 {
        0 => Ok(()),
        _ => {
            Err(Failure::new(file, format!("others can read this private key (mode {:04o})", mode & 0o7777))
                .hint(format!("chmod 600 {}", path.display()))
                .hint("if others use this machine: cask trust revoke, and a new key"))
        }
    }
}

#[cfg(not(unix))]
fn refuse_other_readers(_: &Path, _: &str) -> Result<(), Failure> {
    Ok(())
}
