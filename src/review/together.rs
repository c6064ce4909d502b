//! What several tools allow together, before they are approved at once: low and medium ones only. What is high or
//! critical is looked at one by one.

use std::collections::BTreeMap;

use super::mark::Mark;
use super::picked::{Page, Together};
use super::sheet::{Facts, Item, Kind, Stand};
use super::state::State;
use super::words;
use crate::model::risk::{Effect, RiskTier};
use crate::report::width::{self, columns};
use crate::report::words::{count, number};
use crate::rules::Severity;

/// Names of what is left out that are shown.
const NAMES: usize = 4;
/// Where what is too long for its cell begins.
const BENEATH: usize = 9;
/// Most characters of a name and of what is called, together: what is longer is looked at by itself.
const LONG: usize = 1_000;

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

    /// Lays the page out anew: at another width, or with another row left out.
    pub(super) fn lay_out_together(&mut self) {
        let above = summary(self);
        let mut starts = vec![above.len()];
        for at in 0..self.together.picked.len() {
            starts.push(starts[at] + row(self, at).len());
        }
        let below = left_out(self);
        self.together.page = Page { above, starts, below };
    }

    /// Whether a row begins on the screen.
    pub(super) fn is_shown_together(&self, at: usize) -> bool {
        let start = self.together.page.starts.get(at);
        start.is_some_and(|start| (self.top..self.top + self.room()).contains(start))
    }

    /// One row or line on, else so many lines: no row is passed over, and no line that stands around them either.
    pub(super) fn move_together(&mut self, by: isize) {
        let most = self.length().saturating_sub(self.room());
        let last = self.together.picked.len().saturating_sub(1);
        let next = self.together.at.saturating_add_signed(by).min(last);
        if by.unsigned_abs() == 1 && next != self.together.at && self.is_shown_together(next) {
            self.together.at = next;
            return;
        }
        self.top = self.top.saturating_add_signed(by).min(most);
        match by {
            isize::MIN => self.together.at = 0,
            isize::MAX => self.together.at = last,
            _ if by.unsigned_abs() == 1 && self.is_shown_together(next) => self.together.at = next,
            _ => {}
        }
    }

    /// Means a row that is on the screen, if one is.
    pub(super) fn mean_what_is_shown(&mut self) {
        let (first, end) = (self.top, self.top + self.room());
        let Together { page, picked, at, .. } = &mut self.together;
        *at = (*at).min(picked.len().saturating_sub(1));
        let rows = page.starts.get(..picked.len()).unwrap_or_default();
        let is_shown = |start: &usize| (first..end).contains(start);
        let found = match rows.get(*at) {
            Some(start) if *start < first => rows.iter().position(is_shown),
            Some(start) if *start >= end => rows.iter().rposition(is_shown),
            _ => None,
        };
        *at = found.unwrap_or(*at);
    }

    /// The first line to be shown so that the row that is meant is on the screen.
    pub(super) fn top_of_together(&self) -> usize {
        let (start, room) = (self.together.page.starts.get(self.together.at), self.room());
        start.filter(|start| **start >= room).map_or(0, |start| start - room / 2)
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
        && item.name.chars().count() + item.target.chars().count() <= LONG
}

/// The lines from one to another.
pub(super) fn lines(state: &State, from: usize, to: usize) -> Vec<String> {
    let Page { above, starts, below } = &state.together.page;
    let (rows, end) = (starts.len().saturating_sub(1), state.together.page.length());
    let line = |line: usize| match starts.partition_point(|start| *start <= line) {
        0 => above.get(line).cloned(),
        at if at <= rows => row(state, at - 1).into_iter().nth(line - starts[at - 1]),
        _ => below.get(line - starts[rows]).cloned(),
    };
    (from..to.min(end)).filter_map(line).collect()
}

fn facts(state: &State) -> Vec<(&Item, &Facts)> {
    let items = state.together.kept().map(|i| &state.sheet.items[i]);
    items.filter_map(|item| Some((item, item.facts.as_ref()?))).collect()
}

/// What they allow: hosts that are reached, what is read and written, text that leaves without a limit.
fn summary(state: &State) -> Vec<String> {
    let paint = state.paint;
    let all = facts(state);
    let name = |item: &Item| paint.text(&item.name, usize::MAX);
    let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|(_, facts)| *hosts.entry(&facts.host).or_default() += 1);
    let reads: Vec<_> = all.iter().filter(|(_, facts)| facts.effect == Effect::Read).collect();
    let personal = reads.iter().filter(|(_, facts)| facts.personal).count();
    let writes: Vec<_> = all.iter().filter(|(_, facts)| facts.effect != Effect::Read).collect();
    let silent = writes.iter().filter(|(_, facts)| !facts.confirms).count();
    let free: Vec<String> = all
        .iter()
        .flat_map(|(item, facts)| {
            facts.free.iter().map(|field| format!("{}.{}", name(item), paint.text(field, usize::MAX)))
        })
        .collect();
    let mut lines = vec![format!(" {}", paint.bold("Together these allow an agent to"))];
    let mut line = |label: &str, n: String, rest: String| {
        let head = format!("   {label:<13}  {n:<10} ");
        let wide = columns(&head);
        for (at, part) in width::lines(&rest, state.width.saturating_sub(wide + 2)).iter().enumerate() {
            let head = if at == 0 { head.clone() } else { " ".repeat(wide) };
            lines.push(format!("{head}{part}").trim_end().to_owned());
        }
    };
    let hosts: Vec<String> = hosts.keys().map(|host| paint.text(host, usize::MAX)).collect();
    line("reach", count(hosts.len(), "host"), hosts.join(", "));
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
        format!("{}{asked}", writes.iter().map(|(item, _)| name(item)).collect::<Vec<_>>().join(", ")),
    );
    if !free.is_empty() {
        line("send freely", count(free.len(), "field"), format!("{}: text without a limit", free.join(", ")));
    }
    lines.push(String::new());
    lines.push(format!(" {}", paint.bold("Which")));
    lines
}

/// The lines of a row; what is too long for its cell stands beneath, whole.
fn row(state: &State, at: usize) -> Vec<String> {
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
    let cells = [(&item.name, 18 + more / 2), (&item.target, 30 + more / 2)];
    let cells = cells.map(|(text, wide)| (paint.text(text, usize::MAX), wide));
    let [name, target] = cells.each_ref().map(|(text, wide)| words::cell(paint, text, *wide));
    let facts = item.facts.as_ref();
    let personal = if facts.is_some_and(|facts| facts.personal) { "personal" } else { "" };
    let name = if is_meant { paint.bold(&name) } else { name };
    let mut lines = vec![format!(" {mark:<5} {name}  {target}  {personal:<8}  {}", item.tier.word())];
    for (text, _) in cells.iter().filter(|(text, wide)| columns(text) > *wide) {
        let parts = width::lines(text, state.width.saturating_sub(BENEATH + 2));
        lines.extend(parts.iter().map(|part| format!("{}{part}", " ".repeat(BENEATH))));
    }
    lines
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
