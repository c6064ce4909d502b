//! A schema and the definitions that it may point into in; what holds at one place of it out: references
//! followed, `allOf` merged, single alternatives taken, "or null" told apart.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use super::change::Schema;
use crate::canon::{Node, Value};

/// Schemas that all hold at one place. None of them: anything goes.
pub(super) type Conj<'a> = Vec<&'a Node>;

/// Most schemas that are merged at one place.
const MAX_ATOMS: usize = 2_000;

/// Keywords that say nothing about values, or that are followed elsewhere.
const SILENT: &[&str] = &[
    "$ref",
    "$defs",
    "definitions",
    "allOf",
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "title",
    "description",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "deprecated",
];

/// Whether a keyword says nothing about values, or is followed elsewhere. What a vendor adds under `x-` holds no value
/// to anything; that something could not be read is a word of ours.
pub(super) fn is_silent(keyword: &str) -> bool {
    SILENT.contains(&keyword) || keyword.starts_with("x-") && keyword != "x-unresolved"
}

/// One side of a comparison.
#[derive(Debug)]
pub(super) struct Document<'a> {
    root: Option<&'a Node>,
    outer: Option<&'a Node>,
    /// What each reference was found to point at.
    known: RefCell<HashMap<&'a str, Option<&'a Node>>>,
    /// Definitions by name, made when the first is asked for: its own, and those around it.
    own: OnceCell<HashMap<&'a str, &'a Node>>,
    around: OnceCell<HashMap<&'a str, &'a Node>>,
}

/// Alternatives, all written in one list.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// `anyOf` or `oneOf`.
    pub(super) keyword: &'static str,
    pub(super) branches: Vec<&'a Node>,
}

/// What holds at one place.
#[derive(Debug, Default)]
pub(super) struct Flat<'a> {
    /// Maps whose keywords all hold.
    pub(super) atoms: Vec<&'a Node>,
    /// Alternatives, of each group one (or exactly one).
    pub(super) groups: Vec<Group<'a>>,
    /// Nothing is accepted.
    pub(super) never: bool,
    /// Null is accepted whatever the atoms say.
    pub(super) or_null: bool,
    /// A reference led nowhere.
    pub(super) lost: bool,
    /// There was more than is looked at.
    pub(super) cut: bool,
}

impl<'a> Document<'a> {
    pub(super) fn new(schema: Schema<'a>) -> Document<'a> {
        Document {
            root: schema.node,
            outer: schema.defs,
            known: RefCell::default(),
            own: OnceCell::new(),
            around: OnceCell::new(),
        }
    }

    /// The schema as a whole.
    pub(super) fn root(&self) -> Option<&'a Node> {
        self.root
    }

    /// The schema that a reference points at, inside the schema itself, else among the definitions around it.
    pub(super) fn resolve(&self, reference: &'a str) -> Option<&'a Node> {
        if let Some(known) = self.known.borrow().get(reference) {
            return *known;
        }
        let found = self.find(reference);
        self.known.borrow_mut().insert(reference, found);
        found
    }

    /// The definitions by name, for what looks for names alone.
    pub(super) fn definitions(&self) -> Option<&'a Node> {
        let own = self.root.and_then(|root| root.get("$defs").or(root.get("definitions")));
        own.or(self.outer)
    }

    fn find(&self, reference: &str) -> Option<&'a Node> {
        let pointer = reference.strip_prefix('#')?;
        let name = ["/$defs/", "/definitions/"].iter().find_map(|pool| pointer.strip_prefix(pool));
        let Some(name) = name.filter(|name| !name.contains('/')) else {
            return self.root.and_then(|root| root.at(pointer));
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        // Both words name one pool in files that are half restated.
        let own = self.own.get_or_init(|| {
            let pools = ["definitions", "$defs"].into_iter().filter_map(|pool| self.root?.get(pool));
            pools.flat_map(Node::members).map(|(name, node)| (name.as_str(), node)).collect()
        });
        own.get(name.as_str()).copied().or_else(|| self.outside(&name))
    }

