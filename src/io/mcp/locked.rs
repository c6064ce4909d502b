//! A server as a toolpack locks it, started again just so.

use std::collections::BTreeMap;
use std::path::Path;

use crate::canon::visible::visible;
use crate::io::failure::Failure;
use crate::io::program::Start;
use crate::model::client::filled::{filled, is_folder};
use crate::model::client::launch::Launch;

/// Characters of the shortest value of a variable that is looked for in what a server says: shorter ones are found in
/// words that have nothing to do with them.
pub const TELLING: usize = 8;

/// How a locked server is started: its launch line with the variables that are there now, and the values that it is
/// given so. Folders are seen from `root`, that of the repository, and it starts there.
///
/// # Errors
/// A variable is not there.
pub fn start(
    server: &str,
    launch: &Launch,
    root: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Start, Vec<String>), Failure> {
    let missing = |what: &str| {
        Failure::new(
            format!("the server {}", visible(server, 100)),
            format!("it needs {what}, which is not there"),
        )
        .hint("set the variable where cask run is started")
    };
    let mut given = Vec::new();
    let mut fill = |text: &str| {
        let mut value = |name: &str| match variable(name) {
            Some(value) => {
                given.push(value.clone());
                Some(value)
            }
            None => is_folder(name).then(|| root.display().to_string()),
        };
        filled(text, &mut value).map_err(|what| missing(&what))
    };
    let command = fill(&launch.command)?;
    let args = launch.args.iter().map(|text| fill(text)).collect::<Result<Vec<_>, Failure>>()?;
    let cwd = launch.cwd.as_deref().map(&mut fill).transpose()?;
    let own = |name: &String| Ok((name.clone(), variable(name).ok_or_else(|| missing(name))?));
    let env = launch.env.keys().map(own).collect::<Result<BTreeMap<String, String>, Failure>>()?;
    given.extend(env.values().cloned());
    given.retain(|value| value.len() >= TELLING);
    let cwd = cwd.map_or_else(|| root.to_owned(), |dir| root.join(dir));
    Ok((Start { command, args, env, cwd, shown: launch.line(), what: "the server" }, given))
}
