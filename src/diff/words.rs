//! What a tool is, in words for people: its request, its parameters, and why it has its tier.
//!
//! Names come from strangers: sentences keep them quoted, and the lines of facts are escaped where shown.

use crate::canon::{Node, Value};
use crate::compare::risk::Assessed;
use crate::compare::schema::amount;
use crate::compare::tier::operation;
use crate::model::phrase::Phrase;
use crate::model::risk::{Effect, ReasonCode, RiskReason, ToolKind};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Most parameters that are listed for a new tool.
const MAX_PARAMETERS: usize = 40;

/// `POST /refunds`, or server and tool for tools that are no HTTP operation.
pub fn request(tool: &Tool) -> String {
    match tool.kind {
        ToolKind::Http => format!("{} {}", tool.method, tool.full_path()),
        ToolKind::Mcp | ToolKind::WebMcp => format!("{} {}", tool.host, tool.path),
    }
}

/// What a reason says about a tool, in two or three words.
pub fn reason(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::EffectRead => "read-only",
        ReasonCode::EffectWrite => "writes",
        ReasonCode::EffectDelete => "deletes",
        ReasonCode::EffectExecute => "executes",
        ReasonCode::MethodUnknown => "method of unknown meaning",
        ReasonCode::VerbDestroys => "named for destroying",
        ReasonCode::VerbChanges => "reads, but is named for changing",
        ReasonCode::VerbExecutes => "named for executing",
        ReasonCode::AreaPrivileged => "money, rights or credentials",
        ReasonCode::AreaAuth => "signs in or proves who one is",
        ReasonCode::PersonalDataIn => "takes personal data",
        ReasonCode::PersonalDataOut => "returns personal data",
        ReasonCode::SecretOut => "returns a secret",
        ReasonCode::SinkInput => "takes an address, file or command",
        ReasonCode::ThirdParty => "host of a third party",
        ReasonCode::UnauthenticatedWrite => "writes without a credential",
        ReasonCode::McpUnverified => "nothing proves it harmless",
        ReasonCode::WebMcp => "declared by a page",
        ReasonCode::Override => "tier raised by hand",
    }
}

/// A reason with its tier and evidence.
pub fn evidence(found: &RiskReason) -> Phrase {
    Phrase::say(format!("{}: {} (", found.tier, reason(found.code))).and_quote(&found.because).and_say(")")
}

/// `: writes, billing path, amount without a maximum`: what is to be known about a new tool, the gravest first.
pub fn summary(tool: &Tool, schema: Option<&Node>, assessed: &Assessed) -> Phrase {
    const SHOWN: usize = 4;
    let effect = match assessed.effect {
        Effect::Read => ReasonCode::EffectRead,
        Effect::Write => ReasonCode::EffectWrite,
        Effect::Delete => ReasonCode::EffectDelete,
        Effect::Execute => ReasonCode::EffectExecute,
    };
    let mut words = vec![reason(effect).to_owned()];
    for word in assessed.reasons.iter().map(|r| reason(r.code)) {
        if !words.iter().any(|w| w == word) && words.len() < SHOWN {
            words.push(word.to_owned());
        }
    }
    if assessed.effect.changes_state()
        && let Some(word) = schema.and_then(unbounded_amount)
    {
        words.push(word);
    }
    let separator = if assessed.effect.changes_state() || words.len() > 1 { ": " } else { ", " };
    Phrase::quote(request(tool)).and_say(format!("{separator}{}", words.join(", ")))
}

/// The first number among the inputs that counts money or things and has no upper bound.
fn unbounded_amount(schema: &Node) -> Option<String> {
    let bounded =
        |p: &Node| ["maximum", "exclusiveMaximum", "enum", "const"].iter().any(|k| p.get(k).is_some());
    let number = |p: &Node| matches!(p.get("type").and_then(Node::as_text), Some("number" | "integer"));
    let free = schema.get("properties")?.members().iter().filter(|(_, p)| number(p) && !bounded(p));
    let word = free.filter_map(|(name, _)| amount(name)).next()?;
    Some(format!("{word} without a maximum"))
}

