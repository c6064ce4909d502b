//! Tool inventory: what can be called, where, and whether the manifest and the lockfile are about the same tools.

use std::collections::BTreeMap;

use super::claim::{Ask, Row, Told, count, named};
use super::input::{Calls, Input};
use crate::canon::Node;
use crate::compare::tier::allows;
use crate::model::compliance::facts::{Asks, Host, Inventory, Listed, Oversight};
use crate::model::lockfile::AnyLockfile;
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;

/// What is claimed of it.
pub const CLAIMS: &[Row] = &[
    Row {
        id: "inventory-complete",
        statement: "manifest and lockfile are about the same tools",
        articles: &[13, 14],
        judge: inventory_complete,
    },
    Row {
        id: "tools-described",
        statement: "every tool says what it does",
        articles: &[13],
        judge: tools_described,
    },
    Row {
        id: "hosts-allowed",
        statement: "every tool calls a host that toolpack.yaml allows",
        articles: &[13, 15],
        judge: hosts_allowed,
    },
];

/// What can be called.
pub fn facts(input: &Input, oversight: &Oversight) -> Inventory {
    let statuses: BTreeMap<&str, _> = oversight.subjects.iter().map(|s| (s.id.as_str(), s.status)).collect();
    let unasked = Calls { changes_state: true, asks: Asks::NotAlways, limited: false };
    let mut tools: Vec<Listed> = input
        .pack
        .manifest
        .tools
        .iter()
        .map(|tool| {
            let calls = input.calls.get(&tool.id).copied().unwrap_or(unasked);
            Listed {
                id: tool.id.clone(),
                name: tool.name.clone(),
                kind: tool.kind,
                method: tool.method.clone(),
                host: tool.host.clone(),
                path: tool.full_path(),
                risk: input.tools.get(&tool.id).map_or(tool.tier, |subject| subject.tier),
                description: tool.description.clone(),
                tags: tags(tool),
                toolsets: input.pack.toolsets_of(tool),
                changes_state: calls.changes_state,
                confirmation: tool.confirmation,
                asks: calls.asks,
                limited: calls.limited,
                status: statuses.get(tool.id.as_str()).copied(),
            }
        })
        .collect();
    tools.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| (&a.name, &a.id).cmp(&(&b.name, &b.id))));
    Inventory { hosts: hosts(input), entries_without_tool: entries_without_tool(input), tools }
}

/// Its labels, as the manifest has them.
fn tags(tool: &Tool) -> Vec<String> {
    let tags = tool.raw.get("tags").map(Node::items).unwrap_or_default();
    tags.iter().filter_map(Node::as_text).map(str::to_owned).collect()
}

/// Hosts that are allowed, then those that are called and are not.
fn hosts(input: &Input) -> Vec<Host> {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    // A server of MCP is no host: it is locked by its launch line or address.
    for tool in input.pack.manifest.tools.iter().filter(|tool| tool.kind != ToolKind::Mcp) {
        *called.entry(&tool.host).or_default() += 1;
    }
    let allowed = &input.pack.header.allowed_hosts;
    let mut hosts: BTreeMap<&str, Host> = BTreeMap::new();
    for host in allowed {
        let one = std::slice::from_ref(host);
        let tools = called.iter().filter(|(name, _)| allows(one, name)).map(|(_, n)| n).sum();
        hosts.insert(host, Host { host: host.clone(), allowed: true, tools });
    }
    for (name, tools) in called.into_iter().filter(|(name, _)| !allows(allowed, name)) {
        hosts.insert(name, Host { host: name.to_owned(), allowed: false, tools });
    }
    hosts.into_values().collect()
}

fn entries_without_tool(input: &Input) -> Vec<String> {
    let Some(AnyLockfile::V2(lock, _)) = input.lock else { return Vec::new() };
    let gone = lock.tools.iter().filter(|(id, _)| !input.tools.contains_key(id.as_str()));
    gone.map(|(_, entry)| entry.name.clone()).collect()
}

fn inventory_complete(ask: &Ask) -> Told {
    let Some(lock) = ask.input.lock else { return Told::no("there is no lockfile") };
    let Some(lock) = lock.v2() else { return Told::unknown("the lockfile is of version 1") };
    let tools = &ask.inventory.tools;
    let new: Vec<&str> =
        tools.iter().filter(|t| !lock.tools.contains_key(&t.id)).map(|t| t.name.as_str()).collect();
    let gone = &ask.inventory.entries_without_tool;
    let why = match (new.is_empty(), gone.is_empty()) {
        (true, true) => Phrase::say(format!("{}, each with its entry", count(tools.len(), "tool"))),
        (false, _) => Phrase::say("without an entry: ").and(named(new.iter().copied())),
        (true, false) => Phrase::say("entries without a tool: ").and(named(gone.iter().map(String::as_str))),
    };
    let header = &ask.input.pack.header;
    Told::unless(!new.is_empty() || !gone.is_empty(), why)
        .by(ask.own(&header.tools, "`actions`"))
        .by(ask.lock("the entries under `tools`"))
}

fn tools_described(ask: &Ask) -> Told {
    let tools = &ask.inventory.tools;
    if tools.is_empty() {
        return Told::unknown("the toolpack has no tool");
    }
    let silent: Vec<&str> =
        tools.iter().filter(|t| t.description.trim().is_empty()).map(|t| t.name.as_str()).collect();
    let why = match silent.is_empty() {
        true => Phrase::say(format!("{} with a description", count(tools.len(), "tool"))),
        false => Phrase::say(format!("{} without a description: ", silent.len()))
            .and(named(silent.iter().copied())),
    };
    Told::unless(!silent.is_empty(), why).by(ask.own(&ask.input.pack.header.tools, "every `description`"))
}

fn hosts_allowed(ask: &Ask) -> Told {
    let header = &ask.input.pack.header;
    let (allowed, not): (Vec<&Host>, Vec<&Host>) = ask.inventory.hosts.iter().partition(|host| host.allowed);
    let why = match not.is_empty() {
        true => Phrase::say(format!("{} allowed, and no other is called", count(allowed.len(), "host"))),
        false => {
            Phrase::say("called and not allowed: ").and(named(not.iter().map(|host| host.host.as_str())))
        }
    };
    Told::unless(!not.is_empty(), why)
        .by(ask.own(crate::model::toolpack::HEADER, "`allowed_hosts`"))
        .by(ask.own(&header.tools, "the host of every action"))
}
