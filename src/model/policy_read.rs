//! A parsed policy.yaml in, a [`Policy`] or the fault that names what is wrong with it out.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::at::At;
use super::policy::{
    AuditLevel, DefaultAction, Generation, Match, Pattern, Policy, Rule, RuleType, Settings, StateOverride,
    TTL_SECONDS, compile, members,
};
use super::risk::RiskTier;
use super::schema_version::{Missing, generation};
use crate::canon::{Fault, Node};

/// More rules than any person reviews; bounds the memory of compiled patterns.
const MAX_RULES: usize = 1_000;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 4_096;

const RULE_TYPES: &[(&str, RuleType)] = &[
    ("allow", RuleType::Allow),
    ("deny", RuleType::Deny),
    ("confirm", RuleType::Confirm),
    ("redact", RuleType::Redact),
    ("budget", RuleType::Budget),
    ("audit", RuleType::Audit),
];

const AUDIT_LEVELS: &[(&str, AuditLevel)] = &[
    ("minimal", AuditLevel::Minimal),
    ("standard", AuditLevel::Standard),
    ("detailed", AuditLevel::Detailed),
    ("full", AuditLevel::Detailed),
];

impl Policy {
    /// Reads a policy from a parsed file.
    ///
    /// What version 1 may leave out is read as its documented default where that restricts
    /// (`default_action: deny`, `audit_all: true`) and as not given elsewhere: lists of redactions that are
    /// not written are empty.
    ///
    /// # Errors
    /// A member is missing, has the wrong type or an unknown word, an id stands twice, a list of conditions
    /// is empty, a pattern is no linear-time regular expression, and in version 2 also an unknown member.
    /// Every fault names its line and pointer.
    pub fn read(file: &str, node: &Node) -> Result<Policy, Fault> {
        let root = At::root(file, node);
        root.map()?;
        let generation = generation(file, node, Missing::MeansV1)?;
        if generation == Generation::V2 {
            root.only(members::TOP)?;
        }
        let rules = rules(&root, generation)?;
        let overrides = match root.optional("state_changing_overrides") {
            None => Vec::new(),
            Some(list) => {
                list.items()?.iter().map(|at| state_override(at, generation)).collect::<Result<_, _>>()?
            }
        };
        let redact_patterns = match root.optional("redact_patterns") {
            None => BTreeMap::new(),
            Some(list) => list.items()?.iter().map(redact_pattern).collect::<Result<_, _>>()?,
        };
        Ok(Policy {
            generation,
            default_action: default_action(&root, generation)?,
            rules,
            global_rate_limit: root.optional("global_rate_limit").map(|n| n.count()).transpose()?,
            audit_all: root.optional("audit_all").map(|b| b.bool()).transpose()?.unwrap_or(true),
            redact_headers: lowered(root.optional("redact_headers"))?.unwrap_or_default(),
            redact_patterns,
            state_changing_overrides: overrides,
            raw: node.clone(),
        })
    }
}

fn default_action(root: &At, generation: Generation) -> Result<DefaultAction, Fault> {
    const V2: &[(&str, DefaultAction)] = &[("allow", DefaultAction::Allow), ("deny", DefaultAction::Deny)];
    match (root.optional("default_action"), generation) {
        (None, Generation::V1) => Ok(DefaultAction::Deny),
        (None, Generation::V2) => root.required("default_action")?.word(V2),
        (Some(at), Generation::V2) => at.word(V2),
        (Some(at), Generation::V1) => Ok(match at.word(RULE_TYPES)? {
            RuleType::Allow => DefaultAction::Allow,
            _ => DefaultAction::Deny,
        }),
    }
}

