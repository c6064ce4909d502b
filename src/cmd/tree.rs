//! Rows in; out come the clap tree that parses a command line, the help page, and the row that was called.

use clap::{Arg, ArgAction, ArgMatches, Args, Command};

use crate::cmd::ctx::Global;
use crate::cmd::row::{Group, Row, Shown};
use crate::report::formats::ids;

/// A former spelling and the command it means.
pub type Alias = (&'static str, &'static str);

/// The flag that lists every command.
pub const HELP_ALL: &str = "help_all";

/// Columns of the help texts: fixed, so that they are the same on every terminal and in docs/cli.md.
const WIDTH: usize = 80;

/// What the program does.
const ABOUT: &str = "cask judges what an AI agent may do through an API: what changed, how risky,\n\
                     and whether the right people signed it.";

const TEMPLATE: &str = "{about}\n\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}\n";

/// The whole command line.
pub fn tree(rows: &[Row], aliases: &'static [Alias]) -> Command {
    grown(rows, aliases, |_| true).override_help(page(rows))
}

/// The command line for a line that begins with this word, if it is one: of all other commands it knows the names and
/// nothing else, since to make the options of all takes longer than to read a line. What it does not take in, the whole
/// one may.
pub fn tree_of(rows: &[Row], aliases: &'static [Alias], word: &str) -> Option<Command> {
    let begins = |words: &str| words.split(' ').next() == Some(word);
    let is_one = rows.iter().any(|row| begins(row.words)) || known(rows, aliases).any(|(old, _)| begins(old));
    is_one.then(|| grown(rows, aliases, |first| first == word))
}

/// The command line, with the options of the commands below the words that are `wanted`.
fn grown(rows: &[Row], aliases: &'static [Alias], wanted: impl Fn(&str) -> bool) -> Command {
    let mut root = Command::new("cask")
        .bin_name("cask")
        .version(env!("CARGO_PKG_VERSION"))
        .term_width(WIDTH)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .global(true)
                .action(ArgAction::HelpShort)
                .help("Print this help")
                .help_heading("Options everywhere"),
        )
        .arg(Arg::new(HELP_ALL).long("help-all").action(ArgAction::SetTrue).help("List every command"));
    root = Global::augment_args(root).mut_args(|arg| arg.hide_env_values(true));
    // After the options: their type brings a text of its own.
    root = root.about("Judge what an AI agent may do through an API").long_about(ABOUT);
    let made = |row: &Row, name: &'static str, first: &str| match wanted(first) {
        true => command(row, name),
        false => Command::new(name),
    };
    for row in rows.iter().filter(|row| row.group_word().is_none()) {
        let mut command = made(row, row.name(), row.words);
        for child in rows.iter().filter(|child| child.group_word() == Some(row.words)) {
            command = command.subcommand(made(child, child.name(), row.words));
        }
        root = root.subcommand(command);
    }
    for (old, row) in known(rows, aliases) {
        let (first, second) = old.split_once(' ').map_or((old, None), |(a, b)| (a, Some(b)));
        let hidden = |name: &'static str| made(row, name, first).hide(true);
        root = match second {
            // A word that groups commands of today's and was a command of its own before.
            None if root.find_subcommand(first).is_some() => {
                root.mut_subcommand(first, |parent| both(hidden(first), parent))
            }
            None => root.subcommand(hidden(first)),
            // `approve` is no word of today's: it is made for its aliases alone.
            Some(name) if root.find_subcommand(first).is_none() => {
                let parent = Command::new(first).hide(true).subcommand_required(true);
                root.subcommand(parent.subcommand(hidden(name)))
            }
            Some(name) => root.mut_subcommand(first, |parent| parent.subcommand(hidden(name))),
        };
    }
    root
}

/// A former command that the commands of a group stand beside: what comes first on the line decides.
fn both(former: Command, group: Command) -> Command {
    let inner: Vec<Command> = group.get_subcommands().map(|command| command.clone().hide(true)).collect();
    former.hide(false).subcommands(inner).subcommand_negates_reqs(true).args_conflicts_with_subcommands(true)
}

/// The aliases whose command exists.
fn known<'r>(
    rows: &'r [Row],
    aliases: &'static [Alias],
) -> impl Iterator<Item = (&'static str, &'r Row)> + use<'r> {
    aliases.iter().filter_map(|(old, new)| Some((*old, rows.iter().find(|row| row.words == *new)?)))
}

fn command(row: &Row, name: &'static str) -> Command {
    let command = Command::new(name);
    let command = match &row.leaf {
        None => command
            .subcommand_required(true)
            .disable_help_subcommand(true)
            .help_template("{about}\n\n{usage-heading} {usage}\n\nCommands:\n{subcommands}\n\n{options}"),
        Some(leaf) => (leaf.augment)(command)
            .help_template(TEMPLATE)
            .before_help(examples(row))
            .after_help(exits(row))
            // What a variable holds on this machine is nobody's business and no help.
            .mut_args(|arg| arg.hide_env_values(true)),
    };
    // After the options: their type brings a text of its own.
    command.about(sentence(row.line)).long_about(None)
}

