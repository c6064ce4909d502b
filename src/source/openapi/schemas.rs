//! Schemas of a document in; JSON Schema 2020-12 out, with what they refer to as definitions of the baseline.
//!
//! A reference stays a reference: the definition that it leads to is taken over once, under the name that it
//! has in the document, whichever and however many places use it. What is not used is not taken over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::document::{Document, Version};
use super::made::at;
use super::parts::Files;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value, digest};
use crate::compare::restate::{DROPPED, LISTS, MAPS, ONES, def_name, settle};
use crate::model::at::At;
use crate::model::origin::{Origin, Origins};
use crate::model::phrase::Phrase;
use crate::source::sourced::Notes;

/// Most values that are taken over: what is used in many places is written in each, if it is not a definition.
const MAX_NODES: usize = 5_000_000;
/// Bytes of text that weigh as much as a value.
const TEXT: usize = 64;

/// The schemas of one document.
#[derive(Debug)]
pub(super) struct Schemas<'a> {
    document: &'a Document<'a>,
    /// What the references of each file were found to mean; `None`: nothing.
    known: HashMap<(&'a str, &'a str), Option<Rc<str>>>,
    /// The name of a definition by what it is made of.
    names: HashMap<*const Node, Rc<str>>,
    taken: HashSet<Rc<str>>,
    /// Definitions that are named and not made yet.
    todo: Vec<(Rc<str>, At<'a>)>,
    made: BTreeMap<Rc<str>, Node>,
    nodes: usize,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(document: &'a Document<'a>) -> Schemas<'a> {
        Schemas {
            document,
            known: HashMap::new(),
            names: HashMap::new(),
            taken: HashSet::new(),
            todo: Vec::new(),
            made: BTreeMap::new(),
            nodes: 0,
        }
    }

    /// A schema that stands at a place.
    pub(super) fn schema(&mut self, schema: &At<'a>, notes: &mut Notes) -> Result<Node, Fault> {
        self.one(schema.file, schema.node, notes)
    }

    /// A schema whose keywords stand among other members (2.0: of a parameter).
    pub(super) fn keywords(
        &mut self,
        holder: &At<'a>,
        keywords: impl Iterator<Item = &'a (String, Node)>,
        notes: &mut Notes,
    ) -> Result<Node, Fault> {
        self.map(holder.file, holder.node, keywords, notes)
    }

    /// A value that is taken over as it stands.
    pub(super) fn value(&mut self, file: &str, node: &Node) -> Result<Node, Fault> {
        self.count(file, node, weight(node))?;
        Ok(node.clone())
    }

    /// Every definition that is used, by name; and where each stands.
    pub(super) fn finish(&mut self, origins: &mut Origins, notes: &mut Notes) -> Result<Node, Fault> {
        let mut files = Files::new(self.document.file);
        while let Some((name, target)) = self.todo.pop() {
            let body = self.one(target.file, target.node, notes)?;
            let spot = files.spot(&target);
            // What lies in it stands there as it does here.
            let parts = vec![(String::new(), spot.clone())];
            origins.put("$defs", &name, Origin { spot, parts });
            self.made.insert(name, body);
        }
        let made = std::mem::take(&mut self.made);
        Ok(Node::map(made.into_iter().map(|(name, body)| (name.to_string(), body))))
    }

    /// Takes what something weighs from what may be taken over.
    pub(super) fn count(&mut self, file: &str, node: &Node, more: usize) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("with what it refers to written out it has more than {MAX_NODES} values");
        Err(Fault::new(file, FaultKind::Limit, message)
            .line(node.line)
            .hint("name what many places share under components/schemas, and refer to it"))
    }

    /// The depth of the document bounds the recursion: references are not followed by it.
    fn one(&mut self, file: &'a str, node: &'a Node, notes: &mut Notes) -> Result<Node, Fault> {
        let names: usize = node.members().iter().map(|(name, _)| heavy(name)).sum();
        self.count(file, node, 1 + names)?;
        match &node.value {
            Value::Map(members) => self.map(file, node, members.iter(), notes),
            Value::Bool(_) => Ok(node.clone()),
            _ => Ok(no_schema(file, node, notes)),
        }
    }

    fn map(
        &mut self,
        file: &'a str,
        node: &'a Node,
        members: impl Iterator<Item = &'a (String, Node)>,
        notes: &mut Notes,
    ) -> Result<Node, Fault> {
        let line = node.line;
        if let Some(reference) = node.get("$ref") {
            let Some(text) = reference.as_text() else { return Ok(no_schema(file, reference, notes)) };
            let (key, value) = self.reference(file, text, reference, notes)?;
            // Up to 3.0 what stands beside a reference counts for nothing.
            if self.document.version < Version::V31 {
                if node
                    .members()
                    .iter()
                    .any(|(k, _)| !matches!(k.as_str(), "$ref" | "description" | "summary" | "title"))
                {
                    notes.add(Phrase::say(
                        "what stands beside a `$ref` is ignored up to OpenAPI 3.0, and so here",
                    ));
                }
                return Ok(at(line, Node::map([(key, value)])));
            }
        }
        let mut made: Vec<(String, Node)> = Vec::with_capacity(node.members().len());
        // What would stand a second time under one name holds beside it.
        let mut also = Vec::new();
        let mut seen = HashSet::new();
        for (key, value) in members {
            if DROPPED.contains(&key.as_str())
                || matches!(key.as_str(), "$defs" | "definitions" | "x-nullable" | "x-example" | "x-examples")
            {
                continue;
            }
            let (name, value) = self.keyword(file, key, value, notes)?;
            match seen.contains(&name) {
                true => also.push(at(value.line, Node::map([(name, value)]))),
                false => {
                    seen.insert(name.clone());
                    made.push((name, value));
                }
            }
        }
        for key in ["nullable", "x-nullable"] {
            if let Some(value) = node.get(key).filter(|value| value.as_bool().is_none()) {
                let text = format!("{key} is {}, neither true nor false", value.kind());
                let told = unread(file, value, text, notes);
                also.push(at(value.line, Node::map([("x-unresolved", told)])));
            }
        }
        if !also.is_empty() {
            match made.iter_mut().find(|(name, _)| name == "allOf").map(|(_, all)| &mut all.value) {
                Some(Value::List(all)) => all.extend(also),
                _ => made.push(("allOf".to_owned(), at(line, Node::new(Value::List(also))))),
            }
        }
        let says = |key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
        Ok(at(line, Node::map(settle(made, says("nullable") || says("x-nullable")))))
    }

    fn keyword(
        &mut self,
        file: &'a str,
        key: &str,
        value: &'a Node,
        notes: &mut Notes,
    ) -> Result<(String, Node), Fault> {
        let name = match key {
            "items" if matches!(value.value, Value::List(_)) => "prefixItems",
            "id" if self.document.version == Version::V2 => "$id",
            other => other,
        };
        let line = value.line;
        let made = match (name, &value.value) {
            // Which of several it means is told by what refers to it; what it means at least is there.
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::Text(text)) => {
                return self.reference(file, text, value, notes);
            }
            // Before 2019-09: a schema, or the names of what must be there too.
            ("dependencies", Value::Map(members)) => {
                let mut made = Vec::with_capacity(members.len());
                for (key, one) in members {
                    let one = match one.value {
                        Value::List(_) => self.value(file, one)?,
                        _ => self.one(file, one, notes)?,
                    };
                    made.push((key.clone(), one));
                }
                made.sort_by(|a, b| a.0.cmp(&b.0));
                at(line, Node::map(made))
            }
            ("discriminator", Value::Text(_)) => {
                at(line, Node::map([("propertyName", self.value(file, value)?)]))
            }
            (name, Value::Map(members)) if MAPS.contains(&name) => {
                let mut made = Vec::with_capacity(members.len());
                for (key, schema) in members {
                    made.push((key.clone(), self.one(file, schema, notes)?));
                }
                made.sort_by(|a, b| a.0.cmp(&b.0));
                at(line, Node::map(made))
            }
            (name, Value::List(items)) if LISTS.contains(&name) => {
                let mut made = Vec::with_capacity(items.len());
                for schema in items {
                    made.push(self.one(file, schema, notes)?);
                }
                at(line, Node::new(Value::List(made)))
            }
            (name, _) if ONES.contains(&name) => self.one(file, value, notes)?,
            (name, _) if MAPS.contains(&name) || LISTS.contains(&name) => {
                // Nothing can be said of what it holds, and that is said.
                let text = format!("{name} is {}, it holds no schemas", value.kind());
                return Ok(("x-unresolved".to_owned(), unread(file, value, text, notes)));
            }
            _ => self.value(file, value)?,
        };
        Ok((name.to_owned(), made))
    }

    /// A reference to the definition that it leads to; one that leads nowhere says so.
    fn reference(
        &mut self,
        file: &'a str,
        text: &'a str,
        node: &Node,
        notes: &mut Notes,
    ) -> Result<(String, Node), Fault> {
        let line = node.line;
        self.count(file, node, heavy(text))?;
        let name = match self.known.get(&(file, text)) {
            Some(known) => known.clone(),
            None => {
                let found = self.document.follow(file, text).map(|target| self.name(target));
                self.known.insert((file, text), found.clone());
                found
            }
        };
        Ok(match name {
            Some(name) => {
                ("$ref".to_owned(), at(line, Node::text(format!("#/$defs/{}", pointer_step(&name)))))
            }
            None => {
                notes.add(unresolved(text));
                ("x-unresolved".to_owned(), at(line, Node::text(text)))
            }
        })
    }

    /// The name of the definition that a place is taken over as.
    fn name(&mut self, target: At<'a>) -> Rc<str> {
        if let Some(name) = self.names.get(&std::ptr::from_ref(target.node)) {
            return name.clone();
        }
        let stem = |file: &str| {
            let name = file.rsplit('/').next().unwrap_or(file);
            name.split('.').next().unwrap_or(name).to_owned()
        };
        let last =
            target.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let mut name = def_name(&if last.is_empty() { stem(target.file) } else { last });
        if self.taken.contains(name.as_str()) {
            // Another definition of the same name: told apart by what it is, then by where it is.
            let content = digest::of(target.node);
            name = format!("{name}.{}", digest::short(&content, 8));
            if self.taken.contains(name.as_str()) {
                let place = digest::sha256_hex(format!("{}#{}", target.file, target.pointer).as_bytes());
                name = format!("{name}.{}", digest::short(&place, 8));
            }
        }
        let name: Rc<str> = Rc::from(name);
        self.taken.insert(name.clone());
        self.names.insert(std::ptr::from_ref(target.node), name.clone());
        self.todo.push((name.clone(), target));
        name
    }
}

