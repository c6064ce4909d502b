//! MCP servers that are asked now, as the command line names them: started after somebody agreed, never for a change
//! of strangers, and what they say as a description among others.

mod address;
mod lines;
pub mod strangers;

use std::path::PathBuf;

use lines::{ToAsk, Way};

use super::ctx::Ctx;
use super::described::Described;
use super::failed::Failed;
use super::signing::consent;
use crate::canon::Node;
use crate::canon::emit::emit_json;
use crate::compare::package;
use crate::enforce::guard::address::Opened;
use crate::io::failure::Failure;
use crate::io::mcp::conversation::Conversation;
use crate::io::mcp::listing::{self, Listed, Patience};
use crate::io::mcp::locked::TELLING;
use crate::io::mcp::pipe::Pipe;
use crate::io::mcp::published;
use crate::io::mcp::wire::Wire;
use crate::io::tree::Tree;
use crate::model::phrase::Phrase;
use crate::source::mcp::LIVE;

/// MCP servers that are asked now
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "asked_now", multiple = true, args = ["mcp", "mcp_url", "mcp_config"])]
pub struct LiveArgs {
    /// MCP server to start and ask, by its launch line: 'npx -y @scope/server@1.2.3' (repeatable). No shell reads it;
    /// it gets a home of its own and no variables but PATH and the language
    #[arg(long, value_name = "COMMAND")]
    pub mcp: Vec<String>,
    /// MCP server to ask at its address (repeatable), over streamable HTTP or, where it takes no message that way, HTTP with
    /// server-sent events. CASK_AUTH_HEADER, or CASK_AUTH_ and its host in capitals, is sent as Authorization
    #[arg(long, value_name = "URL")]
    pub mcp_url: Vec<String>,
    /// Networks of one's own in which servers may be asked (repeatable), such as 127.0.0.0/8
    #[arg(long, value_name = "CIDR", requires = "asked_now")]
    pub allow_private_cidr: Vec<String>,
    /// Configuration of a client (.mcp.json, or that of Claude, Cursor, VS Code, Codex …) whose servers are started and
    /// asked, with the variables that it gives them
    #[arg(long, value_name = "FILE")]
    pub mcp_config: Option<PathBuf>,
    /// Variable that the servers of --mcp get too (repeatable): its name is locked, its value is written nowhere
    #[arg(long, value_name = "NAME", requires = "mcp")]
    pub mcp_env: Vec<String>,
    /// Name of the server in the toolpack (default: what it calls itself; of a configuration, its name there)
    #[arg(long, value_name = "NAME", requires = "asked_now", conflicts_with = "mcp_config")]
    pub mcp_name: Option<String>,
    /// Start the servers without asking
    #[arg(long, requires = "asked_now")]
    pub start: bool,
}

impl LiveArgs {
    /// Whether any server is named.
    pub fn is_asked(&self) -> bool {
        !self.mcp.is_empty() || !self.mcp_url.is_empty() || self.mcp_config.is_some()
    }
}

/// Starts and asks every server that is named.
///
/// # Errors
/// A launch line that is none, nobody who agrees, a change of strangers, or a server that does not answer as one.
pub fn read(args: &LiveArgs, ctx: &mut Ctx) -> Result<Vec<Described>, Failed> {
    if !args.is_asked() {
        return Ok(Vec::new());
    }
    if args.mcp_name.is_some() && args.mcp.len() + args.mcp_url.len() > 1 {
        return Err(Failed::new("usage", "--mcp-name", "one name for several servers"));
    }
    strangers::refused("--mcp", "no server is started for a change from outside", ctx).map_err(|failed| {
        failed.hint("ask servers on a schedule or by hand: cask drift --toolpack DIR --mcp COMMAND")
    })?;
    let typed = args.mcp.iter().map(|line| lines::typed(line, &args.mcp_env, args.mcp_name.as_deref(), ctx));
    let addressed = args.mcp_url.iter().map(|url| lines::address(url, args.mcp_name.as_deref()));
    let mut all = typed.chain(addressed).collect::<Result<Vec<ToAsk>, Failed>>()?;
    if let Some(path) = &args.mcp_config {
        let (ours, remote) = lines::configured(path, ctx)?;
        if ours.is_empty() {
            return Err(Failed::new(
                "input",
                path.display().to_string(),
                "it names no server that can be asked here",
            )
            .why("those that log in otherwise than by headers, or speak over web sockets, are not asked")
            .hint("--mcp-url URL, with CASK_AUTH_HEADER"));
        }
        for name in remote {
            let name = ctx.paint().text(&name, 100);
            ctx.note(&format!(
                "not asked, since it logs in otherwise than by headers, or speaks over web sockets: {name}"
            ));
        }
        all.extend(ours);
    }
    agreed(&all, args, ctx)?;
    let opened = opened(args)?;
    let addresses = all.iter().filter(|one| matches!(one.way, Way::Address(_))).count();
    let is_the_one = addresses == 1 && !args.mcp_url.is_empty();
    all.iter().map(|one| ask(one, &opened, is_the_one, ctx)).collect()
}

