//! The folder of logins in, one login out, or in: folders that only their owner enters (0700), files that only their owner
//! reads (0600), written whole or not at all; no link on the way is followed.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::sealed::{self, Closed};
use crate::canon::decode::decode;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind};
use crate::io::failure::Failure;
use crate::io::fs;
use crate::model::bytes;
use crate::model::login::{LoginName, Meta, SCHEMA};

/// Below the state folder.
const PROFILES: &str = "auth/profiles";
/// What is known of a login.
const META: &str = "meta.json";
/// The storage state, sealed.
const STATE: &str = "storage_state.sealed.json";
/// Bytes of the first.
const SMALL: usize = 64 << 10;
/// Logins that are listed.
const MOST: usize = 10_000;

/// The logins of a state folder.
pub struct Logins {
    root: PathBuf,
}

/// A login as its folder tells it.
pub struct Stored {
    /// Its name.
    pub name: LoginName,
    /// What is known of it; none where that is missing or cannot be read.
    pub meta: Option<Meta>,
    /// Whether its storage state is there.
    pub has_state: bool,
}

/// A login that was opened.
pub struct Opened {
    /// The text of its storage state.
    pub state: Zeroizing<Vec<u8>>,
    /// What is known of it.
    pub meta: Meta,
}

impl Logins {
    /// Those below a state folder. It need not exist.
    pub fn of(root: PathBuf) -> Logins {
        Logins { root }
    }

    /// Where the folder of a login is, or would be.
    ///
    /// # Errors
    /// A link stands in the way, or something that is no folder.
    pub fn folder(&self, name: &LoginName) -> Result<PathBuf, Failure> {
        let path = fs::path_inside(&self.root, &format!("{PROFILES}/{name}"))?;
        match path.symlink_metadata() {
            Ok(meta) if !meta.is_dir() => Err(Fault::new(
                &path.to_string_lossy(),
                FaultKind::Place,
                "something that is not a folder is in the way",
            )
            .into()),
            _ => Ok(path),
        }
    }

    /// What is known of a login; none: there is no such login.
    ///
    /// # Errors
    /// It cannot be read, or is not what it is taken for.
    pub fn meta(&self, name: &LoginName) -> Result<Option<Meta>, Failure> {
        self.folder(name)?;
        let file = format!("{PROFILES}/{name}/{META}");
        let Some(text) = fs::read_inside(&self.root, &file, SMALL)? else { return Ok(None) };
        let meta: Meta = decode(&file, &bytes::json(&file, &text, SMALL)?)?;
        match meta.schema == SCHEMA && meta.name == name.as_str() {
            true => Ok(Some(meta)),
            false => {
                Err(Fault::new(&file, FaultKind::Content, "it is of another login, or of another form")
                    .into())
            }
        }
    }

    /// Whether the storage state of a login is there.
    ///
    /// # Errors
    /// A link stands in the way.
    pub fn has_state(&self, name: &LoginName) -> Result<bool, Failure> {
        let path = fs::path_inside(&self.root, &format!("{PROFILES}/{name}/{STATE}"))?;
        Ok(path.symlink_metadata().is_ok_and(|meta| meta.is_file()))
    }

