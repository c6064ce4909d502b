//! A launch line that starts cask itself: what of it takes cask's guard away.

use super::launch::host_of;
use super::package::{behind_wrappers, package, program};
use super::tier::allows;
use crate::model::client::Launch;

/// Options that let a run be judged by what whoever wrote the line chose.
const OPTIONS: &[&str] = &["--trust", "--trust-ref", "--trust-pin", "--lockfile", "-l", "--root"];
/// Variables to the same effect: parts of their names behind CASK_ or CASKMCP_.
const VARIABLES: &[&str] =
    &["TRUST", "LOCKFILE", "UNSAFE", "BASE_URL", "ROOT", "ALLOW", "INSECURE", "APPROVERS"];

/// One thing that takes cask's guard away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weak {
    /// Where it stands below the server.
    pub part: String,
    /// The words, as they may be shown.
    pub word: String,
    /// The value: another one is another weakening. Not shown, for it may be a credential.
    pub value: Option<String>,
}

/// What a launch line of cask weakens. `hosts` are those that toolpacks allow.
pub fn weakens(launch: &Launch, hosts: &[String]) -> Vec<Weak> {
    let mut found = Vec::new();
    let own = |name: &str| matches!(program(name).as_str(), "cask" | "caskmcp");
    // `caskmcp[mcp]==1.0`, `cask:1.0`, `cask@sha256:…`: the name ends where something else begins.
    let plain = |word: &str| {
        let name = word.rsplit_once('/').map_or(word, |(_, name)| name);
        own(name.split([':', '@', '[', '=', '<', '>', '~', '!']).next().unwrap_or(name))
    };
    let packaged = package(&launch.command, &launch.args).is_some_and(|p| plain(&p.name));
    let wrapped = behind_wrappers(&launch.command, &launch.args).is_some_and(|at| own(&launch.args[at]));
    let is_cask = own(&launch.command) || wrapped || packaged
        // `python -m caskmcp`, `uvx … caskmcp`, `docker run … cask`.
        || launch.args.iter().any(|arg| plain(arg));
    if !is_cask {
        return found;
    }
    for (at, arg) in launch.args.iter().enumerate() {
        let (option, own_value) = arg.split_once('=').map_or((arg.as_str(), None), |(o, v)| (o, Some(v)));
        let value = own_value.or_else(|| launch.args.get(at + 1).map(String::as_str));
        let elsewhere = |url: &str| !allows(hosts, &host_of(url));
        let weak = option.starts_with("--unsafe")
            || OPTIONS.contains(&option)
            || option == "--base-url" && value.is_none_or(elsewhere);
        if weak {
            let takes = OPTIONS.contains(&option) || option == "--base-url";
            let value = value.filter(|_| takes).map(str::to_owned);
            found.push(Weak { part: format!("/args/{at}"), word: arg.clone(), value });
        }
    }
    for (name, value) in &launch.env {
        let upper = name.to_ascii_uppercase();
        let rest = upper.strip_prefix("CASKMCP_").or_else(|| upper.strip_prefix("CASK_"));
        if rest.is_some_and(|rest| VARIABLES.iter().any(|word| rest.contains(word))) {
            let part = format!("/env/{}", crate::canon::node::pointer_step(name));
            found.push(Weak { part, word: name.clone(), value: value.clone() });
        }
    }
    found
}
