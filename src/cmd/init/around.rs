//! What lies around: the project, its git repository, what checks it, what configures agents, and of what a toolpack
//! could be made. Read, and said; nothing of it is judged or changed here.

use crate::canon::{Node, Value};
use crate::capture::sniff::{HEAD, sniff};
use crate::clients::guards::runs_gate;
use crate::cmd::beside::globs;
use crate::cmd::described::Described;
use crate::cmd::failed::Failed;
use crate::cmd::init::files::WORKFLOW;
use crate::cmd::init::project::{self, Part};
use crate::io::tree::{EntryKind, Tree};
use crate::model::client::ClientFile;
use crate::model::gate_config::GateFile;
use crate::model::limits;
use crate::report::escape::paste;
use crate::report::escape::terminal::Paint;

/// Of each kind, so many are read.
const MANY: usize = 8;

/// What is there.
#[derive(Debug, Default)]
pub struct Around {
    parts: Vec<Part>,
    /// Workflows and hooks, and whether each asks the gate; or why it can't be read.
    guards: Vec<(String, Result<bool, String>)>,
    /// Configurations of agents, and the servers in each; or why it can't be read.
    clients: Vec<(String, Result<Vec<String>, String>)>,
    more_clients: usize,
    /// Descriptions of APIs, and what each is; or why it can't be read.
    descriptions: Vec<(String, Result<Api, String>)>,
    recordings: Vec<String>,
    /// Whether git is used, and what it calls the default branch.
    git: Option<Option<String>>,
    /// Folders of toolpacks.
    toolpacks: Vec<String>,
}

#[derive(Debug)]
struct Api {
    label: &'static str,
    operations: usize,
    hostless: bool,
}

impl Around {
    /// Looks at what a tree has. `git`: the default branch, if there is a repository.
    ///
    /// # Errors
    /// It can't be listed.
    pub fn look(
        tree: &Tree,
        root: &std::path::Path,
        git: Option<Option<String>>,
        toolpacks: &[&str],
    ) -> Result<Around, Failed> {
        let files: Vec<&str> =
            tree.list()?.iter().filter(|e| e.kind != EntryKind::Submodule).map(|e| e.path.as_str()).collect();
        let named = project::of(files.iter().copied());
        let read = |path: &str| tree.read(path, limits::SMALL).map_err(|fault| fault.message);
        let guards = named.guards.into_iter().map(|path| {
            let asks = read(&path).map(|bytes| bytes.is_some_and(|bytes| runs_gate(&path, &bytes)));
            (path, asks)
        });
        let globs = globs(&GateFile::default())?;
        let clients: Vec<&str> = files.iter().copied().filter(|path| globs.is_match(path)).collect();
        let more_clients = clients.len().saturating_sub(MANY);
        let clients = clients.into_iter().take(MANY).map(|path| {
            let file = read(path).and_then(|bytes| {
                ClientFile::read(path, &bytes.unwrap_or_default()).map_err(|fault| fault.message)
            });
            let servers = file.map(|file| file.servers.into_iter().map(|server| server.name).collect());
            (path.to_owned(), servers)
        });
        let descriptions = named.descriptions.into_iter().take(MANY).map(|path| {
            let api = Described::of_file(&path, root).map(|described| Api {
                label: described.kind.label,
                operations: described.sourced.baseline.raw.get("operations").map_or(0, |o| o.members().len()),
                hostless: described.sourced.hostless,
            });
            (path, api.map_err(|failed| failed.0.message.clone()))
        });
        let recordings = named.recordings.into_iter().filter(|path| {
            let bytes = crate::io::blocks::Blocks::open(&root.join(path)).ok().flatten();
            let mut head = Vec::new();
            bytes.is_some_and(|mut blocks| blocks.next(&mut head).is_ok())
                && sniff(&head[..head.len().min(HEAD)]).is_some()
        });
        Ok(Around {
            parts: named.parts,
            guards: guards.collect(),
            clients: clients.collect(),
            more_clients,
            descriptions: descriptions.collect(),
            recordings: recordings.take(MANY).collect(),
            git,
            toolpacks: toolpacks.iter().map(|dir| (*dir).to_owned()).collect(),
        })
    }

