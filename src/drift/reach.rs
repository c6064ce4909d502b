//! Two surfaces in; which of what was locked can be compared with what is there now, out. What cannot is named, for
//! silence about it is no word that it is as it was.

use std::collections::BTreeMap;

use super::servers;
use super::surface::{Surface, list_of, server_of};
use crate::model::phrase::Phrase;

/// Most servers that are named.
const NAMED: usize = 10;

/// What of the locked side is compared.
#[derive(Debug, Default)]
pub struct Reach {
    /// How many locked operations and tools are.
    pub compared: usize,
    /// Those that are not, and why.
    pub unseen: Vec<Phrase>,
    /// How many these are.
    left: usize,
    /// Whether there is any part that both sides tell of.
    met: bool,
    /// Servers that a recording could have been of.
    servers: Vec<String>,
}

impl Reach {
    /// Of two surfaces.
    pub fn of(old: &Surface, new: &Surface) -> Reach {
        let both = |part: &str| old.knows(part) && new.knows(part);
        let mut reach = Reach { met: both("/operations") || both("/mcp"), ..Reach::default() };
        let described = old.source.origins.is_some() || new.source.origins.is_some();
        let recorded = old.source.recorded.is_some() || new.source.recorded.is_some();
        reach.part(
            ("locked HTTP operation", "locked HTTP operations"),
            old.operations.len(),
            both("/operations"),
            NOT_TOLD,
        );
        // A description has no place for them. They were never counted beside the endpoints that carry them.
        if described && !old.graphql.is_empty() {
            reach.unseen.push(
                counted(("locked GraphQL operation", "locked GraphQL operations"), old.graphql.len())
                    .and_say(NOT_TOLD),
            );
        }
        let (pages, of_servers): (Vec<_>, Vec<_>) =
            old.served.iter().map(|entry| entry.1).partition(|at| at.starts_with("/webmcp/"));
        reach.part(
            ("locked tool of pages", "locked tools of pages"),
            pages.len(),
            !described && !recorded,
            NOT_TOLD,
        );
        reach.of_servers(old, new, of_servers.into_iter().chain(old.listed.iter().copied()));
        if !both("/operations") && new.knows("/operations") && !new.operations.is_empty() {
            reach.unseen.push(
                counted(("HTTP operation", "HTTP operations"), new.operations.len()).and_say(NOT_LOCKED),
            );
        }
        if !both("/mcp") && new.knows("/mcp") && !new.served.is_empty() {
            reach
                .unseen
                .push(counted(("tool of servers", "tools of servers"), new.served.len()).and_say(NOT_LOCKED));
        }
        reach
    }

    /// Why nothing is compared at all, with what to do; `None` if something is, or if nothing was locked that could be.
    pub fn nothing(&self) -> Option<(&'static str, Vec<String>)> {
        if self.met && (self.compared > 0 || self.left == 0) {
            return None;
        }
        let named = self.servers.iter().take(NAMED);
        let mut hints: Vec<String> =
            named.map(|name| format!("say which server was recorded: \"server\": {name:?}")).collect();
        if hints.is_empty() {
            hints.push(
                "name two sides that tell of the same: HTTP operations, or what servers list".to_owned(),
            );
        }
        Some(("nothing of what was locked can be compared with it", hints))
    }

    fn part(&mut self, words: (&str, &str), count: usize, is_compared: bool, why: &'static str) {
        match is_compared {
            true => self.compared += count,
            false if count > 0 => {
                self.left += count;
                self.unseen.push(counted(words, count).and_say(why));
            }
            false => {}
        }
    }

    /// What servers offer, by server and by list: a recording is of one server, and of the lists that were asked for.
    fn of_servers<'s>(&mut self, old: &Surface, new: &Surface, entries: impl Iterator<Item = &'s str>) {
        let both = old.knows("/mcp") && new.knows("/mcp");
        let pairs = if both { servers::pairs(old, new) } else { Vec::new() };
        let recorded = new.source.origins.is_some();
        let mut left = 0;
        let paired: BTreeMap<&str, Option<&str>> =
            pairs.iter().filter_map(|(was, is)| Some((was.as_deref()?, is.as_deref()))).collect();
        let mut unlisted: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries {
            let name = server_of(entry).replace("~1", "/").replace("~0", "~");
            let list = list_of(entry);
            match paired.get(name.as_str()) {
                None => left += 1,
                Some(is) => {
                    let now = is.and_then(|name| new.server(name));
                    match recorded && now.is_some_and(|(node, _)| node.get(list).is_none()) {
                        true => *unlisted.entry(list).or_default() += 1,
                        false => self.compared += 1,
                    }
                }
            }
        }
        for (list, count) in unlisted {
            self.left += count;
            let told = Phrase::say(format!("{count} locked {}", list.replace('_', " ")));
            self.unseen.push(told.and_say(": the recording does not list them"));
        }
        if !both {
            return self.part(
                ("locked entry of servers", "locked entries of servers"),
                left,
                false,
                NOT_TOLD,
            );
        }
        // A server that offers nothing is one that was not looked at too.
        let names = old.servers().into_iter().map(|(name, _)| name);
        self.servers = names.filter(|name| !paired.contains_key(name.as_str())).collect();
        self.left += left + self.servers.len();
        if !self.servers.is_empty() {
            let told = Phrase::say("locked servers that the recording does not tell of: ");
            let more = self.servers.len().saturating_sub(NAMED);
            let told = told.and(Phrase::list(self.servers.iter().take(NAMED)));
            self.unseen.push(if more > 0 { told.and_say(format!(" and {more} more")) } else { told });
        }
    }
}

const NOT_TOLD: &str = ": what is there now does not tell of them";
const NOT_LOCKED: &str = ": what was locked does not tell of them";

fn counted(words: (&str, &str), count: usize) -> Phrase {
    Phrase::say(format!("{count} {}", if count == 1 { words.0 } else { words.1 }))
}
