//! A client's configuration: its servers, and what it may and may not do unasked. Members that are not known stay
//! in the tree.

use std::collections::BTreeSet;

use super::grants;
use super::kind::{Kind, tree};
use super::launch::Launch;
use super::parts::{Grant, Server};
use super::settings;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::bytes::shown;

/// Where clients list their servers.
const LISTS: &[&str] = &["mcpServers", "mcp_servers", "servers", "context_servers", "amp.mcpServers"];
/// Most servers of one file.
const MANY: usize = 1_000;

/// A configuration as read.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientFile {
    /// Its path from the root.
    pub path: String,
    /// In whose words it is written.
    pub kind: Kind,
    /// The servers that it starts or calls.
    pub servers: Vec<Server>,
    /// What may be done unasked.
    pub allows: Vec<Grant>,
    /// What may not be done, or not unasked.
    pub denies: Vec<Grant>,
    /// The tree, for lines.
    pub raw: Node,
}

impl ClientFile {
    /// Reads a configuration.
    ///
    /// # Errors
    /// What can't be read, and a server that can't be understood.
    pub fn read(path: &str, bytes: &[u8]) -> Result<ClientFile, Fault> {
        let raw = tree(path, bytes)?;
        ClientFile::of(path, raw).map_err(shown(bytes))
    }

    fn of(path: &str, raw: Node) -> Result<ClientFile, Fault> {
        let kind = Kind::of(path);
        let root = At::root(path, &raw);
        root.map()?;
        let mut servers = Vec::new();
        let nested = root.optional("mcp").filter(|at| at.node.is_map());
        for (above, at) in [("", Some(&root)), ("/mcp", nested.as_ref())] {
            let Some(at) = at else { continue };
            // Settings have other members of so plain a name.
            let plain = above.is_empty() && kind != Kind::Servers;
            for list in LISTS.iter().filter(|list| !plain || **list != "servers") {
                if let Some(list) = at.optional(list) {
                    read_servers(path, &list, &mut servers)?;
                }
            }
            // Here the list itself is called so.
            if above == "/mcp"
                && LISTS.iter().all(|list| at.node.get(list).is_none())
                && kind == Kind::Servers
            {
                read_servers(path, at, &mut servers)?;
            }
        }
        let (allows, denies) = grants::of(kind, &root, &servers)?;
        Ok(ClientFile { path: path.to_owned(), kind, servers, allows, denies, raw })
    }

    /// The line of a place in it; of what is around it where there is nothing.
    pub fn line(&self, pointer: &str) -> u32 {
        let mut pointer = pointer;
        loop {
            if let Some(node) = self.raw.at(pointer) {
                return node.line.max(1);
            }
            pointer = pointer.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
}

fn read_servers(path: &str, list: &At, servers: &mut Vec<Server>) -> Result<(), Fault> {
    let mut names: BTreeSet<String> = servers.iter().map(|server| server.name.clone()).collect();
    let (kind, off) = (Kind::of(path), Kind::switches_off(path));
    for (name, at) in list.members()? {
        let is_off =
            off.is_some_and(|(word, value)| at.node.get(word).and_then(Node::as_bool) == Some(value));
        // What an extension brings is started by it: the file only says how, and that is a setting like others.
        if is_off || kind == Kind::Zed && settings::is_of_an_extension(at.node) {
            continue;
        }
        if servers.len() == MANY {
            return Err(at.fault(format!("more than {MANY} servers")));
        }
        if !names.insert(name.to_owned()) {
            return Err(
                at.fault(format!("a second server {name:?}: which of them counts depends on the client"))
            );
        }
        servers.push(Server {
            name: name.to_owned(),
            launch: Launch::read(&at)?,
            pointer: at.pointer.to_string(),
            raw: at.node.clone(),
        });
    }
    Ok(())
}
