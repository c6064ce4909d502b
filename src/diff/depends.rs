//! Values that one tool gives and another takes: whether what was given is gone, or is now to be taken elsewhere.
//!
//! What feeds what is read from the flows of the baseline and from the hints of actions. Neither is signed: they
//! say what to look at, never that all is well.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::check::{Check, DiffContext, Sink, place, subject, tool_place, tool_subject};
use super::pair::Pair;
use crate::canon::Node;
use crate::compare::keyed::Keyed;
use crate::compare::tier::{effective_tier, gives, of_tool, takes};
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{flow, res};

/// The check.
pub const CHECK: Check = Check {
    name: "depends",
    emits: &[&[flow::DEPENDENCY_BROKEN, flow::DEPENDENCY_RETARGETED, flow::UNFOLLOWED]],
    run,
};

/// From this confidence on, in percent, a hint is shown to agents.
const SURE: i64 = 80;
/// Most hints that are read, and names that are shown.
const EDGES: usize = 50_000;
const SHOWN: usize = 6;

/// Who gives a field to whom: (taker, field) to the givers, all by identity.
type Edges<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>;

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some((base, head)) = pair.both() else { return };
    let (edges, left) = edges(base);
    if left > 0 {
        out.push(unfollowed(head, left));
    }
    if edges.is_empty() {
        return;
    }
    let now: HashMap<&str, (&Tool, &Tool)> = pair
        .tools()
        .iter()
        .filter_map(|keyed| match keyed {
            Keyed::Both(b, h) => Some((*b, *h)),
            _ => None,
        })
        .flat_map(|(b, h)| [(b.identity.as_str(), (b, h)), (b.id.as_str(), (b, h))])
        .collect();
    broken(pair, base, head, &edges, &now, out);
    retargeted(head, &edges, &now, out);
}

/// The edges that are followed, and how many are not.
fn edges(pack: &Toolpack) -> (Edges<'_>, usize) {
    let sure = |node: &&Node| node.get("confidence").and_then(Node::as_int).is_some_and(|n| n >= SURE);
    fn part<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
        node.get(key).and_then(Node::as_text)
    }
    let flows = pack.baseline.raw.at("/summary/flows").map(Node::items).unwrap_or_default();
    let flows = flows
        .iter()
        .filter(sure)
        .filter_map(|node| Some((part(node, "to")?, part(node, "field")?, part(node, "from")?)));
    let hints = pack.manifest.tools.iter().flat_map(|tool| {
        let hints = tool.raw.get("depends_on").map(Node::items).unwrap_or_default();
        let hints = hints.iter().filter(sure);
        hints.filter_map(|node| Some((tool.identity.as_str(), part(node, "field")?, part(node, "tool")?)))
    });
    let (mut found, mut left) = (Edges::new(), 0);
    for (n, (to, field, from)) in flows.chain(hints).enumerate() {
        if n < EDGES {
            found.entry((to, field)).or_default().insert(from);
        } else {
            left += 1;
        }
    }
    (found, left)
}

/// That there are more than can be followed: silence about them says nothing.
fn unfollowed(head: &Toolpack, left: usize) -> Finding {
    Finding::new(
        flow::UNFOLLOWED,
        subject(head, SubjectKind::Surface, "surface", "baseline"),
        place(head, &head.header.baseline, &head.baseline.raw, "/summary/flows".to_owned(), Side::Head),
    )
    .says(
        "output",
        Phrase::say(format!("what feeds what was not followed for {left} of {} hints", left + EDGES)),
    )
    .here("whether these still hold is not known".into())
    .covered_by(Covers::Surface)
}

/// Names of what a tool returns, the last steps of them.
fn given(pack: &Toolpack, tool: &Tool) -> BTreeSet<String> {
    let last = |field: String| field.rsplit('.').next().unwrap_or_default().to_owned();
    gives(pack, tool).into_iter().map(last).collect()
}

/// The field from which an argument is filled: of the same name, or the id of the thing that it names.
fn filled_from<'f>(given: &'f BTreeSet<String>, argument: &str) -> Option<&'f str> {
    let same = given.get(argument);
    same.or_else(|| given.get("id").filter(|_| argument.ends_with("_id"))).map(String::as_str)
}

