//! The policy by what it decides: every tool is judged by both policies, and what moved is told at the rule
//! that moves it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::check::{Check, DiffContext, Sink, place, subject, tool_place, tool_subject};
use super::pair::Pair;
use super::policy_words::{summary, why, why_untried};
use super::words::count;
use crate::canon::Node;
use crate::compare::keyed::Keyed;
use crate::compare::members::same;
use crate::compare::policy::{Request, method_guard_missing};
use crate::compare::policy_diff::{Cause, Effect, PolicyChange, diff_effects};
use crate::compare::tier::{effective_tier, gives, of_tool};
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::policy::DefaultAction;
use crate::model::risk::RiskTier;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Severity, policy, res};

/// Fields that are named.
const SHOWN: usize = 6;

/// The check.
pub const CHECK: Check = Check {
    name: "policy",
    emits: &[&[
        policy::DEFAULT_ALLOW,
        policy::RULE_REMOVED,
        policy::RULE_REORDERED,
        policy::MATCH_BROADENED,
        policy::METHOD_GUARD_MISSING,
        res::REDACTION_RELAXED,
    ]],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let differs = pair.base.is_none_or(|b| !same(Some(&b.policy.raw), Some(&head.policy.raw)));
    if let Some(base) = pair.base
        && differs
    {
        let calls = Calls::of(head, head.manifest.tools.iter().collect());
        let mut returned = Returned { pack: head, known: HashMap::new() };
        for mut change in diff_effects(&base.policy, &head.policy, &calls.requests()) {
            bared(base, head, &mut change, &mut returned, out);
            told(base, head, &change, out);
        }
    }
    if pair.base.is_none() && head.policy.default_action == DefaultAction::Allow {
        out.push(allows_by_default(head, None, &[]));
    }
    unguarded(pair, head, differs, out);
}

/// What is asked of a policy about tools; owns what requests borrow.
struct Calls<'a> {
    tools: Vec<(&'a Tool, String, RiskTier, bool)>,
    scopes: Vec<Vec<String>>,
}

impl<'a> Calls<'a> {
    fn of(pack: &Toolpack, tools: Vec<&'a Tool>) -> Calls<'a> {
        let tools: Vec<_> = tools
            .into_iter()
            .map(|tool| {
                let assessed = of_tool(pack, tool);
                (tool, tool.full_path(), effective_tier(tool, &assessed), assessed.effect.changes_state())
            })
            .collect();
        let scopes = tools.iter().map(|(tool, ..)| pack.toolsets_of(tool)).collect();
        Calls { tools, scopes }
    }

    /// One request a tool, and one for each toolset that it is in: rules can be about a toolset.
    fn requests(&self) -> Vec<(&str, Request<'_>)> {
        let mut out = Vec::new();
        for ((tool, path, tier, state_changing), scopes) in self.tools.iter().zip(&self.scopes) {
            let call = Request {
                tool_id: &tool.id,
                method: &tool.method,
                host: &tool.host,
                path,
                tier: *tier,
                scope: None,
                headers: &[],
                state_changing: *state_changing,
            };
            out.push((tool.name.as_str(), call));
            out.extend(scopes.iter().map(|s| (tool.name.as_str(), Request { scope: Some(s), ..call })));
        }
        out
    }
}

/// What tools return, looked up when it is asked.
struct Returned<'a> {
    pack: &'a Toolpack,
    known: HashMap<String, BTreeSet<String>>,
}

impl Returned<'_> {
    /// Those of these fields that a tool returns, at whatever depth.
    fn of<'f>(&mut self, tool: &str, fields: &'f [String]) -> Vec<&'f str> {
        let last = |field: &str| field.rsplit('.').next().unwrap_or_default().to_lowercase();
        let pack = self.pack;
        let known = self.known.entry(tool.to_owned()).or_insert_with(|| {
            let named = pack.manifest.tools.iter().filter(|t| t.name == tool);
            named.flat_map(|tool| gives(pack, tool)).map(|field| last(&field)).collect()
        });
        fields.iter().filter(|field| known.contains(&last(field))).map(String::as_str).collect()
    }
}

