//! Launch lines in, as they are typed or as a client's configuration has them; programs that can be started out, each with
//! what is locked of how it was.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Url;

use crate::canon::Node;
use crate::canon::visible::visible;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::compare::secrets::secrets;
use crate::io::fs::read_bounded;
use crate::io::mcp::locked::TELLING;
use crate::io::program::Start;
use crate::model::client::filled::{filled, is_folder};
use crate::model::client::launch::{Launch, Transport};
use crate::model::client::{ClientFile, Server};
use crate::model::limits;

/// How a server is reached.
pub(super) enum Way {
    /// It is started.
    Start(Start),
    /// It is asked at an address.
    Address(Address),
}

/// A server at an address.
pub(super) struct Address {
    /// Where it is.
    pub(super) url: Url,
    /// Headers that a configuration has for it, filled in.
    pub(super) headers: Vec<(String, String)>,
    /// How it is spoken to, where a configuration says so; else it is found out.
    pub(super) transport: Option<Transport>,
}

/// A server that is to be asked.
pub(super) struct ToAsk {
    /// How it is reached.
    pub(super) way: Way,
    /// What people are told of it.
    pub(super) shown: String,
    /// The same as it is locked: as it is written, and of variables their names.
    pub(super) launch: Vec<(&'static str, Node)>,
    /// Its name, where somebody gave it one.
    pub(super) name: Option<String>,
    /// Values of variables that were filled in, beside those that it gets as variables: they stand in no file of ours.
    pub(super) filled: Vec<String>,
}

impl Way {
    /// What the server is given, by name.
    pub(super) fn given(&self) -> Vec<(&str, &str)> {
        match self {
            Way::Start(start) => start.env.iter().map(|(name, value)| (&**name, &**value)).collect(),
            Way::Address(address) => {
                address.headers.iter().map(|(name, value)| (&**name, &**value)).collect()
            }
        }
    }
}

impl ToAsk {
    /// The values that it might repeat, and that stand in nothing of ours.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let given = self.way.given().into_iter().map(|(_, value)| value);
        given.chain(self.filled.iter().map(String::as_str)).filter(|value| value.len() >= TELLING)
    }
}

/// A launch line as it is written.
struct Written<'a> {
    /// The program and its arguments.
    words: Vec<&'a str>,
    /// Variables that it gets.
    env: BTreeMap<&'a str, &'a str>,
    cwd: Option<&'a str>,
}

impl Written<'_> {
    /// What is started and locked of it. `shown` is how people are told of it, `value` fills in a text and keeps what it
    /// filled in.
    fn to_ask(
        &self,
        shown: String,
        value: impl Fn(&str, &mut Vec<String>) -> Result<String, Failed>,
        ctx: &Ctx,
    ) -> Result<ToAsk, Failed> {
        // It would be committed with the lock, and it is shown to everyone who lists processes.
        if self.words.iter().any(|word| !secrets(word).is_empty()) {
            return Err(Failed::new("input", "the launch line", "it has what looks like a credential in it")
                .hint("give it by a variable: --mcp-env NAME, or ${NAME} in a configuration"));
        }
        let mut filled = Vec::new();
        let words = self.words.iter().map(|word| value(word, &mut filled));
        let mut words = words.collect::<Result<Vec<String>, Failed>>()?;
        let env = self.env.iter().map(|(name, text)| Ok(((*name).to_owned(), value(text, &mut filled)?)));
        let env = env.collect::<Result<BTreeMap<String, String>, Failed>>()?;
        let cwd = self.cwd.map(|dir| value(dir, &mut filled)).transpose()?;
        let launch = vec![
            ("transport", Node::text(Transport::Stdio.word())),
            ("command", Node::text(self.words[0])),
            ("args", Node::texts(self.words[1..].iter().copied())),
            ("env", Node::texts(env.keys().cloned())),
            ("cwd", self.cwd.map_or_else(Node::null, Node::text)),
        ];
        let command = words.remove(0);
        let cwd = cwd.map_or_else(|| ctx.cwd.clone(), |dir| ctx.cwd.join(dir));
        let start = Start { command, args: words, env, cwd, shown: shown.clone(), what: "the server" };
        Ok(ToAsk { way: Way::Start(start), shown, launch, name: None, filled })
    }
}

/// A launch line as it is typed, in words. `env`: names of variables that the server gets.
///
/// # Errors
/// It is none, shows a credential, or there is no such variable.
pub(super) fn typed(line: &str, env: &[String], name: Option<&str>, ctx: &Ctx) -> Result<ToAsk, Failed> {
    let words = shlex::split(line).filter(|words| words.first().is_some_and(|word| !word.is_empty()));
    let words = words.ok_or_else(|| {
        Failed::new("usage", line.to_owned(), "this is no launch line")
            .hint("--mcp 'npx -y @scope/server@1.2.3 /data'   (words, quoted as in a shell)")
    })?;
    let mut own = BTreeMap::new();
    for name in env {
        let value = ctx.var(name).ok_or_else(|| {
            Failed::new("usage", name.clone(), "there is no variable of this name, and a server shall get it")
                .hint(format!("--mcp-env takes a name alone: export {name}=… first"))
        })?;
        own.insert(name.as_str(), value);
    }
    let written = Written {
        words: words.iter().map(String::as_str).collect(),
        env: own.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        cwd: None,
    };
    let asked = written.to_ask(line.trim().to_owned(), |text, _| Ok(text.to_owned()), ctx)?;
    Ok(ToAsk { name: name.map(str::to_owned), ..asked })
}