    /// Whether agents are configured here.
    pub fn has_clients(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Whether anything asks the gate already.
    pub fn is_gated(&self) -> bool {
        self.guards.iter().any(|(_, asks)| *asks == Ok(true))
    }

    /// Whether the workflow of a CI system is likely to be wanted; none where it can't be: there is no git, or something
    /// asks the gate already, or a file stands in its place.
    pub fn wants_workflow(&self) -> Option<bool> {
        let is_taken = self.guards.iter().any(|(path, _)| path == WORKFLOW);
        if self.git.is_none() || self.is_gated() || is_taken {
            return None;
        }
        let of_github = |path: &String| path.starts_with(".github/");
        Some(self.guards.is_empty() || self.guards.iter().any(|(path, _)| of_github(path)))
    }

    /// What was found, a line each.
    pub fn lines(&self, paint: Paint) -> Vec<String> {
        let shown = |text: &str| paint.text(text, 60);
        let mut out = Vec::new();
        for part in self.parts.iter().take(MANY) {
            let place = match part.dir.as_str() {
                "" => String::new(),
                dir => format!(" in {}", shown(dir)),
            };
            out.push(format!("{} ({}){place}", part.language, part.manager));
        }
        out.push(match &self.git {
            None => "no git repository".to_owned(),
            Some(None) => "git, with no default branch that is known here".to_owned(),
            Some(Some(branch)) => match paste(branch) {
                Some(branch) => format!("git, default branch {branch}"),
                None => "git, a default branch whose name no command can take".to_owned(),
            },
        });
        for (path, asks) in self.guards.iter().take(MANY) {
            out.push(match asks {
                Ok(true) => format!("{}: asks the gate", shown(path)),
                Ok(false) => format!("{}: does not ask the gate", shown(path)),
                Err(why) => format!("{}: can't be read", shown(path)) + &brief(paint, why),
            });
        }
        for (path, servers) in &self.clients {
            out.push(match servers {
                Ok(names) => format!("{}: {}", shown(path), servers_of(names, paint)),
                Err(why) => format!("{}: can't be read", shown(path)) + &brief(paint, why),
            });
        }
        if self.more_clients > 0 {
            out.push(format!("{} more configurations of agents", self.more_clients));
        }
        for (path, api) in &self.descriptions {
            out.push(match api {
                Ok(api) => format!("{}: {}, {} operations", shown(path), api.label, api.operations),
                Err(why) => format!("{}: can't be read", shown(path)) + &brief(paint, why),
            });
        }
        out.extend(self.recordings.iter().map(|path| format!("{}: recorded calls", shown(path))));
        out
    }

    /// Lines that make toolpacks of what is there; none where there is one already.
    pub fn mints(&self) -> Vec<String> {
        if !self.toolpacks.is_empty() {
            return Vec::new();
        }
        let described = self.descriptions.iter().filter_map(|(path, api)| {
            let api = api.as_ref().ok().filter(|api| api.operations > 0)?;
            let about = if api.hostless { " -a <host>" } else { "" };
            Some(format!("cask mint {}{about}", paste(path)?))
        });
        let recorded = self.recordings.iter().filter_map(|path| Some(format!("cask mint {}", paste(path)?)));
        described.chain(recorded).collect()
    }

    /// What was found, for programs.
    pub fn node(&self) -> Node {
        let list = |nodes: Vec<Node>| Node::new(Value::List(nodes));
        let part = |part: &Part| {
            Node::map([
                ("dir", Node::text(&part.dir)),
                ("language", Node::text(part.language)),
                ("manager", Node::text(part.manager)),
                ("manifest", Node::text(&part.manifest)),
            ])
        };
        let git = match &self.git {
            None => Node::null(),
            Some(branch) => {
                Node::map([("default_branch", branch.as_ref().map_or_else(Node::null, Node::text))])
            }
        };
        let guards = self.guards.iter().map(|(path, asks)| {
            let told = match asks {
                Ok(asks) => ("asks_the_gate", Node::bool(*asks)),
                Err(why) => ("error", Node::text(why)),
            };
            Node::map([("path", Node::text(path)), told])
        });
        let clients = self.clients.iter().map(|(path, servers)| {
            let told = match servers {
                Ok(names) => ("servers", Node::texts(names.iter().cloned())),
                Err(why) => ("error", Node::text(why)),
            };
            Node::map([("path", Node::text(path)), told])
        });
        let descriptions = self.descriptions.iter().map(|(path, api)| {
            let told = match api {
                Ok(api) => vec![
                    ("kind", Node::text(api.label)),
                    ("operations", Node::int(api.operations as i128)),
                    ("names_a_host", Node::bool(!api.hostless)),
                ],
                Err(why) => vec![("error", Node::text(why))],
            };
            Node::map([("path", Node::text(path))].into_iter().chain(told))
        });
        Node::map([
            ("schema", Node::text("cask.project/1")),
            ("languages", list(self.parts.iter().map(part).collect())),
            ("git", git),
            ("checks", list(guards.collect())),
            ("agents", list(clients.collect())),
            ("descriptions", list(descriptions.collect())),
            ("recordings", Node::texts(self.recordings.iter().cloned())),
            ("toolpacks", Node::texts(self.toolpacks.iter().cloned())),
            ("next", Node::texts(self.mints())),
        ])
    }
}

fn servers_of(names: &[String], paint: Paint) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| paint.text(name, 16)).collect();
    let more = names.len().saturating_sub(3);
    match (names.len(), more) {
        (0, _) => "settings of an agent, no servers".to_owned(),
        (1, _) => format!("1 server of an agent ({})", shown.join(", ")),
        (n, 0) => format!("{n} servers of an agent ({})", shown.join(", ")),
        (n, more) => format!("{n} servers of an agent ({} and {more} more)", shown.join(", ")),
    }
}

/// Why, where it fits on the line.
fn brief(paint: Paint, why: &str) -> String {
    if why.len() > 36 { String::new() } else { format!(": {}", paint.text(why, 36)) }
}
