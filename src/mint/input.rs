//! What a mint works on: what the sources describe, what there was before, and what the user asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::container;
use super::scope::Scope;
use crate::canon::time::Timestamp;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::toolpack::Toolpack;

/// One source: what it describes, and how toolpack.yaml names it.
#[derive(Debug, Clone)]
pub struct Source {
    /// har, otel, openapi, browser, webmcp, mcp-list, mcp-live or v1.
    pub kind: String,
    /// Base name of a file, host of a URL, name of a server.
    pub name: String,
    /// Whether absence there means absence.
    pub complete: bool,
    /// Digest of the parsed document, or of the merged part without its inputs.
    pub digest: String,
    /// The surface that it describes, of version 2.
    pub baseline: Baseline,
}

/// How a toolpack is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// By the program itself.
    Local,
    /// In a container.
    Container(container::Asked),
}

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the toolpack, from the root of its repository, for messages.
    pub dir: String,
    /// Its name; a toolpack that there was keeps its own unless one is given.
    pub name: Option<String>,
    /// The name of a new toolpack that was given none.
    pub default_name: String,
    /// Its id, instead of the one that follows from name and hosts.
    pub toolpack_id: Option<String>,
    /// When it was made, if that shall be told.
    pub created_at: Option<Timestamp>,
    /// Which operations are taken in; a toolpack that there was keeps its own.
    pub scope: Option<Scope>,
    /// Ids of the tools that are taken in; none: all of the scope.
    pub only: Option<BTreeSet<String>>,
    /// Hosts whose operations are taken in, as entries of an allow list; empty: all.
    pub hosts: Vec<String>,
    /// Operations that have another address now: what they were, and what they are.
    pub same: Vec<(String, String)>,
    /// How it is to be run; a toolpack that there was is run as before where nothing is said.
    pub runtime: Option<Runtime>,
}

/// Operations that were not taken in, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// By host, those on hosts that were not asked for.
    pub hosts: BTreeMap<String, usize>,
    /// Those outside of the scope.
    pub scope: usize,
    /// Those of the scope that were not chosen.
    pub unchosen: usize,
}

/// A toolpack, ready to be written.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The toolpack as the readers see it in the files below.
    pub pack: Toolpack,
    /// What to write, by path below the toolpack's folder.
    pub files: BTreeMap<String, String>,
    /// The name of the scope.
    pub scope: String,
    /// Operations and entries that the sources describe.
    pub described: usize,
    /// What of it was not taken in.
    pub left_out: LeftOut,
    /// Operations of the earlier toolpack that stay although no source described them this time.
    pub kept: usize,
    /// What a reader has to know.
    pub notes: Vec<Phrase>,
}
