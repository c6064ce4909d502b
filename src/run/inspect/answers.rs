//! A toolpack that was read and a question in, the answer out: what the seven tools say. Nothing is counted, charged or
//! kept: the same question has the same answer as long as files and clock say so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::looked::{Approvals, Looked, Standing};
use super::page;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::canon::visible::visible;
use crate::compare::tier;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::model::lockfile::Status;
use crate::model::risk::{Effect, RiskTier};
use crate::model::tool::Tool;

/// A question.
pub struct Question<'a> {
    /// What is asked about.
    pub looked: &'a Looked,
    /// The toolset that is served, if one was named when the server began.
    pub toolset: Option<&'a str>,
    /// Its arguments, which hold to the schema of the tool.
    pub arguments: &'a Map<String, Value>,
    /// When it is asked.
    pub now: Timestamp,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// In one line.
    pub error: String,
    /// The code that a call would get, where there is one.
    pub code: Option<ReasonCode>,
}

impl From<String> for Trouble {
    fn from(error: String) -> Trouble {
        Trouble { error, code: None }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Trouble { error: refusal.message, code: Some(refusal.code) }
    }
}

/// An answer, or why there is none.
pub type Answer = Result<Value, Trouble>;

impl<'a> Question<'a> {
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.arguments.get(name).and_then(Value::as_str)
    }

    fn tools(&self) -> &'a [Tool] {
        &self.looked.state.pack.manifest.tools
    }

    pub(super) fn tier(&self, tool: &Tool) -> RiskTier {
        self.looked.state.subject(tool).tier
    }

    /// The action that is asked about.
    pub(super) fn action(&self) -> Result<&'a Tool, Trouble> {
        let name = self.text("action_name").unwrap_or_default();
        self.looked.tool(name).ok_or_else(|| Trouble {
            error: format!("Action not found: {name}"),
            code: Some(ReasonCode::UnknownAction),
        })
    }

    /// The toolset that is asked about.
    pub(super) fn served(&self) -> Result<Option<&'a str>, Trouble> {
        Ok(self.looked.toolset(self.text("toolset").or(self.toolset))?)
    }

    fn standing(&self, tool: &Tool) -> Standing {
        self.looked.standing(tool, self.now)
    }

    /// Every action and how it stands.
    fn standings(&self) -> Vec<(&'a Tool, Standing)> {
        self.tools().par_iter().map(|tool| (tool, self.standing(tool))).collect()
    }
}

/// `list_actions`.
pub fn list_actions(ask: &Question) -> Answer {
    let (risk, method, status) =
        (ask.text("filter_risk"), ask.text("filter_method"), ask.text("filter_status"));
    let mut found = ask.standings();
    found.retain(|(tool, standing)| {
        risk.is_none_or(|risk| risk == ask.tier(tool).word())
            && method.is_none_or(|method| method.eq_ignore_ascii_case(&tool.method))
            && status.is_none_or(|status| status == standing.word())
    });
    let total = found.len();
    let (found, next) = page::of(found, ask.arguments);
    let action = |(tool, standing): &(&Tool, Standing)| {
        json!({
            "name": tool.name, "method": tool.method, "path": tool.full_path(),
            "risk_tier": ask.tier(tool).word(), "approval_status": standing.word(),
            "description": visible(&tool.description, page::DESCRIPTION)
        })
    };
    let actions: Vec<Value> = found.iter().map(action).collect();
    Ok(json!({"total": total, "actions": actions, "next_offset": next}))
}

/// What a tool does: the worse of what it says and what the rules see.
fn effect(ask: &Question, tool: &Tool) -> Effect {
    let seen = tier::of_tool(&ask.looked.state.pack, tool).effect;
    tool.effect.map_or(seen, |said| said.max(seen))
}

