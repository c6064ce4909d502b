//! A policy and a call in, what happens to the call out: the one evaluator (formats-v2 §7), for every
//! version of the file.
//!
//! Tools have path templates, calls have paths. A pattern is tried against the template and against the
//! template with its placeholders filled (`1` and `x`); a rule matches if any of them does. For a diff this
//! errs towards telling: a rule that could match some call of a tool counts as being about that tool.

use std::collections::BTreeSet;

use crate::model::policy::{AuditLevel, DefaultAction, Policy, Rule, RuleType, StateOverride};
use crate::model::risk::RiskTier;

/// A call, or all calls of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Id of the tool.
    pub tool_id: &'a str,
    /// HTTP method; the word of the protocol for others.
    pub method: &'a str,
    /// Host, with its port if it has one.
    pub host: &'a str,
    /// Base path and path; placeholders may stand in it.
    pub path: &'a str,
    /// The tool's tier.
    pub tier: RiskTier,
    /// The selected toolset. `None` matches no rule with scopes.
    pub scope: Option<&'a str>,
    /// Headers as sent. A header that is not here matches no rule that asks for it.
    pub headers: &'a [(&'a str, &'a str)],
    /// Whether a call changes state, before the policy's overrides.
    pub state_changing: bool,
}

/// Whether a call may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It may not.
    Deny,
    /// It may, see [`Outcome::confirmation`].
    Allow,
}

/// A limit that is charged when the call is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Id of the rule.
    pub rule: String,
    /// Calls a minute.
    pub per_minute: Option<u64>,
    /// Calls an hour.
    pub per_hour: Option<u64>,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it may go out.
    pub decision: Decision,
    /// Whether a person has to confirm first; false for what is denied.
    pub confirmation: bool,
    /// Seconds that a person has for that, the shortest of the rules that ask; none where no rule says it.
    pub ttl: Option<u32>,
    /// Limits, each charged once; none for what is denied.
    pub budgets: Vec<Budget>,
    /// Fields removed from the answer.
    pub redactions: BTreeSet<String>,
    /// How much is recorded, `None` for nothing.
    pub audit: Option<AuditLevel>,
    /// Ids of the rules that decided; empty if the default action or the tier alone did.
    pub because: Vec<String>,
}

/// Decides a call.
pub fn decide(policy: &Policy, request: &Request) -> Outcome {
    let rules = matching(policy, &Prepared::of(request));
    weigh(policy.default_action, policy.audit_all, &rules, request.tier)
}

/// Decides every named call.
pub fn effects<'a>(policy: &Policy, requests: &'a [(&'a str, Request<'a>)]) -> Vec<(&'a str, Outcome)> {
    requests.iter().map(|(name, request)| (*name, decide(policy, request))).collect()
}

/// Whether a call changes state, after the policy's overrides: the first that matches wins.
pub fn changes_state(policy: &Policy, request: &Request) -> bool {
    let about = |o: &&StateOverride| {
        o.tool_id.as_deref().is_none_or(|id| id == request.tool_id)
            && o.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(request.method))
            && o.path.as_deref().is_none_or(|p| p == request.path)
            && o.host.as_deref().is_none_or(|h| h.eq_ignore_ascii_case(request.host))
    };
    policy.state_changing_overrides.iter().find(about).map_or(request.state_changing, |o| o.state_changing)
}

/// Names of the tools that change state and would run with neither confirmation nor budget.
///
/// An override can make a tool one that changes state, but cannot excuse it from being guarded.
pub fn method_guard_missing<'a>(policy: &Policy, requests: &[(&'a str, Request<'a>)]) -> Vec<&'a str> {
    let unguarded = |request: &Request| {
        let outcome = decide(policy, request);
        outcome.decision == Decision::Allow && !outcome.confirmation && outcome.budgets.is_empty()
    };
    let changes = |request: &Request| request.state_changing || changes_state(policy, request);
    let mut names: Vec<&str> =
        requests.iter().filter(|(_, r)| changes(r) && unguarded(r)).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A request in the forms that conditions are compared with, made once for all rules.
pub(super) struct Prepared<'a> {
    request: &'a Request<'a>,
    method: String,
    host: String,
    paths: Vec<String>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(request: &'a Request<'a>) -> Prepared<'a> {
        let mut paths = vec![request.path.to_owned()];
        if request.path.contains('{') {
            paths.extend(["1", "x"].map(|sample| filled(request.path, sample)));
        }
        Prepared {
            request,
            method: request.method.to_ascii_uppercase(),
            host: request.host.trim_end_matches('.').to_ascii_lowercase(),
            paths,
        }
    }
}

