//! Actions in, the rules that every call of them passes out (compile.md §7): reads go through, changes are confirmed
//! and counted, and what is delicate is named operation by operation.

use std::collections::BTreeSet;

use super::actions::Action;
use crate::canon::text::words;
use crate::canon::{Node, Value};
use crate::model::risk::{ReasonCode, RiskTier, ToolKind};
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;

/// Headers that no log shows.
const REDACTED: &[&str] =
    &["authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "proxy-authorization"];
/// Texts that no log shows, each with why.
const PATTERNS: &[(&str, &str)] = &[
    (r"bearer\s+[a-zA-Z0-9\-_.]+", "Redact bearer tokens from logs and evidence."),
    (
        r#"api[_-]?key["']?\s*[=:]\s*["']?[a-zA-Z0-9]+"#,
        "Redact API keys from query strings, payloads, and headers.",
    ),
];
/// Longest pattern of paths; more of them go into another rule.
const MAX_PATTERN: usize = 3_000;

/// Methods that only read.
const READS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// The policy of a toolpack.
pub(super) fn make(name: &str, actions: &[Action]) -> Node {
    let mut rules: Vec<Node> = Vec::new();
    let (http, served): (Vec<&Action>, Vec<&Action>) =
        actions.iter().partition(|action| action.tool.kind == ToolKind::Http);
    if !http.is_empty() {
        of_http(&http, &mut rules);
    }
    if !served.is_empty() {
        of_servers(&served, &mut rules);
    }
    let patterns: Vec<&str> = PATTERNS.iter().map(|(pattern, _)| *pattern).collect();
    Node::map([
        ("schema_version", Node::text(CURRENT)),
        ("name", Node::text(name)),
        ("default_action", Node::text("deny")),
        ("global_rate_limit", Node::int(100)),
        ("audit_all", Node::bool(true)),
        ("redact_headers", Node::texts(REDACTED.iter().copied())),
        ("redact_patterns", Node::texts(patterns)),
        (
            "redact_pattern_justifications",
            Node::map(PATTERNS.iter().map(|(pattern, why)| (*pattern, Node::text(*why)))),
        ),
        ("state_changing_overrides", Node::new(Value::List(Vec::new()))),
        ("rules", Node::new(Value::List(rules))),
    ])
}

/// Rules about calls over HTTP.
fn of_http(tools: &[&Action], rules: &mut Vec<Node>) {
    let hosts: BTreeSet<&str> = tools.iter().map(|action| action.tool.host.as_str()).collect();
    rules.push(
        Made::new("allow_reads", "Allow what only reads", "allow", 100)
            .hosts(&hosts)
            .methods(&READS)
            .tiers(UP_TO_MEDIUM)
            .node(None),
    );
    // What is asked with a body and only reads: never more than low, or it would be confirmed below.
    let is_read = |method: &str| READS.contains(&method);
    let asked = |action: &&&Action| !action.effect.changes_state() && !is_read(&action.tool.method);
    let asked: Vec<&Action> = tools.iter().filter(asked).copied().collect();
    for (n, pattern) in patterns(&asked).into_iter().enumerate() {
        rules.push(
            Made::new("allow_queries", "Allow queries that are sent with a body", "allow", 100)
                .number(n)
                .hosts(&hosts)
                .paths(pattern)
                .tiers(UP_TO_LOW)
                .node(None),
        );
    }
    let methods = tools.iter().map(|action| action.tool.method.as_str());
    let changing: BTreeSet<&str> =
        methods.filter(|method| !is_read(method)).chain(["DELETE", "PATCH", "POST", "PUT"]).collect();
    let changing: Vec<&str> = changing.into_iter().collect();
    rules.push(
        Made::new("confirm_changes", "Require confirmation for what changes something", "confirm", 90)
            .hosts(&hosts)
            .methods(&changing)
            .tiers(FROM_MEDIUM)
            .node(Some(vec![("message", Node::text(CHANGES))])),
    );
    rules.push(
        Made::new("confirm_grave_reads", "Require confirmation for reads of high risk", "confirm", 90)
            .hosts(&hosts)
            .methods(&READS)
            .tiers(FROM_HIGH)
            .node(Some(vec![(
                "message",
                Node::text("This action reads what is secret or delicate. Proceed?"),
            )])),
    );
    let limits =
        |minute: u64, hour: u64| vec![("per_minute", Node::int(minute)), ("per_hour", Node::int(hour))];
    let writing: Vec<&str> = changing.iter().copied().filter(|method| *method != "DELETE").collect();
    rules.push(
        Made::new("budget_writes", "Limit how often something is written", "budget", 80)
            .hosts(&hosts)
            .methods(&writing)
            .tiers(FROM_MEDIUM)
            .node(Some(limits(10, 100))),
    );
    rules.push(
        Made::new("budget_deletes", "Limit how often something is deleted", "budget", 80)
            .hosts(&hosts)
            .methods(&["DELETE"])
            .node(Some(limits(5, 20))),
    );
    about(tools, rules);
}

/// What a person is asked before a change.
const CHANGES: &str = "This action will modify data. Proceed?";

/// Rules about tools of servers and pages, which have no methods that say what they do: by name.
fn of_servers(tools: &[&Action], rules: &mut Vec<Node>) {
    let (changing, reading): (Vec<&Action>, Vec<&Action>) =
        tools.iter().copied().partition(|action| action.effect.changes_state());
    let of = |tools: &[&'_ Action]| -> (BTreeSet<String>, BTreeSet<String>) {
        let hosts = tools.iter().map(|action| action.tool.host.clone()).collect();
        (hosts, tools.iter().map(|action| action.tool.path.clone()).collect())
    };
    let named = |made: Made, tools: &[&Action]| {
        let (hosts, paths) = of(tools);
        let hosts: BTreeSet<&str> = hosts.iter().map(String::as_str).collect();
        made.hosts(&hosts).listed(paths)
    };
    if !reading.is_empty() {
        let made = Made::new("allow_server_reads", "Allow tools of servers that only read", "allow", 100);
        rules.push(named(made, &reading).tiers(UP_TO_MEDIUM).node(None));
    }
    if !changing.is_empty() {
        let made = Made::new(
            "confirm_server_changes",
            "Require confirmation for tools of servers that change something",
            "confirm",
            90,
        );
        rules.push(named(made, &changing).node(Some(vec![("message", Node::text(CHANGES))])));
    }
}

/// Rules about operations that are named one by one: no pattern of words that fits others too.
fn about(tools: &[&Action], rules: &mut Vec<Node>) {
    let http = || tools.iter().copied();
    let has = |action: &Action, codes: &[ReasonCode]| action.reasons.iter().any(|code| codes.contains(code));
    let admin: Vec<&Action> = http().filter(|action| is_admin(&action.tool)).collect();
    for (n, pattern) in patterns(&admin).into_iter().enumerate() {
        let why = "Privileged operations are excluded from default tool surfaces.";
        rules.push(
            Made::new("deny_admin", "Block administrative operations", "deny", 200)
                .number(n)
                .paths(pattern)
                .node(Some(vec![
                    ("message", Node::text("Admin operations are blocked")),
                    ("justification", Node::text(why)),
                ])),
        );
    }
    let auth: Vec<&Action> = http().filter(|action| has(action, &[ReasonCode::AreaAuth])).collect();
    for (n, pattern) in patterns(&auth).into_iter().enumerate() {
        rules.push(
            Made::new("audit_auth", "Audit what is about signing in", "audit", 70)
                .number(n)
                .paths(pattern)
                .node(Some(vec![
                    ("level", Node::text("detailed")),
                    (
                        "justification",
                        Node::text("Credential and session operations require detailed audit telemetry."),
                    ),
                ])),
        );
    }
    let personal = [ReasonCode::PersonalDataIn, ReasonCode::PersonalDataOut];
    let people: Vec<&Action> = http().filter(|action| has(action, &personal)).collect();
    for (n, pattern) in patterns(&people).into_iter().enumerate() {
        rules.push(
            Made::new("protect_pii", "Require confirmation for personal data", "confirm", 70)
                .number(n)
                .paths(pattern)
                .node(Some(vec![
                    ("message", Node::text("This action involves personal data. Proceed?")),
                    (
                        "justification",
                        Node::text("Personal data is shown to the model only if a person agrees."),
                    ),
                ])),
        );
    }
}

/// Whether a segment of the path says that it is for administrators.
fn is_admin(tool: &Tool) -> bool {
    tool.full_path().split('/').any(|segment| {
        words(segment).iter().any(|word| matches!(word.as_str(), "admin" | "admins" | "sudo" | "superuser"))
            && !segment.starts_with('{')
    })
}

/// Paths of operations as patterns of bounded length, each path once; placeholders stand for one segment.
fn patterns(actions: &[&Action]) -> Vec<String> {
    let paths: BTreeSet<String> = actions.iter().map(|action| pattern(&action.tool.full_path())).collect();
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut length = 0;
    for path in paths {
        if all.is_empty() || length + path.len() > MAX_PATTERN {
            all.push(Vec::new());
            length = 0;
        }
        length += path.len() + 1;
        if let Some(last) = all.last_mut() {
            last.push(path);
        }
    }
    all.into_iter().map(|paths| format!("({})$", paths.join("|"))).collect()
}

/// One path as a pattern.
fn pattern(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&regex::escape(&rest[..open]));
        out.push_str("[^/]+");
        rest = &rest[open + close + 1..];
    }
    out.push_str(&regex::escape(rest));
    out
}

