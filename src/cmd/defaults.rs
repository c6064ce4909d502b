//! What somebody wrote into config.yaml for commands that make things: an option stands over it, and it over what is
//! built in.

use super::ctx::Ctx;
use super::failed::Failed;
use crate::capture::Profile;
use crate::io::fs::read_bounded;
use crate::model::bytes::{shown, strict_yaml};
use crate::model::config::{Config, FILE};
use crate::model::limits;

/// The defaults of the state folder; those of nobody where there is no file.
///
/// # Errors
/// A file that cannot be read, or that says what is not known.
pub fn of(ctx: &Ctx) -> Result<Config, Failed> {
    let path = ctx.global.root.join(FILE);
    let name = path.display().to_string();
    let Some(bytes) = read_bounded(&ctx.cwd.join(&path), limits::SMALL)? else {
        return Ok(Config::default());
    };
    let node = strict_yaml(&name, &bytes, limits::SMALL)?;
    Ok(Config::read(&name, &node).map_err(shown(&bytes))?)
}

/// The profile of redaction: the one that was asked for, or the default.
pub fn profile(asked: Option<&str>, config: &Config) -> String {
    asked.or(config.redaction_profile.as_deref()).unwrap_or(Profile::DefaultSafe.word()).to_owned()
}

/// The hosts: those that were asked for, or the defaults.
pub fn hosts(asked: &[String], config: &Config) -> Vec<String> {
    if asked.is_empty() { config.allowed_hosts.clone() } else { asked.to_vec() }
}
