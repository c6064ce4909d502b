//! THE risk classifier: what is known about a tool in, its effect, tier and reasons out (formats-v2 §10).
//!
//! The tables are the dispatch: a row names its words and its tier for calls that read and for calls that
//! do not. The tier is the highest of all reasons and every reason is kept with its evidence, so that
//! nothing found can lower what something else found (normalize.md §12, flaw 20).

use std::cmp::Reverse;

use super::risk_rows::{CHANGES, DESTROYS, EXECUTES, Place, ROWS, tell_an_act};
use super::risk_words::{is_personal, is_secret, path_words, sink};
use crate::canon::text::words;
use crate::model::risk::{Effect, ReasonCode, RiskReason, RiskTier, ToolKind};

use RiskTier::{Critical, High, Low, Medium, Safe};

/// What is known about a tool; the classifier looks at nothing else.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Where the tool comes from.
    pub kind: ToolKind,
    /// The HTTP method; not looked at for MCP and WebMCP.
    pub method: Option<&'a str>,
    /// Base path and template of an HTTP operation, empty for others.
    pub path: &'a str,
    /// The operation id in the source, if it has one.
    pub operation_id: Option<&'a str>,
    /// The tool's name.
    pub name: &'a str,
    /// The type of a GraphQL operation (query, mutation, subscription; anything else is unknown).
    pub graphql: Option<&'a str>,
    /// Inputs.
    pub inputs: &'a [Input<'a>],
    /// Names of response fields, nested ones as dotted paths.
    pub output_fields: &'a [&'a str],
    /// `readOnlyHint` as given.
    pub read_only: Option<bool>,
    /// `destructiveHint` as given; absent means true (MCP).
    pub destructive: Option<bool>,
    /// `openWorldHint` as given.
    pub open_world: Option<bool>,
    /// Whether the host is in the first-party set.
    pub first_party: bool,
    /// Whether the source says explicitly that no credential is needed. Silence is not that.
    pub security_none: bool,
    /// The tier of a `risk_override`; it can only raise.
    pub override_tier: Option<RiskTier>,
}

impl<'a> Facts<'a> {
    /// Of a bare request, of which nothing else is known.
    pub fn request(method: &'a str, path: &'a str) -> Facts<'a> {
        Facts {
            kind: ToolKind::Http,
            method: Some(method),
            path,
            operation_id: None,
            name: "",
            graphql: None,
            inputs: &[],
            output_fields: &[],
            read_only: None,
            destructive: None,
            open_world: None,
            first_party: true,
            security_none: false,
            override_tier: None,
        }
    }
}

/// One input of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input<'a> {
    /// Its name, nested ones as dotted paths.
    pub name: &'a str,
    /// Whether it fills a placeholder of the URL path.
    pub in_path: bool,
}

/// The judgement over one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// What a call does.
    pub effect: Effect,
    /// The highest tier of all reasons.
    pub tier: RiskTier,
    /// Every reason, the gravest first, then in the order of the table. Never empty.
    pub reasons: Vec<RiskReason>,
}

/// Judges a tool.
pub fn assess(facts: &Facts) -> Assessed {
    let places = places(facts);
    let (effect, by) = effect(facts, &places);
    let mut out = Reasons { reading: effect == Effect::Read, list: Vec::new() };

    let (code, other) = match effect {
        Effect::Read | Effect::Write => (ReasonCode::EffectWrite, Medium),
        Effect::Delete => (ReasonCode::EffectDelete, High),
        Effect::Execute => (ReasonCode::EffectExecute, High),
    };
    out.add(code, None, Some(other), std::slice::from_ref(&by));
    if facts.kind == ToolKind::Http && facts.graphql.is_none() && method_effect(facts.method).is_none() {
        out.add(ReasonCode::MethodUnknown, None, Some(High), std::slice::from_ref(&by));
    }
    for row in ROWS {
        out.add(row.code, row.read, row.other, &row.hits(&places));
    }
    fields(facts, &places, &mut out);
    circumstances(facts, &places, &mut out);

    // A read that nothing else speaks about still says why it is safe.
    if out.list.is_empty() {
        out.add(ReasonCode::EffectRead, Some(Safe), None, &[by]);
    }
    out.list.sort_by_key(|r| (Reverse(r.tier), r.code));
    let tier = out.list.iter().map(|r| r.tier).max().unwrap_or(Critical);
    Assessed { effect, tier, reasons: out.list }
}

