//! Tools that came, went, grew more dangerous or lost what held them back.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, DiffContext, Sink, scaled, tool_place, tool_subject};
use super::pair::{Pair, Stand};
use super::words;
use crate::canon::text::fold;
use crate::compare::graphql::{self, Spoken};
use crate::compare::keyed::Keyed;
use crate::compare::sight::Sight;
use crate::compare::surface::gone;
use crate::compare::tier::{effective_tier, of_tool, rule_of_added};
use crate::model::finding::{Covers, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Level, Rule, Severity, gql, mcpt, op, tool};

/// The check.
pub const CHECK: Check = Check {
    name: "tools",
    emits: &[&[
        op::ADDED_READ,
        op::ADDED_WRITE,
        op::ADDED_DESTRUCTIVE,
        op::ADDED_PRIVILEGED,
        op::REMOVED,
        op::REMOVED_AFTER_SUNSET,
        op::REMOVED_BEFORE_SUNSET,
        gql::OPERATION_ADDED_QUERY,
        gql::OPERATION_ADDED_MUTATION,
        gql::OPERATION_ADDED_SUBSCRIPTION,
        gql::OPERATION_REMOVED,
        gql::FALLBACK_GENERIC,
        mcpt::ADDED,
        mcpt::REMOVED,
        tool::ADDED,
        tool::REMOVED,
        tool::DUPLICATE_NAME,
        tool::RISK_RAISED,
        tool::RISK_LOWERED,
        tool::RISK_LOWERED_JUSTIFIED,
        tool::CONFIRMATION_DROPPED,
        tool::RATE_BUDGET_RAISED,
        tool::RATE_BUDGET_REMOVED,
    ]],
    run,
};

/// Tools of one name that each of them is told beside; the rest is counted.
const SHOWN: usize = 5;

fn run(pair: &Pair, ctx: &DiffContext, out: &mut Sink) {
    for stand in pair.gone() {
        if let Some(base) = pair.base {
            out.push(removed(base, stand, pair.head, ctx));
        }
    }
    let endpoints = graphql_endpoints(pair.base);
    for stand in pair.come() {
        if let Some(head) = pair.head {
            out.push(added(head, stand, &endpoints));
        }
    }
    for keyed in pair.changed() {
        if let (Keyed::Both(b, h), Some(base), Some(head)) = (keyed, pair.base, pair.head) {
            risk(base, b, head, h, out);
            confirmation(head, b, h, out);
            rate(head, b, h, out);
        }
    }
    duplicates(pair, out);
}

/// Host and shape of the endpoints that the base has tools on that send one fixed operation.
fn graphql_endpoints(base: Option<&Toolpack>) -> BTreeSet<(&str, String)> {
    let tools = base.map_or(&[][..], |base| &base.manifest.tools);
    tools.iter().filter(|t| t.graphql.is_some()).map(|t| (t.host.as_str(), t.shape())).collect()
}

