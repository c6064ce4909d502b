//! Which login is meant: its name on the command line, checked before it becomes a path.

use crate::cmd::failed::Failed;
use crate::io::logins::Logins;
use crate::model::login::LoginName;

/// Which login.
#[derive(Debug, Clone, clap::Args)]
pub struct ProfileArgs {
    /// Name of the login
    #[arg(long, value_name = "NAME")]
    profile: String,
}

impl ProfileArgs {
    /// The name.
    ///
    /// # Errors
    /// It is none.
    pub fn name(&self) -> Result<LoginName, Failed> {
        name(&self.profile, "--profile")
    }
}

/// The name of a login, as an option gave it.
///
/// # Errors
/// It is none.
pub fn name(text: &str, option: &str) -> Result<LoginName, Failed> {
    LoginName::read(text).map_err(|_| {
        Failed::new("usage", option, format!("{text:?} is no name of a login"))
            .hint("up to 64 letters, digits, dots, dashes and underscores, a letter or digit first and last")
    })
}

/// There is no such login; those that there are may tell which was meant.
pub fn missing(name: &LoginName, logins: &Logins) -> Failed {
    let known = logins.list().unwrap_or_default();
    Failed::new("input", name.as_str(), "there is no such login")
        .meant(name.as_str(), known.iter().map(|stored| stored.name.as_str()), |near| {
            format!("--profile {near}")
        })
        .hint("cask auth list")
        .hint(format!("cask auth login --profile {name} --url URL"))
}
