//! How a server is started or reached: a launch line, or an address. One form for every client's words and for
//! what a baseline keeps.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::{Fault, Node, Value};
use crate::model::at::At;

/// How a client speaks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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
    "$schema",
];

/// The name of a member. An alias, or serde would take it for a text that is borrowed from what is read.
type Member = &'static str;

/// A launch line or an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
    #[serde(with = "url_member")]
    #[schemars(with = "String")]
    pub url_member: Member,
    /// Headers that are sent, lower case; other ways to log in under the name of their member.
    pub headers: BTreeMap<String, Option<String>>,
    /// The package that a baseline locked with it: registry, name, version and integrity.
    pub package: Option<Node>,
    /// What else bears on it, by member.
    pub rest: BTreeMap<String, Node>,
}

impl Launch {
    /// Reads a launch line or an address.
    ///
    /// # Errors
    /// Neither a command nor an address, an unknown transport, a member of another type, or one thing said twice.
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
            package: None,
            rest: BTreeMap::new(),
        };
        let (mut said, mut seen) = (None, BTreeSet::new());
        for (key, value) in at.members()?.into_iter().filter(|(_, value)| !value.node.is_null()) {
            // Clients differ in which of two words for one thing counts.
            if let Some(thing) = thing(key)
                && !seen.insert(thing)
            {
                return Err(
                    value.fault(format!("a second {thing}: which of them counts depends on the client"))
                );
            }
            match key {
                "type" | "transport" => {
                    let word = value.text()?;
                    let known = Transport::of(word);
                    said = Some(known.ok_or_else(|| value.fault(format!("unknown transport {word:?}")))?);
                }
                // A table stands for three members of the server itself.
                "command" if value.node.is_map() => {
                    for (key, value) in value.members()? {
                        if let Some(thing) = thing(key)
                            && !seen.insert(thing)
                        {
                            return Err(value.fault(format!(
                                "a second {thing}: which of them counts depends on the client"
                            )));
                        }
                        match key {
                            "path" => launch.command = value.text()?.to_owned(),
                            "args" => launch.args.extend(words(&value)?),
                            "env" => fill(&mut launch.env, named(&value)?, &value)?,
                            key => _ = launch.rest.insert(format!("command/{key}"), value.node.clone()),
                        }
                    }
                }
                "command" | "cmd" => launch.program(&value)?,
                "args" | "arguments" => launch.args.extend(words(&value)?),
                "env" | "environment" | "env_vars" => fill(&mut launch.env, named(&value)?, &value)?,
                "cwd" => launch.cwd = Some(value.text()?.to_owned()),
                "url" => launch.address("url", &value)?,
                "httpUrl" => launch.address("httpUrl", &value)?,
                "serverUrl" => launch.address("serverUrl", &value)?,
                "headers" | "http_headers" => fill(&mut launch.headers, lower(named(&value)?), &value)?,
                "env_http_headers" => {
                    let of = |(name, from): Named| (name, from.map(|from| format!("${{{from}}}")));
                    let headers = named(&value)?.into_iter().map(of).collect();
                    fill(&mut launch.headers, lower(headers), &value)?;
                }
                "bearer_token_env_var" => {
                    let header = ("authorization".to_owned(), Some(format!("Bearer ${{{}}}", value.text()?)));
                    fill(&mut launch.headers, vec![header], &value)?;
                }
                "oauth" | "auth" | "authProviderType" => {
                    fill(&mut launch.headers, vec![(key.to_owned(), None)], &value)?;
                    launch.rest.insert(key.to_owned(), value.node.clone());
                }
                // What it is where nothing else is said.
                "source" if value.node.as_text() == Some("custom") => {}
                "package" => launch.package = Some(value.node.clone()),
                // A list of tools that are there; a table says how each is asked about, and more.
                "tools" if matches!(value.node.value, Value::List(_)) => {}
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

/// What a member says, where clients have more than one word for it.
fn thing(key: &str) -> Option<&'static str> {
    Some(match key {
        "type" | "transport" => "transport",
        "command" | "cmd" => "command",
        "args" | "arguments" => "list of arguments",
        "env" | "environment" => "list of variables",
        "url" | "httpUrl" | "serverUrl" => "address",
        "headers" | "http_headers" => "list of headers",
        _ => return None,
    })
}

type Named = (String, Option<String>);

fn lower(headers: Vec<Named>) -> Vec<Named> {
    headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// Adds what has names; the same name twice is two values for one thing.
fn fill(into: &mut BTreeMap<String, Option<String>>, these: Vec<Named>, at: &At) -> Result<(), Fault> {
    for (name, value) in these {
        if into.contains_key(&name) {
            return Err(at.fault(format!("{name:?} is named twice")));
        }
        into.insert(name, value);
    }
    Ok(())
}

/// The servers that a baseline keeps, by name.
///
/// # Errors
/// A launch line that can't be understood: to leave it out would say that the server is gone.
pub fn kept(file: &str, baseline: &Node) -> Result<Vec<(String, Launch)>, Fault> {
    let root = At::root(file, baseline);
    let Some(all) = root.optional("mcp") else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (name, server) in all.members()? {
        if let Some(launch) = server.optional("launch") {
            out.push((name.to_owned(), Launch::read(&launch)?));
        }
    }
    Ok(out)
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
fn named(at: &At) -> Result<Vec<Named>, Fault> {
    match &at.node.value {
        Value::List(_) => Ok(at
            .items()?
            .iter()
            .map(|item| {
                // `NAME`, or an object that names it.
                if !item.node.is_map() {
                    return Ok((item.text()?.to_owned(), None));
                }
                let value = item.optional("value").map(|value| scalar(&value)).transpose()?;
                Ok((item.text_of("name")?.to_owned(), value))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::read_json::read_json;

    fn read(text: &str) -> Result<Launch, Fault> {
        let node = read_json("f", text.as_bytes(), &Limits::new(4096))?;
        Launch::read(&At::root("f", &node))
    }

    #[test]
    fn two_words_for_one_thing_are_refused() {
        for text in [
            r#"{"command": "a", "cmd": "b"}"#,
            r#"{"command": "a", "args": ["x"], "arguments": ["y"]}"#,
            r#"{"command": "a", "type": "stdio", "transport": "stdio"}"#,
            r#"{"command": "a", "env": {"A": "1"}, "environment": {"B": "2"}}"#,
            r#"{"command": "a", "env": {"A": "1"}, "env_vars": ["A"]}"#,
            r#"{"url": "https://a.test", "headers": {"A": "1"}, "http_headers": {"B": "2"}}"#,
            r#"{"url": "https://a.test", "headers": {"A": "1", "a": "2"}}"#,
            r#"{"url": "https://a.test", "http_headers": {"A": "1"}, "env_http_headers": {"a": "B"}}"#,
            r#"{"url": "https://a.test", "http_headers": {"Authorization": "x"}, "bearer_token_env_var": "B"}"#,
            r#"{"url": "https://a.test", "httpUrl": "https://b.test"}"#,
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.message.contains("second") || fault.message.contains("twice"), "{text}: {fault}");
        }
        // What goes together: values that stand there, and names of what the client passes on.
        let both = read(r#"{"command": "a", "env": {"A": "1"}, "env_vars": ["B"]}"#).expect("read");
        assert_eq!(both.env.len(), 2);
    }

    #[test]
    fn a_command_may_be_a_table_of_what_else_stands_beside_it() {
        let table =
            read(r#"{"command": {"path": "a", "args": ["x"], "env": {"A": "1"}}, "source": "custom"}"#);
        assert_eq!(
            table.expect("read"),
            read(r#"{"command": "a", "args": ["x"], "env": {"A": "1"}}"#).expect("read")
        );
        for text in [
            r#"{"command": {"path": "a", "args": ["x"]}, "args": ["y"]}"#,
            r#"{"env": {"A": "1"}, "command": {"path": "a", "env": {"B": "2"}}}"#,
            r#"{"command": {"args": ["x"]}}"#,
            r#"{"command": {"path": ["a"]}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let odd = read(r#"{"command": {"path": "a", "shell": true}}"#).expect("read");
        assert!(odd.rest.contains_key("command/shell"));
    }

    #[test]
    fn a_header_from_a_variable_is_not_its_name_as_a_value() {
        let from = |member: &str| read(&format!(r#"{{"url": "https://a.test", "{member}": {{"X": "T"}}}}"#));
        assert_ne!(from("http_headers").expect("read"), from("env_http_headers").expect("read"));
    }

    #[test]
    fn a_baseline_whose_launch_line_can_not_be_understood_is_a_fault() {
        let of = |text: &str| {
            kept("b", &read_json("b", text.as_bytes(), &Limits::new(4096)).expect("JSON"))
                .map(|all| all.len())
        };
        assert_eq!(of(r#"{"mcp": {"a": {"launch": {"command": "x"}}, "b": {}}}"#).expect("read"), 1);
        assert_eq!(of("{}").expect("read"), 0);
        let fault = of(r#"{"mcp": {"a": {"launch": {"transport": "pigeon", "command": "x"}}}}"#).unwrap_err();
        assert_eq!((fault.file.as_str(), fault.pointer.as_str()), ("b", "/mcp/a/launch/transport"));
    }
}

/// The member that holds an address, in files that hand launch lines over: one of three words.
mod url_member {
    use serde::{Deserialize, Deserializer, Serializer, de};

    const WORDS: [&str; 3] = ["url", "httpUrl", "serverUrl"];

    pub fn serialize<S: Serializer>(word: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(word)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        let said = String::deserialize(deserializer)?;
        let known = WORDS.into_iter().find(|word| *word == said);
        known.ok_or_else(|| de::Error::custom(format!("{said:?} is none of {}", WORDS.join(", "))))
    }
}