fn rules(root: &At, generation: Generation) -> Result<Vec<Rule>, Fault> {
    let at = match generation {
        Generation::V1 => root.optional("rules"),
        Generation::V2 => Some(root.required("rules")?),
    };
    let Some(at) = at else { return Ok(Vec::new()) };
    let items = at.items()?;
    if items.len() > MAX_RULES {
        return Err(at.fault(format!("more than {MAX_RULES} rules")));
    }
    let mut ids = BTreeSet::new();
    let mut rules = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let rule = rule(item, index, generation)?;
        if !ids.insert(rule.id.clone()) {
            return Err(item.required("id")?.fault(format!("rule id `{}` stands twice", rule.id)));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(at: &At, index: usize, generation: Generation) -> Result<Rule, Fault> {
    if generation == Generation::V2 {
        at.only(members::RULE)?;
    }
    let kind = at.required("type")?.word(RULE_TYPES)?;
    let matching = match generation {
        Generation::V1 => at.optional("match"),
        Generation::V2 => Some(at.required("match")?),
    };
    let settings = settings(at.optional("settings").as_ref(), generation)?;
    if generation == Generation::V2
        && kind == RuleType::Budget
        && settings.per_minute.or(settings.per_hour).is_none()
    {
        return Err(at.fault("a budget needs per_minute or per_hour"));
    }
    Ok(Rule {
        id: at.required("id")?.text()?.to_owned(),
        name: at.required("name")?.text()?.to_owned(),
        description: owned(at.optional("description"))?,
        kind,
        matching: conditions(matching.as_ref(), generation)?,
        priority: at.optional("priority").map(|n| n.int()).transpose()?.unwrap_or(0),
        settings,
        index,
        raw: at.node.clone(),
    })
}

fn conditions(at: Option<&At>, generation: Generation) -> Result<Match, Fault> {
    if let (Some(at), Generation::V2) = (at, generation) {
        at.only(members::MATCH)?;
    }
    let given = |key: &str| at.and_then(|at| at.optional(key));
    if let Some(at) = at {
        at.members()?;
    }
    let headers = match given("headers") {
        None => None,
        Some(at) => {
            let members = at.members()?;
            not_empty(&at, members.is_empty())?;
            let pairs = members.iter().map(|(k, v)| Ok((k.to_ascii_lowercase(), v.text()?.to_owned())));
            Some(pairs.collect::<Result<_, Fault>>()?)
        }
    };
    let tiers = |at: At| {
        let items = at.items()?;
        not_empty(&at, items.is_empty())?;
        items.iter().map(|i| i.word(&RiskTier::ALL.map(|t| (t.word(), t)))).collect::<Result<_, Fault>>()
    };
    Ok(Match {
        hosts: filled(given("hosts"), |h| h.trim_end_matches('.').to_ascii_lowercase())?,
        host_pattern: given("host_pattern").map(|at| pattern(&at, r"\A(?:", r")\z")).transpose()?,
        paths: filled(given("paths"), str::to_owned)?,
        path_pattern: given("path_pattern").map(|at| pattern(&at, r"\A(?:", ")")).transpose()?,
        methods: methods(given("methods"))?,
        headers,
        risk_tiers: given("risk_tiers").map(tiers).transpose()?,
        scopes: filled(given("scopes"), str::to_owned)?,
    })
}

/// A list of texts that has at least one: an empty one would silently turn its rule off.
fn filled(at: Option<At>, fold: impl Fn(&str) -> String) -> Result<Option<BTreeSet<String>>, Fault> {
    let Some(at) = at else { return Ok(None) };
    let texts = at.texts()?;
    not_empty(&at, texts.is_empty())?;
    Ok(Some(texts.iter().map(|t| fold(t)).collect()))
}

fn not_empty(at: &At, empty: bool) -> Result<(), Fault> {
    match empty {
        false => Ok(()),
        true => Err(at
            .fault("an empty condition matches nothing")
            .hint("name what it should match, or remove the condition")),
    }
}

fn methods(at: Option<At>) -> Result<Option<BTreeSet<String>>, Fault> {
    if let Some(at) = &at {
        for item in at.items()? {
            let text = item.text()?;
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') {
                return Err(item.fault(format!("`{text}` is no method")));
            }
        }
    }
    filled(at, str::to_ascii_uppercase)
}

fn lowered(at: Option<At>) -> Result<Option<BTreeSet<String>>, Fault> {
    let Some(at) = at else { return Ok(None) };
    Ok(Some(at.texts()?.iter().map(|t| t.to_ascii_lowercase()).collect()))
}

/// Compiles a pattern between anchors, case-insensitive.
fn pattern(at: &At, before: &str, after: &str) -> Result<Pattern, Fault> {
    let text = at.text()?;
    // On its own first: `a)|(?:.*` is no pattern, but would be one between our parentheses.
    let compiled = compiled(at, text).and_then(|_| compiled(at, &format!("{before}{text}{after}")))?;
    Ok(Pattern { text: text.to_owned(), compiled })
}

fn compiled(at: &At, pattern: &str) -> Result<Regex, Fault> {
    if pattern.len() > MAX_PATTERN {
        return Err(at.fault(format!("a pattern of more than {MAX_PATTERN} bytes")));
    }
    compile(pattern).map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too big".to_owned(),
            // The last line of a syntax error is its cause; those before draw the pattern.
            error => error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        };
        at.fault(format!("not a linear-time regular expression: {why}"))
            .hint("look-around and back-references are not supported: say it with a plain pattern or a list")
    })
}

