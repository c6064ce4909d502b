//! What several tools allow together, before they are approved at once: low and medium ones only. What is high or
//! critical is looked at one by one.

use std::collections::BTreeMap;

use super::mark::Mark;
use super::picked::Together;
use super::sheet::{Facts, Item, Kind, Stand};
use super::state::State;
use super::words;
use crate::model::risk::{Effect, RiskTier};
use crate::report::words::{count, number};
use crate::rules::Severity;

/// Names that a line of the summary shows.
const NAMES: usize = 4;

impl State {
    /// The tools of the list, as the filter leaves it, that may be approved at once.
    pub(super) fn pick(&self) -> Together {
        let waits = |i: &usize| self.sheet.items[*i].stand == Stand::Open;
        let (mut picked, beyond): (Vec<usize>, Vec<usize>) = self
            .rows()
            .into_iter()
            .filter(waits)
            .filter(|i| matches!(self.marks[*i], Mark::None | Mark::Approve { .. }))
            .partition(|i| is_light(&self.sheet.items[*i]));
        picked.sort_by_key(|i| (std::cmp::Reverse(self.sheet.items[*i].tier), &self.sheet.items[*i].name));
        Together { picked, beyond, ..Together::default() }
    }

    /// Lines of the whole page.
    pub(super) fn together_length(&self) -> usize {
        summary(self).len() + self.together.picked.len() + left_out(self).len()
    }

    /// The line of the row that is meant; of the first one the top, of the last one the end: what stands around them
    /// is part of the page.
    pub(super) fn together_line(&self) -> usize {
        let Together { at, picked, .. } = &self.together;
        match *at {
            at if at + 1 >= picked.len() => self.together_length().saturating_sub(1),
            0 => 0,
            at => summary(self).len() + at,
        }
    }
}

/// Whether a subject may be approved with others: a tool whose tier and change are medium at most.
fn is_light(item: &Item) -> bool {
    item.kind == Kind::Tool
        && !item.alone
        && !item.hides
        && item.tier <= RiskTier::Medium
        && item.severity <= Severity::Medium
        && item.against.is_none()
}

/// The lines from one to another.
pub(super) fn lines(state: &State, from: usize, to: usize) -> Vec<String> {
    let (above, rows) = (summary(state), state.together.picked.len());
    let below = left_out(state);
    (from..to.min(above.len() + rows + below.len()))
        .map(|line| match line.checked_sub(above.len()) {
            None => above[line].clone(),
            Some(at) if at < rows => row(state, at),
            Some(at) => below[at - rows].clone(),
        })
        .collect()
}

fn facts(state: &State) -> Vec<(&Item, &Facts)> {
    let items = state.together.kept().map(|i| &state.sheet.items[i]);
    items.filter_map(|item| Some((item, item.facts.as_ref()?))).collect()
}

/// What they allow: hosts that are reached, what is read and written, text that leaves without a limit.
fn summary(state: &State) -> Vec<String> {
    let paint = state.paint;
    let all = facts(state);
    let some = |names: Vec<String>| {
        let more = names.len().saturating_sub(NAMES);
        let mut shown = names.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
        if more > 0 {
            shown += &format!(" and {} more", number(more));
        }
        shown
    };
    let name = |item: &Item| paint.text(&item.name, 48);
    let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|(_, facts)| *hosts.entry(&facts.host).or_default() += 1);
    let reads: Vec<_> = all.iter().filter(|(_, facts)| facts.effect == Effect::Read).collect();
    let personal = reads.iter().filter(|(_, facts)| facts.personal).count();
    let writes: Vec<_> = all.iter().filter(|(_, facts)| facts.effect != Effect::Read).collect();
    let silent = writes.iter().filter(|(_, facts)| !facts.confirms).count();
    let free: Vec<String> = all
        .iter()
        .flat_map(|(item, facts)| {
            facts.free.iter().map(|field| format!("{}.{}", name(item), paint.text(field, 48)))
        })
        .collect();
    let mut lines = vec![format!(" {}", paint.bold("Together these allow an agent to"))];
    let mut line = |label: &str, n: String, rest: String| {
        let text = format!("   {label:<13}  {n:<10} {rest}");
        lines.push(paint.cut(text.trim_end(), state.width.saturating_sub(2)));
    };
    line("reach", count(hosts.len(), "host"), some(hosts.keys().map(|host| paint.text(host, 100)).collect()));
    let told = if personal > 0 { format!("{personal} of them return personal data") } else { String::new() };
    line("read", count(reads.len(), "tool"), told);
    let asked = match (writes.len(), silent) {
        (0, _) => String::new(),
        (_, 0) => ": ask for confirmation".to_owned(),
        (all, silent) => format!(": {silent} of {all} without a confirmation"),
    };
    line(
        "write",
        count(writes.len(), "tool"),
        format!("{}{asked}", some(writes.iter().map(|(item, _)| name(item)).collect())),
    );
    if !free.is_empty() {
        line("send freely", count(free.len(), "field"), format!("{}: text without a limit", some(free)));
    }
    lines.push(String::new());
    lines.push(format!(" {}", paint.bold("Which")));
    lines
}

fn row(state: &State, at: usize) -> String {
    let (paint, index) = (state.paint, state.together.picked[at]);
    let item = &state.sheet.items[index];
    let is_meant = at == state.together.at;
    let decided = match (&state.marks[index], state.together.out.contains(&index)) {
        (Mark::Refuse { .. }, _) => "no",
        (Mark::Later, _) => "lat",
        (_, true) => "out",
        (_, false) => "",
    };
    let mark = format!("{} {decided}", if is_meant { ">" } else { " " });
    let more = state.width.saturating_sub(80);
    let name = words::cell(paint, &paint.text(&item.name, 200), 18 + more / 2);
    let target = words::cell(paint, &paint.text(&item.target, 200), 30 + more / 2);
    let facts = item.facts.as_ref();
    let personal = if facts.is_some_and(|facts| facts.personal) { "personal" } else { "" };
    let name = if is_meant { paint.bold(&name) } else { name };
    format!(" {mark:<5} {name}  {target}  {personal:<8}  {}", item.tier.word())
}

/// What is not among them, and why.
fn left_out(state: &State) -> Vec<String> {
    let paint = state.paint;
    let beyond: Vec<&Item> = state.together.beyond.iter().map(|i| &state.sheet.items[*i]).collect();
    if beyond.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = beyond.iter().take(NAMES).map(|item| paint.text(&item.name, 48)).collect();
    let more = if beyond.len() > NAMES { ", …" } else { "" };
    let line = format!(" Left out: {} ({}{more}).", number(beyond.len()), names.join(", "));
    vec![
        String::new(),
        paint.cut(&paint.plain(&line), state.width.saturating_sub(2)),
        "   High and critical are looked at one by one; there is no key to take them in.".to_owned(),
    ]
}
