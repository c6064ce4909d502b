//! A login by its name in, the storage state that a browser is given out; and that it was given.

use super::profile::{missing, name};
use super::secret::SecretArgs;
use crate::canon::{Fault, FaultKind};
use crate::capture::browser::storage_state::StorageState;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::logins::Logins;

/// The logins of the state folder.
pub fn logins(ctx: &Ctx) -> Logins {
    Logins::of(ctx.cwd.join(&ctx.global.root))
}

/// The storage state of a login. That it is used is written down with it.
///
/// # Errors
/// There is no such login, it does not open, or holds no storage state.
pub fn state(profile: &str, secret: &SecretArgs, ctx: &mut Ctx) -> Result<StorageState, Failed> {
    let name = name(profile, "--auth-profile")?;
    let logins = logins(ctx);
    // Before anybody is asked for the passphrase of nothing.
    if logins.meta(&name)?.is_none() {
        return Err(missing(&name, &logins));
    }
    let passphrase = secret.known(ctx)?;
    let opened = logins.open(&name, &passphrase)?.ok_or_else(|| missing(&name, &logins))?;
    let state = read(name.as_str(), &opened.state)?;
    if opened.meta.standing.is_expired(ctx.now) {
        ctx.note(&format!(
            "! the login {name} has expired; cask auth login --profile {name} --url URL renews it"
        ));
    }
    logins.used(&name, &opened.meta, ctx.now)?;
    Ok(state)
}

/// A storage state. What is wrong with one is told without a word of it.
///
/// # Errors
/// It is none, or has more than a browser is given.
pub fn read(file: &str, text: &[u8]) -> Result<StorageState, Failed> {
    StorageState::read(file, text).map_err(|fault| {
        let message = match fault.kind {
            FaultKind::Limit => fault.message,
            _ => "it is no storage state".to_owned(),
        };
        Fault::new(file, fault.kind, message)
            .hint("a file as `cask capture record --save-storage-state` or Playwright writes it")
            .into()
    })
}
