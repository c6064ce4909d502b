//! Operations and the toolpack that there was in, the id of each out: what had one keeps it, whatever it is called
//! or wherever it moved (formats-v2 §5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::operation::{Operation, operations};
use crate::canon::digest::id16;
use crate::canon::{Fault, FaultKind, Node};
use crate::model::baseline::Baseline;
use crate::model::toolpack::Toolpack;

/// An id and the earlier ones of the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) id: String,
    pub(super) aliases: BTreeSet<String>,
}

/// What there was.
pub(super) struct Known<'a> {
    /// The operation that had an id, by that id, an alias, or what its address computes to.
    by_id: HashMap<String, &'a str>,
    by_alias: HashMap<&'a str, &'a str>,
    by_address: HashMap<String, &'a str>,
    /// By operation id and method; none where two have the same.
    by_name: HashMap<(&'a str, &'a str), Option<&'a str>>,
    /// Key to id and aliases.
    ids: HashMap<&'a str, Id>,
    /// Every id that is taken, of whatever kind.
    taken: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    pub(super) fn of(baseline: Option<&'a Baseline>) -> Known<'a> {
        let mut known = Known {
            by_id: HashMap::new(),
            by_alias: HashMap::new(),
            by_address: HashMap::new(),
            by_name: HashMap::new(),
            ids: HashMap::new(),
            taken: HashSet::new(),
        };
        let Some(baseline) = baseline else { return known };
        known.taken = baseline.entries.iter().map(|entry| entry.id.as_str()).collect();
        for operation in operations(&baseline.raw) {
            let Some(id) = operation.text("stable_id") else { continue };
            let aliases = operation.node.get("aliases").map(Node::items).unwrap_or_default();
            let aliases: Vec<&str> = aliases.iter().filter_map(Node::as_text).collect();
            known.by_id.insert(id.to_owned(), operation.key);
            known.by_alias.extend(aliases.iter().map(|alias| (*alias, operation.key)));
            known.by_address.insert(operation.computed_id(), operation.key);
            if let Some(name) = operation.text("operation_id") {
                let same = known.by_name.entry((name, operation.method));
                same.and_modify(|key| *key = None).or_insert(Some(operation.key));
            }
            let aliases = aliases.into_iter().map(str::to_owned).collect();
            known.ids.insert(operation.key, Id { id: id.to_owned(), aliases });
        }
        known
    }

    /// The earlier key of an operation: by its id or address, else by an alias.
    fn by_own(&self, computed: &str) -> Option<&'a str> {
        let own = self.by_id.get(computed).or_else(|| self.by_address.get(computed));
        own.or_else(|| self.by_alias.get(computed)).copied()
    }
}

/// What became of the operations that there were.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    /// Id of each operation by its key.
    pub(super) ids: BTreeMap<String, Id>,
    /// Earlier key of each operation that had another, by its key now.
    pub(super) moved: BTreeMap<String, String>,
}

