//! The keyring of this system: the name of an entry in, a source of the credential that it holds out. Read at the start,
//! and once more where a server does not take what it held: somebody may have put a newer one there.
//!
//! A program that was built without the feature `keyring` knows the form all the same, and says what to do instead.

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::credential::Credential;
use super::entry::{Entry, Trouble};
#[cfg(all(feature = "keyring", not(all(unix, not(target_vendor = "apple")))))]
use super::native_keyring as vault;
#[cfg(not(feature = "keyring"))]
use super::no_keyring as vault;
use super::provider::{Later, TokenProvider};
#[cfg(all(feature = "keyring", unix, not(target_vendor = "apple")))]
use super::secret_service as vault;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::Refusal;
use crate::io::net::unfit::Unfit;

/// The secret of the entry with this name. Waits for the keyring. `named` is what named the entry.
///
/// # Errors
/// There is no keyring here or no such entry, it is locked, or holds no text. Neither name nor secret is repeated.
pub fn read(text: &str, named: &str) -> Result<Zeroizing<String>, Unfit> {
    secret(&Entry::read(text, named)?, named)
}

fn secret(entry: &Entry, named: &str) -> Result<Zeroizing<String>, Unfit> {
    let unfit = |Trouble { why, fix }| Unfit::means(format!("the entry that {named} names {why}"), fix);
    let bytes = vault::secret(entry).map_err(unfit)?;
    let no_text = Trouble { why: "is not text", fix: "store one line of visible characters" };
    let text = std::str::from_utf8(&bytes).map_err(|_| unfit(no_text))?;
    // What was piped into a tool has the end of its line in it.
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// What an entry holds, for one server.
pub(super) struct Keyring {
    entry: Entry,
    name: String,
    origin: Origin,
    header: String,
    held: Mutex<Credential>,
    /// One look at a time: whoever waited takes what the one before brought.
    looking: tokio::sync::Mutex<()>,
}

impl Keyring {
    /// The source of the entry with this name, which is read. `name` says in audits where the credential came from.
    ///
    /// # Errors
    /// As [`read`]; or it holds what no header takes.
    pub(super) fn open(text: &str, name: &str, origin: Origin, header: &str) -> Result<Keyring, Unfit> {
        let entry = Entry::read(text, name)?;
        let held = Credential::new(name, origin.clone(), header, &secret(&entry, name)?)?;
        let (name, header) = (name.to_owned(), header.to_owned());
        Ok(Keyring {
            entry,
            name,
            origin,
            header,
            held: Mutex::new(held),
            looking: tokio::sync::Mutex::default(),
        })
    }

    fn held(&self) -> Credential {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the entry holds another credential by now than the one that was not taken.
    async fn renewed(&self, stale: &Credential) -> bool {
        let _one = self.looking.lock().await;
        if self.held().serial() != stale.serial() {
            return true;
        }
        // No window opens in the middle of a call.
        if vault::MAY_ASK {
            return false;
        }
        let (entry, name) = (self.entry.clone(), self.name.clone());
        // The keyring is another program, which may take its time.
        let Ok(Ok(value)) = tokio::task::spawn_blocking(move || secret(&entry, &name)).await else {
            return false;
        };
        match Credential::new(&self.name, self.origin.clone(), &self.header, &value) {
            Ok(fresh) if !fresh.is_same(stale) => {
                let fresh = fresh.numbered(stale.serial() + 1);
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                true
            }
            Ok(_) | Err(_) => false,
        }
    }
}

impl TokenProvider for Keyring {
    fn name(&self) -> &str {
        &self.name
    }

    fn get<'a>(&'a self, origin: &'a Origin, _: &'a str) -> Later<'a, Result<Option<Credential>, Refusal>> {
        let found = (*origin == self.origin).then(|| self.held());
        Box::pin(async move { Ok(found) })
    }

    fn refresh<'a>(&'a self, stale: &'a Credential, _: &'a str) -> Later<'a, bool> {
        Box::pin(self.renewed(stale))
    }
}

#[cfg(all(test, not(feature = "keyring")))]
mod tests {
    use super::*;

    #[test]
    fn without_the_feature_the_form_is_known_and_refused_with_what_to_do() {
        let refused = read("shop/cask", "--auth-keyring").unwrap_err().to_string();
        assert!(refused.contains("--features keyring") && refused.contains("a file"), "{refused}");
    }
}
