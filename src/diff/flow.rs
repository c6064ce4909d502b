//! What the tools of a toolset come to together: ways for data that this change opens, values that other tools
//! need, how large sets are, and how much more can be done than before.
//!
//! Only what is new is told: a set in which the same was possible before stays silent.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::check::{Check, DiffContext, Sink, place, subject, tool_place, tool_subject};
use super::pair::Pair;
use crate::canon::node::pointer_step;
use crate::canon::{Node, json};
use crate::compare::flow::{Held, Roles, added, grew, roles, served, share, total};
use crate::compare::keyed::Keyed;
use crate::compare::tier::{effective_tier, of_tool};
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::gate_config::Budgets;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::model::toolset::Toolset;
use crate::rules::{Rule, flow, toolset};

/// The check.
pub const CHECK: Check = Check {
    name: "flow",
    emits: &[&[
        toolset::TRIFECTA_FORMED,
        flow::NEW_EGRESS_PATH,
        flow::UNTRUSTED_INLET,
        flow::TOOL_COUNT_BUDGET,
        flow::TOTAL_SURFACE_GREW,
    ]],
    run,
};

/// Names that are shown.
const SHOWN: usize = 6;
/// Bytes of text that a model counts as one token.
const TOKEN: usize = 4;

fn run(pair: &Pair, ctx: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    ways(pair, head, out);
    let limits = ctx.limits.cloned().unwrap_or_default();
    budgets(pair, head, &limits, out);
    if let Some(base) = pair.base {
        growth(pair, base, head, &limits, out);
    }
}

/// A tool of both sides or of the head alone, as members of sets see it.
type Member<'p> = (Option<&'p Tool>, &'p Tool);

/// Roles of tools, each judged once.
struct Known<'p> {
    pair: &'p Pair<'p>,
    head: HashMap<usize, Roles>,
    base: HashMap<usize, Roles>,
}

impl<'p> Known<'p> {
    fn of_head(&mut self, pack: &Toolpack, tool: &Tool) -> Roles {
        self.head.entry(tool.index).or_insert_with(|| roles(pack, tool)).clone()
    }

    fn of_base(&mut self, tool: &Tool) -> Roles {
        let base = self.pair.base;
        let judged = || base.map(|base| roles(base, tool)).unwrap_or_default();
        self.base.entry(tool.index).or_insert_with(judged).clone()
    }
}

/// What an agent has at once.
#[derive(Clone, Copy)]
enum Set<'p> {
    None,
    Of(&'p Toolset),
    All,
}

impl Set<'_> {
    fn has(self, tool: &Tool) -> bool {
        match self {
            Set::None => false,
            Set::Of(set) => set.actions.contains(&tool.name),
            Set::All => true,
        }
    }
}

/// The sets of the head, each with what it was: those that have a name, and last all tools, where no set is the
/// default.
fn sets<'p>(base: Option<&'p Toolpack>, head: &'p Toolpack) -> Vec<(&'p str, Set<'p>, Set<'p>)> {
    let before = |name: &str| base.and_then(|base| base.toolsets.toolsets.get(name));
    let named = head.toolsets.toolsets.iter();
    let named =
        named.map(|(name, set)| (name.as_str(), Set::Of(set), before(name).map_or(Set::None, Set::Of)));
    let all = served(head).is_none().then(|| {
        let was = base.map_or(Set::None, |base| served(base).map_or(Set::All, Set::Of));
        ("all tools", Set::All, was)
    });
    named.chain(all).collect()
}

