//! A toolpack in; every operation that it locks, with the tools that stand on it, and by which names contracts call it,
//! out.

use std::collections::HashMap;

use crate::canon::{Fault, Node};
use crate::model::baseline::Entry;
use crate::model::finding::{Place, Side, Subject, SubjectKind};
use crate::model::risk::ToolKind;
use crate::model::schema_version::Generation;
use crate::model::surface::{self, Locked};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Something that a tool can stand on.
pub struct Operation<'a> {
    /// Where it stands in the baseline.
    pub entry: &'a Entry,
    /// As it stands there.
    pub node: &'a Node,
    /// What an HTTP operation is; `None` for tools of servers and pages.
    pub locked: Option<Locked<'a>>,
    /// The tools that stand on it.
    pub tools: Vec<&'a Tool>,
}

impl Operation<'_> {
    /// What people call it: method, host and path; for what is no HTTP operation, where it stands.
    pub fn name(&self) -> String {
        match &self.locked {
            Some(locked) => {
                let request = format!("{} {}{}", locked.method, locked.host, locked.full_path());
                match &locked.graphql {
                    Some((operation, _)) => format!("{request} {operation}"),
                    None => request,
                }
            }
            None => self.entry.pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~"),
        }
    }
}

/// The place of an operation, and that of one of its tools if one is meant.
type Meant = (usize, Option<usize>);

/// Every operation of a toolpack.
pub struct Operations<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Its baseline, from the repository's root.
    pub file: String,
    /// In the order of the baseline.
    pub all: Vec<Operation<'a>>,
    /// Tools that stand on none of them.
    pub loose: Vec<&'a Tool>,
    /// By what contracts call them; `None`: several are called so.
    by_name: HashMap<String, Option<Meant>>,
}

