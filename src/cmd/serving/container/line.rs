//! What an engine is told to start: the container, what it may and what it sees, out of values alone. Every word is an
//! argument of its own.

use std::path::Path;

use crate::cmd::failed::Failed;
use crate::io::engine::Kind;
use crate::mint::container::PROGRAM;
use crate::model::runtime::Image;

/// Processes and threads that a container may have.
const PROCESSES: &str = "512";

/// A container, as it is to be started.
pub(super) struct Line<'a> {
    pub(super) kind: Kind,
    /// By which it can be stopped.
    pub(super) name: &'a str,
    /// As whom its program runs; as the image says where that is not told.
    pub(super) user: Option<(u32, u32)>,
    pub(super) image: &'a Image,
    pub(super) mounts: Vec<Mount>,
    /// Variables with their values: none of them is secret.
    pub(super) settings: &'a [(String, String)],
    /// Names of variables whose values the engine takes from its own environment, so that no list of processes has them.
    pub(super) secrets: &'a [String],
    /// What the program is told.
    pub(super) words: Vec<&'a str>,
}

impl Line<'_> {
    /// The words for the engine.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
        add(&["run", "--rm", "--interactive", "--name", self.name]);
        // Nothing is fetched by a name that others may have taken; a name with a digest is a content.
        add(&["--pull", if self.image.is_pinned() { "missing" } else { "never" }]);
        add(&[
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt",
            "no-new-privileges",
            "--pids-limit",
            PROCESSES,
        ]);
        // An engine would keep what a client and a server say to each other, on disk.
        add(&["--log-driver", "none"]);
        if let Some((user, group)) = self.user {
            // Without root, podman gives the numbers inside another meaning outside, unless it is told not to.
            if self.kind == Kind::Podman && user != 0 {
                add(&["--userns", "keep-id"]);
            }
            add(&["--user", &format!("{user}:{group}")]);
        }
        for mount in &self.mounts {
            add(&["--mount", &mount.0]);
        }
        for (name, value) in self.settings {
            add(&["--env", &format!("{name}={value}")]);
        }
        for name in self.secrets {
            add(&["--env", name]);
        }
        add(&["--entrypoint", PROGRAM, self.image.as_str()]);
        add(&self.words);
        words
    }
}

/// A file or folder of this machine that the container sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount(String);

impl Mount {
    /// To be read alone.
    ///
    /// # Errors
    /// A path that engines can't be told.
    pub(super) fn read(source: &Path, target: &str) -> Result<Mount, Failed> {
        Mount::of(source, target, ",readonly")
    }

    /// To be written too.
    ///
    /// # Errors
    /// A path that engines can't be told.
    pub(super) fn write(source: &Path, target: &str) -> Result<Mount, Failed> {
        Mount::of(source, target, "")
    }

    fn of(source: &Path, target: &str, end: &str) -> Result<Mount, Failed> {
        let told = |text: &&str| !text.contains(|c: char| c == ',' || c == '"' || c.is_control());
        match (source.to_str().filter(told), Some(target).filter(told)) {
            (Some(source), Some(target)) => {
                Ok(Mount(format!("type=bind,source={source},target={target}{end}")))
            }
            _ => Err(Failed::new(
                "input",
                source.display().to_string(),
                "its path can't be told to a container engine",
            )
            .hint("move it: a path without commas, quotes and control characters, in UTF-8")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: Kind, image: &str, user: Option<(u32, u32)>) -> Vec<String> {
        let mounts = vec![
            Mount::read(Path::new("/home/ada/shop/packs/shop"), "/work/packs/shop").unwrap(),
            Mount::write(Path::new("/s"), "/s").unwrap(),
        ];
        let image = Image::read(image).unwrap();
        let line = Line {
            kind,
            name: "cask-1",
            user,
            image: &image,
            mounts,
            settings: &[("CASKMCP_TOOLSET".to_owned(), "a b; $(id)".to_owned())],
            secrets: &["SHOP_TOKEN".to_owned()],
            words: vec!["run", "--strict"],
        };
        line.words()
    }

    #[test]
    fn a_container_may_nothing_and_sees_what_it_is_shown() {
        let told = words(Kind::Docker, "shop", Some((1000, 100)));
        assert_eq!(
            told.join(" "),
            "run --rm --interactive --name cask-1 --pull never --read-only --cap-drop=ALL --security-opt \
             no-new-privileges --pids-limit 512 --log-driver none --user 1000:100 --mount \
             type=bind,source=/home/ada/shop/packs/shop,target=/work/packs/shop,readonly --mount \
             type=bind,source=/s,target=/s --env CASKMCP_TOOLSET=a b; $(id) --env SHOP_TOKEN --entrypoint /cask shop \
             run --strict"
        );
        assert!(
            told.contains(&"CASKMCP_TOOLSET=a b; $(id)".to_owned()),
            "a value is one word, whatever it holds"
        );
    }

    #[test]
    fn what_is_fetched_is_a_content_and_podman_keeps_its_numbers() {
        let pinned = format!("shop@sha256:{}", "0".repeat(64));
        let told = words(Kind::Podman, &pinned, Some((1000, 100))).join(" ");
        assert!(
            told.contains("--pull missing") && told.contains("--userns keep-id --user 1000:100"),
            "{told}"
        );
        assert!(!words(Kind::Podman, "shop", Some((0, 0))).join(" ").contains("keep-id"));
        assert!(!words(Kind::Docker, "shop", None).join(" ").contains("--user"));
    }

    #[test]
    fn a_path_that_would_say_more_than_itself_is_refused() {
        for path in ["/a,readonly=false", "/a\"b", "/a\nb"] {
            assert!(Mount::read(Path::new(path), "/work").is_err(), "{path}");
            assert!(Mount::write(Path::new("/a"), path).is_err(), "{path}");
        }
    }
}