/// Whether a name tells an act (`drop-all-users`), so that no other name may ever stand for it.
pub fn tells_an_act(name: &str) -> bool {
    tell_an_act(&words(name))
}

/// Reasons as they are found; a row without a tier for this kind of call adds none.
struct Reasons {
    reading: bool,
    list: Vec<RiskReason>,
}

impl Reasons {
    fn add(
        &mut self,
        code: ReasonCode,
        read: Option<RiskTier>,
        other: Option<RiskTier>,
        evidence: &[String],
    ) {
        const SHOWN: usize = 3;
        let tier = if self.reading { read } else { other };
        let (Some(tier), false) = (tier, evidence.is_empty()) else { return };
        let mut because = evidence.iter().take(SHOWN).map(|e| shortened(e)).collect::<Vec<_>>().join(", ");
        if evidence.len() > SHOWN {
            because.push_str(&format!(" and {} more", evidence.len() - SHOWN));
        }
        self.list.push(RiskReason { code, tier, because });
    }
}

/// Evidence quotes names of any length; a reason is one short line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn places(facts: &Facts) -> Vec<Place> {
    let path = if facts.kind == ToolKind::Http { path_words(facts.path) } else { Vec::new() };
    vec![
        Place { label: "path word", groups: path },
        Place { label: "operation id word", groups: facts.operation_id.map(words).into_iter().collect() },
        Place { label: "name word", groups: vec![words(facts.name)] },
    ]
}

/// The effect that the protocol gives to a method; `None` for a method without a known meaning.
fn method_effect(method: Option<&str>) -> Option<Effect> {
    Some(match method?.to_ascii_uppercase().as_str() {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" => Effect::Read,
        "POST" | "PUT" | "PATCH" => Effect::Write,
        "DELETE" => Effect::Delete,
        _ => return None,
    })
}

/// The effect and what says so. Words raise a write, never a read: what a GET hides is told by its tier.
fn effect(facts: &Facts, places: &[Place]) -> (Effect, String) {
    let destroys = DESTROYS.hits(places);
    let executes = EXECUTES.hits(places);
    let (effect, by) = match (facts.kind, facts.graphql) {
        (ToolKind::Http, Some(kind)) => match kind {
            "query" | "subscription" => (Effect::Read, format!("GraphQL {kind}")),
            "mutation" => (Effect::Write, "GraphQL mutation".to_owned()),
            _ => (Effect::Write, "GraphQL operation of unknown type".to_owned()),
        },
        (ToolKind::Http, None) => (
            method_effect(facts.method).unwrap_or(Effect::Write),
            format!("method {}", facts.method.unwrap_or("(none)")),
        ),
        (ToolKind::Mcp | ToolKind::WebMcp, _) => hinted_effect(facts, places),
    };
    match effect {
        Effect::Write if !executes.is_empty() => (Effect::Execute, executes[0].clone()),
        Effect::Write if !destroys.is_empty() => (Effect::Delete, destroys[0].clone()),
        _ => (effect, by),
    }
}

fn hinted_effect(facts: &Facts, places: &[Place]) -> (Effect, String) {
    if facts.read_only == Some(true) && changing_words(places).is_empty() {
        return (Effect::Read, "readOnlyHint true".to_owned());
    }
    match facts.destructive {
        Some(false) => (Effect::Write, "destructiveHint false".to_owned()),
        Some(true) => (Effect::Delete, "destructiveHint true".to_owned()),
        None => (Effect::Delete, "no destructiveHint, which means true".to_owned()),
    }
}

/// Words that contradict a claim to only read.
fn changing_words(places: &[Place]) -> Vec<String> {
    [&CHANGES, &DESTROYS, &EXECUTES].into_iter().flat_map(|row| row.hits(places)).collect()
}

