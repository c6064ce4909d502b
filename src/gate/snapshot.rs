//! Snapshots: what was frozen, and whether it still is what was frozen.

use super::sides::Naming;
use crate::canon::Node;
use crate::model::finding::{Finding, Place, Side, SubjectKind};
use crate::model::lockfile::{AnyLockfile, SnapshotRef};
use crate::model::phrase::Phrase;
use crate::model::snapshot::{Digests, FrozenFile, Snapshot};
use crate::rules::{lock, pack};

/// Freezes files: name and parsed content of each.
pub fn freeze<'a>(files: impl IntoIterator<Item = (&'a str, &'a Node)>) -> Digests {
    let files = files.into_iter().map(|(name, node)| (name.to_owned(), FrozenFile::of(node))).collect();
    Digests { version: "1".to_owned(), files }
}

/// What is wrong with the snapshot that a lockfile names.
pub fn problems(lockfile: Option<&AnyLockfile>, frozen: &Snapshot, naming: &Naming) -> Vec<Finding> {
    let named: Option<&SnapshotRef> = match lockfile {
        Some(AnyLockfile::V2(lock, _)) => lock.snapshot.as_ref(),
        Some(AnyLockfile::V1(lock)) => lock.snapshot.as_ref(),
        None => None,
    };
    let Some(named) = named else { return Vec::new() };
    let subject = || naming.subject(SubjectKind::Lockfile, "snapshot", &named.dir);
    let at =
        |file: String, pointer: &str| Place { file, line: 1, pointer: pointer.to_owned(), side: Side::Head };
    let of_lock = |here: Phrase| {
        Finding::new(lock::SNAPSHOT_MISSING, subject(), at(naming.lock_path.to_owned(), "/snapshot"))
            .says("snapshot", here.clone())
            .here(here)
    };
    match frozen {
        Snapshot::None => Vec::new(),
        Snapshot::Missing(why) => vec![of_lock(Phrase::say("the snapshot cannot be read: ").and_quote(why))],
        Snapshot::Found { digest, .. } if bare(digest) != bare(&named.digest) => {
            vec![of_lock(Phrase::say("its digests.json is not the one that the lockfile names"))]
        }
        Snapshot::Found { digests, files, .. } => digests
            .files
            .iter()
            .filter_map(|(name, was)| match files.get(name) {
                Some(is) if is == was => None,
                Some(_) => {
                    let here =
                        Phrase::quote(name).and_say(" in the snapshot is not the file that was frozen");
                    let file = naming.pack.path(&format!("{}/{name}", named.dir));
                    Some(
                        Finding::new(pack::DIGEST_MISMATCH, subject(), at(file, ""))
                            .says("snapshot", here.clone())
                            .here(here),
                    )
                }
                None => Some(of_lock(Phrase::quote(name).and_say(" is missing in the snapshot"))),
            })
            .collect(),
    }
}

/// Generation 1 writes digests without their algorithm.
fn bare(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}
