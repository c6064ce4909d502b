//! The toolpack as a whole.

use super::def::rules;

rules! { Pack =>
    /// A file does not have the digest that is recorded for it.
    DIGEST_MISMATCH = "pack.digest-mismatch", Critical, [Trust],
        "a file is not what was recorded",
        "a file is not the one that was recorded",
        fix: "find out who changed it; restore it from the base branch";
    /// A path leaves the toolpack's folder, or a link stands on the way: what is judged would not be what
    /// is read at run time.
    PATH_ESCAPE = "pack.path-escape", Critical, [Trust],
        "a path that leaves the toolpack",
        "a path leads out of the toolpack",
        fix: "keep every file inside the toolpack's folder, as a plain file";
    /// Two judged toolpacks have one id: an approval of the one would be an approval of the other.
    DUPLICATE_ID = "pack.duplicate-id", Critical, [Trust],
        "two toolpacks with one id",
        "two toolpacks share one id",
        fix: "give one of them another toolpack_id";
    /// The id that approvals name was changed in place: old approvals and tombstones lose their object.
    ID_CHANGED = "pack.id-changed", Critical, [Trust],
        "the toolpack's id changed",
        "a toolpack took another id",
        fix: "put the id back; a new toolpack gets a folder of its own";
    /// Two tracked paths are one on a file system that folds case or Unicode forms: which of them is read
    /// depends on the machine.
    PATH_COLLISION = "pack.path-collision", Critical, [Trust],
        "two paths that are one elsewhere",
        "two paths are one on other machines",
        fix: "rename one of them";
    /// A value with the shape of a key or token stands in a file that is committed: it is public from now on, and
    /// stays in the history when it is removed.
    SECRET_FOUND = "pack.secret-found", Critical, [Trust],
        "a credential in a committed file",
        "a committed file holds a credential",
        fix: "revoke the credential, then take it out and read it from the environment";
    /// The toolpack lies in another folder than on the base. Who may approve it can depend on the folder.
    MOVED = "pack.moved", High, [Trust],
        "toolpack moved",
        "a toolpack moved to another folder",
        fix: "sign the surface anew in the new folder";
    /// A tracked toolpack lies outside the globs of gate.yaml, and this change touches it: it is not judged.
    OUTSIDE_GLOB = "pack.outside-glob", Medium, [Trust],
        "a toolpack that is not judged",
        "a changed toolpack is outside what is judged",
        fix: "let `toolpacks.include` in gate.yaml cover it, or remove it";
    /// The file that an image is built by takes in something that toolpack.yaml does not name: nobody signed it, and it
    /// is there when the tools are served.
    COPY_UNSIGNED = "pack.copy-unsigned", High, [Capability],
        "the image takes in a file that nobody signed",
        "an image holds what nobody signed",
        fix: "name the file under `paths` of toolpack.yaml and have the surface signed, or leave it out of the image";
    /// The file says that it follows a version which this program does not know; guessing would be judging
    /// something else.
    SCHEMA_VERSION_UNKNOWN = "pack.schema-version-unknown", Unjudged, [Trust],
        "unknown schema version",
        "a file follows an unknown version",
        fix: "use a cask that knows the version";
}
