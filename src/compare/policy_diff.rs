//! Two policies and the calls of a toolpack in, what each change of the policy does to them out.
//!
//! Text compares badly here: a rule that is gone may change nothing, one that is new may open everything.
//! So both policies decide every call, and each difference is traced to the rules that cause it, by
//! counterfactual: a change is a cause if it alone would move the base that way, or if taking it back alone
//! would undo the move in the head. One change is told per rule, whatever the number of tools.

use std::collections::{BTreeMap, BTreeSet};

use super::members::differing;
use super::policy::{Outcome, Prepared, Request, is_match, matching};
pub use super::policy_change::{Cause, EVERY_CALL, Effect, PolicyChange};
use super::policy_facets::{Direction, FACETS, Respect, bared};
use super::policy_fields::fields;
use super::policy_reach::{HeadersTried, is_untried, may_loosen};
use super::policy_trial::{Delta, Side, Trial};
use crate::model::policy::{DefaultAction, Policy, Rule};

/// More sets of headers than this are not tried on every call; that they were not is told.
const MAX_HEADERS: usize = 16;

/// Compares two policies by their effect on the calls given. Empty if the policies mean the same.
///
/// A change without any effect is told too, with empty lists: whoever reads the file's difference finds
/// it explained. Changes come in the order of the base's rules, then new rules, then top-level fields.
pub fn diff_effects(base: &Policy, head: &Policy, requests: &[(&str, Request)]) -> Vec<PolicyChange> {
    let mut changes = Changes::between(base, head);
    let (headers, tried) = changes.headers();
    for (name, request) in requests {
        changes.trace(name, request);
        for headers in &headers {
            changes.trace(name, &Request { headers, ..*request });
        }
        changes.untried(name, request, tried);
    }
    changes.defaults();
    changes.told.extend(fields(base, head, requests));
    changes.finish()
}

struct Changes<'p> {
    base: &'p Policy,
    head: &'p Policy,
    /// One entry per change, deltas and results in step.
    deltas: Vec<Delta<'p>>,
    told: Vec<PolicyChange>,
    /// Ids of the rules that differ.
    differing: BTreeSet<&'p str>,
}