/// That a reference was not followed.
pub(super) fn unresolved(reference: &str) -> Phrase {
    let outside = !reference.starts_with('#');
    let told = Phrase::say("the reference ").and_quote(reference.chars().take(200).collect::<String>());
    match outside {
        true => {
            told.and_say(" leads out of the project and is not followed: what stands there is not looked at")
        }
        false => told.and_say(" leads nowhere: what it stands for is not looked at"),
    }
}

/// What stands where a schema must and is none: nothing is known of the value, which rules can tell.
fn no_schema(file: &str, node: &Node, notes: &mut Notes) -> Node {
    let told = unread(file, node, format!("{}, no schema", node.kind()), notes);
    at(node.line, Node::map([("x-unresolved", told)]))
}

/// What is wrong with a part that cannot be read. Where it stands is for the reader alone: a line that moved is
/// no change of it.
fn unread(file: &str, node: &Node, text: String, notes: &mut Notes) -> Node {
    notes.add(Phrase::quote(format!("{file}:{}: {text}", node.line)));
    at(node.line, Node::text(text))
}

/// How many values a text is as heavy as, beside the one that it is.
pub(super) fn heavy(text: &str) -> usize {
    text.len() / TEXT
}

/// How many values a tree has; long texts weigh more.
pub(super) fn weight(node: &Node) -> usize {
    let mut count = 0;
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        count += 1;
        match &node.value {
            Value::List(items) => todo.extend(items),
            Value::Map(members) => {
                count += members.iter().map(|(name, _)| heavy(name)).sum::<usize>();
                todo.extend(members.iter().map(|(_, value)| value));
            }
            Value::Text(text) | Value::Int(text) => count += heavy(text),
            _ => {}
        }
    }
    count
}
