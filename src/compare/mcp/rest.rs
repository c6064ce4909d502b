//! What differs in a tool and no rule explained: members that nobody knows, hints that say less of themselves
//! without anything that speaks against them, and what a vendor added to a schema.

use std::collections::BTreeSet;

use super::annotations::HINTS;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::leaves::{around, leaves};
use crate::compare::members::{paired, same};
use crate::compare::restate::is_extension;
use crate::compare::surface::Change;

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Where, below the entry.
    pub parts: Vec<String>,
    /// Whether it is hints alone, of which nothing proves that they are wrong.
    pub hints_alone: bool,
    /// Whether it is keywords of a vendor within schemas alone, to which no value is held.
    pub extensions_alone: bool,
}

/// Places of a schema that are looked at for what a vendor added.
const MOST: usize = 1_000;

/// What differs between two entries and stands at no place that was told. `None` if nothing does.
pub fn unexplained(old: &Node, new: &Node, told: &[Change]) -> Option<Rest> {
    let parts: BTreeSet<&str> =
        told.iter().flat_map(|c| c.also.iter().chain([&c.part])).map(String::as_str).collect();
    let spoken = |part: &str| around(part).any(|at| parts.contains(at));
    let mut rest = Rest { parts: Vec::new(), hints_alone: true, extensions_alone: true };
    let none = Node::null();
    let (Some(was), Some(is)) = (old.get("raw"), new.get("raw")) else {
        (rest.hints_alone, rest.extensions_alone) = (false, false);
        rest.parts.push("/raw".to_owned());
        return (!same(old.get("raw"), new.get("raw"))).then_some(rest);
    };
    for (key, before, after) in paired(was, is) {
        let part = format!("/raw/{}", pointer_step(key));
        if same(before, after) || spoken(&part) {
            continue;
        }
        if is_read(key, before, after) {
            if let (Some(before), Some(after)) = (before, after) {
                let inner =
                    leaves(before, after, MOST).into_iter().filter(|leaf| is_extension(&leaf.pointer));
                let inner = inner.map(|leaf| format!("{part}{}", leaf.pointer)).filter(|at| !spoken(at));
                let from = rest.parts.len();
                rest.parts.extend(inner);
                rest.hints_alone &= rest.parts.len() == from;
            }
            continue;
        }
        let deep =
            DEEP.contains(&key) && [before, after].into_iter().flatten().all(|n| n.is_map() || n.is_null());
        if !deep {
            rest.parts.push(part);
            (rest.hints_alone, rest.extensions_alone) = (false, false);
            continue;
        }
        for (member, before, after) in paired(before.unwrap_or(&none), after.unwrap_or(&none)) {
            let inner = format!("{part}/{}", pointer_step(member));
            let hint = HINTS.iter().find(|h| key == "annotations" && h.key == member);
            let alike = match hint {
                Some(hint) => hint.means(old) == hint.means(new),
                // The title is read with the other one; whether it runs as a task, by what it means.
                None => {
                    matches!((key, member), ("annotations", "title") | ("execution", "taskSupport"))
                        && are_texts(before, after)
                }
            };
            if same(before, after) || alike || spoken(&inner) {
                continue;
            }
            rest.hints_alone &= hint.is_some();
            rest.extensions_alone = false;
            rest.parts.push(inner);
        }
    }
    (!rest.parts.is_empty()).then_some(rest)
}

/// Members that are told member by member, where they are maps.
const DEEP: [&str; 2] = ["annotations", "execution"];

/// Whether a member is one that the parts of the comparison read whole, and of a kind that they can read: what
/// differs there was told, or is another spelling.
fn is_read(key: &str, before: Option<&Node>, after: Option<&Node>) -> bool {
    match key {
        "inputSchema" | "outputSchema" => [before, after]
            .into_iter()
            .flatten()
            .all(|n| matches!(n.value, Value::Map(_) | Value::Bool(_) | Value::Null)),
        "title" | "description" => are_texts(before, after),
        _ => false,
    }
}

/// Whether what stands there is text, on every side that has it.
fn are_texts(before: Option<&Node>, after: Option<&Node>) -> bool {
    [before, after].into_iter().flatten().all(|n| n.is_null() || n.as_text().is_some())
}
