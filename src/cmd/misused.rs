//! What clap says of a command line that it does not take in; our words for it, with what was perhaps meant, out.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::canon::near::near;
use crate::cmd::failed::Failed;

/// A usage error in our form.
pub fn usage(error: &clap::Error, tree: &Command, args: &[OsString]) -> Failed {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let (at, path) = called(tree, args);
    let within = |name: &str| format!("{path} {name}").trim().to_owned();
    let wrong = context(ContextKind::InvalidArg);
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("unknown command {:?}", within(&context(ContextKind::InvalidSubcommand)))
        }
        ErrorKind::UnknownArgument => format!("unknown option or argument {wrong:?}"),
        ErrorKind::MissingSubcommand => format!("`cask {path}` needs a command"),
        ErrorKind::MissingRequiredArgument => format!("{wrong} is missing"),
        ErrorKind::ArgumentConflict => {
            format!("{wrong} can't be given with {}", context(ContextKind::PriorArg))
        }
        _ => {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
            words.join(" ")
        }
    };
    let failed = Failed::new("usage", "", message);
    let failed = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            command(failed, &context(ContextKind::InvalidSubcommand), at, &path, tree)
        }
        ErrorKind::UnknownArgument => option(failed, &wrong, at, &path),
        ErrorKind::InvalidValue => value(failed, error, &wrong),
        _ => failed,
    };
    if error.kind() == ErrorKind::InvalidSubcommand && path.is_empty() {
        return failed.hint("cask --help-all");
    }
    failed.hint(format!("cask {}", within("--help")))
}

/// The command that was being read, and its words.
fn called<'t>(tree: &'t Command, args: &[OsString]) -> (&'t Command, String) {
    let (mut at, mut words) = (tree, Vec::new());
    for arg in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        if let Some(next) = at.find_subcommand(arg) {
            words.push(arg);
            at = next;
        }
    }
    (at, words.join(" "))
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| !inner.is_hide_set())
}

/// A command beside the one that was typed; else the one that is called so within another: `cask allow`.
fn command(failed: Failed, word: &str, at: &Command, path: &str, tree: &Command) -> Failed {
    let names: Vec<&str> = shown(at).map(Command::get_name).collect();
    if !near(word, names.iter().copied()).is_empty() {
        return failed.meant(word, names, |name| typed(path, name));
    }
    let within = shown(tree).flat_map(|outer| {
        let called = shown(outer).filter(|inner| inner.get_name() == word);
        called.map(|inner| format!("{} {}", outer.get_name(), inner.get_name()))
    });
    within
        .fold(failed, |failed, words| failed.hint(format!("{:<20} (did you mean this?)", typed("", &words))))
}

/// An option of the command that is called nearly so.
fn option(failed: Failed, word: &str, at: &Command, path: &str) -> Failed {
    let Some(word) = word.strip_prefix("--") else { return failed };
    let word = word.split('=').next().unwrap_or(word);
    let names = at.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long);
    failed.meant(word, names, |name| typed(path, &format!("--{name}")))
}

/// A value that the option takes and that is nearly so.
fn value(failed: Failed, error: &clap::Error, option: &str) -> Failed {
    let (Some(ContextValue::String(word)), Some(ContextValue::Strings(known))) =
        (error.get(ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
    else {
        return failed;
    };
    let option = option.split(' ').next().filter(|option| option.starts_with('-')).unwrap_or_default();
    let known = known.iter().map(String::as_str);
    failed.meant(word, known, |name| format!("{option} {name}").trim_start().to_owned())
}

fn typed(path: &str, name: &str) -> String {
    format!("cask {}", format!("{path} {name}").trim())
}