fn redact_pattern(at: &At) -> Result<(String, Regex), Fault> {
    let text = at.text()?;
    Ok((text.to_owned(), compiled(at, text)?))
}

fn settings(at: Option<&At>, generation: Generation) -> Result<Settings, Fault> {
    if let Some(at) = at {
        at.members()?;
        if generation == Generation::V2 {
            at.only(members::SETTINGS)?;
        }
    }
    let given = |key: &str| at.and_then(|at| at.optional(key));
    let fields = given("fields").map(|f| f.texts()).transpose()?.unwrap_or_default();
    Ok(Settings {
        per_minute: given("per_minute").map(|n| n.count()).transpose()?,
        per_hour: given("per_hour").map(|n| n.count()).transpose()?,
        message: owned(given("message"))?,
        ttl_seconds: given("ttl_seconds").map(|at| ttl(&at)).transpose()?,
        fields: fields.into_iter().collect(),
        allow_without_confirmation: given("allow_without_confirmation")
            .map(|b| b.bool())
            .transpose()?
            .unwrap_or(false),
        level: given("level").map(|l| l.word(AUDIT_LEVELS)).transpose()?.unwrap_or(AuditLevel::Standard),
        justification: owned(given("justification"))?,
    })
}

fn ttl(at: &At) -> Result<u32, Fault> {
    match u32::try_from(at.count()?) {
        Ok(seconds) if TTL_SECONDS.contains(&seconds) => Ok(seconds),
        _ => Err(at.fault(format!("not from {} to {} seconds", TTL_SECONDS.start(), TTL_SECONDS.end()))),
    }
}

fn state_override(at: &At, generation: Generation) -> Result<StateOverride, Fault> {
    if generation == Generation::V2 {
        at.only(members::OVERRIDE)?;
    }
    Ok(StateOverride {
        tool_id: owned(at.optional("tool_id"))?,
        method: owned(at.optional("method"))?.map(|m| m.to_ascii_uppercase()),
        path: owned(at.optional("path"))?,
        host: owned(at.optional("host"))?.map(|h| h.to_ascii_lowercase()),
        state_changing: at.required("state_changing")?.bool()?,
        justification: owned(at.optional("justification"))?,
        line: at.node.line,
    })
}

fn owned(at: Option<At>) -> Result<Option<String>, Fault> {
    at.map(|at| at.text().map(str::to_owned)).transpose()
}

#[cfg(test)]
mod tests {
    use super::super::testing::node;
    use super::*;
    use crate::canon::FaultKind;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<Policy, Fault> {
        Policy::read("p", &node(json))
    }

    /// The fault of a policy with one rule of the given members.
    fn fault_of_rule(version: &str, rule: &str) -> Fault {
        let json = format!(
            r#"{{"schema_version": "{version}", "default_action": "deny", "rules": [{{"id": "a", "name": "a", {rule}}}]}}"#
        );
        read(&json).unwrap_err()
    }

    #[test]
    fn a_version_1_policy_is_read_with_pointers() {
        let policy = read(include_str!("../../fixtures/reference/policy-base.json")).unwrap();
        assert_eq!(policy.default_action, DefaultAction::Deny);
        assert_eq!((policy.global_rate_limit, policy.audit_all), (Some(100), true));
        let ids: Vec<&str> = policy.rules.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(
            ids,
            ["allow_first_party_get", "confirm_state_changes", "budget_writes", "budget_deletes"]
        );
        let budget = policy.rule("budget_writes").unwrap();
        assert_eq!((budget.pointer().as_str(), budget.settings.per_minute), ("/rules/2", Some(10)));
        assert!(budget.raw.line > policy.rules[1].raw.line);
        assert!(policy.redact_headers.contains("set-cookie") && policy.redact_patterns.len() == 2);
    }

