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

/// What a launch line of cask weakens: where it stands, and the words. `hosts` are those that toolpacks allow.
pub fn weakens(launch: &Launch, hosts: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let own = |name: &str| matches!(program(name).as_str(), "cask" | "caskmcp");
    let packaged = package(&launch.command, &launch.args).is_some_and(|p| own(&p.name));
    let wrapped = behind_wrappers(&launch.command, &launch.args).is_some_and(|at| own(&launch.args[at]));
    let is_cask = own(&launch.command) || wrapped || packaged
        // `python -m caskmcp`, `uvx … caskmcp`, `docker run … cask`.
        || launch.args.iter().any(|arg| own(arg.rsplit_once('/').map_or(arg.as_str(), |(_, n)| n).split([':', '@']).next().unwrap_or(arg)));
    if !is_cask {
        return found;
    }
    for (at, arg) in launch.args.iter().enumerate() {
        let (option, value) = arg.split_once('=').map_or((arg.as_str(), None), |(o, v)| (o, Some(v)));
        let value = value.or_else(|| launch.args.get(at + 1).map(String::as_str));
        let elsewhere = |url: &str| !allows(hosts, host_of(url).trim_start_matches("http://"));
        let weak = option.starts_with("--unsafe")
            || OPTIONS.contains(&option)
            || option == "--base-url" && value.is_none_or(elsewhere);
        if weak {
            found.push((format!("/args/{at}"), arg.clone()));
        }
    }
    for name in launch.env.keys() {
        let upper = name.to_ascii_uppercase();
        let rest = upper.strip_prefix("CASKMCP_").or_else(|| upper.strip_prefix("CASK_"));
        if rest.is_some_and(|rest| VARIABLES.iter().any(|word| rest.contains(word))) {
            found.push((format!("/env/{}", crate::canon::node::pointer_step(name)), name.clone()));
        }
    }
    found
}