/// Tells fields that tools return and that are no longer taken out of their answers. That says all that the change
/// does to what is redacted, so nothing of it is left for the policy as a whole: whoever reads it learns which data an
/// agent now sees, and not only that a rule is another one. A field that nothing is known to return stays there.
fn bared(
    base: &Toolpack,
    head: &Toolpack,
    change: &mut PolicyChange,
    returned: &mut Returned,
    out: &mut Sink,
) {
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for effect in change.loosened.iter().filter(|effect| !effect.bared.is_empty()) {
        let fields = returned.of(&effect.tool, &effect.bared);
        if !fields.is_empty() {
            seen.entry(effect.tool.as_str()).or_default().extend(fields);
        }
    }
    if seen.is_empty() {
        return;
    }
    let fields: BTreeSet<&str> = seen.values().flatten().copied().collect();
    let names = Phrase::list(fields.iter().take(SHOWN).copied());
    let names = match fields.len().saturating_sub(SHOWN) {
        0 => names,
        more => names.and_say(format!(" and {more} more")),
    };
    let (side, pack) = if change.in_base { (Side::Base, base) } else { (Side::Head, head) };
    let tools = count(seen.len(), "tool");
    let finding = Finding::new(
        res::REDACTION_RELAXED,
        subject(head, SubjectKind::Policy, "policy", "policy.yaml"),
        place(pack, &pack.header.policy, &pack.policy.raw, change.pointer.clone(), side),
    )
    .values(raw(base, change), raw(head, change))
    .says("policy", names.and_say(format!(" no longer redacted for {tools}")))
    .here(Phrase::say(format!("{tools} would return what was redacted")))
    .covered_by(Covers::Surface);
    let why = why(change
        .loosened
        .iter()
        .filter(|effect| seen.contains_key(effect.tool.as_str()) && !effect.bared.is_empty()));
    out.push(Finding { why, ..finding });
    change.loosened.retain(|effect| effect.bared.is_empty());
}

/// Tells a change that moves something.
fn told(base: &Toolpack, head: &Toolpack, change: &PolicyChange, out: &mut Sink) {
    if change.loosened.is_empty() && change.tightened.is_empty() && change.untried.is_empty() {
        return;
    }
    if change.cause == Cause::TopLevel("default_action") && head.policy.default_action == DefaultAction::Allow
    {
        out.push(allows_by_default(head, Some(base), &change.loosened));
        return;
    }
    let rule = match change.cause {
        Cause::Removed => policy::RULE_REMOVED,
        Cause::Reordered => policy::RULE_REORDERED,
        Cause::Added | Cause::Changed | Cause::TopLevel(_) => policy::MATCH_BROADENED,
    };
    let verb = match change.cause {
        Cause::Removed => "removed",
        Cause::Added => "new",
        Cause::Changed => "changed",
        Cause::Reordered => "moved",
        Cause::TopLevel(_) => "changed",
    };
    let (side, pack) = if change.in_base { (Side::Base, base) } else { (Side::Head, head) };
    let what = match (&change.rule_id, change.cause) {
        (Some(id), _) => Phrase::say("rule ").and_quote(id),
        (None, Cause::TopLevel(field)) => Phrase::say(field),
        (None, _) => Phrase::say("policy"),
    };
    // What only tightens breaks callers at most: it lets nobody do more.
    let frees = !change.loosened.is_empty();
    let effects = if frees { &change.loosened } else { &change.tightened };
    let words = match effects.is_empty() {
        false => summary(effects),
        true => format!("some calls of {} may be decided more freely", count(change.untried.len(), "tool")),
    };
    let mut finding = Finding::new(
        rule,
        subject(head, SubjectKind::Policy, "policy", "policy.yaml"),
        place(pack, &pack.header.policy, &pack.policy.raw, change.pointer.clone(), side),
    )
    .values(raw(base, change), raw(head, change))
    .says("policy", what.and_say(format!(" {verb}: ")).and_say(words.clone()))
    .here(Phrase::say(words))
    .covered_by(Covers::Surface);
    if !frees {
        let refuses = effects.iter().any(|e| ["denied", "asks for confirmation"].contains(&e.after.as_str()));
        let grave = refuses || !change.untried.is_empty();
        finding = finding.severity(if grave { Severity::Medium } else { Severity::Low });
    }
    finding.why = why(change.loosened.iter().chain(&change.tightened));
    finding.why.extend(why_untried(&change.untried));
    out.push(finding);
}

