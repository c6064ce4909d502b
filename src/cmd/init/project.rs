//! The paths of a project in; what it is written in, what checks it, and what could become a toolpack, out. Names of
//! files alone decide here: what is in them is read by whoever reads such files.

use std::collections::{BTreeMap, BTreeSet};

use crate::clients::guards::is_guard;

/// Manifests: file, language, package manager. The first of a folder that has the language tells it.
const MANIFESTS: &[(&str, &str, &str)] = &[
    ("requirements.txt", "python", "pip"),
    ("pyproject.toml", "python", "pip"),
    ("Pipfile", "python", "pipenv"),
    ("setup.py", "python", "pip"),
    ("tsconfig.json", "typescript", "npm"),
    ("package.json", "javascript", "npm"),
    ("deno.json", "typescript", "deno"),
    ("Gemfile", "ruby", "bundler"),
    ("go.mod", "go", "go"),
    ("Cargo.toml", "rust", "cargo"),
    ("pom.xml", "java", "maven"),
    ("build.gradle", "java", "gradle"),
    ("build.gradle.kts", "kotlin", "gradle"),
    ("composer.json", "php", "composer"),
    ("mix.exs", "elixir", "mix"),
    ("Package.swift", "swift", "swift"),
];
/// Files that only one package manager writes: file, the manager whose place it takes, it.
const LOCKS: &[(&str, &str, &str)] = &[
    ("poetry.lock", "pip", "poetry"),
    ("uv.lock", "pip", "uv"),
    ("pdm.lock", "pip", "pdm"),
    ("Pipfile.lock", "pip", "pipenv"),
    ("yarn.lock", "npm", "yarn"),
    ("pnpm-lock.yaml", "npm", "pnpm"),
    ("bun.lock", "npm", "bun"),
    ("bun.lockb", "npm", "bun"),
];
/// Names that descriptions of APIs usually have.
const DESCRIPTIONS: &[&str] = &[
    "openapi.yaml",
    "openapi.yml",
    "openapi.json",
    "swagger.yaml",
    "swagger.yml",
    "swagger.json",
    "api-spec.yaml",
    "api-spec.json",
];
/// Folders in which nobody writes: what lies there is somebody else's, or made.
const FOREIGN: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "target",
    "dist",
    "build",
    "venv",
    "site-packages",
    "fixtures",
    "testdata",
];
/// Folders that a manifest or a description may lie deep.
const DEEP: usize = 3;
/// Of each kind, so many are looked at.
const MANY: usize = 20;

/// What a folder of the project is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The folder; empty for the root.
    pub dir: String,
    /// The language.
    pub language: &'static str,
    /// What installs what it needs.
    pub manager: &'static str,
    /// The file that tells it.
    pub manifest: String,
}

/// A project by its paths.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Languages, of the root first.
    pub parts: Vec<Part>,
    /// Workflows, hooks and files of CI systems.
    pub guards: Vec<String>,
    /// What may be a description of an API.
    pub descriptions: Vec<String>,
    /// What may be a recording of calls.
    pub recordings: Vec<String>,
}

/// What the paths of files tell.
pub fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Project {
    let mut project = Project::default();
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in paths {
        if is_guard(path) && project.guards.len() < MANY {
            project.guards.push(path.to_owned());
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let steps: Vec<&str> = dir.split('/').filter(|step| !step.is_empty()).collect();
        if steps.len() > DEEP || steps.iter().any(|step| step.starts_with('.') || FOREIGN.contains(step)) {
            continue;
        }
        if DESCRIPTIONS.contains(&name) && project.descriptions.len() < MANY {
            project.descriptions.push(path.to_owned());
        }
        if (name.ends_with(".har") || name.ends_with(".har.gz")) && project.recordings.len() < MANY {
            project.recordings.push(path.to_owned());
        }
        folders.entry(dir).or_default().insert(name);
    }
    for (dir, names) in &folders {
        parts(dir, names, &mut project.parts);
    }
    project.parts.truncate(MANY);
    project
}

fn parts(dir: &str, names: &BTreeSet<&str>, out: &mut Vec<Part>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (manifest, language, usual) in MANIFESTS.iter().filter(|(manifest, ..)| names.contains(manifest)) {
        // Typescript is told beside a package.json, and is no second language.
        let family = if *language == "typescript" { "javascript" } else { language };
        if !told.insert(family) {
            continue;
        }
        let lock = LOCKS.iter().find(|(file, instead, _)| instead == usual && names.contains(file));
        let manager = lock.map_or(*usual, |(.., manager)| manager);
        let above = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        out.push(Part { dir: dir.to_owned(), language, manager, manifest: format!("{above}{manifest}") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(paths: &[&str]) -> Vec<(String, &'static str, &'static str)> {
        of(paths.iter().copied()).parts.into_iter().map(|p| (p.dir, p.language, p.manager)).collect()
    }

    #[test]
    fn a_manifest_tells_the_language_and_a_lock_file_the_manager() {
        for (paths, expected) in [
            (&["requirements.txt", "pyproject.toml"][..], &[("", "python", "pip")][..]),
            (&["pyproject.toml", "uv.lock"], &[("", "python", "uv")]),
            (&["package.json", "yarn.lock"], &[("", "javascript", "yarn")]),
            (&["package.json", "tsconfig.json", "pnpm-lock.yaml"], &[("", "typescript", "pnpm")]),
            (&["go.mod", "Makefile"], &[("", "go", "go")]),
            (&["Cargo.toml", "web/package.json"], &[("", "rust", "cargo"), ("web", "javascript", "npm")]),
            (&["Makefile", "README.md"], &[]),
            (&["node_modules/x/package.json", ".venv/setup.py", "a/b/c/d/go.mod"], &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(d, l, m)| ((*d).to_owned(), *l, *m)).collect();
            assert_eq!(told(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn what_could_become_a_toolpack_is_known_by_its_name() {
        let project = of([
            "docs/openapi.yaml",
            "calls/june.har.gz",
            "src/har.rs",
            "fixtures/openapi.json",
            "x/openapi.yaml.bak",
        ]);
        assert_eq!(project.descriptions, ["docs/openapi.yaml"]);
        assert_eq!(project.recordings, ["calls/june.har.gz"]);
        assert_eq!(of([".github/workflows/ci.yml", "Jenkinsfile", "a/Jenkinsfile"]).guards.len(), 2);
    }
}