/// `get_approval_status`.
pub fn approval_status(ask: &Question) -> Answer {
    let tool = ask.action()?;
    // Who approved it is known without a toolset too.
    let toolset = match ask.text("toolset") {
        Some(_) => ask.served()?,
        None => ask.served().ok().flatten(),
    };
    let standing = ask.standing(tool);
    let refusal = ask.looked.admit(tool, toolset, ask.now).err();
    let (status, message) = match (&ask.looked.approvals, &refusal) {
        (Approvals::Missing, _) => {
            ("no_lockfile", "No lockfile found - run 'cask gate sync' first".to_owned())
        }
        (_, Some(refusal)) if standing.listed => (standing.word(), refusal.message.clone()),
        (Approvals::Old, Some(refusal)) => ("unknown", refusal.message.clone()),
        (_, Some(_)) => ("not_found", format!("Action '{}' not found in lockfile", tool.name)),
        (_, None) => (standing.word(), "it would be served".to_owned()),
    };
    let problems: Vec<Value> = standing
        .problems
        .iter()
        .map(|problem| json!({"rule": problem.rule, "signer": problem.signer, "message": problem.here}))
        .collect();
    let signers: Vec<Value> =
        standing.signers.iter().map(|(who, keys)| json!({"signer": who, "keys": keys})).collect();
    Ok(json!({
        "action": tool.name, "status": status, "risk_tier": ask.tier(tool).word(),
        "signature": standing.signature.word(), "approved_by": by(&standing), "approved_at": at(&standing),
        "expires_at": standing.until.map(|at| at.to_string()), "rejection_reason": standing.rejection,
        "have": standing.quorum.map(|(have, _)| have), "need": standing.quorum.map(|(_, need)| need),
        "signers": signers, "approved_toolsets": standing.toolsets, "problems": problems,
        "usable": refusal.is_none(), "reason_code": refusal.map(|refusal| refusal.code.word()),
        "toolset": toolset, "message": message, "version": generation(ask.looked)
    }))
}

/// Who approved, where it is approved.
fn by(standing: &Standing) -> Option<String> {
    let serves = standing.status.is_some_and(Status::serves);
    let names: Vec<&str> = standing.signers.iter().map(|(who, _)| who.as_str()).collect();
    serves.then(|| names.join(", "))
}

/// When, where it is approved.
fn at(standing: &Standing) -> Option<String> {
    let serves = standing.status.is_some_and(Status::serves);
    standing.signed_at.filter(|_| serves).map(|at| at.to_string())
}

/// The generation of the lockfile.
fn generation(looked: &Looked) -> Option<u8> {
    match looked.approvals {
        Approvals::Missing => None,
        Approvals::Old => Some(1),
        Approvals::Judged | Approvals::Unjudged { .. } => Some(2),
    }
}

/// `list_pending_approvals`.
pub fn list_pending(ask: &Question) -> Answer {
    match ask.looked.approvals {
        Approvals::Missing => return Err("No lockfile found - run 'cask gate sync' first".to_owned().into()),
        Approvals::Old => return Err(ask.looked.unjudged().unwrap_or_default().to_owned().into()),
        Approvals::Judged | Approvals::Unjudged { .. } => {}
    }
    let mut found = ask.standings();
    found.retain(|(_, standing)| standing.waits());
    let total = found.len();
    let (found, next) = page::of(found, ask.arguments);
    let action = |(tool, standing): &(&Tool, Standing)| {
        json!({
            "name": tool.name, "method": tool.method, "path": tool.full_path(),
            "risk_tier": ask.tier(tool).word(), "change_type": standing.change.unwrap_or("unchanged"),
            "have": standing.quorum.map(|(have, _)| have), "need": standing.quorum.map(|(_, need)| need)
        })
    };
    let actions: Vec<Value> = found.iter().map(action).collect();
    let message = match ask.looked.unjudged() {
        None => format!("{total} action(s) require approval before use"),
        Some(why) => format!("{total} action(s) require approval before use: {why}"),
    };
    Ok(json!({"total_pending": total, "pending_actions": actions, "message": message, "next_offset": next}))
}

/// `get_action_details`.
pub fn action_details(ask: &Question) -> Answer {
    let tool = ask.action()?;
    let standing = ask.standing(tool);
    let mut omitted = Vec::new();
    let defs = ask.looked.state.pack.baseline.raw.get("$defs");
    let mut schema = |name: &'static str, node: Option<&Node>| {
        let told = node.filter(|node| !node.is_null()).map(|node| page::schema(node, defs));
        if told == Some(None) {
            omitted.push(name);
        }
        told.flatten()
    };
    let input = schema("input_schema", tool.input_schema());
    let output = schema("output_schema", output_schema(ask, tool));
    let kind = serde_json::to_value(tool.kind).unwrap_or_default();
    Ok(json!({
        "name": tool.name, "tool_id": tool.id, "kind": kind, "title": tool.title, "method": tool.method,
        "path": tool.full_path(), "host": tool.host,
        "description": visible(&tool.description, page::DESCRIPTION), "risk_tier": ask.tier(tool).word(),
        "declared_risk_tier": tool.tier.word(), "effect": effect(ask, tool).word(),
        "toolsets": ask.looked.state.subject(tool).toolsets, "input_schema": input, "output_schema": output,
        "omitted": omitted, "confirmation_required": tool.confirmation.word(),
        "approval_status": standing.word(), "signature": standing.signature.word(),
        "approved_by": by(&standing), "approved_at": at(&standing)
    }))
}