    /// A definition around the schema. Files of ours are sorted; others are indexed when that fails.
    fn outside(&self, name: &str) -> Option<&'a Node> {
        let members = self.outer?.members();
        if let Ok(at) = members.binary_search_by(|(key, _)| key.as_str().cmp(name)) {
            return Some(&members[at].1);
        }
        let around =
            self.around.get_or_init(|| members.iter().map(|(name, node)| (name.as_str(), node)).collect());
        around.get(name).copied()
    }

    /// What holds where all these schemas hold.
    pub(super) fn flatten(&self, conj: &[&'a Node]) -> Flat<'a> {
        let mut flat = Flat::default();
        self.gather(conj, &mut flat);
        self.or_null(&mut flat);
        flat
    }

    fn gather(&self, conj: &[&'a Node], flat: &mut Flat<'a>) {
        let mut seen: HashSet<*const Node> = HashSet::new();
        let mut todo: Vec<&'a Node> = conj.iter().rev().copied().collect();
        while let Some(node) = todo.pop() {
            if !seen.insert(std::ptr::from_ref(node)) {
                continue;
            }
            if seen.len() > MAX_ATOMS {
                flat.cut = true;
                return;
            }
            match &node.value {
                Value::Bool(false) => flat.never = true,
                Value::Map(members) => {
                    // Pushed in reverse of the order in which they hold: the last one pushed is next.
                    if let Some(list) = node.get("allOf") {
                        todo.extend(list.items().iter().rev());
                    }
                    for keyword in ["anyOf", "oneOf"] {
                        match node.get(keyword).map(Node::items) {
                            Some([one]) => todo.push(one),
                            Some(branches) if !branches.is_empty() => {
                                flat.groups.push(Group { keyword, branches: branches.iter().collect() });
                            }
                            _ => {}
                        }
                    }
                    if let Some(reference) = node.get("$ref").and_then(Node::as_text) {
                        match self.resolve(reference) {
                            Some(target) => todo.push(target),
                            None => flat.lost = true,
                        }
                    }
                    flat.lost |= node.get("x-unresolved").is_some();
                    if members.iter().any(|(key, _)| !is_silent(key)) {
                        flat.atoms.push(node);
                    }
                }
                _ => {}
            }
        }
    }

    /// `anyOf: [X, null]` is X, or null: what an older description writes as `nullable`.
    fn or_null(&self, flat: &mut Flat<'a>) {
        const BESIDE: &[&str] = &["anyOf", "oneOf", "default", "readOnly", "writeOnly"];
        let plain = flat.atoms.iter().all(|atom| {
            atom.members().iter().all(|(key, _)| is_silent(key) || BESIDE.contains(&key.as_str()))
        });
        if !plain || flat.groups.len() != 1 || flat.never {
            return;
        }
        let group = &mut flat.groups[0];
        let (nulls, rest): (Vec<&Node>, Vec<&Node>) =
            group.branches.iter().partition(|branch| is_null(self.alone(branch)));
        let nulls = nulls.len();
        // Exactly one must fit: a second one that takes null would refuse it.
        let alone = group.keyword == "anyOf" || nulls == 1 && rest.iter().all(|b| self.refuses_null(b, 0));
        if nulls == 0 || rest.is_empty() || !alone {
            return;
        }
        flat.or_null = true;
        group.branches = rest;
        if let [one] = group.branches[..] {
            flat.groups.clear();
            self.gather(&[one], flat);
            // Another layer of "or null" may lie below.
            self.or_null(flat);
        }
    }

    /// The schema that one stands for, which says nothing but that it is that one.
    fn alone(&self, mut node: &'a Node) -> &'a Node {
        const MAX_HOPS: usize = 8;
        for _ in 0..MAX_HOPS {
            let mut said = words(node);
            let (Some((key, value)), None) = (said.next(), said.next()) else { break };
            let inner = match (key, value.items()) {
                ("allOf" | "anyOf" | "oneOf", [one]) => Some(one),
                ("$ref", _) => value.as_text().and_then(|reference| self.resolve(reference)),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// Whether null certainly does not fit, told by the type alone.
    fn refuses_null(&self, node: &'a Node, depth: usize) -> bool {
        const MAX_DEPTH: usize = 8;
        let node = self.alone(node);
        if let Some(reference) = node.get("$ref").and_then(Node::as_text)
            && depth < MAX_DEPTH
            && let Some(target) = self.resolve(reference)
            && self.refuses_null(target, depth + 1)
        {
            return true;
        }
        let nullable = node.get("nullable").and_then(Node::as_bool) == Some(true);
        node.get("type").is_some_and(|types| {
            let is = |t: &Node| t.as_text() == Some("null");
            !nullable && !is(types) && !types.items().iter().any(is)
        })
    }
}

/// Whether a schema takes null and nothing else, told by its own words alone.
fn is_null(node: &Node) -> bool {
    let only_words = words(node).all(|(key, _)| matches!(key, "type" | "const" | "enum"));
    let null = |n: &Node| n.as_text() == Some("null");
    let fixed = [
        node.get("const").map(Node::is_null),
        node.get("enum").map(|e| matches!(e.items(), [only] if only.is_null())),
    ];
    let takes = node.get("type").is_none_or(|t| null(t) || t.items().iter().any(null));
    let nothing_else = node.get("type").is_some_and(null) || fixed.contains(&Some(true));
    only_words && takes && nothing_else && !fixed.contains(&Some(false))
}

/// What a schema says of values, without flags that are not set.
fn words(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let says = |key: &str| matches!(key, "allOf" | "$ref") || !is_silent(key);
    let unset =
        |key: &str, value: &Node| matches!(key, "readOnly" | "writeOnly") && value.as_bool() == Some(false);
    node.members().iter().filter(move |(k, v)| says(k) && !unset(k, v)).map(|(k, v)| (k.as_str(), v))
}

/// What a keyword holds that has schemas in it.
pub(super) enum Inside<'a> {
    One(&'a Node),
    List(&'a [Node]),
    Named(&'a [(String, Node)]),
}

/// The schemas that a keyword holds; `None` for one that holds a value.
pub(super) fn inside<'a>(keyword: &str, value: &'a Node) -> Option<Inside<'a>> {
    Some(match keyword {
        "properties" | "patternProperties" | "dependentSchemas" | "dependencies" => {
            Inside::Named(value.members())
        }
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Inside::List(value.items()),
        "items" if matches!(value.value, Value::List(_)) => Inside::List(value.items()),
        "items"
        | "additionalItems"
        | "additionalProperties"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contains"
        | "propertyNames"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contentSchema" => Inside::One(value),
        _ => return None,
    })
}

/// References that lead nowhere, with the pointer at which each stands first; and definitions that contain
/// themselves. What is only defined and never used is not looked at.
pub(super) fn scan<'a>(document: &Document<'a>) -> (BTreeMap<&'a str, String>, BTreeMap<&'a str, String>) {
    let (mut lost, mut cycles) = (BTreeMap::new(), BTreeMap::new());
    let Some(root) = document.root else { return (lost, cycles) };
    let mut edges: HashMap<&'a str, Vec<(&'a str, String)>> = HashMap::new();
    let mut start = Vec::new();
    references(root, &mut String::new(), &mut start, &mut lost);
    // Depth first without recursion: a hostile file may chain ten thousand definitions.
    let mut open: HashSet<&str> = HashSet::from(["#"]);
    let mut done: HashSet<&str> = HashSet::new();
    edges.insert("#", start);
    let mut stack = vec![("#", 0usize)];
    while let Some((name, at)) = stack.last_mut() {
        let Some((target, pointer)) = edges.get(name).and_then(|list| list.get(*at)).cloned() else {
            open.remove(name);
            done.insert(name);
            stack.pop();
            continue;
        };
        *at += 1;
        let pointer = if *name == "#" { pointer } else { String::new() };
        if open.contains(target) {
            cycles.entry(target).or_insert(pointer);
        } else if !done.contains(target) {
            match document.resolve(target) {
                None => drop(lost.entry(target).or_insert(pointer)),
                Some(node) => {
                    let mut found = Vec::new();
                    references(node, &mut pointer.clone(), &mut found, &mut lost);
                    edges.insert(target, found);
                    open.insert(target);
                    stack.push((target, 0));
                }
            }
        }
    }
    (lost, cycles)
}

/// The references in a schema, those in its own definitions apart, with their places.
fn references<'a>(
    node: &'a Node,
    pointer: &mut String,
    found: &mut Vec<(&'a str, String)>,
    lost: &mut BTreeMap<&'a str, String>,
) {
    for (key, value) in node.members() {
        let place = || pointer.chars().take(500).collect::<String>();
        match (key.as_str(), value.as_text()) {
            ("$ref", Some(target)) => found.push((target, place())),
            ("x-unresolved", Some(target)) => drop(lost.entry(target).or_insert_with(place)),
            _ => {}
        }
        let mut below = |step: &str, node: &'a Node| {
            let before = pointer.len();
            if before < 500 {
                pointer.push('/');
                pointer.push_str(key);
                if !step.is_empty() {
                    pointer.push('/');
                    pointer.push_str(&crate::canon::node::pointer_step(step));
                }
            }
            references(node, pointer, found, lost);
            pointer.truncate(before);
        };
        match inside(key, value) {
            Some(Inside::One(one)) => below("", one),
            Some(Inside::List(list)) => {
                list.iter().enumerate().for_each(|(i, one)| below(&i.to_string(), one));
            }
            Some(Inside::Named(named)) => named.iter().for_each(|(name, one)| below(name, one)),
            None => {}
        }
    }
}