/// A line of the table as a sentence.
fn sentence(line: &str) -> String {
    let mut chars = line.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn examples(row: &Row) -> String {
    let lines: Vec<String> = row.examples.iter().map(|line| format!("  {line}")).collect();
    format!("Examples:\n{}\n", lines.join("\n"))
}

fn exits(row: &Row) -> String {
    let lines: Vec<String> = row.exits.iter().map(|(code, means)| format!("  {code}  {means}")).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

/// The row that was called, and its options. None where no command was given.
pub fn called<'r, 'm>(
    rows: &'r [Row],
    aliases: &'static [Alias],
    matches: &'m ArgMatches,
) -> Option<(&'r Row, &'m ArgMatches)> {
    let (first, mut at) = matches.subcommand()?;
    let mut words = first.to_owned();
    let is_whole = rows.iter().any(|row| row.words == words && row.leaf.is_some())
        || known(rows, aliases).any(|(old, _)| old == words);
    // `bundle` is a command, and `bundle verify` another.
    if !is_whole || at.subcommand_name().is_some() {
        let (second, inner) = at.subcommand()?;
        words = format!("{words} {second}");
        at = inner;
    }
    let row = rows.iter().find(|row| row.words == words && row.leaf.is_some());
    let row = row.or_else(|| known(rows, aliases).find(|(old, _)| *old == words).map(|(_, row)| row))?;
    Some((row, at))
}

/// The help page: commands by what a person wants to do, in the order of use.
pub fn page(rows: &[Row]) -> String {
    let mut out = format!("{ABOUT}\n\nUsage: cask <command> [options]\n");
    for group in Group::ALL {
        let mine = |row: &&Row| matches!(row.shown, Shown::Line(g) | Shown::Half(g) if g == group);
        let mut mine = rows.iter().filter(mine).peekable();
        if mine.peek().is_none() {
            continue;
        }
        out += &format!("\n{}\n", group.heading());
        while let Some(row) = mine.next() {
            let beside = mine.next_if(|next| row.shown == Shown::Half(group) && next.shown == row.shown);
            let line = match beside {
                Some(next) => {
                    format!("  {:<13} {:<21} {:<14} {}", row.words, row.line, next.words, next.line)
                }
                None => format!("  {:<13} {}", row.words, row.line),
            };
            out += &format!("{line}\n");
        }
    }
    out += &more(rows);
    out += "\nOptions everywhere\n";
    let formats = format!("  --format F    {}\n", ids());
    let takes = |name: &str| rows.iter().any(|row| takes(row, name));
    for (name, line) in [
        ("format", formats.as_str()),
        ("output", "  --output P    write the report to a file\n"),
        ("fail_on", "  --fail-on L   any, breaking or never\n"),
    ] {
        if takes(name) {
            out += line;
        }
    }
    out += "  --root DIR    state folder (.caskmcp; CASKMCP_ROOT)\n  \
            --color W     auto, always or never (NO_COLOR is honoured)\n  \
            -v, -q        say more, say less     -h, --help     -V, --version\n\n\
            Exit codes\n  \
            0  passed        1  review: gated, nothing broken\n  \
            2  blocked: breaking, unapproved or tampered\n  \
            3  not judged: usage, input or trust could not be read\n\n";
    let has = |words: &str| rows.iter().any(|row| row.words == words);
    let start = ["demo", "init", "key new"].into_iter().find(|words| has(words)).unwrap_or("rules");
    out += &format!("{:<22}", format!("Start: cask {start}"));
    if has("ci") {
        out += "In CI: cask ci --help      ";
    }
    out + "cask help <command>\n"
}

/// Whether a command takes an option of this id.
fn takes(row: &Row, id: &str) -> bool {
    row.leaf
        .is_some_and(|leaf| (leaf.augment)(Command::new("x")).get_arguments().any(|arg| arg.get_id() == id))
}

fn more(rows: &[Row]) -> String {
    let names: Vec<&str> = rows.iter().filter(|row| row.shown == Shown::More).map(|row| row.words).collect();
    let mut lines = vec![String::from("More:")];
    for (i, name) in names.iter().enumerate() {
        // What stands behind the last of them takes room too.
        let word =
            if i + 1 < names.len() { format!("{name},") } else { format!("{name}   (cask --help-all)") };
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= 80 => *line += &format!(" {word}"),
            _ => lines.push(word),
        }
    }
    format!("\n{}\n", lines.join("\n"))
}

/// The help page and, below it, every command there is.
pub fn page_of_all(rows: &[Row]) -> String {
    let mut all: Vec<&Row> = rows.iter().filter(|row| row.leaf.is_some()).collect();
    all.sort_by_key(|row| row.words);
    let lines: Vec<String> = all.iter().map(|row| format!("  {:<17} {}\n", row.words, row.line)).collect();
    format!("{}\nAll commands\n{}", page(rows), lines.concat())
}
