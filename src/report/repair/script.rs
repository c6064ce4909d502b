//! The plan as a script for a POSIX shell. Only commands that look are live; those that change what may be called stand
//! behind `#` until a person takes that away. No name of a stranger is in it but as a word that every shell takes as it is.

use crate::canon::visible::{is_shell_word, is_typed_word};
use crate::model::repair::{Kind, Patch, Repair};

/// Most issues of a row that are named.
const NAMED: usize = 6;

/// The script; ends in a line feed.
pub fn script(repair: &Repair) -> String {
    let mut out = "#!/bin/sh\n# What `cask repair` proposes. Commands that only look are live. Those that change what may be called\n\
                   # are not: read the issue, then take the mark away.\nset -u\n"
        .to_owned();
    for patch in &repair.plan {
        out += &format!(
            "\n# {} ({}): {}\n# issues: {}\n",
            patch.action,
            patch.kind.words(),
            patch.text,
            issues(&patch.issues)
        );
        out += &match command(patch) {
            None => "# by hand: no command does it\n".to_owned(),
            Some(line) if patch.kind != Kind::ApprovalNeeded => format!("{line}\n"),
            Some(line) => format!("# {line}\n"),
        };
    }
    out
}

/// The first issues of a row, and how many more there are.
fn issues(ids: &[String]) -> String {
    let named = ids.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(" ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more, in repair.json"),
    }
}

/// The line of a command whose words are all plain; an option is ours, and a path may be the person's own.
fn command(patch: &Patch) -> Option<String> {
    let words = patch.command.as_ref()?;
    let plain = |word: &String| word.strip_prefix("--").is_some_and(is_shell_word) || is_typed_word(word);
    words.iter().all(plain).then(|| words.join(" "))
}
