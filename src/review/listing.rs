//! A sheet as plain text, where nobody can be asked: what waits, and the commands that decide it.

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