/// Ways for data that a set has now and had not.
fn ways(pair: &Pair, head: &Toolpack, out: &mut Sink) {
    let mut known = Known { pair, head: HashMap::new(), base: HashMap::new() };
    let changed: BTreeSet<usize> = pair
        .changed()
        .filter_map(|keyed| match keyed {
            Keyed::Added(tool) | Keyed::Both(_, tool) => Some(tool.index),
            Keyed::Removed(_) => None,
        })
        .collect();
    // One tool may open the same way in several sets: that is one cause.
    let mut told: BTreeMap<(usize, &'static str), Way> = BTreeMap::new();
    let mut by_part: BTreeSet<&'static str> = BTreeSet::new();
    for (name, set, before) in sets(pair.base, head) {
        let members: Vec<Member> = pair
            .tools()
            .iter()
            .filter_map(|keyed| match keyed {
                Keyed::Both(b, h) => Some((Some(*b), *h)),
                Keyed::Added(h) => Some((None, *h)),
                Keyed::Removed(_) => None,
            })
            .filter(|(_, h)| set.has(h))
            .collect();
        let held_before = |b: Option<&Tool>| b.is_some_and(|b| before.has(b));
        let news: Vec<Member> =
            members.iter().copied().filter(|(b, h)| !held_before(*b) || changed.contains(&h.index)).collect();
        // Most sets have nothing new in them, and none of their tools has to be judged.
        let gained: Vec<(&Tool, Roles)> = news
            .into_iter()
            .map(|(b, h)| {
                let is = known.of_head(head, h);
                let was = b.filter(|b| held_before(Some(b))).map(|b| known.of_base(b)).unwrap_or_default();
                (h, is.beyond(was))
            })
            .filter(|(_, gained)| gained.carries())
            .collect();
        if gained.is_empty() {
            continue;
        }
        let had = pair.tools().iter().fold(Held::default(), |held, keyed| match keyed {
            Keyed::Both(b, _) | Keyed::Removed(b) if held_before(Some(b)) => held.and(&known.of_base(b)),
            _ => held,
        });
        let has = members.iter().fold(Held::default(), |held, (_, h)| held.and(&known.of_head(head, h)));
        for (rule, by) in opened(had, has, &gained) {
            // What a part opens, the whole opens too: told with the part.
            if matches!(set, Set::All)
                && (by_part.contains(rule.id) || by_part.contains(toolset::TRIFECTA_FORMED.id))
            {
                continue;
            }
            by_part.insert(rule.id);
            let way = told.entry((by.index, rule.id)).or_insert_with(|| Way {
                rule,
                tool: by,
                sets: Vec::new(),
                with: members.iter().map(|(_, h)| *h).collect(),
            });
            way.sets.push(name);
        }
    }
    for way in told.into_values() {
        out.push(way.finding(head, &mut known));
    }
}

/// What is now possible and was not, and the tool that made it so.
fn opened<'t>(had: Held, has: Held, gained: &[(&'t Tool, Roles)]) -> Vec<(&'static Rule, &'t Tool)> {
    let by = |is: &dyn Fn(&Roles) -> bool| gained.iter().find(|(_, roles)| is(roles)).map(|(tool, _)| *tool);
    let missing = |roles: &Roles| {
        roles.sink.is_some() && !had.sink
            || roles.source.is_some() && !had.source
            || roles.inlet.is_some() && !had.inlet
    };
    let out = |roles: &Roles| roles.sink.is_some() && !had.sink || roles.source.is_some() && !had.source;
    if has.trifecta() && !had.trifecta() {
        return by(&missing).map(|tool| (toolset::TRIFECTA_FORMED, tool)).into_iter().collect();
    }
    let mut found = Vec::new();
    if has.leaks() && !had.leaks() {
        found.extend(by(&out).map(|tool| (flow::NEW_EGRESS_PATH, tool)));
    }
    if has.steers() && !had.inlet {
        found.extend(by(&|roles| roles.inlet.is_some()).map(|tool| (flow::UNTRUSTED_INLET, tool)));
    }
    found
}

/// One of the roles of a tool.
type Part = fn(&Roles) -> Option<&String>;

/// A way that a tool opens.
struct Way<'p> {
    rule: &'static Rule,
    tool: &'p Tool,
    sets: Vec<&'p str>,
    /// The tools of the first of the sets.
    with: Vec<&'p Tool>,
}

