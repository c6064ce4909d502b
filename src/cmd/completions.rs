//! `cask completions`: the script that lets a shell complete commands and options, made of the tree that parses them.

use clap::Command;
use clap_complete::Shell;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::row::Row;
use crate::cmd::tree::tree;
use crate::report::formats::FORMATS;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// None but that it can't be written.
pub fn run(args: Args, rows: &[Row], ctx: &mut Ctx) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut completed(rows), "cask", &mut script);
    let script = String::from_utf8(script)
        .map_err(|_| Failed::new("internal", "", "the script that was made is no text"))?;
    ctx.print(&script)?;
    Ok(0)
}

/// The tree of today's names, with what the parser reads without clap: `cask help`, and the formats of reports.
fn completed(rows: &[Row]) -> Command {
    let words: Vec<&str> =
        rows.iter().filter(|row| row.group_word().is_none()).map(|row| row.words).collect();
    let help = Command::new("help")
        .about("Print the help of a command")
        .arg(clap::Arg::new("command").value_name("COMMAND").value_parser(words));
    formats(tree(rows, &[])).subcommand(help)
}

/// `--format` with the formats that a report has, wherever a report is given.
fn formats(command: Command) -> Command {
    let is_report = ["format", "output", "fail_on"]
        .iter()
        .all(|id| command.get_arguments().any(|arg| arg.get_id() == id));
    let command = match is_report {
        true => command
            .mut_arg("format", |arg| arg.value_parser(FORMATS.iter().map(|f| f.id).collect::<Vec<_>>())),
        false => command,
    };
    command.mut_subcommands(formats)
}
