//! The folder of logins in, one login out, or in: folders that only their owner enters (0700), files that only their owner
//! reads (0600), written whole or not at all; no link on the way is followed. Both files of a login are read and written under
//! one lock, which lies beside its folder.

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
use crate::io::lock::Lock;
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
        match kind(&path)? {
            Some(kind) if !kind.is_dir() => Err(Fault::new(
                &path.to_string_lossy(),
                FaultKind::Place,
                "something that is not a folder is in the way",
            )
            .into()),
            _ => Ok(path),
        }
    }

    /// The right to read or change the files of a login as one; none: there is no such login.
    fn lock(&self, name: &LoginName) -> Result<Option<Lock>, Failure> {
        let folder = self.folder(name)?;
        match kind(&folder)? {
            None => Ok(None),
            Some(_) => Lock::exclusive(&beside(&folder, name)).map(Some),
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
    /// A link stands in the way, or nobody may look.
    pub fn has_state(&self, name: &LoginName) -> Result<bool, Failure> {
        let path = fs::path_inside(&self.root, &format!("{PROFILES}/{name}/{STATE}"))?;
        Ok(kind(&path)?.is_some_and(|kind| kind.is_file()))
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
        // The folders first: those that a lock makes are open to others.
        self.make_folders(&folder)?;
        let _lock = Lock::exclusive(&beside(&folder, name))?;
        // It may have been taken away before the lock was ours.
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
        let file = format!("{PROFILES}/{name}/{STATE}");
        let (meta, text) = {
            let Some(_lock) = self.lock(name)? else { return Ok(None) };
            let Some(meta) = self.meta(name)? else { return Ok(None) };
            (meta, fs::read_inside(&self.root, &file, sealed::LARGEST)?)
        };
        let renew = format!("cask auth login --profile {name} --url URL");
        let Some(text) = text else {
            return Err(Failure::new(name.as_str(), "its storage state is missing").hint(renew));
        };
        match sealed::open(&file, &text, &bound(&meta), passphrase) {
            Ok(state) => Ok(Some(Opened { state, meta })),
            Err(Closed::Broken(fault)) => Err(fault.into()),
            Err(Closed::Elsewhere) => Err(Failure::new(
                name.as_str(),
                "its two files are not of one login: storing it broke off, or its files were changed",
            )
            .hint(renew)),
            Err(Closed::Other) => Err(Failure::new(
                name.as_str(),
                "it does not open: another passphrase, or its files were changed",
            )
            .hint("the passphrase that it was stored with")
            .hint(format!("{renew}, if nobody knows it any more"))),
        }
    }

    /// Writes down that a browser was given it. Where it was taken away or stored anew since it was opened, nothing is written.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn used(&self, name: &LoginName, opened: &Meta, now: Timestamp) -> Result<(), Failure> {
        let Some(_lock) = self.lock(name)? else { return Ok(()) };
        let same = |meta: &Meta| meta.created_at == opened.created_at && meta.target_url == opened.target_url;
        let Some(meta) = self.meta(name)?.filter(same) else { return Ok(()) };
        let known = fs::path_inside(&self.root, &format!("{PROFILES}/{name}/{META}"))?;
        let meta = Meta { last_used_at: Some(now), ..meta };
        Ok(fs::write_private(&known, emit_json(&encode(&meta)).as_bytes())?)
    }

    /// Takes a login away, with all that stands in its folder; whether there was one.
    ///
    /// # Errors
    /// A link stands in the way, or it cannot be taken away.
    pub fn clear(&self, name: &LoginName) -> Result<bool, Failure> {
        let Some(_lock) = self.lock(name)? else { return Ok(false) };
        let folder = self.folder(name)?;
        if kind(&folder)?.is_none() {
            // Somebody else did it while the lock was waited for.
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
    /// A link stands in the way, the folder cannot be listed, or there are more than anybody has.
    pub fn list(&self) -> Result<Vec<Stored>, Failure> {
        let dir = fs::path_inside(&self.root, PROFILES)?;
        let failed =
            |e: std::io::Error| Failure::new(dir.display().to_string(), format!("it can't be listed: {e}"));
        let listing = match std::fs::read_dir(&dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in listing {
            let entry = entry.map_err(failed)?;
            let Some(name) = entry.file_name().to_str().and_then(|name| LoginName::read(name).ok()) else {
                continue;
            };
            if !entry.file_type().map_err(failed)?.is_dir() {
                continue;
            }
            if names.len() == MOST {
                return Err(failed(std::io::Error::other(format!("there are more than {MOST} logins"))));
            }
            names.push(name);
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

/// What is in place of a file or folder, itself and not what it leads to; none: nothing.
fn kind(path: &Path) -> Result<Option<std::fs::FileType>, Failure> {
    match path.symlink_metadata() {
        Ok(meta) => Ok(Some(meta.file_type())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Failure::new(path.display().to_string(), format!("it can't be looked at: {e}"))),
    }
}

/// What is locked in place of a login's folder: no name of another login.
fn beside(folder: &Path, name: &LoginName) -> PathBuf {
    folder.with_file_name(format!(".{name}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::login::Standing;

    const PASSPHRASE: &str = "a phrase that is long";

    fn meta(name: &str, created: i64) -> Meta {
        Meta {
            schema: SCHEMA.to_owned(),
            name: name.to_owned(),
            target_url: "https://shop.example/login".to_owned(),
            created_at: at(created),
            last_used_at: None,
            standing: Standing {
                cookies: 1,
                earliest_expiry: None,
                target_cookies: 1,
                target_ends: None,
                target_storage: 0,
            },
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    fn store(logins: &Logins, name: &str, created: i64, state: &str) -> LoginName {
        let named = LoginName::read(name).unwrap();
        let random = &mut |out: &mut [u8]| out.fill(7);
        logins.store(&named, &meta(name, created), state.as_bytes(), PASSPHRASE, random).unwrap();
        named
    }

    /// Whoever opened a login and then was slow wrote back what there was before: the new one did not open any more, and
    /// one that was taken away was there again.
    #[test]
    fn that_it_was_used_undoes_nothing_that_was_done_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::of(dir.path().to_owned());
        let name = store(&logins, "shop", 1, "old");
        let opened = logins.open(&name, PASSPHRASE).unwrap().unwrap();
        logins.used(&name, &opened.meta, at(5)).unwrap();
        assert_eq!(logins.meta(&name).unwrap().unwrap().last_used_at, Some(at(5)));
        store(&logins, "shop", 2, "new");
        logins.used(&name, &opened.meta, at(6)).unwrap();
        assert_eq!(logins.meta(&name).unwrap(), Some(meta("shop", 2)));
        assert_eq!(&**logins.open(&name, PASSPHRASE).unwrap().unwrap().state, b"new");
        assert!(logins.clear(&name).unwrap() && !logins.clear(&name).unwrap());
        logins.used(&name, &opened.meta, at(7)).unwrap();
        assert!(!logins.folder(&name).unwrap().exists() && logins.open(&name, PASSPHRASE).unwrap().is_none());
    }

    #[test]
    fn one_that_was_stored_in_half_is_told_as_that() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::of(dir.path().to_owned());
        let name = store(&logins, "shop", 1, "old");
        let known = logins.folder(&name).unwrap().join(META);
        let before = std::fs::read(&known).unwrap();
        store(&logins, "shop", 2, "new");
        std::fs::write(&known, before).unwrap();
        let failure = logins.open(&name, PASSPHRASE).err().unwrap();
        assert!(failure.to_string().contains("storing it broke off"), "{failure}");
    }

    #[test]
    fn a_lock_is_in_no_other_logins_way_and_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::of(dir.path().to_owned());
        for name in ["shop", "shop.lock", "shop.lock.lock"] {
            store(&logins, name, 1, name);
        }
        assert_eq!(logins.list().unwrap().len(), 3);
        let name = LoginName::read("shop").unwrap();
        let lock = logins.lock(&name).unwrap().unwrap();
        std::thread::scope(|scope| {
            let (send, done) = std::sync::mpsc::channel();
            let logins = &logins;
            scope.spawn(move || send.send(logins.clear(&name).unwrap()));
            let wait = std::time::Duration::from_millis(100);
            assert!(done.recv_timeout(wait).is_err(), "somebody else writes it");
            drop(lock);
            assert!(done.recv().unwrap());
        });
    }

    #[test]
    fn more_logins_than_are_listed_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::of(dir.path().to_owned());
        let profiles = dir.path().join(PROFILES);
        std::fs::create_dir_all(profiles.join(".hidden")).unwrap();
        (0..MOST).for_each(|n| std::fs::create_dir(profiles.join(format!("l{n}"))).unwrap());
        assert_eq!(logins.list().unwrap().len(), MOST);
        std::fs::create_dir(profiles.join("more")).unwrap();
        assert!(logins.list().is_err());
    }
}