/// Gives each operation its id. `same` are pairs of an earlier and a present key, as the user told.
pub(super) fn assign<'b>(
    now: impl Iterator<Item = Operation<'b>>,
    known: &Known,
    same: &BTreeMap<String, String>,
) -> Assigned {
    let now: Vec<Operation<'b>> = now.collect();
    let mut found: HashMap<&str, &str> = HashMap::new();
    let mut used: HashSet<&str> = HashSet::new();
    let computed: Vec<String> = now.iter().map(Operation::computed_id).collect();
    for (operation, id) in now.iter().zip(&computed) {
        if let Some(key) = known.by_own(id).filter(|key| !used.contains(*key)) {
            used.insert(key);
            found.insert(operation.key, key);
        }
    }
    let mut names: HashMap<(&str, &str), usize> = HashMap::new();
    for operation in &now {
        if let Some(name) = operation.text("operation_id") {
            *names.entry((name, operation.method)).or_default() += 1;
        }
    }
    for operation in now.iter().filter(|o| !found.contains_key(o.key)).collect::<Vec<_>>() {
        let name = operation.text("operation_id").map(|name| (name, operation.method));
        let by_name = name.filter(|name| names[name] == 1).and_then(|name| *known.by_name.get(&name)?);
        let told = same.get(operation.key).and_then(|old| known.ids.get_key_value(old.as_str()));
        let key = by_name.filter(|key| !used.contains(*key)).or(told.map(|(key, _)| *key));
        if let Some(key) = key.filter(|key| !used.contains(*key)) {
            used.insert(key);
            found.insert(operation.key, key);
        }
    }
    let mut assigned = Assigned::default();
    let mut taken: HashSet<String> = known.taken.iter().map(|id| (*id).to_owned()).collect();
    for (operation, computed) in now.iter().zip(computed) {
        let id = match found.get(operation.key) {
            Some(key) => {
                if *key != operation.key {
                    assigned.moved.insert(operation.key.to_owned(), (*key).to_owned());
                }
                let mut id = known.ids[key].clone();
                if id.id != computed {
                    id.aliases.insert(computed);
                }
                id
            }
            None => Id { id: free(&operation.identity(), &mut taken), aliases: BTreeSet::new() },
        };
        assigned.ids.insert(operation.key.to_owned(), id);
    }
    assigned
}

/// The id of some words that nothing else has; it is taken then.
pub(super) fn free(words: &[String], taken: &mut HashSet<String>) -> String {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut id = id16(&words);
    let numbers: Vec<String> = (2..1_000).map(|n| n.to_string()).collect();
    let mut more = numbers.iter();
    let plain = words.len();
    while taken.contains(&id) {
        let Some(number) = more.next() else { break };
        words.truncate(plain);
        words.push(number);
        id = id16(&words);
    }
    taken.insert(id.clone());
    id
}

/// The keys that `--same OLD=NEW` names: what was, by the name or id of its tool or its key; what is, by its key,
/// its operation id or `METHOD /path`.
///
/// # Errors
/// A word that names nothing, or several.
pub(super) fn pairs<'b>(
    same: &[(String, String)],
    previous: Option<&Toolpack>,
    now: impl Iterator<Item = Operation<'b>>,
) -> Result<BTreeMap<String, String>, Fault> {
    let now: Vec<Operation<'b>> = now.collect();
    let mut pairs = BTreeMap::new();
    for (old, new) in same {
        let refused = |side: &str, word: &str, count: usize, hint: &str| {
            let what = if count == 0 { "names no operation" } else { "names several operations" };
            Fault::new("--same", FaultKind::Content, format!("{side} side {word:?} {what}")).hint(hint)
        };
        let Some(pack) = previous else {
            return Err(Fault::new(
                "--same",
                FaultKind::Content,
                "there is no earlier toolpack to keep ids of",
            )
            .hint("leave it out, or name the toolpack's folder with --output"));
        };
        let tool = pack.manifest.tools.iter().find(|tool| tool.name == *old || tool.id == *old);
        let was: Vec<&str> = operations(&pack.baseline.raw)
            .filter(|o| named(o, old) || tool.is_some_and(|tool| o.text("stable_id") == Some(&tool.id)))
            .map(|o| o.key)
            .collect();
        let is: Vec<&str> = now.iter().filter(|o| named(o, new)).map(|o| o.key).collect();
        match (was.as_slice(), is.as_slice()) {
            ([was], [is]) => _ = pairs.insert((*is).to_owned(), (*was).to_owned()),
            ([_], is) => {
                return Err(refused("the right", new, is.len(), "--same get_user='GET /v2/users/{id}'"));
            }
            (was, _) => {
                return Err(refused("the left", old, was.len(), "name the tool as tools.json has it"));
            }
        }
    }
    Ok(pairs)
}

fn named(operation: &Operation, word: &str) -> bool {
    operation.key == word
        || operation.text("operation_id") == Some(word)
        || word.split_once(' ').is_some_and(|(method, path)| {
            method.eq_ignore_ascii_case(operation.method) && path == operation.full_path
        })
}
