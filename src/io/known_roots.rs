//! The roots of trust that this machine has seen: `$XDG_STATE_HOME/cask/known_roots.yaml`, as SSH's
//! known_hosts. Root digest → the last version seen under it, and that version's digest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::failure::Failure;
use super::fs;
use super::keystore::{Env, base_folder};
use super::lock::update_locked;
use crate::canon::digest::is_digest;
use crate::canon::{Fault, FaultKind};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The last version of a trust file seen under a root.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRoot {
    /// Its version, 1 or more.
    pub version: u64,
    /// Its digest, `sha256:` and 64 hex digits.
    pub digest: String,
}

/// Where the known roots are kept.
#[derive(Debug, Clone)]
pub struct KnownRoots {
    path: PathBuf,
}

impl KnownRoots {
    /// Those of the person at this machine.
    ///
    /// # Errors
    /// No home is known.
    pub fn open(env: Env<'_>) -> Result<KnownRoots, Failure> {
        let state = base_folder(env, "XDG_STATE_HOME", ".local/state").ok_or_else(|| {
            Failure::new("the known roots", "no home folder is known").hint("set XDG_STATE_HOME")
        })?;
        Ok(KnownRoots { path: state.join("cask/known_roots.yaml") })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of them; none before the first.
    ///
    /// # Errors
    /// The file can't be read, or is damaged: then nothing is known, and that is not the same as none.
    pub fn load(&self) -> Result<BTreeMap<String, KnownRoot>, Failure> {
        let bytes = fs::read_bounded(&self.path, MAX_BYTES)?;
        Ok(parse(&self.name(), bytes.as_deref().unwrap_or_default())?)
    }

    /// Remembers a version under its root. The caller has found that it descends from the one known.
    ///
    /// # Errors
    /// A later version, or another of the same number, is known; the file can't be read or written.
    pub fn record(&self, root: &str, seen: KnownRoot) -> Result<(), Failure> {
        if !is_digest(root) || !is_digest(&seen.digest) || seen.version == 0 {
            return Err(Failure::new("the known roots", "this is no root, version and digest"));
        }
        update_locked(&self.path, MAX_BYTES, |old| {
            let mut roots = parse(&self.name(), old.unwrap_or_default())?;
            if let Some(known) = roots.get(root)
                && (known.version > seen.version
                    || (known.version == seen.version && known.digest != seen.digest))
            {
                return Err(Failure::new("the known roots", "a version goes back or was replaced")
                    .looked("root", root)
                    .looked("known", format!("version {}, {}", known.version, known.digest))
                    .looked("seen", format!("version {}, {}", seen.version, seen.digest)));
            }
            roots.insert(root.to_owned(), seen);
            Ok(Some(write(&roots).into_bytes()))
        })?;
        Ok(())
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, KnownRoot>, Fault> {
    let fault = |kind, message: String| {
        Fault::new(name, kind, message)
            .hint("move the file away; the roots are then shown and asked for again")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| fault(FaultKind::Syntax, "it is not UTF-8".into()))?;
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return Ok(BTreeMap::new());
    }
    let roots: BTreeMap<String, KnownRoot> =
        serde_yaml::from_str(text).map_err(|e| fault(FaultKind::Content, e.to_string()))?;
    match roots.iter().find(|(root, k)| !is_digest(root) || !is_digest(&k.digest) || k.version == 0) {
        Some((root, _)) => Err(fault(FaultKind::Content, format!("{root}: no root, version and digest"))),
        None => Ok(roots),
    }
}

fn write(roots: &BTreeMap<String, KnownRoot>) -> String {
    let mut text = String::from("# Roots of trust that cask has seen on this machine.\n");
    for (root, known) in roots {
        // Digests hold nothing that needs more than the quotes.
        text += &format!("\"{root}\":\n  version: {}\n  digest: \"{}\"\n", known.version, known.digest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(c: &str) -> String {
        format!("sha256:{}", c.repeat(64))
    }

    fn known(version: u64, c: &str) -> KnownRoot {
        KnownRoot { version, digest: digest(c) }
    }

    fn scratch() -> (tempfile::TempDir, KnownRoots) {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().to_str().unwrap().to_owned();
        let roots = KnownRoots::open(&|name| (name == "XDG_STATE_HOME").then(|| state.clone())).unwrap();
        (dir, roots)
    }

    #[test]
    fn what_is_recorded_is_known() {
        let (_dir, roots) = scratch();
        assert!(roots.load().unwrap().is_empty());
        roots.record(&digest("a"), known(1, "1")).unwrap();
        roots.record(&digest("b"), known(7, "2")).unwrap();
        roots.record(&digest("a"), known(2, "3")).unwrap();
        roots.record(&digest("a"), known(2, "3")).unwrap();
        let expected = BTreeMap::from([(digest("a"), known(2, "3")), (digest("b"), known(7, "2"))]);
        assert_eq!(roots.load().unwrap(), expected);
    }

    #[test]
    fn a_version_never_goes_back_or_changes() {
        let (_dir, roots) = scratch();
        roots.record(&digest("a"), known(2, "1")).unwrap();
        assert!(roots.record(&digest("a"), known(1, "1")).is_err());
        assert!(roots.record(&digest("a"), known(2, "2")).is_err());
        assert!(roots.record("sha256:a", known(3, "1")).is_err());
        assert_eq!(roots.load().unwrap()[&digest("a")], known(2, "1"));
    }

    #[test]
    fn a_damaged_file_is_not_an_empty_one() {
        let (_dir, roots) = scratch();
        std::fs::create_dir_all(roots.path().parent().unwrap()).unwrap();
        let a = digest("a");
        for bad in [
            "x",
            "[]",
            &format!("\"{a}\": {{version: 1}}"),
            &format!("\"{a}\": {{version: 0, digest: \"{a}\"}}"),
            &format!("\"{a}\": {{version: 1, digest: \"x\"}}"),
            &format!("\"{a}\": {{version: 1, digest: \"{a}\", more: 1}}"),
            &format!("\"{a}\": {{version: 1, digest: \"{a}\"}}\n\"{a}\": {{version: 2, digest: \"{a}\"}}"),
        ] {
            std::fs::write(roots.path(), bad).unwrap();
            assert!(roots.load().is_err(), "{bad}");
            assert!(roots.record(&a, known(9, "9")).is_err(), "{bad}");
            assert_eq!(std::fs::read_to_string(roots.path()).unwrap(), *bad);
        }
    }
}
