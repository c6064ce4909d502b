//! The last screen: what is about to be signed, as whom, whether that is enough, and what is written. The only one
//! that signs.

use std::collections::BTreeMap;

use super::ask::Ask;
use super::mark::Mark;
use super::sheet::{Item, Kind, Stand};
use super::state::State;
use super::words;
use crate::canon::time::Timestamp;
use crate::model::risk::RiskTier;
use crate::report::words::{count, number};

/// Most different ends that have a line of their own.
const ENDS: usize = 4;
/// Most names in a line.
const NAMES: usize = 3;

/// The reason, as the line above the rule shows it once it was given.
pub(super) fn reason(state: &State) -> String {
    match (state.ask, state.why.is_empty()) {
        (Some(Ask::Why), _) => String::new(),
        (_, true) => "No reason is given.".to_owned(),
        (_, false) => format!("Reason: {}", state.paint.text(&state.why, 400)),
    }
}

/// The lines of the screen, in so many at most.
pub(super) fn lines(state: &State, room: usize) -> Vec<String> {
    let paint = state.paint;
    let mut lines = vec![format!(
        " {}",
        paint.bold(&format!("You are about to sign {}", count(state.decided(), "statement")))
    )];
    lines.extend(groups(state));
    lines.push(String::new());
    lines.push(format!(" {}", paint.bold("As")));
    if let Some(signer) = &state.sheet.signer {
        lines.push(format!(
            "   signer        {}, {}",
            paint.text(&signer.id, 40),
            paint.text(&signer.may, 60)
        ));
        lines.push(format!(
            "   key           {}, {}",
            paint.text(&signer.key_id, 16),
            paint.text(&signer.key_kind, 40)
        ));
    }
    lines.push(format!("   judged by     {}", words::say(paint, &state.sheet.trust)));
    lines.push(String::new());
    lines.push(format!(" {}", paint.bold("Enough afterwards?")));
    lines.extend(enough(state).into_iter().map(|line| format!("   {line}")));
    lines.push(String::new());
    let v1 = if state.sheet.from_v1 { ", from the old format to the new" } else { "" };
    lines.push(format!(" Written: {}{v1}.", paint.text(&state.sheet.lock_path, 200)));
    lines.push(" Nothing else is written, nothing is sent.".to_owned());
    if lines.len() > room {
        lines.retain(|line| !line.is_empty());
    }
    lines.iter().map(|line| paint.cut(line, state.width.saturating_sub(1))).collect()
}

fn decided(state: &State) -> impl Iterator<Item = (&Item, &Mark)> {
    state.sheet.items.iter().zip(&state.marks)
}

/// What is approved, by its end; what is refused; what is left.
fn groups(state: &State) -> Vec<String> {
    let paint = state.paint;
    let mut ends: BTreeMap<Option<Timestamp>, Vec<&Item>> = BTreeMap::new();
    let (mut refused, mut later) = (Vec::new(), Vec::new());
    for (item, mark) in decided(state) {
        match mark {
            Mark::Approve { until } => {
                let end = [*until, item.ends].into_iter().flatten().min();
                ends.entry(end).or_default().push(item);
            }
            Mark::Refuse { .. } => refused.push(item),
            Mark::Later => later.push(item),
            Mark::None => {}
        }
    }
    let line = |word: &str, items: &[&Item], rest: &str| {
        let names: Vec<String> = items.iter().take(NAMES).map(|item| paint.text(&item.name, 30)).collect();
        let names = match items.len() > NAMES {
            true => tiers(items),
            false => names.join(", "),
        };
        let names = words::cell(paint, &names, 34 + state.width.saturating_sub(80));
        format!("   {word:<8} {:>4}   {names}  {rest}", number(items.len())).trim_end().to_owned()
    };
    let more = ends.len().saturating_sub(ENDS);
    let mut lines: Vec<String> = ends
        .iter()
        .take(ENDS)
        .map(|(end, items)| {
            let end = end.map_or_else(|| "no end".to_owned(), |end| format!("until {}", end.date()));
            line("approve", items, &end)
        })
        .collect();
    if more > 0 {
        let rest: Vec<&Item> = ends.values().skip(ENDS).flatten().copied().collect();
        lines.push(line("approve", &rest, "with other ends"));
    }
    for (word, items) in [("refuse", refused), ("later", later)] {
        if !items.is_empty() {
            lines.push(line(word, &items, ""));
        }
    }
    lines
}

/// The tiers of several subjects.
fn tiers(items: &[&Item]) -> String {
    let there = RiskTier::ALL.into_iter().filter(|tier| items.iter().any(|item| item.tier == *tier));
    let words: Vec<&str> = there.map(RiskTier::word).collect();
    words::and(&words)
}

/// Whether the approvals have the people that they need, and what else keeps tools from being served.
fn enough(state: &State) -> Vec<String> {
    let approved: Vec<&Item> = decided(state)
        .filter(|(_, mark)| matches!(mark, Mark::Approve { .. }))
        .map(|(item, _)| item)
        .collect();
    let enough = approved.iter().filter(|item| item.is_enough_with_one()).count();
    let mut lines = Vec::new();
    if approved.is_empty() {
        lines.push("nothing is approved".to_owned());
    } else {
        lines.push(format!("{enough} of {} approved have the people that they need", number(approved.len())));
    }
    let surface = decided(state).find(|(item, _)| item.kind == Kind::Surface);
    if let Some((item, mark)) = surface {
        let serves = matches!(item.stand, Stand::Approved | Stand::Exempted);
        let approved = matches!(mark, Mark::Approve { .. });
        if !serves && !approved || matches!(mark, Mark::Refuse { .. }) {
            lines.push("no tool is served before (surface) is approved".to_owned());
        }
    }
    let grave = approved.iter().filter(|item| item.kind == Kind::Tool && item.tier >= RiskTier::High).count();
    if grave > state.sheet.bulk_max {
        lines.push(format!("{grave} high and critical in one act: reports will say so (gate.bulk-approval)"));
    }
    lines
}
