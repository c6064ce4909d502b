//! Audit trail: whether calls are written down, and whether what was written is what is there.

use super::claim::{Ask, Row, Told, count};
use crate::model::compliance::claim::Evidence;
use crate::model::phrase::Phrase;

/// What is claimed of it.
pub const CLAIMS: &[Row] = &[
    Row {
        id: "calls-recorded",
        statement: "decisions about calls of this state of the toolpack are written down",
        articles: &[12],
        judge: calls_recorded,
    },
    Row {
        id: "chain-whole",
        statement: "every record is as it was written, and none is missing between the first and the last",
        articles: &[12, 15],
        judge: chain_whole,
    },
    Row {
        id: "outcomes-recorded",
        statement: "of every request that was about to be sent the outcome is written down",
        articles: &[12],
        judge: outcomes_recorded,
    },
];

fn no_trail(ask: &Ask) -> Option<Told> {
    ask.trail.files.is_empty().then(|| Told::unknown("there is no audit trail"))
}

/// The files of the trail. None has a digest of its own: each line has that of the one before it, and the last line's
/// stands for all.
fn evidence(ask: &Ask, told: Told, what: &'static str) -> Told {
    let files = &ask.trail.files;
    let hash = ask.trail.chain.as_ref().and_then(|chain| chain.last_hash.as_ref());
    let last = files.len().saturating_sub(1);
    files.iter().enumerate().fold(told, |told, (n, file)| {
        let what = match hash.filter(|_| n == last && ask.trail.entries > 0) {
            Some(hash) => Phrase::say(format!("{what}; the last line has the hash {hash}")),
            None => Phrase::say(what),
        };
        told.by(Evidence { file: file.clone(), what, digest: None })
    })
}

/// Behind a line that is not as it was written, nobody vouches for any.
fn broken(ask: &Ask) -> Option<Told> {
    let is_broken = ask.trail.chain.as_ref().is_some_and(|chain| chain.broken.is_some());
    is_broken.then(|| Told::unknown("the chain is broken: nobody vouches for what stands behind the break"))
}

fn calls_recorded(ask: &Ask) -> Told {
    if let Some(told) = no_trail(ask).or_else(|| broken(ask)) {
        return told;
    }
    let own: u64 = ask.trail.decisions.values().sum();
    let told = match own {
        0 => Told::unknown(Phrase::say(format!(
            "of {} records none is a decision about this state of the toolpack",
            ask.trail.entries
        ))),
        _ => Told::unless(
            false,
            Phrase::say(format!(
                "{own} decisions, and {} about other states or toolpacks",
                ask.trail.decisions_elsewhere
            )),
        ),
    };
    evidence(ask, told, "records of the kind `decision`")
}

fn chain_whole(ask: &Ask) -> Told {
    let Some(chain) = &ask.trail.chain else { return Told::unknown("there is no audit trail") };
    let told = match &chain.broken {
        None if ask.trail.entries == 0 => Told::unknown("the audit trail is empty"),
        Some(broken) => Told::no(
            Phrase::quote(&broken.file).and_say(format!(" line {}: ", broken.line)).and_quote(&broken.why),
        ),
        None if chain.continues => {
            Told::unknown("what is there is whole, and goes on behind a file that is not there")
        }
        None => Told::unless(
            !chain.whole,
            Phrase::say(format!("{} looked at", count(ask.trail.entries as usize, "record"))),
        ),
    };
    evidence(ask, told, "every line, with the hash of the one before it")
}

fn outcomes_recorded(ask: &Ask) -> Told {
    if let Some(told) = no_trail(ask).or_else(|| broken(ask)) {
        return told;
    }
    if ask.trail.entries == 0 {
        return Told::unknown("the audit trail is empty");
    }
    let open = ask.trail.without_outcome;
    let why = match open {
        0 => "none is open".to_owned(),
        n => format!("{n} have none: whether they arrived is not known here"),
    };
    evidence(ask, Told::unless(open > 0, Phrase::say(why)), "records of the kinds `intent` and `outcome`")
}