/// Reasons from the names of inputs and response fields.
fn fields(facts: &Facts, places: &[Place], out: &mut Reasons) {
    let resource = resource(places);
    let inputs = |keep: &dyn Fn(&Input) -> bool| -> Vec<String> {
        facts.inputs.iter().filter(|i| keep(i)).map(|i| format!("input {}", i.name)).collect()
    };
    let outputs = |keep: &dyn Fn(&str) -> bool| -> Vec<String> {
        facts.output_fields.iter().filter(|f| keep(f)).map(|f| format!("response field {f}")).collect()
    };
    let personal_in = inputs(&|i| is_personal(i.name, &resource));
    let personal_out = outputs(&|f| is_personal(f, &resource));
    let secret_out = outputs(&is_secret);
    let sinks = inputs(&|i| !i.in_path && sink(i.name).is_some());
    out.add(ReasonCode::PersonalDataIn, Some(Low), Some(High), &personal_in);
    out.add(ReasonCode::PersonalDataOut, Some(Low), Some(Medium), &personal_out);
    out.add(ReasonCode::SecretOut, Some(High), Some(Critical), &secret_out);
    out.add(ReasonCode::SinkInput, Some(Medium), Some(High), &sinks);
}

/// Reasons from where the tool comes from and what is said about it.
fn circumstances(facts: &Facts, places: &[Place], out: &mut Reasons) {
    if !facts.first_party {
        out.add(
            ReasonCode::ThirdParty,
            Some(Medium),
            Some(Medium),
            &["host outside the first party".to_owned()],
        );
    }
    if facts.security_none {
        let by = "security explicitly none".to_owned();
        out.add(ReasonCode::UnauthenticatedWrite, None, Some(High), &[by]);
    }
    if facts.kind != ToolKind::Http {
        if [facts.read_only, facts.destructive, facts.open_world] == [None; 3] {
            out.add(ReasonCode::McpUnverified, None, Some(High), &["no annotations".to_owned()]);
        } else if facts.read_only == Some(true) {
            let by: Vec<_> =
                changing_words(places).iter().map(|w| format!("readOnlyHint true, but {w}")).collect();
            out.add(ReasonCode::McpUnverified, None, Some(High), &by);
        }
    }
    if facts.kind == ToolKind::WebMcp {
        out.add(ReasonCode::WebMcp, Some(Medium), Some(High), &["declared by a page".to_owned()]);
    }
    // rules.md K: the claims of a server never lower a tier; without other evidence it is at least medium.
    if facts.kind == ToolKind::Mcp && out.list.iter().all(|r| r.tier < Medium) {
        let by = "nothing but the server's own claim says that it only reads".to_owned();
        out.add(ReasonCode::McpUnverified, Some(Medium), Some(Medium), &[by]);
    }
    if let Some(tier) = facts.override_tier {
        out.add(ReasonCode::Override, Some(tier), Some(tier), &["raised by risk_override".to_owned()]);
    }
}

/// The words of what the operation of a path is about: its fields are read in their light.
pub fn resource_words(path: &str) -> Vec<String> {
    let named = path_words(path).into_iter().rev().find(|group| is_resource(group));
    named.unwrap_or_default()
}

/// Whether a segment names something: no version, no alias of the caller.
fn is_resource(group: &[String]) -> bool {
    const ALIASES: &[&str] = &["me", "self", "current"];
    !(group.is_empty() || group.len() == 1 && ALIASES.contains(&group[0].as_str()))
}

