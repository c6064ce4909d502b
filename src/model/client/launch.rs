//! How a server is started or reached: a launch line, or an address. One form for every client's words and for
//! what a baseline keeps.

use std::collections::BTreeMap;

use crate::canon::{Fault, Node, Value};
use crate::model::at::At;

/// How a client speaks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A process that the client starts.
    Stdio,
    /// HTTP, streamable.
    Http,
    /// HTTP with server-sent events.
    Sse,
    /// A web socket.
    WebSocket,
}

impl Transport {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Transport::Stdio => "stdio",
            Transport::Http => "http",
            Transport::Sse => "sse",
            Transport::WebSocket => "ws",
        }
    }

    fn of(word: &str) -> Option<Transport> {
        Some(match word.to_ascii_lowercase().as_str() {
            "stdio" | "local" => Transport::Stdio,
            "http" | "streamable-http" | "streamable_http" | "streamablehttp" | "remote" => Transport::Http,
            "sse" => Transport::Sse,
            "ws" | "websocket" => Transport::WebSocket,
            _ => return None,
        })
    }
}

/// Members that say how long, how it is shown or what is asked, and not what runs.
const ASIDE: &[&str] = &[
    "description",
    "gallery",
    "icon",
    "timeout",
    "startup_timeout_sec",
    "startup_timeout_ms",
    "tool_timeout_sec",
    "disabled",
    "enabled",
    "required",
    "trust",
    "autoApprove",
    "alwaysAllow",
    "autoApproveTools",
    "disabledTools",
    "disabled_tools",
    "enabled_tools",
    "includeTools",
    "excludeTools",
    "tools",
    "package",
    "$schema",
];

/// A launch line or an address.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// How the client speaks to it.
    pub transport: Transport,
    /// The program; empty for a remote server.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that it gets: values where the file has them, none where only the name is known.
    pub env: BTreeMap<String, Option<String>>,
    /// The folder in which it starts.
    pub cwd: Option<String>,
    /// The address of a remote server.
    pub url: Option<String>,
    /// The member that holds it.
    pub url_member: &'static str,
    /// Headers that are sent, lower case; other ways to log in under the name of their member.
    pub headers: BTreeMap<String, Option<String>>,
    /// What else bears on it, by member.
    pub rest: BTreeMap<String, Node>,
}

impl Launch {
    /// Reads a launch line or an address.
    ///
    /// # Errors
    /// Neither a command nor an address, an unknown transport, or a member of another type.
    pub fn read(at: &At) -> Result<Launch, Fault> {
        let mut launch = Launch {
            transport: Transport::Stdio,
            command: String::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            cwd: None,
            url: None,
            url_member: "url",
            headers: BTreeMap::new(),
            rest: BTreeMap::new(),
        };
        let mut said = None;
        for (key, value) in at.members()?.into_iter().filter(|(_, value)| !value.node.is_null()) {
            match key {
                "type" | "transport" => {
                    let word = value.text()?;
                    let known = Transport::of(word);
                    said = Some(known.ok_or_else(|| value.fault(format!("unknown transport {word:?}")))?);
                }
                "command" | "cmd" => launch.program(&value)?,
                "args" | "arguments" => launch.args.extend(words(&value)?),
                "env" | "environment" | "env_vars" => launch.env.extend(named(&value)?),
                "cwd" => launch.cwd = Some(value.text()?.to_owned()),
                "url" => launch.address("url", &value)?,
                "httpUrl" => launch.address("httpUrl", &value)?,
                "serverUrl" => launch.address("serverUrl", &value)?,
                "headers" | "http_headers" | "env_http_headers" => {
                    let headers = named(&value)?.into_iter();
                    launch.headers.extend(headers.map(|(name, value)| (name.to_ascii_lowercase(), value)));
                }
                "bearer_token_env_var" => {
                    launch.headers.insert("authorization".into(), Some(format!("${{{}}}", value.text()?)));
                }
                "oauth" | "auth" | "authProviderType" => {
                    launch.headers.insert(key.to_owned(), None);
                    launch.rest.insert(key.to_owned(), value.node.clone());
                }
                key if ASIDE.contains(&key) => {}
                key => _ = launch.rest.insert(key.to_owned(), value.node.clone()),
            }
        }
        let started = !launch.command.is_empty();
        if !started && launch.url.is_none() {
            return Err(at.fault("neither a command nor an address").hint("give it command, or url"));
        }
        let usual = match launch.url_member {
            _ if started => Transport::Stdio,
            _ => Transport::Http,
        };
        launch.transport = said.unwrap_or(usual);
        if (launch.transport == Transport::Stdio) != started {
            // A client that goes by one of the two would run what nobody looked at.
            return Err(at.fault(format!("transport {} does not fit what it names", launch.transport.word())));
        }
        if started && launch.url.is_some() {
            return Err(at.fault("a command and an address: which of them counts depends on the client"));
        }
        Ok(launch)
    }

    fn program(&mut self, value: &At) -> Result<(), Fault> {
        match &value.node.value {
            Value::List(_) => {
                let mut all = words(value)?.into_iter();
                self.command = all.next().unwrap_or_default();
                self.args.splice(0..0, all);
            }
            _ => self.command = value.text()?.to_owned(),
        }
        Ok(())
    }

    fn address(&mut self, member: &'static str, value: &At) -> Result<(), Fault> {
        if self.url.is_some() {
            return Err(value.fault("a second address"));
        }
        (self.url, self.url_member) = (Some(value.text()?.to_owned()), member);
        Ok(())
    }

    /// The launch line as one would type it, or the address: for people.
    pub fn line(&self) -> String {
        match &self.url {
            Some(url) => url.clone(),
            None => std::iter::once(&self.command).chain(&self.args).cloned().collect::<Vec<_>>().join(" "),
        }
    }
}

/// The servers that a baseline keeps, by name. One whose launch line can't be understood is none.
pub fn kept(baseline: &Node) -> Vec<(String, Launch)> {
    let all = baseline.get("mcp").map(Node::members).unwrap_or_default();
    let launches = all.iter().filter_map(|(name, entry)| Some((name, entry.get("launch")?)));
    launches
        .filter_map(|(name, node)| Some((name.clone(), Launch::read(&At::new("", "", node)).ok()?)))
        .collect()
}

/// Arguments: texts, and numbers and booleans as they are written.
fn words(at: &At) -> Result<Vec<String>, Fault> {
    at.items()?.iter().map(scalar).collect()
}

fn scalar(at: &At) -> Result<String, Fault> {
    match &at.node.value {
        Value::Int(digits) => Ok(digits.clone()),
        Value::Bool(is) => Ok(is.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        _ => at.text().map(str::to_owned),
    }
}

/// Names with values, or a list of names.
fn named(at: &At) -> Result<Vec<(String, Option<String>)>, Fault> {
    match &at.node.value {
        Value::List(_) => Ok(at
            .items()?
            .iter()
            .map(|item| {
                // `NAME`, or an object that names it.
                let name = if item.node.is_map() { item.text_of("name")? } else { item.text()? };
                Ok((name.to_owned(), None))
            })
            .collect::<Result<_, Fault>>()?),
        _ => at
            .members()?
            .into_iter()
            .map(|(name, value)| {
                let value = if value.node.is_null() { None } else { Some(scalar(&value)?) };
                Ok((name.to_owned(), value))
            })
            .collect(),
    }
}
