//! A tool and its locked operation in, what the classifier says of it out; and the tier of a whole surface.
//!
//! The manifest's own word about risk is not looked at here: it is what these tiers are compared with
//! (trust.md §3, formats-v2 §10). Walks over schemas are bounded, for a schema is written by a stranger.

use std::collections::BTreeSet;

use super::hosts;
use super::properties::names;
use super::risk::{Assessed, Facts, Input, assess};
use crate::canon::Node;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::policy::DefaultAction;
use crate::model::risk::{Effect, ReasonCode, RiskTier, ToolKind};
use crate::model::schema_version::Generation;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Rule, mcpt, op, tool};

/// Judges a tool of a toolpack by what is locked about it.
pub fn of_tool(pack: &Toolpack, tool: &Tool) -> Assessed {
    tool_risk(tool, operation(&pack.baseline, tool), defs(pack), is_first_party(pack, tool))
}

/// The definitions that locked entries refer to.
fn defs(pack: &Toolpack) -> Option<&Node> {
    match pack.baseline.generation {
        Generation::V2 => pack.baseline.raw.get("$defs"),
        Generation::V1 => None,
    }
}

/// What a server lists of a tool of its own, as it is locked.
pub fn listed<'a>(pack: &'a Toolpack, tool: &Tool) -> Option<&'a Node> {
    operation(&pack.baseline, tool).and_then(|o| o.get("raw")).filter(|_| tool.kind != ToolKind::Http)
}

/// [`inputs`] of a tool of a toolpack.
pub fn takes(pack: &Toolpack, tool: &Tool) -> BTreeSet<(String, bool)> {
    inputs(tool, listed(pack, tool), &tool.full_path())
}

/// [`outputs`] of a tool of a toolpack.
pub fn gives(pack: &Toolpack, tool: &Tool) -> BTreeSet<String> {
    outputs(tool, operation(&pack.baseline, tool), listed(pack, tool), defs(pack))
}

/// The locked entry of a tool.
pub fn operation<'a>(baseline: &'a Baseline, tool: &Tool) -> Option<&'a Node> {
    baseline.operation(&tool.identity)
}

/// Judges a tool: its action, the locked entry of its identity, the definitions that the entry refers to,
/// and whether its host belongs to the first party.
pub fn tool_risk(tool: &Tool, operation: Option<&Node>, defs: Option<&Node>, first_party: bool) -> Assessed {
    let raw = operation.and_then(|o| o.get("raw")).filter(|_| tool.kind != ToolKind::Http);
    let full_path = tool.full_path();
    let inputs = inputs(tool, raw, &full_path);
    let inputs: Vec<Input> = inputs.iter().map(|(name, in_path)| Input { name, in_path: *in_path }).collect();
    let outputs = outputs(tool, operation, raw, defs);
    let output_fields: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let hint = |name: &str| raw.and_then(|r| r.get("annotations")?.get(name)?.as_bool());
    let none = |node: Option<&Node>| node.and_then(|n| n.get("security")).is_some_and(needs_no_credential);
    assess(&Facts {
        kind: tool.kind,
        method: (tool.kind == ToolKind::Http).then_some(tool.method.as_str()),
        path: if tool.kind == ToolKind::Http { &full_path } else { "" },
        operation_id: operation.and_then(|o| o.get("operation_id")?.as_text()),
        name: &tool.name,
        graphql: graphql_type(tool, operation),
        inputs: &inputs,
        output_fields: &output_fields,
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        open_world: hint("openWorldHint"),
        first_party,
        security_none: none(operation) || none(Some(&tool.raw)),
        override_tier: tool.tier_override,
    })
}

/// The most specific rule of a new tool or operation: by what its call does and what it is about.
pub fn rule_of_added(kind: ToolKind, assessed: &Assessed) -> &'static Rule {
    let areas = [ReasonCode::AreaPrivileged, ReasonCode::AreaAuth];
    match (kind, assessed.effect) {
        (ToolKind::Mcp, _) => mcpt::ADDED,
        (ToolKind::WebMcp, _) => tool::ADDED,
        (ToolKind::Http, Effect::Read) => op::ADDED_READ,
        (ToolKind::Http, Effect::Delete) => op::ADDED_DESTRUCTIVE,
        _ if assessed.reasons.iter().any(|r| areas.contains(&r.code)) => op::ADDED_PRIVILEGED,
        _ => op::ADDED_WRITE,
    }
}

