//! The trust that was found here, written down for a container: trust.yaml and the gate.yaml that counts beside it, as
//! they were read and not as they lie in the work tree. They go when the container does.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::canon::emit::emit_yaml;
use crate::cmd::anchor::{GATE, TRUST};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::serving::read::Read;
use crate::io::fs::write_atomic;
use crate::io::known_roots::KnownRoots;

/// The copies, and where each lies in a repository.
pub(super) struct Copies {
    files: Vec<(PathBuf, &'static str)>,
    _folder: TempDir,
}

impl Copies {
    /// Writes them, beside what this machine knows of roots: where no container writes.
    ///
    /// # Errors
    /// There is no trust, or they can't be written.
    pub(super) fn of(read: &Read, ctx: &Ctx) -> Result<Copies, Failed> {
        let trust = read
            .state
            .trust()
            .ok_or_else(|| Failed::new("trust", TRUST, "there is no trust to hand over"))?;
        let known = KnownRoots::open(ctx.env)?;
        let folder = known.path().with_file_name("containers");
        let failed = |error: std::io::Error| {
            Failed::new("io", folder.display().to_string(), format!("it can't be written: {error}"))
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let made = TempDir::with_prefix_in("cask-", &folder).map_err(failed)?;
        let gate = read.gate.as_ref().map(|gate| (&gate.raw, GATE));
        let mut files = Vec::new();
        for (tree, inside) in std::iter::once((&trust.raw, TRUST)).chain(gate) {
            let name = inside.rsplit('/').next().unwrap_or(inside);
            let path = made.path().join(name);
            write_atomic(&path, emit_yaml(tree).as_bytes())?;
            files.push((path, inside));
        }
        Ok(Copies { files, _folder: made })
    }

    /// Each copy, and its place in the repository.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, &'static str)> {
        self.files.iter().map(|(path, inside)| (path.as_path(), *inside))
    }
}
