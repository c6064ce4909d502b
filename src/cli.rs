//! The command line: arguments in, a command called, and the one place where an outcome becomes an exit code.
//!
//! Every usage error is exit 3 in our words; clap's own code never leaves here.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, FromArgMatches};

use crate::cmd::ctx::{Ctx, Global};
use crate::cmd::failed::Failed;
use crate::cmd::table::{ALIASES, COMMANDS};
use crate::cmd::tree::{HELP_ALL, called, page, page_of_all, tree};
use crate::cmd::world;
use crate::model::report::Unjudged;
use crate::report::escape::terminal::Paint;

/// Nothing could be judged: usage, input, trust, I/O, or a fault of the program.
const NOT_JUDGED: u8 = 3;

/// Runs the program: the real world, its arguments, its exit code.
pub fn main() -> std::process::ExitCode {
    world::quieten_panics();
    let code = guarded(|| {
        world::with(|args, ctx| run(args, ctx)).unwrap_or_else(|failed| {
            world::complain(&told(&failed.0, Paint { color: false, unicode: false }));
            NOT_JUDGED
        })
    });
    std::process::ExitCode::from(code)
}

/// A fault of the program is "not judged", never a pass.
fn guarded(main: impl FnOnce() -> u8) -> u8 {
    catch_unwind(AssertUnwindSafe(main)).unwrap_or(NOT_JUDGED)
}

/// Runs one command line (the program's name first) and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, ctx: &mut Ctx) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let outcome = dispatch(args, ctx)
        // A report that did not arrive was not given.
        .and_then(|code| Ok(ctx.out.flush().map(|()| code)?));
    outcome.unwrap_or_else(|failed| {
        let paint = ctx.paint();
        // If stderr is gone, the exit code still says it.
        let _ = ctx.err.write_all(told(&failed.0, paint).as_bytes());
        let _ = ctx.err.flush();
        NOT_JUDGED
    })
}

fn dispatch(args: Vec<OsString>, ctx: &mut Ctx) -> Result<u8, Failed> {
    let mut tree = tree(COMMANDS, ALIASES);
    let matches = match tree.try_get_matches_from_mut(args.iter()) {
        Ok(matches) => matches,
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            ctx.print(&e.render().to_string())?;
            return Ok(0);
        }
        Err(e) => return Err(usage(&e, &tree, &args)),
    };
    ctx.global = Global::from_arg_matches(&matches).map_err(|e| usage(&e, &tree, &args))?;
    if matches.get_flag(HELP_ALL) {
        ctx.print(&page_of_all(COMMANDS))?;
        return Ok(0);
    }
    match called(COMMANDS, ALIASES, &matches) {
        Some((row, options)) => match &row.leaf {
            Some(leaf) => (leaf.run)(options, ctx),
            None => Err(Failed::new("usage", "", format!("`cask {}` needs a command", row.words))),
        },
        None => {
            ctx.print(&page(COMMANDS))?;
            Ok(0)
        }
    }
}

/// A usage error in our form.
fn usage(error: &clap::Error, tree: &Command, args: &[OsString]) -> Failed {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let path = path(tree, args);
    let within = |name: &str| format!("{path} {name}").trim().to_owned();
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("unknown command {:?}", within(&context(ContextKind::InvalidSubcommand)))
        }
        ErrorKind::UnknownArgument => {
            format!("unknown option or argument {:?}", context(ContextKind::InvalidArg))
        }
        ErrorKind::MissingSubcommand => format!("`cask {path}` needs a command"),
        ErrorKind::MissingRequiredArgument => format!("{} is missing", context(ContextKind::InvalidArg)),
        ErrorKind::ArgumentConflict => format!(
            "{} can't be given with {}",
            context(ContextKind::InvalidArg),
            context(ContextKind::PriorArg)
        ),
        _ => {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
            words.join(" ")
        }
    };
    let mut failed = Failed::new("usage", "", message);
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
        let names = match error.get(kind) {
            Some(ContextValue::Strings(names)) => names.clone(),
            Some(ContextValue::String(name)) => vec![name.clone()],
            _ => Vec::new(),
        };
        for name in names {
            failed = failed.hint(format!("{:<20} (did you mean this?)", format!("cask {}", within(&name))));
        }
    }
    if error.kind() == ErrorKind::InvalidSubcommand && path.is_empty() {
        return failed.hint("cask --help-all");
    }
    failed.hint(format!("cask {}", within("--help")))
}

/// The words of the command that was being read.
fn path(tree: &Command, args: &[OsString]) -> String {
    let (mut at, mut words) = (tree, Vec::new());
    for arg in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        if let Some(next) = at.find_subcommand(arg) {
            words.push(arg);
            at = next;
        }
    }
    words.join(" ")
}

/// An error as a person sees it: what, where, why, what to do, and the exit code.
fn told(error: &Unjudged, paint: Paint) -> String {
    const LINE: usize = 400;
    let text = |text: &str| paint.text(text, LINE);
    let mut out = paint.red(&paint.bold("error"));
    out += ": ";
    if !error.subject.is_empty() && error.fault.as_ref().is_none_or(|f| f.file != error.subject) {
        out += &format!("{}: ", text(&error.subject));
    }
    out += &format!("{}\n", text(&error.message));
    if let Some(fault) = &error.fault {
        let line = if fault.line > 0 { format!(":{}", fault.line) } else { String::new() };
        out += &format!("  --> {}{line} {}\n", text(&fault.file), text(&fault.pointer));
        for (number, line) in &fault.excerpt {
            out += &format!("{number:>4} | {}\n", paint.text(line, 72));
        }
    }
    for (label, what) in &error.looked {
        out += &format!("  {label:<11} {}\n", text(what));
    }
    for (label, lines) in [("why:", &error.why), ("do:", &error.hints)] {
        let mut lead = label;
        for line in lines {
            out += &format!("{}{}\n", paint.dim(&format!("{lead:<6}")), text(line));
            lead = "";
        }
    }
    if let Some(rule) = error.rule {
        out += &format!("{}{}\n", paint.dim("rule: "), rule.id);
    }
    let last = "not judged: nothing was found because nothing was looked at             exit 3";
    out + &format!("\n{}\n", paint.bold(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_program_is_not_judged() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let code = guarded(|| panic!("a fault"));
        std::panic::set_hook(hook);
        assert_eq!(code, NOT_JUDGED);
        assert_eq!(guarded(|| 0), 0);
    }

    #[test]
    fn the_tree_is_sound_and_every_row_is_called_by_its_words() {
        let root = tree(COMMANDS, ALIASES);
        root.clone().debug_assert();
        for row in COMMANDS {
            let mut at = &root;
            for word in row.words.split(' ') {
                at = at.find_subcommand(word).expect(row.words);
            }
            assert_eq!(row.leaf.is_none(), at.has_subcommands(), "{}", row.words);
        }
    }
}