/// What a tool takes, by the last steps of the names.
fn taken(pack: &Toolpack, tool: &Tool) -> BTreeSet<String> {
    let last = |(name, _): (String, bool)| name.rsplit('.').next().unwrap_or_default().to_owned();
    takes(pack, tool).into_iter().map(last).collect()
}

/// Who gave a field, and the tools that take it, each with its argument.
type Gone<'a> = (&'a Tool, Vec<(&'a Tool, &'a str)>);

fn broken(
    pair: &Pair,
    base: &Toolpack,
    head: &Toolpack,
    edges: &Edges,
    now: &HashMap<&str, (&Tool, &Tool)>,
    out: &mut Sink,
) {
    let changed: HashSet<&str> = pair.changed_pairs().map(|(_, is)| is.tool.id.as_str()).collect();
    if changed.is_empty() {
        return;
    }
    // What is gone from each giver, and who needs it.
    let mut gone: BTreeMap<(&str, String), Gone> = BTreeMap::new();
    let mut known: HashMap<&str, [BTreeSet<String>; 2]> = HashMap::new();
    let mut takers: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for ((taker, argument), givers) in edges {
        let Some((_, taker)) = now.get(taker) else { continue };
        let mut givers = givers
            .iter()
            .filter_map(|giver| now.get(giver).filter(|(_, h)| changed.contains(h.id.as_str())))
            .peekable();
        if givers.peek().is_none()
            || !takers.entry(taker.id.as_str()).or_insert_with(|| taken(head, taker)).contains(*argument)
        {
            continue;
        }
        for (b, h) in givers {
            let [was, is] = known.entry(h.id.as_str()).or_insert_with(|| [given(base, b), given(head, h)]);
            // The same field is asked for: another id that is still there is another thing's. One of the argument's
            // own name serves as well.
            if let Some(field) = filled_from(was, argument)
                && !is.contains(field)
                && !is.contains(*argument)
            {
                let entry = gone.entry((h.id.as_str(), field.to_owned()));
                entry.or_insert_with(|| (h, Vec::new())).1.push((taker, argument));
            }
        }
    }
    let removed = [res::FIELD_REQUIRED_REMOVED, res::FIELD_OPTIONAL_REMOVED];
    let mut removals: HashMap<(&str, &str), &Finding> = HashMap::new();
    for f in out.earlier().iter().filter(|f| removed.contains(&f.rule)) {
        let field = f.place.pointer.rsplit('/').next().unwrap_or_default();
        removals.entry((f.subject.id.as_str(), field)).or_insert(f);
    }
    for ((_, field), (tool, takers)) in gone {
        let names = Phrase::list(takers.iter().take(SHOWN).map(|(taker, _)| taker.name.as_str()));
        let names = match takers.len().saturating_sub(SHOWN) {
            0 => names,
            more => names.and_say(format!(" and {more} more")),
        };
        // Where it is told that the field is gone: this says more, and stands for it.
        let told = removals.get(&(tool.id.as_str(), field.as_str())).copied();
        let place = told.map_or_else(|| tool_place(head, tool, "", Side::Head), |f| f.place.clone());
        let mut finding = Finding::new(flow::DEPENDENCY_BROKEN, tool_subject(head, tool), place)
            .risk(effective_tier(tool, &of_tool(head, tool)))
            .says("output", Phrase::quote(&field).and_say(" gone, which ").and(names).and_say(" needs"))
            .here("whoever calls the other tool has nothing to call it with".into())
            .covered_by(Covers::Tool);
        if let Some(told) = told {
            finding = finding.values(told.before.clone(), told.after.clone());
            finding.also.clone_from(&told.also);
        }
        finding.why = takers
            .iter()
            .take(SHOWN)
            .map(|(taker, argument)| Phrase::quote(&taker.name).and_say(" takes it as ").and_quote(*argument))
            .collect();
        out.push(finding);
    }
}