/// The schema of what a tool returns: its own, or that of the response that it names.
fn output_schema<'a>(ask: &Question<'a>, tool: &'a Tool) -> Option<&'a Node> {
    if let Some(own) = tool.raw.get("output_schema") {
        return Some(own);
    }
    // `200 application/json`, or a status alone where nothing comes back.
    let (status, kind) = tool.raw.get("output").and_then(Node::as_text)?.split_once(' ')?;
    let operation = tier::operation(&ask.looked.state.pack.baseline, tool)?;
    operation.get("responses")?.get(status)?.get("content")?.get(kind)
}

/// `risk_summary`.
pub fn risk_summary(ask: &Question) -> Answer {
    let mut tiers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let found = ask.standings();
    for (tool, standing) in &found {
        tiers.entry(ask.tier(tool).word()).or_default().push(&tool.name);
        *statuses.entry(standing.word()).or_default() += 1;
    }
    let truncated = tiers.values().any(|names| names.len() > page::PAGE);
    let words = RiskTier::ALL.into_iter().map(RiskTier::word).chain(["unknown"]);
    let by_tier: Map<String, Value> = words
        .map(|word| {
            let names = tiers.get(word).map(Vec::as_slice).unwrap_or_default();
            let shown = &names[..names.len().min(page::PAGE)];
            (word.to_owned(), json!({"count": names.len(), "actions": shown}))
        })
        .collect();
    let words = ["approved", "exempted", "pending", "rejected", "unknown"];
    let summary: Map<String, Value> = words
        .into_iter()
        .map(|word| (word.to_owned(), statuses.get(word).copied().unwrap_or_default().into()))
        .collect();
    Ok(json!({
        "total_actions": found.len(), "by_risk_tier": by_tier, "approval_summary": summary,
        "truncated": truncated
    }))
}

/// `get_flows`: which actions give what others take, as the toolpack says it.
pub fn flows(ask: &Question) -> Answer {
    let tools = ask.tools();
    // Version 1 names tools, version 2 their ids; the baseline what stays of an id.
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(3 * tools.len());
    for (at, tool) in tools.iter().enumerate() {
        for key in [&tool.name, &tool.identity, &tool.id] {
            known.insert(key, at);
        }
    }
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    let tool_of = |node: &Node| known.get(node.as_text().or_else(|| node.get("tool")?.as_text())?).copied();
    let items = |tool: &'_ Tool, key: &str| -> Vec<usize> {
        tool.raw.get(key).map(Node::items).unwrap_or_default().iter().filter_map(tool_of).collect()
    };
    for (at, tool) in tools.iter().enumerate() {
        edges.extend(items(tool, "depends_on").into_iter().map(|from| (from, at)));
        edges.extend(items(tool, "enables").into_iter().map(|to| (at, to)));
    }
    let summary =
        ask.looked.state.pack.baseline.raw.at("/summary/flows").map(Node::items).unwrap_or_default();
    let end = |flow: &Node, key: &str| known.get(flow.get(key)?.as_text()?).copied();
    edges.extend(summary.iter().filter_map(|flow| Some((end(flow, "from")?, end(flow, "to")?))));
    let mut ends: BTreeMap<usize, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for (from, to) in edges.into_iter().filter(|(from, to)| from != to) {
        ends.entry(to).or_default().0.push(&tools[from].name);
        ends.entry(from).or_default().1.push(&tools[to].name);
    }
    let total = ends.len();
    let (found, next) = page::of(ends.into_iter().collect(), ask.arguments);
    let flow = |(at, (before, after)): &(usize, (Vec<&str>, Vec<&str>))| {
        let (before, after) = (before.iter().take(page::NAMES), after.iter().take(page::NAMES));
        json!({
            "action": tools[*at].name, "depends_on": before.collect::<Vec<_>>(),
            "enables": after.collect::<Vec<_>>()
        })
    };
    let flows: Vec<Value> = found.iter().map(flow).collect();
    Ok(json!({"total_actions_with_flows": total, "flows": flows, "next_offset": next}))
}
