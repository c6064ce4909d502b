//! The installer of the action, run as a runner runs it: what it takes, and that nothing is unpacked or started that
//! is not the released thing. Assets come from a server on this machine.
#![cfg(unix)]

use crate::{archive, files_served, runner, support};

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use archive::{FOLDER, HARD_LINK, Member, SYMBOLIC_LINK, tar_gz};
use files_served::{Answer, Served};
use runner::{Action, Job, Runner, root};
use sha2::{Digest, Sha256};
use support::git;

const TARGET: &str = "x86_64-unknown-linux-musl";
const ASSET: &str = "cask-1.2.3-x86_64-unknown-linux-musl.tar.gz";
const COMMIT: &str = "1111111111111111111111111111111111111111";
/// What a release holds, as far as an installer can tell.
const PROGRAM: &[u8] = b"#!/bin/sh\necho cask 1.2.3\n";

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn good() -> Vec<u8> {
    tar_gz(&[Member::file("cask", PROGRAM)])
}

/// The tree of a released action, a server with its asset, and a machine.
struct World {
    runner: Runner,
    served: Served,
    action: Action,
}

impl World {
    /// Released with this archive; the server has it.
    fn of(archive: &[u8]) -> World {
        let world = World { runner: Runner::new(), served: Served::new(), action: Action::read(root()) };
        let dir = world.runner.path("action-tree");
        std::fs::create_dir_all(dir.join("action")).expect("a folder");
        std::fs::create_dir_all(dir.join("setup")).expect("a folder");
        for name in [
            "action.yml",
            "setup/action.yml",
            "action/install.sh",
            "action/known-checksums.txt",
            "server.json",
            "LICENSE",
        ] {
            std::fs::copy(root().join(name), dir.join(name)).expect("a file");
        }
        let world = World { action: Action::read(&dir.join("setup")), ..world };
        world.manifest(&manifest(&hash(archive), archive.len(), &hash(PROGRAM)));
        world.served.put(ASSET, Answer::Bytes(archive.to_vec()));
        world
    }

    fn manifest(&self, text: &str) {
        std::fs::write(self.tree("action/manifest.json"), text).expect("a manifest");
    }

    fn tree(&self, name: &str) -> PathBuf {
        self.runner.path("action-tree").join(name)
    }

    fn run(&self, with: &[(&str, &str)]) -> Job {
        let mirror = [("download-base-url", self.served.base.as_str())];
        let given = with.iter().any(|(name, _)| matches!(*name, "download-base-url" | "cask-path"));
        let with: Vec<_> = if given { with.to_vec() } else { [with, &mirror].concat() };
        self.runner.run(&self.action, &with)
    }

    fn cached(&self) -> PathBuf {
        self.runner.path("tools/cask/1.2.3").join(TARGET).join("cask")
    }

    /// Whether anything that could be run was left behind.
    fn unpacked(&self) -> bool {
        let temp = std::fs::read_dir(self.runner.path("temp")).expect("a folder").flatten();
        temp.map(|entry| entry.path().join("cask")).chain([self.cached()]).any(|path| path.exists())
    }

    /// A `PATH` with these programs of the machine alone, and with those of the test.
    fn only(&mut self, programs: &[&str], own: &[(&str, &str)]) {
        let bin = self.runner.path("bin");
        std::fs::create_dir_all(&bin).expect("a folder");
        for name in programs {
            let real = std::env::split_paths(&std::env::var_os("PATH").expect("a path"))
                .map(|dir| dir.join(name))
                .find(|path| path.exists())
                .unwrap_or_else(|| panic!("{name} is on this machine"));
            std::os::unix::fs::symlink(real, bin.join(name)).expect("a link");
        }
        for (name, text) in own {
            executable(&bin.join(name), text.as_bytes());
        }
        self.runner.set("PATH", bin.display().to_string());
    }
}

/// All that the installer calls, but what makes hashes.
const TOOLS: &[&str] = &[
    "bash", "cat", "chmod", "cp", "curl", "dirname", "grep", "gzip", "mkdir", "mktemp", "mv", "rm", "sh",
    "tar", "tr", "wc",
];