impl<'a> Operations<'a> {
    /// Reads them.
    ///
    /// # Errors
    /// A fault with line and pointer for an entry that cannot be read.
    pub fn read(pack: &'a Toolpack) -> Result<Operations<'a>, Fault> {
        let file = pack.path(&pack.header.baseline);
        let mut all = Vec::new();
        let mut at = HashMap::new();
        for entry in pack.baseline.entries.iter().filter(|entry| is_callable(&entry.pointer)) {
            let locked = surface::read(&file, &pack.baseline, entry)?;
            let node = pack.baseline.node(entry).unwrap_or(&pack.baseline.raw);
            at.insert(entry.pointer.as_str(), all.len());
            all.push(Operation { entry, node, locked, tools: Vec::new() });
        }
        // The reference system knows an operation by its request; a tool of ours says on which it stands.
        let by_its_request = pack.header.generation == Generation::V1;
        let mut by_request: HashMap<String, usize> = HashMap::new();
        for (index, operation) in all.iter().enumerate() {
            if let Some(locked) = operation.locked.as_ref().filter(|locked| locked.graphql.is_none()) {
                by_request.insert(request(&locked.method, &locked.host, &locked.full_path()), index);
            }
        }
        let mut loose = Vec::new();
        for tool in &pack.manifest.tools {
            let own = pack.baseline.entry(&tool.identity).and_then(|entry| at.get(entry.pointer.as_str()));
            let same = || by_request.get(&request(&tool.method, &tool.host, &tool.full_path()));
            let found = own.or_else(|| same().filter(|_| by_its_request && tool.kind == ToolKind::Http));
            match found.and_then(|index| all.get_mut(*index)) {
                Some(operation) => operation.tools.push(tool),
                None => loose.push(tool),
            }
        }
        let mut operations = Operations { pack, file, all, loose, by_name: HashMap::new() };
        operations.name();
        Ok(operations)
    }

    /// Names of one kind never take those of a better one; of two things with one name neither is meant.
    fn name(&mut self) {
        let tools = |of: fn(&Tool) -> Vec<String>| {
            let all = self.all.iter().enumerate();
            let each = all.flat_map(|(at, o)| {
                o.tools.iter().enumerate().map(move |(own, tool)| ((at, Some(own)), *tool))
            });
            each.flat_map(|(at, tool)| of(tool).into_iter().map(move |name| (name, at))).collect::<Vec<_>>()
        };
        let operations = |of: &dyn Fn(&Operation) -> Vec<String>| {
            let all = self.all.iter().enumerate();
            // Of several tools that stand on it none is meant.
            let sole = |o: &Operation| (o.tools.len() == 1).then_some(0);
            let each = all.map(|(at, o)| ((at, sole(o)), of(o)));
            each.flat_map(|(at, names)| names.into_iter().map(move |name| (name, at))).collect::<Vec<_>>()
        };
        let kinds = [
            tools(|tool| vec![tool.name.clone()]),
            tools(|tool| std::iter::once(tool.id.clone()).chain(tool.aliases.iter().cloned()).collect()),
            operations(&|o| std::iter::once(o.entry.id.clone()).chain(o.entry.aliases.clone()).collect()),
            operations(&|o| {
                let Some(locked) = &o.locked else { return vec![o.name()] };
                let (method, host, path) = (&locked.method, &locked.host, locked.full_path());
                vec![
                    o.name(),
                    format!("{method}:{host}:{path}"),
                    format!("{host}{path} {method}"),
                    format!("{method} {path}"),
                ]
            }),
            operations(&|o| {
                o.locked.iter().filter_map(|locked| locked.content.operation_id.clone()).collect()
            }),
        ];
        for kind in kinds {
            let mut own: HashMap<String, Option<Meant>> = HashMap::new();
            for (name, at) in kind {
                let both =
                    |known: Meant| (known.0 == at.0).then_some((at.0, known.1.filter(|_| known == at)));
                own.entry(name).and_modify(|known| *known = known.and_then(both)).or_insert(Some(at));
            }
            for (name, at) in own {
                self.by_name.entry(name).or_insert(at);
            }
        }
    }

    /// The one that a contract calls so, and which of the tools that stand on it.
    pub fn find(&self, name: &str) -> Option<(&Operation<'a>, Option<&'a Tool>)> {
        let (at, tool) = (*self.by_name.get(name)?)?;
        let operation = self.all.get(at)?;
        Some((operation, tool.and_then(|own| operation.tools.get(own).copied())))
    }

    /// Whether anything is called so: a tool that stands on nothing is something all the same.
    pub fn knows(&self, name: &str) -> bool {
        self.find(name).is_some() || self.loose.iter().any(|tool| tool.name == name || tool.id == name)
    }

    /// Whether a tool stands on it, or on a part of it: a GraphQL endpoint is called by its operations.
    pub fn has_tool(&self, operation: &Operation) -> bool {
        let inside = format!("{}/graphql/", operation.entry.pointer);
        let parts = |o: &&Operation| o.entry.pointer.starts_with(&inside) && !o.tools.is_empty();
        !operation.tools.is_empty()
            || operation.node.get("graphql").is_some() && self.all.iter().any(|o| parts(&o))
    }

    /// What a finding about a tool is about.
    pub fn of_tool(&self, tool: &Tool) -> Subject {
        self.subject(SubjectKind::Tool, &tool.id, &tool.name)
    }

    /// What a finding about an operation is about: the tool that is meant, else the operation.
    pub fn of_operation(&self, operation: &Operation, tool: Option<&Tool>) -> Subject {
        match tool {
            Some(tool) => self.of_tool(tool),
            None => self.subject(SubjectKind::Operation, &operation.entry.id, &operation.name()),
        }
    }

    /// What a finding about neither is about.
    pub fn of_pack(&self) -> Subject {
        let header = &self.pack.header;
        self.subject(SubjectKind::Toolpack, &header.toolpack_id, &header.name)
    }

    fn subject(&self, kind: SubjectKind, id: &str, name: &str) -> Subject {
        let pack = self.pack;
        let (path, toolpack) = (pack.dir.clone(), pack.header.toolpack_id.clone());
        Subject { path, toolpack, kind, id: id.to_owned(), name: name.to_owned() }
    }
}

/// A place of a toolpack under review.
pub fn place(file: &str, line: u32, pointer: impl Into<String>) -> Place {
    Place { file: file.to_owned(), line: line.max(1), pointer: pointer.into(), side: Side::Head }
}

/// A request without the names of its placeholders.
pub fn request(method: &str, host: &str, path: &str) -> String {
    format!("{method}\0{host}\0{}", crate::compare::paths::shape(path))
}

/// Whether an entry is something that a tool stands on: prompts, resources and templates are read, not called.
fn is_callable(pointer: &str) -> bool {
    !pointer.starts_with("/mcp/") || pointer.split('/').nth(3) == Some("tools")
}
