//! digests.json of a snapshot: which bytes were approved together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::decode::decode;
use crate::canon::{Fault, Node, digest, json};

/// The name of the file in a snapshot's folder (or in the folder above it, where generation 1 puts it).
pub const DIGESTS: &str = "digests.json";

/// One frozen file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrozenFile {
    /// Length of its canonical form in bytes.
    pub bytes: u64,
    /// SHA-256 of its canonical form, 64 hex digits.
    pub sha256: String,
}

impl FrozenFile {
    /// Length and hash of a file's canonical form.
    pub fn of(node: &Node) -> FrozenFile {
        let canonical = json::canonical(node);
        FrozenFile { bytes: canonical.len() as u64, sha256: digest::sha256_hex(canonical.as_bytes()) }
    }
}

/// A snapshot as it was found.
#[derive(Debug, Clone, Default)]
pub enum Snapshot {
    /// The lockfile names none, or it was not looked for.
    #[default]
    None,
    /// The lockfile names one that is not there, or whose digests.json cannot be read; says why.
    Missing(String),
    /// Its digests.json as read, the digest of that, and the files that are there.
    Found {
        /// The digests.
        digests: Digests,
        /// `sha256:…` of digests.json.
        digest: String,
        /// What each file is now; a file that is not there is absent.
        files: BTreeMap<String, FrozenFile>,
    },
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// `1`.
    #[schemars(extend("const" = "1"))]
    pub version: String,
    /// Frozen files by name.
    pub files: BTreeMap<String, FrozenFile>,
}

impl Digests {
    /// Reads a digests.json.
    ///
    /// # Errors
    /// A fault with line and pointer for anything that the file does not hold.
    pub fn read(file: &str, node: &Node) -> Result<Digests, Fault> {
        decode(file, node)
    }
}
