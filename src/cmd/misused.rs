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

/// The words of the command that was being read.
pub fn meant(tree: &Command, args: &[OsString]) -> String {
    called(tree, args).1
}

/// The command that was being read, and its words.
fn called<'t>(tree: &'t Command, args: &[OsString]) -> (&'t Command, String) {
    let (mut at, mut words) = (tree, Vec::new());
    let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    while let Some(arg) = args.next() {
        // Behind these everything is an argument.
        if arg == "--" {
            break;
        }
        if takes_next(tree, at, &arg) {
            args.next();
        } else if let Some(next) = at.find_subcommand(&*arg) {
            words.push(arg.into_owned());
            at = next;
        }
    }
    (at, words.join(" "))
}

/// Whether what stands behind an argument is its value: it is an option that takes one, and none is joined to it.
/// Options of the whole stand anywhere.
fn takes_next(tree: &Command, at: &Command, arg: &str) -> bool {
    let options = || tree.get_arguments().chain(at.get_arguments());
    let takes = |option: &clap::Arg| option.get_action().takes_values();
    let is_long = |option: &clap::Arg, name: &str| {
        option.get_long() == Some(name) || option.get_all_aliases().is_some_and(|all| all.contains(&name))
    };
    if let Some(name) = arg.strip_prefix("--") {
        return options().any(|option| is_long(option, name) && takes(option));
    }
    // Of `-vo DIR` the last letter takes it; of `-oDIR` it is joined to the first that does.
    let is_short = |option: &clap::Arg, c| {
        option.get_short() == Some(c) || option.get_all_short_aliases().is_some_and(|all| all.contains(&c))
    };
    let Some(letters) = arg.strip_prefix('-') else { return false };
    let taking = letters.char_indices().find(|(_, c)| options().any(|o| is_short(o, *c) && takes(o)));
    taking.is_some_and(|(place, c)| place + c.len_utf8() == letters.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> String {
        let flag = |name: &'static str| clap::Arg::new(name).long(name).action(clap::ArgAction::SetTrue);
        let root = clap::Arg::new("root").long("root").short('r').alias("state").global(true);
        let verbose = flag("verbose").short('v').global(true);
        let check = Command::new("check").arg(clap::Arg::new("format").long("format"));
        let gate = Command::new("gate").subcommand(check).subcommand(Command::new("allow"));
        let tree =
            Command::new("cask").arg(root).arg(verbose).subcommand(gate).subcommand(Command::new("lint"));
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        called(&tree, &args).1
    }

    #[test]
    fn the_value_of_an_option_is_no_command() {
        for (line, is) in [
            ("cask gate chek", "gate"),
            ("cask --root gate lint", "lint"),
            ("cask --state gate lint", "lint"),
            ("cask -r gate lint", "lint"),
            ("cask -vr gate lint", "lint"),
            ("cask --root=gate lint", "lint"),
            ("cask -rgate lint", "lint"),
            ("cask --verbose gate check", "gate check"),
            ("cask -v gate check", "gate check"),
            ("cask gate --root check allow", "gate allow"),
            ("cask gate check --format allow", "gate check"),
            ("cask gate -- check", "gate"),
        ] {
            assert_eq!(words(line), is, "{line}");
        }
    }
}
