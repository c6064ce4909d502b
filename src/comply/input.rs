//! What a compliance report is made from: values that were read, and nothing that would have to be looked for.

use std::collections::BTreeMap;

use crate::canon::time::Timestamp;
use crate::model::compliance::facts::{Asks, ReportFile, TrustFile};
use crate::model::finding::Finding;
use crate::model::lockfile::AnyLockfile;
use crate::model::toolpack::Toolpack;
use crate::model::trail::Trail;
use crate::sign::ground::{Ground, SignedSubject};

/// What was read.
pub struct Input<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// What is signed of it: the surface, and each tool by its id.
    pub surface: &'a SignedSubject,
    /// Each tool by its id.
    pub tools: &'a BTreeMap<String, SignedSubject>,
    /// Where its lockfile lies, or would.
    pub lock_path: &'a str,
    /// Its lockfile.
    pub lock: Option<&'a AnyLockfile>,
    /// What signatures are judged on; none where there is no trust file.
    pub ground: Option<&'a Ground<'a>>,
    /// The trust file that judges.
    pub trust: Option<TrustFile>,
    /// How a call of each tool goes, by its id.
    pub calls: &'a BTreeMap<String, Calls>,
    /// What lint finds.
    pub lint: &'a [Finding],
    /// The audit trail; none where there is none.
    pub trail: Option<&'a Trail>,
    /// Where reports were looked for, and those about this toolpack.
    pub kept: Option<Reports<'a>>,
    /// SHA-256 of files, by path.
    pub digests: &'a BTreeMap<String, String>,
    /// The time that was given; what is judged by it stands in the ground.
    pub at: Option<Timestamp>,
    /// Version of the program.
    pub tool_version: &'static str,
}

/// How a call of a tool goes, as the server would decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// Whether every call of it changes something.
    pub changes_state: bool,
    /// Whether a person is asked before it.
    pub asks: Asks,
    /// Whether it is limited.
    pub limited: bool,
}

/// Reports that were kept in a folder.
#[derive(Debug, Clone, Copy)]
pub struct Reports<'a> {
    /// The folder.
    pub folder: &'a str,
    /// Those about this toolpack, by file.
    pub reports: &'a [ReportFile],
    /// How many files there are no such report.
    pub passed_over: usize,
}
