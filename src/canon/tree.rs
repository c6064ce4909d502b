//! Events of a YAML parser → [`Node`], with an explicit stack: depth, values, text and aliases are
//! counted as they arrive, duplicate keys and merge keys are settled when a map ends.

use std::collections::BTreeMap;

use super::fault::FaultKind;
use super::json;
use super::limits::Limits;
use super::node::{Node, Value, pointer_step};
use super::open::{self, quote};

/// Where and why building stopped.
pub(super) struct Stop {
    pub(super) kind: FaultKind,
    pub(super) line: u32,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

impl Stop {
    pub(super) fn new(kind: FaultKind, line: u32, message: impl Into<String>) -> Stop {
        Stop { kind, line, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: &'static str) -> Stop {
        self.hint = Some(hint);
        self
    }

    pub(super) fn note(mut self, text: &str) -> Stop {
        self.message = format!("{}: {}", self.message, quote(text));
        self
    }
}

/// A key as it was written.
pub(super) struct Key {
    text: String,
    line: u32,
    kind: KeyKind,
}

enum KeyKind {
    Text,
    Merge,
    /// Not text, with the number that the reference compares it by (there `1`, `1.0` and `true` are equal).
    Other(Option<String>),
}

impl Key {
    pub(super) fn text(text: impl Into<String>, line: u32) -> Key {
        Key { text: text.into(), line, kind: KeyKind::Text }
    }

    pub(super) fn merge(line: u32) -> Key {
        Key { text: "<<".into(), line, kind: KeyKind::Merge }
    }

    /// A key that is not text, in the text form that the reference gives it.
    pub(super) fn of(value: &Value, line: u32) -> Result<Key, Stop> {
        let (text, number) = match value {
            Value::Text(text) => return Ok(Key::text(text.clone(), line)),
            Value::Null => ("None".to_owned(), None),
            Value::Bool(true) => ("True".to_owned(), Some("1".to_owned())),
            Value::Bool(false) => ("False".to_owned(), Some("0".to_owned())),
            Value::Int(digits) => (digits.clone(), Some(digits.clone())),
            // Exact decimal digits, so that 1e16 meets 10000000000000000; `+ 0.0` turns -0.0 into 0.0.
            Value::Float(f) => (json::float(*f), (f.fract() == 0.0).then(|| format!("{:.0}", f + 0.0))),
            Value::List(_) | Value::Map(_) => {
                return Err(Stop::new(FaultKind::Strict, line, "a key that is a list or a map"));
            }
        };
        Ok(Key { text, line, kind: KeyKind::Other(number) })
    }
}

/// What a finished value weighs.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    bytes: usize,
    height: usize,
}

struct Frame {
    list: bool,
    anchor: usize,
    line: u32,
    weight: Weight,
    items: Vec<Node>,
    members: Vec<(String, Node)>,
    keys: Vec<Key>,
    merges: Vec<Node>,
    pending: Option<Key>,
}

/// The tree under construction.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: BTreeMap<usize, (Node, Weight)>,
    aliases: usize,
    nodes: usize,
    bytes: usize,
    odd_key: Option<u32>,
    merge: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits) -> Builder<'a> {
        Builder {
            limits,
            stack: Vec::new(),
            root: None,
            anchors: BTreeMap::new(),
            aliases: 0,
            nodes: 0,
            bytes: 0,
            odd_key: None,
            merge: false,
        }
    }

    /// Whether the next scalar is a key.
    pub(super) fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|frame| !frame.list && frame.pending.is_none())
    }

    pub(super) fn key(&mut self, key: Key, bytes: usize, anchor: usize, line: u32) -> Result<(), Stop> {
        self.count(Weight { nodes: 0, bytes, height: 0 }, line)?;
        self.text(bytes, line)?;
        match key.kind {
            KeyKind::Merge => self.merge = true,
            KeyKind::Other(_) => self.odd_key = self.odd_key.or(Some(line)),
            KeyKind::Text => {}
        }
        if anchor != 0 {
            if !matches!(key.kind, KeyKind::Text) {
                return Err(Stop::new(FaultKind::Strict, line, "an anchor on a key that is not text"));
            }
            let weight = Weight { nodes: 1, bytes, height: 0 };
            self.count(weight, line)?;
            let node = Node { value: Value::Text(key.text.clone()), line };
            self.anchors.insert(anchor, (node, weight));
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.weight.bytes += bytes;
            frame.pending = Some(key);
        }
        Ok(())
    }

    pub(super) fn scalar(&mut self, node: Node, bytes: usize, anchor: usize) -> Result<(), Stop> {
        self.text(bytes, node.line)?;
        let weight = Weight { nodes: 1, bytes, height: 0 };
        self.count(weight, node.line)?;
        self.place(node, weight, anchor)
    }

    pub(super) fn open(&mut self, list: bool, anchor: usize, line: u32) -> Result<(), Stop> {
        if self.wants_key() {
            return Err(Stop::new(FaultKind::Strict, line, "a key that is a list or a map"));
        }
        self.depth(self.stack.len() + 1, line)?;
        self.count(Weight { nodes: 1, bytes: 0, height: 0 }, line)?;
        self.stack.push(Frame {
            list,
            anchor,
            line,
            weight: Weight { nodes: 1, bytes: 0, height: 1 },
            items: Vec::new(),
            members: Vec::new(),
            keys: Vec::new(),
            merges: Vec::new(),
            pending: None,
        });
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Stop> {
        let Some(mut frame) = self.stack.pop() else { return Ok(()) };
        let (anchor, weight, line) = (frame.anchor, frame.weight, frame.line);
        let value = match frame.list {
            true => Value::List(std::mem::take(&mut frame.items)),
            false => Value::Map(members(frame)?),
        };
        self.place(Node { value, line }, weight, anchor)
    }

    /// The anchored value once more, counted with all that it stands for.
    pub(super) fn alias(&mut self, id: usize, line: u32) -> Result<(), Stop> {
        self.aliases += 1;
        if self.aliases > self.limits.aliases {
            let message = format!("more than {} aliases", self.limits.aliases);
            return Err(Stop::new(FaultKind::Limit, line, message));
        }
        let Some((_, weight)) = self.anchors.get(&id) else {
            return Err(Stop::new(FaultKind::Strict, line, "an alias inside the value it stands for"));
        };
        let weight = *weight;
        self.count(weight, line)?;
        self.depth(self.stack.len() + weight.height, line)?;
        let wants_key = self.wants_key();
        let Some((node, _)) = self.anchors.get(&id) else { return Ok(()) };
        if wants_key {
            // The map that it stands in weighs as much as its copies will.
            let key = Key::of(&node.value, line)?;
            return self.key(key, weight.bytes, 0, line);
        }
        let node = Node { value: node.value.clone(), line };
        self.place(node, weight, 0)
    }

    pub(super) fn finish(&mut self) -> Result<Node, Stop> {
        if let (Some(line), true) = (self.odd_key, self.merge) {
            // Which of two equal keys wins would depend on what each was before it became text.
            let message = "a key that is not text, in a file with merge keys";
            return Err(Stop::new(FaultKind::Strict, line, message).hint("quote it"));
        }
        Ok(self.root.take().unwrap_or(Node { value: Value::Null, line: 1 }))
    }

    /// Where building stands, as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let steps = self.stack.iter().map(|frame| match (&frame.pending, frame.list) {
            (Some(key), _) => format!("/{}", pointer_step(&key.text)),
            (None, true) => format!("/{}", frame.items.len()),
            (None, false) => String::new(),
        });
        steps.collect()
    }

    fn place(&mut self, node: Node, weight: Weight, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            // The kept copy counts too: anchors inside anchors would multiply unseen.
            self.count(weight, node.line)?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight.nodes += weight.nodes;
        frame.weight.bytes += weight.bytes;
        frame.weight.height = frame.weight.height.max(weight.height + 1);
        if frame.list {
            frame.items.push(node);
            return Ok(());
        }
        match frame.pending.take() {
            Some(key) if matches!(key.kind, KeyKind::Merge) => {
                if !frame.merges.is_empty() {
                    return Err(Stop::new(FaultKind::Strict, key.line, "a second merge key in one map"));
                }
                frame.merges = merged(node)?;
            }
            Some(mut key) => {
                frame.members.push((std::mem::take(&mut key.text), node));
                frame.keys.push(key);
            }
            None => {}
        }
        Ok(())
    }

    fn text(&self, bytes: usize, line: u32) -> Result<(), Stop> {
        match bytes > self.limits.text {
            true => {
                let message = format!("a text of more than {} bytes", self.limits.text);
                Err(Stop::new(FaultKind::Limit, line, message))
            }
            false => Ok(()),
        }
    }

    fn depth(&self, depth: usize, line: u32) -> Result<(), Stop> {
        let most = self.limits.depth_in_force();
        match depth > most {
            true => Err(Stop::new(FaultKind::Limit, line, format!("lists and maps more than {most} deep"))),
            false => Ok(()),
        }
    }

    fn count(&mut self, weight: Weight, line: u32) -> Result<(), Stop> {
        self.nodes += weight.nodes;
        self.bytes += weight.bytes;
        if self.nodes > self.limits.nodes {
            let message = format!("more than {} values, aliases written out", self.limits.nodes);
            return Err(Stop::new(FaultKind::Limit, line, message));
        }
        if self.bytes > self.limits.bytes.saturating_mul(2) {
            let message = format!("more than {} bytes, aliases written out", self.limits.bytes);
            return Err(Stop::new(FaultKind::Limit, line, message));
        }
        Ok(())
    }
}

