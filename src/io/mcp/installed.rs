//! Which release of a package a launch line ran, told by what its runner left in the home that it was given: the
//! version, and the digest by which npm checked what it fetched.

use std::path::Path;

use crate::canon::Limits;
use crate::canon::Node;
use crate::canon::read_json::read_json;
use crate::compare::package::Package;
use crate::io::fs::read_bounded;

/// Bytes of npm's record of what it installed.
const RECORD: usize = 16 << 20;
/// Folders that are looked into.
const FOLDERS: usize = 1_000;
/// Runners of npm that leave their record below `.npm/_npx`.
const NPM: &[&str] = &["npx", "npm exec"];
const PYTHON: &[&str] = &["uvx", "pipx"];

/// The package as a baseline locks it: `{registry, name, version, integrity}`, the last two as far as they are known.
/// None of a launch line that fetches nothing.
pub fn locked(package: &Package, home: &Path) -> Node {
    let registry = match package.runner {
        "docker" => "oci",
        runner if PYTHON.contains(&runner) => "pypi",
        "deno" => "deno",
        "go" => "go",
        _ => "npm",
    };
    let found = if NPM.contains(&package.runner) { npm(&package.name, home) } else { None };
    let (version, integrity) = found.unwrap_or_default();
    let exact = package.version.clone().filter(|_| package.is_pinned());
    let text = |text: Option<String>| text.map_or_else(Node::null, Node::text);
    Node::map([
        ("registry", Node::text(registry)),
        ("name", Node::text(package.name.as_str())),
        ("version", text(version.or(exact))),
        ("integrity", text(integrity.or_else(|| package.digest.clone()))),
    ])
}

type Found = (Option<String>, Option<String>);

/// Version and digest of a package in the record of what npm installed to run it.
fn npm(name: &str, home: &Path) -> Option<Found> {
    let folders = std::fs::read_dir(home.join(".npm").join("_npx")).ok()?;
    folders.flatten().take(FOLDERS).find_map(|folder| {
        let record = folder.path().join("node_modules").join(".package-lock.json");
        let bytes = read_bounded(&record, RECORD).ok()??;
        let record = read_json("package-lock.json", &bytes, &Limits::new(RECORD)).ok()?;
        let entry = record.get("packages")?.get(&format!("node_modules/{name}"))?.clone();
        let text = |key: &str| entry.get(key).and_then(Node::as_text).map(str::to_owned);
        Some((text("version"), text("integrity")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::package::package;

    fn of(line: &str, home: &Path) -> Vec<Option<String>> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let node = locked(&package(&words[0], &words[1..]).expect("a package"), home);
        let all = ["registry", "name", "version", "integrity"];
        all.iter().map(|key| node.get(key).and_then(Node::as_text).map(str::to_owned)).collect()
    }

    fn some(words: [&str; 4]) -> Vec<Option<String>> {
        words.iter().map(|word| (!word.is_empty()).then(|| (*word).to_owned())).collect()
    }

    #[test]
    fn what_npm_installed_is_told_by_its_own_record() {
        let home = tempfile::tempdir().unwrap();
        let at = home.path().join(".npm/_npx/0a1b/node_modules");
        std::fs::create_dir_all(&at).unwrap();
        std::fs::write(
            at.join(".package-lock.json"),
            r#"{"packages": {"node_modules/@scope/files": {"version": "1.2.3", "integrity": "sha512-abc"}}}"#,
        )
        .unwrap();
        assert_eq!(
            of("npx -y @scope/files", home.path()),
            some(["npm", "@scope/files", "1.2.3", "sha512-abc"])
        );
        // Of another package nothing is known but what the launch line says.
        assert_eq!(of("npx -y @scope/other@2.0.0", home.path()), some(["npm", "@scope/other", "2.0.0", ""]));
        assert_eq!(of("npx -y other@latest", home.path()), some(["npm", "other", "", ""]));
    }

    #[test]
    fn other_runners_tell_what_their_line_says() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(
            of("uvx mcp-server-git==2026.1.1", home.path()),
            some(["pypi", "mcp-server-git", "2026.1.1", ""])
        );
        let image = of("docker run -i ghcr.io/a/b@sha256:0011", home.path());
        assert_eq!((image[0].as_deref(), image[3].is_some()), (Some("oci"), true), "{image:?}");
    }
}