impl<'p> Changes<'p> {
    fn between(base: &'p Policy, head: &'p Policy) -> Changes<'p> {
        let mut out =
            Changes { base, head, deltas: Vec::new(), told: Vec::new(), differing: BTreeSet::new() };
        let heads: BTreeMap<&str, &Rule> = head.rules.iter().map(|r| (r.id.as_str(), r)).collect();
        let bases: BTreeMap<&str, &Rule> = base.rules.iter().map(|r| (r.id.as_str(), r)).collect();
        for rule in &base.rules {
            out.rule(Some(rule), heads.get(rule.id.as_str()).copied());
        }
        for rule in head.rules.iter().filter(|r| !bases.contains_key(r.id.as_str())) {
            out.rule(None, Some(rule));
        }
        out.order(&bases, &heads);
        if base.default_action != head.default_action {
            out.push(Delta::Default, PolicyChange::of_field(base, head, "default_action"));
        }
        if base.audit_all != head.audit_all {
            out.push(Delta::AuditAll, PolicyChange::of_field(base, head, "audit_all"));
        }
        out
    }

    fn push(&mut self, delta: Delta<'p>, change: PolicyChange) {
        self.deltas.push(delta);
        self.told.push(change);
    }

    fn rule(&mut self, base: Option<&'p Rule>, head: Option<&'p Rule>) {
        let fields = match (base, head) {
            (Some(b), Some(h)) => differing(&b.raw, &h.raw, &["match", "settings"]),
            _ => Vec::new(),
        };
        let cause = match (base, head) {
            (Some(_), None) => Cause::Removed,
            (None, Some(_)) => Cause::Added,
            _ if fields.is_empty() => return,
            _ if fields == ["priority"] => Cause::Reordered,
            _ => Cause::Changed,
        };
        let Some(place) = head.or(base) else { return };
        self.differing.insert(&place.id);
        let change = PolicyChange {
            rule_id: Some(place.id.clone()),
            cause,
            fields,
            pointer: place.pointer(),
            line: place.raw.line,
            in_base: head.is_none(),
            loosened: Vec::new(),
            tightened: Vec::new(),
            untried: Vec::new(),
        };
        self.push(Delta::Rule { base, head }, change);
    }

    /// The place of a rule among the others decides nothing in this evaluator. A moved rule is told once,
    /// so that the file's difference is explained.
    fn order(&mut self, bases: &BTreeMap<&str, &'p Rule>, heads: &BTreeMap<&str, &'p Rule>) {
        let before = self.base.rules.iter().filter(|r| heads.contains_key(r.id.as_str()));
        let after = self.head.rules.iter().filter(|r| bases.contains_key(r.id.as_str()));
        let Some((base, head)) = before.zip(after).find(|(b, h)| b.id != h.id) else { return };
        if self.differing.contains(head.id.as_str()) {
            return;
        }
        let change = PolicyChange {
            rule_id: Some(head.id.clone()),
            cause: Cause::Reordered,
            fields: Vec::new(),
            pointer: head.pointer(),
            line: head.raw.line,
            in_base: false,
            loosened: Vec::new(),
            tightened: Vec::new(),
            untried: Vec::new(),
        };
        let same = bases.get(head.id.as_str()).copied().unwrap_or(base);
        self.push(Delta::Rule { base: Some(same), head: Some(head) }, change);
    }

    /// The sets of headers that rules ask for, each and all at once, those of rules that differ first; and
    /// how much of what headers decide is shown by calls with them.
    fn headers(&self) -> (Vec<Vec<(&'p str, &'p str)>>, HeadersTried) {
        let rules = || self.base.rules.iter().chain(&self.head.rules);
        let sets = |wanted: bool| -> BTreeSet<&'p BTreeMap<String, String>> {
            let chosen = rules().filter(|r| self.differing.contains(r.id.as_str()) == wanted);
            chosen.filter_map(|r| r.matching.headers.as_ref()).collect()
        };
        let (first, mut then) = (sets(true), sets(false));
        then.retain(|set| !first.contains(set));
        let asked = first.len() + then.len();
        let pairs = |set: &'p BTreeMap<String, String>| set.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        let mut out: Vec<Vec<(&str, &str)>> =
            first.into_iter().chain(then).take(MAX_HEADERS).map(pairs).collect();
        if asked > 1 {
            out.push(out.concat());
        }
        let tried = match asked {
            0 | 1 => HeadersTried::All,
            n if n <= MAX_HEADERS => HeadersTried::Each,
            _ => HeadersTried::Some,
        };
        (out, tried)
    }

    /// Notes the changes that may free calls of a tool which were not tried.
    fn untried(&mut self, name: &str, request: &Request, headers: HeadersTried) {
        let prepared = Prepared::of(request);
        for (delta, change) in self.deltas.iter().zip(&mut self.told) {
            let Delta::Rule { base, head } = *delta else { continue };
            // The place of a rule among the others decides nothing.
            if !head.or(base).is_some_and(|rule| self.differing.contains(rule.id.as_str())) {
                continue;
            }
            let [held, grants] = may_loosen(base, head, &change.fields);
            let open =
                |rule: Option<&Rule>| rule.is_some_and(|rule| is_untried(rule, request, &prepared, headers));
            if held && open(base) || grants && open(head) {
                change.untried.push(name.to_owned());
            }
        }
    }

    /// Decides one call on both sides and traces what differs.
    fn trace(&mut self, name: &str, request: &Request) {
        let trial = self.trial(request);
        let (before, after) = (trial.decided(|_| Side::Base), trial.decided(|_| Side::Head));
        if before == after {
            return;
        }
        let tried = trial.one_by_one();
        for (respect, facet) in FACETS {
            for direction in [Direction::Looser, Direction::Stricter] {
                let Some((was, is)) = facet(&before, &after, direction) else { continue };
                let moves = |(alone, without): &(Outcome, Outcome)| {
                    facet(&before, alone, direction).is_some() || facet(without, &after, direction).is_some()
                };
                let bared = match (respect, direction) {
                    (Respect::Redaction, Direction::Looser) => bared(&before, &after),
                    _ => Vec::new(),
                };
                let effect = Effect { tool: name.to_owned(), before: was, after: is, bared };
                for at in trial.causes(&tried, moves) {
                    match direction {
                        Direction::Looser => self.told[at].loosened.push(effect.clone()),
                        Direction::Stricter => self.told[at].tightened.push(effect.clone()),
                    }
                }
            }
        }
    }

    /// The rules and changes that matter for one call.
    fn trial(&self, request: &Request) -> Trial<'p> {
        let prepared = Prepared::of(request);
        let mut stable = matching(self.base, &prepared);
        stable.retain(|r| !self.differing.contains(r.id.as_str()));
        let hit = |rule: Option<&'p Rule>| rule.filter(|r| is_match(r, &prepared));
        let live = self.deltas.iter().enumerate().filter_map(|(at, delta)| match *delta {
            // A rule that only moved is among the stable ones.
            Delta::Rule { head: Some(rule), .. } if !self.differing.contains(rule.id.as_str()) => None,
            Delta::Rule { base, head } => match (hit(base), hit(head)) {
                (None, None) => None,
                (base, head) => Some((at, Delta::Rule { base, head })),
            },
            other => Some((at, other)),
        });
        Trial { live: live.collect(), stable, base: self.base, head: self.head, tier: request.tier }
    }

    /// The default is about every call, whether or not a tool is there today; so is what is audited.
    fn defaults(&mut self) {
        const DENIED: &str = "denied unless a rule grants";
        const RUNS: &str = "runs unless a rule denies";
        for change in &mut self.told {
            match change.cause {
                Cause::TopLevel("default_action") => match self.head.default_action {
                    DefaultAction::Allow => change.loosened.push(Effect::every(DENIED, RUNS)),
                    DefaultAction::Deny => change.tightened.push(Effect::every(RUNS, DENIED)),
                },
                Cause::TopLevel("audit_all") => {
                    let on = self.head.audit_all;
                    change.loosened =
                        (!on).then(|| Effect::every("audited", "not audited")).into_iter().collect();
                    change.tightened =
                        on.then(|| Effect::every("not audited", "audited")).into_iter().collect();
                }
                _ => {}
            }
        }
    }

    fn finish(mut self) -> Vec<PolicyChange> {
        for change in &mut self.told {
            for effects in [&mut change.loosened, &mut change.tightened] {
                effects.sort();
                effects.dedup();
            }
            change.untried.sort();
            change.untried.dedup();
        }
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::risk::RiskTier;
    use crate::model::testing::policy;
    use proptest::prelude::*;

    const BASE: &str = include_str!("../../fixtures/reference/policy-base.json");

    fn call<'a>(method: &'a str, path: &'a str, tier: RiskTier) -> Request<'a> {
        Request {
            tool_id: "",
            method,
            host: "api.example.com",
            path,
            tier,
            scope: None,
            headers: &[],
            state_changing: method != "GET",
        }
    }

    /// The tools of the reference's base pair.
    fn tools() -> [(&'static str, Request<'static>); 6] {
        use RiskTier::{Medium, Safe};
        [
            ("get_order", call("GET", "/v1/orders/{id}", Safe)),
            ("get_products", call("GET", "/v1/products", Safe)),
            ("get_users", call("GET", "/v1/users", Safe)),
            ("get_user", call("GET", "/v1/users/{id}", Safe)),
            ("create_order", call("POST", "/v1/orders", Medium)),
            ("create_user", call("POST", "/v1/users", Medium)),
        ]
    }

    fn lines(effects: &[Effect]) -> Vec<String> {
        effects.iter().map(|e| format!("{}: {} -> {}", e.tool, e.before, e.after)).collect()
    }

    fn one<'c>(changes: &'c [PolicyChange], id: &str) -> &'c PolicyChange {
        changes.iter().find(|c| c.rule_id.as_deref() == Some(id)).unwrap()
    }

    fn field<'c>(changes: &'c [PolicyChange], name: &str) -> &'c PolicyChange {
        changes.iter().find(|c| matches!(c.cause, Cause::TopLevel(n) if n == name)).unwrap()
    }

    #[test]
    fn pair_10_is_told_by_the_rules_that_cause_it() {
        let head = policy(include_str!("../../fixtures/reference/policy-10-loosened.json"));
        let changes = diff_effects(&policy(BASE), &head, &tools());
        assert_eq!(changes.len(), 3);

        let opened = one(&changes, "allow_all");
        assert_eq!((opened.cause, opened.pointer.as_str()), (Cause::Added, "/rules/3"));
        let at_once =
            ["create_order", "create_user"].map(|t| format!("{t}: asks for confirmation -> runs at once"));
        assert_eq!(lines(&opened.loosened), at_once);

        let budget = one(&changes, "budget_writes");
        assert_eq!(budget.cause, Cause::Changed);
        assert_eq!(budget.fields, ["settings.per_hour", "settings.per_minute"]);
        let raised = ["create_order", "create_user"]
            .map(|t| format!("{t}: 10 a minute, 100 an hour -> 10,000 a minute, 100,000 an hour"));
        assert_eq!(lines(&budget.loosened), raised);

        let confirm = one(&changes, "confirm_state_changes");
        assert_eq!((confirm.cause, confirm.in_base), (Cause::Removed, true));
        assert!(changes.iter().all(|c| c.tightened.is_empty()));
    }

    #[test]
    fn pair_11_is_told_field_by_field() {
        let head = policy(include_str!("../../fixtures/reference/policy-11-toplevel-loosened.json"));
        let changes = diff_effects(&policy(BASE), &head, &tools());
        assert_eq!(changes.len(), 4);
        let default = field(&changes, "default_action");
        assert_eq!(lines(&default.loosened), ["*: denied unless a rule grants -> runs unless a rule denies"]);
        assert!(default.line > 0);
        assert_eq!(lines(&field(&changes, "global_rate_limit").loosened), ["*: 100 a minute -> no limit"]);
        let redacted = lines(&field(&changes, "redact_headers").loosened);
        assert_eq!(
            (redacted.len(), redacted[0].as_str()),
            (6, "*: header authorization redacted -> not redacted")
        );
        let overrides =
            ["create_order", "create_user"].map(|t| format!("{t}: counts as a change -> counts as a read"));
        assert_eq!(lines(&field(&changes, "state_changing_overrides").loosened), overrides);
    }

    fn rules(rules: &[&str]) -> Policy {
        let rules: Vec<String> = rules
            .iter()
            .map(|r| {
                let (id, rest) = r.split_once(' ').unwrap();
                format!(r#"{{"id": "{id}", "name": "{id}", {rest}}}"#)
            })
            .collect();
        policy(&format!(r#"{{"default_action": "deny", "rules": [{}]}}"#, rules.join(",")))
    }

    #[test]
    fn two_guards_that_fall_together_are_both_causes() {
        let base = rules(&[r#"a "type": "allow""#, r#"c "type": "confirm""#, r#"d "type": "confirm""#]);
        let head = rules(&[r#"a "type": "allow""#]);
        let changes = diff_effects(&base, &head, &tools()[4..5]);
        for id in ["c", "d"] {
            assert_eq!(
                lines(&one(&changes, id).loosened),
                ["create_order: asks for confirmation -> runs at once"]
            );
        }
    }

    #[test]
    fn a_removed_rule_without_effect_is_told_without_effect() {
        let base = rules(&[r#"a "type": "allow""#, r#"b "type": "allow", "match": {"methods": ["POST"]}"#]);
        let head = rules(&[r#"a "type": "allow""#]);
        let changes = diff_effects(&base, &head, &tools());
        assert_eq!(changes.len(), 1);
        assert_eq!((&changes[0].loosened, &changes[0].tightened), (&vec![], &vec![]));
    }

    #[test]
    fn a_rule_under_another_id_frees_nothing() {
        let base = rules(&[r#"a "type": "allow""#, r#"b "type": "budget", "settings": {"per_minute": 5}"#]);
        let head = rules(&[r#"a "type": "allow""#, r#"c "type": "budget", "settings": {"per_minute": 5}"#]);
        let changes = diff_effects(&base, &head, &tools());
        assert!(changes.iter().all(|c| c.loosened.is_empty() && c.tightened.is_empty()));
        assert_eq!(changes.iter().map(|c| c.cause).collect::<Vec<_>>(), [Cause::Removed, Cause::Added]);
    }

    #[test]
    fn priorities_redactions_and_audit_are_traced() {
        let base = rules(&[
            r#"a "type": "allow", "priority": 1, "settings": {"allow_without_confirmation": true}"#,
            r#"c "type": "confirm", "priority": 5"#,
            r#"r "type": "redact", "settings": {"fields": ["email", "ssn"]}"#,
            r#"l "type": "audit", "settings": {"level": "detailed"}"#,
        ]);
        let head = rules(&[
            r#"a "type": "allow", "priority": 9, "settings": {"allow_without_confirmation": true}"#,
            r#"c "type": "confirm", "priority": 5"#,
            r#"r "type": "redact", "settings": {"fields": ["email"]}"#,
        ]);
        let changes = diff_effects(&base, &head, &tools()[4..5]);
        assert_eq!(one(&changes, "a").cause, Cause::Reordered);
        assert_eq!(
            lines(&one(&changes, "a").loosened),
            ["create_order: asks for confirmation -> runs at once"]
        );
        assert_eq!(lines(&one(&changes, "r").loosened), ["create_order: redacts ssn -> not redacted"]);
        assert_eq!(lines(&one(&changes, "l").loosened), ["create_order: detailed audit -> standard audit"]);
        let back = diff_effects(&head, &base, &tools()[4..5]);
        assert_eq!(
            lines(&one(&back, "a").tightened),
            ["create_order: runs at once -> asks for confirmation"]
        );
        assert_eq!(lines(&one(&back, "r").tightened), ["create_order: not redacted -> redacts ssn"]);
    }

    #[test]
    fn a_tightened_template_pattern_names_its_tool() {
        let allow = |pattern: &str| {
            rules(&[&format!(r#"a "type": "allow", "match": {{"path_pattern": "{pattern}"}}"#)])
        };
        let changes =
            diff_effects(&allow("/v1/users/[0-9]+$"), &allow("/v1/(users|orders)/[0-9]+$"), &tools());
        assert_eq!(lines(&changes[0].loosened), ["get_order: denied -> runs at once"]);
        assert_eq!(changes[0].fields, ["match.path_pattern"]);
    }

    #[test]
    fn more_time_for_a_grant_is_looser() {
        let within = |ttl: &str| {
            let asks = format!(r#"c "type": "confirm", "settings": {{{ttl}}}"#);
            rules(&[r#"a "type": "allow""#, &asks])
        };
        let none = within("");
        let (short, long) = (within(r#""ttl_seconds": 60"#), within(r#""ttl_seconds": 600"#));
        let told = |base: &Policy, head: &Policy| {
            let changes = diff_effects(base, head, &tools()[4..5]);
            let change = one(&changes, "c");
            (lines(&change.loosened), lines(&change.tightened))
        };
        let more = "create_order: confirmed within 60 s -> confirmed within 600 s".to_owned();
        let less = "create_order: confirmed within 600 s -> confirmed within 60 s".to_owned();
        assert_eq!(told(&short, &long), (vec![more], vec![]));
        assert_eq!(told(&long, &short), (vec![], vec![less]));
        let free = "create_order: confirmed within 60 s -> confirmed within what the server gives".to_owned();
        assert_eq!(told(&short, &none).0, [free]);
    }

    #[test]
    fn rules_about_headers_are_tried_with_them() {
        const CONFIRM: &str = r#"c "type": "confirm", "match": {"headers": {"X-Team": "ops"}}"#;
        let base = rules(&[r#"a "type": "allow""#, CONFIRM]);
        let changes = diff_effects(&base, &rules(&[r#"a "type": "allow""#]), &tools()[4..5]);
        assert_eq!(
            lines(&one(&changes, "c").loosened),
            ["create_order: asks for confirmation -> runs at once"]
        );
        assert!(changes[0].untried.is_empty(), "one header, and it was tried");
        // Granted with a header that a rule asks for which is the same on both sides.
        let allow = r#"a "type": "allow", "match": {"headers": {"X-Who": "me"}}"#;
        let deny = rules(&[allow, r#"d "type": "deny""#]);
        let changes = diff_effects(&deny, &rules(&[allow]), &tools()[4..5]);
        assert_eq!(lines(&one(&changes, "d").loosened), ["create_order: denied -> runs at once"]);
        // Granted with one header and held with the other: a call can have both.
        let changes = diff_effects(&rules(&[allow, CONFIRM]), &rules(&[allow]), &tools()[4..5]);
        assert_eq!(one(&changes, "c").untried, ["create_order"]);
        assert_eq!(
            lines(&one(&changes, "c").loosened),
            ["create_order: asks for confirmation -> runs at once"]
        );
    }

    #[test]
    fn rules_about_some_calls_of_a_tool_are_noted_with_it() {
        let base = |rule: &str| rules(&[r#"a "type": "allow""#, rule]);
        let head = rules(&[r#"a "type": "allow""#]);
        let noted = |matching: &str| {
            let rule = format!(r#"d "type": "deny", "match": {{{matching}}}"#);
            let gone = diff_effects(&base(&rule), &head, &tools());
            let come = diff_effects(&head, &base(&rule), &tools());
            assert!(one(&come, "d").untried.is_empty(), "a new guard frees nothing");
            (one(&gone, "d").loosened.len(), one(&gone, "d").untried.clone())
        };
        for (matching, tools) in [
            (r#""path_pattern": "^/v1/users/[5-9]""#, &["get_user"][..]),
            (r#""path_pattern": "^/v1/(users|orders)/[5-9]""#, &["get_order", "get_user"]),
            (r#""paths": ["/V1/orders/42"]"#, &["get_order"]),
            (r#""paths": ["/v1/orders/42"], "methods": ["DELETE"]"#, &[]),
            (r#""path_pattern": "^/nowhere""#, &[]),
        ] {
            assert_eq!(noted(matching), (0, tools.iter().map(|t| (*t).to_owned()).collect()), "{matching}");
        }
        let allow = rules(&[r#"a "type": "allow", "match": {"paths": ["/v1/users/42"]}"#]);
        assert_eq!(one(&diff_effects(&rules(&[]), &allow, &tools()), "a").untried, ["get_user"]);
        let words = base(r#"d "type": "deny", "description": "x", "match": {"paths": ["/v1/users/42"]}"#);
        let changes = diff_effects(
            &base(r#"d "type": "deny", "match": {"paths": ["/v1/users/42"]}"#),
            &words,
            &tools(),
        );
        assert!(one(&changes, "d").untried.is_empty(), "words decide nothing");
    }

    #[test]
    fn a_moved_rule_is_told_once_and_changes_nothing() {
        let base = rules(&[
            r#"a "type": "allow""#,
            r#"b "type": "confirm""#,
            r#"c "type": "deny", "match": {"methods": ["PUT"]}"#,
        ]);
        let head = rules(&[
            r#"c "type": "deny", "match": {"methods": ["PUT"]}"#,
            r#"a "type": "allow""#,
            r#"b "type": "confirm""#,
        ]);
        let changes = diff_effects(&base, &head, &tools());
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].rule_id.as_deref(), changes[0].cause), (Some("c"), Cause::Reordered));
        assert!(changes[0].loosened.is_empty() && changes[0].tightened.is_empty());
    }

    #[test]
    fn more_changes_than_are_tried_still_tell_the_effect() {
        let many: Vec<String> = (0..80).map(|n| format!(r#"c{n} "type": "confirm""#)).collect();
        let mut base: Vec<&str> = many.iter().map(String::as_str).collect();
        base.push(r#"a "type": "allow""#);
        let changes = diff_effects(&rules(&base), &rules(&[r#"a "type": "allow""#]), &tools()[4..5]);
        assert_eq!(changes.iter().filter(|c| !c.loosened.is_empty()).count(), 1);
    }

    /// Rules over all types, small enough to collide.
    fn any_policy() -> impl Strategy<Value = Policy> {
        let kind = proptest::sample::select(vec!["allow", "deny", "confirm", "redact", "budget", "audit"]);
        let method = proptest::sample::select(vec!["GET", "POST"]);
        let rule = (kind, method, 0..3i64, any::<bool>(), 1..4u64);
        (proptest::collection::btree_map(0..5u8, rule, 0..5), any::<bool>(), any::<bool>()).prop_map(
            |(map, allow, audit_all)| {
                let rules: Vec<_> = map
                    .into_iter()
                    .map(|(id, (kind, method, priority, free, n))| {
                        serde_json::json!({"id": format!("r{id}"), "name": "r", "type": kind, "priority": priority,
                            "match": {"methods": [method]},
                            "settings": {"allow_without_confirmation": free, "per_minute": n, "fields": [format!("f{n}")]}})
                    })
                    .collect();
                let default = if allow { "allow" } else { "deny" };
                policy(&serde_json::json!({"default_action": default, "audit_all": audit_all, "rules": rules}).to_string())
            },
        )
    }

    proptest! {
        #[test]
        fn a_policy_does_not_differ_from_itself(p in any_policy()) {
            prop_assert_eq!(diff_effects(&p, &p, &tools()), vec![]);
        }

        /// No loosening is lost: if a call is decided differently, some change names it.
        #[test]
        fn every_difference_is_told_at_some_change(a in any_policy(), b in any_policy()) {
            let changes = diff_effects(&a, &b, &tools());
            for (name, request) in tools() {
                let (was, is) = (crate::compare::policy::decide(&a, &request), crate::compare::policy::decide(&b, &request));
                let named = |list: &[Effect], e: &(String, String)| list.iter().any(|x| x.tool == name && (&x.before, &x.after) == (&e.0, &e.1));
                for (_, facet) in &FACETS[..3] {
                    if let Some(e) = facet(&was, &is, Direction::Looser) {
                        prop_assert!(changes.iter().any(|c| named(&c.loosened, &e)), "{name} {e:?} {changes:?}");
                    }
                    if let Some(e) = facet(&was, &is, Direction::Stricter) {
                        prop_assert!(changes.iter().any(|c| named(&c.tightened, &e)), "{name} {e:?} {changes:?}");
                    }
                }
            }
        }
    }
}