/// A template with every placeholder replaced.
fn filled(template: &str, sample: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        out.push_str(sample);
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// The rules that match, in the order of the file.
pub(super) fn matching<'p>(policy: &'p Policy, prepared: &Prepared) -> Vec<&'p Rule> {
    policy.rules.iter().filter(|rule| is_match(rule, prepared)).collect()
}

/// Whether all conditions of a rule hold. What is not known about a call (header, scope) does not hold.
pub(super) fn is_match(rule: &Rule, call: &Prepared) -> bool {
    let m = &rule.matching;
    let header = |(name, value): (&String, &String)| {
        call.request
            .headers
            .iter()
            .any(|(n, v)| n.eq_ignore_ascii_case(name) && v.eq_ignore_ascii_case(value))
    };
    let any_path = |test: &dyn Fn(&str) -> bool| call.paths.iter().any(|p| test(p));
    is_match_beside(rule, call)
        && m.paths.as_ref().is_none_or(|s| any_path(&|p| s.iter().any(|x| x.eq_ignore_ascii_case(p))))
        && m.headers.as_ref().is_none_or(|h| h.iter().all(header))
        && m.path_pattern.as_ref().is_none_or(|p| any_path(&|path| p.is_match(path)))
}

/// Whether the conditions of a rule hold that one call of a tool meets like another: all but those on paths
/// and headers.
pub(super) fn is_match_beside(rule: &Rule, call: &Prepared) -> bool {
    let m = &rule.matching;
    m.methods.as_ref().is_none_or(|s| s.contains(&call.method))
        && m.hosts.as_ref().is_none_or(|s| s.contains(&call.host))
        && m.risk_tiers.as_ref().is_none_or(|s| s.contains(&call.request.tier))
        && m.scopes.as_ref().is_none_or(|s| call.request.scope.is_some_and(|scope| s.contains(scope)))
        && m.host_pattern.as_ref().is_none_or(|p| p.is_match(&call.host))
}

