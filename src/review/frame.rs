//! A state in, the lines of its screen out: exactly as many as the terminal has, none wider than it is. Of what
//! scrolls, only the lines that are shown are made.

use super::ask::Ask;
use super::keys::Place;
use super::sheet::Item;
use super::state::{SMALLEST, Screen, State};
use super::{list, signing, together, words};
use crate::report::width::{columns, pad};

/// Lines below what scrolls: what is told, a rule, the question, the keys.
const FOOT: usize = 4;

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its lines.
    pub lines: Vec<String>,
    /// Where somebody types: line and column, from nought.
    pub cursor: Option<(usize, usize)>,
}

/// The screen of a state.
pub fn of(state: &State) -> Frame {
    if state.is_tiny() {
        return tiny(state);
    }
    let mut lines = head(state);
    let above = lines.len();
    lines.extend(body(state));
    lines.resize(above + state.room() + spare(state), String::new());
    if state.screen == Screen::List {
        lines.extend(list::preview(state));
    }
    lines.resize(state.height.saturating_sub(FOOT), String::new());
    let (foot, column) = foot(state);
    lines.extend(foot);
    lines.truncate(state.height);
    let cursor = column.map(|column| (state.height - 2, column.min(state.width.saturating_sub(1))));
    Frame { lines, cursor }
}

impl State {
    /// How many lines of what scrolls are shown.
    pub(super) fn room(&self) -> usize {
        let head = match self.screen {
            Screen::List => 4 + list::PREVIEW,
            Screen::Detail(_) => 3,
            Screen::Together | Screen::Signing | Screen::Help => 2,
        };
        self.height.saturating_sub(head + FOOT + spare(self)).max(1)
    }
}

/// Lines of the list that are no rows: the rule between what waits and what does not.
fn spare(state: &State) -> usize {
    usize::from(state.screen == Screen::List)
}

fn body(state: &State) -> Vec<String> {
    let (from, to) = (state.top, state.top + state.room());
    match state.screen {
        Screen::List => list::rows(state, from, to),
        Screen::Detail(_) => state.page.lines.iter().take(to).skip(from).cloned().collect(),
        Screen::Together => together::lines(state, from, to),
        Screen::Signing => signing::lines(state, state.room()),
        Screen::Help => words::help(state.paint).into_iter().take(to).skip(from).collect(),
    }
}

fn head(state: &State) -> Vec<String> {
    let (paint, sheet) = (state.paint, &state.sheet);
    let pack = paint.text(&sheet.pack, 60);
    match state.screen {
        Screen::List => {
            let between = words::say(paint, &sheet.between);
            let mut head =
                vec![title(state, &format!("gate review   {pack}   {between}"), &who(state)), String::new()];
            head.extend(list::columns_head(state));
            head
        }
        Screen::Detail(at) => {
            let item = &sheet.items[at];
            let name = paint.text(&item.name, 60);
            let waits = format!("{} of {} to decide", state.undecided(), sheet.open());
            let mark = state.marks[at].word(item);
            vec![
                title(
                    state,
                    &format!("{name}   tier {}, change {}", item.tier.word(), item.severity.word()),
                    &waits,
                ),
                ends(state, &paint.text(&item.target, 200), &digests(state, item)),
                paint.dim(&format!(" {mark}, {}", list::signed(item))),
            ]
        }
        Screen::Together => {
            let n = state.together.kept().count();
            vec![title(state, &format!("Approve {n} at once: preview   {pack}"), &who(state)), String::new()]
        }
        Screen::Signing => {
            let right = format!("{} decided", state.decided());
            vec![title(state, &format!("Sign   {pack}"), &right), String::new()]
        }
        Screen::Help => vec![title(state, "Keys", ""), String::new()],
    }
}

fn who(state: &State) -> String {
    state.sheet.signer.as_ref().map_or_else(String::new, |signer| {
        let may = signer.may.rsplit(", ").next().unwrap_or_default();
        format!("{}, {may}", state.paint.text(&signer.id, 30))
    })
}

fn digests(state: &State, item: &Item) -> String {
    let short = |digest: &str| {
        state.paint.text(digest.trim_start_matches("sha256:"), 64).chars().take(12).collect::<String>()
    };
    match &item.was {
        Some(was) if *was != item.digest => format!("digest {}, was {}", short(&item.digest), short(was)),
        _ if item.digest.is_empty() => String::new(),
        _ => format!("digest {}", short(&item.digest)),
    }
}

