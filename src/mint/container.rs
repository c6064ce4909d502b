//! What a toolpack gets that is served in a container: the member of toolpack.yaml that says so, and the file that the
//! image is built by. Name of the image and pinned version in, tree and text out.
//!
//! The image holds the program and no toolpack: what is served is mounted when it starts, with the trust that judges it,
//! and verified again inside.

use std::fmt::Write as _;

use crate::canon::Node;
use crate::model::runtime::SETTINGS;

/// The file that the image is built by, below the toolpack's folder.
pub const FILE: &str = "Dockerfile";
/// The program in the image.
pub const PROGRAM: &str = "/cask";
/// The folder in the image that stands for the repository.
pub const WORK: &str = "/work";
/// What says which version of cask an image is to hold.
const VERSION: &str = "LABEL org.opencontainers.image.version=";

/// What the image starts: never another container, and only by a trust that is pinned.
const START: [&str; 6] = [PROGRAM, "run", "--runtime", "local", "--mounted", WORK];
/// What tells whether it is well.
const CHECK: [&str; 6] = [PROGRAM, "doctor", "--runtime", "local", "--mounted", WORK];
/// Seconds between two looks, and that one may take.
const INTERVAL: u32 = 10;
const TIMEOUT: u32 = 5;
/// How many have to fail.
const RETRIES: u32 = 3;

/// The container that a mint is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Name of the image; one made of the toolpack's id where there is none.
    pub image: Option<String>,
    /// The version of cask that the image has to hold.
    pub version: Option<String>,
}

impl Asked {
    /// The member `runtime` of toolpack.yaml.
    pub(super) fn runtime(&self, toolpack_id: &str) -> Node {
        let image = self.image.clone().unwrap_or_else(|| format!("caskmcp-toolpack:{toolpack_id}"));
        let check = Node::map([
            ("cmd", Node::texts(CHECK)),
            ("interval_s", Node::int(INTERVAL)),
            ("timeout_s", Node::int(TIMEOUT)),
            ("retries", Node::int(RETRIES)),
        ]);
        let container = Node::map([
            ("image", Node::text(image)),
            ("base_image", Node::text("scratch")),
            ("dockerfile", Node::text(FILE)),
            // The program is the entry point, the wrapper and all that is required.
            ("entrypoint", Node::null()),
            ("run", Node::null()),
            ("requirements", Node::null()),
            ("env_allowlist", Node::texts(SETTINGS)),
            ("healthcheck", check),
        ]);
        Node::map([("mode", Node::text("container")), ("container", container)])
    }
}

/// The member `runtime` of a toolpack that is served on the machine itself.
pub(super) fn local() -> Node {
    Node::map([("mode", Node::text("local")), ("container", Node::null())])
}

/// The file that the image is built by.
pub fn dockerfile(version: Option<&str>) -> String {
    let mut text = String::from(
        "\
# Serves this toolpack in a container: `cask run` builds the command line that starts it.
#
# The image holds the program and nothing of the toolpack, which is mounted to be read, with the trust that judges it,
# and verified again inside. The static program is handed in, as `cask` in a folder with nothing else:
#   docker build --file Dockerfile --tag IMAGE FOLDER
FROM scratch
",
    );
    if let Some(version) = version {
        let _ = writeln!(text, "{VERSION}\"{version}\"");
    }
    let _ = write!(
        text,
        "\
COPY --chmod=0755 cask {PROGRAM}
USER 65532:65532
WORKDIR {WORK}
HEALTHCHECK --interval={INTERVAL}s --timeout={TIMEOUT}s --retries={RETRIES} CMD {}
ENTRYPOINT {}
",
        exec(&CHECK),
        exec(&START)
    );
    text
}

/// The version of cask that a file of ours asks for.
pub fn version_of(dockerfile: &str) -> Option<&str> {
    let said = dockerfile.lines().find_map(|line| line.strip_prefix(VERSION))?;
    said.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a text is a version: what can stand in quotes in a file of ours, and nothing else.
pub fn is_version(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".+-".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A command that no shell reads: words in quotes.
fn exec(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::runtime::{Mode, Runtime};

    #[test]
    fn the_image_holds_the_program_and_nothing_else() {
        let text = dockerfile(None);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let words: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(words, ["FROM", "COPY", "USER", "WORKDIR", "HEALTHCHECK", "ENTRYPOINT"]);
        assert_eq!(lines[0], "FROM scratch");
        assert_eq!(lines[1], "COPY --chmod=0755 cask /cask");
        assert_eq!(lines[5], r#"ENTRYPOINT ["/cask", "run", "--runtime", "local", "--mounted", "/work"]"#);
        assert_eq!(version_of(&text), None);
    }

    #[test]
    fn a_pinned_version_is_read_back() {
        let text = dockerfile(Some("1.2.3-rc.1"));
        assert_eq!(version_of(&text), Some("1.2.3-rc.1"));
        assert_eq!(dockerfile(version_of(&text)), text);
        assert!(is_version("1.2.3-rc.1") && is_version("0.1.0+a"));
        for none in ["", "1\" x=\"", "1\nRUN x", "1 2", &"1".repeat(65)] {
            assert!(!is_version(none), "{none}");
        }
    }

    #[test]
    fn what_is_written_reads_as_a_container() {
        let asked = Asked::default();
        let header = Node::map([("runtime", asked.runtime("tp_1"))]);
        let read = Runtime::read("toolpack.yaml", &header).unwrap();
        let container = read.container.unwrap();
        assert_eq!((read.mode, container.image.as_str()), (Mode::Container, "caskmcp-toolpack:tp_1"));
        assert_eq!((container.dockerfile.as_deref(), container.settings.len()), (Some(FILE), 10));
        let here = Node::map([("runtime", local())]);
        assert_eq!(Runtime::read("toolpack.yaml", &here).unwrap().mode, Mode::Local);
    }
}
