//! Which release of a package a launch line fetches, and the digest by which its runner checks that: told by npm before
//! the server runs. Once it runs it could say what suits it, in whatever its runner leaves behind.

use std::path::Path;
use std::time::Duration;

use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::compare::package::Package;
use crate::io::process::run;
use crate::io::program::clean;

/// Bytes of what npm tells.
const MOST: usize = 1 << 20;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Runners that fetch what npm publishes.
const NPM: &[&str] = &["npx", "npm exec", "bunx", "pnpm dlx", "yarn dlx"];
const PYTHON: &[&str] = &["uvx", "pipx"];

/// What is known of a release.
#[derive(Debug, Default, PartialEq, Eq)]
struct Release {
    version: Option<String>,
    integrity: Option<String>,
}

/// The package as a baseline locks it: `{registry, name, version, integrity}`, the last two as far as they are known; and
/// why they are not, where somebody was asked. `cwd`: where the server will start.
pub fn locked(package: &Package, cwd: &Path) -> (Node, Option<String>) {
    let registry = match package.runner {
        "docker" => "oci",
        "deno" => "deno",
        "go run" => "go",
        runner if PYTHON.contains(&runner) => "pypi",
        _ => "npm",
    };
    let asked = NPM.contains(&package.runner).then(|| npm(package, cwd));
    let (found, why) = match asked {
        None => (Release::default(), None),
        Some(Ok(found)) => (found, None),
        Some(Err(why)) => (Release::default(), Some(why)),
    };
    let exact = package.version.clone().filter(|_| package.is_pinned());
    let text = |text: Option<String>| text.map_or_else(Node::null, Node::text);
    let node = Node::map([
        ("registry", Node::text(registry)),
        ("name", Node::text(package.name.as_str())),
        ("version", text(found.version.or(exact))),
        ("integrity", text(found.integrity.or_else(|| package.digest.clone()))),
    ]);
    (node, why)
}

/// What npm says of the release that a launch line names.
fn npm(package: &Package, cwd: &Path) -> Result<Release, String> {
    let spec = match &package.version {
        Some(version) => format!("{}@{version}", package.name),
        None => package.name.clone(),
    };
    let home = tempfile::TempDir::with_prefix("cask-home-").map_err(|e| e.to_string())?;
    let mut command = clean("npm", home.path(), cwd);
    // What follows is no option, whatever it begins with.
    command.args(["view", "--json", "--", &spec, "version", "dist.integrity"]);
    let output = run(&mut command, MOST, PATIENCE).map_err(|trouble| trouble.message("npm"))?;
    if output.code != Some(0) {
        return Err(format!("npm knows no {spec}: {}", output.complaint()));
    }
    release(&output.stdout).ok_or_else(|| format!("npm names several releases of {spec}, or none"))
}

fn release(told: &[u8]) -> Option<Release> {
    let told = read_json("npm", told, &Limits::new(MOST)).ok()?;
    let text = |key: &str| told.get(key).and_then(Node::as_text).map(str::to_owned);
    Some(Release { version: Some(text("version")?), integrity: text("dist.integrity") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::package::package;

    #[test]
    fn what_npm_tells_is_one_release_or_nothing() {
        let told = release(br#"{"version": "1.2.3", "dist.integrity": "sha512-abc"}"#).unwrap();
        assert_eq!((told.version.as_deref(), told.integrity.as_deref()), (Some("1.2.3"), Some("sha512-abc")));
        for none in ["", "[]", "{}", r#"[{"version": "1"}, {"version": "2"}]"#, r#"{"version": 1}"#] {
            assert_eq!(release(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn other_runners_tell_what_their_line_says() {
        let of = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (node, why) = locked(&package(&words[0], &words[1..]).expect("a package"), Path::new("."));
            assert_eq!(why, None, "nobody is asked");
            ["registry", "name", "version", "integrity"]
                .map(|key| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned())
        };
        assert_eq!(of("uvx mcp-server-git==2026.1.1"), ["pypi", "mcp-server-git", "2026.1.1", ""]);
        assert_eq!(of("uvx mcp-server-git"), ["pypi", "mcp-server-git", "", ""]);
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(of(&format!("docker run -i example.org/a/b@{digest}"))[3], digest);
    }
}