/// The maps that a merge key names, the one that wins first (YAML 1.1 merge type).
fn merged(node: Node) -> Result<Vec<Node>, Stop> {
    let line = node.line;
    let refuse =
        |line| Stop::new(FaultKind::Strict, line, "a merge key whose value is not a map or a list of maps");
    match node.value {
        Value::Map(_) => Ok(vec![node]),
        Value::List(items) => match items.iter().find(|item| !item.is_map()) {
            Some(item) => Err(refuse(item.line)),
            None => Ok(items),
        },
        _ => Err(refuse(line)),
    }
}

/// The members of a finished map: no key twice, in any form, and merged ones where it has none itself.
fn members(frame: Frame) -> Result<Vec<(String, Node)>, Stop> {
    let Frame { mut members, keys, merges, .. } = frame;
    let twice = |text: &str, first: u32, second: u32| {
        let message = format!("duplicate key {}, first on line {first}", quote(text));
        Stop::new(FaultKind::Strict, second, message).hint("remove one of the two")
    };
    if let Some((first, second)) = open::duplicate(&members) {
        return Err(twice(&members[second].0, keys[first].line, keys[second].line));
    }
    let mut numbers = BTreeMap::new();
    for (key, (text, _)) in keys.iter().zip(&members) {
        if let KeyKind::Other(Some(number)) = &key.kind
            && let Some(first) = numbers.insert(number, key.line)
        {
            return Err(twice(text, first, key.line));
        }
    }
    if !merges.is_empty() {
        let mut seen: std::collections::BTreeSet<String> =
            members.iter().map(|(key, _)| key.clone()).collect();
        for map in merges {
            if let Value::Map(more) = map.value {
                members.extend(more.into_iter().filter(|(key, _)| seen.insert(key.clone())));
            }
        }
    }
    Ok(members)
}