    #[test]
    fn unknown_words_are_faults_with_their_place() {
        for (rule, pointer) in [
            (r#""type": "permit""#, "/rules/0/type"),
            (r#""type": "allow", "match": {"risk_tiers": ["hgih"]}"#, "/rules/0/match/risk_tiers/0"),
            (r#""type": "allow", "match": {"methods": ["GET POST"]}"#, "/rules/0/match/methods/0"),
            (r#""type": "audit", "settings": {"level": "none"}"#, "/rules/0/settings/level"),
            (r#""type": "allow", "priority": "high""#, "/rules/0/priority"),
            (r#""type": "budget", "settings": {"per_minute": -1}"#, "/rules/0/settings/per_minute"),
            (r#""type": "confirm", "settings": {"ttl_seconds": 29}"#, "/rules/0/settings/ttl_seconds"),
            (r#""type": "confirm", "settings": {"ttl_seconds": 3601}"#, "/rules/0/settings/ttl_seconds"),
            (r#""type": "allow", "match": {"hosts": []}"#, "/rules/0/match/hosts"),
            (r#""type": "allow", "match": {"headers": {}}"#, "/rules/0/match/headers"),
            (r#""type": "allow", "match": []"#, "/rules/0/match"),
        ] {
            let fault = fault_of_rule("1.0", rule);
            assert_eq!((fault.pointer.as_str(), fault.kind), (pointer, FaultKind::Content), "{fault}");
            assert!(fault.line > 0);
        }
        let without = read(r#"{"schema_version": "2.0", "rules": []}"#);
        assert!(without.unwrap_err().message.contains("`default_action` is missing"));
        assert_eq!(read(r#"{"rules": []}"#).unwrap().default_action, DefaultAction::Deny);
    }

    #[test]
    fn patterns_that_are_not_linear_or_escape_their_anchors_are_faults() {
        for bad in ["(?=a)b", r"(a)\\1", "(?<!x)y", "a)|(?:.*", "(", "[a-", "(a{1000}){1000}"] {
            let fault =
                fault_of_rule("1.0", &format!(r#""type": "allow", "match": {{"host_pattern": "{bad}"}}"#));
            assert_eq!(fault.pointer, "/rules/0/match/host_pattern", "{bad}");
            assert!(fault.hint.is_some());
        }
        assert!(read(r#"{"default_action": "deny", "redact_patterns": ["("]}"#).is_err());
        assert!(read(r#"{"default_action": "deny", "redact_patterns": ["\\w{5000}{5000}"]}"#).is_err());
    }

    #[test]
    fn patterns_are_anchored_and_ignore_case() {
        let json = r#"{"default_action": "deny", "rules": [{"id": "a", "name": "a", "type": "allow",
            "match": {"host_pattern": "api\\.shop\\.example|b", "path_pattern": "/v1|/v2"}}]}"#;
        let rule = &read(json).unwrap().rules[0];
        let host = rule.matching.host_pattern.as_ref().unwrap();
        assert!(host.is_match("API.shop.example") && host.is_match("b"));
        assert!(!host.is_match("api.shop.example.evil.test") && !host.is_match("xb"));
        let path = rule.matching.path_pattern.as_ref().unwrap();
        assert!(path.is_match("/V2/users") && !path.is_match("/x/v1"));
    }

    #[test]
    fn the_generations_differ_in_strictness() {
        let v1 = r#"{"version": "1.0.0", "custom": 1, "default_action": "confirm", "rules": [{"id": "a", "name": "a", "type": "allow"}]}"#;
        let policy = read(v1).unwrap();
        assert_eq!(policy.default_action, DefaultAction::Deny);
        assert!(policy.raw.get("custom").is_some());
        assert!(read(r#"{"schema_version": "2.0", "default_action": "confirm", "rules": []}"#).is_err());
        assert_eq!(
            read(r#"{"schema_version": "2.0", "default_action": "deny", "rules": [], "version": "1"}"#)
                .unwrap_err()
                .pointer,
            "/version"
        );
        assert!(fault_of_rule("2.0", r#""type": "allow""#).message.contains("`match` is missing"));
        assert!(fault_of_rule("2.0", r#""type": "budget", "match": {}"#).message.contains("per_minute"));
        assert!(
            fault_of_rule("2.0", r#""type": "allow", "match": {"host": "x"}"#)
                .message
                .contains("unknown member")
        );
        assert!(
            read(r#"{"schema_version": "2.0", "default_action": "deny", "rules": [], "x-owner": "me"}"#)
                .is_ok()
        );
    }

    #[test]
    fn an_id_stands_once() {
        let json = r#"{"default_action": "deny", "rules": [{"id": "a", "name": "1", "type": "deny"}, {"id": "a", "name": "2", "type": "allow"}]}"#;
        assert_eq!(read(json).unwrap_err().pointer, "/rules/1/id");
    }

    proptest! {
        #[test]
        fn any_pattern_is_read_or_refused(pattern in ".{0,40}") {
            let rule = serde_json::json!({"default_action": "deny", "rules": [{"id": "a", "name": "a", "type": "allow", "match": {"path_pattern": pattern, "host_pattern": pattern}}]});
            let _ = read(&rule.to_string());
        }
    }
}
