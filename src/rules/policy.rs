//! What the policy decides, judged by its effect on every tool.

use super::def::rules;

rules! { Policy =>
    /// What no rule decides is allowed: a tool that nobody thought of can be called.
    DEFAULT_ALLOW = "policy.default-allow", Critical, [Capability],
        "everything is allowed by default",
        "the policy allows whatever no rule forbids",
        fix: "set default_action: deny";
    /// Without the rule at least one tool is decided otherwise.
    RULE_REMOVED = "policy.rule-removed", High, [Contract, Capability],
        "rule removed",
        "a rule that held tools back is gone",
        fix: "put the rule back, or sign the surface knowing which tools run freely";
    /// The rules are the same, but another one wins now.
    RULE_REORDERED = "policy.rule-reordered", High, [Contract, Capability],
        "rules in another order",
        "another rule wins now",
        fix: "put the order back, or sign the surface";
    /// The policy lets at least one tool do more: a rule that matches more, a new rule, a higher budget, less
    /// redaction.
    MATCH_BROADENED = "policy.match-broadened", High, [Contract, Capability],
        "policy decides otherwise",
        "the policy decides some tools otherwise",
        fix: "narrow it, or sign the surface knowing which tools are concerned";
    /// A tool that changes state is neither denied, nor confirmed, nor limited by any rule.
    METHOD_GUARD_MISSING = "policy.method-guard-missing", High, [Capability],
        "a writing tool without a guard",
        "no rule guards a tool that changes things",
        fix: "add a confirm, budget or deny rule that matches it";
    /// The rule grants whatever fits a broad pattern, tools that are yet to come included, and does not say why.
    REGEX_UNJUSTIFIED = "policy.regex-unjustified", Medium, [Capability],
        "a broad pattern without a reason",
        "a rule grants by a broad pattern without a reason",
        fix: "name paths and hosts, or say why in the rule's description";
}
