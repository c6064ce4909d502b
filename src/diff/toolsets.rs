//! Toolsets: whole sets that came or went, tools that entered or left one, and sets that claim to only read.

use super::check::{Check, DiffContext, Sink, place, subject, tool_subject};
use super::pair::Pair;
use super::words;
use crate::canon::node::pointer_step;
use crate::canon::{Node, text};
use crate::compare::keyed::Keyed;
use crate::compare::tier::{effective_tier, of_tool};
use crate::model::finding::{Covers, Finding, Place, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::model::toolset::Toolset;
use crate::rules::{Severity, tool, toolset};

/// The check.
pub const CHECK: Check = Check {
    name: "toolsets",
    emits: &[
        &[tool::TOOLSET_ADDED_TO, tool::TOOLSET_REMOVED_FROM],
        &[toolset::ADDED, toolset::REMOVED, toolset::READONLY_VIOLATED],
    ],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    for (name, set) in &head.toolsets.toolsets {
        let before = pair.base.and_then(|base| base.toolsets.toolsets.get(name));
        if before.is_none() {
            out.push(whole(head, name, set));
        }
        let (says_so, said_so) = (reads_only(name, set), before.is_some_and(|set| reads_only(name, set)));
        for (keyed, differs) in pair.told_apart() {
            let (was, tool) = match keyed {
                Keyed::Both(b, h) => (Some(*b), *h),
                Keyed::Added(h) => (None, *h),
                Keyed::Removed(_) => continue,
            };
            let is_in = set.actions.contains(&tool.name);
            let was_in = was.zip(before).is_some_and(|(b, set)| set.actions.contains(&b.name));
            // A new set and a new tool are told whole.
            if was.is_some() && before.is_some() && is_in && !was_in {
                out.push(entered(head, name, set, tool));
            }
            // What was in it and did not change is no news: most tools, and none of them needs to be assessed.
            let is_news = differs || !was_in || !said_so;
            if is_in && says_so && is_news {
                let held = pair.base.zip(was).zip(before);
                violated(head, name, set, tool, held, out);
            }
            if let (Some(base), Some(b), Some(before)) = (pair.base, was, before)
                && was_in
                && !is_in
            {
                out.push(left(base, name, before, b, head, tool));
            }
        }
    }
    let Some(base) = pair.base else { return };
    for (name, set) in base.toolsets.toolsets.iter().filter(|(n, _)| !head.toolsets.toolsets.contains_key(*n))
    {
        out.push(gone(base, head, name, set));
    }
}

/// Whether a set says that its tools change nothing: by its name, or in its description.
fn reads_only(name: &str, set: &Toolset) -> bool {
    let squeezed = |text: &str| text::fold(text).replace(['-', '_', ' '], "");
    let said = set.description.as_deref().map(squeezed).unwrap_or_default();
    let denied = ["notreadonly", "nonreadonly", "notonlyreadonly"].iter().any(|no| said.contains(no));
    squeezed(name) == "readonly" || said.contains("readonly") && !denied
}

fn member_place(pack: &Toolpack, set_name: &str, set: &Toolset, tool: &Tool, side: Side) -> Place {
    let base = format!("/toolsets/{}", pointer_step(set_name));
    let actions = pack.toolsets.raw.at(&format!("{base}/actions")).map(Node::items).unwrap_or_default();
    let at = actions.iter().position(|a| a.as_text() == Some(&tool.name));
    Place {
        file: pack.path(&pack.header.toolsets),
        line: set.line_of(&tool.name).unwrap_or(set.line),
        pointer: at.map_or(base.clone(), |at| format!("{base}/actions/{at}")),
        side,
    }
}

fn entered(head: &Toolpack, name: &str, set: &Toolset, tool: &Tool) -> Finding {
    let assessed = of_tool(head, tool);
    let changes = assessed.effect.changes_state();
    let finding = Finding::new(
        tool::TOOLSET_ADDED_TO,
        tool_subject(head, tool),
        member_place(head, name, set, tool, Side::Head),
    )
    .risk(effective_tier(tool, &assessed))
    .values(None, Some(Node::text(name)))
    .says("toolset", Phrase::say("also in ").and_quote(name))
    .here(Phrase::say("agents that run with ").and_quote(name).and_say(" can call it"))
    .covered_by(Covers::Tool);
    // In a set that only reads, a tool that does not is as grave as the table says (rules.md I).
    if changes && reads_only(name, set) { finding.severity(Severity::High) } else { finding }
}

fn left(base: &Toolpack, name: &str, set: &Toolset, was: &Tool, head: &Toolpack, tool: &Tool) -> Finding {
    Finding::new(
        tool::TOOLSET_REMOVED_FROM,
        tool_subject(head, tool),
        member_place(base, name, set, was, Side::Base),
    )
    .risk(effective_tier(tool, &of_tool(head, tool)))
    .values(Some(Node::text(name)), None)
    .says("toolset", Phrase::say("no longer in ").and_quote(name))
    .here(Phrase::say("agents that run with ").and_quote(name).and_say(" can no longer call it"))
    .covered_by(Covers::Tool)
}

/// A tool that changes state in a set that says it only reads, unless the base had it so already. Which of
/// the three is new decides who signs: what the set says stands in the surface, the rest is the tool's.
fn violated(
    head: &Toolpack,
    name: &str,
    set: &Toolset,
    tool: &Tool,
    held: Option<((&Toolpack, &Tool), &Toolset)>,
    out: &mut Sink,
) {
    let assessed = of_tool(head, tool);
    if !assessed.effect.changes_state() {
        return;
    }
    let mut covers = Covers::Tool;
    if let Some(((base, was), before)) = held {
        let wrote = of_tool(base, was).effect.changes_state();
        let was_in = before.actions.contains(&was.name);
        match (was_in && wrote, reads_only(name, before)) {
            (true, true) => return,
            (true, false) => covers = Covers::Surface,
            (false, _) => {}
        }
    }
    out.push(
        Finding::new(
            toolset::READONLY_VIOLATED,
            tool_subject(head, tool),
            member_place(head, name, set, tool, Side::Head),
        )
        .risk(effective_tier(tool, &assessed))
        .values(None, Some(Node::text(name)))
        .says("toolset", Phrase::quote(name).and_say(" says that it only reads, and the tool does not"))
        .here(
            Phrase::say(format!("{} (", assessed.effect))
                .and_quote(words::request(tool))
                .and_say(") in a set that people run as harmless"),
        )
        .covered_by(covers),
    );
}

fn whole(head: &Toolpack, name: &str, set: &Toolset) -> Finding {
    let pointer = format!("/toolsets/{}", pointer_step(name));
    let root = &head.toolsets.raw;
    let members = Phrase::list(set.actions.iter().take(8).map(String::as_str));
    let more = set.actions.len().saturating_sub(8);
    let members = if more > 0 { members.and_say(format!(" and {more} more")) } else { members };
    Finding::new(
        toolset::ADDED,
        subject(head, SubjectKind::Toolset, name, name),
        place(head, &head.header.toolsets, root, pointer.clone(), Side::Head),
    )
    .values(None, root.at(&pointer).cloned())
    .says("toolset", Phrase::say(format!("new, with {}", words::count(set.actions.len(), "tool"))))
    .here(if set.actions.is_empty() { "holds no tool".into() } else { Phrase::say("holds ").and(members) })
    .covered_by(Covers::Surface)
}

fn gone(base: &Toolpack, head: &Toolpack, name: &str, set: &Toolset) -> Finding {
    let pointer = format!("/toolsets/{}", pointer_step(name));
    let root = &base.toolsets.raw;
    Finding::new(
        toolset::REMOVED,
        subject(head, SubjectKind::Toolset, name, name),
        place(base, &base.header.toolsets, root, pointer.clone(), Side::Base),
    )
    .values(root.at(&pointer).cloned(), None)
    .says("toolset", Phrase::say(format!("gone, it had {}", words::count(set.actions.len(), "tool"))))
    .here("agents that are run with it no longer start".into())
    .covered_by(Covers::Surface)
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{found, only, rules};
    use crate::model::finding::{Covers, Side};
    use crate::model::testing_pack::PackText;
    use crate::rules::{Severity, op, tool, toolset};
    use serde_json::json;

    fn head(change: impl FnOnce(&mut PackText)) -> PackText {
        PackText::shop().edit(change)
    }

    /// A third set, `support`, with a description.
    fn support(description: &str, members: &[&str]) -> PackText {
        head(|p| p.toolsets["toolsets"]["support"] = json!({"description": description, "actions": members}))
    }

    #[test]
    fn a_tool_enters_and_leaves_a_set() {
        let (without, with) = (support("For people", &[]), support("For people", &["create_order"]));
        let told = only(&without, &with, tool::TOOLSET_ADDED_TO);
        assert_eq!((told.severity, told.covers), (Severity::Medium, Covers::Tool));
        assert_eq!(told.place.pointer, "/toolsets/support/actions/0");
        assert_eq!(told.place.file, "packs/shop/artifact/toolsets.yaml");
        let told = only(&with, &without, tool::TOOLSET_REMOVED_FROM);
        assert_eq!((told.place.side, told.subject.name.as_str()), (Side::Base, "create_order"));
        assert_eq!(found(&without, &with).len(), 1);
    }

    #[test]
    fn a_renamed_tool_stays_in_its_sets() {
        let renamed = head(|p| {
            p.action("create_order")["name"] = json!("make_order");
            p.toolsets["toolsets"]["operator"]["actions"] = json!(["list_products", "make_order"]);
        });
        assert_eq!(rules(&PackText::shop(), &renamed), [op::RENAMED.id]);
    }

    #[test]
    fn whole_sets_are_told_without_their_members() {
        let with = support("For people", &["create_order"]);
        assert_eq!(rules(&PackText::shop(), &with), [toolset::ADDED.id]);
        assert_eq!(rules(&with, &PackText::shop()), [toolset::REMOVED.id]);
        assert_eq!(only(&PackText::shop(), &with, toolset::ADDED).covers, Covers::Surface);
    }

    #[test]
    fn a_writing_tool_in_a_read_only_set_is_critical_once() {
        let bad = head(|p| p.put("readonly", "create_order"));
        let told = only(&PackText::shop(), &bad, toolset::READONLY_VIOLATED);
        assert_eq!((told.severity, told.covers), (Severity::Critical, Covers::Tool));
        assert_eq!(only(&PackText::shop(), &bad, tool::TOOLSET_ADDED_TO).severity, Severity::High);
        assert!(rules(&bad, &bad).is_empty());
        let claims = support("Safe, read-only tools", &["create_order"]);
        let told = only(&support("Some tools", &["create_order"]), &claims, toolset::READONLY_VIOLATED);
        assert_eq!(told.covers, Covers::Surface, "what is new is what the set says");
        for harmless in ["Not read-only", "Reads and writes"] {
            assert!(
                rules(&support("x", &["create_order"]), &support(harmless, &["create_order"])).is_empty()
            );
        }
        let reads = head(|p| {
            p.add("list_orders", "GET", "/orders");
            p.put("readonly", "list_orders");
        });
        assert!(!rules(&PackText::shop(), &reads).contains(&toolset::READONLY_VIOLATED.id));
    }

    #[test]
    fn the_effect_is_judged_not_believed() {
        let lie = |p: &mut PackText| {
            p.action("list_products")["method"] = json!("POST");
            p.action("list_products")["effect"] = json!("read");
        };
        let told = only(&PackText::shop(), &head(lie), toolset::READONLY_VIOLATED);
        assert_eq!((told.subject.name.as_str(), told.covers), ("list_products", Covers::Tool));
    }
}
