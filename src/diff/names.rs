//! What tools are called, before and after: a name that is gone, and a name that now means another tool.

use std::collections::BTreeMap;

use super::check::{Check, DiffContext, Sink, scaled, tool_place, tool_subject};
use super::pair::Pair;
use super::words;
use crate::canon::Node;
use crate::compare::keyed::Keyed;
use crate::compare::tier::of_tool;
use crate::model::finding::{Covers, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{mcpt, op};

/// The check.
pub const CHECK: Check =
    Check { name: "names", emits: &[&[op::RENAMED, op::OPERATION_ID_REUSED, mcpt::RENAMED]], run };

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some((base, head)) = pair.both() else { return };
    let known: BTreeMap<&str, &Tool> = base.manifest.tools.iter().map(|t| (t.name.as_str(), t)).collect();
    for (was, is) in pair.renamed() {
        out.push(renamed(head, was, is));
    }
    for keyed in pair.changed() {
        let (old, new) = match keyed {
            Keyed::Both(b, h) => (Some(*b), *h),
            Keyed::Added(h) => (None, *h),
            Keyed::Removed(_) => continue,
        };
        // The tool that had this name, where it is another one than this tool was.
        if let Some(before) = known.get(new.name.as_str())
            && old.is_none_or(|old| !std::ptr::eq(old, *before))
        {
            out.push(reused(head, before, new));
        }
    }
}

fn renamed(head: &Toolpack, was: &Tool, is: &Tool) -> Finding {
    let rule = if is.kind == ToolKind::Mcp { mcpt::RENAMED } else { op::RENAMED };
    let finding = Finding::new(rule, tool_subject(head, is), tool_place(head, is, "name", Side::Head))
        .values(Some(Node::text(&was.name)), Some(Node::text(&is.name)))
        .says("name", Phrase::quote(&was.name).and_say(" → ").and_quote(&is.name))
        .here("calls by the old name fail".into())
        .covered_by(Covers::Tool);
    scaled(finding, is, &of_tool(head, is))
}

fn reused(head: &Toolpack, before: &Tool, is: &Tool) -> Finding {
    let (was, now) = (words::request(before), words::request(is));
    let finding = Finding::new(
        op::OPERATION_ID_REUSED,
        tool_subject(head, is),
        tool_place(head, is, "name", Side::Head),
    )
    .values(Some(Node::text(&was)), Some(Node::text(&now)))
    .says("name", Phrase::say("meant ").and_quote(&was).and_say(", now ").and_quote(&now))
    .here("a call by this name does something else than before".into())
    .covered_by(Covers::Tool);
    scaled(finding, is, &of_tool(head, is))
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{only, rules};
    use crate::model::testing_pack::PackText;
    use crate::rules::op;
    use serde_json::json;

    fn named(from: &str, to: &str) -> impl FnOnce(&mut PackText) {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |p| {
            p.action(&from)["name"] = json!(to);
            for set in ["readonly", "operator"] {
                for action in p.toolsets["toolsets"][set]["actions"].as_array_mut().unwrap() {
                    if *action == from.as_str() {
                        *action = json!(to);
                    }
                }
            }
        }
    }

    #[test]
    fn a_rename_is_told_as_one() {
        let head = PackText::shop().edit(named("create_order", "make_order"));
        assert_eq!(rules(&PackText::shop(), &head), [op::RENAMED.id]);
        assert_eq!(only(&PackText::shop(), &head, op::RENAMED).change.plain(), "create_order → make_order");
    }

    #[test]
    fn a_name_that_now_means_another_tool_is_told() {
        let swapped = PackText::shop()
            .edit(named("create_order", "x"))
            .edit(named("list_products", "create_order"))
            .edit(named("x", "list_products"));
        let told = rules(&PackText::shop(), &swapped);
        assert_eq!(told.iter().filter(|r| **r == op::OPERATION_ID_REUSED.id).count(), 2, "{told:?}");
        let taken = PackText::shop().edit(named("create_order", "make_order")).edit(|p| {
            p.add("other", "DELETE", "/everything");
            named("other", "create_order")(p);
        });
        let found = only(&PackText::shop(), &taken, op::OPERATION_ID_REUSED);
        assert_eq!(found.change.plain(), "meant POST /v1/orders, now DELETE /v1/everything");
    }
}
