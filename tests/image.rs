//! The image of a minted toolpack for real: built by the file that mint writes, around the static program, and started.
//! An executable of its own, for only `./test` runs it, and hands the program in; by hand:
//! CASK_STATIC=PATH cargo test --test image -- --ignored
#![cfg(target_os = "linux")]

#[path = "support/served_shop.rs"]
mod served_shop;
#[path = "support/session.rs"]
mod session;
#[path = "support/cask.rs"]
mod support;
#[path = "support/upstream.rs"]
mod upstream;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use served_shop::{PACK, Shop};
use session::Session;
use upstream::Upstream;

/// As whom the image runs its program.
const USER: u32 = 65532;

/// An image of the toolpack of a shop, and a container of it that is not started.
struct Image {
    shop: Shop,
    container: String,
    pin: String,
}

impl Image {
    fn new(program: &Path) -> Image {
        let shop = Shop::unsigned(Upstream::echo());
        let mut image = Image { shop, container: String::new(), pin: String::new() };
        image.mint(program);
        let place = &image.shop.place;
        place.cask(&["gate", "sync"]).ok();
        place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
        place.merge("approve");
        let shown = place.cask(&["trust", "show"]).ok();
        image.pin =
            shown.split_whitespace().find(|word| word.starts_with("sha256:")).expect("a digest").to_owned();
        image.container = image.buildah(&["from", "shop"]);
        let state = image.scratch("state/state");
        std::os::unix::fs::chown(&state, Some(USER), Some(USER)).expect("root gives folders away");
        image
    }

    /// Mints by the static program, which builds the image around itself, by an engine that builds as docker does.
    fn mint(&self, program: &Path) {
        let (engine, tool) = (self.scratch("bin").join("docker"), self.tool());
        let words: Vec<&str> = tool.get_args().map(|word| word.to_str().expect("text")).collect();
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = build ] || exit 0\nshift\nexec buildah {} bud --format docker \"$@\"\n",
            words.join(" ")
        );
        std::fs::write(&engine, script).expect("an engine");
        std::fs::set_permissions(&engine, PermissionsExt::from_mode(0o755)).expect("it can be run");
        let like = self.shop.place.command(&[]);
        let mut command = Command::new(program);
        command.args(["mint", "api.yaml", "-o", PACK, "--runtime", "container"]);
        command.args(["--runtime-build", "--runtime-tag", "shop"]);
        command.current_dir(self.shop.place.root()).env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let search = std::env::var("PATH").expect("a search path");
        command.env("PATH", format!("{}:{search}", self.scratch("bin").display()));
        let out = command.output().expect("cask runs");
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success() && told.contains("built shop"), "{told}");
    }

    /// A folder beside the repository.
    fn scratch(&self, name: &str) -> PathBuf {
        let path = self.shop.place.dir.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    fn tool(&self) -> Command {
        let mut command = Command::new("buildah");
        command.arg("--root").arg(self.scratch("images")).arg("--runroot").arg(self.scratch("run"));
        command.args(["--storage-driver", "vfs"]);
        command
    }

    fn buildah(&self, args: &[&str]) -> String {
        let out = self.tool().args(args).output().expect("buildah runs");
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// What starts a program in the container, with what `cask run` would mount and say.
    fn starts(&self, pack: &Path, trust: &Path, words: &[&str]) -> Command {
        let state = self.scratch("state");
        let mut command = self.tool();
        command.args(["run", "--isolation", "chroot"]);
        for mount in [
            format!("{}:/work/{PACK}:ro", pack.display()),
            format!("{}:/work/.caskmcp/trust.yaml:ro", trust.display()),
            format!("{0}/state:{0}/state", state.display()),
        ] {
            command.args(["--volume", &mount]);
        }
        for variable in [
            format!("CASKMCP_TOOLPACK=/work/{PACK}/toolpack.yaml"),
            format!("CASKMCP_ROOT={}", state.display()),
            format!("CASK_TRUST_PIN={}", self.pin),
            "CASKMCP_ALLOW_PRIVATE_CIDR=127.0.0.0/8".to_owned(),
        ] {
            command.args(["--env", &variable]);
        }
        command.arg(&self.container).arg("--").args(words);
        command
    }

    /// The words that the image itself starts, or looks after itself with.
    fn words(&self, pointer: &str) -> Vec<String> {
        let said = self.buildah(&["inspect", "--type", "image", "shop"]);
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let words = said
            .pointer(pointer)
            .and_then(|words| words.as_array())
            .unwrap_or_else(|| panic!("{pointer}: {said}"));
        words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = self.tool().args(["rm", "--all"]).output();
    }
}

#[test]
#[ignore = "needs buildah, root and CASK_STATIC: ./test runs it"]
fn the_image_serves_a_mounted_toolpack_and_refuses_a_forged_one() {
    let program = std::env::var_os("CASK_STATIC").expect("CASK_STATIC names the static program");
    let image = Image::new(Path::new(&program));
    let place = &image.shop.place;
    let (pack, trust) = (place.path(PACK), place.path(".caskmcp/trust.yaml"));
    let entry = image.words("/Docker/config/Entrypoint");
    let entry: Vec<&str> = entry.iter().map(String::as_str).collect();
    assert_eq!(entry, ["/cask", "run", "--runtime", "local", "--mounted", "/work"]);

    let mut session = Session::open(image.starts(&pack, &trust, &entry));
    assert_eq!(session.tools(), ["get_item", "list_items"]);
    assert_eq!(
        session.call("get_item", json!({"id": "1"}))["isError"],
        false,
        "it reaches the server of the tools"
    );
    let (code, _, told) = session.close();
    assert_eq!(code, 0, "{told:?}");
    let log =
        std::fs::read_to_string(image.scratch("state").join("state/audit/runtime.jsonl")).expect("a log");
    assert!(log.contains("allowed_policy"), "it was written down outside: {log}");

    // It looks after itself by the words of the image.
    let check = image.words("/Docker/config/Healthcheck/Test");
    let check: Vec<&str> = check.iter().skip(1).map(String::as_str).collect();
    let ended = |pack: &Path, trust: &Path, words: &[&str]| {
        let out = image.starts(pack, trust, words).output().expect("buildah runs");
        (out.status.code().expect("it ends"), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (code, told) = ended(&pack, &trust, &check);
    assert_eq!(code, 0, "{told}");

    // Nothing else is there to run.
    assert_ne!(ended(&pack, &trust, &["/bin/sh", "-c", "true"]).0, 0);

    // A lockfile that somebody forged, a trust file that nobody pinned.
    let forged = image.scratch("forged");
    support::copy(&pack, &forged);
    let lock = forged.join("lockfile/caskmcp.lock.yaml");
    let said = std::fs::read_to_string(&lock).expect("a lockfile");
    std::fs::write(&lock, said.replace("looked at it", "looked at all")).expect("a file");
    let (code, told) = ended(&forged, &trust, &entry);
    assert!(code == 2 && told.contains("nothing of this toolpack may be served"), "{code} {told}");
    let other = image.scratch("other").join("trust.yaml");
    let said = std::fs::read_to_string(&trust).expect("a trust file");
    std::fs::write(&other, said.replace("critical: 1", "critical: 2")).expect("a file");
    let (code, told) = ended(&pack, &other, &entry);
    assert!(code == 3 && told.contains("trust"), "{code} {told}");
}