/// The facts of a new tool, label and value: request, credential, parameters, confirmation, limit, toolsets.
pub fn facts(pack: &Toolpack, tool: &Tool, schema: Option<&Node>) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    match tool.kind {
        ToolKind::Http => {
            let scheme = if is_plain_text(pack, tool) { "http" } else { "https" };
            facts.push((
                "request".to_owned(),
                format!("{} {scheme}://{}{}", tool.method, tool.host, tool.full_path()),
            ));
            if let Some(name) = &tool.graphql {
                let kind = tool.graphql_type.as_deref().unwrap_or("operation");
                facts.push(("graphql".to_owned(), format!("{kind} {name}")));
            }
            facts.push(("auth".to_owned(), credential(pack, tool).unwrap_or("none declared").to_owned()));
        }
        ToolKind::Mcp => facts.push(("server".to_owned(), format!("{}, tool {}", tool.host, tool.path))),
        ToolKind::WebMcp => facts.push(("page".to_owned(), format!("{}, tool {}", tool.host, tool.path))),
    }
    let required: Vec<&str> = schema
        .and_then(|s| s.get("required"))
        .map(|r| r.items().iter().filter_map(Node::as_text).collect())
        .unwrap_or_default();
    let properties = schema.and_then(|s| s.get("properties")).map(Node::members).unwrap_or_default();
    for (name, property) in properties.iter().take(MAX_PARAMETERS) {
        facts.push((name.clone(), parameter(property, required.contains(&name.as_str()))));
    }
    if properties.len() > MAX_PARAMETERS {
        facts.push(("parameters".to_owned(), format!("{} more", properties.len() - MAX_PARAMETERS)));
    }
    facts.push(("confirmation".to_owned(), tool.confirmation.word().replace('_', " ")));
    let limit = tool.rate_limit.map_or("none".to_owned(), |n| format!("{n} calls a minute"));
    facts.push(("rate limit".to_owned(), limit));
    let sets = pack.toolsets_of(tool);
    facts.push(("toolsets".to_owned(), if sets.is_empty() { "none".to_owned() } else { sets.join(", ") }));
    facts
}

/// `number, required, minimum 0, no maximum`.
fn parameter(schema: &Node, required: bool) -> String {
    let types = match schema.get("type").map(|t| &t.value) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::List(items)) => items.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(" or "),
        _ => "any type".to_owned(),
    };
    let mut words = vec![types.clone(), if required { "required" } else { "optional" }.to_owned()];
    if let Some(options) = schema.get("enum") {
        words.push(format!("one of {}", options.items().len()));
    }
    let bound = |key: &str| schema.get(key).map(short);
    let numeric = types == "number" || types == "integer";
    for (key, before, after) in [
        ("minimum", "minimum ", ""),
        ("exclusiveMinimum", "above ", ""),
        ("maximum", "maximum ", ""),
        ("exclusiveMaximum", "below ", ""),
        ("maxLength", "at most ", " characters"),
        ("maxItems", "at most ", " items"),
        ("format", "format ", ""),
        ("pattern", "pattern ", ""),
    ] {
        if let Some(value) = bound(key) {
            words.push(format!("{before}{value}{after}"));
        }
    }
    if numeric && ["maximum", "exclusiveMaximum", "enum", "const"].iter().all(|k| schema.get(k).is_none()) {
        words.push("no maximum".to_owned());
    }
    words.join(", ")
}

/// A scalar, shortened.
pub fn short(node: &Node) -> String {
    const MAX: usize = 60;
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Int(digits) => digits.clone(),
        Value::Float(number) => number.to_string(),
        Value::Bool(b) => b.to_string(),
        _ => node.kind().to_owned(),
    };
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Whether calls of a tool are not encrypted: its operation says so, or only the plain form of its host is
/// allowed.
pub fn is_plain_text(pack: &Toolpack, tool: &Tool) -> bool {
    let allowed = &pack.header.allowed_hosts;
    let plain = format!("http://{}", tool.host);
    says_http(pack, tool)
        || allowed.iter().any(|a| a.eq_ignore_ascii_case(&plain))
            && !allowed.iter().any(|a| a.eq_ignore_ascii_case(&tool.host))
}

/// Whether a tool's own definition says that its calls are not encrypted.
pub fn says_http(pack: &Toolpack, tool: &Tool) -> bool {
    let says = |node: Option<&Node>| node.and_then(|n| n.get("scheme")?.as_text()) == Some("http");
    says(operation(&pack.baseline, tool)) || says(Some(&tool.raw))
}

