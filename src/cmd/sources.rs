//! How sides and trust are named in reports.

use super::anchor::{Anchored, TRUST};
use crate::canon::time::Timestamp;
use crate::io::oid::Oid;
use crate::model::report::{Source, SourceKind, TrustUsed};
use crate::model::trust::{Signer, Trust};

/// A ref as people write it.
pub fn shown(name: &str) -> &str {
    name.strip_prefix("refs/remotes/").or(name.strip_prefix("refs/heads/")).unwrap_or(name)
}

/// The files as they lie there: of a repository, or of a folder.
pub fn work_tree(in_repository: bool) -> Source {
    let kind = if in_repository { SourceKind::Worktree } else { SourceKind::Folder };
    Source { kind, commit: None, name: "work tree".to_owned() }
}

/// A commit.
pub fn commit(name: &str, oid: &Oid) -> Source {
    let name = shown(name);
    Source { kind: SourceKind::Git, commit: Some(oid.as_str().to_owned()), name: name.to_owned() }
}

/// The trust file that judged. `head_version`: the version that the head brings and that was not used.
pub fn trust(anchored: &Anchored, now: Timestamp, head_version: Option<u32>) -> TrustUsed {
    trust_of(&anchored.trust, (&anchored.source, anchored.anchored), now, head_version)
}

/// The same of a trust file that was read in this place, where the head can't reach it or can.
pub fn trust_of(
    trust: &Trust,
    (source, anchored): (&Source, bool),
    now: Timestamp,
    head_version: Option<u32>,
) -> TrustUsed {
    let live = |signer: &Signer| -> Vec<String> {
        signer.keys.iter().filter(|k| k.is_live(now)).map(|k| k.key_id.clone()).collect()
    };
    let signers = trust.file.signers.iter().map(|s| (s.id.clone(), live(s)));
    TrustUsed {
        source: source.clone(),
        path: match source.kind {
            SourceKind::File => source.name.clone(),
            _ => TRUST.to_owned(),
        },
        version: trust.file.version,
        digest: trust.digest.clone(),
        anchored,
        signers: signers.filter(|(_, keys)| !keys.is_empty()).collect(),
        head_version,
    }
}
