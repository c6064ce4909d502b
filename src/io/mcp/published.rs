//! Which release of a package a launch line fetches, and the digest by which that is checked: told by npm or pip before
//! the server runs. Once it runs it could say what suits it, in whatever its runner leaves behind.

use std::path::Path;
use std::time::Duration;

use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::compare::package::Package;
use crate::io::process::run;
use crate::io::program::clean;

/// Bytes of what npm or pip tells; pip adds what a package says of itself.
const MOST: usize = 4 << 20;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Runners that fetch what npm publishes.
const NPM: &[&str] = &["npx", "npm exec", "bunx", "pnpm dlx", "yarn dlx"];
/// Runners that fetch what PyPI publishes.
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
    let asked = match registry {
        "npm" if NPM.contains(&package.runner) => npm(package, cwd),
        "pypi" => pip(package),
        _ => Ok(Release::default()),
    };
    let (found, why) = match asked {
        Ok(found) => (found, None),
        Err(why) => (Release::default(), Some(why)),
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
    of_npm(&output.stdout).ok_or_else(|| format!("npm names several releases of {spec}, or none"))
}

fn of_npm(told: &[u8]) -> Option<Release> {
    let told = read_json("npm", told, &Limits::new(MOST)).ok()?;
    let text = |key: &str| told.get(key).and_then(Node::as_text).map(str::to_owned);
    Some(Release { version: Some(text("version")?), integrity: text("dist.integrity") })
}

/// What pip says of the release that a launch line names, by its installation report (version 1). Nothing is installed,
/// and nothing of the package runs: wheels alone are looked at, in a folder where no file can pass for the package.
fn pip(package: &Package) -> Result<Release, String> {
    let spec = requirement(package).ok_or_else(|| format!("pip is not asked for {}", package.name))?;
    let home = tempfile::TempDir::with_prefix("cask-home-").map_err(|e| e.to_string())?;
    let mut command = clean("python3", home.path(), home.path());
    command.args([
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]);
    command.args(["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--quiet", "--report", "-"]);
    command.args(["--", &spec]);
    let output = run(&mut command, MOST, PATIENCE).map_err(|trouble| trouble.message("python3 -m pip"))?;
    if output.code != Some(0) {
        return Err(format!("pip knows no {spec}: {}", output.complaint()));
    }
    of_pip(&output.stdout).ok_or_else(|| format!("pip does not tell which release of {spec} it would take"))
}

/// What pip is asked for. None for what is no name of a package: an address, a path.
fn requirement(package: &Package) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    // What is asked of it besides changes nothing about which release it is.
    let name = package.name.split('[').next().unwrap_or_default();
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(is_plain) {
        return None;
    }
    let version = match package.version.as_deref() {
        None | Some("latest") => String::new(),
        Some(range) if range.starts_with(['<', '>', '~', '!']) => range.to_owned(),
        Some(exact) => format!("=={exact}"),
    };
    Some(format!("{name}{version}"))
}

fn of_pip(told: &[u8]) -> Option<Release> {
    let told = read_json("pip", told, &Limits::new(MOST)).ok()?;
    let [only] = told.get("install")?.items() else { return None };
    let digest = only.get("download_info")?.get("archive_info")?.get("hashes")?.get("sha256")?.as_text()?;
    let version = only.get("metadata")?.get("version")?.as_text()?;
    Some(Release { version: Some(version.to_owned()), integrity: Some(format!("sha256:{digest}")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::package::package;

    fn of(line: &str) -> Package {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        package(&words[0], &words[1..]).expect("a package")
    }

    #[test]
    fn what_npm_tells_is_one_release_or_nothing() {
        let told = of_npm(br#"{"version": "1.2.3", "dist.integrity": "sha512-abc"}"#).unwrap();
        assert_eq!((told.version.as_deref(), told.integrity.as_deref()), (Some("1.2.3"), Some("sha512-abc")));
        for none in ["", "[]", "{}", r#"[{"version": "1"}, {"version": "2"}]"#, r#"{"version": 1}"#] {
            assert_eq!(of_npm(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn what_pip_tells_is_one_release_or_nothing() {
        let one = |version: &str| {
            format!(
                r#"{{"metadata": {{"version": "{version}"}}, "download_info": {{"archive_info": {{"hashes": {{"sha256": "ab"}}}}}}}}"#
            )
        };
        let told = of_pip(format!(r#"{{"install": [{}]}}"#, one("1.2.3")).as_bytes()).unwrap();
        assert_eq!((told.version.as_deref(), told.integrity.as_deref()), (Some("1.2.3"), Some("sha256:ab")));
        let two = format!(r#"{{"install": [{}, {}]}}"#, one("1"), one("2"));
        for none in ["", "{}", r#"{"install": []}"#, r#"{"install": [{}]}"#, &two] {
            assert_eq!(of_pip(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn pip_is_asked_for_names_alone() {
        for (line, asked) in [
            ("uvx mcp-server-git==2026.1.1", Some("mcp-server-git==2026.1.1")),
            ("uvx mcp-server-git@2026.1.1", Some("mcp-server-git==2026.1.1")),
            ("uvx mcp-server-git@latest", Some("mcp-server-git")),
            ("uvx --from mcp-server-git[all]>=2,<3 git", Some("mcp-server-git>=2,<3")),
            ("pipx run mcp.server_git", Some("mcp.server_git")),
            ("uvx git+https://example.org/a/b@v1", None),
            ("uvx ./server", None),
            ("uvx ../server.tar.gz", None),
            ("uvx --from -r git", None),
        ] {
            assert_eq!(requirement(&of(line)).as_deref(), asked, "{line}");
        }
    }

    #[test]
    fn other_runners_tell_what_their_line_says() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let (node, why) = locked(&of(&format!("docker run -i example.org/a/b@{digest}")), Path::new("."));
        assert_eq!(why, None, "nobody is asked");
        let text = |key: &str| node.get(key).and_then(Node::as_text);
        assert_eq!((text("registry"), text("name")), (Some("oci"), Some("example.org/a/b")));
        assert_eq!((text("version"), text("integrity")), (None, Some(digest.as_str())));
    }
}
