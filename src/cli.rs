//! The command line: the tree of commands, and the one place where an outcome becomes an exit code.

use std::ffi::OsString;

use clap::Parser;

use crate::cmd::ctx::{Ctx, Global};

/// Nothing could be judged: usage, input, trust, I/O, or a fault of the program.
const NOT_JUDGED: u8 = 3;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "cask", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
}

/// Runs one command line and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, ctx: &mut Ctx) -> u8 {
    match Cli::try_parse_from(args) {
        Ok(cli) => {
            ctx.global = cli.global;
            0
        }
        Err(_) => NOT_JUDGED,
    }
}

/// Runs the program: the real world, its arguments, its exit code.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(NOT_JUDGED)
}
