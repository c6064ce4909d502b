//! What a server says of itself, asked for: who it is, and each of its lists to the last page, twice. Out comes one
//! document, as [`crate::source`] reads recorded answers too.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};

use super::asks::Asks;
use super::conversation::Conversation;
use super::wire::Wire;
use crate::canon::{Node, Value, digest};
use crate::io::failure::Failure;

/// The revision of the protocol without a handshake, and the newest one with.
const STATELESS: &str = "2026-07-28";
const WITH_HANDSHAKE: &str = "2025-11-25";
/// Items of one list, and pages that they may come in.
const ITEMS: usize = 10_000;
const PAGES: usize = 1_000;

/// A list: what is asked for, the member that the items are in, the capability without which there is none.
struct List {
    method: &'static str,
    member: &'static str,
    capability: &'static str,
}

const LISTS: [List; 4] = [
    List { method: "tools/list", member: "tools", capability: "tools" },
    List { method: "prompts/list", member: "prompts", capability: "prompts" },
    List { method: "resources/list", member: "resources", capability: "resources" },
    List { method: "resources/templates/list", member: "resourceTemplates", capability: "resources" },
];

/// How long a server may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until it first answers: it may have to be fetched.
    pub start: Duration,
    /// For each answer after that.
    pub answer: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            start: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            whole: Duration::from_secs(180),
        }
    }
}

/// What a server said.
pub struct Listed {
    /// What it answered when it was asked who it is, and its lists.
    pub document: Node,
    /// Lists that were not the same when they were asked for again.
    pub unstable: Vec<&'static str>,
}

/// Asks a server for everything that it offers.
///
/// # Errors
/// It does not answer, answers with an error or with what is none, or with more than anybody would read.
pub fn list<W: Wire>(with: &mut Conversation<W>, patience: Patience) -> Result<Listed, Failure> {
    let end = Instant::now() + patience.whole;
    let said = introduced(with, patience, end)?;
    let capabilities = said.get("capabilities").cloned().unwrap_or_else(Node::null);
    let offered = LISTS.iter().filter(|list| capabilities.get(list.capability).is_some_and(|c| !c.is_null()));
    let offered: Vec<&List> = offered.collect();
    let once = lists(with, &offered, patience, end)?;
    let again = lists(with, &offered, patience, end)?;
    let unstable: Vec<&'static str> = once
        .iter()
        .zip(&again)
        .filter(|((_, once), (_, again))| digests(once) != digests(again))
        .map(|((member, _), _)| *member)
        .collect();
    let mut members = vec![("initialize", said)];
    if !unstable.is_empty() {
        members.push(("unstable", Node::bool(true)));
    }
    if !once.iter().any(|(member, _)| *member == "tools") {
        members.push(("tools", Node::new(Value::List(Vec::new()))));
    }
    members.extend(once.into_iter().map(|(member, items)| (member, Node::new(Value::List(items)))));
    Ok(Listed { document: Node::map(members), unstable })
}

/// Begins a conversation, and asks for the tools alone.
///
/// # Errors
/// As [`list`].
pub fn begin<W: Wire>(with: &mut Conversation<W>, patience: Patience) -> Result<Vec<Node>, Failure> {
    introduced(with, patience, Instant::now() + patience.whole)?;
    tools(with, patience)
}

/// Asks a server that has begun for its tools.
///
/// # Errors
/// As [`list`].
pub fn tools(with: &mut impl Asks, patience: Patience) -> Result<Vec<Node>, Failure> {
    pages(with, &LISTS[0], patience, Instant::now() + patience.whole)
}

/// Who a server says it is. The revision without a handshake first; whoever does not know it is asked as before.
fn introduced<W: Wire>(
    with: &mut Conversation<W>,
    patience: Patience,
    end: Instant,
) -> Result<Node, Failure> {
    let client = json!({"name": "cask", "version": env!("CARGO_PKG_VERSION")});
    let mut until = end.min(Instant::now() + patience.start);
    if with.wire().may_be_stateless() {
        if let Some(said) = discovered(with, &client, until)? {
            return Ok(said);
        }
        until = end.min(Instant::now() + patience.answer);
    }
    let params = object(json!({
        "protocolVersion": WITH_HANDSHAKE, "capabilities": {}, "clientInfo": client,
    }));
    let said = with.ask("initialize", params, until)?.map_err(|refused| {
        with.failure("the server refused to begin")
            .why(format!("error {}: {}", refused.code, refused.message))
    })?;
    with.tell("notifications/initialized", until)?;
    Ok(said)
}

/// Who a server of the revision without a handshake says it is; none where it is of another, and then nothing of that one
/// goes with what it is asked.
fn discovered<W: Wire>(
    with: &mut Conversation<W>,
    client: &Json,
    until: Instant,
) -> Result<Option<Node>, Failure> {
    with.with_each(json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": client,
        "io.modelcontextprotocol/clientCapabilities": {},
    }));
    if let Ok(said) = with.ask("server/discover", Map::new(), until)? {
        let info = said.at("/_meta/io.modelcontextprotocol~1serverInfo").cloned();
        let known = ["capabilities", "instructions"].into_iter();
        let mut members: Vec<(&str, Node)> = vec![("protocolVersion", Node::text(STATELESS))];
        members.extend(info.map(|info| ("serverInfo", info)));
        members.extend(known.filter_map(|key| Some((key, said.get(key)?.clone()))));
        return Ok(Some(Node::map(members)));
    }
    with.without_meta();
    Ok(None)
}

type Items = Vec<(&'static str, Vec<Node>)>;

fn lists(
    with: &mut impl Asks,
    offered: &[&List],
    patience: Patience,
    end: Instant,
) -> Result<Items, Failure> {
    offered.iter().map(|list| Ok((list.member, pages(with, list, patience, end)?))).collect()
}

/// All pages of a list.
fn pages(with: &mut impl Asks, list: &List, patience: Patience, end: Instant) -> Result<Vec<Node>, Failure> {
    let (mut items, mut cursors, mut cursor) = (Vec::new(), BTreeSet::new(), None::<String>);
    for _ in 0..PAGES {
        let params = cursor.iter().map(|cursor| ("cursor".to_owned(), Json::from(cursor.as_str()))).collect();
        let until = end.min(Instant::now() + patience.answer);
        let page = with.ask(list.method, params, until)?.map_err(|refused| {
            with.failure(format!("the server refused {}", list.method))
                .why(format!("error {}: {}", refused.code, refused.message))
        })?;
        let Some(Value::List(some)) = page.get(list.member).map(|items| &items.value) else {
            return Err(with.failure(format!("the server answered {} without {}", list.method, list.member)));
        };
        items.extend(some.iter().cloned());
        if items.len() > ITEMS {
            return Err(with.failure(format!("the server lists more than {ITEMS} {}", list.member)));
        }
        match page.get("nextCursor").filter(|next| !next.is_null()).map(Node::as_text) {
            None => return Ok(items),
            Some(Some(next)) if cursors.insert(next.to_owned()) => cursor = Some(next.to_owned()),
            Some(_) => {
                return Err(with.failure(format!("the pages of {} lead round in a circle", list.method)));
            }
        }
    }
    Err(with.failure(format!("the server gives {} in more than {PAGES} pages", list.method)))
}

/// A list without its order.
fn digests(items: &[Node]) -> BTreeSet<String> {
    items.iter().map(digest::of).collect()
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}
