//! `cask man`: the page of cask for man, or a page for each command in a folder, made of the tree that parses them
//! and of the table of commands.

use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::row::{Exit, JUDGES, Row};
use crate::cmd::tree::tree;
use crate::io::fs;
use crate::report::words::count;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for a page of each command, as `man1` of the manual is (default: print the page of cask)
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints the page of the whole, or writes all pages.
///
/// # Errors
/// A page can't be written.
pub fn run(args: Args, rows: &[Row], ctx: &mut Ctx) -> Outcome {
    let pages = pages(rows).map_err(|e| Failed::new("internal", "", format!("no page was made: {e}")))?;
    match args.dir {
        None => ctx.print(&pages[0].text)?,
        Some(dir) => {
            for page in &pages {
                fs::write_atomic(&ctx.cwd.join(&dir).join(format!("{}.1", page.name)), page.text.as_bytes())?;
            }
            let place = ctx.paint().text(&dir.display().to_string(), 400);
            ctx.print(&format!("wrote {} to {place}\n", count(pages.len(), "page")))?;
        }
    }
    Ok(0)
}

/// A page: `cask-gate-check` and its text.
struct Page {
    name: String,
    text: String,
}

/// The page of the whole first, then one for each row.
fn pages(rows: &[Row]) -> std::io::Result<Vec<Page>> {
    let mut root = tree(rows, &[]);
    root.build();
    let mut pages = vec![page(&root, None)?];
    for row in rows {
        let command = row.words.split(' ').try_fold(&root, |at, word| at.find_subcommand(word));
        if let Some(command) = command {
            pages.push(page(command, Some(row))?);
        }
    }
    Ok(pages)
}

fn page(command: &Command, row: Option<&Row>) -> std::io::Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let program = format!("cask {}", env!("CARGO_PKG_VERSION"));
    let command = command.clone().subcommand_help_heading("COMMANDS").subcommand_value_name("COMMAND");
    let man = Man::new(command.clone()).title(name.to_uppercase()).source(program).manual("Manual of cask");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    man.render_options_section(&mut out)?;
    ending(row).to_writer(&mut out)?;
    String::from_utf8(out).map(|text| Page { name, text }).map_err(std::io::Error::other)
}

/// Examples, exit codes, and where to read on.
fn ending(row: Option<&Row>) -> Roff {
    let mut out = Roff::new();
    let examples = row.map_or(&[][..], |row| row.examples);
    if !examples.is_empty() {
        out.control("SH", ["EXAMPLES"]);
        for example in examples {
            out.control("PP", []).control("nf", []).text([roman(*example)]).control("fi", []);
        }
    }
    let exits: &[Exit] = row.map_or(JUDGES, |row| row.exits);
    if !exits.is_empty() {
        out.control("SH", ["EXIT STATUS"]);
        for (code, means) in exits {
            out.control("TP", []).text([bold(code.to_string())]).text([roman(*means)]);
        }
    }
    let around = match row {
        None => vec![],
        Some(row) => match row.group_word() {
            Some(parent) => vec!["cask".to_owned(), format!("cask-{parent}")],
            None => vec!["cask".to_owned()],
        },
    };
    let around: Vec<String> = around.iter().map(|name| format!("{name}(1)")).collect();
    out.control("SH", ["SEE ALSO"]);
    match around.is_empty() {
        true => out.text([roman(env!("CARGO_PKG_REPOSITORY"))]),
        false => out.text([roman(around.join(", "))]),
    };
    out
}