/// Asks whoever sits there whether these programs shall run, and these servers be shown what a file has for them.
fn agreed(all: &[ToAsk], args: &LiveArgs, ctx: &mut Ctx) -> Result<(), Failed> {
    let paint = ctx.paint();
    let line = |shown: &str, given: Vec<&str>| {
        let given = if given.is_empty() { String::new() } else { format!("   with {}", given.join(", ")) };
        format!("  {}\n", paint.text(&format!("{shown}{given}"), 500))
    };
    let (mut programs, mut shown) = (Vec::new(), Vec::new());
    for one in all {
        match &one.way {
            Way::Start(start) => {
                programs.push(line(&start.shown, start.env.keys().map(String::as_str).collect()));
            }
            // To ask somebody at an address is no more than that.
            Way::Address(address) if address.headers.is_empty() => {}
            Way::Address(address) => {
                let names = address.headers.iter().map(|(name, _)| name.as_str());
                shown.push(line(&one.shown, names.collect()));
            }
        }
    }
    let (mut text, several) = (String::new(), programs.len() + shown.len() > 1);
    if !programs.is_empty() {
        let (these, own) = match programs.len() {
            1 => ("This program runs", "its"),
            _ => ("These programs run", "their"),
        };
        text += &format!(
            "{}{these} here with your rights, in {},\nwith a home of {own} own and without other variables of yours.\n",
            programs.concat(),
            paint.text(&ctx.cwd.display().to_string(), 300),
        );
    }
    if !shown.is_empty() {
        text += &format!("{}What the file has for these headers is sent there.\n", shown.concat());
    }
    let question = match (programs.is_empty(), several) {
        _ if text.is_empty() => return Ok(()),
        (false, false) => "Start it",
        (false, true) => "Start them",
        (true, _) => "Ask there",
    };
    consent(ctx, args.start, &text, question).map_err(|failed| match ctx.can_ask() {
        true => failed,
        false => Failed::new(
            "usage",
            "--mcp",
            "what is started, or sent, is for somebody to agree to, and nobody can be asked",
        )
        .hint("--start, to agree beforehand"),
    })
}

/// Networks of one's own that may be asked.
fn opened(args: &LiveArgs) -> Result<Opened, Failed> {
    Opened::read(args.allow_private_cidr.iter().map(String::as_str)).map_err(|why| {
        Failed::new("usage", "--allow-private-cidr", why).hint("--allow-private-cidr 127.0.0.0/8")
    })
}

/// What one server says, and how it was reached.
fn ask(one: &ToAsk, opened: &Opened, is_the_one: bool, ctx: &mut Ctx) -> Result<Described, Failed> {
    let ToAsk { way, shown, launch, name, .. } = one;
    let mut launch = launch.clone();
    if ctx.shows_progress() {
        ctx.note(&format!("asking {} what it offers", ctx.paint().text(shown, 200)));
    }
    let (listed, package, unknown) = match way {
        Way::Start(start) => {
            // Before it runs: it has no say in what is written down of it.
            let package = package::package(&start.command, &start.args);
            let (package, unknown) = package
                .map(|package| published::locked(&package, &start.cwd))
                .map_or((None, None), |(p, w)| (Some(p), w));
            (Pipe::start(start).and_then(listed), package, unknown)
        }
        Way::Address(address) => {
            let reach = address::reach(address, opened, is_the_one, ctx)?;
            let listed = address::listed(address.transport, reach).map(|(listed, spoken)| {
                launch.insert(0, ("transport", Node::text(spoken.word())));
                listed
            });
            (listed, None, None)
        }
    };
    let listed = listed.map_err(|failure| failure.without(one.values()))?;
    if let Some(name) = repeated(way, &listed.document) {
        let repeats = format!("the server says the value of {name}, which it was given");
        return Err(Failed::new("input", shown.clone(), repeats)
            .why("what it says is written down, and committed")
            .hint("give it another value to be asked with: what it lists should not depend on that"));
    }
    launch.extend(package.map(|package| ("package", package)));
    let mut document = listed.document;
    document.set("launch", Node::map(launch));
    if let Some(name) = name {
        document.set("server", Node::text(name));
    }
    let mut described =
        Described::read(&LIVE, (&Tree::folder(ctx.cwd.clone()), shown.as_str()), document, b"")?;
    if let Some(why) = unknown {
        let note = Phrase::say("which release ran, and its digest, are not locked: ").and_quote(why);
        described.sourced.notes.push(note);
    }
    if !listed.unstable.is_empty() {
        let lists = listed.unstable.join(", ");
        described.sourced.notes.push(Phrase::say(format!(
            "it was asked twice and did not say the same of its {lists}: what it offers can't be relied on"
        )));
    }
    Ok(described)
}

/// What a server says, asked by whichever way.
fn listed(wire: impl Wire) -> Result<Listed, Failure> {
    listing::list(&mut Conversation::new(wire), Patience::default())
}

/// The name of what a server was given and repeats, if it does. Short ones are found in words that have nothing to do with
/// them.
fn repeated<'w>(way: &'w Way, document: &Node) -> Option<&'w str> {
    let said = emit_json(document);
    let of = |(name, value): (&'w str, &'w str)| {
        // As it stands in a text of JSON.
        let written = emit_json(&Node::text(value));
        let inside = written.trim().trim_matches('"');
        (value.len() >= TELLING && said.contains(inside)).then_some(name)
    };
    way.given().into_iter().find_map(of)
}
