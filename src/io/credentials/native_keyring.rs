//! The keyring of macOS (Keychain) and of Windows (Credential Manager): the name of an entry in, its bytes out.

use std::sync::mpsc;
use std::time::Duration;

use keyring::Error;
use zeroize::Zeroizing;

use super::entry::{Entry, Trouble};

/// How long the keyring has. At the start, that is how long a person has who is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the system may ask a person before it gives a secret out: macOS does, for each new program.
pub(super) const MAY_ASK: bool = cfg!(target_vendor = "apple");

/// What an entry holds. Blocks.
///
/// # Errors
/// There is no keyring, or it does not answer in time; the entry is locked, missing or not the only one of its name.
pub(super) fn secret(entry: &Entry) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let (send, receive) = mpsc::channel();
    let Entry { service, account } = entry.clone();
    // Calls of the system know no deadline.
    std::thread::spawn(move || {
        let read = keyring::Entry::new(&service, &account).and_then(|entry| entry.get_secret());
        let _ = send.send(read.map(Zeroizing::new).map_err(trouble));
    });
    let slow = Trouble { why: "was not given out in time", fix: "unlock the keyring, and start again" };
    receive.recv_timeout(PATIENCE).unwrap_or(Err(slow))
}

fn trouble(error: Error) -> Trouble {
    let (why, fix) = match error {
        Error::NoEntry => ("is not there", "store it under that service and account"),
        Error::NoStorageAccess(_) => ("is locked", "unlock the keyring, and start again"),
        Error::Ambiguous(_) => ("is there more than once", "leave one of them"),
        _ => ("can't be read", "see whether the system's own program reads it"),
    };
    Trouble { why, fix }
}
