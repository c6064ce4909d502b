//! The key of a store: 32 random bytes beside it, made whole by whoever comes first and read by all others.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::canon::FaultKind;
use crate::enforce::token::Key;
use crate::io::failure::Failure;
use crate::io::fs;

/// Its name, beside the database.
pub const NAME: &str = "confirmation_signing.key";

/// Where the key of a database lies.
pub fn beside(database: &Path) -> PathBuf {
    database.with_file_name(NAME)
}

/// The key of a database; made if `create` and there is none.
///
/// # Errors
/// There is none, others can read it, it is no key, or the world fails.
pub fn open(database: &Path, create: bool) -> Result<Key, Failure> {
    let path = beside(database);
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    if !create {
        return Err(Failure::new(path.display().to_string(), "the key of the confirmations is gone")
            .why("nothing that is waiting can be granted without it"));
    }
    let mut bytes = Zeroizing::new([0; Key::LENGTH]);
    getrandom::fill(bytes.as_mut())
        .map_err(|e| Failure::new(path.display().to_string(), format!("no key can be made: {e}")))?;
    match fs::create_private(&path, bytes.as_ref()) {
        Ok(()) => {}
        // Somebody else was first: theirs is the key.
        Err(fault) if fault.kind == FaultKind::Place => {}
        Err(fault) => return Err(fault.into()),
    }
    read(&path)?.ok_or_else(|| Failure::new(path.display().to_string(), "the key can't be read back"))
}

fn read(path: &Path) -> Result<Option<Key>, Failure> {
    let subject = path.display().to_string();
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(Failure::new(subject, "the path names no file"));
    };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Some(bytes) = fs::read_inside(dir, name, Key::LENGTH + 1)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().map(|meta| meta.permissions().mode()).unwrap_or(0o777);
        if mode & 0o077 != 0 {
            let message = format!("others can read this key (mode {:04o})", mode & 0o7777);
            return Err(Failure::new(subject, message).hint(format!("chmod 600 {}", path.display())));
        }
    }
    match <[u8; Key::LENGTH]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ok(Some(Key::new(bytes))),
        Err(_) => Err(Failure::new(subject, "this is no key of confirmations: it must have 32 bytes")),
    }
}