const UP_TO_LOW: &[RiskTier] = &[RiskTier::Safe, RiskTier::Low];
const UP_TO_MEDIUM: &[RiskTier] = &[RiskTier::Safe, RiskTier::Low, RiskTier::Medium];
const FROM_MEDIUM: &[RiskTier] = &[RiskTier::Medium, RiskTier::High, RiskTier::Critical];
const FROM_HIGH: &[RiskTier] = &[RiskTier::High, RiskTier::Critical];

/// A rule under construction.
struct Made {
    id: String,
    name: &'static str,
    kind: &'static str,
    priority: u32,
    matching: Vec<(&'static str, Node)>,
}

impl Made {
    fn new(id: &str, name: &'static str, kind: &'static str, priority: u32) -> Made {
        Made { id: id.to_owned(), name, kind, priority, matching: Vec::new() }
    }

    /// The second and later rules of one kind are numbered.
    fn number(mut self, n: usize) -> Made {
        if n > 0 {
            self.id = format!("{}_{}", self.id, n + 1);
        }
        self
    }

    fn hosts(mut self, hosts: &BTreeSet<&str>) -> Made {
        if !hosts.is_empty() {
            self.matching.push(("hosts", Node::texts(hosts.iter().copied())));
        }
        self
    }

    fn methods(mut self, methods: &[&str]) -> Made {
        self.matching.push(("methods", Node::texts(methods.iter().copied())));
        self
    }

    fn paths(mut self, pattern: String) -> Made {
        self.matching.push(("path_pattern", Node::text(pattern)));
        self
    }

    /// These paths, as they are written.
    fn listed(mut self, paths: BTreeSet<String>) -> Made {
        self.matching.push(("paths", Node::texts(paths)));
        self
    }

    fn tiers(mut self, tiers: &[RiskTier]) -> Made {
        self.matching.push(("risk_tiers", Node::texts(tiers.iter().map(|tier| tier.word()))));
        self
    }

    fn node(self, settings: Option<Vec<(&'static str, Node)>>) -> Node {
        let mut members = vec![
            ("id", Node::text(self.id)),
            ("name", Node::text(self.name)),
            ("type", Node::text(self.kind)),
            ("priority", Node::int(self.priority)),
            ("match", Node::map(self.matching)),
        ];
        if let Some(settings) = settings {
            members.push(("settings", Node::map(settings)));
        }
        Node::map(members)
    }
}