/// A server at an address. It is locked as it is written: with a credential in it, it is refused.
///
/// # Errors
/// It is none, has a user, a password or a fragment, or looks like it shows a credential.
pub(super) fn address(text: &str, name: Option<&str>) -> Result<ToAsk, Failed> {
    let refused = |why: &str| {
        Failed::new("usage", visible(text, 200), why.to_owned())
            .hint("--mcp-url https://mcp.example.com/mcp   (a credential goes into CASK_AUTH_HEADER)")
    };
    let url = Url::parse(text).map_err(|_| refused("this is no address of a server"))?;
    if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() {
        return Err(refused("this is no address of a server"));
    }
    if !url.username().is_empty() || url.password().is_some() || !secrets(text).is_empty() {
        return Err(Failed::new("usage", "--mcp-url", "the address has what looks like a credential in it")
            .hint("give it by a variable: CASK_AUTH_HEADER, or CASK_AUTH_ and the host"));
    }
    // How it is spoken to stands in front of it, once that is known.
    let launch = vec![("url", Node::text(url.as_str()))];
    let shown = url.to_string();
    let way = Way::Address(Address { url, headers: Vec::new(), transport: None });
    Ok(ToAsk { way, shown, launch, name: name.map(str::to_owned), filled: Vec::new() })
}

/// The servers of a client's configuration, and the names of those that it reaches in ways that are none of ours.
///
/// # Errors
/// It can't be read, has no server, or one needs a variable that is not there.
pub(super) fn configured(path: &Path, ctx: &Ctx) -> Result<(Vec<ToAsk>, Vec<String>), Failed> {
    let shown = path.display().to_string();
    let bytes = read_bounded(&ctx.cwd.join(path), limits::SMALL)?.ok_or_else(|| {
        Failed::new("input", shown.clone(), "there is no such file")
            .hint("--mcp-config .mcp.json   (or that of Claude, Cursor, VS Code, Codex …)")
    })?;
    let file = ClientFile::read(&shown, &bytes)?;
    if file.servers.is_empty() {
        return Err(Failed::new("input", shown, "it names no server"));
    }
    let (mut ours, mut remote) = (Vec::new(), Vec::new());
    for server in &file.servers {
        match server.launch.transport {
            Transport::Stdio => ours.push(of_server(&shown, server, ctx)?),
            // Who is logged in to otherwise is not asked with less.
            Transport::Http | Transport::Sse if server.launch.headers.values().all(Option::is_some) => {
                ours.push(of_address(&shown, server, ctx)?);
            }
            Transport::Http | Transport::Sse | Transport::WebSocket => remote.push(server.name.clone()),
        }
    }
    Ok((ours, remote))
}

/// A text of a server's configuration with what clients fill in.
fn value(
    text: &str,
    filled: &mut Vec<String>,
    (file, server): (&str, &Server),
    ctx: &Ctx,
) -> Result<String, Failed> {
    filled_in(text, filled, ctx).map_err(|missing| {
        let message = format!("the server {:?} needs {missing}, which is not there", server.name);
        Failed::new("input", file, message).hint("set it before, as the client would")
    })
}

/// A server of a configuration that is asked at its address. Of its headers the names are locked.
fn of_address(file: &str, server: &Server, ctx: &Ctx) -> Result<ToAsk, Failed> {
    let Launch { url, headers, .. } = &server.launch;
    let mut asked = address(url.as_deref().unwrap_or_default(), Some(&server.name))?;
    if !headers.is_empty() {
        asked.launch.push(("headers", Node::texts(headers.keys().cloned())));
    }
    let texts = headers.iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
    let filled = &mut asked.filled;
    let headers = texts.map(|(name, text)| Ok((name.clone(), value(text, filled, (file, server), ctx)?)));
    let headers = headers.collect::<Result<Vec<(String, String)>, Failed>>()?;
    // Clients try one after the other where nothing is said.
    let is_said = ["type", "transport"].iter().any(|member| server.raw.get(member).is_some());
    if let Way::Address(address) = &mut asked.way {
        address.headers = headers;
        address.transport = is_said.then_some(server.launch.transport);
    }
    Ok(asked)
}

fn of_server(file: &str, server: &Server, ctx: &Ctx) -> Result<ToAsk, Failed> {
    let Launch { command, args, env, cwd, .. } = &server.launch;
    let value = |text: &str, filled: &mut Vec<String>| value(text, filled, (file, server), ctx);
    // A name alone is one that the client hands on.
    let said =
        |(name, said): (&String, &Option<String>)| said.clone().unwrap_or_else(|| format!("${{{name}}}"));
    let env: BTreeMap<&str, String> = env.iter().map(|one| (one.0.as_str(), said(one))).collect();
    let written = Written {
        words: std::iter::once(command).chain(args).map(String::as_str).collect(),
        env: env.iter().map(|(name, text)| (*name, text.as_str())).collect(),
        cwd: cwd.as_deref(),
    };
    let asked = written.to_ask(server.launch.line(), value, ctx)?;
    Ok(ToAsk { name: Some(server.name.clone()), ..asked })
}

/// A text with what clients fill in. Values of variables are kept in `given`.
///
/// # Errors
/// What is not there, as it is written.
fn filled_in(text: &str, given: &mut Vec<String>, ctx: &Ctx) -> Result<String, String> {
    filled(text, &mut |name| match ctx.var(name) {
        Some(value) => {
            given.push(value.clone());
            Some(value)
        }
        None => is_folder(name).then(|| ctx.cwd.display().to_string()),
    })
}
