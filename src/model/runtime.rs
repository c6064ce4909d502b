//! How a toolpack is run, as its toolpack.yaml says: on the machine itself, or in a container and in which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::At;
use crate::canon::decode::decode;
use crate::canon::{Fault, FaultKind, Node};

/// How a toolpack is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeFile {
    /// `local` or `container`.
    pub mode: String,
    /// The container's files, if any.
    #[serde(default)]
    pub container: Option<ContainerFile>,
}

/// The container's files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainerFile {
    /// Image name.
    pub image: String,
    /// Image that it is built on.
    #[serde(default)]
    pub base_image: Option<String>,
    /// Build file. Where it is not said, as in version 1: Dockerfile; null: none.
    #[serde(default)]
    pub dockerfile: Option<String>,
    /// Entry point. Where it is not said: entrypoint.sh; null: none, the program is it.
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// Wrapper. Where it is not said: caskmcp.run; null: none, `cask run` is it.
    #[serde(default)]
    pub run: Option<String>,
    /// Pinned requirements. Where it is not said: requirements.lock; null: none.
    #[serde(default)]
    pub requirements: Option<String>,
    /// Which of the CASKMCP_ variables the container may be given; where it is not said, none.
    #[serde(default)]
    pub env_allowlist: Vec<String>,
    /// Health check.
    #[serde(default)]
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub healthcheck: Option<Node>,
}

/// The members that name files, and the file that each means where it is not there. In version 2 null means none.
pub const FILES: [(&str, &str); 4] = [
    ("dockerfile", "Dockerfile"),
    ("entrypoint", "entrypoint.sh"),
    ("run", "caskmcp.run"),
    ("requirements", "requirements.lock"),
];

/// Every variable by which `cask run` can be told what to serve and how. `env_allowlist` says which of them a container
/// may be given.
pub const SETTINGS: [&str; 10] = [
    "CASKMCP_TOOLPACK",
    "CASKMCP_TOOLSET",
    "CASKMCP_LOCKFILE",
    "CASKMCP_BASE_URL",
    "CASKMCP_AUTH_HEADER",
    "CASKMCP_AUDIT_LOG",
    "CASKMCP_DRY_RUN",
    "CASKMCP_CONFIRM_STORE",
    "CASKMCP_ALLOW_PRIVATE_CIDR",
    "CASKMCP_ALLOW_REDIRECTS",
];

/// Where a toolpack is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By the program itself, on this machine.
    Local,
    /// By the program in a container.
    Container,
}

/// The container of a toolpack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its image.
    pub image: Image,
    /// What the image is built by, below the toolpack's folder; none where it is made elsewhere.
    pub dockerfile: Option<String>,
    /// Which of [`SETTINGS`] it may be given.
    pub settings: Vec<String>,
}

/// How a toolpack is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// Where it is served if nobody says otherwise.
    pub mode: Mode,
    /// The container, if it has one.
    pub container: Option<Container>,
}

impl Runtime {
    /// Reads it out of the tree of a toolpack.yaml; a toolpack that says nothing is served here.
    ///
    /// # Errors
    /// A mode that is none, an image that is none, a member of a wrong type.
    pub fn read(file: &str, header: &Node) -> Result<Runtime, Fault> {
        let Some(said) = header.get("runtime").filter(|said| !said.is_null()) else {
            return Ok(Runtime { mode: Mode::Local, container: None });
        };
        let at = At::new(file, "/runtime", said);
        let mode = match at.optional("mode") {
            Some(mode) => mode.word(&[("local", Mode::Local), ("container", Mode::Container)])?,
            None => Mode::Local,
        };
        let Some(node) = said.get("container").filter(|node| !node.is_null()) else {
            return Ok(Runtime { mode, container: None });
        };
        let written: ContainerFile = decode(file, node)?;
        let image = Image::read(&written.image).ok_or_else(|| {
            Fault::new(file, FaultKind::Content, "it names no image")
                .line(node.get("image").map_or(node.line, |image| image.line))
                .pointer("/runtime/container/image")
                .hint("an image is name[:tag] or name@sha256: and 64 hex digits")
        })?;
        let container = Container { image, dockerfile: written.dockerfile, settings: written.env_allowlist };
        Ok(Runtime { mode, container: Some(container) })
    }
}

/// The name of an image, which no engine takes for an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image(String);

impl Image {
    /// Longest name.
    const MOST: usize = 512;
    /// What stands before the digest of an image that is named by its content.
    const DIGEST: &str = "@sha256:";

    /// A name, with a tag or a digest or neither.
    pub fn read(text: &str) -> Option<Image> {
        let (name, digest) = match text.split_once(Image::DIGEST) {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/:".contains(&b);
        let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let fits = text.len() <= Image::MOST
            && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && name.bytes().all(is_plain)
            && digest.is_none_or(|digest| digest.len() == 64 && digest.bytes().all(is_hex));
        fits.then(|| Image(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names one content: whoever hands it out can't exchange it.
    pub fn is_pinned(&self) -> bool {
        self.0.contains(Image::DIGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    fn read(yaml: &str) -> Result<Runtime, Fault> {
        Runtime::read("toolpack.yaml", &bytes::yaml("toolpack.yaml", yaml.as_bytes(), 1 << 20).unwrap())
    }

    #[test]
    fn what_says_nothing_is_served_here() {
        let here = Runtime { mode: Mode::Local, container: None };
        for yaml in ["a: b\n", "runtime: null\n", "runtime: {mode: local, container: null}\n"] {
            assert_eq!(read(yaml).unwrap(), here, "{yaml}");
        }
        assert_eq!(read("runtime: {mode: container}\n").unwrap().mode, Mode::Container);
        assert_eq!(read("runtime: {mode: remote}\n").unwrap_err().pointer, "/runtime/mode");
    }

    #[test]
    fn a_container_has_an_image_that_no_engine_takes_for_an_option() {
        let of =
            |image: &str| read(&format!("runtime: {{mode: container, container: {{image: '{image}'}}}}\n"));
        let pinned = format!("ghcr.example/shop/cask@sha256:{}", "a".repeat(64));
        for image in ["shop", "caskmcp-toolpack:tp_1d915b164824", "host:5000/a/b:1.0", &pinned] {
            let container = of(image).unwrap().container.unwrap();
            assert_eq!((container.image.as_str(), container.image.is_pinned()), (image, image == pinned));
        }
        for image in ["", "--privileged", "a b", "-v/:/x", "a@sha256:12", ":tag", "a$(id)", "a\u{e9}"] {
            assert_eq!(of(image).unwrap_err().pointer, "/runtime/container/image", "{image}");
        }
    }
}