fn retargeted(head: &Toolpack, edges: &Edges, now: &HashMap<&str, (&Tool, &Tool)>, out: &mut Sink) {
    let (new, _) = self::edges(head);
    let tools: HashMap<&str, &Tool> =
        head.manifest.tools.iter().flat_map(|t| [(t.identity.as_str(), t), (t.id.as_str(), t)]).collect();
    for ((taker, argument), givers) in edges {
        let Some((_, taker)) = now.get(taker) else { continue };
        let Some(others) = new.get(&(taker.identity.as_str(), *argument)) else { continue };
        // Givers of the base, as the head calls them.
        let stay: BTreeMap<&str, &Tool> =
            givers.iter().filter_map(|id| now.get(id)).map(|(_, h)| (h.id.as_str(), *h)).collect();
        let to: BTreeMap<&str, &Tool> =
            others.iter().filter_map(|id| tools.get(id)).map(|t| (t.id.as_str(), *t)).collect();
        let (Some(from), Some(next)) = (stay.values().next(), to.values().next()) else { continue };
        if to.keys().any(|id| stay.contains_key(id)) {
            continue;
        }
        let names = |all: &BTreeMap<&str, &Tool>| Node::texts(all.values().map(|t| t.name.as_str()));
        out.push(
            Finding::new(
                flow::DEPENDENCY_RETARGETED,
                tool_subject(head, taker),
                tool_place(head, taker, "depends_on", Side::Head),
            )
            .risk(effective_tier(taker, &of_tool(head, taker)))
            .values(Some(names(&stay)), Some(names(&to)))
            .says(
                "hint",
                Phrase::quote(*argument)
                    .and_say(" from ")
                    .and_quote(&next.name)
                    .and_say(", not from ")
                    .and_quote(&from.name),
            )
            .here("agents are told to take the value from there; the hint itself is not signed".into())
            .covered_by(Covers::Tool),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use crate::rules::Rule;
    use serde_json::json;

    const RULES: [&Rule; 2] = [flow::DEPENDENCY_BROKEN, flow::UNFOLLOWED];

    fn told(base: PackText, head: PackText) -> Vec<(&'static str, String)> {
        let (base, head) = (base.build(), head.build());
        let pair = Pair::new(Some(&base), Some(&head)).expect("a pair");
        let none = DiffContext { other_tool_names: &[], now: None, limits: None };
        let found = crate::diff::run(&pair, &none).into_iter();
        found.filter(|f| RULES.contains(&f.rule)).map(|f| (f.rule.id, f.change.plain())).collect()
    }

    /// A shop whose first tool returns these, and whose second takes the id of a user from it.
    fn gives(fields: &[&str], flows: usize) -> PackText {
        PackText::shop().edit(|p| {
            let all: serde_json::Map<_, _> =
                fields.iter().map(|f| ((*f).to_owned(), json!({"type": "string"}))).collect();
            p.operation("list_products")["responses"]["200"]["content"]["application/json"]["properties"] =
                json!(all);
            p.action("create_order")["inputs"]["user_id"] = json!("body./user_id");
            p.action("create_order")["input_schema"]["properties"]["user_id"] = json!({"type": "string"});
            let edge = json!({"from": "id-list_products", "to": "id-create_order", "field": "user_id",
                "confidence": 90});
            p.baseline["summary"] = json!({"flows": vec![edge; flows]});
        })
    }

    #[test]
    fn the_id_of_another_thing_is_no_replacement() {
        let broken = |was: &[&str], is: &[&str]| told(gives(was, 1), gives(is, 1)).len();
        assert_eq!(broken(&["id", "user_id"], &["id"]), 1);
        assert_eq!(broken(&["id"], &["name"]), 1);
        assert_eq!(broken(&["id"], &["user_id"]), 0, "by its own name");
        assert_eq!(broken(&["id", "user_id"], &["user_id"]), 0);
        assert_eq!(broken(&["name"], &["id"]), 0);
    }

    #[test]
    fn what_is_not_followed_is_told() {
        let found = told(gives(&["id"], EDGES + 7), gives(&["id", "name"], EDGES + 7));
        assert_eq!(found.len(), 1);
        assert!(found[0].0 == "flow.unfollowed" && found[0].1.contains("7 of 50007"), "{found:?}");
        assert!(told(gives(&["id"], EDGES), gives(&["id", "name"], EDGES)).is_empty());
        // What is followed is told beside it.
        let both = told(gives(&["id"], EDGES + 1), gives(&["name"], EDGES + 1));
        assert_eq!(
            both.iter().map(|f| f.0).collect::<Vec<_>>(),
            ["flow.unfollowed", "flow.dependency-broken"]
        );
    }
}