fn executable(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

fn manifest(sha256: &str, size: usize, binary: &str) -> String {
    format!(
        r#"{{
  "schema": 1,
  "version": "1.2.3",
  "source_commit": "{COMMIT}",
  "assets": {{
    "aarch64-unknown-linux-musl": {{"name": "other.tar.gz", "sha256": "{0}", "size": 1, "binary_sha256": "{0}"}},
    "{TARGET}": {{
      "name": "{ASSET}", "sha256": "{sha256}",
      "size": {size}, "binary_sha256": "{binary}"
    }}
  }}
}}
"#,
        "0".repeat(64)
    )
}

/// It ended as "could not judge", with one error that names the step, and nothing was unpacked.
fn refused(world: &World, job: &Job, step: &str, says: &str) {
    assert_eq!(job.code(), 3, "{says}\n{}", job.log());
    let errors: Vec<_> = job.commands().into_iter().filter(|said| said.name == "error").collect();
    assert_eq!(errors.len(), 1, "{}", job.log());
    assert_eq!(errors[0].properties["title"], "cask install");
    assert!(errors[0].data.starts_with(&format!("{step}: ")) && errors[0].data.contains(says), "{errors:?}");
    assert!(!world.unpacked(), "{says}");
    assert!(job.outputs.values().all(String::is_empty), "{:?}", job.outputs);
}

#[test]
fn a_release_is_downloaded_verified_and_kept() {
    let world = World::of(&good());
    let job = world.run(&[]);
    assert_eq!(job.code(), 0, "{}", job.log());
    assert_eq!(job.outputs["cask-version"], "1.2.3");
    let path = PathBuf::from(&job.outputs["cask-path"]);
    assert_eq!(std::fs::read(&path).expect("a program"), PROGRAM);
    assert!(path.starts_with(world.runner.path("temp")));
    let step = job.step("install");
    assert_eq!(step.paths, [path.parent().expect("a folder").display().to_string()]);
    assert_eq!((step.env_file.as_str(), step.state.as_str()), ("", ""));
    assert_eq!(std::fs::read(world.cached()).expect("a program"), PROGRAM);
    // The second run asks nobody.
    let asked = world.served.asked();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].to_ascii_lowercase().contains("authorization"), "{asked:?}");
    assert!(!asked[0].contains(&world.runner.token) && !job.log().contains(&world.runner.token));
    let again = world.run(&[]);
    assert_eq!(again.code(), 0, "{}", again.log());
    assert!(again.log().contains("taken from the tool cache"), "{}", again.log());
    assert_eq!(world.served.asked().len(), 1);
}

/// §16 point 13: what is not the released thing is refused before it is unpacked.
#[test]
fn a_swapped_asset_is_refused_before_it_is_unpacked() {
    let good = good();
    let mut flipped = good.clone();
    flipped[12] ^= 1;
    let other = tar_gz(&[Member::file("cask", b"#!/bin/sh\ntouch pwned\n")]);
    let longer = [&good[..], b"x"].concat();
    for (answer, step, says) in [
        (Answer::Bytes(flipped), "verify", "it is not the released one"),
        (Answer::Bytes(good[..good.len() - 1].to_vec()), "verify", "bytes instead of"),
        (Answer::Bytes(other), "verify", "it is not the released one"),
        (Answer::Bytes(Vec::new()), "verify", "has 0 bytes"),
        (Answer::Bytes(longer), "download", "could not be downloaded"),
        (Answer::CutOff(good.clone(), 20), "download", "could not be downloaded"),
    ] {
        let world = World::of(&good);
        world.served.put(ASSET, answer);
        refused(&world, &world.run(&[]), step, says);
    }
}

