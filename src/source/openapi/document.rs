//! An OpenAPI document with the files beside it: which version it is, and what a reference in it leads to.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::path::{Target, target};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node};
use crate::model::at::At;

/// How a document spells what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// 2.0, once called Swagger.
    V2,
    /// 3.0.
    V30,
    /// 3.1 and what came after it: its schemas are JSON Schema 2020-12.
    V31,
}

/// Most references that may lead to each other before something that is none.
const MAX_HOPS: usize = 32;
/// Maps of more members are indexed when something in them is looked for.
const INDEXED_FROM: usize = 16;

/// What a reference leads to.
#[derive(Debug, Clone)]
pub(super) enum Found<'a> {
    /// It, where it stands.
    There(At<'a>),
    /// Nothing that can be looked at here: the reference.
    Lost(&'a str),
}

/// The members of a map by name.
type Members<'a> = HashMap<&'a str, &'a Node>;

/// A document and the files of the project that it refers to.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) root: &'a Node,
    pub(super) version: Version,
    files: &'a BTreeMap<String, Node>,
    wide: RefCell<HashMap<*const Node, Members<'a>>>,
    /// What the anchors of each file name; `None`: two things.
    anchors: RefCell<HashMap<&'a str, Anchors<'a>>>,
}

/// Places by the name of their anchor.
type Anchors<'a> = HashMap<&'a str, Option<At<'a>>>;
/// Anchors at longer pointers are not found.
const MAX_POINTER: usize = 4_096;

impl<'a> Document<'a> {
    /// A document of a version that can be read.
    pub(super) fn new(
        file: &'a str,
        root: &'a Node,
        files: &'a BTreeMap<String, Node>,
    ) -> Result<Document<'a>, Fault> {
        Ok(Document {
            file,
            root,
            version: version(file, root)?,
            files,
            wide: RefCell::default(),
            anchors: RefCell::default(),
        })
    }

    /// The whole document with its place.
    pub(super) fn at(&self) -> At<'a> {
        At::root(self.file, self.root)
    }

    /// What a reference of a file leads to, which may be one more reference.
    pub(super) fn follow(&self, file: &'a str, reference: &str) -> Option<At<'a>> {
        let (file, pointer) = match target(file, reference)? {
            Target::Same(pointer) => (file, pointer),
            Target::Other(path, pointer) if path == self.file => (self.file, pointer),
            Target::Other(path, pointer) => (self.files.get_key_value(&path)?.0.as_str(), pointer),
            Target::Outside => return None,
        };
        let root = if file == self.file { self.root } else { self.files.get(file)? };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return self.anchor(file, root, &pointer);
        }
        let node = self.step(root, &pointer)?;
        Some(At::new(file, pointer, node))
    }

    fn anchor(&self, file: &'a str, root: &'a Node, name: &str) -> Option<At<'a>> {
        let mut all = self.anchors.borrow_mut();
        let known = all.entry(file).or_insert_with(|| {
            let mut found = Anchors::new();
            anchors(At::root(file, root), &mut String::new(), &mut found);
            found
        });
        known.get(name).cloned().flatten()
    }

    /// What stands at a place, references followed.
    pub(super) fn resolve(&self, mut at: At<'a>) -> Found<'a> {
        let first = at.node.get("$ref").and_then(Node::as_text);
        for _ in 0..MAX_HOPS {
            let Some(reference) = at.node.get("$ref").and_then(Node::as_text) else {
                return Found::There(at);
            };
            match self.follow(at.file, reference) {
                Some(next) => at = next,
                None => return Found::Lost(reference),
            }
        }
        Found::Lost(first.unwrap_or_default())
    }

    /// Follows a pointer. A map of ten thousand components is not searched once for each of them.
    fn step(&self, root: &'a Node, pointer: &str) -> Option<&'a Node> {
        if pointer.is_empty() {
            return Some(root);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(root, |node, step| match node.members() {
            [] => node.items().get(step.parse::<usize>().ok()?),
            members => {
                let key = step.replace("~1", "/").replace("~0", "~");
                if members.len() < INDEXED_FROM {
                    return node.get(&key);
                }
                let mut wide = self.wide.borrow_mut();
                let index = wide
                    .entry(std::ptr::from_ref(node))
                    .or_insert_with(|| members.iter().map(|(k, v)| (k.as_str(), v)).collect());
                index.get(key.as_str()).copied()
            }
        })
    }
}

/// Every anchor in a tree, whose depth is bounded by the reader of the file.
fn anchors<'a>(at: At<'a>, pointer: &mut String, found: &mut Anchors<'a>) {
    let mut below = |step: &str, node: &'a Node| {
        let before = pointer.len();
        if before < MAX_POINTER {
            pointer.push('/');
            pointer.push_str(step);
            anchors(At::new(at.file, "", node), pointer, found);
            pointer.truncate(before);
        }
    };
    for (n, item) in at.node.items().iter().enumerate() {
        below(&n.to_string(), item);
    }
    for (key, value) in at.node.members() {
        below(&pointer_step(key), value);
    }
    let own = ["$anchor", "$dynamicAnchor"].map(|key| at.node.get(key).and_then(Node::as_text));
    let own = if own[0] == own[1] { [own[0], None] } else { own };
    for name in own.into_iter().flatten() {
        let place = At::new(at.file, pointer.clone(), at.node);
        found.entry(name).and_modify(|known| *known = None).or_insert(Some(place));
    }
}

/// The text of a version, also where YAML has made a number of it.
fn said(node: &Node) -> Option<String> {
    match &node.value {
        crate::canon::Value::Text(text) => Some(text.trim().to_owned()),
        crate::canon::Value::Int(digits) => Some(digits.clone()),
        crate::canon::Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

fn version(file: &str, root: &Node) -> Result<Version, Fault> {
    let member = |key: &'static str| root.get(key).map(|node| (key, node));
    let Some((key, node)) = member("openapi").or_else(|| member("swagger")) else {
        return Err(Fault::new(
            file,
            FaultKind::Content,
            "neither `openapi` nor `swagger` tells the version",
        )
        .line(root.line));
    };
    let text = said(node).unwrap_or_default();
    let mut parts = text.split('.');
    match (key, parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("swagger", "2", _) => Ok(Version::V2),
        ("openapi", "3", "0" | "") => Ok(Version::V30),
        ("openapi", "3", _) => Ok(Version::V31),
        _ => {
            Err(Fault::new(file, FaultKind::Content, format!("the version {text:?} of OpenAPI is not known"))
                .line(node.line)
                .pointer(format!("/{key}"))
                .hint("2.0 and 3.x are read"))
        }
    }
}
