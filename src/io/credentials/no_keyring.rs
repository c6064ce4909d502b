//! What stands in the place of a keyring where the program was built without one: the form is known, and refused.

use zeroize::Zeroizing;

use super::entry::{Entry, Trouble};

/// Nobody is asked.
pub(super) const MAY_ASK: bool = false;

/// That nothing can be looked up.
///
/// # Errors
/// Always.
pub(super) fn secret(_: &Entry) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    Err(Trouble {
        why: "can't be looked up: this cask was built without the keyring",
        fix: "build it with --features keyring, or give the value by a file or a variable",
    })
}
