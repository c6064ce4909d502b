//! The world of a command that nobody sits before: what a server reads and judges again while it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cmd::ctx::{Ctx, Global};
use crate::cmd::failed::Failed;
use crate::io::clock;

/// Folder, options and environment of a command, kept for later.
#[derive(Debug, Clone)]
pub struct Unattended {
    cwd: PathBuf,
    global: Global,
    env: BTreeMap<String, String>,
}

impl Unattended {
    /// Those of a command that runs.
    pub fn of(ctx: &Ctx) -> Unattended {
        let var = |name: String| (ctx.env)(&name).map(|value| (name, value));
        Unattended {
            cwd: ctx.cwd.clone(),
            global: Global { no_interactive: true, quiet: true, ..ctx.global.clone() },
            env: (ctx.names)().into_iter().filter_map(var).collect(),
        }
    }

    /// Does something as it would be done now, without asking anybody and without a word.
    ///
    /// # Errors
    /// Why it could not be done, in one line.
    pub fn with<T>(&self, work: impl FnOnce(&mut Ctx) -> Result<T, Failed>) -> Result<T, String> {
        let mut ctx = Ctx {
            out: &mut std::io::sink(),
            err: &mut std::io::sink(),
            now: clock::now().map_err(|failure| failure.message)?,
            env: &|name| self.env.get(name).cloned(),
            names: &|| self.env.keys().cloned().collect(),
            cwd: self.cwd.clone(),
            random: &|_| {},
            terminal: None,
            may_ask: false,
            attended: false,
            global: self.global.clone(),
        };
        work(&mut ctx).map_err(|failed| match failed.0.subject.as_str() {
            "" => failed.0.message.clone(),
            subject => format!("{subject}: {}", failed.0.message),
        })
    }
}
