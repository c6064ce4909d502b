//! MCP servers that are asked now, as the command line names them: started after somebody agreed, never for a change
//! of strangers, and what they say as a description among others.

use std::path::PathBuf;

use super::ctx::Ctx;
use super::described::Described;
use super::failed::Failed;
use super::signing::consent;
use crate::canon::Node;
use crate::compare::package;
use crate::github::event::{self, Event};
use crate::io::fs;
use crate::io::mcp::conversation::Conversation;
use crate::io::mcp::listing::{self, Patience};
use crate::io::mcp::pipe::Pipe;
use crate::io::mcp::program::Start;
use crate::io::mcp::published;
use crate::io::tree::Tree;
use crate::model::phrase::Phrase;
use crate::source::mcp::LIVE;

/// Bytes of the payload of an event.
const PAYLOAD: usize = 16 << 20;

/// MCP servers that are asked now
#[derive(Debug, Clone, Default, clap::Args)]
pub struct LiveArgs {
    /// MCP server to start and ask, by its launch line: 'npx -y @scope/server@1.2.3' (repeatable). No shell reads it;
    /// it gets a home of its own and no variables but PATH and the language
    #[arg(long, value_name = "COMMAND")]
    pub mcp: Vec<String>,
    /// Variable that the servers get too (repeatable): its name is locked, its value is written nowhere
    #[arg(long, value_name = "NAME", requires = "mcp")]
    pub mcp_env: Vec<String>,
    /// Name of the server in the toolpack (default: what it calls itself)
    #[arg(long, value_name = "NAME", requires = "mcp")]
    pub mcp_name: Option<String>,
    /// Start the servers without asking
    #[arg(long, requires = "mcp")]
    pub start: bool,
}

/// Starts and asks every server that is named.
///
/// # Errors
/// A launch line that is none, nobody who agrees, a change of strangers, or a server that does not answer as one.
pub fn read(args: &LiveArgs, ctx: &mut Ctx) -> Result<Vec<Described>, Failed> {
    if args.mcp.is_empty() {
        return Ok(Vec::new());
    }
    if args.mcp_name.is_some() && args.mcp.len() > 1 {
        return Err(Failed::new("usage", "--mcp-name", "one name for several servers"));
    }
    not_for_strangers(ctx)?;
    let starts =
        args.mcp.iter().map(|line| start(line, args, ctx)).collect::<Result<Vec<Start>, Failed>>()?;
    agreed(&starts, args, ctx)?;
    starts.iter().map(|start| ask(start, args.mcp_name.as_deref(), ctx)).collect()
}

/// A launch line as it is typed, in words.
fn start(line: &str, args: &LiveArgs, ctx: &Ctx) -> Result<Start, Failed> {
    let words = shlex::split(line).filter(|words| words.first().is_some_and(|word| !word.is_empty()));
    let Some(words) = words else {
        return Err(Failed::new("usage", line.to_owned(), "this is no launch line")
            .hint("--mcp 'npx -y @scope/server@1.2.3 /data'   (words, quoted as in a shell)"));
    };
    let mut env = std::collections::BTreeMap::new();
    for name in &args.mcp_env {
        let value = ctx.var(name).ok_or_else(|| {
            Failed::new("usage", name.clone(), "there is no variable of this name, and a server shall get it")
                .hint(format!("--mcp-env takes a name alone: export {name}=… first"))
        })?;
        env.insert(name.clone(), value);
    }
    let mut words = words.into_iter();
    let command = words.next().unwrap_or_default();
    Ok(Start { command, args: words.collect(), env, cwd: ctx.cwd.clone() })
}

/// Asks whoever sits there whether these programs shall run.
fn agreed(starts: &[Start], args: &LiveArgs, ctx: &mut Ctx) -> Result<(), Failed> {
    let paint = ctx.paint();
    let mut text = String::new();
    for start in starts {
        text += &format!("  {}\n", paint.text(&start.line(), 500));
    }
    let several = starts.len() > 1;
    let (these, question) = match several {
        true => ("These programs run", "Start them"),
        false => ("This program runs", "Start it"),
    };
    let text = format!(
        "{text}{these} here with your rights, in {}, with a home of {} own and without your variables.\n",
        paint.text(&ctx.cwd.display().to_string(), 300),
        if several { "their" } else { "its" },
    );
    consent(ctx, args.start, &text, question).map_err(|failed| match ctx.can_ask() {
        true => failed,
        false => Failed::new(
            "usage",
            "--mcp",
            "starting a server is for somebody to agree to, and nobody can be asked",
        )
        .hint("--start, to agree beforehand"),
    })
}

/// Nothing is started for a pull request of somebody who may not write here: it could name the program, or be it.
fn not_for_strangers(ctx: &Ctx) -> Result<(), Failed> {
    let Some(name) = ctx.var("GITHUB_EVENT_NAME").filter(|_| ctx.in_ci()) else { return Ok(()) };
    let refused = |why: &str| {
        Err(Failed::new("input", "--mcp", "no server is started for a change from outside")
            .why(why.to_owned())
            .hint("ask servers on a schedule or by hand: cask drift --toolpack DIR --mcp COMMAND"))
    };
    let payload = ctx.var("GITHUB_EVENT_PATH").map(PathBuf::from);
    let bytes = payload.map(|path| fs::read_bounded(&path, PAYLOAD)).transpose()?.flatten();
    let payload = bytes.map(|bytes| event::read(&name, "the payload of the event", &bytes)).transpose()?;
    let Some(payload) = payload else { return refused("the payload of the event can't be read") };
    let own = payload.repository.as_ref().map(|repository| repository.id);
    match payload.event {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) if pull.is_from_fork() => {
            refused("the pull request is of a fork")
        }
        Event::WorkflowRun(run) if run.head_repository.as_ref().map(|head| head.id) != own => {
            refused("the run that it follows was one of a fork")
        }
        Event::Other => refused("who began this is not known of an event of this kind"),
        _ => Ok(()),
    }
}

/// What one server says, and how it was started.
fn ask(start: &Start, name: Option<&str>, ctx: &mut Ctx) -> Result<Described, Failed> {
    if ctx.shows_progress() {
        ctx.note(&format!("asking {} what it offers", ctx.paint().text(&start.line(), 200)));
    }
    // Before it runs: it has no say in what is written down of it.
    let package = package::package(&start.command, &start.args);
    let (package, unknown) = package
        .map(|package| published::locked(&package, &start.cwd))
        .map_or((None, None), |(p, w)| (Some(p), w));
    let listed = listing::list(&mut Conversation::new(Pipe::start(start)?), Patience::default())?;
    let mut launch = vec![
        ("transport", Node::text("stdio")),
        ("command", Node::text(start.command.as_str())),
        ("args", Node::texts(start.args.iter().cloned())),
        ("env", Node::texts(start.env.keys().cloned())),
        ("cwd", Node::null()),
    ];
    launch.extend(package.map(|package| ("package", package)));
    let mut document = listed.document;
    document.set("launch", Node::map(launch));
    if let Some(name) = name {
        document.set("server", Node::text(name));
    }
    let label = start.line();
    let mut described =
        Described::read(&LIVE, (&Tree::folder(ctx.cwd.clone()), label.as_str()), document, b"")?;
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
