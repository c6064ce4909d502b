//! A sheet as plain text, where nobody can be asked: what waits, and the commands that decide it.

use std::collections::BTreeSet;

use super::sheet::{Item, Kind, Sheet, Stand};
use super::words;
use crate::model::command::Command;
use crate::report::escape::paste::paste;
use crate::report::screen::{Screen, Table};
use crate::report::style::Style;
use crate::report::words::{count, number};

/// Names in one command.
const NAMES: usize = 8;
/// Most commands.
const COMMANDS: usize = 6;

/// What waits for a decision, and how it is decided; ends in a line feed.
pub fn text(sheet: &Sheet, style: &Style) -> String {
    let mut page = Screen::new(style);
    let waits: Vec<&Item> = sheet.items.iter().filter(|item| item.stand <= Stand::Elsewhere).collect();
    let pack = page.paint.text(&sheet.pack, 200);
    let open = sheet.open();
    page.hung(
        "",
        0,
        2,
        &format!("{pack}   {} to decide   {}", number(open), page.say(&sheet.trust)),
        str::to_owned,
    );
    page.gap();
    if sheet.left_out > 0 {
        let others = count(sheet.left_out, "other subject");
        page.line(&format!("{others} of lower risk to decide: leave --risk away"));
        page.gap();
    }
    if waits.is_empty() {
        if sheet.left_out == 0 {
            page.line("nothing waits for a decision");
        }
        exempted(&mut page, sheet);
        return page.done();
    }
    let mut table = Table::new(page.paint, &[8, 24, 9]);
    table.row(["severity", "subject", "approvals", "what changes"].map(str::to_owned));
    for item in &waits {
        let seats =
            if item.need == 0 { "by owners".to_owned() } else { format!("{} of {}", item.have, item.need) };
        table.row([
            item.severity.word().to_owned(),
            page.paint.text(&item.name, 200),
            seats,
            words::say(page.paint, &item.what),
        ]);
    }
    let cells = table.cells();
    for cells in cells {
        if let [severity, name, seats, what] = cells.as_slice() {
            let head = format!("  {severity}  {name}  {seats}  ");
            let room = page.width.saturating_sub(crate::report::width::columns(&head));
            let line = format!("{head}{}", page.paint.cut(what, room));
            page.line(&line);
        }
    }
    page.gap();
    commands(&mut page, sheet, &waits);
    page.done()
}

/// What an owner let in without an approval, until when, and how it is looked at: nothing else asks for it.
fn exempted(page: &mut Screen, sheet: &Sheet) {
    let exempted: Vec<&Item> = sheet.items.iter().filter(|item| item.stand == Stand::Exempted).collect();
    if exempted.is_empty() {
        return;
    }
    let tools = exempted.iter().filter(|item| item.kind == Kind::Tool).count();
    let what = match (tools, exempted.len() - tools) {
        (0, _) => "the surface is".to_owned(),
        (1, 0) => "1 tool is".to_owned(),
        (n, 0) => format!("{} are", count(n, "tool")),
        (n, _) => format!("{} and the surface are", count(n, "tool")),
    };
    let ends: BTreeSet<String> =
        exempted.iter().filter_map(|item| item.lapses).map(|end| end.date()).collect();
    let until = ends.first().map_or_else(String::new, |end| {
        format!("{} until {end}", if ends.len() > 1 { ", the first" } else { "" })
    });
    page.hung("", 0, 0, &format!("{what} exempted{until}: served, though nobody looked"), str::to_owned);
    page.gap();
    let say = |words: String| Command::say(words).toolpack(&sheet.pack).from(&sheet.here);
    // A review begins with a subject that is named, if there is somebody to ask.
    let verb = if sheet.signer.is_some() { "review" } else { "allow" };
    for (i, item) in exempted.iter().take(COMMANDS).enumerate() {
        let label = if i == 0 { "next" } else { "" };
        page.command(label, 7, &say(format!("cask gate {verb} {}", word(item))));
    }
    if exempted.len() > COMMANDS {
        page.line(&format!("       and {} more: cask gate status", number(exempted.len() - COMMANDS)));
    }
}

fn commands(page: &mut Screen, sheet: &Sheet, waits: &[&Item]) {
    let say = |words: String| Command::say(words).toolpack(&sheet.pack).from(&sheet.here);
    let mut all = vec![say("cask gate review".to_owned())];
    let here: Vec<&str> =
        waits.iter().filter(|item| item.kind != Kind::Elsewhere).map(|item| word(item)).collect();
    all.extend(
        here.chunks(NAMES).take(COMMANDS).map(|names| say(format!("cask gate allow {}", names.join(" ")))),
    );
    all.extend(waits.iter().flat_map(|item| item.commands.iter().cloned()).take(COMMANDS));
    for (i, command) in all.iter().enumerate() {
        page.command(if i == 0 { "next" } else { "" }, 7, command);
    }
    if here.len() > NAMES * COMMANDS {
        page.line(&format!("       and {} more: cask gate status", number(here.len() - NAMES * COMMANDS)));
    }
}

/// A subject in a command: its name only where no shell gives any of it a meaning.
fn word(item: &Item) -> &str {
    match item.kind {
        Kind::Surface => "surface",
        _ => paste(&item.name).or_else(|| paste(&item.id)).unwrap_or("<tool>"),
    }
}