/// The first line: reversed, from edge to edge.
fn title(state: &State, left: &str, right: &str) -> String {
    state.paint.reverse(&pad(&ends(state, left, right), state.width))
}

/// Two texts at both edges; the left one is cut to what fits.
fn ends(state: &State, left: &str, right: &str) -> String {
    let right = state.paint.cut(right, state.width / 2);
    let room = state.width.saturating_sub(columns(&right) + 4);
    let left = state.paint.cut(left, room);
    format!(" {}  {right}", pad(&left, room))
}

/// The foot, and the column of the cursor in its third line.
fn foot(state: &State) -> (Vec<String>, Option<usize>) {
    let paint = state.paint;
    let fit = |text: &str| paint.cut(text, state.width.saturating_sub(2));
    let rule = words::rule(paint, state.width);
    let keys = format!(" {}", fit(&words::footer(paint, state.screen.place())));
    let Some(ask) = state.ask else {
        let told = format!(" {}", paint.bold(&fit(&state.told)));
        return (vec![format!(" {}", fit(&said(state))), rule, told, keys], None);
    };
    let (question, input) = (state.question(ask), typed(state, ask));
    let beside = columns(&question) + 24 <= state.width;
    let (above, before, below) = match (beside, state.told.is_empty()) {
        (true, true) => (said(state), question, keys),
        (true, false) => (state.told.clone(), question, keys),
        (false, true) => (question, "> ".to_owned(), keys),
        (false, false) => (question, "> ".to_owned(), format!(" {}", paint.bold(&fit(&state.told)))),
    };
    let room = state.width.saturating_sub(columns(&before) + 3);
    let shown = tail(&input, room);
    let column = 1 + columns(&before) + columns(&shown);
    (vec![format!(" {}", fit(&above)), rule, format!(" {before}{shown}"), below], Some(column))
}

/// What is typed, as it is shown: a passphrase not at all.
fn typed(state: &State, ask: Ask) -> String {
    match ask.is_hidden() {
        true => String::new(),
        false => state.paint.text(&state.input, usize::MAX),
    }
}

/// The end of a text, in so many columns.
fn tail(text: &str, width: usize) -> String {
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if columns(&text[at..]) > width {
            break;
        }
        from = at;
    }
    text[from..].to_owned()
}

/// What the line above the rule says by itself.
fn said(state: &State) -> String {
    let below = state.length().saturating_sub(state.top + state.room());
    let more = |rest: &str| {
        let arrow = if state.paint.unicode { "↓" } else { "v" };
        format!("{arrow} {below} more{rest}")
    };
    match state.screen.place() {
        Place::List => {
            let hidden = state.sheet.items.len() - state.rows().len();
            let filter =
                if hidden > 0 { format!(" {hidden} rows are hidden by the filter.") } else { String::new() };
            let below = if below > 0 { format!("{}. ", more("")) } else { String::new() };
            format!(
                "{below}{} to decide. Nothing is signed before the last screen.{filter}",
                state.undecided()
            )
        }
        Place::Detail if below > 0 => more("                         a opens at the end of this page"),
        Place::Detail => match state.meant().map(|item| &state.sheet.items[item]) {
            Some(item) if item.is_grave() && item.against.is_none() => {
                format!("To approve it you will be asked to type {}.", item.typed())
            }
            _ => String::new(),
        },
        Place::Together if below > 0 => more("                         y opens at the end of this page"),
        Place::Together => "Nothing is signed before the last screen.".to_owned(),
        Place::Signing => signing::reason(state),
        Place::Help => String::new(),
    }
}

fn tiny(state: &State) -> Frame {
    let told = format!(
        "gate review needs {} x {}; this is {} x {}.",
        SMALLEST.0, SMALLEST.1, state.width, state.height
    );
    let more = match (state.decided(), state.ask) {
        (0, _) => "Make it larger; q ends.".to_owned(),
        (n, Some(Ask::Quit)) => format!("End without signing? {n} decided, and lost then: q once more ends."),
        (n, _) => format!("Make it larger: {n} decided, nothing is lost; q asks whether to end."),
    };
    let mut lines: Vec<String> = [told, more]
        .iter()
        .flat_map(|text| crate::report::width::lines(text, state.width.max(2)))
        .take(state.height)
        .map(|line| state.paint.cut(&line, state.width))
        .collect();
    lines.resize(state.height, String::new());
    Frame { lines, cursor: None }
}