/// Even with the right hash nothing but the one program is taken out.
#[test]
fn an_archive_with_anything_else_is_refused() {
    let program = Member::file;
    let outside = "../../../../../../../../../../../../tmp/cask-install-test";
    for (members, says) in [
        (vec![program("cask-1.2.3/cask", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("kask", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("./cask", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("/tmp/cask-install-test", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program(outside, PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("cask", PROGRAM), program("cask", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("cask", PROGRAM), program("cask\n", PROGRAM)], "has to hold cask and nothing else"),
        (vec![program("README", b"x"), program("cask", PROGRAM)], "has to hold cask and nothing else"),
        (vec![], "has to hold cask and nothing else"),
        (vec![Member::link(SYMBOLIC_LINK, "cask", "/bin/sh")], "is not a regular file"),
        (vec![Member::link(HARD_LINK, "cask", "/bin/sh")], "is not a regular file"),
        (vec![Member::link(FOLDER, "cask", "")], "is not a regular file"),
        (vec![program("cask", b"")], "is empty"),
    ] {
        let world = World::of(&tar_gz(&members));
        let job = world.run(&[]);
        if says == "is empty" {
            assert_eq!(job.code(), 3);
            assert!(job.log().contains("unpack: cask in ") && job.log().contains(says), "{}", job.log());
        } else {
            refused(&world, &job, "unpack", says);
        }
        assert!(!Path::new("/tmp/cask-install-test").exists());
    }
    // Released with a hash of the program that is another.
    let world = World::of(&good());
    world.manifest(&manifest(&hash(&good()), good().len(), &"a".repeat(64)));
    let job = world.run(&[]);
    assert_eq!(job.code(), 3);
    assert!(job.log().contains("unpack: cask in ") && !world.cached().exists(), "{}", job.log());
    let world = World::of(b"no archive");
    refused(&world, &world.run(&[]), "unpack", "is not an archive");
}

#[test]
fn what_is_missing_from_the_manifest_is_never_made_up() {
    let (sha256, size) = (hash(&good()), good().len());
    let whole = manifest(&sha256, size, &hash(PROGRAM));
    for (text, step, says) in [
        (std::fs::read_to_string(root().join("action/manifest.json")).expect("ours"), "", ""),
        (whole.replace(&sha256, ""), "manifest", "there is no hash"),
        (whole.replace(&sha256, &"z".repeat(64)), "manifest", "there is no hash"),
        (whole.replace(&hash(PROGRAM), ""), "manifest", "no hash of the program"),
        (whole.replace(&format!("\"size\": {size}"), "\"size\": 0"), "manifest", "no size"),
        (whole.replace(TARGET, "riscv64gc-unknown-linux-gnu"), "version", "has nothing for"),
        (whole.replace(ASSET, "../../cask.tar.gz"), "manifest", "is not the name of an asset"),
        (whole.replace(ASSET, "-o"), "manifest", "is not the name of an asset"),
        (whole.replace("\"schema\": 1", "\"schema\": 2"), "manifest", "a schema"),
        (whole.replace("assets", "things"), "manifest", "names no assets"),
        (String::new(), "manifest", "a schema"),
    ] {
        let world = World::of(&good());
        world.manifest(&text);
        let job = world.run(&[]);
        match step {
            // The tree of this repository: a release has everything, any other commit says that it is none.
            "" if text.contains("\"assets\": {}") => {
                refused(
                    &world,
                    &job,
                    "version",
                    "this commit is no release: pin a release, or give cask-path",
                );
            }
            "" => assert_eq!(job.code(), 3, "another release than the server has"),
            step => refused(&world, &job, step, says),
        }
        assert!(world.served.asked().is_empty() || step.is_empty(), "{says}");
    }
}

#[test]
fn a_version_has_to_be_known_or_pinned() {
    let older = tar_gz(&[Member::file("cask", b"#!/bin/sh\necho cask 1.1.0\n")]);
    let name = ASSET.replace("1.2.3", "1.1.0");
    let world = World::of(&good());
    world.served.put(&name, Answer::Bytes(older.clone()));
    let known = format!("# released\n{}  {name}  1.1.0", hash(&older));
    let unknown = "nothing is known of cask-1.1.0";
    refused(&world, &world.run(&[("version", "1.1.0")]), "version", unknown);
    for sha256 in [hash(&older), hash(&older).to_ascii_uppercase()] {
        let job = world.run(&[("version", "v1.1.0"), ("sha256", &sha256)]);
        assert_eq!((job.code(), job.outputs["cask-version"].as_str()), (0, "1.1.0"), "{}", job.log());
    }
    let world = World { served: world.served, ..World::of(&good()) };
    std::fs::write(world.tree("action/known-checksums.txt"), known).expect("a file");
    let job = world.run(&[("version", "1.1.0")]);
    assert_eq!((job.code(), job.outputs["cask-version"].as_str()), (0, "1.1.0"), "{}", job.log());
    // Of an older program nothing is known but its archive: no copy of it is ever taken for it.
    assert!(!world.runner.path("tools/cask/1.1.0").exists());

    let other = "b".repeat(64);
    for (with, says) in [
        (vec![("version", "1.1.0"), ("sha256", other.as_str())], "what is known of"),
        (vec![("sha256", other.as_str())], "what is known of"),
        (vec![("version", "1.2.3"), ("sha256", other.as_str())], "what is known of"),
        (vec![("sha256", "abc")], "64 hexadecimal digits"),
        (vec![("version", "latest")], "is not a version"),
        (vec![("version", "1.2")], "is not a version"),
        (vec![("version", "1.2.3/../../x")], "is not a version"),
        (vec![("version", "1.2.3\n::error::x")], "is not a version"),
        (vec![("version", "v9.9.9")], "nothing is known of"),
    ] {
        let world = World::of(&good());
        std::fs::write(
            world.tree("action/known-checksums.txt"),
            format!("{}  {name}  1.1.0\n", hash(&older)),
        )
        .expect("a file");
        refused(&world, &world.run(&with), "version", says);
        assert!(world.served.asked().is_empty());
    }
}

#[test]
fn only_https_or_this_machine_is_asked() {
    for base in [
        "http://example.invalid/x",
        "http://127.0.0.1.example.invalid/x",
        "http://127.0.0.1@example.invalid/x",
        "http://localhost.example.invalid",
        "https://user:secret@example.invalid/x",
        "https://example.invalid/x?y",
        "https://example.invalid/x y",
        "ftp://127.0.0.1/x",
        "file:///etc",
        "--config",
    ] {
        let world = World::of(&good());
        refused(&world, &world.run(&[("download-base-url", base)]), "download", "has to begin with https://");
    }
    // A slash at the end is no difference.
    let world = World::of(&good());
    let base = format!("{}/", world.served.base);
    assert_eq!(world.run(&[("download-base-url", &base)]).code(), 0);
}

#[test]
fn a_redirect_is_followed_to_the_web_alone_and_changes_no_hash() {
    let world = World::of(&good());
    world.served.put("moved", Answer::Bytes(good()));
    world.served.put(ASSET, Answer::Redirect(format!("{}/moved", world.served.base)));
    assert_eq!(world.run(&[]).code(), 0);

    let world = World::of(&good());
    world.served.put("moved", Answer::Bytes(tar_gz(&[Member::file("cask", b"#!/bin/sh\n:\n")])));
    world.served.put(ASSET, Answer::Redirect(format!("{}/moved", world.served.base)));
    let job = world.run(&[]);
    assert!(job.code() == 3 && !world.unpacked(), "{}", job.log());

    let world = World::of(&good());
    let local = world.runner.path("local.tar.gz");
    std::fs::write(&local, good()).expect("a file");
    world.served.put(ASSET, Answer::Redirect(format!("file://{}", local.display())));
    refused(&world, &world.run(&[]), "download", "could not be downloaded");
}

#[test]
fn a_swapped_tool_cache_is_found_out() {
    let world = World::of(&good());
    std::fs::create_dir_all(world.cached().parent().expect("a folder")).expect("folders");
    executable(&world.cached(), b"#!/bin/sh\ntouch pwned\necho cask 1.2.3\n");
    let job = world.run(&[]);
    assert_eq!(job.code(), 0, "{}", job.log());
    let warning = job.commands().into_iter().find(|said| said.name == "warning").expect("it is told").clone();
    assert!(warning.data.contains("the cask in the tool cache is not the released one"), "{warning:?}");
    assert_eq!(world.served.asked().len(), 1);
    assert_eq!(std::fs::read(&job.outputs["cask-path"]).expect("a program"), PROGRAM);
    assert_eq!(std::fs::read(world.cached()).expect("a program"), PROGRAM);
    assert!(!world.runner.path("workspace/pwned").exists());
    // A link may lead anywhere tomorrow.
    std::fs::remove_file(world.cached()).expect("ours");
    let elsewhere = world.runner.path("elsewhere");
    executable(&elsewhere, PROGRAM);
    std::os::unix::fs::symlink(&elsewhere, world.cached()).expect("a link");
    assert_eq!(world.run(&[]).code(), 0);
    assert_eq!(world.served.asked().len(), 2);
    assert!(!world.cached().is_symlink());
}

/// §16 point 14: the tree of the action decides, not the day.
#[test]
fn a_pinned_action_runs_the_same_program_on_a_later_day() {
    let world = World::of(&good());
    let first = std::fs::read(&world.run(&[]).outputs["cask-path"]).expect("a program");
    let tree = world.tree("action/manifest.json");
    let pinned = std::fs::read_to_string(&tree).expect("a manifest");
    // Another machine, newer releases beside it, and refs of the workflow that say something else.
    let mut later = World::of(&good());
    later.served.put(&ASSET.replace("1.2.3", "2.0.0"), Answer::Bytes(b"newer".to_vec()));
    later.manifest(&pinned);
    later.runner.set("GITHUB_ACTION_REF", "v2");
    later.runner.set("GITHUB_ACTION_REPOSITORY", "someone/cask");
    let job = later.run(&[]);
    assert_eq!(std::fs::read(&job.outputs["cask-path"]).expect("a program"), first, "{}", job.log());
    assert!(later.served.asked().iter().all(|head| head.contains(ASSET)), "one asset, and no API");
    // The asset of that release was exchanged in place.
    let later = World::of(&good());
    later.served.put(ASSET, Answer::Bytes(tar_gz(&[Member::file("cask", b"#!/bin/sh\necho cask 1.2.3 \n")])));
    let job = later.run(&[]);
    assert!(job.code() == 3 && !later.unpacked(), "{}", job.log());
}

#[test]
fn without_a_program_that_makes_hashes_nothing_is_run() {
    let mut world = World::of(&good());
    world.only(TOOLS, &[]);
    refused(&world, &world.run(&[]), "verify", "no program that makes SHA-256 is here");
    // The same where the cache would have it.
    let mut world = World::of(&good());
    assert_eq!(world.run(&[]).code(), 0);
    world.only(TOOLS, &[]);
    let job = world.run(&[]);
    assert!(job.code() == 3 && job.log().contains("no program that makes SHA-256"), "{}", job.log());
    assert!(!job.log().contains("::warning"), "{}", job.log());

    let sum = which("sha256sum");
    let shasum = format!("#!/bin/sh\n[ \"$1 $2\" = '-a 256' ] && exec {sum}\n");
    let pwsh = format!("#!/bin/sh\n[ \"$1\" = -NoProfile ] && exec {sum} \"$CASK_HASHED\"\n");
    for (name, text) in [("shasum", shasum), ("pwsh", pwsh.clone()), ("powershell", pwsh)] {
        let mut world = World::of(&good());
        world.only(TOOLS, &[(name, &text)]);
        let job = world.run(&[]);
        assert_eq!(job.code(), 0, "{name}\n{}", job.log());
    }
    // One that fails is no proof, and one that answers nothing neither.
    for text in ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 0\n"] {
        let mut world = World::of(&good());
        world.only(TOOLS, &[("sha256sum", text)]);
        let job = world.run(&[]);
        assert!(job.code() == 3 && !world.unpacked(), "{}", job.log());
    }
}

fn which(name: &str) -> String {
    let path = std::env::var_os("PATH").expect("a path");
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is on this machine")).display().to_string()
}

#[test]
fn who_built_it_is_asked_with_the_token_of_that_server_alone() {
    let gh =
        "#!/bin/bash\nprintf '%s\\n' \"$@\" \"host=$GH_HOST\" \"token=$GH_TOKEN\" > \"$HOME/gh\"\nexit 0\n";
    let programs = [TOOLS, &["sha256sum"]].concat();
    for (server, token) in [("https://github.com", true), ("https://git.example.invalid", false)] {
        let mut world = World::of(&good());
        // A copy in the cache can't answer who built it.
        assert_eq!(world.run(&[]).code(), 0);
        world.only(&programs, &[("gh", gh)]);
        world.runner.set("GITHUB_SERVER_URL", server);
        let job = world.run(&[("verify-provenance", "True")]);
        assert_eq!(job.code(), 0, "{}", job.log());
        let asked = std::fs::read_to_string(world.runner.path("home/gh")).expect("gh was asked");
        let asked: Vec<&str> = asked.lines().collect();
        assert_eq!(asked[..2], ["attestation", "verify"]);
        assert!(asked[2].ends_with(ASSET));
        let token = if token { format!("token={}", world.runner.token) } else { "token=".to_owned() };
        assert_eq!(
            asked[3..],
            [
                "--repo",
                "cask-dev/cask",
                "--signer-workflow",
                "cask-dev/cask/.github/workflows/release.yml",
                "--deny-self-hosted-runners",
                "--source-digest",
                COMMIT,
                "host=github.com",
                &token
            ]
        );
    }
    for (own, says) in
        [(vec![], "verify-provenance needs gh"), (vec![("gh", "#!/bin/sh\nexit 1\n")], "has no attestation")]
    {
        let mut world = World::of(&good());
        world.only(&programs, &own);
        refused(&world, &world.run(&[("verify-provenance", "true")]), "provenance", says);
    }
    let world = World::of(&good());
    refused(&world, &world.run(&[("verify-provenance", "yes")]), "inputs", "neither true nor false");
}

#[test]
fn a_cask_that_is_there_is_used_and_nothing_else_asked_of_it() {
    let world = World::of(&good());
    let own = env!("CARGO_BIN_EXE_cask");
    let job = world.run(&[("cask-path", own)]);
    assert_eq!(job.code(), 0, "{}", job.log());
    assert_eq!(job.outputs["cask-path"], own);
    assert_eq!(job.outputs["cask-version"], env!("CARGO_PKG_VERSION"));
    let sum = hash(&std::fs::read(own).expect("the program"));
    assert!(job.log().contains(&sum), "{}", job.log());
    assert!(world.served.asked().is_empty());
    // Relative to where steps run.
    executable(&world.runner.path("workspace/my cask"), PROGRAM);
    let job = world.run(&[("cask-path", "my cask")]);
    let path = world.runner.path("workspace/my cask").display().to_string();
    assert_eq!((job.code(), &job.outputs["cask-path"]), (0, &path), "{}", job.log());

    executable(&world.runner.path("workspace/other"), b"#!/bin/sh\necho '::error::x'\n");
    executable(&world.runner.path("workspace/broken"), b"#!/bin/sh\nexit 7\n");
    std::fs::write(world.runner.path("workspace/plain"), PROGRAM).expect("a file");
    for (with, step, says) in [
        (vec![("cask-path", "nowhere")], "cask-path", "is no program"),
        (vec![("cask-path", "plain")], "cask-path", "is no program"),
        (vec![("cask-path", ".")], "cask-path", "is no program"),
        (vec![("cask-path", "other")], "start", "is not cask"),
        (vec![("cask-path", "broken")], "start", "does not start"),
        (vec![("cask-path", own), ("version", "1.2.3")], "cask-path", "are about a download"),
        (vec![("cask-path", own), ("verify-provenance", "true")], "cask-path", "is about a release"),
    ] {
        refused(&world, &world.run(&with), step, says);
    }
}

/// What the release workflow makes is what the installer takes, release after release.
#[test]
fn what_is_released_is_what_is_installed() {
    let mut world = World::of(&good());
    let tree = world.runner.path("action-tree");
    git(&tree, &["init", "-q", "-b", "main"]);
    for version in ["1.9.0", "1.10.0"] {
        let program = format!("#!/bin/sh\necho cask {version}\n");
        let built = world.runner.path(&format!("built-{version}"));
        for (target, name) in [
            ("aarch64-apple-darwin", "cask"),
            ("aarch64-pc-windows-msvc", "cask.exe"),
            ("aarch64-unknown-linux-musl", "cask"),
            ("x86_64-apple-darwin", "cask"),
            ("x86_64-pc-windows-msvc", "cask.exe"),
            (TARGET, "cask"),
        ] {
            std::fs::create_dir_all(built.join(target)).expect("a folder");
            executable(&built.join(target).join(name), program.as_bytes());
        }
        std::fs::create_dir_all(built.join("share/man/man1")).expect("folders");
        std::fs::write(built.join("share/man/man1/cask.1"), ".TH CASK 1\n").expect("a page");
        let release = |out: &str| {
            let arguments = [version, COMMIT, "1700000000", built.to_str().expect("text")];
            let mut command = std::process::Command::new("python3");
            command.arg(root().join(".ci/release.py")).args(arguments).arg(out).current_dir(&tree);
            let out = command.output().expect("python runs");
            (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
        };
        let (out, twin) = (world.runner.path(version), world.runner.path(&format!("{version}-again")));
        for folder in [&out, &twin] {
            assert_eq!(release(folder.to_str().expect("text")), (true, String::new()));
        }
        for entry in std::fs::read_dir(&out).expect("a folder").flatten() {
            let bytes = std::fs::read(entry.path()).expect("a file");
            assert_eq!(bytes, std::fs::read(twin.join(entry.file_name())).expect("its twin"));
            world.served.put(&entry.file_name().to_string_lossy(), Answer::Bytes(bytes));
        }
        // Nothing else of the tree changes, and the tag is of exactly this.
        git(&tree, &["add", "-A"]);
        git(&tree, &["commit", "-q", "-m", version]);
        git(&tree, &["tag", &format!("v{version}")]);
        if version == "1.10.0" {
            let changed = git(&tree, &["diff", "--name-only", "v1.9.0", "v1.10.0"]);
            assert_eq!(changed, "action/known-checksums.txt\naction/manifest.json");
        }
        let (again, why) = release("elsewhere");
        assert!(!again && why.contains("is released already"), "{why}");
        for (os, arch, name) in [
            ("Linux", "X64", "cask"),
            ("Linux", "ARM64", "cask"),
            ("macOS", "ARM64", "cask"),
            ("Windows", "X64", "cask.exe"),
        ] {
            world.runner.set("RUNNER_OS", os);
            world.runner.set("RUNNER_ARCH", arch);
            let job = world.run(&[]);
            assert_eq!(job.outputs["cask-version"], version, "{}", job.log());
            assert!(job.outputs["cask-path"].ends_with(&format!("/{name}")));
        }
    }
    // The older one is still known, by its version.
    world.runner.set("RUNNER_OS", "Linux");
    let job = world.run(&[("version", "1.9.0")]);
    assert_eq!(job.outputs["cask-version"], "1.9.0", "{}", job.log());
}

#[test]
fn a_machine_that_no_release_is_for_is_told_so() {
    for (os, arch) in [("Linux", "X86"), ("Linux", "ARM"), ("FreeBSD", "X64")] {
        let mut world = World::of(&good());
        world.runner.set("RUNNER_OS", os);
        world.runner.set("RUNNER_ARCH", arch);
        refused(&world, &world.run(&[]), "platform", "build cask and give cask-path");
    }
}
