//! How a minted toolpack is to be run: the options of it, and the image that is built around the program that runs now.

use std::path::Path;

use super::target::Target;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::engine::Engine;
use crate::io::fs;
use crate::mint::Runtime;
use crate::mint::container::{self, Asked, FILE};
use crate::model::runtime::{Image, Runtime as Read};
use crate::model::toolpack::{HEADER, Toolpack};

/// Most bytes of the program.
const PROGRAM: usize = 512 << 20;

/// How it is to be run.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RuntimeArgs {
    /// Where `cask run` serves it: local, or container, which writes a Dockerfile (default: as before, else local)
    #[arg(long, value_name = "WHERE", value_parser = ["local", "container"], hide_possible_values = true, help_heading = "Container")]
    pub runtime: Option<String>,
    /// Build its image too, around the program that runs now
    #[arg(long, conflicts_with = "dry_run", help_heading = "Container")]
    pub runtime_build: bool,
    /// Name of the image, or NAME@sha256:HEX of one that is made elsewhere (default: caskmcp-toolpack:ID)
    #[arg(long, value_name = "IMAGE", help_heading = "Container")]
    pub runtime_tag: Option<String>,
    /// Version of cask that the image has to hold
    #[arg(long, value_name = "VERSION", help_heading = "Container")]
    pub runtime_version_pin: Option<String>,
}

impl RuntimeArgs {
    /// What the engine is asked for.
    ///
    /// # Errors
    /// An option that is for a container where none is asked for, an image or a version that is none.
    pub fn asked(&self) -> Result<Option<Runtime>, Failed> {
        let is_container = self.runtime.as_deref() == Some("container");
        let only = [
            (self.runtime_build, "--runtime-build"),
            (self.runtime_tag.is_some(), "--runtime-tag"),
            (self.runtime_version_pin.is_some(), "--runtime-version-pin"),
        ];
        if let Some((_, option)) = only.iter().find(|(is_given, _)| *is_given && !is_container) {
            return Err(Failed::new("usage", *option, "it is for a toolpack that is served in a container")
                .hint("--runtime container"));
        }
        let image = self.runtime_tag.as_deref().map(|text| {
            Image::read(text).ok_or_else(|| {
                Failed::new("usage", "--runtime-tag", format!("{text:?} is no name of an image"))
                    .hint("--runtime-tag NAME[:TAG], or NAME@sha256: and 64 hex digits")
            })
        });
        let image = image.transpose()?;
        if self.runtime_build && image.as_ref().is_some_and(Image::is_pinned) {
            return Err(Failed::new(
                "usage",
                "--runtime-build",
                "an image that is named by its content is there already",
            )
            .hint("leave one of --runtime-build and the digest of --runtime-tag out"));
        }
        match &self.runtime_version_pin {
            Some(version) if !container::is_version(version) => {
                return Err(Failed::new(
                    "usage",
                    "--runtime-version-pin",
                    format!("{version:?} is no version"),
                )
                .hint(format!("--runtime-version-pin {}", env!("CARGO_PKG_VERSION"))));
            }
            Some(version) if self.runtime_build && version != env!("CARGO_PKG_VERSION") => {
                return Err(Failed::new(
                    "usage",
                    "--runtime-build",
                    "the program that runs now is another version",
                )
                .looked("pinned", version)
                .looked("runs now", env!("CARGO_PKG_VERSION")));
            }
            _ => {}
        }
        Ok(match (self.runtime.as_deref(), is_container) {
            (None, _) => None,
            (Some(_), false) => Some(Runtime::Local),
            (Some(_), true) => Some(Runtime::Container(Asked {
                image: image.map(|image| image.as_str().to_owned()),
                version: self.runtime_version_pin.clone(),
            })),
        })
    }

    /// Refuses to write over a file that is not the toolpack's.
    ///
    /// # Errors
    /// A file of somebody else lies where the image's would.
    pub fn spares(&self, target: &Target, before: Option<&Toolpack>) -> Result<(), Failed> {
        let writes = self.runtime.as_deref() == Some("container");
        let own = before.is_some_and(|pack| pack.files.contains_key(FILE));
        let path = target.dir.join(FILE);
        match writes && !own && path.symlink_metadata().is_ok() {
            true => Err(Failed::new(
                "input",
                path.display().to_string(),
                "a file lies there that is not the toolpack's",
            )
            .hint("move it: the image of the toolpack is built by a file of this name")),
            false => Ok(()),
        }
    }

