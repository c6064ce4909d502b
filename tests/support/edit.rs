//! One change of a tree: a JSON pointer and what is done there. A step into a list may be the position of an
//! item, its `name` or `id`, or the text that it is, so that an edit still fits when items are added.

use cask::canon::{Node, Value};

/// What is done at a pointer.
#[derive(Debug, PartialEq)]
pub enum Edit {
    /// Puts a value there; the member may be new, what holds it may not.
    Set(String, Node),
    /// Takes the value away.
    Remove(String),
    /// Gives a member of a map another key, in its place.
    Rename(String, String),
    /// Puts a value at the end of a list.
    Append(String, Node),
}

impl Edit {
    /// `{set: POINTER, to: VALUE}`, `{remove: POINTER}`, `{rename: POINTER, to: KEY}` or
    /// `{append: POINTER, value: VALUE}`.
    pub fn read(node: &Node) -> Result<Edit, String> {
        let members: Vec<&str> = node.members().iter().map(|(key, _)| key.as_str()).collect();
        let text = |key: &str| node.get(key).and_then(Node::as_text).map(str::to_owned);
        let value = |key: &str| node.get(key).cloned();
        let edit = match members[..] {
            ["set", "to"] => text("set").zip(value("to")).map(|(at, to)| Edit::Set(at, to)),
            ["remove"] => text("remove").map(Edit::Remove),
            ["rename", "to"] => text("rename").zip(text("to")).map(|(at, to)| Edit::Rename(at, to)),
            ["append", "value"] => text("append").zip(value("value")).map(|(at, v)| Edit::Append(at, v)),
            _ => None,
        };
        edit.ok_or_else(|| {
            format!("no edit: {members:?}; set+to, remove, rename+to or append+value, pointers as text")
        })
    }

    /// Does it.
    pub fn apply(&self, root: &mut Node) -> Result<(), String> {
        match self {
            Edit::Set(pointer, value) => {
                let (holder, last) = holder(root, pointer)?;
                match &mut holder.value {
                    Value::Map(_) => holder.set(&last, value.clone()),
                    Value::List(items) => {
                        let at = position(items, &last)?;
                        items[at] = value.clone();
                    }
                    _ => return Err(format!("{pointer}: what holds it is {}", holder.kind())),
                }
            }
            Edit::Remove(pointer) => {
                let (holder, last) = holder(root, pointer)?;
                match &mut holder.value {
                    Value::Map(members) => drop(members.remove(member(members, &last)?)),
                    Value::List(items) => drop(items.remove(position(items, &last)?)),
                    _ => return Err(format!("{pointer}: what holds it is {}", holder.kind())),
                }
            }
            Edit::Rename(pointer, key) => {
                let (holder, last) = holder(root, pointer)?;
                let Value::Map(members) = &mut holder.value else {
                    return Err(format!("{pointer}: only members of a map have names"));
                };
                if members.iter().any(|(known, _)| known == key) {
                    return Err(format!("{pointer}: there is a {key:?} already"));
                }
                let at = member(members, &last)?;
                members[at].0 = key.clone();
            }
            Edit::Append(pointer, value) => {
                let node = found(root, &steps(pointer)?)?;
                let Value::List(items) = &mut node.value else {
                    return Err(format!("{pointer} is {}, not a list", node.kind()));
                };
                items.push(value.clone());
            }
        }
        Ok(())
    }
}

fn steps(pointer: &str) -> Result<Vec<String>, String> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let rest = pointer.strip_prefix('/').ok_or_else(|| format!("{pointer:?} does not begin with /"))?;
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

/// What holds the value at a pointer, and the last step to it.
fn holder<'a>(root: &'a mut Node, pointer: &str) -> Result<(&'a mut Node, String), String> {
    let mut steps = steps(pointer)?;
    let last = steps.pop().ok_or("the whole file can't be put in place")?;
    Ok((found(root, &steps)?, last))
}

fn found<'a>(root: &'a mut Node, steps: &[String]) -> Result<&'a mut Node, String> {
    steps.iter().try_fold(root, |node, step| match &mut node.value {
        Value::Map(members) => {
            let at = member(members, step)?;
            Ok(&mut members[at].1)
        }
        Value::List(items) => {
            let at = position(items, step)?;
            Ok(&mut items[at])
        }
        _ => Err(format!("step {step:?} into a plain value")),
    })
}

fn member(members: &[(String, Node)], key: &str) -> Result<usize, String> {
    members.iter().position(|(k, _)| k == key).ok_or_else(|| format!("no member {key:?}"))
}

fn position(items: &[Node], step: &str) -> Result<usize, String> {
    let called = |item: &Node| {
        let named = |key: &str| item.get(key).and_then(Node::as_text) == Some(step);
        named("name") || named("id") || item.as_text() == Some(step)
    };
    let by_number = || step.parse::<usize>().ok().filter(|at| *at < items.len());
    items.iter().position(called).or_else(by_number).ok_or_else(|| format!("no item {step:?}"))
}