/// The words of what an operation is about: the last literal segment that is not a version or an alias of
/// the caller, else the name.
fn resource(places: &[Place]) -> Vec<String> {
    places[0].groups.iter().rev().find(|group| is_resource(group)).unwrap_or(&places[2].groups[0]).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn http<'a>(method: &'a str, path: &'a str) -> Facts<'a> {
        Facts::request(method, path)
    }

    fn mcp(name: &str) -> Facts<'_> {
        Facts { kind: ToolKind::Mcp, method: None, name, ..http("", "") }
    }

    fn tier(facts: &Facts) -> RiskTier {
        assess(facts).tier
    }

    fn codes(facts: &Facts) -> Vec<ReasonCode> {
        assess(facts).reasons.iter().map(|r| r.code).collect()
    }

    #[test]
    fn every_row_of_the_table_of_paths_holds() {
        for line in include_str!("../../fixtures/risk.tsv").lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(tier(&http(cells[0], cells[1])), cells[2].parse().unwrap(), "{line}");
        }
    }

    /// Tools of the reference keep the tiers that people have approved.
    fn keeps_tiers(json: &str, count: usize) {
        let tools: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
        assert_eq!(tools.len(), count);
        for tool in &tools {
            let names = |key: &str| -> Vec<&str> {
                tool[key].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect()
            };
            let path = tool["path"].as_str().unwrap();
            let in_path = |name: &str| path.contains(&format!("{{{name}}}"));
            let inputs: Vec<Input> =
                names("inputs").into_iter().map(|name| Input { name, in_path: in_path(name) }).collect();
            let facts = Facts {
                name: tool["name"].as_str().unwrap(),
                inputs: &inputs,
                output_fields: &names("outputs"),
                ..http(tool["method"].as_str().unwrap(), path)
            };
            let assessed = assess(&facts);
            assert_eq!(assessed.tier.word(), tool["risk_tier"].as_str().unwrap(), "{assessed:?}");
        }
    }

    #[test]
    fn the_demo_keeps_its_eight_tiers() {
        keeps_tiers(include_str!("../../fixtures/reference/demo-tools.json"), 8);
    }

    #[test]
    fn the_reference_base_keeps_its_six_tiers() {
        keeps_tiers(include_str!("../../fixtures/reference/base-tools.json"), 6);
    }

    #[test]
    fn every_word_of_every_row_speaks_from_each_place() {
        for row in ROWS {
            let pairs: Vec<String> = row.pairs.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let single = row.verbs.iter().chain(row.nouns).map(|w| (*w).to_owned());
            for word in single.chain(pairs) {
                let path = format!("/v1/{word}/x");
                for (method, tier) in [("GET", row.read), ("POST", row.other)] {
                    let named = Facts { name: &word, ..http(method, "/v1/x") };
                    let with_id = Facts { operation_id: Some(&word), ..http(method, "/v1/x") };
                    for facts in [&http(method, &path), &named, &with_id] {
                        let found = assess(facts).reasons.into_iter().find(|r| r.code == row.code);
                        assert_eq!(found.map(|r| r.tier), tier, "{method} {word}");
                    }
                }
            }
        }
    }

    #[test]
    fn words_raise_a_write_but_never_turn_a_read() {
        assert_eq!(assess(&http("POST", "/x/purge")).effect, Effect::Delete);
        assert_eq!(assess(&http("POST", "/x/run")).effect, Effect::Execute);
        assert_eq!(assess(&http("GET", "/x/purge")).effect, Effect::Read);
        assert_eq!(assess(&http("BREW", "/x")).effect, Effect::Write);
        assert_eq!(codes(&http("BREW", "/x")), [ReasonCode::MethodUnknown, ReasonCode::EffectWrite]);
        let none = Facts { method: None, ..http("", "/x") };
        assert_eq!(tier(&none), High, "no method is an unknown method");
    }

    #[test]
    fn graphql_is_judged_by_type_and_name() {
        let named = |kind, name| Facts { graphql: Some(kind), name, ..http("POST", "/graphql") };
        assert_eq!(assess(&named("query", "get_user")).effect, Effect::Read);
        assert_eq!(tier(&named("query", "get_user")), Safe);
        assert_eq!(tier(&named("mutation", "DeleteAccount")), High);
        assert_eq!(assess(&named("fragment", "x")).effect, Effect::Write);
    }

    #[test]
    fn fields_speak_by_direction() {
        let path = [Input { name: "email", in_path: true }];
        let url = [Input { name: "callback_url", in_path: false }];
        let url_in_path = [Input { name: "url", in_path: true }];
        let out = |method, fields| Facts { output_fields: fields, ..http(method, "/x") };
        let with = |method, inputs| Facts { inputs, ..http(method, "/x") };
        assert_eq!(tier(&with("GET", &path)), Low);
        assert_eq!(tier(&with("POST", &path)), High);
        assert_eq!(tier(&out("GET", &["data[].email"])), Low);
        assert_eq!(tier(&out("POST", &["email"])), Medium);
        assert_eq!(tier(&out("GET", &["access_token"])), High);
        assert_eq!(tier(&out("POST", &["access_token"])), Critical);
        assert_eq!(tier(&with("GET", &url)), Medium);
        assert_eq!(tier(&with("POST", &url)), High);
        assert_eq!(tier(&with("GET", &url_in_path)), Safe);
        let license = Facts { output_fields: &["license"], ..http("GET", "/repos/{name}") };
        assert_eq!(tier(&license), Safe);
    }

    #[test]
    fn circumstances_speak() {
        assert_eq!(tier(&Facts { first_party: false, ..http("GET", "/x") }), Medium);
        let both = Facts { first_party: false, output_fields: &["email"], ..http("GET", "/x") };
        assert_eq!(codes(&both), [ReasonCode::ThirdParty, ReasonCode::PersonalDataOut]);
        assert_eq!(tier(&Facts { security_none: true, ..http("POST", "/x") }), High);
        assert_eq!(tier(&Facts { security_none: true, ..http("GET", "/x") }), Safe);
        assert_eq!(tier(&Facts { override_tier: Some(Critical), ..http("GET", "/x") }), Critical);
        assert_eq!(tier(&Facts { override_tier: Some(Safe), ..http("POST", "/x") }), Medium);
    }

    #[test]
    fn the_claims_of_a_server_never_lower_a_tier() {
        let bare = mcp("lookup");
        assert_eq!((assess(&bare).effect, tier(&bare)), (Effect::Delete, High));
        let reads = Facts { read_only: Some(true), ..mcp("lookup") };
        assert_eq!((assess(&reads).effect, tier(&reads)), (Effect::Read, Medium));
        let lies = Facts { read_only: Some(true), destructive: Some(false), ..mcp("delete_file") };
        assert_eq!((assess(&lies).effect, tier(&lies)), (Effect::Delete, High));
        assert!(codes(&lies).contains(&ReasonCode::McpUnverified));
        let writes = Facts { destructive: Some(false), ..mcp("note") };
        assert_eq!((assess(&writes).effect, tier(&writes)), (Effect::Write, Medium));
        let page = Facts { kind: ToolKind::WebMcp, read_only: Some(true), ..mcp("lookup") };
        assert_eq!(codes(&page), [ReasonCode::WebMcp]);
        assert_eq!(tier(&Facts { read_only: None, destructive: Some(false), ..page }), High);
    }

    #[test]
    fn evidence_names_the_place_and_stays_short() {
        let long = "a".repeat(500) + "_token";
        let facts =
            Facts { output_fields: &[&long], name: "purge_all", ..http("POST", "/x/delete/remove/drop") };
        let reasons = assess(&facts).reasons;
        let destroys = reasons.iter().find(|r| r.code == ReasonCode::VerbDestroys).unwrap();
        assert_eq!(destroys.because, "path word delete, path word remove, path word drop and 1 more");
        assert!(reasons.iter().all(|r| r.because.chars().count() < 300));
    }

    proptest! {
        #[test]
        fn a_read_exceeds_medium_only_by_a_secret_or_an_override(path in "(/[a-zA-Z-]{1,12}){1,4}", name in "[a-z_]{0,20}") {
            let assessed = assess(&Facts { name: &name, first_party: false, security_none: true, ..http("GET", &path) });
            prop_assert!(assessed.tier <= Medium);
            prop_assert!(!assessed.reasons.is_empty());
        }

        #[test]
        fn more_evidence_never_lowers_a_tier(path in "(/[a-z]{1,12}){1,3}", field in "[a-z_]{1,16}") {
            let facts = http("POST", &path);
            let more = Facts { output_fields: &[&field], first_party: false, ..facts.clone() };
            prop_assert!(tier(&more) >= tier(&facts));
        }
    }
}
