//! The passphrase of a login: out of a variable or the keyring, or asked for on the terminal. Never an argument.

use zeroize::Zeroizing;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::keyfile::ask_passphrase;
use crate::io::credentials;

/// The variable that is looked at where none is named.
const VARIABLE: &str = "CASK_AUTH_PASSPHRASE";
/// Least characters of a passphrase that something is sealed with.
const LEAST: usize = 12;

/// Where the passphrase of a login comes from.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SecretArgs {
    /// Variable with the passphrase of the login (default: CASK_AUTH_PASSPHRASE; else it is asked for)
    #[arg(long, value_name = "NAME", conflicts_with = "auth_passphrase_keyring")]
    auth_passphrase_env: Option<String>,
    /// Entry of the keyring with it: SERVICE/ACCOUNT; in builds with the feature keyring
    #[arg(long, value_name = "ENTRY")]
    auth_passphrase_keyring: Option<String>,
}

impl SecretArgs {
    /// The first of the options that was given.
    pub fn given(&self) -> Option<&'static str> {
        let env = self.auth_passphrase_env.is_some().then_some("--auth-passphrase-env");
        env.or(self.auth_passphrase_keyring.is_some().then_some("--auth-passphrase-keyring"))
    }

    /// The passphrase of a login that is there.
    ///
    /// # Errors
    /// A variable or entry without one, or nobody can be asked.
    pub fn known(&self, ctx: &Ctx) -> Result<Zeroizing<String>, Failed> {
        match self.told(ctx)? {
            Some(told) => Ok(told),
            None => asked(ctx, "passphrase of the login"),
        }
    }

    /// The passphrase that a login is going to have: typed twice, where it is typed.
    ///
    /// # Errors
    /// As [`SecretArgs::known`]; or it is too short, or not the same twice.
    pub fn fresh(&self, ctx: &Ctx) -> Result<Zeroizing<String>, Failed> {
        let told = self.told(ctx)?;
        let is_told = told.is_some();
        let first = told.map_or_else(|| asked(ctx, "passphrase for the login"), Ok)?;
        if first.chars().count() < LEAST {
            return Err(Failed::new(
                "usage",
                "the passphrase",
                format!("it has less than {LEAST} characters; nothing was stored"),
            )
            .hint("some words that nobody would put together"));
        }
        if !is_told && *asked(ctx, "the same again")? != *first {
            return Err(Failed::new("usage", "the passphrase", "the two differ; nothing was stored"));
        }
        Ok(first)
    }

    fn told(&self, ctx: &Ctx) -> Result<Option<Zeroizing<String>>, Failed> {
        if let Some(entry) = &self.auth_passphrase_keyring {
            let read = credentials::of_keyring(entry, "--auth-passphrase-keyring");
            return read.map(Some).map_err(|unfit| Failed::new("usage", "", unfit.reason).hint(unfit.fix));
        }
        match &self.auth_passphrase_env {
            None => Ok(ctx.var(VARIABLE).map(Zeroizing::new)),
            Some(name) => match ctx.var(name) {
                Some(value) => Ok(Some(Zeroizing::new(value))),
                // A passphrase in the place of the name must not be repeated.
                None => Err(Failed::new(
                    "usage",
                    "--auth-passphrase-env",
                    "the variable that it names is not set",
                )
                .hint("give the name of a variable, not its value")),
            },
        }
    }
}

fn asked(ctx: &Ctx, what: &str) -> Result<Zeroizing<String>, Failed> {
    ask_passphrase(ctx, what)
        .map_err(|failed| failed.hint(format!("set {VARIABLE}, or --auth-passphrase-env NAME")))
}
