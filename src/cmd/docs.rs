//! The pages under docs/ that are made from tables: docs/cli.md and docs/exit-codes.md.

use crate::cmd::row::{JUDGES, Row};
use crate::cmd::table::{ALIASES, COMMANDS};
use crate::cmd::tree::{page, tree};
use crate::model::report::Verdict;

/// docs/cli.md: the help page, and the help of every command.
pub fn cli() -> String {
    let mut out = format!(
        "# Commands\n\nMade from the table of commands; `BLESS=1 cargo test --test house cli::` writes it anew.\n\n\
         ```text\n{}```\n",
        page(COMMANDS)
    );
    let mut root = tree(COMMANDS, ALIASES);
    root.build();
    for row in COMMANDS.iter().filter(|row| row.leaf.is_some()) {
        out += &format!("\n## cask {}\n\n```text\n{}```\n", row.words, help(&root, row));
    }
    let old: Vec<String> = ALIASES
        .iter()
        .filter(|(_, new)| COMMANDS.iter().any(|row| row.words == *new))
        .map(|(old, new)| format!("| `cask {old}` | `cask {new}` |\n"))
        .collect();
    if !old.is_empty() {
        out += &format!("\n## Former spellings\n\n| spelling | command |\n| --- | --- |\n{}", old.concat());
    }
    out
}

fn help(root: &clap::Command, row: &Row) -> String {
    let mut at = root;
    for word in row.words.split(' ') {
        match at.find_subcommand(word) {
            Some(next) => at = next,
            None => return String::new(),
        }
    }
    let text = at.clone().render_help().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n"))
}

/// docs/exit-codes.md: one meaning everywhere.
pub fn exit_codes() -> String {
    let mut out = String::from(
        "# Exit codes\n\nOne meaning everywhere. Made from the table of commands; `BLESS=1 cargo test --test house cli::` \
         writes it anew.\n\n| code | verdict | means |\n| --- | --- | --- |\n",
    );
    for verdict in [Verdict::Pass, Verdict::Review, Verdict::Breaking, Verdict::Error] {
        let code = verdict.exit_code();
        let means = JUDGES.iter().find(|(c, _)| *c == code).map_or("", |(_, means)| *means);
        out += &format!("| {code} | {} | {means} |\n", verdict.word());
    }
    out += "\nNo other code leaves the program. \"Could not look\" is never \"found nothing\": usage errors, files \
            that can't be read,\nand faults of the program itself are 3. A report format never changes the code; \
            `--fail-on` decides which verdicts\nare reported as failures, and never turns 3 into anything else.\n\n\
            | command | codes |\n| --- | --- |\n";
    for row in COMMANDS.iter().filter(|row| row.leaf.is_some()) {
        let codes: Vec<String> = row.exits.iter().map(|(code, means)| format!("{code} {means}")).collect();
        out += &format!("| `cask {}` | {} |\n", row.words, codes.join(" · "));
    }
    out
}
