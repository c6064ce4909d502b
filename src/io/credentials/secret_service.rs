//! The keyring of a Linux desktop: the name of an entry in, its bytes out, by the secret service on the bus of the session
//! (gnome-keyring, KWallet, KeePassXC). What travels over the bus is encrypted.
//!
//! Nobody is asked: a keyring that is locked stays so. The general client of keyrings would have it unlocked, and wait for
//! a person to type a passphrase into a window while an agent waits for its call.

use std::collections::HashMap;
use std::time::Duration;

use secret_service::{EncryptionType, Error, SecretService};
use zeroize::Zeroizing;

use super::entry::{Entry, Trouble};

/// How long the keyring has. It may have to be started first.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nobody is asked.
pub(super) const MAY_ASK: bool = false;

const ABSENT: Trouble = Trouble {
    why: "can't be looked up: no keyring answers in this session",
    fix: "start cask in the session that has one, or give the value by a file or a variable",
};
const LOCKED: Trouble =
    Trouble { why: "is locked", fix: "unlock the keyring, which is what logging in does, and start again" };
const MISSING: Trouble = Trouble {
    why: "is not there",
    fix: "store it: secret-tool store --label LABEL service SERVICE username ACCOUNT",
};
const SEVERAL: Trouble =
    Trouble { why: "is there more than once", fix: "leave one of them, by secret-tool clear" };
const BROKEN: Trouble = Trouble { why: "can't be read", fix: "see whether secret-tool lookup reads it" };

/// What an entry holds. Blocks.
///
/// # Errors
/// There is no keyring, or it does not answer in time; the entry is locked, missing or not the only one of its name.
pub(super) fn secret(entry: &Entry) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| ABSENT)?;
    let looked = runtime.block_on(async { tokio::time::timeout(PATIENCE, look(entry)).await });
    looked.unwrap_or(Err(ABSENT))
}

async fn look(entry: &Entry) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let service = SecretService::connect(EncryptionType::Dh).await.map_err(|_| ABSENT)?;
    let attributes =
        HashMap::from([("service", entry.service.as_str()), ("username", entry.account.as_str())]);
    let found = service.search_items(attributes).await.map_err(trouble)?;
    match (&found.unlocked[..], &found.locked[..]) {
        ([one], _) => one.get_secret().await.map(Zeroizing::new).map_err(trouble),
        ([], []) => Err(MISSING),
        ([], _) => Err(LOCKED),
        _ => Err(SEVERAL),
    }
}

fn trouble(error: Error) -> Trouble {
    match error {
        Error::Locked => LOCKED,
        Error::NoResult => MISSING,
        _ => BROKEN,
    }
}
