//! Launch lines in, as they are typed or as a client's configuration has them; programs that can be started out, each with
//! what is locked of how it was.

use std::collections::BTreeMap;
use std::path::Path;

use crate::canon::Node;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::fs::read_bounded;
use crate::io::mcp::program::Start;
use crate::model::client::launch::{Launch, Transport};
use crate::model::client::{ClientFile, Server};
use crate::model::limits;

/// A server that is to be asked.
pub(super) struct ToAsk {
    /// How it is started.
    pub(super) start: Start,
    /// The same as it is locked: as it is written, and of variables their names.
    pub(super) launch: Vec<(&'static str, Node)>,
    /// Its name, where somebody gave it one.
    pub(super) name: Option<String>,
}

fn to_ask(start: Start, args: &[String], cwd: Option<&str>, name: Option<String>) -> ToAsk {
    let launch = vec![
        ("transport", Node::text(Transport::Stdio.word())),
        ("command", Node::text(start.command.as_str())),
        ("args", Node::texts(args.iter().cloned())),
        ("env", Node::texts(start.env.keys().cloned())),
        ("cwd", cwd.map_or_else(Node::null, Node::text)),
    ];
    ToAsk { start, launch, name }
}

/// A launch line as it is typed, in words. `env`: names of variables that the server gets.
///
/// # Errors
/// It is none, or there is no such variable.
pub(super) fn typed(line: &str, env: &[String], name: Option<&str>, ctx: &Ctx) -> Result<ToAsk, Failed> {
    let words = shlex::split(line).filter(|words| words.first().is_some_and(|word| !word.is_empty()));
    let Some(words) = words else {
        return Err(Failed::new("usage", line.to_owned(), "this is no launch line")
            .hint("--mcp 'npx -y @scope/server@1.2.3 /data'   (words, quoted as in a shell)"));
    };
    let mut own = BTreeMap::new();
    for name in env {
        let value = ctx.var(name).ok_or_else(|| {
            Failed::new("usage", name.clone(), "there is no variable of this name, and a server shall get it")
                .hint(format!("--mcp-env takes a name alone: export {name}=… first"))
        })?;
        own.insert(name.clone(), value);
    }
    let mut words = words.into_iter();
    let command = words.next().unwrap_or_default();
    let args: Vec<String> = words.collect();
    let start = Start { command, args: args.clone(), env: own, cwd: ctx.cwd.clone() };
    Ok(to_ask(start, &args, None, name.map(str::to_owned)))
}

/// The servers that a client's configuration starts, and the names of those that it only calls.
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
            _ => remote.push(server.name.clone()),
        }
    }
    Ok((ours, remote))
}

fn of_server(file: &str, server: &Server, ctx: &Ctx) -> Result<ToAsk, Failed> {
    let Launch { command, args, env, cwd, .. } = &server.launch;
    let filled = |text: &str| {
        filled_in(text, ctx).map_err(|missing| {
            Failed::new(
                "input",
                file,
                format!("the server {:?} needs {missing}, which is not there", server.name),
            )
            .hint("set it before, as the client would")
        })
    };
    let mut own = BTreeMap::new();
    for (name, value) in env {
        // A name alone is one that the client hands on.
        let reference = format!("${{{name}}}");
        own.insert(name.clone(), filled(value.as_deref().unwrap_or(&reference))?);
    }
    let start = Start {
        command: filled(command)?,
        args: args.iter().map(|arg| filled(arg)).collect::<Result<_, Failed>>()?,
        env: own,
        cwd: cwd
            .as_deref()
            .map(&filled)
            .transpose()?
            .map_or_else(|| ctx.cwd.clone(), |dir| ctx.cwd.join(dir)),
    };
    let mut asked = to_ask(start, args, cwd.as_deref(), Some(server.name.clone()));
    asked.launch[1].1 = Node::text(command.as_str());
    Ok(asked)
}

/// A text with what clients fill in: `${NAME}`, `${env:NAME}`, each also with a default behind `:-`.
///
/// # Errors
/// What is not there, as it is written.
fn filled_in(text: &str, ctx: &Ctx) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out += before;
        let Some((inside, after)) = behind.split_once('}') else {
            return Ok(out + "${" + behind);
        };
        let (name, default) = inside.split_once(":-").map_or((inside, None), |(name, d)| (name, Some(d)));
        let name = name.strip_prefix("env:").unwrap_or(name);
        match ctx.var(name).or_else(|| default.map(str::to_owned)) {
            Some(value) => out += &value,
            None if matches!(name, "workspaceFolder" | "CLAUDE_PROJECT_DIR") => {
                out += &ctx.cwd.display().to_string();
            }
            None => return Err(format!("${{{inside}}}")),
        }
        rest = after;
    }
    Ok(out + rest)
}