/// What a tool's calls carry to prove who they are; `None` if nothing is known to be sent.
pub fn credential(pack: &Toolpack, tool: &Tool) -> Option<&'static str> {
    let operation = operation(&pack.baseline, tool);
    if let Some(kind) = operation.and_then(|o| o.get("auth_type")?.as_text()) {
        return match kind {
            "bearer" => Some("bearer token"),
            "api_key" => Some("API key"),
            "cookie" => Some("session cookie"),
            "basic" => Some("password"),
            "oauth2" => Some("OAuth token"),
            "unknown" => Some("credential"),
            _ => None,
        };
    }
    let security = tool.raw.get("security").or(operation.and_then(|o| o.get("security")))?;
    let (name, _) = security.items().iter().find_map(|alternative| alternative.members().first())?;
    let schemes = pack.baseline.raw.get("security_schemes");
    let scheme = schemes.and_then(|s| s.get(name));
    let word = |key: &str| scheme.and_then(|s| s.get(key)?.as_text()).unwrap_or_default();
    Some(match (word("type"), word("scheme"), word("in")) {
        ("http", "bearer", _) => "bearer token",
        ("http", "basic", _) => "password",
        ("apiKey", _, "cookie") => "session cookie",
        ("apiKey", ..) => "API key",
        ("oauth2" | "openIdConnect", ..) => "OAuth token",
        _ => "credential",
    })
}

/// The schema of a tool's arguments, wherever it stands.
pub fn input_schema<'a>(pack: &'a Toolpack, tool: &'a Tool) -> Option<&'a Node> {
    match tool.kind {
        ToolKind::Http => tool.input_schema(),
        ToolKind::Mcp | ToolKind::WebMcp => operation(&pack.baseline, tool)?.at("/raw/inputSchema"),
    }
}

/// `2 tools`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::tier::of_tool;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    #[test]
    fn a_new_tool_is_told_by_its_request_and_what_it_does() {
        let pack = PackText::shop()
            .edit(|p| {
                p.add("issue_refund", "POST", "/refunds");
                p.action("issue_refund")["input_schema"] = json!({"type": "object", "required": ["order_id", "amount"],
                    "properties": {
                        "order_id": {"type": "string"}, "amount": {"type": "number", "minimum": 0},
                        "reason": {"type": "string", "maxLength": 500}}});
                p.put("operator", "issue_refund");
            })
            .build();
        let tool = pack.manifest.tools.iter().find(|t| t.name == "issue_refund").unwrap();
        let summary = |t: &Tool| summary(t, t.input_schema(), &of_tool(&pack, t)).plain();
        assert_eq!(
            summary(tool),
            "POST /v1/refunds: writes, money, rights or credentials, amount without a maximum"
        );
        assert_eq!(summary(&pack.manifest.tools[1]), "GET /v1/products, read-only");
        let facts: Vec<String> =
            facts(&pack, tool, tool.input_schema()).iter().map(|(l, v)| format!("{l}: {v}")).collect();
        assert_eq!(
            facts,
            [
                "request: POST https://api.shop.example/v1/refunds",
                "auth: bearer token",
                "order_id: string, required",
                "amount: number, required, minimum 0, no maximum",
                "reason: string, optional, at most 500 characters",
                "confirmation: always",
                "rate limit: 60 calls a minute",
                "toolsets: operator",
            ]
        );
    }

    #[test]
    fn credentials_are_named_by_their_scheme() {
        let of = |scheme: serde_json::Value| {
            let pack = PackText::shop().edit(|p| p.baseline["security_schemes"]["bearer"] = scheme).build();
            credential(&pack, &pack.manifest.tools[0])
        };
        assert_eq!(of(json!({"type": "http", "scheme": "bearer"})), Some("bearer token"));
        assert_eq!(of(json!({"type": "apiKey", "in": "header"})), Some("API key"));
        assert_eq!(of(json!({"type": "apiKey", "in": "cookie"})), Some("session cookie"));
        assert_eq!(of(json!({"type": "oauth2"})), Some("OAuth token"));
        assert_eq!(of(json!({})), Some("credential"));
        let none = PackText::shop().edit(|p| p.action("create_order")["security"] = json!([])).build();
        assert_eq!(credential(&none, &none.manifest.tools[0]), None);
    }
}
