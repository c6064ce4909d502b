//! Which operations feed which, as the sources tell, in; what each tool depends on out. Hints only: nothing of them
//! is signed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::actions::Action;
use super::input::Source;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::model::toolpack::Toolpack;

/// Percent from which on a hint is listed (decision: at least 0.8).
const LISTED: i64 = 80;
/// Most hints of one tool.
const MAX: usize = 10;

/// A flow: from, to, field.
type Flow = (String, String, String);

/// `summary` of the baseline: the digest of each source, and the flows between operations that are there.
pub(super) fn summary(
    sources: &[(String, Source)],
    before: Option<&Toolpack>,
    there: &HashSet<&str>,
) -> Node {
    let mut digests: BTreeMap<String, Node> = BTreeMap::new();
    let mut flows: BTreeMap<Flow, i64> = BTreeMap::new();
    if let Some(summary) = before.and_then(|pack| pack.baseline.raw.get("summary")) {
        let known = summary.get("sources").map(Node::members).unwrap_or_default();
        digests.extend(known.iter().cloned());
        flows.extend(listed(summary));
    }
    for (id, source) in sources {
        digests.insert(id.clone(), Node::text(&source.digest));
        let own = source.baseline.raw.get("summary").map(listed).unwrap_or_default();
        flows.extend(own);
    }
    flows.retain(|(from, to, _), _| there.contains(from.as_str()) && there.contains(to.as_str()));
    let flows: Vec<Node> = flows
        .into_iter()
        .map(|((from, to, field), confidence)| {
            Node::map([
                ("from", Node::text(from)),
                ("to", Node::text(to)),
                ("field", Node::text(field)),
                ("confidence", Node::int(confidence)),
            ])
        })
        .collect();
    let mut members = vec![("sources", Node::map(digests))];
    if !flows.is_empty() {
        members.push(("flows", Node::new(Value::List(flows))));
    }
    Node::map(members)
}

fn listed(summary: &Node) -> Vec<(Flow, i64)> {
    let flows = summary.get("flows").map(Node::items).unwrap_or_default();
    let text = |flow: &Node, key: &str| flow.get(key).and_then(Node::as_text).map(str::to_owned);
    let one = |flow: &Node| {
        let key = (text(flow, "from")?, text(flow, "to")?, text(flow, "field")?);
        Some((key, flow.get("confidence")?.as_int()?.clamp(0, 100)))
    };
    flows.iter().filter_map(one).collect()
}

/// Writes what each action depends on: of tools that are there, for fields that are arguments of it.
pub(super) fn hint(actions: &mut [Action], summary: &Node) {
    let mut to: HashMap<String, Vec<(i64, String, String)>> = HashMap::new();
    let there: HashSet<String> = actions.iter().map(|action| action.tool.id.clone()).collect();
    for ((from, target, field), confidence) in listed(summary) {
        if confidence >= LISTED && there.contains(&from) && from != target {
            to.entry(target).or_default().push((confidence, from, field));
        }
    }
    for action in actions {
        let Some(mut hints) = to.remove(&action.tool.id) else { continue };
        hints.sort_by(|a, b| (-a.0, &a.1, &a.2).cmp(&(-b.0, &b.1, &b.2)));
        let inputs = action.tool.raw.get("inputs").map(Node::members).unwrap_or_default();
        let takes = |field: &str| {
            let tail = format!("/{}", pointer_step(field));
            inputs.iter().any(|(name, place)| {
                let place = place.as_text().unwrap_or_default();
                name == field
                    || place.split_once('.').is_some_and(|(_, wire)| wire == field)
                    || place.ends_with(&tail)
            })
        };
        let listed: Vec<Node> = hints
            .iter()
            .filter(|(_, _, field)| takes(field))
            .take(MAX)
            .map(|(confidence, tool, field)| {
                Node::map([
                    ("tool", Node::text(tool)),
                    ("field", Node::text(field)),
                    ("confidence", Node::int(*confidence)),
                ])
            })
            .collect();
        if !listed.is_empty() {
            action.tool.raw.set("depends_on", Node::new(Value::List(listed)));
        }
    }
}
