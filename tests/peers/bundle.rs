//! What clients of MCP are given of a release: server.json against the schema of the registry, and bundles that their
//! makers' own tool takes, and that start the program as they say.
#![cfg(unix)]

use crate::{served_shop, session, support, upstream};

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use sha2::{Digest, Sha256};
use support::git;
use tempfile::TempDir;
use upstream::Upstream;

const VERSION: &str = "1.2.3";
/// The target whose bundle is taken apart.
const TARGET: &str = "x86_64-unknown-linux-musl";
/// Each target, what its program is called, and what bundles call its system.
const TARGETS: [(&str, &str, &str); 6] = [
    ("aarch64-apple-darwin", "cask", "darwin"),
    ("aarch64-pc-windows-msvc", "cask.exe", "win32"),
    ("aarch64-unknown-linux-musl", "cask", "linux"),
    ("x86_64-apple-darwin", "cask", "darwin"),
    ("x86_64-pc-windows-msvc", "cask.exe", "win32"),
    (TARGET, "cask", "linux"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn json_of(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn schema() -> Validator {
    jsonschema::draft7::new(&json_of(&root().join("fixtures/mcp-registry/server.schema.json")))
        .expect("a schema")
}

fn valid(listed: &Value) {
    let errors: Vec<String> =
        schema().iter_errors(listed).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// The files of a release, made by the script of the workflow out of programs that start the built one.
struct Release {
    dir: TempDir,
}

impl Release {
    fn new() -> Release {
        let release = Release { dir: TempDir::new().expect("a scratch folder") };
        let tree = release.path("tree");
        std::fs::create_dir_all(tree.join("action")).expect("a folder");
        for name in ["server.json", "LICENSE", "action/known-checksums.txt"] {
            std::fs::copy(root().join(name), tree.join(name)).expect("a file");
        }
        git(&tree, &["init", "-q", "-b", "main"]);
        for (target, program, _) in TARGETS {
            std::fs::create_dir_all(release.path("built").join(target)).expect("a folder");
            let text = format!("#!/bin/sh\n# {target}\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_cask"));
            std::fs::write(release.path("built").join(target).join(program), text).expect("a file");
        }
        release.share();
        let mut command = Command::new("python3");
        command.arg(root().join(".ci/release.py")).args([VERSION, &"1".repeat(40), "1700000000"]);
        command.arg(release.path("built")).arg(release.path("out")).current_dir(tree);
        let made = command.output().expect("python runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        release
    }

    /// Man pages and completions, by the step of the workflow.
    fn share(&self) {
        let workflow = std::fs::read_to_string(root().join(".github/workflows/release.yml")).expect("there");
        let (_, step) = workflow.split_once("- name: Man pages and completions").expect("the step");
        let (_, step) = step.split_once("run: |\n").expect("its script");
        let lines = step.lines().take_while(|line| line.starts_with("          "));
        let script: String = lines.map(|line| format!("{}\n", &line[10..])).collect();
        std::os::unix::fs::symlink(self.path("built"), self.path("binaries")).expect("a link");
        let mut command = Command::new("bash");
        let ran = command.args(["-euo", "pipefail", "-c", &script]).current_dir(self.dir.path()).output();
        let ran = ran.expect("bash runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn bundle(&self, target: &str) -> PathBuf {
        self.path("out").join(format!("cask-{VERSION}-{target}.mcpb"))
    }

    /// Takes a bundle apart: rights and bytes of each member, in order.
    fn members(&self, target: &str) -> Vec<(String, u32, Vec<u8>)> {
        const READS: &str = "import json, sys, zipfile\n\
            archive = zipfile.ZipFile(sys.argv[1])\n\
            print(json.dumps([[m.filename, m.external_attr >> 16, list(archive.read(m))] for m in archive.infolist()]))";
        let out = Command::new("python3")
            .args(["-c", READS])
            .arg(self.bundle(target))
            .output()
            .expect("python runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).expect("members")
    }

    fn manifest(&self, target: &str) -> Value {
        let members = self.members(target);
        serde_json::from_slice(&members[0].2).expect("a manifest")
    }
}

/// The makers' tool: on the PATH, or where ./test puts it.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn mcpb() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    dirs.push(root().join(".tools/mcpb/node_modules/.bin"));
    let found = dirs.into_iter().map(|dir| dir.join("mcpb")).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: mcpb is not here, so its makers did not look at a bundle; ./test installs it");
    }
    found
}

/// A tree is no release: it names what it is, and no package.
#[test]
fn the_tree_lists_itself_and_no_package() {
    let listed = json_of(&root().join("server.json"));
    valid(&listed);
    let repository = env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/").expect("on GitHub");
    let name = format!("io.github.{repository}");
    assert_eq!(listed["name"], name);
    assert_eq!(listed["repository"]["url"], env!("CARGO_PKG_REPOSITORY"));
    assert_eq!(listed["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(listed.get("packages"), None);
    assert_eq!(listed.get("remotes"), None);
    // What the registry looks for to see whose the name is.
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the page");
    assert!(readme.contains(&format!("\n<!-- mcp-name: {name} -->\n")), "README.md does not claim {name}");
}

#[test]
fn the_schema_refuses_what_the_registry_refuses() {
    let release = Release::new();
    let listed = json_of(&release.path("out/server.json"));
    for (pointer, wrong) in [
        ("/name", json!("cask")),
        ("/description", json!("x".repeat(101))),
        ("/version", Value::Null),
        ("/repository", json!({"url": "https://github.com/cask-dev/cask"})),
        ("/packages/0/fileSha256", json!("0".repeat(63))),
        ("/packages/0/transport", json!({"type": "pipe"})),
        ("/packages/0/packageArguments/0", json!({"type": "positional"})),
        ("/packages/0/packageArguments/2", json!({"type": "named"})),
    ] {
        let mut spoilt = listed.clone();
        *spoilt.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = wrong;
        assert!(!schema().is_valid(&spoilt), "valid with another {pointer}");
    }
}

#[test]
fn a_release_lists_each_bundle_with_its_hash() {
    let release = Release::new();
    let listed = json_of(&release.path("out/server.json"));
    valid(&listed);
    assert_eq!(listed["version"], VERSION);
    let packages = listed["packages"].as_array().expect("packages");
    let sums = std::fs::read_to_string(release.path("out/SHA256SUMS")).expect("sums");
    let sums: BTreeMap<&str, &str> =
        sums.lines().map(|line| line.split_once("  ").expect("two words")).map(|(h, n)| (n, h)).collect();
    assert_eq!(packages.len(), TARGETS.len());
    for (package, (target, _, _)) in packages.iter().zip(TARGETS) {
        let path = release.bundle(target);
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let base = format!("{}/releases/download/v{VERSION}", env!("CARGO_PKG_REPOSITORY"));
        assert_eq!(package["identifier"], format!("{base}/{name}"));
        let bytes = std::fs::read(&path).expect("a bundle");
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(package["fileSha256"], hash);
        assert_eq!(sums[name], hash);
        assert_eq!(package["registryType"], "mcpb");
        // The address says both, and the registry refuses to hear them twice.
        assert_eq!((package.get("version"), package.get("registryBaseUrl")), (None, None));
    }
    let files = std::fs::read_dir(release.path("out")).expect("a folder").count();
    assert_eq!(files, 2 * TARGETS.len() + 3, "archives, bundles, what is shared, server.json and SHA256SUMS");
    assert_eq!(sums.len(), files - 1, "all but itself");
}

#[test]
fn a_release_has_man_pages_and_completions_in_an_archive_of_their_own() {
    let release = Release::new();
    let archive = release.path(&format!("out/cask-{VERSION}-share.tar.gz"));
    let listed = Command::new("tar").args(["-tzf"]).arg(archive).output().expect("tar runs");
    let listed = String::from_utf8(listed.stdout).expect("names");
    let members: Vec<&str> = listed.lines().collect();
    for shell in ["_cask", "cask.bash", "cask.elv", "cask.fish", "cask.ps1"] {
        assert!(members.contains(&format!("completions/{shell}").as_str()), "{listed}");
    }
    assert!(
        members.contains(&"man/man1/cask.1") && members.contains(&"man/man1/cask-gate-allow.1"),
        "{listed}"
    );
    assert_eq!(members.len(), 5 + 1 + cask::cmd::table::COMMANDS.len());
}

#[test]
fn a_bundle_holds_its_program_and_says_for_which_system() {
    let release = Release::new();
    for (target, program, system) in TARGETS {
        let members = release.members(target);
        let inside = format!("server/{program}");
        let shape: Vec<(&str, u32)> = members.iter().map(|(name, mode, _)| (name.as_str(), *mode)).collect();
        assert_eq!(
            shape,
            [("manifest.json", 0o100_644), ("LICENSE", 0o100_644), (inside.as_str(), 0o100_755)]
        );
        let built = std::fs::read(release.path("built").join(target).join(program)).expect("a program");
        assert_eq!(members[2].2, built);
        let manifest = release.manifest(target);
        assert_eq!(manifest["version"], VERSION);
        assert_eq!(manifest["server"]["entry_point"], inside);
        assert_eq!(manifest["compatibility"]["platforms"], json!([system]));
    }
}

#[test]
fn the_makers_of_bundles_take_ours() {
    let Some(mcpb) = mcpb() else { return };
    let release = Release::new();
    for (target, program, _) in TARGETS {
        let folder = release.path(target);
        let run = |args: &[&str]| {
            let out =
                Command::new(&mcpb).args(args).current_dir(release.dir.path()).output().expect("node runs");
            let told = [out.stdout, out.stderr].concat();
            (out.status.success(), String::from_utf8_lossy(&told).into_owned())
        };
        let (bundle, folder_name) = (release.bundle(target), folder.to_str().expect("text").to_owned());
        let (ok, said) = run(&["unpack", bundle.to_str().expect("text"), &folder_name]);
        assert!(ok, "{said}");
        let manifest = folder.join("manifest.json");
        let (ok, said) = run(&["validate", manifest.to_str().expect("text")]);
        assert!(ok, "{said}");
        let mode = folder.join("server").join(program).metadata().expect("a program").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{target}: it can be started");
        // It does say no.
        let mut spoilt = json_of(&manifest);
        spoilt["server"]["type"] = json!("wish");
        std::fs::write(&manifest, spoilt.to_string()).expect("a file");
        let (ok, said) = run(&["validate", manifest.to_str().expect("text")]);
        assert!(!ok, "{said}");
    }
}

/// Both ways in which a client learns what to start come to the same, and to a server of what is approved.
#[test]
fn what_is_launched_serves_the_approved_tools_from_any_folder() {
    let release = Release::new();
    let folder = release.path("installed");
    for (name, mode, bytes) in release.members(TARGET) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, bytes).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode & 0o777)).expect("it is ours");
    }
    let shop = Shop::new(Upstream::echo());
    let named = |option: &str| match option {
        "toolpack" => shop.place.path(PACK).join("toolpack.yaml").display().to_string(),
        "root" => shop.place.path(".caskmcp").display().to_string(),
        other => panic!("nobody was asked for {other}"),
    };

    let manifest = release.manifest(TARGET);
    let filled = |text: &str| {
        let mut text = text.replace("${__dirname}", folder.to_str().expect("text"));
        for key in manifest["user_config"].as_object().expect("questions").keys() {
            text = text.replace(&format!("${{user_config.{key}}}"), &named(key));
        }
        assert!(!text.contains("${"), "{text}");
        text
    };
    let config = &manifest["server"]["mcp_config"];
    let program = filled(config["command"].as_str().expect("a command"));
    let args = config["args"].as_array().expect("words").iter();
    let by_manifest: Vec<String> = args.map(|word| filled(word.as_str().expect("a word"))).collect();

    let listed = json_of(&release.path("out/server.json"));
    let arguments = listed["packages"][0]["packageArguments"].as_array().expect("arguments").iter();
    let by_registry: Vec<String> = arguments
        .map(|argument| match argument["type"].as_str() {
            Some("positional") => argument["value"].as_str().expect("a word").to_owned(),
            _ => {
                let name = argument["name"].as_str().expect("a name");
                format!("{name}={}", named(name.trim_start_matches("--")))
            }
        })
        .collect();

    for args in [by_manifest, by_registry] {
        assert_eq!(args[..2], ["mcp", "serve"]);
        let mut command = Command::new(&program);
        let elsewhere = TempDir::new().expect("a folder");
        let ours = shop.place.command(&[]);
        command.args(&args).current_dir(elsewhere.path()).env_clear();
        command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut session = Session::open(command);
        assert_eq!(session.tools(), ["get_item", "list_items"], "{args:?}");
        session.call("get_item", json!({"id": "1"}));
        assert_eq!(session.close().0, 0);
        let left = std::fs::read_dir(elsewhere.path()).expect("a folder").count();
        assert_eq!(left, 0, "nothing is written where a client happens to stand");
    }
    assert_eq!(shop.reasons().len(), 2, "both calls stand in the audit log of the repository");
}
