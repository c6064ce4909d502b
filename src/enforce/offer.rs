//! A tool as it is offered to agents (mcp.md §2): its texts cleaned and marked, its schemas as they are shown, what
//! its calls may do, and who approved it.

use serde_json::{Value as Json, json};

use super::arguments::TOKENS;
use super::offered_schema::{clean, of_input, of_output};
use super::served::Served;
use crate::canon::json::from_node;
use crate::canon::{Node, Value};
use crate::compare::tier;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::schema_version::Generation;
use crate::model::tool::{Confirmation, Tool};
use crate::model::toolpack::Toolpack;

/// Characters of a description, before what is added when it is served.
const MAX_DESCRIPTION: usize = 1024;
/// Characters of a title.
const MAX_TITLE: usize = 80;
/// Hints of a tool that is called before.
const MAX_HINTS: usize = 3;
/// Hints that are looked at.
const MAX_SAID: usize = 64;
/// Percent from which a hint is shown.
const MIN_CONFIDENCE: i64 = 80;
/// Keywords beside which the properties of a schema are not all that it takes.
const OPEN: &[&str] = &["$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"];

/// What is known about a tool beside its toolpack.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Ids of tools that are served.
    pub is_served: &'a dyn Fn(&str) -> bool,
    /// Ids of the keys that approved it.
    pub approved_by: &'a [String],
    /// Whether its calls change something.
    pub changes_state: bool,
    /// Whether a call can come to need a person's word.
    pub can_confirm: bool,
    /// The output schema that it is served with, made by [`output`].
    pub output: Option<&'a Served>,
}

/// The output schema that a tool can be served with: an object's, relaxed and compiled.
pub fn output(pack: &Toolpack, tool: &Tool) -> Option<Served> {
    let defs = pack.baseline.raw.get("$defs");
    let (schema, defs) = match tool.kind {
        ToolKind::Mcp | ToolKind::WebMcp => (tier::listed(pack, tool)?.get("outputSchema")?, None),
        ToolKind::Http if pack.manifest.generation == Generation::V1 => {
            (tool.raw.get("output_schema")?, None)
        }
        ToolKind::Http => {
            let operation = tier::operation(&pack.baseline, tool)?;
            let (status, media) = tool.raw.get("output")?.as_text()?.split_once(' ')?;
            let answer = |o: &'_ Node| -> Option<Node> {
                o.get("responses")?.get(status)?.get("content")?.get(media).cloned()
            };
            // The answer of an operation of GraphQL stands in its own entry.
            let schema = operation.get("response").cloned().or_else(|| answer(operation))?;
            return Served::of(of_output(&schema, defs)?);
        }
    };
    Served::of(of_output(schema, defs)?)
}

/// A tool as the protocol lists it. None if its input schema is too large to be shown.
pub fn tool(pack: &Toolpack, tool: &Tool, terms: &Terms) -> Option<Json> {
    let tier = tier::effective_tier(tool, &tier::of_tool(pack, tool));
    let mut made = json!({
        "name": tool.name,
        "description": description(pack, tool, tier, terms),
        "inputSchema": from_node(&input(pack, tool, terms)?)?,
        "annotations": annotations(tool, tier, terms),
        "_meta": {
            "cask/risk_tier": tier.word(),
            "cask/approved_by": terms.approved_by,
            "cask/tool_id": tool.id,
        },
    });
    let title = tool.title.as_deref().map(|title| clean(title, MAX_TITLE)).filter(|title| !title.is_empty());
    if let Some(title) = title {
        made["title"] = title.into();
    }
    if let Some(schema) = terms.output.and_then(|served| from_node(served.schema())) {
        made["outputSchema"] = schema;
    }
    Some(made)
}

fn description(pack: &Toolpack, tool: &Tool, tier: RiskTier, terms: &Terms) -> String {
    let mut text = clean(&tool.description, MAX_DESCRIPTION);
    if text.is_empty() {
        text = clean(&format!("{} {}", tool.method, tool.full_path()), MAX_DESCRIPTION);
    }
    for (name, field) in hints(pack, tool, terms) {
        text.push_str(&format!(" (Call {name} first to obtain {field})"));
    }
    if tier >= RiskTier::High {
        text.push_str(&format!(" [Risk: {}]", tier.word()));
    }
    if tool.confirmation == Confirmation::Always || tier >= RiskTier::High {
        text.push_str(" [Requires confirmation]");
    }
    text
}

/// Tools that are served and give what an argument of this one takes, the surest first.
fn hints<'a>(pack: &'a Toolpack, tool: &'a Tool, terms: &Terms) -> Vec<(&'a str, &'a str)> {
    let takes = |field: &str| super::places::properties(tool.input_schema()).any(|name| name == field);
    let hint = |said: &'a Node| {
        let id = said.get("tool")?.as_text()?;
        let field = said.get("field")?.as_text()?;
        let sure = said.get("confidence")?.as_int()?;
        let giver =
            pack.manifest.tool(id).filter(|giver| giver.id != tool.id && (terms.is_served)(&giver.id))?;
        (sure >= MIN_CONFIDENCE && takes(field)).then_some((sure, giver.name.as_str(), field))
    };
    let said = tool.raw.get("depends_on").map(Node::items).unwrap_or_default();
    let mut found: Vec<(i64, &str, &str)> = said.iter().take(MAX_SAID).filter_map(hint).collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    found.truncate(MAX_HINTS);
    found.into_iter().map(|(_, name, field)| (name, field)).collect()
}

