//! What differs in a tool and no rule explained: members that nobody knows, and hints that say less of themselves
//! without anything that speaks against them.

use super::annotations::HINTS;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::members::{paired, same};
use crate::compare::surface::Change;

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Where, below the entry.
    pub parts: Vec<String>,
    /// Whether it is hints alone, of which nothing proves that they are wrong.
    pub hints_alone: bool,
}

/// Members that the parts of the comparison read whole: what differs there was told, or is another spelling.
const READ_WHOLE: [&str; 7] =
    ["inputSchema", "outputSchema", "title", "description", "_meta", "icons", "annotations"];

/// What differs between two entries and stands at no place that was told. `None` if nothing does.
pub fn unexplained(old: &Node, new: &Node, told: &[Change]) -> Option<Rest> {
    let none = Node::null();
    let raw = |entry: &'_ Node| entry.get("raw").cloned().unwrap_or_else(Node::null);
    let (was, is) = (raw(old), raw(new));
    let spoken = |part: &str| {
        told.iter()
            .any(|c| c.also.iter().chain([&c.part]).any(|p| p == part || part.starts_with(&format!("{p}/"))))
    };
    let mut rest = Rest { parts: Vec::new(), hints_alone: true };
    for (key, before, after) in paired(&was, &is) {
        let part = format!("/raw/{}", pointer_step(key));
        let deep = ["annotations", "execution"].contains(&key);
        if same(before, after) || spoken(&part) || READ_WHOLE.contains(&key) && !deep {
            continue;
        }
        if !deep {
            rest.parts.push(part);
            rest.hints_alone = false;
            continue;
        }
        for (member, before, after) in paired(before.unwrap_or(&none), after.unwrap_or(&none)) {
            let inner = format!("{part}/{}", pointer_step(member));
            let hint = HINTS.iter().find(|h| key == "annotations" && h.key == member);
            let alike = match hint {
                Some(hint) => hint.means(old) == hint.means(new),
                // The title is read with the other one; whether it runs as a task, by what it means.
                None => matches!((key, member), ("annotations", "title") | ("execution", "taskSupport")),
            };
            if same(before, after) || alike || spoken(&inner) {
                continue;
            }
            rest.hints_alone &= hint.is_some();
            rest.parts.push(inner);
        }
    }
    (!rest.parts.is_empty()).then_some(rest)
}
