//! Whether the MCP servers of a toolpack could be started: their programs and variables, and nothing is.

use std::path::Path;

use super::shape::{Looked, State};
use crate::cmd::ctx::Ctx;
use crate::cmd::serving::read::Read;
use crate::io::mcp::locked;
use crate::model::client::launch::{Launch, Transport};
use crate::model::risk::ToolKind;

/// One line for each server whose tools are in the toolpack.
pub fn servers(read: &Read, ctx: &Ctx) -> Vec<Looked> {
    let pack = &read.state.pack;
    let has_tools =
        |name: &str| pack.manifest.tools.iter().any(|t| t.kind == ToolKind::Mcp && t.host == name);
    let servers = pack.baseline.servers.iter().filter(|(name, _)| has_tools(name));
    servers.map(|(name, launch)| looked(name, launch, read, ctx)).collect()
}

fn looked(name: &str, launch: &Launch, read: &Read, ctx: &Ctx) -> Looked {
    let told = |state, text: String, fix: Option<&str>| {
        Looked::new("server", state, format!("server {name}: {text}"), fix)
    };
    match launch.transport {
        Transport::Stdio => {}
        Transport::Http | Transport::Sse => {
            return told(State::Good, format!("asked at {}", launch.line()), None);
        }
        Transport::WebSocket => {
            let text = format!("it is reached by {}, which is not spoken here", launch.transport.word());
            return told(State::Wanting, text, Some("cask mint --mcp-url URL, where it speaks HTTP"));
        }
    }
    let start = match locked::start(name, launch, &read.root, &|name| ctx.var(name)) {
        Ok((start, _)) => start,
        Err(failure) => {
            return told(State::Wanting, failure.message, Some("set it where cask run is started"));
        }
    };
    match is_there(&start.command, &start.cwd, ctx) {
        true => told(State::Good, "its program and its variables are here".to_owned(), None),
        false => {
            let text = format!("there is no program {}", start.command);
            told(State::Wanting, text, Some("install it"))
        }
    }
}

/// Whether a program would be found.
fn is_there(command: &str, cwd: &Path, ctx: &Ctx) -> bool {
    if command.contains(std::path::is_separator) {
        return cwd.join(command).is_file();
    }
    let path = ctx.var("PATH").unwrap_or_default();
    let names = [command.to_owned(), format!("{command}.exe"), format!("{command}.cmd")];
    std::env::split_paths(&path).any(|dir| names.iter().any(|name| dir.join(name).is_file()))
}
