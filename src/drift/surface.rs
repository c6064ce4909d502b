//! One side of drift: every operation of a baseline, and the toolpack whose tools stand on them, if there is
//! one.

use std::collections::{BTreeMap, HashMap};

use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};
use crate::model::baseline::Baseline;
use crate::model::finding::{Place, Side, Subject, SubjectKind};
use crate::model::lockfile::SURFACE;
use crate::model::origin::Origins;
use crate::model::surface::{Locked, Places};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Where a surface comes from.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceSource<'a> {
    /// The file, for places and messages.
    pub file: &'a str,
    /// Its content.
    pub baseline: &'a Baseline,
    /// The toolpack that it belongs to.
    pub pack: Option<&'a Toolpack>,
    /// Where its entries stand in the file, if that is no baseline.json.
    pub origins: Option<&'a Origins>,
    /// If it tells of calls that were recorded, a sample in which nothing is absent: what else is known of them.
    pub recorded: Option<&'a Recording>,
}

/// What is known of a recording beside its calls.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// Credentials in a stored capture, which has none as cask stores it: kinds, and how many of each.
    pub leaks: BTreeMap<String, u64>,
}

/// A surface, read.
pub struct Surface<'a> {
    /// Where it comes from.
    pub source: SurfaceSource<'a>,
    /// HTTP operations, in the order of the file.
    pub operations: Vec<Locked<'a>>,
    /// GraphQL operations of these, in the order of the file.
    pub graphql: Vec<Locked<'a>>,
    /// Tools of servers and pages: identity, pointer, entry.
    pub served: Vec<(&'a str, &'a str, &'a Node)>,
    /// Where prompts, resources and templates stand beside them.
    pub listed: Vec<&'a str>,
    tools: HashMap<&'a str, &'a Tool>,
}

impl<'a> Surface<'a> {
    /// Reads every entry.
    ///
    /// # Errors
    /// A fault with line and pointer for an entry that cannot be read.
    pub fn read(source: SurfaceSource<'a>) -> Result<Surface<'a>, Fault> {
        let (mut operations, mut graphql) = (Vec::new(), Vec::new());
        let (mut served, mut listed) = (Vec::new(), Vec::new());
        // A description has its definitions in places of their own, which are told.
        let defs = source.origins.and_then(|_| source.baseline.raw.get("$defs"));
        for entry in &source.baseline.entries {
            match crate::model::surface::read(source.file, source.baseline, entry)? {
                Some(mut locked) if locked.graphql.is_none() => {
                    defs.into_iter().for_each(|defs| locked.places.define(defs));
                    operations.push(locked);
                }
                Some(locked) => graphql.push(locked),
                None if !is_tool(&entry.pointer) => listed.push(entry.pointer.as_str()),
                None => {
                    if let Some(node) = source.baseline.node(entry) {
                        served.push((entry.id.as_str(), entry.pointer.as_str(), node));
                    }
                }
            }
        }
        let tools = source.pack.map_or(&[][..], |p| &p.manifest.tools);
        let tools = tools.iter().map(|t| (t.identity.split('\0').next().unwrap_or_default(), t)).collect();
        Ok(Surface { source, operations, graphql, served, listed, tools })
    }

    /// The tool that stands on an operation, by the operation's identity.
    pub fn tool(&self, identity: &str) -> Option<&'a Tool> {
        self.tools.get(identity).copied()
    }

    /// Whether it knows of something at all: a description or a recording tells nothing about what it has no place
    /// for, and what is unknown is not absent.
    pub fn knows(&self, pointer: &str) -> bool {
        match self.source.recorded {
            Some(_) => pointer == "/operations",
            None => self.source.origins.is_none() || self.source.baseline.raw.at(pointer).is_some(),
        }
    }

    /// The names of the servers, and where they stand.
    pub fn servers(&self) -> Vec<(String, String)> {
        let all = self.source.baseline.raw.get("mcp").map(Node::members).unwrap_or_default();
        all.iter().map(|(name, _)| (name.clone(), format!("/mcp/{}", pointer_step(name)))).collect()
    }

    /// A server, and where it stands.
    pub fn server(&self, name: &str) -> Option<(&'a Node, String)> {
        let node = self.source.baseline.raw.get("mcp")?.get(name)?;
        Some((node, format!("/mcp/{}", pointer_step(name))))
    }

    /// What a finding about a tool of a server or page is about.
    pub fn served_by(&self, identity: &str, name: &str) -> Subject {
        Subject { kind: SubjectKind::Tool, ..self.subject(identity, name) }
    }

    /// What a finding is about that no tool stands on.
    pub fn subject_of(&self, kind: SubjectKind, id: &str, name: &str) -> Subject {
        let pack = self.source.pack;
        Subject {
            path: pack.map(|p| p.dir.clone()).unwrap_or_default(),
            toolpack: pack.map(|p| p.header.toolpack_id.clone()).unwrap_or_default(),
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }

    /// What a finding about all of it is about.
    pub fn whole(&self) -> Subject {
        self.subject_of(SubjectKind::Surface, SURFACE, SURFACE)
    }

    /// What a finding about an operation is about: the tool that stands on it, else the operation itself.
    pub fn subject(&self, identity: &str, name: &str) -> Subject {
        match self.tool(identity) {
            Some(tool) => self.subject_of(SubjectKind::Tool, &tool.id, &tool.name),
            None => self.subject_of(SubjectKind::Operation, identity, name),
        }
    }

    /// The place of a part of an operation.
    pub fn place(&self, places: &Places, part: &str, side: Side) -> Place {
        // Which of its calls told it a recording does not say.
        if self.source.recorded.is_some() {
            return Place { file: self.source.file.to_owned(), line: 1, pointer: String::new(), side };
        }
        let (pointer, line) = places.find(part);
        match self.source.origins.and_then(|origins| origins.find(&pointer)) {
            Some(spot) => {
                let file = spot.file.as_deref().unwrap_or(self.source.file).to_owned();
                Place { file, line, pointer: spot.pointer, side }
            }
            None => Place { file: self.source.file.to_owned(), line, pointer, side },
        }
    }
}

/// The server that an entry is of, as a step of its pointer.
pub fn server_of(pointer: &str) -> &str {
    pointer.split('/').nth(2).unwrap_or_default()
}

/// The list of its server that an entry stands in.
pub fn list_of(pointer: &str) -> &str {
    pointer.split('/').nth(3).unwrap_or_default()
}

/// Whether a pointer of an entry is that of a tool of a server or page.
fn is_tool(pointer: &str) -> bool {
    pointer.starts_with("/webmcp/") || list_of(pointer) == "tools"
}

/// What people call an operation: its own name, else method and path.
pub fn name(locked: &Locked) -> String {
    match &locked.content.operation_id {
        Some(name) if !name.is_empty() => name.clone(),
        _ => format!("{} {}", locked.method, locked.full_path()),
    }
}
