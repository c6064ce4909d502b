//! How a repository stands in; the commands that could come next out, a screenful, each with what it does. What a command
//! does is told by its row.

use super::stand::{At, Stand};
use crate::cmd::guide::prompt::number;
use crate::cmd::row::Row;

/// Toolpacks of which commands are offered.
const PACKS: usize = 2;

/// A command that could come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it does.
    pub what: String,
    /// The command, word by word.
    pub words: Vec<String>,
}

/// What could come next, the likeliest first.
pub fn choices(stand: &Stand, rows: &[Row]) -> Vec<Choice> {
    let mut menu = Menu { rows, choices: Vec::new() };
    match stand {
        Stand::Nowhere => menu.add("demo", None),
        Stand::NoToolpack { .. } => {
            menu.add("init", None);
            menu.add("demo", None);
        }
        Stand::NoTrust { .. } => {
            menu.add("init", None);
            menu.add("gate status", None);
        }
        Stand::Unread { .. } => {
            menu.add("gate check", None);
            menu.add("trust show", None);
        }
        Stand::Judged { packs, .. } => {
            let waiting = packs.iter().filter(|pack| pack.waits > 0 && !pack.broken);
            waiting.take(PACKS).for_each(|pack| menu.add("gate review", Some(&pack.at)));
            let broken = packs.iter().filter(|pack| pack.broken);
            broken.take(PACKS).for_each(|pack| menu.add("repair", Some(&pack.at)));
            menu.add("gate status", None);
            menu.add("diff", None);
            menu.add("lint", None);
            let good = packs.iter().filter(|pack| pack.waits == 0 && !pack.broken);
            good.take(1).for_each(|pack| menu.add("config", Some(&pack.at)));
        }
    }
    menu.choices.push(Choice {
        what: "every command".to_owned(),
        words: ["cask", "--help"].map(str::to_owned).to_vec(),
    });
    menu.choices
}

struct Menu<'r> {
    rows: &'r [Row],
    choices: Vec<Choice>,
}

impl Menu<'_> {
    /// Adds a command that exists, about a toolpack that a command can name.
    fn add(&mut self, command: &str, about: Option<&At>) {
        let Some(row) = self.rows.iter().find(|row| row.words == command) else { return };
        let mut words: Vec<String> =
            std::iter::once("cask").chain(command.split(' ')).map(str::to_owned).collect();
        if let Some(at) = about {
            let Some(way) = &at.way else { return };
            words.extend(["--toolpack".to_owned(), way.clone()]);
        }
        self.choices.push(Choice { what: row.line.to_owned(), words });
    }
}

/// A line a choice: its command, and what it does.
pub fn lines(choices: &[Choice]) -> Vec<String> {
    choices.iter().map(|choice| format!("{}: {}", choice.words.join(" "), choice.what)).collect()
}

/// The choice that an answer means; none is to leave.
///
/// # Errors
/// Why it is no answer.
pub fn chosen(answer: &str, many: usize) -> Result<Option<usize>, String> {
    match answer.to_ascii_lowercase().as_str() {
        "" | "q" | "quit" => Ok(None),
        answer => number(answer, many, 0).map(Some).map_err(|_| format!("a number from 1 to {many}, or q")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stand::Pack;
    use super::*;
    use crate::cmd::table::{ALIASES, COMMANDS};
    use crate::cmd::tree::tree;

    fn at(way: Option<&str>) -> At {
        At { dir: "x".to_owned(), way: way.map(str::to_owned) }
    }

    fn judged(packs: &[(usize, bool)]) -> Stand {
        let pack = |(waits, broken): &(usize, bool)| Pack {
            at: at(Some("packs/shop")),
            all: 3,
            waits: *waits,
            exempted: 0,
            broken: *broken,
        };
        Stand::Judged { packs: packs.iter().map(pack).collect(), trust: String::new() }
    }

    fn first(stand: &Stand) -> String {
        choices(stand, COMMANDS)[0].words.join(" ")
    }

    #[test]
    fn the_first_choice_is_what_is_missing() {
        for (stand, command) in [
            (Stand::Nowhere, "cask demo"),
            (Stand::NoToolpack { has_trust: false }, "cask init"),
            (Stand::NoTrust { packs: vec![at(None)] }, "cask init"),
            (Stand::Unread { why: String::new() }, "cask gate check"),
            (judged(&[(0, false), (2, false)]), "cask gate review --toolpack packs/shop"),
            (judged(&[(2, true)]), "cask repair --toolpack packs/shop"),
            (judged(&[(0, false)]), "cask gate status"),
        ] {
            assert_eq!(first(&stand), command, "{stand:?}");
        }
    }

    #[test]
    fn every_choice_is_a_command_that_the_program_takes_and_they_fit_a_screen() {
        let all = [(5, false), (5, false), (5, false), (0, true), (0, true), (0, true), (0, false)];
        for stand in [
            Stand::Nowhere,
            Stand::NoToolpack { has_trust: true },
            Stand::NoTrust { packs: vec![at(Some("a"))] },
            Stand::Unread { why: String::new() },
            judged(&all),
        ] {
            let choices = choices(&stand, COMMANDS);
            assert!((2..=9).contains(&choices.len()), "{choices:?}");
            for choice in &choices {
                let parsed = tree(COMMANDS, ALIASES).try_get_matches_from(&choice.words);
                let is_help = parsed.as_ref().is_err_and(|e| e.kind() == clap::error::ErrorKind::DisplayHelp);
                assert!(parsed.is_ok() || is_help, "{choice:?}");
            }
        }
        // A folder that no command can name is offered in none.
        let odd = Stand::Judged {
            packs: vec![Pack { at: at(None), all: 1, waits: 1, exempted: 0, broken: false }],
            trust: String::new(),
        };
        assert!(choices(&odd, COMMANDS).iter().all(|c| !c.words.contains(&"--toolpack".to_owned())));
    }

    #[test]
    fn an_answer_is_a_number_or_leaves() {
        for (answer, means) in [("", Ok(None)), ("q", Ok(None)), ("Q", Ok(None)), ("2", Ok(Some(1)))] {
            assert_eq!(chosen(answer, 3), means, "{answer}");
        }
        for wrong in ["0", "4", "x", "1 2"] {
            assert!(chosen(wrong, 3).is_err(), "{wrong}");
        }
    }
}
