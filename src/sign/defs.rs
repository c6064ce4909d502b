//! Shared definitions of a baseline, by content: in a digest every `$ref` stands as the digest of what it
//! points at, so that a signature binds what is meant and not what it happens to be called.
//!
//! Definitions that reach each other keep their names inside their group, since none of them has a digest
//! before the others; each then hashes its name together with the digest of the whole group, which is made once: a
//! hostile file may put ten thousand definitions into one group.

use std::collections::{BTreeMap, HashMap};

use crate::canon::{Fault, FaultKind, Node, Value, digest};

const PREFIX: &str = "#/$defs/";

/// Digest of each definition of a baseline, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefDigests {
    by_name: HashMap<String, String>,
}

/// What a node is for the walk: that decides whether a `$ref` in it is a reference.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    /// Not a schema: a reference is a reference, and every member is looked into.
    Data,
    /// A schema: literal keywords hold values, not schemas.
    Schema,
    /// A map whose keys are names and whose values are schemas.
    Schemas,
}

impl Context {
    /// The context of a member; `None` for a literal, which is taken as it stands.
    fn member(self, key: &str) -> Option<Context> {
        match (self, key) {
            (Context::Schemas, _) => Some(Context::Schema),
            (Context::Schema, "const" | "enum" | "default" | "example" | "examples") => None,
            // Nobody reads a schema in an extension, and descriptions quote all kinds of documents there.
            (Context::Schema, key) if key.starts_with("x-") => None,
            (
                Context::Schema,
                "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions",
            ) => Some(Context::Schemas),
            (Context::Schema, _) => Some(Context::Schema),
            (Context::Data, "schema") => Some(Context::Schema),
            (Context::Data, "content") => Some(Context::Schemas),
            (Context::Data, "raw") => None,
            (Context::Data, _) => Some(Context::Data),
        }
    }
}

impl DefDigests {
    /// Computes the digests of a baseline's `$defs` and checks that every reference in it resolves.
    ///
    /// # Errors
    /// A `$ref` that is not `#/$defs/NAME` with a NAME that exists: what it binds could not be told.
    pub fn of(file: &str, baseline: &Node) -> Result<DefDigests, Fault> {
        let empty: &[(String, Node)] = &[];
        let defs = baseline.get("$defs").map_or(empty, Node::members);
        let index: HashMap<&str, usize> =
            defs.iter().enumerate().map(|(i, (name, _))| (name.as_str(), i)).collect();
        let mut edges: Vec<Vec<usize>> = Vec::with_capacity(defs.len());
        for (_, body) in defs {
            edges.push(references(file, body, Context::Schema, &index)?);
        }
        for (_, member) in baseline.members().iter().filter(|(key, _)| key != "$defs") {
            references(file, member, Context::Data, &index)?;
        }
        let mut digests = DefDigests::default();
        // Groups come with the ones that they reach before them, so each reference out of a group is known.
        for group in groups(&edges) {
            let cyclic = group.len() > 1 || edges[group[0]].contains(&group[0]);
            if !cyclic {
                let (name, body) = &defs[group[0]];
                digests.by_name.insert(name.clone(), digest::of(&digests.replace(body, Context::Schema)));
                continue;
            }
            let bodies: BTreeMap<&str, Node> = group
                .iter()
                .map(|&i| (defs[i].0.as_str(), digests.replace(&defs[i].1, Context::Schema)))
                .collect();
            let whole = Node::text(digest::of(&Node::map(bodies)));
            digests.by_name.extend(group.iter().map(|&i| {
                let name = &defs[i].0;
                let member = Node::map([("def", Node::text(name)), ("group", whole.clone())]);
                (name.clone(), digest::of(&member))
            }));
        }
        Ok(digests)
    }

    /// The digest of a definition.
    pub fn of_name(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }

    /// Whether nothing is referenced: then nothing is bound.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// A copy of an entry of the baseline with each reference replaced by what it binds.
    pub fn bind(&self, node: &Node) -> Node {
        if self.is_empty() { node.clone() } else { self.replace(node, Context::Data) }
    }

    /// The names that a node's references reach directly.
    pub fn used_by<'a>(&'a self, node: &'a Node) -> Vec<&'a str> {
        let mut used = Vec::new();
        walk(node, Context::Data, &mut |_, target| used.extend(target.strip_prefix(PREFIX)));
        used
    }

    fn replace(&self, node: &Node, context: Context) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|item| self.replace(item, context)).collect()),
            Value::Map(members) => Value::Map(
                members
                    .iter()
                    .map(|(key, member)| {
                        let bound = match (reference(context, key, member), context.member(key)) {
                            (Some(target), _) => {
                                match target.strip_prefix(PREFIX).and_then(|name| self.by_name.get(name)) {
                                    Some(digest) => Node::text(digest.as_str()),
                                    None => member.clone(),
                                }
                            }
                            (None, None) => member.clone(),
                            (None, Some(inner)) => self.replace(member, inner),
                        };
                        (key.clone(), bound)
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Node { value, line: node.line }
    }
}

/// The target of a member that is a reference.
fn reference<'a>(context: Context, key: &str, member: &'a Node) -> Option<&'a str> {
    if context != Context::Schemas && key == "$ref" { member.as_text() } else { None }
}