/// The tier that counts for a tool: the higher of what the manifest says and what the classifier finds.
pub fn effective_tier(tool: &Tool, assessed: &Assessed) -> RiskTier {
    tool.tier.max(assessed.tier).max(tool.tier_override.unwrap_or(RiskTier::Safe))
}

/// The tier of a toolpack's surface from its content alone, and why (trust.md §3).
pub fn surface_tier(pack: &Toolpack) -> (RiskTier, Vec<Phrase>) {
    let mut why = Vec::new();
    if pack.policy.default_action != DefaultAction::Deny {
        why.push(Phrase::say("the policy allows whatever no rule forbids"));
    }
    for rule in pack.policy.rules.iter().filter(|r| r.settings.allow_without_confirmation) {
        why.push(Phrase::say("rule ").and_quote(&rule.id).and_say(" waives confirmations"));
    }
    if pack.header.launches {
        why.push(Phrase::say("a container is launched"));
    }
    for (server, entry) in pack.baseline.raw.get("mcp").map(Node::members).unwrap_or_default() {
        if entry.get("launch").is_some_and(is_launched) {
            why.push(Phrase::say("server ").and_quote(server).and_say(" is launched"));
        }
    }
    for host in reach(pack) {
        let host = host.as_str();
        if host.contains('*') {
            why.push(Phrase::say("host ").and_quote(host).and_say(" is a wildcard"));
        } else if let Some(class) = hosts::is_private(host) {
            why.push(Phrase::say("host ").and_quote(host).and_say(" is ").and_say(class));
        }
    }
    if !why.is_empty() {
        return (RiskTier::Critical, why);
    }
    let guarded: Vec<&str> =
        pack.manifest.tools.iter().filter(|t| t.tier >= RiskTier::High).map(|t| t.name.as_str()).collect();
    match guarded.len() {
        0 => {
            (RiskTier::Medium, vec![Phrase::say("no tool above medium, nothing launched, only named hosts")])
        }
        n => {
            let (first, tools) = (guarded[0], if n == 1 { "tool" } else { "tools" });
            let why = Phrase::say(format!("{n} {tools} of tier high or critical, ")).and_quote(first);
            (RiskTier::High, vec![if n == 1 { why } else { why.and_say(" and others") }])
        }
    }
}

/// Hosts that the files beside the actions let the toolpack reach.
fn reach(pack: &Toolpack) -> BTreeSet<String> {
    let manifest = pack.manifest.rest.get("allowed_hosts").map(Node::items).unwrap_or_default();
    let manifest = manifest.iter().filter_map(Node::as_text).map(str::to_owned);
    pack.header.allowed_hosts.iter().cloned().chain(manifest).collect()
}

/// A launch line that starts a program, as opposed to the address of a remote server. What names no known
/// transport counts as launched.
fn is_launched(launch: &Node) -> bool {
    let remote = matches!(launch.get("transport").and_then(Node::as_text), Some("http" | "sse"));
    !launch.is_null() && (!remote || launch.get("command").is_some_and(|c| !c.is_null()))
}

/// Whether a tool's host belongs to the first party: whether the toolpack allows the host. The v1 baseline's
/// own word may only take that away: it was said of the host of its operation, and said of nearly every one.
/// MCP servers are judged by their annotations instead.
fn is_first_party(pack: &Toolpack, tool: &Tool) -> bool {
    if tool.kind == ToolKind::Mcp {
        return true;
    }
    let said = operation(&pack.baseline, tool).and_then(|o| o.get("is_first_party")?.as_bool());
    let allowed = &pack.header.allowed_hosts;
    said != Some(false)
        && (tool.kind == ToolKind::WebMcp || allowed.is_empty() || allows(allowed, &tool.host))
}