    /// The engine that will build, looked for before anything is written.
    ///
    /// # Errors
    /// There is none, or the program that runs now is none for an image of its own.
    pub fn builder(&self, ctx: &Ctx) -> Result<Option<Engine>, Failed> {
        if !self.runtime_build {
            return Ok(None);
        }
        if needs_more(&program()?) {
            return Err(Failed::new(
                "input",
                "--runtime-build",
                "the program that runs now needs libraries that the image has not",
            )
            .hint(
                "use a released cask, which is static, or build the image around one: see the Dockerfile",
            ));
        }
        Ok(Some(Engine::working(ctx.var("PATH").as_deref(), None)?))
    }
}

/// Builds the image of a toolpack; its name.
///
/// # Errors
/// A file can't be read or written, or the engine can't build it.
pub fn build(engine: &Engine, pack: &Toolpack, dir: &Path) -> Result<String, Failed> {
    let read = Read::read(&pack.path(HEADER), &pack.header.raw)?;
    let Some(container) = read.container else { return Ok(String::new()) };
    // A folder with the program alone: nothing else can get into the image.
    let failed =
        |error: std::io::Error| Failed::new("io", "the image", format!("its folder can't be made: {error}"));
    let folder = tempfile::Builder::new().prefix("cask-image-").tempdir().map_err(failed)?;
    let inside = folder.path().join("cask");
    std::fs::write(&inside, program()?).map_err(failed)?;
    engine.build(&dir.join(FILE), container.image.as_str(), folder.path())?;
    Ok(container.image.as_str().to_owned())
}

/// The program that runs now.
fn program() -> Result<Vec<u8>, Failed> {
    let failed = |why: String| Failed::new("io", "the program that runs now", why);
    let path = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    fs::read_bounded(&path, PROGRAM)?.ok_or_else(|| failed("it is not there any more".to_owned()))
}

/// Whether a program is none of Linux that runs by itself: an ELF file of 64 bits without an interpreter.
fn needs_more(program: &[u8]) -> bool {
    const INTERPRETER: u32 = 3;
    let word = |at: usize, len: usize| -> Option<u64> {
        let bytes = program.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return true;
    }
    let headers = || -> Option<Vec<u64>> {
        let (start, size, count) = (word(0x20, 8)?, word(0x36, 2)?, word(0x38, 2)?);
        let at = |n: u64| usize::try_from(start.checked_add(n * size)?).ok();
        (0..count).map(|n| word(at(n)?, 4)).collect()
    };
    headers().is_none_or(|kinds| kinds.contains(&u64::from(INTERPRETER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(kinds: &[u32]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(0x40, 0);
        bytes[0x20] = 0x40;
        bytes[0x36] = 56;
        bytes[0x38] = kinds.len() as u8;
        for kind in kinds {
            bytes.extend(kind.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    #[test]
    fn only_a_program_without_an_interpreter_runs_by_itself() {
        assert!(!needs_more(&elf(&[1, 1, 4])));
        assert!(needs_more(&elf(&[6, 3, 1])));
        assert!(needs_more(b"#!/bin/sh\n") && needs_more(b""));
        let cut = elf(&[1, 1]);
        assert!(needs_more(&cut[..0x50]), "a table that is cut off says nothing");
    }

    #[test]
    fn options_of_a_container_are_for_a_container() {
        let args = |runtime: Option<&str>, tag: Option<&str>, pin: Option<&str>, build: bool| RuntimeArgs {
            runtime: runtime.map(str::to_owned),
            runtime_tag: tag.map(str::to_owned),
            runtime_version_pin: pin.map(str::to_owned),
            runtime_build: build,
        };
        let asked = |args: RuntimeArgs| args.asked().map_err(|failed| failed.0.subject.clone());
        assert_eq!(asked(args(None, None, None, false)), Ok(None));
        assert_eq!(asked(args(Some("local"), None, None, false)), Ok(Some(Runtime::Local)));
        assert_eq!(asked(args(None, Some("shop"), None, false)), Err("--runtime-tag".to_owned()));
        assert_eq!(asked(args(Some("local"), None, None, true)), Err("--runtime-build".to_owned()));
        let container = Some("container");
        assert_eq!(asked(args(container, Some("--x"), None, false)), Err("--runtime-tag".to_owned()));
        assert_eq!(asked(args(container, None, Some("1\n"), false)), Err("--runtime-version-pin".to_owned()));
        assert_eq!(asked(args(container, None, Some("0.0.0"), true)), Err("--runtime-build".to_owned()));
        let pinned = format!("shop@sha256:{}", "0".repeat(64));
        assert_eq!(asked(args(container, Some(&pinned), None, true)), Err("--runtime-build".to_owned()));
        let named = Asked { image: Some("shop".to_owned()), version: Some("0.0.0".to_owned()) };
        assert_eq!(
            asked(args(container, Some("shop"), Some("0.0.0"), false)),
            Ok(Some(Runtime::Container(named)))
        );
    }
}