impl Way<'_> {
    fn finding(self, head: &Toolpack, known: &mut Known) -> Finding {
        let sets = Phrase::list(self.sets.iter().take(SHOWN).copied());
        let sets = match self.sets.len().saturating_sub(SHOWN) {
            0 => sets,
            more => sets.and_say(format!(" and {more} more")),
        };
        let mut finding = Finding::new(
            self.rule,
            tool_subject(head, self.tool),
            tool_place(head, self.tool, "name", Side::Head),
        )
        .risk(effective_tier(self.tool, &of_tool(head, self.tool)))
        .says("flow", Phrase::say(self.rule.title).and_say(", in ").and(sets))
        .here(self.rule.clause.into())
        .covered_by(Covers::Tool);
        let parts: [(&str, Part); 3] = [
            ("takes in what strangers write", |roles| roles.inlet.as_ref()),
            ("returns private data", |roles| roles.source.as_ref()),
            ("sends out", |roles| roles.sink.as_ref()),
        ];
        let matters = |at: usize| match self.rule {
            rule if rule == flow::NEW_EGRESS_PATH => at > 0,
            rule if rule == flow::UNTRUSTED_INLET => at == 0,
            _ => true,
        };
        for (_, (words, part)) in parts.iter().enumerate().filter(|(at, _)| matters(*at)) {
            // The tool itself if it does, else the first that does.
            let all = std::iter::once(self.tool).chain(self.with.iter().copied());
            let first =
                all.map(|tool| (tool, known.of_head(head, tool))).find(|(_, roles)| part(roles).is_some());
            if let Some((tool, because)) = first.and_then(|(tool, roles)| Some((tool, part(&roles)?.clone())))
            {
                finding.why.push(Phrase::quote(&tool.name).and_say(format!(" {words}: ")).and_quote(because));
            }
        }
        finding
    }
}

/// About how many tokens the texts of each tool take, by its name.
fn tokens(pack: &Toolpack) -> HashMap<&str, usize> {
    let of = |tool: &Tool| {
        let schema = tool.input_schema().map_or(0, |schema| json::compact(schema).len());
        (tool.name.len() + tool.description.len() + schema).div_ceil(TOKEN)
    };
    pack.manifest.tools.iter().map(|tool| (tool.name.as_str(), of(tool))).collect()
}

/// How many tools a set has, and how many tokens.
fn size(of: &HashMap<&str, usize>, set: &Toolset) -> (usize, usize) {
    let known = set.actions.iter().filter_map(|name| of.get(name.as_str()));
    known.fold((0, 0), |(count, tokens), one| (count + 1, tokens + one))
}

/// Sets that are over a limit, and were not.
fn budgets(pair: &Pair, head: &Toolpack, limits: &Budgets, out: &mut Sink) {
    let changed: HashSet<&str> = pair
        .changed()
        .filter_map(|keyed| match keyed {
            Keyed::Added(tool) | Keyed::Both(_, tool) => Some(tool.name.as_str()),
            Keyed::Removed(_) => None,
        })
        .collect();
    let mut measured: Option<[HashMap<&str, usize>; 2]> = None;
    for (name, set) in &head.toolsets.toolsets {
        let before = pair.base.and_then(|base| base.toolsets.toolsets.get(name));
        let same = before.is_some_and(|old| old.actions == set.actions);
        if same && !set.actions.iter().any(|action| changed.contains(action.as_str())) {
            continue;
        }
        let [base, now] =
            measured.get_or_insert_with(|| [pair.base.map(tokens).unwrap_or_default(), tokens(head)]);
        let was = before.map_or((0, 0), |old| size(base, old));
        out_of_budget(head, name, (was, size(now, set)), limits, out);
    }
}

type Size = (usize, usize);

fn out_of_budget(
    head: &Toolpack,
    name: &str,
    ((was_tools, was_tokens), (tools, tokens)): (Size, Size),
    limits: &Budgets,
    out: &mut Sink,
) {
    let over = |tools: usize, tokens: usize| {
        [tools > limits.tools_per_set as usize, tokens > limits.tokens_per_set as usize]
    };
    let is = over(tools, tokens);
    let was = over(was_tools, was_tokens);
    let news = [is[0] && !was[0], is[1] && !was[1]];
    if news == [false, false] {
        return;
    }
    let (change, before_value, after_value) = match news[0] {
        true => (format!("{tools} tools, {} is the limit", limits.tools_per_set), was_tools, tools),
        false => {
            (format!("about {tokens} tokens, {} is the limit", limits.tokens_per_set), was_tokens, tokens)
        }
    };
    let pointer = format!("/toolsets/{}", pointer_step(name));
    let number = |n: usize| Some(Node::int(n as i64));
    let mut finding = Finding::new(
        flow::TOOL_COUNT_BUDGET,
        subject(head, SubjectKind::Toolset, name, name),
        place(head, &head.header.toolsets, &head.toolsets.raw, pointer, Side::Head),
    )
    .values(number(before_value), number(after_value))
    .says("budget", Phrase::say(change))
    .here("with so many to choose from, models choose the wrong one".into())
    .covered_by(Covers::Surface);
    if news == [true, true] {
        let more = format!("about {tokens} tokens, {} is the limit", limits.tokens_per_set);
        finding = finding.why(Phrase::say(more));
    }
    out.push(finding);
}