/// Whether a list of allowed hosts lets a tool call a host.
pub fn allows(allowed: &[String], host: &str) -> bool {
    let Ok(host) = hosts::parse(host) else { return allowed.iter().any(|a| a == host) };
    // A tool's host says no scheme of its own.
    let mut entries = allowed.iter().filter_map(|entry| hosts::parse(entry).ok());
    entries.any(|entry| entry.names(&host) && entry.port == host.port)
}

/// Explicitly no credential: an empty list of alternatives, or an empty alternative among them.
fn needs_no_credential(security: &Node) -> bool {
    matches!(security.value, crate::canon::Value::List(_))
        && (security.items().is_empty()
            || security.items().iter().any(|a| a.is_map() && a.members().is_empty()))
}

/// The type of a GraphQL operation. It counts only where the document is pinned to the operation and nothing
/// contradicts: else a write could be relabelled a query by one word.
fn graphql_type<'a>(tool: &'a Tool, operation: Option<&'a Node>) -> Option<&'a str> {
    let name = tool.graphql.as_deref()?;
    let said = tool.graphql_type.as_deref().unwrap_or_default();
    let pinned = tool.raw.at("/fixed_body/operationName").and_then(Node::as_text) == Some(name);
    let locked = operation.and_then(|o| o.get("type")?.as_text());
    let document = tool.raw.at("/fixed_body/query").and_then(Node::as_text).unwrap_or_default();
    let contradicts = locked.is_some_and(|l| l != said)
        || said != "mutation" && document.split(|c: char| !c.is_alphanumeric()).any(|w| w == "mutation");
    Some(if pinned && !contradicts && !is_chosen(tool) { said } else { "unknown" })
}

/// Whether whoever calls a GraphQL tool chooses what is run: an argument fills the document, or what may stand for it, and
/// that is not fixed. What is fixed, no argument changes.
fn is_chosen(tool: &Tool) -> bool {
    let fixed = tool.raw.get("fixed_body");
    let is_free = |member: &str| fixed.and_then(|body| body.get(member)).is_none_or(Node::is_null);
    let is_open = |member: &str| matches!(member, "query" | "extensions") && is_free(member);
    let places = tool.raw.get("inputs");
    let properties = tool.input_schema().and_then(|schema| schema.get("properties"));
    let named = [places, properties].into_iter().flatten().flat_map(Node::members);
    named.map(|(name, _)| name.as_str()).any(|name| {
        // Where nobody says where it goes, an argument fills the member of its name.
        let place = places.and_then(|places| places.get(name)?.as_text()).unwrap_or(name);
        let member = ["body./", "query."].iter().find_map(|kind| place.strip_prefix(kind)).unwrap_or(place);
        match place == "body" {
            true => is_open("query") || is_open("extensions"),
            false => member.split('/').next().is_some_and(is_open),
        }
    })
}

/// Names of inputs, nested ones dotted, with whether they fill the path. What an argument is called on the
/// wire counts too: renaming an argument hides nothing.
pub fn inputs(tool: &Tool, raw: Option<&Node>, full_path: &str) -> BTreeSet<(String, bool)> {
    let schema = match tool.kind {
        ToolKind::Http => tool.input_schema(),
        ToolKind::Mcp | ToolKind::WebMcp => raw.and_then(|r| r.get("inputSchema")),
    };
    let mut found = BTreeSet::new();
    let Some(schema) = schema else { return found };
    let places = tool.raw.get("inputs");
    for field in names(schema, None) {
        let place = places.and_then(|p| p.get(&field)?.as_text());
        let in_path = match place {
            Some(place) => place.starts_with("path."),
            None => tool.kind == ToolKind::Http && full_path.contains(&format!("{{{field}}}")),
        };
        if let Some((_, wire)) = place.and_then(|p| p.split_once('.')).filter(|(_, wire)| *wire != field) {
            found.insert((wire.trim_start_matches('/').replace('/', "."), in_path));
        }
        found.insert((field, in_path));
    }
    found
}