/// The rule of a new tool: of its GraphQL operation, of one that sends any to an endpoint of which only single
/// operations were to be sent, else of its call.
fn rule_of_new(stand: &Stand, endpoints: &BTreeSet<(&str, String)>, general: &'static Rule) -> &'static Rule {
    let tool = stand.tool;
    let entry = stand.locked.and_then(|locked| locked.graphql.as_ref());
    let spoken = Spoken::of_tool(tool, entry.map(|(name, entry)| (name.as_str(), entry)));
    match tool.kind {
        ToolKind::Http if tool.graphql.is_some() => spoken.kind().map_or(general, graphql::rule_of_added),
        ToolKind::Http if !spoken.is_pinned() && endpoints.contains(&(tool.host.as_str(), tool.shape())) => {
            gql::FALLBACK_GENERIC
        }
        _ => general,
    }
}

fn added(head: &Toolpack, stand: Stand, endpoints: &BTreeSet<(&str, String)>) -> Finding {
    let tool = stand.tool;
    let assessed = of_tool(head, tool);
    let schema = words::input_schema(head, tool);
    let tier = effective_tier(tool, &assessed);
    let general = rule_of_added(tool.kind, &assessed);
    let rule = rule_of_new(&stand, endpoints, general);
    let mut finding = Finding::new(rule, tool_subject(head, tool), tool_place(head, tool, "", Side::Head))
        .risk(tier)
        .values(None, Some(tool.raw.clone()))
        .says("new tool", words::summary(tool, schema, &assessed))
        .covered_by(Covers::Tool);
    // A tool is never weighed less than its tier: a read that hands out secrets is more than a read.
    if let Level::Fixed(severity) = general.level {
        finding.severity = finding.severity.max(severity);
    }
    finding.severity = finding.severity.max(match tier {
        RiskTier::Critical => Severity::Critical,
        RiskTier::High => Severity::High,
        _ => Severity::Low,
    });
    finding.here = Phrase::say(format!("risk {tier}: "))
        .and_say(assessed.reasons.iter().map(|r| words::reason(r.code)).collect::<Vec<_>>().join("; "));
    finding.why = assessed.reasons.iter().map(words::evidence).collect();
    if rule == gql::FALLBACK_GENERIC {
        finding.why.insert(0, "so far only single operations were sent to this endpoint".into());
    }
    finding.facts = words::facts(head, tool, schema);
    finding
}

/// A tool that is gone. Where its operation is gone too, the operation's own end is told.
fn removed(base: &Toolpack, stand: Stand, head: Option<&Toolpack>, ctx: &DiffContext) -> Finding {
    let tool = stand.tool;
    let stays = head.is_some_and(|head| head.baseline.operation(&tool.identity).is_some());
    let (rule, here) = match stand.locked {
        Some(locked) if !stays => match gone(locked, ctx.now) {
            rule if rule == op::REMOVED_AFTER_SUNSET => (rule, "it was announced, and its day has come"),
            rule if rule == op::REMOVED_BEFORE_SUNSET => (rule, "it was announced for a later day"),
            _ if locked.graphql.is_some() => (gql::OPERATION_REMOVED, "agents that call it will fail"),
            rule => (rule, "agents that call it will fail"),
        },
        _ if tool.kind == ToolKind::Mcp => (mcpt::REMOVED, "agents that call it will fail"),
        _ => (tool::REMOVED, "agents that call it will fail"),
    };
    Finding::new(rule, tool_subject(base, tool), tool_place(base, tool, "", Side::Base))
        .risk(tool.tier)
        .values(Some(tool.raw.clone()), None)
        .says("tool", Phrase::quote(words::request(tool)).and_say(" gone"))
        .here(here.into())
        .covered_by(Covers::Withdrawal)
}

/// The tiers of the manifests: they are what the quorum follows.
fn risk(base: &Toolpack, b: &Tool, head: &Toolpack, h: &Tool, out: &mut Sink) {
    if b.tier == h.tier {
        return;
    }
    let (was, is) = (of_tool(base, b), of_tool(head, h));
    let rule = match h.tier > b.tier {
        true => tool::RISK_RAISED,
        // What it does went down, or the classifier's own tier did: then the word follows the thing.
        false if is.effect < was.effect || is.tier < was.tier => tool::RISK_LOWERED_JUSTIFIED,
        false => tool::RISK_LOWERED,
    };
    let mut finding = Finding::new(rule, tool_subject(head, h), tool_place(head, h, "risk_tier", Side::Head))
        .risk(effective_tier(h, &is))
        .values(b.raw.get("risk_tier").cloned(), h.raw.get("risk_tier").cloned())
        .says("risk", Phrase::say(format!("{} → {}", b.tier, h.tier)))
        .covered_by(Covers::Tool);
    finding.here = match rule == tool::RISK_LOWERED {
        true => Phrase::say(format!("does what it did before; by what it does its tier is {}", is.tier)),
        false => Phrase::say(is.reasons.iter().map(|r| words::reason(r.code)).collect::<Vec<_>>().join("; ")),
    };
    finding.why = is.reasons.iter().map(words::evidence).collect();
    out.push(finding);
}

fn confirmation(head: &Toolpack, b: &Tool, h: &Tool, out: &mut Sink) {
    if h.confirmation >= b.confirmation {
        return;
    }
    let word = |t: &Tool| t.confirmation.word().replace('_', " ");
    out.push(
        Finding::new(
            tool::CONFIRMATION_DROPPED,
            tool_subject(head, h),
            tool_place(head, h, "confirmation_required", Side::Head),
        )
        .risk(effective_tier(h, &of_tool(head, h)))
        .values(b.raw.get("confirmation_required").cloned(), h.raw.get("confirmation_required").cloned())
        .says("confirmation", Phrase::say(format!("{} → {}", word(b), word(h))))
        .here(Phrase::say(format!("a person was asked {}, now {}", word(b), word(h))))
        .covered_by(Covers::Tool),
    );
}

fn rate(head: &Toolpack, b: &Tool, h: &Tool, out: &mut Sink) {
    let (rule, change) = match (b.rate_limit, h.rate_limit) {
        (Some(was), None) => (tool::RATE_BUDGET_REMOVED, format!("{was} calls a minute → no limit")),
        (Some(was), Some(is)) if is > was => {
            (tool::RATE_BUDGET_RAISED, format!("{was} → {is} calls a minute"))
        }
        _ => return,
    };
    let finding =
        Finding::new(rule, tool_subject(head, h), tool_place(head, h, "rate_limit_per_minute", Side::Head))
            .values(b.raw.get("rate_limit_per_minute").cloned(), h.raw.get("rate_limit_per_minute").cloned())
            .says("rate limit", Phrase::say(change.clone()))
            .here(Phrase::say(change))
            .covered_by(Covers::Tool);
    out.push(scaled(finding, h, &of_tool(head, h)));
}

/// Names that a reader takes for one: equal after compatibility composition and case folding, or, where
/// letters beyond ASCII are used, equal to the eye (UTS 39 skeletons). Told where the base had it otherwise.
fn duplicates(pair: &Pair, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let mut known: Vec<Vec<&str>> = groups(pair.base).into_values().map(names).collect();
    known.sort();
    for tools in groups(Some(head)).into_values() {
        if known.binary_search(&names(tools.clone())).is_ok() {
            continue;
        }
        for tool in &tools[1..] {
            let others = tools.iter().filter(|t| !std::ptr::eq(**t, *tool)).take(SHOWN);
            let others = Phrase::list(others.map(|t| format!("{} ({})", t.name, words::request(t))));
            let others = match (tools.len() - 1).saturating_sub(SHOWN) {
                0 => others,
                more => others.and_say(format!(" and {more} more")),
            };
            out.push(
                Finding::new(
                    tool::DUPLICATE_NAME,
                    tool_subject(head, tool),
                    tool_place(head, tool, "name", Side::Head),
                )
                .risk(effective_tier(tool, &of_tool(head, tool)))
                .values(None, tool.raw.get("name").cloned())
                .says("name", Phrase::quote(&tool.name).and_say(" also names ").and(others.clone()))
                .here(Phrase::say("which one is called depends on the reader: ").and(others))
                .covered_by(Covers::Tool),
            );
        }
    }
}

fn names(tools: Vec<&Tool>) -> Vec<&str> {
    let mut names: Vec<&str> = tools.into_iter().map(|t| t.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Tools that share a name, by the folded name.
fn groups(pack: Option<&Toolpack>) -> BTreeMap<String, Vec<&Tool>> {
    let tools = pack.map_or(&[][..], |p| &p.manifest.tools);
    let foreign = tools.iter().any(|t| !t.name.is_ascii());
    let mut groups: BTreeMap<String, Vec<&Tool>> = BTreeMap::new();
    for tool in tools {
        let sight = Sight::of(&tool.name);
        let key = if foreign { sight.skeleton } else { sight.folded };
        groups.entry(key).or_default().push(tool);
    }
    groups.retain(|_, tools| {
        let first = fold(&tools[0].name);
        tools.len() > 1
            && (tools.iter().any(|t| !t.name.is_ascii()) || tools[1..].iter().any(|t| fold(&t.name) == first))
    });
    groups
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{found, only, rules};
    use crate::model::finding::{Covers, Side};
    use crate::model::risk::RiskTier;
    use crate::model::testing_pack::PackText;
    use crate::rules::{Severity, op, tool};
    use serde_json::json;

    fn head(change: impl FnOnce(&mut PackText)) -> PackText {
        PackText::shop().edit(change)
    }

    #[test]
    fn a_new_tool_has_its_tier_and_its_facts() {
        let with = |tier: &str| {
            head(|p| {
                p.add("list_orders", "GET", "/orders");
                p.action("list_orders")["risk_tier"] = json!(tier);
            })
        };
        let found = only(&PackText::shop(), &with("safe"), op::ADDED_READ);
        assert_eq!((found.severity, found.risk), (Severity::Medium, Some(RiskTier::Safe)));
        assert_eq!(found.change.plain(), "GET /v1/orders, read-only");
        assert_eq!((&*found.aspect, found.covers), ("new tool", Covers::Tool));
        assert_eq!(found.place.pointer, "/actions/2");
        assert_eq!(only(&PackText::shop(), &with("high"), op::ADDED_READ).severity, Severity::High);
        let understated = head(|p| {
            p.add("purge", "DELETE", "/orders");
            p.action("purge")["risk_tier"] = json!("safe");
        });
        assert_eq!(only(&PackText::shop(), &understated, op::ADDED_DESTRUCTIVE).risk, Some(RiskTier::High));
        assert!(!rules(&with("safe"), &with("high")).contains(&op::ADDED_READ.id));
    }

    #[test]
    fn a_tool_that_is_gone_stands_in_the_base() {
        let less = head(|p| p.remove("create_order"));
        let found = only(&PackText::shop(), &less, op::REMOVED);
        assert_eq!((found.place.side, found.covers), (Side::Base, Covers::Withdrawal));
        assert!(found.place.line > 0 && found.before.is_some());
        assert!(!rules(&less, &PackText::shop()).contains(&op::REMOVED.id));
    }

    #[test]
    fn tiers_are_compared_as_declared_and_justified_by_what_is_done() {
        let base = PackText::shop();
        let raised = head(|p| p.action("create_order")["risk_tier"] = json!("high"));
        let found = only(&base, &raised, tool::RISK_RAISED);
        assert_eq!((found.severity, found.change.plain()), (Severity::High, "medium → high".to_owned()));
        assert_eq!(found.place.pointer, "/actions/0/risk_tier");
        assert_eq!(rules(&raised, &base), [tool::RISK_LOWERED.id]);
        // An action that deletes becomes one that writes: the lower tier follows.
        let deletes = head(|p| {
            p.action("create_order")["method"] = json!("DELETE");
            p.action("create_order")["risk_tier"] = json!("high");
        });
        assert!(rules(&deletes, &base).contains(&tool::RISK_LOWERED_JUSTIFIED.id));
        let reads = head(|p| p.action("list_products")["description"] = json!("Lists products."));
        assert!(!rules(&base, &reads).iter().any(|r| r.starts_with("tool.risk")));
    }

    #[test]
    fn any_step_down_of_confirmation_is_told() {
        let with = |word: &str| head(|p| p.action("create_order")["confirmation_required"] = json!(word));
        for (was, is) in [("always", "on_risk"), ("always", "never"), ("on_risk", "never")] {
            let found = only(&with(was), &with(is), tool::CONFIRMATION_DROPPED);
            assert_eq!(found.severity, Severity::Critical);
            assert!(rules(&with(is), &with(was)).is_empty());
        }
    }

    #[test]
    fn rate_limits_are_told_when_they_loosen() {
        let with = |tool: &'static str, limit: serde_json::Value| {
            head(|p| p.action(tool)["rate_limit_per_minute"] = limit)
        };
        let read = |n| with("list_products", n);
        let found = only(&read(json!(10)), &read(json!(20)), tool::RATE_BUDGET_RAISED);
        assert_eq!(
            (found.severity, found.change.plain()),
            (Severity::Medium, "10 → 20 calls a minute".into())
        );
        let gone = only(&read(json!(10)), &read(json!(null)), tool::RATE_BUDGET_REMOVED);
        assert_eq!(gone.severity, Severity::High);
        assert!(rules(&read(json!(20)), &read(json!(10))).is_empty());
        assert!(rules(&read(json!(null)), &read(json!(10))).is_empty());
        let write = |n| with("create_order", json!(n));
        let scaled = only(&write(10), &write(20), tool::RATE_BUDGET_RAISED);
        assert_eq!(scaled.severity, Severity::High, "a tool that changes state: one step up");
    }

    #[test]
    fn names_that_fold_to_one_are_told_once_new() {
        let twice = |name: &str| {
            head(|p| {
                p.add(name, "GET", "/x");
            })
        };
        for name in ["Create_Order", "create_order\u{200d}", "cre\u{430}te_order"] {
            let head = twice(name);
            let found = only(&PackText::shop(), &head, tool::DUPLICATE_NAME);
            assert_eq!(found.severity, Severity::Critical);
            assert!(!rules(&head, &head).contains(&tool::DUPLICATE_NAME.id), "known to the base");
        }
        let many = head(|p| {
            for n in 0..40 {
                p.add("x", "GET", "/x");
                p.tools["actions"][n + 2]["tool_id"] = json!(format!("id-x{n}"));
            }
        });
        let found = found(&PackText::shop(), &many);
        let told: Vec<_> = found.iter().filter(|f| f.rule == tool::DUPLICATE_NAME).collect();
        assert_eq!(told.len(), 39);
        assert!(told.iter().all(|f| f.here.plain().len() < 200 && f.here.plain().ends_with(" and 34 more")));
        assert!(!rules(&PackText::shop(), &twice("create_orders")).contains(&tool::DUPLICATE_NAME.id));
        assert!(!rules(&PackText::shop(), &twice("bücher")).contains(&tool::DUPLICATE_NAME.id));
    }
}