fn allows_by_default(head: &Toolpack, base: Option<&Toolpack>, loosened: &[Effect]) -> Finding {
    let field = |pack: &Toolpack| pack.policy.raw.get("default_action").cloned();
    let mut finding = Finding::new(
        policy::DEFAULT_ALLOW,
        subject(head, SubjectKind::Policy, "policy", "policy.yaml"),
        place(head, &head.header.policy, &head.policy.raw, "/default_action".to_owned(), Side::Head),
    )
    .values(base.and_then(field), field(head))
    .says("policy", "default_action allows what no rule forbids".into())
    .here("a tool that nobody thought of can be called".into())
    .covered_by(Covers::Surface);
    finding.why = why(loosened.iter());
    finding
}

fn raw(pack: &Toolpack, change: &PolicyChange) -> Option<Node> {
    match (&change.rule_id, change.cause) {
        (Some(id), _) => pack.policy.rule(id).map(|rule| rule.raw.clone()),
        (None, Cause::TopLevel(field)) => pack.policy.raw.get(field).cloned(),
        (None, _) => None,
    }
}

/// Tools that change state and that nothing holds back, where the base held them or had them not.
fn unguarded(pair: &Pair, head: &Toolpack, policy_differs: bool, out: &mut Sink) {
    let changed: BTreeSet<&str> = pair.changed().filter_map(head_of).map(|tool| tool.id.as_str()).collect();
    let asked: Vec<&Tool> = pair
        .tools()
        .iter()
        .filter_map(head_of)
        .filter(|tool| policy_differs || changed.contains(tool.id.as_str()))
        .collect();
    let missing = ids_unguarded(head, asked.clone());
    if missing.is_empty() {
        return;
    }
    let before: BTreeSet<String> = match pair.base {
        None => BTreeSet::new(),
        Some(base) => {
            let tools = base.manifest.tools.iter().collect();
            let free = ids_unguarded(base, tools);
            pair.tools()
                .iter()
                .filter_map(|keyed| match keyed {
                    Keyed::Both(b, h) => free.contains(&b.id).then(|| h.id.clone()),
                    _ => None,
                })
                .collect()
        }
    };
    for tool in asked.into_iter().filter(|t| missing.contains(&t.id) && !before.contains(&t.id)) {
        // Who signs is told by what is new: the tool, or the policy that no longer holds it.
        let is_new = changed.contains(tool.id.as_str());
        let (spot, covers) = match is_new {
            true => (tool_place(head, tool, "", Side::Head), Covers::Tool),
            false => {
                let rules = "/rules".to_owned();
                (place(head, &head.header.policy, &head.policy.raw, rules, Side::Head), Covers::Surface)
            }
        };
        out.push(
            Finding::new(policy::METHOD_GUARD_MISSING, tool_subject(head, tool), spot)
                .risk(effective_tier(tool, &of_tool(head, tool)))
                .says("policy", Phrase::quote(&tool.name).and_say(" runs at once and without a budget"))
                .here("changes state; no rule denies, confirms or limits it".into())
                .covered_by(covers),
        );
    }
}

fn head_of<'a>(keyed: &Keyed<'a, Tool>) -> Option<&'a Tool> {
    match keyed {
        Keyed::Both(_, tool) | Keyed::Added(tool) => Some(tool),
        Keyed::Removed(_) => None,
    }
}

