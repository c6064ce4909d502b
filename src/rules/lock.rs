//! The file that keeps the approvals.

use super::def::rules;

rules! { Lock =>
    /// A field that follows from what is signed says something else: a status, a name, a host that readers
    /// believe and no signature covers.
    ENTRY_FORGED = "lock.entry-forged", Critical, [Trust],
        "entry says what nobody signed",
        "the lockfile claims what nobody signed",
        fix: "`cask gate sync` writes what is true";
    /// An older state comes back with its old approvals, or a refusal was dropped.
    DOWNGRADED = "lock.downgraded", High, [Trust],
        "older than what the base has",
        "an older state comes back with its old approvals",
        fix: "sign the state that you want, today";
    /// The record that a tool was withdrawn is gone before the old approvals have gone stale.
    TOMBSTONE_REMOVED = "lock.tombstone-removed", High, [Trust],
        "record of a withdrawal is gone",
        "the record of a withdrawn tool is gone",
        fix: "put the `withdrawn` entry back";
    /// The lockfile names a snapshot that is not there or is not the one it names.
    SNAPSHOT_MISSING = "lock.snapshot-missing", High, [Trust],
        "snapshot is missing or altered",
        "the snapshot that the lockfile names is missing or altered",
        fix: "`cask gate snapshot`";
    /// Both sides of an unfinished merge stand in the file; approvals cannot be merged as text by guessing.
    CONFLICT_MARKERS = "lock.conflict-markers", Unjudged, [Trust],
        "unfinished merge",
        "a file holds an unfinished merge",
        fix: "restore the file from the base branch, then `cask gate sync`";
}