/// Names of response fields, nested ones dotted.
pub fn outputs(
    tool: &Tool,
    operation: Option<&Node>,
    raw: Option<&Node>,
    defs: Option<&Node>,
) -> BTreeSet<String> {
    let mut schemas: Vec<&Node> = Vec::new();
    if tool.kind == ToolKind::Http {
        schemas.extend(tool.raw.get("output_schema"));
        if let Some(operation) = operation {
            schemas.extend(operation.get("response_schema"));
            schemas.extend(operation.get("response"));
            for (status, response) in operation.get("responses").map(Node::members).unwrap_or_default() {
                // What comes with an error is told by the server, not by the tool.
                if status.starts_with('2') || status == "default" {
                    schemas.extend(
                        response.get("content").map(Node::members).unwrap_or_default().iter().map(|(_, s)| s),
                    );
                }
            }
        }
    } else {
        schemas.extend(raw.and_then(|r| r.get("outputSchema")));
    }
    schemas.into_iter().flat_map(|schema| names(schema, defs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::risk::ReasonCode;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    fn codes(text: &PackText, name: &str) -> Vec<ReasonCode> {
        let pack = text.build();
        let tool = pack.manifest.tools.iter().find(|t| t.name == name).unwrap();
        of_tool(&pack, tool).reasons.iter().map(|r| r.code).collect()
    }

    #[test]
    fn facts_come_from_action_and_operation() {
        let shop = PackText::shop();
        assert_eq!(codes(&shop, "list_products"), [ReasonCode::EffectRead]);
        assert_eq!(codes(&shop, "create_order"), [ReasonCode::EffectWrite]);
        let open = shop.clone().edit(|p| {
            p.operation("create_order")["security"] = json!([]);
            p.operation("list_products")["responses"]["200"]["content"]["application/json"] =
                json!({"$ref": "#/$defs/Page"});
            p.baseline["$defs"] = json!({"Page": {"type": "array", "items": {"$ref": "#/$defs/User"}},
                "User": {"properties": {"email": {}, "friends": {"$ref": "#/$defs/Page"}}}});
        });
        assert_eq!(codes(&open, "create_order"), [ReasonCode::UnauthenticatedWrite, ReasonCode::EffectWrite]);
        assert_eq!(codes(&open, "list_products"), [ReasonCode::PersonalDataOut]);
    }

    #[test]
    fn renaming_an_argument_hides_nothing() {
        let text = PackText::shop().edit(|p| {
            p.action("create_order")["inputs"] = json!({"note": "body./callback_url"});
        });
        assert!(codes(&text, "create_order").contains(&ReasonCode::SinkInput));
    }

    #[test]
    fn a_query_is_believed_only_if_it_is_pinned() {
        let text = |body: serde_json::Value| {
            PackText::shop().edit(|p| {
                let action = p.action("create_order");
                action["graphql"] = json!({"operation_name": "Orders", "type": "query"});
                action["fixed_body"] = body;
            })
        };
        let effect = |t: PackText| {
            let pack = t.build();
            let tool = pack.manifest.tools.iter().find(|t| t.name == "create_order").unwrap().clone();
            of_tool(&pack, &tool).effect.changes_state()
        };
        assert!(!effect(text(json!({"operationName": "Orders"}))));
        assert!(effect(text(json!({}))), "nothing is pinned");
        assert!(effect(text(json!({"operationName": "Orders", "query": "mutation Orders { x }"}))));
    }

    /// What the caller writes is run, whatever operation it names.
    #[test]
    fn a_query_is_not_believed_whose_document_the_caller_writes() {
        let (name, document) = (json!({"operationName": "Orders"}), "query Orders { x }");
        let whole = json!({"operationName": "Orders", "query": document});
        let hash = json!({"operationName": "Orders", "extensions": {"persistedQuery": {"sha256Hash": "00"}}});
        for (place, fixed, changes) in [
            (Some("body./query"), &name, true),
            (Some("body./extensions/persistedQuery"), &name, true),
            (Some("query.query"), &name, true),
            (Some("body"), &name, true),
            // Nobody says where it goes: it fills the member of its name.
            (None, &name, true),
            // A server that knows no hashes runs the document beside it.
            (Some("body./query"), &hash, true),
            (Some("body./extensions"), &whole, true),
            (Some("body./variables"), &name, false),
            (Some("body./queryset"), &name, false),
            (Some("header.query"), &name, false),
            (Some("body./query"), &whole, false),
            (Some("body./extensions/x"), &hash, false),
            (None, &whole, false),
        ] {
            let text = PackText::shop().edit(|p| {
                let action = p.action("create_order");
                action["graphql"] = json!({"operation_name": "Orders", "type": "query"});
                action["fixed_body"] = fixed.clone();
                action["input_schema"] =
                    json!({"type": "object", "properties": {"query": {"type": "string"}}});
                action["inputs"] = place.map_or_else(|| json!({}), |place| json!({"query": place}));
            });
            let pack = text.build();
            let tool = pack.manifest.tools.iter().find(|t| t.name == "create_order").unwrap();
            assert_eq!(of_tool(&pack, tool).effect.changes_state(), changes, "{place:?} {fixed}");
        }
    }

    #[test]
    fn hosts_outside_the_allowed_ones_are_third_parties() {
        let text = PackText::shop().edit(|p| p.action("list_products")["host"] = json!("other.example"));
        assert_eq!(codes(&text, "list_products"), [ReasonCode::ThirdParty]);
        let list = ["*.shop.example".to_owned(), "b.example:8443".to_owned(), "http://c.example".to_owned()];
        for (host, allowed) in [
            ("api.shop.example", true),
            ("a.b.shop.example", false),
            ("shop.example", false),
            ("xshop.example", false),
            ("b.example", false),
            ("b.example:8443", true),
            ("c.example", true),
        ] {
            assert_eq!(allows(&list, host), allowed, "{host}");
        }
    }

    #[test]
    fn the_surface_is_as_grave_as_its_gravest_part() {
        let tier = |text: PackText| surface_tier(&text.build()).0;
        let shop = PackText::shop();
        assert_eq!(tier(shop.clone()), RiskTier::Medium);
        assert_eq!(
            tier(shop.clone().edit(|p| p.action("create_order")["risk_tier"] = json!("high"))),
            RiskTier::High
        );
        for critical in [
            shop.clone().edit(|p| p.policy["default_action"] = json!("allow")),
            shop.clone()
                .edit(|p| p.policy["rules"][0]["settings"] = json!({"allow_without_confirmation": true})),
            shop.clone().edit(|p| p.header["allowed_hosts"] = json!(["*.shop.example"])),
            shop.clone().edit(|p| p.header["allowed_hosts"] = json!(["10.0.0.1"])),
            shop.clone().edit(|p| p.header["runtime"] = json!({"mode": "container", "container": null})),
            shop.clone().edit(|p| {
                p.baseline["mcp"] = json!({"files": {"launch": {"transport": "stdio", "command": "x"}}});
            }),
        ] {
            let (tier, why) = surface_tier(&critical.build());
            assert_eq!((tier, why.len()), (RiskTier::Critical, 1));
        }
        let remote = shop.edit(|p| {
            p.baseline["mcp"] =
                json!({"files": {"launch": {"transport": "http", "url": "https://a.example"}}});
        });
        assert_eq!(tier(remote), RiskTier::Medium);
    }

    #[test]
    fn definitions_that_name_each_other_end() {
        let refs = |names: &[&str]| json!({"allOf": names.iter().map(|n| json!({"$ref": format!("#/$defs/{n}")})).collect::<Vec<_>>()});
        let all = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let defs: serde_json::Map<_, _> = all.iter().map(|n| ((*n).to_owned(), refs(&all))).collect();
        let text = PackText::shop().edit(|p| {
            p.baseline["$defs"] = json!(defs);
            p.operation("list_products")["responses"]["200"]["content"]["application/json"] = refs(&all);
        });
        assert_eq!(codes(&text, "list_products"), [ReasonCode::EffectRead]);
    }
}
