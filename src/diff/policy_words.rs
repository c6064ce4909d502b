//! What a change of the policy does to calls, in words for people.

use std::collections::{BTreeMap, BTreeSet};

use super::words::count;
use crate::compare::policy_diff::{EVERY_CALL, Effect};
use crate::model::phrase::Phrase;

/// Tools that are listed one by one; the rest is counted.
const SHOWN: usize = 50;

/// Words of the evaluator that quote nothing of the policy.
const OURS: [&str; 12] = [
    "denied",
    "asks for confirmation",
    "runs at once",
    "no budget",
    "no limit",
    "not redacted",
    "not audited",
    "audited",
    "counts as a change",
    "counts as a read",
    "denied unless a rule grants",
    "runs unless a rule denies",
];

fn word(text: &str) -> Phrase {
    match OURS.into_iter().find(|ours| *ours == text) {
        Some(ours) => Phrase::say(ours),
        None => Phrase::quote(text),
    }
}

/// One line a tool: what happened to its calls, and what happens now.
pub fn why<'a>(effects: impl Iterator<Item = &'a Effect>) -> Vec<Phrase> {
    let mut out = Vec::new();
    let mut more = 0;
    for effect in effects {
        if out.len() == SHOWN {
            more += 1;
            continue;
        }
        let who = match effect.tool == EVERY_CALL {
            true => Phrase::say("every call"),
            false => Phrase::quote(&effect.tool),
        };
        out.push(who.and_say(": ").and(word(&effect.before)).and_say(" → ").and(word(&effect.after)));
    }
    if more > 0 {
        out.push(Phrase::say(format!("and {more} more")));
    }
    out
}

/// One line a tool of which some calls may be decided otherwise.
pub fn why_untried(tools: &[String]) -> Vec<Phrase> {
    let line = |tool: &String| {
        Phrase::quote(tool).and_say(": the rule is about calls that its path template does not tell apart")
    };
    let mut out: Vec<Phrase> = tools.iter().take(SHOWN).map(line).collect();
    if tools.len() > SHOWN {
        out.push(Phrase::say(format!("and {} more", tools.len() - SHOWN)));
    }
    out
}

/// `2 tools would run without a confirmation`: what happens to most, in our words.
pub fn summary(effects: &[Effect]) -> String {
    let mut groups: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for effect in effects {
        let words = match (effect.before.as_str(), effect.after.as_str()) {
            ("denied", "runs at once") => "would run at once and were denied",
            (_, "runs at once") => "would run without a confirmation",
            ("denied", _) => "would be allowed",
            (_, "denied") => "would be denied",
            (_, "asks for confirmation") => "would ask for a confirmation",
            (_, "not redacted") => "would return what was redacted",
            ("not redacted", _) => "would return less",
            (_, "not audited") => "would leave no record",
            (before, after) if before.contains(" audit") || after.contains(" audit") => {
                "would be recorded otherwise"
            }
            (before, after) if before.starts_with("counts as") || after.starts_with("counts as") => {
                "would be judged by another effect"
            }
            _ => "would be limited otherwise",
        };
        groups.entry(words).or_default().insert(&effect.tool);
    }
    let line = |(words, tools): (&&str, &BTreeSet<&str>)| match tools.contains(EVERY_CALL) {
        true => format!("every call {words}"),
        false => format!("{} {words}", count(tools.len(), "tool")),
    };
    groups.iter().map(line).collect::<Vec<_>>().join("; ")
}
