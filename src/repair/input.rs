//! What a repair is made from: what other commands found out, as values.

use std::collections::BTreeMap;

use crate::model::finding::Finding;
use crate::model::kept::Kept;
use crate::model::trail::Trail;
use crate::rules::Severity;

/// What was found out.
#[derive(Default)]
pub struct Input<'a> {
    /// Id of the toolpack.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its folder.
    pub path: &'a str,
    /// Names of its tools, by their ids: records name ids.
    pub tools: BTreeMap<&'a str, &'a str>,
    /// What `cask gate check` finds.
    pub gate: &'a [Finding],
    /// What `cask lint` finds.
    pub lint: &'a [Finding],
    /// What `cask doctor` sees and is not as it should be.
    pub doctor: &'a [Seen],
    /// The audit trail.
    pub trail: Option<&'a Trail>,
    /// Reports about the toolpack.
    pub kept: &'a [Kept],
    /// What was looked at, for the reader.
    pub looked_at: Vec<String>,
    /// What could not be.
    pub not_looked_at: Vec<String>,
    /// Version of the program.
    pub tool_version: &'static str,
    /// What the person said that the commands have to say too.
    pub given: Given,
}

/// Options of the person's that the proposed commands keep, in their own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The toolpack, where its folder is no way to it from where they are.
    pub toolpack: Option<String>,
    /// The state folder.
    pub root: Option<String>,
    /// Which trust judges: an option, and its value.
    pub trust: Vec<(&'static str, String)>,
    /// The audit trail that was looked at.
    pub trail: Option<String>,
}

/// What was looked at where there is no trust file to judge by.
pub const TRUST_MISSING: &str = "trust-missing";

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What kind of thing was looked at.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What was seen.
    pub what: String,
}