fn growth(pair: &Pair, base: &Toolpack, head: &Toolpack, limits: &Budgets, out: &mut Sink) {
    // A tool that did not change weighs the same on both sides, if the same hosts are ours: the whole is weighed only
    // where the rest grew.
    let (was, is) = pair.changed().fold((0_u64, 0_u64), |(was, is), keyed| {
        let (b, h) = match keyed {
            Keyed::Both(b, h) => (share(base, b), share(head, h)),
            Keyed::Added(h) => (0, share(head, h)),
            Keyed::Removed(b) => (share(base, b), 0),
        };
        (was.saturating_add(b), is.saturating_add(h))
    });
    if base.header.allowed_hosts == head.header.allowed_hosts && added(was, is).is_none() {
        return;
    }
    let (before, after) = (total(base), total(head));
    let Some(percent) = grew(before, after, limits.surface_growth) else { return };
    let number = |n: u64| Some(Node::int(n));
    let tools = match (base.manifest.tools.len(), head.manifest.tools.len()) {
        (was, is) if was == is => format!("{is} tools"),
        (was, is) => format!("{was} → {is} tools"),
    };
    out.push(
        Finding::new(
            flow::TOTAL_SURFACE_GREW,
            subject(head, SubjectKind::Surface, "surface", "tools.json"),
            place(head, &head.header.tools, &head.manifest.rest, String::new(), Side::Head),
        )
        .values(number(before), number(after))
        .says("growth", Phrase::say(format!("{percent} %, {} % is the limit", limits.surface_growth)))
        .here(Phrase::say(format!("{tools}; by their risk {before} → {after}")))
        .covered_by(Covers::Surface),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    const RULES: [&Rule; 1] = [flow::NEW_EGRESS_PATH];

    fn told(base: PackText, head: PackText) -> Vec<(&'static str, String)> {
        let (base, head) = (base.build(), head.build());
        let pair = Pair::new(Some(&base), Some(&head)).expect("a pair");
        let none = DiffContext { other_tool_names: &[], now: None, limits: None };
        let found = crate::diff::run(&pair, &none).into_iter();
        found.filter(|f| RULES.contains(&f.rule)).map(|f| (f.rule.id, f.change.plain())).collect()
    }

    /// A shop whose tools are in two sets apart, without a default or with one.
    fn apart(default: Option<&str>, sends: bool) -> PackText {
        PackText::shop().edit(|p| {
            p.toolsets["toolsets"]["operator"]["actions"] = json!(["create_order"]);
            match default {
                Some(name) => p.toolsets["default_toolset"] = json!(name),
                None => {
                    p.toolsets.as_object_mut().expect("a map").remove("default_toolset");
                }
            }
            p.operation("list_products")["responses"]["200"]["content"]["application/json"]["properties"]
                ["email"] = json!({"type": "string"});
            if sends {
                p.action("create_order")["inputs"]["callback_url"] = json!("body./callback_url");
                p.action("create_order")["input_schema"]["properties"]["callback_url"] =
                    json!({"type": "string"});
            }
        })
    }

    #[test]
    fn without_a_default_an_agent_has_all_tools() {
        let found = told(apart(None, false), apart(None, true));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains("all tools"), "{found:?}");
        let readonly = Some("readonly");
        assert!(told(apart(readonly, false), apart(readonly, true)).is_empty());
        assert!(told(apart(None, true), apart(None, true)).is_empty());
    }

    #[test]
    fn what_a_set_opens_is_not_told_of_all_tools_again() {
        let together = |sends| {
            apart(None, sends).edit(|p| {
                p.toolsets["toolsets"]["operator"]["actions"] = json!(["create_order", "list_products"]);
            })
        };
        let found = told(together(false), together(true));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains("operator") && !found[0].1.contains("all tools"), "{found:?}");
    }
}
