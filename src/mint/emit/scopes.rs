//! A toolpack in, a proposal of how its tools could be grouped out: by what they do, what they are about and how
//! grave they are, each group with how sure that is and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{Node, Value};
use crate::mint::groups::wants_a_person;
use crate::mint::tags::domains;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

struct Draft<'a> {
    tools: Vec<&'a str>,
    confidence: i64,
    tier: RiskTier,
    signals: BTreeSet<String>,
}

/// The proposal.
pub(super) fn make(pack: &Toolpack) -> BTreeMap<String, Node> {
    let mut groups: BTreeMap<String, Draft> = BTreeMap::new();
    for tool in &pack.manifest.tools {
        let effect = tool.effect.map_or("write", |effect| effect.word());
        let about = domains(&tool.path, &BTreeSet::new()).first().map_or("other", |domain| domain.name);
        let (confidence, signals) = sure(pack, tool);
        let draft = groups.entry(format!("{effect}_{about}_{}", tool.tier)).or_insert(Draft {
            tools: Vec::new(),
            confidence: 100,
            tier: tool.tier,
            signals: BTreeSet::new(),
        });
        draft.tools.push(&tool.name);
        draft.confidence = draft.confidence.min(confidence);
        draft.signals.extend(signals);
    }
    let drafts = groups.into_iter().map(|(name, draft)| {
        let review = wants_a_person(draft.tier, draft.confidence);
        Node::map([
            ("scope_name", Node::text(name)),
            ("risk_tier", Node::text(draft.tier.word())),
            ("confidence", Node::int(draft.confidence)),
            ("review_required", Node::bool(review)),
            ("signals", Node::texts(draft.signals)),
            ("tools", Node::texts(draft.tools)),
        ])
    });
    let scope = pack.header.raw.get("scope").cloned().unwrap_or_else(Node::null);
    let node = Node::map([
        ("schema", Node::text("cask.scopes/1")),
        ("toolpack_id", Node::text(&pack.header.toolpack_id)),
        ("scope", scope),
        ("drafts", Node::new(Value::List(drafts.collect()))),
    ]);
    BTreeMap::from([("scopes.suggested.yaml".to_owned(), node)])
}

/// How sure it is what a tool does, in percent, and what says so. What is grave is not surer for it.
fn sure(pack: &Toolpack, tool: &Tool) -> (i64, Vec<String>) {
    let operation = pack.baseline.operation(&tool.identity);
    let text = |key: &str| operation.and_then(|o| o.get(key)).and_then(Node::as_text);
    let seen = operation.and_then(|o| o.at("/observed/count")).and_then(Node::as_int).unwrap_or(0);
    let mut percent = 60;
    let mut signals = Vec::new();
    match (tool.kind, text("basis")) {
        (ToolKind::Http, Some("observed")) => signals.push("seen in traffic".to_owned()),
        (ToolKind::Http, _) => {
            percent += 20;
            signals.push("described by its API".to_owned());
        }
        _ => signals.push("the server's own word".to_owned()),
    }
    if seen >= 10 {
        percent += 15;
        signals.push("seen ten times or more".to_owned());
    }
    let codes = tool.raw.get("risk_reasons").map(Node::items).unwrap_or_default();
    for reason in codes.iter().filter_map(|reason| reason.get("code")?.as_text()) {
        signals.push(reason.to_owned());
        if matches!(reason, "third-party" | "method-unknown" | "mcp-unverified" | "verb-changes") {
            percent -= 15;
        }
    }
    (percent.clamp(10, 95), signals)
}