fn input(pack: &Toolpack, tool: &Tool, terms: &Terms) -> Option<Node> {
    let schema = match tool.kind {
        ToolKind::Http => tool.input_schema(),
        ToolKind::Mcp | ToolKind::WebMcp => tier::listed(pack, tool).and_then(|raw| raw.get("inputSchema")),
    };
    let none = Node::map::<String>([]);
    let mut made = of_input(schema.filter(|schema| schema.is_map()).unwrap_or(&none))?;
    made.set("type", Node::text("object"));
    let closes = !OPEN.iter().any(|key| made.get(key).is_some());
    let theirs = tool.kind != ToolKind::Http && made.get("additionalProperties").is_some();
    if closes && !theirs {
        made.set("additionalProperties", Node::bool(false));
    }
    let mut properties = made.get("properties").cloned().unwrap_or_else(|| Node::map::<String>([]));
    if terms.can_confirm && matches!(properties.value, Value::Map(_)) {
        let said = "The token of a confirmation that was asked for, once a person has granted it.";
        let token = [("type", Node::text("string")), ("description", Node::text(said))];
        properties.set(TOKENS[0], Node::map(token));
    }
    made.set("properties", properties);
    Some(made)
}

/// What a client may expect of a call. That a tool of another server can be repeated is that server's word, and not
/// handed on.
fn annotations(tool: &Tool, tier: RiskTier, terms: &Terms) -> Json {
    let repeats =
        tool.kind == ToolKind::Http && matches!(tool.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE");
    let destroys = tool.method == "DELETE"
        || tool.effect == Some(crate::model::risk::Effect::Delete)
        || terms.changes_state && tier >= RiskTier::High;
    json!({
        "readOnlyHint": !terms.changes_state,
        "destructiveHint": destroys,
        "idempotentHint": repeats,
        "openWorldHint": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;

    fn offered(change: impl FnOnce(&mut PackText), name: &str, can_confirm: bool) -> Json {
        let pack = PackText::shop().edit(change).build();
        let one = pack.manifest.tools.iter().find(|tool| tool.name == name).unwrap();
        let served = output(&pack, one);
        let terms = Terms {
            is_served: &|id| id != "id-hidden",
            approved_by: &["ed25519:abc".to_owned()],
            changes_state: one.method != "GET",
            can_confirm,
            output: served.as_ref(),
        };
        super::tool(&pack, one, &terms).unwrap()
    }

    #[test]
    fn a_tool_is_offered_with_its_marks() {
        let made = offered(
            |p| {
                let action = p.action("create_order");
                action["risk_tier"] = "high".into();
                action["output"] = "200 application/json".into();
                action["description"] = "Orders\u{202e}\u{0} it.".into();
            },
            "create_order",
            true,
        );
        assert_eq!(made["title"], "create_order");
        assert_eq!(made["description"], "Orders it. [Risk: high] [Requires confirmation]");
        assert_eq!(made["inputSchema"]["additionalProperties"], false);
        assert_eq!(made["inputSchema"]["properties"]["confirmation_token_id"]["type"], "string");
        assert!(made["inputSchema"].get("required").is_none(), "the token is optional");
        assert_eq!(
            made["outputSchema"],
            json!({"type": "object", "properties": {"id": {"type": "integer"}}})
        );
        assert_eq!(
            made["annotations"],
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true})
        );
        assert_eq!(
            made["_meta"],
            json!({"cask/risk_tier": "high", "cask/approved_by": ["ed25519:abc"], "cask/tool_id": "id-create_order"})
        );
    }

    #[test]
    fn a_reading_tool_needs_no_token_and_promises_only_objects() {
        let made = offered(|_| {}, "list_products", false);
        assert!(made["inputSchema"]["properties"].get("confirmation_token_id").is_none());
        assert!(made.get("outputSchema").is_none(), "nothing says where its answer is");
        assert_eq!(
            (&made["annotations"]["readOnlyHint"], &made["annotations"]["idempotentHint"]),
            (&json!(true), &json!(true))
        );
        let of = |schema: Json| {
            let change = |p: &mut PackText| {
                p.action("list_products")["output"] = "200 application/json".into();
                p.operation("list_products")["responses"]["200"]["content"]["application/json"] = schema;
            };
            offered(change, "list_products", false).get("outputSchema").is_some()
        };
        assert!(of(json!({"type": "object"})) && !of(json!({"type": "array"})));
    }

    #[test]
    fn hints_are_few_sure_and_only_of_what_is_served() {
        let made = offered(
            |p| {
                for name in ["a", "b", "c", "d", "hidden"] {
                    p.add(name, "GET", &format!("/{name}"));
                }
                let hint = |tool: &str, confidence: u8| json!({"tool": tool, "field": "note", "confidence": confidence});
                let mut all =
                    vec![hint("id-hidden", 99), hint("id-gone", 99), hint("id-d", 79), hint("id-a", 80)];
                all.extend([
                    hint("id-b", 90),
                    hint("id-c", 85),
                    hint("id-create_order", 80),
                    hint("id-list_products", 99),
                ]);
                all.push(json!({"tool": "id-a", "field": "other", "confidence": 99}));
                p.action("list_products")["depends_on"] = all.into();
            },
            "list_products",
            false,
        );
        assert_eq!(
            made["description"],
            "list_products of the shop. (Call b first to obtain note) (Call c first to obtain note) (Call a first to obtain note)"
        );
    }

    #[test]
    fn what_has_no_text_is_called_by_its_method_and_path() {
        let made =
            offered(|p| p.action("list_products")["description"] = "\u{200b}".into(), "list_products", false);
        assert_eq!(made["description"], "GET /v1/products");
        let long = offered(
            |p| p.action("list_products")["description"] = "x".repeat(3000).into(),
            "list_products",
            false,
        );
        assert_eq!(long["description"].as_str().unwrap().chars().count(), 1024);
    }
}
