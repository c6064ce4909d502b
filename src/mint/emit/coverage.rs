//! A toolpack in, how much of it is described and how much was seen out.

use std::collections::BTreeMap;

use crate::canon::{Node, Value};
use crate::mint::entries::entries;
use crate::mint::operation::operations;
use crate::model::toolpack::Toolpack;

/// The report.
pub(super) fn make(pack: &Toolpack) -> BTreeMap<String, Node> {
    let raw = &pack.baseline.raw;
    let names: BTreeMap<&str, &str> =
        pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), tool.name.as_str())).collect();
    let mut bases: BTreeMap<&str, i128> = BTreeMap::new();
    let mut seen = 0i128;
    let mut listed = Vec::new();
    for operation in operations(raw) {
        let basis = operation.text("basis").unwrap_or("declared");
        *bases.entry(basis).or_default() += 1;
        let count = operation.node.at("/observed/count").and_then(Node::as_int).unwrap_or(0);
        seen += i128::from(count > 0);
        let mut members = vec![("operation", Node::text(operation.key)), ("basis", Node::text(basis))];
        if let Some(tool) = operation.text("stable_id").and_then(|id| names.get(id)) {
            members.push(("tool", Node::text(*tool)));
        }
        if count > 0 {
            members.push(("seen", Node::int(count)));
        }
        if let Some(statuses) = operation.node.at("/observed/statuses") {
            members.push(("statuses", statuses.clone()));
        }
        listed.push(Node::map(members));
    }
    let all = listed.len() as i128;
    let percent = if all == 0 { 0 } else { seen * 100 / all };
    let node = Node::map([
        ("schema", Node::text("cask.coverage/1")),
        ("toolpack_id", Node::text(&pack.header.toolpack_id)),
        (
            "totals",
            Node::map([
                ("operations", Node::int(all)),
                ("entries", Node::int(entries(raw).len() as i128)),
                ("tools", Node::int(pack.manifest.tools.len() as i128)),
                ("seen", Node::int(seen)),
                ("seen_percent", Node::int(percent)),
                ("by_basis", Node::map(bases.into_iter().map(|(basis, n)| (basis, Node::int(n))))),
            ]),
        ),
        ("operations", Node::new(Value::List(listed))),
    ]);
    BTreeMap::from([("coverage_report.json".to_owned(), node)])
}
