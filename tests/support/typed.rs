//! A line as somebody types it in, the command lines of cask in it out, and whether the real tree takes one.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::LazyLock;

use cask::cmd::table::{ALIASES, COMMANDS};
use cask::cmd::tree::tree;
use clap::error::ErrorKind;

/// The tree, made once: it is asked thousands of times.
static TREE: LazyLock<clap::Command> = LazyLock::new(|| tree(COMMANDS, ALIASES));

/// The commands of cask in a line of a shell, as words: between pipes and the like, without redirections. None where
/// the line is none that a shell reads.
pub fn commands(line: &str) -> Option<Vec<Vec<String>>> {
    let words = shlex::split(line)?;
    let mut all = Vec::new();
    for part in words.split(|word| matches!(word.as_str(), "|" | "||" | "&&" | ";" | "&")) {
        let sets = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_variable(name));
        let mut part = part.iter().skip_while(sets).peekable();
        if part.next_if(|word| *word == "cask").is_none() {
            continue;
        }
        let mut command = vec!["cask".to_owned()];
        while let Some(word) = part.next() {
            match word.trim_start_matches(|c: char| c.is_ascii_digit()) {
                ">" | ">>" | "<" => drop(part.next()),
                led if led.starts_with(['>', '<']) => {}
                _ => command.push(word.clone()),
            }
        }
        all.push(command);
    }
    Some(all)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// How far a line of words is one that cask takes.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// As it stands.
    Whole,
    /// Nothing in it is wrong, and something is missing.
    Unfinished,
    /// Why not.
    Not(String),
}

/// Reads words as the program reads its own.
pub fn taken(words: &[String]) -> Taken {
    let mut words = words.to_vec();
    // `cask help key new` is read before the tree is.
    if words.get(1).is_some_and(|word| word == "help") {
        words.remove(1);
        words.push("--help".to_owned());
    }
    match TREE.clone().try_get_matches_from(&words) {
        Ok(_) => Taken::Whole,
        Err(e) => match e.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Taken::Whole,
            ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => Taken::Unfinished,
            // An option without its value.
            ErrorKind::InvalidValue if e.to_string().contains("a value is required") => Taken::Unfinished,
            _ => Taken::Not(format!(
                "{}: {}",
                words.join(" "),
                e.to_string().lines().next().unwrap_or_default()
            )),
        },
    }
}