/// Ids of the tools among those asked for that nothing guards. Names may stand twice, ids are keys.
fn ids_unguarded(pack: &Toolpack, tools: Vec<&Tool>) -> BTreeSet<String> {
    let calls = Calls::of(pack, tools);
    let by_id: Vec<(&str, Request)> = calls.requests().into_iter().map(|(_, r)| (r.tool_id, r)).collect();
    method_guard_missing(&pack.policy, &by_id).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{found, only, rules};
    use crate::diff::{DiffContext, Pair, run};
    use crate::model::finding::{Covers, Side};
    use crate::model::testing_pack::PackText;
    use crate::rules::{Severity, policy};
    use serde_json::json;

    fn with(rules: serde_json::Value) -> PackText {
        PackText::shop().edit(|p| p.policy["rules"] = rules)
    }

    fn allow_all() -> serde_json::Value {
        json!({"id": "allow-all", "name": "a", "type": "allow", "match": {}, "priority": 5})
    }

    fn confirm() -> serde_json::Value {
        json!({"id": "confirm-orders", "name": "c", "type": "confirm", "priority": 9,
            "match": {"methods": ["POST"], "path_pattern": "^/v1/orders"}})
    }

    #[test]
    fn a_removed_guard_tells_whom_it_held() {
        let (base, head) = (with(json!([allow_all(), confirm()])), with(json!([allow_all()])));
        let told = only(&base, &head, policy::RULE_REMOVED);
        assert_eq!(
            told.change.plain(),
            "rule confirm-orders removed: 1 tool would run without a confirmation"
        );
        assert_eq!(told.why[0].plain(), "create_order: asks for confirmation → runs at once");
        assert_eq!((told.severity, told.covers), (Severity::High, Covers::Surface));
        assert_eq!((told.place.side, told.place.pointer.as_str()), (Side::Base, "/rules/1"));
        assert!(told.place.line > 0 && told.before.is_some() && told.after.is_none());
    }

    #[test]
    fn a_rule_that_decides_nothing_goes_in_silence() {
        let idle = json!({"id": "idle", "name": "i", "type": "confirm", "match": {"methods": ["POST"],
            "path_pattern": "^/nowhere"}, "priority": 1});
        assert!(
            rules(&with(json!([allow_all(), confirm(), idle])), &with(json!([allow_all(), confirm()])))
                .is_empty()
        );
    }

    #[test]
    fn a_guard_of_some_calls_of_a_tool_does_not_go_in_silence() {
        let one = json!({"id": "one", "name": "o", "type": "deny", "match": {"paths": ["/v1/orders/42"]}});
        let with = |rules| with(rules).edit(|p| p.add("get_order", "GET", "/orders/{id}"));
        let told = only(&with(json!([allow_all(), one])), &with(json!([allow_all()])), policy::RULE_REMOVED);
        assert_eq!((told.severity, told.covers), (Severity::Medium, Covers::Surface));
        assert_eq!(told.change.plain(), "rule one removed: some calls of 1 tool may be decided more freely");
        assert_eq!(
            told.why[0].plain(),
            "get_order: the rule is about calls that its path template does not tell apart"
        );
    }

    #[test]
    fn what_matches_more_is_broadened_and_what_only_refuses_is_milder() {
        let base = with(json!([confirm()]));
        let head = with(json!([confirm(), allow_all()]));
        let told = only(&base, &head, policy::MATCH_BROADENED);
        assert_eq!((told.severity, told.place.pointer.as_str()), (Severity::High, "/rules/1"));
        assert_eq!(told.change.plain(), "rule allow-all new: 1 tool would run at once and were denied");
        let deny =
            json!({"id": "no", "name": "d", "type": "deny", "match": {"methods": ["GET"]}, "priority": 1});
        let stricter = only(&head, &with(json!([confirm(), allow_all(), deny])), policy::MATCH_BROADENED);
        assert_eq!(stricter.severity, Severity::Medium);
        assert_eq!(stricter.change.plain(), "rule no new: 1 tool would be denied");
    }

    #[test]
    fn a_moved_priority_is_told_where_it_decides() {
        let waive = |priority: i64| {
            json!({"id": "waive", "name": "w", "type": "allow", "match": {}, "priority": priority,
                "settings": {"allow_without_confirmation": true}})
        };
        let (low, high) = (with(json!([waive(1), confirm()])), with(json!([waive(99), confirm()])));
        let told = only(&low, &high, policy::RULE_REORDERED);
        assert!(told.change.plain().contains("would run without a confirmation"), "{:?}", told.change);
        let shop = PackText::shop();
        let turned = shop.clone().edit(|p| p.policy["rules"].as_array_mut().unwrap().reverse());
        assert!(rules(&shop, &turned).is_empty());
    }

    #[test]
    fn a_default_that_allows_is_critical_once() {
        let open = PackText::shop().edit(|p| p.policy["default_action"] = json!("allow"));
        let told = only(&PackText::shop(), &open, policy::DEFAULT_ALLOW);
        assert_eq!((told.severity, told.place.pointer.as_str()), (Severity::Critical, "/default_action"));
        assert!(!rules(&open, &open).contains(&policy::DEFAULT_ALLOW.id));
        assert!(!rules(&open, &PackText::shop()).contains(&policy::DEFAULT_ALLOW.id));
        let pack = open.build();
        let new = run(&Pair::new(None, Some(&pack)).unwrap(), &DiffContext::default());
        assert!(new.iter().any(|f| f.rule == policy::DEFAULT_ALLOW));
    }

    #[test]
    fn an_unguarded_write_is_told_when_it_is_new() {
        let guarded = with(json!([allow_all(), confirm()]));
        let bare = with(json!([allow_all()]));
        let told = only(&guarded, &bare, policy::METHOD_GUARD_MISSING);
        assert_eq!((told.subject.name.as_str(), told.covers), ("create_order", Covers::Surface));
        let more = bare.clone().edit(|p| p.add("update_order", "PUT", "/orders/{id}"));
        let told = only(&bare, &more, policy::METHOD_GUARD_MISSING);
        assert_eq!((told.subject.name.as_str(), told.covers), ("update_order", Covers::Tool));
        let reworded = bare.clone().edit(|p| p.action("create_order")["description"] = json!("Creates."));
        assert!(!rules(&bare, &reworded).contains(&policy::METHOD_GUARD_MISSING.id), "as it was");
        assert!(!rules(&PackText::shop(), &more).is_empty());
        let confirmed = PackText::shop().edit(|p| p.add("update_order", "PUT", "/orders/{id}"));
        assert!(!rules(&PackText::shop(), &confirmed).contains(&policy::METHOD_GUARD_MISSING.id));
    }

    #[test]
    fn rules_about_a_toolset_are_asked_with_it() {
        let scoped =
            json!({"id": "readers", "name": "r", "type": "allow", "match": {"scopes": ["readonly"]}});
        let told = only(&with(json!([])), &with(json!([scoped])), policy::MATCH_BROADENED);
        assert_eq!(told.why.len(), 1);
        assert!(told.why[0].plain().starts_with("list_products: denied"), "{:?}", told.why);
    }

    #[test]
    fn limits_and_redactions_speak_in_our_words_and_quote_theirs() {
        let redact = json!({"id": "hide", "name": "h", "type": "redact", "match": {}, "settings": {"fields": ["ssn"]}});
        let base = with(json!([allow_all(), redact]));
        let told = found(&base, &with(json!([allow_all()])));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].change.plain(), "rule hide removed: 2 tools would return what was redacted");
        assert_eq!(told[0].why[0].plain(), "create_order: redacts ssn → not redacted");
        let header = PackText::shop().edit(|p| p.policy["redact_headers"] = json!([]));
        assert_eq!(
            only(&PackText::shop(), &header, policy::MATCH_BROADENED).place.pointer,
            "/redact_headers"
        );
    }
}