/// Weighs the rules that match: any deny wins, else confirm over allow, else the default.
///
/// The order of rules in the file decides nothing here, their priority only whether an allow without
/// confirmation outranks a confirm.
pub(super) fn weigh(default: DefaultAction, audit_all: bool, rules: &[&Rule], tier: RiskTier) -> Outcome {
    let of = |kind: RuleType| rules.iter().filter(move |r| r.kind == kind);
    let ids = |kind: RuleType| -> Vec<String> { of(kind).map(|r| r.id.clone()).collect() };
    let waived = |confirm: &Rule| {
        of(RuleType::Allow).any(|a| a.settings.allow_without_confirmation && a.priority > confirm.priority)
    };
    let asking: Vec<&&Rule> = of(RuleType::Confirm).filter(|r| !waived(r)).collect();
    let confirms: Vec<String> = asking.iter().map(|r| r.id.clone()).collect();
    let allows = ids(RuleType::Allow);
    let denies = ids(RuleType::Deny);

    let granted = !allows.is_empty() || !confirms.is_empty() || default == DefaultAction::Allow;
    let (decision, because) = match (denies.is_empty(), granted) {
        (false, _) => (Decision::Deny, denies),
        (true, false) => (Decision::Deny, Vec::new()),
        (true, true) if !confirms.is_empty() => (Decision::Allow, confirms.clone()),
        (true, true) => (Decision::Allow, allows),
    };
    let allowed = decision == Decision::Allow;
    let budgets = of(RuleType::Budget).filter(|_| allowed).map(|r| Budget {
        rule: r.id.clone(),
        per_minute: r.settings.per_minute,
        per_hour: r.settings.per_hour,
    });
    let level = of(RuleType::Audit).map(|r| r.settings.level).max();
    Outcome {
        decision,
        // What can do much harm asks, whatever the rules say.
        confirmation: allowed && (!confirms.is_empty() || tier >= RiskTier::High),
        ttl: asking.iter().filter(|_| allowed).filter_map(|r| r.settings.ttl_seconds).min(),
        budgets: budgets.collect(),
        redactions: of(RuleType::Redact).flat_map(|r| r.settings.fields.iter().cloned()).collect(),
        audit: level.max(audit_all.then_some(AuditLevel::Standard)),
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::policy;

    fn request<'a>(method: &'a str, path: &'a str) -> Request<'a> {
        Request {
            tool_id: "t",
            method,
            host: "api.shop.example",
            path,
            tier: RiskTier::Medium,
            scope: None,
            headers: &[],
            state_changing: method != "GET",
        }
    }

    fn outcome(rules: &str, request: &Request) -> Outcome {
        decide(
            &policy(&format!(r#"{{"default_action": "deny", "audit_all": false, "rules": [{rules}]}}"#)),
            request,
        )
    }

    fn rule(id: &str, kind: &str, priority: i64, matching: &str, settings: &str) -> String {
        format!(
            r#"{{"id": "{id}", "name": "{id}", "type": "{kind}", "priority": {priority}, "match": {{{matching}}}, "settings": {{{settings}}}}}"#
        )
    }

    /// (decision, confirmation, because) over rules of (id, type, priority, without confirmation).
    fn weighed(rules: &[(&str, &str, i64, bool)], tier: RiskTier) -> (Decision, bool, Vec<String>) {
        let rules: Vec<String> = rules
            .iter()
            .map(|(id, kind, priority, free)| {
                rule(id, kind, *priority, "", &format!(r#""allow_without_confirmation": {free}"#))
            })
            .collect();
        let out = outcome(&rules.join(","), &Request { tier, ..request("POST", "/x") });
        (out.decision, out.confirmation, out.because)
    }

    #[test]
    fn deny_wins_then_confirm_then_allow_then_default() {
        use Decision::*;
        let medium = RiskTier::Medium;
        let because = |ids: &[&str]| ids.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
        assert_eq!(weighed(&[], medium), (Deny, false, because(&[])));
        assert_eq!(weighed(&[("a", "allow", 0, false)], medium), (Allow, false, because(&["a"])));
        assert_eq!(
            weighed(&[("a", "allow", 9, false), ("d", "deny", 0, false)], medium),
            (Deny, false, because(&["d"]))
        );
        assert_eq!(weighed(&[("c", "confirm", 0, false)], medium), (Allow, true, because(&["c"])));
        assert_eq!(
            weighed(&[("a", "allow", 9, false), ("c", "confirm", 0, false)], medium),
            (Allow, true, because(&["c"]))
        );
        assert_eq!(
            weighed(&[("b", "budget", 9, false)], medium),
            (Deny, false, because(&[])),
            "a budget grants nothing"
        );
        assert_eq!(
            weighed(&[("r", "redact", 9, false), ("l", "audit", 1, false)], medium),
            (Deny, false, because(&[]))
        );
    }

    #[test]
    fn an_allow_without_confirmation_must_outrank_every_confirm() {
        let medium = RiskTier::Medium;
        assert!(!weighed(&[("a", "allow", 9, true), ("c", "confirm", 8, false)], medium).1);
        assert!(
            weighed(&[("a", "allow", 8, true), ("c", "confirm", 8, false)], medium).1,
            "equal is not higher"
        );
        assert!(
            weighed(
                &[("a", "allow", 8, true), ("c", "confirm", 1, false), ("e", "confirm", 9, false)],
                medium
            )
            .1
        );
        for tier in [RiskTier::High, RiskTier::Critical] {
            assert!(weighed(&[("a", "allow", 9, true)], tier).1, "the tier asks whatever the rules say");
        }
    }

    #[test]
    fn conditions_hold_together_and_what_is_unknown_does_not_hold() {
        let hit = |matching: &str, request: &Request| {
            outcome(&rule("a", "allow", 0, matching, ""), request).decision == Decision::Allow
        };
        let get = request("get", "/V1/users/{id}");
        for (matching, expected) in [
            ("", true),
            (r#""methods": ["GET"]"#, true),
            (r#""methods": ["GET"], "hosts": ["other.example"]"#, false),
            (r#""hosts": ["API.shop.example"]"#, true),
            (r#""host_pattern": "api\\.shop""#, false),
            (r#""host_pattern": ".*\\.shop\\.example""#, true),
            (r#""paths": ["/v1/users/{id}"]"#, true),
            (r#""path_pattern": "/v1/users/[0-9]+$""#, true),
            (r#""path_pattern": "/v1/users/[a-z]+$""#, true),
            (r#""path_pattern": "/users""#, false),
            (r#""risk_tiers": ["medium"]"#, true),
            (r#""risk_tiers": ["safe"]"#, false),
            (r#""scopes": ["readonly"]"#, false),
            (r#""headers": {"x-team": "a"}"#, false),
        ] {
            assert_eq!(hit(matching, &get), expected, "{matching}");
        }
        assert!(hit(r#""scopes": ["readonly"]"#, &Request { scope: Some("readonly"), ..get }));
        assert!(hit(r#""headers": {"X-Team": "a"}"#, &Request { headers: &[("x-team", "A")], ..get }));
    }

    #[test]
    fn budgets_redactions_and_audit_are_collected() {
        let rules = [
            rule("a", "allow", 0, "", ""),
            rule("b", "budget", 0, "", r#""per_minute": 10"#),
            rule("c", "budget", 0, "", r#""per_hour": 5"#),
            rule("r", "redact", 0, "", r#""fields": ["email", "ssn"]"#),
            rule("s", "redact", 0, "", r#""fields": ["email"]"#),
            rule("l", "audit", 9, "", r#""level": "minimal""#),
            rule("m", "audit", 0, "", r#""level": "detailed""#),
        ];
        let out = outcome(&rules.join(","), &request("GET", "/x"));
        assert_eq!(out.budgets.iter().map(|b| b.rule.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(out.redactions.len(), 2);
        assert_eq!(
            out.audit,
            Some(AuditLevel::Detailed),
            "the strictest level wins, not the last or the first"
        );
        let denied = outcome(&rules[1..].join(","), &request("GET", "/x"));
        assert!(denied.budgets.is_empty(), "what is not sent is not charged");
        let all = policy(r#"{"default_action": "allow", "audit_all": true}"#);
        assert_eq!(decide(&all, &request("GET", "/x")).audit, Some(AuditLevel::Standard));
    }

    #[test]
    fn a_tool_that_changes_state_needs_a_guard() {
        let requests = [
            ("create", request("POST", "/x")),
            ("list", request("GET", "/x")),
            ("wipe", Request { tier: RiskTier::High, ..request("POST", "/y") }),
        ];
        let missing = |json: &str| method_guard_missing(&policy(json), &requests);
        assert_eq!(missing(r#"{"default_action": "allow"}"#), ["create"]);
        assert!(missing(r#"{"default_action": "deny"}"#).is_empty());
        let with = |r: String| format!(r#"{{"default_action": "allow", "rules": [{r}]}}"#);
        assert!(missing(&with(rule("b", "budget", 0, "", r#""per_minute": 1"#))).is_empty());
        assert!(missing(&with(rule("c", "confirm", 0, "", ""))).is_empty());
        let excused =
            r#"{"default_action": "allow", "state_changing_overrides": [{"state_changing": false}]}"#;
        assert_eq!(missing(excused), ["create"], "an override excuses nobody");
        let raised = r#"{"default_action": "allow", "state_changing_overrides": [{"method": "get", "state_changing": true}]}"#;
        assert_eq!(missing(raised), ["create", "list"]);
    }
}
