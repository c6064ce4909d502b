//! A path whose varying segments are known in, the template with names that a person would have chosen out.

use std::collections::BTreeSet;

use super::literal::{extension, is_version};
use super::made::{Kind, Made, Template};
use crate::canon::text::words;
use crate::compare::inflect::singular;
use crate::observe::part::Bounds;

/// Segments that say nothing of what they hold.
const SILENT: [&str; 6] = ["api", "internal", "private", "public", "rest", "services"];
/// Places whose long values are proofs, not ids.
const PROOFS: [&str; 9] =
    ["activate", "confirm", "invite", "magic", "reset", "share", "token", "unsubscribe", "verify"];
/// The template of a path. `numbers`: bounds of its numbers, by segment.
pub fn named(path: &[Made], numbers: &dyn Fn(usize) -> Bounds) -> Template {
    let mut used: BTreeSet<String> = path.iter().filter_map(Made::given).map(str::to_owned).collect();
    let mut given: BTreeSet<&str> = BTreeSet::new();
    let mut template = Template { text: String::new(), places: Vec::new() };
    let days = days(path, numbers);
    for (at, segment) in path.iter().enumerate() {
        template.text.push('/');
        match segment {
            Made::Literal(literal) => template.text.push_str(literal),
            // Who names two places alike gets two names all the same.
            Made::Given(name, kind) => {
                let name = if given.insert(name) { name.clone() } else { free(name, &mut used) };
                template.put(name, kind);
            }
            Made::Value(kind) => {
                let wanted = days[at].map_or_else(|| name(&path[..at], kind), str::to_owned);
                template.put(free(&wanted, &mut used), kind);
            }
        }
    }
    if template.text.is_empty() {
        template.text.push('/');
    }
    template
}

/// The name itself if it is free, else with a number behind it.
fn free(wanted: &str, used: &mut BTreeSet<String>) -> String {
    let mut free = wanted.to_owned();
    let mut n = 2u32;
    while !used.insert(free.clone()) {
        free = format!("{wanted}_{n}");
        n += 1;
    }
    free
}

/// Year, month and day, where numbers stand in a row and keep within them.
fn days(path: &[Made], numbers: &dyn Fn(usize) -> Bounds) -> Vec<Option<&'static str>> {
    let mut names = vec![None; path.len()];
    let within = |at: usize, low: i64, high: i64| {
        let number =
            matches!(path.get(at), Some(Made::Value(kind)) if kind.is_number() && kind.suffix.is_empty());
        number && numbers(at).0.is_some_and(|(least, most)| low <= least && most <= high)
    };
    let mut at = 0;
    while at < path.len() {
        if within(at, 1900, 2100) && within(at + 1, 1, 12) {
            (names[at], names[at + 1]) = (Some("year"), Some("month"));
            if within(at + 2, 1, 31) {
                names[at + 2] = Some("day");
                at += 1;
            }
            at += 1;
        }
        at += 1;
    }
    names
}

/// The name of a value: what it is of, and how it names it.
fn name(above: &[Made], kind: &Kind) -> String {
    if let [.., Made::Literal(next), Made::Literal(data)] = above
        && next == "_next"
        && data == "data"
    {
        return "build_id".to_owned();
    }
    // Below the build of a page stands the path of the page itself.
    let is = |made: &Made, word: &str| made.literal() == Some(word);
    let page = above.windows(2).rposition(|two| is(&two[0], "_next") && is(&two[1], "data"));
    let above = &above[page.map_or(0, |at| at + 2)..];
    let speaks =
        |literal: &&str| !SILENT.contains(&literal.to_ascii_lowercase().as_str()) && !is_version(literal);
    let parent =
        above.iter().rev().filter_map(Made::literal).find(speaks).map(|literal| extension(literal).0);
    let mut own = words(parent.unwrap_or_default());
    own.retain(|word| word.is_ascii());
    if let Some(last) = own.last_mut() {
        *last = singular(last);
    }
    own.truncate(6);
    let what = match () {
        () if kind.only("{email}") => "email",
        () if kind.only("{date}") => "date",
        () if kind.slug && kind.classes.is_empty() => "slug",
        () if kind.only("{token}") && own.last().is_some_and(|w| PROOFS.contains(&w.as_str())) => "token",
        // Values that are words themselves are called what they are.
        () if kind.classes.is_empty() => "",
        () => "id",
    };
    if !what.is_empty() && own.last().is_none_or(|last| last != what) {
        own.push(what.to_owned());
    }
    let name = own.join("_");
    match name.as_str() {
        "" => "name".to_owned(),
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => format!("n{name}"),
        _ => name,
    }
}