    /// Stores a login, over one of the same name.
    ///
    /// # Errors
    /// A link stands in the way, or it cannot be written.
    pub fn store(
        &self,
        name: &LoginName,
        meta: &Meta,
        state: &[u8],
        passphrase: &str,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Failure> {
        let folder = self.folder(name)?;
        // First what may be refused, then what takes a while, and only then the disk.
        let places =
            [STATE, META].map(|file| fs::path_inside(&self.root, &format!("{PROFILES}/{name}/{file}")));
        let [to, known] = places;
        let (to, known) = (to?, known?);
        let text = sealed::seal(state, &bound(meta), passphrase, random);
        self.make_folders(&folder)?;
        fs::write_private(&to, text.as_bytes())?;
        fs::write_private(&known, emit_json(&encode(meta)).as_bytes())?;
        Ok(())
    }

    /// Opens a login; none: there is no such login.
    ///
    /// # Errors
    /// It is not whole, was changed, or the passphrase is another one.
    pub fn open(&self, name: &LoginName, passphrase: &str) -> Result<Option<Opened>, Failure> {
        let Some(meta) = self.meta(name)? else { return Ok(None) };
        let file = format!("{PROFILES}/{name}/{STATE}");
        let Some(text) = fs::read_inside(&self.root, &file, sealed::LARGEST)? else {
            return Err(Failure::new(name.as_str(), "its storage state is missing")
                .hint(format!("cask auth login --profile {name} --url URL")));
        };
        match sealed::open(&file, &text, &bound(&meta), passphrase) {
            Ok(state) => Ok(Some(Opened { state, meta })),
            Err(Closed::Broken(fault)) => Err(fault.into()),
            Err(Closed::Other) => Err(Failure::new(
                name.as_str(),
                "it does not open: another passphrase, or its files were changed",
            )
            .hint("the passphrase that it was stored with")
            .hint(format!("cask auth login --profile {name} --url URL, if nobody knows it any more"))),
        }
    }

    /// Writes down that a browser was given it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn used(&self, name: &LoginName, meta: Meta, now: Timestamp) -> Result<(), Failure> {
        let known = fs::path_inside(&self.root, &format!("{PROFILES}/{name}/{META}"))?;
        let meta = Meta { last_used_at: Some(now), ..meta };
        Ok(fs::write_private(&known, emit_json(&encode(&meta)).as_bytes())?)
    }

    /// Takes a login away, with all that stands in its folder; whether there was one.
    ///
    /// # Errors
    /// A link stands in the way, or it cannot be taken away.
    pub fn clear(&self, name: &LoginName) -> Result<bool, Failure> {
        let folder = self.folder(name)?;
        if !folder.is_dir() {
            return Ok(false);
        }
        // Links in it are taken away themselves, not what they lead to.
        std::fs::remove_dir_all(&folder).map_err(|e| {
            Failure::new(folder.display().to_string(), format!("it can't be taken away: {e}"))
        })?;
        Ok(true)
    }

    /// All logins, by name. What has no name of a login, or is no folder, is none.
    ///
    /// # Errors
    /// A link stands in the way, or the folder cannot be listed.
    pub fn list(&self) -> Result<Vec<Stored>, Failure> {
        let dir = fs::path_inside(&self.root, PROFILES)?;
        let failed =
            |e: std::io::Error| Failure::new(dir.display().to_string(), format!("it can't be listed: {e}"));
        let listing = match std::fs::read_dir(&dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in listing.take(MOST) {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_str().and_then(|name| LoginName::read(name).ok());
            names.extend(name.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())));
        }
        names.sort();
        let stored = |name: LoginName| {
            let has_state = self.has_state(&name).unwrap_or(false);
            Stored { meta: self.meta(&name).ok().flatten(), has_state, name }
        };
        Ok(names.into_iter().map(stored).collect())
    }

    /// Makes the folder of a login, and closes it and those around it to others. Git sees nothing of them.
    fn make_folders(&self, folder: &Path) -> Result<(), Failure> {
        let failed =
            |e: std::io::Error| Failure::new(folder.display().to_string(), format!("it can't be made: {e}"));
        std::fs::create_dir_all(&self.root).map_err(failed)?;
        let around: Vec<&Path> = folder.ancestors().take_while(|dir| *dir != self.root).collect();
        for dir in around.iter().rev() {
            private_folder(dir).map_err(failed)?;
        }
        if let Some(auth) = around.last() {
            fs::write_private(&auth.join(".gitignore"), b"*\n")?;
        }
        Ok(())
    }
}

/// What a sealed state belongs to: neither of another login nor of another place does it open.
fn bound(meta: &Meta) -> Vec<u8> {
    format!("{}\0{}\0{}\0{}", meta.schema, meta.name, meta.target_url, meta.created_at).into_bytes()
}

#[cfg(unix)]
fn private_folder(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        // It may have been there with other permissions.
        _ => std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)),
    }
}

#[cfg(not(unix))]
fn private_folder(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}
