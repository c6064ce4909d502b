//! Two states of a toolpack in, which MCP server of the base is which server of the head out: by name, then by how
//! it is started or reached.
//!
//! The one home of that pairing: what a server is started by, what it says, and what nobody told of it are asked of
//! the same two states.

use std::collections::BTreeMap;

use super::pair::Pair;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::keyed::Keyed;
use crate::compare::launch::key;
use crate::compare::rounds::Rounds;
use crate::model::client::Launch;
use crate::model::toolpack::Toolpack;

/// A server of one state.
pub struct Server<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the baseline keeps of it.
    pub node: &'a Node,
    /// Where that stands.
    pub pointer: String,
    /// How it is started or reached, where that is kept.
    pub launch: Option<&'a Launch>,
}

/// The servers of both states.
pub struct Servers<'a> {
    base: Vec<Server<'a>>,
    head: Vec<Server<'a>>,
}

impl<'a> Servers<'a> {
    /// Of a pair of toolpacks.
    pub fn of(pair: &Pair<'a>) -> Servers<'a> {
        Servers { base: all(pair.base), head: all(pair.head) }
    }

    /// Every server once, by its name in the head, else in the base. One launch line under another name is the same
    /// server, where it is plain which one.
    pub fn paired(&self) -> Vec<Keyed<'_, Server<'a>>> {
        let mut rounds = Rounds::new(self.base.iter().collect(), self.head.iter().collect());
        rounds.pair(|server: &Server, _| vec![server.name.to_owned()]);
        rounds.pair(|server, _| server.launch.map(key).into_iter().collect());
        let mut all = rounds.finish();
        all.sort_by_key(|keyed| match keyed {
            Keyed::Both(_, server) => (server.name, 0),
            Keyed::Added(server) => (server.name, 1),
            Keyed::Removed(server) => (server.name, 2),
        });
        all
    }
}

fn all(pack: Option<&Toolpack>) -> Vec<Server<'_>> {
    let Some(pack) = pack else { return Vec::new() };
    let raw = &pack.baseline.raw;
    let launches: BTreeMap<&str, &Launch> =
        pack.baseline.servers.iter().map(|(n, l)| (n.as_str(), l)).collect();
    let servers = raw.get("mcp").map(Node::members).unwrap_or_default();
    servers
        .iter()
        .map(|(name, node)| Server {
            name,
            node,
            pointer: format!("/mcp/{}", pointer_step(name)),
            launch: launches.get(name.as_str()).copied(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::{Value, json};

    fn told(base: Value, head: Value) -> Vec<String> {
        let pack = |mcp: Value| PackText::shop().edit(|p| p.baseline["mcp"] = mcp).build();
        let (base, head) = (pack(base), pack(head));
        let pair = Pair::new(Some(&base), Some(&head)).unwrap();
        let servers = Servers::of(&pair);
        let paired = servers.paired();
        paired
            .iter()
            .map(|keyed| match keyed {
                Keyed::Both(was, is) => format!("{}={}", was.name, is.name),
                Keyed::Added(is) => format!("+{}", is.name),
                Keyed::Removed(was) => format!("-{}", was.name),
            })
            .collect()
    }

    #[test]
    fn a_launch_line_pairs_what_names_do_not_and_only_where_it_is_plain() {
        let by = |word: &str| json!({"launch": {"command": word}});
        assert_eq!(told(json!({"a": by("x")}), json!({"a": by("y")})), ["a=a"]);
        assert_eq!(told(json!({"a": by("x")}), json!({"b": by("x")})), ["a=b"]);
        assert_eq!(told(json!({"a": by("x")}), json!({"b": by("y")})), ["-a", "+b"]);
        assert_eq!(
            told(json!({"a": by("x")}), json!({"b": by("x"), "c": by("x")})),
            ["-a", "+b", "+c"],
            "which of the two it is nobody knows"
        );
        assert_eq!(told(json!({"a": {}}), json!({"b": {}})), ["-a", "+b"], "nothing is no launch line");
    }
}