fn walk<'a>(node: &'a Node, context: Context, found: &mut impl FnMut(&'a Node, &'a str)) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(item, context, found)),
        Value::Map(members) => {
            for (key, member) in members {
                if let Some(target) = reference(context, key, member) {
                    found(member, target);
                } else if let Some(inner) = context.member(key) {
                    walk(member, inner, found);
                }
            }
        }
        _ => {}
    }
}

fn references(
    file: &str,
    node: &Node,
    context: Context,
    index: &HashMap<&str, usize>,
) -> Result<Vec<usize>, Fault> {
    let mut targets = Vec::new();
    let mut lost = None;
    walk(
        node,
        context,
        &mut |at, target| match target.strip_prefix(PREFIX).and_then(|name| index.get(name)) {
            Some(&i) => targets.push(i),
            None => lost = lost.take().or(Some((at.line, target.to_owned()))),
        },
    );
    match lost {
        None => Ok(targets),
        Some((line, target)) => Err(Fault::new(
            file,
            FaultKind::Content,
            format!("$ref {target:?} points at no definition of this file"),
        )
        .line(line)
        .hint("a reference is #/$defs/NAME with a NAME that the file defines")),
    }
}

/// Strongly connected groups, each after the groups that it reaches (Tarjan 1972, without recursion: a
/// hostile file may chain ten thousand definitions).
fn groups(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let n = edges.len();
    let (mut order, mut low, mut on_stack) = (vec![UNSEEN; n], vec![0; n], vec![false; n]);
    let (mut stack, mut out, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..n {
        if order[start] != UNSEEN {
            continue;
        }
        let mut work = vec![(start, 0usize)];
        while let Some(&mut (v, ref mut edge)) = work.last_mut() {
            if *edge == 0 && order[v] == UNSEEN {
                order[v] = next;
                low[v] = next;
                next += 1;
                stack.push(v);
                on_stack[v] = true;
            }
            if let Some(&w) = edges[v].get(*edge) {
                *edge += 1;
                if order[w] == UNSEEN {
                    work.push((w, 0));
                } else if on_stack[w] {
                    low[v] = low[v].min(order[w]);
                }
                continue;
            }
            work.pop();
            if let Some(&(parent, _)) = work.last() {
                low[parent] = low[parent].min(low[v]);
            }
            if low[v] == order[v] {
                let mut group = Vec::new();
                while let Some(w) = stack.pop() {
                    on_stack[w] = false;
                    group.push(w);
                    if w == v {
                        break;
                    }
                }
                out.push(group);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_extension_of_a_schema_quotes_is_bound_as_it_stands() {
        let with = |target: &str| {
            let text = format!(
                r##"{{"schema_version": "2.0", "operations": {{}}, "$defs": {{"A": {{"type": "object",
                "x-changes": [{{"patch": {{"$ref": "{target}"}}}}]}}}}}}"##
            );
            let node = crate::model::testing::node(&text);
            DefDigests::of("baseline.json", &node).map(|digests| digests.by_name["A"].clone())
        };
        let (quoted, other) =
            (with("#/components/schemas/B").unwrap(), with("#/components/schemas/C").unwrap());
        assert_ne!(quoted, other, "it is signed all the same");
    }

    fn of(defs: Vec<(String, Node)>) -> DefDigests {
        DefDigests::of("b", &Node::map([("$defs", Node::map(defs))])).unwrap()
    }

    /// Definitions that each refer to the next, the last to the first.
    fn ring(n: usize, text: impl Fn(usize) -> &'static str) -> Vec<(String, Node)> {
        let name = |i: usize| format!("d{}", i % n);
        let body = |i: usize| {
            [("$ref", Node::text(format!("{PREFIX}{}", name(i + 1)))), ("title", Node::text(text(i)))]
        };
        (0..n).map(|i| (name(i), Node::map(body(i)))).collect()
    }

    #[test]
    fn definitions_that_reach_each_other_bind_the_whole_group_and_their_own_name() {
        let was = of(ring(3, |_| "a"));
        let is = of(ring(3, |i| if i == 2 { "b" } else { "a" }));
        assert!((0..3).all(|i| was.by_name[&format!("d{i}")] != is.by_name[&format!("d{i}")]));
        assert_ne!(was.by_name["d0"], was.by_name["d1"]);
        // As docs/trust.md tells it.
        let group = digest::of(&Node::map(ring(3, |_| "a")));
        let member = Node::map([("def", Node::text("d0")), ("group", Node::text(group))]);
        assert_eq!(was.by_name["d0"], digest::of(&member));
    }

    #[test]
    fn a_large_group_costs_what_its_text_costs() {
        // Hashed once for each member, this would be a hundred gigabytes.
        assert_eq!(of(ring(40_000, |_| "a")).by_name.len(), 40_000);
    }
}
